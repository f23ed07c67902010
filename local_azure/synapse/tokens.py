"""The tokens of a response (MS-TDS 2.2.7)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

from local_azure.synapse.errors import SqlError
from local_azure.synapse.scope import BoundColumn
from local_azure.synapse.sqltypes import SqlType
from local_azure.synapse.wire_types import COLLATION, encoder, type_info

SERVER = "127.0.0.1"
MORE, ERROR, IN_TRANSACTION, COUNT, ATTENTION = 0x01, 0x02, 0x04, 0x10, 0x20  # DONE's status bits
DONE, DONE_PROC, DONE_IN_PROC = 0xFD, 0xFE, 0xFF
# CurCmd of DONE, which tells ODBC whether a row count is one of changed rows
COMMANDS = {"SELECT": 0xC1, "INSERT": 0xC3, "DELETE": 0xC4, "UPDATE": 0xC5, "MERGE": 0x117, "CTAS": 0xC3, "TRUNCATE": 0}
DATABASE, LANGUAGE, PACKET_SIZE, SQL_COLLATION, BEGIN, COMMIT, ROLLBACK, RESET_ACK = 1, 2, 4, 7, 8, 9, 10, 18


def _short_text(text: str) -> bytes:
    """A name, whose length counts code units."""
    data = text.encode("utf-16-le")
    return bytes([len(data) // 2]) + data


def _text(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<H", len(data) // 2) + data


def done(kind: int, status: int, command: str = "", count: int | None = None) -> bytes:
    """DONE, DONEPROC or DONEINPROC."""
    status |= COUNT if count is not None else 0
    return struct.pack("<BHHQ", kind, status, COMMANDS.get(command, 0), count or 0)


def _said(token: int, number: int, state: int, severity: int, text: str, line: int, procedure: str = "") -> bytes:
    body = struct.pack("<iBB", number, state, severity) + _text(text) + _short_text(SERVER) + _short_text(procedure)
    body += struct.pack("<I", line)
    return struct.pack("<BH", token, len(body)) + body


def error(failure: SqlError) -> bytes:
    text = failure.message[:4000]
    return _said(0xAA, failure.number, failure.state, failure.severity, text, failure.line, failure.procedure)


def info(text: str, number: int = 0, severity: int = 0) -> bytes:
    return _said(0xAB, number, 1, severity, text[:4000], 1)


def column_metadata(columns: Sequence[BoundColumn]) -> bytes:
    parts = [struct.pack("<BH", 0x81, len(columns))]
    for column in columns:
        parts.append(struct.pack("<IH", 0, 0x09 if column.nullable else 0x08))
        parts.append(type_info(column.type) + _short_text(column.name))
    return b"".join(parts)


def rows(columns: Sequence[BoundColumn], batch: Iterable[tuple[Any, ...]]) -> bytes:
    """ROW tokens of a batch."""
    encoders = [encoder(column.type) for column in columns]
    out = bytearray()
    try:
        for row in batch:
            out += b"\xd1"
            for encode, value in zip(encoders, row, strict=True):
                out += encode(value)
    except (struct.error, OverflowError, AttributeError) as error:  # DuckDB holds more than the type does
        raise SqlError(8115, "Arithmetic overflow error converting expression to the type of its column.") from error
    return bytes(out)


def return_status(value: int) -> bytes:
    return struct.pack("<Bi", 0x79, value)


def return_value(name: str, type_: SqlType, value: Any, ordinal: int = 0) -> bytes:
    head = struct.pack("<BH", 0xAC, ordinal) + _short_text(name) + struct.pack("<BIH", 1, 0, 0)
    return head + type_info(type_) + encoder(type_)(value)


def _change(kind: int, body: bytes) -> bytes:
    return struct.pack("<BHB", 0xE3, len(body) + 1, kind) + body


def changed(kind: int, new: str, old: str = "") -> bytes:
    """ENVCHANGE of a text setting."""
    return _change(kind, _short_text(new) + _short_text(old))


def changed_collation() -> bytes:
    return _change(SQL_COLLATION, b"\x05" + COLLATION + b"\x00")


def changed_transaction(kind: int, descriptor: int) -> bytes:
    """ENVCHANGE 8 names the new transaction, 9 and 10 the ended one."""
    number = b"\x08" + descriptor.to_bytes(8, "little")
    return _change(kind, number + b"\x00" if kind == BEGIN else b"\x00" + number)


def reset_acknowledged() -> bytes:
    return _change(RESET_ACK, b"\x00\x00")


def login_acknowledged(tds_version: int) -> bytes:
    name = "Microsoft SQL Server"
    body = struct.pack(">BI", 1, tds_version) + _short_text(name) + bytes([12, 0, 0x07, 0xD0])
    return struct.pack("<BH", 0xAD, len(body)) + body
