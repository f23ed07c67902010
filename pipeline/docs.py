"""One lineage site from dbt's two runs: bronze to gold from the lakehouse, marts from the warehouse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pipeline.dbt import LAKEHOUSE, WAREHOUSE, Half

PARTS = ("nodes", "sources")


def build_site(folder: Path) -> Path:
    """Merge the two runs' manifests and catalogs into `folder` and give the page to open."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = merge(_load(LAKEHOUSE, "manifest"), _load(WAREHOUSE, "manifest"))
    catalog = merge(_load(LAKEHOUSE, "catalog"), _load(WAREHOUSE, "catalog"), manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "catalog.json").write_text(json.dumps(catalog))
    shutil.copy(LAKEHOUSE.target_path / "index.html", folder / "index.html")
    return folder / "index.html"


def merge(lake: dict[str, Any], house: dict[str, Any], manifest: dict[str, Any] | None = None) -> dict[str, Any]:
    """The lakehouse's artifact with the warehouse's own nodes put in. Neither argument is changed."""
    nodes = (manifest or lake)["nodes"] | (manifest or lake)["sources"]
    merged = dict(lake)
    for part in PARTS:
        own = {name: node for name, node in house[part].items() if of_warehouse(nodes.get(name, {}))}
        merged[part] = lake[part] | own
    return merged


def of_warehouse(node: dict[str, Any]) -> bool:
    """Whether a manifest node lives in the warehouse: all that stands in models/marts, and its tests."""
    return str(node.get("original_file_path", "")).startswith("models/marts/")


def _load(half: Half, artifact: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((half.target_path / f"{artifact}.json").read_text())
    return loaded
