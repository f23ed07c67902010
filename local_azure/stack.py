"""Start, stop and look at the services of one machine, each a process of its own.

A workspace is the state of one source of data: `.local/<name>/`. Which process runs what is kept in
`.local/run/`, with each process's start time, so that a recycled process id is never mistaken for ours.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_azure import settings
from local_azure.databricks_sql.tuning import Tuning
from local_azure.status import STATUS_FILE, read_status

START_TIMEOUT = 180.0
STOP_TIMEOUT = 30.0
STREAM = "stream_analytics"


class StackError(Exception):
    """One line: which service, why, and the way out."""


@dataclass(frozen=True)
class Workspace:
    """Where the state of one source of data lives."""

    root: Path
    name: str
    api_arguments: tuple[str, ...] = ()
    tuning: Tuning = Tuning.RUN

    @property
    def path(self) -> Path:
        return self.root / self.name

    @property
    def lake(self) -> Path:
        return self.path / "lake"

    def state(self, service: str) -> Path:
        return self.path / service


@dataclass(frozen=True)
class Service:
    """How one service is started in a workspace."""

    name: str
    arguments: Callable[[Workspace], list[str]] = field(repr=False)

    def command(self, workspace: Workspace) -> list[str]:
        state = str(workspace.state(self.name))
        return [
            sys.executable,
            "-m",
            f"local_azure.{self.name}",
            "--state",
            state,
            *self.arguments(workspace),
        ]


def _storage(workspace: Workspace) -> list[str]:
    return ["--storage", f"{settings.LAKE_URL}={workspace.lake}"]


PROJECT = Path(__file__).parent.parent
SERVICES = {
    service.name: service
    for service in [
        Service("customer_api", lambda w: ["--port", str(settings.CUSTOMER_API_PORT), *w.api_arguments]),
        Service(
            "event_hubs",
            lambda w: [
                "--port",
                str(settings.EVENT_HUBS_PORT),
                "--hub",
                "customer-events:4",
                "--hub",
                "dead-letters:1",
                "--consumer-group",
                "customer-events/stream-analytics",
            ],
        ),
        Service(
            "databricks_sql",
            lambda w: [
                "--port",
                str(settings.DATABRICKS_SQL_PORT),
                "--jars",
                str(PROJECT / ".local" / "jars"),
                "--tuned-for",
                w.tuning,
                *_storage(w),
            ],
        ),
        Service(
            "synapse",
            lambda w: [
                "--port",
                str(settings.SYNAPSE_PORT),
                "--roles",
                str(PROJECT / "infra" / "roles.yml"),
                *_storage(w),
            ],
        ),
        Service(
            STREAM,
            lambda w: ["--project", str(PROJECT / "stream_analytics"), "--lake", str(w.lake)],
        ),
    ]
}


@dataclass(frozen=True)
class Running:
    """A process that we started: alive or not, and where its status is."""

    service: str
    pid: int
    started: str
    workspace: str

    def alive(self) -> bool:
        return _started(self.pid) == self.started


def start(workspace: Workspace, names: Iterable[str]) -> None:
    """Start those of `names` that do not run yet and wait until each is ready. Raises StackError."""
    wait(workspace, launch(workspace, names))


def launch(workspace: Workspace, names: Iterable[str]) -> dict[str, subprocess.Popen[bytes]]:
    """Start those of `names` that do not run yet; gives them, ready or not.

    Raises StackError for a service that runs for another workspace: its port is taken.
    """
    _make(workspace.lake)
    _make(workspace.root / "run")
    launched = {}
    for name in names:
        known = running(workspace.root).get(name)
        if known is None:
            launched[name] = _launch(workspace, SERVICES[name])
        elif known.workspace != workspace.name:
            raise StackError(f"{name} runs for {known.workspace}; stop it first: make down")
    return launched


def wait(workspace: Workspace, launched: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """Until each of the services is ready. Raises StackError for one that ends or takes too long."""
    for name, process in launched.items():
        _wait_ready(workspace, name, process)


def stop(root: Path, names: Iterable[str] | None = None) -> list[str]:
    """Stop our processes, politely first, and give the names of those that ran. Leaves none behind.

    Who reads ends before what it reads from: a consumer whose hub is gone tries for ten seconds to say goodbye.
    """
    ours = [one for one in running(root).values() if names is None or one.service in set(names)]
    readers = [one for one in ours if one.service == STREAM]
    _stop(root, readers)
    _stop(root, [one for one in ours if one not in readers])
    return [one.service for one in ours]


def _stop(root: Path, ours: list[Running]) -> None:
    for one in ours:
        _signal(one, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT
    for one in ours:
        while one.alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        _signal(one, signal.SIGKILL)
        _record(root, one.service).unlink(missing_ok=True)


def running(root: Path) -> dict[str, Running]:
    """Our living processes by service."""
    return {one.service: one for one in _recorded(root) if one.alive()}


def statuses(root: Path) -> list[dict[str, Any]]:
    """One entry a service: `service`, `running`, `ready`, `address`, `flow` (its counters)."""
    alive = running(root)
    return [_status(root, name, alive.get(name)) for name in SERVICES]


def _status(root: Path, name: str, one: Running | None) -> dict[str, Any]:
    status = (one and read_status(root / one.workspace / name)) or {}
    ready = one is not None and status.get("ready", False) and status.get("pid") == one.pid
    return {
        "service": name,
        "running": one is not None,
        "ready": ready,
        "workspace": one.workspace if one else None,
        "pid": one.pid if one else None,
        "address": status.get("address", ""),
        "flow": status.get("flow", {}),
    }


def _launch(workspace: Workspace, service: Service) -> subprocess.Popen[bytes]:
    state = workspace.state(service.name)
    _make(state)
    (state / STATUS_FILE).unlink(missing_ok=True)
    with _log(state).open("wb") as log:
        process = subprocess.Popen(
            service.command(workspace),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _remember(workspace, service.name, process.pid)
    return process


def _remember(workspace: Workspace, service: str, pid: int) -> None:
    entry = {"pid": pid, "started": _started(pid), "workspace": workspace.name}
    _record(workspace.root, service).write_text(json.dumps(entry))


def _wait_ready(workspace: Workspace, name: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        status = read_status(workspace.state(name))
        if status and status["ready"] and status["pid"] == process.pid:
            return
        if process.poll() is not None:
            _record(workspace.root, name).unlink(missing_ok=True)
            raise StackError(_last_words(workspace, name))
        time.sleep(0.05)
    raise StackError(f"{name} is not ready after {START_TIMEOUT:.0f} s; see {_log(workspace.state(name))}")


def _last_words(workspace: Workspace, name: str) -> str:
    log = _log(workspace.state(name))
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    said = lines[-1] if lines else "ended without a word"
    return f"{said if said.startswith(name) else f'{name}: {said}'} (log: {log})"


def _recorded(root: Path) -> Iterator[Running]:
    for name in SERVICES:
        try:
            yield Running(service=name, **json.loads(_record(root, name).read_text()))
        except (FileNotFoundError, json.JSONDecodeError, TypeError):
            continue


def _signal(one: Running, number: signal.Signals) -> None:
    """To the process and all that it started: each service leads a session of its own."""
    if one.alive():
        try:
            os.killpg(one.pid, number)
        except ProcessLookupError:
            return


def _started(pid: int) -> str:
    """The process's start time in clock ticks (proc(5), field 22); empty for a dead one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _record(root: Path, service: str) -> Path:
    return root / "run" / f"{service}.json"


def _log(state: Path) -> Path:
    return state / "service.log"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StackError(f"cannot write in {folder}: {error.strerror}; the project keeps its state there") from error
