"""Runs beside, after and over each other: one a cursor, followed, killed, and told where they stand."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ingestion import cursor, publisher
from ingestion.cursor import Position, opened
from ingestion.deadline import within
from ingestion.errors import IngestionError, Unavailable
from ingestion.ingest import Progress
from ingestion.publisher import ROLES, Publisher
from ingestion.running import Job, seconds
from ingestion.telemetry import Telemetry, log, providers
from local_azure import settings

from .._ports import free_port
from ._reading import EVENT
from ._services import Asked, Namespace, Reply, command, site


def test_a_cursor_is_kept_for_its_source_only(tmp_path: Path) -> None:
    place = str(tmp_path / "deep" / "cursor.json")
    with opened(place, "/a") as kept:
        assert kept.of("x") == Position()
        kept.save("x", Position(highest=5))
    with opened(place, "/a") as kept:
        assert kept.of("x").highest == 5
    assert Path(place).stat().st_mode & 0o077 == 0
    with pytest.raises(IngestionError, match="belongs to /a"), opened(place, "/b"):
        pass


@pytest.mark.parametrize("content", [b"{", b'{"resources":{}}', b'{"source":1}', b"\xff", b'{"api":"/a","cursor":"c"}'])
def test_a_damaged_cursor_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cursor.json").write_bytes(content)
    with pytest.raises(IngestionError, match="is damaged"), opened(str(tmp_path / "cursor.json"), "/a"):
        pass


def test_a_write_that_was_cut_short_leaves_the_old_cursor(tmp_path: Path) -> None:
    with opened(str(tmp_path / "cursor.json"), "/a") as kept:
        kept.save("x", Position(highest=1))
    (tmp_path / ".cursor.json.part").write_text('{"source": "/a", "res')
    with opened(str(tmp_path / "cursor.json"), "/a") as kept:
        assert kept.of("x").highest == 1


def test_a_cursor_that_cannot_be_kept_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(IngestionError, match="cannot write the cursor"),
        opened(str(tmp_path / "file" / "c.json"), "/a"),
    ):
        pass
    (tmp_path / "folder").mkdir()
    with pytest.raises(IngestionError, match="cannot read the cursor"), opened(str(tmp_path / "folder"), "/a"):
        pass


def test_a_second_run_on_one_cursor_is_told_and_changes_nothing(tmp_path: Path) -> None:
    place = str(tmp_path / "cursor.json")
    with opened(place, "/a") as kept:
        with pytest.raises(IngestionError, match="another run holds the cursor"), opened(place, "/a"):
            pass
        kept.save("x", Position(highest=1))
    with opened(place, "/a") as kept:
        assert kept.of("x").highest == 1


def test_what_takes_too_long_is_told_and_what_fails_fails_as_it_did() -> None:
    done = threading.Event()
    with pytest.raises(Unavailable, match="no answer within 0 s"):
        within(0.05, done.wait, "no answer")
    done.set()
    assert within(5, lambda: 7, "x") == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0, "x")


class Broken:
    """An Azure client whose connection breaks at every word."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def word(*_: Any, **__: Any) -> Any:
            raise self._error

        return word


@pytest.mark.parametrize("error", [ServiceRequestError("reset"), ServiceResponseError("cut"), ServiceRequestError("")])
def test_a_connection_to_azure_that_breaks_is_waited_for(error: Exception) -> None:
    blob, publisher = cursor._Blob(Broken(error), "https://a/b"), Publisher.__new__(Publisher)
    publisher._keyed = True
    for word in (blob.load, lambda: blob.save(b"{}"), lambda: publisher._send(Broken(error), None, None)):  # type: ignore[arg-type]
        with pytest.raises(Unavailable):
            word()


@pytest.mark.parametrize(
    ("said", "meant"), [("5s", 5), ("500ms", 0.5), ("2m", 120), ("1h", 3600), ("7", 7), ("0.5s", 0.5)]
)
def test_a_time_is_read(said: str, meant: float) -> None:
    assert seconds(said) == meant


@pytest.mark.parametrize("said", ["", "0s", "-1s", "5 x", "s", "1d", "²s"])
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(IngestionError, match="is no time, such as 5s"):
        seconds(said)


@pytest.mark.parametrize(("asked", "waited"), [(3600, 3600), (0, 10)])
def test_who_follows_asks_no_earlier_than_the_api_asked(
    asked: float, waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float | None] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout)
            self.set()
            return True

    def away(*_: Any) -> Progress:
        raise Unavailable("asks to wait", asked)

    monkeypatch.setattr(Job, "_run", away)
    Job("x", publisher.Namespace("", ""), "h", "d", "c").follow(5, Stop(), lambda done: None)
    assert waits == [waited]


def test_metrics_and_traces_tell_counts_and_nothing_of_a_person() -> None:
    reader, spans = InMemoryMetricReader(), InMemorySpanExporter()
    meters, traces = providers(reader)
    traces.add_span_processor(SimpleSpanProcessor(spans))
    telemetry = Telemetry(meters, traces)
    publisher = Publisher.__new__(Publisher)
    publisher.batches, publisher.fill = 2, 1.5
    with telemetry.a_pass("shop") as span:
        telemetry.retried("HTTP 503", 0.5)
        telemetry.retried("the secret host refused", 0.5)
        span.finish(Progress(pages=1, events=3, dead_letters=1), publisher)
    data = reader.get_metrics_data()
    assert data is not None
    points = {
        metric.name: [
            (dict(point.attributes or {}), getattr(point, "value", None)) for point in metric.data.data_points
        ]
        for metric in data.resource_metrics[0].scope_metrics[0].metrics
    }
    assert points["ingestion.events"] == [({"source": "shop"}, 3)]
    assert points["ingestion.dead_letters"] == [({"source": "shop"}, 1)]
    assert points["ingestion.retries"] == [({"cause": "HTTP 503"}, 1), ({"cause": "connection"}, 1)]
    assert points["ingestion.batch_fill"] == [({"source": "shop"}, 0.75)]
    assert "ingestion.lag" in points
    (pass_,) = spans.get_finished_spans()
    assert (pass_.attributes or {})["ingestion.events"] == 3
    meters.shutdown(), traces.shutdown()


def test_a_log_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    log("warning", "two\nlines", wait=1)
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line) | {"time": ""} == {"time": "", "level": "warning", "message": "two\nlines", "wait": 1}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Namespace]:
    hub = Namespace(tmp_path_factory.mktemp("hub"))
    yield hub
    hub.end(signal.SIGKILL)


def things(folder: Path, url: str) -> str:
    """A source whose one resource goes on for ever by a cursor."""
    resource = {
        "name": "things", "events": [EVENT],
        "endpoint": {
            "path": "things", "data_selector": "data",
            "paginator": {"type": "stream_cursor", "cursor_path": "next", "has_more_path": "more"},
        },
    }  # fmt: skip
    file = folder / "things.yml"
    file.write_text(json.dumps({"name": "things", "client": {"base_url": url}, "resources": [resource]}))
    return str(file)


def growing(records: list[dict[str, Any]]) -> Any:
    """Answers with what there is from the cursor on, 50 at a time."""

    def answer(asked: Asked) -> Reply:
        begin = int(asked.params.get("cursor", 0))
        page = records[begin : begin + 50]
        end = begin + len(page)
        return Reply({"data": page, "next": end, "more": end < len(records)})

    return answer


@pytest.mark.slow
def test_following_sends_what_is_new_and_ends_cleanly(hub: Namespace, tmp_path: Path) -> None:
    records = [{"id": f"f{number}"} for number in range(10)]
    with site(growing(records)) as api:
        words = [sys.executable, "-m", "ingestion", "run", things(tmp_path, api.url), "--follow", "--every", "200ms"]
        words += ["--connection", hub.connection, "--cursor", str(tmp_path / "cursor.json")]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        while len(api.asked) < 3:
            assert process.poll() is None
            time.sleep(0.05)
        records += [{"id": f"f{number}"} for number in range(10, 15)]
        asked = len(api.asked)
        while len(api.asked) < asked + 3:
            assert process.poll() is None
            time.sleep(0.05)
        busy = command("run", things(tmp_path, api.url), *words[-4:])
        assert busy.returncode == 1 and "another run holds the cursor" in busy.stderr
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and said.splitlines()[-1].startswith("15 events, 0 dead letters from ")
    assert sorted(each["id"] for each in hub.events() if each["id"][0] == "f") == sorted(each["id"] for each in records)


@pytest.mark.slow
def test_a_follower_killed_at_any_moment_loses_nothing_and_keeps_a_customers_order(tmp_path: Path) -> None:
    hub = Namespace(tmp_path / "hub")
    records: list[dict[str, Any]] = [{"id": f"k{number:05}"} for number in range(200)]
    stop = threading.Event()

    def grow() -> None:
        while not stop.wait(0.02):
            records.extend({"id": f"k{len(records) + at:05}"} for at in range(5))

    with site(growing(records)) as api:
        words = [sys.executable, "-m", "ingestion", "run", things(tmp_path, api.url), "--follow", "--every", "50ms"]
        words += ["--connection", hub.connection, "--cursor", str(tmp_path / "cursor.json")]
        grower = threading.Thread(target=grow)
        grower.start()
        killed = 0
        for pause in (3.3, 4.1, 3.7, 4.6):
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(pause)
            os.kill(process.pid, signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        stop.set()
        grower.join()
        last = command(*words[3:5], *words[-4:])
    assert last.returncode == 0, last.stderr
    arrived = [each["id"] for each in hub.events()]
    assert killed == 4 and set(arrived) == {each["id"] for each in records}
    hub.end(signal.SIGKILL)


@pytest.mark.slow
def test_dead_letters_are_mended_and_sent_once(tmp_path: Path) -> None:
    hub = Namespace(tmp_path / "hub")
    bad = [{"id": "good"}, {"id": None, "n": 1}, {"id": "x" * 200}]
    with site(lambda asked: Reply({"data": bad, "next": 3, "more": False})) as api:
        file = things(tmp_path, api.url)
        ran = command("run", file, "--connection", hub.connection, "--cursor", str(tmp_path / "c.json"))
    assert ran.stdout.endswith("1 events, 2 dead letters from 1 pages\n"), ran.stderr
    saved = command("letters", "--connection", hub.connection)
    letters = [json.loads(line) for line in saved.stdout.splitlines()]
    assert [json.loads(each["original"]) for each in letters] == bad[1:]
    mended = tmp_path / "letters.jsonl"
    letters[0]["original"] = {"id": "mended", "n": 1}
    mended.write_text("\n".join(json.dumps(each) for each in letters))
    words = ("replay", str(mended), "--source", file, "--connection", hub.connection)
    first, second = command(*words), command(*words)
    assert (first.returncode, first.stdout) == (1, "1 sent, 0 sent before, 1 still bad\n")
    assert first.stderr == "line 2: id has 200 characters, not 1 to 128\n"
    assert second.stdout == "0 sent, 1 sent before, 1 still bad\n"
    assert [each["id"] for each in hub.events()].count("mended") == 1
    hub.end(signal.SIGKILL)


IMPATIENT = """
import sys
from ingestion import __main__, publisher
publisher.OPEN = 3.0
sys.argv[1:] = ["run", *sys.argv[1:]]
__main__.main()
"""


@pytest.mark.slow
def test_a_hub_that_takes_the_connection_and_says_nothing_is_told(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind((settings.HOST, 0))
        listener.listen()
        connection = settings.event_hubs_connection_string(listener.getsockname()[1])
        words = [
            things(tmp_path, "http://127.0.0.1:1"),
            "--connection",
            connection,
            "--cursor",
            str(tmp_path / "c.json"),
        ]
        ended = subprocess.run([sys.executable, "-c", IMPATIENT, *words], capture_output=True, text=True, timeout=60)
    assert ended.stderr == "ingestion: Event Hubs says nothing within 3 s\n" and ended.returncode == 75


class Identity:
    """App Service's managed identity on this machine (learn.microsoft.com, "How to use managed identities for App
    Service", REST endpoint reference): what DefaultAzureCredential asks where IDENTITY_ENDPOINT is set."""

    def __init__(self) -> None:
        self.resources: list[str] = []

    def __call__(self, asked: Asked) -> Reply:
        assert asked.headers["x-identity-header"] == "here"
        self.resources.append(asked.params["resource"])
        return Reply({
            "access_token": "made.up.token", "expires_on": str(int(time.time()) + 3600), "token_type": "Bearer",
            "resource": asked.params["resource"],
        })  # fmt: skip


@pytest.mark.slow
def test_without_a_key_the_token_is_of_who_this_process_is_in_entra_id(hub: Namespace, tmp_path: Path) -> None:
    keyless = f"Endpoint=sb://{settings.HOST}:{hub.port};UseDevelopmentEmulator=true"
    identity = Identity()
    answers = [identity, lambda asked: Reply({"statusCode": 400, "message": "no identity"}, 400)]
    said = []
    for answer in answers:
        with site(answer) as endpoint:
            here = {"IDENTITY_ENDPOINT": endpoint.url, "IDENTITY_HEADER": "here"}
            words = ("--connection", keyless, "--cursor", str(tmp_path / "c.json"))
            said.append(command("run", things(tmp_path, "http://127.0.0.1:1"), *words, **here).stderr)
    assert set(identity.resources) == {"https://eventhubs.azure.net/"}
    assert said[0] == f"ingestion: Event Hubs refuses this identity; {ROLES}\n"
    assert said[1].startswith("ingestion: nobody says who this process is in Entra ID: ") and said[1].count("\n") == 1


AZURITE = "node_modules/azurite/dist/src/blob/main.js"


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The blob service of npm's azurite on a free port; its connection string."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not here; .ci/run installs it")
    folder, port = tmp_path_factory.mktemp("azurite"), free_port()
    cache = Path(__file__).parents[3] / ".local" / "npm"
    cache.mkdir(parents=True, exist_ok=True)
    if not (cache / AZURITE).exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--prefix", cache, "azurite@3.35.0"], check=True)
    words = ["node", cache / AZURITE, "--blobPort", str(port), "--location", folder, "--silent", "--disableTelemetry"]
    process = subprocess.Popen([*words, "--skipApiVersionCheck"])
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    account = f"AccountName=devstoreaccount1;AccountKey={key};"
    connection = f"DefaultEndpointsProtocol=http;{account}BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
    from azure.storage.blob import BlobServiceClient

    with BlobServiceClient.from_connection_string(connection) as client:
        while True:
            with contextlib.suppress(Exception):
                client.create_container("cursors", timeout=1)
                break
            assert process.poll() is None
            time.sleep(0.1)
    yield connection
    process.terminate()
    process.wait()


@pytest.mark.slow
class TestBlob:
    @pytest.fixture(autouse=True)
    def place(self, azurite: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azurite)
        monkeypatch.setattr(cursor, "LEASE", 15)
        port = azurite.rpartition(":")[2].partition("/")[0]
        return f"http://127.0.0.1:{port}/devstoreaccount1/cursors/{request.node.name[:40]}.json"

    def test_a_blob_keeps_the_cursor(self, place: str) -> None:
        with opened(place, "/a") as kept:
            kept.save("x", Position(highest=1))
            kept.save("x", Position(highest=2))
        with opened(place, "/a") as kept:
            assert kept.of("x").highest == 2

    def test_one_run_holds_it_and_another_is_told_when_its_patience_ends(
        self, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cursor, "PATIENCE", 0.1)
        with opened(place, "/a") as kept:
            with pytest.raises(IngestionError, match="another run holds the cursor"), opened(place, "/a"):
                pass
            kept.save("x", Position(highest=1))
        with opened(place, "/a") as kept:
            assert kept.of("x").highest == 1

    def test_a_run_that_was_killed_holds_it_no_longer_than_a_lease(self, place: str) -> None:
        with opened(place, "/a") as kept:
            kept.save("x", Position(highest=1))
        cursor._client(place).acquire_lease(15)  # and nobody renews it
        with opened(place, "/a") as kept:
            assert kept.of("x").highest == 1

    def test_a_run_that_lost_its_lease_cannot_write_over_the_next_ones(self, place: str) -> None:
        from azure.storage.blob import BlobLeaseClient

        with opened(place, "/a") as first:
            first.save("x", Position(highest=1))
            BlobLeaseClient(cursor._client(place)).break_lease(0)
            with opened(place, "/a") as second:
                second.save("x", Position(highest=9))
                with pytest.raises(IngestionError, match="another run took the cursor"):
                    first.save("x", Position(highest=2))
        with opened(place, "/a") as kept:
            assert kept.of("x").highest == 9
