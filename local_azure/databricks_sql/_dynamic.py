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
from local_azure.databricks_sql._rewrites import rewrite
from local_azure.databricks_sql._tokens import (
    MARK,
    Edit,
    Kind,
    Token,
    apply,
    closing,
    items,
    name,
    outside,
    tokens,
    unquote,
)


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
    query = f"SELECT {expression}"
    try:
        value = session.sql(rewrite(query, tokens(query))).head()
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
        by_place = any(token.text in ("?", MARK) for token in tokens(sql))
        sql = substitute(sql, _arguments(call, call.tokens[using + 1 :], by_place))
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


def _arguments(call: Call, found: list[Token], by_place: bool) -> list[Value]:
    """The values after USING, each with its name unless they go by place; computed by Spark as text and type."""
    listed = [token for token in found if token.text != ";"]
    if listed and listed[0].text == "(" and closing(listed, 0) == len(listed) - 1:
        listed = listed[1:-1]
    return [_argument(call, item, by_place) for item in items(listed)]


def _argument(call: Call, item: list[Token], by_place: bool) -> Value:
    """`expr AS name`, `expr name`, or a variable, which has its own name."""
    with_as = len(item) > 2 and item[-2].upper == "AS"
    named = with_as or (len(item) == 1 and item[0].is_name) or _has_name(item)
    label = unquote(item[-1].text) if named and not by_place else None
    last = item[-1 - with_as - (named and len(item) > 1)]
    expression = call.sql[item[0].start : last.end]
    row = call.session.sql(f"SELECT CAST(({expression}) AS STRING), typeof({expression})").head()
    assert row is not None  # noqa: S101  a SELECT without FROM has one row
    return Value(label, row[0], str(row[1]))


def _has_name(item: list[Token]) -> bool:
    """Whether a name follows a whole expression: a literal, a variable or what ends with a bracket."""
    if len(item) < 2 or not item[-1].is_name or item[0].upper in ("INTERVAL", "NOT"):
        return False
    before = item[-2]
    return before.kind in (Kind.STRING, Kind.NUMBER) or before.text in (")", "]") or (len(item) == 2 and before.is_name)


RULES: list[tuple[str, Answer]] = [(r"EXECUTE IMMEDIATE .*", _execute_immediate)]
