"""The time of an event: early, late and out of order, moved or dropped (Microsoft Learn, "Understand time handling")."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from local_azure.stream_analytics.clock import Clock, Policy

from .conftest import Bench, event

NOON = datetime(2026, 7, 1, 12)
SECOND = timedelta(seconds=1)


def times(clock: Clock, *pairs: tuple[int, int | None], key: str = "") -> list[int | None]:
    """Seconds after noon that events get, of which each has its arrival and its own time."""
    events = [event(b"{}", at, NOON + arrival * SECOND) for at, (arrival, _) in enumerate(pairs)]
    own = [None if time is None else NOON + time * SECOND for _, time in pairs]
    found = clock.by_event(events, own, [key] * len(events))
    return [None if each is None else (each - NOON) // SECOND for each in found]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(5 * SECOND, 0 * SECOND), [0, 8, 8, 15, None, None]),
        (Policy(5 * SECOND, 0 * SECOND, drop=True), [0, 8, None, None, None, None]),
        (Policy(20 * SECOND, 3 * SECOND), [0, 8, 6, 5, None, None]),
        (Policy(None, 60 * SECOND), [0, 8, 6, 1, None, None]),
    ],
)
def test_late_and_disordered_events_are_moved_or_dropped(policy: Policy, expected: list[int | None]) -> None:
    assert times(Clock(policy), (0, 0), (8, 8), (9, 6), (20, 1), (21, None), (22, 400)) == expected


def test_an_early_event_does_not_move_the_others() -> None:
    clock = Clock(Policy(5 * SECOND))
    assert times(clock, (0, 301), (1, 1)) == [None, 1]
    assert times(Clock(Policy(5 * SECOND)), (0, 300), (1, 1)) == [300, 300]


def test_each_key_of_over_keeps_an_order_of_its_own() -> None:
    clock = Clock(Policy(60 * SECOND), keyed=True)
    assert times(clock, (10, 10), key="a") == [10]
    assert times(clock, (11, 3), key="b") == [3]
    assert times(clock, (12, 4), key="a") == [10]


def test_an_event_without_a_key_of_over_is_dropped() -> None:
    bench = Bench("SELECT n INTO o FROM s TIMESTAMP BY EventEnqueuedUtcTime OVER k, j", policy=Policy(None))
    bodies = [
        b'{"n": 1, "k": "a", "j": 1}',
        b'{"n": 2, "k": null, "j": 1}',
        b'{"n": 3, "k": "a"}',
        b'{"n": 4, "k": "", "j": 0}',
    ]
    found = bench.run(*(event(body, at) for at, body in enumerate(bodies)))
    bench.close()
    assert [row["n"] for row in found["o"]] == [1, 4]


def test_the_watermark_is_the_latest_time_less_the_tolerance() -> None:
    clock = Clock(Policy(60 * SECOND, 3 * SECOND))
    times(clock, (10, 9))
    assert clock.watermark(0, by_event=True) == NOON + 6 * SECOND


def test_a_hubs_clock_that_steps_back_is_not_followed() -> None:
    clock = Clock(Policy())
    arrivals = [event(b"{}", at, NOON + second * SECOND) for at, second in enumerate((5, 3, 6))]
    assert clock.by_arrival(arrivals) == [NOON + 5 * SECOND, NOON + 5 * SECOND, NOON + 6 * SECOND]
