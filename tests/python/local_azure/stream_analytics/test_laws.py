"""Any cut of the events into micro-batches gives the same rows, and so does a restart anywhere between two of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_azure.stream_analytics.checkpoint import Place
from local_azure.stream_analytics.clock import Policy
from local_azure.stream_analytics.engine import FOREVER
from local_azure.stream_analytics.events import Event
from local_azure.stream_analytics.places import Places

from .conftest import Bench

START = datetime(2026, 7, 1, 12)
SECOND = timedelta(seconds=1)
STAMPED = "s TIMESTAMP BY t"
QUERIES = {
    "tumbling": f"SELECT k, COUNT(*) AS n, SUM(v) AS v, System.Timestamp() AS w INTO o FROM {STAMPED} "
    "GROUP BY k, TumblingWindow(second, 20)",
    "tumbling by arrival": "SELECT k, COUNT(*) AS n, System.Timestamp() AS w INTO o FROM s GROUP BY k, Tumbling(second, 20)",
    "hopping": f"SELECT COUNT(*) AS n, System.Timestamp() AS w INTO o FROM {STAMPED} GROUP BY HoppingWindow(second, 30, 10)",
    "shifted": f"SELECT COUNT(*) AS n, System.Timestamp() AS w INTO o FROM {STAMPED} "
    "GROUP BY TumblingWindow(Duration(second, 20), Offset(second, -7))",
    "sliding": f"SELECT k, COUNT(*) AS n, System.Timestamp() AS w INTO o FROM {STAMPED} GROUP BY k, SlidingWindow(second, 15)",
    "session": f"SELECT k, COUNT(*) AS n, System.Timestamp() AS w INTO o FROM {STAMPED} "
    "GROUP BY k, SessionWindow(second, 8, 30) OVER (PARTITION BY k)",
    "snapshot": f"SELECT COUNT(*) AS n, System.Timestamp() AS w INTO o FROM {STAMPED} GROUP BY System.Timestamp()",
    "several windows": f"SELECT System.Window().Id AS i, COUNT(*) AS n, System.Timestamp() AS w INTO o FROM {STAMPED} "
    "GROUP BY Windows(Window('a', TumblingWindow(second, 10)), Window('b', HoppingWindow(second, 40, 20)))",
    "lag": f"SELECT k, v, LAG(v) OVER (PARTITION BY k LIMIT DURATION(second, 30)) AS p INTO o FROM {STAMPED}",
    "lag, when": f"SELECT v, LAG(v, 2) OVER (LIMIT DURATION(second, 30) WHEN v > 1) AS p INTO o FROM {STAMPED}",
    "last and sum": f"SELECT v, LAST(v) OVER (LIMIT DURATION(second, 20) WHEN v > 2) AS l, "
    f"SUM(v) OVER (PARTITION BY k LIMIT DURATION(second, 20)) AS s INTO o FROM {STAMPED} WHERE v > 0",
    "first": f"SELECT v, ISFIRST(second, 20) OVER (PARTITION BY k) AS f INTO o FROM {STAMPED}",
    "join": "SELECT a.v AS x, b.v AS y, System.Timestamp() AS w INTO o FROM s a TIMESTAMP BY t JOIN s b TIMESTAMP BY t "
    "ON a.k = b.k AND DATEDIFF(second, a, b) BETWEEN 1 AND 15",
    "left join": "SELECT a.v AS x, b.v AS y, System.Timestamp() AS w INTO o FROM s a TIMESTAMP BY t "
    "LEFT JOIN s b TIMESTAMP BY t ON a.k = b.k AND a.v < b.v AND DATEDIFF(second, a, b) BETWEEN -5 AND 12",
    "lag in a join": "SELECT a.v AS x, b.v AS y, LAG(b.v) OVER (PARTITION BY b.k LIMIT DURATION(second, 20)) AS p INTO o "
    "FROM s a TIMESTAMP BY t JOIN s b TIMESTAMP BY t ON a.k = b.k AND DATEDIFF(second, a, b) BETWEEN 1 AND 15",
    "lag in a window": f"SELECT SUM(v - LAG(v) OVER (LIMIT DURATION(second, 15))) AS d, System.Timestamp() AS w INTO o "
    f"FROM {STAMPED} WHERE v > 1 GROUP BY ISFIRST(second, 20), TumblingWindow(second, 20)",
    "windows of windows": f"WITH a AS (SELECT k, COUNT(*) AS n FROM {STAMPED} GROUP BY k, TumblingWindow(second, 10)) "
    "SELECT k, SUM(n) AS n, System.Timestamp() AS w INTO o FROM a GROUP BY k, TumblingWindow(second, 30) "
    "SELECT k, n, LAG(n) OVER (PARTITION BY k LIMIT DURATION(second, 40)) AS p INTO o FROM a",
    "window over a left join": "WITH a AS (SELECT a.k AS k, b.v AS y FROM s a TIMESTAMP BY t LEFT JOIN s b TIMESTAMP BY t "
    "ON a.k = b.k AND DATEDIFF(second, a, b) BETWEEN 1 AND 5) "
    "SELECT k, COUNT(y) AS n, System.Timestamp() AS w INTO o FROM a GROUP BY k, TumblingWindow(second, 20)",
    "union": f"SELECT k, v INTO o FROM {STAMPED} WHERE v < 3 UNION SELECT k, COUNT(*) AS v FROM {STAMPED} "
    "GROUP BY k, TumblingWindow(second, 20)",
}
POLICIES = {
    "in order": Policy(),
    "adjust": Policy(5 * SECOND, 3 * SECOND),
    "drop": Policy(5 * SECOND, 3 * SECOND, drop=True),
    "patient": Policy(60 * SECOND, 10 * SECOND),
    "for ever": Policy(None, 4 * SECOND),
}
samples = st.lists(
    st.tuples(st.integers(0, 90), st.integers(-20, 400), st.sampled_from("ab"), st.integers(0, 4), st.integers(0, 1)),
    max_size=25,
)
cuts = st.lists(st.integers(1, 24), max_size=5)


def events(sample: Sequence[tuple[int, int, str, int, int]]) -> list[Event]:
    """Arrivals in order, over two partitions; each event is up to 20 s old, or ahead of its arrival."""
    made, next_number = [], Counter[int]()
    for arrival, age, key, number, partition in sorted(sample, key=lambda one: one[0]):
        arrived = START + arrival * SECOND
        time = arrived - (age if age < 20 else 0) * SECOND
        body = json.dumps({"t": time.isoformat() + "Z", "k": key, "v": number})
        made.append(Event(body.encode(), partition, next_number[partition], arrived))
        next_number[partition] += 1
    return made


def batches(made: list[Event], borders: list[int]) -> Iterator[list[Event]]:
    places = sorted({0, *(min(each, len(made)) for each in borders), len(made)})
    yield from (made[first:last] for first, last in pairwise(places))


class Run:
    """A query with the bookkeeping of a job, so that it can be left and taken up."""

    def __init__(
        self, query: str, policy: Policy, saved: dict[int, Place] | None = None, emitted: datetime | None = None
    ) -> None:
        self.bench = Bench(query, policy=policy)
        by_event = {each.table: each.stamp is not None for each in self.bench.plan.inputs}
        self.places = Places([0, 1], self.bench.engine.clocks, by_event)
        if saved and emitted:
            self.places.restore(saved)
            self.bench.engine.emitted = emitted

    def feed(self, batch: list[Event]) -> list[str]:
        self.places.note(batch)
        self.bench.run(*batch)
        self.places.fed()
        self.places.land()
        return self.emit(self.places.watermark())

    def emit(self, until: datetime) -> list[str]:
        rows = [shown(row) for found in self.bench.emit(until).values() for row in found]
        reach = timedelta(microseconds=self.bench.plan.reach)
        self.places.forget(max(self.bench.engine.emitted - reach, datetime(1971, 1, 1)))
        return rows

    def saved(self) -> tuple[dict[int, Place], datetime]:
        return self.places.places(), self.bench.engine.emitted


def shown(row: dict[str, Any]) -> str:
    return json.dumps(row, default=str, sort_keys=True)


def whole(query: str, policy: Policy, made: list[Event]) -> Counter[str]:
    run = Run(query, policy)
    found = run.feed(made) + run.emit(FOREVER)
    run.bench.close()
    return Counter(found)


@pytest.mark.parametrize("name", QUERIES)
@settings(max_examples=3, deadline=None)
@given(sample=samples, borders=cuts, policy=st.sampled_from(sorted(POLICIES)))
def test_any_cut_into_batches_gives_the_same_rows(name: str, sample: Any, borders: list[int], policy: str) -> None:
    made, query = events(sample), QUERIES[name]
    run = Run(query, POLICIES[policy])
    found = [row for batch in batches(made, borders) for row in run.feed(batch)]
    found += run.emit(FOREVER)
    run.bench.close()
    assert Counter(found) == whole(query, POLICIES[policy], made)


@pytest.mark.parametrize("name", QUERIES)
@settings(max_examples=3, deadline=None)
@given(sample=samples, borders=cuts, policy=st.sampled_from(sorted(POLICIES)))
def test_a_restart_after_any_batch_gives_the_same_rows(name: str, sample: Any, borders: list[int], policy: str) -> None:
    made, query = events(sample), QUERIES[name]
    found: list[str] = []
    saved: tuple[dict[int, Place], datetime] | None = None
    for batch in batches(made, borders):
        run = Run(query, POLICIES[policy], *(saved or ()))
        again = [each for each in made if saved and _is_read_again(each, saved[0])]
        found += run.feed(again) if again else []
        found += run.feed(batch)
        saved = run.saved()
        run.bench.close()
    run = Run(query, POLICIES[policy], *(saved or ()))
    found += run.feed([each for each in made if saved and _is_read_again(each, saved[0])]) + run.emit(FOREVER)
    run.bench.close()
    assert Counter(found) == whole(query, POLICIES[policy], made)


def _is_read_again(event: Event, places: dict[int, Place]) -> bool:
    return places[event.partition].position <= event.sequence <= places[event.partition].landed
