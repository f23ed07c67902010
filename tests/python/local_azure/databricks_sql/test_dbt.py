"""The real dbt-databricks adapter against the real endpoint, before and after a crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_azure import settings

from .conftest import Endpoint

pytestmark = [pytest.mark.slow, pytest.mark.client("dbt-databricks")]

PROJECT = {
    "dbt_project.yml": """
name: probe
version: "1.0"
profile: probe
flags: {use_materialization_v2: true, send_anonymous_usage_stats: false}
models: {+persist_docs: {relation: true, columns: true}}
""",
    "seeds/people.csv": "id,name,score\n1,Ann,1.5\n2,Bob,2.5\n3,\"C, 'D'\",\n",
    "models/v_people.sql": "select id, name, score from {{ ref('people') }}",
    "models/t_people.sql": """
{{ config(materialized='table', databricks_tags={'team': 'sales'}, liquid_clustered_by='id') }}
select cast(id as int) as id, name, cast(score as double) as score from {{ ref('v_people') }}
qualify row_number() over (partition by id order by name) = 1
""",
    "models/i_people.sql": """
{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge', on_schema_change='fail') }}
select id, name, score from {{ ref('t_people') }}
{% if is_incremental() %} where id >= (select max(id) from {{ this }}) {% endif %}
""",
    "models/schema.yml": """
models:
  - name: v_people
    description: "view of people's things"
    columns: [{name: id, description: the id}]
  - name: t_people
    description: table of people
    config: {contract: {enforced: true}}
    constraints:
      - {type: primary_key, columns: [id], name: pk_people, warn_unenforced: false}
      - {type: check, expression: "id > 0", name: positive}
    columns:
      - {name: id, data_type: int, description: the id, constraints: [{type: not_null}], data_tests: [unique, not_null]}
      - {name: name, data_type: string, description: "it's a name", databricks_tags: {pii: "yes"}}
      - {name: score, data_type: double}
  - name: i_people
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: int, data_tests: [{relationships: {arguments: {to: ref('t_people'), field: id}}}]}
      - {name: name, data_type: string}
      - {name: score, data_type: double}
unit_tests:
  - name: keeps_all
    model: v_people
    given: [{input: ref('people'), rows: [{id: 1, name: x, score: 2}]}]
    expect: {rows: [{id: 1, name: x, score: 2}]}
snapshots:
  - name: people_history
    relation: ref('t_people')
    config: {unique_key: id, strategy: check, check_cols: all}
""",
}


class Project:
    """A dbt project that talks to the endpoint."""

    def __init__(self, folder: Path, endpoint: Endpoint) -> None:
        self.folder = folder
        for name, text in PROJECT.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        target = {
            "type": "databricks",
            "host": f"http://{settings.HOST}:{endpoint.port}",
            "http_path": "/sql/protocolv1/o/0/local",
            "token": settings.DATABRICKS_SQL_TOKEN,
            "catalog": "lakehouse",
            "schema": "analytics",
            "threads": 4,
            "connection_parameters": {"_connection_uri": endpoint.uri, "enable_telemetry": False},
        }
        profile = {"probe": {"target": "local", "outputs": {"local": target}}}
        (folder / "profiles.yml").write_text(yaml.safe_dump(profile))

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [f"{Path(sys.executable).parent / 'dbt'}", *arguments],
            cwd=self.folder,
            env={**os.environ, "DBT_PROFILES_DIR": f"{self.folder}"},
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
        return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, endpoint: Endpoint) -> Project:
    made = Project(tmp_path_factory.mktemp("project"), endpoint)
    assert "PASS=9 WARN=0 ERROR=0" in made.run("build")  # 3 models, seed, snapshot, unit test, 3 tests
    return made


def values(endpoint: Endpoint, sql: str) -> list[tuple[Any, ...]]:
    with endpoint.connect() as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]


def test_a_project_builds(project: Project, endpoint: Endpoint) -> None:
    people = [(1, "Ann", 1.5), (2, "Bob", 2.5), (3, "C, 'D'", None)]
    assert values(endpoint, "select * from lakehouse.analytics.t_people order by id") == people
    tags = "select tag_name, tag_value from system.information_schema.table_tags"
    assert values(endpoint, f"{tags} where table_name = 't_people'") == [("team", "sales")]
    column_tags = "select column_name, tag_name, tag_value from system.information_schema.column_tags"
    assert values(endpoint, f"{column_tags} where table_name = 't_people'") == [("name", "pii", "yes")]
    columns = "select column_name, is_nullable, comment from lakehouse.information_schema.columns"
    where = "where table_schema = 'analytics' and table_name = 't_people' order by ordinal_position"
    described = [("id", "NO", "the id"), ("name", "YES", "it's a name"), ("score", "YES", None)]
    assert values(endpoint, f"{columns} {where}") == described


def test_the_docs_keep_columns_and_types_after_a_crash(project: Project, endpoint: Endpoint) -> None:
    """Kill the process while it holds a JVM: no JVM stays, the next one opens the same state."""
    virtual_machines = endpoint.children()
    assert virtual_machines
    endpoint.stop(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in virtual_machines) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(Path(f"/proc/{pid}").exists() for pid in virtual_machines)
    endpoint.start()
    project.run("docs", "generate")
    nodes = json.loads((project.folder / "target" / "catalog.json").read_text())["nodes"]
    assert len(nodes) == 5
    columns = {name: column["type"] for name, column in nodes["model.probe.t_people"]["columns"].items()}
    assert columns == {"id": "int", "name": "string", "score": "double"}
    assert nodes["model.probe.t_people"]["metadata"]["comment"] == "table of people"
    assert nodes["model.probe.v_people"]["metadata"]["type"] == "view"


def test_a_second_build_merges(project: Project, endpoint: Endpoint) -> None:
    with endpoint.connect() as connection, connection.cursor() as cursor:
        cursor.execute("update lakehouse.analytics.t_people set name = 'Cy' where id = 3")
    project.run("build", "--select", "i_people", "people_history")
    names = [(1, "Ann"), (2, "Bob"), (3, "Cy")]
    assert values(endpoint, "select id, name from lakehouse.analytics.i_people order by id") == names
    history = "select name, dbt_valid_to is null from lakehouse.analytics.people_history where id = 3 order by 2"
    assert values(endpoint, history) == [("C, 'D'", False), ("Cy", True)]
