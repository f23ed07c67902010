"""Expressions: from the syntax tree to DuckDB text with T-SQL's types, so that every value comes out T-SQL's.

Source: Microsoft Learn, "Data type precedence", "Precision, scale, and length", and the page of each operator.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from local_azure.synapse import functions, masks, user_functions
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import cast, cast_by, quote
from local_azure.synapse.catalog import Names, ObjectInfo
from local_azure.synapse.errors import SqlError, not_local
from local_azure.synapse.operators import chained, common_type, compare, comparison, converted, like, signed
from local_azure.synapse.scope import BoundQuery, Scope, Typed
from local_azure.synapse.sqltypes import (
    INT,
    MAX,
    SqlType,
    decimal,
    nvarchar,
    varchar,
)

AGGREGATES = functions.AGGREGATES
_SYSTEM_VARIABLES = {
    "@@version": (nvarchar(300), "Microsoft Azure SQL Data Warehouse - 10.0.30225.0 (local endpoint)"),
    "@@servername": (nvarchar(128), "127.0.0.1"),
    "@@language": (nvarchar(128), "us_english"),
    "@@spid": (SqlType("smallint"), None),
    "@@trancount": (INT, None),
    "@@error": (INT, None),
    "@@max_precision": (SqlType("tinyint"), "38"),
    "@@datefirst": (SqlType("tinyint"), "7"),
    "@@microsoftversion": (INT, "167772160"),
}


def literal(node: n.Literal) -> Typed:
    """A constant with the type its spelling gives it ("Constants (Transact-SQL)")."""
    if node.kind == "null":
        return Typed("NULL", None)
    if node.kind == "binary":
        digits = node.text[2:]
        digits = digits if len(digits) % 2 == 0 else "0" + digits
        return Typed(f"unhex('{digits}')", SqlType("varbinary", max(len(digits) // 2, 1)), False)
    if node.kind == "number":
        return _number(node.text)
    if node.kind == "money":
        money = SqlType("money")
        return Typed(f"CAST('{node.text[1:]}' AS {money.duckdb})", money, False, node.text)
    limit, make = (4000, nvarchar) if node.kind == "nstring" else (8000, varchar)
    size = len(node.text.encode("utf-16-le")) // 2
    return Typed(quote(node.text), make(MAX if size > limit else max(size, 1)), False, node.text)


def _number(text: str) -> Typed:
    if "e" in text.lower():
        if math.isinf(float(text)):
            text = f"The floating point value '{text}' is out of the range of computer representation (8 bytes)."
            raise SqlError(168, text, 15)
        return Typed(f"CAST({text} AS DOUBLE)", SqlType("float"), False, text)
    if "." not in text and int(text) < 2**31:
        return Typed(f"CAST({int(text)} AS INTEGER)", INT, False, text)
    whole, _, fraction = text.partition(".")
    whole = whole.lstrip("0")
    precision = max(len(whole) + len(fraction), 1)
    if precision > 38:
        raise SqlError(
            1007, f"The number '{text}' is out of the range for numeric representation (maximum precision 38).", 15
        )
    type_ = decimal(precision, len(fraction))
    return Typed(f"CAST({quote(text)} AS {type_.duckdb})", type_, False, text)


class ExpressionBinder(ABC):
    """Binds expressions in a scope. `variables` gives the type of each variable and parameter."""

    def __init__(self, names: Names, variables: Mapping[str, SqlType], session: Mapping[str, str]) -> None:
        self.names = names
        self.variables = variables
        self.session = session
        self.used: set[str] = set()  # names of the DuckDB parameters the text refers to
        self.local: dict[str, Typed] = {}  # the variables of a function of the user's, while its body is bound
        self.nested = 0  # such functions within one another
        self.depth = 0  # views and functions within one another
        self.reads = False  # a query was bound
        self.suggested: dict[str, SqlType] = {}  # what variables are compared with or assigned to
        self.pure = False  # within the body of a scalar function, which reads no data and no clock

    @contextmanager
    def chained(self) -> Iterator[None]:
        """Within a view or a function: its owner's rights hold there ("Ownership chains")."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def require(self, privilege: str, info: ObjectInfo) -> None:
        """Raises SqlError 229 where the session's user lacks a privilege on what a statement names."""
        if not self.depth:
            self.names.require(privilege, info)

    # Values

    def value(self, node: n.Expr, scope: Scope) -> Typed:
        """Bind a value. Raises SqlError for unknown names and types that don't go together."""
        grouped = self._as_group(node, scope)
        if grouped is not None:
            return grouped
        reader = _VALUES.get(type(node))
        if reader is None:
            raise SqlError(102, "Incorrect syntax near the condition: a truth is not a value in T-SQL.", 15)
        return reader(self, node, scope)

    def _as_group(self, node: n.Expr, scope: Scope) -> Typed | None:
        """A whole GROUP BY expression met again above the grouping."""
        if scope.groups is None or scope.in_aggregate or isinstance(node, n.Literal | n.Column | n.SubQuery):
            return None
        if functions.contains_aggregate(node):
            return None
        try:
            raw = self._inside_aggregate(node, scope)
        except SqlError:
            return None
        return dataclasses.replace(raw, sql=scope.groups[raw.sql]) if raw.sql in scope.groups else None

    def _inside_aggregate(self, node: n.Expr, scope: Scope) -> Typed:
        scope.in_aggregate = True
        try:
            return self.value(node, scope)
        finally:
            scope.in_aggregate = False

    def typed(self, node: n.Expr, scope: Scope, target: SqlType) -> str:
        """The DuckDB text of a value converted to `target`."""
        bound = self.value(node, scope)
        return cast(bound.sql, bound.type, target)

    def _literal(self, node: n.Literal, scope: Scope) -> Typed:
        return literal(node)

    def _column(self, node: n.Column, scope: Scope) -> Typed:
        """A masked one shows its mask in whatever a query gives; conditions and orders see the value."""
        column = scope.column(node.name)
        if column.mask is None or scope.clause != "SELECT":
            return Typed(column.sql, column.type, column.nullable)
        return Typed(masks.masked(column.sql, column.type, column.mask), column.type, column.nullable)

    def _variable(self, node: n.Variable, scope: Scope) -> Typed:
        if node.name.startswith("@@"):
            return self._system_variable(node.name)
        if node.name in self.local:
            return self.local[node.name]
        if node.name not in self.variables:
            raise SqlError(137, f'Must declare the scalar variable "{node.name}".', 15)
        type_ = self.variables[node.name]
        return Typed(self.parameter(f"v_{node.name[1:]}", type_), type_)

    def parameter(self, name: str, type_: SqlType) -> str:
        """A DuckDB parameter, noted as used."""
        safe = "".join(c if c.isalnum() or c == "_" else f"_{ord(c)}_" for c in name)
        self.used.add(safe)
        return f"CAST(${safe} AS {type_.duckdb})"

    def _system_variable(self, name: str) -> Typed:
        if name not in _SYSTEM_VARIABLES:
            raise SqlError(137, f'Must declare the scalar variable "{name}".', 15)
        type_, value = _SYSTEM_VARIABLES[name]
        if value is None:
            return Typed(self.parameter(f"s_{name[2:]}", type_), type_)
        return Typed(f"CAST({quote(value)} AS {type_.duckdb})", type_, False)

    def _unary(self, node: n.Unary, scope: Scope) -> Typed:
        if isinstance(node.operand, n.Literal) and node.operand.kind == "number" and node.op == "-":
            return self._negative(literal(node.operand))
        return signed(node.op, self.value(node.operand, scope))

    def _negative(self, bound: Typed) -> Typed:
        return Typed(f"(-{bound.sql})", bound.type, False, f"-{bound.constant}")

    def _binary(self, node: n.Binary, scope: Scope) -> Typed:
        operands: list[n.Expr] = []
        left: n.Expr = node
        while isinstance(left, n.Binary) and left.op == node.op:
            operands.append(left.right)
            left = left.left
        return chained(node.op, [self.value(each, scope) for each in (left, *reversed(operands))])

    def _cast(self, node: n.Cast, scope: Scope) -> Typed:
        bound = self.value(node.operand, scope)
        if isinstance(node.style, n.Expr):
            style = self.typed(node.style, scope, INT)
            return Typed(cast_by(bound.sql, bound.type, node.type, style, safe=node.safe), node.type)
        text = cast(bound.sql, bound.type, node.type, safe=node.safe, style=node.style)
        return Typed(text, node.type, bound.nullable or node.safe)

    def _case(self, node: n.Case, scope: Scope) -> Typed:
        results = [self.value(then, scope) for _, then in node.branches]
        otherwise = self.value(node.otherwise, scope) if node.otherwise else Typed("NULL", None)
        type_ = common_type([*results, otherwise])
        if type_ is None:
            raise SqlError(
                8133,
                (
                    "At least one of the result expressions in a CASE specification must be an expression other "
                    "than the NULL constant."
                ),
            )
        tests = [self._when(node.operand, when, scope) for when, _ in node.branches]
        branches = " ".join(
            f"WHEN {test} THEN {cast(r.sql, r.type, type_)}" for test, r in zip(tests, results, strict=True)
        )
        nullable = any(r.nullable for r in [*results, otherwise])
        return Typed(f"CASE {branches} ELSE {cast(otherwise.sql, otherwise.type, type_)} END", type_, nullable)

    def _when(self, operand: n.Expr | None, when: n.Expr, scope: Scope) -> str:
        if operand is None:
            return self.truth(when, scope)
        return compare("=", self.value(operand, scope), self.value(when, scope))

    def _subquery(self, node: n.SubQuery, scope: Scope) -> Typed:
        query = self.query(node.query, scope)
        if len(query.columns) != 1:
            raise SqlError(
                116,
                (
                    "Only one expression can be specified in the select list when the subquery is not introduced "
                    "with EXISTS."
                ),
            )
        if scope.clause == "SELECT":
            query = self.shown(query)
        return Typed(f"({query.sql})", query.columns[0].type)

    def _call(self, node: n.Call, scope: Scope) -> Typed:
        return functions.bind_call(self, node, scope)

    def _user_call(self, node: n.UserCall, scope: Scope) -> Typed:
        return user_functions.scalar(self, node, scope)

    def _date_part(self, node: n.DatePart, scope: Scope) -> Typed:
        raise SqlError(155, f"'{node.name}' is not a recognized option.", 15)

    @abstractmethod
    def query(self, query: n.Query, parent: Scope | None) -> BoundQuery:
        """Bind a subquery, for the binder of queries to do."""

    @abstractmethod
    def shown(self, bound: BoundQuery) -> BoundQuery:
        """What leaves a query: masked columns by their masks."""

    # Conditions

    def truth(self, node: n.Expr, scope: Scope) -> str:
        """Bind a condition; DuckDB's three-valued logic is T-SQL's."""
        reader = _TRUTHS.get(type(node))
        if reader is None:
            raise SqlError(
                4145, "An expression of non-boolean type specified in a context where a condition is expected.", 15
            )
        return reader(self, node, scope)

    def _compare(self, node: n.Compare, scope: Scope) -> str:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        self.suggest(node.left, right.type)
        self.suggest(node.right, left.type)
        return compare(node.op, left, right)

    def suggest(self, node: n.Expr, type_: SqlType | None) -> None:
        """Note the type that a variable, where it is one, should have."""
        if isinstance(node, n.Variable) and type_ is not None:
            self.suggested.setdefault(node.name, type_)

    def _logic(self, node: n.Logic, scope: Scope) -> str:
        """A chain of one operator becomes one list, however long: clients send thousands of branches."""
        parts: list[str] = []
        left: n.Expr = node
        while isinstance(left, n.Logic) and left.op == node.op:
            parts.append(self.truth(left.right, scope))
            left = left.left
        return f"({f' {node.op} '.join([self.truth(left, scope), *reversed(parts)])})"

    def _not(self, node: n.Not, scope: Scope) -> str:
        return f"(NOT {self.truth(node.operand, scope)})"

    def _is_null(self, node: n.IsNull, scope: Scope) -> str:
        return f"({self.value(node.operand, scope).sql} IS {'NOT ' if node.negated else ''}NULL)"

    def _between(self, node: n.Between, scope: Scope) -> str:
        operand = self.value(node.operand, scope)
        for bound in (node.low, node.high):
            self.suggest(bound, operand.type)
        low = compare(">=", operand, self.value(node.low, scope))
        high = compare("<=", operand, self.value(node.high, scope))
        return f"({'NOT ' if node.negated else ''}({low} AND {high}))"

    def _in(self, node: n.In, scope: Scope) -> str:
        word = "NOT IN" if node.negated else "IN"
        operand = self.value(node.operand, scope)
        if node.query is not None:
            return self._in_query(operand, self.query(node.query, scope), word)
        items = [self.value(item, scope) for item in node.items]
        for item in node.items:
            self.suggest(item, operand.type)
        type_ = common_type([operand, *items])
        texts = [converted(item, type_) for item in items]
        return f"({converted(operand, type_)} {word} ({', '.join(texts)}))"

    def _quantified(self, node: n.Quantified, scope: Scope) -> str:
        operand, query = self.value(node.left, scope), self.query(node.query, scope)
        inner = Typed("q.c0", query.columns[0].type)
        type_ = common_type([operand, inner])
        op, by = comparison(node.op)
        values = f"SELECT {converted(inner, type_, by)} FROM ({query.sql}) q"
        return f"({converted(operand, type_, by)} {op} {node.quantifier} ({values}))"

    def _in_query(self, operand: Typed, query: BoundQuery, word: str) -> str:
        if len(query.columns) != 1:
            raise SqlError(
                116,
                (
                    "Only one expression can be specified in the select list when the subquery is not introduced "
                    "with EXISTS."
                ),
            )
        inner = Typed("q.c0", query.columns[0].type)
        type_ = common_type([operand, inner])
        return f"({converted(operand, type_)} {word} (SELECT {converted(inner, type_)} FROM ({query.sql}) q))"

    def _like(self, node: n.Like, scope: Scope) -> str:
        operand, pattern = self.value(node.operand, scope), self.value(node.pattern, scope)
        self.suggest(node.pattern, operand.type)
        escape = self.value(node.escape, scope).constant if node.escape else None
        if node.escape and (escape is None or len(escape) != 1):
            raise not_local("ESCAPE with anything but one constant character")
        return ("(NOT {})" if node.negated else "{}").format(like(operand, pattern, escape))

    def _exists(self, node: n.Exists, scope: Scope) -> str:
        return f"EXISTS ({self.query(node.query, scope).sql})"


_VALUES: dict[type, Callable[[ExpressionBinder, Any, Scope], Typed]] = {
    n.Literal: ExpressionBinder._literal, n.Column: ExpressionBinder._column,
    n.Variable: ExpressionBinder._variable, n.Unary: ExpressionBinder._unary,
    n.Binary: ExpressionBinder._binary, n.Cast: ExpressionBinder._cast, n.Case: ExpressionBinder._case,
    n.SubQuery: ExpressionBinder._subquery, n.Call: ExpressionBinder._call,
    n.DatePart: ExpressionBinder._date_part, n.UserCall: ExpressionBinder._user_call,
}  # fmt: skip
_TRUTHS: dict[type, Callable[[ExpressionBinder, Any, Scope], str]] = {
    n.Compare: ExpressionBinder._compare, n.Logic: ExpressionBinder._logic, n.Not: ExpressionBinder._not,
    n.IsNull: ExpressionBinder._is_null, n.Between: ExpressionBinder._between, n.In: ExpressionBinder._in,
    n.Quantified: ExpressionBinder._quantified, n.Like: ExpressionBinder._like, n.Exists: ExpressionBinder._exists,
}  # fmt: skip
