"""Events as the query sees them: one column of JSON text for each field it reads, and the hub's columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
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
    events: Sequence[Event], fields: Mapping[str, str], scalars: Mapping[str, str], *, whole: bool, metadata: bool
) -> Batch:
    """Events as a table of the fields asked for; `whole` adds the records, `metadata` the messages'.

    `fields` come as JSON text, `scalars` as their plain text, under SCALAR and their name; both give a likely spelling
    by lower-case name. The service drops what is no JSON object, and integers beyond bigint (Microsoft Learn, "Data
    Types", InputDeserializationError), and names them in its diagnostic log; the hub still holds them.
    """
    kept, columns = _read(events, fields, scalars)
    if whole:
        columns[RECORD] = pa.array([event.body for event in kept], pa.string())
    if metadata:
        columns[METADATA] = pa.array([event.metadata for event in kept], pa.string())
    columns[ENQUEUED] = pa.array([event.enqueued for event in kept], MOMENT)
    columns[PROCESSED] = pa.array([datetime.now(UTC).replace(tzinfo=None)] * len(kept), MOMENT)
    columns[PARTITION] = pa.array([event.partition for event in kept], pa.int64())
    columns[SEQUENCE] = pa.array([event.sequence for event in kept], pa.int64())
    return Batch(pa.table(columns), kept, len(events) - len(kept))


def _read(
    events: Sequence[Event], fields: Mapping[str, str], scalars: Mapping[str, str]
) -> tuple[list[Event], dict[str, Any]]:
    """Those events that are JSON objects of the service, and the columns of their fields.

    What is dear to look for is looked for in all bodies at once, and one by one only where it is there.
    """
    bodies = [event.body for event in events]
    together = b"\n".join(bodies)
    careful = b"\\u" in together or _LONG in together.translate(_DIGITS) or not _is_text(together)
    names = dict(fields) | dict(scalars)
    for plain in [] if careful else [frozenset(scalars) - frozenset(fields), frozenset[str]()]:
        if (texts := _alike(bodies, together, names, plain)) is not None:
            return list(events), _columns(texts, fields, scalars, plain)
    records = [_record(body, careful) for body in bodies]
    good = [record for record in records if record is not None]
    kept = [event for event, record in zip(events, records, strict=True) if record is not None]
    spelled = {low: _texts(_spelled(good, low, name)) for low, name in names.items()}
    return kept, _columns(spelled, fields, scalars, frozenset())


def _columns(
    texts: Mapping[str, pa.Array], fields: Iterable[str], scalars: Iterable[str], plain: frozenset[str]
) -> dict[str, Any]:
    columns = {low: texts[low] for low in fields}
    return columns | {SCALAR + low: texts[low] if low in plain else _plain(texts[low]) for low in scalars}


def _alike(
    bodies: list[bytes], together: bytes, names: dict[str, str], plain: frozenset[str]
) -> dict[str, pa.Array] | None:
    """The fields of bodies that are alike, those of `plain` without their quotes; None where bodies differ.

    Alike: each is an object that spells the fields as they are asked for, and all of `plain` are strings or null.
    """
    try:
        rows = map(msgspec.structs.astuple, map(_decoder(tuple(names.items()), plain).decode, bodies))
        columns = dict(zip(names, zip(*rows, strict=True), strict=bool(bodies)))
    except (msgspec.MsgspecError, RecursionError):
        return None
    texts = {
        low: pa.array(columns.get(low, ()), pa.string()) if low in plain else _texts(columns.get(low, ()))
        for low in names
    }
    lacking = {low: name for low, name in names.items() if texts[low].null_count}
    return texts if _spelled_alike(together, lacking) else None


def _spelled_alike(together: bytes, names: dict[str, str]) -> bool:
    """Whether the fields that some events lack do not stand there in another spelling."""
    lower = together.lower() if names else b""
    return all(lower.count(f'"{low}"'.encode()) == together.count(f'"{name}"'.encode()) for low, name in names.items())


@cache
def _decoder(names: tuple[tuple[str, str], ...], plain: frozenset[str]) -> msgspec.json.Decoder[Any]:
    """A decoder of just these fields."""
    members = [(f"f{at}", str | None if low in plain else msgspec.Raw, None) for at, (low, _) in enumerate(names)]
    rename = {f"f{at}": name for at, (_, name) in enumerate(names)}
    return msgspec.json.Decoder(msgspec.defstruct("Line", members, rename=rename, gc=False))


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


def _spelled(records: list[Fields], low: str, name: str) -> list[msgspec.Raw | None]:
    """A field of each record; names are matched without regard to case, and the likely spelling wins."""
    found = [record.get(name) for record in records]
    for place, value in enumerate(found):
        if value is None:
            found[place] = next((raw for key, raw in records[place].items() if key.lower() == low), None)
    return found


def _texts(raws: Sequence[msgspec.Raw | None]) -> pa.Array:
    """JSON text, null for null."""
    texts = pa.array([None if raw is None else bytes(raw) for raw in raws], pa.string())
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
