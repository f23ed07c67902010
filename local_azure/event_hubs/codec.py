"""The type system and frames of AMQP 1.0, as far as Event Hubs needs them.

Python values stand for AMQP types one to one, so that what was decoded encodes to the same type:
None, bool, int (long), float (double), bytes, str, uuid.UUID, list and dict are themselves; the
classes below name the rest. Source: OASIS AMQP 1.0, part 1 (types) and part 2 section 2.3 (framing).
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
SASL_HEADER = b"AMQP\x03\x01\x00\x00"
EMPTY_FRAME = b"\x00\x00\x00\x08\x02\x00\x00\x00"
FRAME_HEADER = struct.Struct(">IBBH")
AMQP_FRAME, SASL_FRAME = 0, 1
MAX_DEPTH = 32  # deeper nesting than any client sends; keeps a hostile frame from exhausting the stack


class CodecError(ValueError):
    """Bytes that are not valid AMQP 1.0; answered with amqp:decode-error."""


class Symbol(str):
    """An AMQP symbol: an ASCII name from a known set."""

    __slots__ = ()


class Ubyte(int):
    """0 to 255."""


class Ushort(int):
    """0 to 65,535."""


class Uint(int):
    """0 to 2**32 - 1."""


class Ulong(int):
    """0 to 2**64 - 1."""


class Short(int):
    """-2**15 to 2**15 - 1."""


class Int(int):
    """-2**31 to 2**31 - 1; a plain int is a long."""


class Timestamp(int):
    """Milliseconds since 1970-01-01 UTC."""


class Array(list[Any]):
    """Values of one type: all str or all Symbol."""


@dataclass(frozen=True, slots=True)
class Described:
    """A value with a descriptor that says what it means."""

    descriptor: Any
    value: Any


def encode(value: Any) -> bytes:
    """The AMQP encoding of `value`; raises CodecError for a type AMQP has no place for."""
    try:
        return _ENCODERS[type(value)](value)
    except (KeyError, AttributeError, struct.error, UnicodeEncodeError) as error:
        raise CodecError(f"cannot encode {type(value).__name__}: {error}") from error


def _encode_uint(value: int) -> bytes:
    return b"\x52" + bytes((value,)) if 0 <= value < 256 else b"\x70" + struct.pack(">I", value)


def _encode_ulong(value: int) -> bytes:
    return b"\x53" + bytes((value,)) if 0 <= value < 256 else b"\x80" + struct.pack(">Q", value)


def _variable(small: int, large: int) -> Callable[[bytes], bytes]:
    def write(data: bytes) -> bytes:
        if len(data) < 256:
            return bytes((small, len(data))) + data
        return struct.pack(">BI", large, len(data)) + data

    return write


_write_binary, _write_string, _write_symbol = (
    _variable(0xA0, 0xB0),
    _variable(0xA1, 0xB1),
    _variable(0xA3, 0xB3),
)


def _compound(small: int, large: int, items: list[bytes]) -> bytes:
    body = b"".join(items)
    if len(body) < 255 and len(items) < 256:
        return bytes((small, len(body) + 1, len(items))) + body
    return struct.pack(">BII", large, len(body) + 4, len(items)) + body


def _encode_list(values: list[Any]) -> bytes:
    return _compound(0xC0, 0xD0, [encode(value) for value in values])


def _encode_map(values: dict[Any, Any]) -> bytes:
    return _compound(0xC1, 0xD1, [encode(part) for pair in values.items() for part in pair])


def _encode_array(values: Array) -> bytes:
    constructor = b"\xb3" if values and isinstance(values[0], Symbol) else b"\xb1"
    items = [value.encode() for value in values]
    body = constructor + b"".join(struct.pack(">I", len(item)) + item for item in items)
    return struct.pack(">BII", 0xF0, len(body) + 4, len(values)) + body


_ENCODERS: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"\x40",
    bool: lambda value: b"\x41" if value else b"\x42",
    Ubyte: lambda value: struct.pack(">BB", 0x50, value),
    Ushort: lambda value: struct.pack(">BH", 0x60, value),
    Uint: _encode_uint,
    Ulong: _encode_ulong,
    Short: lambda value: struct.pack(">Bh", 0x61, value),
    Int: lambda value: struct.pack(">Bi", 0x71, value),
    int: lambda value: struct.pack(">Bq", 0x81, value),
    float: lambda value: struct.pack(">Bd", 0x82, value),
    Timestamp: lambda value: struct.pack(">Bq", 0x83, value),
    uuid.UUID: lambda value: b"\x98" + value.bytes,
    bytes: _write_binary,
    str: lambda value: _write_string(value.encode()),
    Symbol: lambda value: _write_symbol(value.encode("ascii")),
    list: _encode_list,
    dict: _encode_map,
    Array: _encode_array,
    Described: lambda value: b"\x00" + encode(value.descriptor) + encode(value.value),
}


def decode(data: bytes, at: int = 0) -> tuple[Any, int]:
    """The value that starts at `at` and the position behind it; raises CodecError."""
    try:
        return _decode(data, at, MAX_DEPTH)
    except (struct.error, IndexError, UnicodeDecodeError, TypeError) as error:
        raise CodecError(f"malformed value at byte {at}: {error}") from error


def _decode(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    return _decode_as(data[at], data, at + 1, depth)


def _decode_as(constructor: int, data: bytes, at: int, depth: int) -> tuple[Any, int]:
    """One value whose constructor byte was already read (as inside an array)."""
    if fixed := _FIXED.get(constructor):
        layout, kind = fixed
        return kind(layout.unpack_from(data, at)[0]), at + layout.size
    if variable := _VARIABLE.get(constructor):
        return _decode_variable(data, at, *variable)
    if depth == 0:
        raise CodecError("values are nested too deeply")
    if constructor == 0x00:
        descriptor, at = _decode(data, at, depth - 1)
        value, at = _decode(data, at, depth - 1)
        return Described(descriptor, value), at
    if constructor in _CONSTANTS:
        return _CONSTANTS[constructor](), at
    return _decode_compound(constructor, data, at, depth - 1)


def _decode_variable(data: bytes, at: int, width: struct.Struct, kind: Callable[[bytes], Any]) -> tuple[Any, int]:
    start = at + width.size
    end = start + width.unpack_from(data, at)[0]
    return kind(_slice(data, start, end)), end


def _slice(data: bytes, start: int, end: int) -> bytes:
    if end > len(data):
        raise CodecError("a value is longer than its frame")
    return bytes(data[start:end])


def _decode_compound(constructor: int, data: bytes, at: int, depth: int) -> tuple[Any, int]:
    if constructor not in _COMPOUND:
        raise CodecError(f"unknown type constructor 0x{constructor:02x}")
    layout, build = _COMPOUND[constructor]
    size, count = layout.unpack_from(data, at)
    end = at + layout.size // 2 + size
    body = _slice(data, at + layout.size, end)
    if count > size:  # zero-width items would let ten bytes claim four billion values
        raise CodecError("a compound value claims more items than it has bytes")
    return build(body, count, depth), end


def _decode_items(body: bytes, count: int, depth: int) -> list[Any]:
    items, at = [], 0
    for _ in range(count):
        item, at = _decode(body, at, depth)
        items.append(item)
    return items


def _decode_map(body: bytes, count: int, depth: int) -> dict[Any, Any]:
    items = _decode_items(body, count, depth)
    return dict(zip(items[::2], items[1::2], strict=False))


def _decode_array(body: bytes, count: int, depth: int) -> Array:
    items, at = Array(), 1
    for _ in range(count):
        item, at = _decode_as(body[0], body, at, depth)
        items.append(item)
    return items


_U8, _U32 = struct.Struct(">B"), struct.Struct(">I")
_FIXED: dict[int, tuple[struct.Struct, Callable[[Any], Any]]] = {
    0x50: (_U8, Ubyte),
    0x51: (struct.Struct(">b"), int),
    0x52: (_U8, Uint),
    0x53: (_U8, Ulong),
    0x54: (struct.Struct(">b"), Int),
    0x55: (struct.Struct(">b"), int),
    0x56: (_U8, bool),
    0x60: (struct.Struct(">H"), Ushort),
    0x61: (struct.Struct(">h"), Short),
    0x70: (_U32, Uint),
    0x71: (struct.Struct(">i"), Int),
    0x72: (struct.Struct(">f"), float),
    0x73: (struct.Struct(">4s"), bytes),
    0x74: (struct.Struct(">4s"), bytes),
    0x80: (struct.Struct(">Q"), Ulong),
    0x81: (struct.Struct(">q"), int),
    0x82: (struct.Struct(">d"), float),
    0x83: (struct.Struct(">q"), Timestamp),
    0x84: (struct.Struct(">8s"), bytes),
    0x94: (struct.Struct(">16s"), bytes),
    0x98: (struct.Struct(">16s"), lambda raw: uuid.UUID(bytes=raw)),
}
_VARIABLE: dict[int, tuple[struct.Struct, Callable[[bytes], Any]]] = {
    0xA0: (_U8, bytes),
    0xA1: (_U8, bytes.decode),
    0xA3: (_U8, lambda raw: Symbol(raw.decode("ascii"))),
    0xB0: (_U32, bytes),
    0xB1: (_U32, bytes.decode),
    0xB3: (_U32, lambda raw: Symbol(raw.decode("ascii"))),
}
_CONSTANTS: dict[int, Callable[[], Any]] = {
    0x40: lambda: None,
    0x41: lambda: True,
    0x42: lambda: False,
    0x43: lambda: Uint(0),
    0x44: lambda: Ulong(0),
    0x45: list,
}
_PAIR8, _PAIR32 = struct.Struct(">BB"), struct.Struct(">II")
_COMPOUND: dict[int, tuple[struct.Struct, Callable[[bytes, int, int], Any]]] = {
    0xC0: (_PAIR8, _decode_items),
    0xC1: (_PAIR8, _decode_map),
    0xD0: (_PAIR32, _decode_items),
    0xD1: (_PAIR32, _decode_map),
    0xE0: (_PAIR8, _decode_array),
    0xF0: (_PAIR32, _decode_array),
}


def skip(data: bytes, at: int) -> int:
    """The position behind the value at `at`, without decoding it (part 1, section 1.2: width by nibble)."""
    try:
        while data[at] == 0x00:
            at = skip(data, at + 1)
        width = _WIDTHS[data[at] >> 4]
        size = width if isinstance(width, int) else width.size + width.unpack_from(data, at + 1)[0]
    except (KeyError, IndexError, struct.error, RecursionError) as error:
        raise CodecError(f"malformed value at byte {at}: {error}") from error
    end: int = at + 1 + size
    if end > len(data):
        raise CodecError("a value is longer than its frame")
    return end


_WIDTHS: dict[int, int | struct.Struct] = {
    0x4: 0,
    0x5: 1,
    0x6: 2,
    0x7: 4,
    0x8: 8,
    0x9: 16,
    0xA: _U8,
    0xB: _U32,
    0xC: _U8,
    0xD: _U32,
    0xE: _U8,
    0xF: _U32,
}


def frame(channel: int, body: bytes, kind: int = AMQP_FRAME) -> bytes:
    """`body` as one frame: total size, data offset (2 words), type, channel."""
    return FRAME_HEADER.pack(FRAME_HEADER.size + len(body), 2, kind, channel) + body
