"""One pipeline for all tests that need one: state in a temporary folder, ports that are free."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_azure import settings

from . import _ports

PROJECT = Path(__file__).parents[2]
EVENTS = ("--events", "3000")


@dataclass
class Pipeline:
    """The command line, as a user runs it, with a state of its own."""

    state: Path
    environment: dict[str, str]

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("pipeline")), *words],
            cwd=PROJECT,
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, timeout: float = 1200) -> tuple[int, str]:
        with self.start(*words) as process:
            try:
                said, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return process.returncode, said

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.state / "demo" / "reconciliation.json").read_text())
        return found

    def processes(self) -> list[int]:
        """Every process that has to do with this state: its path is among their words."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if str(self.state).encode() in words and int(folder.name) != os.getpid() and state != "Z":
                found.append(int(folder.name))
        return found

    def kill_everything(self) -> None:
        """kill -9 of the command and all of its services at once."""
        for process in self.processes():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue


def point_clients_at(pipeline: Pipeline, patch: pytest.MonkeyPatch) -> None:
    for name, value in pipeline.environment.items():
        if name.endswith("_PORT"):
            patch.setattr(settings, name.removeprefix("LOCAL_"), int(value))


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    state = tmp_path_factory.mktemp("state")
    environment = _ports.of_services() | {"PIPELINE_STATE": str(state)}
    made = Pipeline(state, environment)
    yield made
    made.run("down")
    made.kill_everything()


@pytest.fixture(scope="class")
def services(pipeline: Pipeline) -> Iterator[None]:
    """The services of the pipeline, up; its last demo is what they hold."""
    code, said = pipeline.run("up", *EVENTS)
    assert code == 0, said
    yield
    pipeline.run("down")


@pytest.fixture
def clients(services: None, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own clients, in this process, at the ports of the services under test."""
    point_clients_at(pipeline, monkeypatch)


@pytest.fixture(scope="session")
def built(request: pytest.FixtureRequest) -> Iterator[None]:
    """Lakehouse and warehouse, built, with our clients at their ports: of the test session, or with
    RUNNING_STACK=1 the ones of `make up` and `make refresh`."""
    if os.environ.get("RUNNING_STACK"):
        yield
        return
    pipeline: Pipeline = request.getfixturevalue("pipeline")
    if not (pipeline.state / "demo" / "reconciliation.json").exists():
        code, said = pipeline.run("demo", *EVENTS)
        assert code == 0, said
    code, said = pipeline.run("up", *EVENTS)
    assert code == 0, said
    with pytest.MonkeyPatch.context() as patch:
        point_clients_at(pipeline, patch)
        yield


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> str:
    """dbt's manifest of the project as it stands, parsed once."""
    folder = tmp_path_factory.mktemp("target")
    words = ("--profiles-dir", "profiles", "--target", "local", "--target-path", folder, "--log-path", folder)
    subprocess.run([Path(sys.executable).with_name("dbt"), "--quiet", "parse", *words], cwd=PROJECT, check=True)
    return (folder / "manifest.json").read_text()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first; those of a pipeline that stays up last, so that they read what the demo's tests built."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is not None, "built" in _fixtures(item)))


def _fixtures(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", []))
