"""Statements of Databricks that Spark does not take, by the real connector: values and errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sql.exc import ServerOperationError

from local_azure import settings

from .conftest import Endpoint

pytestmark = pytest.mark.slow
S = "lakehouse.words"


@pytest.fixture(scope="module")
def words(endpoint: Endpoint) -> Iterator[Any]:
    """A warehouse's session, and tables for it."""
    with endpoint.connect(path="/sql/1.0/warehouses/abc") as connection, connection.cursor() as cursor:
        for statement in (
            f"create schema if not exists {S}",
            f"create or replace table {S}.t (id int not null, name string)",
            f"insert into {S}.t values (1, 'a'), (2, 'b'), (3, 'c')",
            f"create or replace table {S}.r (id int, grp string, v int)",
            f"create or replace table {S}.changed (id int) tblproperties (delta.enableChangeDataFeed = true)",
            f"insert into {S}.changed values (1)",
            f"create or replace view {S}.listed as select table_name from lakehouse.information_schema.tables "
            "where table_schema = 'words'",
            f"create or replace view {S}.counted as select count(*) as n from {S}.listed where table_name = 'listed'",
            f"create or replace table {S}.homonym (counted int)",
            f"create or replace table {S}.parted (id int, g string, h int) partitioned by (g, h)",
            f"insert into {S}.parted values (1, 'x', 1), (2, 'y', 2)",
            f"insert into {S}.homonym values (4)",
            f"create or replace view {S}.first as select id from {S}.t qualify row_number() over (order by id) = 1",
            f"create or replace table {S}.deep deep clone {S}.t",
            f"create or replace function {S}.tripled(x int) returns int comment 'by three' return x * 3",
            f"declare or replace named string = '{S}.t'",
            "declare or replace highest int",
        ):
            cursor.execute(statement)
        yield cursor


def rows(cursor: Any, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    return [tuple(row) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"select max(id) from identifier('{S}.t')", [(3,)]),
        (f"select count(*) from identifier('{S}' || '.t')", [(3,)]),
        ("select count(*) from identifier(named)", [(3,)]),
        (f"select identifier('id') from {S}.t where identifier('name') = 'b'", [(2,)]),
        ("select identifier('abs')(-1)", [(1,)]),
        (f"execute immediate 'select name from {S}.t where id = ?' using 1 + 1", [("b",)]),
        (f"execute immediate 'select name from {S}.t where id = :x or name = :y' using 1 as x, null as y", [("a",)]),
        ("execute immediate 'select :a + :b' using 1 a, (2) b", [(3,)]),
        ("execute immediate 'select :named' using named", [(f"{S}.t",)]),
        ("execute immediate 'select ?' using named", [(f"{S}.t",)]),
        (f"execute immediate 'select id from {S}.t qualify row_number() over (order by id desc) = 1'", [(3,)]),
        (f"select _change_type, id from table_changes('{S}.changed', 1)", [("insert", 1)]),
        (f"select version from (describe history {S}.changed) order by version", [(0,), (1,)]),
        ("select raw:a[*] from (select '{\"a\": [1, 2]}' raw)", [("[1,2]",)]),
        ('select raw:a[*].b from (select \'{"a": [{"b": 1}, {"c": 2}]}\' raw)', [("[1,null]",)]),
        ("select is_account_group_member('account users'), is_account_group_member('x') as b", [(True, False)]),
        ("select schema_of_json_agg(j) from values ('{\"a\": 1}') v (j)", [("STRUCT<a: BIGINT>",)]),
        (f"select n from {S}.counted", [(1,)]),
        (f"select l.table_name from {S}.listed l where l.table_name like 'list%'", [("listed",)]),
        ("select tables.table_name from lakehouse.information_schema.tables where tables.table_name = 'counted'",
         [("counted",)]),
        ("select view_definition from lakehouse.information_schema.views where table_name = 'first'",
         [(f"select id from {S}.t qualify row_number() over (order by id) = 1",)]),
        (f"select counted from {S}.homonym where counted is distinct from 3", [(4,)]),
        (f"select t.id, name as n from {S}.t qualify count(*) over () > 1 order by t.id % 2, -id, upper(n)",
         [(2, "b"), (3, "c"), (1, "a")]),
        (f"show tables in {S} like 'homo*|t'", [("words", "homonym", False), ("words", "t", False)]),
        ("show schemas like 'words|default'", [("default",), ("words",)]),
        ("show catalogs like 'nope*'", []),
        (f"show partitions {S}.parted", [("g=x/h=1",), ("g=y/h=2",)]),
        (f"show partitions {S}.parted partition (g = 'y', h = 2)", [("g=y/h=2",)]),
        ("select current_user()", [("local",)]),
        ("select table_owner from lakehouse.information_schema.tables where table_name = 'homonym'", [("local",)]),
        (f"select * from {S}.deep order by id", [(1, "a"), (2, "b"), (3, "c")]),
        (f"select max(version) > 0 from (describe history {S}.deep)", [(True,)]),
        ("select vector_inner_product(array(1f, 2f), array(3f, 4f)), vector_norm(vector_normalize(array(3f, 4f)))",
         [(11.0, 1.0)]),
        ("show schemas like 'information*'", [("information_schema",)]),
        ("show tables in information_schema like 'catalogs'", [("information_schema", "catalogs", False)]),
        ("select table_type, table_owner from lakehouse.information_schema.tables where table_schema = "
         "'information_schema' and table_name = 'views'", [("VIEW", "System user")]),
        ("select data_type, comment from lakehouse.information_schema.routines where routine_name = 'tripled'",
         [("INT", "by three")]),
        ("select metastore_name from system.information_schema.metastores", [("local:lakehouse",)]),
        ("show volumes", []),
        ("show users", [("local",)]),
        ("describe catalog lakehouse", [("Catalog Name", "lakehouse"), ("Comment", ""), ("Owner", "local")]),
    ],
)  # fmt: skip
def test_values(words: Any, sql: str, expected: list[Any]) -> None:
    assert rows(words, sql) == expected


def test_execute_immediate_into_a_variable(words: Any) -> None:
    words.execute(f"execute immediate 'select max(id) from {S}.t where id < ?' into highest using 3")
    assert rows(words, "select highest") == [(2,)]


@pytest.mark.parametrize(
    ("change", "count", "left"),
    [
        ("update {r} set v = v + 1, grp = 'z' where id in (select max(id) from {r})", 1,
         [(1, "a", 1), (2, "a", 2), (3, "z", 4)]),
        ("update {r} as x set x.v = 0 where exists (select 1 from {r} y where y.id = x.id + 1)", 2,
         [(1, "a", 0), (2, "a", 0), (3, "b", 3)]),
        ("update {r} set v = (select max(y.v) from {r} y where y.grp = r.grp)", 3,
         [(1, "a", 2), (2, "a", 2), (3, "b", 3)]),
        ("delete from {r} where id = (select max(id) from {r})", 1, [(1, "a", 1), (2, "a", 2)]),
        ("insert into {r} replace using (grp) values (9, 'a', 9), (8, 'a', 8)", 4,
         [(3, "b", 3), (8, "a", 8), (9, "a", 9)]),
        ("insert into {r} by name replace using (grp, id) select 7 as v, 'a' as grp, 1 as id", 2,
         [(1, "a", 7), (2, "a", 2), (3, "b", 3)]),
        ("insert into {r} as t replace on t.grp = s.grp (select 5 as id, 'b' as grp, 5 as v) as s", 2,
         [(1, "a", 1), (2, "a", 2), (5, "b", 5)]),
        ("insert into {r} replace on r.id < s.id (select 3 id, 'x' grp, 0 v) s", 3, [(3, "b", 3), (3, "x", 0)]),
        ("with s as (select 3 id, 'n' grp, 1 v) insert into {r} replace using (id) select * from s", 2,
         [(1, "a", 1), (2, "a", 2), (3, "n", 1)]),
        ("insert into {r} (id) select id from {r} where id > 1", 2,
         [(1, "a", 1), (2, None, None), (2, "a", 2), (3, None, None), (3, "b", 3)]),
        ("with s as (select 4 id, 'n' grp, 1 v) insert into {r} select * from s", 1,
         [(1, "a", 1), (2, "a", 2), (3, "b", 3), (4, "n", 1)]),
        ("insert overwrite table {r} select * from {r} where id = 9", 0, []),
        ("merge into {r} t using (select 1 id, 'n' grp, 7 v union all select 9, 'n', 9) s on t.id = s.id "
         "when matched then update set * except (v) when not matched then insert * except (grp, v)", 2,
         [(1, "n", 1), (2, "a", 2), (3, "b", 3), (9, None, None)]),
        ("insert into {r} by name replace where grp = 'a' select 4 v, 'a' grp, 4 id", None,
         [(3, "b", 3), (4, "a", 4)]),
    ],
)  # fmt: skip
def test_rows_are_changed(words: Any, change: str, count: int | None, left: list[Any]) -> None:
    words.execute(f"insert overwrite {S}.r values (1, 'a', 1), (2, 'a', 2), (3, 'b', 3)")
    words.execute(change.format(r=f"{S}.r"))
    if count is not None:
        assert words.fetchone()[0] == count
    assert rows(words, f"select * from {S}.r order by id, grp") == left


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("select * from identifier('a b c')", "PARSE_SYNTAX_ERROR"),
        ("execute immediate 'execute immediate ''select 1'''", "NESTED_EXECUTE_IMMEDIATE"),
        ("execute immediate null", "NULL_QUERY_STRING_EXECUTE_IMMEDIATE"),
        ("execute immediate 'select :x' using 1 as y", "UNBOUND_SQL_PARAMETER"),
        (f"insert into {S}.r replace using (nope) select 1, 'a', 1", "COLUMN_NOT_FOUND"),
        (f"insert into {S}.r replace using (id) select 1", "INSERT_COLUMN_ARITY_MISMATCH"),
        ("select * from elsewhere.words.t", "NO_SUCH_CATALOG_EXCEPTION"),
        (
            f"merge into {S}.t using (select 1 as id) s on t.nope = s.id when matched then delete",
            r"\[DELTA_MERGE_UNRESOLVED_EXPRESSION\] Cannot resolve t.nope in search condition .* SQLSTATE: 42601",
        ),
        ("select secret('a', 'b')", "UNSUPPORTED_FEATURE"),
        (f"select * from read_files('{settings.LAKE_URL}', format => 'xlsx')", "UNSUPPORTED_FEATURE"),
        ("select * from text.`/etc/passwd`", "NO_PARENT_EXTERNAL_LOCATION_FOR_PATH"),
        ("execute immediate 'select * from text.`file:/etc/passwd`'", "NO_PARENT_EXTERNAL_LOCATION_FOR_PATH"),
        ("select java_method('java.lang.System', 'getenv', 'HOME')", "UNSUPPORTED_FEATURE"),
        ("select * from lakehouse.information_schema.nothing", "TABLE_OR_VIEW_NOT_FOUND"),
        ("select * from read_files(concat('/etc', '/passwd'), format => 'text')", "NO_PARENT_EXTERNAL_LOCATION"),
        ("select * from read_files(path => '/etc/passwd', format => 'text')", "NO_PARENT_EXTERNAL_LOCATION"),
        ("select * from read_files(java_method('java.lang.System', 'getenv', 'HOME'))", "UNSUPPORTED_FEATURE"),
        ("select identifier(java_method('java.lang.System', 'getenv', 'HOME'))", "UNSUPPORTED_FEATURE"),
        (f"select * from read_files('{settings.LAKE_URL}', 'csv')", "PARSE_SYNTAX_ERROR"),
        (f"analyze table {S}.nope compute statistics", "TABLE_OR_VIEW_NOT_FOUND"),
        ("use schema nope", "SCHEMA_NOT_FOUND"),
        (f"drop function {S}.nope", "ROUTINE_NOT_FOUND"),
        ("select vector_norm(array(1f)) + vector_l2_distance(array(1f), array(1f, 2f))", "VECTOR_DIMENSION_MISMATCH"),
        ("use schema other.words", "NO_SUCH_CATALOG"),
        (f"create table {S}.`a-b` (id int)", "INVALID_SCHEMA_OR_RELATION_NAME"),
        (f"create table {S}.`a-b` as select 1 as id", "INVALID_SCHEMA_OR_RELATION_NAME"),
    ],
)
def test_errors_have_their_class(words: Any, sql: str, error: str) -> None:
    with pytest.raises(ServerOperationError, match=error):
        words.execute(sql)


def test_a_file_is_named_and_its_columns_go_where_they_are_told(words: Any) -> None:
    url = f"{settings.LAKE_URL}/placed"
    words.execute(f"insert overwrite directory '{url}/sub' using csv options (header true) values (1, 'x') v (a, b)")
    read = f"read_files('{url}', format => 'csv', header => true, recursiveFileLookup => true)"
    (row,) = rows(words, f"select *, _metadata.file_name from {read}")
    assert row[:3] == (1, "x", None) and row[3].endswith(".csv")
    words.execute(f"create or replace view {S}.over_files as select b from {read}")
    assert rows(words, f"select * from {S}.over_files") == [("x",)]
    header = "format_options ('header' = 'true')"
    words.execute(f"create or replace table {S}.placed (n string, i int, f string)")
    picked = f"(select b, a, _metadata.file_name from '{url}')"
    copied = f"copy into {S}.placed by position from {picked} fileformat = csv pattern = 'sub/*.csv' {header}"
    assert rows(words, copied)[0][0] == 1
    assert rows(words, f"select n, i, f like '%csv' from {S}.placed") == [("x", 1, True)]
    words.execute(f"create or replace table {S}.placed (n string, i int, f string)")
    assert rows(words, f"copy into {S}.placed (i, n) from '{url}/sub' fileformat = csv {header}")[0][0] == 1
    assert rows(words, f"select * from {S}.placed") == [("x", 1, None)]
    with pytest.raises(ServerOperationError, match="COPY_INTO_COLUMN_ARITY_MISMATCH"):
        words.execute(f"copy into {S}.placed (i) from '{url}/sub' fileformat = csv copy_options ('force' = 'true')")


def test_rows_with_maps_and_variants_are_changed(words: Any) -> None:
    words.execute(f"create or replace table {S}.mapped (id int, m map<string, int>, v variant)")
    words.execute(
        f"insert into {S}.mapped values (1, map('a', 1), parse_json('1')), (2, map('b', 2, 'a', 1), null), "
        "(3, null, null)"
    )
    assert rows(words, f"delete from {S}.mapped where id in (select 1)") == [(1,)]
    change = f"update {S}.mapped set m = map('z', id), id = id + (select 10) where id in (select 2)"
    assert rows(words, change) == [(1,)]
    assert rows(words, f"select id, m['z'] from {S}.mapped order by id") == [(3, None), (12, 2)]


def test_a_table_function_is_found_in_its_schema(words: Any) -> None:
    made = f"create or replace function {S}.up_to(n int) returns table (x int)"
    words.execute(f"{made} return select explode(sequence(1, n))")
    joined = f"{S}.up_to(2) u join {S}.up_to(n => 1) on u.x > 0"
    assert rows(words, f"select u.x, up_to.x as y from {joined} order by 1") == [(1, 1), (2, 1)]
    words.execute(f"create or replace view {S}.upped as select max(x) as x from {S}.up_to(3)")
    assert rows(words, f"select x from {S}.upped") == [(3,)]


def test_an_insert_may_bring_new_columns(words: Any) -> None:
    words.execute(f"create or replace table {S}.grown (a int)")
    assert rows(words, f"insert with schema evolution into {S}.grown select 1 as a, 'x' as b") == [(1, 1)]
    assert rows(words, f"select a, b from {S}.grown") == [(1, "x")]
    with pytest.raises(ServerOperationError, match="MISMATCH"):
        words.execute(f"insert into {S}.grown select 1 as a, 'x' as b, 2 as c")


def test_a_session_begins_where_it_is_told_and_moves(endpoint: Endpoint) -> None:
    with endpoint.connect(schema="Not_Yet") as connection, connection.cursor() as cursor:
        with pytest.raises(ServerOperationError, match="SCHEMA_NOT_FOUND"):
            cursor.execute("create table t (id int)")
        cursor.execute("create schema lakehouse.not_yet")
        cursor.execute("create table t (id int)")
        for statement, schema in (
            ("select 1", "not_yet"),
            ("use catalog 'lakehouse'", "default"),
            ("use schema lakehouse.not_yet", "not_yet"),
            ("use catalog lakehouse", "default"),
            ("use schema identifier('lakehouse.not_yet')", "not_yet"),
        ):
            cursor.execute(statement)
            assert rows(cursor, "select current_schema()") == [(schema,)]
        cursor.execute("drop schema lakehouse.not_yet cascade")


def test_names_that_come_out_have_the_client_s_catalog(words: Any) -> None:
    words.execute(f"create or replace function {S}.one() returns int return 1")
    words.execute(f"select {S}.one()")
    assert words.description[0][0] == "lakehouse.words.one()"


def test_a_view_that_is_altered_shows_its_new_query(words: Any) -> None:
    words.execute(
        f"create or replace view {S}.altered comment 'kept' as select id from {S}.t qualify count(*) over () > 1"
    )
    words.execute(f"alter view {S}.altered as select table_name from lakehouse.information_schema.tables")
    words.execute(f"create view if not exists {S}.altered as select 1 as a")
    told = "from lakehouse.information_schema.{} where table_schema = 'words' and table_name = 'altered'"
    assert rows(words, f"select table_name from {S}.altered where table_name = 'altered'") == [("altered",)]
    assert rows(words, f"select comment {told.format('tables')}") == [("kept",)]
    assert "information_schema" in rows(words, f"select view_definition {told.format('views')}")[0][0]


def test_files_are_read_and_copied_once(words: Any) -> None:
    url = f"{settings.LAKE_URL}/copied"
    words.execute(
        f"insert overwrite directory '{url}' using csv options (header true) values (1, 'x'), (2, 'y') v (a, b)"
    )
    read = f"read_files('{url}', format => 'csv', header => true)"
    assert rows(words, f"select a, b, _rescued_data from {read} order by a") == [(1, "x", None), (2, "y", None)]
    assert rows(words, f"select f.a from read_files('{url}', header => 'true') f where f.b = 'y'") == [(2,)]
    computed = f"read_files(path => '{settings.LAKE_URL}' || '/copied', header => true)"
    words.execute(f"create or replace temporary view over_files as select b from {computed}")
    assert rows(words, "select * from over_files order by b") == [("x",), ("y",)]
    words.execute(f"create or replace table {S}.c (a int, b string)")
    copy = f"copy into {S}.c from '{url}' fileformat = csv format_options ('header' = 'true', 'inferSchema' = 'true')"
    assert [rows(words, copy)[0][0] for _ in range(2)] == [2, 0]
    assert rows(words, f"{copy} copy_options ('force' = 'true')")[0][0] == 2
    picked = f"copy into {S}.c from (select a::int + 10 as a, b from '{url}') fileformat = csv"
    words.execute(f"create or replace table {S}.c (a int, b string)")
    assert rows(words, f"{picked} pattern = '*.csv' format_options ('header' = 'true')")[0][0] == 2
    assert rows(words, f"select a from {S}.c order by a") == [(11,), (12,)]


def test_a_view_s_comments_change(words: Any) -> None:
    words.execute(f"comment on column {S}.first.id is 'the id'")
    words.execute(f"comment on table {S}.first is 'the first'")
    assert rows(words, f"describe table {S}.first") == [("id", "int", "the id")]
    words.execute(f"show create table {S}.first")
    assert "COMMENT 'the first'" in words.fetchone()[0]
