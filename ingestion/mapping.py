"""One record in, its events or one dead letter out. Pure: no I/O, no clock."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

import msgspec

from ingestion.events import CONTRACTS, CloudEvent, contract_fields, schema_url, unfit_number
from ingestion.expressions import FAILED, Compiled, compiled, text, time_of
from ingestion.pages import BROKEN, decode, encode
from ingestion.source_file import EventMapping, Resource

UNREADABLE = "(unreadable)"
_TYPE = re.compile(r"(?=.{1,128}\Z)[a-z_]{1,32}(\.[a-z_]+)+\.v[0-9]+\Z")
_data = {name: msgspec.json.Decoder(contract) for name, contract in CONTRACTS.items()}
Build = Callable[[Any], Any]


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
    resource: str = ""
    source: str = ""
    """What its events would have named as their source."""
    parent: dict[str, Any] = field(default_factory=dict)
    """The members of its parent that it was read with, or why there are none: `_unreadable`."""


class _Event:
    """One entry of `events:`, compiled. Raises ValueError for what cannot be, before a record is read."""

    def __init__(self, mapping: EventMapping, where: str) -> None:
        self.type: Compiled = _typed(mapping.type, where)
        self.id, self.subject, self.time = (
            _compiled(getattr(mapping, name), f"{where}.{name}") for name in ("id", "subject", "time")
        )
        self.source = _compiled(mapping.source, f"{where}.source") if mapping.source else None
        self.when = _compiled(mapping.when, f"{where}.when") if mapping.when else None
        self.data = _built(mapping.data, f"{where}.data")
        if _TYPE.match(mapping.type):
            _meets_contract(mapping.type, mapping.data, where)

    def message(self, record: Any, source: str) -> Message | None:
        """Raises ValueError or one of FAILED and BROKEN where the record cannot be this event."""
        if self.when is not None and self.when(record) in (None, False, "", [], {}):
            return None
        event_type, data = self.type(record), encode(self.data(record))
        if not isinstance(event_type, str) or not _TYPE.match(event_type):
            raise ValueError(f"type {str(event_type)[:60]!r} is no type, such as sales.order.placed.v1")
        if (contract := _data.get(event_type)) is not None:
            contract.decode(data)
        elif data == b"null":
            raise ValueError("data is missing")
        return self._enclosed(record, event_type, data, source)

    def _enclosed(self, record: Any, event_type: str, data: bytes, source: str) -> Message:
        event = CloudEvent(
            id=_name(self.id(record), "id"),
            source=_name(self.source(record), "source") if self.source else source,
            type=event_type,
            subject=_name(self.subject(record), "subject"),
            time=time_of(self.time(record)),
            dataschema=schema_url(event_type),
            data=data.decode(),
        )
        if wrong := unfit_number(data):
            raise ValueError(wrong)
        return Message(event.subject, encode(event))


class Mapper:
    """A resource's records to messages. Raises ValueError, with the place, for a mapping that cannot be."""

    def __init__(self, resource: Resource, source: str) -> None:
        self.resource, self._source = resource.name, source
        self._events = [
            _Event(each, f"resources.{resource.name}.events[{at}]") for at, each in enumerate(resource.events)
        ]

    def messages(
        self, raw: bytes, parent: dict[str, Any] | None = None, most: int = 1_000_000
    ) -> list[Message] | DeadLetter:
        """The events of one record, none where no `when` holds; or why it can be none. Never raises on bad input.

        `most` is the bytes that a message of the hub holds.
        """
        record: Any = None
        try:
            record = decode(raw)
            if not isinstance(record, dict):
                raise ValueError(f"a record is an object, this is {raw[:40].decode(errors='replace')!r}")
            if parent:
                record |= parent
            made = [each.message(record, self._source) for each in self._events]
            large = max((len(one.body) for one in made if one), default=0)
            if large > most:
                raise ValueError(f"too large: {large} bytes, a message holds {most}")
            return [one for one in made if one is not None]
        except (*BROKEN, *FAILED) as error:
            return self.letter(raw, str(error) or type(error).__name__, record, parent)

    def letter(self, raw: bytes, reason: str, record: Any = None, parent: dict[str, Any] | None = None) -> DeadLetter:
        """Keep `raw` as it came. A record without a readable id is known by the hash of its bytes."""
        claimed_type, claimed_id = self._claims(record if record is not None else _decoded(raw))
        return DeadLetter(
            reason=" ".join(reason.split())[:500],
            record_id=claimed_id or content_id(raw),
            event_type=claimed_type or UNREADABLE,
            original=raw,
            resource=self.resource,
            source=self._source,
            parent=parent or {},
        )

    def _claims(self, record: Any) -> tuple[str | None, str | None]:
        if not isinstance(record, dict):
            return None, None
        claimed = []
        for event in self._events[:1]:
            for expression in (event.type, event.id):
                try:
                    value = text(expression(record))
                except FAILED:
                    value = None
                claimed.append(value[:128] if isinstance(value, str) and value else None)
        return (claimed[0], claimed[1]) if claimed else (None, None)


def content_id(raw: bytes) -> str:
    """An id for bytes that carry none: the first 32 hex digits of their SHA-256."""
    return f"sha256-{hashlib.sha256(raw).hexdigest()[:32]}"


def _decoded(raw: bytes) -> Any:
    try:
        return decode(raw)
    except BROKEN:
        return None


def _name(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what} is {'missing' if value is None else 'no text; map it with string()'}")
    if not 1 <= len(value) <= 128:
        raise ValueError(f"{what} has {len(value)} characters, not 1 to 128")
    return value


def _compiled(expression: str, where: str) -> Compiled:
    try:
        return compiled(expression)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _typed(expression: str, where: str) -> Compiled:
    return (lambda record: expression) if _TYPE.match(expression) else _compiled(expression, f"{where}.type")


def _built(value: Any, where: str) -> Build:
    """Text is an expression, a map an object, `for_each` in it a list of objects; what else YAML knows, a constant."""
    if isinstance(value, str):
        return _compiled(value, where)
    if isinstance(value, list):
        return _listed([_built(each, f"{where}[{at}]") for at, each in enumerate(value)])
    if not isinstance(value, dict):
        return lambda record: value
    members = {key: _built(each, f"{where}.{key}") for key, each in value.items() if key != "for_each"}
    if "for_each" in value:
        return _each_of(_compiled(str(value["for_each"]), f"{where}.for_each"), members)
    return lambda record: {key: build(record) for key, build in members.items()}


def _listed(builds: list[Build]) -> Build:
    return lambda record: [build(record) for build in builds]


def _each_of(items: Compiled, members: dict[str, Build]) -> Build:
    """`_number` (from 1) and `_record` (the whole record) stand beside each item's own members."""

    def build(record: Any) -> Any:
        found = items(record)
        if not isinstance(found, list):
            raise ValueError("for_each: there is no list")
        scopes = [
            {**(item if isinstance(item, dict) else {"_item": item}), "_number": at, "_record": record}
            for at, item in enumerate(found, 1)
        ]
        return [{key: each(scope) for key, each in members.items()} for scope in scopes]

    return build


def _meets_contract(event_type: str, data: Any, where: str) -> None:
    """A mapping member by member gives what the contract requires. Raises ValueError naming the fields."""
    if event_type not in CONTRACTS or not isinstance(data, dict):
        return
    _has_fields(CONTRACTS[event_type], data, f"{where}.data", event_type)


def _has_fields(contract: type[msgspec.Struct], data: dict[str, Any], where: str, event_type: str) -> None:
    fields = contract_fields(contract)
    missing = [each.name for each in fields if each.required and each.name not in data]
    if missing:
        raise ValueError(f"{where}: {event_type} requires {', '.join(missing)}")
    for each in fields:
        inner = next((arg for arg in _structs_in(each.type)), None)
        if inner is not None and isinstance(data.get(each.name), dict):
            _has_fields(inner, data[each.name], f"{where}.{each.name}", event_type)


def _structs_in(kind: Any) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [found for each in get_args(kind) for found in _structs_in(each)]
