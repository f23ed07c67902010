"""What Terraform has SQL make, on the warehouse's stand-in, and what stops it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyodbc
import pytest
from azure.core.exceptions import ClientAuthenticationError
from databricks import sql as databricks_sql

from local_azure.stack import PROJECT
from local_azure.synapse.odbc import connection_string
from pipeline import azure
from pipeline.azure import prepare_lakehouse, prepare_warehouse, refuse_newer_protocol
from pipeline.errors import PipelineError

USERS = {"builder": ["id-cdp-dev-refresh"], "stream": ["asa-cdp-dev-live"], "reader": ["Reader's [team]"]}


def test_it_needs_no_delta_library() -> None:
    """A workflow that brings the platform up has dbt's environment alone."""
    code = "import sys; sys.modules['deltalake'] = None; import pipeline.azure"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Any]:
    """Runs statements on a pool of its own, as pipeline.azure does in Azure."""
    command = [
        sys.executable,
        "-m",
        "local_azure.synapse",
        "--port",
        "0",
        "--state",
        str(tmp_path),
        "--memory",
        "256MB",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rsplit(",", 1)[1])
        connection = pyodbc.connect(connection_string(port=port), autocommit=True)

        def run(*statements: str) -> list[list[tuple[Any, ...]]]:
            cursor = connection.cursor()
            found = []
            for statement in statements:
                cursor.execute(statement)
                found.append([tuple(row) for row in cursor.fetchall()] if cursor.description else [])
            return found

        yield run
        connection.close()
        process.terminate()


@pytest.mark.slow
def test_the_warehouse_is_prepared_and_again_changes_nothing(warehouse: Any) -> None:
    for _ in range(2):
        prepare_warehouse(warehouse, USERS)
    (users,) = warehouse("select name from sys.database_principals where name like '%-%' or name like '%team%'")
    assert {name for (name,) in users} == {name for names in USERS.values() for name in names}
    assert warehouse("select count(*) from live.live_department_kpis") == [[(0,)]]


def test_a_raw_table_of_a_newer_protocol_is_refused() -> None:
    refuse_newer_protocol("lakehouse.raw.raw_sales", 1, 2)
    with pytest.raises(
        PipelineError, match=r"raw_sales has protocol 3/7, and Stream Analytics writes 1/2: alter table"
    ):
        refuse_newer_protocol("lakehouse.raw.raw_sales", 3, 7)


def test_each_raw_table_is_looked_at() -> None:
    said: list[str] = []

    def run(*statements: str) -> list[list[Any]]:
        said.extend(statements)
        if statements[0].startswith("show"):
            return [[SimpleNamespace(tableName="raw_sales")]]
        return (
            [[SimpleNamespace(minReaderVersion=1, minWriterVersion=2)]] if statements[0].startswith("describe") else []
        )

    prepare_lakehouse(run, "lakehouse_dev", "abfss://lake@cdpdevlake.dfs.core.windows.net")
    assert said[0] == "create schema if not exists lakehouse_dev.raw"
    assert "location 'abfss://lake@cdpdevlake.dfs.core.windows.net/raw/raw_sales'" in said[1]
    assert all("'delta.enableDeletionVectors' = 'false'" in one for one in said if one.startswith("create table"))
    assert said[-1] == "describe detail lakehouse_dev.raw.raw_sales"


@pytest.mark.parametrize("value", [{}, {"REFERENCE_URL": ""}], ids=["unset", "empty"])
def test_a_variable_without_a_value_is_named(value: dict[str, str]) -> None:
    environment = {name: text for name, text in os.environ.items() if name != "REFERENCE_URL"} | value
    words = [sys.executable, "-m", "pipeline.azure"]
    done = subprocess.run(words, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip() == "pipeline.azure: REFERENCE_URL is not set, or empty; infra/prepared.tf sets it"


REFUSED = {
    "reference data": ClientAuthenticationError("no token\nAttempted credentials:\n ..."),
    "lakehouse": databricks_sql.OperationalError("no such warehouse"),
    "warehouse": pyodbc.OperationalError("42000", "[42000] Cannot open database"),
}


@pytest.mark.parametrize("part", REFUSED)
def test_what_a_service_refuses_is_told_in_a_line(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def step(name: str) -> Any:
        def run(*words: object, **options: object) -> None:
            if name == part:
                raise REFUSED[part]

        return run

    for name in ("REFERENCE_URL", "DATABRICKS_CATALOG", "LAKE_URL", *NEEDED["databricks"], "SYNAPSE_SERVER"):
        monkeypatch.setenv(name, "https://x.blob.core.windows.net/a/b")
    monkeypatch.setenv("SYNAPSE_DATABASE", "x")
    monkeypatch.setenv("WAREHOUSE_USERS", "{}")
    monkeypatch.setattr(azure.BlobClient, "upload_blob", step("reference data"))
    monkeypatch.setattr(azure, "prepare_lakehouse", step("lakehouse"))
    monkeypatch.setattr(azure, "prepare_warehouse", step("warehouse"))
    with pytest.raises(PipelineError) as said:
        azure.main()
    assert str(said.value).startswith(f"{part}: {azure.one_line(REFUSED[part])}; ")
    assert str(said.value).endswith(", and apply again")
    assert "\n" not in str(said.value)


NEEDED = {"databricks": ("DATABRICKS_HOST", "DATABRICKS_HTTP_PATH"), "synapse": ("SYNAPSE_SERVER",)}


@pytest.mark.parametrize(("target", "name"), [(target, name) for target, names in NEEDED.items() for name in names])
def test_dbt_names_a_variable_that_github_left_empty(target: str, name: str, tmp_path: Path) -> None:
    """An unset variable of GitHub arrives as nothing, and not as no variable."""
    environment = os.environ | dict.fromkeys(NEEDED[target], "x") | {name: ""}
    words = ["parse", "--no-partial-parse", "--profiles-dir", "profiles", "--target", target, "--target-path", tmp_path]
    dbt = [str(Path(sys.executable).with_name("dbt")), *map(str, words)]
    done = subprocess.run(dbt, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode
    assert f"{name} (not set, or empty)" in done.stdout
