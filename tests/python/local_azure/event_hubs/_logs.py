"""Small logs for tests: several segments of a few records each."""

from __future__ import annotations

from pathlib import Path

from local_azure.event_hubs.log import PartitionLog, Stored
from local_azure.event_hubs.messages import Event

SMALL = 600  # bytes of a segment: a few records


def event(text: str) -> Event:
    return Event(b"", {}, text.encode())


def append(log: PartitionLog, *sends: list[str]) -> None:
    """Append the sends in one group, as the writer does."""
    prepared = log.prepare([[event(text) for text in send] for send in sends])
    log.write(prepared)
    log.publish(prepared)


def everything(log: PartitionLog) -> list[Stored]:
    position, events = 0, []
    while records := log.read(position):
        events += [event for record in records for event in record.events()]
        position = records[-1].end
    return events


def texts(log: PartitionLog) -> list[str]:
    return [stored.payload.rpartition(b"|")[2].decode() for stored in everything(log)]


def filled(folder: Path, sends: int, segment_size: int = SMALL) -> PartitionLog:
    log = PartitionLog(folder, segment_size)
    for number in range(sends):
        append(log, [f"|{number}a", f"|{number}b"])
    return log


def expected(sends: int) -> list[str]:
    return [f"{number}{letter}" for number in range(sends) for letter in "ab"]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"))
