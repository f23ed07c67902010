"""Figures as people read them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import numpy as np

Figure = Decimal | float | int | None
_LARGE = ((1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))  # from which size on, by what, its letter
_NAMES = {"date_day": "Day", "window_end": "Minute up to", "waits_for": "Awaited", "event_source": "Source"}
NOTHING = "\N{EN DASH}"


def figure(value: Figure, unit: str, suffix: str = "") -> str:
    """A figure with its unit: € 1.23 M, 12.3 %, 1,234, 2.4 h; a dash where there is none."""
    if value is None:
        return NOTHING
    if unit == "share":
        return f"{float(value):.1%}".replace("%", " %")
    behind = f" {suffix}" if suffix else ""
    if unit == "number":
        return f"{float(value):,.1f}{behind}"
    return f"{'€ ' if unit == 'eur' else ''}{_short(float(value), cents=unit == 'eur')}{behind}"


def _short(value: float, *, cents: bool) -> str:
    for size, by, letter in _LARGE:
        if abs(value) >= size:
            return f"{value / by:,.{2 if abs(value) < 100 * by else 1}f} {letter}"
    return f"{value:,.2f}" if cents and abs(value) < 100 else f"{value:,.0f}"


def change(now: Figure, before: Figure, unit: str) -> str | None:
    """Against the period before: in per cent, from three times as much on as a multiple, for a share in percentage
    points; None where there is nothing to compare with."""
    if now is None or before is None or (unit != "share" and not before):
        return None
    if unit == "share":
        return f"{100 * (float(now) - float(before)):+.1f} pp"
    ratio = float(now) / float(before)
    return f"{ratio:,.1f} times" if ratio >= 3 else f"{ratio - 1:+.1%}".replace("%", " %")


def day(value: date) -> str:
    """3 Jul 2026."""
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime) -> str:
    """3 Jul 2026, 14:05 UTC."""
    return f"{day(value)}, {value:%H:%M} UTC"


def age(seconds: float) -> str:
    """How long ago: 40 s, 12 min, 5 h, 3 days."""
    for size, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {name}"
    return f"{max(seconds, 0):.0f} s"


def label(column: str) -> str:
    """country_code as Country, amount_eur as Amount (EUR), is_closed as Closed; a few have a better name."""
    if column in _NAMES:
        return _NAMES[column]
    name, unit = (column.removesuffix("_eur"), " (EUR)") if column.endswith("_eur") else (column, "")
    return name.removeprefix("is_").removesuffix("_code").replace("_", " ").capitalize() + unit


def said(value: object, column: str) -> str:
    """A value of a mart's column, whole: € 1,234.50, yes, 3 Jul 2026, 14:05 UTC; a dash where there is none."""
    if value is None or value != value:  # pandas' NaN and NaT
        return NOTHING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal | float):
        return f"€ {value:,.2f}" if column.endswith("_eur") else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)
