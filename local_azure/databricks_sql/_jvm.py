"""What Spark's own Scala is reached by, where PySpark has no way to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import SparkSession


def scala_object(package: Any, name: str) -> Any:
    """The one instance of a Scala `object`."""
    return getattr(getattr(package, f"{name}$"), "MODULE$")


@contextmanager
def active(session: SparkSession) -> Iterator[None]:
    """This thread's active session, whose settings Spark reads where it is handed none: its parser's, for one."""
    sessions: Any = SparkSession._get_j_spark_session_class(session._jvm)
    before = sessions.getActiveSession()
    sessions.setActiveSession(session._jsparkSession)
    try:
        yield
    finally:
        sessions.setActiveSession(before.get()) if before.isDefined() else sessions.clearActiveSession()
