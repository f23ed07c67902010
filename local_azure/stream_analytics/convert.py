"""Values of a query in the types of a table that they are written to (Microsoft Learn, "Data Types").

What loses nothing is done silently; what does not fit is an error of the output, and its policy decides.
"""

from __future__ import annotations

import json
from datetime import datetime
from math import isfinite
from typing import Any

import pyarrow as pa

from local_azure.stream_analytics.relations import Relation
from local_azure.stream_analytics.rows import decoded, iso
from local_azure.stream_analytics.scope import RECORD

FITS: dict[str, tuple[str, ...]] = {
    "bigint": ("bigint", "int", "smallint", "tinyint", "float", "decimal", "string"),
    "float": ("float", "decimal", "string"),
    "nvarchar": ("string",),
    "datetime": ("datetime", "string"),
    "bit": ("bit", "bigint", "int", "smallint", "tinyint", "string"),
}
"""Which families of column types take a value of each type; `any` is known row by row."""


class Unfit(Exception):
    """Values that a column cannot hold; `rows` tells which."""

    def __init__(self, name: str, kind: object, rows: list[bool]) -> None:
        super().__init__(f"column {name} holds {kind}, and {sum(rows)} of {len(rows)} rows have no such value")
        self.rows = rows


def column(relation: Relation, rows: pa.Table, field: pa.Field) -> pa.Array:
    """One column of the table, out of the query's rows; null where the query has none. Raises Unfit."""
    known = relation.columns.get(field.name.lower())
    if known is None and not relation.open:
        return pa.nulls(len(rows), field.type)
    if known is None:
        values = [_member(decoded(text), field.name) if text else None for text in rows[RECORD].to_pylist()]
        return _built(values, field)
    name, kind = known
    if kind == "any" or pa.types.is_string(field.type) != (kind == "nvarchar"):
        values = rows[name].to_pylist()
        return _built([decoded(each) if kind == "any" and each is not None else each for each in values], field)
    try:
        found = rows[name].cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _built(rows[name].to_pylist(), field)
    return found


def _member(record: dict[str, Any], name: str) -> Any:
    return next((value for key, value in record.items() if key.lower() == name.lower()), None)


def _built(values: list[Any], field: pa.Field) -> pa.Array:
    made = [_value(value, field.type) for value in values]
    bad = [one is None and value is not None for one, value in zip(made, values, strict=True)]
    if any(bad):
        raise Unfit(field.name, field.type, bad)
    return pa.array(made, field.type)


def _value(value: Any, kind: pa.DataType) -> Any:
    """The value, or None where it does not fit."""
    if pa.types.is_string(kind):
        return _written(value)
    if pa.types.is_boolean(kind):
        return value if isinstance(value, bool) else None
    if pa.types.is_integer(kind):
        return (
            int(value)
            if isinstance(value, int) and -(2 ** (kind.bit_width - 1)) <= value < 2 ** (kind.bit_width - 1)
            else None
        )
    if pa.types.is_floating(kind):
        return (
            float(value) if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None
        )
    if pa.types.is_timestamp(kind):
        return _moment(value)
    return value


def _written(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return iso(value)
    return None if isinstance(value, dict | list) else json.dumps(value)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
