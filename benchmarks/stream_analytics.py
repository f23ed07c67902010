"""How fast the project's own query runs, beside DuckDB's bare parse, route and Delta write of the same events.

    .venv/bin/python benchmarks/stream_analytics.py --events 1000000 [--spark]

Both take the events from memory in micro-batches of 20,000 and write the same Delta tables; they take turns, batch by
batch, so that whatever else the machine does falls on both. Printed: events a second of each, their ratio, the most
memory that the process held, and the machine's load average before and after: above 1.5 on two cores the rates are
those of a busy machine, and the ratio alone says something. With --spark, Spark Structured Streaming does it too.
"""

from __future__ import annotations

import json
import os
import re
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import duckdb
import pyarrow as pa
import typer
from deltalake import DeltaTable, Field, Schema, write_deltalake
from deltalake.schema import PrimitiveType

from benchmarks.spark_streaming import Spark
from local_azure.stream_analytics import project
from local_azure.stream_analytics.check import compiled
from local_azure.stream_analytics.engine import Engine
from local_azure.stream_analytics.events import Event
from local_azure.stream_analytics.sinks import DeltaSink

PROJECT = Path(__file__).parents[1] / "stream_analytics"
DEPARTMENTS = ("sales", "marketing", "support", "finance", "customer", "loyalty")
BATCH = 20_000
FILLER = "x" * 180
BARE = """
select e.id as event_id, e.type as event_type, e.source as event_source, e.subject as customer_id,
    try_cast(e.time as timestamp) as occurred_at, e.dataschema as data_schema, e.data as payload,
    enqueued as enqueued_at, part as partition_id, seq as sequence_number,
    coalesce(d.department, 'quarantine') as department
from (
    select json_transform(body, '{"id": "VARCHAR", "type": "VARCHAR", "source": "VARCHAR", "subject": "VARCHAR",
        "time": "VARCHAR", "dataschema": "VARCHAR", "data": "VARCHAR"}') as e, enqueued, part, seq
    from batch
) left join departments as d on d.domain = split_part(e.type, '.', 1)
"""


def body(number: int) -> bytes:
    event = {
        "id": f"evt-{number:012d}", "source": "/api", "type": f"{DEPARTMENTS[number % 6]}.order.placed.v1",
        "subject": f"C{number % 9973}", "time": f"2026-07-01T12:{number // 1000 % 60:02d}:00Z",
        "dataschema": "https://example/contracts/sales.order.placed.v1.json", "specversion": "1.0",
        "data": json.dumps({"order_id": f"O{number}", "amount": "19.90", "currency": "EUR", "note": FILLER}),
    }  # fmt: skip
    return json.dumps(event).encode()


def tables(lake: Path) -> None:
    types = {"string": "string", "timestamp": "timestamp", "bigint": "long"}
    for statement in (PROJECT / "tables" / "lake.sql").read_text().split(";"):
        columns = re.findall(r"^    (\w+) (string|timestamp|bigint)\b", statement, re.MULTILINE)
        if location := re.search(r"location '\{lake\}/(\S+)'", statement):
            fields = [Field(name, PrimitiveType(types[kind]), nullable=True) for name, kind in columns]
            DeltaTable.create(str(lake / location[1]), Schema(fields))


class Bare:
    """The least that any runner does: parse, route, write."""

    def __init__(self, lake: Path) -> None:
        tables(lake)
        self._db = duckdb.connect(config={"threads": 2})
        self._db.execute("set timezone = 'UTC'")
        self._db.execute(
            "create table departments as select unnest(?) as domain, unnest(?) as department", [DEPARTMENTS[:5]] * 2
        )
        self._tables = {
            name: DeltaTable(str(lake / "raw" / f"raw_{name}")) for name in (*DEPARTMENTS[:5], "quarantine")
        }

    def work(self, events: list[Event]) -> None:
        batch = pa.table({
            "body": [each.body.decode() for each in events],
            "enqueued": pa.array([each.enqueued for each in events], pa.timestamp("us")),
            "part": [each.partition for each in events],
            "seq": [each.sequence for each in events],
        })  # fmt: skip
        self._db.register("batch", batch)
        self._db.execute(f"create or replace temp table routed as {BARE}")
        for name, table in self._tables.items():
            rows = self._db.execute(
                f"select * exclude (department) from routed where department = '{name}'"
            ).to_arrow_table()
            schema = pa.schema(table.schema().to_arrow())
            columns = [
                rows[each.name].cast(each.type) if each.name in rows.column_names else pa.nulls(len(rows), each.type)
                for each in schema
            ]
            write_deltalake(table, pa.table(columns, schema=schema), mode="append")


class Runner:
    """The project's query, its Delta tables, its live minutes."""

    def __init__(self, lake: Path) -> None:
        tables(lake)
        loaded = project.load(PROJECT)
        self._engine = Engine(*compiled(loaded), loaded.policy, lake / "spill")
        self._sinks = {
            each.alias: DeltaSink(each.alias, lake / each.table, [0], drop=False)
            for each in loaded.outputs
            if isinstance(each, project.DeltaOutput)
        }

    def work(self, events: list[Event]) -> None:
        for output, rows in self._engine.feed({"customer-events": events}).rows:
            self._sinks[output.alias].add(output.relation, rows, None)
        for sink in self._sinks.values():
            sink.flush()
        self._engine.emit(events[-1].enqueued)


def batches(events: int) -> Iterator[list[Event]]:
    """Micro-batches that arrive a millisecond an event."""
    start = datetime.now(UTC).replace(tzinfo=None)
    for first in range(0, events, BATCH):
        yield [Event(body(at), 0, at, start + timedelta(milliseconds=at)) for at in range(first, first + BATCH)]


def main(
    events: Annotated[int, typer.Option(help="How many events each side takes.")] = 200_000,
    spark: Annotated[bool, typer.Option("--spark", help="Spark Structured Streaming too.")] = False,
) -> None:
    """Take turns, batch by batch, and tell the figures."""
    seconds = {"bare": 0.0, "runner": 0.0}
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        sides = {"bare": Bare(Path(folder) / "bare"), "runner": Runner(Path(folder) / "runner")}
        for batch in batches(events):
            for name, side in sides.items():
                began = time.perf_counter()
                side.work(batch)  # type: ignore[attr-defined]
                seconds[name] += time.perf_counter() - began
    rates = {name: events / each for name, each in seconds.items()}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"bare DuckDB {rates['bare']:,.0f} events/s, runner {rates['runner']:,.0f} events/s, "
          f"ratio {rates['runner'] / rates['bare']:.2f}, at most {memory:,.0f} MiB, "
          f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after", flush=True)  # fmt: skip
    if spark:
        _beside_spark(events, rates["runner"])


def _beside_spark(events: int, runner: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        peer = Spark(Path(folder), DEPARTMENTS[:5], next(batches(BATCH)))
        rate = events / peer.seconds(batches(events))
        peer.stop()
    print(f"Spark Structured Streaming {rate:,.0f} events/s: the runner is {runner / rate:.1f} times as fast, "
          f"load average {os.getloadavg()[0]:.1f} after")  # fmt: skip


if __name__ == "__main__":
    typer.run(main)
