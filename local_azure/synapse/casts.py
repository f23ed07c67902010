"""Conversions between T-SQL types as DuckDB expressions: explicit, implicit, safe, and on assignment.

Source: Microsoft Learn, "CAST and CONVERT (Transact-SQL)": truncation, rounding and the styles.
"""

from __future__ import annotations

from local_azure.synapse.errors import SqlError, not_local
from local_azure.synapse.sqltypes import (
    APPROXIMATE,
    BINARIES,
    INTEGERS,
    MAX,
    NUMERIC,
    STAMPS,
    TEMPORAL,
    SqlType,
)

POOL = "__pool"  # the DuckDB schema of the endpoint's own tables and macros

# CONVERT's styles of a date or time, as strftime formats of DuckDB; {f} is the fraction with the mark before it, of as
# many digits as the type has ("CAST and CONVERT", "Date and time styles"). In 9, 13 and 14 the mark is a colon.
STYLES = {
    1: "%m/%d/%y", 2: "%y.%m.%d", 3: "%d/%m/%y", 4: "%d.%m.%y", 5: "%d-%m-%y", 6: "%d %b %y", 7: "%b %d, %y",
    8: "%H:%M:%S", 10: "%m-%d-%y", 11: "%y/%m/%d", 12: "%y%m%d", 13: "%d %b %Y %H:%M:%S{f}", 14: "%H:%M:%S{f}",
    20: "%Y-%m-%d %H:%M:%S", 21: "%Y-%m-%d %H:%M:%S{f}", 22: "%m/%d/%y {h}:%M:%S %p", 23: "%Y-%m-%d", 24: "%H:%M:%S",
    25: "%Y-%m-%d %H:%M:%S{f}", 101: "%m/%d/%Y", 102: "%Y.%m.%d", 103: "%d/%m/%Y", 104: "%d.%m.%Y", 105: "%d-%m-%Y",
    106: "%d %b %Y", 107: "%b %d, %Y", 108: "%H:%M:%S", 110: "%m-%d-%Y", 111: "%Y/%m/%d", 112: "%Y%m%d",
    113: "%d %b %Y %H:%M:%S{f}", 114: "%H:%M:%S{f}", 120: "%Y-%m-%d %H:%M:%S", 121: "%Y-%m-%d %H:%M:%S{f}",
}  # fmt: skip
_COLON = {9, 13, 14, 109, 113, 114}
_HIJRI = {130, 131}
# The order of day, month and year in text that is read under a style; all others read month, day, year
_ORDERS = {
    **dict.fromkeys((3, 4, 5, 6, 13, 103, 104, 105, 106, 113), "dmy"),
    **dict.fromkeys((2, 11, 12, 20, 21, 23, 25, 102, 111, 112, 120, 121, 126, 127), "ymd"),
}


def quote(text: str) -> str:
    """A string literal of DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def ident(name: str) -> str:
    """A delimited identifier of DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def cast(sql: str, source: SqlType | None, target: SqlType, *, safe: bool = False, style: int | None = None) -> str:
    """`sql` of type `source` as `target`; None is a bare NULL. `safe` is TRY_CAST: NULL instead of an error.

    Raises SqlError 529 where the pair never converts, 281 for an unknown style.
    """
    if source is None:
        return f"CAST({sql} AS {target.duckdb})"
    if source == target and not target.is_string:
        return sql
    if "datetimeoffset" in {source.name, target.name}:
        return _offset(sql, source, target, safe=safe, style=style)
    word = "TRY_CAST" if safe else "CAST"
    if target.is_string:
        return _to_string(sql, source, target, style, safe=safe)
    if target.name in NUMERIC:
        return _to_number(sql, source, target, word)
    if target.name in TEMPORAL:
        return _to_time(sql, source, target, word, style)
    if target.name in BINARIES:
        return _to_binary(sql, source, target, style, safe=safe)
    return _to_guid(sql, source, target, safe=safe)


def cast_by(sql: str, source: SqlType | None, target: SqlType, style: str, *, safe: bool = False) -> str:
    """`cast` by a style that is computed: NULL of NULL, and of a style that is none what `cast` makes of it."""
    if source is None:
        return cast(sql, source, target)
    texts: dict[str, list[str]] = {}
    for number in sorted({*STYLES, *_OTHER_STYLES}):
        texts.setdefault(_attempt(sql, source, target, number, safe=safe), []).append(str(number))
    branches = " ".join(f"WHEN {style} IN ({', '.join(numbers)}) THEN {text}" for text, numbers in texts.items())
    other = _attempt(sql, source, target, _NO_STYLE, safe=safe)
    return f"CASE WHEN {style} IS NULL THEN NULL {branches} ELSE {other} END"


_OTHER_STYLES = {0, 9, 100, 109, 126, 127}  # which are no pattern of strftime
_NO_STYLE = 999


def _attempt(sql: str, source: SqlType, target: SqlType, style: int, *, safe: bool) -> str:
    """A conversion, or its error when the row comes that asks for it."""
    try:
        return cast(sql, source, target, safe=safe, style=style)
    except SqlError as error:
        if error.number not in {281, 8114}:
            raise
        text = error.message.replace(str(_NO_STYLE), "The style")
        return f"CAST(error({quote(f'[[{error.number}]]{text}')}) AS {target.duckdb})"


def _never(source: SqlType, target: SqlType) -> SqlError:
    text = f"Explicit conversion from data type {source.name} to {target.name} is not allowed."
    return SqlError(529, text)


# Numbers

_INTEGER_BYTES = {"tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}


def _to_number(sql: str, source: SqlType, target: SqlType, word: str) -> str:
    number = _any_number(sql, source, target, word)
    if source.name in _WITHIN_MONEY.get(target.name, set()):
        return number
    return within_money(number, target, safe=word == "TRY_CAST")


def within_money(sql: str, type_: SqlType, *, safe: bool = False) -> str:
    """A number that is 8115 where it leaves money or smallmoney, whose twins in DuckDB hold more."""
    if type_.name not in _MONEY:
        return sql
    return f"{POOL}.within_money({sql}, {_MONEY[type_.name]}, '{type_.name}', {safe})"


_MONEY = {"money": "922337203685477.5807", "smallmoney": "214748.3647"}  # the most it holds ("money and smallmoney")
_WITHIN_MONEY = {
    "money": {"bit", "tinyint", "smallint", "int", "smallmoney", "datetime", "smalldatetime"},
    "smallmoney": {"bit", "tinyint", "smallint", "datetime", "smalldatetime"},
}


def _any_number(sql: str, source: SqlType, target: SqlType, word: str) -> str:
    if source.is_string:
        return _number_from_text(sql, source, target, word)
    if source.name in {"datetime", "smalldatetime"}:
        return _days_since_1900(sql, target, word)
    if source.name in BINARIES and target.name == "bit":
        return f"(CAST({POOL}_bytes_int({sql}, 8) AS BIGINT) <> 0)"
    if source.name in BINARIES and target.name in INTEGERS:
        return f"CAST({POOL}_bytes_int({sql}, {_INTEGER_BYTES[target.name]}) AS {target.duckdb})"
    if source.name in BINARIES and target.name in _MONEY:
        size = _SIZES[target.name]
        return f"CAST(CAST({POOL}_bytes_int({sql}, {size}) AS DECIMAL(38,4)) / 10000 AS {target.duckdb})"
    if source.name in BINARIES and target.name == "decimal":
        return f"{word}({POOL}_bytes_decimal({sql}) AS {target.duckdb})"
    if source.name in BINARIES and target.name not in APPROXIMATE:
        raise not_local(f"Conversion of {source.name} to {target.name}")
    if source.name not in NUMERIC:
        raise _never(source, target)
    if target.name == "bit":
        return f"({sql} <> 0)"
    if source.name == "bit":
        return f"{word}(CAST({sql} AS INTEGER) AS {target.duckdb})"
    if target.name in INTEGERS and source.name in {*APPROXIMATE, "decimal"}:
        return f"{word}(trunc({sql}) AS {target.duckdb})"
    return f"{word}({sql} AS {target.duckdb})"


def _days_since_1900(sql: str, target: SqlType, word: str) -> str:
    """A datetime as days and their fraction; an integer is rounded ("datetime", converting to other types)."""
    if target.name == "bit":
        raise _never(SqlType("datetime"), target)
    days = f"((epoch_us({sql}) - epoch_us(TIMESTAMP '1900-01-01')) / 86400000000.0::DOUBLE)"
    return f"{word}({f'floor({days} + 0.5)' if target.name in INTEGERS else days} AS {target.duckdb})"


def _number_from_text(sql: str, source: SqlType, target: SqlType, word: str) -> str:
    kind = {"bit": "bit", "real": "float", "float": "float"}.get(target.name, "int")
    if target.name == "decimal":
        kind = "decimal"
    if target.name in {"money", "smallmoney"}:
        kind = "money"
    if word == "TRY_CAST":
        return f"TRY_CAST({POOL}.try_{kind}_text({sql}) AS {target.duckdb})"
    names = f"{quote(source.name)}, {quote(target.name)}"
    return f"CAST({POOL}.{kind}_text({sql}, {names}) AS {target.duckdb})"


# Dates and times


def _to_time(sql: str, source: SqlType, target: SqlType, word: str, style: int | None) -> str:
    if source.is_string:
        return rounded(_read_time(sql, source, target, word, style), target, source, safe=word == "TRY_CAST")
    if source.name in {*INTEGERS, "bit"} and target.name in {"datetime", "smalldatetime"}:
        days = f"(TIMESTAMP '1900-01-01' + to_days(CAST({sql} AS INTEGER)))"
        return rounded(days, target, source, safe=word == "TRY_CAST")
    if source.name in NUMERIC and target.name in {"datetime", "smalldatetime"}:
        passed = f"to_microseconds({word}(round(CAST({sql} AS DOUBLE) * 86400000000) AS BIGINT))"
        return rounded(f"(TIMESTAMP '1900-01-01' + {passed})", target, source, safe=word == "TRY_CAST")
    if source.name in BINARIES:
        raise not_local(f"Conversion of {source.name} to {target.name}")
    if source.name not in TEMPORAL or "time" in {source.name, target.name} - {source.name} & {"date"}:
        raise _never(source, target)
    if source.name == "time" and target.name in STAMPS:
        return rounded(f"(DATE '1900-01-01' + {sql})", target, source, safe=word == "TRY_CAST")
    if {source.name, target.name} == {"time", "date"}:
        raise _never(source, target)
    return rounded(f"{word}({sql} AS {target.duckdb})", target, source, safe=word == "TRY_CAST")


def _read_time(sql: str, source: SqlType, target: SqlType, word: str, style: int | None) -> str:
    """Text as a moment: ISO 8601 as it stands, every other spelling in the order of the style."""
    if style in _HIJRI:
        raise not_local(f"Reading a date from text in style {style}")
    safe, order = word == "TRY_CAST", quote(_ORDERS.get(style or 0, "mdy"))
    if target.name in {"datetime", "smalldatetime"}:
        names = f"{quote(source.name)}, {quote(target.name)}"
        text = f"try_stamp_text({sql}, {order}, 3)" if safe else f"legacy_text({sql}, {order}, 3, {names})"
    else:  # the newer types take the clock that the text names, and leave its offset
        kind = "time" if target.name == "time" else "stamp"
        text = f"{'try_' if safe else ''}{kind}_text({POOL}.without_offset({sql}), {order}, 7)"
    return f"{word}({POOL}.{text} AS {target.duckdb})"


def rounded(sql: str, target: SqlType, source: SqlType | None = None, *, safe: bool = False) -> str:
    """Round to the target's resolution: datetime 1/300 s, smalldatetime a minute, datetime2(n) and time(n).

    What is before 1753 (datetime) or 1900 (smalldatetime), or after 2079-06-06, is error 242, or NULL where `safe`.
    """
    if source is not None and source.name == target.name and source.scale <= target.scale:
        return sql
    if target.name in {"datetime", "smalldatetime"}:
        name = source.name if source is not None else target.name
        macro = f"{POOL}.{'try_' if safe else ''}to_{target.name}"
        return f"{macro}({sql})" if safe else f"{macro}({sql}, {quote(name)})"
    if source is not None and source.name == "date":
        return sql
    if target.name in {"datetime2", "time"} and target.scale < 6:
        macro = "round_stamp" if target.name == "datetime2" else "round_time"
        return f"{POOL}.{macro}({sql}, {10 ** (6 - target.scale)})"
    return sql


# datetimeoffset: a moment in UTC and the minutes of its offset


def _offset(sql: str, source: SqlType, target: SqlType, *, safe: bool, style: int | None) -> str:
    """To and from datetimeoffset, by the moment of its own clock ("datetimeoffset (Transact-SQL)")."""
    if source.name == target.name:
        return sql
    plain = SqlType("datetime2", scale=target.scale if target.name == "datetimeoffset" else source.scale)
    if target.name == "datetimeoffset":
        if source.is_string:
            bare = cast(f"{POOL}.without_offset({sql})", source, plain, safe=safe, style=style)
            return f"{POOL}.with_offset({bare}, {POOL}.offset_of({sql}))"
        return f"{POOL}.with_offset({cast(sql, source, plain, safe=safe)}, 0)"
    local = f"{POOL}.local_of({sql})"
    if target.is_string:
        return _cut(_offset_text(sql, local, plain, style), SqlType("varchar", MAX), target)
    return cast(local, plain, target, safe=safe, style=style)


def _offset_text(sql: str, local: str, plain: SqlType, style: int | None) -> str:
    """With the offset behind the clock; 126 without a blank between them, 127 in UTC."""
    if style == 127:
        return f"({cast(f'{sql}.utc', plain, SqlType('varchar', MAX), style=126)} || 'Z')"
    text = cast(local, plain, SqlType("varchar", MAX), style=style)
    if style in _DAYS:
        return text
    offset = f"{POOL}.offset_text({sql})"
    return f"({text} || {f'trim({offset})' if style == 126 else offset})"


# Text


def _to_string(sql: str, source: SqlType, target: SqlType, style: int | None, *, safe: bool) -> str:
    if source.name in BINARIES and style not in {1, 2}:
        return _cut(f"{POOL}_{'wide' if target.is_wide else 'narrow'}_text({sql})", SqlType("varchar", MAX), target)
    text = sql if source.is_string else _as_text(sql, source, style)
    if source.is_wide and not target.is_wide:
        text = f"{POOL}.code_page({text})"
    if source.is_string:
        return _cut(text, source, target)
    return _padded(_fit(text, source, target, safe=safe), target)


def _as_text(sql: str, source: SqlType, style: int | None) -> str:
    if source.name in TEMPORAL:
        return _time_text(sql, source, style)
    if source.name in APPROXIMATE:
        return _float_text(sql, style)
    if source.name in BINARIES:
        return f"({quote('0x') if style == 1 else quote('')} || hex({sql}))"
    if source.name in {"money", "smallmoney"}:
        return _money_text(sql, style)
    if source.name == "uniqueidentifier":
        return f"upper(CAST({sql} AS VARCHAR))"
    return f"CAST({_bit(sql, source)} AS VARCHAR)"


def _float_text(sql: str, style: int | None) -> str:
    """Six digits at most; 1 always eight and 2 always sixteen, in scientific notation; 3 all seventeen."""
    if style in {1, 2, 3}:
        return f"{POOL}.scientific({sql}, '%.{ ({1: 7, 2: 15, 3: 16}[style]) }e')"
    return f"{POOL}.float_digits({sql})"


def _money_text(sql: str, style: int | None) -> str:
    """Two decimals; 1 with commas before them; 2 and 126 four ("CAST and CONVERT", "money and smallmoney styles")."""
    if style in {2, 126}:
        return f"CAST(CAST({sql} AS DECIMAL(19,4)) AS VARCHAR)"
    two = f"CAST({sql} AS DECIMAL(19,2))"
    return f"{POOL}.with_commas({two})" if style == 1 else f"CAST({two} AS VARCHAR)"


def _bit(sql: str, source: SqlType) -> str:
    return f"CAST({sql} AS INTEGER)" if source.name == "bit" else sql


def _time_text(sql: str, source: SqlType, style: int | None) -> str:
    """A date shows what a style has of the day, a time what it has of the clock: 8114 where that is nothing."""
    if style is None and source.name in {"date", "time", "datetime2"}:
        style = 121
    if style in {"date": _CLOCKS, "time": _DAYS}.get(source.name, set()):
        raise SqlError(8114, f"Error converting data type {source.name} to varchar.")
    if source.name == "time" and style not in _HIJRI and (style in STYLES or style in _CLOCK_OF):
        shown = _CLOCK_OF.get(style or 0, "%H:%M:%S{f}")
        return _styled(f"(DATE '1900-01-01' + {sql})", shown, ".", source.scale)
    if source.name == "date" and style in {0, 9, 100, 109}:
        return f"{POOL}.day_text({sql})"
    return _stamp_text(sql, source, _DAY_OF.get(style or 0, style or 0) if source.name == "date" else style or 0)


_CLOCKS = {8, 14, 24, 108, 114}  # styles without a day
_DAYS = {1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 23, 101, 102, 103, 104, 105, 106, 107, 110, 111, 112}  # and without a clock
_DAY_OF = {13: 106, 113: 106, 22: 1, **dict.fromkeys((20, 21, 25, 120, 121, 126, 127), 23)}
_CLOCK_OF = {
    **dict.fromkeys((0, 100), "%-I:%M%p"), **dict.fromkeys((9, 109), "%-I:%M:%S{f}%p"), 22: "%-I:%M:%S %p",
    **dict.fromkeys((8, 20, 24, 108, 120), "%H:%M:%S"), **dict.fromkeys((126, 127), "%H:%M:%S{f}"),
}  # fmt: skip


def _stamp_text(sql: str, source: SqlType, style: int) -> str:
    if style in _HIJRI:
        raise not_local(f"Style {style} (Hijri)")
    digits = {"datetime2": source.scale, "datetime": 3, "smalldatetime": 3}.get(source.name, 0)
    if style in {0, 100}:
        return f"{POOL}.default_text({sql})"
    if style in {9, 109}:
        return f"{POOL}.long_text({sql}, {digits})"
    if style in {126, 127}:  # no fraction where it is 0
        whole = f"strftime({sql}, '%Y-%m-%dT%H:%M:%S')"
        fraction = _styled(sql, "%Y-%m-%dT%H:%M:%S{f}", ".", digits)
        return f"CASE WHEN epoch_us({sql}) % 1000000 = 0 THEN {whole} ELSE {fraction} END"
    if style not in STYLES:
        raise SqlError(
            281, f"{style} is not a valid style number when converting from {source.name} to a character string."
        )
    return _styled(sql, STYLES[style], ":" if style in _COLON else ".", digits)


def _styled(sql: str, style: str, mark: str, digits: int) -> str:
    """strftime with a fraction of so many digits, the seventh 0, and with {h}, an hour with a blank for its zero."""
    if "{h}" in style:
        day, _, clock = style.partition("{h}")
        return f"(strftime({sql}, {quote(day)}) || lpad(strftime({sql}, {quote('%-I' + clock)}), 11, ' '))"
    if "{f}" not in style or not digits:
        return f"strftime({sql}, {quote(style.replace('{f}', ''))})"
    before, _, behind = style.partition("{f}")
    text = f"strftime({sql}, {quote(before + mark + '%f')})"
    text = f"left({text}, length({text}) - {6 - digits})" if digits <= 6 else f"({text} || '0')"
    return f"({text} || strftime({sql}, {quote(behind)}))" if behind else text


def _cut(text: str, source: SqlType, target: SqlType) -> str:
    if target.length != MAX and (source.length == MAX or source.length > target.length):
        text = f"{POOL}.slice({text}, 1, {target.length})" if target.is_wide else f"left({text}, {target.length})"
    return text if source == target else _padded(text, target)


def _padded(text: str, target: SqlType) -> str:
    return f"rpad({text}, {target.length}, ' ')" if target.name in {"char", "nchar"} else text


def _fit(text: str, source: SqlType, target: SqlType, *, safe: bool) -> str:
    """A number whose text does not fit is an asterisk if it is a small integer, else an error, or NULL where `safe`."""
    if target.length == MAX or target.length >= 48:
        return text
    if source.name in {*TEMPORAL, *BINARIES}:
        return f"left({text}, {target.length})"
    if source.name in INTEGERS and not target.is_wide and source.name != "bigint":
        return f"{POOL}.or_star({text}, {target.length})"
    if safe:
        return f"CASE WHEN length({text}) <= {target.length} THEN {text} END"
    if source.name == "uniqueidentifier":
        return f"{POOL}.or_no_room({text}, {target.length})"
    name = "numeric" if source.name == "decimal" else source.name  # as its errors name it
    return f"{POOL}.or_overflow({text}, {target.length}, {quote(name)}, {quote(target.name)})"


# Bytes and identifiers


def _to_binary(sql: str, source: SqlType, target: SqlType, style: int | None, *, safe: bool) -> str:
    """Text by its code page, or as hexadecimal digits (style 1 with 0x before them, 2 without)."""
    if source.is_string:
        digits = f"{POOL}.hex_bytes({sql}, '{'0[xX]' if style == 1 else ''}', '{source.name}', '{target.name}', {safe})"
        sql = digits if style in {1, 2} else as_bytes(sql, source)
    elif source.name == "uniqueidentifier":
        sql = f"{POOL}_guid_bytes({sql})"
    elif source.name not in BINARIES:
        return _number_bytes(sql, source, target)
    if target.length == MAX:
        return sql
    if target.name == "binary" and source != target:
        return f"{POOL}_padded({sql}, {target.length})"
    return sql if 0 < source.length <= target.length and not source.is_string else f"{sql}[1:{target.length}]"


_SIZES = {**_INTEGER_BYTES, "bit": 1, "money": 8, "smallmoney": 4, "datetime": 8, "smalldatetime": 4}


def _number_bytes(sql: str, source: SqlType, target: SqlType) -> str:
    """Cut and padded on the left, as all that is no text ("CAST and CONVERT", "Binary styles")."""
    if source.name == "decimal":
        text = f"CAST({sql} AS VARCHAR)"
        bytes_, size = f"{POOL}_decimal_bytes({text}, {source.precision}, {source.scale})", 20
    elif source.name in APPROXIMATE:
        size = 4 if source.name == "real" else 8
        bytes_ = f"{POOL}_float_bytes(CAST({sql} AS DOUBLE), {size})"
    elif source.name in _SIZES:
        size = _SIZES[source.name]
        bytes_ = f"{POOL}_int_bytes(CAST({_as_integer(sql, source)} AS BIGINT), {size})"
    else:
        raise not_local(f"Conversion of {source.name} to {target.name}")
    if target.length == MAX or (target.name == "varbinary" and target.length >= size):
        return bytes_
    return f"{POOL}_behind({bytes_}, {target.length}, {target.name == 'binary'})"


def _as_integer(sql: str, source: SqlType) -> str:
    """Money in ten-thousandths; a datetime as days since 1900 before its ticks, or a smalldatetime's minutes."""
    if source.name in _MONEY:
        return f"{sql} * 10000"
    if source.name not in {"datetime", "smalldatetime"}:
        return sql
    days = f"date_diff('day', DATE '1900-01-01', CAST({sql} AS DATE))"
    passed = f"(epoch_us({sql}) - epoch_us(CAST(CAST({sql} AS DATE) AS TIMESTAMP)))"
    if source.name == "datetime":
        return f"{days} * 4294967296 + CAST(round({passed} * 3 / 10000.0) AS BIGINT)"
    return f"{days} * 65536 + {passed} // 60000000"


def as_bytes(sql: str, source: SqlType) -> str:
    """The bytes SQL Server stores: UTF-16LE for the n types, code page 1252 for the others."""
    return f"{POOL}_utf16({sql})" if source.is_wide else f"{POOL}.narrow_bytes({sql})"


def _to_guid(sql: str, source: SqlType, target: SqlType, *, safe: bool) -> str:
    if source.name in BINARIES:
        return f"{POOL}_bytes_guid({POOL}_padded({sql}, 16))"
    if not source.is_string:
        raise _never(source, target)
    return f"CAST({POOL}.{'try_' if safe else ''}guid_text({sql}) AS UUID)"


def assign(sql: str, source: SqlType | None, target: SqlType) -> str:
    """As `cast`, but text too long for the column is error 8152 instead of cut, and clashes are 206."""
    if source is None or not target.is_string:
        _refuse_assignment(source, target)
        return cast(sql, source, target)
    too_long = target.length != MAX and (source.length == MAX or source.length > target.length)
    if source.is_string and too_long:
        sql = f"{POOL}.or_truncated({sql}, {target.length})"
    return cast(sql, source, target)


def _refuse_assignment(source: SqlType | None, target: SqlType) -> None:
    if source is not None and source.is_string and target.name in BINARIES:
        text = f"Implicit conversion from data type {source.name} to {target.name} is not allowed. Use the CONVERT"
        raise SqlError(257, f"{text} function to run this query.")
    if source is None or source.is_string or source.name == target.name:
        return
    both_numbers = source.name in NUMERIC and target.name in NUMERIC
    both_times = source.name in TEMPORAL and target.name in TEMPORAL
    both_bytes = source.name in {*BINARIES, *INTEGERS, "bit", "uniqueidentifier"} and target.name in BINARIES
    days = source.name in NUMERIC and target.name in {"datetime", "smalldatetime"}
    from_bytes = source.name in BINARIES and target.name in {*INTEGERS, "bit", "uniqueidentifier"}
    if not (both_numbers or both_times or both_bytes or from_bytes or days):
        raise SqlError(206, f"Operand type clash: {source.name} is incompatible with {target.name}")
