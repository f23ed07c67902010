"""Expressions of a SELECT as DuckDB SQL (Microsoft Learn, "Stream Analytics Query Language Reference")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from local_azure.stream_analytics import dateparts
from local_azure.stream_analytics.aggregates import AGGREGATES, aggregate, is_aggregate
from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.functions import FUNCTIONS, INSTEAD, like_pattern, page
from local_azure.stream_analytics.javascript_calls import called
from local_azure.stream_analytics.metadata import metadata
from local_azure.stream_analytics.scope import Frame, Scope, member
from local_azure.stream_analytics.syntax import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Expression,
    Field,
    In,
    IsNull,
    Like,
    Literal,
    Name,
    Star,
    Unary,
)  # fmt: skip
from local_azure.stream_analytics.values import (
    NULL,
    NUMBERS,
    Value,
    as_any,
    as_bigint,
    as_datetime,
    as_float,
    as_key,
    as_kind,
    as_text,
    cast,
    common,
    once,
    text,
)  # fmt: skip

ANALYTIC = {"LAG", "LAST", "ISFIRST"}
WINDOWS = {
    f"{name}{window}" for name in ("TUMBLING", "HOPPING", "SLIDING", "SESSION") for window in ("", "WINDOW")
} | {"WINDOWS", "WINDOW"}  # fmt: skip
TABLE_VALUED = {"GETARRAYELEMENTS", "GETRECORDPROPERTIES"}
OPERATIONS = {"+": "any_add", "-": "any_sub", "*": "any_mul", "/": "any_div", "%": "any_mod"}


def scope_of(frames: list[Frame], timestamp: Value, **more: Any) -> Scope:
    """A scope of rows."""
    return Scope(frames, value_of, timestamp, **more)


def value_of(node: Expression, scope: Scope) -> Value:
    """A value. Raises QueryError for a condition, and for what the language does not have."""
    found = _compiled(node, scope)
    if found.kind == "condition":
        raise QueryError(node.position, "a condition is no value; write CASE WHEN ... THEN 1 ELSE 0 END")
    return found


def condition(node: Expression, scope: Scope) -> str:
    """A condition as DuckDB's. Raises QueryError for a value."""
    found = _compiled(node, scope)
    if found.kind != "condition":
        raise QueryError(node.position, "a condition is expected here, such as a comparison")
    return found.sql


def _compiled(node: Expression, scope: Scope) -> Value:
    behind = scope.rows is not None and scope.keys is not None and not isinstance(node, Literal)
    if behind and (grouped := _grouped(node, scope)) is not None:
        return grouped
    return HANDLERS[type(node)](node, scope)


def _grouped(node: Expression, scope: Scope) -> Value | None:
    """Behind GROUP BY a key stands for itself; a column that is no key must be inside an aggregate."""
    if is_timestamp(node) or (isinstance(node, Call) and _is_aggregate(node)):
        return None
    if isinstance(node, Name) and len(node.parts) == 1 and (named := scope.aliases.get(node.parts[0].lower())):
        return _compiled(named, replace(scope, aliases={}))
    row = _row(node, scope)
    if row is not None and scope.keys and row.sql in scope.keys:
        return scope.keys[row.sql]
    if isinstance(node, Name | Star):
        raise QueryError(
            node.position, f"{node} is neither in GROUP BY nor inside an aggregate", "group-by-azure-stream-analytics"
        )
    return None


def _row(node: Expression, scope: Scope) -> Value | None:
    """What an expression is in front of GROUP BY; None where it has an aggregate in it."""
    try:
        return _compiled(node, scope.rows) if scope.rows else None
    except QueryError:
        if isinstance(node, Name):
            raise
        return None


def _is_aggregate(call: Call) -> bool:
    return is_aggregate(call.name.upper()) and (call.over is None or call.over.limit is None)


def is_timestamp(node: Expression) -> bool:
    """System.Timestamp, with or without brackets."""
    if isinstance(node, Name):
        return len(node.parts) == 2 and _is_system(node.parts[0], node.parts[1], "timestamp")
    return isinstance(node, Call) and node.name.lower() == "system.timestamp" and not node.arguments


def _is_system(first: str, second: str, wanted: str) -> bool:
    return first.lower() == "system" and second.lower() == wanted


def _literal(node: Literal, scope: Scope) -> Value:
    if node.value is None:
        return NULL
    if isinstance(node.value, str):
        return Value(text(node.value), "nvarchar", explicit=True)
    if isinstance(node.value, int):
        return Value(f"cast({node.value} as bigint)", "bigint")
    return Value(f"cast({node.value!r} as double)", "float")


def _name(node: Name, scope: Scope) -> Value:
    return scope.timestamp if is_timestamp(node) else scope.resolve(node)


def _star(node: Star, scope: Scope) -> Value:
    raise QueryError(node.position, "* stands in SELECT, COUNT, LAG and LAST only")


def _field(node: Field, scope: Scope) -> Value:
    if isinstance(node.this, Call) and node.this.name.lower() == "system.window" and node.name.lower() == "id":
        return Value(_window_id(node.this, scope), "nvarchar", explicit=True)
    return member(value_of(node.this, scope), node.name)


def _cast(node: Cast, scope: Scope) -> Value:
    value = _scalar(node, scope) or value_of(node.this, scope)
    if node.type in ("record", "array"):
        bracket = text("{" if node.type == "record" else "[")
        kept = "case when {0}[1] = {1} then {0} end"
        template = kept if node.safe else f"must({{0}}, {kept}, {text(node.type)})"
        return Value(once(template, as_any(value), bracket), "any")
    return Value(cast(value, node.type, safe=node.safe), node.type, explicit=True)  # type: ignore[arg-type]


def _scalar(node: Cast, scope: Scope) -> Value | None:
    """The plain text of an input's field, for those types that are made of it without regard to JSON's own."""
    plain = node.safe and node.type in ("nvarchar", "datetime", "bit")
    if plain and isinstance(node.this, Name) and not is_timestamp(node.this):
        return scope.scalar(node.this)
    return None


def _case(node: Case, scope: Scope) -> Value:
    tests = [_test(node, test, scope) for test, _ in node.branches]
    results = [value_of(result, scope) for _, result in node.branches]
    default = value_of(node.default, scope) if node.default else NULL
    kind = common([*results, default])
    branches = " ".join(f"when {test} then {as_kind(each, kind)}" for test, each in zip(tests, results, strict=True))
    return Value(f"case {branches} else {as_kind(default, kind)} end", kind)


def _test(node: Case, test: Expression, scope: Scope) -> str:
    if node.operand is None:
        return condition(test, scope)
    return _comparison("=", value_of(node.operand, scope), value_of(test, scope), scope)


def _unary(node: Unary, scope: Scope) -> Value:
    if node.operator == "NOT":
        return Value(f"(not coalesce({condition(node.this, scope)}, false))", "condition")
    value = value_of(node.this, scope)
    if node.operator == "~":
        return Value(f"(not {value.sql})", "bit") if value.kind == "bit" else Value(f"(~ {as_bigint(value)})", "bigint")
    if value.kind == "any":
        return Value(once("any_sub('0', {0})", value.sql), "any")
    return Value(f"(- {value.sql if value.kind in NUMBERS else as_float(value)})", _number(value))


def _number(value: Value) -> Any:
    return value.kind if value.kind in NUMBERS else "float"


def _binary(node: Binary, scope: Scope) -> Value:
    if node.operator in ("AND", "OR"):
        left, right = condition(node.left, scope), condition(node.right, scope)
        return Value(f"({left} {node.operator.lower()} {right})", "condition")
    left_value, right_value = value_of(node.left, scope), value_of(node.right, scope)
    if node.operator in OPERATIONS:
        return _arithmetic(node, left_value, right_value)
    if node.operator in ("&", "|", "^"):
        return _bitwise(node.operator, left_value, right_value)
    return Value(_comparison(node.operator, left_value, right_value, scope), "condition")


def _arithmetic(node: Binary, left: Value, right: Value) -> Value:
    operator, kinds = node.operator, {left.kind, right.kind}
    if "datetime" in kinds:
        raise QueryError(node.position, f"{operator} takes no datetime; use DATEADD and DATEDIFF", dateparts.PAGE)
    if "null" in kinds:
        return NULL
    if "any" in kinds:
        return Value(once(f"{OPERATIONS[operator]}({{0}}, {{1}})", as_any(left), as_any(right)), "any")
    if operator == "+" and kinds == {"nvarchar"}:
        return Value(f"({left.sql} || {right.sql})", "nvarchar", explicit=True)
    if kinds == {"bigint"}:
        return Value(f"({left.sql} {'//' if operator == '/' else operator} {right.sql})", "bigint")
    second = f"nullif({as_float(right)}, 0)" if operator in ("/", "%") else as_float(right)
    return Value(f"({as_float(left)} {operator} {second})", "float")


def _bitwise(operator: str, left: Value, right: Value) -> Value:
    if left.kind == right.kind == "bit":
        template = {"&": "({} and {})", "|": "({} or {})", "^": "({} <> {})"}[operator]
        both = template.format(left.sql, right.sql)
        return Value(f"case when {left.sql} is not null and {right.sql} is not null then {both} end", "bit")
    template = "xor({}, {})" if operator == "^" else f"({{}} {operator} {{}})"
    return Value(template.format(as_bigint(left), as_bigint(right)), "bigint")


def _comparison(operator: str, left: Value, right: Value, scope: Scope) -> str:
    """Values of two types are compared as the more precise of them; what cannot be converted is not equal."""
    kinds = {left.kind, right.kind}
    if "null" in kinds:
        return "false"
    if kinds <= {*NUMBERS, "bit"} or (len(kinds) == 1 and "any" not in kinds):
        return f"({_plain(left, kinds)} {operator} {_plain(right, kinds)})"
    if "datetime" in kinds:
        return f"({cast(left, 'datetime', safe=True)} {operator} {cast(right, 'datetime', safe=True)})"
    if scope.joining and operator == "=":
        return f"({as_key(Value(as_any(left), 'any'))} = {as_key(Value(as_any(right), 'any'))})"
    if kinds == {"any", "bigint"}:
        return _numbers(operator, left, right)
    if "bit" in kinds:
        return f"({cast(left, 'bit', safe=True)} {operator} {cast(right, 'bit', safe=True)})"
    if kinds == {"any", "nvarchar"} and operator in ("=", "<>"):
        return f"({as_text(left)} {operator} {as_text(right)})"
    if "float" in kinds or "any" not in kinds:
        return f"({cast(left, 'float', safe=True)} {operator} {cast(right, 'float', safe=True)})"
    return f"({once('compared({0}, {1})', as_any(left), as_any(right))} {operator} 0)"


def _numbers(operator: str, left: Value, right: Value) -> str:
    """`any` beside a bigint: integers as they are, what else is a number as floats, as `compared` does of two `any`."""
    sides = ["try_cast({0} as hugeint)", "{1}"], ["try_json_float({0})", "cast({1} as double)"]
    whole, broken = (f" {operator} ".join(each if left.kind == "any" else each[::-1]) for each in sides)
    values = (left.sql, right.sql) if left.kind == "any" else (right.sql, left.sql)
    return f"({once(f'case when is_integer({{0}}) then {whole} else {broken} end', *values)})"


def _plain(value: Value, kinds: set[Any]) -> str:
    return f"cast({value.sql} as bigint)" if value.kind == "bit" and len(kinds) > 1 else value.sql


def _is_null(node: IsNull, scope: Scope) -> Value:
    value = value_of(node.this, scope)
    return Value(f"({value.sql} is {'not ' if node.negated else ''}null)", "condition")


def _between(node: Between, scope: Scope) -> Value:
    this, low, high = (value_of(each, scope) for each in (node.this, node.low, node.high))
    if node.negated:
        return Value(f"({_comparison('<', this, low, scope)} or {_comparison('>', this, high, scope)})", "condition")
    return Value(f"({_comparison('>=', this, low, scope)} and {_comparison('<=', this, high, scope)})", "condition")


def _in(node: In, scope: Scope) -> Value:
    this = value_of(node.this, scope)
    operator, word = ("<>", " and ") if node.negated else ("=", " or ")
    options = [(each, value_of(each, scope)) for each in node.options]
    tests = []
    for kind in ("nvarchar", "bigint", "float"):
        listed = [value.sql for each, value in options if isinstance(each, Literal) and value.kind == kind]
        if len(listed) > 1 and (test := _among(this, kind, f"{'not ' * node.negated}in ({', '.join(listed)})")):
            tests.append(test)
            options = [(each, value) for each, value in options if value.kind != kind or not isinstance(each, Literal)]
    tests += [_comparison(operator, this, value, scope) for _, value in options]
    return Value(f"({word.join(tests)})", "condition")


def _among(this: Value, kind: str, listed: str) -> str | None:
    """A value among literals of one kind, compared as each of them would be alone; None where that is another way.

    DuckDB looks up a long list by a join, outside of the CASE that guards it: hence try_cast.
    """
    if this.kind == kind:
        return f"({this.sql} {listed})"
    if this.kind != "any":
        return None
    if kind == "nvarchar":
        return f"({as_text(this)} {listed})"
    broken = f"try_json_float({{0}}) {listed}"
    whole = f"case when is_integer({{0}}) then try_cast({{0}} as hugeint) {listed} else {broken} end"
    return f"({once(whole if kind == 'bigint' else broken, this.sql)})"


def _like(node: Like, scope: Scope) -> Value:
    pattern = like_pattern(value_of(node.pattern, scope))
    found = f"regexp_matches({as_text(value_of(node.this, scope))}, {pattern})"
    return Value(f"(not {found})" if node.negated else found, "condition")


def _call(node: Call, scope: Scope) -> Value:
    name = node.name.upper()
    if is_timestamp(node):
        return scope.timestamp
    looks_back = node.over is not None and node.over.limit is not None
    if name in ANALYTIC or (looks_back and name in AGGREGATES):
        return _analytic(node, scope)
    if is_aggregate(name):
        if scope.rows is None:
            raise QueryError(node.position, f"{node.name} needs GROUP BY with a window", AGGREGATES.get(name))
        return aggregate(node, scope.rows)
    if node.over is not None and name in FUNCTIONS:
        raise QueryError(node.position, f"{node.name} takes no OVER here", "over-azure-stream-analytics")
    if name.startswith("UDF."):
        return called(node, [value_of(each, scope) for each in node.arguments])
    if special := SPECIAL.get(name):
        return special(node, scope)
    return _function(node, scope)


def _analytic(node: Call, scope: Scope) -> Value:
    if scope.analyse is None:
        raise QueryError(node.position, f"{node.name} cannot stand here", "analytic-functions-azure-stream-analytics")
    return scope.analyse(node)


def _function(node: Call, scope: Scope) -> Value:
    function = FUNCTIONS.get(node.name.upper())
    if function is None:
        raise _unknown(node)
    count = len(node.arguments)
    if node.distinct or count < function.least or (function.most is not None and count > function.most):
        raise QueryError(node.position, f"{node.name} takes {_counted(function.least, function.most)}", page(function))
    return function.build([value_of(each, scope) for each in node.arguments])


def _counted(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} arguments or more"
    return f"{least} argument{'s' if least != 1 else ''}" if least == most else f"{least} or {most} arguments"


def _unknown(node: Call) -> QueryError:
    name = node.name.upper()
    if name.startswith("ANOMALYDETECTION_"):
        return QueryError(node.position, f"{node.name} is a model of the service and is not supported here")
    if name in WINDOWS:
        return QueryError(
            node.position, f"{node.name} is a window and stands in GROUP BY", "windowing-azure-stream-analytics"
        )
    if name in TABLE_VALUED:
        return QueryError(
            node.position, f"{node.name} stands behind CROSS or OUTER APPLY", "apply-azure-stream-analytics"
        )
    bare = name.rpartition(".")[2]
    instead = INSTEAD.get(name) or (bare if "." in name and (bare in FUNCTIONS or is_aggregate(bare)) else None)
    hint = f"; write {instead}" if instead else ""
    return QueryError(
        node.position, f"function {node.name} is not in the language{hint}", "built-in-functions-azure-stream-analytics"
    )


def _dated(node: Call, scope: Scope, count: int) -> tuple[str, list[Value]]:
    """The part that a call names first, and its other arguments; `count` in all. Raises QueryError."""
    if len(node.arguments) != count:
        raise QueryError(
            node.position, f"{node.name} takes {count} arguments", f"{node.name.lower()}-azure-stream-analytics"
        )
    return dateparts.part(node.arguments[0]), [value_of(each, scope) for each in node.arguments[1:]]


def _dateadd(node: Call, scope: Scope) -> Value:
    unit, (number, date) = _dated(node, scope, 3)
    unit = "day" if unit in ("dayofyear", "weekday") else unit
    factor, most = {"quarter": 3, "week": 7}.get(unit, 1), dateparts.most(unit)
    step = {"quarter": "months", "week": "days"}.get(unit, f"{unit}s")
    amount = once(f"in_reach({{0}}, {most}) * {factor}", as_bigint(number))
    moved = f"({as_datetime(date)} + to_{step}({_fit(step, amount)}))"
    return Value(once("in_range({0})", moved), "datetime")


def _fit(step: str, amount: str) -> str:
    return f"cast({amount} as integer)" if step in ("years", "months", "days") else amount


def _datediff(node: Call, scope: Scope) -> Value:
    """Counts the boundaries crossed; inside ON it may take two sources, and means their times."""
    if scope.joining and (stamps := _sources(node, scope)):
        unit, (start, end) = dateparts.part(node.arguments[0]), stamps
    else:
        unit, dates = _dated(node, scope, 3)
        start, end = (as_datetime(each) for each in dates)
    if unit == "week":  # weeks begin on Sunday, as in T-SQL, and on Monday in DuckDB, which counts only whole ones
        first, last = (f"date_trunc('week', {each} + interval 1 day)" for each in (start, end))
        return Value(f"(date_diff('day', {first}, {last}) // 7)", "bigint")
    unit = "day" if unit in ("dayofyear", "weekday") else unit
    return Value(f"date_diff('{unit}', {start}, {end})", "bigint")


def _sources(node: Call, scope: Scope) -> list[str] | None:
    frames = [source_named(each, scope) for each in node.arguments[1:]]
    if len(frames) != 2 or any(frame is None for frame in frames):
        return None
    return [frame.sql("__timestamp") for frame in frames if frame]


def source_named(node: Expression, scope: Scope) -> Frame | None:
    """The source that a bare name stands for."""
    return scope.frame(node.parts[0]) if isinstance(node, Name) and len(node.parts) == 1 else None


DATE_PARTS = {
    "year": "year", "quarter": "quarter", "month": "month", "dayofyear": "dayofyear", "day": "day", "hour": "hour",
    "minute": "minute", "second": "second",
}  # fmt: skip


def _datepart(node: Call, scope: Scope) -> Value:
    unit, (date,) = _dated(node, scope, 2)
    return Value(_part(unit, as_datetime(date)), "bigint")


def _part(unit: str, date: str) -> str:
    if unit in DATE_PARTS:
        return f"date_part('{unit}', {date})"
    if unit == "weekday":  # Sunday is 1, as in T-SQL
        return f"(date_part('dayofweek', {date}) + 1)"
    if unit == "week":  # the week of January 1st is the first, and weeks begin on Sunday
        first = f"date_part('dayofweek', date_trunc('year', {date}))"
        return f"((date_part('dayofyear', {date}) - 1 + {first}) // 7 + 1)"
    divisor = {"millisecond": 1_000, "microsecond": 1}[unit]
    return f"((date_part('microsecond', {date}) % 1000000) // {divisor})"


def _datename(node: Call, scope: Scope) -> Value:
    unit, (date,) = _dated(node, scope, 2)
    moment = as_datetime(date)
    name = {"month": "monthname", "weekday": "dayname"}.get(unit)
    return Value(f"{name}({moment})" if name else f"cast({_part(unit, moment)} as varchar)", "nvarchar", explicit=True)


def _window_record(node: Call, scope: Scope) -> Value:
    return Value(f"cast(json_object('Id', {_window_id(node, scope)}) as varchar)", "any")


def _window_id(node: Call, scope: Scope) -> str:
    if scope.keys is None:
        raise QueryError(node.position, f"{node.name}() stands beside GROUP BY only", "windows-azure-stream-analytics")
    return scope.window_id


SPECIAL: dict[str, Callable[[Call, Scope], Value]] = {
    "DATEADD": _dateadd,
    "DATEDIFF": _datediff,
    "DATEPART": _datepart,
    "DATENAME": _datename,
    "GETMETADATAPROPERTYVALUE": metadata,
    "SYSTEM.WINDOW": _window_record,
}
"""Functions whose arguments are not all values."""
HANDLERS: dict[type[Expression], Callable[[Any, Scope], Value]] = {
    Literal: _literal,
    Name: _name,
    Star: _star,
    Field: _field,
    Cast: _cast,
    Case: _case,
    Unary: _unary,
    Binary: _binary,
    IsNull: _is_null,
    Between: _between,
    In: _in,
    Like: _like,
    Call: _call,
}
