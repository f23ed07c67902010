"""Dynamic data masking: what a user without UNMASK sees of a masked column.

Source: Microsoft Learn, "Dynamic data masking", the table of masking functions; "Database Engine events and errors",
16000 to 17999. Conditions and orders see the value.
"""

from __future__ import annotations

import re

from local_azure.synapse.casts import cast, quote
from local_azure.synapse.errors import SqlError
from local_azure.synapse.sqltypes import BINARIES, MAX, TEMPORAL, SqlType, varchar

_PARTIAL = re.compile(r"partial\(\s*(\d+)\s*,\s*(?:\"([^\"]*)\"|'([^']*)')\s*,\s*(\d+)\s*\)", re.IGNORECASE)
_RANDOM = re.compile(r"random\(\s*(-?\d+)\s*,\s*(-?\d+)\s*\)", re.IGNORECASE)


def check(function: str, column: str, type_: SqlType) -> None:
    """Raises SqlError 16002 for a function that is none, 16003 for one that the column's type has not."""
    text = function.strip()
    name = text.split("(")[0].lower()
    of_text = text.lower() == "email()" or _PARTIAL.fullmatch(text)
    if not (of_text or text.lower() == "default()" or _RANDOM.fullmatch(text)):
        raise SqlError(16002, f"Invalid data masking function in column '{column}'.")
    if (of_text and not type_.is_string) or (_RANDOM.fullmatch(text) and not type_.is_numeric):
        message = f"The data type of column '{column}' does not support data masking function '{name}'."
        raise SqlError(16003, message)


def masked(sql: str, type_: SqlType, function: str) -> str:
    """The DuckDB text of what is shown of a value; NULL stays NULL."""
    text = function.strip()
    if text.lower() == "email()":
        shown = f"left({sql}, 1) || 'XXX@XXXX.com'"
    elif found := _PARTIAL.fullmatch(text):
        shown = _partial(sql, int(found[1]), found[2] or found[3] or "", int(found[4]))
    elif found := _RANDOM.fullmatch(text):
        low, high = int(found[1]), int(found[2])
        shown = f"CAST(floor(random() * {high - low + 1}) + {low} AS BIGINT)"
    else:
        shown = _default(type_)
    value = cast(shown, varchar(8000), type_) if type_.is_string else f"CAST({shown} AS {type_.duckdb})"
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE {value} END"


def _partial(sql: str, prefix: int, padding: str, suffix: int) -> str:
    """The padding alone where the value is too short for both ends."""
    end = f"right({sql}, {suffix})" if suffix else "''"
    whole = f"left({sql}, {prefix}) || {quote(padding)} || {end}"
    return f"CASE WHEN length({sql}) < {prefix + suffix} THEN {quote(padding)} ELSE {whole} END"


def _default(type_: SqlType) -> str:
    if type_.is_string:
        size = 4 if type_.length == MAX else min(4, type_.length)
        return quote("x" * size)
    if type_.name in BINARIES:
        return "unhex('30')"
    if type_.name == "time":
        return "TIME '00:00:00'"
    if type_.name in TEMPORAL or type_.name == "datetimeoffset":
        return "'1900-01-01 00:00:00 +00:00'" if type_.name == "datetimeoffset" else "TIMESTAMP '1900-01-01'"
    return "'00000000-0000-0000-0000-000000000000'" if type_.name == "uniqueidentifier" else "0"
