"""Who starts and who stops the warehouse that the dashboard reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local_azure import stack
from local_azure.stack import Running, Workspace
from pipeline import dashboard
from pipeline.errors import PipelineError

OURS = Running("synapse", 1, "1", "sample")
OTHER = Running("synapse", 2, "2", "sample")
HUB = Running("event_hubs", 3, "3", "sample")


class Machine:
    """The services of a machine, without processes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.services: dict[str, Running] = {}
        self.stopped: list[str] = []
        monkeypatch.delenv("DASHBOARD_WAREHOUSE", raising=False)
        monkeypatch.setattr(dashboard.artifacts, "parse_project", lambda folder: None)
        monkeypatch.setattr(dashboard, "last_built", lambda root: Workspace(root, "sample"))
        monkeypatch.setattr(stack, "running", lambda root: dict(self.services))
        monkeypatch.setattr(stack, "start", lambda workspace, names: self.services.update(synapse=OURS))
        monkeypatch.setattr(stack, "stop", self.stop)

    def stop(self, root: Path, names: list[str]) -> list[str]:
        self.stopped += names
        return names


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


@contextmanager
def busy() -> Iterator[None]:
    raise PipelineError("another pipeline command is at work here")
    yield


def test_the_warehouse_is_started_and_stopped_again(machine: Machine, tmp_path: Path) -> None:
    assert dashboard.prepare(tmp_path) == OURS
    assert dashboard.leave(tmp_path, OURS)
    assert machine.stopped == ["synapse"]


def test_nothing_is_started_beside_another_command(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="at work here"):
        dashboard.prepare(tmp_path, busy)
    assert machine.services == {}


def test_a_warehouse_that_runs_is_read_while_another_command_is_at_work(machine: Machine, tmp_path: Path) -> None:
    machine.services = {"synapse": OTHER}
    assert dashboard.prepare(tmp_path, busy) is None


@pytest.mark.parametrize(
    "services", [{"synapse": OURS, "event_hubs": HUB}, {"synapse": OTHER}], ids=["others joined it", "another one runs"]
)
def test_a_warehouse_that_another_command_took_over_goes_on(
    machine: Machine, tmp_path: Path, services: dict[str, Running]
) -> None:
    machine.services = services
    assert not dashboard.leave(tmp_path, OURS)
    assert machine.stopped == []


def test_a_warehouse_is_left_to_the_command_that_is_at_work(machine: Machine, tmp_path: Path) -> None:
    machine.services = {"synapse": OURS}
    assert not dashboard.leave(tmp_path, OURS, busy)
    assert machine.stopped == []


def test_a_start_that_is_interrupted_leaves_nothing(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(workspace: Workspace, names: list[str]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stack, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dashboard.prepare(tmp_path)
    assert machine.stopped == ["synapse"]
