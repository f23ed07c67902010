"""Where rows go: Delta tables, tables of the warehouse, files and event hubs.

A sink gathers rows and writes them when told. What cannot be written stays, so that it alone is tried again.
"""

from __future__ import annotations

import csv
import json
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyodbc
from azure.eventhub import EventData, EventDataBatch, EventHubProducerClient
from azure.eventhub.exceptions import EventHubError
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from local_azure.stream_analytics import rows as row
from local_azure.stream_analytics.clock import EPOCH
from local_azure.stream_analytics.convert import Unfit, column
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.levels import NEWEST
from local_azure.stream_analytics.project import DeltaOutput, FileOutput, HubOutput, Project, WarehouseOutput
from local_azure.stream_analytics.protocol import refuse_newer_protocol
from local_azure.stream_analytics.relations import Relation
from local_azure.stream_analytics.scope import PARTITION, SEQUENCE, TIMESTAMP

APPLICATION = "stream-analytics"
WINDOWS = f"{APPLICATION}-windows"
UNCONVERTED = "(8114)"
"""SQL Server's "Error converting data type", whose SQLSTATE is that of a syntax error."""
log = logging.getLogger("stream_analytics")


Write = Callable[[list[dict[str, Any]]], int]
"""Writes rows, and tells how many of them it left out as the error policy says."""


class SinkError(JobError):
    """Rows could not be written; they stay."""


class Sink(Protocol):
    """An output. `rows` are those written."""

    rows: int

    @property
    def pending(self) -> int:
        """Rows that wait to be written."""

    def add(self, relation: Relation, rows: pa.Table, until: datetime | None) -> None:
        """Keep rows for the next flush; `until` is the watermark that made them final, None for rows without state."""

    def flush(self) -> None:
        """Write what waits. Raises SinkError, with the rather all of it kept."""


class DeltaSink:
    """Appends to one Delta table, each row once: the table itself holds how far it is.

    Each commit carries the last sequence number of each partition, and the watermark of windows, as application
    transactions (Delta protocol, "Transaction Identifiers"), so a restart knows what the table already has.
    """

    def __init__(self, alias: str, path: Path, partitions: Sequence[int], *, drop: bool) -> None:
        self._alias, self._drop = alias, drop
        self._table = _open(alias, path)
        self._schema = pa.schema(self._table.schema().to_arrow())
        versions = {part: self._table.transaction_version(f"{APPLICATION}-{part}") for part in partitions}
        self._landed = {part: -1 if version is None else version for part, version in versions.items()}
        self._until = self._table.transaction_version(WINDOWS) or 0
        self._pending: list[pa.Table] = []
        self._next = (dict(self._landed), self._until)
        self.rows = 0

    @property
    def pending(self) -> int:
        return sum(table.num_rows for table in self._pending)

    def add(self, relation: Relation, rows: pa.Table, until: datetime | None) -> None:
        fresh = self._fresh(rows) if until is None else self._new(relation, rows)
        landed, closed = self._next
        if until is None:
            landed = landed | {part: last for part, last in _last(fresh).items() if part in self._landed}
        else:
            closed = max(closed, (until - EPOCH) // timedelta(microseconds=1))
        self._next = (landed, closed)
        if fresh.num_rows:
            self._pending.append(self._projected(relation, fresh))

    def flush(self) -> None:
        if not self._pending:
            return
        landed, until = self._next
        moved = [Transaction(f"{APPLICATION}-{part}", last) for part, last in landed.items() if last >= 0]
        moved += [Transaction(WINDOWS, until)] if until else []
        rows = pa.concat_tables(self._pending)
        try:
            write_deltalake(
                self._table, rows, mode="append", commit_properties=CommitProperties(app_transactions=moved)
            )
        except (DeltaError, OSError) as error:
            raise SinkError(f"cannot write the Delta table {self._table.table_uri}: {error}") from error
        self.rows += rows.num_rows
        self._landed, self._until, self._pending = dict(landed), until, []

    def _fresh(self, rows: pa.Table) -> pa.Table:
        """Less those of events that the table already has."""
        if not any(last >= 0 for last in self._landed.values()):
            return rows
        known = pa.scalar(False)
        for part, last in self._landed.items():
            seen = pc.and_(pc.equal(rows[PARTITION], part), pc.less_equal(rows[SEQUENCE], last))
            known = pc.or_(known, seen)
        return rows.filter(pc.invert(known))

    def _new(self, relation: Relation, rows: pa.Table) -> pa.Table:
        """Less those of windows that the table already has."""
        bound = EPOCH + timedelta(microseconds=max(0, self._until - relation.delay))
        return (
            rows.filter(pc.greater_equal(rows[TIMESTAMP], pa.scalar(bound, pa.timestamp("us"))))
            if self._until
            else rows
        )

    def _projected(self, relation: Relation, rows: pa.Table) -> pa.Table:
        """In the table's own columns and types; a column that the query does not give is null."""
        try:
            columns = [column(relation, rows, field) for field in self._schema]
        except Unfit as error:
            if not self._drop:
                raise SinkError(f"{self._alias}: {error}") from error
            return self._projected(relation, rows.filter(pa.array([not bad for bad in error.rows])))
        return pa.table(columns, schema=self._schema)


class RecordSink:
    """Gathers rows as records and hands them to a function that writes them."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._pending: list[dict[str, Any]] = []
        self.rows = 0

    @property
    def pending(self) -> int:
        return len(self._pending)

    def add(self, relation: Relation, rows: pa.Table, until: datetime | None) -> None:
        self._pending += row.records(relation, rows)

    def flush(self) -> None:
        if self._pending:
            self.rows += len(self._pending) - self._write(self._pending)
            self._pending = []


def warehouse_writer(output: WarehouseOutput, connection: str, level: str = NEWEST, *, drop: bool = False) -> Write:
    """Inserts into one table, all rows in one transaction; a fresh connection each time.

    Records and arrays are written as JSON from compatibility level 1.2 on, as words before: so "Record and array
    serialization when writing to SQL output" (levels.PAGE), which tells the levels apart; "Data Types" has the words
    alone, as before there were levels.
    With `drop` rows that the table cannot hold are left out, found by halves (Microsoft Learn, "Azure Stream Analytics
    output error policy", "Azure Stream Analytics data errors").
    """
    schema, _, name = output.table.rpartition(".")
    bindable = _json if level == NEWEST else _word

    def write(records: list[dict[str, Any]]) -> int:
        columns = list(dict.fromkeys(column for record in records for column in record))
        names, marks = ", ".join(f"[{each}]" for each in columns), ", ".join("?" * len(columns))
        values = [[bindable(record.get(each)) for each in columns] for record in records]
        try:
            _insert(connection, f"insert into [{schema}].[{name}] ({names}) values ({marks})", values)
        except pyodbc.Error as error:
            if not drop or not _is_unfit(error):
                raise SinkError(f"{output.alias} waits: {_told(error)}") from error
            if len(records) == 1:
                log.warning("%s: a row is dropped: %s", output.alias, _told(error))
                return 1
            half = len(records) // 2
            return write(records[:half]) + write(records[half:])
        return 0

    return write


def _insert(connection: str, statement: str, values: list[list[Any]]) -> None:
    connected = pyodbc.connect(connection, autocommit=False, timeout=10)
    try:
        connected.cursor().executemany(statement, values)
        connected.commit()
    finally:
        connected.close()


def _is_unfit(error: pyodbc.Error) -> bool:
    """Whether values do not fit their columns' types or constraints, which no second try mends."""
    return isinstance(error, pyodbc.DataError | pyodbc.IntegrityError) or UNCONVERTED in str(error.args[-1])


def _told(error: pyodbc.Error) -> str:
    """What the warehouse says, without the value that it says it of."""
    return re.sub("value '.*' to", "a value to", str(error.args[-1]), flags=re.DOTALL)


def _json(value: Any) -> Any:
    """Records and arrays as JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def _word(value: Any) -> Any:
    """Records and arrays become these words in CSV, and once in SQL (Microsoft Learn, "Data Types", "Type mapping")."""
    if isinstance(value, dict):
        return "Record"
    return "Array" if isinstance(value, list) else value


def file_writer(output: FileOutput, lake: Path) -> Write:
    """Appends to a file of the container: JSON lines, or CSV; Parquet gets a file each time."""

    def write(records: list[dict[str, Any]]) -> int:
        now = datetime.now(UTC)
        folder = lake / output.container / _folder(output.pattern, now)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            FORMATS[output.format](folder / output.alias, records, output.delimiter)
        except OSError as error:
            raise SinkError(f"{output.alias} waits: {error}") from error
        return 0

    return write


def _folder(pattern: str, now: datetime) -> str:
    """PathPattern with its {date}, {time} and {datetime:...} put in; what else is in braces is left out."""
    for word, form in (("date", "%Y/%m/%d"), ("time", "%H"), ("datetime:yyyy", "%Y"), ("datetime:MM", "%m"),
                       ("datetime:dd", "%d"), ("datetime:HH", "%H"), ("datetime:mm", "%M")):  # fmt: skip
        pattern = pattern.replace(f"{{{word}}}", now.strftime(form))
    return "/".join(part for part in pattern.split("/") if part and "{" not in part and part != "..")


def _json_lines(path: Path, records: list[dict[str, Any]], delimiter: str) -> None:
    with path.with_suffix(".json").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in row.lines(records))


def _csv(path: Path, records: list[dict[str, Any]], delimiter: str) -> None:
    names = list(dict.fromkeys(name for record in records for name in record))
    path = path.with_suffix(".csv")
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=delimiter)
        if is_new:
            writer.writeheader()
        writer.writerows({name: _word(value) for name, value in row.plain(each).items()} for each in records)


def _parquet(path: Path, records: list[dict[str, Any]], delimiter: str) -> None:
    pq.write_table(
        pa.Table.from_pylist(records), path.with_name(f"{path.name}-{datetime.now(UTC):%Y%m%d%H%M%S%f}.parquet")
    )


FORMATS: dict[str, Callable[[Path, list[dict[str, Any]], str], None]] = {
    "json": _json_lines,
    "csv": _csv,
    "parquet": _parquet,
}


def hub_writer(output: HubOutput, connection: str, *, drop: bool = False) -> Write:
    """Sends each row as an event; the partition key is a column's value.

    A row larger than the hub takes is a data error (Microsoft Learn, "Azure Stream Analytics data errors",
    RecordExceededSizeLimit): with `drop` it is left out. What was sent before a failure is sent again.
    """

    def write(records: list[dict[str, Any]]) -> int:
        batches: list[EventDataBatch] = []
        too_large = 0
        try:
            with EventHubProducerClient.from_connection_string(connection, eventhub_name=output.hub) as client:
                for key, rows in _by_key(records, output.partition_key).items():
                    too_large += _gather(client, key, row.lines(rows), batches)
                if too_large and not drop:
                    raise SinkError(f"{output.alias} waits: {too_large} rows are larger than the hub takes")
                for batch in batches:
                    client.send_batch(batch)
        except EventHubError as error:
            raise SinkError(f"{output.alias} waits: {str(error.message).splitlines()[0]}") from error
        if too_large:
            log.warning("%s: %d rows are dropped: larger than the hub takes", output.alias, too_large)
        return too_large

    return write


def _gather(client: EventHubProducerClient, key: str | None, lines: Iterable[str], into: list[EventDataBatch]) -> int:
    """Put lines in as few batches as hold them; how many no batch holds."""
    batch, too_large = client.create_batch(partition_key=key), 0
    for line in lines:
        if _added(batch, line):
            continue
        if len(batch):
            into.append(batch)
            batch = client.create_batch(partition_key=key)
        too_large += not _added(batch, line)
    if len(batch):
        into.append(batch)
    return too_large


def _added(batch: EventDataBatch, line: str) -> bool:
    try:
        batch.add(EventData(line))
    except ValueError:
        return False
    return True


def _by_key(records: list[dict[str, Any]], name: str | None) -> dict[str | None, list[dict[str, Any]]]:
    found: dict[str | None, list[dict[str, Any]]] = {}
    for record in records:
        value = next((value for key, value in record.items() if name and key.lower() == name.lower()), None)
        found.setdefault(None if value is None else str(value), []).append(record)
    return found


def sink(output: object, project: Project, *, lake: Path, warehouse: str, hub: str, partitions: Sequence[int]) -> Sink:
    """The sink of a project's output. Raises JobError for one that nothing here writes."""
    match output:
        case DeltaOutput():
            return DeltaSink(output.alias, lake / output.table, partitions, drop=project.drop_errors)
        case WarehouseOutput():
            return RecordSink(warehouse_writer(output, warehouse, project.level, drop=project.drop_errors))
        case FileOutput() if output.format in FORMATS:
            return RecordSink(file_writer(output, lake))
        case HubOutput():
            return RecordSink(hub_writer(output, hub, drop=project.drop_errors))
    raise JobError(unwritten(output))


def unwritten(output: Any) -> str:
    """Why an output is refused."""
    kind = getattr(output, "kind", None) or f"Blob Storage with {getattr(output, 'format', '')}"
    return (
        f"{output.alias}: {kind} is not written here; outputs are Delta, Blob (JSON, CSV, Parquet), Event Hub and SQL"
    )


def _open(alias: str, path: Path) -> DeltaTable:
    try:
        table = DeltaTable(str(path))
    except TableNotFoundError:
        raise JobError(f"{alias}: no Delta table at {path}; create it before the job starts") from None
    refuse_newer_protocol(alias, table)
    return table


def _last(rows: pa.Table) -> dict[int, int]:
    found = rows.group_by(PARTITION).aggregate([(SEQUENCE, "max")])
    return dict(zip(found[PARTITION].to_pylist(), found[f"{SEQUENCE}_max"].to_pylist(), strict=True))
