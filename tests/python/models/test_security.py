"""Who may read what is what security.yml says, of every gold model and mart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..conftest import PROJECT

SECURITY = yaml.safe_load((PROJECT / "security.yml").read_text())


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The models of both halves, where each group has its own name."""
    folder = tmp_path_factory.mktemp("parsed")
    groups = {variable: f"the {group}" for group, variable in SECURITY["groups"].items()}
    return parsed(folder, groups)


def parsed(folder: Path, groups: dict[str, str]) -> list[dict[str, Any]]:
    unset = dict.fromkeys(SECURITY["groups"].values(), "")
    words = ("--profiles-dir", "profiles", "--target-path", folder, "--log-path", folder)
    dbt = Path(sys.executable).with_name("dbt")
    subprocess.run([dbt, "--quiet", "parse", *words], cwd=PROJECT, env=os.environ | unset | groups, check=True)
    found = json.loads((folder / "manifest.json").read_text())["nodes"].values()
    return [node for node in found if node["resource_type"] == "model" and set(node["tags"]) & {"gold", "marts"}]


def readers(node: dict[str, Any]) -> list[str]:
    """The groups that security.yml names for a model."""
    layer, department = node["path"].split("/")[:2]
    groups: list[str] = SECURITY["contact_data"].get(node["name"]) or SECURITY[layer][department]
    return groups


def test_every_gold_model_and_mart_is_granted_to_the_groups_of_security_yml(nodes: list[dict[str, Any]]) -> None:
    granted = {node["name"]: node["config"]["grants"].get("select") for node in nodes}
    assert granted == {node["name"]: [f"the {group}" for group in readers(node)] for node in nodes}


def test_a_sales_reader_reads_nothing_of_finance(nodes: list[dict[str, Any]]) -> None:
    open_to_sales = {node["path"].split("/")[1] for node in nodes if "the sales" in node["config"]["grants"]["select"]}
    assert open_to_sales == {"sales", "core", "customer", "live"}


def test_columns_that_reach_a_person_are_for_marketing_alone(nodes: list[dict[str, Any]]) -> None:
    personal = {"first_name", "last_name", "email", "phone", "street", "birth_date"}
    found = {node["name"]: node["config"]["grants"]["select"] for node in nodes if personal & set(node["columns"])}
    assert {"dim_customer", "mart_marketing_customers"} <= set(found)
    assert set(map(tuple, found.values())) == {("the marketing",)}


def test_a_group_without_a_name_revokes_nothing(tmp_path: Path) -> None:
    assert [node["name"] for node in parsed(tmp_path, {}) if node["config"]["grants"]] == []
