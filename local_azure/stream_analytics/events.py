"""Events as the query sees them: one column of JSON text for each field it reads, and the hub's columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from local_azure.stream_analytics.scope import ENQUEUED, METADATA, PARTITION, PROCESSED, RECORD, SCALAR, SEQUENCE

Fields = dict[str, msgspec.Raw]
MOMENT = pa.timestamp("us")
_decode = msgspec.json.Decoder(Fields).decode
_DIGITS = bytes(ord("0") if chr(each).isdigit() and each < 128 else ord(" ") for each in range(256))
_LONG = b"0" * 19
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


def to_batch(
    events: Sequence[Event], fields: Iterable[str], *, scalars: Iterable[str] = (), whole: bool, metadata: bool
) -> Batch:
    """Events as a table of the fields asked for, in lower case; `whole` adds the records, `metadata` the messages'.

    `fields` come as JSON text, `scalars` as their plain text, under SCALAR and their name.

    The service drops what is no JSON object, and integers beyond bigint (Microsoft Learn, "Data Types",
    InputDeserializationError), and names them in its diagnostic log; the hub still holds them.
    """
    found = _records([event.body for event in events])
    kept = [event for event, record in zip(events, found, strict=True) if record is not None]
    records = [record for record in found if record is not None]
    columns: dict[str, Any] = {name: _json(records, name) for name in fields}
    columns |= {SCALAR + name: _plain(_json(records, name)) for name in scalars}
    if whole:
        columns[RECORD] = pa.array([event.body.decode() for event in kept], pa.string())
    if metadata:
        columns[METADATA] = pa.array([event.metadata for event in kept], pa.string())
    columns[ENQUEUED] = pa.array([event.enqueued for event in kept], MOMENT)
    columns[PROCESSED] = pa.array([datetime.now(UTC).replace(tzinfo=None)] * len(kept), MOMENT)
    columns[PARTITION] = pa.array([event.partition for event in kept], pa.int64())
    columns[SEQUENCE] = pa.array([event.sequence for event in kept], pa.int64())
    return Batch(pa.table(columns), kept, len(events) - len(kept))


def _records(bodies: list[bytes]) -> list[Fields | None]:
    """The fields of each body; None for one that is no JSON object of the service.

    What is dear to look for is looked for in all bodies at once, and one by one only where it is there.
    """
    together = b"\n".join(bodies)
    careful = b"\\u" in together or _LONG in together.translate(_DIGITS) or not _is_text(together)
    return [_record(body, careful) for body in bodies]


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _record(body: bytes, careful: bool) -> Fields | None:
    try:
        if careful and not _is_sound(body):
            return None
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _is_sound(body: bytes) -> bool:
    """Whether it is text, has no half of a surrogate pair, which the fields alone would not show, and only bigints."""
    if b"\\u" in body or _LONG in body.translate(_DIGITS):
        return _is_text(body) and _fits(msgspec.json.decode(body))
    return _is_text(body)


def _fits(value: Any) -> bool:
    """Whether all integers are bigints."""
    if isinstance(value, dict):
        return all(_fits(each) for each in value.values())
    if isinstance(value, list):
        return all(_fits(each) for each in value)
    return not isinstance(value, int) or LEAST <= value <= MOST


def _json(records: list[Fields], name: str) -> pa.Array:
    """A field's JSON, null for null; names are matched without regard to case, and the first spelling wins."""
    found = [record.get(name) for record in records]
    for place, value in enumerate(found):
        if value is None:
            found[place] = next((raw for key, raw in records[place].items() if key.lower() == name), None)
    texts = pa.array([None if raw is None else bytes(raw) for raw in found], pa.string())
    return pc.if_else(pc.equal(texts, "null"), pa.scalar(None, pa.string()), texts)


def _plain(texts: pa.Array) -> pa.Array:
    """Strings without their quotes, null for records and arrays, anything else as it is written."""
    quoted = pc.starts_with(texts, '"')
    nested = pc.or_(pc.starts_with(texts, "{"), pc.starts_with(texts, "["))
    others = pc.if_else(nested, pa.scalar(None, pa.string()), texts)
    plain = pc.if_else(quoted, pc.utf8_slice_codeunits(texts, 1, -1), others)
    escaped = pc.and_(quoted, pc.match_substring(texts, "\\"))
    if not pc.any(escaped).as_py():
        return plain
    decoded = [msgspec.json.decode(text) for text in texts.filter(escaped).to_pylist()]
    return pc.replace_with_mask(plain, pc.fill_null(escaped, False), pa.array(decoded, pa.string()))
