"""Events as the query sees them: one column of JSON text for each field it reads, and the hub's columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa

from local_azure.stream_analytics.scope import ENQUEUED, METADATA, PARTITION, PROCESSED, RECORD, SEQUENCE

Fields = dict[str, msgspec.Raw]
MOMENT = pa.timestamp("us")
_decode = msgspec.json.Decoder(Fields).decode
_LONG_INTEGER = re.compile(rb"[0-9]{19}")
LEAST, MOST = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Event:
    """One event of an input. `enqueued` is UTC without a zone; `metadata` is a JSON record of the message's own."""

    body: bytes
    partition: int
    sequence: int
    enqueued: datetime
    metadata: str | None = None


@dataclass(frozen=True)
class Batch:
    """The events of a micro-batch that are JSON objects, as a table, and how many were none."""

    table: pa.Table
    events: list[Event]
    invalid: int


def to_batch(events: Sequence[Event], fields: Iterable[str], *, whole: bool, metadata: bool) -> Batch:
    """Events as a table of the fields asked for, in lower case; `whole` adds the records, `metadata` the messages'.

    The service drops what is no JSON object, and integers beyond bigint (Microsoft Learn, "Data Types",
    InputDeserializationError), and names them in its diagnostic log; the hub still holds them.
    """
    good = [(event, record) for event in events if (record := _record(event.body)) is not None]
    kept = [event for event, _ in good]
    columns = _columns([record for _, record in good], list(fields))
    if whole:
        columns[RECORD] = pa.array([event.body.decode() for event in kept], pa.string())
    if metadata:
        columns[METADATA] = pa.array([event.metadata for event in kept], pa.string())
    columns[ENQUEUED] = pa.array([event.enqueued for event in kept], MOMENT)
    columns[PROCESSED] = pa.array([datetime.now(UTC).replace(tzinfo=None)] * len(kept), MOMENT)
    columns[PARTITION] = pa.array([event.partition for event in kept], pa.int64())
    columns[SEQUENCE] = pa.array([event.sequence for event in kept], pa.int64())
    return Batch(pa.table(columns), kept, len(events) - len(good))


def _record(body: bytes) -> Fields | None:
    try:
        body.decode()
        if b"\\u" in body:
            msgspec.json.decode(body)  # half a surrogate pair is no text; the fields alone would not show it
        if _LONG_INTEGER.search(body) and not _fits(msgspec.json.decode(body)):
            return None
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _fits(value: Any) -> bool:
    """Whether all integers are bigints."""
    if isinstance(value, dict):
        return all(_fits(each) for each in value.values())
    if isinstance(value, list):
        return all(_fits(each) for each in value)
    return not isinstance(value, int) or LEAST <= value <= MOST


def _columns(records: list[Fields], fields: list[str]) -> dict[str, Any]:
    """Field names are matched without regard to case; the first spelling wins."""
    found = {name: [record.get(name) for record in records] for name in fields}
    for name, values in found.items():
        for place, value in enumerate(values):
            if value is None and any(key.lower() == name for key in records[place]):
                values[place] = next(raw for key, raw in records[place].items() if key.lower() == name)
    return {name: pa.array([_text(raw) for raw in values], pa.string()) for name, values in found.items()}


def _text(raw: msgspec.Raw | None) -> str | None:
    if raw is None:
        return None
    text = bytes(raw).decode()
    return None if text == "null" else text
