"""Batches with the rows or the error that a dedicated pool gives: flow, grouping sets, PIVOT, TOP, quantifiers.

Source: Microsoft Learn, the page of each: "TRY...CATCH", "THROW", "WHILE", "BREAK", "GROUP BY", "GROUPING",
"FROM - Using PIVOT and UNPIVOT", "TOP", "ALL", "SOME | ANY".
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Pool, check_batch

BATCHES: list[tuple[str, Any]] = [
    (
        "BEGIN TRY SELECT 1/0 END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_MESSAGE(), "
        "ERROR_SEVERITY(), ERROR_STATE() END CATCH",
        [(8134, "Divide by zero error encountered.", 16, 1)],
    ),
    ("BEGIN TRY SELECT * FROM nowhere END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH", [(208,)]),
    ("BEGIN TRY SELECT 5 END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH", [(5,)]),
    (
        "BEGIN TRY THROW 50001, 'mine', 1 END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_MESSAGE() END CATCH",
        [(50001, "mine")],
    ),
    ("BEGIN TRY THROW 50001, 'mine', 1 END TRY BEGIN CATCH THROW END CATCH", 50001),
    ("SELECT ERROR_NUMBER()", [(None,)]),
    (
        "BEGIN TRY SELECT 1 / 0 END TRY BEGIN CATCH DECLARE @e int = @@ERROR IF @e <> 0 SELECT @e, @@ERROR END CATCH",
        [(8134, 0)],
    ),
    (
        "SELECT DB_ID('nothing'), DB_ID('WAREHOUSE'), DB_NAME(DB_ID()), DB_NAME(1), "
        "DATABASEPROPERTYEX('warehouse', 'ServiceObjective'), DATABASEPROPERTYEX('nothing', 'Edition')",
        [(None, 5, "warehouse", "master", "DW100c", None)],
    ),
    (
        "CREATE TABLE dbo.properties (a int NOT NULL IDENTITY, b nvarchar(10), c decimal(9, 2)) SELECT "
        "COLUMNPROPERTY(OBJECT_ID('dbo.properties'), 'a', 'Precision'), "
        "COLUMNPROPERTY(OBJECT_ID('dbo.properties'), 'b', 'CharMaxLen'), "
        "COLUMNPROPERTY(OBJECT_ID('dbo.properties'), 'c', 'Scale'), "
        "COLUMNPROPERTY(OBJECT_ID('dbo.properties'), 'a', 'Nothing'), "
        "OBJECTPROPERTY(OBJECT_ID('dbo.properties'), 'TableHasIdentity'), "
        "OBJECTPROPERTY(OBJECT_ID('dbo.properties'), 'TableHasPrimaryKey'), "
        "OBJECTPROPERTY(OBJECT_ID('dbo.properties'), 'Nothing'), HAS_PERMS_BY_NAME('dbo', 'SCHEMA', 'ALTER')",
        [(10, 10, 2, None, 1, 0, None, 1)],
    ),
    ("SELECT warehouse.sys.schemas.name FROM warehouse.sys.schemas WHERE sys.schemas.schema_id = 1", [("dbo",)]),
    ("SELECT a.n FROM (SELECT 1 n) a INNER REDISTRIBUTE JOIN (SELECT 1 n) b ON a.n = b.n", [(1,)]),
    ("DECLARE @n int = 50010, @m nvarchar(20) = 'mine', @s int = 2; THROW @n, @m, @s", 50010),
    ("DECLARE @n int = 10; THROW @n, 'mine', 1", 35100),
    ("RAISERROR('mine', 20, 1) WITH NOWAIT", 2754),
    (
        "BEGIN TRY DECLARE @m nvarchar(99) = 'mine %05d|%-3s|%%', @s int = 16, @t int = 3; RAISERROR(@m, @s, @t, 7, "
        "'a') END TRY BEGIN CATCH SELECT ERROR_MESSAGE(), ERROR_SEVERITY(), ERROR_STATE() END CATCH",
        [("mine 00007|a  |%", 16, 3)],
    ),
    ("DECLARE @a int = 7 SET @a |= 8 SET @a &= 12 SET @a ^= 1 SELECT @a", [(13,)]),
    ("DECLARE @n int = -1 SELECT TOP (@n) 1 AS a", 127),
    ("DECLARE @n int SELECT TOP (@n) 1 AS a", 127),
    ("DECLARE @i int = 0 WHILE 1 = 1 BEGIN SET @i += 1 IF @i = 3 CONTINUE IF @i > 5 BREAK END SELECT @i", [(6,)]),
    ("IF 1 = 1 BREAK", 135),
    ("BEGIN TRY BEGIN TRAN SELECT 1/0 COMMIT END TRY BEGIN CATCH ROLLBACK SELECT ERROR_NUMBER() END CATCH", [(8134,)]),
    ("BEGIN TRY INSERT INTO dbo.zz VALUES (1) END TRY BEGIN CATCH PRINT ERROR_MESSAGE() SELECT 9 END CATCH", [(9,)]),
    (
        "DECLARE @x int = 1 BEGIN TRY SET @x = CAST('a' AS int) END TRY BEGIN CATCH SET @x = -1 END CATCH SELECT @x",
        [(-1,)],
    ),
    (
        "SELECT a, SUM(b) FROM (SELECT 'x' a, 1 b UNION ALL SELECT 'y', 2 UNION ALL SELECT 'X', 3) t "
        "GROUP BY ROLLUP(a) ORDER BY a",
        [(None, 6), ("X", 4), ("y", 2)],
    ),
    (
        "SELECT a, c, SUM(b), GROUPING(a) g FROM (SELECT 'x' a, 1 c, 1 b UNION ALL SELECT 'y', 1, 2 "
        "UNION ALL SELECT 'X', 2, 3) t GROUP BY GROUPING SETS ((a), (c), ()) ORDER BY g, a, c",
        [("X", None, 4, 0), ("y", None, 2, 0), (None, None, 6, 1), (None, 1, 3, 1), (None, 2, 3, 1)],
    ),
    (
        "SELECT a, c, SUM(b) FROM (SELECT 'x' a, 1 c, 1 b UNION ALL SELECT 'y', 1, 2) t GROUP BY a, "
        "ROLLUP(c) ORDER BY a, c",
        [("x", None, 1), ("x", 1, 1), ("y", None, 2), ("y", 1, 2)],
    ),
    (
        "SELECT a, c, d, SUM(b) FROM (SELECT 'x' a, 1 c, 2 d, 1 b UNION ALL SELECT 'y', 1, 2, 2) t GROUP BY "
        "ROLLUP((a, c), d) ORDER BY a, c, d",
        [(None, None, None, 3), ("x", 1, None, 1), ("x", 1, 2, 1), ("y", 1, None, 2), ("y", 1, 2, 2)],
    ),
    (
        "SELECT * FROM (SELECT 'x' k, 'a' p, 1 v UNION ALL SELECT 'x', 'b', 2 UNION ALL SELECT 'y', 'a', "
        "5) t PIVOT (SUM(v) FOR p IN ([a],[b])) AS q ORDER BY k",
        [("x", 1, 2), ("y", 5, None)],
    ),
    (
        "SELECT * FROM (SELECT 'x' k, 1 a, 2 b) t UNPIVOT (v FOR p IN (a, b)) AS u ORDER BY p",
        [("x", 1, "a"), ("x", 2, "b")],
    ),
    ("SELECT TOP 1 WITH TIES x FROM (SELECT 1 x UNION ALL SELECT 1 UNION ALL SELECT 2) t ORDER BY x", [(1,), (1,)]),
    ("SELECT TOP 50 PERCENT 1 AS x", 103010),
    ("SELECT TOP 1 WITH TIES 1 AS x", 1062),
    (
        "SELECT * FROM (SELECT TOP 1 WITH TIES x, g "
        "FROM (SELECT 1 x, 1 g UNION ALL SELECT 2, 1 UNION ALL SELECT 3, 2) t "
        "ORDER BY ROW_NUMBER() OVER (PARTITION BY g ORDER BY x DESC)) q ORDER BY x",
        [(2, 1), (3, 2)],
    ),
    (
        "SELECT TOP 1 WITH TIES g, COUNT(*) FROM (SELECT 1 g UNION ALL SELECT 1 UNION ALL SELECT 2) t GROUP BY g "
        "ORDER BY COUNT(*) DESC",
        [(1, 2)],
    ),
    ("SELECT SUM(ROW_NUMBER() OVER (ORDER BY x)) FROM (SELECT 1 x) t", 4109),
    ("SELECT RANK() OVER (ORDER BY x ROWS UNBOUNDED PRECEDING) FROM (SELECT 1 x) t", 10752),
    ("SELECT LAG(x) OVER (ORDER BY x ROWS UNBOUNDED PRECEDING) FROM (SELECT 1 x) t", 10752),
    ("SELECT SUM(x) OVER (ORDER BY x ROWS -1 PRECEDING) FROM (SELECT 1 x) t", 103010),
    (
        "SELECT SUM(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED FOLLOWING AND UNBOUNDED FOLLOWING) FROM (SELECT 1 x) t",
        4193,
    ),
    ("SELECT GROUPING(v) FROM (SELECT 1 v, 2 g) t GROUP BY g", 8161),
    (
        "SELECT g, GROUPING_ID(v, g) FROM (SELECT 1 v, 2 g) t GROUP BY ROLLUP(v, g) ORDER BY 2",
        [(2, 0), (None, 1), (None, 3)],
    ),
    ("SELECT AVG(x) FROM (SELECT 2147483647 x UNION ALL SELECT 2147483647) t", 8115),
    ("SELECT AVG(x) FROM (SELECT CAST(255 AS tinyint) x UNION ALL SELECT 255) t", [(255,)]),
    ("SELECT * FROM (SELECT 1 k, 2 a, CAST(3 AS bigint) b) t UNPIVOT (v FOR c IN (a, b)) u", 8167),
    ("SELECT * FROM (SELECT 'x' a, 'yy' b) t UNPIVOT (v FOR c IN (a, b)) u", 8167),
    (
        "SELECT RAND(100), RAND(1), COUNT(DISTINCT r) FROM (SELECT RAND() r FROM sys.types) t",
        [(0.715436657367485, 0.7135919932129235, 1)],
    ),
    ("SET LOCK_TIMEOUT -1 SET TEXTSIZE -1 SELECT 1", [(1,)]),
    ("REVOKE GRANT OPTION FOR SELECT ON SCHEMA::dbo FROM public SELECT 1", [(1,)]),
    ("GRANT SELECT ON SCHEMA::dbo TO public AS dbo REVOKE SELECT ON SCHEMA::dbo FROM public SELECT 1", [(1,)]),
    ("CREATE TABLE #everywhere (a int) WITH (DISTRIBUTION = REPLICATE)", 104467),
    ("CREATE TABLE #seen (a int) EXEC('CREATE VIEW dbo.seen AS SELECT a FROM #seen')", 4508),
    ("SELECT SUM(ROW_NUMBER() OVER (ORDER BY x)) OVER () FROM (SELECT 1 x) t", 4109),
    (
        "CREATE TABLE dbo.sampled (a int) INSERT INTO dbo.sampled SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 "
        "SELECT (SELECT COUNT(*) FROM dbo.sampled TABLESAMPLE (100 PERCENT)), "
        "(SELECT COUNT(*) FROM dbo.sampled AS s TABLESAMPLE (2) WITH (NOLOCK) WHERE s.a > 0)",
        [(3, 2)],
    ),
    (
        "SELECT COUNT(*) AS n INTO dbo.counted FROM sys.schemas "
        "SELECT is_nullable FROM sys.columns WHERE object_id = OBJECT_ID('dbo.counted')",
        [(True,)],
    ),
    ("SELECT SUM((SELECT 1)) FROM (SELECT 1 x) t", 130),
    ("SELECT SUM(CASE WHEN EXISTS (SELECT 1) THEN 1 END) FROM (SELECT 1 x) t", 130),
    ("SELECT 1 AS x WHERE 3 > ALL (SELECT 1 UNION ALL SELECT 2)", [(1,)]),
    ("SELECT 1 AS x WHERE 'A' = ANY (SELECT 'a')", [(1,)]),
    ("SELECT 1 AS x WHERE 3 <> ALL (SELECT 3)", []),
    ("SELECT * FROM (SELECT 1 a) t PIVOT (SUM(zz) FOR a IN ([1])) q", 207),
    ("SELECT x, COUNT(*) FROM (SELECT 1 x UNION ALL SELECT 2) t GROUP BY x ORDER BY x", [(1, 1), (2, 1)]),
]

ONE = "(SELECT 1 x UNION ALL SELECT 2 UNION ALL SELECT 3)"
OTHER = "(SELECT 2 y UNION ALL SELECT 3 UNION ALL SELECT 4)"
OF_THREE = "(SELECT 1 FROM (SELECT 3 z UNION ALL SELECT 9) e WHERE z = {})"
JOINS: list[tuple[str, str, list[tuple[int | None, int | None]]]] = [
    ("LEFT", f"a.x = b.y AND EXISTS {OF_THREE.format('b.y')}", [(1, None), (2, None), (3, 3)]),
    ("LEFT", f"a.x = b.y AND EXISTS {OF_THREE.format('a.x')}", [(1, None), (2, None), (3, 3)]),
    ("LEFT", f"a.x = b.y AND EXISTS {OF_THREE.format('a.x AND z = b.y')}", [(1, None), (2, None), (3, 3)]),
    ("LEFT", f"a.x = b.y AND NOT EXISTS {OF_THREE.format('b.y')}", [(1, None), (2, 2), (3, None)]),
    ("LEFT", "a.x = b.y AND b.y IN (SELECT 3)", [(1, None), (2, None), (3, 3)]),
    ("LEFT", "a.x < (SELECT 2) AND b.y = 4", [(1, 4), (2, None), (3, None)]),
    ("RIGHT", f"a.x = b.y AND EXISTS {OF_THREE.format('b.y')}", [(None, 2), (None, 4), (3, 3)]),
    ("RIGHT", f"a.x = b.y OR NOT EXISTS {OF_THREE.format('a.x')} AND b.y = 4", [(1, 4), (2, 2), (2, 4), (3, 3)]),
    ("FULL", f"a.x = b.y AND NOT EXISTS {OF_THREE.format('b.y')}",
     [(None, 3), (None, 4), (1, None), (2, 2), (3, None)]),
    ("FULL", "a.x = b.y AND a.x IN (SELECT 3)", [(None, 2), (None, 4), (1, None), (2, None), (3, 3)]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "on", "rows"), JOINS)
def test_an_outer_joins_condition_may_hold_a_query(
    pool: Pool, kind: str, on: str, rows: list[tuple[int | None, int | None]]
) -> None:
    joined = f"{ONE} a {kind} JOIN {OTHER} b ON {on} LEFT JOIN (SELECT 3 w) c ON c.w = b.y"
    assert pool(f"SELECT a.x, b.y FROM {joined} ORDER BY a.x, b.y") == rows


def test_an_update_may_join_by_a_query(pool: Pool) -> None:
    pool("CREATE TABLE dbo.joined (x int, g int) INSERT INTO dbo.joined SELECT 1, 1 UNION ALL SELECT 2, 1")
    on = "b.y = joined.x AND b.y IN (SELECT 2)"
    pool(f"UPDATE dbo.joined SET g = 7 FROM dbo.joined LEFT JOIN {OTHER} b ON {on} WHERE b.y IS NULL")
    assert pool("SELECT x, g FROM dbo.joined ORDER BY x") == [(1, 7), (2, 1)]


@pytest.mark.parametrize(("batch", "wanted"), BATCHES)
def test_a_batch_gives_what_a_pool_gives(pool: Pool, batch: str, wanted: Any) -> None:
    rows = wanted if isinstance(wanted, list) else []
    near = [pytest.approx(row) if isinstance(row[0], float) else row for row in rows]
    check_batch(pool, batch, near if rows else wanted)
