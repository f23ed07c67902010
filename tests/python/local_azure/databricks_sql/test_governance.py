"""Keys, tags and grants as Unity Catalog checks them, and how they follow their tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sql.exc import ServerOperationError

from .conftest import Endpoint

pytestmark = pytest.mark.slow
S = "lakehouse.governed"
NAMED = "tblproperties ('delta.columnMapping.mode' = 'name')"


@pytest.fixture(scope="module")
def governed(endpoint: Endpoint) -> Iterator[Any]:
    with endpoint.connect(path="/sql/1.0/warehouses/abc") as connection, connection.cursor() as cursor:
        for statement in (
            f"create schema if not exists {S}",
            f"create or replace table {S}.parent (id int primary key, name string)",
            f"create or replace table {S}.child (id int not null, p int references {S}.parent, n int)",
            f"create or replace table {S}.bare (id int)",
            f"create or replace view {S}.v as select 1 as a",
            f"create or replace function {S}.f(x int) returns int return x",
        ):
            cursor.execute(statement)
        yield cursor


def rows(cursor: Any, sql: str) -> list[tuple[Any, ...]]:
    cursor.execute(sql)
    return [tuple(row) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("alter table {s}.child add constraint pk primary key (nope)", "COLUMN_NOT_FOUND"),
        ("alter table {s}.child add constraint pk primary key (n)", "`n` is nullable"),
        ("alter table {s}.parent add constraint second primary key (id)", "TABLE_CONSTRAINT_ALREADY_EXISTS"),
        ("alter table {s}.child add constraint fk foreign key (n) references {s}.nope (id)", "TABLE_OR_VIEW_NOT_FOUND"),
        ("alter table {s}.child add constraint fk foreign key (n) references {s}.bare (id)", "FOREIGN_KEY_MISMATCH"),
        ("alter table {s}.child add constraint fk foreign key (n) references {s}.bare", "FOREIGN_KEY_MISMATCH"),
        ("alter table {s}.child add constraint fk foreign key (no) references {s}.parent", "COLUMN_NOT_FOUND"),
        ("create table {s}.new (id int, primary key (nope))", "COLUMN_NOT_FOUND"),
        ("create table {s}.new (id int references {s}.nope)", "TABLE_OR_VIEW_NOT_FOUND"),
        ("alter table {s}.parent drop primary key", "with CASCADE"),
        ("alter table {s}.bare drop primary key", "CONSTRAINT_DOES_NOT_EXIST"),
        ("alter table {s}.child drop column p", "DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE"),
        ("alter table {s}.child alter column nope set tags ('a' = 'b')", "COLUMN_NOT_FOUND"),
        ("set tag on column {s}.child.nope a = b", "COLUMN_NOT_FOUND"),
        ("alter schema lakehouse.nope set tags ('a')", "SCHEMA_NOT_FOUND"),
        ("alter table {s}.child set tags (a = b)", "PARSE_SYNTAX_ERROR"),
        ("grant nonsense on table {s}.child to x", "PARSE_SYNTAX_ERROR"),
        ("grant execute on table {s}.child to x", "not applicable"),
        ("grant use catalog on schema {s} to x", "not applicable"),
        ("grant select on function {s}.f to x", "not applicable"),
        ("grant execute on function {s}.nope to x", "ROUTINE_NOT_FOUND"),
        ("grant select on metastore to x", "not applicable"),
        ("grant create catalog on catalog lakehouse to x", "not applicable"),
        ("grant select on table {s}.nope to x", "TABLE_OR_VIEW_NOT_FOUND"),
        ("deny select on table {s}.child to x", "UC_COMMAND_NOT_SUPPORTED"),
    ],
)
def test_what_unity_catalog_refuses_is_refused(governed: Any, sql: str, error: str) -> None:
    with pytest.raises(ServerOperationError, match=error):
        governed.execute(sql.format(s=S))


def test_the_column_of_a_primary_key_is_not_null(governed: Any) -> None:
    with pytest.raises(ServerOperationError, match="DELTA_NOT_NULL_CONSTRAINT_VIOLATED"):
        governed.execute(f"insert into {S}.parent values (null, 'a')")


def test_grants_are_on_every_object_and_inherited(governed: Any) -> None:
    for grant in (
        "use catalog on catalog lakehouse",
        f"usage, select on schema {S}",
        f"select on view {S}.v",
        f"execute on function {S}.f",
    ):
        governed.execute(f"grant {grant} to `a@b.c`")
    who = "a@b.c"
    above = [
        (who, "USE CATALOG", "CATALOG", "lakehouse"),
        (who, "USE SCHEMA", "SCHEMA", S),
        (who, "SELECT", "SCHEMA", S),
    ]
    assert rows(governed, "show grants on catalog lakehouse") == above[:1]
    assert rows(governed, f"show grants `{who}` on schema {S}") == above
    assert rows(governed, f"show grants on view {S}.v") == [*above, (who, "SELECT", "TABLE", f"{S}.v")]
    assert rows(governed, f"show grants on function {S}.f") == [*above, (who, "EXECUTE", "FUNCTION", f"{S}.f")]
    assert rows(governed, f"show grants `other` on view {S}.v") == []
    granted = "select grantee, privilege_type from lakehouse.information_schema.schema_privileges"
    assert rows(governed, f"{granted} where schema_name = 'governed'") == [(who, "USE SCHEMA"), (who, "SELECT")]
    for revoke in ("use catalog on catalog lakehouse", f"all privileges on schema {S}", f"select on view {S}.v"):
        governed.execute(f"revoke {revoke} from `{who}`")
    assert rows(governed, f"show grants on view {S}.v") == []


def test_grants_on_the_metastore_are_listed(governed: Any) -> None:
    governed.execute("grant create catalog, use share on metastore to `a@b.c`")
    held = "select grantee, privilege_type from system.information_schema.metastore_privileges"
    assert rows(governed, held) == [("a@b.c", "CREATE CATALOG"), ("a@b.c", "USE SHARE")]
    assert rows(governed, "show grants on metastore")[0] == ("a@b.c", "CREATE CATALOG", "METASTORE", "local:lakehouse")
    governed.execute("revoke create catalog, use share on metastore from `a@b.c`")


def test_what_is_given_away_has_another_owner(governed: Any) -> None:
    for given in (f"table {S}.bare owner", f"table {S}.bare set owner", f"schema {S} owner", f"function {S}.f owner"):
        governed.execute(f"alter {given} to `a@b.c`")
    owner = "select table_owner from lakehouse.information_schema.tables where table_schema = 'governed'"
    assert rows(governed, f"{owner} and table_name = 'bare'") == [("a@b.c",)]
    assert rows(governed, f"{owner} and table_name = 'parent'") == [("local",)]


def test_a_foreign_key_is_dropped_by_its_columns(governed: Any) -> None:
    governed.execute(f"create or replace table {S}.pair (a int, b int, primary key (a, b))")
    governed.execute(f"create or replace table {S}.of_pair (a int, b int, foreign key (a, b) references {S}.pair)")
    with pytest.raises(ServerOperationError, match="CONSTRAINT_DOES_NOT_EXIST"):
        governed.execute(f"alter table {S}.of_pair drop foreign key (b)")
    governed.execute(f"alter table {S}.of_pair drop foreign key if exists (b)")
    governed.execute(f"alter table {S}.of_pair drop foreign key (A, `b`)")
    kept = "from lakehouse.information_schema.table_constraints where table_name = 'of_pair'"
    assert rows(governed, f"select * {kept}") == []


def test_a_function_that_is_made_again_has_no_grants(governed: Any) -> None:
    made = f"create function {S}.g() returns int return 1"
    for statement in (made, f"grant execute on function {S}.g to x", f"drop function {S}.g", made):
        governed.execute(statement)
    assert rows(governed, f"show grants x on function {S}.g") == []


def test_tags_are_on_every_object(governed: Any) -> None:
    for statement in (
        "set tag on catalog lakehouse a = b",
        f"set tag on schema {S} `c d` = 'e'",
        f"set tag on table {S}.v x",
    ):
        governed.execute(statement)
    schema = "lakehouse.information_schema"
    assert rows(governed, f"select tag_name, tag_value from {schema}.catalog_tags") == [("a", "b")]
    assert rows(governed, f"select tag_name, tag_value from {schema}.schema_tags where schema_name = 'governed'") == [
        ("c d", "e")
    ]
    assert rows(governed, f"select tag_name, tag_value from {schema}.table_tags where schema_name = 'governed'") == [
        ("x", "")
    ]
    governed.execute("unset tag on catalog lakehouse a")
    assert rows(governed, f"select * from {schema}.catalog_tags") == []


def test_keys_and_tags_follow_their_columns_and_go_with_them(governed: Any) -> None:
    table, schema = f"{S}.moving", "lakehouse.information_schema"
    tags = f"select column_name from {schema}.column_tags where table_name = 'moving'"
    keys = f"select column_name from {schema}.key_column_usage where table_name = 'moving'"
    governed.execute(f"create or replace table {table} (id int primary key, a int, b int) {NAMED}")
    for column in ("a", "b"):
        governed.execute(f"alter table {table} alter column {column} set tags ('k' = 'v')")
    governed.execute(f"alter table {table} rename column a to c")
    governed.execute(f"alter table {table} rename column id to key")
    governed.execute(f"alter table {table} drop column b")
    assert (rows(governed, tags), rows(governed, keys)) == ([("c",)], [("key",)])
    governed.execute(f"create or replace table {table} (id int)")
    assert (rows(governed, tags), rows(governed, keys)) == ([], [])


def test_show_create_table_says_all(governed: Any) -> None:
    governed.execute(
        f"create or replace table {S}.full (id int not null comment 'it''s', p int default 7, d date, "
        "v varchar(10), s struct<Inner: array<struct<X: int>>>, "
        f"constraint pk_full primary key (id), constraint fk_full foreign key (p) references {S}.parent, "
        "constraint positive check (p > 0)) using delta cluster by (d) comment 'all of it' tblproperties ('k' = 'v', "
        "'delta.feature.allowColumnDefaults' = 'supported')"
    )
    ((text,),) = rows(governed, f"show create table {S}.full")
    for part in (
        "`id` INT NOT NULL COMMENT 'it\\'s'",
        "`p` INT DEFAULT 7",
        "`v` VARCHAR(10)",
        "`s` STRUCT<Inner: ARRAY<STRUCT<X: INT>>>",
        "CONSTRAINT `pk_full` PRIMARY KEY (`id`)",
        "CONSTRAINT `fk_full` FOREIGN KEY (`p`) REFERENCES `lakehouse`.`governed`.`parent` (`id`)",
        "CONSTRAINT `positive` CHECK (p > 0)",
        "CLUSTER BY (`d`)",
        "COMMENT 'all of it'",
        "'k' = 'v'",
    ):
        assert part in text
    governed.execute(f"drop table {S}.full")
    governed.execute(text)  # what it says can be said again
    assert rows(governed, f"show create table {S}.full") == [(text,)]


def test_a_clone_replaces_a_table(governed: Any) -> None:
    governed.execute(f"insert overwrite {S}.bare values (1)")
    for _ in range(2):
        governed.execute(f"create or replace table {S}.cloned shallow clone {S}.bare")
    assert rows(governed, f"select * from {S}.cloned") == [(1,)]


def test_a_shallow_clone_is_told_until_rows_of_its_own_take_its_place(governed: Any) -> None:
    kind = "select table_type from lakehouse.information_schema.tables where table_name = 'twin'"
    for made, told in (
        (f"shallow clone {S}.bare", "MANAGED_SHALLOW_CLONE"),
        (f"deep clone {S}.bare", "MANAGED"),
        (f"shallow clone {S}.bare", "MANAGED_SHALLOW_CLONE"),
        (f"as select * from {S}.bare", "MANAGED"),
    ):
        governed.execute(f"create or replace table {S}.twin {made}")
        governed.execute(f"create table if not exists {S}.twin shallow clone {S}.bare")
        assert rows(governed, kind) == [(told,)]
    governed.execute(f"drop table {S}.twin")


@pytest.fixture(scope="module")
def guarded(governed: Any) -> Any:
    """A table with a mask and a row filter, and what was made over it before and after it had them."""
    for statement in (
        f"create or replace function {S}.mask(v string, of_id int, kind string) returns string "
        "return concat(kind, of_id)",
        f"create or replace function {S}.odd(x int) returns boolean return x % 2 = 1",
        f"create or replace function {S}.text(x int) returns string return 'x'",
        f"create or replace table {S}.secrets (id int, secret string)",
        f"insert into {S}.secrets values (1, 'a'), (2, 'b'), (3, 'c')",
        f"create or replace view {S}.before(i, s) as select * from {S}.secrets",
        f"alter table {S}.secrets alter column secret set mask {S}.mask using columns (id, 'no ')",
        f"alter table {S}.secrets set row filter {S}.odd on (id)",
        f"create or replace view {S}.after as select id, secret from {S}.secrets",
        f"create or replace table {S}.copied as select * from {S}.secrets",
    ):
        governed.execute(statement)
    return governed


@pytest.mark.parametrize(
    "sql",
    [
        "select * from {s}.secrets order by 1",
        "select x.id, x.secret from (select 1) y, {s}.secrets as x order by 1",
        "with secrets as (select * from {s}.secrets) select * from secrets order by 1",
        "select * from {s}.before order by 1",
        "select * from {s}.after order by 1",
        "select * from {s}.copied order by 1",
        "table {s}.secrets",
        "select id, secret from (select 1 as k) join {s}.secrets on k = 1 order by 1",
    ],
)
def test_a_reader_sees_what_masks_and_row_filters_leave(guarded: Any, sql: str) -> None:
    assert sorted(rows(guarded, sql.format(s=S))) == [(1, "no 1"), (3, "no 3")]


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        (
            "select * from {s}.secrets version as of 1",
            "ROW_LEVEL_SECURITY_COLUMN_MASK_FEATURE_NOT_SUPPORTED.TIME_TRAVEL",
        ),
        ("select * from {s}.secrets for version as of 1", "TIME_TRAVEL"),
        ("select * from (select 1), {s}.secrets timestamp as of now()", "TIME_TRAVEL"),
        ("select * from {s}.secrets@v1", "TIME_TRAVEL"),
        ("select * from table_changes('{s}.secrets', 0)", "TIME_TRAVEL"),
        ("select * from {s}.masked@v0", "COLUMN_MASKS_FEATURE_NOT_SUPPORTED.TIME_TRAVEL"),
        ("create table {s}.stolen shallow clone {s}.secrets", "ROW_LEVEL_SECURITY_TABLE_CLONE_SOURCE_NOT_SUPPORTED"),
        (
            "create or replace table {s}.stolen shallow clone {s}.masked",
            "COLUMN_MASKS_TABLE_CLONE_SOURCE_NOT_SUPPORTED",
        ),
    ],
)
def test_masks_and_row_filters_are_not_passed_by(guarded: Any, sql: str, error: str) -> None:
    guarded.execute(f"create or replace table {S}.masked (id int, c string mask {S}.mask using columns (id, 'm'))")
    with pytest.raises(ServerOperationError, match=error):
        guarded.execute(sql.format(s=S))


def test_a_writer_writes_the_table_behind_its_mask(guarded: Any) -> None:
    guarded.execute(f"create or replace table {S}.written (id int, c string mask {S}.mask using columns (id, 'm'))")
    guarded.execute(f"insert into {S}.written values (7, 'x'), (8, 'y')")
    guarded.execute(f"update {S}.written set c = 'z' where c = 'x'")
    guarded.execute(
        f"merge into {S}.written using {S}.secrets on secrets.id = written.id when not matched then "
        "insert (id, c) values (id, secret)"
    )
    assert rows(guarded, f"select * from {S}.written order by 1") == [(1, "m1"), (3, "m3"), (7, "m7"), (8, "m8")]
    guarded.execute(f"alter table {S}.written alter column c drop mask")
    assert rows(guarded, f"select c from {S}.written order by 1") == [("no 1",), ("no 3",), ("y",), ("z",)]


def test_masks_and_row_filters_are_listed_and_stay_with_a_table_that_is_replaced(guarded: Any) -> None:
    guarded.execute(
        f"create or replace table {S}.listed (id int, name string mask {S}.mask using columns (id, 'n')) using delta "
        f"with row filter {S}.odd on (id)"
    )
    guarded.execute(f"create or replace table {S}.listed (id int, name string)")
    listed = "from lakehouse.information_schema.{} where table_name = 'listed'"
    assert rows(guarded, f"select column_name, mask_name, using_columns {listed.format('column_masks')}") == [
        ("name", "lakehouse.governed.mask", "id,'n'")
    ]
    assert rows(guarded, f"select filter_name, target_columns {listed.format('row_filters')}") == [
        ("lakehouse.governed.odd", "id")
    ]
    described = json.loads(rows(guarded, f"describe table extended {S}.listed as json")[0][0])
    assert described["row_filter"]["column_names"] == ["id"]
    assert described["column_masks"][0]["function_name"]["function_name"] == "mask"
    guarded.execute(f"alter table {S}.listed drop row filter")
    assert rows(guarded, f"select * {listed.format('row_filters')}") == []


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("alter table {s}.secrets alter column secret set mask {s}.nope", "ROUTINE_NOT_FOUND"),
        ("alter table {s}.secrets alter column nope set mask {s}.mask", "COLUMN_NOT_FOUND"),
        ("alter table {s}.secrets alter column secret set mask {s}.mask", "WRONG_NUM_ARGS"),
        (
            "alter table {s}.secrets alter column secret set mask {s}.mask using columns (secret, 'x')",
            "COLUMN_MASKS_USING_COLUMN_NAME_SAME_AS_TARGET_COLUMN",
        ),
        ("alter table {s}.secrets set row filter {s}.odd on (nope)", "UNRESOLVED_COLUMN"),
        ("alter table {s}.secrets set row filter {s}.text on (id)", "FILTER_NOT_BOOLEAN"),
        ("alter view {s}.v set row filter {s}.odd on (a)", "EXPECT_TABLE_NOT_VIEW"),
        ("create table {s}.fresh (id int mask {s}.nope)", "ROUTINE_NOT_FOUND"),
    ],
)
def test_a_mask_or_row_filter_that_does_not_fit_is_refused(guarded: Any, sql: str, error: str) -> None:
    with pytest.raises(ServerOperationError, match=error):
        guarded.execute(sql.format(s=S))
