"""Event Hubs under test: in this process for single rules, as the real command for whole stories."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from local_azure import settings
from local_azure.event_hubs.auth import Claim, Policies, Policy
from local_azure.event_hubs.broker import Broker
from local_azure.event_hubs.hub import open_hub

from ..._ports import free_port

POLICIES = Policies(
    (
        Policy(settings.EVENT_HUBS_KEY_NAME, settings.EVENT_HUBS_KEY),
        Policy("sender", "c2VuZGVy", Claim.SEND),
        Policy("listener", "bGlzdGVuZXI=", Claim.LISTEN),
        Policy("of-letters", "b2YtbGV0dGVycw==", Claim.ALL, "letters"),
    )
)


class Service:
    """The command as a user runs it."""

    def __init__(self, state: Path, *hubs: str) -> None:
        self.state, self.hubs = state, hubs or ("orders:4",)
        self.more: tuple[str, ...] = ("--consumer-group", "orders/another")
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None

    def command(self, *more: str) -> list[str]:
        hubs = [word for hub in self.hubs for word in ("--hub", hub)]
        command = [sys.executable, "-m", "local_azure.event_hubs", "--state", str(self.state)]
        return [*command, "--port", str(self.port), *hubs, *self.more, *more]

    def run(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Run to the end; for starts that are refused."""
        return subprocess.run(self.command(*more), capture_output=True, text=True, timeout=30)

    def start(self) -> None:
        self.process = subprocess.Popen(self.command(), stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while not self.is_ready():
            assert self.process.poll() is None and time.monotonic() < deadline, "the service did not start"
            time.sleep(0.02)

    def is_ready(self) -> bool:
        status = self.status()
        return bool(self.process and status.get("ready") and status["pid"] == self.process.pid)

    def status(self) -> dict[str, Any]:
        try:
            status: dict[str, Any] = json.loads((self.state / "status.json").read_text())
        except FileNotFoundError:
            return {}
        return status

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; the exit code and what was said on stderr."""
        assert self.process
        os.kill(self.process.pid, number)
        _, errors = self.process.communicate(timeout=20)
        code, self.process = self.process.returncode, None
        return code, errors

    def connection_string(self, key: str = settings.EVENT_HUBS_KEY) -> str:
        return settings.event_hubs_connection_string(self.port, key)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that is not started yet; it is ended with the test."""
    service = Service(tmp_path / "state")
    yield service
    if service.process:
        service.end(signal.SIGKILL)


@pytest.fixture
def running(service: Service) -> Service:
    service.start()
    return service


class Namespace:
    """A broker in this process, and the port it listens on."""

    def __init__(self, broker: Broker, port: int) -> None:
        self.broker, self.port = broker, port


Serve = Callable[..., AbstractAsyncContextManager[Namespace]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """`async with serve(orders=2) as namespace:`"""

    @asynccontextmanager
    async def serving(**hubs: int) -> AsyncIterator[Namespace]:
        with ThreadPoolExecutor(2) as executor:
            opened = {name: open_hub(tmp_path / name, name, count, executor, ["Other"]) for name, count in hubs.items()}
            broker = Broker(opened, POLICIES)
            server = await asyncio.start_server(broker.serve, settings.HOST, 0)
            try:
                yield Namespace(broker, server.sockets[0].getsockname()[1])
            finally:
                server.close()
                await asyncio.gather(*(hub.close() for hub in opened.values()))
                await broker.shut()

    return serving
