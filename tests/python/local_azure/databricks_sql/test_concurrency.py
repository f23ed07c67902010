"""Sessions beside each other: long statements, and schemas that others drop."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from typing import Any

import pytest
from databricks.sql.exc import Error, ServerOperationError

from .conftest import Endpoint
from .test_settings import LONG

pytestmark = pytest.mark.slow


def test_eight_long_statements_do_not_block_a_ninth(endpoint: Endpoint) -> None:
    """They would take minutes, and each is still running when the ninth is answered."""
    with ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        cursors = [stack.enter_context(endpoint.connect()).cursor() for _ in range(8)]
        running = [pool.submit(cursor.execute, LONG) for cursor in cursors]
        other = stack.enter_context(endpoint.connect()).cursor()
        other.execute("select count(*) from range(10)")
        assert other.fetchall()[0][0] == 10
        assert not any(each.done() for each in running)
        while not all(cursor.active_command_id for cursor in cursors):
            Event().wait(0.1)
        for cursor in cursors:
            cursor.cancel()
        for each in running:
            with pytest.raises(Error):
                each.result()


def test_a_listing_meets_a_table_whose_files_are_gone(endpoint: Endpoint) -> None:
    """As another session's drop leaves it for a moment: its log is known, and holds no version any more."""
    with endpoint.connect() as connection, connection.cursor() as cursor:
        cursor.execute("create schema lakehouse.leaving")
        cursor.execute("create table lakehouse.leaving.t as select 1 as a")
        assert [row.TABLE_NAME for row in cursor.tables(schema_name="leaving").fetchall()] == ["t"]
        shutil.rmtree(endpoint.state / "warehouse" / "leaving.db" / "t")
        assert [row.TABLE_NAME for row in cursor.tables(schema_name="leaving").fetchall()] == ["t"]
        cursor.execute("drop schema lakehouse.leaving cascade")


def test_sessions_do_not_see_the_drops_of_others(endpoint: Endpoint) -> None:
    over = Event()

    def drop(cursor: Any) -> None:
        for number in range(16):
            schema = f"lakehouse.passing_{number % 2}"
            cursor.execute(f"create schema if not exists {schema}")
            cursor.execute(f"create or replace table {schema}.t as select 1 as a")
            cursor.execute(f"create or replace function {schema}.f() returns int return 1")
            cursor.execute(f"drop schema {schema} cascade")
        over.set()

    def work(cursor: Any) -> int:
        rounds = 0
        while not over.is_set():
            cursor.execute("create or replace temporary view mine as select 1 as a")
            for listed in ("tables", "columns", "routines", "tables where table_schema = 'passing_1'"):
                cursor.execute(f"select count(*) from lakehouse.information_schema.{listed}")
            cursor.tables(schema_name="passing%").fetchall()
            _show_tables(cursor)
            rounds += 1
        return rounds

    with ExitStack() as stack, ThreadPoolExecutor(4) as pool:
        cursors = [stack.enter_context(endpoint.connect()).cursor() for _ in range(4)]
        workers = [pool.submit(work, cursor) for cursor in cursors[1:]]
        try:
            pool.submit(drop, cursors[0]).result()
        finally:
            over.set()
        assert all(worker.result() for worker in workers)


def _show_tables(cursor: Any) -> None:
    try:
        cursor.execute("show table extended in lakehouse.passing_0 like '*'")
    except ServerOperationError as error:  # the schema itself may be gone
        assert "SCHEMA_NOT_FOUND" in str(error)
