"""Dates and times in the spellings that T-SQL reads beside ISO 8601.

Source: Microsoft Learn, "Date and time data types", "Supported string literal formats for date": numeric with /, - or .
in the order of the style, alphabetical with the month's name, unseparated; a time of day with AM or PM behind it.
"""

from __future__ import annotations

import datetime as dt
import re

_MONTHS = {name: number for number, name in enumerate(
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
)}  # fmt: skip
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<a>\d{1,4})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<c>\d{1,4})",
        rf"{_MONTH}\.? *(?P<day>\d{{1,2}})?(?: *, *| +){_YEAR}",
        rf"(?P<day>\d{{1,2}}) *[-, ]? *{_MONTH}\.? *[-, ]? *{_YEAR}",
        rf"{_YEAR} +{_MONTH}(?: +(?P<day>\d{{1,2}}))?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<year>\d{4}|\d{2})(?P<month>\d{2})(?P<day>\d{2})",
        r"(?P<year>\d{4})",
        r"",
    )
]
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2}))?(?::(?P<second>\d{1,2})(?:[.:](?P<fraction>\d{1,7}))?)? *"
    r"(?P<half>am|pm)?(?P<zone>z)?",
    re.IGNORECASE,
)


def read(text: str | None, order: str, digits: int) -> str | None:
    """ISO text of a moment, rounded to microseconds; None for what is none.

    `order` is mdy, dmy or ymd; `digits` the most that a fraction may have: 3 for datetime, 7 for the newer types.
    """
    if text is None:
        return None
    try:
        return _read(text.strip(), order, digits).isoformat(sep=" ")
    except (ValueError, OverflowError):
        return None


class _NoDay(ValueError):
    """Numbers that make no day."""


def fault(text: str, order: str, digits: int, source: str, target: str) -> str:
    """What is wrong with a text that is no datetime: its numbers, 242, or that it cannot be read, 241."""
    try:
        _read(text.strip().removesuffix("Z"), order, digits)
    except _NoDay:
        return (
            f"[[242]]The conversion of a {source} data type to a {target} data type resulted in an out-of-range value."
        )
    except (ValueError, OverflowError):
        pass
    return "[[241]]Conversion failed when converting date and/or time from character string."


def _read(text: str, order: str, digits: int) -> dt.datetime:
    for pattern in _DATES:
        found = pattern.match(text)
        if found is None:
            continue
        rest = text[found.end() :]
        clock = _CLOCK.fullmatch(rest.lstrip(" T"))
        if not rest or (clock and (rest[0] in " T" or not found[0])):
            return dt.datetime.combine(_date(found, order), dt.time.min) + _time(clock, digits)
    raise ValueError(text)


def _date(found: re.Match[str], order: str) -> dt.date:
    parts = found.groupdict()
    if "a" in parts:
        return _numeric(parts, order)
    month = _MONTHS[parts["name"].lower()] if parts.get("name") else int(parts.get("month") or 1)
    year = _century(parts["year"]) if parts.get("year") else 1900
    return _day(year, month, int(parts.get("day") or 1))


def _numeric(parts: dict[str, str], order: str) -> dt.date:
    """A year of four digits may stand in front, whatever the order."""
    if len(parts["a"]) == 4:
        order = "ymd"
    named = dict(zip(order, (parts["a"], parts["b"], parts["c"]), strict=True))
    return _day(_century(named["y"]), int(named["m"]), int(named["d"]))


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise _NoDay(str(error)) from error


def _century(year: str) -> int:
    """Two digits up to 49 are of this century ("two digit year cutoff", 2049)."""
    if len(year) == 4:
        return int(year)
    if len(year) != 2:
        raise ValueError(year)
    return int(year) + (2000 if int(year) < 50 else 1900)


def _time(found: re.Match[str] | None, digits: int) -> dt.timedelta:
    if found is None:
        return dt.timedelta()
    hour, fraction = int(found["hour"]), found["fraction"] or ""
    if (found["minute"] is None and not found["half"]) or len(fraction) > digits:
        raise ValueError(found[0])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(found[0])
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    clock = dt.time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    micros = min((int(fraction.ljust(7, "0")) + 5) // 10, 999_999)  # within its second, as the seventh digit is
    return dt.timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=micros)
