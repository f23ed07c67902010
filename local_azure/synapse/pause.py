"""A paused pool: nobody gets in, and who was in is out, until it is resumed.

Source: Microsoft Learn, "MSSQLSERVER_42108" and "Pause and resume compute for dedicated SQL pool". A file says it to
every process, and outlives them, as a pause does.
"""

from __future__ import annotations

from pathlib import Path

from local_azure.synapse.errors import SqlError

_FILE = "paused"


def pause(state: Path) -> None:
    """Pause the pool whose state stands in this folder, running or not."""
    (state / _FILE).touch()


def resume(state: Path) -> None:
    """Let it run again."""
    (state / _FILE).unlink(missing_ok=True)


def is_paused(state: Path) -> bool:
    """Whether it is."""
    return (state / _FILE).exists()


def refuse_if_paused(state: Path) -> None:
    """Raises SqlError 42108 at a login while the pool is paused."""
    if is_paused(state):
        raise SqlError(
            42108, "Can not connect to the SQL pool since it is paused. Please resume the SQL pool and try again."
        )
