"""The project's own query on the engine, and the job against a real hub and real Delta tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from local_azure.stream_analytics import script
from local_azure.stream_analytics.conversions import MACROS
from local_azure.stream_analytics.engine import Engine, windowed
from local_azure.stream_analytics.events import Event, to_table
from local_azure.stream_analytics.plan import HIDDEN, compile_script

MOMENT = datetime(2026, 7, 1, 12, 0, 30)


@pytest.fixture(scope="session")
def macros() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(MACROS)
    return connection


class Bench:
    """One query over the stream `s`, run batch by batch."""

    def __init__(self, query: str) -> None:
        self.plan = compile_script(script.parse(query), "s", {})
        self.engine = Engine(self.plan, "s", ())
        self.engine.check(self.plan.fields)

    def run(self, *events: Event) -> dict[str, list[dict[str, Any]]]:
        table, _ = to_table(events, self.plan.fields)
        return {alias: shown(rows) for alias, rows in self.engine.run(table).items()}

    def closed(self, until: datetime) -> list[tuple[object, ...]]:
        (output,) = windowed(self.plan.outputs)
        _, rows = self.engine.close_windows(output, until)
        self.engine.forget(output, until)
        return sorted(rows, key=repr)


def shown(rows: pa.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.drop_columns(list(HIDDEN)).to_pylist()
    return found


def event(body: bytes, sequence: int = 0, moment: datetime = MOMENT, partition: int = 0) -> Event:
    return Event(body, partition, sequence, moment, moment)


def value(expression: str, body: bytes = b"{}") -> Any:
    """What one expression over one event gives."""
    (row,) = Bench(f"SELECT {expression} AS v INTO o FROM s").run(event(body))["o"]
    return row["v"]
