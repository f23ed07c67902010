"""How long each page of the dashboard takes over a million orders.

    python benchmarks/dashboard.py [--orders 1000000]

Copies the warehouse that was built last, repeats its rows with ids of their own until there are so many orders, serves
the copy and opens each page as a browser does, with nothing kept from before. The goal is 2 s a page. The CPU seconds
of warehouse and page say what a page costs where the machine has other things to do.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from streamlit.testing.v1 import AppTest

from dashboards import data
from dashboards.app import ICONS
from local_azure import stack
from local_azure.stack import Workspace
from pipeline.__main__ import ROOT
from pipeline.dashboard import last_built, prepare

KEPT = ("mart_dates", "mart_sales_products", "mart_source_health", "mart_data_quality", "_monthly", "_campaigns",
        "_churn", "_segments", "_satisfaction", "_ageing", "_backlog", "_pairs", "_cohorts")  # fmt: skip
GOAL = 2.0


def grow(file: Path, orders: int) -> int:
    """Repeat the rows of facts and customers; gives the number of orders that there are then."""
    with duckdb.connect(str(file)) as database:
        names = [row[0] for row in database.execute(
            "select max(table_name) from duckdb_tables() where schema_name = 'u_mart_versions' "
            "and table_name like '%@%' group by split_part(table_name, '@', 1)"  # the run that is published
        ).fetchall()]  # fmt: skip
        (sales,) = (name for name in names if ".mart_sales_orders@" in name)
        (before,) = database.execute(f'select count(*) from u_mart_versions."{sales}"').fetchone() or (0,)
        times = -(-orders // before)
        for name in names:
            if not any(word in name for word in KEPT):
                _repeat(database, name, times)
    return int(before * times)


def _repeat(database: duckdb.DuckDBPyConnection, name: str, times: int) -> None:
    columns = [row[0] for row in database.execute(f'describe u_mart_versions."{name}"').fetchall()]
    ids = [one for one in columns if one.endswith("_id") and one not in ("product_id", "campaign_id", "agent_id")]
    own = ", ".join(f"{one} || '-' || n as {one}" for one in ids)
    replaced = f"replace ({own})" if ids else ""
    database.execute(
        f'insert into u_mart_versions."{name}" select * exclude (n) from '
        f'(select * {replaced} from u_mart_versions."{name}", range(1, {times}) as r(n))'
    )


def page_of(name: str) -> AppTest:
    def script(name: str) -> None:
        from dashboards import app

        app.show(name)

    return AppTest.from_function(script, kwargs={"name": name}, default_timeout=120)


def main(
    orders: Annotated[int, typer.Option(help="Orders in the copy.")] = 1_000_000,
    page: Annotated[list[str] | None, typer.Option(help="Pages to open; all by default.")] = None,
) -> None:
    """Time every page."""
    source = last_built(ROOT).state("synapse") / "warehouse.duckdb"
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder), "grown")
        workspace.state("synapse").mkdir(parents=True)
        shutil.copy(source, workspace.state("synapse"))
        workspace.lake.symlink_to(last_built(ROOT).lake)  # the live page reads what gold published
        print(f"{grow(workspace.state('synapse') / source.name, orders):,} orders")
        stack.start(workspace, ["synapse"])
        try:
            prepare(workspace.root)
            data.definitions()  # read once by a dashboard that runs
            warehouse = stack.running(workspace.root)["synapse"].pid
            for name in page or ICONS:
                print(f"{name:<10} {timed(name, warehouse)}, load average {os.getloadavg()[0]:.1f}", flush=True)
        finally:
            stack.stop(workspace.root)
    print(f"goal {GOAL:.0f} s")


def timed(name: str, warehouse: int) -> str:
    """One run of a page with nothing kept from before: its seconds, and those of CPU of either process."""
    data.forget()
    page, began, made, answered = page_of(name), time.monotonic(), time.process_time(), cpu(warehouse)
    page.run()
    assert not page.exception, page.exception
    made, answered = time.process_time() - made, cpu(warehouse) - answered
    return f"{time.monotonic() - began:5.2f} s, of CPU {answered:5.2f} s in the warehouse and {made:5.2f} s in the page"


def cpu(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    typer.run(main)
