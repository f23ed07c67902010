"""Queries read Delta tables through Delta Kernel, which replays a log in the driver.

Delta's older reader runs a Spark job for each table of a query to list its files: on tables of some
thousand rows that is 40 % of a data test's time. Writes, which the Kernel's connector does not all know,
stay with the older one. https://docs.delta.io/delta-kernel/
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from local_azure.databricks_sql._tokens import Token, outside, unquote

_MODE = "spark.databricks.delta.v2.enableMode"
# What names the file of a row: the Kernel's connector answers it with an empty string.
_FILES = {"INPUT_FILE_NAME", "INPUT_FILE_BLOCK_START", "INPUT_FILE_BLOCK_LENGTH", "_METADATA"}
# What may follow a WITH in place of a query.
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE")


def reads(found: list[Token]) -> bool:
    """Whether the statement is a query, or one that writes to a directory, and asks for no file names."""
    words = [token.upper for token in found[:3]]
    is_query = words[:1] == ["SELECT"] or (words[:2] == ["INSERT", "OVERWRITE"] and "DIRECTORY" in words)
    is_query |= words[:1] == ["WITH"] and all(outside(found, 0, word) == len(found) for word in _WRITES)
    return is_query and not any(token.is_name and unquote(token.text).upper() in _FILES for token in found)


@contextmanager
def chosen(session: SparkSession) -> Iterator[None]:
    """While a statement is analysed, which is when its reader is decided."""
    session.conf.set(_MODE, "STRICT")
    try:
        yield
    finally:
        session.conf.unset(_MODE)
