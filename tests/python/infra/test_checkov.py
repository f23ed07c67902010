"""checkov finds nothing in prod that infra/checkov.yml does not give a reason for, and no reason there is idle."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
import yaml

from infra.judge.workbench import PROJECT, Workbench

pytestmark = pytest.mark.slow
CONFIG = PROJECT / "infra" / "checkov.yml"


def findings(judge: Workbench) -> dict[str, Any]:
    """Without the list of what is left alone."""
    prod = PROJECT / "infra" / "environments" / "prod.tfvars"
    command = [judge.bin / "checkov", "--directory", PROJECT / "infra", "--framework", "terraform", "--skip-download"]
    command += ["--var-file", prod, "--output", "json"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_each_finding_has_a_reason_and_each_reason_a_finding(judge: Workbench) -> None:
    skipped = set(yaml.safe_load(CONFIG.read_text())["skip-check"])
    found = findings(judge)
    failed = {one["check_id"] for one in found["results"]["failed_checks"]}
    assert found["summary"]["passed"] > 50
    assert failed == skipped
