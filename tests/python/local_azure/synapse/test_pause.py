"""A paused pool lets nobody in, turns out who was in, and comes back with all it had."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyodbc
import pytest

from local_azure.synapse.pause import pause, resume

if TYPE_CHECKING:
    from conftest import Running

pytestmark = pytest.mark.slow


def test_pauses_and_resumes(start: Callable[..., Running], tmp_path: Path) -> None:
    pool = start(tmp_path / "state", tmp_path / "lake")
    inside = pool.connect()
    inside.execute("create table dbo.kept (a int)")
    pause(pool.state)
    with pytest.raises(pyodbc.Error, match=r"the SQL pool since it is paused.*42108"):
        pool.connect()
    assert turned_out(inside)
    resume(pool.state)
    with pool.connect() as again:
        assert again.execute("select count(*) from dbo.kept").fetchone()[0] == 0
    pool.kill()


def turned_out(connection: pyodbc.Connection) -> bool:
    """Whether a connection that was open is closed by the pool within some seconds."""
    for _ in range(50):
        try:
            connection.execute("select 1").fetchall()
        except pyodbc.Error:
            return True
        time.sleep(0.1)
    return False


def test_a_pause_outlives_the_process(start: Callable[..., Running], tmp_path: Path) -> None:
    pool = start(tmp_path / "state", tmp_path / "lake")
    pause(pool.state)
    pool.kill()
    again = start(tmp_path / "state", tmp_path / "lake")
    with pytest.raises(pyodbc.Error, match="42108"):
        again.connect()
    again.kill()
