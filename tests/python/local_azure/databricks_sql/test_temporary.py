"""Temporary tables: of one session, found before others of their name, gone with it."""

from __future__ import annotations

from typing import Any

import pytest
from databricks.sql.exc import ServerOperationError

from local_azure.databricks_sql import _temporary
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._tokens import tokens

from .conftest import Endpoint


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("create temp table t (a int)", "create table {h} (a int)"),
        ("create temporary table if not exists t as select * from t2",
         "create table if not exists {h} as select * from {2}"),
        ("create or replace temp table t as select 1 using", "create or replace table {h} as select 1 using"),
        ("insert into t select t.a from s.t, t2 where t.a in (select a from t)",
         "insert into {h} select t.a from s.t, {2} where t.a in (select a from {h})"),
        ("merge into t using t2 on t.a = t2.a when matched then delete",
         "merge into {h} using {2} on t.a = t2.a when matched then delete"),
        ("update t set a = 1", "update {h} set a = 1"),
        ("delete from t where a = 1", "delete from {h} where a = 1"),
        ("with t as (select 1) select * from t", "with t as (select 1) select * from t"),
        ("drop temporary table if exists t", "drop table if exists {h}"),
        ("drop table t", "drop table {h}"),
        ("drop table s.t", "drop table s.t"),
        ("describe table extended t", "describe table extended {h}"),
        ("select t from other t", "select t from other t"),
        ("create temporary view v as select * from t", "create temporary view v as select * from {h}"),
    ],
)  # fmt: skip
def test_temporary_tables_are_found_by_their_names(sql: str, expected: str) -> None:
    placed = _temporary.placed(sql, tokens(sql), "own", {"t", "t2"})
    full = "`spark_catalog`.`own`.`{}`".format
    assert placed == expected.replace("{h}", full("t")).replace("{2}", full("t2"))


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("alter table t add column b int", "TEMP_TABLE_OPERATION_NOT_SUPPORTED.ALTER_TABLE"),
        ("alter table t rename to u", "TEMP_TABLE_OPERATION_NOT_SUPPORTED.RENAME_TABLE"),
        ("truncate table t", "TEMP_TABLE_OPERATION_NOT_SUPPORTED.TRUNCATE_TABLE"),
        ("select * from t version as of 1", "TEMP_TABLE_OPERATION_NOT_SUPPORTED.TIME_TRAVEL"),
        ("create temp table a.b (a int)", "PARSE_SYNTAX_ERROR"),
        ("create temp table b (a int) using delta", "PARSE_SYNTAX_ERROR"),
    ],
)
def test_what_a_temporary_table_cannot_be_is_refused(sql: str, error: str) -> None:
    with pytest.raises(StatementError, match=error):
        _temporary.placed(sql, tokens(sql), "own", {"t"})


@pytest.mark.slow
def test_a_temporary_table_is_one_session_s(endpoint: Endpoint, cursor: Any) -> None:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]

    cursor.execute("create or replace table default.kept (id int)")
    cursor.execute("create temp table kept (id int, name string)")
    assert rows("insert into kept values (1, 'a'), (2, 'b')") == [(2, 2)]
    assert rows("update kept set name = 'z' where id in (select max(id) from kept)") == [(1,)]
    assert rows("select kept.name from kept join default.kept d on false right join kept k on true limit 1") != []
    assert rows("select k.id, name from kept k order by 1") == [(1, "a"), (2, "z")]
    assert ("", "kept", True) in rows("show tables")
    with pytest.raises(ServerOperationError, match="TEMP_TABLE_OPERATION_NOT_SUPPORTED"):
        cursor.execute("alter table kept add column x int")
    with pytest.raises(ServerOperationError, match="INVALID_TEMP_OBJ_REFERENCE"):
        cursor.execute("create or replace view default.over_kept as select * from kept")
    with endpoint.connect() as other, other.cursor() as stranger:
        stranger.execute("select count(*) from kept")
        assert tuple(stranger.fetchone()) == (0,)
        stranger.execute("show schemas")
        assert not [row for row in stranger.fetchall() if row[0].startswith("__")]
    cursor.execute("drop table kept")
    assert rows("select count(*) from kept") == [(0,)]
