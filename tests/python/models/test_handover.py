"""The warehouse attaches what the lakehouse published, and no version with other columns."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local_azure.synapse.odbc import driver

from ..conftest import PROJECT

pytestmark = pytest.mark.slow

COLUMNS = {name: {"name": name, "data_type": "decimal(19, 4)"} for name in ("amount", "cost")}
NODE = {"schema": "gold", "alias": "fct_sales", "columns": COLUMNS, "config": {"materialized": "table"}}


def attach(column_names: str, folder: Path) -> subprocess.CompletedProcess[str]:
    row = {"versions": ["20260101T000000000000Z"], "column_names": column_names}
    return subprocess.run(
        [
            Path(sys.executable).with_name("dbt"), "run-operation", "attach_model_sql",
            "--args", json.dumps({"node": NODE, "row": row}), "--target", "local_warehouse",
            "--profiles-dir", "profiles", "--target-path", folder, "--log-path", folder,
        ],
        cwd=PROJECT, env={"PATH": "/usr/bin:/bin", "LOCAL_ODBC_DRIVER": driver()},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_version_with_other_columns_is_refused(tmp_path: Path) -> None:
    swapped = attach("cost, amount", tmp_path)
    assert swapped.returncode != 0
    assert "gold.fct_sales was last published with the columns cost, amount" in swapped.stdout
    assert "Build the lakehouse first" in swapped.stdout
    same = attach("amount, cost", tmp_path)
    assert same.returncode == 0, same.stdout
