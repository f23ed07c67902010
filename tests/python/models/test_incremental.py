"""The law of incremental models: builds over any split of the events give what one full refresh gives.

The split follows the stream: a partition's events arrive in order, so each build sees a longer head of every
partition. Events come as the demo issued them, late ones, copies and malformed ones among them.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ..conftest import PROJECT, Pipeline
from ..local_azure.databricks_sql.conftest import Endpoint

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

BUILDS = 3
SELECTED = ("path:seeds", "path:models/bronze", "path:models/silver", "fct_department_events_daily")
SELECTED += ("fct_ticket_events", "fct_tickets", "path:snapshots")
CUSTOMER = "customer_id, merged_into, email, phone, city, segment, has_marketing_consent, is_closed, loaded_at"
TICKET = "ticket_id, order_id, category, channel, priority, agent_id, current_status, resolution, event_count, "
TICKET += "reopen_count, goodwill, goodwill_eur, score, opened_at, first_response_at, reopened_at, closed_at"
# each snapshot with the table it is of and the columns whose changes it follows
SNAPSHOTS = {
    "snapshots.customers_snapshot": ("silver.silver_customers", CUSTOMER),
    "snapshots.tickets_snapshot": ("gold.fct_tickets", TICKET),
}
# without a look-back a model has nothing but its own logic to find what changed, and without a grace the last month is
# complete by its events alone
WORDS = (
    "--profiles-dir",
    "profiles",
    "--target",
    "local",
    "--vars",
    "{lookback_hours: 0, arrival_grace_hours: 10000}",
    "--quiet",
)


class Lakehouse:
    """A lakehouse of its own, whose raw tables grow at the test's pace."""

    def __init__(self, endpoint: Endpoint, raw: Path, target: Path) -> None:
        self._endpoint, self._raw, self._target = endpoint, raw, target
        self.query("create schema raw")
        for table in self._tables():
            self.query(f"create table raw.{table} using delta as select * from delta.`{raw / table}` where false")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self._endpoint.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def _tables(self) -> list[str]:
        return sorted(path.name for path in self._raw.iterdir())

    def land(self, part: int, choose: random.Random) -> None:
        """The next events of each partition: all that are left in the last part."""
        for table in self._tables():
            source = f"delta.`{self._raw / table}`"
            waiting = self.query(
                f"select s.partition_id, max(s.sequence_number), coalesce(max(t.last), -1) from {source} as s "
                f"left join (select partition_id, max(sequence_number) as last from raw.{table} group by 1) as t "
                "on s.partition_id = t.partition_id group by 1 order by 1"
            )
            for partition, end, last in waiting:
                upto = end if part == BUILDS - 1 else choose.randint(last, end)
                # two weeks between the parts, so that micro-batches see an open month and one that is over
                self.query(
                    f"insert into raw.{table} by name select * except (enqueued_at), "
                    f"enqueued_at - interval {14 * (BUILDS - 1 - part)} days as enqueued_at from {source} "
                    f"where partition_id = {partition} and sequence_number > {last} and sequence_number <= {upto}"
                )

    def build(self, *words: str) -> None:
        dbt = [str(Path(sys.executable).with_name("dbt")), "build", *WORDS, *words]
        dbt += ["--target-path", str(self._target), "--log-path", str(self._target), "--select", *SELECTED]
        dbt += [word for kind in ("model", "seed", "snapshot") for word in ("--resource-type", kind)]
        first = (datetime.now(UTC) - timedelta(days=14 * BUILDS)).strftime("%Y-%m-01")
        where = {"LOCAL_DATABRICKS_SQL_PORT": str(self._endpoint.port), "FIRST_ARRIVALS": first}
        done = subprocess.run(dbt, cwd=PROJECT, env=os.environ | where, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:]

    def content(self) -> dict[str, list[str]]:
        """Every incremental model with its rows in order, but for when they were loaded."""
        nodes = json.loads((self._target / "manifest.json").read_text())["nodes"].values()
        return {
            f"{node['schema']}.{node['alias']}": self.rows(
                f"select {'* except (loaded_at)' if 'loaded_at' in node['columns'] else '*'} "
                f"from {node['schema']}.{node['alias']}"
            )
            for node in nodes
            if node["config"]["materialized"] == "incremental"
        }

    def rows(self, sql: str) -> list[str]:
        return sorted(map(str, self.query(sql)))


@dataclass
class Belief:
    """What a snapshot's table held at the end of a build."""

    snapshot: str
    columns: str
    moment: str
    rows: list[str]


@dataclass
class History:
    """Three builds of parts, then a full refresh."""

    lakehouse: Lakehouse
    beliefs: list[Belief]
    incremental: dict[str, list[str]]
    full: dict[str, list[str]]


def believe(lakehouse: Lakehouse, snapshot: str) -> Belief:
    table, columns = SNAPSHOTS[snapshot]
    [(moment,)] = lakehouse.query("select string(current_timestamp())")
    return Belief(snapshot, columns, moment, lakehouse.rows(f"select {columns} from {table}"))


@pytest.fixture(scope="module")
def history(built: None, pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    raw = next(pipeline.state.glob("sample-*/lake/raw"), None)
    if raw is None:
        pytest.skip("the raw events of this session's own pipeline are needed")
    folder = tmp_path_factory.mktemp("incremental")
    endpoint = Endpoint(folder)
    endpoint.start()
    try:
        yield builds_of_parts(Lakehouse(endpoint, raw, folder / "target"))
    finally:
        endpoint.stop()


def builds_of_parts(lakehouse: Lakehouse) -> History:
    seed = int(os.environ.get("SPLIT_SEED", "0")) or random.SystemRandom().randrange(1, 10_000)
    print(f"SPLIT_SEED={seed}")
    choose, beliefs = random.Random(seed), []
    for part in range(BUILDS):
        lakehouse.land(part, choose)
        lakehouse.build()
        beliefs += [believe(lakehouse, snapshot) for snapshot in SNAPSHOTS]
    incremental = lakehouse.content()
    lakehouse.build("--full-refresh")
    return History(lakehouse, beliefs, incremental, lakehouse.content())


def test_builds_over_any_split_of_the_events_equal_one_full_refresh(history: History) -> None:
    assert len(history.full) > 26
    assert sum(map(len, history.full.values())) > 1000
    assert [model for model in history.full if history.incremental[model] != history.full[model]] == []


def test_a_snapshot_tells_what_each_build_held(history: History) -> None:
    for belief in history.beliefs:
        told = history.lakehouse.rows(
            f"select {belief.columns} from {belief.snapshot} where dbt_valid_from <= '{belief.moment}' "
            f"and (dbt_valid_to > '{belief.moment}' or dbt_valid_to is null)"
        )
        assert told == belief.rows, f"{belief.snapshot} as of {belief.moment}"
        assert told


def test_a_full_refresh_of_the_same_events_changes_no_ticket(history: History) -> None:
    *_, last = (belief for belief in history.beliefs if "tickets" in belief.snapshot)
    [(later,)] = history.lakehouse.query(f"select count(*) from {last.snapshot} where dbt_valid_from > '{last.moment}'")
    assert later == 0
