"""infra/ against the providers' schemas and its own tests, with no account and no network.

A judge that finds nothing may be blind: what is planted here must be found.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from infra.judge.workbench import PROJECT

pytestmark = pytest.mark.slow

# one plan with every switch on, for azapi to judge each body
WHOLE = """
mock_provider "azurerm" {
  override_during = plan
  source          = "./tests/mocks"
}
mock_provider "databricks" {
  override_during = plan
  source          = "./tests/mocks"
}
run "whole" {
  command = plan
  variables {
    environment       = "dev"
    owner_email       = "owner@example.com"
    github_repository = "example/example"
    event_hubs        = { capture = true }
    private_network   = true
  }
}
"""


class Fault(NamedTuple):
    """Where it is planted, and the words that must tell of it."""

    file: str
    old: str
    new: str
    told: str


FAULTS = {
    name: {fault: Fault(**fields) for fault, fields in faults.items()}
    for name, faults in tomllib.loads(Path(__file__).with_name("faults.toml").read_text()).items()
}


@contextmanager
def planted(platform, faults):
    with ExitStack() as stack:
        for fault in faults.values():
            stack.enter_context(platform.planted(fault.file, fault.old, fault.new))
        yield


@contextmanager
def whole(platform, text=WHOLE):
    """The platform with a test that plans all of it."""
    file = platform.folder / "tests" / "whole.tftest.hcl"
    file.write_text(text)
    try:
        yield
    finally:
        file.unlink()


def missed(faults, said):
    said = " ".join(said.split())  # Terraform breaks its lines
    return [name for name, fault in faults.items() if fault.told not in said]


def test_is_valid_with_the_newest_providers(platform):
    assert platform.problems() == []


def test_is_valid_with_the_lowest_that_is_admitted(lowest):
    assert lowest.problems() == []


def test_is_formatted(platform):
    assert platform.ran("fmt", "-check", "-diff", "-recursive") == ""


def test_holds_what_it_promises(platform):
    said = platform.ran("test", "-no-color")
    assert re.search(r"Success! (\d+) passed, 0 failed", said), said


@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_each_environment_is_planned(platform, environment):
    own = (PROJECT / "infra" / "environments" / f"{environment}.tfvars").read_text()
    with whole(platform, re.sub(r"(?s)(?<=variables \{).*?(?=\n  \})", "\n" + own, WHOLE)):
        assert "1 passed" in platform.ran("test", "-no-color", "-filter=tests/whole.tftest.hcl")


@pytest.mark.parametrize("faults", ["references", "arguments"])
def test_finds_each_fault_by_the_schema(platform, faults):
    with planted(platform, FAULTS[faults]):
        found = platform.problems()
    assert missed(FAULTS[faults], "\n".join(found)) == [], "\n".join(found)


@pytest.mark.parametrize("faults", ["bodies", "Delta"])
def test_finds_each_fault_by_the_real_azapi(platform, faults):
    with planted(platform, FAULTS[faults]), whole(platform):
        code, said = platform.run("test", "-no-color", "-filter=tests/whole.tftest.hcl")
    assert code == 1
    assert missed(FAULTS[faults], said) == [], said


@pytest.mark.nightly
@pytest.mark.parametrize("name", FAULTS["assertions"])
def test_finds_by_an_assertion(platform, name):
    fault = FAULTS["assertions"][name]
    with platform.planted(fault.file, fault.old, fault.new):
        code, said = platform.run("test", "-no-color", "-filter=tests/platform.tftest.hcl")
    assert code == 1
    assert fault.told in said


@pytest.mark.nightly
def test_the_lowest_providers_hold_it_too(lowest):
    assert "0 failed" in lowest.ran("test", "-no-color", "-filter=tests/platform.tftest.hcl")
