"""The months that a page is about, and the ones before that they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dashboards import words
from dashboards.data import Definitions, read
from pipeline.powerbi.measures import Measure

CHOICES = {"3 months": 3, "12 months": 12, "24 months": 24, "All": None}  # as they stand in the address
DEFAULT = "12 months"


@dataclass(frozen=True)
class Period:
    """Days from `since` up to, without, `until`; `before` is the same stretch so many months earlier."""

    since: date | None
    until: date | None
    before: tuple[date, date] | None

    @property
    def open_month(self) -> date | None:
        """The first day of the last month, where days of it are still to come."""
        return None if self.until is None or self.until.day == 1 else self.until.replace(day=1)

    def __str__(self) -> str:
        if self.since is None or self.until is None:
            return "all"
        return f"{words.day(self.since)} to {words.day(self.until - timedelta(days=1))}"


def period(choice: str, newest: date | None) -> Period:
    """Whole months and the open one, up to the newest day, which the stretch before is cut to as well."""
    months = CHOICES[choice]
    if months is None or newest is None:
        return Period(None, None, None)
    since, until = _earlier(newest.replace(day=1), months - 1), newest + timedelta(days=1)
    return Period(since, until, (_earlier(since, months), _earlier(until, months)))


def _earlier(day: date, months: int) -> date:
    """The same day so many months before, or the last one of a shorter month."""
    at = 12 * day.year + day.month - 1 - months
    first = date(at // 12, at % 12 + 1, 1)
    following = date((at + 1) // 12, (at + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def newest_day(measures: Sequence[Measure], known: Definitions) -> date | None:
    """The last day that any of the measures has rows of. Raises NoFigures."""
    text = newest_day_sql(measures, known)
    found: Any = read(text).iloc[0, 0] if text else None
    return found.date() if isinstance(found, datetime) else found


def newest_day_sql(measures: Sequence[Measure], known: Definitions) -> str:
    """The query for it; empty where none of the measures counts for a day."""
    columns = sorted({(base.mart, base.day) for one in measures for base in one.bases if base.day})
    union = " union all ".join(f"select max({day}) as d from {known.table(mart)}" for mart, day in columns)
    return f"select max(d) as d from ({union}) as days" if columns else ""
