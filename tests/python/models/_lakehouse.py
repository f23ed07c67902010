"""A lakehouse of a test's own: an endpoint, raw tables that grow at the test's pace, and dbt over it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..conftest import PROJECT
from ..local_azure.databricks_sql.conftest import Endpoint, address


class Lakehouse:
    """Raw tables that begin empty and take what a pipeline landed, or what a test makes up."""

    def __init__(self, endpoint: Endpoint, raw: Path, target: Path) -> None:
        self._endpoint, self._raw, self._target = endpoint, raw, target
        self.query("create schema raw")
        for table in self.tables():
            self.query(f"create table raw.{table} using delta as select * from {self._landed(table)} where false")

    def _landed(self, table: str) -> str:
        return f"delta.`{address('landed')}/{table}`"

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self._endpoint.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def one(self, sql: str) -> tuple[Any, ...]:
        """The only row of an answer."""
        (row,) = self.query(sql)
        return row

    def rows(self, sql: str) -> list[str]:
        return sorted(map(str, self.query(sql)))

    def tables(self) -> list[str]:
        return sorted(path.name for path in self._raw.iterdir())

    def waiting(self) -> Iterator[tuple[str, int, int, int]]:
        """Table, partition, its last sequence number in the pipeline's lake and here (-1 for none)."""
        for table in self.tables():
            for partition, end, last in self.query(
                f"select s.partition_id, max(s.sequence_number), coalesce(max(t.last), -1) "
                f"from {self._landed(table)} as s "
                f"left join (select partition_id, max(sequence_number) as last from raw.{table} group by 1) as t "
                "on s.partition_id = t.partition_id group by 1 order by 1"
            ):
                yield table, partition, end, last

    def append(self, table: str, partition: int, upto: int, *, days_ago: int = 0) -> None:
        """The next events of one partition, up to a sequence number, as if they had arrived some days ago."""
        self.query(
            f"insert into raw.{table} by name select * except (enqueued_at), "
            f"enqueued_at - interval {days_ago} days as enqueued_at from {self._landed(table)} "
            f"where partition_id = {partition} and sequence_number <= {upto} and sequence_number > "
            f"(select coalesce(max(sequence_number), -1) from raw.{table} where partition_id = {partition})"
        )

    def build(self, *words: str) -> dict[str, str]:
        """`dbt build`; each node's name and status. Fails the test where dbt stops before it has results."""
        where = ("--profiles-dir", "profiles", "--target", "local")
        where += ("--target-path", str(self._target), "--log-path", str(self._target))
        first = (datetime.now(UTC) - timedelta(days=60)).strftime("%Y-%m-01")
        done = subprocess.run(
            [str(Path(sys.executable).with_name("dbt")), "--quiet", "build", *where, *words],
            cwd=PROJECT,
            env=os.environ | {"LOCAL_DATABRICKS_SQL_PORT": str(self._endpoint.port), "FIRST_ARRIVALS": first},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stdout[-4000:]
        results = json.loads((self._target / "run_results.json").read_text())["results"]
        self.said = done.stdout
        nodes = (each for each in results if not each["unique_id"].startswith("operation."))
        return {each["unique_id"].split(".")[2]: each["status"] for each in nodes}

    def sent(self, model: str) -> str:
        """The statement by which the last build wrote this model."""
        (path,) = (self._target / "run").rglob(f"{model}.sql")
        return path.read_text()

    def content(self) -> dict[str, list[str]]:
        """Every incremental model with its rows in order, but for when they were loaded."""
        nodes = json.loads((self._target / "manifest.json").read_text())["nodes"].values()
        return {
            f"{node['schema']}.{node['alias']}": self.rows(
                f"select {', '.join(sorted(node['columns'].keys() - {'loaded_at'}))} "
                f"from {node['schema']}.{node['alias']}"
            )
            for node in nodes
            if node["config"]["materialized"] == "incremental"
        }


def stopped(results: dict[str, str]) -> dict[str, str]:
    """Of what a build said of its nodes, those that hold it back."""
    return {name: status for name, status in results.items() if status in ("error", "skipped", "fail")}


@contextmanager
def lakehouse(folder: Path, raw: Path) -> Iterator[Lakehouse]:
    """A lakehouse in a folder, over the raw tables of a pipeline."""
    endpoint = Endpoint(folder, landed=raw)
    endpoint.start()
    try:
        yield Lakehouse(endpoint, raw, folder / "target")
    finally:
        endpoint.stop()
