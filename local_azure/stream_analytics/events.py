"""Events as the query sees them: one column of JSON text for each field it reads, and the hub's columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from local_azure.stream_analytics.scope import ENQUEUED, METADATA, PARTITION, PROCESSED, RECORD, SCALAR, SEQUENCE
from local_azure.stream_analytics.texts import objects

Fields = dict[str, msgspec.Raw]
MOMENT = pa.timestamp("us")
_decode = msgspec.json.Decoder(Fields).decode
_KEPT = dict.fromkeys("0123456789", "0") | {"e": "e", "E": "e", "+": "+"}
_DIGITS = bytes(ord(_KEPT.get(chr(each), " ")) for each in range(256))
_LONG = b"0" * 19
_EXPONENT = re.compile(rb"0e\+?000")
LEAST, MOST = -(2**63), 2**63 - 1
DEEPEST = 200
"""Records and arrays inside of each other. No page tells the service's own limit; far deeper ones stop Python."""


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
    by lower-case name. The service drops what is no JSON object, and numbers beyond bigint or float (Microsoft Learn,
    "Data Types", InputDeserializationError), and names them in its diagnostic log; the hub still holds them. A message
    may hold several objects (texts.objects): each is an event of the message's time and place.
    """
    kept, columns, invalid = _read(events, fields, scalars, numbers=whole or bool(fields))
    if whole:
        columns[RECORD] = pa.array([event.body for event in kept], pa.string())
    if metadata:
        columns[METADATA] = pa.array([event.metadata for event in kept], pa.string())
    columns[ENQUEUED] = pa.array([event.enqueued for event in kept], MOMENT)
    columns[PROCESSED] = pa.array([datetime.now(UTC).replace(tzinfo=None)] * len(kept), MOMENT)
    columns[PARTITION] = pa.array([event.partition for event in kept], pa.int64())
    columns[SEQUENCE] = pa.array([event.sequence for event in kept], pa.int64())
    return Batch(pa.table(columns), kept, invalid)


def _read(
    events: Sequence[Event], fields: Mapping[str, str], scalars: Mapping[str, str], *, numbers: bool
) -> tuple[list[Event], dict[str, Any], int]:
    """Those events that are JSON objects of the service, the columns of their fields, and how many are none.

    What is dear to look for is looked for in all bodies at once, and one by one only where it is there.
    """
    bodies = [event.body for event in events]
    together = b"\n".join(bodies)
    careful = b"\\u" in together or _LONG in together.translate(_DIGITS) or not _is_text(together)
    careful = careful or any(_is_deep(body) for body in bodies) or (numbers and _is_huge(together))
    names = dict(fields) | dict(scalars)
    for plain in [] if careful else [frozenset(scalars) - frozenset(fields), frozenset[str]()]:
        if (texts := _alike(bodies, together, names, plain)) is not None:
            return list(events), _columns(texts, fields, scalars, plain), 0
    found = [_records(event, careful) for event in events]
    good = [one for each in found if each is not None for one in each]
    spelled = {low: _texts(_spelled([record for _, record in good], low, name)) for low, name in names.items()}
    return [event for event, _ in good], _columns(spelled, fields, scalars, frozenset()), found.count(None)


def _records(event: Event, careful: bool) -> list[tuple[Event, Fields]] | None:
    """The objects of a message, None where anything in it is none."""
    if (record := _record(event.body, careful)) is not None:
        return [(event, record)]
    try:
        parts = [replace(event, body=part) for part in objects(event.body)]
    except ValueError:
        return None
    found = [(part, record) for part in parts if (record := _record(part.body, True)) is not None]
    return found if len(found) == len(parts) and event.body.strip() else None


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
    except (msgspec.MsgspecError, RecursionError, ValueError):  # or a name that no struct may have
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
    """Whether it is text, has no half of a surrogate pair, which the fields alone would not show, and fits."""
    if b"\\u" in body or _LONG in body.translate(_DIGITS) or _is_deep(body) or _is_huge(body):
        return _is_text(body) and _fits(msgspec.json.decode(body))
    return _is_text(body)


def _is_huge(text: bytes) -> bool:
    """Whether it may have a number of an exponent of three digits, which may be beyond float."""
    for found in _EXPONENT.finditer(text.translate(_DIGITS)):
        place = found.start()
        while place > 0 and text[place] in b"0123456789.":
            place -= 1
        if text[place - (text[place] == ord("-"))] in b":,[ \t\r\n":
            return True
    return False


def _is_deep(body: bytes) -> bool:
    """Whether it may be deeper than DEEPEST; few are long enough to look at."""
    return len(body) > 2 * DEEPEST and body.count(b"{") + body.count(b"[") > DEEPEST


def _fits(value: Any, depth: int = 0) -> bool:
    """Whether all integers are bigints, and nothing is deeper than DEEPEST."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return depth < DEEPEST and all(_fits(each, depth + 1) for each in parts)
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
