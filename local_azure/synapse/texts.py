"""Functions of text and bytes that DuckDB lacks."""

from __future__ import annotations

import re
import struct
import uuid
from decimal import Context, Decimal

_WIDE = Context(prec=38)

_GROUPS = {letter: digit for digit, letters in enumerate(
    ("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1
) for letter in letters}  # fmt: skip


def soundex(text: str) -> str:
    """The four characters of SOUNDEX; 0000 where the first is no letter (Microsoft Learn, SOUNDEX)."""
    first = text.strip()[:1].upper()
    if not first.isalpha():
        return "0000"
    code, before = first, _GROUPS.get(first, 0)
    for letter in text.strip()[1:].upper():
        if not letter.isalpha():
            break
        digit = _GROUPS.get(letter, 0)
        if digit and digit != before:
            code += str(digit)
        before = before if letter in "HW" else digit
    return code[:4].ljust(4, "0")


def character(code: int) -> str:
    """The character of code page 1252, from 1 to 255."""
    return bytes([code]).decode("cp1252", "replace")


def units(text: str, first: int, size: int) -> str:
    """SUBSTRING in code units of UTF-16, from 1 on; half a surrogate pair becomes U+FFFD."""
    begin = max(first, 1) - 1
    return text.encode("utf-16-le")[2 * begin : 2 * (begin + max(size, 0))].decode("utf-16-le", "replace")


def replace(text: str, old: str, new: str) -> str:
    """REPLACE, blind to case."""
    return re.sub(re.escape(old), lambda _: new, text, flags=re.IGNORECASE) if old else text


_PART = re.compile(r'\[((?:[^\]]|\]\])*)\]|"((?:[^"]|"")*)"|([^.\[\]"]*)')


def part_of_name(text: str | None, place: int | None) -> str | None:
    """PARSENAME: a part from the end of a name of four parts at most; None for one that is empty or no name."""
    parts = None if text is None else _parts(text)
    if parts is None or place is None or not 1 <= place <= len(parts) <= 4 or not parts[-1]:
        return None
    return parts[-place] if 0 < len(parts[-place]) <= 128 else None


def _parts(text: str) -> list[str] | None:
    parts: list[str] = []
    at = 0
    while at <= len(text) and (found := _PART.match(text, at)):
        bracketed, quoted, plain = found.groups("")
        parts.append(bracketed.replace("]]", "]") or quoted.replace('""', '"') or plain)
        at = found.end() + 1
        if text[found.end() : at] not in {"", "."}:
            return None
    return parts


def int_bytes(number: int, size: int) -> bytes:
    """An integer as SQL Server casts it to bytes: its own, the highest first."""
    whole: int = 256**size
    return (number % whole).to_bytes(size, "big")


def float_bytes(number: float, size: int) -> bytes:
    """A float or a real, the highest byte first."""
    return struct.pack(">d" if size == 8 else ">f", number)


def decimal_bytes(text: str, precision: int, scale: int) -> bytes:
    """A decimal as SQL Server casts it: precision, scale, 0, the sign, and the digits as words, the lowest first."""
    words = 1 if precision <= 9 else 2 if precision <= 19 else 3 if precision <= 28 else 4
    digits = int(Decimal(text).scaleb(scale, _WIDE))
    return bytes((precision, scale, 0, digits >= 0)) + abs(digits).to_bytes(4 * words, "little")


def bytes_decimal(data: bytes) -> str:
    """The number of such bytes, as text. Raises ValueError for bytes of another shape."""
    data = bytes(data)
    if len(data) not in {8, 12, 16, 20} or data[3] > 1:
        raise ValueError("[[8114]]Error converting data type varbinary to numeric.")
    digits = Decimal(int.from_bytes(data[4:], "little")).scaleb(-data[1], _WIDE)
    return f"{digits if data[3] else -digits:f}"


def behind(data: bytes, size: int, fill: bool) -> bytes:
    """The last bytes, of a binary with zeros before them."""
    return bytes(data)[-size:].rjust(size if fill else 0, b"\0")


def bytes_int(data: bytes, size: int) -> int:
    """The last `size` bytes as an integer."""
    return int.from_bytes(bytes(data)[-size:].rjust(size, b"\0"), "big", signed=size > 1)


def guid_bytes(value: uuid.UUID) -> bytes:
    """A uniqueidentifier as SQL Server stores it: its first three groups with the lowest byte first."""
    return value.bytes_le


def bytes_guid(data: bytes) -> uuid.UUID:
    """The uniqueidentifier of 16 bytes."""
    return uuid.UUID(bytes_le=bytes(data))


def padded(data: bytes, size: int) -> bytes:
    """binary(n): zeros behind what is shorter."""
    return bytes(data)[:size].ljust(size, b"\0")


def narrow_text(data: bytes) -> str:
    """Bytes as varchar."""
    return bytes(data).decode("cp1252", "replace")


def wide_text(data: bytes) -> str:
    """Bytes as nvarchar; half a unit at the end is the unit's lower byte."""
    return bytes(data).ljust(len(data) + len(data) % 2, b"\0").decode("utf-16-le", "replace")
