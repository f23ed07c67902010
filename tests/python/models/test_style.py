"""The habits that the models keep (docs/analyst_guide.md)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[3]
MODELS = sorted((PROJECT / "models").rglob("*.sql"))
NAMES = [path.stem for path in MODELS]


@pytest.mark.parametrize("path", MODELS, ids=NAMES)
def test_a_model_ends_by_selecting_all_of_one_cte(path: Path) -> None:
    assert re.search(r"\nselect \* from \w+\n$", path.read_text())


@pytest.mark.parametrize("path", MODELS, ids=NAMES)
def test_a_model_stays_under_its_length_and_has_no_config(path: Path) -> None:
    text = path.read_text()
    assert len([line for line in text.splitlines() if line.strip()]) <= 120
    assert "config(" not in text


@pytest.mark.parametrize("path", MODELS, ids=NAMES)
def test_a_model_and_its_columns_are_described_in_the_yaml_beside_it(path: Path) -> None:
    name = re.sub(r"_v\d+$", "", path.stem)  # the versions of a model share one YAML
    (model,) = yaml.safe_load(path.with_name(f"{name}.yml").read_text())["models"]
    assert model["name"] == name
    assert model["description"].strip()
    assert all(column["description"].strip() for column in model["columns"])
