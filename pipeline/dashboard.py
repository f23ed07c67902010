"""The dashboard: its definitions from dbt, its warehouse running, its pages served on 127.0.0.1."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from local_azure import settings, stack
from local_azure.stack import PROJECT, Running, Workspace
from local_azure.synapse.engine import DATABASE_FILE
from pipeline.errors import PipelineError
from pipeline.powerbi import artifacts

ARTIFACTS = PROJECT / "target" / "powerbi"
Alone = Callable[[], AbstractContextManager[None]]


def prepare(root: Path, alone: Alone = nullcontext) -> Running | None:
    """Read the definitions; start this machine's warehouse where it is asked and does not run. Gives what was started.

    It starts while `alone`. Raises PipelineError where dbt does not parse, and where nothing was ever built.
    """
    artifacts.parse_project(ARTIFACTS)
    if os.environ.get("DASHBOARD_WAREHOUSE") or "synapse" in stack.running(root):
        return None
    with alone():
        return _started(root)


def _started(root: Path) -> Running | None:
    if "synapse" in stack.running(root):  # another command was faster
        return None
    try:
        stack.start(last_built(root), ["synapse"])
    except BaseException:
        stack.stop(root, ["synapse"])
        raise
    return stack.running(root).get("synapse")


def leave(root: Path, started: Running | None, alone: Alone = nullcontext) -> bool:
    """Stop what `prepare` started, unless a command has taken it over since, or is about to; gives whether it did."""
    try:
        with alone():
            return list(stack.running(root).values()) == [started] and bool(stack.stop(root, ["synapse"]))
    except PipelineError:
        return False


def last_built(root: Path) -> Workspace:
    """The state whose warehouse changed last. Raises PipelineError where there is none."""
    files = sorted(root.glob(f"*/synapse/{DATABASE_FILE}"), key=lambda file: file.stat().st_mtime)
    if not files:
        raise PipelineError("there are no marts yet; build them with: make demo")
    return Workspace(root, files[-1].parent.parent.name)


def serve(port: int = settings.DASHBOARD_PORT, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Start Streamlit on the pages; what it says goes to `log`, or to the terminal."""
    script = PROJECT / "dashboards" / "app.py"
    environment = os.environ | {
        "DASHBOARD_ARTIFACTS": str(ARTIFACTS),
        "LOCAL_SYNAPSE_PORT": str(settings.SYNAPSE_PORT),
    }
    words = ["-m", "streamlit", "run", str(script), "--server.port", str(port)]
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=PROJECT,
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=log is not None,
    )
