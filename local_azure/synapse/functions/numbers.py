"""Functions of numbers. Source: the page of each in Microsoft's Transact-SQL reference."""

from __future__ import annotations

from local_azure.synapse.casts import POOL, cast, quote
from local_azure.synapse.functions.calls import Call, function
from local_azure.synapse.scope import Typed
from local_azure.synapse.sqltypes import (
    APPROXIMATE,
    FLOAT,
    INT,
    INTEGERS,
    SqlType,
    as_decimal,
    decimal,
)  # fmt: skip

_FLOAT_DIGITS = decimal(30, 15)  # the places that ROUND of a float may be asked for by a variable


def _number(call: Call) -> tuple[str, SqlType]:
    bound = call.arg(0)
    type_ = bound.type if bound.type is not None and bound.type.is_numeric else FLOAT
    if type_.name == "bit":
        type_ = FLOAT
    return cast(bound.sql, bound.type, type_), type_


# They give the larger type of a family ("ABS", "CEILING", "SIGN", "ROUND", "POWER", "DEGREES", return types)
_LARGER = {"tinyint": INT, "smallint": INT, "smallmoney": SqlType("money"), "real": FLOAT}


def _larger(call: Call) -> tuple[str, SqlType]:
    sql, type_ = _number(call)
    larger = _LARGER.get(type_.name, type_)
    return cast(sql, type_, larger), larger


@function("ABS", args=(1, 1))
def _abs(call: Call) -> Typed:
    sql, type_ = _larger(call)
    result = decimal(38, type_.scale) if type_.name == "decimal" else type_
    return Typed(f"CAST(abs({sql}) AS {result.duckdb})", result)


@function("SIGN", args=(1, 1))
def _sign(call: Call) -> Typed:
    sql, type_ = _larger(call)
    return Typed(f"CAST(sign({sql}) AS {type_.duckdb})", type_)


@function("CEILING", "FLOOR", args=(1, 1))
def _whole(call: Call) -> Typed:
    sql, type_ = _larger(call)
    if type_.name in INTEGERS:
        return Typed(sql, type_)
    result = decimal(type_.precision, 0) if type_.name == "decimal" else type_
    name = "ceil" if call.node.name == "CEILING" else "floor"
    return Typed(f"CAST({name}({sql}) AS {result.duckdb})", result)


@function("ROUND", args=(2, 3))
def _round(call: Call) -> Typed:
    """Half away from zero, in the argument's own precision and scale; a third argument other than 0 cuts."""
    sql, type_ = _larger(call)
    rounded = _cut_off if len(call.node.args) == 3 and call.constant(2) != 0 else _half_up
    digits = call.constant(1)
    if digits is not None:
        return Typed(rounded(sql, type_, digits), type_)
    number, exact = call.integer(1), as_decimal(_FLOAT_DIGITS if type_.name in APPROXIMATE else type_)
    places = range(exact.scale - exact.precision, exact.scale)
    branches = " ".join(f"WHEN {place} THEN {rounded(sql, type_, place)}" for place in places)
    return Typed(
        f"CASE {number} {branches} ELSE CASE WHEN {number} > 0 THEN {sql} WHEN {number} < 0 THEN 0 END END", type_
    )


def _half_up(sql: str, type_: SqlType, digits: int) -> str:
    if type_.name in INTEGERS and digits >= 0:
        return sql
    if type_.name in APPROXIMATE:
        return f"CAST(round({sql}, {digits}) AS {type_.duckdb})"
    wide = as_decimal(type_)
    digits = max(min(digits, wide.scale), -37)
    rounded = f"round(CAST({sql} AS {decimal(38, wide.scale).duckdb}), {digits})"
    return f"CAST({rounded} AS {type_.duckdb})"  # 8115 where the type has no room for it


def _cut_off(sql: str, type_: SqlType, digits: int) -> str:
    if type_.name in APPROXIMATE:
        return f"CAST(trunc({sql} * 1e{digits}) / 1e{digits} AS {type_.duckdb})"
    scale = as_decimal(type_).scale
    if digits >= scale:
        return sql
    wide = decimal(38, scale).duckdb
    unit = f"CAST('1{'0' * -digits}' AS {wide})" if digits <= 0 else f"CAST('0.{'0' * (digits - 1)}1' AS {wide})"
    exact = f"CAST({sql} AS {wide})"
    return f"CAST(({exact} - {exact} % {unit}) AS {type_.duckdb})"


@function("POWER", args=(2, 2))
def _power(call: Call) -> Typed:
    sql, type_ = _larger(call)
    raised = f"pow({cast(sql, type_, FLOAT)}, {call.as_type(1, FLOAT)})"
    if type_.name in INTEGERS:
        return Typed(f"CAST(trunc({raised}) AS {type_.duckdb})", type_)
    if type_.name == "float":
        return Typed(f"{POOL}.finite({raised})", type_)
    result = decimal(38, type_.scale) if type_.name == "decimal" else type_
    return Typed(f"CAST({raised} AS {result.duckdb})", result)


@function("RADIANS", "DEGREES", args=(1, 1))
def _angle(call: Call) -> Typed:
    """Of an integer an integer, cut: RADIANS(180) is 3. A decimal gets 18 places, as in SQL Server: with those it has,
    which the page names, RADIANS(1.5) would be 0.0."""
    sql, type_ = _larger(call)
    found = f"{POOL}.finite({call.node.name.lower()}({cast(sql, type_, FLOAT)}))"
    if type_.name in INTEGERS:
        return Typed(f"CAST(trunc({found}) AS {type_.duckdb})", type_)
    if type_.name == "decimal":
        result = decimal(38, max(type_.scale, 18))
        return Typed(f"CAST(printf('%.{result.scale}f', {found}) AS {result.duckdb})", result)
    return Typed(found if type_ == FLOAT else f"CAST({found} AS {type_.duckdb})", type_)


@function("SQRT", "EXP", "LOG10", "SIN", "COS", "TAN", "COT", "ASIN", "ACOS", "ATAN", args=(1, 1))
def _real(call: Call) -> Typed:
    return Typed(f"{POOL}.finite({call.node.name.lower()}({call.as_type(0, FLOAT)}))", FLOAT)


@function("ATN2", args=(2, 2))
def _atn2(call: Call) -> Typed:
    return Typed(f"atan2({call.as_type(0, FLOAT)}, {call.as_type(1, FLOAT)})", FLOAT)


@function("RAND", args=(0, 1))
def _rand(call: Call) -> Typed:
    """One number for all rows of a query; of a seed always the same ("RAND"), by L'Ecuyer's two generators."""
    if not call.node.args:
        return Typed("(SELECT random())", FLOAT, False)
    seed = f"CAST({call.integer(0)} AS BIGINT)"
    first = f"(CASE {seed} WHEN 0 THEN 12345 ELSE abs({seed}) END * 40014 % 2147483563)"
    mixed = f"({first} - {67890 * 40692 % 2147483399})"
    return Typed(f"((CASE WHEN {mixed} < 1 THEN {mixed} + 2147483562 ELSE {mixed} END) * 4.656613e-10::DOUBLE)", FLOAT)


@function("ISNUMERIC", args=(1, 1))
def _isnumeric(call: Call) -> Typed:
    """Of text: a number of any type, a lone sign, point, comma or currency sign included."""
    bound = call.arg(0)
    if bound.type is None or not bound.type.is_string:
        return Typed("1" if bound.type is not None and bound.type.is_numeric else "0", INT, False)
    number = r"[+-]?[$€£¥]?([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)([eEdD][+-]?[0-9]+)?|[+\-.,$€£¥]"
    test = f"regexp_full_match(trim({bound.sql}), {quote(number)})"
    return Typed(f"CAST(coalesce({test}, false) AS INTEGER)", INT, False)


@function("SQUARE", args=(1, 1))
def _square(call: Call) -> Typed:
    sql = call.as_type(0, FLOAT)
    return Typed(f"{POOL}.finite({sql} * {sql})", FLOAT)


@function("LOG", args=(1, 2))
def _log(call: Call) -> Typed:
    base = f" / {POOL}.nonzero(ln({call.as_type(1, FLOAT)}))" if len(call.node.args) == 2 else ""
    return Typed(f"(ln({call.as_type(0, FLOAT)}){base})", FLOAT)


@function("PI", args=(0, 0))
def _pi(call: Call) -> Typed:
    return Typed("pi()", FLOAT, False)
