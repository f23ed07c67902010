"""Work that ends or is told to be late: clients that may wait without end are given up, not waited for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from ingestion.errors import Unavailable

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result], otherwise: str) -> Result:
    """What `work` gives, or its exception. Raises Unavailable (`otherwise`, and how long) after `seconds`;
    the work goes on in a thread that does not keep the process alive."""
    done: queue.SimpleQueue[tuple[Result | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((work(), None))
        except BaseException as error:  # handed to who waits
            done.put((None, error))

    threading.Thread(target=run, daemon=True, name="deadline").start()
    try:
        result, error = done.get(timeout=seconds)
    except queue.Empty:
        raise Unavailable(f"{otherwise} within {seconds:.0f} s") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # None only where the work gives None
