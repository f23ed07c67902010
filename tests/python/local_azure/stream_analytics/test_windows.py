"""Tumbling windows: (start, end], stamped with the end, the same however the events were cut into batches."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from local_azure.stream_analytics.events import Event

from .conftest import Bench, event

START = datetime(2026, 7, 1, 12)
TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
QUERY = """
WITH t AS (SELECT TRY_CAST(k AS nvarchar(max)) AS k, TRY_CAST(v AS bigint) AS v FROM s)
SELECT k, v INTO plain FROM t WHERE v > 2
SELECT System.Timestamp() AS ended, k, COUNT(*) AS n, COUNT(DISTINCT v) AS d, SUM(v) AS total, MIN(v) AS low
INTO windows FROM t WHERE v IS NOT NULL GROUP BY k, TumblingWindow(minute, 1)
"""


def at(moment: datetime, number: int = 0) -> Event:
    return event(b'{"k":"a","v":1}', number, moment)


def test_a_window_excludes_its_start_and_includes_its_end() -> None:
    bench = Bench(QUERY)
    bench.run(at(START), at(START + TICK), at(START + MINUTE), at(START + MINUTE + TICK))
    counted = [row[:3] for row in bench.closed(START + 2 * MINUTE)]
    assert counted == [(START, "a", 1), (START + MINUTE, "a", 2), (START + 2 * MINUTE, "a", 1)]


def test_a_window_is_given_once_and_not_before_its_end() -> None:
    bench = Bench(QUERY)
    bench.run(at(START + TICK))
    assert bench.closed(START) == []
    assert len(bench.closed(START + MINUTE)) == 1
    assert bench.closed(START + MINUTE) == []


def test_a_window_without_events_gives_no_row() -> None:
    bench = Bench(QUERY)
    bench.run(at(START), at(START + 5 * MINUTE))
    assert [row[0] for row in bench.closed(START + 9 * MINUTE)] == [START, START + 5 * MINUTE]


def test_the_condition_holds_before_the_window_counts() -> None:
    bench = Bench(QUERY)
    bench.run(at(START), event(b'{"k":"a","v":"none"}', 1, START))
    assert bench.closed(START) == [(START, "a", 1, 1, 1, 1)]


samples = st.lists(st.tuples(st.integers(0, 240), st.sampled_from("ab"), st.integers(0, 4)), max_size=30)


@settings(max_examples=15, deadline=None)
@given(samples=samples, cuts=st.lists(st.integers(0, 30), max_size=6))
def test_any_cut_into_batches_gives_the_same_rows_and_windows(
    samples: list[tuple[int, str, int]], cuts: list[int]
) -> None:
    events = [
        event(f'{{"k":"{key}","v":{number}}}'.encode(), place, START + timedelta(seconds=seconds))
        for place, (seconds, key, number) in enumerate(sorted(samples, key=lambda sample: sample[0]))
    ]
    whole, cut = Bench(QUERY), Bench(QUERY)
    expected = whole.run(*events)["plain"]
    borders = [0, *sorted(min(each, len(events)) for each in cuts), len(events)]
    rows, windows = [], []
    for first, last in pairwise(borders):
        rows += cut.run(*events[first:last])["plain"]
        if last < len(events):  # what is closed on the way, as the job does it
            windows += cut.closed(START + (events[last].enqueued - TICK - START) // MINUTE * MINUTE)
    windows += cut.closed(START + 9 * MINUTE)
    assert rows == expected
    assert sorted(windows, key=repr) == whole.closed(START + 9 * MINUTE)
    whole.close()
    cut.close()
