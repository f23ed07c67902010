"""Seconds a statement takes through the real connector: python benchmarks/databricks_sql.py --port 14320.

Each statement runs five times after one run that does not count; the median is what a warm build sees.
"""

from __future__ import annotations

import statistics
import time
from typing import Annotated, Any

import typer
from databricks import sql

from local_azure import settings

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


def main(port: Annotated[int, typer.Option()] = settings.DATABRICKS_SQL_PORT, runs: int = 5) -> None:
    """Print the median, smallest and largest time of each statement."""
    uri = f"http://{settings.HOST}:{port}/sql/protocolv1/o/0/local"
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
            times = [_seconds(cursor, statement) for _ in range(runs + 1)][1:]
            print(f"{label:32} {statistics.median(times):6.2f} s  ({min(times):.2f} to {max(times):.2f})")
        cursor.execute(f"drop schema {SCHEMA} cascade")


def _seconds(cursor: Any, statement: str) -> float:
    start = time.perf_counter()
    cursor.execute(statement)
    cursor.fetchall_arrow()
    return time.perf_counter() - start


if __name__ == "__main__":
    typer.run(main)
