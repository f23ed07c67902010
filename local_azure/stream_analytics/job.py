"""The job: read, run the query on each micro-batch, write the lake, close windows, remember.

Windows run on arrival time. A partition's watermark is the arrival of its last event while it has more, and the
clock less the late tolerance while it has none (Microsoft Learn, "Understand time handling"); the job's is the
least of them. An event that still arrives behind a closed window counts in the next one, so none is left out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyodbc

from local_azure.stream_analytics import checkpoint, events, script
from local_azure.stream_analytics.checkpoint import EPOCH, Checkpoint
from local_azure.stream_analytics.engine import Engine, windowed
from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.hub import Hub, Received
from local_azure.stream_analytics.plan import HIDDEN, Plain, Plan, Windowed, compile_script
from local_azure.stream_analytics.project import DeltaOutput, Project, WarehouseOutput
from local_azure.stream_analytics.sinks import DeltaSink, WarehouseSink

BATCH = 20_000
FLUSH_SECONDS = 1.0
TICK = timedelta(microseconds=1)
log = logging.getLogger("stream_analytics")


def plan_of(project: Project) -> tuple[Plan, Engine]:
    """Compile a project's query and make its engine. Raises JobError, with the line where it is the query's."""
    engine = Engine(Plan((), (), ()), project.stream.alias, project.references)
    references = {each.alias: engine.columns(each.alias) for each in project.references}
    plan = compile_script(script.parse(project.query), project.stream.alias, references)
    _check_outputs(project, plan)
    engine.with_plan(plan).check(plan.fields)
    return plan, engine


class Job:
    """One run of a project, from its checkpoint on."""

    def __init__(self, project: Project, *, lake: Path, state: Path, hub: Hub, warehouse: str) -> None:
        self._plan, self._engine = plan_of(project)
        self._hub, self._state = hub, state
        partitions = hub.partitions()
        start = checkpoint.load(state)
        self._positions = {part: start.positions.get(part, 0) for part in partitions}
        self._emitted = start.emitted_until
        self._processed = {part: position - 1 for part, position in self._positions.items()}
        self._landed = dict(self._processed)
        self._watermarks = dict.fromkeys(partitions, EPOCH)
        self._windows: dict[datetime, dict[int, int]] = {}
        self._delta, self._warehouse = _sinks(project, self._plan, lake, warehouse, partitions)
        self._late_tolerance = timedelta(seconds=project.late_tolerance)
        self._seconds = min((each.seconds for each in windowed(self._plan.outputs)), default=60)
        self._flushed_at = 0.0
        self._counts: Counter[str] = Counter()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then write what waits. Raises JobError."""
        self._hub.start(self._positions)
        while not stop.is_set():
            self.work(self._hub.receive(limit=BATCH, wait=0.2))
        self._flush()
        self._save()

    def work(self, received: list[Received]) -> None:
        """One turn: a micro-batch, perhaps empty."""
        if received:
            self._process(received)
        if time.monotonic() - self._flushed_at >= FLUSH_SECONDS or self._pending() >= BATCH:
            self._flush()
        self._look_at_idle()
        self._close_windows()

    def flow(self) -> dict[str, Any]:
        """Counters for the status."""
        return {
            "events_in": self._counts["in"],
            "invalid": self._counts["invalid"],
            "outputs": {alias: sink.rows for alias, sink in (self._delta | self._warehouse).items()},
            "sequence_numbers": {str(part): number for part, number in self._landed.items()},
            "emitted_until": self._emitted.isoformat() + "+00:00",
        }

    def close(self) -> None:
        self._hub.close()
        self._engine.close()

    def _process(self, received: list[Received]) -> None:
        batch = [self._timed(event) for event in received]
        table, invalid = events.to_table(batch, self._plan.fields)
        for alias, rows in self._engine.run(table).items():
            self._delta[alias].add(rows)
        self._counts["in"] += len(batch)
        self._counts["invalid"] += invalid
        if invalid:
            log.warning("%d messages are no JSON object and were left out of the query", invalid)

    def _timed(self, event: Received) -> events.Event:
        """Take note of an event's place, and give it its time: its arrival, or behind the last closed window."""
        moment = max(event.enqueued, self._emitted + TICK)
        self._processed[event.partition] = event.sequence
        self._watermarks[event.partition] = max(self._watermarks[event.partition], event.enqueued)
        self._windows.setdefault(self._end_of(moment), {}).setdefault(event.partition, event.sequence)
        return events.Event(event.body, event.partition, event.sequence, event.enqueued, moment)

    def _end_of(self, moment: datetime) -> datetime:
        """The end of the window (start, end] that holds a moment."""
        size = timedelta(seconds=self._seconds)
        return EPOCH + -((EPOCH - moment) // size) * size

    def _look_at_idle(self) -> None:
        """A partition that was read to its end moves its watermark with the clock, however busy the others are."""
        if (ends := self._hub.ends) is None:
            return
        for partition, last in ends.last.items():
            if self._processed[partition] >= last:
                self._watermarks[partition] = max(self._watermarks[partition], ends.asked - self._late_tolerance)

    def _close_windows(self) -> None:
        """Write the windows that ended before the watermark; tried again if the warehouse is away."""
        size = timedelta(seconds=self._seconds)
        until = EPOCH + (min(self._watermarks.values()) - TICK - EPOCH) // size * size
        if until <= self._emitted:
            return
        self._flush()
        for output in windowed(self._plan.outputs):
            columns, rows = self._engine.close_windows(output, until)
            try:
                self._warehouse[output.alias].write(columns, rows)
            except pyodbc.Error as error:
                log.warning("%s waits: %s", output.alias, error.args[-1])
                time.sleep(1)
                return
        for output in windowed(self._plan.outputs):
            self._engine.forget(output, until)
        self._windows = {end: first for end, first in self._windows.items() if end > until}
        self._emitted = until
        self._save()

    def _pending(self) -> int:
        return sum(sink.pending for sink in self._delta.values())

    def _flush(self) -> None:
        if self._landed != self._processed:
            for sink in self._delta.values():
                sink.flush()
            self._landed = dict(self._processed)
            self._save()
        self._flushed_at = time.monotonic()

    def _save(self) -> None:
        """A restart reads again the events of windows that are still open."""
        positions = {part: last + 1 for part, last in self._landed.items()}
        for first in self._windows.values():
            positions |= {part: min(positions[part], sequence) for part, sequence in first.items()}
        checkpoint.save(self._state, Checkpoint(positions, self._emitted))


def _check_outputs(project: Project, plan: Plan) -> None:
    known = {each.alias.lower() for each in project.outputs}
    for output in plan.outputs:
        if output.alias.lower() not in known:
            raise QueryError(None, f"INTO [{output.alias}]: the project has no such output")


def _sinks(
    project: Project, plan: Plan, lake: Path, warehouse: str, partitions: list[int]
) -> tuple[dict[str, DeltaSink], dict[str, WarehouseSink]]:
    declared = {each.alias.lower(): each for each in project.outputs}
    delta: dict[str, DeltaSink] = {}
    tables: dict[str, WarehouseSink] = {}
    for output in plan.outputs:
        match output, declared[output.alias.lower()]:
            case Plain(), DeltaOutput(table=table):
                delta[output.alias] = DeltaSink(output.alias, lake / table, list(output.columns), partitions)
            case Windowed(), WarehouseOutput(table=table):
                tables[output.alias] = WarehouseSink(table, warehouse)
            case _:
                raise QueryError(None, f"{output.alias}: windows go to the warehouse and plain rows to Delta here")
    return delta, tables


__all__ = ["HIDDEN", "Job", "plan_of"]
