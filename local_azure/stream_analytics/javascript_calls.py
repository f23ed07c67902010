"""Calls of JavaScript functions in DuckDB's words: each call is one JSON text, and so is its result.

Their types are those of "Stream Analytics and JavaScript type conversion" (Microsoft Learn, "JavaScript user-defined
functions in Azure Stream Analytics"): what a script fixes as datetime becomes a Date.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.javascript import Function, sql_name
from local_azure.stream_analytics.scope import PARTITION, SEQUENCE, TIMESTAMP, Scope
from local_azure.stream_analytics.syntax import Call, Script, Star, walk
from local_azure.stream_analytics.values import Value, as_any


def unknown(script: Script, functions: tuple[Function, ...]) -> Iterator[QueryError]:
    """A finding for each call of a function that the project does not have."""
    known = {each.sql for each in functions}
    for node in walk(script.queries):
        if (
            isinstance(node, Call)
            and node.name.lower().startswith(("udf.", "uda."))
            and sql_name(node.name) not in known
        ):
            yield QueryError(node.position, f"{node.name}: the project has no such JavaScript function")


def called(call: Call, arguments: list[Value]) -> Value:
    """UDF.name(...)."""
    if call.over is not None or call.distinct:
        raise QueryError(call.position, f"{call.name} takes values only, no OVER and no DISTINCT")
    return Value(f"{sql_name(call.name)}({_call(arguments)})", "any")


def accumulated(call: Call, rows: Scope) -> Value:
    """UDA.name(...) over the rows of a window, in the order of their times."""
    if call.over is not None or call.distinct or len(call.arguments) != 1 or isinstance(call.arguments[0], Star):
        raise QueryError(call.position, f"{call.name} takes one value, of a window's rows")
    time, *place = (rows.frames[0].sql(column) for column in (TIMESTAMP, PARTITION, SEQUENCE))
    one = _call([rows.value(call.arguments[0]), Value(time, "datetime")])
    order = ", ".join([time, *place])
    return Value(f"{sql_name(call.name)}('[' || string_agg({one}, ',' order by {order}) || ']')", "any")


def _call(arguments: list[Value]) -> str:
    dates = [place for place, each in enumerate(arguments) if each.kind == "datetime"]
    values = [f"coalesce({_argument(each)}, 'null')" for each in arguments] or ["''"]
    joined = " || ',' || ".join(values)
    return f"""('{{"dates":{dates},"values":[' || {joined} || ']}}')"""


def _argument(value: Value) -> str:
    return f"cast(epoch_ms({value.sql}) as varchar)" if value.kind == "datetime" else as_any(value)
