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

# CONVERT's styles of a date or time, as strftime formats of DuckDB.
STYLES = {
    0: "%b %-d %Y %-I:%M%p", 1: "%m/%d/%y", 3: "%d/%m/%y", 4: "%d.%m.%y", 5: "%d-%m-%y", 8: "%H:%M:%S",
    10: "%m-%d-%y", 11: "%y/%m/%d", 12: "%y%m%d", 20: "%Y-%m-%d %H:%M:%S", 21: "%Y-%m-%d %H:%M:%S.%g",
    23: "%Y-%m-%d", 24: "%H:%M:%S", 25: "%Y-%m-%d %H:%M:%S.%g", 101: "%m/%d/%Y", 102: "%Y.%m.%d",
    103: "%d/%m/%Y", 104: "%d.%m.%Y", 105: "%d-%m-%Y", 108: "%H:%M:%S", 110: "%m-%d-%Y", 111: "%Y/%m/%d",
    112: "%Y%m%d", 120: "%Y-%m-%d %H:%M:%S", 121: "%Y-%m-%d %H:%M:%S.%g", 126: "%Y-%m-%dT%H:%M:%S.%g",
}  # fmt: skip
_ISO_STYLES = {None, 0, 20, 21, 23, 112, 120, 121, 126}  # styles under which ISO text is read


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
    word = "TRY_CAST" if safe else "CAST"
    if target.is_string:
        return _to_string(sql, source, target, style)
    if target.name in NUMERIC:
        return _to_number(sql, source, target, word)
    if target.name in TEMPORAL:
        return _to_time(sql, source, target, word, style)
    if target.name in BINARIES:
        return _to_binary(sql, source, target, style)
    return _to_guid(sql, source, target, word)


def _never(source: SqlType, target: SqlType) -> SqlError:
    text = f"Explicit conversion from data type {source.name} to {target.name} is not allowed."
    return SqlError(529, text)


# Numbers


def _to_number(sql: str, source: SqlType, target: SqlType, word: str) -> str:
    if source.is_string:
        return _number_from_text(sql, target, word)
    if source.name not in NUMERIC:
        raise _never(source, target)
    if target.name == "bit":
        return f"({sql} <> 0)"
    if source.name == "bit":
        return f"{word}(CAST({sql} AS INTEGER) AS {target.duckdb})"
    if target.name in INTEGERS and source.name in {*APPROXIMATE, "decimal"}:
        return f"{word}(trunc({sql}) AS {target.duckdb})"
    return f"{word}({sql} AS {target.duckdb})"


def _number_from_text(sql: str, target: SqlType, word: str) -> str:
    kind = {"bit": "bit", "real": "float", "float": "float"}.get(target.name, "int")
    if target.name in {"decimal", "money", "smallmoney"}:
        kind = "decimal"
    if word == "TRY_CAST":
        return f"TRY_CAST({POOL}.try_{kind}_text({sql}) AS {target.duckdb})"
    return f"CAST({POOL}.{kind}_text({sql}, {quote(target.name)}) AS {target.duckdb})"


# Dates and times


def _to_time(sql: str, source: SqlType, target: SqlType, word: str, style: int | None) -> str:
    if source.is_string:
        if style not in _ISO_STYLES:
            raise not_local(f"Reading a date from text in style {style}")
        kind = "time" if target.name == "time" else "stamp"
        reader = f"try_{kind}_text" if word == "TRY_CAST" else f"{kind}_text"
        return rounded(f"{word}({POOL}.{reader}({sql}) AS {target.duckdb})", target)
    if source.name in {*INTEGERS, "bit"} and target.name in {"datetime", "smalldatetime"}:
        return f"(TIMESTAMP '1900-01-01' + to_days(CAST({sql} AS INTEGER)))"
    if source.name not in TEMPORAL or "time" in {source.name, target.name} - {source.name} & {"date"}:
        raise _never(source, target)
    if source.name == "time" and target.name in STAMPS:
        return f"(DATE '1900-01-01' + {sql})"
    if {source.name, target.name} == {"time", "date"}:
        raise _never(source, target)
    return rounded(f"{word}({sql} AS {target.duckdb})", target, source)


def rounded(sql: str, target: SqlType, source: SqlType | None = None) -> str:
    """Round to the target's resolution: datetime 1/300 s, smalldatetime a minute, datetime2(n) and time(n)."""
    if source is not None and source.name == target.name and source.scale <= target.scale:
        return sql
    if source is not None and source.name == "date":
        return sql
    if target.name == "datetime":
        return f"{POOL}.to_datetime({sql})"
    if target.name == "smalldatetime":
        return f"{POOL}.round_stamp({sql}, 60000000)"
    if target.name in {"datetime2", "time"} and target.scale < 6:
        macro = "round_stamp" if target.name == "datetime2" else "round_time"
        return f"{POOL}.{macro}({sql}, {10 ** (6 - target.scale)})"
    return sql


# Text


def _to_string(sql: str, source: SqlType, target: SqlType, style: int | None) -> str:
    text = sql if source.is_string else _as_text(sql, source, style)
    if source.is_wide and not target.is_wide:
        text = f"{POOL}.code_page({text})"
    if source.is_string:
        return _cut(text, source, target)
    return _fit(text, source, target)


def _as_text(sql: str, source: SqlType, style: int | None) -> str:
    if source.name in TEMPORAL:
        return _time_text(sql, source, style)
    if source.name in APPROXIMATE:
        return f"{POOL}.float_digits({sql})"
    if source.name in BINARIES:
        if style not in {1, 2}:
            raise not_local(f"CONVERT of binary to text in style {style or 0}")
        return f"({quote('0x') if style == 1 else quote('')} || hex({sql}))"
    if source.name in {"money", "smallmoney"}:
        return f"CAST(CAST({sql} AS DECIMAL(19,2)) AS VARCHAR)"
    if source.name == "uniqueidentifier":
        return f"upper(CAST({sql} AS VARCHAR))"
    return f"CAST({_bit(sql, source)} AS VARCHAR)"


def _bit(sql: str, source: SqlType) -> str:
    return f"CAST({sql} AS INTEGER)" if source.name == "bit" else sql


def _time_text(sql: str, source: SqlType, style: int | None) -> str:
    if source.name == "time":
        return (
            f"left(strftime(DATE '1900-01-01' + {sql}, '%H:%M:%S.%f') || '0', {8 + bool(source.scale) + source.scale})"
        )
    default_iso = style is None and source.name in {"date", "datetime2"}
    if source.name == "date" and (default_iso or style in {20, 21, 25, 120, 121, 126}):
        return f"strftime({sql}, '%Y-%m-%d')"
    if source.name == "datetime2" and (default_iso or style in {21, 25, 121, 126}):
        middle = "T" if style == 126 else " "
        digits = 19 + bool(source.scale) + source.scale
        return f"left(strftime({sql}, '%Y-%m-%d{middle}%H:%M:%S.%f') || '0', {digits})"
    if (style or 0) not in STYLES:
        raise SqlError(
            281, f"{style} is not a valid style number when converting from {source.name} to a character string."
        )
    if not style:
        return f"{POOL}.default_text({sql})"
    return f"strftime({sql}, {quote(STYLES[style])})"


def _cut(text: str, source: SqlType, target: SqlType) -> str:
    if target.length != MAX and (source.length == MAX or source.length > target.length):
        text = f"left({text}, {target.length})"
    if target.name in {"char", "nchar"} and source != target:
        return f"rpad({text}, {target.length}, ' ')"
    return text


def _fit(text: str, source: SqlType, target: SqlType) -> str:
    """Text of a number that doesn't fit is an asterisk for the small integers and an error else."""
    if target.length == MAX or target.length >= 48:
        return text
    if source.name in {*TEMPORAL, *BINARIES}:
        return f"left({text}, {target.length})"
    if source.name in INTEGERS and not target.is_wide and source.name != "bigint":
        return f"{POOL}.or_star({text}, {target.length})"
    return f"{POOL}.or_overflow({text}, {target.length}, {quote(source.name)}, {quote(target.name)})"


# Bytes and identifiers


def _to_binary(sql: str, source: SqlType, target: SqlType, style: int | None) -> str:
    if source.is_string and style not in {None, 0}:
        raise not_local(f"CONVERT of text to binary in style {style}")
    if source.is_string:
        sql = as_bytes(sql, source)
    elif source.name not in BINARIES:
        raise not_local(f"Conversion of {source.name} to {target.name}")
    if target.length == MAX:
        return sql
    if target.name == "binary" and source.length != target.length:
        raise not_local("Padding to binary(n)")
    return sql if 0 < source.length <= target.length and not source.is_string else f"{sql}[1:{target.length}]"


def as_bytes(sql: str, source: SqlType) -> str:
    """The bytes SQL Server stores: UTF-16LE for the n types, code page 1252 for the others."""
    return f"{POOL}_utf16({sql})" if source.is_wide else f"{POOL}.narrow_bytes({sql})"


def _to_guid(sql: str, source: SqlType, target: SqlType, word: str) -> str:
    if not source.is_string:
        raise _never(source, target)
    if word == "TRY_CAST":
        return f"TRY_CAST({sql} AS UUID)"
    return f"CAST({POOL}.guid_text({sql}) AS UUID)"


def assign(sql: str, source: SqlType | None, target: SqlType) -> str:
    """As `cast`, but text too long for the column is error 8152 instead of cut, and clashes are 206."""
    if source is None or not target.is_string:
        _refuse_assignment(source, target)
        return cast(sql, source, target)
    too_long = target.length != MAX and (source.length == MAX or source.length > target.length)
    if source.is_string and too_long:
        sql = f"{POOL}.or_truncated({sql}, {target.length})"
    if source.name in BINARIES:
        _refuse_assignment(source, target)
    return cast(sql, source, target)


def _refuse_assignment(source: SqlType | None, target: SqlType) -> None:
    if source is None or source.is_string or source.name == target.name:
        return
    both_numbers = source.name in NUMERIC and target.name in NUMERIC
    both_times = source.name in TEMPORAL and target.name in TEMPORAL
    both_bytes = source.name in BINARIES and target.name in BINARIES
    days = source.name in INTEGERS and target.name in {"datetime", "smalldatetime"}
    if not (both_numbers or both_times or both_bytes or days):
        raise SqlError(206, f"Operand type clash: {source.name} is incompatible with {target.name}")
