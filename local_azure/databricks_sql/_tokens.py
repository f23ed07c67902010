"""The words of a SQL statement, with their places, so that a rewrite touches them and nothing else.

Spark's lexical rules: https://spark.apache.org/docs/latest/sql-ref-literals.html and sql-ref-identifier.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a token is: a bare word, a `back-quoted` name, a string, a number or a symbol."""

    WORD = "word"
    QUOTED = "quoted"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `text` as written, at characters `start` (inclusive) to `end` (exclusive)."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The word in capitals; for all but words this is no keyword and compares with none."""
        return self.text.upper() if self.kind is Kind.WORD else self.text

    @property
    def is_name(self) -> bool:
        """Whether this may be a part of an object's name."""
        return self.kind in (Kind.WORD, Kind.QUOTED)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters `start` to `end` (exclusive) by `text`."""

    start: int
    end: int
    text: str


_TOKEN = re.compile(
    r"""
    (?P<skip>\s+ | --[^\n]*)
  | (?P<comment>/\*)
  | (?P<string>[rR]'[^']*' | [rR]"[^"]*"
    | '(?:\\.|''|[^'\\])*' | "(?:\\.|""|[^"\\])*" | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<quoted>`(?:``|[^`])*`)
  | (?P<number>\d\w*(?:\.\d\w*)? | \.\d\w*)
  | (?P<word>[^\W\d]\w*)
  | (?P<symbol>\?::|::|<=>|<=|>=|<>|!=|=>|->|\|\||\|>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")
_KINDS = {kind.value: kind for kind in Kind}


def tokens(sql: str) -> list[Token]:
    """All tokens of `sql` in order, without white space and comments. Never fails: odd text is symbols."""
    return list(_scan(sql))


def _scan(sql: str) -> Iterator[Token]:
    place = 0
    while found := _TOKEN.match(sql, place):
        name = found.lastgroup if found.lastgroup != "tag" else "string"
        place = found.end()
        if name == "comment":
            place = _end_of_comment(sql, place)
        elif name in _KINDS:
            yield Token(_KINDS[name], found.group(), found.start(), found.end())


def _end_of_comment(sql: str, place: int) -> int:
    """Bracketed comments nest in Spark; an unfinished one reaches to the end."""
    depth = 1
    while depth and (mark := _COMMENT_MARK.search(sql, place)):
        depth += 1 if mark.group() == "/*" else -1
        place = mark.end()
    return len(sql) if depth else place


def apply(sql: str, edits: Iterable[Edit]) -> str:
    """`sql` with the edits made. They must not overlap; their order does not matter."""
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        sql = sql[: edit.start] + edit.text + sql[edit.end :]
    return sql


def closing(found: list[Token], opening: int) -> int:
    """The index of the bracket that closes the one at index `opening`; the last token if none does."""
    depth = 0
    for index in range(opening, len(found)):
        text = found[index].text if found[index].kind is Kind.SYMBOL else ""
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
        if depth == 0:
            return index
    return len(found) - 1


def opening(found: list[Token], end: int) -> int:
    """The index of the bracket that the one at index `end` closes; the first token if none does."""
    depth = 0
    for index in range(end, -1, -1):
        text = found[index].text if found[index].kind is Kind.SYMBOL else ""
        depth += (text in (")", "]", "}")) - (text in ("(", "[", "{"))
        if depth == 0:
            return index
    return 0


def name_end(found: list[Token], first: int) -> int:
    """The last token of the dotted name that begins at `first`."""
    while first + 2 < len(found) and found[first + 1].text == "." and found[first + 2].is_name:
        first += 2
    return first


def outside(found: list[Token], start: int, word: str) -> int:
    """The index of the first such word from `start` on that stands in no bracket; the length if there is none."""
    index = start
    while index < len(found) and found[index].upper != word:
        index = closing(found, index) + 1 if found[index].text == "(" else index + 1
    return index


def items(listed: Iterable[Token]) -> Iterator[list[Token]]:
    """What the commas of the first level part; a comma inside brackets or a type's `<>` is of another level."""
    item: list[Token] = []
    depth = angles = 0
    before = ""
    for token in listed:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        angles += (token.text == "<" and before in NESTED_TYPES) - (token.text == ">" and angles > 0)
        before = token.upper
        if token.text == "," and depth == 0 and angles == 0:
            yield item
            item = []
        else:
            item.append(token)
    if item:
        yield item


MARK = "?::"  # a cast that may fail, or a parameter that is cast
NESTED_TYPES = frozenset({"ARRAY", "MAP", "STRUCT"})


def unquote(text: str) -> str:
    """The value of a string literal or the name in back-quotes; other text as it is."""
    if text[:1] == "`":
        return text[1:-1].replace("``", "`")
    if text[:1] in ("r", "R") and text[1:2] in ("'", '"'):
        return text[2:-1]
    if text[:1] in ("'", '"'):
        return re.sub(rf"\\(.)|{text[0]}({text[0]})", _unescaped, text[1:-1], flags=re.DOTALL)
    return text


def _unescaped(found: re.Match[str]) -> str:
    return found[2] or _ESCAPES.get(str(found[1]), str(found[1]))


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "%": "\\%", "_": "\\_"}


def string(value: str) -> str:
    """`value` as a SQL string literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def name(*parts: str) -> str:
    """The parts as a back-quoted dotted name."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)
