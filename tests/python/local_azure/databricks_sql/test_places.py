"""Files below the storage addresses and no others."""

from __future__ import annotations

import pytest

from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._places import check
from local_azure.databricks_sql._tokens import tokens

LAKE = "abfss://lake@local.dfs.core.windows.net"


def checked(sql: str) -> None:
    check(tokens(sql), [LAKE])


@pytest.mark.parametrize("path", ["/etc/passwd", "file:/etc/passwd", f"{LAKE}.evil/x", "s3://b/x", "x.csv", ""])
@pytest.mark.parametrize(
    "sql",
    [
        "select * from text.`{}`",
        "select * from Parquet . `{}`",
        "select * from t, json.`{}/x`",
        "select * from read_files('{}', format => 'text')",
        "copy into t from '{}' fileformat = csv",
        "create table t (a int) using csv location '{}'",
        "create table t using csv options (path '{}')",
        "create temporary view v using csv options (header true, 'path' = '{}')",
        "insert overwrite directory '{}' using parquet select 1",
        "insert overwrite local directory '{}' select 1",
        "load data local inpath '{}' into table t",
        "alter table t set location '{}'",
        "convert to delta parquet.`{}`",
        "vacuum '{}' retain 0 hours",
        "describe detail '{}'",
        "select * from table_changes_by_path('{}', 1)",
    ],
)
def test_a_file_that_is_not_in_the_storage_is_refused(sql: str, path: str) -> None:
    with pytest.raises(StatementError, match="NO_PARENT_EXTERNAL_LOCATION_FOR_PATH"):
        checked(sql.format(path))
    checked(sql.format(f"{LAKE}/x"))


def test_an_address_may_not_leave_its_folder() -> None:
    with pytest.raises(StatementError, match="leaves its folder"):
        checked(f"select * from delta.`{LAKE}/x/../../c`")


@pytest.mark.parametrize(
    "sql",
    [
        "select '/etc/passwd', \"../x\" as `/a`",
        "select path '/etc/passwd' from t",
        "select * from a.`/etc/passwd`",
        "select id, json.`a` from json",
        "select '/x' as location",
        "comment on table t is 'location ''/x'''",
        "select transform(a, x -> x + 1) from t join u using (id)",
        "create function f(a int) returns int return a",
    ],
)
def test_what_is_no_address_passes(sql: str) -> None:
    checked(sql)
