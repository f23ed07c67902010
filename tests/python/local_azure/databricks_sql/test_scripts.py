"""Scripts and procedures: what flows is Spark's, each statement runs as one that a client sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sql.exc import ServerOperationError

from local_azure.databricks_sql import _procedures, _script_text
from local_azure.databricks_sql._procedures import Parameter

from .conftest import Endpoint

S = "lakehouse.scripts"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("begin select 1; end", ["select 1"]),
        ("begin not atomic select 1; select 2; end;", ["select 1", "select 2"]),
        ("begin declare x int default case when 1 > 0 then 1 end; set x = x + 1; end", ["SET VARIABLE x = x + 1"]),
        ("begin if case when a then b end then select case when c then d end; elseif e then select 2; else select 3; "
         "end if; end", ["select case when c then d end", "select 2", "select 3"]),
        ("begin l: while x < 3 do select 1; iterate l; end while l; end", ["select 1"]),
        ("begin for r as select 1 as a do insert into t values (r.a); end for; end", ["insert into t values (r.a)"]),
        ("begin repeat select 1; until x > case 1 when 1 then 2 end end repeat; select 2; end",
         ["select 1", "select 2"]),
        ("begin case x when 1 then select 1; else select 2; end case; case when y then select 3; end case; end",
         ["select 1", "select 2", "select 3"]),
        ("begin declare exit handler for sqlstate value '22012', not found, sqlexception select 1; loop leave l; "
         "end loop; end", ["select 1"]),
        ("begin declare continue handler for divide_by_zero begin select 1; end; begin select 2; end; end",
         ["select 1", "select 2"]),
        ("begin set tag on schema s a = b; set (a, b) = (select 1, 2); end",
         ["set tag on schema s a = b", "SET VARIABLE (a, b) = (select 1, 2)"]),
    ],
)  # fmt: skip
def test_the_statements_of_a_script_are_found(sql: str, expected: list[str]) -> None:
    assert _script_text.read(sql).statements == expected


def test_conditions_have_their_states() -> None:
    text = _script_text.read("begin declare a condition for sqlstate '45678'; declare `b` condition; select 1; end")
    assert text.conditions == {"A": "45678", "B": "45000"}


def test_parameters_of_a_procedure_are_read() -> None:
    text = "create procedure s.p(a int default f(1, 2) comment 'x', inout `b c` decimal(10, 2), out o map<int, int>) as"
    assert _procedures.parameters(text) == [
        Parameter("IN", "a", "int", "f(1, 2)"),
        Parameter("INOUT", "`b c`", "decimal(10, 2)", ""),
        Parameter("OUT", "o", "map<int, int>", ""),
    ]


@pytest.fixture(scope="module")
def scripts(endpoint: Endpoint) -> Iterator[Any]:
    with endpoint.connect(path="/sql/1.0/warehouses/abc") as connection, connection.cursor() as cursor:
        for statement in (
            f"create schema if not exists {S}",
            f"create or replace table {S}.t (id int, name string)",
            f"insert into {S}.t values (1, 'a'), (2, 'b'), (3, 'c')",
            "declare or replace held int",
            f"create or replace procedure {S}.area(in x double, y double default 2, out a double comment 'of it') "
            "language sql sql security invoker comment 'areas' as begin set a = x * y; select 'called'; end",
            f"create or replace procedure {S}.twice(inout n int) as begin call {S}.area(n, a => n); end",
        ):
            cursor.execute(statement)
        yield cursor


def rows(cursor: Any, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    return [tuple(row) for row in cursor.fetchall()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("begin declare x int default 1; set x = x + 1; select x; end", [(2,)]),
        ("begin declare x, y int default 3; set (x, y) = (select 1, max(id) from {s}.t); select x + y; end", [(4,)]),
        ("begin declare i int = 0; while i < 3 do set i = i + 1; end while; select i; end", [(3,)]),
        ("begin declare n int = 0; for r as select id from {s}.t do set n = n + r.id; end for; select n; end", [(6,)]),
        ("begin if exists (select 1 from {s}.t where id = 3) then select 'yes'; else select 'no'; end if; end",
         [("yes",)]),
        ("begin select id from {s}.t qualify row_number() over (order by id desc) = 1; end", [(3,)]),
        ("begin declare j string = '{{\"a\": 5}}'; select j:a::int + 1; end", [(6,)]),
        ("begin create or replace table {s}.made (id int primary key, v int); alter table {s}.made alter column v "
         "set tags ('a' = 'b'); grant select on table {s}.made to x; select count(*) from "
         "lakehouse.information_schema.column_tags where table_name = 'made'; end", [(1,)]),
        ("begin insert into {s}.t values (4, 'd'); delete from {s}.t where id in (select max(id) from {s}.t); "
         "select count(*) from {s}.t; end", [(3,)]),
        ("begin declare q string = 'select name from {s}.t where id = ?'; declare n int = 2; "
         "execute immediate q using n; end", [("b",)]),
        ("begin declare exit handler for divide_by_zero select 'caught'; select 1 / 0; select 'not'; end",
         [("caught",)]),
        ("begin declare n int = 0; declare continue handler for sqlexception set n = n + 1; select * from {s}.nope; "
         "create table {s}.`a-b` (id int); select n; end", [(2,)]),
        ("begin declare exit handler for sqlstate '45000' select 'mine'; signal sqlstate '45000' set message_text = "
         "'no'; end", [("mine",)]),
        ("begin declare odd condition for sqlstate '45123'; declare exit handler for odd begin declare m, s, c string; "
         "get diagnostics condition 1 m = message_text, s = returned_sqlstate, c = condition_identifier; "
         "select m, s, c; end; signal odd set message_text = 'it is ' || 3; end", [("it is 3", "45123", "ODD")]),
        ("begin declare n int; update {s}.t set name = upper(name) where id < 3; get diagnostics n = row_count; "
         "update {s}.t set name = lower(name); select n; end", [(2,)]),
        ("begin select 1; insert into {s}.t select * from {s}.t where id > 9; end", [(1,)]),
        ("begin show tables in {s} like 't'; end", [("scripts", "t", False)]),
        ("execute immediate 'begin select 7; end'", [(7,)]),
    ],
)  # fmt: skip
def test_a_script_answers(scripts: Any, sql: str, expected: list[Any]) -> None:
    assert rows(scripts, sql.format(s=S)) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("begin signal sqlstate '45000' set message_text = 'no way'; end",
         r"\[USER_RAISED_EXCEPTION\] no way SQLSTATE: 45000"),
        ("begin signal user_raised_exception set message_arguments = map('errorMessage', 'x4'); end", "x4"),
        ("begin declare exit handler for sqlexception begin resignal; end; select 1 / 0; end", "DIVIDE_BY_ZERO"),
        ("begin resignal; end", "RESIGNAL"),
        ("begin select 1; select nope; end", "UNRESOLVED_COLUMN"),
        ("begin select 1", "PARSE_SYNTAX_ERROR"),
        ("begin select * from text.`/etc/passwd`; end", "NO_PARENT_EXTERNAL_LOCATION"),
        ("call {s}.nope()", "ROUTINE_NOT_FOUND"),
        ("call {s}.area(1)", "WRONG_NUM_ARGS"),
        ("call {s}.area(1, 2, held, 4)", "WRONG_NUM_ARGS"),
        ("create procedure {s}.area() as begin end", "ROUTINE_ALREADY_EXISTS"),
        ("create procedure {s}.broken() as select 1", "PARSE_SYNTAX_ERROR"),
        ("drop procedure {s}.nope", "ROUTINE_NOT_FOUND"),
    ],
)  # fmt: skip
def test_what_goes_wrong_in_a_script_is_told(scripts: Any, sql: str, error: str) -> None:
    with pytest.raises(ServerOperationError, match=error):
        scripts.execute(sql.format(s=S))


@pytest.mark.slow
def test_a_procedure_is_called(scripts: Any) -> None:
    assert rows(scripts, f"call {S}.area(3, a => held)") == [("called",)]
    assert rows(scripts, "select held") == [(6,)]
    scripts.execute(f"begin declare mine int = 5; call {S}.twice(mine); set held = mine; end")
    assert rows(scripts, "select held") == [(10,)]
    listed = "select routine_name, routine_type, data_type from lakehouse.information_schema.routines"
    assert rows(scripts, f"{listed} where routine_schema = 'scripts' order by 1") == [
        ("area", "PROCEDURE", None),
        ("twice", "PROCEDURE", None),
    ]
    assert [row[3] for row in rows(scripts, f"show procedures in {S}")] == ["area", "twice"]
    scripts.execute(f"grant execute on procedure {S}.area to x")
    assert rows(scripts, f"show grants on procedure {S}.area")[-1] == ("x", "EXECUTE", "PROCEDURE", f"{S}.area")
    scripts.execute(f"create procedure if not exists {S}.area() as begin select 1; end")
    scripts.execute(f"create or replace procedure {S}.gone() as begin select 1; end")
    scripts.execute(f"drop procedure {S}.gone")
    with pytest.raises(ServerOperationError, match="ROUTINE_NOT_FOUND"):
        scripts.execute(f"call {S}.gone()")
