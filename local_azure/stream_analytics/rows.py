"""Rows of an output as records: JSON values for whoever reads JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa

from local_azure.stream_analytics.relations import Relation
from local_azure.stream_analytics.scope import RECORD


def records(relation: Relation, table: pa.Table) -> list[dict[str, Any]]:
    """Each row's columns by name; what `*` brought stands behind those that were named."""
    columns = [(name, kind, table[name].to_pylist()) for name, kind in relation.columns.values()]
    whole = table[RECORD].to_pylist() if relation.open else [None] * table.num_rows
    return [_record(columns, whole[place], place) for place in range(table.num_rows)]


def _record(columns: list[tuple[str, Any, list[Any]]], whole: str | None, place: int) -> dict[str, Any]:
    found = {name: _value(kind, values[place]) for name, kind, values in columns}
    taken = {name.lower() for name in found}
    more = decoded(whole) if whole else {}
    return found | {name: value for name, value in more.items() if name.lower() not in taken}


def _value(kind: str, value: Any) -> Any:
    if kind == "any" and value is not None:
        return decoded(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def decoded(text: str) -> Any:
    """A value of JSON text. A number beyond float has no value, nor has what is too deep for Python, and half of a
    surrogate pair is replaced: all three come out of JSON_PARSE and of functions only, since no event has them.
    """
    try:
        found = json.loads(text, parse_float=_finite)
        return _whole(found) if "\\u" in text else found
    except RecursionError:
        return None


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return {_whole(key): _whole(each) for key, each in value.items()} if isinstance(value, dict) else value


def _finite(text: str) -> float | None:
    return number if math.isfinite(number := float(text)) else None


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its datetimes in ISO 8601, as the service writes JSON."""
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in record.items()}


def iso(moment: datetime) -> str:
    """ISO 8601 with seven digits, in UTC."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}0Z"


def lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """JSON lines."""
    return (json.dumps(plain(row), ensure_ascii=False) for row in rows)
