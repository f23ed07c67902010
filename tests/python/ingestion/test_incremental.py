"""Where the next run starts, whatever values the records have."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ._reading import reading
from ._services import Reply, site

FAR = "9999-12-31T00:00:00Z"
SOON = (datetime.now(UTC) + timedelta(hours=12)).strftime("%Y-%m-%dT%H:%M:%SZ")
FIRST, LATER = "2025-01-01T00:00:00Z", "2025-07-01T00:00:00Z"


def starts(folder: Path, values: list[Any], runs: int = 2, **incremental: Any) -> list[str | None]:
    """What each run asks for, where the records have these values."""
    words = {"cursor_path": "at", "start_param": "since"} | incremental
    body = [{"id": number, "at": value} for number, value in enumerate(values)]
    with site(lambda asked: Reply(body)) as api:
        made = reading(folder, api.url, {"incremental": words})
        for _ in range(runs):
            made.run()
    return [each.params.get("since") for each in api.asked]


ODD = ["n/a", "", FAR, "9999-12-31", "9999-12-31T00:00:00", None, [1], True]


@pytest.mark.parametrize("odd", [*ODD, 99999999999, 1.5])
@pytest.mark.parametrize("initial", [FIRST, "2025-01-01"])
def test_a_value_of_another_kind_or_yet_to_come_moves_nothing(tmp_path: Path, odd: Any, initial: str) -> None:
    assert starts(tmp_path, [odd, LATER, odd], initial_value=initial) == [initial, LATER]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("first", [True, False])
def test_without_an_initial_value_moments_are_known_among_other_text(tmp_path: Path, odd: Any, first: bool) -> None:
    assert starts(tmp_path, [odd, LATER] if first else [LATER, odd]) == [None, LATER]


def test_a_moment_of_a_clock_that_is_a_little_ahead_counts(tmp_path: Path) -> None:
    assert starts(tmp_path, [LATER, SOON], initial_value=FIRST) == [FIRST, SOON]


@pytest.mark.parametrize("highest", ["n/a", FAR])
def test_a_state_that_an_odd_value_moved_is_read_from_the_initial_value_again(tmp_path: Path, highest: str) -> None:
    state = {"source": "/things", "resources": {"things": {"highest": highest}}}
    (tmp_path / "cursor.json").write_text(json.dumps(state))
    assert starts(tmp_path, [LATER], initial_value=FIRST) == [FIRST, LATER]


@pytest.mark.parametrize(
    ("value", "lag", "start"),
    [
        ("2025-07-01T00:00:00", 300, "2025-06-30T23:55:00"), ("2025-07-01 00:00:00.5", 300, "2025-06-30 23:55:00"),
        ("2025-07-01T00:00", 60, "2025-06-30T23:59:00"), ("2025-07-01", 300, "2025-06-30"),
        ("2025-07-01", 86400, "2025-06-30"), ("2025-07-01", 86401, "2025-06-29"),
        ("2025-07-01T00:00:00+02:00", 60, "2025-06-30T21:59:00Z"),
        ("2025-07-01T00:00+02:00", 60, "2025-06-30T21:59:00Z"),
        (1700000000, 60, "1699999940"), (7, 0.5, "6"), (1700000000.5, 60, "1699999940.5"), ("cursor-7", 60, "cursor-7"),
        ("0001-01-01", 60, "0001-01-01"),
    ],
)  # fmt: skip
def test_the_lag_is_of_every_form_of_a_time_and_a_number(tmp_path: Path, value: Any, lag: float, start: str) -> None:
    assert starts(tmp_path, [value], lag=lag) == [None, start]


@pytest.mark.parametrize(
    ("initial", "values", "start"),
    [
        (1, [1700000000.5, 1700000000.25], "1700000000.5"), (1.5, [1.75], "1.75"), (0, [1.0], "1"),
        (0, ["9", "10"], "10"), (0, ["1e9", 10**30, -(10**30), 5], "5"), ("a", ["b", "B", 7, LATER], "b"),
        (0, [5, LATER], "5"),
    ],
)  # fmt: skip
def test_the_greatest_value_of_the_initial_values_kind_is_next(
    tmp_path: Path, initial: Any, values: list[Any], start: str
) -> None:
    assert starts(tmp_path, values, initial_value=initial, runs=3) == [str(initial), start, start]


def test_a_fraction_is_kept_as_no_more_than_it_is(tmp_path: Path) -> None:
    exact = b"1700000000.123456789"
    with site(lambda asked: Reply(b'[{"id":1,"at":' + exact + b"}]")) as api:
        made = reading(tmp_path, api.url, {"incremental": {"cursor_path": "at", "start_param": "since"}})
        assert (made.run().unchanged, made.run().unchanged) == (0, 1)
    assert 1700000000.1234 < float(api.asked[1].params["since"]) <= 1700000000.1234567


@pytest.mark.parametrize("words", [{}, {"initial_value": FIRST}, {"lag": 60}])
def test_what_was_read_is_not_sent_again_by_an_api_that_is_not_told_where_to_start(
    tmp_path: Path, words: dict[str, Any]
) -> None:
    with site(lambda asked: Reply([{"id": 1, "at": FIRST}, {"id": 2, "at": LATER}])) as api:
        made = reading(tmp_path, api.url, {"incremental": {"cursor_path": "at"} | words})
        assert [made.run().events for _ in range(4)] == [2, 0, 0, 0]
