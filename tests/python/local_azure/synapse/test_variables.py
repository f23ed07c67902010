"""SELECT gives variables their values.

Source: Microsoft Learn, "SELECT @local_variable (Transact-SQL)", which applies to Azure Synapse Analytics; of a query's
own values a pool's refusal as dotnet/SqlClient met it (pull request 4176).
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Pool, check_batch, refused

ROWS = "(SELECT 1 AS id, 'a' AS v UNION ALL SELECT 2, 'b') AS q"
BATCHES: list[tuple[str, Any]] = [
    ("DECLARE @a int, @b varchar(5) SELECT @a = 1, @b = 'x' SELECT @a, @b", [(1, "x")]),
    ("DECLARE @a int = 5 SELECT @a += 2 SELECT @a *= 10 SELECT @a", [(70,)]),
    ("DECLARE @a int, @b int SELECT @a = 1, @b = @a + 1 SELECT @b", [(2,)]),
    ("DECLARE @a decimal(5, 2) SELECT @a = 1.239 SELECT CAST(@a AS varchar(9))", [("1.24",)]),
    (f"DECLARE @a varchar(9) = 'Generic' SELECT @a = v FROM {ROWS} WHERE id = 9 SELECT @a", [("Generic",)]),
    (f"DECLARE @a varchar(9) = 'Generic' SELECT @a = (SELECT v FROM {ROWS} WHERE id = 9) SELECT @a", [(None,)]),
    ("DECLARE @a int = 3 SELECT @a = 4 WHERE 1 = 2 SELECT @a", [(3,)]),
    (f"DECLARE @a int, @b varchar(9) SELECT @a = id, @b = v FROM {ROWS} ORDER BY id SELECT @a, @b", [(2, "b")]),
    (f"DECLARE @a int SELECT TOP 1 @a = id FROM {ROWS} ORDER BY id DESC SELECT @a", [(2,)]),
    (f"DECLARE @a int SELECT @a = COUNT(*) FROM {ROWS} SELECT @a", [(2,)]),
    ("DECLARE @a int SELECT @a = COUNT(*) SELECT @a", [(1,)]),
    (f"DECLARE @a int; WITH c AS (SELECT id FROM {ROWS}) SELECT @a = MAX(id) FROM c SELECT @a", [(2,)]),
    ("DECLARE @i int = 0 WHILE @i < 3 SELECT @i = @i + 1 SELECT @i", [(3,)]),
    ("BEGIN TRY DECLARE @a int SELECT @a = 1 / 0 END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH", [(8134,)]),
    (f"DECLARE @a int = 0 SELECT @a = @a + id FROM {ROWS}", 104473),
    ("DECLARE @a int SELECT @a = 1, 2 AS b", 141),
    ("DECLARE @a int SELECT @a = 1 INTO #kept", 141),
    ("DECLARE @a int SELECT @a = 1 UNION ALL SELECT 2", 10734),
    ("DECLARE @a int SELECT * FROM (SELECT @a = 1) AS q", 103010),
    ("SELECT @nothing = 1", 137),
    ("DECLARE @a tinyint SELECT @a = 256", 220),
]  # fmt: skip


@pytest.mark.parametrize(("batch", "wanted"), BATCHES)
def test_a_select_gives_variables_their_values(pool: Pool, batch: str, wanted: Any) -> None:
    check_batch(pool, batch, wanted)


def test_a_function_takes_one_that_reads_nothing(pool: Pool) -> None:
    pool("CREATE FUNCTION dbo.chosen (@a int) RETURNS int AS BEGIN DECLARE @b int SELECT @b = @a * 2 RETURN @b END")
    assert pool.value("SELECT dbo.chosen(4)") == 8
    reading = "SELECT @b = schema_id FROM sys.schemas"
    text = f"CREATE FUNCTION dbo.reads () RETURNS int AS BEGIN DECLARE @b int {reading} RETURN @b END"
    assert refused(pool, text) == 104467
