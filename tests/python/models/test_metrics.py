"""Each metric, asked through MetricFlow in the lakehouse, gives the figure of its mart in the warehouse."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.databricks import DatabricksSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from pipeline.connections import lakehouse, warehouse

PROJECT = Path(__file__).parents[3]

ORDERS, LINES = "mart_sales.mart_sales_orders", "mart_sales.mart_sales_order_lines"
MESSAGES, CUSTOMERS = "mart_marketing.mart_marketing_messages", "mart_marketing.mart_marketing_customers"
ATTRIBUTION = "mart_marketing.mart_marketing_attribution"
TICKETS, SLA = "mart_support.mart_support_tickets", "mart_support.mart_support_sla"
DOCUMENTS, INVOICES = "mart_finance.mart_finance_documents", "mart_finance.mart_finance_invoices"
CUSTOMER_360 = "mart_customer.mart_customer_360"

REVENUE = "sum(case when is_cancelled = 1 then 0 else amount_eur end)"
KEPT = "sum(case when is_cancelled = 1 then 0 else amount_eur - returned_amount_eur end)"
ACTIVE = "count(distinct case when is_cancelled = 0 then current_customer_id end)"

DUE = "{}_status not in ('open', 'unknown')"


def share(numerator: str, denominator: str) -> str:
    return f"cast({numerator} as float) / nullif({denominator}, 0)"


def booked(document_type: str) -> str:
    return f"sum(case when document_type = '{document_type}' then amount_eur else 0 end)"


def how_many(condition: str) -> str:
    return f"sum(case when {condition} then 1 else 0 end)"


# metric: (mart, its figure in T-SQL)
FIGURES = {
    "orders": (ORDERS, "count(*)"),
    "revenue": (ORDERS, REVENUE),
    "kept_revenue": (ORDERS, KEPT),
    "orders_kept": (ORDERS, how_many("is_cancelled = 0")),
    "orders_cancelled": (ORDERS, how_many("is_cancelled = 1")),
    "average_order_value": (ORDERS, share(REVENUE, how_many("is_cancelled = 0"))),
    "cancelled_share": (ORDERS, share(how_many("is_cancelled = 1"), "count(*)")),
    "orders_returned": (ORDERS, how_many("returned_amount > 0")),
    "return_rate": (ORDERS, share(how_many("returned_amount > 0"), "count(*)")),
    "active_customers": (ORDERS, ACTIVE),
    "revenue_per_customer": (ORDERS, share(REVENUE, ACTIVE)),
    "net_revenue": (LINES, "sum(net_revenue_eur)"),
    "units_sold": (LINES, "sum(quantity)"),
    "units_per_order": (LINES, share("sum(quantity)", "count(distinct order_id)")),
    "messages_sent": (MESSAGES, "count(*)"),
    "messages_opened": (MESSAGES, "count(opened_at)"),
    "messages_clicked": (MESSAGES, "count(clicked_at)"),
    "open_rate": (MESSAGES, share("count(opened_at)", "count(*)")),
    "click_rate": (MESSAGES, share("count(clicked_at)", "count(*)")),
    "marketing_cost": (MESSAGES, "sum(cost_eur)"),
    "cost_per_click": (MESSAGES, share("sum(cost_eur)", "count(clicked_at)")),
    "attributed_orders": (ATTRIBUTION, "count(*)"),
    "attributed_revenue": (ATTRIBUTION, "sum(amount_eur)"),
    "attributed_share": (ATTRIBUTION, share("sum(amount_eur)", f"(select {REVENUE} from {ORDERS})")),
    "customers_known": (CUSTOMERS, "count(*)"),
    "customers_consenting": (CUSTOMERS, how_many("has_marketing_consent = 1")),
    "consent_share": (CUSTOMERS, share(how_many("has_marketing_consent = 1"), "count(*)")),
    "tickets_opened": (TICKETS, "count(opened_at)"),
    "tickets_closed": (TICKETS, "count(closed_at)"),
    "tickets_open": (TICKETS, how_many("is_open = 1")),
    "tickets_reopened": (TICKETS, how_many("reopen_count > 0")),
    "reopen_rate": (TICKETS, share(how_many("reopen_count > 0"), "count(closed_at)")),
    "tickets_resolved_at_first_contact": (TICKETS, how_many("is_resolved_at_first_contact = 1")),
    "first_contact_resolution": (
        TICKETS,
        share(how_many("is_resolved_at_first_contact = 1"), "count(closed_at)"),
    ),
    "hand_offs": (TICKETS, how_many("agent_count > 1")),
    "time_to_close": (TICKETS, "avg(case when is_open = 0 then hours_to_close end)"),
    "satisfaction": (TICKETS, "avg(cast(score as float))"),
    "resolutions_due": (SLA, how_many(DUE.format("resolve"))),
    "resolutions_in_time": (SLA, how_many("resolve_status = 'met'")),
    "sla_met_share": (SLA, share(how_many("resolve_status = 'met'"), how_many(DUE.format("resolve")))),
    "responses_due": (SLA, how_many(DUE.format("response"))),
    "responses_in_time": (SLA, how_many("response_status = 'met'")),
    "response_sla_met_share": (SLA, share(how_many("response_status = 'met'"), how_many(DUE.format("response")))),
    "invoiced": (DOCUMENTS, booked("invoice")),
    "collected": (DOCUMENTS, booked("payment")),
    "refunded": (DOCUMENTS, booked("refund")),
    "written_off": (DOCUMENTS, booked("write_off")),
    "open_receivables": (INVOICES, "sum(open_amount_eur)"),
    "collection_rate": (DOCUMENTS, share(booked("payment"), booked("invoice"))),
    "write_off_rate": (DOCUMENTS, share(booked("write_off"), booked("invoice"))),
    "invoices_issued": (INVOICES, "count(*)"),
    "invoices_settled": (INVOICES, how_many("is_settled = 1")),
    "settled_share": (INVOICES, share(how_many("is_settled = 1"), "count(*)")),
    "overdue_receivables": (INVOICES, "sum(case when is_overdue = 1 then open_amount_eur else 0 end)"),
    "new_customers": (CUSTOMER_360, "count(first_ordered_at)"),
    "lifetime_revenue": (CUSTOMER_360, "sum(order_amount_eur)"),
    "lifetime_revenue_kept": (CUSTOMER_360, "sum(kept_amount_eur)"),
    "lifetime_value": (CUSTOMER_360, share("sum(kept_amount_eur)", "count(first_ordered_at)")),
}
BY_DAY = {"revenue_trailing_28_days"}


class OnlyRenders:
    """What MetricFlow asks of a client before it runs a query: which SQL to write."""

    sql_engine_type = SqlEngine.DATABRICKS
    sql_plan_renderer = DatabricksSqlPlanRenderer()


class Metrics:
    """MetricFlow over the project's semantic manifest, its SQL run by our client of the lakehouse."""

    def __init__(self, semantic_manifest: str) -> None:
        parsed = parse_manifest_from_dbt_generated_manifest(manifest_json_string=semantic_manifest)
        client: Any = OnlyRenders()
        self._engine = MetricFlowEngine(SemanticManifestLookup(parsed), client)

    def query(self, metric: str, *group_by: str) -> list[tuple[Any, ...]]:
        request = MetricFlowQueryRequest.create(metric_names=[metric], group_by_names=group_by)
        return lakehouse(self._engine.explain(request).sql_statement.sql)[0]


def described() -> set[str]:
    files = (PROJECT / "models" / "semantic").glob("*.yml")
    return {metric["name"] for file in files for metric in yaml.safe_load(file.read_text())["metrics"]}


def test_each_metric_is_compared_with_its_mart() -> None:
    assert set(FIGURES) | BY_DAY == described()


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Metrics:
    folder = tmp_path_factory.mktemp("target")
    words = ("--profiles-dir", "profiles", "--target", "local", "--target-path", folder, "--log-path", folder)
    dbt = Path(sys.executable).with_name("dbt")
    subprocess.run([dbt, "--quiet", "parse", *words], cwd=PROJECT, check=True)
    text = (folder / "semantic_manifest.json").read_text()
    assert json.loads(text)["metrics"]
    return Metrics(text)


def comparable(value: Any) -> Any:
    """A sum of money or a count exactly, a quotient to nine digits."""
    assert value is not None
    return pytest.approx(value, rel=1e-9) if isinstance(value, float) else Decimal(value)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("built")
class TestMetrics:
    @pytest.mark.parametrize("metric", sorted(FIGURES))
    def test_a_metric_gives_the_figure_of_its_mart(self, metrics: Metrics, metric: str) -> None:
        mart, figure = FIGURES[metric]
        ((expected,),) = warehouse(f"select {figure} from {mart}")[0]
        ((found,),) = metrics.query(metric)
        assert found == comparable(expected)

    def test_revenue_by_month_and_segment_is_what_the_star_gives(self, metrics: Metrics) -> None:
        found = {row[:2]: row[2] for row in metrics.query("revenue", "metric_time__month", "customer__segment")}
        (expected,) = warehouse(
            f"""
            select dates.month, customers.segment, {REVENUE}
            from {ORDERS} as orders
            inner join mart_core.mart_dates as dates on orders.ordered_on = dates.date_day
            inner join mart_sales.mart_sales_customers as customers on orders.customer_id = customers.customer_id
            group by dates.month, customers.segment
            """
        )
        assert {(month.date(), segment): value for (month, segment), value in found.items()} == {
            (month, segment): value for month, segment, value in expected
        }
        assert len({segment for _, segment in found}) > 1

    def test_revenue_of_28_days_is_what_the_mart_has_for_them(self, metrics: Metrics) -> None:
        days = dict(metrics.query("revenue_trailing_28_days", "metric_time__day"))
        ((last,),) = warehouse(f"select max(ordered_on) from {ORDERS}")[0]
        window = f"ordered_on > dateadd(day, -28, '{last}')"
        ((expected,),) = warehouse(f"select {REVENUE} from {ORDERS} where {window}")[0]
        assert days[last] == expected
