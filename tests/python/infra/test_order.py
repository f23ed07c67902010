"""What is made before what, and that docs/platform.md shows the platform as it is."""

from __future__ import annotations

from collections import defaultdict

import pytest

from infra.judge import graph
from infra.judge.workbench import Workbench

pytestmark = pytest.mark.slow
STARTED = "azurerm_stream_analytics_job_schedule.this"
BEFORE = {
    STARTED: {
        "terraform_data.prepared", "azurerm_role_assignment.this", "azapi_resource.lake_output",
        "azapi_resource.live_output", "azurerm_eventhub_consumer_group.this",
    },
    "terraform_data.prepared": {
        "azurerm_synapse_sql_pool.this", "azurerm_synapse_workspace_aad_admin.this",
        "azurerm_synapse_firewall_rule.this", "azurerm_storage_container.this",
        "databricks_external_location.this", "databricks_schema.this",
    },
    "azurerm_container_app_job.refresh": {"terraform_data.images", "terraform_data.prepared", "databricks_schema.this"},
    "azurerm_container_app.source": {"terraform_data.images", "azurerm_role_assignment.this"},
}  # fmt: skip


@pytest.fixture(scope="module")
def needs(judge: Workbench) -> dict[str, set[str]]:
    """All that a resource needs, near and far."""
    direct = defaultdict(set)
    for one, other in graph.edges(judge):
        direct[one].add(other)

    def reached(name: str) -> set[str]:
        return direct[name] | {far for near in list(direct[name]) for far in reached(near)}

    return {name: reached(name) for name in BEFORE}


@pytest.mark.parametrize("name", BEFORE)
def test_comes_after_what_it_needs(needs: dict[str, set[str]], name: str) -> None:
    assert BEFORE[name] - needs[name] == set()


def test_no_job_starts_before_the_warehouse_and_the_lake_are_prepared(needs: dict[str, set[str]]) -> None:
    assert STARTED not in needs["terraform_data.prepared"]


def test_the_page_shows_the_platform_as_it_is(judge: Workbench) -> None:
    assert graph.PAGE.read_text() == graph.page(judge), "write it anew: python -m infra.judge.graph"
