"""The project's own query on the engine, and the job against a real hub and real Delta tables."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyodbc
import pytest
from azure.eventhub import EventData, EventHubProducerClient
from deltalake import DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType

from local_azure import settings
from local_azure.stream_analytics.clock import Policy
from local_azure.stream_analytics.engine import FOREVER, Engine
from local_azure.stream_analytics.events import Event
from local_azure.stream_analytics.javascript import Function
from local_azure.stream_analytics.parser import parse
from local_azure.stream_analytics.plan import compile_script
from local_azure.stream_analytics.reference import Reference
from local_azure.stream_analytics.rows import plain, records
from local_azure.synapse.odbc import connection_string

from ..._ports import free_port

PROJECT = Path(__file__).parents[4] / "stream_analytics"
MOMENT = datetime(2026, 7, 1, 12, 0, 30)


class Bench:
    """One query over streams, `s` unless others are named, run micro-batch by micro-batch."""

    def __init__(
        self,
        query: str,
        *names: str,
        policy: Policy | None = None,
        references: Sequence[Reference] = (),
        hub: bool = True,
        functions: tuple[Function, ...] = (),
    ) -> None:
        inputs = dict.fromkeys(names or ("s",), hub)
        sliced = [each.alias for each in references if each.slices]
        columns = {each.alias: each.columns for each in references}
        self.plan = compile_script(parse(query), inputs, columns, sliced, functions)
        self.engine = Engine(self.plan, references, policy)
        self.engine.check()

    def run(self, *events: Event, **others: list[Event]) -> dict[str, list[dict[str, Any]]]:
        """Rows of outputs without state."""
        given = {"s": list(events)} if events or not others else others
        found: dict[str, list[dict[str, Any]]] = {output.alias: [] for output in self.plan.stateless}
        for output, rows in self.engine.feed(given).rows:
            found[output.alias] += records(output.relation, rows)
        return found

    def emit(self, until: datetime) -> dict[str, list[dict[str, Any]]]:
        """Rows that are final before `until`."""
        found: dict[str, list[dict[str, Any]]] = {output.alias: [] for output in self.plan.stateful}
        for output, rows in self.engine.emit(until):
            found[output.alias] += records(output.relation, rows)
        return found

    def closed(self, until: datetime) -> list[tuple[object, ...]]:
        """The only output's rows of windows that end at or before `until`."""
        (rows,) = self.emit(until + timedelta(microseconds=1)).values()
        return sorted((tuple(row.values()) for row in rows), key=repr)

    def close(self) -> None:
        self.engine.close()


def event(body: bytes, sequence: int = 0, moment: datetime = MOMENT, partition: int = 0) -> Event:
    return Event(body, partition, sequence, moment, '{"Offset": "7", "PartitionKey": "k", "User": {"Sender": "x"}}')


def value(expression: str, body: bytes = b"{}") -> Any:
    """What one expression over one event gives."""
    bench = Bench(f"SELECT {expression} AS v INTO o FROM s")
    try:
        (row,) = bench.run(event(body))["o"]
    finally:
        bench.close()
    return row["v"]


@pytest.fixture(scope="session")
def evaluate() -> Callable[[list[str], bytes], list[Any]]:
    """What expressions over one event give, all in one query."""

    def values(expressions: list[str], body: bytes) -> list[Any]:
        columns = ", ".join(f"{each} AS c{at}" for at, each in enumerate(expressions))
        bench = Bench(f"SELECT {columns} INTO o FROM s")
        (row,) = bench.run(event(body))["o"]
        bench.close()
        return list(row.values())

    return values


@pytest.fixture
def play() -> Callable[..., dict[str, list[dict[str, Any]]]]:
    """The rows of each output that a query gives over records by input, once all time has passed."""
    return played


def played(
    query: str, references: Sequence[Reference] = (), **inputs: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Run a query whole; records arrive a second apart, long after their own times."""
    bench = Bench(query, *inputs, policy=Policy(None), references=references, hub=False)
    arrived = datetime(2030, 1, 1)
    given = {
        name: [event(json.dumps(row).encode(), at, arrived + timedelta(seconds=at)) for at, row in enumerate(rows)]
        for name, rows in inputs.items()
    }
    found: dict[str, list[dict[str, Any]]] = {}
    try:
        for part in (bench.run(**given), bench.emit(FOREVER)):
            for alias, rows in part.items():
                found.setdefault(alias, []).extend(plain(row) for row in rows)
    finally:
        bench.close()
    return found


class Command:
    """A service as its own process, until the test ends it."""

    def __init__(self, module: str, state: Path, *arguments: str, **environment: str) -> None:
        self.state = state
        self._command = [sys.executable, "-m", f"local_azure.{module}", "--state", str(state), *arguments]
        self._environment = os.environ | environment
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        (self.state / "status.json").unlink(missing_ok=True)
        self.process = subprocess.Popen(self._command, env=self._environment, stdout=subprocess.DEVNULL)
        until(lambda: bool(self.status().get("ready")), alive=self.process)

    def status(self) -> dict[str, Any]:
        try:
            status: dict[str, Any] = json.loads((self.state / "status.json").read_text())
        except FileNotFoundError:
            return {}
        return status

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process = None
        return code


def until(holds: Callable[[], bool], *, alive: subprocess.Popen[str] | None = None, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert alive is None or alive.poll() is None, "the process ended"
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.05)


class World:
    """A hub, a warehouse, a lake with the project's tables, and the project with windows of one second."""

    def __init__(self, folder: Path) -> None:
        self.lake, self.project = folder / "lake", folder / "project"
        self.hub_port, self.warehouse_port = free_port(), free_port()
        shutil.copytree(PROJECT, self.project)
        self._edit("customer_events.asaql", "TumblingWindow(minute, 1)", "TumblingWindow(second, 1)")
        self._edit(
            "JobConfig.json", '"EventsLateArrivalMaxDelayInSeconds": 5', '"EventsLateArrivalMaxDelayInSeconds": 1'
        )
        hubs = [
            "--port",
            str(self.hub_port),
            "--hub",
            "customer-events:2",
            "--consumer-group",
            "customer-events/stream-analytics",
        ]
        self.hub = Command("event_hubs", folder / "hub", *hubs)
        self.warehouse = Command("synapse", folder / "warehouse", "--port", str(self.warehouse_port))
        ports = {"LOCAL_EVENT_HUBS_PORT": str(self.hub_port), "LOCAL_SYNAPSE_PORT": str(self.warehouse_port)}
        arguments = ["--project", str(self.project), "--lake", str(self.lake)]
        self.job = Command("stream_analytics", folder / "job", *arguments, **ports)
        self.connection = settings.event_hubs_connection_string(self.hub_port)
        self.odbc = connection_string(port=self.warehouse_port)
        make_lake(self.project, self.lake)

    def _edit(self, name: str, old: str, new: str) -> None:
        text = (self.project / name).read_text()
        assert old in text
        (self.project / name).write_text(text.replace(old, new))

    def start(self) -> None:
        self.hub.start()
        self.warehouse.start()
        script_text = (self.project / "tables" / "warehouse.sql").read_text()
        schema, table = re.split(r"(?=if object_id)", script_text)
        with closing(pyodbc.connect(self.odbc, autocommit=True)) as connection:
            connection.execute(schema)
            connection.execute(table)

    def send(self, *bodies: bytes, partition: int = 0) -> None:
        client = EventHubProducerClient.from_connection_string(self.connection, eventhub_name="customer-events")
        with client:
            client.send_batch([EventData(body) for body in bodies], partition_id=str(partition))

    def landed(self) -> list[tuple[int, int]]:
        """Partition and sequence number of every row of the lake."""
        found: list[tuple[int, int]] = []
        for path in sorted((self.lake / "raw").iterdir()):
            rows = DeltaTable(str(path)).to_pyarrow_table(columns=["partition_id", "sequence_number"])
            found += zip(rows["partition_id"].to_pylist(), rows["sequence_number"].to_pylist(), strict=True)
        return found

    def windows(self) -> dict[tuple[datetime, str], int]:
        """Events by window and department, one row of those that stand there twice."""
        with closing(pyodbc.connect(self.odbc)) as connection:
            rows = connection.execute(
                "select window_end, department, max(events) from live.live_department_kpis "
                "group by window_end, department"
            ).fetchall()
        return {(row[0], row[1]): row[2] for row in rows}

    def end(self) -> None:
        for command in (self.job, self.hub, self.warehouse):
            if command.process:
                command.end(signal.SIGKILL)


def make_lake(project: Path, lake: Path) -> None:
    """The tables of tables/lake.sql, made by deltalake."""
    types = {"string": "string", "timestamp": "timestamp", "bigint": "long"}
    statements = (project / "tables" / "lake.sql").read_text().split(";")
    for statement in statements:
        columns = re.findall(r"^    (\w+) (string|timestamp|bigint)\b", statement, re.MULTILINE)
        location = re.search(r"location '\{lake\}/(\S+)'", statement)
        if location:
            fields = [Field(name, PrimitiveType(types[kind]), nullable=True) for name, kind in columns]
            DeltaTable.create(str(lake / location[1]), Schema(fields))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world"))
    try:
        world.start()
        yield world
    finally:
        world.end()
