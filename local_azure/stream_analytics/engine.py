"""The plan on DuckDB: a micro-batch in, rows for each output out; open windows wait in tables here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from local_azure.stream_analytics.conversions import MACROS
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.events import to_table
from local_azure.stream_analytics.expressions import TIMESTAMP, quote
from local_azure.stream_analytics.plan import Plain, Plan, Windowed
from local_azure.stream_analytics.project import ReferenceInput


class Engine:
    """One plan and the windows that are still open. Not for use by two threads."""

    def __init__(self, plan: Plan, stream: str, references: Iterable[ReferenceInput]) -> None:
        self._plan, self._stream = plan, stream.lower()
        self._db = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
        self._db.execute(MACROS)
        for reference in references:
            self._read(reference)
        self._prepared = False

    def close(self) -> None:
        self._db.close()

    def columns(self, alias: str) -> tuple[str, ...]:
        """The columns of reference data."""
        return tuple(row[0] for row in self._db.execute(f"describe {quote(alias.lower())}").fetchall())

    def with_plan(self, plan: Plan) -> Engine:
        """The same engine with the plan that its reference data were needed for."""
        self._plan = plan
        return self

    def run(self, events: pa.Table) -> dict[str, pa.Table]:
        """Rows of each plain output for one micro-batch; rows for windows are kept."""
        try:
            return self._run(events)
        except duckdb.Error as error:
            raise JobError(f"the query fails: {_first_line(error)}") from error

    def check(self, fields: Sequence[str]) -> None:
        """Run the plan over no events. Raises JobError where types do not fit or a window's row is no aggregate."""
        self.run(to_table([], fields)[0])
        for output in windowed(self._plan.outputs):
            try:
                self.close_windows(output, datetime(1970, 1, 1))
            except duckdb.Error as error:
                raise JobError(f"{output.alias}: {_first_line(error)}") from error

    def _run(self, events: pa.Table) -> dict[str, pa.Table]:
        self._db.register(self._stream, events)
        for step in self._plan.steps:
            self._db.execute(f"create or replace temp table {quote(step.name.lower())} as {step.sql}")
        found = {}
        for output in self._plan.outputs:
            if isinstance(output, Plain):
                found[output.alias] = self._db.execute(output.sql).to_arrow_table()
            else:
                self._keep(output)
        self._prepared = True
        return found

    def close_windows(self, output: Windowed, until: datetime) -> tuple[list[str], list[tuple[object, ...]]]:
        """Columns and rows of the windows that end at or before `until` (UTC, no zone)."""
        if not self._prepared:
            return [], []
        result = self._db.execute(output.emit, {"until": until})
        return [column[0] for column in result.description or ()], result.fetchall()

    def forget(self, output: Windowed, until: datetime) -> None:
        """Drop the rows of closed windows, once their figures are written."""
        if self._prepared:
            self._db.execute(f"delete from {quote(output.buffer)} where {quote(TIMESTAMP)} <= ?", [until])

    def _keep(self, output: Windowed) -> None:
        table = quote(output.buffer)
        self._db.execute(f"create table if not exists {table} as {output.feed} limit 0")
        self._db.execute(f"insert into {table} {output.feed}")

    def _read(self, reference: ReferenceInput) -> None:
        if not reference.path.is_file():
            raise JobError(f"reference data {reference.alias}: no file {reference.path}")
        table = quote(reference.alias.lower())
        self._db.execute(
            f"create table {table} as select * from read_csv(?, header = true, all_varchar = true)",
            [str(reference.path)],
        )


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]


def windowed(outputs: Sequence[Plain | Windowed]) -> list[Windowed]:
    """The outputs that wait for windows to close."""
    return [output for output in outputs if isinstance(output, Windowed)]
