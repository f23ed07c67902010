"""Does the cost of an incremental build follow the new events or the old ones?

    python benchmarks/incremental.py [--events 100000 --events 1000000] [--seed 42]

For each size, on a lakehouse of its own: the first 96 % of the events are landed and built in four parts, then four
times 1 % are landed and built, and the median of the last three builds is taken. Events arrive in the order of
their time, the last one now; one in twenty is late by up to thirty days. The look-back is none: minutes after the
first build, an hour's would hold all of its events, as if they had just come. The build after it reads them again
all the same, since they have one moment. What is built is what is incremental, and what that reads: bronze, silver
and the facts. Beside the seconds stand the rows that merges read and that commits wrote, by Delta's own metrics,
and the machine's load; below them the models that took longest in the last build. The last line is the ratio of the
largest size to the smallest; the goal is 1.5, where ten times the events and ten times the news would naively cost
ten times as much.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, NamedTuple

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import typer
from deltalake import DeltaTable, write_deltalake

from benchmarks.services import served
from ingestion import source_file
from ingestion.events import CloudEvent
from ingestion.mapping import Mapper, Message
from local_azure import settings
from local_azure.customer_api.generator import SeededSource
from pipeline.provision import provision_lakehouse

PROJECT = Path(__file__).parents[1]
DEPARTMENTS = ["customer", "sales", "marketing", "support", "finance"]
FIRST, NEW, BUILDS = 4, 0.01, 4
LONGEST = 12  # models that are named
SLICE = 250_000  # events whose rows are held at once
SELECT = ("path:seeds", "+config.materialized:incremental")
ENVELOPE = pa.schema(
    [
        *((name, pa.string()) for name in ("event_id", "event_type", "event_source", "customer_id")),
        ("occurred_at", pa.timestamp("us", "UTC")),
        ("data_schema", pa.string()),
        ("payload", pa.string()),
    ]
)
# One event in twenty is late by days, up to thirty; the others by minutes. The last one has just come: the stories end
# with the API's first issue, and what would come behind it is left out.
ARRIVED = """
    create table arrived as
    with late as (
        select *, hash(event_id) % 20 = 0 as by_days, hash(event_id, event_type) % 43200 as minutes from placed
    ),
    coming as (
        select *, occurred_at + to_minutes(if(by_days, minutes, minutes % 30)::integer) as came_at from late
    ),
    moved as (
        select * replace (occurred_at + gap as occurred_at), came_at + gap as enqueued_at, hash(customer_id) % 4 as hub
        from coming, (select now() - $ended as gap)
        where came_at < $ended
    )
    select
        columns(* exclude (by_days, minutes, came_at, gap, hub)),
        hub::bigint as partition_id,
        row_number() over (partition by hub order by enqueued_at) - 1 as sequence_number
    from moved
    order by enqueued_at
"""


class Hub:
    """Events as ingestion maps them, in the order of their arrival, as the stream routes them."""

    def __init__(self, folder: Path, events: int, seed: int) -> None:
        self._store = duckdb.connect(folder / "events.duckdb")
        self._store.execute("set timezone = 'UTC'; set memory_limit = '6GB'")
        self._source = SeededSource(seed=seed, events=events)
        self._mapper = Mapper(source_file.read("customer_api").resources[0], "benchmark")
        self._read = msgspec.json.Decoder(CloudEvent).decode
        self._store.from_arrow(ENVELOPE.empty_table()).create("placed")
        for begin in range(0, events, SLICE):
            self._store.from_arrow(self._placed(begin, min(SLICE, events - begin))).insert_into("placed")
        self._store.execute(ARRIVED, {"ended": self._source.first_issue})
        (self.size,) = self._store.execute("select count(*) from arrived").fetchall()[0]

    def _placed(self, start: int, size: int) -> pa.Table:
        rows = []
        for begin in range(start, start + size, 1000):
            for record in self._source.records(begin, min(1000, start + size - begin)):
                for message in self._messages(record.body):
                    event = self._read(message.body)
                    who = (event.id, event.type, event.source, event.subject)
                    rows.append((*who, event.time, event.dataschema, event.data))
        return pa.table(list(map(list, zip(*rows, strict=True))), ENVELOPE)

    def _messages(self, record: bytes) -> list[Message]:
        made = self._mapper.messages(record)
        return made if isinstance(made, list) else []

    def slices(self, start: int, size: int) -> Iterator[dict[str, pa.Table]]:
        """The rows of each raw table for so many arrivals from `start` on, a slice at a time."""
        for begin in range(start, start + size, SLICE):
            query = f"from arrived limit {min(SLICE, start + size - begin)} offset {begin}"
            found = self._store.execute(query).to_arrow_table()
            department = pc.split_pattern(found["event_type"], ".", max_splits=1)
            yield dict(_routed(found, pc.list_element(department, 0)))


def _routed(found: pa.Table, department: pa.ChunkedArray) -> Iterator[tuple[str, pa.Table]]:
    for name in DEPARTMENTS:
        yield f"raw_{name}", found.filter(pc.equal(department, name))
    others = found.filter(pc.invert(pc.is_in(department, pa.array(DEPARTMENTS))))
    yield "raw_quarantine", others.append_column("reason", pa.array(["unknown department"] * len(others)))


def lakehouse(folder: Path, port: int) -> AbstractContextManager[None]:
    """The endpoint, as for millions of rows."""
    words = ["--port", f"{port}", "--tuned-for", "volume", "--jars", f"{PROJECT / '.local' / 'jars'}"]
    return served("databricks_sql", folder, *words, "--storage", f"{settings.LAKE_URL}={folder / 'lake'}")


def dbt(folder: Path, port: int, command: str, *words: str) -> float:
    """Seconds of one dbt command; ends the benchmark with its words if it fails."""
    began = time.perf_counter()
    where = ["--profiles-dir", "profiles", "--target-path", f"{folder / 'target'}", "--log-path", f"{folder / 'logs'}"]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "--quiet", command, *words, *where],
        cwd=PROJECT,
        env=os.environ | {"LOCAL_DATABRICKS_SQL_PORT": f"{port}"},
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"dbt {command} failed")
    return time.perf_counter() - began


def measure(events: int, seed: int, port: int) -> float:
    """The median seconds of building 1 % new events, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hub = Hub(folder, events, seed)
        new = int(hub.size * NEW)
        quarter = (hub.size - BUILDS * new) // FIRST
        with lakehouse(folder, port):
            settings.DATABRICKS_SQL_PORT = port
            provision_lakehouse()
            built = list(_builds(folder, port, hub, [*[quarter] * FIRST, *[new] * BUILDS]))
        longest = _longest(folder)
    before, (again, *later) = built[:FIRST], built[FIRST:]
    print(f"{hub.size:>10,} events: four builds of a quarter {'; '.join(map(str, before))}")
    print(f"{'then':>17}: {new:,} new ones {again}; {'; '.join(map(str, later))}")
    print(f"{'longest in the last':>26}: {longest}", flush=True)
    return statistics.median(each.seconds for each in later)


def _longest(folder: Path) -> str:
    results = msgspec.json.decode((folder / "target" / "run_results.json").read_bytes())["results"]
    found = sorted(((each["execution_time"], each["unique_id"]) for each in results), reverse=True)
    return ", ".join(f"{node.rpartition('.')[2]} {seconds:.0f} s" for seconds, node in found[:LONGEST])


class Build(NamedTuple):
    """Seconds of one build, the rows its merges read, the rows its commits wrote."""

    seconds: float
    read: int
    written: int

    def __str__(self) -> str:
        load, *_ = os.getloadavg()
        return f"{self.seconds:.1f} s ({self.read:,} rows read, {self.written:,} written, load {load:.1f})"


def _builds(folder: Path, port: int, hub: Hub, sizes: list[int]) -> Iterator[Build]:
    position, seen = 0, dict[str, int]()
    for size in sizes:
        for tables in hub.slices(position, size):
            for table, rows in tables.items():
                write_deltalake(folder / "lake" / "raw" / table, rows, mode="append")
        position += size
        words = ("--select", *SELECT, "--resource-type", "model", "--resource-type", "seed")
        yield Build(dbt(folder, port, "build", *words, "--vars", "{lookback_hours: 0}"), *_rows(folder, seen))


def _rows(folder: Path, seen: dict[str, int]) -> tuple[int, int]:
    """Rows that merges read, and that commits wrote, behind the version that was `seen` of each table."""
    read = written = 0
    for log in (folder / "warehouse").glob("*/*/_delta_log"):
        table = DeltaTable(log.parent)
        for commit in table.history():
            if commit.get("version", 0) > seen.get(f"{log}", -1):
                metrics = commit.get("operationMetrics", {})
                read += int(metrics.get("numSourceRows", 0))
                written += int(metrics.get("numOutputRows", 0))
        seen[f"{log}"] = table.version()
    return read, written


def main(
    events: Annotated[list[int], typer.Option(help="Sizes, smallest first.")] = [100_000, 1_000_000],  # noqa: B006
    seed: int = 42,
    port: int = 14390,
) -> None:
    """Print the seconds of each size and the ratio of the largest to the smallest."""
    medians = [measure(size, seed, port) for size in events]
    if len(medians) > 1:
        print(f"ratio {medians[-1] / medians[0]:.2f} (goal 1.5)")


if __name__ == "__main__":
    typer.run(main)
