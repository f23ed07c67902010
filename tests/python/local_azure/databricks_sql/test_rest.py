"""The REST API by databricks-sdk: statements, warehouses, the user and Unity Catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pyarrow as pa
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied
from databricks.sdk.service.sql import (
    Disposition,
    ExecuteStatementRequestOnWaitTimeout,
    Format,
    StatementParameterListItem,
    StatementState,
)

from local_azure import settings

from .conftest import Endpoint
from .test_settings import LONG

pytestmark = [pytest.mark.slow, pytest.mark.client("databricks-sdk")]
S = "lakehouse.rest"


@pytest.fixture(scope="module")
def workspace(endpoint: Endpoint) -> Iterator[WorkspaceClient]:
    client = WorkspaceClient(host=f"http://{settings.HOST}:{endpoint.port}", token=settings.DATABRICKS_SQL_TOKEN)
    for sql in (f"create schema if not exists {S}", f"create or replace table {S}.t (id bigint primary key, d date)"):
        assert execute(client, sql).status.state is StatementState.SUCCEEDED
    yield client


def execute(client: WorkspaceClient, sql: str, **more: Any) -> Any:
    return client.statement_execution.execute_statement(sql, "abc", **({"wait_timeout": "50s"} | more))


def test_values_are_texts(workspace: WorkspaceClient) -> None:
    answer = execute(
        workspace,
        "select :a + 1 as a, :n as n, timestamp'2024-01-01 00:00:00' t, array(1) l, 1.50 d, date'2024-01-02', true",
        parameters=[
            StatementParameterListItem(name="a", value="1", type="INT"),
            StatementParameterListItem(name="n", type="STRING"),
        ],
    )
    assert answer.result.data_array == [["2", None, "2024-01-01T00:00:00.000Z", "[1]", "1.50", "2024-01-02", "true"]]
    named = [(column.name, column.type_text) for column in answer.manifest.schema.columns]
    assert named[:3] == [("a", "INT"), ("n", "VOID"), ("t", "TIMESTAMP")]


def test_rows_come_in_chunks(workspace: WorkspaceClient) -> None:
    answer = execute(workspace, "select id, cast(id as string) s from range(400000)")
    read, following = answer.result.data_array, answer.result.next_chunk_index
    while following is not None:
        chunk = workspace.statement_execution.get_statement_result_chunk_n(answer.statement_id, following)
        read, following = read + chunk.data_array, chunk.next_chunk_index
    assert answer.manifest.total_chunk_count > 1
    assert (len(read), answer.manifest.total_row_count) == (400_000, 400_000)
    assert sorted(int(row[0]) for row in read) == list(range(400_000))


@pytest.mark.parametrize("kind", [Format.ARROW_STREAM, Format.CSV, Format.JSON_ARRAY])
def test_rows_are_fetched_by_links_without_the_token(workspace: WorkspaceClient, kind: Format) -> None:
    answer = execute(
        workspace, "select id from range(3) order by id", disposition=Disposition.EXTERNAL_LINKS, format=kind
    )
    (link,) = answer.result.external_links
    content = httpx.get(link.external_link).content
    if kind is Format.ARROW_STREAM:
        assert pa.ipc.open_stream(content).read_all().to_pydict() == {"id": [0, 1, 2]}
    else:
        assert content == {Format.CSV: b"id\n0\n1\n2\n", Format.JSON_ARRAY: b'[["0"],["1"],["2"]]'}[kind]
    assert httpx.get(f"{link.external_link}x").status_code == 404


def test_a_limit_says_that_there_is_more(workspace: WorkspaceClient) -> None:
    answer = execute(workspace, "select id from range(9) order by id", row_limit=2)
    assert (answer.result.data_array, answer.manifest.truncated) == ([["0"], ["1"]], True)
    assert execute(workspace, "select id from range(2)", row_limit=2).manifest.truncated is False


def test_a_statement_runs_on_and_is_cancelled(workspace: WorkspaceClient) -> None:
    started = execute(workspace, LONG, wait_timeout="0s")
    assert started.status.state is StatementState.RUNNING
    workspace.statement_execution.cancel_execution(started.statement_id)
    assert workspace.statement_execution.get_statement(started.statement_id).status.state is StatementState.CANCELED
    cancelled = execute(workspace, LONG, wait_timeout="5s", on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CANCEL)
    assert cancelled.status.state is StatementState.CANCELED


def test_a_failure_is_told(workspace: WorkspaceClient) -> None:
    status = execute(workspace, "select nope").status
    assert status.state is StatementState.FAILED
    assert "UNRESOLVED_COLUMN" in status.error.message


def test_the_catalog_is_read(workspace: WorkspaceClient) -> None:
    assert workspace.current_user.me().user_name == "local"
    assert [warehouse.id for warehouse in workspace.warehouses.list()] == ["local"]
    assert str(workspace.warehouses.get("abc").state) == "State.RUNNING"
    assert [catalog.name for catalog in workspace.catalogs.list()] == ["lakehouse"]
    assert "rest" in [schema.name for schema in workspace.schemas.list("lakehouse")]
    assert [table.full_name for table in workspace.tables.list("lakehouse", "rest")] == [f"{S}.t"]
    table = workspace.tables.get(f"{S}.t")
    assert table.columns is not None and table.table_constraints is not None
    assert [(column.name, column.type_text, column.nullable) for column in table.columns] == [
        ("id", "bigint", False),
        ("d", "date", True),
    ]
    assert table.table_constraints[0].primary_key_constraint is not None
    assert workspace.tables.exists(f"{S}.nope").table_exists is False
    for pattern, found in (("t%", [f"{S}.t"]), ("_", [f"{S}.t"]), ("x%", [])):
        named = workspace.tables.list_summaries("lakehouse", schema_name_pattern="res_", table_name_pattern=pattern)
        assert [table.full_name for table in named] == found


def test_statements_share_a_session(workspace: WorkspaceClient) -> None:
    opened: Any = workspace.api_client.do(
        "POST", "/api/2.0/sql/sessions/", body={"warehouse_id": "a", "schema": "REST"}
    )
    asked = {"warehouse_id": "a", "session_id": opened["session_id"], "wait_timeout": "50s"}
    for statement in ("create temporary view kept as select 1 as a", "select current_schema(), a from kept"):
        answer: Any = workspace.api_client.do("POST", "/api/2.0/sql/statements", body=asked | {"statement": statement})
    assert answer["result"]["data_array"] == [["rest", "1"]]
    workspace.api_client.do("DELETE", f"/api/2.0/sql/sessions/{opened['session_id']}")
    with pytest.raises(NotFound, match="session"):
        workspace.api_client.do("POST", "/api/2.0/sql/statements", body=asked | {"statement": "select 1"})


def test_a_limit_of_bytes_cuts_the_result(workspace: WorkspaceClient) -> None:
    answer = execute(workspace, "select id from range(100000)", byte_limit=8000)
    assert answer.manifest.truncated is True
    assert 0 < answer.manifest.total_row_count <= 1000


def test_a_method_that_there_is_not_is_told_in_json(endpoint: Endpoint) -> None:
    address = f"http://{settings.HOST}:{endpoint.port}/api/2.0/sql/statements/x"
    allowed = {"Authorization": f"Bearer {settings.DATABRICKS_SQL_TOKEN}"}
    for method in ("DELETE", "PUT", "PATCH"):
        answer = httpx.request(method, address, headers=allowed)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.tables.get(f"{S}.nope"), NotFound),
        (lambda client: list(client.tables.list("nope", "rest")), NotFound),
        (lambda client: client.statement_execution.get_statement("nope"), NotFound),
        (lambda client: list(client.clusters.list()), NotFound),
        (lambda client: execute(client, "select 1", wait_timeout="1s"), InvalidParameterValue),
        (lambda client: execute(client, "select 1", format=Format.CSV), InvalidParameterValue),
        (lambda client: execute(client, "select 1", row_limit=-1), InvalidParameterValue),
        (lambda client: list(client.tables.list_summaries("nope")), NotFound),
    ],
)
def test_what_there_is_not_is_told(
    workspace: WorkspaceClient, call: Callable[[WorkspaceClient], Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        call(workspace)


def test_the_token_is_demanded(endpoint: Endpoint) -> None:
    with pytest.raises(PermissionDenied):
        WorkspaceClient(host=f"http://{settings.HOST}:{endpoint.port}", token="wrong").current_user.me()
    address = f"http://{settings.HOST}:{endpoint.port}/api/2.0/sql/statements"
    assert httpx.post(address, json={"statement": "select 1"}).status_code == 403
