"""The job: read, run the query on each micro-batch, write, let time go on, remember.

A partition's watermark is the time of its last event while it has more, and the clock less the late tolerance while it
has none (Microsoft Learn, "Understand time handling"); the job's is the least of them. Rows of windows and joins are
final when it has passed them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from local_azure.stream_analytics import checkpoint, relations
from local_azure.stream_analytics.check import compiled
from local_azure.stream_analytics.checkpoint import Checkpoint
from local_azure.stream_analytics.clock import EPOCH
from local_azure.stream_analytics.engine import Engine
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.events import Event
from local_azure.stream_analytics.hub import Hub, utc_now
from local_azure.stream_analytics.places import Places, from_checkpoint
from local_azure.stream_analytics.project import Project
from local_azure.stream_analytics.reference import newer
from local_azure.stream_analytics.sinks import Sink, SinkError, sink

BATCH = 20_000
FLUSH_SECONDS = 1.0
RETRY_SECONDS = 1.0
RENEW_SECONDS = 60.0
"""How often new slices of reference data are looked for (reference.PAGE)."""
LIMIT = 500_000
"""Rows that may wait for outputs that fail; then reading stops."""
log = logging.getLogger("stream_analytics")


class Job:
    """One run of a project, from its checkpoint on."""

    def __init__(
        self,
        project: Project,
        *,
        lake: Path,
        state: Path,
        hubs: Mapping[str, Hub],
        warehouse: str,
        connection: str = "",
    ) -> None:
        self._project, self._hubs, self._state = project, dict(hubs), state
        self._plan, references = compiled(project)
        self._references = {each.alias: each for each in references}
        self._renew_at = time.monotonic() + RENEW_SECONDS
        self._engine = Engine(self._plan, references, project.policy, spill=state / "spill")
        self._engine.check()
        for hub in hubs.values():
            hub.metadata = self._engine.needs_metadata
        partitions = {alias: hub.partitions() for alias, hub in hubs.items()}
        self._places = {alias: self._places_of(alias, numbers) for alias, numbers in partitions.items()}
        saved = checkpoint.load(state)
        from_checkpoint(self._places, saved)
        self._engine.emitted = self._emitted = saved.emitted_until
        alone = next(iter(partitions.values())) if len(partitions) == 1 else []
        declared = {each.alias.lower(): each for each in project.outputs}
        self._sinks: dict[str, Sink] = {
            output.alias.lower(): sink(
                declared[output.alias.lower()],
                project,
                lake=lake,
                warehouse=warehouse,
                hub=connection,
                partitions=alone,
            )
            for output in self._plan.outputs
        }
        self._stateless = {each.alias.lower() for each in self._plan.stateless}
        self._retry: dict[str, float] = {}
        self._flushed_at = 0.0
        self._emit_at = 0.0
        self._counts: Counter[str] = Counter()

    def _places_of(self, alias: str, partitions: list[int]) -> Places:
        inputs = [each for each in self._plan.inputs if each.alias == alias]
        clocks = {each.table: self._engine.clocks[each.table] for each in inputs}
        return Places(partitions, clocks, {each.table: each.stamp is not None for each in inputs})

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then write what waits. Raises JobError."""
        for alias, hub in self._hubs.items():
            hub.start({number: each.position for number, each in self._places[alias].partitions.items()})
        while not stop.is_set():
            self.work(self._receive())
        self._flush(force=True)
        self._save()

    def _receive(self) -> dict[str, list[Event]]:
        if sum(each.pending for each in self._sinks.values()) > LIMIT:
            time.sleep(RETRY_SECONDS)
            return {}
        wait = 0.2 / len(self._hubs)
        return {alias: hub.receive(limit=BATCH, wait=wait) for alias, hub in self._hubs.items()}

    def work(self, received: Mapping[str, list[Event]]) -> None:
        """One turn: a micro-batch, perhaps empty."""
        if time.monotonic() >= self._renew_at:
            self._renew()
        if any(received.values()):
            self._process(received)
        if time.monotonic() - self._flushed_at >= FLUSH_SECONDS or self._pending() >= BATCH:
            self._flush()
        self._look_at_idle()
        self._emit()

    def _renew(self) -> None:
        """Load new slices of reference data; while one is damaged the last ones hold."""
        self._renew_at = time.monotonic() + RENEW_SECONDS
        for source in self._project.references:
            try:
                found = newer(source, self._references[source.alias], utc_now())
            except JobError as error:
                log.warning("%s", error)
                continue
            if found is not None:
                log.warning("Loaded new reference data from %s", found.slices[-1].path)
                self._references[source.alias] = found
                self._engine.refer(found)

    def flow(self) -> dict[str, Any]:
        """Counters for the status."""
        names = {output.alias.lower(): output.alias for output in self._plan.outputs}
        return {
            "events_in": self._counts["in"],
            "invalid": self._counts["invalid"],
            "outputs": {names[alias]: each.rows for alias, each in self._sinks.items()},
            "sequence_numbers": self._sequence_numbers(),
            "emitted_until": self._emitted.isoformat() + "+00:00",
        }

    def _sequence_numbers(self) -> dict[str, int]:
        alone = len(self._places) == 1
        return {
            str(number) if alone else f"{alias}:{number}": partition.landed
            for alias, places in self._places.items()
            for number, partition in places.partitions.items()
        }

    def close(self) -> None:
        for hub in self._hubs.values():
            hub.close()
        self._engine.close()

    def _process(self, received: Mapping[str, list[Event]]) -> None:
        """What was landed before a restart is fed again for windows only; its rows are written already."""
        old = {alias: [each for each in events if self._is_old(alias, each)] for alias, events in received.items()}
        new = {alias: [each for each in events if not self._is_old(alias, each)] for alias, events in received.items()}
        if any(old.values()):
            self._feed(old)
        for output, rows in self._feed(new):
            self._add(output, rows, None)
        self._counts["in"] += sum(len(events) for events in new.values())

    def _is_old(self, alias: str, event: Event) -> bool:
        return event.sequence <= self._places[alias].partitions[event.partition].landed

    def _feed(self, received: Mapping[str, list[Event]]) -> list[tuple[relations.Output, pa.Table]]:
        for alias, events in received.items():
            self._places[alias].note(events)
        fed = self._engine.feed(received)
        for places in self._places.values():
            places.fed()
        self._counts["invalid"] += fed.invalid
        if fed.invalid:
            log.warning(
                "%d messages are no JSON object of Stream Analytics and were left out of the query", fed.invalid
            )
        return fed.rows

    def _add(self, output: relations.Output, rows: pa.Table, until: datetime | None) -> None:
        try:
            self._sinks[output.alias.lower()].add(output.relation, rows, until)
        except SinkError as error:
            raise JobError(f"{error}; cast it in the query, or set OutputErrorPolicy to Drop") from error

    def _look_at_idle(self) -> None:
        """A partition that was read to its end moves on with the clock, however busy the others are."""
        late = self._project.policy.late
        for alias, hub in self._hubs.items():
            if late is None or (ends := hub.ends) is None:
                continue
            for number, last in ends.last.items():
                partition = self._places[alias].partitions[number]
                if partition.processed >= last:
                    partition.idle = max(partition.idle, ends.asked - late)

    def _emit(self) -> None:
        """Rows of windows and joins that are final now; where each moment may have some, not more than it can do."""
        watermark = min(each.watermark() for each in self._places.values())
        due = any(self._engine.is_due(output.relation, watermark) for output in self._plan.stateful)
        started = time.monotonic()
        if watermark > self._engine.emitted and started >= (
            self._emit_at if due else self._flushed_at + FLUSH_SECONDS / 2
        ):
            rows = self._engine.emit(watermark)
            for output, table in rows:
                self._add(output, table, watermark)
            if any(table.num_rows for _, table in rows):
                self._flush(force=True)
            self._emit_at = time.monotonic() + (time.monotonic() - started)
            self._settle()

    def _pending(self) -> int:
        return sum(self._sinks[alias].pending for alias in self._stateless)

    def _flush(self, *, force: bool = False) -> None:
        """Write what waits, output by output; one that fails is tried again alone."""
        for alias, each in self._sinks.items():
            if each.pending and (force or time.monotonic() >= self._retry.get(alias, 0)):
                self._try(alias, each)
        if not self._pending():
            for places in self._places.values():
                places.land()
        self._flushed_at = time.monotonic()
        self._settle()

    def _try(self, alias: str, each: Sink) -> None:
        try:
            each.flush()
            self._retry.pop(alias, None)
        except SinkError as error:
            log.warning("%s", error)
            self._retry[alias] = time.monotonic() + RETRY_SECONDS

    def _settle(self) -> None:
        """Move the checkpoint as far as all is written."""
        if not any(each.pending for alias, each in self._sinks.items() if alias not in self._stateless):
            self._emitted = self._engine.emitted
        self._save()

    def _save(self) -> None:
        reach = self._plan.reach
        until = _less(self._emitted, reach) if self._plan.stateful else datetime.max
        for places in self._places.values():
            places.forget(until)
        checkpoint.save(
            self._state, Checkpoint({alias: each.places() for alias, each in self._places.items()}, self._emitted)
        )


def _less(moment: datetime, microseconds: int) -> datetime:
    back = timedelta(microseconds=microseconds)
    return moment - back if moment - EPOCH > back else EPOCH
