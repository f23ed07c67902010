"""A partition's events on disk: an append-only log in segments.

A record is one send: magic, CRC32, length, base sequence number, enqueued time, number of events,
then each event, length first, as consumers get it. Positions count bytes from the partition's first
event and never restart; an event's offset is its position. The CRC is seeded with the record's
position, so that bytes inside an event can't pass for a record.

The log knows nothing of concurrency: `prepare` and `publish` belong to one thread, `write` may run
in another between the two. What it can't know of itself after damage is in `mark`.
"""

from __future__ import annotations

import itertools
import logging
import mmap
import os
import struct
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from local_azure.event_hubs.mark import Mark, Place
from local_azure.event_hubs.messages import Event, deliverable, now_ms

_LOG = logging.getLogger(__name__)

MAGIC = b"EHR1"
HEADER = struct.Struct(">4sIIQqI")
LENGTH = struct.Struct(">I")
CHECKED_FROM = 8  # the CRC covers everything from the length on
LENGTH_FROM = 12  # the length counts everything behind itself
INDEX_EVERY = 64 * 1024  # bytes of log per index entry: 10 million 500-byte events take 2 MiB of memory
SEGMENT_SIZE = 64 * 1024 * 1024
READ_SIZE = 256 * 1024
SMALLEST_EVENT = LENGTH.size + len(deliverable(Event(b"", {}, b""), 0, 0, 0))  # bytes

Key: TypeAlias = Literal["sequence", "offset", "enqueued_ms"]
Buffer: TypeAlias = bytes | mmap.mmap


class Stored(NamedTuple):
    """One event of the log; `payload` is the message as consumers get it."""

    sequence: int
    offset: int
    enqueued_ms: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """One send: where it lies and what it says of itself; `body` holds its events."""

    position: int
    end: int
    sequence: int
    enqueued_ms: int
    count: int
    body: bytes

    def events(self) -> Iterator[Stored]:
        at = 0
        for sequence in range(self.sequence, self.sequence + self.count):
            start = at + LENGTH.size
            end = start + LENGTH.unpack_from(self.body, at)[0]
            offset = self.position + HEADER.size + at
            yield Stored(sequence, offset, self.enqueued_ms, self.body[start:end])
            at = end


def encode_record(events: Sequence[Event], position: int, sequence: int, enqueued_ms: int) -> bytes:
    """One send as it goes to disk at `position`."""
    parts: list[bytes] = []
    offset = position + HEADER.size
    for number, event in enumerate(events, sequence):
        payload = deliverable(event, number, offset, enqueued_ms)
        parts += (LENGTH.pack(len(payload)), payload)
        offset += LENGTH.size + len(payload)
    size = offset - position - LENGTH_FROM
    header = HEADER.pack(MAGIC, 0, size, sequence, enqueued_ms, len(events))
    checked = b"".join((header[CHECKED_FROM:], *parts))
    return MAGIC + struct.pack(">I", _crc(checked, position)) + checked


def decode_record(data: Buffer, at: int, position: int) -> Record | None:
    """The record at `at` of `data`, which lies at `position` of the log; None where it is not sound."""
    if at + HEADER.size > len(data):
        return None
    magic, crc, length, sequence, enqueued_ms, count = HEADER.unpack_from(data, at)
    end = at + LENGTH_FROM + length
    if magic != MAGIC or end > len(data) or end < at + HEADER.size:
        return None
    if _crc(data[at + CHECKED_FROM : end], position) != crc:
        return None
    return Record(position, position + end - at, sequence, enqueued_ms, count, data[at + HEADER.size : end])


def _crc(data: bytes, position: int) -> int:
    return zlib.crc32(data, position & 0xFFFFFFFF)


@dataclass(slots=True)
class Segment:
    """One file of the log, named after its first position and sequence number, and its sparse index."""

    path: Path
    base: int
    first_sequence: int
    end: int
    last_enqueued_ms: int = 0
    sequence: array[int] = field(default_factory=lambda: array("q"))
    offset: array[int] = field(default_factory=lambda: array("q"))
    enqueued_ms: array[int] = field(default_factory=lambda: array("q"))

    @classmethod
    def at(cls, folder: Path, base: int, first_sequence: int) -> Segment:
        return cls(folder / f"{base:020d}-{first_sequence:020d}.log", base, first_sequence, base)

    @classmethod
    def open(cls, path: Path) -> Segment:
        base, first_sequence = (int(part) for part in path.stem.split("-"))
        return cls(path, base, first_sequence, base + path.stat().st_size)

    @property
    def start(self) -> Place:
        return Place(self.base, self.first_sequence)

    def note(self, record: Record) -> None:
        """Count a sound record in; every INDEX_EVERY bytes one gets an index entry."""
        self.end = max(self.end, record.end)
        self.last_enqueued_ms = record.enqueued_ms
        if not self.offset or record.position - self.offset[-1] >= INDEX_EVERY:
            self.sequence.append(record.sequence)
            self.offset.append(record.position)
            self.enqueued_ms.append(record.enqueued_ms)

    def before(self, key: Key, value: int) -> int:
        """The position of an indexed record that starts below `value`, or of the first one."""
        index: array[int] = getattr(self, key)
        place = bisect_left(index, value) - 1
        return self.offset[max(place, 0)] if index else self.base

    def read(self, position: int, size: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(position - self.base)
                return file.read(min(size, self.end - position))
        except FileNotFoundError:  # taken away under us: read() says so
            return b""

    def sound_records(self, position: int) -> Iterator[Record]:
        """Every sound record from `position` to the segment's end; damaged stretches are passed over."""
        limit = self.end - self.base  # the file may hold more: what is being written is not to be seen
        if position >= self.end or not self.path.exists() or not self.path.stat().st_size:
            return
        with self.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            at = position - self.base
            while 0 <= at < limit:
                record = decode_record(data, at, self.base + at)
                if record:
                    yield record
                at = record.end - self.base if record else data.find(MAGIC, at + 1, limit)


class Prepared(NamedTuple):
    """Records ready to be written in one go, all to one segment."""

    segment: Segment
    is_new: bool
    data: bytes
    records: list[Record]


class PartitionLog:
    """The log of one partition in `folder`. Opening it recovers it; `seen` hears of each sound record."""

    def __init__(
        self, folder: Path, segment_size: int = SEGMENT_SIZE, seen: Callable[[Record], None] = lambda record: None
    ) -> None:
        self._folder = folder
        self._segment_size = segment_size
        self._seen = seen
        self.end = self.next_sequence = self.lost = 0
        self.last_offset = -1
        self.last_enqueued_ms = 0
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
        self._mark = Mark(folder)
        self._segments = [Segment.open(path) for path in sorted(folder.glob("[0-9]*-[0-9]*.log"))]
        self._recover()

    # Recovery

    def _recover(self) -> None:
        head = self._segments[0].start if self._segments else Place(0, 0)
        self._stand_at(self._mark.head or head)
        for place, segment in enumerate(self._segments):
            self._reach(segment.start, self._suspect(place - 1))
            self._recover_segment(segment)
        if self._mark.tail is None:
            self._keep_doubtful_tail()
        else:
            self._reach(self._mark.tail, self._suspect(len(self._segments) - 1))
            self._cut_torn_tail()
        self._mark.move("head", self._segments[0].start if self._segments else Place(self.end, self.next_sequence))
        self._mark.move("tail", Place(self.end, self.next_sequence))
        sync_folder(self._folder)

    def _stand_at(self, place: Place) -> None:
        self.end, self.next_sequence = place

    def _recover_segment(self, segment: Segment) -> None:
        for record in segment.sound_records(segment.base):
            self._reach(Place(record.position, record.sequence), segment.path)
            segment.note(record)
            self._seen(record)
            self._take_over(record)

    def _take_over(self, record: Record) -> None:
        self.end = record.end
        self.next_sequence = record.sequence + record.count
        self.last_enqueued_ms = record.enqueued_ms
        *_, last = record.events()
        self.last_offset = last.offset

    def _reach(self, place: Place, culprit: Path) -> None:
        """Go on at `place`; what should lie before it is lost, and said so by name."""
        if place.position <= self.end:
            return
        lost = max(place.sequence - self.next_sequence, 0)
        acknowledged = self._mark.tail is None or self.end < self._mark.tail.position
        _LOG.warning(
            "%s is %s: %d bytes at %d are lost, %d %sevents from sequence number %d on",
            culprit,
            "damaged" if culprit.exists() else "gone",
            place.position - self.end,
            self.end,
            lost,
            "" if acknowledged else "unacknowledged ",
            self.next_sequence,
        )
        self.lost += lost if acknowledged else 0
        self._stand_at(Place(place.position, self.next_sequence + lost))

    def _suspect(self, place: int) -> Path:
        """The file to name where the log breaks off: the segment at `place`, or one that should follow it."""
        segment = self._segments[place] if place >= 0 else None
        if segment and (segment.end > self.end or segment.end - segment.base < self._segment_size):
            return segment.path
        return Segment.at(self._folder, self.end, self.next_sequence).path

    def _cut_torn_tail(self) -> None:
        """What follows the mark and is not sound was never acknowledged: it goes."""
        segment = self._segments[-1] if self._segments else None
        if segment and segment.end > self.end:
            _LOG.warning("%s: cutting %d unfinished bytes", segment.path, segment.end - self.end)
            os.truncate(segment.path, max(self.end - segment.base, 0))
            segment.end = max(self.end, segment.base)

    def _keep_doubtful_tail(self) -> None:
        """An unsound tail without a mark may have been acknowledged: it stays, and numbers go on behind it."""
        doubtful = self._segments[-1].end - self.end if self._segments else 0
        if doubtful > 0:
            skipped = doubtful // SMALLEST_EVENT
            _LOG.warning(
                "%s is not sound from %d on and %s does not tell whether that was acknowledged: its %d bytes stay, "
                "numbers go on %d higher",
                self._segments[-1].path,
                self.end,
                self._mark.path,
                doubtful,
                skipped,
            )
            self._stand_at(Place(self.end + doubtful, self.next_sequence + skipped))

    # Appending

    def prepare(self, sends: Sequence[Sequence[Event]]) -> Prepared:
        """Give each send its place behind the last one. Changes nothing yet."""
        last = self._segments[-1] if self._segments else None
        is_new = last is None or last.end != self.end or self.end - last.base >= self._segment_size
        segment = Segment.at(self._folder, self.end, self.next_sequence) if last is None or is_new else last
        enqueued_ms = max(now_ms(), self.last_enqueued_ms)  # time never runs backwards in a partition
        position, sequence, blocks, records = self.end, self.next_sequence, [], []
        for events in sends:
            block = encode_record(events, position, sequence, enqueued_ms)
            end = position + len(block)
            records.append(Record(position, end, sequence, enqueued_ms, len(events), block[HEADER.size :]))
            blocks.append(block)
            position, sequence = end, sequence + len(events)
        return Prepared(segment, is_new, b"".join(blocks), records)

    def write(self, prepared: Prepared) -> None:
        """Put the records on disk and wait until they are there.

        Raises OSError (disk full, device error); then the file is as before and nothing was appended.
        """
        path = prepared.segment.path
        start = prepared.records[0].position - prepared.segment.base
        file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            _write_all(file, prepared.data, start)
            os.fdatasync(file)
            last = prepared.records[-1]
            self._mark.move("tail", Place(last.end, last.sequence + last.count))
        except OSError:
            os.ftruncate(file, start)
            raise
        finally:
            os.close(file)
        if prepared.is_new:
            sync_folder(path.parent)

    def publish(self, prepared: Prepared) -> None:
        """Show written records to readers."""
        if prepared.is_new:
            self._segments.append(prepared.segment)
        for record in prepared.records:
            prepared.segment.note(record)
            self._seen(record)
        self._take_over(prepared.records[-1])

    # Reading

    @property
    def first_sequence(self) -> int:
        """The sequence number of the oldest event kept (or of the next, where none is)."""
        for segment in self._segments:
            if segment.sequence:
                return segment.sequence[0]
        return self.next_sequence

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(segment.end - segment.base for segment in self._segments)

    def read(self, position: int) -> list[Record]:
        """Sound records from `position` on, READ_SIZE bytes of them or one; none at the log's end."""
        while position < self.end and (segment := self._segment_for(position)):
            position = max(position, segment.base)
            records = _parse(segment.read(position, READ_SIZE), position)
            if not records:  # larger than READ_SIZE, or damaged
                records = list(itertools.islice(segment.sound_records(position), 1))
            if records:
                return records
            _LOG.warning("%s holds no sound record from %d on: passing over it", segment.path, position)
            position = segment.end
        return []

    def _segment_for(self, position: int) -> Segment | None:
        """The segment that holds the position, or else the next one."""
        place = max(bisect_right(self._segments, position, key=lambda segment: segment.base) - 1, 0)
        behind = itertools.islice(self._segments, place, None)  # several where some lost all they held
        return next((segment for segment in behind if position < segment.end), None)

    def first(self, key: Key, value: int, inclusive: bool) -> Stored | None:
        """The first event whose `key` is above `value` (or equal to it, when inclusive), if there is one."""
        position = self._start_for(key, value)
        while records := self.read(position):
            for record in records:
                for event in record.events():
                    found: int = getattr(event, key)
                    if found > value or (inclusive and found == value):
                        return event
            position = records[-1].end
        return None

    def record_position(self, offset: int) -> int:
        """The position of the record that holds the event at `offset`."""
        position = self._start_for("offset", offset)
        while records := self.read(position):
            for record in records:
                if record.end > offset:
                    return record.position
            position = records[-1].end
        return self.end

    def _start_for(self, key: Key, value: int) -> int:
        indexed = [segment for segment in self._segments if segment.offset]
        place = bisect_left(indexed, value, key=lambda segment: getattr(segment, key)[0]) - 1
        return indexed[max(place, 0)].before(key, value) if indexed else self.end

    # Retention

    def drop_until(self, enqueued_ms: int, keep_bytes: int | None = None) -> None:
        """Delete whole segments whose events are all older, and the oldest while too many bytes are kept.

        The newest segment always stays: it holds the place of the next event.
        """
        while len(self._segments) > 1:
            oldest = self._segments[0]
            too_large = keep_bytes is not None and self.size > keep_bytes
            if oldest.last_enqueued_ms >= enqueued_ms and not too_large:
                return
            self._mark.move("head", self._segments[1].start)
            oldest.path.unlink(missing_ok=True)
            del self._segments[0]


def _parse(data: bytes, position: int) -> list[Record]:
    records, at = [], 0
    while record := decode_record(data, at, position + at):
        records.append(record)
        at = record.end - position
    return records


def _write_all(file: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, at)
        view, at = view[written:], at + written


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
