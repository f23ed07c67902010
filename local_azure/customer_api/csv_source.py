"""A folder of CSV files behind the same API, by a mapping in YAML (sources/*.yml) and no code.

tables:   name -> path (a glob), columns (where the file has no header)
records:  one entry a record type. Rows with the same `key` make one record, its first row gives the
          single values. A value is one of
            {value: x}            x itself                 {text: "{A}-{B}"}   columns, as text
            {integer: A}          a whole number           {date: A}           midnight UTC of that day
            {hash: A}             an id without personal data: SHA-256 of A, trimmed and in lower case
            {before: [A, sep]}    text before the first separator; {after: [A, sep]} the text behind it
            {sum: [[A, B], [C]]}  over the record's rows: A * B + C, exact
            {each: {...}}         a list, one object a row
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from math import prod
from pathlib import Path
from typing import Any

import msgspec
import yaml

from local_azure.customer_api.source import Issued

Row = dict[str, str]
MAPPINGS = Path(__file__).parent / "sources"
BATCH = 1000


class MappingError(ValueError):
    """The mapping or the files do not fit together; says which entry and why."""


def _hashed(rows: list[Row], column: str) -> str:
    return hashlib.sha256(rows[0][column].strip().lower().encode()).hexdigest()[:24]


def _sum(rows: list[Row], terms: list[list[str]]) -> Decimal:
    return sum(
        (prod((Decimal(row[name]) for name in term), start=Decimal(1)) for row in rows for term in terms),
        Decimal(0),
    )


VALUES: dict[str, Callable[[list[Row], Any], Any]] = {
    "value": lambda rows, value: value,
    "text": lambda rows, template: template.format_map(rows[0]),
    "integer": lambda rows, column: int(rows[0][column]),
    "date": lambda rows, column: datetime.fromisoformat(rows[0][column]).replace(tzinfo=UTC),
    "hash": _hashed,
    "before": lambda rows, of: rows[0][of[0]].partition(of[1])[0],
    "after": lambda rows, of: rows[0][of[0]].partition(of[1])[2],
    "sum": _sum,
    "each": lambda rows, fields: [_fields([row], fields) for row in rows],
}


class CsvSource:
    """The records that `mapping` makes of the files in `folder`, ordered by when they happened.

    Raises MappingError where a file, a column or a kind of value is missing.
    """

    first_issue = datetime(2026, 7, 1, tzinfo=UTC)

    def __init__(self, folder: Path, mapping: Path | None = None) -> None:
        self.name = folder.name
        self._records = _read(folder, mapping or MAPPINGS / f"{folder.name}.yml")
        self.size = len(self._records)

    def records(self, start: int, limit: int) -> list[Issued]:
        return self._records[start : start + limit]

    def batches(self) -> Iterator[list[Issued]]:
        """Every key makes one record, so no record has copies."""
        for start in range(0, self.size, BATCH):
            yield self.records(start, BATCH)


def _read(folder: Path, mapping: Path) -> list[Issued]:
    try:
        return list(_records(folder, mapping))
    except MappingError:
        raise
    except (yaml.YAMLError, csv.Error, LookupError, ValueError, TypeError, AttributeError) as error:
        raise MappingError(f"{mapping.name}: {' '.join(str(error).split())} ({type(error).__name__})") from error


def _records(folder: Path, mapping: Path) -> Iterator[Issued]:
    if not mapping.is_file():
        raise MappingError(f"no mapping {mapping}; write one, or name it with --mapping")
    plan = yaml.safe_load(mapping.read_text())
    tables = {name: list(_rows(folder, table)) for name, table in plan["tables"].items()}
    found = [made for entry in plan["records"] for made in _entry(entry, tables[entry["table"]])]
    for _, issued in sorted(found, key=lambda one: (one[0], one[1].record_id)):
        yield issued


def _rows(folder: Path, table: dict[str, Any]) -> Iterator[Row]:
    paths = sorted(folder.glob(table["path"]))
    if not paths:
        raise MappingError(f"no file {table['path']} in {folder}")
    for path in paths:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, fieldnames=table.get("columns"))
            for row in reader:
                if None in row or None in row.values():
                    raise MappingError(f"{path.name}, line {reader.line_num}: not as many fields as columns")
                yield row


def _entry(entry: dict[str, Any], rows: Iterable[Row]) -> Iterator[tuple[str, Issued]]:
    groups: dict[str, list[Row]] = {}
    try:
        for row in rows:
            groups.setdefault(_value([row], entry["key"]), []).append(row)
        for key, group in groups.items():
            yield _issued(entry, key, group)
    except MappingError:
        raise
    except (LookupError, ValueError, ArithmeticError) as error:
        raise MappingError(f"{entry.get('department')} {entry.get('type')}: {error!r}") from error


def _issued(entry: dict[str, Any], key: str, rows: list[Row]) -> tuple[str, Issued]:
    department, kind = entry["department"], entry["type"]
    record = {
        "id": f"{department}-{kind}-{entry['table']}-{key}",
        "department": department,
        "type": kind,
        "customer_id": _value(rows, entry["customer_id"]),
        "occurred_at": _value(rows, entry["occurred_at"]),
        "attributes": _fields(rows, entry["attributes"]),
    }
    amount = _value(rows, entry.get("amount", {"value": Decimal(0)}))
    body = msgspec.json.encode(record)
    return str(record["occurred_at"]), Issued(body, record["id"], f"{department}.{kind}.v1", department, amount)


def _fields(rows: list[Row], fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(rows, value) for name, value in fields.items()}


def _value(rows: list[Row], value: dict[str, Any]) -> Any:
    if len(value) == 1:
        ((kind, of),) = value.items()
        if kind in VALUES:
            return VALUES[kind](rows, of)
    raise MappingError(f"a value is one of {', '.join(VALUES)}, not {value}")
