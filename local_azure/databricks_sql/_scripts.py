"""BEGIN ... END: Spark goes through the script, and each statement of it runs as one that a client sends.

So keys, tags, grants and all else that rules answer stand in scripts too, and SIGNAL, RESIGNAL and GET DIAGNOSTICS,
which Spark has not. Its SqlScriptingExecution goes from one query to the next; here these tell statements' numbers.
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-scripting
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from local_azure.databricks_sql import _script_text
from local_azure.databricks_sql._errors import StatementError, translate
from local_azure.databricks_sql._jvm import active, scala_object
from local_azure.databricks_sql._results import Kept, Result, nothing
from local_azure.databricks_sql._tokens import Token, items, outside, string, tokens, unquote

_FAILURES = (StatementError, PySparkException, Py4JJavaError)
_CLASS = re.compile(r"\[([\w.]+)\] (.*?)(?: SQLSTATE: \w{5}.*)?", re.DOTALL)


class Script:
    """One run of a script. `execute` runs a statement as if it had been sent."""

    def __init__(
        self,
        session: SparkSession,
        text: _script_text.Text,
        execute: Callable[[str], Result],
        own: Mapping[str, Callable[[], None]],
    ) -> None:
        self._session = session
        self._execute = execute
        self._text = text
        self._handled: Exception | None = None
        self._changed = 0  # rows, by the last statement that tells how many
        self._answers = {"SIGNAL": self._signal, "RESIGNAL": self._resignal, "GET": self._diagnostics}
        self._own = own

    def run(self, sql: str) -> Result:
        """Run it, `sql` being its text for Spark, and answer what its last query does."""
        with _context(self._session, sql) as (steps, context):
            result: Result = nothing()
            while (number := _next(steps)) is not None:
                try:
                    answer = Kept(self._statement(self._text.statements[number]))
                except _FAILURES as error:
                    self._handled = _handle(self._session, context, error)
                    continue
                if answer.modified is not None:
                    self._changed = answer.modified
                elif answer.schema.names:
                    result = answer
            return result

    def _statement(self, sql: str) -> Result:
        found = tokens(sql)
        word = found[0].upper
        if word in self._own:
            self._own[word]()
            return nothing()
        return self._answers[word](sql, found) if word in self._answers else self._execute(sql)

    def _signal(self, sql: str, found: list[Token]) -> Result:
        """https://docs.databricks.com/aws/en/sql/language-manual/control-flow/signal-stmt"""
        place = outside(found, 0, "SET")
        given = sql[found[place + 3].start :] if place + 3 < len(found) else ""
        condition = unquote(found[1].text).upper()
        if condition == "SQLSTATE":
            raise self._raised("USER_RAISED_EXCEPTION", unquote(found[place - 1].text), given)
        if condition in self._text.conditions:
            raise self._raised(condition, self._text.conditions[condition], given)
        if given and found[place + 1].upper == "MESSAGE_TEXT":
            given = f"map('errorMessage', {given})"
        raise self._known(condition, given)

    def _known(self, condition: str, given: str) -> StatementError:
        """An error of the system's own, in Spark's words."""
        row = self._session.sql(f"SELECT CAST({given or 'map()'} AS MAP<STRING, STRING>)").head()
        jvm: Any = self._session._jvm
        words = scala_object(jvm.org.apache.spark, "SparkThrowableHelper")
        arguments = jvm.org.apache.spark.api.python.PythonUtils.toScalaMap(row[0] if row else {})
        return StatementError(words.getMessage(condition, arguments), words.getSqlState(condition) or "42000")

    def _raised(self, condition: str, state: str, given: str) -> StatementError:
        row = self._session.sql(f"SELECT CAST(({given or repr('')}) AS STRING)").head()
        message = f"[{condition}] {row[0] if row else ''}".rstrip()
        return StatementError(f"{message} SQLSTATE: {state}", state)

    def _resignal(self, _sql: str, _found: list[Token]) -> Result:
        """https://docs.databricks.com/aws/en/sql/language-manual/control-flow/resignal-stmt"""
        if self._handled is None:
            message = "[RESIGNAL_WITHOUT_ACTIVE_HANDLER] RESIGNAL when handler not active. SQLSTATE: 0K000"
            raise StatementError(message, "0K000")
        raise self._handled

    def _diagnostics(self, _sql: str, found: list[Token]) -> Result:
        """https://docs.databricks.com/aws/en/sql/language-manual/control-flow/get-diagnostics-stmt"""
        told = _told(self._handled) | {"ROW_COUNT": f"{self._changed}", "TRANSACTION_ACTIVE": "false"}
        for item in items(found[4 if found[2].upper == "CONDITION" else 2 :]):
            value = told.get(item[-1].upper, "NULL")
            self._execute(f"SET VARIABLE {' '.join(token.text for token in item[:-2])} = {value}")
        return nothing()


def _told(error: Exception | None) -> dict[str, str]:
    """What GET DIAGNOSTICS can ask of the error that is handled, as SQL."""
    if error is None:
        return {}
    said = translate(error)
    parted = _CLASS.fullmatch(said.message)
    given = error.getMessageParameters() if isinstance(error, PySparkException) else None
    listed = ", ".join(f"{string(key)}, {string(value)}" for key, value in (given or {}).items())
    return {
        "CONDITION_IDENTIFIER": string(parted[1] if parted else ""),
        "MESSAGE_TEXT": string(parted[2] if parted else said.message),
        "RETURNED_SQLSTATE": string(said.sqlstate),
        "MESSAGE_ARGUMENTS": f"CAST(map({listed}) AS MAP<STRING, STRING>)",
    }


def parse(session: SparkSession, sql: str) -> Any:
    """What Spark's parser makes of a script. Raises what it raises."""
    java: Any = session._jsparkSession
    with active(session):
        return java.sessionState().sqlParser().parsePlan(sql)


@contextmanager
def _context(session: SparkSession, sql: str) -> Iterator[tuple[Any, Any]]:
    """Spark's execution of the script and its context, with the script's variables known to what this thread asks.

    SqlScriptingExecution.withContextManager does the same for a block of Scala.
    """
    jvm: Any = session._jvm
    plan, java = parse(session, sql), session._jsparkSession
    nothing_bound = jvm.org.apache.spark.api.python.PythonUtils.toScalaMap({})
    steps = jvm.org.apache.spark.sql.scripting.SqlScriptingExecution(plan, java, nothing_bound)
    manager = scala_object(jvm.org.apache.spark.sql.catalyst, "SqlScriptingContextManager")
    local = _private(manager, "tl")
    outer = local.get()
    local.set(_private(steps, "contextManager"))
    try:
        yield steps, _private(steps, "context")
    finally:
        local.set(outer) if outer is not None else local.remove()


def _private(owner: Any, ending: str) -> Any:
    fields = owner.getClass().getDeclaredFields()
    field = next(each for each in fields if re.fullmatch(rf"(?:.*\$)?{ending}", each.getName()))
    field.setAccessible(True)
    return field.get(owner)


def _next(steps: Any) -> int | None:
    found = steps.getNextResult()
    if not found.isDefined():
        return None
    return int(str(found.get().columns()[0]).removeprefix(_script_text.MARK))


def _handle(session: SparkSession, context: Any, error: Exception) -> Exception:
    """Let the script's handler be next, as SqlScriptingExecution.handleException does. Raises the error for none."""
    said = translate(error)
    parted = _CLASS.fullmatch(said.message)
    found = context.findHandler(parted[1] if parted else "", said.sqlstate)
    if not found.isDefined():
        raise error
    handler = found.get()
    jvm: Any = session._jvm
    scripting = jvm.org.apache.spark.sql.scripting
    kinds = scala_object(scripting, "SqlScriptingFrameType")
    kind = kinds.CONTINUE_HANDLER() if str(handler.handlerType()) == "CONTINUE" else kinds.EXIT_HANDLER()
    frame = scripting.SqlScriptingExecutionFrame(handler.body(), kind, handler.scopeLabel())
    context.frames().append(frame)
    handler.reset()
    frame.executionPlan().enterScope()
    return error
