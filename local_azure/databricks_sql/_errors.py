"""What a client is told when a statement fails: one message, as Databricks words it, and its SQLSTATE."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException

from local_azure.databricks_sql._catalog import CATALOG, name_out

T = TypeVar("T")

MAX_MESSAGE = 4000
_PLACE = re.compile(r"(; line \d+ pos \d+)?\Z")
# Spark has one catalog, and takes a name with another for one of a schema in a schema.
_OTHER_CATALOG = re.compile(
    r"REQUIRES_SINGLE_PART_NAMESPACE\].* but got `([^`]+)`"
    r"|Nested databases are not supported by v1 session catalog: (\w+)"
)


class StatementError(Exception):
    """A statement that is refused or failed. `sqlstate` has five characters (ISO 9075)."""

    def __init__(self, message: str, sqlstate: str = "42000") -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate


class StartError(Exception):
    """Why the endpoint can't start, in one line, with the way out."""


def unsupported(feature: str, instead: str) -> StatementError:
    """The error for what this endpoint doesn't do; 0A000 is "feature not supported"."""
    return StatementError(
        f"[UNSUPPORTED_FEATURE] {feature} does not exist on the local endpoint: {instead}. SQLSTATE: 0A000",
        "0A000",
    )


def syntax_error(words: str) -> StatementError:
    """The error for a statement that cannot be read."""
    return StatementError(f"[PARSE_SYNTAX_ERROR] {words}. SQLSTATE: 42601", "42601")


def no_column(column: str, schema: str, table: str) -> StatementError:
    """The error for a column that a table has not."""
    full = f"`{CATALOG}`.`{schema}`.`{table}`"
    return StatementError(
        f"[COLUMN_NOT_FOUND] The column `{column}` cannot be found in {full}. SQLSTATE: 42703", "42703"
    )


def translate(error: BaseException) -> StatementError:
    """Turn whatever Spark or py4j raised into the message and SQLSTATE a client should see."""
    if isinstance(error, StatementError):
        return StatementError(name_out(error.message), error.sqlstate)
    if isinstance(error, Py4JJavaError):
        return _from_java(error.java_exception)
    if isinstance(error, PySparkException):
        return _with_state(_without_plan(str(error)), error.getSqlState())
    return StatementError(f"[INTERNAL_ERROR] {type(error).__name__}: {error}", "XX000")


def if_there(ask: Callable[[], T]) -> T | None:
    """What Spark answers, or None if it says that there is no such schema, table or function."""
    try:
        return ask()
    except (Py4JJavaError, PySparkException) as error:
        if "_NOT_FOUND]" in translate(error).message or "NoSuch" in repr(error):
            return None
        raise


def _from_java(exception: Any) -> StatementError:
    """The first cause that carries Spark's own error class says more than "Job aborted"."""
    chosen = exception
    while exception is not None:
        if str(exception.getMessage() or "").startswith("["):
            chosen = exception
            break
        exception = exception.getCause()
    text = str(chosen.getMessage() or chosen.toString())
    if text.startswith("[INTERNAL_ERROR]") and chosen.getCause() is not None:
        text = f"[INTERNAL_ERROR] {chosen.getCause().toString()}"
    state = chosen.getSqlState() if hasattr(chosen, "getSqlState") and text.startswith("[") else None
    return _with_state(_without_plan(text), state)


def _with_state(text: str, state: str | None) -> StatementError:
    """Databricks ends every message that has a class with its SQLSTATE; Delta does not."""
    if state and text.startswith("[") and "SQLSTATE: " not in text:
        text = _PLACE.sub(lambda place: f" SQLSTATE: {state}{place[0]}", text, count=1)
    return StatementError(text, str(state or "HY000"))


def _without_plan(text: str) -> str:
    """Spark appends the logical plan after `;` and a newline and a JVM trace: neither helps a reader of SQL."""
    for mark in (";\n", "\n\nJVM stacktrace:", "\n\tat "):
        text = text.partition(mark)[0]
    if other := _OTHER_CATALOG.search(text):
        text = f"[NO_SUCH_CATALOG_EXCEPTION] Catalog '{other[1] or other[2]}' was not found. SQLSTATE: 42704"
    return name_out(text.strip()[:MAX_MESSAGE])
