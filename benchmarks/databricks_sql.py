"""Seconds a statement takes through the real connector: python benchmarks/databricks_sql.py --port 14320.

Each statement runs five times after one run that does not count; the median is what a warm build sees. The rows are
then read by Spark's own toArrow in this process, with the same settings: the ceiling of what an endpoint can do.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from databricks import sql

from local_azure import settings
from local_azure.databricks_sql import jars
from local_azure.databricks_sql._spark import Engine

SCHEMA = "lakehouse.benchmark"
STATEMENTS = {
    "select 1": "select 1",
    "create view": f"create or replace view {SCHEMA}.v as select 1 as id, 'a' as name",
    "create table": f"create or replace table {SCHEMA}.c (id bigint not null, name string) using delta",
    "table of 1,000 rows": f"create or replace table {SCHEMA}.t as select id, cast(id as string) name from range(1000)",
    "unique test": f"select count(*) from (select id from {SCHEMA}.t group by id having count(*) > 1)",
    "merge 1,000 rows": f"merge into {SCHEMA}.t t using (select id + 1 id, 'b' name from range(1000)) s "
    "on t.id = s.id when matched then update set * when not matched then insert *",
    "information_schema of a table": "select * from lakehouse.information_schema.columns "
    "where table_schema = 'benchmark' and table_name = 't'",
    "fetch 1,000,000 rows": "select id, cast(id as string) name from range(0, 1000000, 1, 4)",
}


ROWS = "fetch 1,000,000 rows"


def main(
    port: Annotated[int, typer.Option()] = settings.DATABRICKS_SQL_PORT,
    runs: int = 5,
    jar_folder: Annotated[Path, typer.Option(help="Folder of the Delta Lake jars.")] = Path(".local/jars"),
) -> None:
    """Print the median, smallest and largest time of each statement, and the ratio of fetched rows to toArrow."""
    fetched = _by_connector(port, runs)
    ceiling = _by_spark(runs, jar_folder)
    _print("  toArrow in one process", ceiling)
    print(f"{'  ratio':32} {statistics.median(fetched) / statistics.median(ceiling):6.2f}")


def _by_connector(port: int, runs: int) -> list[float]:
    """Time all statements; those of the rows are returned, in seconds."""
    uri = f"http://{settings.HOST}:{port}/sql/protocolv1/o/0/local"
    times: dict[str, list[float]] = {}
    with sql.connect(
        server_hostname=f"http://{settings.HOST}:{port}",
        http_path="/sql/protocolv1/o/0/local",
        access_token=settings.DATABRICKS_SQL_TOKEN,
        _connection_uri=uri,
        enable_telemetry=False,
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(f"create schema if not exists {SCHEMA}")
        for label, statement in STATEMENTS.items():
            times[label] = _seconds(partial(_fetch, cursor, statement), runs)
            _print(label, times[label])
        cursor.execute(f"drop schema {SCHEMA} cascade")
    return times[ROWS]


def _by_spark(runs: int, jar_folder: Path) -> list[float]:
    """The same rows by Spark's toArrow, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        engine = Engine(state, jars.fetch(jar_folder.resolve(), None), {})
        try:
            return _seconds(lambda: engine.root.sql(STATEMENTS[ROWS]).toArrow(), runs)
        finally:
            engine.stop()


def _fetch(cursor: Any, statement: str) -> None:
    cursor.execute(statement)
    cursor.fetchall_arrow()


def _seconds(work: Callable[[], object], runs: int) -> list[float]:
    """The time of each run, after one that does not count."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times[1:]


def _print(label: str, times: list[float]) -> None:
    print(f"{label:32} {statistics.median(times):6.2f} s  ({min(times):.2f} to {max(times):.2f})")


if __name__ == "__main__":
    typer.run(main)
