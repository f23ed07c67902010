"""Sources of rows: FROM with its joins, tables as the session's user may see them, views, functions.

Views are bound from their own text each time, as SQL Server does, so that a table rebuilt under a view is seen.
Source: Microsoft Learn, FROM, CREATE VIEW for Azure Synapse Analytics, "Row-level security", "Dynamic data masking".
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from local_azure.synapse import external, open_json, outer_joins, permissions, pivots, user_functions
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import ident
from local_azure.synapse.catalog import ColumnInfo, ObjectInfo
from local_azure.synapse.errors import SqlError, too_many_arguments
from local_azure.synapse.expressions import ExpressionBinder
from local_azure.synapse.outer_joins import Side
from local_azure.synapse.parser import QueryParser
from local_azure.synapse.scope import BoundColumn, BoundQuery, Relation, Scope
from local_azure.synapse.sqltypes import INT, SqlType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_azure.synapse.catalog import Names


@lru_cache(maxsize=512)
def parse_view(body: str) -> n.Query:
    """The SELECT of a stored view."""
    parser = QueryParser(body)
    if parser.peek("(", "SELECT"):
        start = parser.at
        query = parser.subquery()
        if parser.token.kind == "end":
            return query
        parser.at = start
    return parser.query()


@lru_cache(maxsize=512)
def parse_call(text: str) -> n.UserCall:
    """The call of a stored predicate."""
    parser = QueryParser(text)
    return n.UserCall(parser.name(), parser.call_arguments())


class SourceBinder(ExpressionBinder):
    """Binds the entries of FROM."""

    def __init__(
        self,
        names: Names,
        variables: Mapping[str, SqlType],
        session: Mapping[str, str],
        storage: external.Storage,
    ) -> None:
        super().__init__(names, variables, session)
        self.storage = storage
        self.login = session["user"]  # as whom files are read where the pool does not lend its own identity
        self.identity_insert = session.get("identity_insert", "")  # the table that takes values for its identity column
        self._aliases = 0

    def fresh(self, prefix: str) -> str:
        """A name no other part of the statement uses."""
        self._aliases += 1
        return f"{prefix}{self._aliases}"

    @abstractmethod
    def query(self, query: n.Query, parent: Scope | None, *, nested: bool = True) -> BoundQuery:
        """Bind a query, for the binder of queries to do."""

    def named(self, bound: BoundQuery, columns: tuple[str, ...], name: str) -> BoundQuery:
        """Give a derived table's columns their names, which must exist and differ."""
        if columns and len(columns) != len(bound.columns):
            raise SqlError(
                8158 if len(columns) < len(bound.columns) else 8159,
                (
                    f"'{name}' has {'more' if len(columns) < len(bound.columns) else 'fewer'} columns than were "
                    "specified in the column list."
                ),
            )
        named = (
            tuple(replace(c, name=new) for c, new in zip(bound.columns, columns, strict=True))
            if columns
            else bound.columns
        )
        seen: set[str] = set()
        for number, column in enumerate(named, 1):
            if not column.name:
                raise SqlError(8155, f"No column name was specified for column {number} of '{name}'.")
            if column.name.lower() in seen:
                raise SqlError(8156, f"The column '{column.name}' was specified multiple times for '{name}'.")
            seen.add(column.name.lower())
        return replace(bound, columns=named)

    # Sources of rows

    def source(self, source: n.Source, scope: Scope) -> str:
        """Bind FROM: enters the relations into the scope, returns DuckDB text."""
        if isinstance(source, n.Join):
            return self._join(source, scope)
        if isinstance(source, n.Derived):
            return self._derived(source, scope)
        if isinstance(source, n.Split):
            return self._split(source, scope)
        if isinstance(source, n.OpenJson):
            return self._aliased(open_json.rows(self, source, Scope(scope.parent)), source.alias, (), scope)
        if isinstance(source, n.FunctionTable):
            bound = user_functions.table(self, source, Scope(scope.parent))
            return self._aliased(bound, source.alias or source.name.last, (), scope)
        if isinstance(source, n.Pivot | n.Unpivot):
            return self._derived(pivots.derived(source, self._offered(source.source, scope)), scope)
        if isinstance(source, n.Table):
            return self._table(source, scope) + source.sample
        raise TypeError(type(source).__name__)

    def _offered(self, source: n.Source, scope: Scope) -> list[BoundColumn]:
        """A source's columns."""
        inner = Scope(scope.parent, ctes=scope.ctes)
        self.source(source, inner)
        return [column for relation in inner.relations for column in relation.columns]

    def _enter(self, scope: Scope, relation: Relation) -> None:
        exposed = relation.exposed.lower()
        for other in scope.relations:
            same_path = not (relation.path and other.path) or relation.path == other.path
            if other.exposed.lower() == exposed and same_path:
                raise SqlError(
                    1011 if not relation.path else 1013,
                    f'The correlation name "{relation.exposed}" is specified multiple times in a FROM clause.',
                )
        scope.relations.append(relation)

    def _join(self, join: n.Join, scope: Scope) -> str:
        first = len(scope.relations)
        left = self.source(join.left, scope)
        if join.kind.endswith("APPLY"):
            return self._apply(join, left, scope)
        middle = len(scope.relations)
        right = self.source(join.right, scope)
        if join.on is None:
            return f"({left} CROSS JOIN {right})"
        last = len(scope.relations)
        test, reads = self._tested(join.on, scope)
        del scope.relations[last:]
        if reads and join.kind != "INNER":
            sides = Side(left, range(first, middle)), Side(right, range(middle, last))
            return outer_joins.joined(self, join.kind, *sides, test, scope)
        return f"({left} {join.kind} JOIN {right} ON {test})"

    def _tested(self, on: n.Expr, scope: Scope) -> tuple[str, bool]:
        """A join's condition, and whether it holds a query."""
        before, self.reads = self.reads, False
        scope.clause = "ON"
        test = self.truth(on, scope)
        found, self.reads = self.reads, self.reads or before
        return test, found

    def _apply(self, join: n.Join, left: str, scope: Scope) -> str:
        """The right side sees the left one's columns: DuckDB's LATERAL."""
        inner = Scope(scope)
        right = self.source(join.right, inner)
        for relation in inner.relations:
            self._enter(scope, relation)
        kind, on = ("LEFT", " ON true") if join.kind == "OUTER APPLY" else ("CROSS", "")
        return f"({left} {kind} JOIN LATERAL {right}{on})"

    def _derived(self, derived: n.Derived, scope: Scope) -> str:
        outer = Scope(scope.parent, ctes=scope.ctes)
        bound = self.named(self.query(derived.query, outer), derived.columns, derived.alias)
        return self._aliased(bound, derived.alias, (), scope)

    def _aliased(self, bound: BoundQuery, exposed: str, path: tuple[str, ...], scope: Scope) -> str:
        alias = self.fresh("t")
        columns = tuple(replace(c, sql=f"{alias}.c{i}") for i, c in enumerate(bound.columns))
        self._enter(scope, Relation(exposed, path, columns))
        return f"({bound.sql}) {alias}"

    def _split(self, split: n.Split, scope: Scope) -> str:
        """STRING_SPLIT as a table of value; of Synapse only serverless pools number them.

        Source: learn.microsoft.com/sql/t-sql/functions/string-split-transact-sql, enable_ordinal.
        """
        if len(split.args) > 2:
            raise too_many_arguments("string_split")
        if len(split.args) < 2:
            text = "An insufficient number of arguments were supplied for the procedure or function string_split."
            raise SqlError(313, text)
        whole, separator = (self.value(a, Scope(scope.parent)) for a in split.args)
        if separator.constant is not None and len(separator.constant) != 1:
            raise SqlError(214, "Procedure expects parameter 'separator' of type 'nchar(1)/nvarchar(1)'.")
        alias = self.fresh("t")
        self._enter(scope, Relation(split.alias, (), (BoundColumn("value", whole.type or INT, f"{alias}.c0"),)))
        return f"(SELECT unnest(string_split({whole.sql}, {separator.sql})) AS c0) {alias}"

    def _table(self, table: n.Table, scope: Scope) -> str:
        exposed = table.alias or table.name.last
        if len(table.name.parts) == 1 and (cte := scope.cte(table.name.last)) is not None:
            return self._aliased(cte, exposed, (), scope)
        found = self.names.get(table.name)
        if not self.names.rights.some_column("SELECT", found):
            self.require("SELECT", found)
        database = self.names.catalog.database.lower()
        path = () if table.alias else (database, found.schema.lower(), found.name.lower())
        if found.kind == "V":
            return self._aliased(self.view(found), exposed, path, scope)
        if found.kind == "E":
            rows = self.storage.scan(found, self.names.snapshot, self.login)
            return self._aliased(rows, exposed, path, scope)
        return self._stored(found, exposed, path, scope)

    def _stored(self, found: ObjectInfo, exposed: str, path: tuple[str, ...], scope: Scope) -> str:
        alias = self.fresh("t")
        columns = tuple(self._stored_column(found, c, alias) for c in found.columns)
        relation = Relation(exposed, path, columns)
        self._enter(scope, relation)
        tests = self.seen(found, relation)
        if not tests:
            return f"{found.duckdb_name} {alias}"
        return f"(SELECT rowid, * FROM {found.duckdb_name} {alias} WHERE {' AND '.join(tests)}) {alias}"

    def _stored_column(self, found: ObjectInfo, column: ColumnInfo, alias: str) -> BoundColumn:
        """A column as the session's user may see it: whole, masked, or not at all."""
        rights, refusal = self.names.rights, None
        if not self.depth and not self.names.trusted and not rights.column("SELECT", found, column.name):
            refusal = permissions.denied_column("SELECT", found, column.name, self.names.catalog.database)
        mask = column.mask if column.mask and not rights.unmasked(found) else None
        sql = f"{alias}.{ident(column.name)}"
        return BoundColumn(
            column.name, column.type, sql, column.nullable, mask=mask, refusal=refusal, identity=column.identity
        )

    def seen(self, found: ObjectInfo, relation: Relation) -> list[str]:
        """The conditions that security policies put on a table's rows, whoever reads or changes them."""
        return [self._predicate(text, relation) for _, text in self.names.snapshot.policies(found)]

    def _predicate(self, text: str, relation: Relation) -> str:
        call = parse_call(text)
        with self.chained():
            columns = tuple(replace(c, mask=None, refusal=None) for c in relation.columns)
            bound = user_functions.table(
                self,
                n.FunctionTable(call.name, call.args, None),
                Scope(relations=[replace(relation, columns=columns)], clause="WHERE"),
            )
        return f"EXISTS ({bound.sql})"

    def view(self, info: ObjectInfo) -> BoundQuery:
        """A view's query with the column names it was created with (SELECT * is frozen at CREATE VIEW).

        Raises SqlError 4413 where the view no longer binds.
        """
        if self.depth > 32:
            raise SqlError(217, "Maximum view nesting level exceeded (limit 32).")
        try:
            with self.chained():
                bound = self.query(parse_view(info.body), None)
        except SqlError as error:
            raise SqlError(
                4413, f"Could not use view or function '{info.full_name}' because of binding errors: {error.message}"
            ) from error
        if len(bound.columns) < len(info.columns):
            raise SqlError(
                4502, f"View or function '{info.full_name}' has more column names specified than columns defined."
            )
        kept = zip(bound.columns, info.columns, strict=False)
        return replace(bound, columns=tuple(replace(b, name=c.name) for b, c in kept))
