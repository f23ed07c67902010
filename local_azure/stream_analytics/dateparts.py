"""Units of time: the date parts of DATEADD and its family, and the lengths of windows."""

from __future__ import annotations

from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.syntax import Call, Expression, Literal, Name, Unary

PARTS = {
    "year": ("year", "yy", "yyyy"), "quarter": ("quarter", "qq", "q"), "month": ("month", "mm", "m"),
    "dayofyear": ("dayofyear", "dy", "y"), "day": ("day", "dd", "d"), "week": ("week", "wk", "ww"),
    "weekday": ("weekday", "dw", "w"), "hour": ("hour", "hh"), "minute": ("minute", "mi", "n"),
    "second": ("second", "ss", "s"), "millisecond": ("millisecond", "ms"), "microsecond": ("microsecond", "mcs"),
}  # fmt: skip
SPELLED = {spelling: part for part, spellings in PARTS.items() for spelling in (*spellings, part + "s")}
MICROSECONDS = {
    "day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "millisecond": 1_000,
    "microsecond": 1,
}  # fmt: skip
LONGEST = 7 * MICROSECONDS["day"]
PAGE = "dateadd-azure-stream-analytics"
YEARS = 9999


def most(unit: str) -> int:
    """More of a unit than lie between any two datetimes."""
    return {"year": YEARS, "quarter": YEARS * 4, "month": YEARS * 12, "week": YEARS * 53}.get(unit) or (
        YEARS * 366 * MICROSECONDS["day"] // MICROSECONDS[unit]
    )


def part(node: Expression) -> str:
    """The date part that a word names. Raises QueryError for another word."""
    if isinstance(node, Name) and len(node.parts) == 1 and (found := SPELLED.get(node.parts[0].lower())):
        return found
    raise QueryError(node.position, f"{_shown(node)} is no date part, such as second, minute, hour or day", PAGE)


def microseconds(unit: Expression, size: Expression, *, least: int = 1) -> int:
    """The length of `unit, size`. Raises QueryError for other units and for no constant of at least `least`."""
    name = part(unit)
    if name not in MICROSECONDS:
        raise QueryError(
            unit.position, f"{name}: a length of time is in days, hours, minutes, seconds or parts of them"
        )
    number = constant(size)
    if number is None or number < least:
        raise QueryError(size.position, f"a length of time is a whole number, {least} or more")
    return number * MICROSECONDS[name]


def duration(call: Call) -> int:
    """Microseconds of DURATION(unit, length) and its like. Raises QueryError."""
    if len(call.arguments) != 2:
        raise QueryError(call.position, f"{call.name} takes a unit and a length")
    return microseconds(*call.arguments)


def constant(node: Expression) -> int | None:
    """A whole number written out, or None."""
    if isinstance(node, Unary) and node.operator == "-":
        inner = constant(node.this)
        return None if inner is None else -inner
    return node.value if isinstance(node, Literal) and isinstance(node.value, int) else None


def _shown(node: Expression) -> str:
    return str(node) if isinstance(node, Name) else "this"
