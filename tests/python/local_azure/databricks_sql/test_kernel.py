from __future__ import annotations

from typing import Any

import pytest

from local_azure.databricks_sql._kernel import reads
from local_azure.databricks_sql._tokens import tokens


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("/* {} */ select 1", True),
        ("with a as (select 1) select * from a", True),
        ("insert overwrite directory 'x' using parquet select * from t", True),
        ("insert into t select * from s", False),
        ("with a as (select 1) insert into t select * from a", False),
        ("merge into t using s on t.a = s.a when matched then delete", False),
        ("select input_file_name() from t", False),
        ("select `_metadata`.file_path from t", False),
        ("select '_metadata' from t", True),
    ],
)
def test_queries_that_name_no_file_read_through_the_kernel(sql: str, expected: bool) -> None:
    assert reads(tokens(sql)) is expected


@pytest.mark.slow
def test_the_kernel_gives_the_rows_that_the_older_reader_gives(cursor: Any) -> None:
    cursor.execute(
        "create or replace table lakehouse.default.kept using delta "
        "tblproperties ('delta.enableDeletionVectors' = 'true') as select id, id / 3 as third from range(1000)"
    )
    cursor.execute("delete from lakehouse.default.kept where id % 10 = 3")
    counted = "select count(*), sum(id), sum(third) from lakehouse.default.kept"
    through_kernel = cursor.execute(counted).fetchall()
    older = cursor.execute(f"{counted} where _metadata.file_name is not null").fetchall()
    assert through_kernel == older
    assert through_kernel[0][0] == 900


@pytest.mark.slow
def test_time_travel_which_the_kernel_refuses_is_answered(cursor: Any) -> None:
    cursor.execute("create or replace table lakehouse.default.aged using delta as select 1 as a")
    cursor.execute("insert into lakehouse.default.aged values (2)")
    assert cursor.execute("select * from lakehouse.default.aged version as of 0").fetchall() == [(1,)]
