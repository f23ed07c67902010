"""Values on the wire: TYPE_INFO and the encodings of each type, both ways (MS-TDS 2.2.5.4 to 2.2.5.6)."""

from __future__ import annotations

import datetime as dt
import decimal as dec
import struct
import uuid
from collections.abc import Callable
from typing import Any

from local_azure.synapse.errors import not_local
from local_azure.synapse.sqltypes import MAX, SqlType, nvarchar

COLLATION = bytes.fromhex("0904d00034")  # SQL_Latin1_General_CP1_CI_AS: LCID 1033, code page 1252
Encoder = Callable[[Any], bytes]
_INT_SIZE = {"tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}
_DAY_ONE = dt.date(1, 1, 1).toordinal()
_1900 = dt.date(1900, 1, 1).toordinal()
_DECIMAL_SIZES = ((9, 4), (19, 8), (28, 12), (38, 16))  # digits up to: bytes
_STORAGE = {
    "tinyint": (1, 3), "smallint": (2, 5), "int": (4, 10), "bigint": (8, 19), "bit": (1, 1), "real": (4, 24),
    "float": (8, 53), "smallmoney": (4, 10), "money": (8, 19), "date": (3, 10), "datetime": (8, 23),
    "smalldatetime": (4, 16), "uniqueidentifier": (16, 0),
}  # fmt: skip
_NULL_PLP = b"\xff" * 8
_PLP_UNKNOWN = 0xFFFFFFFFFFFFFFFE


def type_info(t: SqlType) -> bytes:
    """TYPE_INFO of a column or a return value."""
    if t.name in _INT_SIZE:
        return bytes([0x26, _INT_SIZE[t.name]])
    if t.name == "decimal":
        return bytes([0x6C, 17, t.precision, t.scale])
    if t.name in _SIMPLE:
        return _SIMPLE[t.name]
    if t.name in _CLOCKS:
        return bytes([_CLOCKS[t.name], t.scale])
    return _sized_info(t)


_SIMPLE = {
    "bit": b"\x68\x01", "float": b"\x6d\x08", "real": b"\x6d\x04", "money": b"\x6e\x08", "smallmoney": b"\x6e\x04",
    "datetime": b"\x6f\x08", "smalldatetime": b"\x6f\x04", "date": b"\x28", "uniqueidentifier": b"\x24\x10",
}  # fmt: skip
_CLOCKS = {"time": 0x29, "datetime2": 0x2A, "datetimeoffset": 0x2B}
_SIZED = {"varchar": 0xA7, "char": 0xAF, "nvarchar": 0xE7, "nchar": 0xEF, "varbinary": 0xA5, "binary": 0xAD}


def _sized_info(t: SqlType) -> bytes:
    size = 0xFFFF if t.length == MAX else t.length * (2 if t.is_wide else 1)
    return struct.pack("<BH", _SIZED[t.name], size) + (COLLATION if t.is_string else b"")


def storage_size(t: SqlType) -> tuple[int, int]:
    """(bytes, precision) of a type as sys.columns has them; (max) is -1 bytes."""
    if t.name in _SIZED:
        return (t.length if t.length == MAX else t.length * (2 if t.is_wide else 1)), 0
    if t.name == "decimal":
        return next(n + 1 for limit, n in _DECIMAL_SIZES if t.precision <= limit), t.precision
    if t.name in _CLOCKS:
        dot = t.scale + bool(t.scale)
        days, shown = {"time": (0, 8), "datetime2": (3, 19), "datetimeoffset": (5, 26)}[t.name]
        return _time_size(t.scale) + days, shown + dot
    return _STORAGE[t.name]


def encoder(t: SqlType) -> Encoder:
    """The function that encodes one value (or None) of a type, length first."""
    if t.name in _INT_SIZE:
        return _packed({1: "<BB", 2: "<Bh", 4: "<Bi", 8: "<Bq"}[_INT_SIZE[t.name]], _INT_SIZE[t.name])
    if t.is_string or t.name in {"binary", "varbinary"}:
        return _bytes_encoder(t)
    if t.name == "decimal":
        return _decimal_encoder(t)
    if t.name == "time":
        return _short(lambda v: _time(v, t.scale))
    if t.name == "datetime2":
        return _short(lambda v: _time(v.time(), t.scale) + _days(v))
    if t.name == "datetimeoffset":
        return _short(lambda v: _time(v["utc"].time(), t.scale) + _days(v["utc"]) + struct.pack("<h", v["shift"]))
    return _ENCODERS[t.name]


def _packed(layout: str, size: int) -> Encoder:
    pack = struct.Struct(layout).pack
    return lambda value: b"\x00" if value is None else pack(size, value)


def _short(encode: Callable[[Any], bytes]) -> Encoder:
    def encoded(value: Any) -> bytes:
        if value is None:
            return b"\x00"
        data = encode(value)
        return bytes([len(data)]) + data

    return encoded


def _bytes_encoder(t: SqlType) -> Encoder:
    wide, binary, plp = t.is_wide, not t.is_string, t.length == MAX

    def encoded(value: Any) -> bytes:
        if value is None:
            return _NULL_PLP if plp else b"\xff\xff"
        data = value if binary else value.encode("utf-16-le") if wide else value.encode("cp1252", "replace")
        if not plp:
            return struct.pack("<H", len(data)) + bytes(data)
        chunk = struct.pack("<I", len(data)) + data if data else b""
        return struct.pack("<Q", len(data)) + chunk + b"\x00\x00\x00\x00"

    return encoded


def _decimal_encoder(t: SqlType) -> Encoder:
    size = next(n for limit, n in _DECIMAL_SIZES if t.precision <= limit)
    scale = t.scale
    context = dec.Context(prec=77)

    def encoded(value: Any) -> bytes:
        if value is None:
            return b"\x00"
        number = int(context.scaleb(value, scale))
        return bytes([size + 1, number >= 0]) + abs(number).to_bytes(size, "little")

    return encoded


def _money(value: dec.Decimal) -> bytes:
    number = int(value.scaleb(4))
    return struct.pack("<iI", number >> 32, number & 0xFFFFFFFF)


def _datetime(value: dt.datetime) -> bytes:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    ticks = seconds * 300 + round(value.microsecond * 300 / 1_000_000)
    return struct.pack("<iI", value.toordinal() - _1900, ticks)


def _smalldatetime(value: dt.datetime) -> bytes:
    return struct.pack("<HH", value.toordinal() - _1900, value.hour * 60 + value.minute)


def _days(value: dt.date) -> bytes:
    return (value.toordinal() - _DAY_ONE).to_bytes(3, "little")


def _time(value: dt.time, scale: int) -> bytes:
    micros = ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    ticks: int = micros * 10 // 10 ** (7 - scale)
    return ticks.to_bytes(_time_size(scale), "little")


def _time_size(scale: int) -> int:
    return 3 if scale < 3 else 4 if scale < 5 else 5


_ENCODERS: dict[str, Encoder] = {
    "bit": _short(lambda v: b"\x01" if v else b"\x00"),
    "float": _packed("<Bd", 8),
    "real": _packed("<Bf", 4),
    "money": _short(_money),
    "smallmoney": _short(lambda v: struct.pack("<i", int(v.scaleb(4)))),
    "datetime": _short(_datetime),
    "smalldatetime": _short(_smalldatetime),
    "date": _short(_days),
    "uniqueidentifier": _short(lambda v: (v if isinstance(v, uuid.UUID) else uuid.UUID(v)).bytes_le),
}


class Reader:
    """Reads little-endian fields from a message."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self._before = b""

    @property
    def ended(self) -> bool:
        return self.at >= len(self.data)

    def take(self, size: int) -> bytes:
        head, self._before = self._before[:size], self._before[size:]
        data = self.data[self.at : self.at + size - len(head)]
        if len(head) + len(data) < size:
            raise ValueError("message ends within a field")
        self.at += len(data)
        return head + data

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def signed(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little", signed=True)

    def text(self, characters: int) -> str:
        return self.take(2 * characters).decode("utf-16-le")

    def value_behind(self, info: bytes) -> tuple[SqlType, Any]:
        """A value whose TYPE_INFO stood elsewhere, as in the rows of a bulk load."""
        self._before = info
        return self.value()

    def value(self) -> tuple[SqlType, Any]:
        """A TYPE_INFO and the value behind it, as a parameter carries them."""
        kind = self.number(1)
        if kind in _FIXED:
            name, size = _FIXED[kind]
            return SqlType(name), _plain(name, self.take(size))
        reader = _READERS.get(kind)
        if reader is None:
            raise not_local(f"A parameter of TDS type 0x{kind:02X}")
        return reader(self, kind)


_FIXED = {
    0x30: ("tinyint", 1), 0x32: ("bit", 1), 0x34: ("smallint", 2), 0x38: ("int", 4), 0x7F: ("bigint", 8),
    0x3B: ("real", 4), 0x3E: ("float", 8), 0x3C: ("money", 8), 0x7A: ("smallmoney", 4), 0x3D: ("datetime", 8),
    0x3A: ("smalldatetime", 4),
}  # fmt: skip


def _plain(name: str, data: bytes) -> Any:
    """A value of fixed size."""
    if name == "tinyint":
        return data[0]
    if name == "bit":
        return bool(data[0])
    if name in _INT_SIZE:
        return int.from_bytes(data, "little", signed=True)
    if name in {"real", "float"}:
        return struct.unpack("<f" if len(data) == 4 else "<d", data)[0]
    if name in {"money", "smallmoney"}:
        high, low = struct.unpack("<iI", data) if len(data) == 8 else (0, int.from_bytes(data, "little", signed=True))
        return dec.Decimal((high << 32) + low).scaleb(-4)
    return _plain_datetime(data)


def _plain_datetime(data: bytes) -> dt.datetime:
    if len(data) == 4:
        days, minutes = struct.unpack("<HH", data)
        return dt.datetime.fromordinal(_1900 + days) + dt.timedelta(minutes=minutes)
    days, ticks = struct.unpack("<iI", data)
    return dt.datetime.fromordinal(_1900 + days) + dt.timedelta(milliseconds=round(ticks * 10 / 3))


_NULLABLE = {
    0x26: {1: "tinyint", 2: "smallint", 4: "int", 8: "bigint"}, 0x68: {1: "bit"}, 0x6D: {4: "real", 8: "float"},
    0x6E: {4: "smallmoney", 8: "money"}, 0x6F: {4: "smalldatetime", 8: "datetime"},
}  # fmt: skip


def _read_nullable(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    name = _NULLABLE[kind][reader.number(1)]
    size = reader.number(1)
    type_ = SqlType(name, scale=3 if name == "datetime" else 0)
    return type_, _plain(name, reader.take(size)) if size else None


def _read_decimal(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    _, precision, scale, size = reader.take(4)
    type_ = SqlType("decimal", precision=precision, scale=scale)
    if not size:
        return type_, None
    data = reader.take(size)
    number = int.from_bytes(data[1:], "little") * (1 if data[0] else -1)
    return type_, dec.Context(prec=77).scaleb(dec.Decimal(number), -scale)


def _read_date(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    size = reader.number(1)
    return SqlType("date"), dt.date.fromordinal(_DAY_ONE + reader.number(3)) if size else None


def _clock(data: bytes, scale: int) -> dt.timedelta:
    """Time of day, rounded to microseconds within its second: the seventh digit is lost here."""
    seconds, ticks = divmod(int.from_bytes(data, "little") * 10 ** (7 - scale), 10**7)
    return dt.timedelta(seconds=seconds, microseconds=min((ticks + 5) // 10, 999_999))


def _read_time(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    scale, size = reader.take(2)
    type_ = SqlType("time", scale=scale)
    if not size:
        return type_, None
    return type_, (dt.datetime.min + _clock(reader.take(size), scale)).time()


def _read_datetime2(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    scale, size = reader.take(2)
    type_ = SqlType("datetime2", scale=scale)
    if not size:
        return type_, None
    return type_, _read_moment(reader, size - 3, scale)


def _read_datetimeoffset(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    """The moment in UTC and the minutes of its offset, as `datetimeoffset` is kept."""
    scale, size = reader.take(2)
    type_ = SqlType("datetimeoffset", scale=scale)
    if not size:
        return type_, None
    return type_, {"utc": _read_moment(reader, size - 5, scale), "shift": reader.signed(2)}


def _read_moment(reader: Reader, size: int, scale: int) -> dt.datetime:
    """A time of `size` bytes, and the day behind it."""
    clock = _clock(reader.take(size), scale)
    return dt.datetime.fromordinal(_DAY_ONE + reader.number(3)) + clock


def _read_image(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    reader.take(4)
    size = reader.signed(4)
    return SqlType("varbinary", MAX), None if size < 0 else reader.take(size)


def _read_guid(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    _, size = reader.take(2)
    return SqlType("uniqueidentifier"), uuid.UUID(bytes_le=reader.take(16)) if size else None


_LONG = {0xA7: "varchar", 0xAF: "char", 0xE7: "nvarchar", 0xEF: "nchar", 0xA5: "varbinary", 0xAD: "binary"}


def _read_long(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    name, limit = _LONG[kind], reader.number(2)
    if kind not in {0xA5, 0xAD}:
        reader.take(5)
    length = MAX if limit == 0xFFFF else max(limit // (2 if name[0] == "n" else 1), 1)
    data = _read_plp(reader) if limit == 0xFFFF else _read_counted(reader)
    type_ = SqlType(name, length)
    if data is None or not type_.is_string:
        return type_, data
    return type_, data.decode("utf-16-le" if type_.is_wide else "cp1252", "replace")


def _read_counted(reader: Reader) -> bytes | None:
    size = reader.number(2)
    return None if size == 0xFFFF else reader.take(size)


def _read_plp(reader: Reader) -> bytes | None:
    if reader.number(8) == 0xFFFFFFFFFFFFFFFF:
        return None
    parts: list[bytes] = []
    while size := reader.number(4):
        parts.append(reader.take(size))
    return b"".join(parts)


def _read_ntext(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    """NTEXT carries the statement of sp_prepare in older drivers."""
    reader.take(4 + 5)
    size = reader.signed(4)
    return nvarchar(MAX), None if size < 0 else reader.take(size).decode("utf-16-le" if kind == 0x63 else "cp1252")


def _read_null(reader: Reader, kind: int) -> tuple[SqlType, Any]:
    return SqlType("int"), None


_READERS: dict[int, Callable[[Reader, int], tuple[SqlType, Any]]] = {
    **dict.fromkeys(_NULLABLE, _read_nullable), **dict.fromkeys(_LONG, _read_long), 0x6A: _read_decimal,
    0x6C: _read_decimal, 0x28: _read_date, 0x29: _read_time, 0x2A: _read_datetime2, 0x24: _read_guid,
    0x63: _read_ntext, 0x23: _read_ntext, 0x1F: _read_null, 0x22: _read_image, 0x2B: _read_datetimeoffset,
}  # fmt: skip
