"""Which days a page shows, and which ones it compares them with."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dashboards.period import CHOICES, Period, period


def test_a_year_ends_with_the_newest_day_and_so_does_the_one_before() -> None:
    found = period("12 months", date(2026, 6, 20))
    assert found == Period(date(2025, 7, 1), date(2026, 6, 21), (date(2024, 7, 1), date(2025, 6, 21)))
    assert str(found) == "1 Jul 2025 to 20 Jun 2026"


def test_a_shorter_month_ends_where_it_ends() -> None:
    assert period("3 months", date(2026, 5, 30)).before == (date(2025, 12, 1), date(2026, 2, 28))


def test_a_month_is_open_until_its_last_day() -> None:
    assert period("3 months", date(2026, 6, 20)).open_month == date(2026, 6, 1)
    assert period("3 months", date(2026, 6, 30)).open_month is None
    assert period("All", date(2026, 6, 20)).open_month is None


def test_all_days_and_no_days_are_compared_with_nothing() -> None:
    assert period("All", date(2026, 6, 20)) == period("12 months", None) == Period(None, None, None)


@given(st.sampled_from([choice for choice in CHOICES if CHOICES[choice]]), st.dates(date(2001, 1, 1)))
def test_two_periods_never_overlap_and_are_of_so_many_months(choice: str, newest: date) -> None:
    if newest == date.max:
        return
    found = period(choice, newest)
    assert found.since and found.until and found.before
    since, until = found.before
    assert since < until <= found.since <= newest < found.until
    months = 12 * (found.since.year - since.year) + found.since.month - since.month
    assert months == CHOICES[choice]
