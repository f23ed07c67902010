"""What SSMS, DBeaver, SQLAlchemy and pandas ask of a server's catalogue, in the shape that they ask it.

Source: the statements that each sends when it connects, lists objects and reflects a table.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from .conftest import Pool, Running

pytestmark = pytest.mark.client("SSMS, DBeaver, SQLAlchemy and pandas, by their statements")

OPTIONS = "SET ANSI_NULLS ON SET ARITHABORT ON SET XACT_ABORT ON SET LOCK_TIMEOUT 10000"


@pytest.fixture(scope="module", autouse=True)
def tables(pool: Pool) -> None:
    pool("CREATE SCHEMA tools")
    pool(
        """CREATE TABLE tools.reflected (id bigint IDENTITY(1, 1) NOT NULL, name nvarchar(20) NULL DEFAULT 'x',
          price decimal(9, 2) NOT NULL, CONSTRAINT pk_reflected PRIMARY KEY NONCLUSTERED (id) NOT ENFORCED)
        WITH (DISTRIBUTION = HASH(price), CLUSTERED COLUMNSTORE INDEX)"""
    )


QUESTIONS: list[tuple[str, Any]] = [
    # SSMS
    (f"{OPTIONS} SELECT dtb.name AS [Name], dtb.database_id AS [ID], CAST(case when dtb.name in ('master', 'model', "
     "'msdb', 'tempdb') then 1 else dtb.is_read_only end AS bit) AS [IsSystemObject] FROM sys.databases AS dtb "
     "ORDER BY [Name] ASC", [("warehouse", 5, False)]),
    ("SELECT tbl.name AS [Name], SCHEMA_NAME(tbl.schema_id) AS [Schema], tbl.is_external FROM sys.tables AS tbl "
     "WHERE SCHEMA_NAME(tbl.schema_id) = N'tools' ORDER BY [Schema] ASC, [Name] ASC",
     [("reflected", "tools", False)]),
    ("SELECT clmns.name, CAST(ISNULL(cik.index_column_id, 0) AS bit) AS [InPrimaryKey], usrt.name AS [DataType], "
     "CAST(CASE WHEN baset.name IN (N'nchar', N'nvarchar') AND clmns.max_length <> -1 THEN clmns.max_length / 2 "
     "ELSE clmns.max_length END AS int) AS [Length] FROM sys.tables AS tbl INNER JOIN sys.all_columns AS clmns "
     "ON clmns.object_id = tbl.object_id LEFT OUTER JOIN sys.indexes AS ik ON ik.object_id = clmns.object_id "
     "and 1 = ik.is_primary_key LEFT OUTER JOIN sys.index_columns AS cik ON cik.index_id = ik.index_id "
     "and cik.column_id = clmns.column_id and cik.object_id = clmns.object_id LEFT OUTER JOIN sys.types AS usrt "
     "ON usrt.user_type_id = clmns.user_type_id LEFT OUTER JOIN sys.types AS baset "
     "ON baset.user_type_id = clmns.system_type_id WHERE tbl.name = N'reflected' ORDER BY clmns.column_id ASC",
     [("id", True, "bigint", 8), ("name", False, "nvarchar", 20), ("price", False, "decimal", 5)]),
    ("SELECT t.name, d.distribution_policy_desc FROM sys.tables AS t JOIN sys.pdw_table_distribution_properties AS d "
     "ON t.object_id = d.object_id WHERE t.name = 'reflected'", [("reflected", "HASH")]),
    # DBeaver
    ("SELECT s.*, ep.value AS description FROM sys.schemas s LEFT OUTER JOIN sys.extended_properties ep "
     "ON ep.class = 3 AND ep.major_id = s.schema_id AND ep.minor_id = 0 AND ep.name = 'MS_Description' "
     "WHERE s.schema_id < 5 ORDER BY s.schema_id",
     [("dbo", 1, 1, None), ("INFORMATION_SCHEMA", 3, 3, None), ("sys", 4, 4, None)]),
    ("SELECT c.name, t.name as typename, dc.definition as default_definition, cc.definition as computed_definition "
     "FROM sys.all_columns c LEFT OUTER JOIN sys.types t ON c.user_type_id = t.user_type_id LEFT OUTER JOIN "
     "sys.default_constraints dc ON dc.parent_object_id = c.object_id AND dc.parent_column_id = c.column_id "
     "LEFT OUTER JOIN sys.computed_columns cc ON cc.object_id = c.object_id AND cc.column_id = c.column_id "
     "WHERE c.object_id = OBJECT_ID('tools.reflected') ORDER BY c.object_id, c.column_id",
     [("id", "bigint", None, None), ("name", "nvarchar", "('x')", None), ("price", "decimal", None, None)]),
    # SQLAlchemy
    ("SELECT schema_name()", [("dbo",)]),
    ("SELECT CAST('test max support' AS NVARCHAR(max))", [("test max support",)]),
    ("SELECT [INFORMATION_SCHEMA].[TABLES].[TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES] WHERE ("
     "[INFORMATION_SCHEMA].[TABLES].[TABLE_TYPE] = CAST(N'BASE TABLE' AS NVARCHAR(max)) OR "
     "[INFORMATION_SCHEMA].[TABLES].[TABLE_TYPE] = CAST(N'VIEW' AS NVARCHAR(max))) AND "
     "[INFORMATION_SCHEMA].[TABLES].[TABLE_NAME] = CAST(N'reflected' AS NVARCHAR(max)) AND "
     "[INFORMATION_SCHEMA].[TABLES].[TABLE_SCHEMA] = CAST(N'tools' AS NVARCHAR(max))", [("reflected",)]),
    ("SELECT [sys].[columns].[name], [sys].[types].[name] AS [name_1], [sys].[columns].[is_identity], "
     "CAST([sys].[identity_columns].[seed_value] AS NUMERIC) AS seed_value FROM [sys].[columns] JOIN [sys].[types] ON "
     "[sys].[columns].[user_type_id] = [sys].[types].[user_type_id] LEFT OUTER JOIN [sys].[identity_columns] ON "
     "[sys].[identity_columns].[object_id] = [sys].[columns].[object_id] AND [sys].[identity_columns].[column_id] = "
     "[sys].[columns].[column_id] WHERE [sys].[columns].[object_id] = object_id(N'tools.reflected') "
     "ORDER BY [sys].[columns].[column_id]",
     [("id", "bigint", True, 1), ("name", "nvarchar", False, None), ("price", "decimal", False, None)]),
    ("SELECT C.COLUMN_NAME, TC.CONSTRAINT_TYPE, C.CONSTRAINT_NAME FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS TC, "
     "INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS C WHERE TC.CONSTRAINT_NAME = C.CONSTRAINT_NAME AND "
     "C.TABLE_NAME = N'reflected' AND TC.CONSTRAINT_TYPE IN ('PRIMARY KEY', 'UNIQUE') ORDER BY C.ORDINAL_POSITION",
     [("id", "PRIMARY KEY", "pk_reflected")]),
    # Everybody, before a #temp table ("Temporary tables in Synapse SQL")
    ("IF OBJECT_ID('tempdb..#x') IS NOT NULL DROP TABLE #x SELECT 1", [(1,)]),
    ("CREATE TABLE #x (a int) IF OBJECT_ID('tempdb..#x') IS NOT NULL DROP TABLE #x SELECT OBJECT_ID('tempdb..#x')",
     [(None,)]),
]  # fmt: skip


@pytest.mark.parametrize(("question", "answer"), QUESTIONS, ids=[text[:60] for text, _ in QUESTIONS])
def test_a_tool_gets_its_answer(pool: Pool, question: str, answer: Any) -> None:
    assert pool(question) == answer


@pytest.mark.filterwarnings("ignore:pandas only supports SQLAlchemy")
def test_pandas_reads_a_query(server: Running) -> None:
    with server.connect() as connection:
        frame = pd.read_sql("SELECT 1 AS a, N'é' AS b UNION ALL SELECT 2, N'z' ORDER BY a", connection)
    assert frame.to_dict("list") == {"a": [1, 2], "b": ["é", "z"]}
