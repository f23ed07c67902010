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
from pathlib import Path
from typing import Any

import pytest

from ..conftest import PROJECT, Pipeline
from ..local_azure.databricks_sql.conftest import Endpoint

pytestmark = pytest.mark.slow

BUILDS = 3
# without a look-back a model has nothing but its own logic to find what changed
WORDS = ("--profiles-dir", "profiles", "--target", "local", "--vars", "{lookback_hours: 0}", "--quiet")


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
                self.query(
                    f"insert into raw.{table} select * from {source} "
                    f"where partition_id = {partition} and sequence_number > {last} and sequence_number <= {upto}"
                )

    def build(self, *words: str) -> None:
        dbt = [str(Path(sys.executable).with_name("dbt")), "build", *WORDS, *words]
        dbt += ["--target-path", str(self._target), "--log-path", str(self._target)]
        dbt += ["--select", "path:seeds", "path:models/bronze", "path:models/silver"]
        dbt += ["--resource-type", "model", "--resource-type", "seed"]
        port = {"LOCAL_DATABRICKS_SQL_PORT": str(self._endpoint.port)}
        done = subprocess.run(dbt, cwd=PROJECT, env=os.environ | port, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:]

    def content(self) -> dict[str, list[str]]:
        """Every incremental model with its rows in order, but for when they were loaded."""
        return {
            model: sorted(map(str, self.query(f"select * except (loaded_at) from {model}")))
            for model in self._incremental_models()
        }

    def _incremental_models(self) -> list[str]:
        nodes = json.loads((self._target / "manifest.json").read_text())["nodes"].values()
        return [
            f"{node['schema']}.{node['alias']}" for node in nodes if node["config"]["materialized"] == "incremental"
        ]


@pytest.fixture
def lakehouse(built: None, pipeline: Pipeline, tmp_path: Path) -> Iterator[Lakehouse]:
    raw = next(pipeline.state.glob("sample-*/lake/raw"), None)
    if raw is None:
        pytest.skip("the raw events of this session's own pipeline are needed")
    endpoint = Endpoint(tmp_path)
    endpoint.start()
    yield Lakehouse(endpoint, raw, tmp_path / "target")
    endpoint.stop()


def test_builds_over_any_split_of_the_events_equal_one_full_refresh(lakehouse: Lakehouse) -> None:
    seed = int(os.environ.get("SPLIT_SEED", "0")) or random.SystemRandom().randrange(1, 10_000)
    print(f"SPLIT_SEED={seed}")
    choose = random.Random(seed)
    for part in range(BUILDS):
        lakehouse.land(part, choose)
        lakehouse.build()
    incremental = lakehouse.content()
    lakehouse.build("--full-refresh")
    full = lakehouse.content()
    assert len(full) > 25
    assert sum(map(len, full.values())) > 1000
    assert [model for model in full if incremental[model] != full[model]] == []
