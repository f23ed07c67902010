"""Databricks SQL that Spark's parser does not take."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame

from local_azure.databricks_sql._tokens import Token


def rewrite(sql: str, found: list[Token]) -> str:
    return sql


def with_json_paths(sql: str, run: Callable[[str], DataFrame]) -> DataFrame:
    return run(sql)
