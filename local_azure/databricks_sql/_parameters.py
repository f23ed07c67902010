"""Parameters of a statement (`:name` and `?`), as the connector sends them: written into it as literals.

Spark 4.1 binds parameters before it parses, which Delta Lake's parser (4.3) does not pass on.
https://docs.databricks.com/aws/en/dev-tools/python-sql-connector#parameters
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local_azure.databricks_sql._errors import StatementError, unsupported
from local_azure.databricks_sql._tokens import MARK, Edit, Token, apply, string, tokens, unquote


@dataclass(frozen=True)
class Value:
    """A parameter: its name, if it has one, its value as text or None for NULL, and its SQL type."""

    name: str | None
    text: str | None
    type: str


_WHOLE = {"INT": (1 << 31, ""), "BIGINT": (1 << 63, "L")}  # the bound of a literal's value, and what ends it
_TYPE = re.compile(r"[A-Z_]+(\(\d+(,\s*\d+)?\))?")


def bind(sql: str, sent: list[Any] | None) -> str:
    """`sql` with the TSparkParameters in it. Raises StatementError for a marker without a value."""
    return substitute(sql, [_received(parameter) for parameter in sent or []])


def _received(parameter: Any) -> Value:
    if parameter.arguments:
        raise unsupported("A parameter of a complex type", "send it as a JSON string and use from_json")
    text = None if parameter.value is None else parameter.value.stringValue
    return Value(parameter.name, text, parameter.type or "STRING")


def substitute(sql: str, values: list[Value]) -> str:
    """`sql` with the values in the place of its markers. Raises StatementError for a marker without a value."""
    if not values:
        return sql
    named = {value.name: value for value in values if value.name}
    found = tokens(sql)
    return apply(sql, _named(found, named) if named else _positional(found, values))


def _named(found: list[Token], values: dict[str, Value]) -> Iterator[Edit]:
    for index, colon in enumerate(found[:-1]):
        label = found[index + 1]
        before = found[index - 1] if index else colon
        is_path = before.end == colon.start and (before.is_name or before.text in (")", "]"))
        if colon.text == ":" and label.is_name and label.start == colon.end and not is_path:
            key = unquote(label.text)
            yield Edit(colon.start, label.end, _literal(values.get(key), key))


def _positional(found: list[Token], values: list[Value]) -> Iterator[Edit]:
    rest = iter(values)
    marks = (token for before, token in zip([None, *found], found, strict=False) if _is_mark(before, token))
    for number, token in enumerate(marks, 1):
        yield Edit(token.start, token.start + 1, _literal(next(rest, None), f"{number}"))


def _is_mark(before: Token | None, token: Token) -> bool:
    """`?`, also in `?::int`, unless that is the operator behind a value."""
    return token.text == "?" or (token.text == MARK and (before is None or before.end != token.start))


def _literal(value: Value | None, label: str) -> str:
    if value is None:
        raise StatementError(f"[UNBOUND_SQL_PARAMETER] No value for the parameter {label}. SQLSTATE: 42P02", "42P02")
    kind = value.type.upper()
    if not _TYPE.fullmatch(kind):
        raise unsupported(f"A parameter of type {kind}", "send a STRING and cast it in the statement")
    if value.text is None:
        return "NULL"
    if kind in _WHOLE and re.fullmatch(r"-?\d{1,18}", value.text) and abs(int(value.text)) < _WHOLE[kind][0]:
        # as it is written: DECIMAL(:p, :s) and INTERVAL :n DAY take no expression
        number = f"{value.text}{_WHOLE[kind][1]}"
        return f"({number})" if number.startswith("-") else number
    return string(value.text) if kind == "STRING" else f"CAST({string(value.text)} AS {kind})"
