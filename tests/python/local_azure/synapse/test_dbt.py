"""The real dbt-synapse adapter with Microsoft's driver builds a small project against the server, unchanged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local_azure import settings
from local_azure.synapse import odbc

if TYPE_CHECKING:
    from conftest import Running

pytestmark = [pytest.mark.slow, pytest.mark.client("dbt-synapse")]
PROJECT = Path(__file__).parents[4]

FILES = {
    "dbt_project.yml": """
name: shop
version: "1.0"
profile: shop
""",
    "seeds/customers.csv": """id,name,amount,day
1,Ann,1.5,2024-01-01
2,Bob,2.25,2024-02-01
""",
    "models/stage.sql": """
{{ config(materialized='view') }}
with source as (select * from {{ ref('customers') }})
select cast(id as int) as id, cast(name as varchar(20)) as name, cast(amount as decimal(19, 4)) as amount,
  'it''s' as note
from source
""",
    "models/totals.sql": """
{{ config(materialized='table', dist='HASH(id)') }}
select id, name, sum(amount) as amount from {{ ref('stage') }} group by id, name
""",
    "models/contracted.sql": """
{{ config(materialized='table', index='HEAP') }}
select id, name, cast(amount as decimal(19, 4)) as amount from {{ ref('totals') }}
""",
    "models/grown.sql": """
{{ config(materialized='incremental', unique_key='id', dist='HASH(id)') }}
select id, name, amount, cast(sysdatetime() as datetime2(6)) as loaded_at from {{ ref('totals') }}
""",
    "models/models.yml": """
models:
  - name: contracted
    description: Typed by contract
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: int, constraints: [{type: not_null}], data_tests: [unique, not_null]}
      - name: name
        data_type: varchar(20)
        data_tests: [{accepted_values: {arguments: {values: [Ann, Bob]}}}]
      - {name: amount, data_type: "decimal(19,4)"}
  - name: grown
    columns:
      - name: id
        data_tests: [{relationships: {arguments: {to: ref('contracted'), field: id}}}]
""".replace("''", "''''"),
}


@pytest.fixture(scope="module")
def project(server: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    odbc.link_driver(folder / ".local" / "odbc")
    (folder / "profiles.yml").write_text(
        json.dumps({"shop": {"target": "local", "outputs": {"local": _target(server.port)}}})
    )
    return folder


def _target(port: int) -> dict[str, object]:
    return {
        "type": "synapse",
        "driver": ".local/odbc/lib/msodbcsql18.so",  # relative to where dbt runs, see odbc.link_driver
        "server": f"127.0.0.1,{port}",
        "database": settings.SYNAPSE_DATABASE,
        "schema": "shop",
        "authentication": "sql",
        "user": settings.SYNAPSE_USER,
        "password": settings.SYNAPSE_PASSWORD,
        "encrypt": False,
        "trust_cert": True,
        "threads": 2,
    }


def dbt(project: Path, *arguments: str) -> str:
    result = said_by_dbt(project, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def said_by_dbt(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("dbt")), "--no-send-anonymous-usage-stats", *arguments]
    clean = {k: v for k, v in os.environ.items() if k != "ODBCSYSINI"}
    return subprocess.run(
        [*command, "--profiles-dir", "."],
        cwd=project,
        env=clean,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_build_twice_and_document(server: Running, project: Path) -> None:
    assert "All checks passed" in dbt(project, "debug")
    assert "ERROR=0 SKIP=0 NO-OP=0 TOTAL=9" in dbt(project, "build")
    assert "ERROR=0 SKIP=0 NO-OP=0 TOTAL=9" in dbt(project, "build")
    dbt(project, "docs", "generate")
    catalog = json.loads((project / "target" / "catalog.json").read_text())
    columns = catalog["nodes"]["model.shop.contracted"]["columns"]
    assert {name: c["type"] for name, c in columns.items()} == {"id": "int", "name": "varchar", "amount": "decimal"}
    with server.connect() as connection:
        assert connection.execute("SELECT COUNT(*) FROM shop.grown").fetchval() == 2
        left = connection.execute("SELECT name FROM sys.objects WHERE name LIKE '%[_][_]dbt%'").fetchall()
    assert left == []


def test_a_model_the_pool_refuses_fails_here(project: Path) -> None:
    (project / "models" / "wrong.sql").write_text("select * from {{ ref('totals') }} limit 1")
    try:
        with pytest.raises(AssertionError, match="Parse error at line"):
            dbt(project, "run", "--select", "wrong")
    finally:
        (project / "models" / "wrong.sql").unlink()


MARTS = """
name: shop
version: "1.0"
profile: shop
vars: {lake_url: "abfss://lake@local.dfs.core.windows.net", keep_versions: 2, keep_hours: 24}
models: {shop: {+tags: marts}}
on-run-start: "{{ attach_published() }}"
on-run-end: "{{ switch_marts(results) }}"
"""
PUBLISHING = ("attach", "builds", "generate_schema_name", "pending", "publish", "switch", "synapse_views")


@pytest.fixture
def nothing_published(server: Running) -> None:
    """The lake before the first hand-over: a record of versions without a row."""
    types = {"model": "string", "version": "string", "column_names": "string", "row_count": "int64"}
    names = pa.schema([*types.items(), ("finished_at", pa.timestamp("us"))])
    folder = server.lake / "publish" / "versions" / "version=0"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(names.empty_table(), folder / "none.parquet")


@contextmanager
def as_a_mart(project: Path, models: dict[str, str]) -> Iterator[None]:
    """The project's macros that write and switch marts, and models of a test's own, in the shop for a while."""
    macros = {f"macros/{name}.sql": (PROJECT / "macros" / f"{name}.sql").read_text() for name in PUBLISHING}
    own = {**macros, **models}
    (project / "macros").mkdir(exist_ok=True)
    for name, text in {**own, "dbt_project.yml": MARTS}.items():
        (project / name).write_text(text)
    try:
        yield
    finally:
        (project / "dbt_project.yml").write_text(FILES["dbt_project.yml"])
        for name in own:
            (project / name).unlink()


@pytest.mark.parametrize(("kind", "outcome"), [("int", "PASS=3 WARN=0"), ("varchar(20)", "data type mismatch")])
@pytest.mark.usefixtures("nothing_published")
def test_the_projects_views_are_held_to_their_contract(project: Path, kind: str, outcome: str) -> None:
    contract = {"config": {"contract": {"enforced": True}}, "columns": [{"name": "id", "data_type": kind}]}
    models = {
        "models/held.sql": "with totals as (select * from {{ ref('totals') }}) select id from totals",
        "models/held.yml": json.dumps({"models": [{"name": "held", **contract}]}),
    }
    with as_a_mart(project, models):
        assert outcome in said_by_dbt(project, "run", "--select", "held").stdout


@pytest.mark.usefixtures("nothing_published")
def test_the_projects_views_are_altered_in_place(server: Running, project: Path) -> None:
    found = []
    for note in ("it''s made", "it''s altered"):
        query = f"{{{{ config(materialized='view') }}}} select id, '{note}' as note from {{{{ ref('totals') }}}}"
        with as_a_mart(project, {"models/kept.sql": query}):
            dbt(project, "run", "--select", "kept")
        with server.connect() as connection:
            found.append(connection.execute("SELECT object_id('shop.kept'), min(note) FROM shop.kept").fetchone())
    assert found[0][0] == found[1][0]
    assert [note for _, note in found] == ["it's made", "it's altered"]


def test_driver_named_in_an_ini(server: Running, tmp_path: Path) -> None:
    """ODBCSYSINI=<folder> makes the driver known under Microsoft's name."""
    odbc.write_odbcinst(tmp_path)
    text = odbc.connection_string(port=server.port).replace(odbc.driver(), odbc.DRIVER_NAME)
    code = f"import pyodbc; print(pyodbc.connect({text!r}).execute('SELECT 42').fetchval())"
    environment = {**os.environ, "ODBCSYSINI": str(tmp_path)}
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "42"
