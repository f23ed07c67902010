"""The text of a script: where its statements stand, so that each runs as one that a client sends alone.

What flows (IF, CASE, loops, handlers, declarations) is Spark's; in the place of each statement stands a query that
tells its number. https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-scripting
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from local_azure.databricks_sql._errors import syntax_error
from local_azure.databricks_sql._tokens import Edit, Token, apply, tokens, unquote

MARK = "__statement_"
# A statement may begin after these.
_OPENS = frozenset({"BEGIN", "LOOP", "REPEAT", "ELSE"})
# What is asked stands between these words and the one by which the statements begin.
_ASKS = {"IF": "THEN", "ELSEIF": "THEN", "CASE": "THEN", "WHEN": "THEN", "WHILE": "DO", "FOR": "DO", "UNTIL": "END"}
_KEPT = frozenset({"LEAVE", "ITERATE", "OPEN", "FETCH", "CLOSE"})


@dataclass
class Text:
    """A script for Spark, the statements by their numbers, and the conditions that it declares with their SQLSTATEs."""

    sql: str
    statements: list[str] = field(default_factory=list)
    conditions: dict[str, str] = field(default_factory=dict)


def is_script(found: list[Token]) -> bool:
    """Whether the statement is BEGIN ... END, and not BEGIN TRANSACTION."""
    return len(found) > 2 and found[0].upper == "BEGIN" and found[1].upper not in ("TRANSACTION", ";")


def read(sql: str) -> Text:
    """The script with its statements taken out. Raises StatementError for one that ends too soon."""
    found = tokens(sql)
    text = Text(sql)
    try:
        text.sql = apply(sql, _edits(sql, found, text))
    except IndexError as error:
        raise syntax_error("Syntax error at or near end of input in a script") from error
    return text


def _edits(sql: str, found: list[Token], text: Text) -> Iterator[Edit]:
    index = 0
    while index < len(found):
        after = _flow(found, index, text)
        if after is not None:
            index = after
            continue
        end = _end(found, index)
        yield Edit(found[index].start, found[end - 1].end, f"SELECT 0 AS {MARK}{len(text.statements)}")
        text.statements.append(_assigned(sql, found, index, end))
        index = end


def _assigned(sql: str, found: list[Token], first: int, end: int) -> str:
    """A statement as it would be sent alone: a variable is SET there by SET VARIABLE."""
    named = found[first].upper == "SET" and found[first + 1].upper not in ("VAR", "VARIABLE", "TAG")
    start = found[first + 1].start if named else found[first].start
    return ("SET VARIABLE " if named else "") + sql[start : found[end - 1].end]


def _flow(found: list[Token], index: int, text: Text) -> int | None:
    """Where the next statement may begin, if what begins here is none; else None."""
    word = found[index].upper
    if word == ";" or word in _OPENS:
        return _behind_atomic(found, index + 1)
    if index + 1 < len(found) and found[index + 1].text == ":" and found[index].is_name:
        return index + 2
    if word == "END" or word in _KEPT:
        return _end(found, index)
    if word in _ASKS:
        return _asked(found, index + 1, _ASKS[word])
    return _declared(found, index, text) if word == "DECLARE" else None


def _behind_atomic(found: list[Token], index: int) -> int:
    while index < len(found) and found[index - 1].upper in ("BEGIN", "NOT") and found[index].upper in ("NOT", "ATOMIC"):
        index += 1
    return index


def _asked(found: list[Token], index: int, last: str) -> int:
    """Behind the word that ends a condition or a query; a CASE inside of it has words of its own."""
    return _until(found, index, lambda word: word == last) + (last != "END")


def _end(found: list[Token], index: int) -> int:
    return _until(found, index, lambda word: word == ";", count=False)


def _until(found: list[Token], index: int, ends: Callable[[str], bool], *, count: bool = True) -> int:
    depth = 0
    while index < len(found) and not (depth == 0 and ends(found[index].upper)):
        if count:
            depth += (found[index].upper == "CASE") - (found[index].upper == "END")
        index += 1
    return index


def _declared(found: list[Token], index: int, text: Text) -> int:
    """Behind a declaration; that of a handler ends where what it does begins."""
    end = _end(found, index)
    words = [token.upper for token in found[index:end]]
    if words[2:3] == ["HANDLER"]:
        return _behind_conditions(found, index + 4)
    if words[2:3] == ["CONDITION"]:
        state = unquote(found[end - 1].text) if "FOR" in words else "45000"
        text.conditions[unquote(found[index + 1].text).upper()] = state
    return end


def _behind_conditions(found: list[Token], index: int) -> int:
    """`SQLSTATE [VALUE] '22012', NOT FOUND, SQLEXCEPTION, NAME`, from its first word on."""
    while True:
        if found[index].upper == "SQLSTATE":
            index += 1 + (found[index + 1].upper == "VALUE")
        index += 2 if found[index].upper == "NOT" else 1
        while found[index].text == ".":
            index += 2
        if found[index].text != ",":
            return index
        index += 1
