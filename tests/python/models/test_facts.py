"""What every incremental fact of gold must have, so that a merge is pruned and no row of a month is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def facts(manifest: str) -> dict[str, dict[str, Any]]:
    """Incremental gold models that know when their rows were loaded, by name."""
    return {
        node["name"]: node
        for node in json.loads(manifest)["nodes"].values()
        if "gold" in node["tags"]
        and node["config"].get("materialized") == "incremental"
        and "loaded_at" in node["columns"]
    }


def test_facts_are_incremental(facts: dict[str, dict[str, Any]]) -> None:
    assert {"fct_orders", "fct_order_lines", "fct_messages", "fct_payments", "fct_tickets"} <= facts.keys()


def test_the_day_that_a_fact_is_merged_and_published_by_is_never_null(facts: dict[str, dict[str, Any]]) -> None:
    for name, node in facts.items():
        if day := node["config"]["event_time"]:
            kinds = {constraint["type"] for constraint in node["columns"][day]["constraints"]}
            assert "not_null" in kinds, f"{name}.{day}: a null is in no month and matches no merge"


def test_a_fact_is_merged_by_its_key(facts: dict[str, dict[str, Any]]) -> None:
    for name, node in facts.items():
        if node["config"]["incremental_strategy"] == "merge":
            assert node["config"]["unique_key"] in node["columns"], name
