"""The rules of dbt-project-evaluator (dbt-labs.github.io/dbt-project-evaluator, "Rules"), each by its name.

Most are dbt-bouncer's checks in another name; those that it lacks are written here. What is decided otherwise stands in
docs/decisions.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from .conftest import PROJECT
from .test_governance import MODEL, Manifest

pytestmark = pytest.mark.slow

TOO_MANY = 7  # parents of one model: too_many_joins_threshold
FANOUT = 3  # leaves under one model: models_fanout_threshold
# what a rule finds and docs/decisions.md keeps
DECIDED = {
    "fct_too_many_joins": {"source_health", "fct_waiting_events", "silver_accepted_events"},
    "fct_exposure_parents_materializations": {"mart_live_today", "mart_live_department_kpis"},
}
BOUNCER = {
    "fct_duplicate_sources": "check_duplicate_sources",
    "fct_hard_coded_references": "check_model_hard_coded_references",
    "fct_marts_or_intermediate_dependent_on_source": "check_lineage_source_cannot_be_used",
    "fct_multiple_sources_joined": "check_model_depends_on_multiple_sources",
    "fct_root_models": "check_model_has_no_upstream_dependencies",
    "fct_source_fanout": "check_source_used_by_only_one_model",
    "fct_staging_dependent_on_marts_or_intermediate": "check_lineage_permitted_upstream_models",
    "fct_staging_dependent_on_staging": "check_lineage_permitted_upstream_models",
    "fct_unused_sources": "check_source_not_orphaned",
    "fct_missing_primary_key_tests": "check_model_has_unique_test",
    "fct_test_coverage": "check_model_has_tests_by_type",
    "fct_sources_without_freshness": "check_source_freshness_populated",
    "fct_documentation_coverage": "check_model_column_description_populated",
    "fct_undocumented_models": "check_model_description_populated",
    "fct_undocumented_public_models": "check_model_description_populated",
    "fct_undocumented_source_tables": "check_source_description_populated",
    "fct_undocumented_sources": "check_source_top_level_description_populated",
    "fct_model_naming_conventions": "check_model_names",
    "fct_model_directories": "check_model_directories",
    "fct_source_directories": "check_source_names",
    "fct_test_directories": "check_model_property_file_location",
    "fct_chained_views_dependencies": "check_model_max_chained_views",
    "fct_public_models_without_contracts": "check_model_contract_enforced_for_public_model",
    "fct_exposures_dependent_on_private_models": "check_exposure_based_on_non_public_models",
}


class Project:
    """Models with their parents and children."""

    def __init__(self, manifest: Manifest) -> None:
        nodes = manifest["nodes"]
        self.models = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
        self.parents = {key: set(node["depends_on"]["nodes"]) for key, node in self.models.items()}
        self.children = {key: {other for other, found in self.parents.items() if key in found} for key in self.models}
        self.exposed = {each for one in manifest["exposures"].values() for each in one["depends_on"]["nodes"]}


def direct_join_to_source(project: Project) -> set[str]:
    """Models that read a source and another model."""
    kinds = {key: {each.split(".")[0] for each in found} for key, found in project.parents.items()}
    return {key for key, found in kinds.items() if found >= {"source", "model"}}


def rejoining_of_upstream_concepts(project: Project) -> set[str]:
    """Models whose only reader also reads their parent: a step that could stand in the reader."""
    alone = {key: next(iter(readers)) for key, readers in project.children.items() if len(readers) == 1}
    return {key for key, reader in alone.items() if project.parents[reader] & project.parents[key]}


def model_fanout(project: Project) -> set[str]:
    """Models with several readers that nobody reads in turn."""
    leaves = {key for key, readers in project.children.items() if not readers}
    return {key for key, readers in project.children.items() if len(readers & leaves) >= FANOUT}


def too_many_joins(project: Project) -> set[str]:
    """Models of many parents."""
    return {key for key, found in project.parents.items() if len(found) >= TOO_MANY}


def exposure_parents_materializations(project: Project) -> set[str]:
    """Views that a report reads."""
    views = {key for key, node in project.models.items() if node["config"]["materialized"] in ("view", "ephemeral")}
    return views & project.exposed


OURS: dict[str, Callable[[Project], set[str]]] = {
    f"fct_{rule.__name__}": rule
    for rule in (
        direct_join_to_source,
        rejoining_of_upstream_concepts,
        model_fanout,
        too_many_joins,
        exposure_parents_materializations,
    )
}


@pytest.fixture(scope="module")
def parsed(manifest: str) -> Manifest:
    """The project's manifest, which each test copies before it plants something."""
    found: dict[str, Any] = json.loads(manifest)
    return found


@pytest.mark.parametrize("rule", OURS)
def test_the_project_keeps_the_rule_but_for_what_is_decided(parsed: Manifest, rule: str) -> None:
    found = {name.removeprefix(MODEL) for name in OURS[rule](Project(parsed))}
    assert found == DECIDED.get(rule, set())


def test_every_other_rule_is_a_check_of_dbt_bouncer() -> None:
    checks = {each["name"] for each in yaml.safe_load((PROJECT / "dbt-bouncer.yml").read_text())["manifest_checks"]}
    assert set(BOUNCER.values()) <= checks


def test_what_is_decided_otherwise_stands_in_the_decisions() -> None:
    decisions = (PROJECT / "docs/decisions.md").read_text()
    assert [name for names in DECIDED.values() for name in names if f"`{name}`" not in decisions] == []


@pytest.mark.parametrize(
    ("rule", "model", "parents"),
    [
        ("fct_direct_join_to_source", "fct_orders", ["source.customer_data_pipeline.raw.raw_sales"]),
        ("fct_too_many_joins", "fct_orders", [f"{MODEL}silver_{n}" for n in range(TOO_MANY)]),
        ("fct_rejoining_of_upstream_concepts", "silver_surviving_customers", []),
    ],
)
def test_a_planted_fault_is_found(parsed: Manifest, rule: str, model: str, parents: list[str]) -> None:
    planted = json.loads(json.dumps(parsed))
    nodes = planted["nodes"]
    nodes[MODEL + model]["depends_on"]["nodes"] += parents
    if not parents:
        plant_a_rejoined_step(nodes)
        model = "customer_figures"
    assert MODEL + model in OURS[rule](Project(planted))


def plant_a_rejoined_step(nodes: dict[str, Any]) -> None:
    """One reader alone for customer_figures, which reads what customer_figures reads."""
    step = MODEL + "customer_figures"
    for node in nodes.values():
        if step in node.get("depends_on", {}).get("nodes", []):
            node["depends_on"]["nodes"].remove(step)
    nodes[MODEL + "dim_customer"]["depends_on"]["nodes"] += [step, *nodes[step]["depends_on"]["nodes"]]
