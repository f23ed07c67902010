"""The plan on DuckDB: micro-batches in, rows for each output out; what open windows and joins need waits in tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from duckdb.sqltypes import VARCHAR

from local_azure.stream_analytics import geo, levels, patterns
from local_azure.stream_analytics.clock import EPOCH, Clock, Policy
from local_azure.stream_analytics.conversions import MACROS
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.events import MOMENT, Event, to_batch
from local_azure.stream_analytics.javascript import compiled
from local_azure.stream_analytics.reference import Reference
from local_azure.stream_analytics.relations import REFERENCE, Input, Output, Plan, Relation
from local_azure.stream_analytics.scope import HIDDEN, METADATA, RECORD, TIMESTAMP
from local_azure.stream_analytics.values import quote

FOREVER = datetime(9999, 1, 1)
COMPACT = 100_000
TYPED = {
    "bigint": "is_integer({0})", "float": "is_number({0})", "nvarchar": "is_text({0})",
    "datetime": "try_json_datetime({0}) is not null", "bit": "{0} in ('true', 'false')", "record": "{0}[1] = '{{'",
    "array": "{0}[1] = '['",
}  # fmt: skip
"""What a field must be for CREATE TABLE, which drops the rest (create-table-stream-analytics)."""


@dataclass
class Fed:
    """What a micro-batch gave at once: rows by output, and how many events were no JSON."""

    rows: list[tuple[Output, pa.Table]]
    invalid: int


class Engine:
    """One plan and what it keeps. Not for use by two threads."""

    def __init__(
        self, plan: Plan, references: Iterable[Reference] = (), policy: Policy | None = None, spill: Path | None = None
    ) -> None:
        self._plan = plan
        self._db = connect(spill)
        for function in plan.functions:
            self._db.create_function(
                function.sql, compiled(function), [VARCHAR], VARCHAR, type=PythonUDFType.ARROW,
                null_handling=FunctionNullHandling.SPECIAL, side_effects=True,
            )  # fmt: skip
        self._starts: dict[str, datetime] = {}
        for each in references:
            self.refer(each)
        policy = policy or Policy()
        self.clocks = {each.table: Clock(policy, each.key is not None) for each in plan.inputs}
        everything = " ".join(each.sql for each in _relations(plan)) + " ".join(each.feed for each in plan.buffers)
        self._whole, self.needs_metadata = quote(RECORD) in everything, quote(METADATA) in everything
        self._tables = {each.name for each in plan.tables} | {each.table for each in plan.inputs}
        self._known = {each.name: each for each in _relations(plan)}
        self._kept: dict[str, int] = {}
        self.emitted = EPOCH

    def close(self) -> None:
        self._db.close()

    def refer(self, reference: Reference) -> None:
        """Load reference data, or load them anew."""
        table = levels.referred(reference.table, reference.columns, self._plan.level)
        name = reference.alias.lower()
        self._db.register(f"file {name}", table)
        types = [(*reference.columns[column.lower()], kind) for column, kind in self._plan.typed.get(name, ())]
        shaped = _shaped(f"file {name}", [(column, kind, was == "any") for column, was, kind in types])
        self._db.execute(f"create or replace table {quote(f'reference {name}')} as {shaped}")
        if reference.slices:
            self._starts[reference.alias] = reference.slices[0].start

    def check(self) -> None:
        """Run the plan over no events, so that what does not fit is told before the job starts. Raises JobError."""
        self.feed({each.alias: [] for each in self._plan.inputs})
        try:
            self._emit(self._plan.stateful, EPOCH, EPOCH)
        except duckdb.Error as error:
            raise failed(error) from error

    def feed(self, batch: Mapping[str, Sequence[Event]]) -> Fed:
        """Take a micro-batch, by input: gives the rows of outputs without state. Raises JobError."""
        try:
            return self._feed({alias.lower(): events for alias, events in batch.items()})
        except duckdb.Error as error:
            raise failed(error) from error

    def _feed(self, batch: Mapping[str, Sequence[Event]]) -> Fed:
        invalid = 0
        for each in self._plan.inputs:
            invalid += self._receive(each, batch.get(each.alias.lower(), ()))
        for table in self._plan.tables:
            if not table.stateful:
                self._make(table)
        rows = [(output, self._query(output.relation)) for output in self._plan.stateless]
        for buffer in self._plan.buffers:
            self._keep(buffer.table, self._resolved(buffer.feed))
        return Fed(rows, invalid)

    def _receive(self, source: Input, events: Sequence[Event]) -> int:
        """Give the events of an input their times, and make them a table."""
        batch = to_batch(
            levels.read(events, self._plan.level),
            source.fields,
            source.scalars,
            whole=self._whole,
            metadata=self.needs_metadata,
        )
        raw = f"raw {source.table}"
        self._db.register(raw, batch.table)
        clock = self.clocks[source.table]
        if source.stamp is None:
            times = clock.by_arrival(batch.events)
        else:
            key = source.key or "''"
            found = self._db.execute(f"select {source.stamp}, {key} from {quote(raw)} as event").fetchall()
            times = clock.by_event(batch.events, [row[0] for row in found], [row[1] for row in found])
        self._refuse_early(times)
        stamped = batch.table.append_column(TIMESTAMP, pa.array(times, MOMENT))
        self._db.register(raw, stamped)
        self._db.execute(f"create or replace temp view {quote(source.table)} as {_typed(source)}")
        return batch.invalid

    def _refuse_early(self, times: Sequence[datetime | None]) -> None:
        """An event from before the first slice of reference data has none to be joined with (reference.PAGE)."""
        first = min((time for time in times if time is not None), default=FOREVER) if self._starts else FOREVER
        for alias, start in self._starts.items():
            if first < start:
                raise JobError(
                    f"{alias}: Initializing input without a valid reference data blob for UTC time {first}; "
                    f"the first slice holds from {start}"
                )

    def emit(self, watermark: datetime) -> list[tuple[Output, pa.Table]]:
        """Rows that the way from the last watermark to this one makes final. Raises JobError."""
        if watermark <= self.emitted:
            return []
        try:
            due = [output for output in self._plan.stateful if self.is_due(output.relation, watermark)]
            rows = self._emit(due, self.emitted, watermark)
            self._forget(watermark)
        except duckdb.Error as error:
            raise failed(error) from error
        self.emitted = watermark
        return rows

    def is_due(self, relation: Relation, watermark: datetime) -> bool:
        """Whether a relation can have rows between the last watermark and this one."""
        if relation.grid is None:
            return True
        (step, offset), wait = relation.grid, timedelta(microseconds=relation.delay)
        first, last = (_micros(each - wait if each > EPOCH + wait else EPOCH) for each in (self.emitted, watermark))
        return -((offset - first) // step) * step + offset < last

    def _emit(self, due: list[Output], start: datetime, end: datetime) -> list[tuple[Output, pa.Table]]:
        if due:
            for table in self._plan.tables:
                if table.stateful:
                    self._make(table)
        return [(output, self._query(output.relation, (start, end))) for output in due]

    def _query(self, relation: Relation, between: tuple[datetime, datetime] | None = None) -> pa.Table:
        sql = f"select {relation.visible()} from ({self._resolved(relation.sql)})"
        if between is None:
            return self._db.execute(sql).to_arrow_table()
        wait = timedelta(microseconds=relation.delay)
        start, end = (_floor(each, wait) for each in between)
        order = ", ".join(quote(name) for name in HIDDEN)
        where = f"where {quote(TIMESTAMP)} >= ? and {quote(TIMESTAMP)} < ? order by {order}"
        return self._db.execute(f"{sql} {where}", [start, end]).to_arrow_table()

    def rows(self, relation: Relation) -> pa.Table:
        """All rows of a step, for whoever writes a query. Raises JobError."""
        try:
            return self._query(relation, (datetime(1, 1, 1), FOREVER) if relation.stateful else None)
        except duckdb.Error as error:
            raise failed(error) from error

    def _make(self, table: Relation) -> None:
        """Run a step that several read: what looks back may spill to disk, a micro-batch's rows stay where they are."""
        sql = self._resolved(table.sql)
        if table.stateful:
            self._db.execute(f"create or replace temp table {quote(table.name)} as {sql}")
        else:
            self._db.register(table.name, self._db.execute(sql).to_arrow_table())

    def _keep(self, table: str, feed: str) -> None:
        if table not in self._kept:
            self._db.execute(f"create or replace table {quote(table)} as {feed}")
            self._kept[table] = 0
        else:
            self._db.execute(f"insert into {quote(table)} {feed}")

    def _forget(self, watermark: datetime) -> None:
        """Drop the rows that lie farther back than anybody looks, once they are many."""
        for buffer in self._plan.buffers:
            if buffer.table not in self._kept:
                continue
            bound = _floor(watermark, timedelta(microseconds=buffer.reach))
            name, stamp = quote(buffer.table), quote(TIMESTAMP)
            counted = self._db.execute(
                f"select count(*), count(*) filter ({stamp} < ?) from {name}", [bound]
            ).fetchone()
            rows, old = counted or (0, 0)
            if old and (old > COMPACT or 2 * old >= rows):
                self._db.execute(f"create or replace table {name} as select * from {name} where {stamp} >= ?", [bound])

    def _resolved(self, sql: str) -> str:
        """References to other relations by their tables, or by their SELECTs."""

        def put(match: re.Match[str]) -> str:
            name = match[1]
            return quote(name) if name in self._tables else f"({self._resolved(self._known[name].sql)})"

        return REFERENCE.sub(put, sql)


def connect(spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """DuckDB with the language's conversions; what does not fit in memory goes to `spill`, and nowhere without one.

    A join hashes its right side, the reference data: DuckDB knows no micro-batch's size and would hash its payloads.
    """
    config: dict[str, str | int] = {"threads": 2, "memory_limit": "1GB", "temp_directory": str(spill or "")}
    db = duckdb.connect(config=config)  # type: ignore[arg-type]
    db.execute("set disabled_optimizers = 'build_side_probe_side'")
    db.execute(MACROS)
    geo.register(db)
    patterns.register(db)
    return db


def failed(error: duckdb.Error) -> JobError:
    """What stopped the query, in a line of our own words; of a function in another language only what it says."""
    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException):
        return JobError("the query fails: a number or a datetime beyond the range of its type")
    line = next((each for each in str(error).splitlines() if each.strip()), type(error).__name__)
    return JobError(f"the query fails: {line.rpartition('UDF: JobError: ')[2].removeprefix('Invalid Input Error: ')}")


def _typed(source: Input) -> str:
    """The input's rows that have a time, and the types that CREATE TABLE asks for."""
    types = [(name.lower(), kind, True) for name, kind in source.types]
    return _shaped(f"raw {source.table}", types, f"{quote(TIMESTAMP)} is not null")


def _shaped(table: str, types: Sequence[tuple[str, str, bool]], test: str = "true") -> str:
    """Rows whose columns have the types of CREATE TABLE; of each its name, its type, and whether it holds JSON text."""
    tests, changes = [test], []
    for name, kind, is_json in types:
        column = quote(name)
        fits = TYPED[kind].format(column) if is_json else f"as_{kind}({column}) is not null"
        tests.append(f"({column} is null or {fits})")
        if kind not in ("record", "array"):
            changes.append(f"{'try_json' if is_json else 'as'}_{kind}({column}) as {column}")
    replaced = f" replace ({', '.join(changes)})" if changes else ""
    return f"select *{replaced} from {quote(table)} where {' and '.join(tests)}"


def _relations(plan: Plan) -> list[Relation]:
    found: dict[str, Relation] = {each.name: each for each in plan.relations}
    return list(found.values())


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _floor(moment: datetime, less: timedelta) -> datetime:
    return moment - less if moment - datetime(1, 1, 1) > less else datetime(1, 1, 1)
