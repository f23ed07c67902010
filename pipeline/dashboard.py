"""The dashboard: its definitions from dbt, its warehouse running, its pages served on 127.0.0.1."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from local_azure import settings, stack
from local_azure.stack import PROJECT, Workspace
from local_azure.synapse.engine import DATABASE_FILE
from pipeline.errors import PipelineError
from pipeline.powerbi import artifacts

ARTIFACTS = PROJECT / "target" / "powerbi"


def prepare(root: Path) -> list[str]:
    """Read the definitions; start this machine's warehouse where it is asked and does not run. Gives what was started.

    Raises PipelineError where dbt does not parse, and where nothing was ever built.
    """
    artifacts.parse_project(ARTIFACTS)
    if os.environ.get("DASHBOARD_WAREHOUSE") or "synapse" in stack.running(root):
        return []
    stack.start(last_built(root), ["synapse"])
    return ["synapse"]


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
