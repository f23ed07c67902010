"""Does the cost of an incremental build follow the new events or the old ones?

    python benchmarks/incremental.py [--events 100000 --events 1000000] [--seed 42]

For each size, on a lakehouse of its own: the first 96 % of the events are landed and built once, then four times 1 %
are landed and built, and the median of the last three builds is taken. The look-back is none: minutes after the first
build, an hour's would hold all of its events, as if they had just come. The build after it reads them again all the
same, since they have one moment. What is built is what is incremental, and what that reads: bronze, silver and the
facts. Beside the seconds stand the rows that merges read and that commits wrote, by Delta's own metrics, and the
machine's load; below them the models that took longest in the last build. The last line is the ratio of the largest
size to the smallest; the goal is 1.5, where ten times the events and ten times the news would naively cost ten times
as much.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import pyarrow as pa
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
DEPARTMENTS = {"customer", "sales", "marketing", "support", "finance"}
PARTITIONS, NEW, BUILDS = 4, 0.01, 4
LONGEST = 12  # models that are named
SLICE = 250_000  # events whose rows are held at once
SELECT = ("path:seeds", "+config.materialized:incremental")
ENVELOPE = pa.schema(
    [
        *((name, pa.string()) for name in ("event_id", "event_type", "event_source", "customer_id")),
        ("occurred_at", pa.timestamp("us", "UTC")),
        ("data_schema", pa.string()),
        ("payload", pa.string()),
        ("enqueued_at", pa.timestamp("us", "UTC")),
        ("partition_id", pa.int64()),
        ("sequence_number", pa.int64()),
    ]
)


class Hub:
    """Places events as ingestion does, and routes them as the stream does."""

    def __init__(self, events: int, seed: int) -> None:
        self._source = SeededSource(seed=seed, events=events)
        self._next = [0] * PARTITIONS
        self._clock = datetime.now(UTC) - timedelta(milliseconds=events)
        self._mapper = Mapper(source_file.read("customer_api").resources[0], "benchmark")
        self._read = msgspec.json.Decoder(CloudEvent).decode

    def slices(self, start: int, size: int) -> Iterator[dict[str, pa.Table]]:
        """The rows of each raw table for so many events from `start` on, a slice at a time."""
        for begin in range(start, start + size, SLICE):
            yield self._part(begin, min(SLICE, start + size - begin))

    def _part(self, start: int, size: int) -> dict[str, pa.Table]:
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for begin in range(start, start + size, 1000):
            for record in self._source.records(begin, min(1000, start + size - begin)):
                for message in self._messages(record.body):
                    department, row = self._row(message)
                    rows.setdefault(f"raw_{department}", []).append(row)
        return {table: _table(table, found) for table, found in rows.items()}

    def _messages(self, record: bytes) -> list[Message]:
        made = self._mapper.messages(record)
        return made if isinstance(made, list) else []

    def _row(self, message: Message) -> tuple[str, tuple[Any, ...]]:
        event = self._read(message.body)
        partition = zlib.crc32(message.customer_id.encode()) % PARTITIONS
        number, self._next[partition] = self._next[partition], self._next[partition] + 1
        self._clock += timedelta(milliseconds=1)
        department = event.type.partition(".")[0]
        row = (event.id, event.type, event.source, event.subject, event.time, event.dataschema)
        where = (event.data, self._clock, partition, number)
        return department if department in DEPARTMENTS else "quarantine", row + where


def _table(name: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    found = pa.table(list(map(list, zip(*rows, strict=True))), ENVELOPE)
    if name != "raw_quarantine":
        return found
    return found.append_column("reason", pa.array(["unknown department"] * len(found)))


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
    new = int(events * NEW)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with lakehouse(folder, port):
            settings.DATABRICKS_SQL_PORT = port
            provision_lakehouse()
            first, again, *later = _builds(folder, port, Hub(events, seed), [events - BUILDS * new, *[new] * BUILDS])
        longest = _longest(folder)
    print(f"{events:>10,} events: first build {first}, then {new:,} new ones: {again}; {'; '.join(map(str, later))}")
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
