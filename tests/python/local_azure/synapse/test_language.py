"""Tokens, the splitter of batches without semicolons, and statements that change tables and the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError
from local_azure.synapse.lexer import tokenize
from local_azure.synapse.statements import parse

from .conftest import refused

if TYPE_CHECKING:
    from conftest import Pool


def kinds(text: str) -> list[str]:
    return [type(s).__name__ for s in parse(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1 SELECT 2", ["SelectStatement", "SelectStatement"]),
        ("SELECT 1 AS a FROM t RENAME OBJECT a TO b", ["SelectStatement", "Rename"]),
        (
            "CREATE TABLE [a]WITH(DISTRIBUTION=HASH(x),HEAP) AS (SELECT 1 AS x) INSERT INTO a (x) SELECT 1",
            ["CreateTableAs", "Insert"],
        ),
        (
            "CREATE TABLE a (x int) WITH (HEAP) INSERT INTO a (x) (SELECT 1) OPTION (LABEL = 'l'); SELECT 1",
            ["CreateTable", "Insert", "SelectStatement"],
        ),
        ("IF NOT EXISTS (SELECT * FROM sys.schemas) BEGIN EXEC('x') END EXEC('y')", ["If", "ExecString"]),
        ("IF object_id('a','U') IS NOT NULL DROP TABLE a RENAME OBJECT b TO a", ["If", "Rename"]),
        ("DELETE a FROM t AS a JOIN u AS b ON a.x = b.x WHERE 1 = 1 OPTION (LABEL = 'x')", ["Delete"]),
        (";;SELECT 1;;", ["SelectStatement"]),
        ("-- only\n/* a /* nested */ comment */", []),
    ],
)
def test_statements_need_no_semicolon(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_names_and_literals() -> None:
    tokens = tokenize("""[a]]b] "c""d" 'e''f' N'g' @h 0x1F 1.5e-3 #t""")
    assert [(t.kind, t.text) for t in tokens[:-1]] == [
        ("name", "a]b"), ("name", 'c"d'), ("string", "e'f"), ("nstring", "g"), ("variable", "@h"), ("binary", "0x1F"),
        ("number", "1.5e-3"), ("word", "#t"),
    ]  # fmt: skip


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        parse(text)
    except SqlError as error:
        assert error.number


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
def test_delimited_names_are_read_back(name: str) -> None:
    (statement,) = parse(f"DROP TABLE [{name.replace(']', ']]')}]")
    assert isinstance(statement, n.Drop)
    assert statement.name.parts == (name,)


def test_table_life(pool: Pool) -> None:
    pool("CREATE SCHEMA l")
    pool(
        """CREATE TABLE l.t (id int NOT NULL, name nvarchar(20) DEFAULT 'none', n bigint IDENTITY(10, 5))
           WITH (DISTRIBUTION = HASH(id), CLUSTERED COLUMNSTORE INDEX)"""
    )
    pool("INSERT INTO l.t (id, name) VALUES (1, 'a') INSERT INTO l.t (id) SELECT 2")
    assert pool("SELECT id, name, n FROM l.t ORDER BY id") == [(1, "a", 10), (2, "none", 15)]
    pool("UPDATE l.t SET name = name + 'x', id += 10 WHERE id = 1")
    pool("UPDATE a SET name = b.v FROM l.t AS a JOIN (SELECT 2 AS k, 'joined' AS v) AS b ON a.id = b.k")
    assert pool("SELECT id, name FROM l.t ORDER BY id") == [(2, "joined"), (11, "ax")]
    pool("ALTER TABLE l.t ADD extra decimal(9, 2) NULL ALTER TABLE l.t DROP COLUMN n")
    pool("ALTER TABLE l.t ALTER COLUMN name nvarchar(50)")
    pool("ALTER TABLE l.t ADD CONSTRAINT pk PRIMARY KEY NONCLUSTERED (id) NOT ENFORCED")
    pool("DELETE a FROM l.t AS a WHERE a.id = 2 RENAME OBJECT l.t TO s")
    columns = pool(
        "SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale "
        "FROM INFORMATION_SCHEMA.COLUMNS WHERE table_schema = 'l' ORDER BY ordinal_position"
    )
    assert columns == [
        ("id", "int", None, 10, 0),
        ("name", "nvarchar", 50, None, None),
        ("extra", "decimal", None, 9, 2),
    ]
    assert pool("SELECT name FROM sys.key_constraints") == [("pk",)]
    pool("TRUNCATE TABLE l.s")
    assert pool.value("SELECT COUNT(*) FROM l.s") == 0
    pool("DROP TABLE l.s DROP SCHEMA l")


def test_a_table_is_changed_by_a_source_that_does_not_name_it(pool: Pool) -> None:
    pool("CREATE TABLE dbo.ch (id int, v varchar(9)) INSERT INTO dbo.ch SELECT 1, 'a' UNION ALL SELECT 2, 'b'")
    pool("CREATE TABLE dbo.news (id int, v varchar(9)) INSERT INTO dbo.news SELECT 2, 'B'")
    pool("UPDATE dbo.ch SET v = news.v FROM dbo.news WHERE news.id = dbo.ch.id")
    assert pool("SELECT v FROM dbo.ch ORDER BY id") == [("a",), ("B",)]
    pool("UPDATE ch SET v = q.v + 'x' FROM (SELECT id, MAX(v) AS v FROM dbo.news GROUP BY id) q WHERE q.id = ch.id")
    pool("DELETE FROM dbo.ch FROM dbo.news AS n WHERE n.id > dbo.ch.id")
    assert pool("SELECT v FROM dbo.ch") == [("Bx",)]
    assert refused(pool, "UPDATE dbo.ch SET v = id FROM dbo.news") == 209


def test_merge(pool: Pool) -> None:
    pool(
        "CREATE TABLE dbo.g (id int, v varchar(9)) WITH (DISTRIBUTION = HASH(id)) "
        "INSERT INTO dbo.g SELECT 1, 'a' UNION ALL SELECT 2, 'b'"
    )
    pool(
        """MERGE INTO [warehouse].[dbo].[g] AS d USING (SELECT 1 AS id, 'x' AS v UNION ALL SELECT 3, 'y') AS s
           ON (s.id = d.id) WHEN MATCHED THEN UPDATE SET v = s.v
           WHEN NOT MATCHED THEN INSERT (id, v) VALUES (id, v) WHEN NOT MATCHED BY SOURCE THEN DELETE
           OPTION (LABEL = 'm');"""
    )
    assert pool("SELECT id, v FROM dbo.g ORDER BY id") == [(1, "x"), (3, "y")]


def test_views_see_tables_rebuilt_under_them(pool: Pool) -> None:
    pool("CREATE TABLE dbo.b1 (a int) INSERT INTO dbo.b1 VALUES (1)")
    pool("CREATE VIEW dbo.bv AS SELECT * FROM dbo.b1")
    pool("DROP TABLE dbo.b1 CREATE TABLE dbo.b1 (a varchar(5), b int) INSERT INTO dbo.b1 VALUES ('x', 2)")
    assert pool("SELECT * FROM dbo.bv") == [("x",)]
    pool("DROP TABLE dbo.b1")
    with pytest.raises(SqlError) as caught:
        pool("SELECT * FROM dbo.bv")
    assert caught.value.number == 4413
    pool("ALTER VIEW dbo.bv AS SELECT 7 AS z")
    assert pool("SELECT z FROM dbo.bv") == [(7,)]
    assert pool.value("SELECT OBJECT_ID('[warehouse].[dbo].[bv]', 'V')") == pool.value(
        "SELECT object_id FROM sys.views WHERE name = 'bv'"
    )
    assert pool.value("SELECT OBJECT_ID('dbo.bv', 'U')") is None


def test_contract_table_keeps_its_types(pool: Pool) -> None:
    """CTAS takes its columns' types from the query, lengths and scales with them."""
    pool(
        """CREATE TABLE dbo.ct WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS
           SELECT CAST('a' AS varchar(20)) AS s, CAST(1 AS decimal(19, 4)) AS d, CAST(1 AS bit) AS b,
             CAST('2024-01-01' AS datetime2(6)) AS t, 'abc' + N'd' AS n, NULL AS z"""
    )
    found = pool(
        "SELECT c.name, t.name, c.max_length, c.precision, c.scale FROM sys.columns AS c JOIN "
        "sys.types AS t ON c.user_type_id = t.user_type_id WHERE c.object_id = OBJECT_ID('dbo.ct') "
        "ORDER BY c.column_id"
    )
    assert found == [
        ("s", "varchar", 20, 0, 0), ("d", "decimal", 9, 19, 4), ("b", "bit", 1, 1, 0), ("t", "datetime2", 8, 0, 6),
        ("n", "nvarchar", 8, 0, 0), ("z", "int", 4, 10, 0),
    ]  # fmt: skip


def test_a_column_added_with_a_default_fills_the_rows_that_may_not_be_null(pool: Pool) -> None:
    pool("CREATE TABLE dbo.grew (id int) WITH (HEAP)")
    pool("INSERT INTO dbo.grew VALUES (1)")
    pool("ALTER TABLE dbo.grew ADD b int NULL DEFAULT 5")
    pool("ALTER TABLE dbo.grew ADD c int NOT NULL DEFAULT 6")
    pool("INSERT INTO dbo.grew (id) VALUES (2)")
    assert pool("SELECT * FROM dbo.grew ORDER BY id") == [(1, None, 6), (2, 5, 6)]
    with pytest.raises(SqlError, match="does not allow nulls"):
        pool("INSERT INTO dbo.grew (id, c) VALUES (3, NULL)")


def test_a_default_has_a_name_and_is_dropped_by_it(pool: Pool) -> None:
    pool("CREATE TABLE dbo.df (a int NOT NULL DEFAULT -5, b varchar(9) CONSTRAINT df_b DEFAULT 'it''s', c int)")
    pool(
        "ALTER TABLE dbo.df ADD CONSTRAINT df_c DEFAULT 9 FOR c ALTER TABLE dbo.df ADD d int CONSTRAINT df_d DEFAULT 4"
    )
    names = "SELECT name, definition FROM sys.default_constraints WHERE parent_object_id = OBJECT_ID('dbo.df')"
    assert pool(f"{names} ORDER BY name") == [
        ("df_b", "('it''s')"), ("df_c", "((9))"), ("df_d", "((4))"), ("DF_df_a", "((-5))"),
    ]  # fmt: skip
    pool("INSERT INTO dbo.df (a) VALUES (1)")
    pool("ALTER TABLE dbo.df DROP CONSTRAINT df_b ALTER TABLE dbo.df DROP CONSTRAINT DF_df_a")
    pool("INSERT INTO dbo.df (a) VALUES (2)")
    assert pool("SELECT * FROM dbo.df ORDER BY a") == [(1, "it's", 9, 4), (2, None, 9, 4)]
    assert refused(pool, "ALTER TABLE dbo.df ADD DEFAULT 1 FOR c") == 1781
    assert refused(pool, "INSERT INTO dbo.df (c) VALUES (1)") == 515
    pool("EXEC sp_rename 'dbo.df.c', 'renamed', 'COLUMN'")
    columns = "SELECT COLUMN_DEFAULT FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'df'"
    assert pool(f"{columns} ORDER BY ORDINAL_POSITION") == [(None,), (None,), ("((9))",), ("((4))",)]


def test_a_rebuild_names_what_is_there(pool: Pool) -> None:
    pool("CREATE TABLE dbo.rebuilt (a int) CREATE INDEX ix ON dbo.rebuilt (a)")
    pool("ALTER TABLE dbo.rebuilt REBUILD ALTER TABLE dbo.rebuilt REBUILD PARTITION = ALL")
    pool("ALTER INDEX ix ON dbo.rebuilt REORGANIZE")
    assert refused(pool, "ALTER INDEX nothing ON dbo.rebuilt REBUILD") == 2727


def test_select_into_makes_a_table(pool: Pool) -> None:
    pool("SELECT 1 AS a, N'x' AS b INTO dbo.made UNION ALL SELECT 2, N'y'")
    assert pool("SELECT * FROM dbo.made ORDER BY a") == [(1, "x"), (2, "y")]


def test_what_a_procedure_sets_ends_with_it(pool: Pool) -> None:
    pool("EXEC sp_executesql N'SET FMTONLY ON SELECT 1 AS a'")
    assert pool("SELECT 1 AS a") == [(1,)]


def test_variables_are_added_to(pool: Pool) -> None:
    assert pool.value("DECLARE @a int = 1 SET @a += 2 SELECT @a") == 3


def test_temporary_tables_belong_to_a_session(pool: Pool) -> None:
    pool("CREATE TABLE #t (a int) INSERT INTO #t VALUES (1)")
    assert pool("SELECT a FROM #t") == [(1,)]
    pool.session.reset()
    with pytest.raises(SqlError, match="Invalid object name '#t'"):
        pool("SELECT a FROM #t")


def test_transactions(pool: Pool) -> None:
    pool("CREATE TABLE dbo.tx (a int)")
    pool("BEGIN TRAN INSERT INTO dbo.tx VALUES (1) ROLLBACK TRAN")
    pool("BEGIN TRANSACTION; INSERT INTO dbo.tx VALUES (2); COMMIT")
    assert pool("SELECT a, @@trancount FROM dbo.tx") == [(2, 0)]


def test_a_failed_transaction_only_rolls_back(pool: Pool) -> None:
    pool("CREATE TABLE dbo.fx (a int)")
    pool("BEGIN TRAN INSERT INTO dbo.fx VALUES (1)")
    with pytest.raises(SqlError):
        pool("INSERT INTO dbo.fx VALUES (1 / 0)")
    for text in ("INSERT INTO dbo.fx VALUES (2)", "SELECT a FROM dbo.fx", "COMMIT"):
        with pytest.raises(SqlError) as caught:
            pool(text)
        assert caught.value.number == 111233
    pool("ROLLBACK")
    assert pool("SELECT a FROM dbo.fx") == []


def test_grants_are_kept(pool: Pool) -> None:
    pool("CREATE TABLE dbo.gr (a int) CREATE ROLE readers GRANT SELECT ON dbo.gr TO readers")
    assert pool("SELECT GRANTEE, PRIVILEGE_TYPE FROM INFORMATION_SCHEMA.TABLE_PRIVILEGES WHERE TABLE_NAME = 'gr'") == [
        ("readers", "SELECT")
    ]
    pool("REVOKE SELECT ON dbo.gr FROM readers")
    assert pool("SELECT * FROM INFORMATION_SCHEMA.TABLE_PRIVILEGES") == []


@pytest.mark.parametrize(
    "view",
    [
        "sys.schemas",
        "sys.objects",
        "sys.tables",
        "sys.views",
        "sys.sql_modules",
        "sys.columns",
        "sys.types",
        "sys.database_principals",
        "sys.databases",
        "sys.indexes",
        "sys.index_columns",
        "sys.key_constraints",
        "sys.external_tables",
        "sys.external_data_sources",
        "sys.external_file_formats",
        "sys.pdw_table_distribution_properties",
        "INFORMATION_SCHEMA.TABLES",
        "INFORMATION_SCHEMA.VIEWS",
        "INFORMATION_SCHEMA.SCHEMATA",
        "INFORMATION_SCHEMA.COLUMNS",
        "INFORMATION_SCHEMA.TABLE_CONSTRAINTS",
    ],
)
def test_catalogue_views_answer(pool: Pool, view: str) -> None:
    pool(f"SELECT * FROM {view}")
