"""What dbt says of the marts and metrics: contracts, descriptions, groups, keys, MetricFlow's definitions."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_azure.stack import PROJECT
from pipeline.errors import PipelineError

Json = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a mart's contract. `sql_type` is T-SQL's."""

    name: str
    sql_type: str
    description: str


@dataclass(frozen=True)
class Mart:
    """One public mart. `reads` names the models it selects from, `unique` and `filled` the columns that tests hold
    unique and never null."""

    name: str
    schema: str
    group: str
    description: str
    columns: dict[str, Column]
    reads: tuple[str, ...]
    unique: frozenset[str]
    filled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Artifacts:
    """The marts by name, the semantic manifest, and the group of each metric."""

    marts: dict[str, Mart]
    semantic: Json
    metric_groups: dict[str, str]


def parse_project(folder: Path) -> None:
    """Let dbt write manifest.json and semantic_manifest.json into `folder`. Raises PipelineError with dbt's words."""
    words = ("--profiles-dir", PROJECT / "profiles", "--project-dir", PROJECT, "--target", "local")
    dbt = Path(sys.executable).with_name("dbt")
    said = subprocess.run(
        [dbt, "--quiet", "--no-use-colors", "parse", *words, "--target-path", folder, "--log-path", folder],
        capture_output=True,
        text=True,
    )
    if said.returncode:
        raise PipelineError(f"dbt does not parse:\n{(said.stdout + said.stderr).strip()[-2000:]}")


def read(folder: Path) -> Artifacts:
    """Read dbt's target folder. Raises PipelineError where an artifact is missing."""
    manifest, semantic = _load(folder / "manifest.json"), _load(folder / "semantic_manifest.json")
    unique, filled = _tested(manifest, "unique"), _tested(manifest, "not_null", "never_null")
    found = (
        _mart(node, manifest, unique, filled)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["original_file_path"].startswith("models/marts/")
    )
    marts = {mart.name: mart for mart in sorted(found, key=lambda mart: mart.name)}
    groups = {metric["name"]: metric["config"].get("group") or "core" for metric in manifest["metrics"].values()}
    return Artifacts(marts, semantic, groups)


def _load(path: Path) -> Json:
    if not path.is_file():
        raise PipelineError(f"no {path.name} in {path.parent}; it is written by: dbt parse")
    loaded: Json = json.loads(path.read_text())
    return loaded


def _mart(node: Json, manifest: Json, unique: dict[str, set[str]], filled: dict[str, set[str]]) -> Mart:
    columns = {
        name: Column(name, column["data_type"], _one_line(column["description"]))
        for name, column in node["columns"].items()
    }
    parents = node["depends_on"]["nodes"]
    reads = tuple(manifest["nodes"][parent]["alias"] for parent in parents if parent in manifest["nodes"])
    keys, full = (frozenset(tested.get(node["unique_id"], set())) for tested in (unique, filled))
    text = _one_line(node["description"])
    return Mart(node["name"], node["schema"], node["group"], text, columns, reads, keys, full)


def _tested(manifest: Json, *tests: str) -> dict[str, set[str]]:
    """The columns of each model that one of the generic tests holds."""
    found: dict[str, set[str]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") in tests and node["attached_node"]:
            columns = test["kwargs"].get("columns") or [node["column_name"]]
            found.setdefault(node["attached_node"], set()).update(columns)
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())
