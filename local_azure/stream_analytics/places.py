"""How far each partition was read, what of it is written, and from where a restart has to read it again."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local_azure.stream_analytics.checkpoint import Checkpoint, Place, Tick
from local_azure.stream_analytics.clock import EPOCH, Clock
from local_azure.stream_analytics.events import Event


@dataclass
class Mark:
    """The events of one micro-batch: first and last sequence number, latest time, and the clocks in front of it."""

    first: int
    last: int
    clocks: dict[str, Tick]
    latest: datetime = EPOCH


@dataclass
class Partition:
    """One partition of one input. `processed` and `landed` are sequence numbers, -1 for none."""

    position: int = 0
    landed: int = -1
    processed: int = -1
    idle: datetime = EPOCH
    """How far the clock alone has brought time, since the partition was read to its end."""
    marks: deque[Mark] = field(default_factory=deque)


class Places:
    """The partitions of one input, and the clocks of those FROMs that read it."""

    def __init__(self, partitions: Sequence[int], clocks: Mapping[str, Clock], by_event: Mapping[str, bool]) -> None:
        self.partitions = {each: Partition() for each in partitions}
        self._clocks, self._by_event = clocks, by_event

    def restore(self, places: Mapping[int, Place]) -> None:
        """Begin where a checkpoint says."""
        for number, place in places.items():
            if number not in self.partitions:
                continue
            self.partitions[number] = Partition(place.position, place.landed, place.position - 1)
            for name, tick in place.clocks.items():
                if name in self._clocks:
                    self._clocks[name].latest[number] = dict(tick.latest)
                    self._clocks[name].arrived[number] = tick.arrived or EPOCH

    def note(self, received: Sequence[Event]) -> None:
        """Take note of a micro-batch before it is fed."""
        for event in received:
            partition = self.partitions[event.partition]
            partition.processed = event.sequence
            if partition.marks and partition.marks[-1].latest == EPOCH:
                partition.marks[-1].last = event.sequence
            else:
                partition.marks.append(Mark(event.sequence, event.sequence, self._ticks(event.partition)))

    def fed(self) -> None:
        """The micro-batch is fed: its events have their times."""
        for number, partition in self.partitions.items():
            if partition.marks and partition.marks[-1].latest == EPOCH:
                ticks = self._ticks(number).values()
                times = [time for tick in ticks for time in tick.latest.values()]
                partition.marks[-1].latest = max([*times, EPOCH + timedelta(microseconds=1)])

    def _ticks(self, number: int) -> dict[str, Tick]:
        return {
            name: Tick(dict(clock.latest.get(number, {})), clock.arrived.get(number))
            for name, clock in self._clocks.items()
        }

    def watermark(self) -> datetime:
        """No event of this input will get a time before this one."""
        return min(
            max(clock.watermark(number, self._by_event[name]), partition.idle)
            for number, partition in self.partitions.items()
            for name, clock in self._clocks.items()
        )

    def land(self) -> None:
        """All that was processed is written."""
        for partition in self.partitions.values():
            partition.landed = partition.processed

    def forget(self, until: datetime) -> None:
        """Drop the marks of events that are landed and lie before `until`."""
        for partition in self.partitions.values():
            while partition.marks and partition.marks[0].latest < until and partition.marks[0].last <= partition.landed:
                partition.marks.popleft()

    def places(self) -> dict[int, Place]:
        """For the checkpoint."""
        found = {}
        for number, partition in self.partitions.items():
            first = partition.marks[0] if partition.marks else None
            position, ticks = (first.first, first.clocks) if first else (partition.processed + 1, self._ticks(number))
            found[number] = Place(position, partition.landed, ticks)
        return found


def from_checkpoint(places: dict[str, Places], saved: Checkpoint) -> None:
    """Restore every input of a checkpoint."""
    for alias, each in places.items():
        each.restore(saved.places.get(alias, {}))
