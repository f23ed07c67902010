"""What MetricFlow can say and the project does not yet: arithmetic over metrics, and what is refused by name."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest

from pipeline.powerbi import artifacts, measures, project
from pipeline.powerbi.artifacts import Artifacts


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    folder = tmp_path_factory.mktemp("target")
    artifacts.parse_project(folder)
    return artifacts.read(folder)


def changed(read: Artifacts, metric: str, **words: Any) -> measures.Measures:
    """The measures where one metric's words are others."""
    semantic = copy.deepcopy(read.semantic)
    one = next(one for one in semantic["metrics"] if one["name"] == metric)
    one |= {name: word for name, word in words.items() if name != "type_params"}
    one["type_params"] |= words.get("type_params", {})
    return measures.build(dataclasses.replace(read, semantic=semantic), project.configuration())


def derived(expression: str) -> dict[str, Any]:
    empty = {"alias": None, "filter": None, "offset_window": None, "offset_to_grain": None}
    used = [empty | {"name": "revenue", "alias": "won"}, empty | {"name": "kept_revenue"}]
    nothing = {"numerator": None, "denominator": None}
    return {"type": "derived", "type_params": nothing | {"expr": expression, "metrics": used}}


def test_a_derived_metric_is_arithmetic_over_its_metrics(read: Artifacts) -> None:
    found = changed(read, "return_rate", **derived("(won - kept_revenue) / won")).found["return_rate"]
    assert found.dax == "DIVIDE ( ([Revenue (EUR)] - [Revenue kept (EUR)]), [Revenue (EUR)] )"
    assert found.figure == "(cast(({0} - {1}) as float) / nullif({0}, 0))"


def test_other_arithmetic_is_refused(read: Artifacts) -> None:
    assert "no arithmetic" in changed(read, "return_rate", **derived("greatest(won, 0)")).faults["return_rate"]


def test_a_filter_is_refused_also_for_what_needs_the_metric(read: Artifacts) -> None:
    faults = changed(read, "revenue", filter={"where_filters": ["x"]}).faults
    assert faults["revenue"] == "metric revenue has filter, which is not translated"
    assert faults["average_order_value"].endswith("(for its metric revenue)")


def test_a_type_that_is_not_translated_is_named(read: Artifacts) -> None:
    assert "type conversion" in changed(read, "orders", type="conversion").faults["orders"]


def test_a_cumulative_metric_without_a_window_is_refused(read: Artifacts) -> None:
    no_window = {"cumulative_type_params": {"window": None, "grain_to_date": "month"}}
    found = changed(read, "revenue_trailing_28_days", type_params=no_window)
    assert "without a window" in found.faults["revenue_trailing_28_days"]
