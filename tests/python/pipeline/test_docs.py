"""One site from two runs."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.docs import merge, self_contained
from pipeline.errors import PipelineError


def node(path: str, where: str) -> dict[str, Any]:
    return {"original_file_path": path, "database": where}


def test_marts_come_from_the_warehouse_and_all_else_from_the_lakehouse() -> None:
    paths = {"gold": "models/gold/g.sql", "mart": "models/marts/m.sql"}
    lake = {"nodes": {name: node(path, "lake") for name, path in paths.items()}, "sources": {}}
    house = {"nodes": {name: node(path, "house") for name, path in paths.items()}, "sources": {}}
    merged = merge(lake, house)
    assert {name: each["database"] for name, each in merged["nodes"].items()} == {"gold": "lake", "mart": "house"}


def test_merging_changes_neither_side() -> None:
    lake = {"nodes": {"mart": node("models/marts/m.sql", "lake")}, "sources": {}}
    house = {"nodes": {"mart": node("models/marts/m.sql", "house")}, "sources": {}}
    merge(lake, house)
    assert lake["nodes"]["mart"]["database"] == "lake"


def test_the_page_holds_its_data_and_no_description_ends_its_script() -> None:
    page = '<script>a=["MANIFEST.JSON INLINE DATA"],b=["CATALOG.JSON INLINE DATA"]</script>'
    text = self_contained(page, {"says": "</script>"}, {"is": 1})
    assert text == r'<script>a=[{"says": "<\/script>"}],b=[{"is": 1}]</script>'


def test_a_page_without_a_place_for_its_data_is_an_error() -> None:
    with pytest.raises(PipelineError, match=r"no place for manifest\.json"):
        self_contained("<script></script>", {}, {})
