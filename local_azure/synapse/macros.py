"""DuckDB macros that carry T-SQL's rules where one DuckDB expression isn't enough.

An error raised inside a query travels as `[[number]]text` through DuckDB's error() and is unpacked by engine.py.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from local_azure.synapse import documents, formats, moments, patterns, texts, zones
from local_azure.synapse.casts import POOL

if TYPE_CHECKING:
    import duckdb

_CONVERSION = (
    "'[[245]]Conversion failed when converting the ' || s || ' value ''' || x || ''' to data type ' || t || '.'"
)
_NUMERIC = (
    "'[[8114]]Error converting data type ' || s || ' to ' || CASE t WHEN 'decimal' THEN 'numeric' ELSE t END || '.'"
)
_DATE = "'[[241]]Conversion failed when converting date and/or time from character string.'"
_YEAR = r"(\d{3}[1-9]|\d{2}[1-9]0|\d[1-9]00|[1-9]000)"  # there is no year 0
_STAMP = rf"'^{_YEAR}-?(\d{{2}})-?(\d{{2}})([ T]+([01]\d|2[0-3]):\d{{2}}(:\d{{2}}(\.\d{{1,3}})?)?Z?)?$'"  # ISO 8601
_TIME = r"'^([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d{1,3})?)?$'"
_GUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_CP1252 = "[^\\x00-\\x7F\\x81\\x8D\\x8F\\x90\\x9D\\xA0-\\xFF€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"  # noqa: RUF001


def _read(valid: str, text: str, empty: str, failure: str) -> tuple[str, str]:
    """The body of a strict reader of text, and of its TRY_ twin."""
    body = f"CASE WHEN x IS NULL THEN NULL WHEN {valid} THEN {text} {empty} ELSE"
    return f"{body} error({failure}) END", f"{body} NULL END"


def _bounded(name: str, resolution: str) -> str:
    """242 for what the type doesn't reach."""
    failure = (
        f"'[[242]]The conversion of a ' || s || ' data type to a {name} data type resulted in an out-of-range value.'"
    )
    return (
        f"CASE WHEN x IS NULL THEN NULL WHEN {POOL}.is_{name}(x) THEN {POOL}.{resolution}(x) ELSE error({failure}) END"
    )


_ZERO = "WHEN trim(x) = '' THEN '0'"
_INT = _read(r"regexp_full_match(trim(x), '[+-]?\d+')", "trim(x)", _ZERO, _CONVERSION)
_DECIMAL = _read(r"regexp_full_match(trim(x), '[+-]?(\d+\.?\d*|\.\d+)')", "trim(x)", "", _NUMERIC)
_MONEY = _read(
    r"regexp_full_match(trim(x), '[+-]?[$€£¥]?[+-]?(\d[\d,]*\.?\d*|\.\d+)')",
    "regexp_replace(x, '[$€£¥, ]', '', 'g')",
    _ZERO,
    "'[[235]]Cannot convert a char value to money. The char value has incorrect syntax.'",
)
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
_SPELT = f"{POOL}_moment(x, o, d)"  # every other spelling; NULL where it is none
_DATE_TEXT = _read(
    f"regexp_matches(trim(x), {_STAMP})",
    rf"rtrim(regexp_replace(trim(x), {_STAMP}, '\1-\2-\3\4'), 'Z')",
    f"WHEN {_SPELT} IS NOT NULL THEN {_SPELT}",
    _DATE,
)
# datetime and smalldatetime tell what is no day from what is no text of one
_LEGACY_TEXT = _read(
    f"regexp_matches(trim(x), {_STAMP}) AND TRY_CAST(left(trim(x), 10) AS DATE) IS NOT NULL",
    rf"rtrim(regexp_replace(trim(x), {_STAMP}, '\1-\2-\3\4'), 'Z')",
    f"WHEN {_SPELT} IS NOT NULL THEN {_SPELT}",
    f"{POOL}_no_moment(x, o, d, s, t)",
)
_TIME_TEXT = _read(
    f"regexp_matches(trim(x), {_TIME})",
    "trim(x)",
    f"WHEN {_SPELT} IS NOT NULL THEN CAST(CAST({_SPELT} AS TIMESTAMP)::TIME AS VARCHAR)",
    _DATE,
)
_GUID_TEXT = _read(
    rf"regexp_matches(x, '^({_GUID}|\{{{_GUID}\}})')",  # what follows is cut off ("uniqueidentifier", example)
    f"regexp_extract(x, '{_GUID}')",
    "",
    "'[[8169]]Conversion failed when converting from a character string to uniqueidentifier.'",
)

MACROS = {
    "int_text(x, s, t)": _INT[0],
    "try_int_text(x)": _INT[1],
    "money_text(x, s, t)": _MONEY[0],
    "try_money_text(x)": _MONEY[1],
    "decimal_text(x, s, t)": _DECIMAL[0],
    "try_decimal_text(x)": _DECIMAL[1],
    "float_text(x, s, t)": _FLOAT[0],
    "try_float_text(x)": _FLOAT[1],
    "bit_text(x, s, t)": _BIT[0],
    "try_bit_text(x)": _BIT[1],
    "stamp_text(x, o, d)": _DATE_TEXT[0],
    "try_stamp_text(x, o, d)": _DATE_TEXT[1],
    "legacy_text(x, o, d, s, t)": _LEGACY_TEXT[0],
    "time_text(x, o, d)": _TIME_TEXT[0],
    "try_time_text(x, o, d)": _TIME_TEXT[1],
    "guid_text(x)": _GUID_TEXT[0],
    "try_guid_text(x)": _GUID_TEXT[1],
    "hex_bytes(x, mark, s, t, safe)": (
        "CASE WHEN regexp_full_match(x, mark || '([0-9A-Fa-f]{2})*') THEN unhex(regexp_replace(x, '^0[xX]', '')) "
        "WHEN x IS NULL OR safe THEN NULL ELSE error('[[8114]]Error converting data type ' || s || ' to ' || t || '.') "
        "END"
    ),
    "within_money(x, most, t, safe)": (
        "CASE WHEN x <= most AND x >= -most - 0.0001 THEN x WHEN x IS NULL OR safe THEN NULL "
        "ELSE error('[[8115]]Arithmetic overflow error converting expression to data type ' || t || '.') END"
    ),
    # Rounding of time: half up on microseconds since the epoch; datetime counts 1/300 of a second
    "floor_to(e, unit)": "e - ((e % unit) + unit) % unit",
    "round_stamp(x, unit)": f"make_timestamp({POOL}.floor_to(epoch_us(x) + unit // 2, unit))",
    "round_time(x, unit)": (
        f"CAST(make_timestamp({POOL}.floor_to(epoch_us(DATE '1970-01-01' + x) + unit // 2, unit)) AS TIME)"
    ),
    "ticks(x)": (
        f"make_timestamp({POOL}.floor_to(epoch_us(CAST(x AS TIMESTAMP)), 1000000) + {POOL}.third(epoch_us(CAST(x AS "
        f"TIMESTAMP)) - {POOL}.floor_to(epoch_us(CAST(x AS TIMESTAMP)), 1000000)))"
    ),
    # from 29.999 seconds on a minute more (Microsoft Learn, smalldatetime)
    "minutes(x)": f"make_timestamp({POOL}.floor_to(epoch_us(CAST(x AS TIMESTAMP)) + 30001000, 60000000))",
    "is_datetime(x)": "x >= TIMESTAMP '1753-01-01' AND x < TIMESTAMP '10000-01-01'",
    "is_smalldatetime(x)": "x >= TIMESTAMP '1900-01-01' AND x < TIMESTAMP '2079-06-06 23:59:29.999'",
    "to_datetime(x, s)": _bounded("datetime", "ticks"),
    "try_to_datetime(x)": f"CASE WHEN {POOL}.is_datetime(x) THEN {POOL}.ticks(x) END",
    "to_smalldatetime(x, s)": _bounded("smalldatetime", "minutes"),
    "try_to_smalldatetime(x)": f"CASE WHEN {POOL}.is_smalldatetime(x) THEN {POOL}.minutes(x) END",
    "third(us)": "((us * 3 + 5000) // 10000 * 10 + 1) // 3 * 1000",
    # Of parts, NULL where they make none: TRY takes no parts that may fail themselves, as text does
    "date_of(y, m, d)": (
        "CASE WHEN y BETWEEN 1 AND 9999 AND m BETWEEN 1 AND 12 AND d BETWEEN 1 AND day(last_day(make_date("
        "greatest(least(y, 9999), 1), greatest(least(m, 12), 1), 1))) THEN make_date(y, m, d) END"
    ),
    "time_of(h, m, s)": (
        "CASE WHEN h BETWEEN 0 AND 23 AND m BETWEEN 0 AND 59 AND s >= 0 AND s < 60 THEN make_time(h, m, s) END"
    ),
    "moment_of(y, mo, d, h, mi, s)": f"{POOL}.date_of(y, mo, d) + {POOL}.time_of(h, mi, s)",
    # datetimeoffset
    "with_offset(moment, minutes)": (
        "CASE WHEN moment IS NULL OR minutes IS NULL THEN NULL WHEN moment - to_minutes(minutes) NOT BETWEEN "
        f"TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999' THEN error({_DATE}) ELSE "
        "{'utc': CAST(moment - to_minutes(minutes) AS TIMESTAMP), 'shift': CAST(minutes AS SMALLINT)} END"
    ),
    "local_of(x)": "CAST(x.utc + to_minutes(x.shift) AS TIMESTAMP)",
    "without_offset(x)": r"regexp_replace(x, ' *([+-]\d{2}:\d{2}|[zZ]) *$', '')",
    "offset_of(x)": (
        r"CASE WHEN regexp_matches(x, '[+-]\d{2}:\d{2} *$') THEN (CASE WHEN regexp_matches(x, '-\d{2}:\d{2} *$') "
        r"THEN -1 ELSE 1 END) * (60 * CAST(regexp_extract(x, '[+-](\d{2}):(\d{2}) *$', 1) AS INTEGER) "
        r"+ CAST(regexp_extract(x, '[+-](\d{2}):(\d{2}) *$', 2) AS INTEGER)) ELSE 0 END"
    ),
    "no_offset(f)": "error('[[9812]]The timezone provided to builtin function ' || f || ' is invalid.')",
    "offset_in(minutes, f)": f"CASE WHEN abs(minutes) > 840 THEN {POOL}.no_offset(f) ELSE minutes END",
    "offset_text_in(x, f)": (
        rf"CASE WHEN x IS NULL OR regexp_matches(x, '^ *[+-]\d{{2}}:\d{{2}} *$') THEN {POOL}.offset_of(x) "
        rf"ELSE {POOL}.no_offset(f) END"
    ),
    "offset_text(x)": (
        "printf(' %s%02d:%02d', CASE WHEN x.shift < 0 THEN '-' ELSE '+' END, abs(x.shift) // 60, abs(x.shift) % 60)"
    ),
    # Text; its characters are counted as UTF-16 has them, two beyond the first 65,536
    "units(x)": (
        "CASE WHEN strlen(x) = length(x) THEN length(x) "
        "ELSE length(x) + length(regexp_replace(x, '[^\\x{10000}-\\x{10FFFF}]', '', 'g')) END"
    ),
    "slice(x, first, size)": (  # what is cut through a surrogate pair leaves U+FFFD, as a client shows half of one
        f"CASE WHEN strlen(x) = length(x) OR {POOL}.units(x) = length(x) THEN substring(x, first, size) "
        f"ELSE {POOL}_slice(x, first, size) END"
    ),
    "code_page(x)": f"regexp_replace(x, '{_CP1252}', '?', 'g')",
    "or_star(x, size)": "CASE WHEN length(x) > size THEN '*' ELSE x END",
    "or_overflow(x, size, s, t)": (
        "CASE WHEN length(x) > size THEN error('[[8115]]Arithmetic overflow error converting ' || s "
        "|| ' to data type ' || t || '.') ELSE x END"
    ),
    "or_no_room(x, size)": (
        "CASE WHEN length(x) > size THEN error('[[8170]]Insufficient result space to convert uniqueidentifier value "
        "to char.') ELSE x END"
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
    "day_text(x)": "strftime(x, '%b ') || lpad(CAST(day(x) AS VARCHAR), 2, ' ') || strftime(x, ' %Y')",
    "default_text(x)": (f"{POOL}.day_text(x) || ' ' || lpad(strftime(x, '%-I'), 2, ' ') || strftime(x, ':%M%p')"),
    "long_text(x, digits)": (
        f"{POOL}.day_text(x) || ' ' || "
        "lpad(strftime(x, '%-I'), 2, ' ') || strftime(x, ':%M:%S') || "
        "CASE WHEN digits > 0 THEN left(strftime(x, ':%f') || '0', digits + 1) ELSE '' END || strftime(x, '%p')"
    ),
    "scientific(x, pattern)": r"regexp_replace(printf(pattern, CAST(x AS DOUBLE)), 'e([+-])(\d\d)$', 'e\10\2')",
    "with_commas(x)": (
        "CASE WHEN x < 0 THEN '-' ELSE '' END || format('{:,}', CAST(trunc(abs(x)) AS BIGINT)) || "
        "right(CAST(x AS VARCHAR), 3)"
    ),
    "or_517(moment, count, added, t, least, most)": (
        "CASE WHEN moment IS NULL OR count IS NULL THEN NULL WHEN added >= least AND added < most THEN added ELSE "
        "error('[[517]]Adding a value to a ''' || t || ''' column caused an overflow.') END"
    ),
    "within_decimal(x, most)": (
        "CASE WHEN x IS NULL OR x BETWEEN -most AND most THEN x ELSE error('[[8115]]Arithmetic overflow error "
        "converting expression to data type numeric.') END"
    ),
    "or_535(x, least, most, f)": (
        "CASE WHEN x IS NULL OR x BETWEEN least AND most THEN x ELSE error('[[535]]The ' || f || ' function resulted "
        "in an overflow. The number of dateparts separating two date/time instances is too large. Try to use ' || f "
        "|| ' with a less precise datepart.') END"
    ),
    "finite(x)": (
        "CASE WHEN isinf(x) THEN error('[[8115]]Arithmetic overflow error converting expression to data type float.') "
        "ELSE x END"
    ),
    "narrow_bytes(x)": f"CASE WHEN strlen(x) = length(x) THEN encode(x) ELSE {POOL}_cp1252(x) END",
    # SQL_Latin1_General_CP1_CI_AS: blind to case and trailing spaces, not to accents (Microsoft Learn, "Collation and
    # Unicode support"); its order is ICU's at the second level (unicode.org, TR35 part 5, "ks-level2")
    "key(x)": f"lower(nfc_normalize({POOL}.trimmed(x)))",
    "sort_key(x)": f"icu_sort_key({POOL}.trimmed(x), 'en-u-ks-level2')",
    # bytes 10 to 15, 8 and 9, 6 and 7, 4 and 5, 0 to 3 of what is stored ("Comparing GUID and uniqueidentifier Values")
    "guid_key(x)": (
        "substr(x, 25, 12) || substr(x, 20, 4) || substr(x, 17, 2) || substr(x, 15, 2) || substr(x, 12, 2) || "
        "substr(x, 10, 2) || substr(x, 7, 2) || substr(x, 5, 2) || substr(x, 3, 2) || substr(x, 1, 2)"
    ),
    "trimmed(x)": "CASE WHEN ends_with(x, ' ') THEN rtrim(x, ' ') ELSE x END",  # most text has nothing to trim
    "tiles(x)": (
        "CASE WHEN x > 0 THEN x ELSE error('[[4116]]The function ''NTILE'' takes only a positive int or bigint "
        "expression as its input.') END"
    ),
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
    """Macros that others use first, in order."""
    first = (
        "date_of(",
        "time_of(",
        "trimmed(",
        "day_text(",
        "floor_to(",
        "units(",
        "third(",
        "ticks(",
        "minutes(",
        "is_datetime(",
        "is_smalldatetime(",
    )

    def place(item: tuple[str, str]) -> int:
        return next((i for i, name in enumerate(first) if item[0].startswith(name)), len(first))

    return sorted(MACROS.items(), key=place)


def install_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Python functions live as long as the process; macros bind to them when used."""
    import duckdb.sqltypes as dt
    from duckdb.func import FunctionNullHandling

    connection.create_function(
        f"{POOL}_moment", moments.read, [dt.VARCHAR, dt.VARCHAR, dt.INTEGER], dt.VARCHAR,
        null_handling=FunctionNullHandling.SPECIAL,
    )  # fmt: skip
    connection.create_function(
        f"{POOL}_no_moment", moments.fault, [dt.VARCHAR, dt.VARCHAR, dt.INTEGER, dt.VARCHAR, dt.VARCHAR], dt.VARCHAR
    )
    connection.create_function(f"{POOL}_int_bytes", texts.int_bytes, [dt.BIGINT, dt.INTEGER], dt.BLOB)
    connection.create_function(f"{POOL}_float_bytes", texts.float_bytes, [dt.DOUBLE, dt.INTEGER], dt.BLOB)
    connection.create_function(
        f"{POOL}_decimal_bytes", texts.decimal_bytes, [dt.VARCHAR, dt.INTEGER, dt.INTEGER], dt.BLOB
    )
    connection.create_function(f"{POOL}_bytes_decimal", texts.bytes_decimal, [dt.BLOB], dt.VARCHAR)
    connection.create_function(f"{POOL}_behind", texts.behind, [dt.BLOB, dt.INTEGER, dt.BOOLEAN], dt.BLOB)
    connection.create_function(f"{POOL}_bytes_int", texts.bytes_int, [dt.BLOB, dt.INTEGER], dt.BIGINT)
    connection.create_function(f"{POOL}_guid_bytes", texts.guid_bytes, [dt.UUID], dt.BLOB)
    connection.create_function(f"{POOL}_bytes_guid", texts.bytes_guid, [dt.BLOB], dt.UUID)
    connection.create_function(f"{POOL}_padded", texts.padded, [dt.BLOB, dt.INTEGER], dt.BLOB)
    connection.create_function(f"{POOL}_narrow_text", texts.narrow_text, [dt.BLOB], dt.VARCHAR)
    connection.create_function(f"{POOL}_wide_text", texts.wide_text, [dt.BLOB], dt.VARCHAR)
    connection.create_function(f"{POOL}_slice", texts.units, [dt.VARCHAR, dt.BIGINT, dt.BIGINT], dt.VARCHAR)
    connection.create_function(f"{POOL}_soundex", texts.soundex, [dt.VARCHAR], dt.VARCHAR)
    connection.create_function(
        f"{POOL}_part_of_name", texts.part_of_name, [dt.VARCHAR, dt.INTEGER], dt.VARCHAR,
        null_handling=FunctionNullHandling.SPECIAL,
    )  # fmt: skip
    connection.create_function(f"{POOL}_character", texts.character, [dt.INTEGER], dt.VARCHAR)
    connection.create_function(f"{POOL}_regex", patterns.regex, [dt.VARCHAR] * 2, dt.VARCHAR)
    connection.create_function(f"{POOL}_place", patterns.place, [dt.VARCHAR], dt.VARCHAR)
    connection.create_function(f"{POOL}_replace", texts.replace, [dt.VARCHAR] * 3, dt.VARCHAR)
    connection.create_function(f"{POOL}_zone_moment", zones.moment, [dt.TIMESTAMP, dt.VARCHAR], dt.TIMESTAMP)
    connection.create_function(f"{POOL}_zone_shift", zones.shift, [dt.TIMESTAMP, dt.VARCHAR], dt.INTEGER)
    connection.create_function(f"{POOL}_format_number", formats.number, [dt.VARCHAR, dt.VARCHAR], dt.VARCHAR)
    connection.create_function(f"{POOL}_format_moment", formats.moment, [dt.TIMESTAMP, dt.VARCHAR], dt.VARCHAR)
    special = FunctionNullHandling.SPECIAL
    connection.create_function(
        f"{POOL}_format_elapsed", formats.elapsed, [dt.TIMESTAMP, dt.VARCHAR], dt.VARCHAR, null_handling=special
    )
    for name, function in (("value", documents.value), ("query", documents.query)):
        connection.create_function(
            f"{POOL}_json_{name}", function, [dt.VARCHAR] * 2, dt.VARCHAR, null_handling=special
        )  # fmt: skip
    connection.create_function(f"{POOL}_json_is", documents.is_document, [dt.VARCHAR], dt.INTEGER)
    connection.create_function(
        f"{POOL}_json_modify", documents.modify, [dt.VARCHAR] * 3, dt.VARCHAR, null_handling=special
    )
    for name, rows, count in (("members", documents.members, 2), ("columns", documents.columns, 3)):
        connection.create_function(
            f"{POOL}_json_{name}", rows, [dt.VARCHAR] * count, dt.VARCHAR, null_handling=special
        )  # fmt: skip
    connection.create_function(f"{POOL}_utf16", _utf16, [dt.VARCHAR], dt.BLOB)
    connection.create_function(f"{POOL}_cp1252", _narrow, [dt.VARCHAR], dt.BLOB)
    connection.create_function(f"{POOL}_sha512", _sha512, [dt.BLOB], dt.BLOB)


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def _narrow(text: str) -> bytes:
    return text.encode("cp1252", "replace")


def _sha512(data: bytes) -> bytes:
    return hashlib.sha512(data).digest()
