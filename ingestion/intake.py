"""What was pushed, sent together: one thread takes all that waits, and each sender hears when the hub has its part."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from ingestion.errors import IngestionError, Unavailable
from ingestion.mapping import DeadLetter, Message
from ingestion.publisher import Publisher

MOST_WAITING = 64 * 1024 * 1024
"""Bytes that may wait for the hub; more are refused, so that memory is bounded."""
TOGETHER = 4_000_000
"""Bytes that are sent together."""


@dataclass
class Part:
    """What one request brought."""

    messages: list[Message]
    letters: list[DeadLetter]
    size: int
    done: Future[None] = field(default_factory=Future)


class Intake:
    """Sends parts in the order in which they came; opens the hub when it can, and says so when it cannot."""

    def __init__(self, opened: Callable[[], Publisher]) -> None:
        self._opened, self._waiting = opened, queue.SimpleQueue[Part | None]()
        self._publisher: Publisher | None = None
        self._size, self._lock = 0, threading.Lock()
        self.hub_is_there = False
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Send what was taken, then say goodbye to the hub."""
        self._waiting.put(None)
        self._thread.join()

    def take(self, messages: list[Message], letters: list[DeadLetter]) -> Future[None]:
        """Done when the hub acknowledged all of it. Raises Unavailable where too much waits already."""
        size = sum(len(each.body) for each in messages) + sum(len(each.original) for each in letters)
        with self._lock:
            if self._size + size > MOST_WAITING and self._size:
                raise Unavailable("too much waits for Event Hubs")
            self._size += size
        part = Part(messages, letters, size)
        self._waiting.put(part)
        return part.done

    @property
    def most(self) -> int:
        """Bytes of a message that the hub takes; the least of its tiers until it was asked."""
        return self._publisher.most if self._publisher is not None else 252 * 1024

    def _work(self) -> None:
        with suppress(IngestionError):
            self._open()
        while (first := self._waiting.get()) is not None:
            parts, last = self._with_more(first)
            self._send(parts)
            if last:
                break
        if self._publisher is not None:
            self._publisher.close()

    def _with_more(self, first: Part) -> tuple[list[Part], bool]:
        parts, size = [first], first.size
        while size < TOGETHER and not self._waiting.empty():
            more = self._waiting.get()
            if more is None:
                return parts, True
            parts.append(more)
            size += more.size
        return parts, False

    def _send(self, parts: list[Part]) -> None:
        error: Exception | None = None
        try:
            self._open().send(
                [message for part in parts for message in part.messages],
                [letter for part in parts for letter in part.letters],
            )
        except Exception as caught:  # told to every sender; this thread goes on
            error = caught
            self._drop()
        with self._lock:
            self._size -= sum(part.size for part in parts)
        for part in parts:
            if error is None:
                part.done.set_result(None)
            else:
                part.done.set_exception(error)

    def _open(self) -> Publisher:
        if self._publisher is None:
            self._publisher = self._opened().__enter__()
        self.hub_is_there = True
        return self._publisher

    def _drop(self) -> None:
        self.hub_is_there = False
        if self._publisher is not None:
            with suppress(Exception):
                self._publisher.close()
            self._publisher = None
