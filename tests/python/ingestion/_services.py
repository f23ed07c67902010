"""The project's services and made-up APIs on free ports, for tests that talk to them as users do."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from azure.eventhub import EventData, EventHubConsumerClient

from local_azure import settings

from .._ports import free_port
from ._reading import opened_event


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """One answer; `body` that is no bytes is sent as JSON. `drip` seconds pass between its bytes."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def zipped(self) -> Reply:
        return Reply(gzip.compress(self.content()), self.status, self.headers | {"Content-Encoding": "gzip"})


Answers = Callable[[Asked], Reply]


class Site:
    """An HTTP server on 127.0.0.1 whose answers a function gives; notes what was asked."""

    def __init__(self, answers: Answers) -> None:
        self.answers, self.asked = answers, list[Asked]()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                asked = Asked(
                    self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)),
                    {name.lower(): value for name, value in self.headers.items()}, body,
                )  # fmt: skip
                site.asked.append(asked)
                self.give(site.answers(asked))

            do_POST = do_GET

            def give(self, reply: Reply) -> None:
                content = reply.content()
                self.send_response(reply.status)
                for name, value in ({"Content-Type": "application/json"} | reply.headers).items():
                    self.send_header(name, value)
                if "Content-Length" not in reply.headers:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    self.write(content, reply.drip)
                except OSError:
                    self.close_connection = True

            def write(self, content: bytes, drip: float) -> None:
                if not drip:
                    self.wfile.write(content)
                for at in range(len(content) if drip else 0):
                    self.wfile.write(content[at : at + 1])
                    time.sleep(drip)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((settings.HOST, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://{settings.HOST}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def site(answers: Answers) -> Iterator[Site]:
    made = Site(answers)
    try:
        yield made
    finally:
        made.close()


class Process:
    """One of the project's services on a free port, until the test ends it."""

    def __init__(self, module: str, state: Path, *arguments: str) -> None:
        self.port = free_port()
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

    def events(self) -> list[dict[str, Any]]:
        """All events with their payloads opened, in order by partition."""
        return [
            opened_event(event.body_as_str().encode())
            for part in self.read("customer-events").values()
            for event in part
        ]

    def letters(self) -> list[dict[str, Any]]:
        """The properties of all dead letters, and their bytes as `original`."""
        return [properties(event) | {"original": b"".join(event.body)} for event in self.read("dead-letters")["0"]]


def properties(event: EventData) -> dict[str, Any]:
    """Application properties, as text."""
    return {
        key.decode() if isinstance(key, bytes) else key: value.decode() if isinstance(value, bytes) else value
        for key, value in (event.properties or {}).items()
    }


def command(*words: str, timeout: float = 90, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m ingestion` as a user runs it, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "ingestion", *words], capture_output=True, text=True, timeout=timeout,
        env=os.environ | environment,
    )  # fmt: skip


class Served:
    """`python -m ingestion serve` on a free port, against a hub."""

    def __init__(self, *words: str, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://{settings.HOST}:{self.port}"
        self._words = [sys.executable, "-m", "ingestion", "serve", *words, "--port", str(self.port)]
        self._environment = os.environ | environment
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._words, env=self._environment, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while True:
            assert self.process.poll() is None and time.monotonic() < deadline, "serve did not start"
            try:
                with socket.create_connection((settings.HOST, self.port), 1):
                    return
            except OSError:
                time.sleep(0.05)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code and what it logged."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said
