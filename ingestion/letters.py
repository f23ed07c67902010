"""Dead letters out of their hub into a file that can be mended by hand, and what was mended back on its way, once."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.eventhub import EventData, EventHubConsumerClient

from ingestion.cursor import Position, opened
from ingestion.deadline import within
from ingestion.errors import IngestionError, Unavailable
from ingestion.ingest import mapper_of
from ingestion.mapping import DeadLetter, Mapper, Message
from ingestion.publisher import OPEN, Namespace, Publisher
from ingestion.source_file import Source

SILENCE = 30.0
"""Seconds without a letter after which the hub counts as stuck."""
TOGETHER = 500


@dataclass
class Replayed:
    """What a replay did."""

    sent: int = 0
    already_sent: int = 0
    still_bad: int = 0


def saved(namespace: Namespace, hub: str, group: str) -> Iterator[str]:
    """Each whole dead letter up to the hub's end as a line of JSON. Raises IngestionError.

    `original` is the record's text, or `original_base64` its bytes where they are no text: mend either as `original`.
    """
    parts: dict[str, dict[int, bytes]] = {}
    for event in _read(namespace, hub, group):
        said = {_text(key): _text(value) for key, value in (event.properties or {}).items()}
        key = json.dumps([said.get("record_id"), said.get("reason"), said.get("resource"), said.get("parts")])
        pieces = parts.setdefault(key, {})
        pieces[int(said.get("part", 1))] = b"".join(event.body)  # type: ignore[arg-type]
        if len(pieces) == int(said.get("parts", 1)):
            yield _line(said, b"".join(pieces[number] for number in sorted(parts.pop(key))))


def _line(said: dict[str, Any], original: bytes) -> str:
    named = {name: said.get(name, "") for name in ("resource", "event_type", "record_id", "reason")}
    try:
        return json.dumps(named | {"original": original.decode()}, ensure_ascii=False)
    except UnicodeDecodeError:
        return json.dumps(named | {"original_base64": base64.b64encode(original).decode()})


def _text(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _read(namespace: Namespace, hub: str, group: str) -> list[EventData]:
    with namespace.consumer(hub, group) as client:
        partitions = within(OPEN, client.get_partition_ids, "Event Hubs says nothing")
        return [event for partition in partitions for event in _of_partition(client, partition)]


def _of_partition(client: EventHubConsumerClient, partition: str) -> list[EventData]:
    end = within(OPEN, lambda: client.get_partition_properties(partition), "Event Hubs says nothing")
    found: list[EventData] = []
    if end["is_empty"]:
        return found
    last, reached, done = end["last_enqueued_sequence_number"], [-1], threading.Event()
    heard = [time.monotonic()]

    def keep(_: Any, events: list[EventData]) -> None:
        found.extend(events)
        if events:
            reached[0], heard[0] = events[-1].sequence_number or 0, time.monotonic()
        if reached[0] >= last:
            done.set()

    options = {"partition_id": partition, "starting_position": "-1", "max_wait_time": 1, "prefetch": 3000}
    threading.Thread(target=client.receive_batch, args=(keep,), kwargs=options, daemon=True).start()
    while not done.wait(0.1):
        if time.monotonic() - heard[0] > SILENCE:
            raise Unavailable(f"the dead letters stopped at {reached[0]} of {last}")
    return [event for event in found if (event.sequence_number or 0) <= last]


def replay(file: Path, source: Source, publisher: Publisher) -> tuple[Replayed, list[str]]:
    """Send the records of a file of letters; a second replay of the same lines sends nothing.

    Gives the counts, and for each letter that still cannot be an event its line and reason. Raises IngestionError.
    """
    done, bad = Replayed(), list[str]()
    mappers = {each.name: mapper_of(each, source.uri) for each in source.resources}
    with opened(f"{file}.sent", source.uri) as cursor:
        known = dict.fromkeys(cursor.of("letters").seen)
        waiting: list[tuple[str, list[Message]]] = []
        for number, line in enumerate(_lines(file), 1):
            key = hashlib.sha256(line.encode()).hexdigest()[:32]
            if key in known:
                done.already_sent += 1
                continue
            made = _made(line, mappers, number, publisher.most)
            if isinstance(made, DeadLetter):
                bad.append(f"line {number}: {made.reason}")
                continue
            waiting.append((key, made))
            known[key] = None
            if len(waiting) >= TOGETHER:
                _send(waiting, publisher)
                cursor.save("letters", Position(seen=list(known)))
                done.sent, waiting = done.sent + len(waiting), []
        _send(waiting, publisher)
        cursor.save("letters", Position(seen=list(known)))
    done.sent, done.still_bad = done.sent + len(waiting), len(bad)
    return done, bad


def _send(waiting: list[tuple[str, list[Message]]], publisher: Publisher) -> None:
    publisher.send([message for _, messages in waiting for message in messages])


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8") as lines:
            yield from (line.strip() for line in lines if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise IngestionError(f"cannot read {file}: {getattr(error, 'strerror', None) or error}") from None


def _made(line: str, mappers: dict[str, Mapper], number: int, most: int) -> list[Message] | DeadLetter:
    try:
        letter = json.loads(line)
        name, original = letter["resource"], letter.get("original")
        raw = base64.b64decode(letter["original_base64"]) if original is None else _bytes(original)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IngestionError(f"line {number} is no dead letter: {type(error).__name__} {error}") from None
    if name not in mappers:
        raise IngestionError(f"line {number} is of {name!r}; the source has: {', '.join(mappers)}")
    return mappers[name].messages(raw, most=most)


def _bytes(original: Any) -> bytes:
    """A record that was mended may be its text, or simply the record."""
    return (original if isinstance(original, str) else json.dumps(original)).encode()
