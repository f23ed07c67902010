"""From the real API to the real hub, through failures."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from azure.eventhub import EventData, EventHubConsumerClient

from ingestion.customer_api import CustomerApi
from ingestion.errors import IngestionError
from ingestion.ingest import Progress, ingest
from ingestion.publisher import MAX_EVENT, Publisher
from local_azure import settings

pytestmark = pytest.mark.slow
SIZE = 600
HUGE = MAX_EVENT + 200_000
MAPPING = f"""
tables:
  rows: {{path: rows.csv}}
records:
  - department: loyalty
    type: points.earned
    table: rows
    key: {{text: "{{id}}"}}
    customer_id: {{text: "{{id}}"}}
    occurred_at: {{date: day}}
    attributes: {{text: {{value: {"é" * (HUGE // 2)}}}}}
"""


class Process:
    """One of the project's services on a free port, until the test ends it."""

    def __init__(self, module: str, state: Path, *arguments: str) -> None:
        with socket.socket() as probe:
            probe.bind((settings.HOST, 0))
            self.port: int = probe.getsockname()[1]
        command = [sys.executable, "-m", f"local_azure.{module}", "--state", str(state), "--port", str(self.port)]
        self._command, self._status = [*command, *arguments], state / "status.json"
        self.start()

    def start(self) -> None:
        self._status.unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command)
        deadline = time.monotonic() + 30
        while not (self._status.exists() and json.loads(self._status.read_text())["ready"]):
            assert self._process.poll() is None and time.monotonic() < deadline, "the service did not start"
            time.sleep(0.05)

    def end(self, number: int = signal.SIGTERM) -> None:
        os.kill(self._process.pid, number)
        self._process.wait(20)


class Namespace(Process):
    """A hub of four partitions and one for dead letters."""

    def __init__(self, state: Path) -> None:
        super().__init__("event_hubs", state, "--hub", "customer-events:4", "--hub", "dead-letters:1")
        self.connection = settings.event_hubs_connection_string(self.port)

    def read(self, hub: str) -> dict[str, list[EventData]]:
        """Every event by partition, in order."""
        client = EventHubConsumerClient.from_connection_string(self.connection, "$Default", eventhub_name=hub)
        with client:
            ends = {part: client.get_partition_properties(part) for part in client.get_partition_ids()}
        with ThreadPoolExecutor(len(ends)) as pool:
            return dict(zip(ends, pool.map(lambda part: self._read(hub, part, ends[part]), ends), strict=True))

    def _read(self, hub: str, partition: str, end: dict[str, Any]) -> list[EventData]:
        found: list[EventData] = []
        if end["is_empty"]:
            return found
        count = end["last_enqueued_sequence_number"] + 1
        client = EventHubConsumerClient.from_connection_string(self.connection, "$Default", eventhub_name=hub)
        enough = threading.Event()

        def keep(_: Any, batch: list[EventData]) -> None:
            found.extend(batch)
            if len(found) >= count:
                enough.set()

        def receive() -> None:
            client.receive_batch(keep, partition_id=partition, starting_position="-1", max_wait_time=0.2)

        thread = threading.Thread(target=receive, daemon=True)
        thread.start()
        assert enough.wait(20)
        client.close()
        thread.join()
        return found[:count]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Namespace]:
    hub = Namespace(tmp_path / "hub")
    yield hub
    hub.end(signal.SIGKILL)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    state = tmp_path_factory.mktemp("api")
    api = Process("customer_api", state, "--events", str(SIZE), "--seed", "3", "--rate", "1000")
    yield api
    api.end()


def run(api: Process, hub: Namespace, folder: Path, *, page_size: int = 200, **options: Any) -> Progress:
    client = CustomerApi(f"http://{settings.HOST}:{api.port}", settings.CUSTOMER_API_TOKEN, page_size=page_size)
    publisher = Publisher(hub.connection, hub="customer-events", dead_letter_hub="dead-letters")
    with closing(client), publisher:
        return ingest(client, publisher, source="/api", cursor_file=folder / "cursor.json", **options)


def served(api: Process) -> list[dict[str, Any]]:
    with closing(CustomerApi(f"http://{settings.HOST}:{api.port}", settings.CUSTOMER_API_TOKEN)) as client:
        return [json.loads(bytes(raw)) for page in client.pages(None) for raw in page.data]


def ids(hub: Namespace) -> tuple[list[str], list[str]]:
    """Ids of the events and of the dead letters."""
    events = [json.loads(event.body_as_str())["id"] for part in hub.read("customer-events").values() for event in part]
    letters = [properties(event)["record_id"] for event in hub.read("dead-letters")["0"]]
    return events, letters


def properties(event: EventData) -> dict[str, Any]:
    """Application properties, as text."""
    return {
        key.decode() if isinstance(key, bytes) else key: value.decode() if isinstance(value, bytes) else value
        for key, value in (event.properties or {}).items()
    }


def test_a_customers_events_stand_in_one_partition_in_order_and_a_second_run_sends_nothing(
    api: Process, hub: Namespace, tmp_path: Path
) -> None:
    done = run(api, hub, tmp_path)
    assert (done.pages, done.events + done.dead_letters) == (3, SIZE)
    expected: dict[str, list[str]] = defaultdict(list)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    buried = {properties(event)["record_id"] for event in hub.read("dead-letters")["0"]}
    for record in served(api):
        if record["id"] not in buried:
            expected[record["customer_id"]].append(record["id"])
    for partition, events in hub.read("customer-events").items():
        for event in events:
            content = json.loads(event.body_as_str())
            found[content["subject"], partition].append(content["id"])
    assert sorted(found.values()) == sorted(expected.values())
    assert len({partition for _, partition in found}) == 4
    again = run(api, hub, tmp_path)
    assert (again.pages, again.events, again.dead_letters) == (1, 0, 0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the client leaves refused sockets open
def test_a_hub_that_stops_in_the_middle_leaves_the_cursor_and_the_next_run_sends_the_rest(
    api: Process, hub: Namespace, tmp_path: Path
) -> None:
    def stop(progress: Progress) -> None:
        if progress.pages == 1:
            hub.end(signal.SIGKILL)

    with pytest.raises(IngestionError, match="Event Hubs"):
        run(api, hub, tmp_path, on_page=stop)
    gc.collect()
    kept = (tmp_path / "cursor.json").read_bytes()
    hub.start()
    rest = run(api, hub, tmp_path)
    assert kept != (tmp_path / "cursor.json").read_bytes()
    assert rest.events + rest.dead_letters == SIZE - 200
    events, letters = ids(hub)
    assert {*events, *letters} == {record["id"] for record in served(api)}
    assert SIZE <= len(events) + len(letters) <= SIZE + 200


KILLED = """
import os, signal, sys
from pathlib import Path
from ingestion import cursor
from ingestion.customer_api import CustomerApi
from ingestion.ingest import ingest
from ingestion.publisher import Publisher
cursor.save = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
url, token, connection, file = sys.argv[1:]
with Publisher(connection, hub="customer-events", dead_letter_hub="dead-letters") as publisher:
    ingest(CustomerApi(url, token, page_size=200), publisher, source="/api", cursor_file=Path(file))
"""


def test_a_run_killed_between_send_and_cursor_only_sends_a_page_twice(
    api: Process, hub: Namespace, tmp_path: Path
) -> None:
    url, file = f"http://{settings.HOST}:{api.port}", str(tmp_path / "cursor.json")
    command = [sys.executable, "-c", KILLED, url, settings.CUSTOMER_API_TOKEN, hub.connection, file]
    assert subprocess.run(command, timeout=60).returncode == -signal.SIGKILL
    run(api, hub, tmp_path)
    events, letters = ids(hub)
    assert len(events) + len(letters) == SIZE + 200
    assert {*events, *letters} == {record["id"] for record in served(api)}


def test_a_record_too_large_for_a_message_goes_to_the_dead_letters_in_parts(hub: Namespace, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,day\n1,2026-01-01\n")
    (tmp_path / "map.yml").write_text(MAPPING)
    source = ["--source", str(tmp_path), "--mapping", str(tmp_path / "map.yml")]
    large = Process("customer_api", tmp_path / "api", *source)
    try:
        done = run(large, hub, tmp_path)
        with closing(CustomerApi(f"http://{settings.HOST}:{large.port}", settings.CUSTOMER_API_TOKEN)) as client:
            ((original,),) = [page.data for page in client.pages(None)]
    finally:
        large.end()
    assert (done.events, done.dead_letters) == (0, 1)
    parts = sorted(hub.read("dead-letters")["0"], key=lambda part: properties(part)["part"])
    said = [properties(part) for part in parts]
    assert [each["part"] for each in said] == list(range(1, said[0]["parts"] + 1))
    assert said[0]["reason"].startswith("too large") and said[0]["event_type"] == "loyalty.points.earned.v1"
    assert b"".join(b"".join(part.body) for part in parts) == bytes(original)


def command_line(tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    words = {"cursor": str(tmp_path / "cursor.json"), "api-token": settings.CUSTOMER_API_TOKEN} | changes
    options = [part for name, value in words.items() for part in (f"--{name}", value)]
    command = [sys.executable, "-m", "ingestion", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_command_says_what_it_did_and_a_wrong_token_is_one_line(
    api: Process, hub: Namespace, tmp_path: Path
) -> None:
    address = {"api-url": f"http://{settings.HOST}:{api.port}", "connection": hub.connection}
    ended = command_line(tmp_path, **address)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("dead letters from 1 pages\n")
    refused = command_line(tmp_path, **address | {"api-token": "wrong"})
    assert refused.returncode == 1
    assert refused.stderr == "ingestion: the customer API refuses the token; set CUSTOMER_API_TOKEN\n"


def test_a_hub_that_is_not_there_or_refuses_the_key_is_one_line(api: Process, hub: Namespace, tmp_path: Path) -> None:
    connections = {
        "EVENT_HUBS_CONNECTION_STRING: ": "nonsense",
        "Event Hubs cannot be reached: ": hub.connection.replace(f":{hub.port};", ":1;"),
        "Event Hubs refuses the key; ": hub.connection.replace(settings.EVENT_HUBS_KEY, "d3Jvbmc="),
    }
    address = f"http://{settings.HOST}:{api.port}"

    def tried(connection: str) -> subprocess.CompletedProcess[str]:
        return command_line(tmp_path, **{"api-url": address, "connection": connection})

    with ThreadPoolExecutor(3) as pool:
        for reason, ended in zip(connections, pool.map(tried, connections.values()), strict=True):
            assert ended.returncode == 1
            assert ended.stderr.startswith(f"ingestion: {reason}") and ended.stderr.count("\n") == 1
    assert not (tmp_path / "cursor.json").exists()
