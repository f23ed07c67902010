"""Aggregates of a window, and the same over the rows before one (LIMIT DURATION), each with its page.

An aggregate becomes DuckDB's with a tail behind it: nothing in a window, FILTER and OVER for rows before one.
"""

from __future__ import annotations

from collections.abc import Callable

from local_azure.stream_analytics import dateparts
from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.javascript_calls import accumulated
from local_azure.stream_analytics.scope import PARTITION, SEQUENCE, TIMESTAMP, Scope
from local_azure.stream_analytics.syntax import Call, Expression, Literal, Over, Star, walk
from local_azure.stream_analytics.values import Value, as_any, as_float, as_key, once

AGGREGATES = {
    "COUNT": "count", "SUM": "sum", "AVG": "avg", "MIN": "min", "MAX": "max", "STDEV": "stdev", "STDEVP": "stdevp",
    "VAR": "var", "VARP": "varp", "COLLECT": "collect", "COLLECTTOP": "collecttop", "TOPONE": "topone",
    "PERCENTILE_CONT": "percentile-cont", "PERCENTILE_DISC": "percentile-disc",
}  # fmt: skip
AGGREGATES = {name: f"{page}-azure-stream-analytics" for name, page in AGGREGATES.items()}
STATISTICS = {"STDEV": "stddev_samp", "STDEVP": "stddev_pop", "VAR": "var_samp", "VARP": "var_pop"}
LOOKING_BACK = {"COUNT", "SUM", "AVG", "MIN", "MAX", "COLLECT", "COLLECTTOP", "TOPONE", *STATISTICS}
"""Aggregates with an analytic form, OVER (... LIMIT DURATION(...)): by their pages, statistics by queries in public."""
TRUE = "'true'"
RANKED = ("TOPONE", "COLLECTTOP", "PERCENTILE_CONT", "PERCENTILE_DISC")


def is_aggregate(name: str) -> bool:
    """Whether a function, in upper case, is an aggregate, the language's or one in JavaScript."""
    return name in AGGREGATES or name.startswith("UDA.")


def aggregate(call: Call, rows: Scope, tail: str = "") -> Value:
    """One aggregate over the rows of a scope. Raises QueryError for arguments that it does not take."""
    name = call.name.upper()
    for inner in walk(call.arguments):
        if isinstance(inner, Call) and is_aggregate(inner.name.upper()):
            raise QueryError(
                inner.position, f"{inner.name} inside {call.name}: aggregates do not nest", AGGREGATES.get(name)
            )
    if name.startswith("UDA."):
        return accumulated(call, rows)
    if call.distinct and (name != "COUNT" or len(call.arguments) != 1 or tail):
        raise _wrong(call, "DISTINCT stands in COUNT over a window only, with one expression")
    if call.over is not None:
        _refuse_over(call, call.over, name)
    return BUILD[name](call, rows, tail)


def _refuse_over(call: Call, over: Over, name: str) -> None:
    if over.limit is not None and name not in LOOKING_BACK:
        raise _wrong(call, f"{call.name} has no OVER (... LIMIT DURATION)")
    if over.order_by and name not in RANKED:
        raise _wrong(call, f"{call.name} takes no ORDER BY")
    if over.limit is None and (over.partition_by or over.when or name not in RANKED):
        order = " but ORDER BY" if name in RANKED else ""
        raise _wrong(call, f"OVER of {call.name} takes nothing{order} without LIMIT DURATION: GROUP BY its keys")


def _count(call: Call, rows: Scope, tail: str) -> Value:
    if not call.arguments or isinstance(call.arguments[0], Star):
        return Value(f"count(*){tail}", "bigint")
    value = _only(call, rows)
    counted = f"distinct {as_key(value)}" if call.distinct else value.sql
    return Value(f"count({counted}){tail}", "bigint")


def _sum(call: Call, rows: Scope, tail: str) -> Value:
    value = _only(call, rows)
    if value.kind == "bigint":
        return Value(f"to_bigint(sum({value.sql}){tail})", "bigint")
    if value.kind != "any":
        return Value(f"sum({_number(call, value)}){tail}", "float")
    whole = f"written(to_bigint(sum(try_json_bigint({value.sql})){tail}))"
    return _by_type(value, whole, f"written(sum(json_float({value.sql})){tail})", tail)


def _by_type(value: Value, whole: str, broken: str, tail: str, more: str = "") -> Value:
    """bigint where every value is one, else float; `more` are WHENs of other types."""
    test = f"bool_and(is_integer({value.sql})){tail}"
    return Value(f"case when {test} then {whole} {more} else {broken} end", "any")


def _number(call: Call, value: Value) -> str:
    if value.kind in ("datetime", "bit") or (value.explicit and value.kind == "nvarchar"):
        raise _wrong(call, f"{call.name} takes numbers, not {value.kind}")
    return as_float(value)


def _average(call: Call, rows: Scope, tail: str) -> Value:
    return Value(f"avg({_number(call, _only(call, rows))}){tail}", "float")


def _statistic(call: Call, rows: Scope, tail: str) -> Value:
    return Value(f"{STATISTICS[call.name.upper()]}({_number(call, _only(call, rows))}){tail}", "float")


def _extreme(call: Call, rows: Scope, tail: str) -> Value:
    """Texts without a cast are taken as floats (max-azure-stream-analytics), or as datetimes where all are such.

    "Common query patterns" asks MAX of a time that no step has cast ("Find the last event in a window").
    """
    value = _only(call, rows)

    def best(of: str) -> str:
        return f"{call.name.lower()}({of}){tail}"

    if value.kind != "any":
        return Value(best(value.sql), value.kind, value.explicit)
    bits = f"when bool_and({value.sql} in ('true', 'false')){tail} then written({best(f'{value.sql} = {TRUE}')})"
    times = f"when bool_and(is_moment({value.sql})){tail} then written(iso({best(f'moment({value.sql})')}))"
    worst = f"max(no_number({value.sql})){tail}"
    number = f"written(if_numbers({worst}, {best(f'try_json_float({value.sql})')}))"
    return _by_type(value, f"written({best(f'try_json_bigint({value.sql})')})", number, tail, f"{bits} {times}")


def _collect(call: Call, rows: Scope, tail: str) -> Value:
    value = _projected(call, call.arguments, rows)
    return Value(f"cast(to_json(list_transform(list({as_any(value)}){tail}, lambda __x: json(__x))) as varchar)", "any")


def _top_one(call: Call, rows: Scope, tail: str) -> Value:
    value = _projected(call, call.arguments, rows)
    ranked = f"{value.sql} order by {_order(call, rows)}"
    found = f"(list({ranked}){tail})[1]" if tail else f"first({ranked})"  # DuckDB's first over rows takes no FILTER
    return Value(found, value.kind, value.explicit)


def _collect_top(call: Call, rows: Scope, tail: str) -> Value:
    count = dateparts.constant(call.arguments[0]) if call.arguments else None
    if count is None or count < 1:
        raise _wrong(call, "CollectTop takes the number of events, 1 or more, and perhaps an expression")
    value = as_any(_projected(call, call.arguments[1:], rows))
    top = f"(list({value} order by {_order(call, rows)}){tail})[1:{count}]"
    ranked = f"list_transform({top}, lambda __x, __i: {{'rank': __i, 'value': json(__x)}})"
    return Value(f"cast(to_json({ranked}) as varchar)", "any")


def _percentile(call: Call, rows: Scope, tail: str) -> Value:
    share = call.arguments[0] if len(call.arguments) == 1 else None
    if not isinstance(share, Literal) or not isinstance(share.value, int | float) or not 0 <= share.value <= 1:
        raise _wrong(call, f"{call.name} takes a number from 0 to 1")
    over = call.over or Over(position=call.position)
    if len(over.order_by) != 1:
        raise _wrong(call, f"{call.name} needs OVER (ORDER BY one expression)")
    key, descends = over.order_by[0]
    return _percentile_of(call, rows.value(key), f"{call.name.lower()}({share.value})", "desc" if descends else "asc")


def _percentile_of(call: Call, key: Value, function: str, order: str) -> Value:
    """PERCENTILE_DISC gives a value of the key's own type (percentile-disc-azure-stream-analytics)."""

    def of(number: str) -> str:
        return f"{function} within group (order by {number} {order})"

    own = call.name.upper() == "PERCENTILE_DISC"
    if own and key.kind == "bigint":
        return Value(of(key.sql), "bigint")
    if own and key.kind == "any":
        whole, broken = (f"written({of(f'{each}({key.sql})')})" for each in ("try_json_bigint", "json_float"))
        return _by_type(key, whole, broken, "")
    return Value(of(_number(call, key)), "float")


def _order(call: Call, rows: Scope) -> str:
    """The order of TopOne and CollectTop: null is the least (collecttop-azure-stream-analytics), then arrival."""
    if call.over is None or not call.over.order_by:
        raise _wrong(call, f"{call.name} needs OVER (ORDER BY ...)")
    keys = [
        f"{each} {'desc nulls last' if descends else 'asc nulls first'}"
        for key, descends in call.over.order_by
        for each in _sortable(rows.value(key))
    ]
    arrival = [rows.frames[0].sql(column) for column in (TIMESTAMP, PARTITION, SEQUENCE)]
    return ", ".join([*keys, *arrival])


def _sortable(value: Value) -> list[str]:
    """What a key is sorted by: of a field its time, where it is one, and its number."""
    if value.kind != "any":
        return [value.sql]
    number = "case when moment({0}) is null then json_float({0}) end"
    return [once(template, value.sql) for template in ("moment({0})", number)]


def _projected(call: Call, arguments: tuple[Expression, ...], rows: Scope) -> Value:
    if len(arguments) > 1:
        raise _wrong(call, f"{call.name} takes one expression")
    return rows.value(arguments[0]) if arguments else rows.frames[0].record()


def _only(call: Call, rows: Scope) -> Value:
    if len(call.arguments) != 1 or isinstance(call.arguments[0], Star):
        raise _wrong(call, f"{call.name} takes one expression")
    return rows.value(call.arguments[0])


def _wrong(call: Call, reason: str) -> QueryError:
    return QueryError(call.position, reason, AGGREGATES[call.name.upper()])


BUILD: dict[str, Callable[[Call, Scope, str], Value]] = {
    "COUNT": _count,
    "SUM": _sum,
    "AVG": _average,
    "MIN": _extreme,
    "MAX": _extreme,
    **dict.fromkeys(STATISTICS, _statistic),
    "COLLECT": _collect,
    "COLLECTTOP": _collect_top,
    "TOPONE": _top_one,
    "PERCENTILE_CONT": _percentile,
    "PERCENTILE_DISC": _percentile,
}
