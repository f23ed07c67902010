"""Aggregates, and what needs an OVER clause. Source: the page of each in Microsoft's Transact-SQL reference."""

from __future__ import annotations

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, cast, within_money
from local_azure.synapse.errors import SqlError
from local_azure.synapse.functions.calls import AGGREGATES, WINDOWS, Call, function, order_by, over
from local_azure.synapse.operators import key, quotient, sort_key
from local_azure.synapse.scope import Typed
from local_azure.synapse.sqltypes import (
    APPROXIMATE,
    BIGINT,
    FLOAT,
    INT,
    INTEGERS,
    MAX,
    SqlType,
    as_decimal,
    decimal,
    nvarchar,
    varchar,
)  # fmt: skip


@function("COUNT", "COUNT_BIG", args=(1, 1), table=AGGREGATES)
def _count(call: Call) -> Typed:
    type_ = INT if call.node.name == "COUNT" else BIGINT
    if not call.node.star and call.arg(0).type is None:
        raise SqlError(8117, "Operand data type NULL is invalid for count operator.")
    inner = "*" if call.node.star else f"DISTINCT {key(call.arg(0))}" if call.node.distinct else call.arg(0).sql
    return Typed(f"CAST(count({inner}){over(call)} AS {type_.duckdb})", type_)


def _number_argument(call: Call) -> tuple[Typed, SqlType]:
    bound = call.arg(0)
    if bound.type is None or not bound.type.is_numeric or bound.type.name == "bit":
        name = bound.type.name if bound.type else "NULL"
        raise SqlError(8117, f"Operand data type {name} is invalid for {call.node.name.lower()} operator.")
    return bound, bound.type


def _sum_type(type_: SqlType) -> SqlType:
    if type_.name in INTEGERS:
        return BIGINT if type_.name == "bigint" else INT
    if type_.name == "decimal":
        return decimal(38, type_.scale)
    return {"smallmoney": SqlType("money"), "real": FLOAT}.get(type_.name, type_)


def _sum_sql(call: Call, bound: Typed, result: SqlType) -> str:
    distinct = "DISTINCT " if call.node.distinct else ""
    sql = f"CAST(sum({distinct}{bound.sql}){over(call)} AS {result.duckdb})"
    if result.name == "decimal":  # DuckDB's sums hold more than 38 digits
        return f"{POOL}.within_decimal({sql}, CAST('{_most(result)}' AS {result.duckdb}))"
    return within_money(sql, result)


def _most(type_: SqlType) -> str:
    return f"{'9' * (type_.precision - type_.scale)}.{'9' * type_.scale}"


@function("SUM", args=(1, 1), table=AGGREGATES)
def _sum(call: Call) -> Typed:
    bound, type_ = _number_argument(call)
    result = _sum_type(type_)
    return Typed(_sum_sql(call, bound, result), result)


@function("AVG", args=(1, 1), table=AGGREGATES)
def _avg(call: Call) -> Typed:
    """Of integers an integer, cut; of decimal(p,s) a decimal(38, max(s,6))."""
    bound, type_ = _number_argument(call)
    total_type = _sum_type(type_)
    distinct = "DISTINCT " if call.node.distinct else ""
    count = f"count({distinct}{bound.sql}){over(call)}"
    if type_.name in INTEGERS:
        total = f"CAST(sum({distinct}{bound.sql}){over(call)} AS {total_type.duckdb})"  # 8115 where it has no room
        return Typed(f"({total} // NULLIF({count}, 0))", total_type)
    if type_.name in APPROXIMATE:
        return Typed(f"avg({distinct}{bound.sql}){over(call)}", FLOAT)
    total = _sum_sql(call, bound, decimal(38, as_decimal(type_).scale))
    result = decimal(38, max(type_.scale, 6)) if type_.name == "decimal" else SqlType("money")
    sql = quotient(
        total,
        decimal(38, as_decimal(type_).scale),
        f"NULLIF({count}, 0)",
        BIGINT_AS_DECIMAL,
        as_decimal(result) if result.name == "money" else result,
    )
    return Typed(f"CAST({sql} AS {result.duckdb})", result)


BIGINT_AS_DECIMAL = as_decimal(BIGINT)


@function("MIN", "MAX", args=(1, 1), table=AGGREGATES)
def _extreme(call: Call) -> Typed:
    bound = call.arg(0)
    if bound.type is None or bound.type.name == "bit":
        raise SqlError(
            8117,
            f"Operand data type {'bit' if bound.type else 'NULL'} is invalid for {call.node.name.lower()} operator.",
        )
    name = call.node.name.lower()
    if bound.type.is_string or bound.type.name in {"datetimeoffset", "uniqueidentifier"}:
        return Typed(f"arg_{name}({bound.sql}, {sort_key(bound)}){over(call)}", bound.type)
    return Typed(f"{name}({bound.sql}){over(call)}", bound.type)


@function("STDEV", "STDEVP", "VAR", "VARP", args=(1, 1), table=AGGREGATES)
def _spread(call: Call) -> Typed:
    bound, type_ = _number_argument(call)
    name = {"STDEV": "stddev_samp", "STDEVP": "stddev_pop", "VAR": "var_samp", "VARP": "var_pop"}[call.node.name]
    distinct = "DISTINCT " if call.node.distinct else ""
    return Typed(f"{name}({distinct}{cast(bound.sql, type_, FLOAT)}){over(call)}", FLOAT)


def _group_keys(call: Call) -> str:
    """The arguments as DuckDB groups by them. Raises SqlError 8161 for one that nothing is grouped by."""
    args = call.args
    for place, bound in enumerate(args, 1):
        if not call.scope.groups or bound.sql not in call.scope.groups:
            text = f"Argument {place} of the {call.node.name} function does not match any of the expressions in the"
            raise SqlError(8161, f"{text} GROUP BY clause.", 15)
    return ", ".join(map(key, args))


@function("GROUPING", args=(1, 1), table=AGGREGATES)
def _grouping(call: Call) -> Typed:
    """1 where the column is rolled up in this row. Raises SqlError 8161 where nothing is grouped."""
    return Typed(f"CAST(grouping({_group_keys(call)}) AS UTINYINT)", SqlType("tinyint"), False)


@function("GROUPING_ID", args=(1, 32), table=AGGREGATES)
def _grouping_id(call: Call) -> Typed:
    return Typed(f"CAST(grouping({_group_keys(call)}) AS INTEGER)", INT, False)


@function("APPROX_COUNT_DISTINCT", args=(1, 1), table=AGGREGATES)
def _approximate(call: Call) -> Typed:
    return Typed(f"count(DISTINCT {key(call.arg(0))}){over(call)}", BIGINT, False)


@function("STRING_AGG", args=(2, 2), table=AGGREGATES)
def _string_agg(call: Call) -> Typed:
    if call.node.over is not None:
        raise SqlError(
            4113,
            "The function 'STRING_AGG' is not a valid windowing function, and cannot be used with the OVER clause.",
        )
    bound, separator = _joined(call), call.text(1)
    if call.node.distinct:
        raise SqlError(102, "Incorrect syntax near ','.", 15)
    if not isinstance(call.node.args[1], n.Literal | n.Variable | n.Call | n.Cast | n.Binary):
        raise SqlError(8733, "Separator parameter for STRING_AGG must be a string literal or variable.")
    order = f" ORDER BY {order_by(call.binder, call.node.within, call.scope)}" if call.node.within else ""
    sql = f"string_agg({bound.sql}, {separator.sql}{order})"
    type_ = bound.type or varchar(8000)
    if type_.length == MAX:
        return Typed(sql, type_)
    limit = 4000 if type_.is_wide else 8000
    return Typed(f"{POOL}.or_too_long({sql}, {limit})", nvarchar(limit) if type_.is_wide else varchar(limit))


def _joined(call: Call) -> Typed:
    """What is no text is nvarchar(4000) ("STRING_AGG", return types)."""
    bound = call.arg(0)
    if bound.type is not None and not bound.type.is_string:
        return Typed(cast(bound.sql, bound.type, nvarchar(4000)), nvarchar(4000), bound.nullable)
    return call.text(0)


# Windows


@function("ROW_NUMBER", "RANK", "DENSE_RANK", args=(0, 0), table=WINDOWS)
def _rank(call: Call) -> Typed:
    return Typed(f"{call.node.name.lower()}(){over(call)}", BIGINT, False)


@function("PERCENT_RANK", "CUME_DIST", args=(0, 0), table=WINDOWS)
def _relative_rank(call: Call) -> Typed:
    return Typed(f"{call.node.name.lower()}(){over(call)}", FLOAT, False)


@function("PERCENTILE_CONT", "PERCENTILE_DISC", args=(1, 1), table=WINDOWS)
def _percentile(call: Call) -> Typed:
    """Of the rows of a partition, in the order of WITHIN GROUP. Raises SqlError 10754, 10755."""
    share = call.arg(0).constant
    if len(call.node.within) != 1:
        raise SqlError(10754, f"The function '{call.node.name}' must have a WITHIN GROUP clause.", 15)
    if share is None or not 0 <= float(share) <= 1:
        raise SqlError(
            10755, f"The value of the argument of '{call.node.name}' must be a constant between 0 and 1.", 15
        )
    item = call.node.within[0]
    bound = call.binder.value(item.expr, call.scope)
    portion = 1 - float(share) if item.descending else float(share)
    if call.node.name == "PERCENTILE_CONT":
        if bound.type is None or not bound.type.is_numeric:
            raise SqlError(8117, f"Operand data type {bound.type} is invalid for percentile_cont operator.")
        return Typed(f"quantile_cont({cast(bound.sql, bound.type, FLOAT)}, {portion}){over(call)}", FLOAT)
    return Typed(f"quantile_disc({bound.sql}, {portion}){over(call)}", bound.type)


@function("NTILE", args=(1, 1), table=WINDOWS)
def _ntile(call: Call) -> Typed:
    return Typed(f"ntile({POOL}.tiles({call.as_type(0, BIGINT)})){over(call)}", BIGINT, False)


@function("LAG", "LEAD", args=(1, 3), table=WINDOWS)
def _neighbour(call: Call) -> Typed:
    bound = call.arg(0)
    type_ = bound.type or INT
    parts = [cast(bound.sql, bound.type, type_)]
    if len(call.node.args) > 1:
        if (call.constant(1) or 0) < 0:
            raise SqlError(8730, "Offset parameter for Lag and Lead functions cannot be a negative value.")
        parts.append(call.as_type(1, BIGINT))
    if len(call.node.args) > 2:
        parts.append(call.as_type(2, type_))
    return Typed(f"{call.node.name.lower()}({', '.join(parts)}){over(call)}", type_)


@function("FIRST_VALUE", "LAST_VALUE", args=(1, 1), table=WINDOWS)
def _edge(call: Call) -> Typed:
    bound = call.arg(0)
    return Typed(f"{call.node.name.lower()}({bound.sql}){over(call)}", bound.type)
