"""Where rows go: Delta tables of the lake, and tables of the warehouse."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyodbc
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.expressions import PARTITION, SEQUENCE
from local_azure.stream_analytics.plan import HIDDEN
from local_azure.stream_analytics.protocol import refuse_newer_protocol

APPLICATION = "stream-analytics"


class DeltaSink:
    """Appends to one Delta table, each event of the hub once: the table itself holds how far it is.

    Each commit carries the last sequence number of each partition as an application transaction (Delta
    protocol, "Transaction Identifiers"), so a restart knows what the table already has.
    """

    def __init__(self, alias: str, path: Path, columns: list[str], partitions: list[int]) -> None:
        self._table = _open(alias, path)
        self._schema = pa.schema(self._table.schema().to_arrow())
        if unknown := set(columns) - set(self._schema.names):
            raise JobError(f"{alias}: the table at {path} has no column {', '.join(sorted(unknown))}")
        versions = {part: self._table.transaction_version(f"{APPLICATION}-{part}") for part in partitions}
        self._landed = {part: -1 if version is None else version for part, version in versions.items()}
        self._pending: list[pa.Table] = []
        self.rows = 0

    @property
    def pending(self) -> int:
        """Rows that wait to be written."""
        return sum(table.num_rows for table in self._pending)

    def add(self, rows: pa.Table) -> None:
        """Keep rows for the next flush, less those that the table already has."""
        if rows.num_rows and (fresh := self._fresh(rows)).num_rows:
            self._pending.append(fresh)

    def flush(self) -> None:
        """Write what waits in one commit. Raises JobError if the lake cannot be written."""
        if not self._pending:
            return
        rows = pa.concat_tables(self._pending)
        landed = self._landed | _last(rows)
        moved = [Transaction(f"{APPLICATION}-{part}", last) for part, last in landed.items() if last >= 0]
        try:
            write_deltalake(
                self._table, self._projected(rows), mode="append",
                commit_properties=CommitProperties(app_transactions=moved),
            )  # fmt: skip
        except (DeltaError, OSError) as error:
            raise JobError(f"cannot write the Delta table {self._table.table_uri}: {error}") from error
        self.rows += rows.num_rows
        self._landed, self._pending = landed, []

    def _fresh(self, rows: pa.Table) -> pa.Table:
        known = pa.scalar(False)
        for part, last in self._landed.items():
            seen = pc.and_(pc.equal(rows[PARTITION], part), pc.less_equal(rows[SEQUENCE], last))
            known = pc.or_(known, seen)
        return rows.filter(pc.invert(known))

    def _projected(self, rows: pa.Table) -> pa.Table:
        """In the table's own columns and types; a column that the query does not give is null."""
        rows = rows.drop_columns(list(HIDDEN))
        columns = [
            rows[field.name].cast(field.type) if field.name in rows.column_names else pa.nulls(len(rows), field.type)
            for field in self._schema
        ]
        return pa.table(columns, schema=self._schema)


class WarehouseSink:
    """Inserts into one table of the warehouse; a fresh connection for each closed window."""

    def __init__(self, table: str, connection: str) -> None:
        self._table, self._connection = table, connection
        self.rows = 0

    def write(self, columns: list[str], rows: list[tuple[object, ...]]) -> None:
        """Insert rows in one transaction. Raises pyodbc.Error, with nothing inserted."""
        if not rows:
            return
        schema, _, name = self._table.rpartition(".")
        names, marks = ", ".join(f"[{column}]" for column in columns), ", ".join("?" * len(columns))
        connection = pyodbc.connect(self._connection, autocommit=False, timeout=10)
        try:
            connection.cursor().executemany(
                f"insert into [{schema}].[{name}] ({names}) values ({marks})",
                rows,
            )
            connection.commit()
        finally:
            connection.close()
        self.rows += len(rows)


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
