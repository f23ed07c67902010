"""`column:path` on a STRING that holds JSON. On a VARIANT the operator is Spark's own and stays.

Which of the two a column is, only the analysis knows: the statement goes to Spark as it is, and where Spark
finds a STRING, every path becomes get_json_object and those that were a VARIANT are taken back.
Names in a path match in any case, names in ['brackets'] in their own:
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-json-path-expression
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pyspark.errors import AnalysisException

from local_azure.databricks_sql._tokens import (
    NESTED_TYPES,
    Kind,
    Token,
    closing,
    name,
    opening,
    string,
    tokens,
    unquote,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Extraction:
    """`base:path` at characters `start` to `end`; a step is a name, with True if its case counts, or an index."""

    start: int
    end: int
    base: str
    steps: list[tuple[str, bool] | int | None]  # None is [*]
    after: int = 0  # where the item of a select list ends that is this and at most a cast; else 0


def run(sql: str, analyse: Callable[[str], T]) -> T:
    """`analyse(sql)`, with the paths on strings rewritten if that is what Spark refuses."""
    try:
        return analyse(sql)
    except Exception as error:
        found = list(extractions(sql)) if _is_about_a_string(error) else []
        if not found:
            raise
    kept: set[int] = set()
    while True:
        text, places = _rewritten(sql, found, kept)
        try:
            return analyse(text)
        except AnalysisException as error:
            variant = _place_of(error, places)
            if variant is None:
                raise
            kept.add(variant)


def _is_about_a_string(error: Exception) -> bool:
    """A path with [*] is refused before its column's type is looked at."""
    return "COLUMN_IS_NOT_VARIANT_TYPE" in str(error) or "INVALID_USAGE_OF_STAR_OR_REGEX" in str(error)


def _rewritten(sql: str, found: list[Extraction], kept: set[int]) -> tuple[str, dict[int, tuple[int, int]]]:
    """The statement with all but the `kept` extractions rewritten, and where each of them now is."""
    pieces, places, at = [], {}, 0
    for number, extraction in enumerate(found):
        if number in kept:
            continue
        pieces.append(sql[at : extraction.start])
        start = sum(map(len, pieces))
        pieces.append(call(extraction))
        places[number] = start, start + len(pieces[-1])
        at = max(extraction.end, extraction.after)
        pieces.append(sql[extraction.end : at] + (_alias(extraction) if extraction.after else ""))
    return "".join(pieces) + sql[at:], places


def _place_of(error: AnalysisException, places: dict[int, tuple[int, int]]) -> int | None:
    """The extraction whose rewritten form got a VARIANT for its string."""
    if "DATATYPE_MISMATCH" not in (error.getCondition() or "") or "VARIANT" not in str(error):
        return None
    for context in error.getQueryContext():
        for number, (start, end) in places.items():
            if start <= context.startIndex() < end:
                return number
    return None


def extractions(sql: str) -> Iterator[Extraction]:
    """All `base:path` in the statement that do not overlap, in order."""
    found, after = tokens(sql), 0
    types = _in_types(found)
    for index in range(1, len(found) - 1):
        colon = found[index]
        if colon.text == ":" and index >= after and index not in types and found[index - 1].end == colon.start:
            first = _base(found, index - 1)
            steps, end = _steps(found, index + 1)
            if first is not None and steps and found[end - 1].end > colon.end:
                after = end
                base = sql[found[first].start : colon.start]
                item_end = _item_end(found, first, end)
                yield Extraction(found[first].start, found[end - 1].end, base, steps, item_end)


def _in_types(found: list[Token]) -> set[int]:
    """The tokens inside the `<>` of a type, where a colon parts a field's name from its type."""
    inside, angles = set(), 0
    for index, token in enumerate(found):
        angles += token.text == "<" and (angles > 0 or (index > 0 and found[index - 1].upper in NESTED_TYPES))
        angles -= token.text == ">" and angles > 0
        if angles:
            inside.add(index)
    return inside


def _item_end(found: list[Token], first: int, end: int) -> int:
    """The end of the select list's item that these tokens are, with the casts that follow; 0 if they are none."""
    while end + 1 < len(found) and found[end].text == "::":
        end += 2
        if end < len(found) and found[end].text == "(":
            end = closing(found, end) + 1
    after = found[end].upper if end < len(found) else ""
    if after not in ("", ",", "FROM", ")", ";") or not _begins_item(found, first):
        return 0
    return found[end - 1].end


def _begins_item(found: list[Token], first: int) -> bool:
    if found[first - 1].upper not in ("SELECT", "DISTINCT", ","):
        return False
    depth = 0
    for token in reversed(found[:first]):
        depth += (token.text in (")", "]")) - (token.text in ("(", "["))
        if depth < 0 or (depth == 0 and token.upper in ("FROM", "BY")):
            return False
        if depth == 0 and token.upper == "SELECT":
            return True
    return False


def _alias(extraction: Extraction) -> str:
    """A column without a name has the last name of its path."""
    names = [step[0] for step in extraction.steps if isinstance(step, tuple)]
    return f" AS {name(names[-1])}" if names else ""


def _base(found: list[Token], index: int) -> int | None:
    """The first token of the primary expression that ends at `index`; None if none does."""
    while index >= 0:
        if found[index].text in (")", "]"):
            index = opening(found, index)
            if index > 0 and (found[index - 1].is_name or found[index - 1].text in (")", "]")):
                index -= 1
                continue
            return index if found[index].text == "(" else None
        if not found[index].is_name:
            return None
        if index < 2 or found[index - 1].text != ".":
            return index
        index -= 2
    return None


def _steps(found: list[Token], index: int) -> tuple[list[tuple[str, bool] | int | None], int]:
    """The path's steps and the index of the first token after it."""
    steps: list[tuple[str, bool] | int | None] = []
    expects_name = True
    while index < len(found):
        token = found[index]
        if expects_name and token.is_name:
            steps.append((unquote(token.text), False))
            expects_name, index = False, index + 1
        elif token.text == "[" and index + 2 < len(found) and found[index + 2].text == "]":
            steps.append(_in_brackets(found[index + 1]))
            expects_name, index = False, index + 3
        elif token.text == "." and steps and index + 1 < len(found) and found[index + 1].is_name:
            expects_name, index = True, index + 1
        else:
            break
    return steps, index


def _in_brackets(token: Token) -> tuple[str, bool] | int | None:
    if token.kind is Kind.STRING:
        return unquote(token.text), True
    return int(token.text) if token.kind is Kind.NUMBER else None


def call(extraction: Extraction) -> str:
    """The extraction as functions of Spark's: the path as written, else the same in any case of its names."""
    if extraction.steps.count(None) == 1:
        return _of_each(extraction)
    exact = f"get_json_object({extraction.base}, {string('$' + ''.join(map(_step, extraction.steps)))})"
    any_case = [step for step in extraction.steps if isinstance(step, tuple) and not step[1]]
    if not any_case or None in extraction.steps:
        return exact
    text = extraction.base
    for step in extraction.steps:
        text = _one_step(text, step)
    return f"coalesce({exact}, {text})"


def _of_each(extraction: Extraction) -> str:
    """`a[*].b`: the array as it is, or of each of its items what the rest of the path says, null where it is not."""
    place = extraction.steps.index(None)
    before = Extraction(0, 0, extraction.base, extraction.steps[:place])
    array = call(before) if before.steps else extraction.base
    rest = extraction.steps[place + 1 :]
    if not rest:
        return f"CASE WHEN ltrim({array}) LIKE '[%' THEN {array} END"
    path = string("$" + "".join(map(_step, rest)))
    each = f"cast(try_parse_json({array}) AS ARRAY<VARIANT>)"
    return f"to_json(transform({each}, __e -> variant_get(__e, {path}, 'variant')))"


def _step(step: tuple[str, bool] | int | None) -> str:
    if isinstance(step, tuple):
        return f".{step[0]}" if re.fullmatch(r"\w+", step[0]) else f"['{step[0]}']"
    return "[*]" if step is None else f"[{step}]"


def _one_step(text: str, step: tuple[str, bool] | int | None) -> str:
    if not isinstance(step, tuple) or step[1]:
        return f"get_json_object({text}, {string('$' + _step(step))})"
    wanted = string(step[0].lower())
    fields = f"map_filter(from_json({text}, 'map<string,string>'), (__k, __v) -> lower(__k) = {wanted})"
    return f"get(map_values({fields}), 0)"
