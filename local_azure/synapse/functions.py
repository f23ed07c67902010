"""The functions a dedicated pool has, by name: their arguments, their type, and DuckDB's text for them.

A function not listed is error 195. Source: Microsoft Learn, "T-SQL language elements supported for dedicated
SQL pool in Azure Synapse Analytics", section "Functions", and the page of each function.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, as_bytes, cast, quote
from local_azure.synapse.errors import SqlError, not_local
from local_azure.synapse.scope import Scope, Typed
from local_azure.synapse.sqltypes import (
    APPROXIMATE,
    BIGINT,
    DATE,
    DATETIME,
    FLOAT,
    INT,
    INTEGERS,
    MAX,
    SYSNAME,
    TEMPORAL,
    SqlType,
    as_decimal,
    datetime2,
    decimal,
    nvarchar,
    varchar,
)  # fmt: skip

if TYPE_CHECKING:
    from local_azure.synapse.expressions import ExpressionBinder

# What a pool has and this endpoint lacks
ELSEWHERE = {
    "BINARY_CHECKSUM", "CHECKSUM", "COMPRESS", "COT", "ATN2", "CHOOSE", "DATETIMEFROMPARTS", "DECOMPRESS",
    "DIFFERENCE", "FORMAT", "ISDATE", "ISJSON", "JSON_MODIFY", "JSON_QUERY", "NEWSEQUENTIALID",
    "PARSENAME", "PATINDEX", "PERCENTILE_CONT", "PERCENTILE_DISC", "RAND", "SOUNDEX", "STR",
    "STRING_ESCAPE", "SWITCHOFFSET", "SYSDATETIMEOFFSET", "TIMEFROMPARTS", "TODATETIMEOFFSET",
    "TYPE_NAME", "GROUPING", "XACT_STATE", "OBJECTPROPERTY", "COLUMNPROPERTY", "INDEXPROPERTY",
    "HAS_PERMS_BY_NAME", "IS_MEMBER", "HOST_NAME", "APP_NAME", "SMALLDATETIMEFROMPARTS", "ISNUMERIC",
}  # fmt: skip
Handler = Callable[["Call"], Typed]


@dataclasses.dataclass
class Call:
    """A call being bound: its binder, scope and node, with the arguments bound on demand."""

    binder: ExpressionBinder
    node: n.Call
    scope: Scope

    @property
    def args(self) -> list[Typed]:
        return [self.binder.value(arg, self.scope) for arg in self.node.args]

    def arg(self, index: int) -> Typed:
        return self.binder.value(self.node.args[index], self.scope)

    def as_type(self, index: int, type_: SqlType) -> str:
        bound = self.arg(index)
        return cast(bound.sql, bound.type, type_)

    def text(self, index: int) -> Typed:
        """An argument as a string, of its own type where it is one."""
        bound = self.arg(index)
        if bound.type is not None and bound.type.is_string:
            return bound
        type_ = varchar(8000)
        return Typed(cast(bound.sql, bound.type, type_), type_, bound.nullable)

    def integer(self, index: int) -> str:
        return self.as_type(index, INT)

    def constant(self, index: int) -> int | None:
        text = self.arg(index).constant
        return int(text) if text is not None and text.lstrip("-").isdigit() else None

    def part(self) -> str:
        node = self.node.args[0]
        name = node.name if isinstance(node, n.DatePart) else ""
        if name not in PARTS:
            raise SqlError(155, f"'{name}' is not a recognized {self.node.name.lower()} option.", 15)
        return PARTS[name]


@dataclasses.dataclass(frozen=True)
class Function:
    handler: Handler
    least: int
    most: int


FUNCTIONS: dict[str, Function] = {}
AGGREGATES: dict[str, Function] = {}
WINDOWS: dict[str, Function] = {}


def function(
    *names: str, args: tuple[int, int], table: dict[str, Function] = FUNCTIONS
) -> Callable[[Handler], Handler]:
    """Enter a handler under its names, with the least and most arguments it takes."""

    def enter(handler: Handler) -> Handler:
        for name in names:
            table[name] = Function(handler, *args)
        return handler

    return enter


def contains_aggregate(node: object) -> bool:
    """Whether an expression aggregates the rows of its own SELECT."""
    if isinstance(node, n.Call):
        if node.name in AGGREGATES and node.over is None:
            return True
        parts: tuple[object, ...] = (*node.args, *node.within, node.over)
        return any(contains_aggregate(part) for part in parts)
    if isinstance(node, n.SubQuery | n.Exists) or node is None:
        return False
    if isinstance(node, tuple):
        return any(contains_aggregate(part) for part in node)
    if isinstance(node, n.Expr | n.Item | n.OrderItem | n.Over):
        fields = [getattr(node, f.name) for f in dataclasses.fields(node)]  # type: ignore[arg-type]
        return any(contains_aggregate(part) for part in fields)
    return False


def bind_call(binder: ExpressionBinder, node: n.Call, scope: Scope) -> Typed:
    """Bind a function call. Raises SqlError 195 (unknown), 174 / 189 (argument count), 10753 / 4113 (OVER)."""
    call = Call(binder, node, scope)
    table = next((t for t in (WINDOWS, AGGREGATES, FUNCTIONS) if node.name in t), None)
    if table is None and node.name in ELSEWHERE:
        raise not_local(f"{node.name}()")
    if table is None:
        raise SqlError(195, f"'{node.name}' is not a recognized built-in function name.", 15)
    found = table[node.name]
    _check_count(node, found)
    if table is FUNCTIONS:
        return _scalar(call, found)
    if table is WINDOWS:
        return _windowed(call, found)
    return _aggregated(call, found)


def _check_count(node: n.Call, found: Function) -> None:
    if node.star:
        if node.name not in {"COUNT", "COUNT_BIG"}:
            raise SqlError(102, "Incorrect syntax near '*'.", 15)
    elif not found.least <= len(node.args) <= found.most:
        if found.least == found.most:
            raise SqlError(174, f"The {node.name.lower()} function requires {found.least} argument(s).", 15)
        raise SqlError(189, f"The {node.name.lower()} function requires {found.least} to {found.most} arguments.", 15)


def _scalar(call: Call, found: Function) -> Typed:
    if call.node.over or call.node.within or call.node.distinct:
        raise SqlError(
            4113,
            (
                f"The function '{call.node.name}' is not a valid windowing function, and cannot be used with "
                "the OVER clause."
            ),
        )
    return found.handler(call)


def _windowed(call: Call, found: Function) -> Typed:
    if call.node.over is None:
        raise SqlError(10753, f"The function '{call.node.name}' must have an OVER clause.", 15)
    if not call.node.over.order:
        raise SqlError(4112, f"The function '{call.node.name}' must have an OVER clause with ORDER BY.")
    return found.handler(call)


def _aggregated(call: Call, found: Function) -> Typed:
    scope = call.scope
    if call.node.over is not None:
        if call.node.distinct:
            raise SqlError(10759, "Use of DISTINCT is not allowed with the OVER clause.", 15)
        return found.handler(call)
    if scope.groups is None:
        raise SqlError(147, f"An aggregate may not appear in the {scope.clause} clause.", 15)
    if scope.in_aggregate:
        raise SqlError(
            130, "Cannot perform an aggregate function on an expression containing an aggregate or a subquery."
        )
    scope.in_aggregate = True
    try:
        return found.handler(call)
    finally:
        scope.in_aggregate = False


def over(call: Call) -> str:
    """The OVER clause as DuckDB text, empty for a plain aggregate."""
    from local_azure.synapse.expressions import key

    clause = call.node.over
    if clause is None:
        return ""
    partition = ", ".join(key(call.binder.value(e, call.scope)) for e in clause.partition)
    parts = [f"PARTITION BY {partition}"] if partition else []
    if clause.order:
        parts.append(f"ORDER BY {order_by(call.binder, clause.order, call.scope)}")
    if clause.frame:
        parts.append(f"{clause.frame.unit} BETWEEN {clause.frame.start} AND {clause.frame.end}")
    return f" OVER ({' '.join(parts)})"


def order_by(binder: ExpressionBinder, items: tuple[n.OrderItem, ...], scope: Scope) -> str:
    """ORDER BY of a window: NULL is the lowest value. Raises SqlError 5308 for an ordinal."""
    from local_azure.synapse.expressions import key

    if any(isinstance(item.expr, n.Literal) and item.expr.kind == "number" for item in items):
        raise SqlError(
            5308,
            (
                "Windowed functions, aggregates and NEXT VALUE FOR functions do not support integer indices "
                "as ORDER BY clause expressions."
            ),
        )
    return ", ".join(f"{key(binder.value(i.expr, scope))} {direction(i.descending)}" for i in items)


def direction(descending: bool) -> str:
    return "DESC NULLS LAST" if descending else "ASC NULLS FIRST"


# Aggregates


@function("COUNT", "COUNT_BIG", args=(1, 1), table=AGGREGATES)
def _count(call: Call) -> Typed:
    from local_azure.synapse.expressions import key

    type_ = INT if call.node.name == "COUNT" else BIGINT
    inner = "*" if call.node.star else key(call.arg(0))
    distinct = "DISTINCT " if call.node.distinct else ""
    return Typed(f"CAST(count({distinct}{inner}){over(call)} AS {type_.duckdb})", type_, False)


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
    return f"CAST(sum({distinct}{bound.sql}){over(call)} AS {result.duckdb})"


@function("SUM", args=(1, 1), table=AGGREGATES)
def _sum(call: Call) -> Typed:
    bound, type_ = _number_argument(call)
    result = _sum_type(type_)
    return Typed(_sum_sql(call, bound, result), result)


@function("AVG", args=(1, 1), table=AGGREGATES)
def _avg(call: Call) -> Typed:
    """Of integers an integer, cut; of decimal(p,s) a decimal(38, max(s,6))."""
    from local_azure.synapse.expressions import quotient

    bound, type_ = _number_argument(call)
    total_type = _sum_type(type_)
    distinct = "DISTINCT " if call.node.distinct else ""
    count = f"count({distinct}{bound.sql}){over(call)}"
    if type_.name in INTEGERS:
        return Typed(
            f"CAST(sum({distinct}{bound.sql}){over(call)} // NULLIF({count}, 0) AS {total_type.duckdb})", total_type
        )
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
    from local_azure.synapse.expressions import key

    bound = call.arg(0)
    if bound.type is None or bound.type.name == "bit":
        raise SqlError(
            8117,
            f"Operand data type {'bit' if bound.type else 'NULL'} is invalid for {call.node.name.lower()} operator.",
        )
    name = call.node.name.lower()
    if bound.type.is_string:
        return Typed(f"arg_{name}({bound.sql}, {key(bound)}){over(call)}", bound.type)
    return Typed(f"{name}({bound.sql}){over(call)}", bound.type)


@function("STDEV", "STDEVP", "VAR", "VARP", args=(1, 1), table=AGGREGATES)
def _spread(call: Call) -> Typed:
    bound, type_ = _number_argument(call)
    name = {"STDEV": "stddev_samp", "STDEVP": "stddev_pop", "VAR": "var_samp", "VARP": "var_pop"}[call.node.name]
    distinct = "DISTINCT " if call.node.distinct else ""
    return Typed(f"{name}({distinct}{cast(bound.sql, type_, FLOAT)}){over(call)}", FLOAT)


@function("APPROX_COUNT_DISTINCT", args=(1, 1), table=AGGREGATES)
def _approximate(call: Call) -> Typed:
    from local_azure.synapse.expressions import key

    return Typed(f"count(DISTINCT {key(call.arg(0))}){over(call)}", BIGINT, False)


@function("STRING_AGG", args=(2, 2), table=AGGREGATES)
def _string_agg(call: Call) -> Typed:
    if call.node.over is not None:
        raise SqlError(
            4113,
            "The function 'STRING_AGG' is not a valid windowing function, and cannot be used with the OVER clause.",
        )
    bound, separator = call.text(0), call.text(1)
    order = f" ORDER BY {order_by(call.binder, call.node.within, call.scope)}" if call.node.within else ""
    sql = f"string_agg({bound.sql}, {separator.sql}{order})"
    type_ = bound.type or varchar(8000)
    if type_.length == MAX:
        return Typed(sql, type_)
    limit = 4000 if type_.is_wide else 8000
    return Typed(f"{POOL}.or_too_long({sql}, {limit})", nvarchar(limit) if type_.is_wide else varchar(limit))


# Windows


@function("ROW_NUMBER", "RANK", "DENSE_RANK", args=(0, 0), table=WINDOWS)
def _rank(call: Call) -> Typed:
    return Typed(f"{call.node.name.lower()}(){over(call)}", BIGINT, False)


@function("PERCENT_RANK", "CUME_DIST", args=(0, 0), table=WINDOWS)
def _relative_rank(call: Call) -> Typed:
    return Typed(f"{call.node.name.lower()}(){over(call)}", FLOAT, False)


@function("NTILE", args=(1, 1), table=WINDOWS)
def _ntile(call: Call) -> Typed:
    return Typed(f"ntile({call.as_type(0, BIGINT)}){over(call)}", BIGINT, False)


@function("LAG", "LEAD", args=(1, 3), table=WINDOWS)
def _neighbour(call: Call) -> Typed:
    bound = call.arg(0)
    type_ = bound.type or INT
    parts = [cast(bound.sql, bound.type, type_)]
    if len(call.node.args) > 1:
        parts.append(call.as_type(1, BIGINT))
    if len(call.node.args) > 2:
        parts.append(call.as_type(2, type_))
    return Typed(f"{call.node.name.lower()}({', '.join(parts)}){over(call)}", type_)


@function("FIRST_VALUE", "LAST_VALUE", args=(1, 1), table=WINDOWS)
def _edge(call: Call) -> Typed:
    bound = call.arg(0)
    return Typed(f"{call.node.name.lower()}({bound.sql}){over(call)}", bound.type)


# Text


def _limit(type_: SqlType) -> int:
    return 4000 if type_.is_wide else 8000


def _resized(bound: Typed, length: int) -> SqlType:
    type_ = bound.type or varchar(1)
    name = "nvarchar" if type_.is_wide else "varchar"
    return SqlType(name, length if type_.length != MAX else MAX)


def _same(bound: Typed) -> SqlType:
    return _resized(bound, (bound.type or varchar(1)).length)


@function("LEN", args=(1, 1))
def _len(call: Call) -> Typed:
    return Typed(f"CAST(length(rtrim({call.text(0).sql}, ' ')) AS INTEGER)", INT)


@function("DATALENGTH", args=(1, 1))
def _datalength(call: Call) -> Typed:
    bound = call.arg(0)
    if bound.type is None or not bound.type.is_string:
        raise not_local("DATALENGTH of anything but text")
    factor = 2 if bound.type.is_wide else 1
    return Typed(f"CAST({factor} * length({bound.sql}) AS INTEGER)", INT)


@function("LEFT", "RIGHT", args=(2, 2))
def _side(call: Call) -> Typed:
    text, count = call.text(0), call.integer(1)
    guard = (
        f"CASE WHEN {count} < 0 THEN error('[[536]]Invalid length parameter passed to the "
        f"{call.node.name} function.') ELSE {count} END"
    )
    length = call.constant(1)
    size = (text.type or varchar(1)).length
    type_ = _resized(text, size if length is None or length < 1 else length if size == MAX else min(size, length))
    return Typed(
        f"{call.node.name.lower()}({text.sql}, {count if length is not None and length >= 0 else guard})", type_
    )


@function("SUBSTRING", args=(3, 3))
def _substring(call: Call) -> Typed:
    text, start, count = call.text(0), call.integer(1), call.integer(2)
    guard = (
        f"CASE WHEN {count} < 0 THEN error('[[537]]Invalid length parameter passed to the LEFT or "
        f"SUBSTRING function.') ELSE {start} + {count} END"
    )
    end = f"greatest({guard}, 1) - greatest({start}, 1)"
    sql = f"substring({text.sql}, greatest({start}, 1), greatest({end}, 0))"
    return Typed(f"CASE WHEN {start} IS NULL OR {count} IS NULL THEN NULL ELSE {sql} END", _same(text))


@function("UPPER", "LOWER", args=(1, 1))
def _letters(call: Call) -> Typed:
    text = call.text(0)
    return Typed(f"{call.node.name.lower()}({text.sql})", _same(text), text.nullable)


@function("LTRIM", "RTRIM", "TRIM", args=(1, 1))
def _trimmed(call: Call) -> Typed:
    text = call.text(0)
    return Typed(f"{call.node.name.lower()}({text.sql}, ' ')", _same(text), text.nullable)


@function("REPLACE", args=(3, 3))
def _replace(call: Call) -> Typed:
    """Blind to case, as the collation is."""
    text, old, new = (call.text(i) for i in range(3))
    limit = _limit(text.type or varchar(1))
    if old.constant is None:
        raise not_local("REPLACE of a text that is not a constant")
    if old.constant == "":
        return Typed(text.sql, _resized(text, limit))
    from local_azure.synapse.expressions import _plain

    escaped = f"replace({new.sql}, '\\', '\\\\')"
    return Typed(f"regexp_replace({text.sql}, {quote(_plain(old.constant))}, {escaped}, 'gi')", _resized(text, limit))


@function("REPLICATE", args=(2, 2))
def _replicate(call: Call) -> Typed:
    text = call.text(0)
    limit = _limit(text.type or varchar(1))
    sql = f"CASE WHEN {call.integer(1)} < 0 THEN NULL ELSE repeat({text.sql}, {call.integer(1)}) END"
    return Typed(f"left({sql}, {limit})", _resized(text, limit))


@function("SPACE", args=(1, 1))
def _space(call: Call) -> Typed:
    return Typed(f"repeat(' ', {call.integer(0)})", varchar(8000))


@function("REVERSE", args=(1, 1))
def _reverse(call: Call) -> Typed:
    text = call.text(0)
    return Typed(f"reverse({text.sql})", _same(text))


@function("STUFF", args=(4, 4))
def _stuff(call: Call) -> Typed:
    text, start, count, new = call.text(0), call.integer(1), call.integer(2), call.text(3)
    sql = f"left({text.sql}, {start} - 1) || coalesce({new.sql}, '') || substring({text.sql}, {start} + {count})"
    test = f"{start} < 1 OR {count} < 0 OR {start} > length({text.sql})"
    return Typed(f"CASE WHEN {test} THEN NULL ELSE {sql} END", _resized(text, _limit(text.type or varchar(1))))


@function("CHARINDEX", args=(2, 3))
def _charindex(call: Call) -> Typed:
    wanted, text = f"lower({call.text(0).sql})", f"lower({call.text(1).sql})"
    if len(call.node.args) == 2:
        return Typed(f"CAST(CASE WHEN {wanted} = '' THEN 0 ELSE strpos({text}, {wanted}) END AS INTEGER)", INT)
    start = f"greatest({call.integer(2)}, 1)"
    found = f"strpos(substring({text}, {start}), {wanted})"
    return Typed(
        f"CAST(CASE WHEN {wanted} = '' OR {found} = 0 THEN {found} * 0 ELSE {found} + {start} - 1 END AS INTEGER)", INT
    )


@function("CONCAT", args=(2, 254))
def _concat(call: Call) -> Typed:
    texts = [call.text(i) for i in range(len(call.node.args))]
    return _joined_text([f"coalesce({t.sql}, '')" for t in texts], texts, "||")


def _joined_text(parts: list[str], texts: list[Typed], operator: str) -> Typed:
    types = [t.type for t in texts if t.type is not None]
    wide = any(t.is_wide for t in types)
    limit = 4000 if wide else 8000
    lengths = [t.length for t in types]
    size = MAX if MAX in lengths else min(sum(lengths), limit)
    sql = f"({f' {operator} '.join(parts)})"
    if size != MAX and sum(lengths) > limit:
        sql = f"left({sql}, {limit})"
    return Typed(sql, SqlType("nvarchar" if wide else "varchar", size), False)


@function("CONCAT_WS", args=(3, 254))
def _concat_ws(call: Call) -> Typed:
    texts = [call.text(i) for i in range(len(call.node.args))]
    sql = f"concat_ws({', '.join(t.sql for t in texts)})"
    return _joined_text([sql], [texts[0]] * len(texts) + texts, "")


@function("ASCII", "UNICODE", args=(1, 1))
def _code(call: Call) -> Typed:
    text = call.text(0)
    return Typed(f"CAST(CASE WHEN {text.sql} = '' THEN NULL ELSE unicode({text.sql}) END AS INTEGER)", INT)


@function("CHAR", "NCHAR", args=(1, 1))
def _character(call: Call) -> Typed:
    code = call.constant(0)
    if code is None or not 0 <= code < 128:
        raise not_local(f"{call.node.name} of anything but a constant below 128")
    text = chr(code)
    return Typed(f"chr({code})", varchar(1) if call.node.name == "CHAR" else nvarchar(1), True, text)


@function("QUOTENAME", args=(1, 1))
def _quotename(call: Call) -> Typed:
    return Typed(f"('[' || replace({call.text(0).sql}, ']', ']]') || ']')", nvarchar(258))


@function("TRANSLATE", args=(3, 3))
def _translate(call: Call) -> Typed:
    text, old, new = (call.text(i) for i in range(3))
    return Typed(f"translate({text.sql}, {old.sql}, {new.sql})", _same(text))


# Missing values and choices


@function("ISNULL", args=(2, 2))
def _isnull(call: Call) -> Typed:
    """The type of the first argument, unlike COALESCE."""
    first, second = call.arg(0), call.arg(1)
    type_ = first.type or second.type or INT
    return Typed(
        f"coalesce({cast(first.sql, first.type, type_)}, {cast(second.sql, second.type, type_)})",
        type_,
        second.nullable,
    )


@function("COALESCE", args=(2, 254))
def _coalesce(call: Call) -> Typed:
    from local_azure.synapse.expressions import common_type

    values = call.args
    type_ = common_type(values)
    if type_ is None:
        raise SqlError(
            4127, "At least one of the arguments to COALESCE must be an expression that is not the NULL constant."
        )
    return Typed(
        f"coalesce({', '.join(cast(v.sql, v.type, type_) for v in values)})", type_, all(v.nullable for v in values)
    )


@function("NULLIF", args=(2, 2))
def _nullif(call: Call) -> Typed:
    from local_azure.synapse.expressions import compare

    first, second = call.arg(0), call.arg(1)
    if first.type is None:
        raise SqlError(
            4151,
            (
                "The type of the first argument to NULLIF cannot be the NULL constant because the type of "
                "the first argument has to be known."
            ),
        )
    return Typed(f"CASE WHEN {compare('=', first, second)} THEN NULL ELSE {first.sql} END", first.type)


@function("IIF", args=(3, 3))
def _iif(call: Call) -> Typed:
    test, yes, no = call.node.args
    return call.binder.value(n.Case(None, ((test, yes),), no), call.scope)


# Numbers


def _number(call: Call, index: int = 0) -> tuple[str, SqlType]:
    bound = call.arg(index)
    type_ = bound.type if bound.type is not None and bound.type.is_numeric else FLOAT
    if type_.name == "bit":
        type_ = FLOAT
    return cast(bound.sql, bound.type, type_), type_


@function("ABS", args=(1, 1))
def _abs(call: Call) -> Typed:
    sql, type_ = _number(call)
    return Typed(f"abs({sql})", type_)


@function("SIGN", args=(1, 1))
def _sign(call: Call) -> Typed:
    sql, type_ = _number(call)
    return Typed(f"CAST(sign({sql}) AS {type_.duckdb})", type_)


@function("CEILING", "FLOOR", args=(1, 1))
def _whole(call: Call) -> Typed:
    sql, type_ = _number(call)
    if type_.name in INTEGERS:
        return Typed(sql, type_)
    result = decimal(type_.precision, 0) if type_.name == "decimal" else type_
    name = "ceil" if call.node.name == "CEILING" else "floor"
    return Typed(f"CAST({name}({sql}) AS {result.duckdb})", result)


@function("ROUND", args=(2, 3))
def _round(call: Call) -> Typed:
    """Half away from zero, in the argument's own precision and scale; a third argument other than 0 cuts."""
    sql, type_ = _number(call)
    digits = call.constant(1)
    if digits is None:
        raise not_local("ROUND to a number of digits that is not a constant")
    if len(call.node.args) == 3 and call.constant(2) != 0:
        return _cut_off(sql, type_, digits)
    if type_.name in INTEGERS and digits >= 0:
        return Typed(sql, type_)
    digits = min(digits, type_.scale) if type_.name == "decimal" else digits
    return Typed(f"CAST(round({sql}, {digits}) AS {type_.duckdb})", type_)


def _cut_off(sql: str, type_: SqlType, digits: int) -> Typed:
    if type_.name not in {*INTEGERS, "decimal"} or digits < 0:
        raise not_local("ROUND that cuts, of this type")
    if type_.name in INTEGERS or digits >= type_.scale:
        return Typed(sql, type_)
    unit = f"CAST('{10.0**-digits:.{type_.scale}f}' AS {decimal(type_.scale + 1, type_.scale).duckdb})"
    return Typed(f"CAST(({sql} - {sql} % {unit}) AS {type_.duckdb})", type_)


@function("POWER", args=(2, 2))
def _power(call: Call) -> Typed:
    sql, type_ = _number(call)
    raised = f"pow({cast(sql, type_, FLOAT)}, {call.as_type(1, FLOAT)})"
    if type_.name in INTEGERS:
        return Typed(f"CAST(trunc({raised}) AS {type_.duckdb})", type_)
    result = decimal(38, type_.scale) if type_.name == "decimal" else type_
    return Typed(f"CAST({raised} AS {result.duckdb})", result)


@function("SQRT", "EXP", "LOG10", "SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "RADIANS", "DEGREES", args=(1, 1))
def _real(call: Call) -> Typed:
    return Typed(f"{call.node.name.lower()}({call.as_type(0, FLOAT)})", FLOAT)


@function("SQUARE", args=(1, 1))
def _square(call: Call) -> Typed:
    sql = call.as_type(0, FLOAT)
    return Typed(f"({sql} * {sql})", FLOAT)


@function("LOG", args=(1, 2))
def _log(call: Call) -> Typed:
    base = f" / ln({call.as_type(1, FLOAT)})" if len(call.node.args) == 2 else ""
    return Typed(f"(ln({call.as_type(0, FLOAT)}){base})", FLOAT)


@function("PI", args=(0, 0))
def _pi(call: Call) -> Typed:
    return Typed("pi()", FLOAT, False)


# Dates and times

PARTS = {
    name: part
    for part, names in {
        "year": "year yy yyyy", "quarter": "quarter qq q", "month": "month mm m", "dayofyear": "dayofyear dy y",
        "day": "day dd d", "week": "week wk ww", "weekday": "weekday dw w", "hour": "hour hh",
        "minute": "minute mi n", "second": "second ss s", "millisecond": "millisecond ms",
        "microsecond": "microsecond mcs", "nanosecond": "nanosecond ns", "iso_week": "iso_week isowk isoww",
    }.items()
    for name in names.split()
}  # fmt: skip
_CLOCK = {"hour", "minute", "second", "millisecond", "microsecond", "nanosecond"}
_MICROSECONDS = {
    "hour": 3_600_000_000,
    "minute": 60_000_000,
    "second": 1_000_000,
    "millisecond": 1000,
    "microsecond": 1,
}


def _moment(call: Call, index: int) -> Typed:
    """An argument as a date or time; text and numbers become datetime2 and datetime."""
    bound = call.arg(index)
    if bound.type is not None and bound.type.name in TEMPORAL:
        return bound
    type_ = datetime2() if bound.type is not None and bound.type.is_string else DATETIME
    return Typed(cast(bound.sql, bound.type, type_), type_)


@function("GETDATE", "CURRENT_TIMESTAMP", "GETUTCDATE", args=(0, 0))
def _getdate(call: Call) -> Typed:
    from local_azure.synapse.casts import rounded

    return Typed(rounded(call.binder.parameter("s_now", DATETIME), DATETIME), DATETIME, False)


@function("SYSDATETIME", "SYSUTCDATETIME", args=(0, 0))
def _sysdatetime(call: Call) -> Typed:
    return Typed(call.binder.parameter("s_now", datetime2()), datetime2(), False)


@function("DATEADD", args=(3, 3))
def _dateadd(call: Call) -> Typed:
    part, moment = call.part(), _moment(call, 2)
    type_ = moment.type or DATETIME
    bound = call.arg(2)
    if bound.type is not None and bound.type.is_string:
        type_ = DATETIME
        moment = Typed(cast(bound.sql, bound.type, type_), type_)
    _check_part(part, type_, "dateadd")
    count = call.integer(1)
    if part in {"nanosecond", "iso_week"}:
        raise SqlError(
            9810, f"The datepart {part} is not supported by date function dateadd for data type {type_.name}."
        )
    shift = _shift(part, count)
    if type_.name == "time":
        return Typed(f"CAST((DATE '1970-01-01' + {moment.sql}) + {shift} AS TIME)", type_)
    return Typed(f"CAST(({moment.sql} + {shift}) AS {type_.duckdb})", type_)


def _shift(part: str, count: str) -> str:
    if part in _MICROSECONDS:
        return f"to_microseconds(CAST({count} AS BIGINT) * {_MICROSECONDS[part]})"
    months = {"year": 12, "quarter": 3, "month": 1}
    if part in months:
        return f"to_months({count} * {months[part]})"
    return f"to_days({count} * {7 if part == 'week' else 1})"


def _check_part(part: str, type_: SqlType, name: str) -> None:
    wrong = (part in _CLOCK and type_.name == "date") or (part not in _CLOCK and type_.name == "time")
    if wrong:
        raise SqlError(
            9810, f"The datepart {part} is not supported by date function {name} for data type {type_.name}."
        )


@function("DATEDIFF", "DATEDIFF_BIG", args=(3, 3))
def _datediff(call: Call) -> Typed:
    """Boundaries crossed; weeks begin on Sunday whatever the session says."""
    part = call.part()
    if part in {"iso_week", "nanosecond"}:
        raise SqlError(9810, f"The datepart {part} is not supported by date function datediff for data type datetime.")
    type_ = INT if call.node.name == "DATEDIFF" else BIGINT
    first, second = (_stamp(_moment(call, i)) for i in (1, 2))
    if part == "week":
        weeks = [f"(date_diff('day', DATE '0001-01-01', CAST({s} AS DATE)) + 1) // 7" for s in (first, second)]
        return Typed(f"CAST({weeks[1]} - {weeks[0]} AS {type_.duckdb})", type_)
    part = {"dayofyear": "day", "weekday": "day"}.get(part, part)
    return Typed(f"CAST(date_diff('{part}', {first}, {second}) AS {type_.duckdb})", type_)


def _stamp(bound: Typed) -> str:
    if bound.type is not None and bound.type.name == "time":
        return f"(DATE '1900-01-01' + {bound.sql})"
    return f"CAST({bound.sql} AS TIMESTAMP)"


_DATE_PARTS = {
    "weekday": "dayofweek({0}) + 1",
    "week": "(dayofyear({0}) - 1 + dayofweek(CAST(date_trunc('year', {0}) AS DATE))) // 7 + 1",
    "iso_week": "weekofyear({0})",
    "millisecond": "millisecond({0}) % 1000",
    "microsecond": "microsecond({0}) % 1000000",
    "nanosecond": "(microsecond({0}) % 1000000) * 1000",
}


@function("DATEPART", args=(2, 2))
def _datepart(call: Call) -> Typed:
    part, moment = call.part(), _moment(call, 1)
    _check_part(part, moment.type or DATETIME, "datepart")
    template = _DATE_PARTS.get(part, f"{part}({{0}})")
    return Typed(f"CAST({template.format(_stamp(moment))} AS INTEGER)", INT)


@function("DATENAME", args=(2, 2))
def _datename(call: Call) -> Typed:
    part = call.part()
    if part in {"month", "weekday"}:
        name = "monthname" if part == "month" else "dayname"
        return Typed(f"{name}({_stamp(_moment(call, 1))})", nvarchar(30))
    return Typed(f"CAST({_datepart(call).sql} AS VARCHAR)", nvarchar(30))


@function("YEAR", "MONTH", "DAY", args=(1, 1))
def _calendar(call: Call) -> Typed:
    return Typed(f"CAST({call.node.name.lower()}({_stamp(_moment(call, 0))}) AS INTEGER)", INT)


@function("EOMONTH", args=(1, 2))
def _eomonth(call: Call) -> Typed:
    sql = _stamp(_moment(call, 0))
    if len(call.node.args) == 2:
        sql = f"({sql} + to_months({call.integer(1)}))"
    return Typed(f"last_day(CAST({sql} AS DATE))", DATE)


@function("DATEFROMPARTS", args=(3, 3))
def _datefromparts(call: Call) -> Typed:
    return Typed(f"make_date({call.integer(0)}, {call.integer(1)}, {call.integer(2)})", DATE)


@function("DATETIME2FROMPARTS", args=(8, 8))
def _datetime2fromparts(call: Call) -> Typed:
    scale = call.constant(7)
    if scale is None or not 0 <= scale <= 6:
        raise not_local("DATETIME2FROMPARTS with a precision that is not a constant from 0 to 6")
    seconds = f"{call.integer(5)} + {call.integer(6)} / {10**scale}.0::DOUBLE"
    numbers = ", ".join(call.integer(i) for i in range(5))
    return Typed(f"make_timestamp({numbers}, {seconds})", datetime2(scale))


# Hashes, identifiers, JSON

_HASHES = {"MD5": 16, "SHA1": 20, "SHA": 20, "SHA2_256": 32, "SHA2_512": 64}


@function("HASHBYTES", args=(2, 2))
def _hashbytes(call: Call) -> Typed:
    """Over the bytes SQL Server stores, so N'a' and 'a' hash apart."""
    name = (call.arg(0).constant or "").upper()
    if name not in _HASHES:
        raise not_local(f"HASHBYTES with algorithm '{name}'")
    bound = call.arg(1)
    if bound.type is None or not (bound.type.is_string or bound.type.name in {"binary", "varbinary"}):
        raise SqlError(8116, f"Argument data type {bound.type} is invalid for argument 2 of hashbytes function.")
    data = as_bytes(bound.sql, bound.type) if bound.type.is_string else bound.sql
    duckdb = {"MD5": "md5", "SHA1": "sha1", "SHA": "sha1", "SHA2_256": "sha256"}.get(name)
    sql = f"unhex({duckdb}({data}))" if duckdb else f"{POOL}_sha512({data})"
    return Typed(sql, SqlType("varbinary", _HASHES[name]))


@function("NEWID", args=(0, 0))
def _newid(call: Call) -> Typed:
    return Typed("uuid()", SqlType("uniqueidentifier"), False)


@function("JSON_VALUE", args=(2, 2))
def _json_value(call: Call) -> Typed:
    path = call.arg(1).constant
    if path is None or not path.startswith("$"):
        raise not_local("JSON_VALUE with a path that is not a constant in lax mode")
    text = call.text(0).sql
    scalar = f"json_type({text}, {quote(path)}) NOT IN ('OBJECT', 'ARRAY')"
    return Typed(f"CASE WHEN {scalar} THEN json_extract_string({text}, {quote(path)}) END", nvarchar(4000))


# The catalogue and the session


def _name_constant(call: Call) -> str:
    text = call.arg(0).constant
    if text is None:
        raise not_local(f"{call.node.name} of anything but a constant name")
    return text


@function("OBJECT_ID", args=(1, 2))
def _object_id(call: Call) -> Typed:
    found = call.binder.names.find(_unquoted(_name_constant(call)))
    wanted = (call.arg(1).constant or "").strip().upper() if len(call.node.args) == 2 else ""
    kind = {"E": "U"}.get(found.kind, found.kind) if found else ""
    if found is None or (wanted and wanted != kind):
        return Typed("CAST(NULL AS INTEGER)", INT)
    return Typed(f"CAST({found.object_id} AS INTEGER)", INT)


def _unquoted(text: str) -> n.Name:
    """A name in a string, such as '"db"."schema"."object"' or '[a].[b.c]'."""
    from local_azure.synapse.parser import TokenReader

    return TokenReader(text).name()


def _lookup(call: Call, sql: str) -> Typed:
    return Typed(f"({sql.format(call.integer(0))})", SYSNAME)


@function("OBJECT_NAME", args=(1, 1))
def _object_name(call: Call) -> Typed:
    return _lookup(call, f"SELECT any_value(name) FROM {POOL}.objects WHERE object_id = {{}}")


@function("SCHEMA_NAME", args=(0, 1))
def _schema_name(call: Call) -> Typed:
    if not call.node.args:
        return Typed("'dbo'", SYSNAME, False)
    return _lookup(call, f"SELECT any_value(name) FROM {POOL}.schemas WHERE schema_id = {{}}")


@function("SCHEMA_ID", args=(0, 1))
def _schema_id(call: Call) -> Typed:
    name = _name_constant(call) if call.node.args else "dbo"
    found = call.binder.names.snapshot.schemas.get(name.lower())
    return Typed(f"CAST({found[0] if found else 'NULL'} AS INTEGER)", INT)


@function("COL_NAME", args=(2, 2))
def _col_name(call: Call) -> Typed:
    test = f"object_id = {call.integer(0)} AND column_id = {call.integer(1)}"
    return Typed(f"(SELECT any_value(name) FROM {POOL}.columns WHERE {test})", SYSNAME)


@function("DB_NAME", args=(0, 1))
def _db_name(call: Call) -> Typed:
    return Typed(quote(call.binder.session["database"]), SYSNAME, False)


@function("DB_ID", args=(0, 1))
def _db_id(call: Call) -> Typed:
    return Typed("CAST(5 AS SMALLINT)", SqlType("smallint"), False)


@function("USER_NAME", "CURRENT_USER", "USER", "SESSION_USER", args=(0, 0))
def _user_name(call: Call) -> Typed:
    return Typed("'dbo'", SYSNAME, False)


@function("SUSER_SNAME", "SUSER_NAME", "SYSTEM_USER", "ORIGINAL_LOGIN", args=(0, 0))
def _login(call: Call) -> Typed:
    return Typed(quote(call.binder.session["user"]), SYSNAME, False)


@function("SESSION_ID", args=(0, 0))
def _session_id(call: Call) -> Typed:
    return Typed(quote(f"SID{call.binder.session['spid']}"), nvarchar(32), False)


_SERVER = {
    "EDITION": "SQL Azure",
    "ENGINEEDITION": "6",
    "PRODUCTVERSION": "12.0.2000.8",
    "PRODUCTLEVEL": "RTM",
    "SERVERNAME": "127.0.0.1",
}


@function("SERVERPROPERTY", args=(1, 1))
def _serverproperty(call: Call) -> Typed:
    value = _SERVER.get(_name_constant(call).upper())
    return Typed(quote(value) if value else "CAST(NULL AS VARCHAR)", nvarchar(128))


@function("DATABASEPROPERTYEX", args=(2, 2))
def _databaseproperty(call: Call) -> Typed:
    value = {"COLLATION": "SQL_Latin1_General_CP1_CI_AS", "EDITION": "DataWarehouse", "STATUS": "ONLINE"}.get(
        (call.arg(1).constant or "").upper()
    )
    return Typed(quote(value) if value else "CAST(NULL AS VARCHAR)", nvarchar(128))
