"""What a dedicated pool refuses is refused, with SQL Server's number: the endpoint's main promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from local_azure.synapse.engine import translate
from local_azure.synapse.errors import SqlError

if TYPE_CHECKING:
    from conftest import Pool

SYNTAX, NOT_LOCAL, UNSUPPORTED = 103010, 40517, 104467

REFUSED = [
    # Grammar of other databases
    ("SELECT * FROM r.t LIMIT 1", SYNTAX),
    ("SELECT id FROM r.t ORDER BY id LIMIT 1", SYNTAX),
    ("SELECT id FROM r.t ORDER BY id OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY", SYNTAX),
    ("SELECT id FROM r.t QUALIFY row_number() OVER (ORDER BY id) = 1", SYNTAX),
    ("SELECT id::int FROM r.t", SYNTAX),
    ("SELECT * FROM r.t WHERE name ILIKE 'a'", 4145),
    ("SELECT * FROM r.t JOIN r.u USING (id)", SYNTAX),
    ("SELECT * FROM r.t NATURAL JOIN r.u", SYNTAX),
    ("SELECT * EXCLUDE (id) FROM r.t", SYNTAX),
    ("SELECT count(*) FILTER (WHERE id = 1) FROM r.t", SYNTAX),
    ("SELECT 'a' || 'b'", SYNTAX),
    ("SELECT DATE '2024-01-01'", 207),
    ("SELECT INTERVAL 1 DAY", SYNTAX),
    ("SELECT [1, 2]", 207),
    ("FROM r.t", SYNTAX),
    ("SELECT id FROM r.t GROUP BY ALL", SYNTAX),
    ("SELECT id FROM r.t GROUP BY CUBE (id)", SYNTAX),
    ("SELECT * FROM (VALUES (1), (2)) v(x)", SYNTAX),
    ("SELECT a IS DISTINCT FROM b FROM r.t", SYNTAX),
    ("CREATE OR REPLACE VIEW r.v AS SELECT 1 AS x", SYNTAX),
    ("CREATE OR ALTER VIEW r.v AS SELECT 1 AS x", SYNTAX),
    ("CREATE TABLE IF NOT EXISTS r.x (a int)", SYNTAX),
    ("INSERT INTO r.t VALUES (1, 'a'), (2, 'b')", SYNTAX),
    ("INSERT INTO r.t DEFAULT VALUES", SYNTAX),
    ("INSERT INTO r.t WITH x AS (SELECT 1 AS i, 'a' AS n) SELECT i, n FROM x", SYNTAX),
    ("PRAGMA version", SYNTAX),
    ("ATTACH 'x.db'", SYNTAX),
    ("COPY r.t TO 'x.csv'", SYNTAX),
    ("INSTALL httpfs", SYNTAX),
    ("SELECT 1 WHERE 1", 4145),
    ("SELECT (1 = 1)", SYNTAX),
    ("SELECT CASE WHEN id THEN 1 END FROM r.t", 4145),
    ("SELECT id = NULL OR id FROM r.t", SYNTAX),
    ("SELECT 'open", 105),
    ("SELECT 1 /* open", 113),
    (f"SELECT 1 AS [{'x' * 129}]", 103),
    # Grammar SQL Server has and a pool lacks
    ("SELECT a.id FROM (SELECT id INTO r.x FROM r.t) AS a", SYNTAX),
    ("CREATE VIEW r.w AS SELECT id INTO r.x FROM r.t", SYNTAX),
    ("CREATE TABLE ##g (id int)", UNSUPPORTED),
    ("SELECT COUNT(NULL)", 8117),
    ("SELECT SYSDATETIMEOFFSET() AT TIME ZONE 'Europe/Warsaw'", 9820),
    ("SELECT CAST('2024-01-01' AS date) AT TIME ZONE 'UTC'", 8116),
    ("SELECT '2024-01-01' AT TIME ZONE 'UTC'", 8116),
    ("WAITFOR DELAY '00:00:01'", UNSUPPORTED),
    ("WITH a AS (WITH b AS (SELECT 1 AS x) SELECT x FROM b) SELECT x FROM a", SYNTAX),
    ("SELECT * FROM (WITH b AS (SELECT 1 AS x) SELECT x FROM b) q", SYNTAX),
    ("WITH a AS (SELECT 1 AS id) DELETE FROM r.t WHERE id IN (SELECT id FROM a)", SYNTAX),
    ("WITH a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a WHERE n < 3) SELECT * FROM a", 208),
    ("DECLARE c CURSOR FOR SELECT 1", UNSUPPORTED),
    ("CREATE TABLE r.x WITH (DISTRIBUTION = ROUND_ROBIN) AS (WITH a AS (SELECT 1 AS i) SELECT i FROM a)", SYNTAX),
    ("CREATE TABLE r.x AS SELECT 1 AS a", SYNTAX),
    ("CREATE TABLE r.x WITH (HEAP) AS SELECT 1 AS a", 104329),
    ("CREATE TABLE r.x WITH (DISTRIBUTION = HASH(b)) AS SELECT 1 AS a", 207),
    ("CREATE TABLE r.x WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS SELECT id FROM r.t ORDER BY id", 1033),
    ("CREATE TABLE r.x WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS SELECT 1", 8155),
    ("CREATE TABLE r.x (a varchar(max))", 35343),
    ("CREATE VIEW r.x AS SELECT id FROM r.t ORDER BY id", 1033),
    ("CREATE VIEW r.x AS SELECT id + 1 FROM r.t", 8155),
    ("CREATE VIEW r.x AS SELECT id, id FROM r.t", 8156),
    ("CREATE VIEW r.x WITH SCHEMABINDING AS SELECT id FROM r.t", UNSUPPORTED),
    ("SELECT * FROM (SELECT id FROM r.t ORDER BY id) q", 1033),
    ("CREATE INDEX i ON r.v (id)", UNSUPPORTED),
    ("CREATE UNIQUE INDEX i ON r.t (id)", UNSUPPORTED),
    ("CREATE TRIGGER x ON r.t AFTER INSERT AS SELECT 1", UNSUPPORTED),
    ("CREATE SEQUENCE r.x", UNSUPPORTED),
    ("CREATE TYPE r.x FROM int", UNSUPPORTED),
    ("CREATE PROCEDURE r.p @a int = 1 AS SELECT @a", UNSUPPORTED),
    ("CREATE PROCEDURE r.p AS RETURN 1", UNSUPPORTED),
    ("CREATE PROCEDURE r.p WITH RECOMPILE AS SELECT 1", UNSUPPORTED),
    ("CREATE PROCEDURE #p AS SELECT 1", UNSUPPORTED),
    ("CREATE PROCEDURE r.p;2 AS SELECT 1", UNSUPPORTED),
    ("CREATE PROCEDURE r.p @t r.rows READONLY AS SELECT 1", 2715),
    ("INSERT INTO r.t EXEC r.p", SYNTAX),
    ("SELECT @@NESTLEVEL", 137),
    ("CREATE FUNCTION r.f() RETURNS @t TABLE (a int) AS BEGIN RETURN END", UNSUPPORTED),
    ("CREATE MATERIALIZED VIEW r.x AS SELECT id, count(*) AS n FROM r.t GROUP BY id", SYNTAX),
    ("CREATE MATERIALIZED VIEW r.x WITH (DISTRIBUTION = HASH(id)) AS SELECT id FROM r.t", 104465),
    ("MERGE r.t USING r.u ON r.t.id = r.u.id WHEN MATCHED THEN DELETE", 10713),
    ("MERGE r.t AS a USING r.u AS b ON a.id = b.id WHEN MATCHED THEN DELETE WHEN MATCHED THEN DELETE;", 5324),
    ("SET IDENTITY_INSERT r.t ON", 8106),
    ("UPDATE r.i SET id = 1", 8102),
    ("SELECT SUM(id) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM r.t", 4194),
    ("SELECT SUM(id) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING) FROM r.t", 4193),
    ("SELECT SUM(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM r.t", 4193),
    ("SELECT STRING_AGG(DISTINCT name, ',') FROM r.t", 102),
    ("SELECT SUM(id) OVER (ROWS UNBOUNDED PRECEDING) FROM r.t", 10756),
    ("SELECT id FROM r.t WHERE ROW_NUMBER() OVER (ORDER BY id) = 1", 4108),
    ("SELECT STRING_AGG(name, name) FROM r.t", 8733),
    ("SELECT PERCENTILE_CONT(1.5) WITHIN GROUP (ORDER BY id) OVER () FROM r.t", 10755),
    ("SELECT PERCENTILE_CONT(0.5) OVER (PARTITION BY id) FROM r.t", 4112),
    ("SELECT TOP (-1) id FROM r.t", 127),
    ("SELECT id FROM r.t ORDER BY NULL", 408),
    ("SELECT id FROM r.t ORDER BY 5", 108),
    ("BEGIN END", SYNTAX),
    ("BEGIN TRAN BEGIN TRAN", UNSUPPORTED),
    ("BEGIN TRAN named", UNSUPPORTED),
    ("THROW 40000, 'x', 1", 35100),
    ("THROW 100000, 'x', 1", 35100),
    ("RAISERROR('%d', 16, 1, 'a')", 2786),
    ("RAISERROR('own %s', 16, 1, 'a')", 50000),
    ("RENAME OBJECT r.t COLUMN name TO x", SYNTAX),
    ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", UNSUPPORTED),
    ("USE other", 40508),
    ("SELECT * FROM other.r.t", 40515),
    ("SELECT * FROM linked.other.r.t", 104471),
    ("SELECT * FROM OPENROWSET(BULK 'x', FORMAT = 'CSV') AS q", SYNTAX),
    ("SELECT * FROM r.t FOR JSON AUTO", SYNTAX),
    # Table features
    ("CREATE TABLE r.x (a int REFERENCES r.t (id))", UNSUPPORTED),
    ("CREATE TABLE r.x (a int, FOREIGN KEY (a) REFERENCES r.t (id))", UNSUPPORTED),
    ("CREATE TABLE r.x (a int CHECK (a > 1))", UNSUPPORTED),
    ("CREATE TABLE r.x (a int, b AS a + 1)", UNSUPPORTED),
    ("CREATE TABLE r.x (a int PRIMARY KEY)", 104469),
    ("CREATE TABLE r.x (a int UNIQUE)", 104469),
    ("CREATE TABLE r.x (a datetime2 DEFAULT getdate())", 104338),
    ("CREATE TABLE r.x (a int) WITH (HEAP, CLUSTERED COLUMNSTORE INDEX)", SYNTAX),
    ("CREATE TABLE r.x (a int) WITH (DISTRIBUTION = HASH(a), DISTRIBUTION = REPLICATE)", SYNTAX),
    ("CREATE TABLE r.x (a varchar(5) IDENTITY(1, 1))", 2749),
    ("CREATE TABLE r.x (a int IDENTITY(1, 1), b int IDENTITY(1, 1))", 2744),
    ("SET ANSI_NULLS OFF", SYNTAX),
    ("SET QUOTED_IDENTIFIER OFF", SYNTAX),
    ("SELECT a.id FROM r.t a LEFT REDUCE JOIN r.u b ON a.id = b.id", SYNTAX),
    ("SELECT other.r.t.id FROM r.t", 4104),
    ("ALTER TABLE r.t ADD CONSTRAINT k CHECK (id > 0)", UNSUPPORTED),
    ("ALTER TABLE r.t ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES r.u (id)", UNSUPPORTED),
    ("ALTER TABLE r.t ADD x int NOT NULL", 4901),
    ("INSERT INTO r.i (id, name) VALUES (1, 'a')", 544),
    *[
        (f"CREATE TABLE r.x (a {name})", 104225)
        for name in [
            "xml", "sql_variant", "geography", "geometry", "hierarchyid", "text", "ntext", "image", "timestamp",
            "rowversion",
        ]
    ],
    ("CREATE TABLE r.x (a string)", 2715),
    ("CREATE TABLE r.x (a boolean)", 2715),
    ("CREATE TABLE r.x (a varchar(8001))", 131),
    ("CREATE TABLE r.x (a nvarchar(4001))", 131),
    ("CREATE TABLE r.x (a decimal(39, 2))", 2750),
    # Functions
    *[
        (f"SELECT {call}", 195)
        for call in [
            "date_trunc('day', getdate())", "greatest(1, 2)", "least(1, 2)", "datetrunc(day, getdate())",
            "length('a')", "now()", "ifnull(1, 2)", "nvl(1, 2)", "substr('a', 1, 1)", "to_char(1)",
            "strftime('a', 'b')",
            "read_csv('/etc/passwd')", "error('x')", "md5('a')", "list(1)", "getvariable('x')", "any_value(1)",
            "string_to_array('a', 'b')", "regexp_matches('a', 'b')", "bool_or(1)", "median(1)", "generate_series(1, 3)",
        ]
    ],
    ("SELECT * FROM read_csv('/etc/passwd')", 208),
    ("SELECT * FROM generate_series(1, 3)", 208),
    ("SELECT * FROM duckdb_tables()", 208),
    ("SELECT * FROM __pool.objects", 208),
    ("SELECT * FROM u_r.t", 208),
    ("SELECT * FROM pg_catalog.pg_class", 208),
    ("SELECT len('a', 'b')", 174),
    ("SELECT round(1.5)", 189),
    ("SELECT dateadd(fortnight, 1, getdate())", 155),
    ("SELECT datepart(hour, CAST('2024-01-01' AS date))", 9810),
    # Names
    ("SELECT * FROM r.nothing", 208),
    ("SELECT nothing FROM r.t", 207),
    ("SELECT true", 207),
    ("SELECT x.id FROM r.t", 4104),
    ("SELECT x.* FROM r.t", 107),
    ("SELECT id FROM r.t AS a CROSS JOIN r.t AS b", 209),
    ("SELECT 1 FROM r.t AS a CROSS JOIN r.u AS a", 1011),
    ("SELECT @nothing", 137),
    ("DECLARE @a int = 0, @b int = (SELECT COUNT(*) FROM r.t WHERE id = @a)", 137),
    ("CREATE TABLE r.t (a int)", 2714),
    ("CREATE TABLE nowhere.t (a int)", 2760),
    ("DROP TABLE r.nothing", 3701),
    ("DROP TABLE r.v", 3705),
    ("DROP TABLE IF EXISTS r.t", SYNTAX),
    ("DROP VIEW IF EXISTS r.v", SYNTAX),
    ("DROP TABLE r.t, r.u", SYNTAX),
    ("SELECT 1 AS x WITH a AS (SELECT 1 AS x) SELECT x FROM a", 319),
    ("SELECT 1 CREATE VIEW r.x AS SELECT 1 AS x", 111),
    ("CREATE SCHEMA x SELECT 1", 111),
    ("IF 1 = 1 CREATE SCHEMA x", 156),
    ("SELECT FORMAT(1, 'N', 'de-de')", NOT_LOCAL),
    ("SELECT name COLLATE Latin1_General_BIN FROM r.t", NOT_LOCAL),
    ("SET ROWCOUNT 5", NOT_LOCAL),
    ("SET DATEFIRST 1", UNSUPPORTED),
    ("SET DATEFORMAT dmy", NOT_LOCAL),
    ("CREATE TABLE r.x (a int, b int) WITH (DISTRIBUTION = HASH(a, b))", NOT_LOCAL),
    ("ALTER DATABASE warehouse SET RESULT_SET_CACHING ON", NOT_LOCAL),
    ("CREATE WORKLOAD GROUP g WITH (MIN_PERCENTAGE_RESOURCE = 10)", NOT_LOCAL),
    ("DROP WORKLOAD GROUP g", NOT_LOCAL),
    ("GRANT ALTER ON ROLE::public TO public", NOT_LOCAL),
    ("GRANT IMPERSONATE ON USER::dbo TO public", NOT_LOCAL),
    ("SELECT COUNT(*) FROM r.t GROUP BY ()", 103010),
    ("SET DEADLOCK_PRIORITY NORMAL", 103010),
    ("SELECT SUSER_SID()", 195),
    ("COPY INTO r.t FROM 'https://a/b' WITH (FILE_TYPE = 'ORC')", NOT_LOCAL),
    ("COPY INTO r.t FROM 'https://a/b' WITH (FILE_TYPE = 'CSV', ERRORFILE = 'x')", NOT_LOCAL),
    ("SELECT CHECKSUM('a')", NOT_LOCAL),
    ("DELETE r.u FROM r.u RIGHT JOIN r.t ON r.u.id = r.t.id AND r.u.id IN (SELECT 1)", NOT_LOCAL),
    ("SELECT TYPEPROPERTY('int', 'Precision')", NOT_LOCAL),
    ("DBCC CHECKIDENT ('r.i')", NOT_LOCAL),
    ("ALTER USER u WITH DEFAULT_SCHEMA = r", NOT_LOCAL),
    ("ADD SENSITIVITY CLASSIFICATION TO r.t.name WITH (LABEL = 'x')", NOT_LOCAL),
    ("GRANT FLY ON r.t TO public", SYNTAX),
    ("CREATE STATISTICS s ON r.t (id) WHERE id > 1", NOT_LOCAL),
    ("DROP SCHEMA r", 3729),
    ("RENAME OBJECT r.t TO u", 15335),
    ("ALTER VIEW r.nothing AS SELECT 1 AS x", 208),
    ("EXEC nothing", 2812),
    # Grouping and types
    ("SELECT id, count(*) FROM r.t", 8120),
    ("SELECT id AS k, count(*) FROM r.t GROUP BY k", 207),
    ("SELECT id, count(*) FROM r.t GROUP BY 1", 164),
    ("SELECT count(*) FROM r.t HAVING name = 'a'", 8121),
    ("SELECT id FROM r.t WHERE count(*) > 1", 147),
    ("SELECT row_number() OVER (PARTITION BY id) FROM r.t", 4112),
    ("SELECT row_number() FROM r.t", 10753),
    ("SELECT row_number() OVER (ORDER BY 1) FROM r.t", 5308),
    ("SELECT count(DISTINCT id) OVER (PARTITION BY name) FROM r.t", 10759),
    ("SELECT DISTINCT name FROM r.t ORDER BY id", 145),
    ("SELECT sum(name) FROM r.t", 8117),
    ("SELECT CAST('2024-01-01' AS date) + 1", 206),
    ("SELECT CAST(1 AS date)", 529),
    ("SELECT CASE WHEN 1 = 1 THEN 1 ELSE CAST('2024-01-01' AS date) END", 206),
    ("SELECT CASE WHEN 1 = 1 THEN NULL END", 8133),
    ("SELECT 1 UNION ALL SELECT 1, 2", 205),
    ("SELECT (SELECT id, name FROM r.t)", 116),
    ("INSERT INTO r.t (id) SELECT id, name FROM r.t", 213),
    ("INSERT INTO r.t (id, name) VALUES (1)", 109),
    ("INSERT INTO r.t VALUES (1)", 213),
    ("SELECT id AS x, name AS x FROM r.t ORDER BY x", 209),
    ("SELECT *, id FROM r.t ORDER BY id", 209),
    ("TRUNCATE TABLE r.nothing", 4701),
    ("ALTER TABLE r.nothing ADD a int", 4902),
    ("SELECT 1 INTO #nameless", 1038),
    ("SELECT * FROM r.t TABLESAMPLE (200 PERCENT)", 476),
    ("SELECT TRY_PARSE('1' AS int)", NOT_LOCAL),
    ("SELECT PARSE('1' AS int USING 'en-US')", NOT_LOCAL),
    ("INSERT INTO r.v (id) VALUES (1)", 4406),
    ("UPDATE r.t SET nothing = 1", 207),
    # Values
    ("SELECT 1 / 0", 8134),
    ("SELECT 1.0 / 0", 8134),
    ("SELECT 1 % 0", 8134),
    ("SELECT CAST('x' AS int)", 245),
    ("SELECT CAST('1.5' AS int)", 245),
    ("SELECT CAST('x' AS decimal(9, 2))", 8114),
    ("SELECT CAST('x' AS date)", 241),
    ("SELECT CAST('2024-02-30' AS date)", 241),
    ("SELECT CAST(300 AS tinyint)", 220),
    ("SELECT 2147483647 + 1", 8115),
    ("SELECT CAST(1000 AS decimal(5, 3))", 8115),
    ("SELECT sum(x) FROM (SELECT 2147483647 AS x UNION ALL SELECT 1) q", 8115),
    ("SELECT (SELECT id FROM r.u)", 512),
    ("INSERT INTO r.t (id, name) VALUES (1, 'longer than ten')", 8152),
    ("INSERT INTO r.t (id, name) VALUES (NULL, 'a')", 515),
    ("BEGIN TRAN; CREATE TABLE r.x (a int)", 111212),
    ("COMMIT", 111214),
    ("ROLLBACK", 111214),
    ("THROW 50001, 'own', 1", 50001),
    ("RAISERROR('own', 16, 1)", 50000),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def objects(pool: Pool) -> None:
    pool(
        """EXEC('CREATE SCHEMA r')
        CREATE TABLE r.t (id int NOT NULL, name varchar(10))
        CREATE TABLE r.u (id int)
        CREATE TABLE r.i (id int IDENTITY(1, 1), name varchar(10))
        INSERT INTO r.u SELECT 1 UNION ALL SELECT 2
        EXEC('CREATE VIEW r.v AS SELECT id FROM r.t')"""
    )


@pytest.mark.parametrize(("text", "number"), REFUSED, ids=[text[:60] for text, _ in REFUSED])
def test_refused(pool: Pool, text: str, number: int) -> None:
    try:
        with pytest.raises(SqlError) as caught:
            pool(text)
    finally:
        pool.session.rollback()
    assert caught.value.number == number, caught.value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("UPDATE r.u SET id = id INSERT INTO r.t VALUES (NULL, 'a')",
         "Cannot insert the value NULL into column 'id', table 'warehouse.r.t'; column does not allow nulls. "
         "INSERT fails."),
        ("INSERT INTO r.t VALUES (1, 'a') UPDATE r.t SET id = NULL",
         "Cannot insert the value NULL into column 'id', table 'warehouse.r.t'; column does not allow nulls. "
         "UPDATE fails."),
        ("SELECT CAST('x' AS decimal(9, 2))", "Error converting data type varchar to numeric."),
        ("SELECT CAST(N'x' AS int)", "Conversion failed when converting the nvarchar value 'x' to data type int."),
        ("SELECT SYSDATETIME() - SYSDATETIME()", "Operand data type datetime2 is invalid for subtract operator."),
        ("SELECT CAST('2024-01-01' AS date) + 1", "Operand type clash: date is incompatible with int"),
        ("SELECT HASHBYTES('MD5', CAST(1 AS decimal(9, 2)))",
         "Argument data type decimal is invalid for argument 2 of hashbytes function."),
    ],
)  # fmt: skip
def test_an_error_is_worded_as_sql_server_does(pool: Pool, text: str, message: str) -> None:
    with pytest.raises(SqlError) as raised:
        pool(text)
    assert raised.value.message == message


def test_what_has_no_counterpart_is_told_without_duckdbs_words() -> None:
    assert "DuckDB" not in translate(duckdb.InternalException("DuckDB's own words")).message


def test_a_batch_that_does_not_parse_runs_nothing(pool: Pool) -> None:
    with pytest.raises(SqlError, match=r"Parse error at line: 2, column: 23"):
        pool("CREATE TABLE r.half (a int)\nSELECT * FROM t LIMIT 1")
    with pytest.raises(SqlError, match=r"Invalid object name 'r\.half'"):
        pool("SELECT * FROM r.half")


def test_the_same_row_matched_twice_is_8672(pool: Pool) -> None:
    pool("CREATE TABLE r.m (id int, n int) INSERT INTO r.m VALUES (1, 0)")
    text = """MERGE INTO r.m AS t USING (SELECT 1 AS id, 2 AS n UNION ALL SELECT 1, 3) AS s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET n = s.n;"""
    with pytest.raises(SqlError) as caught:
        pool(text)
    assert caught.value.number == 8672
    assert pool.value("SELECT n FROM r.m") == 0
