"""One lineage site from dbt's two runs: bronze to gold from the lakehouse, marts from the warehouse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_azure.stack import Workspace
from pipeline.dbt import LAKEHOUSE, WAREHOUSE
from pipeline.errors import PipelineError

PARTS = ("nodes", "sources")


def build_site(workspace: Workspace, folder: Path) -> Path:
    """Merge the two runs' manifests and catalogs into `folder` and give the page to open."""
    folder.mkdir(parents=True, exist_ok=True)
    lake, house = LAKEHOUSE.target_path(workspace), WAREHOUSE.target_path(workspace)
    manifest = merge(_load(lake / "manifest.json"), _load(house / "manifest.json"))
    catalog = merge(_load(lake / "catalog.json"), _load(house / "catalog.json"), manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "catalog.json").write_text(json.dumps(catalog))
    page = folder / "index.html"
    page.write_text(self_contained((lake / "index.html").read_text(), manifest, catalog))
    return page


def self_contained(page: str, manifest: dict[str, Any], catalog: dict[str, Any]) -> str:
    """dbt's page with its data in it, since a browser lets no page from the disk read the files beside it.

    The places are those of `dbt docs generate --static` (dbt-core, dbt/task/docs/generate.py).
    """
    for name, data in (("MANIFEST", manifest), ("CATALOG", catalog)):
        place = f'"{name}.JSON INLINE DATA"'
        if place not in page:
            raise PipelineError(f"dbt's page of the lineage site has no place for {name.lower()}.json")
        page = page.replace(place, json.dumps(data).replace("</", r"<\/"))  # no text may end the page's script
    return page


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


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded
