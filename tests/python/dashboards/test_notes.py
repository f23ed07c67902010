"""What a page leaves out, and what it says of filters that do not cut a figure."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from dashboards import page
from dashboards.data import Definitions
from dashboards.page import View, Visual
from dashboards.period import Period, period
from pipeline.powerbi import shapes
from pipeline.powerbi.artifacts import Artifacts
from pipeline.powerbi.figures import MONTH
from pipeline.powerbi.measures import Base, Measure
from pipeline.powerbi.project import configuration

YEAR, ALL = period("12 months", date(2026, 6, 20)), Period(None, None, None)


def measure(name: str, day: str | None) -> Measure:
    base = Base("mart_support_tickets", shapes.parse("count", "closed_at"), day)
    return Measure(name, name.capitalize(), "", "support", "count", "", (base,), "{0}")


KNOWN = Definitions(
    Artifacts({}, {}, {}),
    configuration(),
    {one.name: one for one in (measure("closed", "closed_at"), measure("open", None))},
)
BY_MONTH = Visual("by_month", "line", "By month", ["closed"], [MONTH])


@pytest.mark.parametrize(("days", "said"), [(YEAR, ["Period does not cut Open."]), (ALL, [])])
def test_a_figure_without_a_day_says_that_the_period_does_not_cut_it(days: Period, said: list[str]) -> None:
    assert page._untouched(list(KNOWN.measures.values()), View(KNOWN, days, ())) == said


@pytest.mark.parametrize(("undated", "shown"), [(0, 1), (None, 1), (3, 2)])
def test_rows_without_a_month_are_shown_where_they_count(
    monkeypatch: pytest.MonkeyPatch, undated: int | None, shown: int
) -> None:
    rows = pd.DataFrame({MONTH: [None, date(2026, 6, 1)], "closed": [undated, 5]}, dtype=object)
    monkeypatch.setattr(page, "figure_rows", lambda ask: rows)
    assert len(page._rows(BY_MONTH, View(KNOWN, ALL, ()))) == shown


def test_a_way_has_no_point_without_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pd.DataFrame({MONTH: [date(2026, 5, 1), None, date(2026, 6, 1)], "closed": [4, 0, 5]})
    monkeypatch.setattr(page, "figure_rows", lambda ask: rows)
    assert page._way(page._months(["closed"], View(KNOWN, ALL, ())), "closed", ALL) == [4, 5]
