"""A pool in this process for language tests, and a real server in its own process for clients."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyodbc
import pytest

from local_azure import settings
from local_azure.synapse import describe, odbc
from local_azure.synapse.engine import Engine, open_engine
from local_azure.synapse.errors import SqlError
from local_azure.synapse.external import Storage
from local_azure.synapse.results import Rows
from local_azure.synapse.roles import Roles
from local_azure.synapse.session import Session

LAKE = "abfss://lake@local.dfs.core.windows.net"


@dataclass
class Pool:
    """A session without a network: `pool("SELECT ...")` gives the last result's rows."""

    engine: Engine
    session: Session
    lake: Path

    def __call__(self, text: str, **variables: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        given = {f"@{name}": value for name, value in variables.items()}
        for result in self.session.batch(text, given):
            if isinstance(result, Rows):
                rows = [row for batch in result.batches for row in batch]
        return rows

    def value(self, text: str, **variables: Any) -> Any:
        """The single value of a query."""
        ((value,),) = self(text, **variables)
        return value

    def type(self, expression: str) -> str:
        """The T-SQL type of an expression."""
        (column,) = describe.columns(self.session, f"SELECT {expression} AS x", {})
        return str(column.type)


def _open(folder: Path, roles: Roles | None = None) -> Pool:
    lake = folder / "lake"
    lake.mkdir()
    engine = open_engine(
        folder / "state", Storage({LAKE: lake}, roles), database="warehouse", user="pipeline", memory="512MB"
    )
    return Pool(engine, Session(engine, 51), lake)


@dataclass(frozen=True)
class Error:
    """The number of an error, where a table of expressions wants one."""

    number: int


def check(pool: Pool, expression: str, wanted: Any) -> None:
    """That an expression, or a SELECT of one column, gives a value, a list of them or an error."""
    text = expression if expression.startswith("SELECT ") else f"SELECT {expression}"
    if isinstance(wanted, Error):
        assert refused(pool, text) == wanted.number
        return
    values = [value for (value,) in pool(text)]
    near = pytest.approx(wanted) if isinstance(wanted, float) else wanted
    assert values == (wanted if isinstance(wanted, list) else [near])


def check_batch(pool: Pool, batch: str, wanted: Any) -> None:
    """That a batch ends with these rows, or with the error of a number."""
    if isinstance(wanted, int):
        assert refused(pool, batch) == wanted
    else:
        assert pool(batch) == wanted


def refused(pool: Pool, text: str) -> int:
    """The number of the error that a batch ends with."""
    with pytest.raises(SqlError) as raised:
        pool(text)
    return raised.value.number


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    opened = _open(tmp_path_factory.mktemp("pool"))
    yield opened
    opened.engine.close()


@pytest.fixture(scope="module")
def pool_with(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Roles], Pool]]:
    """Opens pools whose identities have the given roles."""
    opened: list[Pool] = []

    def open_with(roles: Roles) -> Pool:
        opened.append(_open(tmp_path_factory.mktemp("pool"), roles))
        return opened[-1]

    yield open_with
    for one in opened:
        one.engine.close()


@dataclass
class Running:
    """A server process: connect to it with Microsoft's driver."""

    process: subprocess.Popen[str]
    state: Path
    lake: Path
    port: int

    def connect(self, *, autocommit: bool = True, **options: Any) -> pyodbc.Connection:
        return pyodbc.connect(odbc.connection_string(port=self.port, **options), autocommit=autocommit, timeout=10)

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "status.json").read_text())
        return found

    def kill(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(20)
        if self.process.stdout:
            self.process.stdout.close()
        return code


def _start(state: Path, lake: Path, *extra: str) -> Running:
    lake.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "local_azure.synapse", "--port", "0", "--state", str(state)]
    command += ["--storage", f"{LAKE}={lake}", "--memory", "512MB", *extra]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("Synapse dedicated SQL pool"), line
    return Running(process, state, lake, int(line.rsplit(",", 1)[1]))


@pytest.fixture(scope="session")
def start() -> Callable[..., Running]:
    """Starts a server on a free port: start(state, lake, *options)."""
    pyodbc.pooling = False
    return _start


@pytest.fixture(scope="session")
def server(start: Callable[..., Running], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all client tests; each makes a schema of its own."""
    folder = tmp_path_factory.mktemp("server")
    running = start(folder / "state", folder / "lake")
    yield running
    running.kill()


@pytest.fixture
def schema(server: Running) -> str:
    """A new schema on the shared server."""
    name = f"s{time.time_ns()}"
    with server.connect() as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return name


@pytest.fixture(scope="session")
def password() -> str:
    return settings.SYNAPSE_PASSWORD
