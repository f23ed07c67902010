"""Every page shows the figures of its marts, asked here in SQL of the marts' own."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import data, words
from dashboards.data import Definitions, definitions
from dashboards.page import Visual, visuals
from local_azure import settings
from pipeline.connections import warehouse
from pipeline.powerbi import artifacts, measures, project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.usefixtures("built")]
_spec = importlib.util.spec_from_file_location("metrics", Path(__file__).parents[1] / "models" / "test_metrics.py")
assert _spec and _spec.loader
_metrics = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_metrics)
PAGES = ("leaders", "sales", "marketing", "support", "finance", "customer", "live", "quality")
CUSTOMERS, PRODUCTS = "mart_sales.mart_sales_customers", "mart_sales.mart_sales_products"
_360 = "mart_customer.mart_customer_360"
FIGURES = _metrics.FIGURES | {
    "events_set_aside": ("mart_core.mart_data_quality", "sum(event_count)"),
    "amount_set_aside": ("mart_core.mart_data_quality", "sum(amount_eur)"),
    "events_delivered": ("mart_core.mart_source_health", "sum(event_count)"),
    "copies_delivered": ("mart_core.mart_source_health", "sum(copy_count)"),
    "events_rejected": ("mart_core.mart_source_health", "sum(reject_count)"),
    "events_waiting": ("mart_core.mart_waiting_events", "count(*)"),
    "events_live": ("mart_live.mart_live_department_kpis", "sum(events)"),
    "events_today": ("mart_live.mart_live_today", "sum(events)"),
    "tickets_closed_on_the_day": (_metrics.TICKETS, "count(closed_at)"),
    "invoices_open_by_bucket": ("mart_finance.mart_finance_ageing", "sum(open_amount_eur)"),
    "customers_by_movement": ("mart_customer.mart_customer_churn", "sum(customer_count)"),
    "customer_orders": (_360, "sum(order_count)"),
    "customer_tickets": (_360, "sum(ticket_count)"),
    "customer_messages": (_360, "sum(message_count)"),
    "customer_open_amount": (_360, "sum(open_amount_eur)"),
}


@pytest.fixture(scope="module", autouse=True)
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Definitions]:
    folder = tmp_path_factory.mktemp("target")
    artifacts.parse_project(folder)
    definitions.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASHBOARD_ARTIFACTS", str(folder))
        yield definitions()
    definitions.clear()


@pytest.fixture(autouse=True)
def asked_anew() -> None:
    data.forget()


def opened(page: str, **parameters: str | list[str]) -> AppTest:
    """A page as its address opens it; it holds no error."""

    def script(page: str) -> None:
        from dashboards import app

        app.show(page)

    test = AppTest.from_function(script, kwargs={"page": page}, default_timeout=60)
    for name, value in parameters.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception, test.exception
    return test


def metrics_of(test: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in test.metric}


def cards(known: Definitions, page: str) -> list[Visual]:
    return [one for one in visuals(known.config["pages"][page]) if one.kind == "card"]


def figure_of(known: Definitions, name: str, where: str = "") -> str:
    """What a card says of a measure, from the mart's own SQL."""
    mart, figure = FIGURES[name]
    ((value,),) = warehouse(f"select {figure} from {mart} {where}")[0]
    return words.figure(value, known.measures[name].unit, known.config["suffixes"].get(name, ""))


@pytest.mark.parametrize("page", PAGES)
def test_each_card_is_its_marts_figure(known: Definitions, page: str) -> None:
    shown = metrics_of(opened(page, period="All"))
    expected = {one.title: figure_of(known, one.measures[0]) for one in cards(known, page)}
    assert shown == expected
    assert words.NOTHING not in shown.values()


@pytest.mark.parametrize("page", PAGES)
def test_each_chart_and_table_is_its_marts_rows(known: Definitions, page: str) -> None:
    frames = [one.value for one in opened(page, period="All").dataframe]
    compared = 0
    for visual in visuals(known.config["pages"][page]):
        if visual.kind == "card":
            continue
        columns = [words.label(place.split(".")[1]) for place in visual.by]
        columns += [known.measures[name].label for name in visual.measures]
        shown = next(frame for frame in frames if list(frame.columns) == columns)
        for name in visual.measures:
            expected = grouped(known, name, visual.by)
            rows = rows_of(shown[[*columns[: len(visual.by)], known.measures[name].label]])
            assert rows and {label: expected[label] for label in rows} == pytest.approx(rows), (visual.title, name)
            compared += len(rows)
    assert compared > 3


def grouped(known: Definitions, name: str, by: list[str]) -> dict[tuple[str, ...], float]:
    """A measure's figures by label, from the mart's own SQL."""
    (mart, figure), labels, day = FIGURES[name], [], known.measures[name].bases[0].day
    joined = f"select m.*, {{}} from {mart} as m"
    for place in by:
        table, column = place.split(".")
        key = {"mart_sales_customers": "customer_id", "mart_sales_products": "product_id"}.get(table)
        if table == mart.split(".")[1]:
            labels.append(f"m.{column}")
        elif key:
            labels.append(f"d.{column}")
            joined += f" left join {known.table(table)} as d on m.{key} = d.{key}"
        else:
            labels.append(f"datefromparts(year(m.{day}), month(m.{day}), 1)")
    named = ", ".join(f"{label} as label_{at}" for at, label in enumerate(labels))
    group = ", ".join(f"label_{at}" for at in range(len(labels)))
    rows = warehouse(f"select {group}, {figure} from ({joined.format(named)}) as j group by {group}")[0]
    return {tuple(map(label_of, row[:-1])): float(row[-1]) for row in rows if row[-1] is not None}


def rows_of(frame: pd.DataFrame) -> dict[tuple[str, ...], float]:
    rows = [list(row) for row in frame.itertuples(index=False)]
    return {tuple(map(label_of, row[:-1])): float(row[-1]) for row in rows if not pd.isna(row[-1])}


def label_of(value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    return f"{pd.Timestamp(value)}" if hasattr(value, "year") else str(value)


def test_filters_of_the_address_narrow_the_figures(known: Definitions) -> None:
    ((last,),) = warehouse("select max(segment) from mart_sales.mart_sales_customers")[0]
    test = opened("sales", period="All", segment=last)
    where = f"where customer_id in (select customer_id from {CUSTOMERS} where segment = '{last}')"
    assert metrics_of(test)["Revenue"] == figure_of(known, "revenue", where)
    assert metrics_of(test)["Revenue"] != figure_of(known, "revenue")
    assert test.multiselect(key="segment").value == [last]


def test_a_year_is_compared_with_the_year_before(known: Definitions) -> None:
    test = opened("sales")
    ((newest,),) = warehouse("select max(ordered_on) from mart_sales.mart_sales_orders")[0]
    since = newest.replace(day=1).replace(year=newest.year - 1)
    since = since.replace(year=since.year + (since.month == 12), month=since.month % 12 + 1)
    before = (
        f"where ordered_on >= '{since.replace(year=since.year - 1)}' and ordered_on <= dateadd(year, -1, '{newest}')"
    )
    ((now,),), ((then,),) = warehouse(
        f"select count(*) from mart_sales.mart_sales_orders where ordered_on >= '{since}'",
        f"select count(*) from mart_sales.mart_sales_orders {before}",
    )
    card = next(one for one in test.metric if one.label == "Orders")
    assert card.value == words.figure(now, "count")
    assert card.delta == (words.change(now, then, "count") or "")


def test_a_month_that_is_not_over_is_told(known: Definitions) -> None:
    ((newest,),) = warehouse("select max(ordered_on) from mart_sales.mart_sales_orders")[0]
    told = [one.value for one in opened("sales").caption if "is not over" in one.value]
    last_day = (newest + timedelta(days=1)).day == 1
    assert told == ([] if last_day else [f"{newest:%B %Y} is not over: it counts up to {words.day(newest)}."])


def test_a_filter_without_rows_says_so() -> None:
    test = opened("sales", country="PT", segment="enterprise", period="3 months")
    told = [one.value for one in test.info]
    rows = warehouse(f"select count(*) from {CUSTOMERS} where country_code = 'PT' and segment = 'enterprise'")[0][0][0]
    assert any("for PT, enterprise" in one for one in told) or rows


def test_one_customers_page_is_that_customers_row(known: Definitions) -> None:
    ((customer, orders, kept),) = warehouse(f"select top 1 customer_id, order_count, kept_amount_eur from {_360} "
                                            "order by kept_amount_eur desc")[0]  # fmt: skip
    test = opened("customer", customer=customer)
    assert metrics_of(test)["Orders"] == words.figure(orders, "count")
    assert words.said(kept, "kept_amount_eur") in str(test.table[0].value.values)
    assert not test.multiselect, "a filter that cuts nothing"


def test_an_unknown_customer_is_told() -> None:
    test = opened("customer", customer="nobody'; drop table x")
    assert any("There is no customer nobody'" in one.value for one in test.info)


def test_the_live_page_says_how_old_its_newest_minute_is() -> None:
    assert any("newest minute closed at" in one.value for one in opened("live").caption)


def test_the_quality_page_tells_of_the_last_reconciliation(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not os.environ.get("RUNNING_STACK"):
        monkeypatch.setenv("PIPELINE_STATE", str(request.getfixturevalue("pipeline").state))
    (told,) = (one.value for one in opened("quality").success)
    assert "Balanced on" in told
    assert "dead letters" in told


def test_without_a_reconciliation_the_quality_page_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_STATE", str(tmp_path))
    told = [one.value for one in opened("quality").info]
    assert any("pipeline reconcile" in one for one in told)
    assert any("make up" in one for one in told)


class TestWithoutFigures:
    def test_a_warehouse_that_does_not_answer_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "SYNAPSE_PORT", 1)
        told = [one.value for one in opened("leaders").info]
        assert any("does not answer" in one and "make up" in one for one in told)

    def test_a_mart_that_is_not_built_is_named(self) -> None:
        with pytest.raises(data.NoFigures, match=r"mart_sales_nowhere: it is not built yet. `make refresh`"):
            data.read("select 1 as a from mart_sales.mart_sales_nowhere")

    def test_the_login_may_not_change_anything(self) -> None:
        with pytest.raises(data.NoFigures, match="may not read it"):
            data.read("delete from mart_sales.mart_sales_orders")


def test_what_no_metric_counts_has_a_figure_here(known: Definitions) -> None:
    """So that a new measure of a page is compared, too."""
    shown = {name for page in known.config["pages"].values() for one in visuals(page) for name in one.measures}
    assert shown <= FIGURES.keys()
    assert measures.build(known.artifacts, project.configuration()).found.keys() >= shown
