"""Reference data: what an event is looked up in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from local_azure.stream_analytics import texts
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.project import ReferenceInput
from local_azure.stream_analytics.relations import Columns
from local_azure.stream_analytics.scope import FROM, UNTIL
from local_azure.stream_analytics.slices import Slice

PAGE = "Use reference data for lookups in Stream Analytics"
ENDLESS = datetime(9999, 12, 31)


@dataclass(frozen=True)
class Reference:
    """One reference input: its rows as a table, and the types of its columns. CSV's are texts, JSON's any.

    In slices, a row holds for events whose time is in [FROM, UNTIL), two more columns of the table.
    """

    alias: str
    columns: Columns
    table: pa.Table
    slices: tuple[Slice, ...] = ()


def read(source: ReferenceInput) -> Reference:
    """Read an input's file, or all its slices. Raises JobError for what is missing or damaged."""
    if source.pattern is None:
        return read_reference(source.alias, source.path, is_csv=source.is_csv, delimiter=source.delimiter)
    return _sliced(source, source.pattern.slices())


def newer(source: ReferenceInput, known: Reference, now: datetime) -> Reference | None:
    """The reference with the slices that came since, None without any. Raises JobError for a damaged one.

    A slice older than the last one known is never looked for, nor one whose time has not come (the same page).
    """
    there = source.pattern.slices() if source.pattern else []
    fresh = [each for each in there if known.slices[-1].start < each.start <= now]
    return _sliced(source, [*known.slices, *fresh]) if fresh else None


def _sliced(source: ReferenceInput, slices: Sequence[Slice]) -> Reference:
    if not slices:
        raise JobError(f'reference data {source.alias}: no file in {source.path} yet; a job waits for one ("{PAGE}")')
    ends = [*(each.start for each in slices[1:]), ENDLESS]
    parts = [
        _during(
            read_reference(source.alias, each.path, is_csv=source.is_csv, delimiter=source.delimiter), each.start, end
        )
        for each, end in zip(slices, ends, strict=True)
    ]
    columns = {key: column for part in parts for key, column in part.columns.items()}
    table = pa.concat_tables([_spelled(part, columns) for part in parts], promote_options="default")
    return Reference(source.alias, columns, table, tuple(slices))


def _spelled(part: Reference, columns: Columns) -> pa.Table:
    """A slice's table, with its columns spelled as in the last slice."""
    return part.table.rename_columns([columns.get(name.lower(), (name,))[0] for name in part.table.column_names])


def _during(reference: Reference, start: datetime, end: datetime) -> Reference:
    table = reference.table
    for name, moment in ((FROM, start), (UNTIL, end)):
        table = table.append_column(name, pa.array([moment] * table.num_rows, pa.timestamp("us")))
    return replace(reference, table=table)


def read_reference(alias: str, path: Path, *, is_csv: bool, delimiter: str = ",") -> Reference:
    """Read a file of reference data. Raises JobError for one that is missing or damaged."""
    what = f"reference data {alias}"
    if not path.is_file():
        raise JobError(f"{what}: no file {path}")
    if is_csv:
        names, rows = texts.csv_records(path, what, delimiter)
        return _reference(alias, names, rows, is_csv=True)
    records = texts.json_records(path, what)
    return _reference(alias, [name for each in records for name in each], records, is_csv=False)


def _reference(alias: str, spelled: Iterable[str], rows: Sequence[dict[str, Any]], *, is_csv: bool) -> Reference:
    names: dict[str, str] = {}
    for name in spelled:
        if "\0" in name:
            raise JobError(f"reference data {alias}: the name of a column holds a character without a sign")
        names.setdefault(name.lower(), name)
    kind: Any = "nvarchar" if is_csv else "any"
    data = {name: pa.array(_values(rows, name, is_csv), pa.string()) for name in names.values()}
    return Reference(alias, {low: (name, kind) for low, name in names.items()}, pa.table(data))


def _values(rows: Iterable[dict[str, Any]], name: str, is_csv: bool) -> Iterable[str | None]:
    for row in rows:
        value = next((value for key, value in row.items() if key.lower() == name.lower()), None)
        yield value if value is None or is_csv else json.dumps(value, ensure_ascii=False)
