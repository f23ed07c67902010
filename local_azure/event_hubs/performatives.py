"""The bodies of AMQP 1.0 frames (part 2 section 2.7, part 3 sections 3.4 and 3.5, part 5 section 5.3).

Every field is always sent, nulls too: Microsoft's Python client reads fields by position.
"""

from __future__ import annotations

import struct
import types
import typing
from typing import Any, NamedTuple, TypeAlias

from local_azure.event_hubs.codec import (
    CodecError,
    Described,
    Symbol,
    Ubyte,
    Uint,
    Ulong,
    Ushort,
    decode,
    encode,
)

Fields: TypeAlias = dict[Any, Any]


class Open(NamedTuple):
    container_id: str
    hostname: str | None = None
    max_frame_size: Uint | None = None
    channel_max: Ushort | None = None
    idle_time_out: Uint | None = None
    outgoing_locales: Any = None
    incoming_locales: Any = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Fields | None = None


class Begin(NamedTuple):
    remote_channel: Ushort | None
    next_outgoing_id: Uint
    incoming_window: Uint
    outgoing_window: Uint
    handle_max: Uint | None = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Fields | None = None


class Attach(NamedTuple):
    name: str
    handle: Uint
    role: bool
    snd_settle_mode: Ubyte | None = None
    rcv_settle_mode: Ubyte | None = None
    source: Described | None = None
    target: Described | None = None
    unsettled: Any = None
    incomplete_unsettled: bool | None = None
    initial_delivery_count: Uint | None = None
    max_message_size: Ulong | None = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Fields | None = None


class Flow(NamedTuple):
    next_incoming_id: Uint | None
    incoming_window: Uint
    next_outgoing_id: Uint
    outgoing_window: Uint
    handle: Uint | None = None
    delivery_count: Uint | None = None
    link_credit: Uint | None = None
    available: Uint | None = None
    drain: bool | None = None
    echo: bool | None = None
    properties: Any = None


class Transfer(NamedTuple):
    handle: Uint
    delivery_id: Uint | None = None
    delivery_tag: bytes | None = None
    message_format: Uint | None = None
    settled: bool | None = None
    more: bool | None = None
    rcv_settle_mode: Any = None
    state: Any = None
    resume: bool | None = None
    aborted: bool | None = None
    batchable: bool | None = None


class Disposition(NamedTuple):
    role: bool
    first: Uint
    last: Uint | None = None
    settled: bool | None = None
    state: Described | None = None
    batchable: bool | None = None


class Detach(NamedTuple):
    handle: Uint
    closed: bool | None = None
    error: Described | None = None


class End(NamedTuple):
    error: Described | None = None


class Close(NamedTuple):
    error: Described | None = None


class SaslMechanisms(NamedTuple):
    sasl_server_mechanisms: Any


class SaslInit(NamedTuple):
    mechanism: Symbol
    initial_response: bytes | None = None
    hostname: str | None = None


class SaslOutcome(NamedTuple):
    code: Ubyte
    additional_data: bytes | None = None


Performative: TypeAlias = (
    Open
    | Begin
    | Attach
    | Flow
    | Transfer
    | Disposition
    | Detach
    | End
    | Close
    | SaslMechanisms
    | SaslInit
    | SaslOutcome
)

_BY_CODE: dict[int, type[Any]] = {
    0x10: Open,
    0x11: Begin,
    0x12: Attach,
    0x13: Flow,
    0x14: Transfer,
    0x15: Disposition,
    0x16: Detach,
    0x17: End,
    0x18: Close,
    0x40: SaslMechanisms,
    0x41: SaslInit,
    0x44: SaslOutcome,
}
_CODES = {kind: Ulong(code) for code, kind in _BY_CODE.items()}


def _accepted(hint: Any) -> tuple[type, ...]:
    """The Python types a field may hold; clients differ in the integer width they use."""
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    plain = [typing.get_origin(kind) or kind for kind in kinds]
    return tuple(int if issubclass(kind, int) and kind is not bool else kind for kind in plain)


_ACCEPTED = {
    kind: [None if hint is Any else _accepted(hint) for hint in typing.get_type_hints(kind).values()] for kind in _CODES
}


def encode_performative(performative: Performative) -> bytes:
    """The described list of a performative, all its fields present."""
    return encode(Described(_CODES[type(performative)], list(performative)))


def decode_performative(body: bytes) -> tuple[Performative, bytes]:
    """A frame's performative and the payload behind it; raises CodecError."""
    described, end = decode(body)
    if not isinstance(described, Described) or not isinstance(described.value, list):
        raise CodecError("a frame does not hold a performative")
    kind = _BY_CODE.get(described.descriptor) if isinstance(described.descriptor, int) else None
    if kind is None:
        raise CodecError(f"unknown performative {described.descriptor!r}")
    return _build(kind, described.value), body[end:]


def _build(kind: type[Any], values: list[Any]) -> Performative:
    accepted = _ACCEPTED[kind]
    values = values[: len(accepted)] + [None] * (len(accepted) - len(values))
    for name, value, kinds in zip(kind._fields, values, accepted, strict=True):
        if kinds is not None and not isinstance(value, kinds):
            raise CodecError(f"{kind.__name__.lower()}: field {name} holds {type(value).__name__}")
        if kinds is not None and isinstance(value, int) and value < 0:
            raise CodecError(f"{kind.__name__.lower()}: field {name} is negative")
    performative: Performative = kind._make(values)
    return performative


# A settled transfer, laid out once: it is sent for every event. All deliveries have the one tag "0",
# because Python's client keeps every distinct tag of settled deliveries in memory.
_TRANSFER = struct.Struct(">6sBIBI5sB5s")
_TRANSFER_HEAD = b"\x00\x53\x14\xc0\x16\x0b"
_TAG_FORMAT_SETTLED = b"\xa0\x010\x43\x41"
_NO_MODE_NO_STATE = b"\x40\x40\x42\x42\x42"


def encode_settled_transfer(handle: int, delivery_id: int, more: bool) -> bytes:
    """The performative `Transfer(handle, delivery_id, b"0", 0, settled=True, more=more)`."""
    return _TRANSFER.pack(
        _TRANSFER_HEAD,
        0x70,
        handle,
        0x70,
        delivery_id,
        _TAG_FORMAT_SETTLED,
        0x41 if more else 0x42,
        _NO_MODE_NO_STATE,
    )


# Descriptors of the types that performatives carry (part 2 section 2.8.14, part 3 sections 3.4 and 3.5).
ERROR, ACCEPTED, REJECTED, SOURCE, TARGET = (Ulong(code) for code in (0x1D, 0x24, 0x25, 0x28, 0x29))


def accepted() -> Described:
    """The outcome of a message that is safe on disk."""
    return Described(ACCEPTED, [])


def rejected(error: Described) -> Described:
    """The outcome of a message that was not kept."""
    return Described(REJECTED, [error])


def source(address: str, filters: Fields | None = None) -> Described:
    """Where a link's messages come from."""
    return Described(SOURCE, [address, None, None, None, None, None, None, filters, None, None, None])


def target(address: str) -> Described:
    """Where a link's messages go to."""
    return Described(TARGET, [address, None, None, None, None, None, None])


class AmqpError(Exception):
    """A refusal as the client sees it: an AMQP error condition and a sentence."""

    def __init__(self, condition: str, description: str) -> None:
        super().__init__(description)
        self.condition = condition
        self.description = description

    def described(self) -> Described:
        return Described(ERROR, [Symbol(self.condition), self.description, {}])
