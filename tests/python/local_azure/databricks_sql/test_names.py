from __future__ import annotations

import pytest

from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._names import catalog_edits, check_catalog, parts
from local_azure.databricks_sql._tokens import apply, tokens


def mapped(sql: str) -> str:
    return apply(sql, catalog_edits(tokens(sql)))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from lakehouse.a.b", "select * from spark_catalog.a.b"),
        ("select * from `LakeHouse`.`a`.`b`", "select * from spark_catalog.`a`.`b`"),
        ("create schema if not exists `lakehouse`.`a`", "create schema if not exists spark_catalog.`a`"),
        ("show tables in lakehouse.a", "show tables in spark_catalog.a"),
        ("show tables from lakehouse.a", "show tables from spark_catalog.a"),
        ("select current_catalog()", "select 'lakehouse'"),
    ],
)
def test_the_catalog_is_named_as_spark_knows_it(sql: str, expected: str) -> None:
    assert mapped(sql) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "select 'lakehouse.a.b', \"lakehouse.a.b\" -- lakehouse.a.b",
        "select lakehouse.id from x as lakehouse",
        "select t.lakehouse.a.b from t",
        "select lakehouse from t",
    ],
)
def test_what_is_no_catalog_stays(sql: str) -> None:
    assert mapped(sql) == sql


def test_another_catalog_is_refused() -> None:
    check_catalog("Lakehouse")
    with pytest.raises(StatementError, match="NO_SUCH_CATALOG"):
        check_catalog("main")


def test_parts_of_a_name() -> None:
    assert parts("`a.b` . c.`d``e`") == ["a.b", "c", "d`e"]
