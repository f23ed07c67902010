"""The whole pipeline end to end: twice, broken on purpose, killed at random moments, over real data."""

from __future__ import annotations

import json
import os
import random
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from local_azure.stack import Workspace
from pipeline import news
from pipeline.connections import lakehouse, warehouse
from pipeline.reconcile import differences, reconcile

from ..conftest import point_clients_at

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
EVENTS = ("--events", "3000")
ADVENTUREWORKS = Path(os.environ.get("ADVENTUREWORKS", "no-folder")).resolve()


def test_the_demo_balances_and_leaves_no_process_behind_though_one_before_was_killed(pipeline: Any) -> None:
    seed = _seed()
    moment = random.Random(seed).uniform(10, 80)
    _kill(pipeline, ("demo", *EVENTS), moment)
    code, said = pipeline.run("demo", *EVENTS)
    assert code == 0, f"seed {seed}, killed after {moment:.1f} s:\n{said}"
    report = pipeline.report()
    assert report["balanced"]
    assert sum(row["issued"] + row["duplicates_issued"] for row in report["rows"]) == 3000
    assert any(row["duplicates_issued"] for row in report["rows"])
    assert any(row["dead_lettered"] for row in report["rows"])
    assert any(row["quarantined"] for row in report["rows"])
    assert all(Decimal(row["gold"]) > 0 for row in report["money"])
    assert pipeline.processes() == []


def test_the_second_run_adds_no_row(pipeline: Any) -> None:
    before = pipeline.report()
    code, said = pipeline.run("demo", *EVENTS)
    assert code == 0, said
    assert "0 new events" in said
    assert {part: before[part] for part in ("rows", "money", "live", "figures")} == {
        part: pipeline.report()[part] for part in ("rows", "money", "live", "figures")
    }


def test_a_refresh_builds_nothing_until_a_table_is_written_to(pipeline: Any) -> None:
    (raw,) = pipeline.state.glob("*/lake/raw/raw_sales")
    workspace = Workspace(pipeline.state, raw.parents[2].name)
    assert news.nothing(workspace)
    commit = raw / "_delta_log" / "99999999999999999999.json"
    commit.touch()
    try:
        assert not news.nothing(workspace)
    finally:
        commit.unlink()


def test_the_lineage_site_shows_both_halves_with_their_columns(pipeline: Any) -> None:
    manifest = json.loads((pipeline.state / "docs" / "manifest.json").read_text())
    catalog = json.loads((pipeline.state / "docs" / "catalog.json").read_text())
    models = {name for name, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed")}
    assert models <= set(catalog["nodes"])
    assert set(manifest["sources"]) == set(catalog["sources"])
    mart = "model.customer_data_pipeline.mart_sales_orders"
    assert manifest["nodes"][mart]["depends_on"]["nodes"] == ["model.customer_data_pipeline.fct_orders"]
    assert catalog["nodes"][mart]["columns"]["amount"]["type"].startswith(("decimal", "numeric"))


@pytest.mark.usefixtures("clients")
class TestBrokenOnPurpose:
    """Each layer is falsified in turn; the reconciliation must name what differs, and only while it does."""

    @pytest.mark.parametrize(
        ("table", "key", "falsify", "named"),
        [
            (
                "lakehouse.silver.silver_orders",
                "event_id",
                "delete from {table} where event_id = '{first}'",
                "what sales.order.placed.v1",
            ),
            (
                "lakehouse.silver.silver_payments",
                "event_id",
                "insert into {table} select * from {table} order by event_id limit 1",
                "what finance.payment.received.v1",
            ),
            (
                "lakehouse.silver.silver_site_visits",
                "event_id",
                "update {table} set event_id = 'invented' where event_id = '{first}'",
                "what marketing.site.visited.v1",
            ),
            (
                "lakehouse.bronze.bronze_quarantine_events",
                "event_id",
                "delete from {table} where event_id = '{first}'",
                "what loyalty.points.earned.v1",
            ),
            (
                "lakehouse.gold.fct_orders",
                "order_id",
                "update {table} set amount = amount + 0.01 where order_id = '{first}'",
                "what sales",
            ),
            (
                "lakehouse.gold.fct_finance_documents",
                "document_id",
                "delete from {table} where document_id = '{first}'",
                "what finance",
            ),
        ],
    )
    def test_the_reconciliation_names_what_was_falsified_in_the_lake(
        self, table: str, key: str, falsify: str, named: str
    ) -> None:
        (history,) = lakehouse(f"describe history {table}")
        (((first,),),) = lakehouse(f"select min({key}) from {table}")
        version = history[0][0]
        try:
            lakehouse(falsify.format(table=table, first=first))
            found = differences(reconcile())
        finally:
            lakehouse(f"restore table {table} to version as of {version}")
        assert len(found) == 1
        assert found[0].startswith(named)
        assert differences(reconcile()) == []

    def test_the_reconciliation_names_a_changed_amount_in_a_mart(self) -> None:
        ((table,),) = warehouse(
            "select top 1 name from sys.tables where name like 'mart_support.mart_support_tickets@%' order by name desc"
        )[0]
        change = (
            "update mart_versions.[{}] set goodwill = goodwill {} 0.01 "
            "where ticket_id = (select min(ticket_id) from mart_versions.[{}])"
        )
        warehouse(change.format(table, "+", table))
        found = differences(reconcile())
        warehouse(change.format(table, "-", table))
        assert len(found) == 1
        assert found[0].startswith("what support, issued")
        assert differences(reconcile()) == []

    def test_the_reconciliation_names_a_lost_live_minute(self) -> None:
        ((department,),) = warehouse("select top 1 department from live.live_department_kpis")[0]
        (kept,) = warehouse(f"select * from live.live_department_kpis where department = '{department}'")
        warehouse(f"delete from live.live_department_kpis where department = '{department}'")
        found = differences(reconcile())
        for name, end, events, customers in kept:
            row = f"'{name}', '{end:%Y-%m-%d %H:%M:%S}', {events}, {customers}"
            warehouse(f"insert into live.live_department_kpis values ({row})")
        assert len(found) == 1
        assert found[0].startswith(f"what {department}, routed")
        assert differences(reconcile()) == []


def _seed() -> int:
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.SystemRandom().randrange(1, 10_000)
    print(f"FAULT_SEED={seed}")
    return seed


def _kill(pipeline: Any, words: tuple[str, ...], moment: float) -> None:
    """kill -9 of the demo and all of its services, `moment` seconds after its start."""
    with pipeline.start(*words) as process:
        time.sleep(moment)
        pipeline.kill_everything()
        process.wait()


@pytest.mark.faults
@pytest.mark.parametrize("turn", range(10))
def test_killed_at_a_random_moment_the_next_demo_balances(pipeline: Any, turn: int) -> None:
    seed = _seed() * 10 + turn
    moment = random.Random(seed).uniform(15, 150)
    words = ("demo", "--events", "1000", "--seed", str(seed))
    _kill(pipeline, words, moment)
    code, said = pipeline.run(*words)
    assert code == 0, f"seed {seed}, killed after {moment:.1f} s:\n{said}"
    assert pipeline.report()["balanced"]


@pytest.mark.skipif(not ADVENTUREWORKS.is_dir(), reason="ADVENTUREWORKS names no folder with the files")
class TestRealOrders:
    """Microsoft's AdventureWorks orders: what the marts say is what DuckDB reads from the files."""

    def test_the_figures_of_each_year(self, pipeline: Any) -> None:
        code, said = pipeline.run("demo", "--source", str(ADVENTUREWORKS))
        assert code == 0, said
        figures = {(row["year"], row["name"]): Decimal(row["value"]) for row in pipeline.report()["figures"]}
        assert figures == _figures_of_the_files(ADVENTUREWORKS)

    def test_the_top_ten_products_and_customers_of_each_year(
        self, pipeline: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code, said = pipeline.run("up", "--source", str(ADVENTUREWORKS))
        assert code == 0, said
        point_clients_at(pipeline, monkeypatch)
        for column, field in (("product_id", "Item"), ("customer_id", _CUSTOMER)):
            mart = warehouse(
                f"select year(ordered_on), {column}, sum(revenue) from mart_sales.mart_sales_order_lines "
                f"group by year(ordered_on), {column}"
            )[0]
            files = duckdb.sql(
                f"select year(OrderDate), {field}, {_REVENUE} from {_files(ADVENTUREWORKS)} group by 1, 2"
            )
            assert _top_ten(mart) == _top_ten(files.fetchall())
        pipeline.run("down")


# a mart shows no personal data: a customer goes by the hash of the address (sources/adventureworks.yml)
_CUSTOMER = "left(sha256(lower(trim(EmailAddress))), 24)"
_REVENUE = "sum(cast(UnitPrice as decimal(19, 4)) * Quantity)"


def _files(folder: Path) -> str:
    return f"read_csv('{folder}/sales_*.csv', types = {{'UnitPrice': 'VARCHAR', 'TaxAmount': 'VARCHAR'}})"


def _top_ten(rows: list[tuple[int, str, Decimal]]) -> dict[int, list[tuple[str, Decimal]]]:
    """Of each year the ten names with the most revenue, in order."""
    years: dict[int, list[tuple[str, Decimal]]] = {}
    for year, name, money in sorted(rows, key=lambda row: (-row[2], row[1])):
        years.setdefault(year, []).append((name, Decimal(money)))
    return {year: named[:10] for year, named in years.items()}


def _figures_of_the_files(folder: Path) -> dict[tuple[int, str], Decimal]:
    rows = duckdb.sql(
        f"""
        select year(OrderDate), count(*), count(distinct SalesOrderNumber), count(distinct EmailAddress),
            {_REVENUE}, sum(cast(TaxAmount as decimal(19, 4)))
        from {_files(folder)}
        group by 1
        """
    ).fetchall()
    names = ("order_lines", "orders", "customers", "revenue", "tax")
    return {(row[0], name): Decimal(value) for row in rows for name, value in zip(names, row[1:], strict=True)}
