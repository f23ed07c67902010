"""Of an incremental fact the months that changed are published, and the warehouse reads each from its newest folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .small_project import Small, query_lake, query_pool

pytestmark = [pytest.mark.nightly, pytest.mark.slow, pytest.mark.timeout(1800)]

LONG_AGO = "2026-01-01 00:00:00"
EVENTS = """{{ config(materialized='table') }}
select id, cast(day as date) as day, value, cast(loaded_at as timestamp) as loaded_at, current_date() as ingested_on
from values {% for row in var('rows', [['A', '2026-01-05', 1, '2026-01-01']]) -%}
('{{ row[0] }}', '{{ row[1] }}', {{ row[2] }}, '{{ row[3] }}'){{ ',' if not loop.last }}
{% endfor %} as events (id, day, value, loaded_at)
"""
FACT = """{{ config(materialized='incremental', unique_key='id', event_time='day') }}
select id, day, value, loaded_at from {{ ref('silver_months') }} {{ loaded_since() }}
"""
CONTRACT = """models:
  - name: fct_months
    columns:
      - {name: id, data_type: string, data_tests: [not_null, unique]}
      - {name: day, data_type: date}
      - {name: value, data_type: int}
      - {name: loaded_at, data_type: timestamp}
"""
MART_CONTRACT = """models:
  - name: mart_months
    columns:
      - {name: id, data_type: varchar(36), data_tests: [not_null, unique]}
      - {name: value, data_type: int}
"""
FILES = {
    "models/bronze/bronze_months.sql": EVENTS,
    "models/silver/silver_months.sql": "{{ config(materialized='table') }} select * from {{ ref('bronze_months') }}",
    "models/gold/sales/fct_months.sql": FACT,
    "models/gold/sales/fct_months.yml": CONTRACT,
    "models/marts/sales/mart_months.sql": "select id, value from {{ ref('fct_months') }}",
    "models/marts/sales/mart_months.yml": MART_CONTRACT,
    "tests/months_hold.sql": "select * from {{ ref('fct_months') }} where value = 13",
}


class Months:
    """A small project with an incremental fact, and the rows that its source holds."""

    def __init__(self, small: Small) -> None:
        self.small = small
        self.rows = {id_: [id_, f"2026-0{n}-05", 1, LONG_AGO] for n, id_ in enumerate("ABC", 1)}
        for name, text in FILES.items():
            (small.folder / name).write_text(text)

    def change(self, **values: int) -> None:
        for id_, value in values.items():
            day = f"2026-0{ord(id_) - ord('A') + 1}-05"
            self.rows[id_] = [id_, day, value, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"]

    def build(self, *words: str, fails: bool = False, **options: Any) -> str:
        options["rows"] = list(self.rows.values())
        said = self.small.lake("build", *words, fails=fails, **options)
        return said if fails else said + self.small.pool(**options)

    def folders(self) -> list[str]:
        """The folders of the fact in the newest set, newest first, their months alone."""
        schema = f"lakehouse.{self.small.schema}_handover"
        rows = query_lake(
            f"select version from {schema}.sets where model like '%fct_months' "
            f"and set_version = (select max(set_version) from {schema}.sets) order by version desc"
        )
        return [version.partition("_")[2] for (version,) in rows]

    def served(self) -> dict[str, int]:
        return dict(query_pool(f"select id, value from {self.small.schema}_mart_sales.mart_months"))


@pytest.fixture
def months(built: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Months]:
    small = Small(tmp_path, f"months{abs(hash(request.node.name)) % 10_000}")
    made = Months(small)
    made.build()
    yield made
    small.drop()


def test_a_first_build_publishes_the_whole(months: Months) -> None:
    assert months.folders() == [""]
    assert months.served() == {"A": 1, "B": 1, "C": 1}


def test_a_build_publishes_the_months_that_changed_and_no_other(months: Months) -> None:
    months.change(B=2)
    months.build()
    assert months.folders() == ["2026-02", ""]
    assert months.served() == {"A": 1, "B": 2, "C": 1}
    months.change(A=3, D=3)
    months.build()
    assert months.folders() == ["2026-01_2026-04", "2026-02", ""]
    assert months.served() == {"A": 3, "B": 2, "C": 1, "D": 3}
    months.change(A=4, B=4)
    months.build()
    assert months.folders() == ["2026-01_2026-02", "2026-01_2026-04", ""], "no month is left to the folder of 2026-02"
    assert months.served() == {"A": 4, "B": 4, "C": 1, "D": 3}


def test_a_build_without_a_change_publishes_no_folder(months: Months) -> None:
    months.build()
    assert months.folders() == [""]
    assert months.served() == {"A": 1, "B": 1, "C": 1}


def test_what_a_build_that_was_held_back_changed_is_published_by_the_next(months: Months) -> None:
    months.change(A=2, C=13)
    months.build(fails=True)
    months.change(C=3)
    months.build()
    assert months.folders() == ["2026-01_2026-03", ""]
    assert months.served() == {"A": 2, "B": 1, "C": 3}


def test_what_was_changed_by_hand_or_made_anew_is_published_whole(months: Months) -> None:
    query_lake(f"update lakehouse.{months.small.schema}_gold.fct_months set value = 7 where id = 'B'")
    months.build()
    assert months.folders() == [""]
    assert months.served() == {"A": 1, "B": 7, "C": 1}
    months.build("--full-refresh")
    assert months.folders() == [""]
    assert months.served() == {"A": 1, "B": 1, "C": 1}


def test_more_months_than_are_worth_it_are_published_whole(months: Months) -> None:
    months.change(A=2, B=2, C=2)
    months.build(publish_months=2)
    assert months.folders() == [""]
    assert months.served() == {"A": 2, "B": 2, "C": 2}


def test_a_folder_that_the_newest_set_needs_does_not_expire(months: Months) -> None:
    for value in (2, 3, 4):
        months.change(B=value)
        months.build(keep_versions=1, keep_hours=0)
    months.small.lake("run-operation", "expire_published", keep_versions=1, keep_hours=0)
    months.small.pool(keep_versions=1, keep_hours=0)
    assert months.folders() == ["2026-02", ""]
    assert months.served() == {"A": 1, "B": 4, "C": 1}
