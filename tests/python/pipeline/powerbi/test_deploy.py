"""What is published differs by environment in the warehouse alone, and a wrong parameter file is named."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.errors import PipelineError
from pipeline.powerbi import deploy
from pipeline.powerbi.project import FOLDER


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNAPSE_SERVER", "contoso.sql.azuresynapse.net")
    monkeypatch.setenv("SYNAPSE_DATABASE", "warehouse_test")


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize("environment", deploy.ENVIRONMENTS)
def test_the_parameter_file_fits_each_environment(environment: str) -> None:
    deploy.check(environment)


def test_each_parameter_of_the_model_is_replaced_once_in_every_environment() -> None:
    rules = yaml.safe_load((FOLDER / "parameter.yml").read_text())["find_replace"]
    replaced = []
    for rule in rules:
        text = (FOLDER / rule["file_path"].strip("/")).read_text()
        (value,) = re.findall(rule["find_value"], text)
        replaced.append(value)
        assert set(rule["replace_value"]) == set(deploy.ENVIRONMENTS)
        assert all(value.startswith("$ENV:") for value in rule["replace_value"].values())
    assert replaced == ["127.0.0.1,14330", "warehouse"]


@pytest.mark.usefixtures("warehouse")
def test_an_unknown_environment_is_named() -> None:
    with pytest.raises(PipelineError, match="staging is none of dev, test, prod"):
        deploy.check("staging")


def test_a_warehouse_that_nobody_named_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNAPSE_SERVER", raising=False)
    monkeypatch.delenv("SYNAPSE_DATABASE", raising=False)
    with pytest.raises(PipelineError, match="set SYNAPSE_SERVER and SYNAPSE_DATABASE"):
        deploy.check("test")


@pytest.mark.usefixtures("warehouse")
def test_a_parameter_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "powerbi"
    shutil.copytree(FOLDER, folder)
    file = folder / "parameter.yml"
    file.write_text(file.read_text().replace("find_value:", "find_valeu:"))
    with pytest.raises(PipelineError, match=r"parameter\.yml"):
        deploy.check("test", folder)
