"""Queries: from the syntax tree to one DuckDB SELECT whose columns are c0, c1, ... with known T-SQL types.

Views are bound from their own text each time, as SQL Server does, so that a table rebuilt under a view is seen.
Source: Microsoft Learn, SELECT, FROM, GROUP BY, "Set operators", CREATE VIEW for Azure Synapse Analytics.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from local_azure.synapse import masks
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import cast
from local_azure.synapse.errors import SqlError, not_local, unsupported
from local_azure.synapse.functions import contains_aggregate, direction
from local_azure.synapse.operators import key, sort_key
from local_azure.synapse.scope import BoundColumn, BoundQuery, Scope, Typed, readable
from local_azure.synapse.sources import SourceBinder
from local_azure.synapse.sqltypes import BIGINT, INT, common

if TYPE_CHECKING:
    pass


class QueryBinder(SourceBinder):
    """Binds whole queries."""

    def query(self, query: n.Query, parent: Scope | None, *, nested: bool = True) -> BoundQuery:
        """Bind a query; `nested` (all but a statement's own) refuses ORDER BY without TOP, error 1033."""
        if nested and query.order and not (isinstance(query.body, n.Select) and query.body.top):
            raise SqlError(
                1033,
                (
                    "The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and "
                    "common table expressions, unless TOP, OFFSET or FOR XML is also specified."
                ),
                15,
            )
        if self.pure:
            raise unsupported("A query within a scalar function")
        self.reads = True
        scope = Scope(parent)
        prefix = self._ctes(query.ctes, scope)
        if isinstance(query.body, n.Select):
            bound = self._select(query.body, query.order, scope)
        else:
            bound = self._ordered_set(self._body(query.body, scope), query.order)
        return replace(bound, sql=prefix + bound.sql)

    def shown(self, bound: BoundQuery) -> BoundQuery:
        """What leaves a query: masked columns by their masks."""
        if not any(c.mask for c in bound.columns):
            return bound
        listed = ", ".join(
            f"{masks.masked(f'q.c{i}', c.type, c.mask) if c.mask else f'q.c{i}'} AS c{i}"
            for i, c in enumerate(bound.columns)
        )
        sql = f"SELECT {listed} FROM ({bound.sql}) q"
        return BoundQuery(sql, tuple(replace(c, mask=None) for c in bound.columns))

    def _ctes(self, ctes: tuple[n.Cte, ...], scope: Scope) -> str:
        texts: list[str] = []
        for cte in ctes:
            if cte.name.lower() in scope.ctes:
                raise SqlError(239, f"Duplicate common table expression name '{cte.name}' was specified.")
            bound = self.named(self.query(cte.query, scope), cte.columns, cte.name)
            name = self.fresh("cte")
            texts.append(f"{name} AS ({bound.sql})")
            scope.ctes[cte.name.lower()] = replace(bound, sql=f"SELECT * FROM {name}")
        return f"WITH {', '.join(texts)} " if texts else ""

    # Set operators

    def _body(self, body: n.Body, scope: Scope) -> BoundQuery:
        if isinstance(body, n.Select):
            return self._select(body, (), Scope(scope.parent, ctes=scope.ctes))
        chain = _chain(body)
        rows = [side for side in chain if _is_row(side)]
        if body.op == "UNION ALL" and len(rows) == len(chain):
            return self._rows(rows, scope)
        bound = [self.shown(self._body(side, scope)) for side in chain]
        columns = bound[0].columns
        for side in bound[1:]:
            columns = _combined(columns, side.columns)
        sides = [self._cast_columns(side, columns) for side in bound]
        if body.op == "UNION ALL":
            return BoundQuery(" UNION ALL ".join(f"({side})" for side in sides), columns)
        if body.op == "UNION":
            return BoundQuery(self._distinct(f"({sides[0]}) UNION ALL ({sides[1]})", columns), columns)
        return BoundQuery(self._matched(body.op, sides, columns), columns)

    def _rows(self, chain: list[n.Select], scope: Scope) -> BoundQuery:
        """Rows of constants as DuckDB's VALUES: its planner takes minutes for ten thousand branches of UNION ALL."""
        rows = [self._items(select.items, scope) for select in chain]
        columns = _columns(rows[0])
        for row in rows[1:]:
            columns = _combined(columns, _columns(row))
        texts = (", ".join(cast(b.sql, b.type, c.type) for (_, b), c in zip(r, columns, strict=True)) for r in rows)
        names = ", ".join(c.sql for c in columns)
        return BoundQuery(f"SELECT * FROM (VALUES {', '.join(f'({text})' for text in texts)}) q({names})", columns)

    def _cast_columns(self, side: BoundQuery, columns: tuple[BoundColumn, ...]) -> str:
        if all(a.source_type == b.type for a, b in zip(side.columns, columns, strict=True)):
            return side.sql
        pairs = zip(side.columns, columns, strict=True)
        casts = ", ".join(f"{cast(f'q.c{i}', a.source_type, b.type)} AS c{i}" for i, (a, b) in enumerate(pairs))
        return f"SELECT {casts} FROM ({side.sql}) q"

    def _distinct(self, sql: str, columns: tuple[BoundColumn, ...]) -> str:
        keys = ", ".join(key(Typed(f"q.c{i}", c.type)) for i, c in enumerate(columns))
        return f"SELECT DISTINCT ON ({keys}) * FROM ({sql}) q"

    def _matched(self, op: str, sides: list[str], columns: tuple[BoundColumn, ...]) -> str:
        keys = [(key(Typed(f"l.c{i}", c.type)), key(Typed(f"r.c{i}", c.type))) for i, c in enumerate(columns)]
        test = " AND ".join(f"{a} IS NOT DISTINCT FROM {b}" for a, b in keys)
        word = "EXISTS" if op == "INTERSECT" else "NOT EXISTS"
        matched = f"SELECT * FROM ({sides[0]}) l WHERE {word} (SELECT 1 FROM ({sides[1]}) r WHERE {test})"
        return self._distinct(matched, columns)

    def _ordered_set(self, bound: BoundQuery, order: tuple[n.OrderItem, ...]) -> BoundQuery:
        if not order:
            return bound
        parts = [self._set_order(item, bound.columns) for item in order]
        return replace(bound, sql=f"SELECT * FROM ({bound.sql}) q ORDER BY {', '.join(parts)}")

    def _set_order(self, item: n.OrderItem, columns: tuple[BoundColumn, ...]) -> str:
        position = self._output_position(item.expr, columns, qualified=True)
        if position is None:
            raise SqlError(
                104,
                (
                    "ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT "
                    "or EXCEPT operator."
                ),
            )
        return f"{sort_key(Typed(f'q.c{position}', columns[position].type))} {direction(item.descending)}"

    def _output_position(
        self, expr: n.Expr, columns: tuple[BoundColumn, ...], *, qualified: bool = False
    ) -> int | None:
        """The output column an ORDER BY item means: by ordinal or by name, behind a table's name where `qualified`."""
        if isinstance(expr, n.Literal) and expr.kind == "number":
            if not expr.text.isdigit() or not 1 <= int(expr.text) <= len(columns):
                raise SqlError(
                    108,
                    (
                        f"The ORDER BY position number {expr.text} is out of range of the number of items in the "
                        "select list."
                    ),
                )
            return int(expr.text) - 1
        if isinstance(expr, n.Literal):
            raise SqlError(408, "A constant expression was encountered in the ORDER BY list, position 1.", 15)
        if isinstance(expr, n.Column) and (qualified or len(expr.name.parts) == 1):
            return _named_output(expr.name, columns)
        return None

    # One SELECT

    def _select(self, select: n.Select, order: tuple[n.OrderItem, ...], scope: Scope) -> BoundQuery:
        source = f" FROM {self.source(select.source, scope)}" if select.source else ""
        scope.clause = "WHERE"
        where = f" WHERE {self.truth(select.where, scope)}" if select.where else ""
        group = self._group(select, order, scope)
        scope.clause = "SELECT"
        outputs = self._items(select.items, scope)
        scope.clause = "HAVING"
        having = f" HAVING {self.truth(select.having, scope)}" if select.having else ""
        columns = _columns(outputs)
        listed = ", ".join(f"{_output(b)} AS c{i}" for i, (_, b) in enumerate(outputs))
        scope.clause = "ORDER BY"
        sql = self._limited(select, order, scope, (listed, f"{source}{where}{group}{having}"), outputs, columns)
        return BoundQuery(sql, columns)

    def _limited(
        self,
        select: n.Select,
        order: tuple[n.OrderItem, ...],
        scope: Scope,
        parts: tuple[str, str],
        outputs: list[tuple[str, Typed]],
        columns: tuple[BoundColumn, ...],
    ) -> str:
        listed, rest = parts
        sql = f"SELECT {listed}{rest}"
        if select.distinct:
            # put in order outside, where DuckDB makes the key to order by of the rows that are kept and of no others
            sql = f"SELECT * FROM ({self._distinct(sql, columns)}) q"
            keys = [self._distinct_key(item, outputs, columns, scope) for item in order]
        else:
            keys = [self._select_key(item, outputs, columns, scope) for item in order]
        if select.with_ties:
            # the keys may be windows themselves: they are made first, and the rows placed by them outside
            made = "".join(f", {key} AS k{i}" for i, key in enumerate(keys))
            order_by = _ordered([f"q.k{i}" for i, _ in enumerate(keys)], order)
            shown = ", ".join(f"q.{column.sql}" for column in columns)
            top = self._top_with_ties(select, order_by)
            return f"SELECT {shown} FROM (SELECT {listed}{made}{rest}) q{top}{order_by}"
        return sql + _ordered(keys, order) + self._top(select)

    def _select_key(
        self, item: n.OrderItem, outputs: list[tuple[str, Typed]], columns: tuple[BoundColumn, ...], scope: Scope
    ) -> str:
        position = self._output_position(item.expr, columns)
        bound = outputs[position][1] if position is not None else self.value(item.expr, scope)
        return sort_key(bound)

    def _distinct_key(
        self, item: n.OrderItem, outputs: list[tuple[str, Typed]], columns: tuple[BoundColumn, ...], scope: Scope
    ) -> str:
        position = self._output_position(item.expr, columns)
        if position is None:
            wanted = self.value(item.expr, scope).sql
            position = next((i for i, (_, b) in enumerate(outputs) if b.sql == wanted), None)
        if position is None:
            raise SqlError(145, "ORDER BY items must appear in the select list if SELECT DISTINCT is specified.", 15)
        return sort_key(Typed(f"q.c{position}", columns[position].type))

    def _top(self, select: n.Select) -> str:
        if isinstance(select.top, n.Unary) and select.top.op == "-":
            raise SqlError(127, "A TOP N or FETCH rowcount value may not be negative.", 15)
        if isinstance(select.top, n.Literal) and select.top.text.startswith("-"):
            raise SqlError(127, "A TOP N or FETCH rowcount value may not be negative.", 15)
        return "" if select.top is None else f" LIMIT {self._top_count(select.top)}"

    def _top_count(self, top: n.Expr) -> str:
        """So many rows: NULL is as wrong as a negative number. DuckDB folds this before it plans a sort."""
        if isinstance(top, n.Literal) and top.kind == "null":
            text = "The number of rows provided for a TOP or FETCH clauses row count parameter must be an integer."
            raise SqlError(1060, text, 15)
        self.suggest(top, BIGINT)
        return f"coalesce({self.typed(top, Scope(), BIGINT)}, -1)"

    def _top_with_ties(self, select: n.Select, order_by: str) -> str:
        """TOP ... WITH TIES, by the place of each row. Raises SqlError 1062."""
        if not order_by:
            raise SqlError(1062, "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.")
        if select.distinct or select.top is None:
            raise not_local("TOP ... WITH TIES of SELECT DISTINCT")
        return f" QUALIFY rank() OVER ({order_by.strip()}) <= {self._top_count(select.top)}"

    def _group(self, select: n.Select, order: tuple[n.OrderItem, ...], scope: Scope) -> str:
        """Bind GROUP BY and open the scope for aggregates; strings group by their key and show their least."""
        scope.clause = "GROUP BY"
        bound = [self._group_item(expr, scope) for expr in select.group]
        aggregated = contains_aggregate((select.items, select.having, order))
        if not bound and not aggregated and select.having is None:
            return ""
        scope.groups = {b.sql: _shown(b, rolled=select.sets is not None) for b in bound}
        keys = [key(b) for b in bound]
        if select.sets is not None:
            sets = ", ".join(f"({', '.join(keys[place] for place in places)})" for places in select.sets)
            return f" GROUP BY GROUPING SETS ({sets})"
        return f" GROUP BY {', '.join(keys)}" if keys else ""

    def _group_item(self, expr: n.Expr, scope: Scope) -> Typed:
        if isinstance(expr, n.Literal | n.Variable):
            raise SqlError(
                164, "Each GROUP BY expression must contain at least one column that is not an outer reference.", 15
            )
        if contains_aggregate(expr) or isinstance(expr, n.SubQuery):
            raise SqlError(
                144,
                (
                    "Cannot use an aggregate or a subquery in an expression used for the group by list of a "
                    "GROUP BY clause."
                ),
                15,
            )
        return self.value(expr, scope)

    def _items(self, items: tuple[n.Item, ...], scope: Scope) -> list[tuple[str, Typed]]:
        outputs: list[tuple[str, Typed]] = []
        for item in items:
            if isinstance(item.expr, n.Star):
                outputs += self._star(item.expr, scope)
            else:
                outputs.append((item.alias or _own_name(item.expr), self._item(item.expr, scope)))
        return outputs

    def _item(self, expr: n.Expr, scope: Scope) -> Typed:
        """A column alone keeps its value, for the statement around it to compare, and its mask."""
        if not isinstance(expr, n.Column):
            return self.value(expr, scope)
        column = scope.column(expr.name)
        bound = self.value(expr, scope) if column.mask is None else Typed(column.sql, column.type, column.nullable)
        return replace(bound, mask=column.mask, identity=column.identity)

    def _star(self, star: n.Star, scope: Scope) -> list[tuple[str, Typed]]:
        if not scope.relations:
            raise SqlError(263, "Must specify table to select from.")
        relations = [r for r in scope.relations if not star.table or r.answers(star.table)]
        if not relations:
            raise SqlError(
                107,
                (
                    f"The column prefix '{'.'.join(star.table)}' does not match with a table name or alias name "
                    "used in the query."
                ),
            )
        columns = [c for r in relations for c in r.columns]
        return [(c.name, self._starred(c, scope)) for c in columns]

    def _starred(self, column: BoundColumn, scope: Scope) -> Typed:
        if scope.groups is not None and column.sql not in scope.groups:
            raise SqlError(
                8120,
                (
                    f"Column '{column.name}' is invalid in the select list because it is not contained in either "
                    "an aggregate function or the GROUP BY clause."
                ),
            )
        sql = readable(column).sql if scope.groups is None else scope.groups[column.sql]
        return Typed(sql, column.type, column.nullable, mask=column.mask, identity=column.identity)


def _named_output(name: n.Name, columns: tuple[BoundColumn, ...]) -> int | None:
    """Raises SqlError 209 for a name that several columns have."""
    found = [i for i, c in enumerate(columns) if c.name.lower() == name.last.lower()]
    if len(found) > 1:
        raise SqlError(209, f"Ambiguous column name '{name.last}'.", line=name.token.line)
    return found[0] if found else None


def _ordered(keys: list[str], order: tuple[n.OrderItem, ...]) -> str:
    parts = [f"{key} {direction(item.descending)}" for key, item in zip(keys, order, strict=True)]
    return f" ORDER BY {', '.join(parts)}" if parts else ""


def _columns(outputs: list[tuple[str, Typed]]) -> tuple[BoundColumn, ...]:
    named = enumerate(outputs)
    return tuple(
        BoundColumn(name, b.type or INT, f"c{i}", b.nullable, b.type is None, b.mask, identity=b.identity)
        for i, (name, b) in named
    )


def _shown(bound: Typed, *, rolled: bool) -> str:
    """What stands for a group whose values are alike and not the same; NULL where it is rolled up."""
    if bound.type is None or not (bound.type.is_string or bound.type.name == "datetimeoffset"):
        return bound.sql
    return f"CASE WHEN grouping({key(bound)}) = 0 THEN min({bound.sql}) END" if rolled else f"min({bound.sql})"


def _output(bound: Typed) -> str:
    return bound.sql if bound.type is not None else "CAST(NULL AS INTEGER)"


def _own_name(expr: n.Expr) -> str:
    return expr.name.last if isinstance(expr, n.Column) else ""


def _chain(body: n.SetOperation) -> list[n.Body]:
    """Both sides; of a chain of UNION ALL all of them, since clients send thousands of branches."""
    sides: list[n.Body] = []
    left: n.Body = body
    while isinstance(left, n.SetOperation) and (left is body or left.op == body.op == "UNION ALL"):
        sides.append(left.right)
        left = left.left
    return [left, *reversed(sides)]


def _is_row(body: n.Body) -> TypeGuard[n.Select]:
    """Whether a SELECT is one row of constants."""
    if not isinstance(body, n.Select) or body != n.Select(body.items):
        return False
    return all(_is_constant(item.expr) for item in body.items)


def _is_constant(expr: n.Expr) -> bool:
    while isinstance(expr, n.Cast | n.Unary):
        expr = expr.operand
    return isinstance(expr, n.Literal)


def _combined(left: tuple[BoundColumn, ...], right: tuple[BoundColumn, ...]) -> tuple[BoundColumn, ...]:
    if len(left) != len(right):
        text = (
            "All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of "
            "expressions in their target lists."
        )
        raise SqlError(205, text)
    return tuple(_united(a, b, i) for i, (a, b) in enumerate(zip(left, right, strict=True)))


def _united(left: BoundColumn, right: BoundColumn, index: int) -> BoundColumn:
    type_ = common(left.source_type, right.source_type)
    return BoundColumn(left.name, type_ or INT, f"c{index}", left.nullable or right.nullable, type_ is None)
