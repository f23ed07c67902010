"""Reference data: what an event is looked up in."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.relations import Columns


@dataclass(frozen=True)
class Reference:
    """One reference input: its rows as a table, and the types of its columns. CSV's are texts, JSON's any."""

    alias: str
    columns: Columns
    table: pa.Table


def read_reference(alias: str, path: Path, *, is_csv: bool, delimiter: str = ",") -> Reference:
    """Read a file of reference data. Raises JobError for one that is missing or damaged."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise JobError(f"reference data {alias}: no file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise JobError(f"reference data {alias}: {path} cannot be read: {error}") from error
    if is_csv:
        return _reference(alias, list(csv.DictReader(text.splitlines(), delimiter=delimiter)), is_csv=True)
    return _reference(alias, json_records(text, f"reference data {alias}: {path}"), is_csv=False)


def json_records(text: str, what: str) -> list[dict[str, Any]]:
    """Records of a JSON array, of JSON lines, or of one object. Raises JobError."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError as error:
            raise JobError(f"{what} is no JSON: {error}") from error
    records = found if isinstance(found, list) else [found]
    if not all(isinstance(each, dict) for each in records):
        raise JobError(f"{what} holds something else than records")
    return records


def _reference(alias: str, rows: list[dict[str, Any]], *, is_csv: bool) -> Reference:
    names: dict[str, str] = {}
    for row in rows:
        for name in row:
            names.setdefault(str(name).lower(), str(name))
    kind: Any = "nvarchar" if is_csv else "any"
    data = {name: pa.array(_values(rows, name, is_csv), pa.string()) for name in names.values()}
    return Reference(alias, {low: (name, kind) for low, name in names.items()}, pa.table(data))


def _values(rows: Iterable[dict[str, Any]], name: str, is_csv: bool) -> Iterable[str | None]:
    for row in rows:
        value = next((value for key, value in row.items() if str(key).lower() == name.lower()), None)
        yield value if value is None or is_csv else json.dumps(value, ensure_ascii=False)
