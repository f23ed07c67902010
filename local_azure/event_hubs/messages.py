"""Messages as Event Hubs stores and delivers them; bodies are never decoded.

An event arrives as AMQP sections (part 3 section 3.2). It is kept as it came, with the broker's
annotations (sequence number, offset, enqueued time) spliced into its message annotations.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local_azure.event_hubs.codec import CodecError, Described, Symbol, Ulong, decode, encode, skip

BATCH_FORMAT = 0x80013700  # message-format of a batch: each data section holds one encoded event
MAX_MESSAGE_SIZE = 1024 * 1024  # bytes; the Standard tier's limit, see Event Hubs quotas and limits

HEADER, DELIVERY_ANNOTATIONS, MESSAGE_ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES, DATA = range(0x70, 0x76)
VALUE, FOOTER = 0x77, 0x78

PARTITION_KEY = Symbol("x-opt-partition-key")
_SEQUENCE_NUMBER = encode(Symbol("x-opt-sequence-number"))
_OFFSET = encode(Symbol("x-opt-offset"))
_ENQUEUED_TIME = encode(Symbol("x-opt-enqueued-time"))
_OURS = frozenset((_SEQUENCE_NUMBER, _OFFSET, _ENQUEUED_TIME))
_PARTITION_KEY = encode(PARTITION_KEY)


@dataclass(slots=True)
class Event:
    """One event as it came, cut where the broker's annotations go. `annotations` are encoded pairs."""

    header: bytes
    annotations: dict[bytes, bytes]
    rest: bytes

    def partition_key(self) -> str | None:
        """The key its sender gave, or None; other than text is ignored, as the service does."""
        raw = self.annotations.get(_PARTITION_KEY)
        key = decode(raw)[0] if raw else None
        return str(key) if isinstance(key, str) and key else None


def sections(message: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Section code, its start, its value's start and its end; raises CodecError."""
    at = 0
    while at < len(message):
        start, value = at, skip(message, at + 1)
        at = skip(message, value)
        code = message[value - 1]
        if message[start] != 0x00 or not HEADER <= code <= FOOTER:
            raise CodecError("a message holds something other than sections")
        yield code, start, value, at


def split_event(message: bytes) -> Event:
    """Cut one encoded event; raises CodecError where it is not a message."""
    header, annotations, body = b"", {}, []
    for code, start, value, end in sections(message):
        if code == HEADER:
            header = message[start:end]
        elif code == MESSAGE_ANNOTATIONS:
            annotations = _pairs(message[value:end])
        elif code != DELIVERY_ANNOTATIONS:
            body.append(message[start:end])
    if not body:
        raise CodecError("an event has no body")
    return Event(header, annotations, b"".join(body))


def _pairs(map_value: bytes) -> dict[bytes, bytes]:
    """The encoded keys and values of a map, but for those only the broker may set."""
    if map_value[0] not in (0xC1, 0xD1):
        raise CodecError("message annotations are not a map")
    at, pairs = (3 if map_value[0] == 0xC1 else 9), {}
    while at < len(map_value):
        middle = skip(map_value, at)
        end = skip(map_value, middle)
        pairs[map_value[at:middle]] = map_value[middle:end]
        at = end
    return {key: value for key, value in pairs.items() if key not in _OURS}


def split_message(message: bytes, message_format: int) -> list[Event]:
    """The events of one send: one, or those of a batch. Raises CodecError.

    A batch's own partition key holds for each of its events that has none.
    """
    if message_format != BATCH_FORMAT:
        return [split_event(message)]
    events, key = [], None
    for code, _, value, end in sections(message):
        if code == DATA:
            events.append(split_event(_binary(message, value, end)))
        elif code == MESSAGE_ANNOTATIONS:
            key = _pairs(message[value:end]).get(_PARTITION_KEY)
    if not events:
        raise CodecError("a batch holds no event")
    if key is not None:
        for event in events:
            event.annotations.setdefault(_PARTITION_KEY, key)
    return events


def _binary(message: bytes, value: int, end: int) -> bytes:
    widths = {0xA0: 2, 0xB0: 5}
    if message[value] not in widths:
        raise CodecError("a data section does not hold bytes")
    return message[value + widths[message[value]] : end]


_MAP = struct.Struct(">4sII")
_LONG = struct.Struct(">Bq")


def deliverable(event: Event, sequence: int, offset: int, enqueued_ms: int) -> bytes:
    """The event as consumers get it, annotated with its place in the partition."""
    position = str(offset).encode()
    ours = b"".join(
        (
            _SEQUENCE_NUMBER,
            _LONG.pack(0x81, sequence),
            _OFFSET,
            b"\xa1" + bytes((len(position),)) + position,
            _ENQUEUED_TIME,
            _LONG.pack(0x83, enqueued_ms),
        )
    )
    theirs = b"".join(key + value for key, value in event.annotations.items())
    count = 2 * len(event.annotations) + 6
    opening = _MAP.pack(b"\x00\x53\x72\xd1", len(theirs) + len(ours) + 4, count)
    return b"".join((event.header, opening, theirs, ours, event.rest))


def with_delivery_annotations(message: bytes, annotations: dict[Any, Any]) -> bytes:
    """`message` with delivery annotations at their place, behind the header where there is one."""
    at = skip(message, 3) if message[:3] == b"\x00\x53\x70" else 0
    return message[:at] + _section(DELIVERY_ANNOTATIONS, annotations) + message[at:]


def _section(code: int, value: Any) -> bytes:
    return encode(Described(Ulong(code), value))


@dataclass(slots=True)
class Request:
    """A request to a management node (AMQP Management draft, section 3)."""

    message_id: Any
    reply_to: Any
    properties: dict[str, Any]
    value: Any


def decode_request(message: bytes) -> Request:
    """A request's parts; raises CodecError."""
    found: dict[int, Any] = {}
    for code, _, value, _ in sections(message):
        found[code] = decode(message, value)[0]
    properties = found.get(PROPERTIES)
    fields = [*properties, *[None] * 5] if isinstance(properties, list) else [None] * 5
    application = found.get(APPLICATION_PROPERTIES)
    return Request(fields[0], fields[4], application if isinstance(application, dict) else {}, found.get(VALUE))


def encode_response(correlation_id: Any, application_properties: dict[str, Any], value: Any) -> bytes:
    """A management response: properties with the correlation id, status, and the answer."""
    properties = [None, None, None, None, None, correlation_id, *[None] * 7]
    return b"".join(
        (
            _section(PROPERTIES, properties),
            _section(APPLICATION_PROPERTIES, application_properties),
            _section(VALUE, value),
        )
    )


def now_ms() -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000
