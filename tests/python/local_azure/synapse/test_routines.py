"""Stored procedures and functions of the user's, as a dedicated pool has them.

Source: Microsoft Learn, "CREATE PROCEDURE", "Using stored procedures in dedicated SQL pool", "EXECUTE",
"sp_executesql", "CREATE FUNCTION (Azure Synapse Analytics)".
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from local_azure.synapse.errors import SqlError

from .conftest import Pool, Running, check_batch

DEFINED = [
    "CREATE SCHEMA ro",
    "CREATE PROCEDURE ro.labelled @a int, @b nvarchar(10) OUTPUT AS BEGIN SET @b = CAST(@a AS nvarchar(10)) + 'x' END",
    "CREATE PROC ro.counted (@n int) AS BEGIN TRY IF @n < 0 THROW 50001, 'negative', 1; DECLARE @i int = 0 "
    "WHILE @i < @n SET @i += 1 SELECT @i END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
    "CREATE PROCEDURE ro.failing AS SELECT 1 / 0",
    "CREATE PROCEDURE ro.outer_one AS EXEC ro.failing",
    "CREATE PROCEDURE ro.endless AS EXEC ro.endless",
    "CREATE PROCEDURE ro.kept AS CREATE TABLE #kept (a int) WITH (HEAP) INSERT INTO #kept VALUES (3)",
    "CREATE PROCEDURE ro.dynamic @table nvarchar(20) AS BEGIN DECLARE @s nvarchar(99) = "
    "N'SELECT COUNT(*) FROM ' + @table EXEC sp_executesql @s END",
    "CREATE FUNCTION ro.converted (@value int) RETURNS decimal(10, 2) AS BEGIN DECLARE @out int; "
    "SET @out = CAST(@value AS decimal(10, 2)); RETURN(@out); END;",
    "CREATE FUNCTION ro.size (@v int, @w varchar(3) = 'zz') RETURNS varchar(10) WITH SCHEMABINDING AS BEGIN "
    "IF @v > 5 RETURN 'big' IF @v > 3 BEGIN SET @w = 'mid' END ELSE SET @w = @w + 'low' RETURN @w END",
    "CREATE FUNCTION ro.strict (@v int) RETURNS int WITH RETURNS NULL ON NULL INPUT AS BEGIN "
    "RETURN ISNULL(@v, 9) + ro.strictly(@v) END",
    "CREATE FUNCTION ro.named (@id int) RETURNS TABLE AS RETURN (SELECT @id AS x, name FROM sys.schemas "
    "WHERE schema_id = @id)",
]
THREE = "(SELECT 1 AS x UNION ALL SELECT 4 UNION ALL SELECT 6) AS q"
BATCHES: list[tuple[str, Any]] = [
    ("DECLARE @o nvarchar(10) EXEC ro.labelled 5, @o OUTPUT SELECT @o", [("5x",)]),
    ("DECLARE @o nvarchar(10), @s int EXEC @s = ro.labelled @b = @o OUTPUT, @a = 7 SELECT @o, @s", [("7x", 0)]),
    ("DECLARE @o nvarchar(10) = 'kept' EXEC ro.labelled 5, @o SELECT @o", [("kept",)]),
    ("EXEC ro.labelled 1", 201),
    ("EXEC ro.labelled 1, 'a', 3", 8144),
    ("EXEC ro.labelled @c = 1", 8145),
    ("EXEC ro.labelled @a = 1, 2", 119),
    ("EXEC ro.labelled @a = 1, @a = 2", 8143),
    ("EXEC ro.counted 1 OUTPUT", 8162),
    ("EXEC ro.labelled 1, 'x' OUTPUT", 179),
    ("EXEC ro.nothing", 2812),
    ("EXEC ro.size", 2809),
    ("SELECT * FROM ro.labelled", 208),
    ("EXEC ro.counted 4", [(4,)]),
    ("EXEC ro.counted -1", [(50001,)]),
    ("EXECUTE [ro].[counted] @n = 2", [(2,)]),
    ("ro.counted 4", [(4,)]),
    ("[ro].[counted] @n = 2", [(2,)]),
    ("EXEC ro.endless", 217),
    ("BEGIN TRY EXEC ro.failing END TRY BEGIN CATCH SELECT ERROR_PROCEDURE() END CATCH", [("failing",)]),
    ("BEGIN TRY EXEC ro.outer_one END TRY BEGIN CATCH SELECT ERROR_PROCEDURE() END CATCH", [("failing",)]),
    ("BEGIN TRY SELECT 1 / 0 END TRY BEGIN CATCH SELECT ERROR_PROCEDURE() END CATCH", [(None,)]),
    ("SELECT ERROR_PROCEDURE()", [(None,)]),
    ("DECLARE @i int = 0 WHILE @i < 3 BEGIN DECLARE @n int, @m int = @i SET @n = ISNULL(@n, 0) + @m SET @i += 1 END "
     "SELECT @n, @m", [(3, 2)]),
    ("CREATE PROCEDURE ro.empty AS", 103010),
    ("CREATE PROCEDURE ro.twice @a int AS DECLARE @a int", 134),
    ("DECLARE @a int DECLARE @a int", 134),
    ("EXEC ro.kept SELECT a FROM #kept", [(3,)]),
    ("EXEC ro.dynamic 'sys.procedures'", [(7,)]),
    ("CREATE PROC ro.labelled AS SELECT 1", 2714),
    ("SELECT 1 CREATE PROC ro.other AS SELECT 1", 111),
    ("ALTER PROCEDURE ro.other AS SELECT 1", 208),
    ("DROP PROCEDURE ro.other", 3701),
    ("DROP PROCEDURE ro.size", 3705),
    ("DECLARE @n int EXEC sp_executesql N'SET @x = 41 + @y', N'@x int OUTPUT, @y int', @x = @n OUTPUT, @y = 1 "
     "SELECT @n", [(42,)]),
    ("EXEC sp_executesql @stmt = N'SELECT @y', @params = N'@y int', @y = 1", [(1,)]),
    ("SELECT 1 RETURN SELECT 2", [(1,)]),
    ("RETURN 1", 178),
    ("SELECT ro.converted(15) AS x, ro.converted(NULL)", [(Decimal("15.00"), None)]),
    (f"SELECT ro.size(x, 'a'), ro.size(x, DEFAULT) FROM {THREE} ORDER BY x",
     [("alo", "zzl"), ("mid", "mid"), ("big", "big")]),
    (f"SELECT ro.size(x, 'a'), COUNT(*) FROM {THREE} GROUP BY ro.size(x, 'a') ORDER BY 1",
     [("alo", 1), ("big", 1), ("mid", 1)]),
    ("SELECT ro.size(1)", 313),
    ("SELECT ro.size(1, 2, 3)", 8144),
    ("SELECT ro.nothing(1)", 4121),
    ("SELECT * FROM ro.named(1) AS t", [(1, "dbo")]),
    ("SELECT s.name, h.x FROM sys.schemas AS s CROSS APPLY ro.named(s.schema_id) AS h WHERE s.schema_id < 3",
     [("dbo", 1)]),
    ("SELECT s.name, h.name FROM sys.schemas AS s OUTER APPLY ro.named(s.schema_id + 100) AS h WHERE s.name = 'dbo'",
     [("dbo", None)]),
    ("SELECT * FROM ro.named", 216),
    ("SELECT * FROM ro.nothing(1)", 208),
    ("CREATE FUNCTION ro.bad () RETURNS int AS BEGIN SELECT 1 RETURN 1 END", 444),
    ("CREATE FUNCTION ro.bad () RETURNS int AS BEGIN INSERT INTO ro.x VALUES (1) RETURN 1 END", 443),
    ("CREATE FUNCTION ro.bad () RETURNS int AS BEGIN DECLARE @x int END", 455),
    ("CREATE FUNCTION ro.bad () RETURNS int AS BEGIN RETURN @x END", 137),
    ("CREATE FUNCTION ro.bad () RETURNS int AS BEGIN RETURN (SELECT MAX(schema_id) FROM sys.schemas) END", 104467),
    ("CREATE FUNCTION ro.bad () RETURNS datetime AS BEGIN RETURN GETDATE() END", 443),
    ("CREATE FUNCTION ro.bad (@n int) RETURNS int AS BEGIN WHILE @n > 0 SET @n -= 1 RETURN @n END", 40517),
    ("CREATE FUNCTION ro.bad () RETURNS TABLE AS RETURN SELECT nothing FROM sys.schemas", 207),
    ("SELECT ROUTINE_NAME, ROUTINE_TYPE, DATA_TYPE FROM INFORMATION_SCHEMA.ROUTINES WHERE ROUTINE_NAME < 'd' "
     "ORDER BY 1", [("converted", "FUNCTION", "decimal"), ("counted", "PROCEDURE", None)]),
    ("SELECT name, is_output, max_length FROM sys.parameters WHERE object_id = OBJECT_ID('ro.labelled') "
     "ORDER BY parameter_id", [("@a", False, 4), ("@b", True, 20)]),
    ("SELECT type_desc FROM sys.objects WHERE name = 'named'", [("SQL_INLINE_TABLE_VALUED_FUNCTION",)]),
    ("SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'ro'", []),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def defined(pool: Pool) -> None:
    for text in DEFINED:
        if "strictly" not in text:
            pool(text)


@pytest.mark.parametrize(("batch", "wanted"), BATCHES, ids=[text[:60] for text, _ in BATCHES])
def test_a_routine_does_what_a_pool_does(pool: Pool, batch: str, wanted: Any) -> None:
    check_batch(pool, batch, wanted)


def test_a_function_that_calls_what_is_not_there_is_refused(pool: Pool) -> None:
    (text,) = [text for text in DEFINED if "strictly" in text]
    with pytest.raises(SqlError) as raised:
        pool(text)
    assert raised.value.number == 4121


def test_null_input_is_null_without_a_look_at_the_body(pool: Pool) -> None:
    pool(
        "CREATE FUNCTION ro.null_on_null (@v int) RETURNS int WITH RETURNS NULL ON NULL INPUT AS BEGIN "
        "RETURN ISNULL(@v, 9) END"
    )
    assert pool("SELECT ro.null_on_null(NULL), ro.null_on_null(2)") == [(None, 2)]


def test_a_procedure_is_altered_and_dropped(pool: Pool) -> None:
    pool("CREATE PROCEDURE ro.changing AS SELECT 1")
    pool("ALTER PROCEDURE ro.changing AS SELECT 2")
    assert pool("EXEC ro.changing") == [(2,)]
    pool("DROP PROCEDURE ro.changing")
    assert pool.value("SELECT OBJECT_ID('ro.changing', 'P')") is None


@pytest.fixture
def labelled(server: Running, schema: str) -> Iterator[str]:
    with server.connect() as connection:
        connection.execute(f"CREATE PROCEDURE {schema}.doubled @a int AS SELECT @a * 2 AS twice")
    yield f"{schema}.doubled"
    with server.connect() as connection:
        connection.execute(f"DROP PROCEDURE {schema}.doubled")


def test_odbc_calls_a_procedure(server: Running, labelled: str) -> None:
    with server.connect() as connection:
        assert connection.execute(f"{{CALL {labelled}(?)}}", 4).fetchval() == 8
        assert connection.execute(f"EXEC {labelled} ?", 5).fetchval() == 10
