"""dbt-bouncer and dbt-score pass on the project and fail on what the project does not allow."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import PROJECT

TOOLS = Path(sys.executable).parent
MODEL = "model.customer_data_pipeline."
PERSONAL = {"first_name", "last_name", "email", "phone", "birth_date", "street"}
Manifest = dict[str, Any]

pytestmark = pytest.mark.slow


def bouncer(manifest: Manifest, folder: Path) -> set[str]:
    """The checks that fail, each with what it names."""
    (folder / "manifest.json").write_text(json.dumps(manifest))
    config = (PROJECT / "dbt-bouncer.yml").read_text().replace("target/governance", str(folder))
    (folder / "dbt-bouncer.yml").write_text(config)
    words = ("--config-file", folder / "dbt-bouncer.yml", "--output-format", "json", "--output-file")
    done = subprocess.run([TOOLS / "dbt-bouncer", "run", *words, folder / "found.json"], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = [each for each in json.loads((folder / "found.json").read_text()) if each["outcome"] != "success"]
    assert bool(found) == bool(done.returncode)
    return {re.sub(r":\d+:?", " ", each["check_run_id"]) for each in found}


def score(manifest: Manifest, folder: Path) -> tuple[int, str]:
    (folder / "manifest.json").write_text(json.dumps(manifest))
    words = ("--manifest", folder / "manifest.json", "--format", "plain", "--show", "failing-items")
    done = subprocess.run([TOOLS / "dbt-score", "lint", *words], cwd=PROJECT, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_the_project_passes(manifest: str, tmp_path: Path) -> None:
    assert bouncer(json.loads(manifest), tmp_path) == set()
    assert score(json.loads(manifest), tmp_path)[0] == 0


def test_in_azure_only_marketing_reads_who_a_customer_is(tmp_path: Path) -> None:
    groups = {"ANALYSTS_GROUP": "analysts", "MARKETING_GROUP": "marketing"}
    groups |= {"DATABRICKS_HOST": "nowhere.invalid", "DATABRICKS_HTTP_PATH": "/sql/1.0/warehouses/0"}
    words = ("--profiles-dir", "profiles", "--target", "databricks", "--target-path", tmp_path, "--log-path", tmp_path)
    subprocess.run([TOOLS / "dbt", "--quiet", "parse", *words], cwd=PROJECT, env=os.environ | groups, check=True)
    nodes = json.loads((tmp_path / "manifest.json").read_text())["nodes"].values()
    gold = [node for node in nodes if node["resource_type"] == "model" and "gold" in node["tags"]]
    readers = {node["name"]: node["config"]["grants"] for node in gold if PERSONAL & set(node["columns"])}
    assert readers == {name: {"select": ["marketing"]} for name in ("dim_customer", "marketing_contacts")}
    others = [node["config"]["grants"] for node in gold if node["name"] not in readers]
    assert others
    assert all(set(grants["select"]) in ({"analysts"}, {"analysts", "marketing"}) for grants in others)


def test_what_is_not_allowed_is_named_by_dbt_bouncer(manifest: str, tmp_path: Path) -> None:
    planted = json.loads(manifest)
    nodes = planted["nodes"]
    nodes[MODEL + "fct_orders"]["depends_on"]["nodes"].append(MODEL + "bronze_sales_events")
    nodes[MODEL + "mart_sales_orders"]["depends_on"]["nodes"].append(MODEL + "silver_orders")
    nodes[MODEL + "fct_messages"]["columns"]["cost"]["description"] = ""
    nodes[MODEL + "fct_tickets"]["access"] = "protected"
    nodes[MODEL + "dim_product"]["contract"]["enforced"] = False
    nodes[MODEL + "silver_refunds"]["name"] = "refunds"
    nodes[MODEL + "mart_sales_products"]["columns"]["sold_at"] = {
        "name": "sold_at",
        "description": "Never.",
        "data_type": "date",
    }
    del planted["exposures"]["exposure.customer_data_pipeline.power_bi_live"]
    planted["child_map"][MODEL + "mart_live_department_kpis"] = []
    assert bouncer(planted, tmp_path) >= {
        "check_lineage_permitted_upstream_models fct_orders",
        "check_lineage_permitted_upstream_models mart_sales_orders",
        "check_model_column_description_populated fct_messages",
        "check_model_access fct_tickets",
        "check_model_contract_enforced_for_public_model dim_product",
        "check_model_names silver_refunds",
        "check_model_column_name_complies_to_column_type mart_sales_products",
        "check_model_has_exposure mart_live_department_kpis",
    }


def test_what_is_not_allowed_is_named_by_dbt_score(manifest: str, tmp_path: Path) -> None:
    planted = json.loads(manifest)
    nodes = planted["nodes"]
    nodes[MODEL + "fct_orders"]["group"] = None
    nodes[MODEL + "mart_sales_customers"]["columns"]["email"] = nodes[MODEL + "dim_customer"]["columns"]["email"]
    nodes[MODEL + "dim_customer"]["columns"]["phone"]["description"] = "Telephone."
    planted["exposures"]["exposure.customer_data_pipeline.power_bi_live"]["depends_on"]["nodes"] = [
        MODEL + "fct_orders"
    ]
    code, said = score(planted, tmp_path)
    assert code == 1
    for named in (
        "fct_orders is public and belongs to no group",
        "mart_sales_customers shows email",
        "Not described as personal data: phone",
        f"power_bi_live reads {MODEL}fct_orders",
    ):
        assert named in said
