"""One API record in, one event or one dead letter out. Pure: no I/O, no clock."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from ingestion.events import CONTRACTS, CloudEvent, Identifier, schema_url

UNREADABLE = "(unreadable)"


class Record(Struct, frozen=True):
    """A change as the customer API serves it (its OpenAPI document, schema `Record`)."""

    id: Identifier
    department: Annotated[str, Meta(pattern=r"^[a-z_]+\Z", max_length=32)]
    type: Annotated[str, Meta(pattern=r"^[a-z_]+(\.[a-z_]+)*\Z", max_length=90)]
    customer_id: Identifier
    occurred_at: Annotated[datetime, Meta(tz=True)]
    attributes: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to the event hub: the customer it belongs to and the event's JSON."""

    customer_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that cannot become an event: why, what it claims to be, and its original bytes."""

    reason: str
    record_id: str
    event_type: str
    original: bytes


_record = msgspec.json.Decoder(Record)
_data = {name: msgspec.json.Decoder(contract) for name, contract in CONTRACTS.items()}
_encoder = msgspec.json.Encoder()


def to_message(raw: bytes, *, source: str) -> Message | DeadLetter:
    """Turn one record into a CloudEvent, or say why it cannot be one. Never raises on bad input.

    A type that has a contract must meet it. A type without one passes: the stream routes it by its
    department, and the lake keeps it until a model exists.
    """
    try:
        raw.decode()  # parts that stay as they are must be text as well
        record = _record.decode(raw)
        event_type = f"{record.department}.{record.type}.v1"
        if (contract := _data.get(event_type)) is not None:
            contract.decode(record.attributes)
        return Message(record.customer_id, _encoder.encode(_event(record, event_type, source)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return dead_letter(raw, str(error))


def dead_letter(raw: bytes, reason: str) -> DeadLetter:
    """Keep `raw` as it came. A record without a readable id is known by the hash of its bytes."""
    claims = _claims(raw)
    record_id = claims.get("id")
    return DeadLetter(
        reason=reason,
        record_id=record_id if isinstance(record_id, str) and record_id else content_id(raw),
        event_type=_claimed_type(claims),
        original=raw,
    )


def content_id(raw: bytes) -> str:
    """An id for bytes that carry none: the first 32 hex digits of their SHA-256."""
    return f"sha256-{hashlib.sha256(raw).hexdigest()[:32]}"


def _event(record: Record, event_type: str, source: str) -> CloudEvent:
    return CloudEvent(
        id=record.id,
        source=source,
        type=event_type,
        subject=record.customer_id,
        time=record.occurred_at,
        dataschema=schema_url(event_type),
        data=record.attributes,
    )


def _claims(raw: bytes) -> dict[str, Any]:
    try:
        record = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _claimed_type(claims: dict[str, Any]) -> str:
    department, name = claims.get("department"), claims.get("type")
    if isinstance(department, str) and isinstance(name, str):
        return f"{department}.{name}.v1"[:128]
    return UNREADABLE
