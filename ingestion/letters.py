"""Dead letters out of their hub into a file that can be mended by hand, and what was mended back on its way, once."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from azure.eventhub import EventData, EventHubConsumerClient

from ingestion.cursor import Position, opened
from ingestion.deadline import within
from ingestion.errors import IngestionError, Unavailable
from ingestion.ingest import mapper_of
from ingestion.mapping import DeadLetter, Mapper, Message
from ingestion.pages import BROKEN, encode
from ingestion.publisher import OPEN, Namespace, Publisher
from ingestion.source_file import Source

SILENCE = 30.0
"""Seconds without a letter after which the hub counts as stuck."""
TOGETHER = 500


class Letter(msgspec.Struct):
    """A line of the file."""

    resource: str
    original: Any = None
    original_base64: str = ""
    source: str | None = None
    parent: dict[str, Any] | None = None


_letters = msgspec.json.Decoder(Letter, float_hook=Decimal)


@dataclass
class Replayed:
    """What a replay did."""

    sent: int = 0
    already_sent: int = 0
    still_bad: int = 0


def saved(namespace: Namespace, hub: str, group: str) -> Iterator[str]:
    """Each whole dead letter up to the hub's end as a line of JSON. Raises IngestionError.

    `original` is the record's text, or `original_base64` its bytes where they are no text: mend either as `original`.
    `parent` holds the members of its parent that it was read with.
    """
    parts: dict[str, dict[int, bytes]] = {}
    for event in _read(namespace, hub, group):
        said = {_text(key): _text(value) for key, value in (event.properties or {}).items()}
        key = json.dumps([said.get(name) for name in ("record_id", "reason", "resource", "source", "parent", "parts")])
        pieces = parts.setdefault(key, {})
        pieces[int(said.get("part", 1))] = b"".join(event.body)  # type: ignore[arg-type]
        if len(pieces) == int(said.get("parts", 1)):
            yield _line(said, b"".join(pieces[number] for number in sorted(parts.pop(key))))


def _line(said: dict[str, Any], original: bytes) -> str:
    told: dict[str, Any] = {name: said.get(name, "") for name in ("resource", "event_type", "record_id", "reason")}
    if "parent" in said:  # older letters have neither
        told |= {"source": said.get("source", ""), "parent": msgspec.Raw(said["parent"].encode())}
    try:
        told["original"] = original.decode()
    except UnicodeDecodeError:
        told["original_base64"] = base64.b64encode(original).decode()
    return msgspec.json.encode(told).decode()


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
            try:
                made = _made(line, source, mappers, publisher.most)
            except ValueError as error:
                bad.append(f"line {number}: {error}")
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


def _made(line: str, source: Source, mappers: dict[str, Mapper], most: int) -> list[Message]:
    """Raises ValueError, with the reason, for what cannot be an event of this source."""
    letter = _letter(line)
    if letter.resource not in mappers or letter.source not in (None, source.uri):
        place = letter.source or ("an older letter" if letter.source is None else "/events")
        raise ValueError(f"of {letter.resource!r} of {place}; {source.uri} has: {', '.join(mappers)}")
    parent = _parent(letter, source)
    made = mappers[letter.resource].messages(_original(letter), parent, most)
    if isinstance(made, DeadLetter):
        raise ValueError(made.reason)
    return made


def _letter(line: str) -> Letter:
    try:
        return _letters.decode(line.encode())
    except (*BROKEN, UnicodeEncodeError) as error:
        raise ValueError(f"no dead letter: {error}") from None


def _parent(letter: Letter, source: Source) -> dict[str, Any]:
    needed = source.resource(letter.resource).include_from_parent
    if letter.parent is None and needed:
        raise ValueError(f"without its parent's {', '.join(needed)}; add parent: {{_<parent>_{needed[0]}: ...}}")
    parent = letter.parent or {}
    if missing := parent.get("_unreadable"):
        raise ValueError(f"{missing}; only the API can mend it")
    return parent


def _original(letter: Letter) -> bytes:
    """A record that was mended may be its text, or simply the record."""
    if letter.original is None:
        return base64.b64decode(letter.original_base64)
    if isinstance(letter.original, str):
        return letter.original.encode()
    return encode(letter.original)
