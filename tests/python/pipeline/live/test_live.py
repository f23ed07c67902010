"""Events flow to the marts round after round; a round that fails leaves the marts; an interrupt leaves no process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyodbc
import pytest

from local_azure.synapse import odbc

from ... import _ports
from ...conftest import Pipeline

pytestmark = [pytest.mark.slow, pytest.mark.nightly, pytest.mark.timeout(3600)]
RATE, PATIENCE = 20, 1500


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Pipeline]:
    environment = _ports.of_services() | {"PIPELINE_STATE": str(tmp_path)}
    made = Pipeline(tmp_path, environment)
    yield made
    made.kill_everything()


def until(process: subprocess.Popen[str], word: str) -> list[str]:
    """What it says up to the line with the word."""
    assert process.stdout
    said, deadline = [], time.monotonic() + PATIENCE
    for line in process.stdout:
        said.append(line)
        if word in line:
            return said
        assert time.monotonic() < deadline, "".join(said[-20:])
    raise AssertionError("".join(said[-20:]))


def test_a_terminal_that_closes_leaves_no_process(live: Pipeline) -> None:
    with live.start("live", "--rate", str(RATE), "--no-dashboard") as process:
        deadline = time.monotonic() + PATIENCE
        while len(live.processes()) < 4 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert len(live.processes()) >= 4
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=120)
    assert live.processes() == []


def asked(live: Pipeline, text: str) -> Any:
    connection = pyodbc.connect(odbc.connection_string(port=int(live.environment["LOCAL_SYNAPSE_PORT"])))
    try:
        return connection.execute(text).fetchone()[0]
    finally:
        connection.close()


def test_events_flow_until_it_is_stopped(live: Pipeline) -> None:
    held = "select sum(event_count) from mart_core.mart_source_health"
    with live.start("live", "--rate", str(RATE), "--every", "5", "--no-dashboard") as process:
        until(process, "round 1:")
        first = asked(live, held)
        os.kill(json.loads((live.state / "run" / "databricks_sql.json").read_text())["pid"], signal.SIGKILL)
        until(process, "; the marts are those of round")
        assert asked(live, held) >= first > 0
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert live.processes() == []
    summary = json.loads((live.state / "live-42" / "live.json").read_text())
    good = [one for one in summary["rounds"] if one["fault"] is None]
    assert "ERROR=0" in good[0]["said"]
    assert summary["rounds"][-1]["fault"]
    assert summary["seconds_from_hub_to_mart"]["events"] > 0
    windows = summary["seconds_past_the_windows_close"]
    assert windows["events"] > 60 * RATE / 2
    assert windows["max"] < 20
    # from the first look on, at which some were issued that had not landed yet
    assert min(summary["flowed"].values()) > 60 * RATE / 2
