"""Clients on the wire: Microsoft's ODBC driver against a real server process."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pyodbc
import pytest

if TYPE_CHECKING:
    from conftest import Running

pytestmark = [pytest.mark.slow, pytest.mark.client("pyodbc")]


@pytest.mark.parametrize("encrypt", [False, True])
def test_every_type_goes_and_comes(server: Running, encrypt: bool) -> None:
    values = (
        5, -(2**62), True, Decimal("-12345.6789"), 1.5, "häß", "日本" * 3000, dt.date(2024, 2, 29),
        dt.datetime(2024, 1, 2, 3, 4, 5, 678901), dt.time(1, 2, 3), b"\x00\xff", uuid.UUID(int=2**100), None,
    )  # fmt: skip
    with server.connect(encrypt=encrypt) as connection:
        row = connection.execute("SELECT " + ", ".join(["?"] * len(values)), values).fetchone()
    assert row is not None
    assert tuple(row) == (*values[:11], str(values[11]).upper(), None)


def test_descriptions(server: Running) -> None:
    with server.connect() as connection:
        cursor = connection.execute(
            "SELECT CAST(1 AS decimal(19, 4)) AS d, CAST('a' AS varchar(7)) AS s, 1 AS i, CAST(1 AS bit) AS b"
        )
        assert [(c[0], c[1].__name__, c[3]) for c in cursor.description] == [
            ("d", "Decimal", 19), ("s", "str", 7), ("i", "int", 10), ("b", "bool", 1),
        ]  # fmt: skip


def test_row_counts_and_many_rows(server: Running, schema: str) -> None:
    """executemany packs calls into one message: none may be lost, and counts are those of changed rows."""
    with server.connect(autocommit=False) as connection:
        connection.autocommit = True
        connection.execute(
            f"CREATE TABLE {schema}.t (id int, name nvarchar(20), at datetime2(6), amount decimal(19, 4))"
        )
        connection.autocommit = False
        cursor = connection.cursor()
        cursor.fast_executemany = True
        rows = [(i, f"n{i}", dt.datetime(2024, 1, 1, 0, 0, 0, i), Decimal(i) / 4) for i in range(2000)]
        cursor.executemany(f"INSERT INTO {schema}.t (id, name, at, amount) VALUES (?, ?, ?, ?)", rows)
        connection.commit()
        assert tuple(cursor.execute(f"SELECT COUNT(*), SUM(amount), MAX(at) FROM {schema}.t").fetchone() or ()) == (
            2000, Decimal("499750.0000"), dt.datetime(2024, 1, 1, 0, 0, 0, 1999),
        )  # fmt: skip
        assert cursor.execute(f"DELETE FROM {schema}.t WHERE id < 10").rowcount == 10
        assert cursor.execute(f"UPDATE {schema}.t SET name = 'x' WHERE id < 20").rowcount == 10
        connection.rollback()
        assert cursor.execute(f"SELECT COUNT(*) FROM {schema}.t").fetchval() == 2000
        fetched = cursor.execute(f"SELECT * FROM {schema}.t ORDER BY id").fetchall()
        assert [tuple(row) for row in fetched] == rows


def test_several_results_of_one_batch(server: Running) -> None:
    with server.connect() as connection:
        cursor = connection.execute("SELECT 1 AS a SELECT 2 AS b PRINT 'said' SELECT 3 AS c")
        found = [cursor.fetchall()[0][0]]
        while cursor.nextset():
            if cursor.description:
                found.append(cursor.fetchall()[0][0])
        assert found == [1, 2, 3]


def test_errors_have_numbers_and_leave_the_connection(server: Running) -> None:
    with server.connect() as connection:
        with pytest.raises(pyodbc.ProgrammingError, match=r"Parse error at line: 1.*\(103010\)"):
            connection.execute("SELECT * FROM t LIMIT 1")
        with pytest.raises(pyodbc.Error, match=r"\(8134\)"):
            connection.execute("SELECT 1 / 0").fetchall()
        assert connection.execute("SELECT 1").fetchval() == 1


def test_timeout_stops_the_query_and_keeps_the_connection(server: Running, schema: str) -> None:
    with server.connect() as connection:
        connection.execute(f"CREATE TABLE {schema}.n (a int)")
        union = " UNION ALL ".join(f"SELECT {i}" for i in range(200))
        connection.execute(f"INSERT INTO {schema}.n {union}")
        connection.timeout = 1
        started = time.monotonic()
        joins = ", ".join(f"{schema}.n AS t{i}" for i in range(6))
        with pytest.raises(pyodbc.OperationalError, match="timeout"):
            connection.execute(f"SELECT SUM(CAST(t0.a * t5.a % 7 AS bigint)) FROM {joins}").fetchall()
        assert time.monotonic() - started < 8
        assert connection.execute(f"SELECT COUNT(*) FROM {schema}.n").fetchval() == 200


def test_readers_see_no_hole_while_a_view_is_switched(server: Running, schema: str) -> None:
    """The stable layer of the marts: each version a table, the view moved with ALTER VIEW, the old one dropped."""
    stop = threading.Event()
    seen: list[int] = []
    failures: list[str] = []

    def read() -> None:
        with server.connect() as reader:
            while not stop.is_set():
                try:
                    rows = reader.execute(f"SELECT version, COUNT(*) FROM {schema}.v GROUP BY version").fetchall()
                    seen.append(rows[0][0])
                    if len(rows) != 1 or rows[0][1] != 3:
                        failures.append(repr(rows))
                except pyodbc.Error as error:
                    failures.append(str(error))

    with server.connect() as writer:
        make = (
            "CREATE TABLE {0}.t{1} WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS SELECT {1} AS version "
            "UNION ALL SELECT {1} UNION ALL SELECT {1}"
        )
        writer.execute(make.format(schema, 0))
        writer.execute(f"CREATE VIEW {schema}.v AS SELECT * FROM {schema}.t0")
        readers = [threading.Thread(target=read) for _ in range(3)]
        for thread in readers:
            thread.start()
        for version in range(1, 25):
            writer.execute(make.format(schema, version))
            writer.execute(f"ALTER VIEW {schema}.v AS SELECT * FROM {schema}.t{version}")
            writer.execute(f"DROP TABLE {schema}.t{version - 1}")
        stop.set()
        for thread in readers:
            thread.join()
    assert failures == []
    assert len(set(seen)) > 1


def test_writers_at_once_lose_nothing(server: Running, schema: str) -> None:
    with server.connect() as connection:
        connection.execute(f"CREATE TABLE {schema}.c (n int) INSERT INTO {schema}.c VALUES (0)")

    def add() -> None:
        with server.connect() as writer:
            for _ in range(20):
                writer.execute(f"UPDATE {schema}.c SET n = n + 1")

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with server.connect() as connection:
        assert connection.execute(f"SELECT n FROM {schema}.c").fetchval() == 60


def test_catalogue_functions_of_odbc(server: Running, schema: str) -> None:
    with server.connect() as connection:
        connection.execute(f"CREATE TABLE {schema}.t (a int NOT NULL, b decimal(19, 4), c varchar(20))")
        cursor = connection.cursor()
        assert [tuple(r)[:4] for r in cursor.tables(schema=schema)] == [("warehouse", schema, "t", "TABLE")]
        assert cursor.tables(schema=schema, tableType="VIEW").fetchall() == []
        found = [(r.column_name, r.data_type, r.type_name) for r in connection.cursor().columns("t", schema=schema)]
        assert found == [
            ("a", pyodbc.SQL_INTEGER, "int"),
            ("b", pyodbc.SQL_DECIMAL, "decimal"),
            ("c", pyodbc.SQL_VARCHAR, "varchar"),
        ]


def test_logins(server: Running) -> None:
    from local_azure.synapse import odbc

    with pytest.raises(pyodbc.InterfaceError, match=r"Login failed for user 'pipeline'.*\(18456\)"):
        pyodbc.connect(odbc.connection_string(port=server.port, password="wrong"), timeout=5)
    with pytest.raises(pyodbc.InterfaceError, match=r"\(18456\)"):
        pyodbc.connect(odbc.connection_string(port=server.port, user="sa"), timeout=5)
    with pytest.raises(pyodbc.Error, match=r"\(4060\)"):
        pyodbc.connect(odbc.connection_string(port=server.port, database="other"), timeout=5)


def test_a_reader_reads_and_changes_nothing(server: Running, schema: str) -> None:
    from local_azure import settings
    from local_azure.synapse import odbc

    with server.connect() as connection:
        connection.execute(f"CREATE TABLE {schema}.t (a int) WITH (DISTRIBUTION = ROUND_ROBIN)")
        connection.execute(f"INSERT INTO {schema}.t VALUES (7)")
    words = odbc.connection_string(
        port=server.port, user=settings.SYNAPSE_READER, password=settings.SYNAPSE_READER_PASSWORD
    )
    reader = pyodbc.connect(words, autocommit=True)
    try:
        for change in (
            f"INSERT INTO {schema}.t VALUES (8)",
            f"UPDATE {schema}.t SET a = 8",
            f"DELETE FROM {schema}.t",
            f"TRUNCATE TABLE {schema}.t",
            f"EXEC sp_executesql N'DELETE FROM {schema}.t'",
            f"IF 1 = 1 DELETE FROM {schema}.t",
        ):
            with pytest.raises(pyodbc.Error, match=r"permission was denied on the object .*\(229\)"):
                reader.execute(change)
        for definition in (
            f"DROP TABLE {schema}.t",
            f"CREATE SCHEMA {schema}b",
            f"CREATE VIEW {schema}.v AS SELECT 1 a",
        ):
            with pytest.raises(pyodbc.Error, match=r"permission denied in database 'warehouse'.*\(262\)"):
                reader.execute(definition)
        reader.execute("CREATE TABLE #own (a int)")
        reader.execute("INSERT INTO #own VALUES (1)")
        rows = reader.execute(f"SELECT a FROM {schema}.t UNION ALL SELECT a FROM #own").fetchall()
        assert sorted(row.a for row in rows) == [1, 7]
    finally:
        reader.close()


def test_status_counts(server: Running) -> None:
    with server.connect() as connection:
        connection.execute("SELECT 1").fetchall()
    time.sleep(1.5)
    status = server.status()
    assert (status["service"], status["ready"], status["address"]) == ("synapse", True, f"127.0.0.1:{server.port}")
    assert set(status["flow"]) == {"statements", "refused", "connections", "rows_out"}
    assert status["flow"]["rows_out"] > 0


def test_kill_loses_nothing_committed(start: Callable[..., Running], tmp_path: Path) -> None:
    running = start(tmp_path / "state", tmp_path / "lake")
    with running.connect() as connection:
        connection.execute("CREATE TABLE dbo.t (a int) INSERT INTO dbo.t VALUES (1) INSERT INTO dbo.t VALUES (2)")
        connection.execute("CREATE VIEW dbo.v AS SELECT a FROM dbo.t")
        running.kill(signal.SIGKILL)
    again = start(tmp_path / "state", tmp_path / "lake")
    with again.connect() as connection:
        assert connection.execute("SELECT COUNT(*) FROM dbo.v").fetchval() == 2
    assert again.kill(signal.SIGTERM) == 0
    assert again.status()["ready"] is False


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local_azure.synapse", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_start_failures_are_one_line(server: Running, tmp_path: Path) -> None:
    taken = run("--port", str(server.port), "--state", str(tmp_path / "a"))
    locked = run("--port", "0", "--state", str(server.state))
    (tmp_path / "file").touch()
    unwritable = run("--port", "0", "--state", str(tmp_path / "file" / "state"))
    for result, cause in ((taken, "is taken"), (locked, "in use by another process"), (unwritable, "Cannot write")):
        assert (result.returncode, result.stderr.count("\n")) == (1, 1), result.stderr
        assert cause in result.stderr
