"""dbt, as a user of the project calls it, on the services that are under test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from local_azure import settings
from local_azure.synapse.odbc import driver

from ..conftest import PROJECT


def environment() -> dict[str, str]:
    """This process's own, with where the services listen and how the warehouse is reached."""
    return os.environ | {
        "LOCAL_DATABRICKS_SQL_PORT": str(settings.DATABRICKS_SQL_PORT),
        "LOCAL_SYNAPSE_PORT": str(settings.SYNAPSE_PORT),
        "LOCAL_ODBC_DRIVER": driver(),
    }


def dbt(*words: str, target: str, folder: Path) -> str:
    """What dbt said; its artifacts and log go to `folder`. Fails the test where dbt fails."""
    where = ["--profiles-dir", "profiles", "--target", target, "--target-path", str(folder), "--log-path", str(folder)]
    command = [str(Path(sys.executable).with_name("dbt")), *words, *where]
    done = subprocess.run(command, cwd=PROJECT, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout
