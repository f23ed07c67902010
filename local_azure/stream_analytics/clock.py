"""Which time an event has, and how far time has come (Microsoft Learn, "Understand time handling").

Without TIMESTAMP BY an event has the time of its arrival. With it: an event more than 5 minutes ahead of its arrival
is dropped; one older than its arrival less the late tolerance, or than the latest event of its partition less the
out-of-order tolerance, is moved up to that bound or dropped, as the policy says. OVER keeps an order for each key.
All this hangs on the events of one partition alone, so that any cut into micro-batches gives the same times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local_azure.stream_analytics.events import Event

EPOCH = datetime(1970, 1, 1)
EARLY = timedelta(minutes=5)


@dataclass(frozen=True)
class Policy:
    """JobConfig's: late arrival None waits for ever; `drop` drops what comes too late instead of moving it."""

    late: timedelta | None = timedelta(seconds=5)
    disorder: timedelta = timedelta(0)
    drop: bool = False


@dataclass
class Clock:
    """The time of one input as one FROM reads it."""

    policy: Policy
    keyed: bool = False
    latest: dict[int, dict[str, datetime]] = field(default_factory=dict)
    """The latest time of each partition, and in it of each key of OVER; the key is empty without one."""
    arrived: dict[int, datetime] = field(default_factory=dict)

    def by_arrival(self, events: Sequence[Event]) -> list[datetime | None]:
        """Times by arrival; a hub's clock that steps back is not followed."""
        latest = {number: seen.get("", EPOCH) for number, seen in self.latest.items()}
        found: list[datetime | None] = []
        for event in events:
            time = latest.get(event.partition, EPOCH)
            if event.enqueued > time:
                latest[event.partition] = time = event.enqueued
            found.append(time)
        self.latest = {number: {"": time} for number, time in latest.items()}
        return found

    def by_event(
        self, events: Sequence[Event], times: Sequence[datetime | None], keys: Sequence[str | None]
    ) -> list[datetime | None]:
        """Times by TIMESTAMP BY; None for an event that is dropped, as one without the key of OVER is.

        So the service does (Microsoft Learn, "Azure Stream Analytics data errors", InvalidInputTimeStampKey).
        """
        return [self._time(event, time, key) for event, time, key in zip(events, times, keys, strict=True)]

    def _time(self, event: Event, time: datetime | None, key: str | None) -> datetime | None:
        self.arrived[event.partition] = max(self.arrived.get(event.partition, EPOCH), event.enqueued)
        if time is None or key is None or time > event.enqueued + EARLY:
            return None
        late = None if self.policy.late is None else event.enqueued - self.policy.late
        if late is not None and time < late:
            if self.policy.drop:
                return None
            time = late
        seen = self.latest.setdefault(event.partition, {})
        before = seen.get(key)
        if before is not None and time < before - self.policy.disorder:
            if self.policy.drop:
                return None
            time = before - self.policy.disorder
        seen[key] = time if before is None else max(before, time)
        return time

    def watermark(self, partition: int, by_event: bool) -> datetime:
        """No event of the partition will get a time before this one."""
        if by_event and self.keyed:
            late = self.policy.late
            return EPOCH if late is None else self.arrived.get(partition, EPOCH) - late
        latest = self.latest.get(partition, {}).get("", EPOCH)
        return max(EPOCH, latest - self.policy.disorder) if by_event else latest
