"""Each measure's T-SQL gives the figure of its mart, as MetricFlow does (tests/python/models/test_metrics.py)."""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline.connections import warehouse
from pipeline.errors import PipelineError
from pipeline.powerbi import artifacts, figures, measures, project
from pipeline.powerbi.artifacts import Artifacts
from pipeline.powerbi.measures import Measure

METRICS = Path(__file__).parents[2] / "models" / "test_metrics.py"


def of_metrics() -> ModuleType:
    """The figures that the metrics' own test holds MetricFlow to."""
    spec = importlib.util.spec_from_file_location("test_metrics_of_models", METRICS)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    folder = tmp_path_factory.mktemp("target")
    artifacts.parse_project(folder)
    return artifacts.read(folder)


@pytest.fixture(scope="module")
def made(read: Artifacts) -> dict[str, Measure]:
    return measures.build(read, project.configuration()).found


def same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return (one or 0) == (other or 0)
    exact = not isinstance(one, float) and not isinstance(other, float)
    return Decimal(one) == Decimal(other) if exact else float(one) == pytest.approx(float(other), rel=1e-9)


def test_every_metric_is_a_measure(read: Artifacts, made: dict[str, Measure]) -> None:
    assert {metric["name"] for metric in read.semantic["metrics"]} <= made.keys()
    assert len(made) > 50


def test_a_window_asks_for_its_last_day(read: Artifacts, made: dict[str, Measure]) -> None:
    with pytest.raises(PipelineError, match="say the day"):
        figures.total(made["revenue_trailing_28_days"], read)


def test_a_figure_without_a_customer_is_not_cut_by_one(read: Artifacts, made: dict[str, Measure]) -> None:
    with pytest.raises(PipelineError, match="mart_support_sla has no customer_id"):
        figures.by_customer(made["sla_met_share"], read, "segment")


def test_measures_of_the_same_rows_read_them_once(read: Artifacts, made: dict[str, Measure]) -> None:
    asked = figures.ask([made[name] for name in ("orders", "average_order_value", "return_rate")], read)
    assert asked.text.count("from mart_sales.mart_sales_orders") == 1
    both = figures.ask([made[name] for name in ("orders", "messages_sent", "revenue")], read, [figures.MONTH])
    assert both.text.count("from mart_") == 2


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("built")
class TestFigures:
    def test_each_measure_gives_its_marts_figure(self, read: Artifacts, made: dict[str, Measure]) -> None:
        wrong = {}
        for name, (mart, figure) in of_metrics().FIGURES.items():
            ((expected,),), ((found,),) = warehouse(f"select {figure} from {mart}", figures.total(made[name], read))
            if not same(found, expected) or expected is None:
                wrong[name] = (found, expected)
        assert not wrong

    def test_a_windows_figure_is_that_of_its_days(self, read: Artifacts, made: dict[str, Measure]) -> None:
        ((last,),) = warehouse("select max(ordered_on) from mart_sales.mart_sales_orders")[0]
        days = f"ordered_on > dateadd(day, -28, '{last}') and ordered_on <= '{last}'"
        asked = figures.total(made["revenue_trailing_28_days"], read, last)
        ((expected,),), ((found,),) = warehouse(
            f"select sum(revenue_eur) from mart_sales.mart_sales_orders where {days}", asked
        )
        assert expected and found == expected

    def test_each_additive_figure_by_month_adds_up(self, read: Artifacts, made: dict[str, Measure]) -> None:
        self.adds_up(read, made, lambda measure: figures.by_month(measure, read))

    def test_each_additive_figure_by_segment_adds_up(self, read: Artifacts, made: dict[str, Measure]) -> None:
        self.adds_up(read, made, lambda measure: figures.by_customer(measure, read, "segment"))

    def adds_up(self, read: Artifacts, made: dict[str, Measure], asked: Any) -> None:
        compared = 0
        for measure in made.values():
            base = measure.bases[0]
            if measure.figure != "{0}" or measure.window or base.aggregate.function in ("average", "count_distinct"):
                continue
            try:
                query = asked(measure)
            except PipelineError:
                continue  # a figure without a day or a customer, which the tests above name
            rows, ((whole,),) = warehouse(query, figures.total(measure, read))
            assert sum(row[1] or 0 for row in rows) == (whole or 0), measure.name
            compared += len(rows) > 1
        assert compared > 15

    def test_a_share_by_segment_is_that_of_the_star(self, read: Artifacts, made: dict[str, Measure]) -> None:
        (expected,), found = (
            warehouse(
                """
                select c.segment, cast(sum(cast(o.is_cancelled as int)) as float) / count(*)
                from mart_sales.mart_sales_orders as o
                left join mart_sales.mart_sales_customers as c on o.customer_id = c.customer_id
                group by c.segment
                """
            ),
            warehouse(figures.by_customer(made["cancelled_share"], read, "segment"))[0],
        )
        assert dict(found) == pytest.approx(dict(expected))
        assert len(found) > 1
