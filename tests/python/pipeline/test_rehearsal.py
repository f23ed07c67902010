"""Production's own steps and targets, from nothing to marts, on the stand-ins."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local_azure import settings
from local_azure.stack import PROJECT

SERVICES = ("CUSTOMER_API", "EVENT_HUBS", "DATABRICKS_SQL", "SYNAPSE")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of services with a state and ports of their own; stopped at the end."""
    with ExitStack() as stack:
        ports = [stack.enter_context(socket.socket()) for _ in SERVICES]
        for each in ports:
            each.bind((settings.HOST, 0))
        numbers = [str(each.getsockname()[1]) for each in ports]
    chosen = {f"LOCAL_{service}_PORT": number for service, number in zip(SERVICES, numbers, strict=True)}
    found = os.environ | chosen | {"PIPELINE_STATE": str(tmp_path)}
    yield found
    subprocess.run([PROJECT / ".venv/bin/pipeline", "down"], env=found, check=True)


@pytest.mark.nightly
@pytest.mark.timeout(2400)
def test_production_is_rehearsed_from_nothing_to_marts(environment: dict[str, str]) -> None:
    for words in (["pipeline", "up", "--events", "1000"], ["pipeline", "ingest"]):
        subprocess.run([PROJECT / ".venv/bin" / words[0], *words[1:]], env=environment, check=True)
    done = subprocess.run([PROJECT / "scripts/rehearse"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "refresh: marts are served" in done.stdout
    assert done.stdout.endswith("rehearsed: production's own steps, from raw to marts\n")
