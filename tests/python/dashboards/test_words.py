"""Figures as people read them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import words


@pytest.mark.parametrize(
    ("value", "unit", "suffix", "said"),
    [
        (None, "eur", "", words.NOTHING),
        (Decimal("12.5"), "eur", "", "€ 12.50"),
        (1234, "count", "", "1,234"),
        (Decimal("43018.4001"), "eur", "", "€ 43.02 k"),
        (416_900, "eur", "", "€ 416.9 k"),
        (1_234_567, "count", "", "1.23 M"),
        (-2_500_000_000, "eur", "", "€ -2.50 bn"),
        (0.0684, "share", "", "6.8 %"),
        (54.53, "number", "h", "54.5 h"),
        (0, "count", "", "0"),
    ],
)
def test_a_figure_stands_with_its_unit(value: words.Figure, unit: str, suffix: str, said: str) -> None:
    assert words.figure(value, unit, suffix) == said


@pytest.mark.parametrize(
    ("now", "before", "unit", "said"),
    [
        (110, 100, "count", "+10.0 %"),
        (90, 100, "eur", "-10.0 %"),
        (1230, 100, "eur", "12.3 times"),
        (0.25, 0.5, "share", "-25.0 pp"),
        (5, 0, "count", None),
        (5, None, "count", None),
        (None, 5, "count", None),
        (0.5, 0, "share", "+50.0 pp"),
    ],
)
def test_a_change_is_against_what_there_was(
    now: words.Figure, before: words.Figure, unit: str, said: str | None
) -> None:
    assert words.change(now, before, unit) == said


@given(st.decimals(-(10**12), 10**12, places=4))
def test_no_figure_takes_more_than_a_cards_width(value: Decimal) -> None:
    assert len(words.figure(value, "eur")) <= 14


def test_an_age_is_told_in_what_fits() -> None:
    assert [words.age(one) for one in (-1, 40, 150, 9_000, 400_000)] == ["0 s", "40 s", "2 min", "2 h", "4 days"]


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("country_code", "Country"),
        ("open_amount_eur", "Open amount (EUR)"),
        ("is_cancelled", "Cancelled"),
        ("date_day", "Day"),
    ],
)
def test_a_column_has_a_name_for_people(column: str, name: str) -> None:
    assert words.label(column) == name


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (Decimal("24943.9324"), "order_amount_eur", "€ 24,943.93"),
        (Decimal("4.25"), "average_score", "4.2"),
        (12345, "order_count", "12,345"),
        (np.bool_(False), "is_closed", "no"),
        (datetime(2026, 1, 22, 20, 59, 35, 881227), "first_ordered_at", "22 Jan 2026, 20:59 UTC"),
        (date(2026, 1, 2), "due_date", "2 Jan 2026"),
        (pd.NaT, "clicked_at", words.NOTHING),
        (None, "segment", words.NOTHING),
        ("consumer", "segment", "consumer"),
    ],
)
def test_a_value_is_told_in_its_unit(value: object, column: str, text: str) -> None:
    assert words.said(value, column) == text
