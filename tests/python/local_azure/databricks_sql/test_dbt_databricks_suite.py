"""dbt-databricks' own functional tests against the endpoint, where DBT_DATABRICKS_SUITE is a folder of theirs.

The folder has `tests` of https://github.com/databricks/dbt-databricks, a pytest.ini with `[pytest]`, and in `.venv`
dbt-databricks, dbt-tests-adapter, pytest-xdist, pytest-timeout, pytest-dotenv, freezegun and databricks-sdk below 0.76.
What is known to fail, and why, stands in dbt_databricks_suite.toml.
"""

from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from local_azure import settings

from .conftest import Endpoint

HERE = Path(__file__).parent
KNOWN = tomllib.loads((HERE / "dbt_databricks_suite.toml").read_text())
SUITE = os.environ.get("DBT_DATABRICKS_SUITE", "")
WAREHOUSE, CLUSTER = "/sql/1.0/warehouses/local", "/sql/protocolv1/o/0/local"


def deselected() -> list[str]:
    groups = [*KNOWN["cloud"], *KNOWN["differs"]]
    return [f"--deselect=tests/functional/adapter/{test}" for group in groups for test in group["tests"]]


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.timeout(6 * 3600)
@pytest.mark.skipif(not SUITE, reason="DBT_DATABRICKS_SUITE is no folder of dbt-databricks' tests")
def test_the_adapters_own_functional_tests_pass(endpoint: Endpoint) -> None:
    environment = {
        "DBT_DATABRICKS_HOST_NAME": f"http://{settings.HOST}:{endpoint.port}",
        "DBT_DATABRICKS_HTTP_PATH": WAREHOUSE,
        "DBT_DATABRICKS_UC_CLUSTER_HTTP_PATH": CLUSTER,
        "DBT_DATABRICKS_UC_INITIAL_CATALOG": "lakehouse",
        "DBT_DATABRICKS_LOCATION_ROOT": f"{settings.LAKE_URL}/dbt",
        "DBT_DATABRICKS_TOKEN": settings.DATABRICKS_SQL_TOKEN,
        "DBT_DATABRICKS_AUTH_TYPE": "pat",
        "PYTHONPATH": f"{HERE / 'clients'}",
    }
    options = ["-p", "without_tls", "-p", "no:cacheprovider", "-n", "2", "--dist=loadfile", "--timeout=300", "-q"]
    python = Path(SUITE) / ".venv" / "bin" / "python"
    command = [f"{python}", "-m", "pytest", *options, "-W", "ignore", *deselected(), "tests/functional/adapter"]
    ran = subprocess.run(command, cwd=SUITE, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-20_000:]
