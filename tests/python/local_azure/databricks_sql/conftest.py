"""One endpoint, started once, for all tests that need Spark."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks import sql

from local_azure import settings
from local_azure.status import read_status

from ..._ports import free_port

ROOT = Path(__file__).parents[4]
JARS = Path(os.environ.get("LOCAL_JARS", ROOT / ".local" / "jars"))


def address(container: str) -> str:
    """What a mounted folder is called in statements."""
    return f"abfss://{container}@local.dfs.core.windows.net"


class Endpoint:
    """The command in a process of its own, on a free port."""

    def __init__(self, folder: Path, **mounted: Path) -> None:
        self.state, self.lake = folder / "state", folder / "lake"
        self.mounted = {settings.LAKE_URL: self.lake} | {address(name): path for name, path in mounted.items()}
        self.port = free_port()
        self.uri = f"http://{settings.HOST}:{self.port}/sql/protocolv1/o/0/local"
        self.process: subprocess.Popen[str] | None = None

    def command(self) -> list[str]:
        where = ["--port", f"{self.port}", "--state", f"{self.state}", "--jars", f"{JARS}"]
        storage = [word for url, path in self.mounted.items() for word in ("--storage", f"{url}={path}")]
        return [sys.executable, "-m", "local_azure.databricks_sql", *where, *storage]

    def start(self) -> None:
        (self.state / "status.json").unlink(missing_ok=True)
        self.process = subprocess.Popen(self.command(), cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(600):
            status = read_status(self.state) or {}
            if status.get("ready"):
                return
            assert self.process.poll() is None, self.process.stderr and self.process.stderr.read()
            time.sleep(0.2)
        raise AssertionError("not ready after two minutes")

    def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(60)
        assert self.process.stderr is not None
        with self.process.stderr as said:
            assert said.read() == ""

    def children(self) -> list[int]:
        """Processes the endpoint started: its JVM."""
        assert self.process is not None
        started = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for path in started for pid in path.read_text().split()]

    def connect(
        self, token: str = settings.DATABRICKS_SQL_TOKEN, path: str = "/sql/protocolv1/o/0/local", **more: Any
    ) -> Any:
        return sql.connect(
            server_hostname=f"http://{settings.HOST}:{self.port}",
            http_path=path,
            access_token=token,
            _connection_uri=f"http://{settings.HOST}:{self.port}{path}",
            enable_telemetry=False,
            **more,
        )

    def flow(self) -> dict[str, int]:
        return dict(json.loads((self.state / "status.json").read_text())["flow"])


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    started = Endpoint(tmp_path_factory.mktemp("endpoint"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def cursor(endpoint: Endpoint) -> Iterator[Any]:
    with endpoint.connect() as connection, connection.cursor() as opened:
        yield opened
