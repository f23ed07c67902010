"""The figures of infra/README.md are those that prices.yml and the limits give."""

from __future__ import annotations

from infra.judge.capacity import LOADS, README, Load, page


def test_the_page_has_the_figures_of_today() -> None:
    assert README.read_text() == page(), "write them anew: python -m infra.judge.capacity"


def test_a_load_needs_what_the_limits_say() -> None:
    thousand = Load(1_000, 100, 4, "2X-Small")
    assert thousand.throughput_units == 1
    assert round(thousand.gigabytes_a_day) == 86
    assert Load(1_001, 100, 4, "2X-Small").throughput_units == 2
    assert [load.streaming_units for load in LOADS] == [1 / 3, 1, 10]


def test_a_cost_without_a_price_is_not_known() -> None:
    prices = {name: {"price": None} for name in ("throughput_unit_hour", "million_events", "dwu_100_hour")}
    assert LOADS[0].costs(prices) == [None, None, None]
    prices["dwu_100_hour"] = {"price": 1.0}
    assert LOADS[0].costs(prices)[-1] == 730
