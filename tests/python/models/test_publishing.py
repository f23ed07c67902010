"""Nothing unproven is served: what the lakehouse publishes agrees, and marts are switched when their tests passed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from zlib import crc32

import pytest

from .small_project import Small, query_lake, query_pool, reading

pytestmark = [pytest.mark.nightly, pytest.mark.slow, pytest.mark.timeout(1800)]

NO_MARTS = ("--exclude", "path:models/marts")


@pytest.fixture
def small(built: None, tmp_path: object, request: pytest.FixtureRequest) -> Iterator[Small]:
    made = Small(tmp_path, f"t{os.getpid()}_{crc32(request.node.name.encode()) % 10_000}")  # type: ignore[arg-type]
    yield made
    made.drop()


def test_a_failed_model_holds_the_whole_set_back(small: Small) -> None:
    assert "3 gold models published" in small.lake(value=1)
    small.pool(value=1)
    said = small.lake(value=15, fails=True)
    assert "not published, the set before stays" in said
    assert "fct_sums failed, was skipped" in said
    small.pool(value=1)
    assert set(small.served().values()) == {1}, "a reader saw the people of one build with the events of another"


def test_a_failed_test_of_gold_holds_the_whole_set_back(small: Small) -> None:
    small.lake(value=1)
    assert "fct_events failed, was skipped, or was not tested" in small.lake(value=13, fails=True)
    small.pool()
    assert set(small.served().values()) == {1}
    # what failed stays unproven until it is built again, whatever else is built
    assert "not published" in small.lake("build", "--select", "fct_sums", value=13)
    assert "3 gold models published" in small.lake(value=2)
    small.pool()
    assert set(small.served().values()) == {2}


def test_a_build_of_some_models_publishes_if_the_rest_still_agrees(small: Small) -> None:
    small.lake(value=1)
    assert "fct_sums is older than fct_events" in small.lake("build", "--select", "fct_events", value=1)
    assert "3 gold models published" in small.lake("build", "--select", "fct_events+", *NO_MARTS, value=1)
    # the events of one load with the people of another
    said = small.lake("build", "--select", "bronze_events+", *NO_MARTS, value=2)
    assert "bronze was loaded in more than one run" in said
    assert "3 gold models published" in small.lake(
        "build", "--select", "bronze_events+ bronze_people+", *NO_MARTS, value=2
    )
    small.pool()
    assert set(small.served().values()) == {2}


def test_what_was_not_tested_is_not_published(small: Small) -> None:
    assert "not tested" in small.lake("run", value=1)
    assert "not tested" in small.lake("build", "--resource-type", "model", value=1)
    assert "not published" in small.lake("build", "--empty", value=1)
    said = small.pool("build", fails=True)
    assert "which is not published. Build the lakehouse first." in said


def test_a_failed_test_of_a_mart_leaves_every_version_served(small: Small) -> None:
    small.lake(value=1)
    assert "4 marts switched" in small.pool()
    small.lake(value=14)
    said = small.pool(value=14, fails=True)
    assert "not switched, the versions before are served: mart_holds fail" in said
    assert set(small.served().values()) == {1}
    gold = query_pool(f"select value from {small.schema}_gold.fct_events")
    assert gold == [(1,)], "the views over the lake moved on without the marts"
    small.lake(value=2)
    small.pool()
    assert set(small.served().values()) == {2}


def test_marts_that_were_not_tested_are_not_served(small: Small) -> None:
    small.lake(value=1)
    small.pool()
    small.lake(value=2)
    assert "not switched" in small.pool("run")
    assert set(small.served().values()) == {1}


def test_a_build_of_one_mart_keeps_to_the_set_that_is_served(small: Small) -> None:
    small.lake(value=1)
    small.pool()
    small.lake(value=2)
    assert "1 marts switched" in small.pool("build", "--select", "mart_events")
    assert set(small.served().values()) == {1}
    small.pool()
    assert set(small.served().values()) == {2}


def test_readers_of_marts_and_gold_never_meet_a_hole(small: Small) -> None:
    small.lake(value=1)
    small.pool()
    gold, mart = f"lakehouse.{small.schema}_gold.fct_events", f"{small.schema}_mart_sales.mart_events"
    with (
        reading(lambda: query_lake(f"select value from {gold}")) as of_gold,
        reading(lambda: query_pool(f"select value from {mart}")) as of_mart,
    ):
        small.lake(value=2)
        small.pool()
        small.lake("build", "--full-refresh", value=3)
        small.pool()
    assert [seen for seen in of_gold if seen not in ([(1,)], [(2,)], [(3,)])] == []
    assert [seen for seen in of_mart if seen not in ([(1,)], [(2,)], [(3,)])] == []
    assert of_gold[-1] == of_mart[-1] == [(3,)]


def test_a_navigator_shows_marts_and_nothing_else(small: Small) -> None:
    small.lake()
    small.pool()
    found = query_pool(
        "select s.name, o.name from sys.objects as o join sys.schemas as s on s.schema_id = o.schema_id "
        f"where s.name like '{small.schema}_mart%' and o.type in ('U', 'V')"
    )
    shown = {name for schema, name in found if schema != f"{small.schema}_mart_versions"}
    assert shown == {"mart_events", "mart_sums", "mart_people", "mart_now"}


def test_versions_expire_but_never_one_that_was_served_a_moment_ago(small: Small) -> None:
    def versions() -> int:
        [(count,)] = query_pool(
            f"select count(*) from sys.tables where schema_id = schema_id('{small.schema}_mart_versions') "
            f"and name like '{small.schema}_mart_sales.mart_events@%'"
        )
        return int(count)

    for value in (1, 2, 3):
        small.lake(value=value)
        small.pool(keep_versions=1)
    assert versions() == 3, "versions of the last hours are kept"
    small.pool(keep_versions=2, keep_hours=0)
    assert versions() == 2
    [(external,)] = query_pool(
        f"select count(*) from sys.external_tables where name like '{small.schema}_gold.fct_events@%'"
    )
    assert external == 1, "two switches of one set are one external table"
    assert set(small.served().values()) == {3}
