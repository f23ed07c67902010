"""The allow-list of queries: what a dedicated SQL pool documents. All else is 103010.

Source: Microsoft Learn, the "Syntax for Azure Synapse Analytics" of SELECT, FROM, WHERE, GROUP BY, ORDER BY,
WITH common_table_expression, OPTION.
"""

from __future__ import annotations

from itertools import chain

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError
from local_azure.synapse.expression_parser import COMPOUND, ExpressionParser

TABLE_HINTS = {"NOLOCK", "READUNCOMMITTED", "READPAST"}
JOIN_HINTS = {"REDUCE", "REPLICATE", "REDISTRIBUTE"}  # of an inner join ("Join hints"): a way, not a result
JOIN_KINDS = {"LEFT", "RIGHT", "FULL", "INNER", "JOIN", "CROSS", "OUTER"}
QUERY_HINTS = {"HASH", "LOOP", "MERGE", "FORCE", "LABEL", "DISABLE", "MAXDOP", "RECOMPILE"}


class QueryParser(ExpressionParser):
    """SELECT with its clauses."""

    def query(self) -> n.Query:
        """[WITH ...] SELECT ... [ORDER BY] [OPTION], the query of a statement."""
        ctes = self.ctes() if self.peek("WITH") else ()
        body = self._unions()
        order = self._order_by()
        self.options()
        return n.Query(body, ctes, order)

    def ctes(self) -> tuple[n.Cte, ...]:
        """The WITH of a statement; a pool refuses one inside another ("WITH common_table_expression", limitations)."""
        if self.cte_depth:
            raise self.token.error()
        self.expect("WITH")
        return self.separated(self._cte)

    def _cte(self) -> n.Cte:
        name = self.identifier()
        columns = self.listed(self.identifier) if self.peek("(") else ()
        self.expect("AS")
        return n.Cte(name, columns, self.subquery())

    def subquery(self) -> n.Query:
        """( SELECT ... ): no WITH inside, and ORDER BY only beside TOP (checked by the binder, error 1033)."""
        self.expect("(")
        self.cte_depth += 1
        if self.peek("WITH"):
            raise self.token.error()
        found = n.Query(self._unions(), (), self._order_by())
        self.cte_depth -= 1
        self.expect(")")
        return found

    def _unions(self) -> n.Body:
        left = self._intersections()
        while self.token.upper in {"UNION", "EXCEPT"}:
            op = self.next().upper
            op += " ALL" if op == "UNION" and self.take("ALL") else ""
            left = n.SetOperation(op, left, self._intersections())
        return left

    def _intersections(self) -> n.Body:
        left = self._term()
        while self.take("INTERSECT"):
            left = n.SetOperation("INTERSECT", left, self._term())
        return left

    def _term(self) -> n.Body:
        if not self.take("("):
            return self._select()
        body = self._unions()
        self.expect(")")
        return body

    def _select(self) -> n.Select:
        self.expect("SELECT")
        distinct = self.take("DISTINCT")
        if not distinct:
            self.take("ALL")
        top, ties = self._top()
        items = self.separated(self._item)
        if self.peek("INTO"):
            self._into()
        source = self._from() if self.take("FROM") else None
        where = self.condition() if self.take("WHERE") else None
        group, sets = self._group_by()
        having = self.condition() if self.take("HAVING") else None
        return n.Select(items, source, where, group, having, distinct, top, ties, sets)

    def _into(self) -> None:
        if not self.takes_into or self.cte_depth or self.into is not None:
            raise self.token.error()
        self.expect("INTO")
        self.into = self.name()

    def _top(self) -> tuple[n.Expr | None, bool]:
        """TOP ( expression ) [ WITH TIES ]: a pool has no PERCENT."""
        if not self.take("TOP"):
            return None, False
        if self.take("("):
            count = self.value()
            self.expect(")")
        else:
            count = n.Literal("number", str(self.integer()))
        if self.peek("PERCENT"):
            raise self.token.error()
        return count, self.take("WITH", "TIES")

    def _group_by(self) -> tuple[tuple[n.Expr, ...], tuple[tuple[int, ...], ...] | None]:
        """The expressions, and the sets that ROLLUP or GROUPING SETS make of them; a pool has no CUBE."""
        if not self.take("GROUP", "BY"):
            return (), None
        found: list[n.Expr] = []
        product: list[tuple[int, ...]] = [()]
        plain = True
        for sets in self.separated(lambda: self._grouping(found)):
            plain = plain and len(sets) == 1
            product = [(*before, *more) for before in product for more in sets]
        self.take("WITH", "(", "DISTRIBUTED_AGG", ")")
        return tuple(found), None if plain else tuple(product)

    def _grouping(self, found: list[n.Expr]) -> list[tuple[int, ...]]:
        """One entry of GROUP BY as sets of places in `found`, which it adds to."""
        if self.token.upper == "CUBE":
            raise self.token.error()
        if self.peek("ROLLUP", "("):
            self.next()
            parts = [[self._place(found, e) for e in members] for members in self.listed(self._grouping_set)]
            return [tuple(chain.from_iterable(parts[:size])) for size in range(len(parts), -1, -1)]
        if self.take("GROUPING", "SETS"):
            return [tuple(self._place(found, e) for e in members) for members in self.listed(self._grouping_set)]
        return [(self._place(found, self.value()),)]

    def _grouping_set(self) -> tuple[n.Expr, ...]:
        if self.take("(", ")"):
            return ()
        return self.listed(self.value) if self.peek("(") else (self.value(),)

    def _place(self, found: list[n.Expr], expr: n.Expr) -> int:
        if expr not in found:
            found.append(expr)
        return found.index(expr)

    def _item(self) -> n.Item:
        if self.take("*"):
            return n.Item(n.Star(()), None)
        if self.is_name() and self.ahead().upper == "=":
            alias = self.identifier()
            self.expect("=")
            return n.Item(self.value(), alias)
        if self.token.kind == "variable" and self.ahead().upper in {"=", *COMPOUND}:
            return self._variable_item()
        star = self._qualified_star()
        return star or n.Item(self.value(), self._alias())

    def _variable_item(self) -> n.Item:
        """@variable = value, in a statement's own SELECT alone ("SELECT @local_variable")."""
        if not self.takes_into or self.cte_depth:
            raise self.token.error()
        name, op = self.next().text.lower(), self.next().upper
        value = self.value()
        return n.Item(value if op == "=" else n.Binary(op[0], n.Variable(name), value), None, name)

    def _qualified_star(self) -> n.Item | None:
        start = self.at
        parts: list[str] = []
        while self.is_name() and self.ahead().upper == ".":
            parts.append(self.identifier())
            self.expect(".")
        if parts and self.take("*"):
            return n.Item(n.Star(tuple(parts)), None)
        self.at = start
        return None

    def _alias(self) -> str | None:
        if self.take("AS"):
            return self.next().text if self.token.kind in {"string", "nstring"} else self.identifier()
        if self.token.kind in {"string", "nstring"}:
            return self.next().text
        return self.identifier() if self.is_name() and not self._starts_statement() else None

    def _starts_statement(self) -> bool:
        """RENAME, COPY and THROW begin statements without being reserved."""
        return self.peek("RENAME", "OBJECT") or self.peek("COPY", "INTO") or self.peek("THROW")

    def _from(self) -> n.Source:
        found = self._joined()
        while self.take(","):
            found = n.Join("CROSS", found, self._joined(), None)
        return found

    def _joined(self) -> n.Source:
        left = self._source()
        while self.token.upper in JOIN_KINDS:
            kind = self._join_kind()
            right = self._source()
            on = None
            if kind in {"INNER", "LEFT", "RIGHT", "FULL"}:
                self.expect("ON")
                on = self.condition()
            left = n.Join(kind, left, right, on)
        return left

    def _join_kind(self) -> str:
        word = self.next().upper
        if word in {"CROSS", "OUTER"} and self.take("APPLY"):
            return f"{word} APPLY"
        if word == "JOIN":
            return "INNER"
        if word in {"LEFT", "RIGHT", "FULL"}:
            self.take("OUTER")
        elif word == "OUTER":
            raise self.token.error()
        elif word == "INNER" and self.token.upper in JOIN_HINTS:
            self.next()
        self.expect("JOIN")
        return word

    def _source(self) -> n.Source:
        if self._at_subquery() or self.peek("(", "("):
            start = self.at
            try:
                return self._derived()
            except SqlError:
                if not self.peek("(", "(") and self.tokens[start + 1].upper != "(":
                    raise
                self.at = start
        if self.take("("):
            found = self._joined()
            self.expect(")")
            return found
        if self.token.upper == "STRING_SPLIT":
            return self._split()
        if self.peek("OPENJSON", "("):
            return self._open_json()
        return self._table()

    def _derived(self) -> n.Source:
        query = self.subquery()
        alias = self._alias()
        if alias is None:
            raise self.token.error()
        columns = self.listed(self.identifier) if self.peek("(") else ()
        return self._pivoted(n.Derived(query, alias, columns))

    def _split(self) -> n.Source:
        self.next()
        args = self.listed(self.value)
        return n.Split(args, self._alias() or "string_split")

    def _open_json(self) -> n.Source:
        self.next()
        args = self.listed(self.value)
        columns = self.listed(self._json_column) if self.take("WITH") else ()
        return n.OpenJson(args, columns, self._alias() or "OPENJSON")

    def _json_column(self) -> n.JsonColumn:
        name, type_ = self.identifier(), self.data_type()
        path = self.string() if self.token.kind in {"string", "nstring"} else f'$."{name}"'
        return n.JsonColumn(name, type_, path, self.take("AS", "JSON"))

    def _table(self) -> n.Source:
        name = self.name()
        if self.peek("("):
            return n.FunctionTable(name, self.call_arguments(), self._alias())
        alias = self._alias()
        sample = self._table_sample(name) if self.take("TABLESAMPLE") else ""
        if self.peek("WITH", "("):
            self.next()
            self._hints()
        return self._pivoted(n.Table(name, alias, sample))

    def _table_sample(self, table: n.Name) -> str:
        """TABLESAMPLE ( number [ PERCENT ] ), all that a pool has of it ("FROM", syntax). Raises SqlError 476."""
        self.expect("(")
        size = self.next()
        unit = "PERCENT" if self.take("PERCENT") else "ROWS"
        self.expect(")")
        if size.kind != "number" or (unit == "ROWS" and not size.text.isdigit()):
            raise size.error()
        if unit == "PERCENT" and float(size.text) > 100:
            text = f'Invalid PERCENT tablesample size "{size.text}" for table "{table}". The PERCENT tablesample size'
            raise SqlError(476, f"{text} must be between 0 and 100.")
        return f" TABLESAMPLE reservoir({size.text} {unit})"

    def _pivoted(self, source: n.Source) -> n.Source:
        """What PIVOT or UNPIVOT behind a source makes of it ("FROM - Using PIVOT and UNPIVOT")."""
        if self.take("PIVOT"):
            self.expect("(")
            aggregate = self.identifier().upper()
            (column,) = self.listed(self.identifier)
            by, values = self._for()
            return n.Pivot(source, aggregate, column, by, values, self._required_alias())
        if self.take("UNPIVOT"):
            self.expect("(")
            value = self.identifier()
            name, columns = self._for()
            return n.Unpivot(source, value, name, columns, self._required_alias())
        return source

    def _for(self) -> tuple[str, tuple[str, ...]]:
        self.expect("FOR")
        name = self.identifier()
        self.expect("IN")
        listed = self.listed(self.identifier)
        self.expect(")")
        return name, listed

    def _required_alias(self) -> str:
        alias = self._alias()
        if alias is None:
            raise self.token.error()
        return alias

    def _hints(self) -> None:
        self.expect("(")
        while not self.take(")"):
            self.one_of(TABLE_HINTS)
            self.take(",")

    def _order_by(self) -> tuple[n.OrderItem, ...]:
        return self.separated(self._order_item) if self.take("ORDER", "BY") else ()

    def options(self) -> None:
        """OPTION ( <query_hint> [ ,...n ] ): checked against the pool's hints; a label alone has an effect here."""
        if not self.take("OPTION"):
            return
        self.expect("(")
        while not self.take(")"):
            self._query_hint()
            self.take(",")

    def _query_hint(self) -> None:
        hint = self.one_of(QUERY_HINTS)
        if hint == "LABEL":
            self.expect("=")
            self.label = self.string()
        elif hint == "MAXDOP":
            self.integer()
        elif hint in {"HASH", "LOOP", "MERGE"}:
            self.expect("JOIN")
        elif hint in {"FORCE", "DISABLE"}:
            self.one_of({"ORDER", "EXTERNALPUSHDOWN"})
