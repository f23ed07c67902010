"""What a SELECT gives, by the behaviour that each query shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from local_azure.stream_analytics.clock import Policy
from local_azure.stream_analytics.engine import FOREVER
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.rows import plain

from .conftest import MOMENT, Bench, event

Rows = list[dict[str, Any]]
TWO_SPELLINGS = [
    ('"caf\\u00e9"', '"café"'),
    ('"a\\/b"', '"a/b"'),
    ("1.5", "1.50"),
    ("1", "1.0"),
    ("100", "1e2"),
    ("0", "-0.0"),
    ("-0", "0"),
    ('{"a":1}', '{"a": 1}'),
    ("[1,2]", "[1, 2]"),
]
TWO_VALUES = [("9007199254740992", "9007199254740993"), ('"1"', "1"), ('"true"', "true"), ('"a"', '"A"')]


def rows(query: str, *bodies: str) -> Rows:
    """All rows of a query's only output, over events a millisecond apart."""
    bench = Bench(query, policy=Policy(None), hub=False)
    given = [event(body.encode(), at, MOMENT + timedelta(milliseconds=at)) for at, body in enumerate(bodies)]
    found = [*bench.run(*given).values(), *bench.emit(FOREVER).values()]
    bench.close()
    return [plain(row) for part in found for row in part]


TEXTS: Rows = [{"a": "x", "b": "x", "v": 1}, {"a": "x", "b": "y", "v": 2}]
HOUR = "LIMIT DURATION(hour, 1)"
JOINED = "JOIN s b ON a.a = b.a AND DATEDIFF(hour, a, b) = 0"
UNFOLD = "SELECT e.ArrayValue AS v FROM s CROSS APPLY GetArrayElements"
EXAMPLES: list[tuple[str, str, Rows, Rows]] = [
    ("equal texts are equal", "SELECT v FROM s WHERE a = b", TEXTS, [{"v": 1}]),
    ("other texts are not", "SELECT v FROM s WHERE a <> b", TEXTS, [{"v": 2}]),
    ("a text before another is less", "SELECT v FROM s WHERE a < b", TEXTS, [{"v": 2}]),
    ("a text lies between itself", "SELECT v FROM s WHERE a BETWEEN b AND b", TEXTS, [{"v": 1}]),
    ("a text is in a list with it", "SELECT v FROM s WHERE a IN (b, 'q')", TEXTS, [{"v": 1}]),
    ("NULLIF of equal texts is null", "SELECT NULLIF(a, b) AS n FROM s", TEXTS, [{"n": None}, {"n": "x"}]),
    ("a text equals the one before", "SELECT v FROM s WHERE a = LAG(a) OVER (LIMIT DURATION(hour, 1))", TEXTS, [{"v": 2}]),
    ("a field may be called it", "SELECT ABS(it + 1) AS v FROM s", [{"it": -3}], [{"v": 2}]),
    ("a source may be called it", "SELECT ABS(it.v + 1) AS v FROM s it", [{"v": -3}], [{"v": 2}]),
    ("a source may be called i", "SELECT CollectTop(1) OVER (ORDER BY v DESC) AS t FROM s i GROUP BY TumblingWindow(hour, 1)", TEXTS,
     [{"t": [{"rank": 1, "value": TEXTS[1]}]}]),
    ("the joined stream is looked back over", f"SELECT b.v, LAG(b.v) OVER ({HOUR}) AS p FROM s a {JOINED} WHERE a.v = 2", TEXTS,
     [{"v": 1, "p": None}, {"v": 2, "p": 1}]),
    ("a join may look back", f"SELECT a.v, b.v AS w FROM s a {JOINED} AND LAG(b.v) OVER ({HOUR}) = 1", TEXTS,
     [{"v": 1, "w": 2}, {"v": 2, "w": 2}]),
    ("an aggregate takes what was looked back to, whatever WHERE keeps",
     f"SELECT SUM(v - LAG(v) OVER ({HOUR})) AS d FROM s WHERE v > 1 GROUP BY TumblingWindow(hour, 1)", TEXTS, [{"d": 1}]),
    ("a window's key may look back", "SELECT ISFIRST(hour, 1) AS f, COUNT(*) AS n FROM s GROUP BY ISFIRST(hour, 1), TumblingWindow(hour, 1)",
     [*TEXTS, *TEXTS], [{"f": 1, "n": 1}, {"f": 0, "n": 3}]),
    ("a join may stand in brackets", f"SELECT a.v, b.v AS w FROM (s a {JOINED} AND a.v < b.v)", TEXTS, [{"v": 1, "w": 2}]),
    ("TopOne looks back over chosen rows", f"SELECT TopOne(v) OVER (ORDER BY v {HOUR} WHEN v > 1) AS t FROM s", TEXTS, [{"t": None}, {"t": 2}]),
    ("null is unfolded into nothing", f"{UNFOLD}(x) AS e", [{"x": None}, {"x": []}, {"x": [7]}], [{"v": 7}]),
    ("what is no array is unfolded by TRY_CAST", f"{UNFOLD}(TRY_CAST(x AS array)) AS e", [{"x": {"a": 1}}, {"x": [7]}], [{"v": 7}]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "given", "expected"), [one[1:] for one in EXAMPLES], ids=[one[0] for one in EXAMPLES]
)
def test_a_query_gives_rows(query: str, given: Rows, expected: Rows) -> None:
    assert sorted(rows(query, *map(json.dumps, given)), key=repr) == sorted(expected, key=repr)


@pytest.mark.parametrize("value", ['{"a": 1}', '"no"', "7"])
def test_a_value_that_cannot_be_unfolded_stops_the_job(value: str) -> None:
    with pytest.raises(JobError, match=f"cannot cast {value} to array"):
        rows(f"{UNFOLD}(x) AS e", f'{{"x": {value}}}')


AGGREGATES: list[tuple[str, list[str], Any]] = [
    ("MAX(v)", ['"2024-03-10T10:00:00Z"', '"2024-03-11T12:00:00+02:00"', "null"], "2024-03-11T10:00:00.0000000Z"),
    ("MIN(v)", ['"2024-03-10T10:00:00Z"', '"2024-03-11"'], "2024-03-10T10:00:00.0000000Z"),
    ("MAX(v)", ["true", "false"], True),
    ("MIN(v)", ["true", "false"], False),
    ("MAX(v)", ["9007199254740993", "9007199254740992"], 9007199254740993),
    ("MAX(v)", ['"2.5"', "1"], 2.5),
    ("TopOne(v) OVER (ORDER BY v DESC)", ['"2024-03-10T10:00:00Z"', "null", '"2024-03-10T10:00:00.5Z"'], "2024-03-10T10:00:00.5Z"),
    ("TopOne(v) OVER (ORDER BY v)", ['"2024-03-10T10:00:00Z"', "null"], None),
    ("TopOne(v) OVER (ORDER BY v DESC)", ["3", "20", '"7"'], 20),
    ("PERCENTILE_DISC(1) OVER (ORDER BY v)", ["9007199254740993", "9007199254740992"], 9007199254740993),
    ("PERCENTILE_DISC(1) OVER (ORDER BY CAST(v AS bigint))", ["9007199254740993", "1"], 9007199254740993),
    ("PERCENTILE_DISC(0) OVER (ORDER BY v)", ["2", "2.5"], 2.0),
]  # fmt: skip


@pytest.mark.parametrize(("aggregate", "values", "expected"), AGGREGATES)
def test_an_aggregate_gives_a_value_of_its_arguments_own_type(aggregate: str, values: list[str], expected: Any) -> None:
    query = f"SELECT {aggregate} AS x FROM s GROUP BY TumblingWindow(hour, 1)"
    (found,) = rows(query, *(f'{{"v": {each}}}' for each in values))
    assert found["x"] == expected and type(found["x"]) is type(expected)


@pytest.mark.parametrize(
    ("aggregate", "values", "reason"),
    [
        ("MAX(v)", ["1", '"x"'], 'cannot cast "x" to float'),
        ("MAX(v)", ["1", '"2024-03-10"'], 'cannot cast "2024-03-10" to float'),
        ("SUM(v)", ["9223372036854775807", "1"], "cannot cast 9223372036854775808 to bigint"),
        ("SUM(CAST(v AS bigint))", ["9223372036854775807", "1"], "cannot cast 9223372036854775808 to bigint"),
    ],
)
def test_an_aggregate_without_a_value_stops_the_job(aggregate: str, values: list[str], reason: str) -> None:
    with pytest.raises(JobError) as stopped:
        rows(
            f"SELECT {aggregate} AS x FROM s GROUP BY TumblingWindow(hour, 1)", *(f'{{"v": {each}}}' for each in values)
        )
    assert str(stopped.value) == f"the query fails: {reason}"


KEYED: list[tuple[str, Callable[[Rows], int]]] = [
    ("SELECT k, COUNT(*) AS n FROM s GROUP BY k, TumblingWindow(minute, 1)", len),
    ("SELECT k, COUNT(*) AS n FROM s GROUP BY k, SessionWindow(minute, 1, 9) OVER (PARTITION BY k)", len),
    ("SELECT COUNT(*) AS n FROM s GROUP BY k, SlidingWindow(minute, 1)", lambda found: 3 - max(row["n"] for row in found)),
    ("SELECT COUNT(DISTINCT k) AS n FROM s GROUP BY TumblingWindow(minute, 1)", lambda found: found[0]["n"]),
    ("SELECT ISFIRST(minute, 1) OVER (PARTITION BY k) AS n FROM s", lambda found: sum(row["n"] for row in found)),
    ("SELECT LAG(1) OVER (PARTITION BY k LIMIT DURATION(minute, 1)) AS n FROM s", lambda found: [row["n"] for row in found].count(None)),
    ("SELECT a.k FROM s a JOIN s b ON a.k = b.k AND DATEDIFF(minute, a, b) = 0", lambda found: 4 // len(found)),
]  # fmt: skip


@pytest.mark.parametrize(("query", "groups"), KEYED)
def test_a_key_is_a_value_and_not_its_spelling(query: str, groups: Callable[[Rows], int]) -> None:
    for pairs, count in ((TWO_SPELLINGS, 1), (TWO_VALUES, 2)):
        for pair in pairs:
            assert groups(rows(query, *(f'{{"k": {each}}}' for each in pair))) == count, pair
