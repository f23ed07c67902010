from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from local_azure.databricks_sql import _constraints, _information_schema, _listings, _policies, _rewrites, _rules
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._side_file import Key, SideFile
from local_azure.databricks_sql._tokens import tokens

NOBODY = cast(Any, None)  # a session is only asked for when the answer runs


def rule(sql: str) -> str | None:
    found = _rules.find(tokens(sql), lambda _: NOBODY)
    return found[0].__name__.strip("_") if found else None


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("/* {} */ alter table a.b.c set tags ('k' = 'v')", "set_tags"),
        ("ALTER VIEW `a`.`b`.`c` UNSET TAGS ('k');", "unset_tags"),
        ("alter table t alter column `c` set tags ('k' = 'v')", "set_tags"),
        ("alter table t change column `c` set not null ;", "set_not_null"),
        ("alter table t add constraint k primary key(a, b)", "add_key"),
        ("alter table t drop constraint if exists k cascade", "drop_constraint"),
        ("alter table a.b.c rename to a.b.d", "rename"),
        ("grant select, modify on table t to `someone@x.y`", "grant"),
        ("show grants on a.b.c", "show_grants"),
        ("describe table extended t as json", "describe_as_json"),
        ("describe table extended t", "describe_extended"),
        ("insert into t by name replace where a >= '1' table u", "replace_by_name"),
        ("show table extended in `a`.`b` like 'x|y'", "show_table_extended"),
        ("comment on column a.b.c.d is 'x'", "comment_on_column"),
        ("show schemas in `lakehouse` like 'x'", "show_schemas"),
        ("delete from t where a in (select b from u)", "delete"),
        ("update t set a = 1 where a in (select b from u)", "update"),
        ("update a.b.t as x set x.a = (select 1), b = 2", "update"),
        ("insert into t replace using (a, b) select 1", "replace_using"),
        ("with q as (select 1) insert into t by name replace using (a) select * from q", "replace_using"),
        ("insert into t as x replace on x.a = s.a (select 1 a) s", "replace_on"),
        ("copy into t from '/x' fileformat = csv", "copy_into"),
        ("copy into t from (select a from '/x' where a > 1) fileformat = json files = ('a')", "copy_into"),
        ("set tag on column a.b.c.d `cost center` = 'x'", "set_tag"),
        ("alter schema a.b set tags ('k')", "set_tags"),
        ("alter catalog a unset tags ('k')", "unset_tags"),
        ("grant use schema on schema a.b to `g`", "grant"),
        ("revoke execute on function a.b.f from `g`", "revoke"),
        ("show grants `g` on catalog a", "show_grants"),
        ("execute immediate 'select ?' using 1", "execute_immediate"),
        ("set timezone = 'UTC'", "set"),
        ("set ansi_mode", "get"),
        ("reset", "reset"),
        ("create or replace view v as select 1", "create_view"),
        ("alter table t rename column a to b", "rename_column"),
        ("alter table t drop columns (a, b)", "drop_columns"),
        ("create or replace table t (a int, primary key (a)) using delta", "create_table"),
        ("drop view if exists a.b.c", "drop"),
        ("drop function if exists a.b.f", "drop_function"),
        ("alter table t drop foreign key if exists (a, `b`)", "drop_foreign_key"),
        ("alter table t set tags ('it''s' = 'x', 'k')", "set_tags"),
        ("use database a.b", "use_schema"),
        ("show tables in a.b like 'x'", "show_tables"),
        ("create table t as select id as clone from u", "create_table"),
        ("insert into t replace where a = 1 select 1", "insert_rows"),
        ("with q as (select 1) insert overwrite t select * from q", "insert_rows"),
        ("create or replace table t deep clone s version as of 1", "deep_clone"),
        ("create table if not exists t clone s", "deep_clone"),
        ("create table if not exists t shallow clone s", "clone"),
        ("merge into t using s on t.a = s.a when matched then update set * except (b)", "merge"),
        ("create or replace procedure p(a int) as begin select 1; end", "create"),
        ("call a.b.p(1, x => f(2))", "call"),
        ("drop procedure if exists p", "drop"),
        ("show procedures in a.b", "show"),
        ("grant create catalog on metastore to x", "grant"),
        ("alter schema a.b inherit predictive optimization", "optimization"),
        ("alter table t enable predictive optimization", "optimization"),
        ("show volumes in a.b", "listed"),
        ("show schemas in all catalogs", "show_schemas"),
        ("show tables in information_schema", "show_tables"),
    ],
)
def test_a_rule_answers(sql: str, answer: str) -> None:
    assert rule(sql) == answer


@pytest.mark.parametrize(
    "sql",
    [
        "select 'alter table t set tags (1)'",
        "delete from t where a = 'in ( select 1 )'",
        "alter table t add constraint c check (a > 0)",
        "merge into t using s on t.a = s.a when matched then delete",
        "update t set a = 1 where b = 2",
        "set var x = 1",
        "set variable x = (select 1)",
        "alter table t set tags (a = b)",
        "describe provider",
    ],
)
def test_spark_answers_the_rest(sql: str) -> None:
    assert rule(sql) is None


@pytest.mark.missing
@pytest.mark.parametrize(
    ("sql", "feature"),
    [
        ("create or replace materialized view m as select 1", "MATERIALIZED VIEW"),
        ("create or refresh streaming table s", "STREAMING TABLE"),
        ("create view v with metrics language yaml as $$a$$", "METRIC VIEW"),
        ("undrop table t", "UNDROP"),
        ("create governed tag t values ('x')", "schema, table, view or function"),
        ("create volume s.v", "schema, table, view or function"),
        ("copy into t from '/x' fileformat = csv validate 5 rows", "VALIDATE"),
        ("create function f(x int) returns int language python as $$return x$$", "Python UDF"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(sql: str, feature: str) -> None:
    found = _rules.find(tokens(sql), lambda _: NOBODY)
    assert found is not None
    with pytest.raises(StatementError, match=feature):
        found[0](found[1])


def test_constraints_are_taken_out_of_a_create_table() -> None:
    sql = (
        "create table s.t (id int not null primary key comment 'primary key, x', d decimal(10, 2), "
        "m map<string, int>, constraint c check (d > (0)), foreign key (d) references u (e))"
    )
    stripped = _constraints.strip(sql, tokens(sql))
    assert stripped.sql == (
        "create table s.t (id int not null  comment 'primary key, x', d decimal(10, 2), m map<string, int>)"
    )
    assert stripped.constraints == [
        (None, "PRIMARY KEY (id)"),
        ("c", "check (d > (0))"),
        (None, "foreign key (d) references u (e)"),
    ]


@pytest.mark.parametrize(
    ("clauses", "left"),
    [
        ("cluster by auto", "TBLPROPERTIES ('clusterByAuto' = 'true')"),
        ("tblproperties ('a' = 'b') cluster by auto", "tblproperties ('clusterByAuto' = 'true', 'a' = 'b') "),
        (
            "cluster by auto as select 1 as a, 'cluster by auto' b",
            "TBLPROPERTIES ('clusterByAuto' = 'true') as select 1 as a, 'cluster by auto' b",
        ),
    ],
)
def test_that_clustering_is_automatic_is_a_property(clauses: str, left: str) -> None:
    sql = f"create table t using delta {clauses}"
    assert _constraints.strip(sql, tokens(sql)).sql == f"create table t using delta {left}"


@pytest.mark.parametrize(
    ("sql", "left", "masks", "row_filter"),
    [
        (
            "create table t (a int, b string mask s.f comment 'c')",
            "(a int, b string  comment 'c')",
            {"b": ("s.f", "")},
            None,
        ),
        (
            "create table t (a int mask f using columns (b, 'x, y'), b int) using delta with row filter s.g on (a, 1)",
            "(a int , b int) using delta ",
            {"a": ("f", "b, 'x, y'")},
            ("s.g", "a, 1"),
        ),
        ("create table t with row filter g on () as select 1 row", " as select 1 row", {}, ("g", "")),
    ],
)
def test_policies_are_taken_out_of_a_create_table(
    sql: str, left: str, masks: dict[str, tuple[str, str]], row_filter: tuple[str, str] | None
) -> None:
    stripped = _constraints.strip(sql, tokens(sql))
    assert stripped.masks == masks
    assert stripped.row_filter == row_filter
    assert stripped.sql.removeprefix("create table t ") == left


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from t, s.u as x join v on 1 = 1", ["t", "u", "v"]),
        ("delete from t where a in (select a from u)", ["u"]),
        ("merge into t using u on t.a = u.a when matched then delete", ["u"]),
        ("with t as (select 1) select a, t from t", []),
        ("insert into t table u", ["u"]),
        ("update t set a = (select max(b) from lakehouse.s.u)", ["u"]),
        ("select t, u from v group by t, u order by t, u", ["v"]),
        ("show columns from t", []),
        ("select extract(year from d), trim(both x from y) from t where d is distinct from e", ["t"]),
    ],
)
def test_where_a_statement_reads(sql: str, expected: list[str]) -> None:
    assert [table for _, _, (_, table) in _policies.sources(tokens(sql), "current")] == expected


@pytest.mark.parametrize(
    ("column", "left", "key"),
    [
        ("id int primary key", "id int NOT NULL ", "PRIMARY KEY (id)"),
        ("id decimal(10, 2) primary key rely", "id decimal(10, 2) NOT NULL ", "PRIMARY KEY (id)"),
        ("id int references a.b.p", "id int ", "FOREIGN KEY (id) references a.b.p"),
        (
            "id int constraint c references p (x) comment 'y'",
            "id int  comment 'y'",
            "FOREIGN KEY (id) references p (x)",
        ),
        ("id int foreign key references p(x) not enforced", "id int ", "FOREIGN KEY (id) references p(x) not enforced"),
    ],
)
def test_a_key_that_stands_with_its_column_is_taken_out(column: str, left: str, key: str) -> None:
    sql = f"create table t ({column}, b string)"
    stripped = _constraints.strip(sql, tokens(sql))
    assert stripped.sql == f"create table t ({left}, b string)"
    assert [text for _, text in stripped.constraints] == [key]


def test_a_create_table_without_them_stays() -> None:
    sql = "create table t using delta as select 'cluster by auto' a, (1) b"
    assert _constraints.strip(sql, tokens(sql)) == _constraints.Stripped(sql)


def test_notes_survive_and_follow_the_table(tmp_path: Path) -> None:
    side = SideFile(tmp_path / "notes.json")
    with side.change(("s", "t")) as notes:
        notes.tags["a"] = "b"
        notes.keys.append(Key("fk", ["x"], ("s", "p"), ["y"]))
    side.rename(("s", "t"), ("s", "u"))
    reread = SideFile(tmp_path / "notes.json")
    assert reread.get(("s", "u")) == side.get(("s", "u"))
    assert reread.get(("s", "u")).keys[0].parent == ("s", "p")
    side.rename(("s", "p"), ("s", "q"))
    side.rename_column(("s", "q"), "y", "z")
    side.rename_column(("s", "u"), "x", "w")
    key = SideFile(tmp_path / "notes.json").get(("s", "u")).keys[0]
    assert (key.columns, key.parent, key.parent_columns) == (["w"], ("s", "q"), ["z"])
    side.forget_schema("s")
    assert SideFile(tmp_path / "notes.json").all() == {}


def test_a_failed_change_leaves_no_note(tmp_path: Path) -> None:
    side = SideFile(tmp_path / "notes.json")
    with pytest.raises(ValueError, match="no"), side.change(("s", "t")) as notes:
        notes.tags["a"] = "b"
        raise ValueError("no")
    assert side.all() == {}


def test_information_schema_is_found_in_both_places() -> None:
    sql = "select * from `system`.`information_schema`.`tables` join lakehouse.information_schema.columns using (x)"
    assert [view for view, _ in _information_schema.references(tokens(sql))] == ["tables", "columns"]


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [("a%", "abc", True), ("a_c", "ABC", True), ("a\\_c", "abc", False), (None, "x", True), ("%", "x", True)],
)
def test_jdbc_patterns(pattern: str | None, name: str, expected: bool) -> None:
    assert _listings.matches(name, pattern) is expected


@pytest.mark.parametrize(
    "sql",
    [
        "select reflect('java.lang.Runtime', 'getRuntime')",
        "select try_reflect('a', 'b')",
        "select java_method('java.lang.System', 'getenv', 'HOME')",
        "select transform(a) using 'cat /etc/passwd' as (b) from t",
        "select map a using 'sh' as b from t",
        "create function f as 'org.example.F' using jar '/x.jar'",
        "create or replace temporary function a.f as 'org.example.F'",
        "add jar '/x.jar'",
        "create table t (a int, primary key (a)) as select transform(a) using 'cat' as (a) from u",
    ],
)
def test_a_statement_runs_no_program(sql: str) -> None:
    with pytest.raises(StatementError, match="UNSUPPORTED_FEATURE"):
        _rewrites.rewrite(sql, tokens(sql))
        answer, call = _rules.find(tokens(sql), lambda _: NOBODY) or pytest.fail("Spark would run it")
        answer(call)


def test_values_of_a_statement_that_is_composed_may_be_texts() -> None:
    for sql in ("execute immediate 'select ?' using 'a'", "begin execute immediate 'select :x' using 'a' as x; end"):
        assert _rewrites.rewrite(sql, tokens(sql)) == sql
