"""What a pool tells of who is connected and what runs: labels, management views, KILL, EXPLAIN and DBCC.

Source: Microsoft Learn, "Use labels to instrument queries in Synapse SQL", "sys.dm_pdw_exec_requests",
"sys.dm_pdw_exec_sessions", "sys.dm_pdw_waits", "KILL (Transact-SQL)", "EXPLAIN (Transact-SQL)", "DBCC
PDW_SHOWSPACEUSED (Transact-SQL)".
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyodbc
import pytest

from local_azure.synapse import odbc
from local_azure.synapse.errors import SqlError
from local_azure.synapse.session import Session
from local_azure.synapse.slots import SLOTS

from .conftest import Pool, Running, refused


@pytest.fixture(scope="module", autouse=True)
def table(pool: Pool) -> None:
    pool("CREATE SCHEMA mo")
    pool("CREATE TABLE mo.t (a int, b varchar(9)) WITH (DISTRIBUTION = HASH(a)) INSERT INTO mo.t VALUES (1, 'x')")


def request(pool: Pool, label: str, columns: str) -> list[tuple[Any, ...]]:
    return pool(f"SELECT {columns} FROM sys.dm_pdw_exec_requests WHERE [label] = '{label}'")


# Requests


def test_the_rows_that_the_last_request_changed_stand_for_rowcount(pool: Pool) -> None:
    """A pool has no @@ROWCOUNT; "Stored procedures ... dedicated SQL pool" asks the requests instead."""
    pool("CREATE TABLE mo.counted (a int) WITH (HEAP)")
    pool("INSERT INTO mo.counted SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3")
    counted = """SELECT SUM(row_count) FROM sys.dm_pdw_sql_requests WHERE row_count <> -1 AND request_id IN (
        SELECT TOP 1 request_id FROM sys.dm_pdw_exec_requests
        WHERE session_id = SESSION_ID() AND resource_class IS NOT NULL ORDER BY end_time DESC)"""
    assert pool(counted) == [(3,)]


def test_a_request_takes_one_step_which_fares_as_it_does(pool: Pool) -> None:
    pool("SELECT a FROM mo.t OPTION (LABEL = 'stepped')")
    with pytest.raises(SqlError):
        pool("SELECT 1 / (a - 1) FROM mo.t OPTION (LABEL = 'stumbled')")
    steps = """SELECT operation_type, s.status, row_count, CASE WHEN s.error_id = r.error_id THEN 1 ELSE 0 END
        FROM sys.dm_pdw_request_steps AS s
        JOIN sys.dm_pdw_exec_requests AS r ON r.request_id = s.request_id WHERE r.[label] = """
    assert pool(f"{steps}'stepped'") == [("ReturnOperation", "Complete", 1, 0)]
    assert pool(f"{steps}'stumbled'") == [("OnOperation", "Failed", 0, 1)]


@pytest.mark.parametrize(
    ("statement", "resource_class"),
    [
        ("SELECT a FROM mo.t", "smallrc"),
        ("SELECT name FROM sys.tables", None),
        ("INSERT INTO mo.t SELECT 2, 'y'", "smallrc"),
        ("UPDATE mo.t SET b = 'z' WHERE a = 2", "smallrc"),
        ("DELETE FROM mo.t WHERE a = 2", "smallrc"),
        ("CREATE TABLE mo.labelled WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT a FROM mo.t", "smallrc"),
    ],
)
def test_a_label_finds_its_request(pool: Pool, statement: str, resource_class: str | None) -> None:
    label = f"of {statement[:6]} {time.time_ns()}"
    text = f"{statement} OPTION (LABEL = '{label}')"
    pool(f"SELECT 1 {text} SELECT 2")
    found = request(pool, label, "status, command, error_id, resource_class, session_id")
    assert found == [("Completed", text, None, resource_class, "SID51")]


def test_requests_have_their_numbers_and_times(pool: Pool) -> None:
    pool("SELECT a FROM mo.t OPTION (LABEL = 'first') SELECT a FROM mo.t OPTION (LABEL = 'second')")
    ((first, submit, start, end, elapsed),) = request(
        pool, "first", "request_id, submit_time, start_time, end_time, total_elapsed_time"
    )
    ((second,),) = request(pool, "second", "request_id")
    assert submit <= start <= end
    assert elapsed >= 0
    assert (first[:3], int(second[3:])) == ("QID", int(first[3:]) + 1)


def test_a_statement_of_a_block_and_of_a_procedure_is_a_request(pool: Pool) -> None:
    pool("CREATE PROCEDURE mo.told AS BEGIN SELECT a FROM mo.t OPTION (LABEL = 'in procedure') END")
    pool("DECLARE @i int = 0 WHILE @i < 2 BEGIN SET @i += 1 EXEC mo.told END")
    assert request(pool, "in procedure", "status") == [("Completed",)] * 2


def test_a_failure_leads_to_its_error(pool: Pool) -> None:
    assert refused(pool, "SELECT 1 / a FROM (SELECT 0 AS a) q OPTION (LABEL = 'fails')") == 8134
    joined = "sys.dm_pdw_exec_requests r JOIN sys.dm_pdw_errors e ON e.error_id = r.error_id"
    ((status, details, same),) = pool(
        "SELECT r.status, e.details, CASE WHEN e.request_id = r.request_id THEN 1 ELSE 0 END "
        f"FROM {joined} WHERE [label] = 'fails'"
    )
    assert (status, same) == ("Failed", 1)
    assert details == "Msg 8134, Level 16, State 1: Divide by zero error encountered."


def test_a_running_request_says_so(pool: Pool) -> None:
    other = Session(pool.engine, 60)
    results = other.batch("SELECT a FROM mo.t OPTION (LABEL = 'runs')")
    next(results)
    assert request(pool, "runs", "status, end_time, session_id") == [("Running", None, "SID60")]
    assert pool("SELECT type, state FROM sys.dm_pdw_waits WHERE session_id = 'SID60'") == [
        ("UserConcurrencyResourceType", "Granted")
    ]
    list(results)
    assert request(pool, "runs", "status") == [("Completed",)]


def test_a_request_without_a_slot_is_suspended_and_waits(pool: Pool) -> None:
    running = [Session(pool.engine, 60 + n).batch("SELECT a FROM mo.t") for n in range(SLOTS)]
    for each in running:
        next(each)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lambda: list(Session(pool.engine, 70).batch("DELETE FROM mo.t WHERE a = 9")))
        eventually(lambda: pool("SELECT state FROM sys.dm_pdw_waits WHERE session_id = 'SID70'"))
        found = pool("SELECT status, start_time FROM sys.dm_pdw_exec_requests WHERE session_id = 'SID70'")
        states = pool("SELECT state, concurrency_slots_used FROM sys.dm_pdw_resource_waits WHERE session_id = 'SID70'")
        for each in running:
            list(each)
        waiting.result(timeout=30)
    assert found == [("Suspended", None)]
    assert states == [("AcquireResources", 1)]


def test_a_secret_is_not_told(pool: Pool) -> None:
    assert refused(pool, "CREATE LOGIN x WITH PASSWORD = 'one''s own'") == 40517
    pool("CREATE MASTER KEY ENCRYPTION BY PASSWORD = 'one''s own'")
    commands = pool("SELECT command FROM sys.dm_pdw_exec_requests WHERE command LIKE 'CREATE MASTER KEY%'")
    assert commands == [("CREATE MASTER KEY ENCRYPTION BY PASSWORD = '***'",)]


@pytest.mark.parametrize("view", ["dm_pdw_exec_requests", "dm_pdw_exec_sessions", "dm_pdw_waits", "dm_pdw_errors"])
def test_who_may_not_view_the_state_does_not(pool: Pool, view: str) -> None:
    if pool.value("SELECT USER_ID('curious')") is None:
        pool("CREATE USER curious WITHOUT LOGIN")
    pool("EXECUTE AS USER = 'curious'")
    try:
        assert refused(pool, f"SELECT * FROM sys.{view}") == 262
        assert refused(pool, "DBCC PDW_SHOWSPACEUSED") == 262
        assert refused(pool, "DBCC FREEPROCCACHE") == 262
        assert refused(pool, "EXPLAIN SELECT 1") == 262
        assert refused(pool, "KILL 'SID1'") == 6102
    finally:
        pool("REVERT")


# Sessions


def eventually(look: Callable[[], Any]) -> Any:
    """What a look finds, once it finds something."""
    end = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


@pytest.fixture
def owner(server: Running) -> Iterator[pyodbc.Connection]:
    with server.connect() as connection:
        yield connection


def told(owner: pyodbc.Connection, session: str, columns: str = "status") -> list[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM sys.dm_pdw_exec_sessions WHERE session_id = ?"
    return [tuple(row) for row in owner.execute(sql, session).fetchall()]


def test_a_session_is_idle_then_closed(server: Running, owner: pyodbc.Connection) -> None:
    with pyodbc.connect(f"{odbc.connection_string(port=server.port)};APP=a tool", autocommit=True) as connection:
        session = connection.execute("SELECT SESSION_ID()").fetchval()
        connection.execute("SELECT 1").fetchall()
        wanted = "status, login_name, app_name, query_count, is_transactional, LEFT(client_id, 10)"
        assert told(owner, session, wanted) == [("IDLE", "pipeline", "a tool", 2, False, "127.0.0.1:")]
    connection.close()
    assert eventually(lambda: told(owner, session) == [("CLOSED",)])
    own = owner.execute("SELECT SESSION_ID()").fetchval()
    assert told(owner, own) == [("ACTIVE",)]


def test_kill_ends_a_session_and_its_transaction(server: Running, owner: pyodbc.Connection, schema: str) -> None:
    owner.execute(f"CREATE TABLE {schema}.t (a int)")
    victim = server.connect(autocommit=False)
    session = victim.execute("SELECT SESSION_ID()").fetchval()
    victim.execute(f"INSERT INTO {schema}.t VALUES (1)")
    owner.execute(f"KILL '{session}'")
    with pytest.raises(pyodbc.Error):
        victim.execute("SELECT 1").fetchall()
    assert told(owner, session) == [("TERMINATED",)]
    assert owner.execute(f"SELECT COUNT(*) FROM {schema}.t").fetchval() == 0


def test_kill_stops_a_query_that_runs(server: Running, owner: pyodbc.Connection) -> None:
    victim = server.connect()
    session = victim.execute("SELECT SESSION_ID()").fetchval()
    many = " CROSS JOIN ".join(
        f"(SELECT a.object_id FROM sys.columns a, sys.types b, sys.types c) q{n}" for n in range(5)
    )
    failed: list[Exception] = []

    def run() -> None:
        try:
            victim.execute(f"SELECT COUNT_BIG(*) FROM {many} OPTION (LABEL = 'endless')").fetchall()
        except pyodbc.Error as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    eventually(lambda: told(owner, session) == [("ACTIVE",)])
    owner.execute(f"KILL '{session}'")
    thread.join(20)
    assert failed
    status = "SELECT status FROM sys.dm_pdw_exec_requests WHERE [label] = 'endless'"
    assert eventually(lambda: owner.execute(status).fetchval() == "Cancelled")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("KILL 'SID999999'", 6106),
        ("KILL 'QID1'", 6101),
        ("KILL 'SID51'", 6104),
        ("KILL 51", 103010),
        ("BEGIN TRAN KILL 'SID999999'", 6115),
    ],
)
def test_a_session_that_cannot_be_killed_is_told(pool: Pool, text: str, number: int) -> None:
    assert refused(pool, text) == number
    pool.session.rollback()


# Plans and space


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("SELECT a, b FROM mo.t WHERE a < 5 AND b <> '&'", "RETURN"),
        ("INSERT INTO mo.t SELECT 7, 'y'", "ON"),
        ("UPDATE mo.t SET b = 'z'", "ON"),
        ("DELETE FROM mo.t", "ON"),
        ("CREATE TABLE mo.never WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT a FROM mo.t", "ON"),
    ],
)
def test_explain_gives_a_plan_and_runs_nothing(pool: Pool, statement: str, kind: str) -> None:
    plan = ET.fromstring(pool.value(f"EXPLAIN {statement};").encode())  # noqa: S314, our own
    operations = plan.findall("dsql_operations/dsql_operation")
    assert (plan.tag, plan.findtext("sql"), [o.get("operation_type") for o in operations]) == (
        "dsql_query", statement, [kind],
    )  # fmt: skip
    assert plan.find("dsql_operations").attrib["total_number_operations"] == str(len(operations))  # type: ignore[union-attr]
    assert pool("SELECT a, b FROM mo.t") == [(1, "x")]
    assert pool.value("SELECT OBJECT_ID('mo.never')") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("EXPLAIN SELECT nothing FROM mo.t", 207),
        ("EXPLAIN WITH_RECOMMENDATIONS SELECT a FROM mo.nothing", 208),
        ("EXPLAIN CREATE TABLE mo.x (a int)", 103010),
        ("EXPLAIN EXEC mo.told", 103010),
        ("EXPLAIN", 103010),
        ("BEGIN TRAN; EXPLAIN SELECT 1", 111212),
        ('DBCC PDW_SHOWSPACEUSED ("mo.nothing")', 208),
        ('DBCC PDW_SHOWPARTITIONSTATS ("mo.t")', 40517),
        ("DBCC CHECKDB", 104467),
    ],
)
def test_what_cannot_be_explained_or_shown_is_told(pool: Pool, text: str, number: int) -> None:
    assert refused(pool, text) == number
    pool.session.rollback()


@pytest.mark.parametrize("name", ['"mo.t"', "mo.t", '"warehouse.mo.t"', "[mo].[t]"])
def test_the_space_of_a_table_is_shown_with_its_rows(pool: Pool, name: str) -> None:
    ((rows, reserved, data, index, unused, node, distribution),) = pool(f"DBCC PDW_SHOWSPACEUSED ({name})")
    assert (rows, index, unused, node, distribution) == (1, 0, 0, 1, 1)
    assert reserved == data >= 0


@pytest.mark.parametrize(
    "text",
    ["FREEPROCCACHE", "DROPCLEANBUFFERS (ALL) WITH NO_INFOMSGS", "FREEPROCCACHE (COMPUTE)", "DROPRESULTSETCACHE"],
)
def test_a_cache_is_emptied(pool: Pool, text: str) -> None:
    assert pool(f"DBCC {text}") == []


def test_the_space_of_the_database_is_what_lies_on_disk(pool: Pool) -> None:
    pool("CREATE TABLE mo.big WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT a.name FROM sys.types a, sys.types b")
    pool.engine.connection.execute("CHECKPOINT")
    ((reserved, data, _, _, _),) = pool("DBCC PDW_SHOWSPACEUSED")
    assert reserved == data > 0


def test_a_query_ends_with_its_client(server: Running, owner: pyodbc.Connection) -> None:
    """By its process's death: nobody closes the connection, and nobody waits for the answer."""
    crossed = " CROSS JOIN ".join(f"(SELECT a.object_id FROM sys.columns a, sys.types b) q{n}" for n in range(8))
    text = f"SELECT COUNT_BIG(*) FROM {crossed} OPTION (LABEL = 'left alone')"
    code = f"import pyodbc, sys; pyodbc.connect(sys.argv[1], autocommit=True).execute({text!r})"
    client = subprocess.Popen([sys.executable, "-c", code, odbc.connection_string(port=server.port)])
    status = "SELECT status FROM sys.dm_pdw_exec_requests WHERE [label] = 'left alone'"
    eventually(lambda: owner.execute(status).fetchval() == "Running")
    client.kill()
    client.wait(20)
    assert eventually(lambda: owner.execute(status).fetchval() == "Cancelled")
