"""Parameters of a statement (`:name` and `?`), as the connector sends them: written into it as literals.

Spark 4.1 binds parameters before it parses, which Delta Lake's parser (4.3) does not pass on.
https://docs.databricks.com/aws/en/dev-tools/python-sql-connector#parameters
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from local_azure.databricks_sql._errors import StatementError, unsupported
from local_azure.databricks_sql._tokens import Edit, Token, apply, string, tokens

_TYPE = re.compile(r"[A-Z_]+(\(\d+(,\s*\d+)?\))?")


def bind(sql: str, sent: list[Any] | None) -> str:
    """`sql` with the TSparkParameters in it. Raises StatementError for a marker without a value."""
    if not sent:
        return sql
    named = {parameter.name: parameter for parameter in sent if parameter.name}
    found = tokens(sql)
    return apply(sql, _named(found, named) if named else _positional(found, sent))


def _named(found: list[Token], values: dict[str, Any]) -> Iterator[Edit]:
    for index, colon in enumerate(found[:-1]):
        label = found[index + 1]
        is_path = index > 0 and found[index - 1].end == colon.start and (found[index - 1].is_name)
        if colon.text == ":" and label.is_name and label.start == colon.end and not is_path:
            yield Edit(colon.start, label.end, _literal(values.get(label.text), label.text))


def _positional(found: list[Token], values: list[Any]) -> Iterator[Edit]:
    rest = iter(values)
    for number, token in enumerate((token for token in found if token.text == "?"), 1):
        yield Edit(token.start, token.end, _literal(next(rest, None), f"{number}"))


def _literal(parameter: Any | None, label: str) -> str:
    if parameter is None:
        raise StatementError(f"[UNBOUND_SQL_PARAMETER] No value for the parameter {label}. SQLSTATE: 42P02", "42P02")
    if parameter.arguments:
        raise unsupported("A parameter of a complex type", "send it as a JSON string and use from_json")
    if parameter.value is None:
        return "NULL"
    text, kind = string(parameter.value.stringValue), (parameter.type or "STRING").upper()
    if not _TYPE.fullmatch(kind):
        raise unsupported(f"A parameter of type {kind}", "send a STRING and cast it in the statement")
    return text if kind == "STRING" else f"CAST({text} AS {kind})"
