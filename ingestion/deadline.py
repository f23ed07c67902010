"""Work that ends or is told to be late: clients that may wait without end are given up, not waited for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ingestion.errors import Unavailable

Result = TypeVar("Result")
Outcome = queue.SimpleQueue[tuple[Any, BaseException | None]]


def within(seconds: float, work: Callable[[], Result], otherwise: str) -> Result:
    """What `work` gives, or its exception. Raises Unavailable (`otherwise`, and how long) after `seconds`;
    the work goes on in a thread that does not keep the process alive."""
    try:
        result, error = _started(work).get(timeout=seconds)
    except queue.Empty:
        raise Unavailable(f"{otherwise} within {seconds:.0f} s") from None
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


def side_by_side(*works: Callable[[], Any]) -> list[Any]:
    """What each gives, or the first exception; in threads that do not keep the process alive."""
    outcomes = [each.get() for each in [_started(work) for work in works]]
    for _, error in outcomes:
        if error is not None:
            raise error
    return [result for result, _ in outcomes]


def _started(work: Callable[[], Any]) -> Outcome:
    done: Outcome = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((work(), None))
        except BaseException as error:  # handed to who waits
            done.put((None, error))

    threading.Thread(target=run, daemon=True, name="deadline").start()
    return done
