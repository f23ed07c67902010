"""What flows and how far each step is behind, looked at every second; and how long events took, over all of them."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyodbc

from local_azure import settings, stack
from local_azure.stack import STREAM, Workspace
from local_azure.synapse.odbc import connection_string
from pipeline import stream
from pipeline.connections import DEAD_LETTER_HUB, EVENTS_HUB
from pipeline.live.rounds import Round

SECOND, MART_EVERY, RATE_OVER = 1.0, 5, 10
# the stream's own table, which stands before any mart does; a window that a restart wrote again counts once
_WINDOWS = """
    select window_end, sum(events) as events from (
        select department, window_end, max(events) as events from live.live_department_kpis
        where window_end > ? group by department, window_end
    ) as windows group by window_end
"""


@dataclass(frozen=True)
class Sample:
    """Counts since the state began: issued by the API, taken by the hubs (dead letters too), sent as events, landed in
    the lake; `at` in epoch seconds."""

    at: float
    issued: int
    taken: int
    sent: int
    landed: int


@dataclass
class Delays:
    """Seconds, each with the number of events that took so long."""

    seconds: list[tuple[float, int]] = field(default_factory=list)

    @property
    def events(self) -> int:
        return sum(count for _, count in self.seconds)

    def percentile(self, share: float) -> float | None:
        """The least delay that `share` of the events do not exceed; None without events."""
        wanted, seen = share * self.events, 0
        for seconds, count in sorted(self.seconds):
            seen += count
            if seen >= wanted and count:
                return seconds
        return None


class Watch(threading.Thread):
    """Samples until it is told to stop. What can't be read for a moment is read again the next second."""

    def __init__(self, workspace: Workspace, before: dict[str, int]) -> None:
        """`before` is what each hub held when its process started, from which on it counts (see `held_before`)."""
        super().__init__(daemon=True)
        self.workspace, self._before = workspace, before
        self.samples: deque[Sample] = deque(maxlen=24 * 3600)
        self.to_window, self.to_mart = Delays(), Delays()
        self.newest_window = datetime.now(UTC).replace(tzinfo=None)  # those that closed before are none of ours
        self.newest_mart: datetime | None = None
        self.memory: dict[str, tuple[int, int]] = {}
        """Megabytes of each service: when it was looked at first, and now."""
        self._stop_asked = threading.Event()
        self._in_marts: int | None = None
        self._connection: pyodbc.Connection | None = None

    def run(self) -> None:
        count = 0
        while not self._stop_asked.wait(SECOND):
            self.samples.append(self._sample())
            self._memory()
            with suppress(pyodbc.Error):  # the next second asks again
                self._look_at_windows()
            if count % MART_EVERY == 0:
                with suppress(pyodbc.Error):  # not built yet, or switched this very moment
                    self._look_at_marts()
            count += 1

    def end(self) -> None:
        """Stop, and wait until it has."""
        self._stop_asked.set()
        self.join()

    def rates(self) -> tuple[float, float]:
        """Events a second into the hub and into the lake, over the last ten seconds."""
        if len(self.samples) < 2:
            return 0.0, 0.0
        first, last = self.samples[max(0, len(self.samples) - 1 - RATE_OVER)], self.samples[-1]
        seconds = last.at - first.at
        return (last.sent - first.sent) / seconds, (last.landed - first.landed) / seconds

    def built(self, made: Round) -> None:
        """Take note that the marts hold what had landed when the round began, from now on.

        The n-th event that the hub took is held for the n-th that landed: partitions land side by side.
        """
        now, samples = time.time(), list(self.samples)
        if self._in_marts is None:
            self._in_marts = samples[0].landed if samples else made.landed  # what was there before has no arrival here
        for first, second in pairwise(samples):
            count = min(second.sent, made.landed) - max(first.sent, self._in_marts)
            if count > 0:
                self.to_mart.seconds.append((now - (first.at + second.at) / 2, count))
        self._in_marts = max(self._in_marts, made.landed)

    def _sample(self) -> Sample:
        events, letters = (self._before[hub] + taken(self.workspace, hub) for hub in (EVENTS_HUB, DEAD_LETTER_HUB))
        landed = stream.count(stream.landed(stream.flow(self.workspace, STREAM)))
        issued = stream.flow(self.workspace, "customer_api").get("issued", 0)
        return Sample(time.time(), issued, events + letters, events, landed)

    def _memory(self) -> None:
        for name, one in stack.running(self.workspace.root).items():
            used = resident(one.pid)
            first, _ = self.memory.get(name, (used, used))
            self.memory[name] = first, used

    def _look_at_windows(self) -> None:
        """Take note of how long past their close the windows came that are new since the last look."""
        for end, events in self._ask(_WINDOWS, self.newest_window):
            delay = datetime.now(UTC).replace(tzinfo=None) - end
            self.to_window.seconds.append((delay.total_seconds(), int(events)))
            self.newest_window = max(self.newest_window, end)

    def _look_at_marts(self) -> None:
        ((self.newest_mart,),) = self._ask("select max(last_arrived_at) from mart_core.mart_source_health")

    def _ask(self, text: str, *values: Any) -> list[Any]:
        if self._connection is None:
            words = connection_string(
                port=settings.SYNAPSE_PORT, user=settings.SYNAPSE_READER, password=settings.SYNAPSE_READER_PASSWORD
            )
            self._connection = pyodbc.connect(words, autocommit=True, timeout=5)
        try:
            return list(self._connection.execute(text, *values).fetchall())
        except pyodbc.Error:
            self._connection = None
            raise


def held_before(workspace: Workspace) -> dict[str, int]:
    """What each hub held when its process started. To be asked before anything is sent."""
    return {hub: stream.head(hub).events - taken(workspace, hub) for hub in (EVENTS_HUB, DEAD_LETTER_HUB)}


def taken(workspace: Workspace, hub: str) -> int:
    """Events that a hub took since its process started."""
    return int(stream.flow(workspace, "event_hubs").get("hubs", {}).get(hub, {}).get("events_in", 0))


def resident(pid: int) -> int:
    """Megabytes of memory that a process and its children hold."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.name == str(pid) or (folder / "stat").read_text().rpartition(")")[2].split()[3] == str(pid):
                line = next(one for one in (folder / "status").read_text().splitlines() if one.startswith("VmRSS"))
                total += int(line.split()[1]) // 1024
        except (OSError, StopIteration):
            continue
    return total
