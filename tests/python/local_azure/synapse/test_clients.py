"""Clients that nobody here wrote: tedious, mssql-jdbc and go-mssqldb by their programs, and Microsoft's ODBC driver."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyodbc
import pytest

from local_azure import settings
from local_azure.synapse import odbc

from .._programs import GO, JAVA, JAVASCRIPT, Client, Results, each_case
from .conftest import Running

pytestmark = [pytest.mark.slow, pytest.mark.client("pyodbc")]
SOURCES = Path(__file__).parent / "clients"
EIGHT = " UNION ALL ".join(f"SELECT {n} AS x" for n in range(8))
SLOW = f"WITH a AS ({EIGHT}) SELECT COUNT_BIG(*) FROM {', '.join(f'a AS a{n}' for n in range(14))}"

COMMON = ("encrypted_or_not", "timeout_ends_a_query", "parameters_of_every_type", "bulk_load")
CLIENTS = (
    Client(SOURCES / "javascript", JAVASCRIPT, (*COMMON, "cancel_ends_a_query", "procedure_gives_output"), "sql-"),
    Client(
        SOURCES / "java",
        JAVA,
        (*COMMON, "catalogue", "procedure_gives_output", "escapes_are_read", "batches_of_parameters"),
        "sql-",
    ),
    Client(
        SOURCES / "go", GO, (*COMMON, "cancel_ends_a_query", "procedure_gives_output", "transaction_rolls_back"), "sql-"
    ),
)


@pytest.fixture(scope="module")
def results(start: Callable[..., Running], tmp_path_factory: pytest.TempPathFactory) -> Callable[[Client], Results]:
    """What a client's program told, which runs once, against a server of its own."""

    @cache
    def of(client: Client) -> Results:
        client.prepare()
        folder = tmp_path_factory.mktemp(client.name)
        running = start(folder / "state", folder / "lake")
        login = {"SQL_USER": settings.SYNAPSE_USER, "SQL_PASSWORD": settings.SYNAPSE_PASSWORD}
        try:
            return client.run({"PORT": str(running.port), "SLOW": SLOW, **login})
        finally:
            running.kill()

    return of


@pytest.mark.parametrize(("client", "case"), each_case(CLIENTS))
def test_a_client_passes_its_case(client: Client, case: str, results: Callable[[Client], Results]) -> None:
    told = results(client)
    assert set(told) == set(client.cases)
    assert told[case] is None, told[case]


@pytest.mark.parametrize("encrypt", ["no", "yes", "strict"])
def test_odbc_logs_in_with_any_encryption(server: Running, encrypt: str) -> None:
    text = odbc.connection_string(port=server.port)
    words = [word for word in text.split(";") if not word.lower().startswith(("encrypt", "trustserver"))]
    more = ["TrustServerCertificate=yes"]
    if encrypt == "strict":
        server.connect().close()  # whose login is encrypted, which makes the certificate
        more = [f"ServerCertificate={server.state / 'certificate.pem'}"]
    with pyodbc.connect(";".join([*words, f"Encrypt={encrypt}", *more]), timeout=10) as connection:
        assert connection.execute("SELECT 42").fetchval() == 42


def test_cancel_from_another_thread_ends_the_query_and_leaves_the_connection(server: Running) -> None:
    with server.connect() as connection:
        cursor = connection.cursor()
        threading.Timer(0.5, cursor.cancel).start()
        began = time.monotonic()
        with pytest.raises(pyodbc.Error, match="HY008"):
            cursor.execute(SLOW)
        assert time.monotonic() - began < 30
        assert connection.execute("SELECT 7").fetchval() == 7


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        pytest.param(" UNION ALL ".join(f"SELECT {n} AS a" for n in range(3652)), 3652, id="branches"),
        pytest.param("SELECT 1 WHERE " + " OR ".join(f"{n} = 5" for n in range(1000)), 1, id="alternatives"),
        pytest.param(f"SELECT {' + '.join(['1'] * 1000)}", 1, id="sum"),
        pytest.param(f"SELECT {'(' * 200}1{')' * 200}", 1, id="parentheses"),
        pytest.param(f"SELECT 1 WHERE {'(' * 200}1 = 1{')' * 200}", 1, id="conditions"),
        pytest.param(f"SELECT 1 WHERE 5 IN ({', '.join(map(str, range(30_000)))})", 1, id="values"),
    ],
)
def test_a_statement_may_be_long(server: Running, statement: str, rows: int) -> None:
    with server.connect() as connection:
        assert len(connection.execute(statement).fetchall()) == rows


@pytest.fixture(scope="module")
def keyed(server: Running) -> str:
    """A table with a key and a default."""
    with server.connect() as connection:
        connection.execute(
            "CREATE TABLE dbo.keyed (id int NOT NULL, name nvarchar(20) NULL DEFAULT 'x', number int IDENTITY(1, 1), "
            "CONSTRAINT pk_keyed PRIMARY KEY NONCLUSTERED (id) NOT ENFORCED) WITH (HEAP)"
        )
    return "keyed"


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("sp_tables 'keyed'", [("dbo", "keyed", "TABLE")]),
        ("sp_tables @table_name = 'keyed', @table_type = '''VIEW'''", []),
        ('sp_tables @table_name = "keyed", @table_type = "\'TABLE\'"', [("dbo", "keyed", "TABLE")]),
        ("sp_columns_100 'keyed', @column_name = 'id'", [("dbo", "keyed", "id")]),
        ("sp_pkeys 'keyed'", [("dbo", "keyed", "id")]),
        ("sp_statistics 'keyed'", [("dbo", "keyed", None), ("dbo", "keyed", 0)]),
        ("sp_fkeys 'keyed'", []),
        ("sp_stored_procedures 'keyed'", []),
    ],
)
def test_catalogue_procedures_are_there_for_exec(
    server: Running, keyed: str, call: str, found: list[tuple[str, ...]]
) -> None:
    with server.connect() as connection:
        assert [tuple(row)[1:4] for row in connection.execute(f"EXEC {call}").fetchall()] == found
        assert [tuple(row)[1:4] for row in connection.execute(call).fetchall()] == found


def test_an_identity_column_is_named_so(server: Running, keyed: str) -> None:
    with server.connect() as connection:
        rows = connection.execute(f"EXEC sp_columns_100 '{keyed}'").fetchall()
    assert [(r.COLUMN_NAME, r.TYPE_NAME, r.SS_IS_IDENTITY) for r in rows if r.COLUMN_NAME != "name"] == [
        ("id", "int", 0),
        ("number", "int identity", 1),
    ]


def test_a_client_reads_its_own_name(server: Running) -> None:
    text = f"{odbc.connection_string(port=server.port)};APP=report"
    with pyodbc.connect(text, timeout=10) as connection:
        application, host = connection.execute("SELECT APP_NAME(), HOST_NAME()").fetchone()
    assert application == "report"
    assert host


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"catalog": "%", "schema": "", "table": ""}, ("warehouse", None, None, None, None)),
        ({"catalog": "", "schema": "%", "table": ""}, (None, "dbo", None, None, None)),
        ({"catalog": "", "schema": "", "table": "", "tableType": "%"}, (None, None, None, "VIEW", None)),
    ],
)
def test_catalogs_schemas_and_types_are_listed_by_a_percent_sign(
    server: Running, wanted: dict[str, str], found: tuple[str | None, ...]
) -> None:
    with server.connect() as connection:
        rows = [tuple(row) for row in connection.cursor().tables(**wanted).fetchall()]
    assert found in rows
    assert {row.count(None) for row in rows} == {4}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT name, is_primary_key, is_unique_constraint FROM sys.indexes WHERE name = 'pk_keyed'",
         [("pk_keyed", True, False)]),
        ("SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE TABLE_NAME = 'keyed'", [("id",)]),
        ("SELECT definition FROM sys.default_constraints WHERE parent_object_id = OBJECT_ID('dbo.keyed')",
         [("('x')",)]),
        ("SELECT name, seed_value FROM sys.identity_columns WHERE object_id = OBJECT_ID('dbo.keyed')", [("number", 1)]),
        ("SELECT collation_name, is_user_defined FROM sys.types WHERE name = 'nvarchar'",
         [("SQL_Latin1_General_CP1_CI_AS", False)]),
        ("SELECT name FROM sys.extended_properties", []),
        ("SELECT name FROM sys.foreign_keys", []),
        ("SELECT constraint_object_id FROM sys.foreign_key_columns", []),
        ("SELECT ROUTINE_NAME FROM INFORMATION_SCHEMA.ROUTINES WHERE ROUTINE_SCHEMA = 'dbo'", []),
        ("SELECT status FROM sys.dm_pdw_dms_workers", []),
    ],
)  # fmt: skip
def test_catalogue_views_tell_what_navigators_ask(
    server: Running, keyed: str, query: str, found: list[tuple[object, ...]]
) -> None:
    with server.connect() as connection:
        assert [tuple(row) for row in connection.execute(query).fetchall()] == found


def test_a_parameter_that_is_malformed_is_an_error_and_not_the_end(server: Running) -> None:
    with server.connect() as connection, pytest.raises(pyodbc.Error):
        connection.execute("SELECT DATEADD(year, 10000, CAST('2024-01-01' AS date))").fetchall()
    with server.connect() as connection:
        with pytest.raises(pyodbc.Error, match="517"):
            connection.execute("SELECT DATEADD(year, ?, CAST('2024-01-01' AS date))", 10_000).fetchall()
        assert connection.execute("SELECT 1").fetchval() == 1
