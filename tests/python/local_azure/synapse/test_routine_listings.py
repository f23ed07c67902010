"""Procedures and functions in the lists that drivers make of them: SQLProcedures and SQLProcedureColumns.

Source: Microsoft Learn, "sp_stored_procedures", "sp_sproc_columns"; github.com/mkleehammer/pyodbc, issue 840, for what
the ODBC driver hands on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyodbc
import pytest

from .conftest import Running

pytestmark = pytest.mark.client("pyodbc")


@pytest.fixture(scope="module")
def cursor(server: Running) -> Iterator[pyodbc.Cursor]:
    """A cursor beside a schema with a procedure and a function of each kind."""
    with server.connect() as connection:
        for text in (
            "CREATE SCHEMA listed",
            "CREATE PROCEDURE listed.raise_price @sku nvarchar(20), @factor decimal(9, 3), @new money OUTPUT AS "
            "SET @new = @factor",
            "CREATE PROCEDURE listed.raiseXprice AS SELECT 1",
            "CREATE FUNCTION listed.net (@gross float, @on date) RETURNS decimal(10, 2) AS BEGIN RETURN @gross END",
            "CREATE FUNCTION listed.schemas_of (@id int) RETURNS TABLE AS RETURN (SELECT @id AS id)",
        ):
            connection.execute(text)
        yield connection.cursor()


def test_procedures_lists_procedures_and_functions_with_their_number(cursor: pyodbc.Cursor) -> None:
    found = [tuple(row) for row in cursor.procedures(schema="listed")]
    wanted = ["net;0", "raise_price;1", "raiseXprice;1", "schemas_of;0"]
    assert found == [("warehouse", "listed", name, -1, -1, -1, None, 2) for name in wanted]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("raise_price", ["raise_price;1", "raiseXprice;1"]),
        ("raise\\_price", ["raise_price;1"]),
        ("%of", ["schemas_of;0"]),
        ("nothing", []),
    ],
)
def test_a_name_is_a_pattern(cursor: pyodbc.Cursor, pattern: str, found: list[str]) -> None:
    assert [row[2] for row in cursor.procedures(schema="listed", procedure=pattern)] == found


def test_a_name_is_none_where_the_caller_says_so(cursor: pyodbc.Cursor) -> None:
    rows = cursor.execute("EXEC sp_stored_procedures 'raise_price', 'listed', 'warehouse', 0").fetchall()
    assert [row[2] for row in rows] == ["raise_price;1"]
    assert cursor.execute("EXEC sp_stored_procedures @sp_qualifier = 'another'").fetchall() == []


# name, column type, ODBC type, type, precision, length, scale, radix, nullable, octets, ordinal, is nullable
COLUMNS: list[tuple[str, list[tuple[Any, ...]]]] = [
    ("raise\\_price", [
        ("@RETURN_VALUE", 5, 4, "int", 10, 4, 0, 10, 0, None, 0, "NO"),
        ("@sku", 1, -9, "nvarchar", 20, 40, None, None, 1, 40, 1, "YES"),
        ("@factor", 1, 3, "decimal", 9, 11, 3, 10, 1, None, 2, "YES"),
        ("@new", 2, 3, "money", 19, 21, 4, 10, 1, None, 3, "YES"),
    ]),
    ("net", [
        ("@RETURN_VALUE", 5, 3, "decimal", 10, 12, 2, 10, 1, None, 0, "YES"),
        ("@gross", 1, 6, "float", 53, 8, None, 2, 1, None, 1, "YES"),
        ("@on", 1, 91, "date", 10, 6, 0, None, 1, None, 2, "YES"),
    ]),
    ("schemas\\_of", [
        ("@TABLE_RETURN_VALUE", 3, None, "table", 0, 0, 0, 0, 0, None, 0, "NO"),
        ("@id", 1, 4, "int", 10, 4, 0, 10, 1, None, 1, "YES"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("routine", "columns"), COLUMNS, ids=[name for name, _ in COLUMNS])
def test_procedure_columns_tell_what_is_returned_and_taken(
    cursor: pyodbc.Cursor, routine: str, columns: list[tuple[Any, ...]]
) -> None:
    rows = [tuple(row) for row in cursor.procedureColumns(procedure=routine, schema="listed")]
    assert [(*row[3:12], row[16], *row[17:19]) for row in rows] == columns


def test_a_number_behind_the_name_and_one_column_are_found(cursor: pyodbc.Cursor) -> None:
    rows = cursor.execute("EXEC sp_sproc_columns_100 'net;0', 'listed', NULL, '@on'").fetchall()
    assert [(row[3], row[14], row[15], row[19]) for row in rows] == [("@on", 9, 1, 0)]
