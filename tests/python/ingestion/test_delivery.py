"""From the real API to the real hub, through failures."""

from __future__ import annotations

import gc
import json
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingestion.cursor import opened
from ingestion.errors import IngestionError
from ingestion.ingest import Progress, ingest
from ingestion.publisher import Namespace as Address
from ingestion.publisher import Publisher
from ingestion.rest import Api
from ingestion.secret import resolved
from ingestion.session import Session
from ingestion.source_file import read
from local_azure import settings

from ._services import Namespace, Process, command, properties

pytestmark = pytest.mark.slow
SIZE = 600
HUGE = 1_200_000
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


@pytest.fixture(autouse=True)
def sample(api: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the source's file refers to."""
    monkeypatch.setenv("CUSTOMER_API_URL", address(api))
    monkeypatch.setenv("CUSTOMER_API_TOKEN", settings.CUSTOMER_API_TOKEN)
    monkeypatch.setattr("ingestion.ingest.FULL", 1)  # each page by itself


def address(api: Process) -> str:
    return f"http://{settings.HOST}:{api.port}"


def run(hub: Namespace, folder: Path, file: str = "", **options: Any) -> Progress:
    source = resolved(read(file or paged(folder)))
    publisher = Publisher(Address(hub.connection), hub="customer-events", dead_letter_hub="dead-letters")
    with Session(source.client) as session, opened(str(folder / "cursor.json"), source.uri) as cursor, publisher:
        return ingest(Api(source, session), source, publisher, cursor, **options)


def paged(folder: Path) -> str:
    """The sample's file with pages of 200 records."""
    file = folder / "small.yml"
    file.write_text(Path("ingestion/sources/customer_api.yml").read_text().replace("limit: 1000", "limit: 200"))
    return str(file)


def served(api: Process) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {settings.CUSTOMER_API_TOKEN}"}
    return list(httpx.get(f"{address(api)}/v1/records?limit=1000", headers=headers).json()["data"])


def ids(hub: Namespace) -> tuple[list[str], list[str]]:
    """Ids of the events and of the dead letters."""
    events = [json.loads(event.body_as_str())["id"] for part in hub.read("customer-events").values() for event in part]
    letters = [properties(event)["record_id"] for event in hub.read("dead-letters")["0"]]
    return events, letters


def test_a_customers_events_stand_in_one_partition_in_order_and_a_second_run_sends_nothing(
    api: Process, hub: Namespace, tmp_path: Path
) -> None:
    done = run(hub, tmp_path)
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
    again = run(hub, tmp_path)
    assert (again.pages, again.events, again.dead_letters) == (1, 0, 0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the client leaves refused sockets open
def test_a_hub_that_stops_in_the_middle_leaves_the_cursor_and_the_next_run_sends_the_rest(
    api: Process, hub: Namespace, tmp_path: Path
) -> None:
    def stop(progress: Progress) -> None:
        if progress.pages == 1:
            hub.end(signal.SIGKILL)

    with pytest.raises(IngestionError, match="Event Hubs"):
        run(hub, tmp_path, on_page=stop)
    gc.collect()
    kept = (tmp_path / "cursor.json").read_bytes()
    hub.start()
    rest = run(hub, tmp_path)
    assert kept != (tmp_path / "cursor.json").read_bytes()
    assert rest.events + rest.dead_letters == SIZE - 200
    events, letters = ids(hub)
    assert {*events, *letters} == {record["id"] for record in served(api)}
    assert SIZE <= len(events) + len(letters) <= SIZE + 200


KILLED = """
import os, signal, sys, threading
from ingestion import cursor, ingest, running
from ingestion.publisher import Namespace
cursor.Cursor.save = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
ingest.FULL = 1
file, connection, kept = sys.argv[1:]
job = running.Job(file, Namespace(connection), "customer-events", "dead-letters", kept)
job.once(threading.Event(), lambda progress: None)
"""


def test_a_run_killed_between_send_and_cursor_only_sends_a_page_twice(
    api: Process, hub: Namespace, tmp_path: Path
) -> None:
    words = [sys.executable, "-c", KILLED, paged(tmp_path), hub.connection, str(tmp_path / "cursor.json")]
    assert subprocess.run(words, timeout=60).returncode == -signal.SIGKILL
    run(hub, tmp_path)
    events, letters = ids(hub)
    assert len(events) + len(letters) == SIZE + 200
    assert {*events, *letters} == {record["id"] for record in served(api)}


def test_a_record_too_large_for_a_message_goes_to_the_dead_letters_in_parts(
    hub: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rows.csv").write_text("id,day\n1,2026-01-01\n")
    (tmp_path / "map.yml").write_text(MAPPING)
    source = ["--source", str(tmp_path), "--mapping", str(tmp_path / "map.yml")]
    large = Process("customer_api", tmp_path / "api", *source)
    monkeypatch.setenv("CUSTOMER_API_URL", address(large))
    try:
        done = run(hub, tmp_path)
        headers = {"Authorization": f"Bearer {settings.CUSTOMER_API_TOKEN}"}
        page = httpx.get(f"{address(large)}/v1/records", headers=headers).content
    finally:
        large.end()
    assert (done.events, done.dead_letters) == (0, 1)
    parts = sorted(hub.read("dead-letters")["0"], key=lambda part: properties(part)["part"])
    said = [properties(part) for part in parts]
    assert [each["part"] for each in said] == list(range(1, said[0]["parts"] + 1)) and len(said) > 1
    assert said[0]["reason"].startswith("too large") and said[0]["event_type"] == "loyalty.points.earned.v1"
    assert page.startswith(b'{"data":[' + b"".join(b"".join(part.body) for part in parts) + b"]")


def test_the_command_says_what_it_did_and_a_wrong_token_is_one_line(hub: Namespace, tmp_path: Path) -> None:
    words = ("run", "customer_api", "--connection", hub.connection, "--cursor", str(tmp_path / "cursor.json"))
    ended = command(*words)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("dead letters from 1 pages\n")
    refused = command(*words, CUSTOMER_API_TOKEN="wrong-token")
    assert refused.returncode == 1
    assert refused.stderr.startswith("ingestion: records: the API refuses the secret (HTTP 401); check client.auth")
    assert refused.stderr.count("\n") == 1


def test_a_hub_that_is_not_there_or_refuses_the_key_is_one_line(hub: Namespace, tmp_path: Path) -> None:
    connections = {
        "EVENT_HUBS_CONNECTION_STRING: ": "nonsense",
        "Event Hubs cannot be reached: ": hub.connection.replace(f":{hub.port};", ":1;"),
        "Event Hubs refuses the key; ": hub.connection.replace(settings.EVENT_HUBS_KEY, "d3Jvbmc="),
    }

    def tried(connection: str) -> subprocess.CompletedProcess[str]:
        place = str(tmp_path / f"{hash(connection)}.json")
        return command("run", "customer_api", "--connection", connection, "--cursor", place)

    with ThreadPoolExecutor(3) as pool:
        for reason, ended in zip(connections, pool.map(tried, connections.values()), strict=True):
            assert ended.returncode in (1, 75)
            assert ended.stderr.startswith(f"ingestion: {reason}") and ended.stderr.count("\n") == 1
    assert not list(tmp_path.glob("[!.]*.json"))
