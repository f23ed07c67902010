"""The command: what it says, what it refuses, how it ends."""

from __future__ import annotations

import os
import signal
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local_azure import settings
from local_azure.event_hubs.__main__ import app
from local_azure.event_hubs.broker import StateInUse, lock_state
from local_azure.event_hubs.hub import HubMismatch, open_hub

from .conftest import Service

OPTIONS = (
    "--state",
    "--hub",
    "--port",
    "--consumer-group",
    "--policy",
    "--tls",
    "--retention-hours",
    "--retention-mib",
)


def test_help_tells_how_to_connect() -> None:
    text = CliRunner().invoke(app, ["--help"]).output
    assert "SharedAccessKeyName" in text
    assert all(option in text for option in OPTIONS)


def test_the_state_folder_has_one_holder(service: Service) -> None:
    descriptor = lock_state(service.state)
    with pytest.raises(StateInUse, match=str(os.getpid())):
        lock_state(service.state)
    os.close(descriptor)
    os.close(lock_state(service.state))


def test_a_damaged_description_of_a_hub_is_named(tmp_path: Path) -> None:
    (tmp_path / "hub.json").write_text('{"partitions"')
    with pytest.raises(HubMismatch, match="damaged: restore it"):
        open_hub(tmp_path, "orders", 4, ThreadPoolExecutor(1))


def refusal(service: Service, *more: str) -> str:
    result = service.run(*more)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("event_hubs: ")
    assert result.stdout == ""
    return result.stderr


@pytest.mark.slow
def test_a_bad_hub_ends_the_command_without_a_traceback(service: Service) -> None:
    assert "--hub 'orders'" in refusal(service, "--hub", "orders")


@pytest.mark.slow
def test_a_taken_port_is_named(service: Service) -> None:
    with socket.create_server((settings.HOST, service.port)):
        assert f"port {service.port} is taken" in refusal(service)


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named(service: Service) -> None:
    service.state.write_text("a file, not a folder")
    text = refusal(service)
    assert str(service.state) in text
    assert "--state" in text


@pytest.mark.slow
def test_a_second_service_on_the_same_folder_is_refused(running: Service) -> None:
    assert running.process
    other = Service(running.state)
    assert f"in use by process {running.process.pid}" in refusal(other)


@pytest.mark.slow
def test_another_number_of_partitions_is_refused(running: Service) -> None:
    running.end()
    running.hubs = ("orders:2",)
    assert "--hub orders:4" in refusal(running)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_with_a_client_that_hangs(running: Service, number: int) -> None:
    with socket.create_connection((settings.HOST, running.port)):
        assert running.end(number) == (0, "")
    status = running.status()
    assert status["ready"] is False
    assert status["service"] == "event_hubs"
    assert status["address"] == f"127.0.0.1:{running.port}"
    assert status["flow"]["hubs"] == {"orders": {"events_in": 0, "events_out": 0}}


@pytest.mark.slow
def test_all_state_is_below_the_folder_and_events_are_private(running: Service) -> None:
    running.end()
    assert {path.name for path in running.state.iterdir()} == {"hubs", "lock", "status.json"}
    assert stat.S_IMODE((running.state / "lock").stat().st_mode) == 0o600
