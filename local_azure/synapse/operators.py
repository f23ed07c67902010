"""Operators over bound values: comparison in the collation, LIKE, arithmetic in T-SQL's precision and scale.

Source: Microsoft Learn, "Data type precedence", "Precision, scale, and length", "LIKE", and the page of each operator.
"""

from __future__ import annotations

from collections.abc import Callable

from local_azure.synapse.casts import POOL, cast, quote, rounded, within_money
from local_azure.synapse.errors import SqlError
from local_azure.synapse.patterns import regex
from local_azure.synapse.scope import Typed
from local_azure.synapse.sqltypes import (
    APPROXIMATE,
    BINARIES,
    EXACT,
    INT,
    INTEGERS,
    MAX,
    STAMPS,
    STRINGS,
    SqlType,
    arithmetic,
    as_decimal,
    common,
    decimal,
    nvarchar,
)  # fmt: skip


def key(bound: Typed) -> str:
    """What equal values have in common: the collation ignores case and trailing spaces."""
    if bound.type is not None and bound.type.is_string:
        if bound.constant is not None and bound.constant.isascii():
            return quote(bound.constant.rstrip(" ").lower())
        return f"{POOL}.key({bound.sql})"
    if bound.type is not None and bound.type.name == "datetimeoffset":
        return f"{bound.sql}.utc"
    return bound.sql


def sort_key(bound: Typed) -> str:
    """What values are put in order by: for text the collation's weights, an accent after the bare letter."""
    if bound.type is not None and bound.type.is_string:
        return f"{POOL}.sort_key({bound.sql})"
    if bound.type is not None and bound.type.name == "uniqueidentifier":
        return f"{POOL}.guid_key(CAST({bound.sql} AS VARCHAR))"
    return key(bound)


def common_type(values: list[Typed]) -> SqlType | None:
    """The type several values meet in; None where all are bare NULLs."""
    found: SqlType | None = None
    for value in values:
        found = common(found, value.type)
    return found


def converted(value: Typed, type_: SqlType | None, key: Callable[[Typed], str] = key) -> str:
    """A value in a common type, ready to be compared by `key`."""
    if type_ is None:
        return "NULL"
    if not type_.is_string or (value.type is not None and not value.type.is_string):
        value = Typed(cast(value.sql, value.type, type_), type_)
    return key(value)


def comparison(op: str) -> tuple[str, Callable[[Typed], str]]:
    """A comparison operator as DuckDB spells it, and what its operands are compared by."""
    op = {"!=": "<>", "!<": ">=", "!>": "<="}.get(op, op)
    return op, key if op in {"=", "<>"} else sort_key


def compare(op: str, left: Typed, right: Typed) -> str:
    """A comparison in the common type, blind to case and trailing spaces for strings."""
    type_ = common_type([left, right])
    op, by = comparison(op)
    return f"({converted(left, type_, by)} {op} {converted(right, type_, by)})"


def like(operand: Typed, pattern: Typed, escape: str | None) -> str:
    """LIKE: `%`, `_`, `[set]`, `[^set]`, blind to case. A pattern with sets becomes a regular expression."""
    text = cast(operand.sql, operand.type, nvarchar(MAX))
    if not any(each.type is not None and each.type.is_wide for each in (operand, pattern)):
        text = f"rtrim({text}, ' ')" if (pattern.constant or "").rstrip(" ") == pattern.constant else text
    if pattern.constant is not None:
        return f"regexp_full_match({text}, {quote(regex(pattern.constant, escape))}, 'si')"
    sql = cast(pattern.sql, pattern.type, nvarchar(MAX))
    special = " OR ".join(f"contains({sql}, {quote(sign)})" for sign in ("[", *([escape] if escape else [])))
    by_sets = f"regexp_full_match({text}, {POOL}_regex({sql}, {quote(escape or '')}), 'si')"
    return f"CASE WHEN {special} THEN {by_sets} ELSE {text} ILIKE {sql} END"


def chained(op: str, values: list[Typed]) -> Typed:
    """Operands from left to right. A long chain of + over text or integers is bound as a tree, whose value is the same:
    DuckDB plans a deep expression in the cube of its depth."""
    families = {"text" if v.type and v.type.is_string else v.type.name if v.type else "" for v in values}
    if len(values) > _LONG and op == "+" and families in ({"text"}, {"int"}, {"bigint"}):
        middle = len(values) // 2
        return operate(op, chained(op, values[:middle]), chained(op, values[middle:]))
    found = values[0]
    for value in values[1:]:
        found = operate(op, found, value)
    return found


def operate(op: str, left: Typed, right: Typed) -> Typed:
    """Arithmetic, concatenation and bit operators. Raises SqlError 402 / 206 / 8117 for types without them."""
    nullable = left.nullable or right.nullable
    types = {t.name for t in (left.type, right.type) if t is not None}
    if op == "+" and types & STRINGS and not types - STRINGS:
        return _concatenated(left, right)
    if op == "+" and types & BINARIES and types & STRINGS:
        raise _incompatible(op, left.type, right.type)
    if op == "+" and types and not types - BINARIES:
        size = sum(t.length for t in (left.type, right.type) if t is not None)
        long = MAX in {t.length for t in (left.type, right.type) if t is not None}
        return Typed(f"({left.sql} || {right.sql})", SqlType("varbinary", MAX if long else min(size, 8000)), nullable)
    if types & STAMPS:
        return _days(op, left, right)
    type_ = common_type([left, right]) or INT
    bits = op in "&|^"
    if not type_.is_numeric or (type_.name == "bit" and not bits) or (bits and type_.name not in {*INTEGERS, "bit"}):
        raise _incompatible(op, left.type or type_, right.type or type_)
    if type_.name == "decimal" or (type_.name in EXACT and "decimal" in types):
        return _decimal(op, left, right)
    return Typed(_plain_number(op, left, right, type_), type_, nullable)


_LONG = 16
_WORDS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo"}


def _incompatible(op: str, left: SqlType | None, right: SqlType | None) -> SqlError:
    """8117 for two operands of one type in arithmetic, 402 for two types, for modulo and for bits."""
    names = [t.name if t else "NULL" for t in (left, right)]
    operator = _WORDS.get(op, f"'{op}'")
    if names[0] == names[1] and op in "+-*/":
        return _no_operand(left, operator)
    return SqlError(402, f"The data types {names[0]} and {names[1]} are incompatible in the {operator} operator.")


def signed(op: str, bound: Typed) -> Typed:
    """A unary operator: + leaves any value, - makes of tinyint a smallint, ~ is for integers and bit. Raises 8117."""
    type_ = bound.type
    if op == "+":
        return bound
    if type_ is None or (op == "~" and type_.name not in {*INTEGERS, "bit"}) or not type_.is_numeric:
        raise _no_operand(type_, "minus" if op == "-" else "'~'")
    if type_.name == "bit" and op == "-":
        raise _no_operand(type_, "minus")
    if type_.name == "tinyint" and op == "-":
        return Typed(f"(-CAST({bound.sql} AS SMALLINT))", SqlType("smallint"), bound.nullable)
    return Typed(f"({'NOT ' if type_.name == 'bit' else op}{bound.sql})", type_, bound.nullable)


def _no_operand(type_: SqlType | None, operator: str) -> SqlError:
    return SqlError(8117, f"Operand data type {type_.name if type_ else 'NULL'} is invalid for {operator} operator.")


def bitwise(op: str, a: str, b: str, type_: SqlType) -> str:
    """A bit operator over integers; bit takes part as 0 and 1."""
    if type_.name == "bit":
        return f"(CAST({bitwise(op, f'CAST({a} AS UTINYINT)', f'CAST({b} AS UTINYINT)', INT)} AS BOOLEAN))"
    return f"xor({a}, {b})" if op == "^" else f"({a} {op} {b})"


def _plain_number(op: str, left: Typed, right: Typed, type_: SqlType) -> str:
    a, b = cast(left.sql, left.type, type_), cast(right.sql, right.type, type_)
    if op in "&|^":
        return bitwise(op, a, b, type_)
    if type_.name in INTEGERS:
        return f"({a} {'//' if op == '/' else '%'} {POOL}.nonzero({b}))" if op in "/%" else f"({a} {op} {b})"
    if type_.name in {"money", "smallmoney"} and op in "*/":
        exact = _decimal(op, Typed(a, as_decimal(type_)), Typed(b, as_decimal(type_))).sql
        return within_money(f"CAST({exact} AS {type_.duckdb})", type_)
    if op == "%" and type_.name in {"float", "real"}:
        raise _incompatible(op, type_, type_)
    if type_.name in APPROXIMATE:
        return f"{POOL}.finite({a} {op} {f'{POOL}.nonzero({b})' if op == '/' else b})"
    sql = f"({a} {op} {POOL}.nonzero({b}))" if op in "/%" else f"CAST(({a} {op} {b}) AS {type_.duckdb})"
    return within_money(sql, type_) if op in "+-" else sql


def _concatenated(left: Typed, right: Typed) -> Typed:
    type_ = common_type([left, right])
    if type_ is None:
        return Typed("NULL", None)
    limit = 4000 if type_.is_wide else 8000
    lengths = [t.length for t in (left.type, right.type) if t is not None]
    name = "nvarchar" if type_.is_wide else "varchar"
    if {bound.type.name if bound.type else "" for bound in (left, right)} in ({"char"}, {"nchar"}):
        name = type_.name
    if MAX in lengths:
        return Typed(f"({left.sql} || {right.sql})", SqlType(name, MAX), left.nullable or right.nullable)
    total = sum(lengths)
    sql = f"({left.sql} || {right.sql})"
    return Typed(f"left({sql}, {limit})" if total > limit else sql, SqlType(name, min(total, limit)), True)


def _days(op: str, left: Typed, right: Typed) -> Typed:
    """datetime and smalldatetime are days since 1900, to be added and subtracted; the newer types take nothing."""
    type_ = common_type([left, right])
    newer = {t.name for t in (left.type, right.type) if t} & {"date", "time"}
    if op not in "+-" or newer or type_ is None or type_.name not in {"datetime", "smalldatetime"}:
        raise _incompatible(op, left.type, right.type)
    if op == "+" and right.type == type_:
        left, right = right, left
    if right.type is not None and right.type.name in INTEGERS and left.type == type_:
        return Typed(f"({left.sql} {op} to_days(CAST({right.sql} AS INTEGER)))", type_)
    days = f"({cast(right.sql, right.type, type_)} - TIMESTAMP '1900-01-01')"
    return Typed(rounded(f"({cast(left.sql, left.type, type_)} {op} {days})", type_), type_)


def _decimal(op: str, left: Typed, right: Typed) -> Typed:
    """Exact decimal arithmetic in the precision and scale SQL Server computes; raises 8115 at run time."""
    nullable = left.nullable or right.nullable
    a_type, b_type = _operand_type(left, right), _operand_type(right, left)
    a, b = cast(left.sql, left.type, a_type), cast(right.sql, right.type, b_type)
    result = arithmetic(op, a_type, b_type)
    if op in "+-":
        sql = f"CAST(CAST({a} AS {result.duckdb}) {op} CAST({b} AS {result.duckdb}) AS {result.duckdb})"
    elif op == "*":
        sql = _product(a, a_type, b, b_type, result)
    elif op == "/":
        sql = quotient(a, a_type, b, b_type, result)
    else:
        wide = decimal(38, result.scale).duckdb
        sql = f"CAST((CAST({a} AS {wide}) % {POOL}.nonzero(CAST({b} AS {wide}))) AS {result.duckdb})"
    return Typed(sql, result, nullable)


def _operand_type(value: Typed, other: Typed) -> SqlType:
    """An integer constant counts its own digits ("Precision, scale, and length", remarks)."""
    if value.type is not None and value.type.name in INTEGERS and value.constant is not None:
        return decimal(max(len(value.constant.lstrip("-0")), 1), 0)
    if value.type is None or value.type.is_string:
        return as_decimal(other.type or INT)
    return as_decimal(value.type)


def _product(a: str, a_type: SqlType, b: str, b_type: SqlType, result: SqlType) -> str:
    if max(a_type.precision, 19) + b_type.precision <= 38:
        return f"CAST(({_wide(a, a_type)} * {b}) AS {result.duckdb})"
    unscaled = f"({_unscaled(a, a_type)} * {_unscaled(b, b_type)})"
    surplus = a_type.scale + b_type.scale - result.scale
    if surplus > 38:  # what fits 128 bits is then less than half a unit
        unscaled = f"({unscaled} * 0)"
    elif surplus > 0:
        half = f"CAST({10**surplus // 2} AS HUGEINT)"
        unscaled = f"(({unscaled} + sign({unscaled}) * {half}) // {_power(surplus)})"
    return _scaled(unscaled, result)


def quotient(a: str, a_type: SqlType, b: str, b_type: SqlType, result: SqlType) -> str:
    """a / b, cut at the result's scale as SQL Server does; exact, since it runs on 128-bit integers."""
    power = result.scale - a_type.scale + b_type.scale
    numerator, denominator = _unscaled(a, a_type), _unscaled(b, b_type)
    if power >= 0:
        numerator = f"({numerator} * {_power(power)})"
    else:
        denominator = f"({denominator} * {_power(-power)})"
    return _scaled(f"({numerator} // {POOL}.nonzero({denominator}))", result)


def _power(digits: int) -> str:
    return f"CAST({10**digits} AS HUGEINT)"


def _unscaled(sql: str, type_: SqlType) -> str:
    if type_.scale == 0:
        return f"CAST({sql} AS HUGEINT)"
    if max(type_.precision, 19) + type_.scale < 38:
        return f"CAST({_wide(sql, type_)} * CAST({10**type_.scale} AS DECIMAL({type_.scale + 1},0)) AS HUGEINT)"
    return f"CAST(replace(CAST({sql} AS VARCHAR), '.', '') AS HUGEINT)"


def _wide(sql: str, type_: SqlType) -> str:
    """Two decimals of at most 18 digits would make DuckDB compute in 18: one of 19 makes it use 38."""
    return sql if type_.precision > 18 else f"CAST({sql} AS DECIMAL(19,{type_.scale}))"


def _scaled(sql: str, result: SqlType) -> str:
    """A 128-bit integer as the decimal it is the unscaled value of."""
    if result.scale == 0:
        return f"CAST({sql} AS {result.duckdb})"
    unit = _power(result.scale)
    scale = result.scale
    smallest = "0." + "0" * (scale - 1) + "1"
    fraction = f"CAST({sql} % {unit} AS DECIMAL({scale},0)) * CAST('{smallest}' AS DECIMAL({scale},{scale}))"
    if 2 * scale > 38:
        fraction = f"CAST({POOL}.fraction_text({sql} % {unit}, {scale}) AS DECIMAL({scale},{scale}))"
    whole = f"CAST({sql} // {unit} AS {result.duckdb})"
    return f"CAST({whole} + CAST({fraction} AS {result.duckdb}) AS {result.duckdb})"
