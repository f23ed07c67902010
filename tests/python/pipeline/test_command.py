"""What the command line says when something is in its way: one cause, the way out, exit code 1."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyodbc
import pytest

from local_azure.databricks_sql.tuning import Tuning
from pipeline import rehearsal
from pipeline.__main__ import main, workspace
from pipeline.errors import PipelineError


def run(state: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("pipeline")), *words],
        env=os.environ | {"PIPELINE_STATE": str(state)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_status_of_nothing_tells_so_and_how_to_connect(tmp_path: Path) -> None:
    done = run(tmp_path, "status", "--json")
    status: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == 1
    assert not any(service["running"] for service in status["services"])
    assert set(status["connections"]) == {"event_hubs", "lakehouse", "warehouse"}


def test_down_of_nothing_is_no_error(tmp_path: Path) -> None:
    done = run(tmp_path, "down")
    assert (done.returncode, done.stdout) == (0, "nothing was running\n")


@pytest.mark.parametrize("word", ["ingest", "refresh", "docs", "reconcile", "pause warehouse"])
def test_a_step_without_services_says_how_to_start_them(tmp_path: Path, word: str) -> None:
    done = run(tmp_path, *word.split())
    assert done.returncode == 1
    assert done.stdout == "pipeline: the services are not running; start them with: make up\n"


def test_a_source_that_is_no_folder_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "demo", "--source", str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert "nowhere is no folder" in done.stdout


def test_another_file_in_a_source_is_another_state(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "shop", tmp_path / "b" / "shop"
    for folder in (one, other):
        folder.mkdir(parents=True)
        (folder / "sales.csv").write_text("id\n1\n")
    names = [workspace(42, 1, one, Tuning.RUN).name, workspace(42, 1, other, Tuning.RUN).name]
    (one / "sales.csv").write_text("id\n1\n2\n")
    names.append(workspace(42, 1, one, Tuning.RUN).name)
    assert len(set(names)) == 3
    assert names[-1] == workspace(42, 1, one, Tuning.RUN).name


def test_an_error_with_brackets_is_told_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise PipelineError("Invalid object name '[gold].[fct_orders]'; see [/tmp/x]")

    monkeypatch.setattr("pipeline.__main__.app", fail)
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out == "pipeline: Invalid object name '[gold].[fct_orders]'; see [/tmp/x]\n"


def test_a_state_folder_that_cannot_be_written_is_named() -> None:
    done = run(Path("/proc/no-such-folder"), "demo")
    assert done.returncode == 1
    assert done.stdout.startswith("pipeline: cannot write in /proc/no-such-folder")
    assert "Traceback" not in done.stdout + done.stderr


def test_a_second_command_waits_for_nobody(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run(tmp_path, "up")
    assert done.returncode == 1
    assert "another pipeline command is at work" in done.stdout


@pytest.mark.parametrize("given", ["abc", "0", "70000", "-1", "14330.5"])
def test_what_is_no_port_is_named(tmp_path: Path, given: str) -> None:
    done = run(tmp_path, "status", LOCAL_SYNAPSE_PORT=given)
    assert done.returncode == 1
    told = f"LOCAL_SYNAPSE_PORT={given} is no port: give a number from 1 to 65535, or unset it for 14330\n"
    assert done.stderr == told


def test_a_rehearsal_without_services_says_how_to_start_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*words: object, **options: object) -> None:
        raise pyodbc.OperationalError("HYT00", "[HYT00] Login timeout expired")

    monkeypatch.setattr(pyodbc, "connect", refused)
    monkeypatch.setattr(sys, "argv", ["rehearsal", "prepare"])
    with pytest.raises(SystemExit) as said:
        rehearsal.main()
    assert said.value.code == "rehearse: the warehouse: [HYT00] Login timeout expired; start the services with: make up"


@pytest.mark.slow
def test_a_port_that_is_taken_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(tmp_path, "up", LOCAL_CUSTOMER_API_PORT=port)
    assert done.returncode == 1
    assert f"port {port} of 127.0.0.1: Address already in use" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert run(tmp_path, "down").stdout == "nothing was running\n"
