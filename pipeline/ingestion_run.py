"""Run `python -m ingestion` as it is deployed: a process that knows addresses and secrets by its environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

from local_azure import settings
from local_azure.stack import Workspace
from pipeline.child import lines_of
from pipeline.errors import PipelineError
from pipeline.foreign import Foreign

_COUNTS = re.compile(r"(\d+) events, (\d+) dead letters")


def run(workspace: Workspace, tell: Callable[[int], None], foreign: Foreign | None = None) -> tuple[int, int]:
    """Ingest what is new; events and dead letters sent. Raises PipelineError with ingestion's own words."""
    counts = (0, 0)
    process = subprocess.Popen(
        [sys.executable, "-m", "ingestion", "run", str(foreign.file) if foreign else "customer_api"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ
        | environment(workspace)
        | (foreign.environment() if foreign else {})
        | {"PYTHONUNBUFFERED": "1"},
    )
    said = []
    with lines_of(process) as lines:
        for line in lines:
            said.append(line.strip())
            if found := _COUNTS.search(line):
                counts = int(found[1]), int(found[2])
                tell(sum(counts))
    if process.returncode:
        raise PipelineError("\n".join(said[-3:]) or "ingestion ended without a word")
    return counts


def environment(workspace: Workspace) -> dict[str, str]:
    """What ingestion reads from the environment, here and in Azure."""
    return {
        "CUSTOMER_API_URL": f"http://{settings.HOST}:{settings.CUSTOMER_API_PORT}",
        "CUSTOMER_API_TOKEN": settings.CUSTOMER_API_TOKEN,
        "EVENT_HUBS_CONNECTION_STRING": settings.event_hubs_connection_string(),
        "INGESTION_CURSOR": str(workspace.path / "ingestion" / "cursor.json"),
    }
