"""A statement from its start to its last row, and how many there were."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, RLock, Timer

from local_azure.databricks_sql._errors import StatementError, translate
from local_azure.databricks_sql._results import Batch, Result
from local_azure.databricks_sql._spark import Engine
from local_azure.databricks_sql._thrift import ttypes

log = logging.getLogger(__name__)
_States = ttypes.TOperationState


@dataclass
class Counters:
    """What went through, for the status file."""

    statements: int = 0
    failed: int = 0
    sessions: int = 0
    lock: RLock = field(default_factory=RLock, repr=False)

    def add(self, *, statements: int = 0, failed: int = 0, sessions: int = 0) -> None:
        """Add to the counters; from any thread."""
        with self.lock:
            self.statements += statements
            self.failed += failed
            self.sessions += sessions

    def flow(self) -> dict[str, int]:
        """The counters as the status file holds them; `sessions` are the open ones."""
        with self.lock:
            return {"statements": self.statements, "failed": self.failed, "sessions": self.sessions}


class Operation:
    """One statement: running, for `timeout` seconds at most if that is not 0, then read batch by batch, then closed."""

    def __init__(self, work: Callable[[], Result], timeout: int = 0, *, in_columns: bool = False) -> None:
        self.in_columns = in_columns  # the form its rows are sent in, else Arrow
        self.id = uuid.uuid4()
        self.cancelled = Event()
        self.result: Result | None = None
        self.error: StatementError | None = None
        self.rows = 0  # sent so far
        self.done: Future[None] | None = None
        self._over = Event()  # nobody has to wait any longer
        self._timeout = timeout
        self._work = work
        self._batches: Iterator[Batch] = iter(())
        self._next: Batch | None = None

    def run(self, engine: Engine) -> None:
        """Compute up to the first batch, in a thread of the pool."""
        with self._limited(engine):
            try:
                engine.start_group(self.id.hex)
                if not self.cancelled.is_set():
                    result = self._work()
                    self._batches = result.batches()
                    self._next = next(self._batches, None)
                    self.result = result  # last: who sees a result reads its rows
            except Exception as error:
                self.error = self.error or translate(error)
                log.debug("failed", exc_info=True)
        self._over.set()

    @contextmanager
    def _limited(self, engine: Engine) -> Iterator[None]:
        """Stop the statement when its time is up; the count starts when it does."""
        timer = Timer(self._timeout, self._time_out, [engine])
        if self._timeout:
            timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _time_out(self, engine: Engine) -> None:
        """https://docs.databricks.com/aws/en/sql/language-manual/parameters/statement_timeout"""
        message = f"[QUERY_EXECUTION_TIMEOUT_EXCEEDED] The statement took longer than {self._timeout} seconds"
        self.error = StatementError(f"{message}: STATEMENT_TIMEOUT. SQLSTATE: 57KD0", "57KD0")
        self._over.set()
        engine.cancel_group(self.id.hex)

    def cancel(self) -> None:
        """Nobody waits for it any longer."""
        self.cancelled.set()
        self._over.set()

    @property
    def state(self) -> int:
        """The TOperationState."""
        if self.cancelled.is_set():
            return int(_States.CANCELED_STATE)
        if self.error is None and (self.done is None or not self.done.done()):
            return int(_States.RUNNING_STATE)
        return int(_States.ERROR_STATE if self.error else _States.FINISHED_STATE)

    def wait(self, seconds: float) -> None:
        """Return when it is over, or after `seconds`."""
        if self._over.wait(seconds) and self.done is not None and self.error is None and not self.cancelled.is_set():
            wait([self.done], seconds)

    @property
    def has_more(self) -> bool:
        """Whether batches are left to read."""
        return self._next is not None

    def take(self, max_bytes: int) -> list[Batch]:
        """The next batches, about `max_bytes` of them and at least one if there is one."""
        taken: list[Batch] = []
        size = 0
        while self._next is not None and (not taken or size + len(self._next[0]) <= max_bytes):
            taken.append(self._next)
            size += len(self._next[0])
            self._next = next(self._batches, None)
        return taken
