"""The functions a dedicated pool has, by name: their arguments, their type, and DuckDB's text for them.

A function not listed is error 195. Source: Microsoft Learn, "T-SQL language elements supported for dedicated
SQL pool in Azure Synapse Analytics", section "Functions", and the page of each function.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import cast
from local_azure.synapse.errors import SqlError, not_local
from local_azure.synapse.operators import key, sort_key
from local_azure.synapse.scope import Scope, Typed
from local_azure.synapse.sqltypes import INT, SqlType, varchar

if TYPE_CHECKING:
    from local_azure.synapse.expressions import ExpressionBinder

# What a pool has and this endpoint lacks
ELSEWHERE = {
    "BINARY_CHECKSUM", "CHECKSUM", "CHECKSUM_AGG", "COMPRESS", "DECOMPRESS", "INDEXPROPERTY",
    "NEWSEQUENTIALID", "SQL_VARIANT_PROPERTY", "TERTIARY_WEIGHTS", "TYPEPROPERTY",
}  # fmt: skip
# What a scalar function may not call, since each call gives another value ("CREATE FUNCTION", function_body)
_CHANGING = {
    "GETDATE", "GETUTCDATE", "SYSDATETIME", "SYSUTCDATETIME", "SYSDATETIMEOFFSET", "CURRENT_TIMESTAMP", "NEWID", "RAND",
}  # fmt: skip
PARTS = {
    name: part
    for part, names in {
        "year": "year yy yyyy", "quarter": "quarter qq q", "month": "month mm m", "dayofyear": "dayofyear dy y",
        "day": "day dd d", "week": "week wk ww", "weekday": "weekday dw w", "hour": "hour hh",
        "minute": "minute mi n", "second": "second ss s", "millisecond": "millisecond ms",
        "microsecond": "microsecond mcs", "nanosecond": "nanosecond ns", "iso_week": "iso_week isowk isoww",
        "tzoffset": "tzoffset tz",
    }.items()
    for name in names.split()
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


def invalid_argument(bound: Typed, place: int, name: str) -> SqlError:
    """8116, of a type that a function does not take."""
    type_ = bound.type.name if bound.type else "NULL"
    return SqlError(8116, f"Argument data type {type_} is invalid for argument {place} of {name} function.")


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
    return any(isinstance(p, n.Call) and p.name in AGGREGATES and p.over is None for p in _parts(node))


def variables_in(node: object) -> set[str]:
    """The variables of an expression, but for those within its queries."""
    return {p.name for p in _parts(node) if isinstance(p, n.Variable)}


def _parts(node: object) -> Iterator[object]:
    """A node and what it is made of, but for the insides of its queries."""
    left = [node]
    while left:
        part = left.pop()
        yield part
        if isinstance(part, tuple):
            left += part
        elif isinstance(part, n.Expr | n.Item | n.OrderItem | n.Over):
            left += [getattr(part, f.name) for f in dataclasses.fields(part)]  # type: ignore[arg-type]


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
    if binder.pure and node.name in _CHANGING:
        text = f"Invalid use of a side-effecting operator '{node.name.lower()}' within a function."
        raise SqlError(443, text)
    if node.over is not None and table is not FUNCTIONS:
        _check_window(node, scope)
    if table is FUNCTIONS:
        return _scalar(call, found)
    if table is WINDOWS:
        return _windowed(call, found)
    return _aggregated(call, found)


def _check_window(node: n.Call, scope: Scope) -> None:
    """Raises SqlError 4108 for a window in another clause, 4109 for one in an aggregate or in another window."""
    if scope.clause not in {"SELECT", "ORDER BY"}:
        raise SqlError(4108, "Windowed functions can only appear in the SELECT or ORDER BY clauses.", 15)
    inner = (*node.args, *node.within, node.over)
    if scope.in_aggregate or any(isinstance(p, n.Call) and p.over is not None for p in _parts(inner)):
        text = "Windowed functions cannot be used in the context of another windowed function or aggregate."
        raise SqlError(4109, text, 15)


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
    if call.node.over.frame and call.node.name not in {"FIRST_VALUE", "LAST_VALUE"}:
        raise SqlError(10752, f"The function '{call.node.name}' may not have a window frame.", 15)
    if not call.node.over.order and not call.node.within:
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
    if scope.in_aggregate or any(isinstance(part, n.Query) for part in _parts(call.node.args)):
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
    clause = call.node.over
    if clause is None:
        return ""
    partition = ", ".join(key(call.binder.value(e, call.scope)) for e in clause.partition)
    parts = [f"PARTITION BY {partition}"] if partition else []
    if clause.order:
        parts.append(f"ORDER BY {order_by(call.binder, clause.order, call.scope)}")
    if clause.frame:
        _check_frame(clause)
        parts.append(f"{clause.frame.unit} BETWEEN {clause.frame.start} AND {clause.frame.end}")
    return f" OVER ({' '.join(parts)})"


def _check_frame(clause: n.Over) -> None:
    """Raises SqlError 10756 for a frame without an order, 4194 for RANGE by a number of rows."""
    if not clause.order:
        raise SqlError(10756, "Window frame with ROWS or RANGE must have an ORDER BY clause.", 15)
    frame = clause.frame
    if frame and frame.unit == "RANGE" and any(bound[0].isdigit() for bound in (frame.start, frame.end)):
        text = "RANGE is only supported with UNBOUNDED and CURRENT ROW window frame delimiters."
        raise SqlError(4194, text)
    backward = frame is not None and _side(frame.start) > _side(frame.end)
    if frame and (backward or frame.start == "UNBOUNDED FOLLOWING" or frame.end == "UNBOUNDED PRECEDING"):
        text = f"'BETWEEN {frame.start} AND {frame.end}' is not a valid window frame and cannot be used with the OVER"
        raise SqlError(4193, f"{text} clause.")


def _side(bound: str) -> int:
    """Before, at or behind the current row."""
    return -1 if bound.endswith("PRECEDING") else int(bound.endswith("FOLLOWING"))


def order_by(binder: ExpressionBinder, items: tuple[n.OrderItem, ...], scope: Scope) -> str:
    """ORDER BY of a window: NULL is the lowest value. Raises SqlError 5308 for an ordinal."""
    if any(isinstance(item.expr, n.Literal) and item.expr.kind == "number" for item in items):
        raise SqlError(
            5308,
            (
                "Windowed functions, aggregates and NEXT VALUE FOR functions do not support integer indices "
                "as ORDER BY clause expressions."
            ),
        )
    return ", ".join(f"{sort_key(binder.value(i.expr, scope))} {direction(i.descending)}" for i in items)


def direction(descending: bool) -> str:
    return "DESC NULLS LAST" if descending else "ASC NULLS FIRST"
