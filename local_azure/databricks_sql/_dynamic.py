"""EXECUTE IMMEDIATE and IDENTIFIER: text that becomes a statement or a name.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-aux-execute-immediate
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names-identifier-clause
"""

from __future__ import annotations

from typing import Any

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession

from local_azure.databricks_sql import _results
from local_azure.databricks_sql._call import Answer, Call
from local_azure.databricks_sql._catalog import CATALOG, SPARK_CATALOG
from local_azure.databricks_sql._errors import StatementError, syntax_error
from local_azure.databricks_sql._names import BEFORE_SCHEMA
from local_azure.databricks_sql._parameters import Value, substitute
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._tokens import Edit, Token, apply, closing, items, name, outside, tokens, unquote


def names(sql: str, session: SparkSession) -> str:
    """`sql` with IDENTIFIER(text) as the name that the text is. Raises StatementError for a text that is none.

    A text that is known only inside of a script is left for Spark.
    """
    found = tokens(sql)
    edits = []
    for index, token in enumerate(found[:-2]):
        if token.upper == "IDENTIFIER" and found[index + 1].text == "(":
            end = closing(found, index + 1)
            text = _text(sql[found[index + 2].start : found[end - 1].end], session) if end > index + 2 else None
            if text is not None:
                of_schema = index > 0 and found[index - 1].upper in BEFORE_SCHEMA
                edits.append(Edit(token.start, found[end].end, _name(text, session, 2 if of_schema else 3)))
    return apply(sql, edits)


def _text(expression: str, session: SparkSession) -> str | None:
    """The value of a constant expression; None where Spark finds that it is none."""
    found = tokens(expression)
    if len(found) == 1 and found[0].kind.value == "string":
        return unquote(found[0].text)
    try:
        value = session.sql(f"SELECT {expression}").head()
    except AnalysisException:
        return None
    return None if value is None or value[0] is None else str(value[0])


def _name(text: str, session: SparkSession, full: int) -> str:
    """The name in back-quotes; one of `full` parts begins with the catalog."""
    parser: Any = session._jsparkSession.sessionState().sqlParser()
    try:
        parsed = parser.parseMultipartIdentifier(text)
    except (Py4JJavaError, PySparkException) as error:
        raise syntax_error(f"IDENTIFIER: '{text}' is no name") from error
    found = [str(parsed.apply(index)) for index in range(parsed.size())]
    if len(found) >= full and found[0].lower() == CATALOG:
        found[0] = SPARK_CATALOG
    return name(*found)


def _execute_immediate(call: Call) -> Result:
    """The text as a statement of its own, its parameters written into it; INTO takes its one row."""
    last, behind = len(call.tokens), closing(call.tokens, 2) + 1
    into, using = (outside(call.tokens, behind, word) for word in ("INTO", "USING"))
    sql = _statement(call, _between(call, 2, min(into, using)))
    if tokens(sql)[:2] and [token.upper for token in tokens(sql)[:2]] == ["EXECUTE", "IMMEDIATE"]:
        message = "[NESTED_EXECUTE_IMMEDIATE] Nested EXECUTE IMMEDIATE commands are not allowed. SQLSTATE: 07501"
        raise StatementError(message, "07501")
    if using < last:
        sql = substitute(sql, _arguments(call, call.tokens[using + 1 :]))
    if into == last:
        return call.statement(sql)
    targets = _between(call, into + 1, using).strip(" ;()")
    call.statement(f"SET VAR ({targets}) = ({sql.rstrip('; ')})")
    return _results.nothing()


def _between(call: Call, start: int, end: int) -> str:
    return call.sql[call.tokens[start].start : call.tokens[end - 1].end]


def _statement(call: Call, expression: str) -> str:
    value = call.session.sql(f"SELECT CAST(({expression.rstrip('; ')}) AS STRING)").head()
    if value is None or value[0] is None:
        message = "[NULL_QUERY_STRING_EXECUTE_IMMEDIATE] Execute immediate requires a non-null text. SQLSTATE: 22004"
        raise StatementError(message, "22004")
    return str(value[0])


def _arguments(call: Call, found: list[Token]) -> list[Value]:
    """The values after USING, each with the name it is given; computed by Spark as text and type."""
    listed = [token for token in found if token.text != ";"]
    if listed and listed[0].text == "(" and closing(listed, 0) == len(listed) - 1:
        listed = listed[1:-1]
    return [_argument(call, item) for item in items(listed)]


def _argument(call: Call, item: list[Token]) -> Value:
    label = unquote(item[-1].text) if len(item) > 2 and item[-2].upper == "AS" else None
    expression = call.sql[item[0].start : item[-3 if label else -1].end]
    row = call.session.sql(f"SELECT CAST(({expression}) AS STRING), typeof({expression})").head()
    assert row is not None  # noqa: S101  a SELECT without FROM has one row
    return Value(label, row[0], str(row[1]))


RULES: list[tuple[str, Answer]] = [(r"EXECUTE IMMEDIATE .*", _execute_immediate)]
