"""COPY INTO from CSV with its options, CREATE EXTERNAL TABLE AS SELECT, and partitions with SPLIT, MERGE and SWITCH.

Source: Microsoft Learn, "COPY (Transact-SQL)", "CREATE EXTERNAL TABLE AS SELECT", "Partitioning tables in dedicated SQL
pool", "ALTER TABLE".
"""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal

import pytest

from local_azure.synapse.errors import SqlError

from .conftest import LAKE, Pool

D = Decimal
FILES = {
    "csv/a.csv": b'id,name,amount,day\n1,"Ann, ""A""",1.5,2024-01-02\n2,,2,\n3,"",3.25,01/31/2024\n',
    "csv/b.csv": b"id,name,amount,day\n4,x,9,2024-05-05\n",
    "csv/_hidden.csv": b"id,name,amount,day\n5,x,9,2024-05-05\n",
    "bad.csv": b"1,ok,1,2024-01-01\nx,ok,1,2024-01-01\n3,waytoolongname,1,2024-01-01\n",
    "long.csv": b"3,waytoolongname,1,2024-01-01\n",
    "short.csv": b"1,ok\n",
    "bars.txt.gz": gzip.compress(b"1|'a|b'|2|2024-01-01\r\n"),
    "tabs.txt": "7\tÖl\t2\t2024-01-01\n".encode("utf-16"),
}
ANN = (1, 'Ann, "A"', D("1.50"), dt.date(2024, 1, 2))


@pytest.fixture(scope="module", autouse=True)
def files(pool: Pool) -> None:
    for name, content in FILES.items():
        path = pool.lake / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    pool("CREATE MASTER KEY")
    pool("CREATE DATABASE SCOPED CREDENTIAL lake WITH IDENTITY = 'Managed Service Identity'")
    pool(f"CREATE EXTERNAL DATA SOURCE lake WITH (TYPE = HADOOP, LOCATION = '{LAKE}', CREDENTIAL = lake)")
    pool("CREATE EXTERNAL FILE FORMAT parquet WITH (FORMAT_TYPE = PARQUET)")


@pytest.fixture
def target(pool: Pool) -> str:
    if pool.value("SELECT OBJECT_ID('dbo.loaded')") is not None:
        pool("DROP TABLE dbo.loaded")
    pool("CREATE TABLE dbo.loaded (id int, name varchar(10), amount decimal(9, 2), day date) WITH (HEAP)")
    return "dbo.loaded"


@pytest.mark.parametrize(
    ("what", "options", "rows"),
    [
        ("FROM '{}/csv/a.csv'", "FIRSTROW = 2",
         [ANN, (2, None, D(2), None), (3, "", D("3.25"), dt.date(2024, 1, 31))]),
        ("(id 1, name DEFAULT 'none' 2, amount 3) FROM '{}/csv/*.csv'",
         "FIRSTROW = 2, CREDENTIAL = (IDENTITY = 'Managed Identity')",
         [(*ANN[:3], None), (2, "none", D(2), None), (3, "", D("3.25"), None), (4, "x", D(9), None)]),
        ("(amount 1, id 3) FROM '{}/bad.csv'", "MAXERRORS = 9", [(1, None, D(1), None), (1, None, D(3), None)]),
        ("FROM '{0}/csv/b.csv', '{0}/csv/b.csv'", "FIRSTROW = 2", [(4, "x", D(9), dt.date(2024, 5, 5))] * 2),
        ("FROM '{}/bad.csv'", "MAXERRORS = 2", [(1, "ok", D(1), dt.date(2024, 1, 1))]),
        ("FROM '{}/bars.txt.gz'", "FIELDTERMINATOR = '|', FIELDQUOTE = '''', ROWTERMINATOR = '0x0D0A'",
         [(1, "a|b", D(2), dt.date(2024, 1, 1))]),
        ("FROM '{}/tabs.txt'", "FIELDTERMINATOR = '0x09', ENCODING = 'UTF16'", [(7, "Öl", D(2), dt.date(2024, 1, 1))]),
    ],
)  # fmt: skip
def test_csv_is_loaded(pool: Pool, target: str, what: str, options: str, rows: list[object]) -> None:
    pool(f"COPY INTO {target} {what.format(LAKE)} WITH (FILE_TYPE = 'CSV', {options})")
    assert pool(f"SELECT * FROM {target} ORDER BY id, amount") == rows


@pytest.mark.parametrize(
    "address",
    [
        LAKE,
        "https://local.dfs.core.windows.net/lake",
        "https://local.blob.core.windows.net/lake",
        "wasbs://lake@local.blob.core.windows.net",
    ],
)
def test_a_file_without_a_type_is_csv_at_every_spelling_of_its_address(pool: Pool, target: str, address: str) -> None:
    pool(f"COPY INTO {target} FROM '{address}/csv/b.csv' WITH (FIRSTROW = 2) OPTION (LABEL = 'COPY : {target}')")
    assert pool(f"SELECT id FROM {target}") == [(4,)]
    assert pool.value("SELECT COUNT(*) FROM sys.dm_pdw_exec_requests WHERE [label] = 'COPY : dbo.loaded'") > 0


@pytest.mark.parametrize(
    ("source", "options", "number"),
    [
        ("{}/bad.csv", "FILE_TYPE = 'CSV'", 4864),
        ("{}/bad.csv", "FILE_TYPE = 'CSV', MAXERRORS = 1", 4864),
        ("{}/long.csv", "FILE_TYPE = 'CSV'", 4863),
        ("{}/short.csv", "FILE_TYPE = 'CSV'", 4866),
        ("{}/nothing.csv", "FILE_TYPE = 'CSV'", 105002),
        ("{}/../outside.csv", "FILE_TYPE = 'CSV'", 105001),
        ("{}/csv/*/../../../outside.csv", "FILE_TYPE = 'CSV'", 105002),
        ("abfss://other@x.dfs.core.windows.net/a.csv", "FILE_TYPE = 'CSV'", 105001),
        ("{}/csv/a.csv", "FILE_TYPE = 'XML'", 102),
        ("{}/csv/a.csv", "FILE_TYPE = 'ORC'", 40517),
        ("{}/csv/a.csv", "FILE_TYPE = 'CSV', FIRSTROW = 'x'", 102),
        ("{}/csv/a.csv", "FILE_TYPE = 'CSV', NOTHING = 1", 102),
        ("{}/csv/a.csv", "FILE_TYPE = 'CSV', ENCODING = 'EBCDIC'", 40517),
    ],
)
def test_what_cannot_be_loaded_is_told(pool: Pool, target: str, source: str, options: str, number: int) -> None:
    with pytest.raises(SqlError) as raised:
        pool(f"COPY INTO {target} FROM '{source.format(LAKE)}' WITH ({options})")
    assert raised.value.number == number
    assert "Invalid Input" not in raised.value.message  # DuckDB's words
    assert pool(f"SELECT * FROM {target}") == []


def test_a_query_is_exported_and_read_back(pool: Pool) -> None:
    select = (
        "SELECT CAST(1 AS int) AS id, N'ä' AS name, CAST(1.5 AS decimal(9, 2)) AS amount, CAST(2 AS money) AS price, "
        "CAST('2024-01-02 03:04:05' AS datetime) AS at, CAST(7 AS tinyint) AS small, CAST(1 AS bit) AS yes, "
        "CAST(1.25 AS float) AS ratio"
    )
    with_ = "WITH (LOCATION = '/exported/', DATA_SOURCE = lake, FILE_FORMAT = parquet)"
    pool(f"CREATE EXTERNAL TABLE dbo.exported {with_} AS {select} UNION ALL {select}")
    assert pool("SELECT * FROM dbo.exported") == pool(select) * 2
    assert [file.suffix for file in (pool.lake / "exported").iterdir()] == [".parquet"]
    with pytest.raises(SqlError, match="already an object"):
        pool(f"CREATE EXTERNAL TABLE dbo.exported {with_} AS {select}")
    pool("DROP EXTERNAL TABLE dbo.exported")
    assert list((pool.lake / "exported").iterdir())


# Partitions


def partitioned(pool: Pool, name: str, *, index: str = "CLUSTERED COLUMNSTORE INDEX") -> str:
    pool(
        f"CREATE TABLE dbo.{name} (id int, d date) WITH (DISTRIBUTION = HASH(id), {index}, "
        "PARTITION (d RANGE RIGHT FOR VALUES ('2024-01-01', '2024-02-01')))"
    )
    return f"dbo.{name}"


def ids(pool: Pool, table: str) -> list[int]:
    return [row[0] for row in pool(f"SELECT id FROM {table} ORDER BY id")]


def test_a_partition_is_switched_out_and_in(pool: Pool) -> None:
    source, target = partitioned(pool, "source"), partitioned(pool, "target")
    days = {1: "2023-12-31", 2: "2024-01-01", 3: "2024-01-31", 4: "2024-02-01"}
    pool(f"INSERT INTO {source} {' UNION ALL '.join(f'SELECT {i}, {day!r}' for i, day in days.items())}")
    pool(f"ALTER TABLE {source} SWITCH PARTITION 2 TO {target} PARTITION 2")
    assert (ids(pool, source), ids(pool, target)) == ([1, 4], [2, 3])
    pool(f"INSERT INTO {source} VALUES (5, '2024-01-15')")
    with pytest.raises(SqlError) as raised:
        pool(f"ALTER TABLE {source} SWITCH PARTITION 2 TO {target} PARTITION 2")
    assert raised.value.number == 4904
    pool(f"ALTER TABLE {source} SWITCH PARTITION 2 TO {target} PARTITION 2 WITH (TRUNCATE_TARGET = ON)")
    assert (ids(pool, source), ids(pool, target)) == ([1, 4], [5])
    with pytest.raises(SqlError) as raised:
        pool(f"ALTER TABLE {source} SWITCH PARTITION 3 TO {target} PARTITION 2")
    assert raised.value.number == 4972


def test_ranges_are_split_and_merged_where_no_rows_are(pool: Pool) -> None:
    table = partitioned(pool, "ranged")
    listed = f"SELECT value FROM sys.partition_range_values WHERE function_id = OBJECT_ID('{table}')"
    pool(f"INSERT INTO {table} VALUES (1, '2024-01-05')")
    pool(f"ALTER TABLE {table} SPLIT RANGE ('2024-03-01') ALTER TABLE {table} MERGE RANGE ('2024-02-01')")
    assert pool(listed) == [("2024-01-01",), ("2024-03-01",)]
    numbers = pool(f"SELECT partition_number FROM sys.partitions WHERE object_id = OBJECT_ID('{table}') ORDER BY 1")
    assert numbers == [(1,), (2,), (3,)]
    with pytest.raises(SqlError) as raised:
        pool(f"ALTER TABLE {table} SPLIT RANGE ('2024-01-15')")
    assert raised.value.number == 35346
    pool(f"INSERT INTO {table} VALUES (2, '2023-01-05')")
    with pytest.raises(SqlError) as raised:
        pool(f"ALTER TABLE {table} MERGE RANGE ('2024-01-01')")
    assert raised.value.number == 35347


def test_a_heap_is_split_where_rows_are(pool: Pool) -> None:
    table = partitioned(pool, "heaped", index="HEAP")
    pool(f"INSERT INTO {table} VALUES (1, '2024-01-05') ALTER TABLE {table} SPLIT RANGE ('2024-01-15')")
    assert ids(pool, table) == [1]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ALTER TABLE dbo.flat SPLIT RANGE (1)", 7729),
        ("ALTER TABLE dbo.left_one SPLIT RANGE (2)", 7721),
        ("ALTER TABLE dbo.left_one MERGE RANGE (9)", 7715),
        ("ALTER TABLE dbo.left_one SWITCH TO dbo.flat", 4911),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 9 TO dbo.flat", 4950),
        ("ALTER TABLE dbo.flat SWITCH PARTITION 1 TO dbo.filled", 4956),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 1 TO dbo.renamed", 4942),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 1 TO dbo.wider", 4943),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 1 TO dbo.strict", 4985),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 1 TO dbo.retyped", 4944),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 1 TO dbo.hashed", 104467),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 1 TO dbo.heap", 4913),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 1 TO dbo.ordered", 4947),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 1 TO dbo.indexed", 4947),
        ("ALTER TABLE dbo.left_one SWITCH PARTITION 1 TO dbo.filled", 4905),
        ("CREATE TABLE dbo.x (a int) WITH (PARTITION (b RANGE FOR VALUES (1)))", 207),
        ("CREATE TABLE dbo.x (a int) WITH (PARTITION (a RANGE FOR VALUES (1, 1)))", 7708),
    ],
)
def test_what_cannot_be_partitioned_or_switched_is_told(pool: Pool, text: str, number: int) -> None:
    if pool.value("SELECT OBJECT_ID('dbo.flat')") is None:
        pool(
            """CREATE TABLE dbo.left_one (a int) WITH (PARTITION (a RANGE LEFT FOR VALUES (2, 1)))
            INSERT INTO dbo.left_one SELECT 1 UNION ALL SELECT 2
            CREATE TABLE dbo.flat (a int) CREATE TABLE dbo.renamed (b int) CREATE TABLE dbo.retyped (a bigint)
            CREATE TABLE dbo.heap (a int) WITH (HEAP) CREATE TABLE dbo.ordered (a int) WITH (CLUSTERED INDEX (a))
            CREATE TABLE dbo.indexed (a int) CREATE INDEX i ON dbo.indexed (a)
            CREATE TABLE dbo.wider (a int, b int) CREATE TABLE dbo.strict (a int NOT NULL)
            CREATE TABLE dbo.hashed (a int) WITH (DISTRIBUTION = HASH(a))
            CREATE TABLE dbo.filled (a int) INSERT INTO dbo.filled VALUES (1)"""
        )
    with pytest.raises(SqlError) as raised:
        pool(text)
    assert raised.value.number == number


def test_left_ranges_keep_their_bound(pool: Pool) -> None:
    pool("CREATE TABLE dbo.lefts WITH (DISTRIBUTION = ROUND_ROBIN, HEAP, PARTITION (id RANGE LEFT FOR VALUES (1, 2))) "
         "AS SELECT 1 AS id UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT NULL")  # fmt: skip
    pool("CREATE TABLE dbo.out_of (id int) WITH (HEAP) ALTER TABLE dbo.lefts SWITCH PARTITION 1 TO dbo.out_of")
    assert ids(pool, "dbo.out_of") == [None, 1]
    assert ids(pool, "dbo.lefts") == [2, 3]
