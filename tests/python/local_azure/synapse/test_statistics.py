"""Statistics: made, brought up to date, dropped, listed, and shown with their histogram.

Source: Microsoft Learn, "CREATE STATISTICS", "UPDATE STATISTICS", "DROP STATISTICS", "DBCC SHOW_STATISTICS";
"Statistics in Synapse SQL", whose query of sys.stats is one of those here.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_azure.synapse.results import Rows

from .conftest import Pool, refused

LISTED = """SELECT st.name, co.name, sc.stats_column_id, CASE WHEN STATS_DATE(st.object_id, st.stats_id) IS NULL THEN 0
 ELSE 1 END FROM sys.stats AS st JOIN sys.stats_columns AS sc ON st.stats_id = sc.stats_id AND
 st.object_id = sc.object_id JOIN sys.columns AS co ON sc.column_id = co.column_id AND sc.object_id = co.object_id
 WHERE st.object_id = OBJECT_ID('{}') AND st.user_created = 1 ORDER BY st.stats_id, sc.stats_column_id"""


@pytest.fixture(scope="module", autouse=True)
def table(pool: Pool) -> None:
    rows = " UNION ALL ".join(f"SELECT {i}, {text}" for i, text in ((1, "'a'"), (1, "'A'"), (2, "'b'"), (3, "NULL")))
    pool("CREATE SCHEMA st")
    pool(f"CREATE TABLE st.t (a int, b varchar(5)) INSERT INTO st.t {rows}")


def shown(pool: Pool, text: str) -> list[list[tuple[Any, ...]]]:
    """The rows of every result."""
    results = (result for result in pool.session.batch(text) if isinstance(result, Rows))
    return [[row for batch in result.batches for row in batch] for result in results]


def test_statistics_are_listed_updated_and_dropped(pool: Pool) -> None:
    pool("CREATE TABLE st.listed (a int, b int) CREATE STATISTICS one ON st.listed (b, a) "
         "CREATE STATISTICS two ON st.listed (a) WITH FULLSCAN")  # fmt: skip
    assert pool(LISTED.format("st.listed")) == [("one", "b", 1, 0), ("one", "a", 2, 0), ("two", "a", 1, 0)]
    pool("INSERT INTO st.listed VALUES (1, 2) UPDATE STATISTICS st.listed (two) WITH SAMPLE 20 PERCENT")
    assert pool(LISTED.format("st.listed")) == [("one", "b", 1, 0), ("one", "a", 2, 0), ("two", "a", 1, 1)]
    pool("UPDATE STATISTICS st.listed DROP STATISTICS st.listed.two")
    assert pool(LISTED.format("st.listed")) == [("one", "b", 1, 1), ("one", "a", 2, 1)]
    pool("DROP TABLE st.listed CREATE TABLE st.listed (a int)")
    assert pool(LISTED.format("st.listed")) == []


def test_a_histogram_counts_each_value_by_the_collation(pool: Pool) -> None:
    pool("CREATE STATISTICS of_b ON st.t (b, a)")
    (header,), density, histogram = shown(pool, 'DBCC SHOW_STATISTICS ("st.t", of_b)')
    assert header[0] == "of_b"
    assert header[2:] == (4, 4, 3, 0, 4.75, "NO", None, 4, 0)
    assert density == [(1 / 3, 0.75, "b"), (1 / 3, 4.75, "b, a")]
    assert [row[1:] for row in histogram] == [(0, 1, 0, 1), (0, 2, 0, 1), (0, 1, 0, 1)]
    assert [str(row[0]).lower() for row in histogram] == ["none", "a", "b"]


@pytest.mark.parametrize(
    ("parts", "columns"),
    [("STAT_HEADER", [11]), ("HISTOGRAM", [5]), ("DENSITY_VECTOR, STAT_HEADER", [3, 11])],
)
def test_the_parts_that_are_asked_for_are_shown(pool: Pool, parts: str, columns: list[int]) -> None:
    pool(f"CREATE STATISTICS parts_{len(parts)} ON st.t (a)")
    results = shown(pool, f"DBCC SHOW_STATISTICS ('st.t', 'parts_{len(parts)}') WITH {parts}")
    assert [len(rows[0]) for rows in results] == columns


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.integers(0, 900), min_size=1, max_size=400))
def test_every_row_is_in_one_step_and_steps_are_few_and_ascending(pool: Pool, values: list[int | None]) -> None:
    rows = " UNION ALL ".join(f"SELECT {'NULL' if value is None else value} AS v" for value in values)
    pool(f"CREATE TABLE st.law WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT CAST(v AS int) AS v FROM ({rows}) q "
         "CREATE STATISTICS law ON st.law (v)")  # fmt: skip
    (header,), _, histogram = shown(pool, "DBCC SHOW_STATISTICS (st.law, law)")
    pool("DROP TABLE st.law")
    highs = [int(row[0]) for row in histogram if row[0] is not None]
    known = [value for value in values if value is not None]
    assert highs == sorted(set(highs))
    assert len(highs) <= 200
    assert header[2] == len(values) == sum(row[1] + row[2] for row in histogram)
    assert len(set(known)) == len(highs) + sum(row[3] for row in histogram)
    assert not known or (highs[0], highs[-1]) == (min(known), max(known))
    steps = [row for row in histogram if row[0] is not None]
    for low, (high, in_range, equal, distinct, average) in zip([None, *highs], steps, strict=False):
        inside = [value for value in known if (low is None or value > low) and value < int(high)]
        assert (len(inside), known.count(int(high)), len(set(inside))) == (in_range, equal, distinct)
        assert average == pytest.approx(in_range / distinct if distinct else 1)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CREATE STATISTICS s ON st.t (nothing)", 1911),
        ("CREATE STATISTICS twice ON st.t (a) CREATE STATISTICS TWICE ON st.t (b)", 1927),
        ("CREATE STATISTICS s ON st.nothing (a)", 208),
        ("UPDATE STATISTICS st.t (nothing)", 2767),
        ("DROP STATISTICS st.t.nothing", 3701),
        ('DBCC SHOW_STATISTICS ("st.t", nothing)', 2767),
        ('DBCC SHOW_STATISTICS ("st.t", a)', 2767),
        ('DBCC SHOW_STATISTICS ("st.t")', 103010),
        ('DBCC SHOW_STATISTICS ("st.t", a) WITH STATS_STREAM', 103010),
    ],
)
def test_what_is_not_there_is_told(pool: Pool, text: str, number: int) -> None:
    assert refused(pool, text) == number


def test_statistics_want_the_right_to_alter_and_showing_them_to_read(pool: Pool) -> None:
    pool("CREATE STATISTICS guarded ON st.t (a) CREATE USER counter WITHOUT LOGIN EXECUTE AS USER = 'counter'")
    try:
        assert refused(pool, "CREATE STATISTICS mine ON st.t (a)") == 229
        assert refused(pool, "UPDATE STATISTICS st.t") == 229
        assert refused(pool, 'DBCC SHOW_STATISTICS ("st.t", guarded)') == 229
    finally:
        pool("REVERT")


def test_a_temporary_table_takes_statistics(pool: Pool) -> None:
    pool(
        "CREATE TABLE #s (a int) CREATE STATISTICS s ON #s (a) UPDATE STATISTICS #s DROP STATISTICS #s.s DROP TABLE #s"
    )
