"""How long events take through the stream at a steady rate: into their raw tables, and past a minute's close.

    .venv/bin/python benchmarks/stream_latency.py --rate 1000 --seconds 300 [--minimum-rows 100]

An output writes once it has MinimumRows, or after MaximumTime: 2,000 and a minute in the project, which a rate of 1,000
events/s over six tables fills in twelve seconds. --minimum-rows takes another number, to see the runner's own delay.
Event Hubs, the pool and the project's own job run as processes of their own, as `make up` starts them, without Spark;
the LOCAL_*_PORT variables choose their ports. Azure's client sends. Raw tables are looked at ten times a second: the
delay is that of each event of a new file, from the hub's moment on. Live figures are looked at five times a second,
from their window's close on. Printed: p50, p99 and the longest over all of them, and the machine's load.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pyarrow.parquet as pq
import pyodbc
import typer
from azure.eventhub import EventData, EventHubProducerClient
from azure.eventhub.amqp import AmqpAnnotatedMessage
from deltalake import DeltaTable

from benchmarks.services import served
from benchmarks.stream_analytics import DEPARTMENTS, PROJECT, body, tables
from local_azure import settings, stack
from local_azure.stack import STREAM, Workspace
from local_azure.synapse.odbc import connection_string
from pipeline.connections import EVENTS_HUB, warehouse
from pipeline.live.watch import Delays
from pipeline.provision import warehouse_statements

PARTITIONS, TICK = 4, 0.05
RAW = tuple(f"raw_{name}" for name in (*DEPARTMENTS[:5], "quarantine"))
SETTLED = 20.0  # seconds behind the last event in which the rest arrives


class Sender(threading.Thread):
    """So many events a second, a tick's worth at a time, until told to end."""

    def __init__(self, rate: float) -> None:
        super().__init__(daemon=True)
        self.sent, self._rate, self._ended = 0, rate, threading.Event()

    def run(self) -> None:
        where = settings.event_hubs_connection_string()
        with EventHubProducerClient.from_connection_string(where, eventhub_name=EVENTS_HUB) as client:
            began = time.monotonic()
            while not self._ended.wait(TICK):
                due = int((time.monotonic() - began) * self._rate)
                for partition in range(PARTITIONS):
                    mine: list[EventData | AmqpAnnotatedMessage] = [
                        EventData(body(at)) for at in range(self.sent, due) if at % PARTITIONS == partition
                    ]
                    if mine:
                        client.send_batch(mine, partition_id=str(partition))
                self.sent = due

    def end(self) -> None:
        self._ended.set()
        self.join()


class Lake(threading.Thread):
    """Takes note of the files that raw tables gain."""

    def __init__(self, lake: Path) -> None:
        super().__init__(daemon=True)
        self.delays, self.ended = Delays(), threading.Event()
        self._seen: set[Path] = set()
        self._folders = [lake / "raw" / name for name in RAW]

    def run(self) -> None:
        while not self.ended.wait(0.1):
            for folder in self._folders:
                self._look(folder)

    def _look(self, folder: Path) -> None:
        files = {Path(uri.removeprefix("file://")) for uri in DeltaTable(folder).file_uris()} - self._seen
        now = datetime.now(UTC)
        for file in files:
            for moment in pq.read_table(file, columns=["enqueued_at"])["enqueued_at"].to_pylist():
                self.delays.seconds.append(((now - moment).total_seconds(), 1))
        self._seen |= files


class Windows(threading.Thread):
    """Takes note of the live figures that the pool gains."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.delays, self.ended = Delays(), threading.Event()
        self._seen: set[tuple[str, datetime]] = set()

    def run(self) -> None:
        text = "select department, window_end, events from live.live_department_kpis "
        text += "where window_end > dateadd(minute, -3, sysutcdatetime())"
        with pyodbc.connect(connection_string(port=settings.SYNAPSE_PORT), autocommit=True) as connection:
            while not self.ended.wait(0.2):
                for department, end, events in connection.execute(text).fetchall():
                    self._note(department, end, events)

    def _note(self, department: str, end: datetime, events: int) -> None:
        if (department, end) not in self._seen:
            self._seen.add((department, end))
            delay = datetime.now(UTC).replace(tzinfo=None) - end
            self.delays.seconds.append((delay.total_seconds(), int(events)))


def _told(what: str, delays: Delays) -> Iterator[str]:
    yield f"{what:28} {delays.events:>10,} events: "
    for name, share in (("p50", 0.5), ("p99", 0.99), ("longest", 1.0)):
        yield f"{name} {delays.percentile(share) or 0:.2f} s  "


def main(
    rate: float = 1000,
    seconds: Annotated[float, typer.Option(help="How long events are sent.")] = 300,
    minimum_rows: Annotated[int | None, typer.Option(help="In place of the project's.")] = None,
) -> None:
    """Start the three, send, and tell the delays."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder), "latency")
        project = _project(Path(folder) / "project", minimum_rows)
        try:
            stack.start(workspace, ["event_hubs", "synapse"])
            tables(workspace.lake)
            warehouse(*warehouse_statements())
            words = ("--project", f"{project}", "--lake", f"{workspace.lake}")
            with served(STREAM, workspace.state(STREAM), *words):
                _measure(workspace, rate, seconds)
        finally:
            stack.stop(workspace.root)


def _project(copy: Path, minimum_rows: int | None) -> Path:
    """The project, with another MinimumRows where one is asked for."""
    shutil.copytree(PROJECT, copy)
    for file in copy.glob("Outputs/*.json") if minimum_rows else ():
        file.write_text(re.sub(r'("MinimumRows": )\d+', rf"\g<1>{minimum_rows}", file.read_text()))
    return copy


def _measure(workspace: Workspace, rate: float, seconds: float) -> None:
    sender, lake, windows = Sender(rate), Lake(workspace.lake), Windows()
    for each in (lake, windows, sender):
        each.start()
    time.sleep(seconds)
    sender.end()
    time.sleep(SETTLED)
    for watch in (lake, windows):
        watch.ended.set()
        watch.join()
    print("".join(_told("into the raw tables", lake.delays)))
    print("".join(_told("live, past the minute's close", windows.delays)))
    print(f"{sender.sent:,} sent, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    typer.run(main)
