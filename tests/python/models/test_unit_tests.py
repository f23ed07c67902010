"""dbt's own unit tests, which stand in the models' YAML, run on the lakehouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from local_azure import settings

PROJECT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("built")
class TestUnitTests:
    def test_every_unit_test_of_the_project_passes(self, tmp_path: Path) -> None:
        dbt = [str(Path(sys.executable).with_name("dbt")), "test", "--select", "test_type:unit"]
        where = ["--profiles-dir", "profiles", "--target-path", str(tmp_path), "--log-path", str(tmp_path)]
        port = {"LOCAL_DATABRICKS_SQL_PORT": str(settings.DATABRICKS_SQL_PORT)}
        done = subprocess.run(
            [*dbt, *where], cwd=PROJECT, env=os.environ | port, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-4000:]
        ran = json.loads((tmp_path / "run_results.json").read_text())["results"]
        results = [each for each in ran if each["unique_id"].startswith("unit_test.")]  # else: the project's hooks
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        assert Counter(each["status"] for each in results) == {"pass": len(manifest["unit_tests"])}
        assert len(results) >= 40
