"""What the catalog holds after the endpoint was killed, its folders half-written by statements never answered."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_azure import settings
from local_azure.databricks_sql._metastore import changes
from local_azure.databricks_sql._tokens import tokens

from .conftest import Endpoint

MADE = (
    "create schema books comment 'kept'",
    "create table books.loans using delta as select 1 as id",
    "create table books.returns (id int) using delta",
    "create table books.lists using parquet as select 7 as id",
    "create table books.lost using delta as select 1 as id",
    "create table books.dropped using delta as select 1 as id",
    "drop table books.dropped",
    "alter table books.returns rename to books.returned",
    "create view books.open_loans comment 'a view' as select id + 1 as id from books.loans",
    "create function books.next_id(id int) returns int return id + 1",
    f"create schema elsewhere managed location '{settings.LAKE_URL}/elsewhere'",
    "create table elsewhere.managed using delta as select 3 as id",
    "replace table books.loans (id int primary key) using delta",
    "insert into books.loans values (1)",
    "create temporary view of_the_session as select 1 as id",
    "begin create view books.scripted as select 1 as id; end",
)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [("create table t (a int)", True), ("/* x */ ALTER VIEW v AS SELECT 1", True), ("drop schema s", True),
     ("begin create view v as select 1; end", True),
     ("select 1", False), ("insert into t select 1", False), ("", False)],
)  # fmt: skip
def test_only_definitions_are_written(sql: str, expected: bool) -> None:
    assert changes(tokens(sql)) == expected


def _run(endpoint: Endpoint, *statements: str) -> list[Any]:
    with endpoint.connect() as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return [tuple(row) for row in cursor.fetchall()] if cursor.description else []


def _kill(endpoint: Endpoint) -> None:
    """kill -9 of the endpoint and its JVM."""
    assert endpoint.process is not None
    children = endpoint.children()
    for pid in (endpoint.process.pid, *children):
        os.kill(pid, signal.SIGKILL)
    endpoint.process.communicate()
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        time.sleep(0.1)


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint that was killed after `MADE`, in the middle of a CREATE, of a commit's end and of a DROP."""
    endpoint = Endpoint(tmp_path_factory.mktemp("killed"))
    endpoint.start()
    _run(endpoint, *MADE)
    _kill(endpoint)
    folder = endpoint.state / "warehouse" / "books.db"
    (folder / "half" / "_delta_log").mkdir(parents=True)
    (folder / "half" / "_delta_log" / ".00000000000000000000.json.part").touch()
    shutil.copytree(folder / "loans", folder / "unanswered")
    shutil.copytree(folder / "loans", folder / "no-table")
    shutil.rmtree(folder / "lost")
    endpoint.start()
    yield endpoint
    endpoint.stop()


@pytest.mark.slow
def test_tables_views_functions_and_schemas_outlive_a_kill(restarted: Endpoint) -> None:
    names = {row[1] for row in _run(restarted, "show tables in books")}
    assert names == {"loans", "returned", "lists", "open_loans", "unanswered", "scripted"}
    assert _run(restarted, "select * from books.lists") == [(7,)]
    assert _run(restarted, "select * from elsewhere.managed") == [(3,)]
    assert _run(restarted, "select id, books.next_id(id) from books.open_loans") == [(2, 3)]
    assert ("Comment", "kept") in _run(restarted, "describe schema books")


@pytest.mark.slow
def test_a_table_whose_commit_was_never_answered_is_a_managed_one(restarted: Endpoint) -> None:
    assert _run(restarted, "select * from books.unanswered") == [(1,)]
    _run(restarted, "drop table books.unanswered")
    assert not (restarted.state / "warehouse" / "books.db" / "unanswered").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["half", "lost", "dropped"])
def test_a_table_without_a_commit_can_be_made_anew(restarted: Endpoint, name: str) -> None:
    _run(restarted, f"create or replace table books.{name} (id int not null) using delta")
    _run(restarted, f"insert into books.{name} by name select 5 as id")
    assert _run(restarted, f"select id from books.{name}") == [(5,)]
