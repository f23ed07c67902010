"""DuckDB macros that carry T-SQL's rules where one DuckDB expression isn't enough.

An error raised inside a query travels as `[[number]]text` through DuckDB's error() and is unpacked by engine.py.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from local_azure.synapse.casts import POOL

if TYPE_CHECKING:
    import duckdb

_CONVERSION = "'[[245]]Conversion failed when converting the varchar value ''' || x || ''' to data type ' || t || '.'"
_NUMERIC = "'[[8114]]Error converting data type varchar to ' || t || '.'"
_DATE = "'[[241]]Conversion failed when converting date and/or time from character string.'"
_STAMP = r"'^(\d{4})-?(\d{2})-?(\d{2})([ T]+\d{2}:\d{2}(:\d{2}(\.\d{1,6}0?)?)?Z?)?$'"  # ISO 8601, the 7th digit 0
_TIME = r"'^\d{2}:\d{2}(:\d{2}(\.\d{1,6}0?)?)?$'"
_GUID = "'^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'"
_CP1252 = "[^\\x00-\\x7F\\x81\\x8D\\x8F\\x90\\x9D\\xA0-\\xFF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"  # noqa: RUF001


def _read(valid: str, text: str, empty: str, failure: str) -> tuple[str, str]:
    """The body of a strict reader of text, and of its TRY_ twin."""
    body = f"CASE WHEN x IS NULL THEN NULL WHEN {valid} THEN {text} {empty} ELSE"
    return f"{body} error({failure}) END", f"{body} NULL END"


_ZERO = "WHEN trim(x) = '' THEN '0'"
_INT = _read(r"regexp_full_match(trim(x), '[+-]?\d+')", "trim(x)", _ZERO, _CONVERSION)
_DECIMAL = _read(r"regexp_full_match(trim(x), '[+-]?(\d+\.?\d*|\.\d+)')", "trim(x)", "", _NUMERIC)
_FLOAT = _read(r"regexp_full_match(trim(x), '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?')", "trim(x)", _ZERO, _NUMERIC)
_BIT_TEXT = (
    "CASE WHEN lower(trim(x)) IN ('true', 'false') THEN lower(trim(x)) WHEN CAST(trim(x) AS "
    "HUGEINT) = 0 THEN 'false' ELSE 'true' END"
)
_BIT = _read(
    r"regexp_full_match(lower(trim(x)), '[+-]?\d+|true|false')",
    _BIT_TEXT,
    "WHEN trim(x) = '' THEN 'false'",
    _CONVERSION,
)
_DATE_TEXT = _read(
    f"regexp_matches(trim(x), {_STAMP})", rf"rtrim(regexp_replace(trim(x), {_STAMP}, '\1-\2-\3\4'), 'Z')", "", _DATE
)
_TIME_TEXT = _read(
    f"regexp_matches(trim(x), {_TIME}) OR regexp_matches(trim(x), {_STAMP})",
    (
        f"CASE WHEN regexp_matches(trim(x), {_TIME}) THEN trim(x) ELSE CAST(CAST(rtrim(trim(x), 'Z') "
        "AS TIMESTAMP)::TIME AS VARCHAR) END"
    ),
    "",
    _DATE,
)
_GUID_TEXT = _read(
    f"regexp_matches(x, {_GUID})",
    "x",
    "",
    "'[[8169]]Conversion failed when converting from a character string to uniqueidentifier.'",
)

MACROS = {
    "int_text(x, t)": _INT[0],
    "try_int_text(x)": _INT[1],
    "decimal_text(x, t)": _DECIMAL[0],
    "try_decimal_text(x)": _DECIMAL[1],
    "float_text(x, t)": _FLOAT[0],
    "try_float_text(x)": _FLOAT[1],
    "bit_text(x, t)": _BIT[0],
    "try_bit_text(x)": _BIT[1],
    "stamp_text(x)": _DATE_TEXT[0],
    "try_stamp_text(x)": _DATE_TEXT[1],
    "time_text(x)": _TIME_TEXT[0],
    "try_time_text(x)": _TIME_TEXT[1],
    "guid_text(x)": _GUID_TEXT[0],
    # Rounding of time: half up on microseconds since the epoch; datetime counts 1/300 of a second
    "floor_to(e, unit)": "e - ((e % unit) + unit) % unit",
    "round_stamp(x, unit)": f"make_timestamp({POOL}.floor_to(epoch_us(x) + unit // 2, unit))",
    "round_time(x, unit)": (
        f"CAST(make_timestamp({POOL}.floor_to(epoch_us(DATE '1970-01-01' + x) + unit // 2, unit)) AS TIME)"
    ),
    "to_datetime(x)": (
        f"make_timestamp({POOL}.floor_to(epoch_us(x), 1000000) + {POOL}.third(epoch_us(x) - "
        f"{POOL}.floor_to(epoch_us(x), 1000000)))"
    ),
    "third(us)": "((us * 3 + 5000) // 10000 * 10 + 1) // 3 * 1000",
    # Text; its characters are counted as UTF-16 has them, two beyond the first 65,536
    "units(x)": (
        "CASE WHEN strlen(x) = length(x) THEN length(x) "
        "ELSE length(x) + length(regexp_replace(x, '[^\\x{10000}-\\x{10FFFF}]', '', 'g')) END"
    ),
    "code_page(x)": f"regexp_replace(x, '{_CP1252}', '?', 'g')",
    "or_star(x, size)": "CASE WHEN length(x) > size THEN '*' ELSE x END",
    "or_overflow(x, size, s, t)": (
        "CASE WHEN length(x) > size THEN error('[[8115]]Arithmetic overflow error converting ' || s "
        "|| ' to data type ' || t || '.') ELSE x END"
    ),
    "or_truncated(x, size)": (
        "CASE WHEN length(x) > size AND length(rtrim(x)) > size THEN error('[[8152]]String or binary "
        "data would be truncated.') ELSE left(x, size) END"
    ),
    "or_too_long(x, size)": (
        "CASE WHEN length(x) > size THEN error('[[9829]]STRING_AGG aggregation result exceeded the "
        "limit of 8000 bytes. Use LOB types to avoid result truncation.') ELSE x END"
    ),
    "float_digits(x)": (
        r"CASE WHEN x = 0 THEN '0' WHEN abs(x) >= 1e6 OR abs(x) < 1e-4 THEN "
        r"regexp_replace(printf('%.6g', CAST(x AS DOUBLE)), 'e([+-])(\d\d)$', 'e\10\2') ELSE "
        r"printf('%.6g', CAST(x AS DOUBLE)) END"
    ),
    "default_text(x)": (
        "strftime(x, '%b ') || lpad(CAST(day(x) AS VARCHAR), 2, ' ') || strftime(x, ' %Y ') || "
        "lpad(strftime(x, '%-I'), 2, ' ') || strftime(x, ':%M%p')"
    ),
    "narrow_bytes(x)": f"CASE WHEN strlen(x) = length(x) THEN encode(x) ELSE {POOL}_cp1252(x) END",
    # SQL_Latin1_General_CP1_CI_AS: blind to case and trailing spaces, not to accents (Microsoft Learn, "Collation and
    # Unicode support"); its order is ICU's at the second level (unicode.org, TR35 part 5, "ks-level2")
    "key(x)": (
        "CASE WHEN strlen(x) = length(x) THEN lower(rtrim(x, ' ')) ELSE lower(nfc_normalize(rtrim(x, ' '))) END"
    ),
    "sort_key(x)": "icu_sort_key(rtrim(x, ' '), 'en-u-ks-level2')",
    # Numbers: division by zero is an error, decimals divide as 128-bit integers and truncate
    "nonzero(x)": "CASE WHEN x = 0 THEN error('[[8134]]Divide by zero error encountered.') ELSE x END",
    "fraction_text(x, scale)": "CASE WHEN x < 0 THEN '-0.' ELSE '0.' END || lpad(CAST(abs(x) AS VARCHAR), scale, '0')",
}


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Define the macros in the endpoint's schema and the functions over bytes that DuckDB lacks."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {POOL}")
    for signature, body in _ordered():
        connection.execute(f"CREATE OR REPLACE MACRO {POOL}.{signature} AS ({body})")


def _ordered() -> list[tuple[str, str]]:
    """Macros that others use first."""
    first = ("floor_to", "third")
    return sorted(MACROS.items(), key=lambda item: not item[0].startswith(first))


def install_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Python functions live as long as the process; macros bind to them when used."""
    import duckdb.sqltypes as dt

    connection.create_function(f"{POOL}_utf16", _utf16, [dt.VARCHAR], dt.BLOB)
    connection.create_function(f"{POOL}_cp1252", _narrow, [dt.VARCHAR], dt.BLOB)
    connection.create_function(f"{POOL}_sha512", _sha512, [dt.BLOB], dt.BLOB)


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def _narrow(text: str) -> bytes:
    return text.encode("cp1252", "replace")


def _sha512(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()
