"""dbt's own unit tests, which stand in the models' YAML, run on the engine of their model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ._dbt import dbt

HALVES = {
    "local": ("path:models/bronze", "path:models/silver", "path:models/gold"),
    "local_warehouse": ("path:models/marts",),
}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("built")
class TestUnitTests:
    @pytest.mark.parametrize(("target", "at_least"), [("local", 40), ("local_warehouse", 4)])
    def test_every_unit_test_of_a_half_passes(self, target: str, at_least: int, tmp_path: Path) -> None:
        results = unit_tests(target, tmp_path)
        assert {each["status"] for each in results} == {"pass"}
        assert len(results) >= at_least

    def test_no_unit_test_belongs_to_neither_half(self, tmp_path: Path) -> None:
        listed = dbt("ls", "--quiet", "--select", "test_type:unit", target="local", folder=tmp_path)
        halves = [dbt("ls", "--quiet", "--select", *selected(half), target=half, folder=tmp_path) for half in HALVES]
        assert sorted(listed.split()) == sorted("".join(halves).split())


def selected(target: str) -> list[str]:
    return [f"test_type:unit,{path}" for path in HALVES[target]]


def unit_tests(target: str, folder: Path) -> list[dict[str, Any]]:
    dbt("test", "--select", *selected(target), target=target, folder=folder)
    ran = json.loads((folder / "run_results.json").read_text())["results"]
    return [each for each in ran if each["unique_id"].startswith("unit_test.")]  # else: the project's hooks
