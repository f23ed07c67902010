"""A process that one step of the pipeline starts, and that does not outlive it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 30.0


@contextmanager
def lines_of(process: subprocess.Popen[str]) -> Iterator[Iterator[str]]:
    """What the process says, line by line; where the block ends early, the process is ended with it.

    A terminal's Ctrl-C reaches both; SIGTERM, as from `timeout` or a cancelled CI job, this one alone.
    """
    with process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            yield iter(process.stdout)
        except BaseException:
            end(process)
            raise


def end(process: subprocess.Popen[Any]) -> None:
    """Ask it to end, and make it where it does not."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
