"""The real connector against the real endpoint."""

from __future__ import annotations

import datetime
import decimal
import json
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from databricks.sql.exc import Error, RequestError, ServerOperationError

from local_azure import settings
from pipeline.azure import prepare_lakehouse
from pipeline.errors import PipelineError

from ..._ports import free_port
from .conftest import JARS, ROOT, Endpoint

pytestmark = [pytest.mark.slow, pytest.mark.client("databricks-sql-connector")]


def rows(cursor: Any, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    cursor.execute(sql, parameters)
    return [tuple(row) for row in cursor.fetchall()]


def test_values_arrive_as_they_are(cursor: Any) -> None:
    (row,) = rows(
        cursor,
        "select 1, 1L b, 1.50, 'a', date'2024-01-02', timestamp'2024-01-02 03:04:05', "
        "timestamp_ntz'2024-01-02 00:00:00', x'00ff', null, true, array(1, 2), named_struct('a', 1), "
        "parse_json('{\"a\": 1}'), interval 1 day, 0.5D",
    )
    utc = datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    assert row[:5] == (1, 1, decimal.Decimal("1.50"), "a", datetime.date(2024, 1, 2))
    assert row[5:10] == (utc, datetime.datetime(2024, 1, 2), b"\x00\xff", None, True)
    assert (list(row[10]), row[11], row[12], row[13], row[14]) == (
        [1, 2],
        {"a": 1},
        '{"a":1}',
        "1 00:00:00.000000000",
        0.5,
    )
    assert [column[1] for column in cursor.description][2:6] == ["decimal", "string", "date", "timestamp"]
    assert cursor.description[12][1] == "variant"


def test_intervals_are_texts_as_hive_writes_them(cursor: Any) -> None:
    assert rows(cursor, "select interval '3 4:30:20.123' day to second, -interval '1' hour, -interval '13' month") == [
        ("3 04:30:20.123000000", "-0 01:00:00.000000000", "-1-1")
    ]


def test_parameters(cursor: Any) -> None:
    assert rows(cursor, "select :a + 1, :b", {"a": 1, "b": "x'y"}) == [(2, "x'y")]
    assert rows(cursor, "select ? * 2", [decimal.Decimal("1.5")]) == [(decimal.Decimal("3.0"),)]


def test_errors_are_spark_s_words_with_the_client_s_catalog(cursor: Any) -> None:
    with pytest.raises(ServerOperationError, match=r"TABLE_OR_VIEW_NOT_FOUND.*`lakehouse`.`no`.`such`") as failed:
        cursor.execute("select * from lakehouse.no.such")
    assert "'Project" not in str(failed.value)
    with pytest.raises(ServerOperationError, match="DIVIDE_BY_ZERO"):
        rows(cursor, "select 1 / (id - id) from range(3)")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select id from range(4) qualify row_number() over (order by id desc) = 1", [(3,)]),
        ("select id * 2 as x from range(3) qualify max(x) over () = x", [(4,)]),
        (
            "with q as (select id % 2 g, sum(id) s from range(5) group by all qualify rank() over (order by s) = 1) "
            "select * from q",
            [(1, 4)],
        ),
        ("select iff(id > 0, 'iff(', \"qualify\") from range(2) order by 1", [("iff(",), ("qualify",)]),
        ("select s:a.b[1].c, s:A.b[0]::int + 1, s:['A'], s:`we ird` from j", [("x", 2, None, "true")]),
        ("select v:a.b::int, s:n from j where s:n = '5' and 'a:b' = \"a:b\"", [(1, "5")]),
        ("select upper(k.s:a.b[1].c) from (select s from j) k", [("X",)]),
    ],
)
def test_databricks_sql_gives_databricks_values(cursor: Any, sql: str, expected: list[Any]) -> None:
    cursor.execute(
        """create or replace temp view j as select '{"a": {"b": [1, {"c": "x"}]}, "N": 5, "we ird": true}' s,
        parse_json('{"a": {"b": 1}}') v"""
    )
    assert rows(cursor, sql) == expected
    cursor.execute("create schema if not exists lakehouse.language")
    if "from j" not in sql and "x from" not in sql and "iff" not in sql:
        cursor.execute(f"create or replace view lakehouse.language.v as ({sql})")
        assert rows(cursor, "select * from lakehouse.language.v") == expected
        cursor.execute(f"create or replace table lakehouse.language.t as {sql}")
        assert rows(cursor, "select * from lakehouse.language.t") == expected


def test_a_json_path_without_a_name_is_named_by_its_last_part(cursor: Any) -> None:
    cursor.execute('select s:a.b::int, s:c as d, concat(s:a, s:c) from (select \'{"a":{"b":1},"c":2}\' s)')
    assert [column[0] for column in cursor.description][:2] == ["b", "d"]
    assert tuple(cursor.fetchall()[0]) == (1, "2", '{"b":1}2')


def test_delta_tables_and_what_only_databricks_knows(cursor: Any) -> None:
    table = "lakehouse.shop.orders"
    cursor.execute("create schema if not exists lakehouse.shop")
    cursor.execute(
        f"create or replace table {table} (id int, v string comment 'it''s', constraint pk primary key (id), "
        "constraint positive check (id > 0)) using delta cluster by auto"
    )
    cursor.execute(f"insert into {table} values (1, 'a'), (2, 'b'), (3, null)")
    with pytest.raises(ServerOperationError, match="CHECK constraint positive"):
        cursor.execute(f"insert into {table} values (-1, 'a')")
    with pytest.raises(ServerOperationError, match=f"1 rows in {table} violate the new NOT NULL"):
        cursor.execute(f"alter table {table} change column v set not null")
    cursor.execute(f"alter table {table} change column id set not null")
    with pytest.raises(ServerOperationError, match=r"\[DELTA"):
        cursor.execute(f"insert into {table} values (null, 'a')")
    cursor.execute(f"describe table {table}")
    assert rows(cursor, f"delete from {table} where id in (select max(id) from {table})") == [(1,)]
    assert rows(cursor, f"select count(*) from {table}") == [(2,)]
    assert rows(cursor, f"select count(*) from {table}@v2") != []
    keys = "select constraint_name, column_name from lakehouse.information_schema.key_column_usage"
    assert rows(cursor, f"{keys} where table_schema = 'shop' and table_name = 'orders'") == [("pk", "id")]
    columns = "select column_name, is_nullable, full_data_type from system.information_schema.columns"
    assert rows(
        cursor, f"{columns} where table_schema = 'shop' and table_name = 'orders' order by ordinal_position"
    ) == [
        ("id", "NO", "int"),
        ("v", "YES", "string"),
    ]
    cursor.execute(f"alter table {table} rename to lakehouse.shop.bills")
    assert rows(cursor, "show create table lakehouse.shop.bills")[0][0].startswith(
        "CREATE TABLE `lakehouse`.`shop`.`bills`"
    )
    cursor.execute("alter table lakehouse.shop.bills drop constraint pk cascade")
    cursor.execute("drop schema lakehouse.shop cascade")


def test_addresses_of_the_lake(cursor: Any, endpoint: Endpoint) -> None:
    url = settings.LAKE_URL
    cursor.execute("create schema if not exists lakehouse.raw")
    cursor.execute(f"create table if not exists lakehouse.raw.s (id int) using delta location '{url}/raw/s'")
    cursor.execute("insert into lakehouse.raw.s values (7)")
    assert (endpoint.lake / "raw" / "s" / "_delta_log").is_dir()
    assert rows(cursor, f"select * from delta.`{url}/raw/s`") == [(7,)]
    cursor.execute("describe detail lakehouse.raw.s")
    assert cursor.fetchall()[0].location == f"{url}/raw/s"
    cursor.execute(
        f"insert overwrite directory '{url}/publish/s/version=1' using parquet select * from lakehouse.raw.s"
    )
    assert list((endpoint.lake / "publish" / "s" / "version=1").glob("*.parquet"))
    with pytest.raises(ServerOperationError, match="leaves its folder"):
        cursor.execute(f"select * from parquet.`{url}/../state`")


def test_temporary_views_belong_to_a_session(endpoint: Endpoint, cursor: Any) -> None:
    cursor.execute("create temporary view mine as select 1")
    with endpoint.connect() as other, other.cursor() as stranger:
        assert rows(stranger, "show views") == []


def test_a_temporary_view_is_described_as_a_sql_warehouse_is_asked(cursor: Any) -> None:
    """dbt-databricks asks a warehouse for a model's columns so, and a cluster otherwise."""
    cursor.execute("create or replace temporary view described as select 1 as a, 'x' as b")
    ((text,),) = rows(cursor, "describe table extended `described` as json")
    columns = [(column["name"], column["type"]["name"]) for column in json.loads(text)["columns"]]
    assert columns == [("a", "int"), ("b", "string")]


def test_rows_are_replaced_by_name(cursor: Any) -> None:
    """As a SQL warehouse is asked to rebuild a batch: the source's columns stand in another order."""
    cursor.execute("create or replace table default.batches (day int, events int)")
    cursor.execute("insert into default.batches values (1, 10), (2, 20)")
    cursor.execute("create or replace temporary view one_batch as select 21 as events, 2 as day")
    cursor.execute("insert into default.batches by name replace where day >= 2 and 'x' = 'x' table one_batch")
    assert rows(cursor, "select day, events from default.batches order by day") == [(1, 10), (2, 21)]


def test_raw_tables_are_made_for_stream_analytics_and_others_are_refused(cursor: Any) -> None:
    def run(*statements: str) -> list[list[Any]]:
        return [cursor.execute(each).fetchall() for each in statements]

    for _ in range(2):
        prepare_lakehouse(run, "lakehouse", settings.LAKE_URL)
    cursor.execute("alter table lakehouse.raw.raw_sales set tblproperties ('delta.enableDeletionVectors' = 'true')")
    with pytest.raises(PipelineError, match=r"lakehouse.raw.raw_sales has protocol 3/7"):
        prepare_lakehouse(run, "lakehouse", settings.LAKE_URL)


def test_listings(cursor: Any) -> None:
    cursor.execute("create schema if not exists lakehouse.listed")
    cursor.execute("create or replace view lakehouse.listed.one as select 1 as a")
    assert ("listed", "lakehouse") in [tuple(row) for row in cursor.schemas().fetchall()]
    assert [row[2:4] for row in cursor.tables(schema_name="listed").fetchall()] == [("one", "VIEW")]
    assert [row[3] for row in cursor.columns(schema_name="listed", table_name="o%").fetchall()] == ["a"]
    assert [tuple(row) for row in cursor.catalogs().fetchall()] == [("lakehouse",)]


def test_a_million_rows_stream(cursor: Any) -> None:
    cursor.execute("select id, cast(id as string) s from range(0, 1000000, 1, 4)")
    table = cursor.fetchall_arrow()
    assert table.num_rows == 1_000_000
    assert table.column("id").to_pylist()[::250_000] == [0, 250_000, 500_000, 750_000]


def test_four_at_a_time(endpoint: Endpoint) -> None:
    def work(number: int) -> list[Any]:
        with endpoint.connect() as connection, connection.cursor() as cursor:
            return [rows(cursor, f"select {number}, count(*) from range(100)") for _ in range(3)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [[[(n, 100)]] * 3 for n in range(4)]


def test_a_statement_can_be_cancelled(endpoint: Endpoint) -> None:
    with endpoint.connect() as connection, connection.cursor() as cursor:
        killer = threading.Timer(4, cursor.cancel)
        killer.start()
        started = time.monotonic()
        with pytest.raises(Error):
            rows(cursor, "select count(*) from range(100000000000) where id % 7 = sqrt(id)")
        assert time.monotonic() - started < 30
        killer.join()
        assert rows(cursor, "select 1") == [(1,)]


def test_a_wrong_token_is_told_so(endpoint: Endpoint) -> None:
    with pytest.raises(RequestError, match="wrong token"):
        endpoint.connect(token="nope")


def test_the_status_file_counts(endpoint: Endpoint, cursor: Any) -> None:
    before = endpoint.flow()["statements"]
    rows(cursor, "select 1")
    deadline = time.monotonic() + 5
    while endpoint.flow()["statements"] <= before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert endpoint.flow()["statements"] > before


def refused(endpoint: Endpoint, *options: str, **environment: str) -> str:
    command = [*endpoint.command(), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, env=environment or None)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_taken_port_is_one_line(endpoint: Endpoint, tmp_path: Path) -> None:
    assert "is taken" in refused(endpoint, "--state", f"{tmp_path}")


def test_a_state_in_use_is_one_line(endpoint: Endpoint) -> None:
    assert "in use by another endpoint" in refused(endpoint, "--port", "0")


def test_no_java_is_one_line(endpoint: Endpoint, tmp_path: Path) -> None:
    said = refused(endpoint, "--state", f"{tmp_path}", "--port", f"{free_port()}", PATH="/nonexistent")
    assert said.strip().endswith("apt-get install openjdk-17-jre-headless")
    assert len(said.strip().splitlines()) == 1


def test_a_state_that_cannot_be_made_is_one_line(endpoint: Endpoint, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot make" in refused(endpoint, "--state", f"{tmp_path / 'file' / 'state'}")
    assert JARS.is_dir()
