"""A value of a query: its DuckDB expression and its type (Microsoft Learn, "Data Types").

Types belong to values and not to columns. Where the script fixes a value's type it is one of bigint, float, nvarchar,
datetime and bit; what comes out of an event is `any`, held as its JSON text, and tells its type row by row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["bigint", "float", "nvarchar", "datetime", "bit", "any", "null", "condition"]
STORED: dict[str, str] = {
    "bigint": "bigint", "float": "double", "nvarchar": "varchar", "datetime": "timestamp", "bit": "boolean",
    "any": "varchar", "null": "varchar",
}  # fmt: skip
"""DuckDB's type of each."""
NUMBERS = ("bigint", "float")
_COLUMN = re.compile(r'[\w.]*("(?:[^"]|"")*"\.?)+')


@dataclass(frozen=True)
class Value:
    """`sql` is DuckDB's; `explicit` tells that the script itself fixed the type by a cast."""

    sql: str
    kind: Kind
    explicit: bool = False


NULL = Value("null", "null")


def quote(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A DuckDB string."""
    return "'" + value.replace("'", "''") + "'"


def once(template: str, *values: str) -> str:
    """A template over values, each of which is computed once, however often the template's macros say it.

    DuckDB puts a macro's argument wherever the macro names it: of nested ones the size is a power of their depth. No
    column is called as a lambda's parameter is: names that begin with __ are the job's own.
    """
    if all(_is_short(each) for each in values):
        return template.format(*values)
    members = ", ".join(f"'v{at}': {each}" for at, each in enumerate(values))
    return (
        f"list_transform([{{{members}}}], "
        f"lambda __it: {template.format(*(f'__it.v{at}' for at in range(len(values))))})[1]"
    )


def _is_short(sql: str) -> bool:
    """A column, or something small of no column."""
    return bool(_COLUMN.fullmatch(sql)) or (len(sql) < 100 and '"' not in sql)


def as_any(value: Value) -> str:
    """A value as JSON text, for wherever types meet that only a row can tell."""
    match value.kind:
        case "any" | "null":
            return value.sql
        case "datetime":
            return f"cast(to_json(iso({value.sql})) as varchar)"
        case _:
            return f"cast(to_json({value.sql}) as varchar)"


def as_key(value: Value) -> str:
    """A value to group, partition or join by: one text for all spellings of a value."""
    return once("as_key({0})", value.sql) if value.kind == "any" else value.sql


def cast(value: Value, kind: str, *, safe: bool) -> str:
    """TRY_CAST or CAST to one of the five types."""
    if value.kind == kind or value.kind == "null":
        return value.sql
    if value.kind == "any":
        return once(f"{'try_' if safe else ''}json_{kind}({{0}})", value.sql)
    if value.kind == "nvarchar":
        return once(f"as_{kind}({{0}})" if safe else f"must({{0}}, as_{kind}({{0}}), '{kind}')", value.sql)
    if (value.kind, kind) == ("float", "bigint") and not safe:
        return once("to_bigint(trunc({0}))", value.sql)
    if conversion := _DIRECT.get((value.kind, kind)):
        return once(conversion, value.sql)
    written = f"cast({value.sql} as varchar)"
    return "null" if safe else f"must({written}, null, '{kind}')"


_DIRECT = {
    ("bigint", "float"): "cast({} as double)",
    ("bigint", "nvarchar"): "cast({} as varchar)",
    ("bigint", "bit"): "({} <> 0)",
    ("float", "bigint"): "try_cast(trunc({}) as bigint)",
    ("float", "nvarchar"): "float_text({})",
    ("float", "bit"): "({} <> 0)",
    ("bit", "bigint"): "cast({} as bigint)",
    ("bit", "float"): "cast({} as double)",
    ("bit", "nvarchar"): "cast({} as varchar)",
    ("datetime", "nvarchar"): "iso({})",
}


def as_text(value: Value) -> str:
    """A value where a function takes nvarchar(max); numbers are written out."""
    return cast(value, "nvarchar", safe=True)


def as_float(value: Value) -> str:
    """A value where a function takes a float. The job stops at a text that is no number."""
    return cast(value, "float", safe=False)


def as_bigint(value: Value) -> str:
    """A value where a function takes a bigint."""
    return cast(value, "bigint", safe=False)


def as_datetime(value: Value) -> str:
    """A value where a function takes a datetime; ISO 8601 texts are datetimes."""
    return cast(value, "datetime", safe=False)


def as_kind(value: Value, kind: Kind) -> str:
    """A value among others of a common kind."""
    if kind == "any":
        return as_any(value)
    return cast(value, kind, safe=True)


def common(values: list[Value]) -> Kind:
    """The kind that holds all of the values: bigint and float meet in float, all else in `any`."""
    kinds: set[Kind] = {value.kind for value in values} - {"null"}
    if not kinds:
        return "null"
    if len(kinds) == 1:
        return kinds.pop()
    return "float" if kinds <= set(NUMBERS) else "any"
