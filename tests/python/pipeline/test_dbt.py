"""dbt ends with the service that it talks to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_azure import settings, stack
from local_azure.stack import Workspace
from pipeline.dbt import Half, while_served
from pipeline.errors import PipelineError

from .._ports import free_port

HALF = Half("half", "target", "customer_api")
LONG = "import time; time.sleep(600)"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose customer API runs, the quickest of the services to start."""
    monkeypatch.setattr(settings, "CUSTOMER_API_PORT", free_port())
    workspace = Workspace(tmp_path, "x", ("--events", "1"))
    launched = stack.launch(workspace, [HALF.service])
    stack.wait(workspace, launched)
    yield workspace
    stack.stop(tmp_path)
    launched[HALF.service].wait()


def started(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program], text=True)


def test_it_does_not_wait_for_a_service_that_is_gone(served: Workspace) -> None:
    process = started(LONG)
    with (
        pytest.raises(PipelineError, match=r"customer_api ended; see .*service\.log"),
        while_served(HALF, served, process),
    ):
        os.kill(stack.running(served.root)[HALF.service].pid, signal.SIGKILL)
        process.wait(60)
    assert process.returncode == -signal.SIGTERM


def test_it_ends_by_itself_where_the_service_stays(served: Workspace) -> None:
    process = started("pass")
    with while_served(HALF, served, process):
        process.wait(60)
    assert process.returncode == 0


def test_a_service_that_is_none_of_ours_is_not_watched(tmp_path: Path) -> None:
    process = started("import time; time.sleep(2.5)")
    with while_served(HALF, Workspace(tmp_path, "x"), process):
        process.wait(60)
    assert process.returncode == 0
