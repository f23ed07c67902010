"""The system's procedures that do something.

Source: Microsoft Learn, "sp_rename", "sp_set_session_context", "SESSION_CONTEXT", "sp_spaceused", as each applies to
Azure Synapse Analytics.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyodbc
import pytest

from local_azure.synapse import odbc

from .conftest import Pool, Running, refused


@pytest.fixture(scope="module", autouse=True)
def table(pool: Pool) -> None:
    pool("CREATE SCHEMA sp")
    pool("CREATE TABLE sp.t (id int, name nvarchar(9), h int) WITH (DISTRIBUTION = HASH(h), HEAP)")
    pool("INSERT INTO sp.t SELECT 1, 'a', 1 UNION ALL SELECT 2, 'b', 1 UNION ALL SELECT 3, 'c', 2")


@pytest.fixture
def client(server: Running) -> Iterator[pyodbc.Cursor]:
    with pyodbc.connect(odbc.connection_string(port=server.port), autocommit=True) as connection:
        yield connection.cursor()


def test_a_column_is_renamed_and_keeps_its_values(pool: Pool) -> None:
    pool("EXEC sp_rename 'sp.t.name', 'label', 'COLUMN'")
    assert pool("SELECT label FROM sp.t WHERE id = 2") == [("b",)]
    pool("EXEC sys.sp_rename @objtype = N'column', @newname = N'name', @objname = N'[sp].[t].[label]'")
    assert pool("SELECT name FROM sp.t WHERE id = 2") == [("b",)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("EXEC sp_rename 'sp.t', 'u'", 104467),
        ("EXEC sp_rename 'sp.t', 'u', 'OBJECT'", 104467),
        ("EXEC sp_rename 'sp.t.nothing', 'x', 'COLUMN'", 15248),
        ("EXEC sp_rename 'sp.nothing.name', 'x', 'COLUMN'", 15248),
        ("EXEC sp_rename 'name', 'x', 'COLUMN'", 15253),
        ("EXEC sp_rename 'sp.t.name', 'ID', 'COLUMN'", 15335),
        ("EXEC sp_rename 'sp.t.h', 'x', 'COLUMN'", 104318),
        ("EXEC sp_rename 'sp.t.name'", 201),
        ("EXEC sp_rename 'sp.t.name', 'x', 'COLUMN', 'more'", 8144),
        ("EXEC sp_rename 'sp.t.name', @new = 'x'", 8145),
    ],
)
def test_what_sp_rename_refuses(pool: Pool, text: str, number: int) -> None:
    assert refused(pool, text) == number


def test_the_sessions_context_is_its_own_and_keeps_what_is_locked(pool: Pool) -> None:
    pool("EXEC sp_set_session_context N'Region', N'Süd', 1")
    pool("EXEC sp_set_session_context @key = N'tenant', @value = 2")
    assert pool("SELECT SESSION_CONTEXT(N'region'), CAST(SESSION_CONTEXT(N'tenant') AS int)") == [("Süd", 2)]
    assert refused(pool, "EXEC sp_set_session_context 'region', 'x'") == 15664
    pool("EXEC sp_set_session_context 'tenant', NULL")
    assert pool("SELECT SESSION_CONTEXT(N'tenant'), SESSION_CONTEXT(N'never')") == [(None, None)]


def test_a_security_policy_filters_by_the_sessions_context(pool: Pool) -> None:
    pool(
        "CREATE FUNCTION sp.own (@h int) RETURNS TABLE WITH SCHEMABINDING AS "
        "RETURN (SELECT 1 AS ok WHERE @h = CAST(SESSION_CONTEXT(N'shown') AS int))"
    )
    pool("CREATE SECURITY POLICY sp.policy ADD FILTER PREDICATE sp.own(h) ON sp.t WITH (STATE = ON)")
    counted = []
    for shown in ("1", "2", "NULL"):
        pool(f"EXEC sp_set_session_context N'shown', {shown}")
        counted += pool("SELECT COUNT(*) FROM sp.t")
    pool("DROP SECURITY POLICY sp.policy")
    assert counted == [(2,), (1,), (0,)]


def test_a_connection_that_is_used_again_begins_with_an_empty_context(client: pyodbc.Cursor) -> None:
    client.execute("EXEC sp_set_session_context N'kept', 'x', 1")
    assert client.execute("SELECT SESSION_CONTEXT(N'kept')").fetchval() == "x"
    client.execute("{CALL sp_reset_connection}")
    assert client.execute("SELECT SESSION_CONTEXT(N'kept')").fetchval() is None


def test_the_space_of_the_pool_comes_in_two_results(client: pyodbc.Cursor) -> None:
    client.execute("EXEC sp_spaceused")
    assert [column[0] for column in client.description] == ["database_name", "database_size", "unallocated space"]
    assert client.nextset()
    assert [column[0] for column in client.description] == ["reserved", "data", "index_size", "unused"]


def test_the_space_of_a_table_tells_its_rows(client: pyodbc.Cursor) -> None:
    client.execute("CREATE TABLE dbo.spacious (a int) WITH (HEAP) INSERT INTO dbo.spacious SELECT 1 UNION ALL SELECT 2")
    found = client.execute("{CALL sp_spaceused (?)}", "dbo.spacious").fetchone()
    assert found is not None
    assert (found.name, found.rows.strip(), found.unused) == ("spacious", "2", "0 KB")


def test_the_space_of_no_table_is_refused(pool: Pool) -> None:
    assert refused(pool, "EXEC sp_spaceused 'sp.nothing'") == 208
