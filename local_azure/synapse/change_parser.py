"""INSERT, UPDATE, DELETE, MERGE, TRUNCATE, and SELECT as a statement of its own.

Source: Microsoft Learn, the page of each with its syntax for Azure Synapse Analytics.
"""

from __future__ import annotations

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError
from local_azure.synapse.expression_parser import COMPOUND
from local_azure.synapse.parser import QueryParser


class ChangeParser(QueryParser):
    """Statements over rows."""

    def select(self) -> n.Statement:
        """A query, or SELECT ... INTO, which is a table made of it ("SELECT - INTO")."""
        self.takes_into, self.into = True, None
        query = self.query()
        self.takes_into = False
        names = _variables(query.body)
        if names and self.into is not None:
            raise _retrieving()
        if self.into is not None:
            return n.CreateTableAs(self.into, (), n.TableOptions("ROUND_ROBIN"), query, into=True)
        return n.SelectVariables(query, names) if names else n.SelectStatement(query)

    def with_(self) -> n.Statement:
        start = self.at
        self.ctes()
        if self.token.upper in {"UPDATE", "DELETE", "INSERT", "MERGE"}:
            raise self.token.error()  # in a pool a CTE is followed by SELECT alone
        self.at = start
        return self.select()

    def insert(self) -> n.Statement:
        self.expect("INSERT")
        if self.take("BULK"):
            return self._insert_bulk()
        self.take("INTO")
        table = self.name()
        columns = self._column_list()
        if self.take("DEFAULT", "VALUES"):
            raise self.token.error()
        if self.take("VALUES"):
            return self._insert_values(table, columns)
        return n.Insert(table, columns, None, self._insert_query())

    def _insert_bulk(self) -> n.Statement:
        """INSERT BULK table (column type [COLLATE name], ...) [WITH (options)], as bulk loaders send it."""
        table = self.name()
        columns = self.listed(self._bulk_column)
        if self.take("WITH"):
            self.expect("(")
            while not self.take(")"):
                self.next()
        return n.InsertBulk(table, columns)

    def _bulk_column(self) -> str:
        name = self.identifier()
        self.data_type()
        if self.take("COLLATE"):
            self.identifier()
        return name

    def _column_list(self) -> tuple[str, ...]:
        if not self.peek("(") or self._at_subquery():
            return ()
        return self.listed(self.identifier)

    def _insert_values(self, table: n.Name, columns: tuple[str, ...]) -> n.Statement:
        values = self.listed(self.value)
        if self.peek(","):
            raise self.token.error()  # "INSERT": a pool takes one row of VALUES
        self.options()
        return n.Insert(table, columns, values, None)

    def _insert_query(self) -> n.Query:
        if self.peek("EXEC") or self.peek("EXECUTE") or self.peek("WITH"):
            raise self.token.error()
        if not self._at_subquery():
            return self.query()
        start = self.at
        query = self.subquery()
        if self.token.upper in {"UNION", "EXCEPT", "INTERSECT"}:
            self.at = start
            return self.query()
        self.options()
        return query

    def update(self) -> n.Statement:
        self.expect("UPDATE")
        target = self.name()
        self.expect("SET")
        changes = self.separated(self._change)
        source = self._from() if self.take("FROM") else None
        where = self.condition() if self.take("WHERE") else None
        self.options()
        return n.Update(target, changes, source, where)

    def _change(self) -> tuple[str, n.Expr]:
        name = self.name()
        op = self.token.upper
        if op in COMPOUND:
            self.next()
            return name.last, n.Binary(op[0], n.Column(name), self.value())
        self.expect("=")
        return name.last, self.value()

    def delete(self) -> n.Statement:
        self.expect("DELETE")
        self.take("FROM")
        target = self.name()
        source = self._from() if self.take("FROM") else None
        where = self.condition() if self.take("WHERE") else None
        self.options()
        return n.Delete(target, source, where)

    def truncate(self) -> n.Statement:
        self.expect("TRUNCATE", "TABLE")
        return n.Truncate(self.name())

    def merge(self) -> n.Statement:
        self.expect("MERGE")
        self.take("INTO")
        target = self.name()
        alias = None if self.peek("USING") else self._alias()
        self.expect("USING")
        source = self._source()
        self.expect("ON")
        on = self.condition()
        clauses = [self._merge_clause()]
        while self.peek("WHEN"):
            clauses.append(self._merge_clause())
        self.options()
        if not self.take(";"):
            raise SqlError(10713, "A MERGE statement must be terminated by a semi-colon (;).", 15)
        return n.Merge(target, alias, source, on, tuple(clauses))

    def _merge_clause(self) -> n.MergeClause:
        self.expect("WHEN")
        when = "MATCHED"
        if self.take("NOT", "MATCHED"):
            when = "NOT MATCHED BY SOURCE" if self.take("BY", "SOURCE") else "NOT MATCHED"
            if when == "NOT MATCHED":
                self.take("BY", "TARGET")
        else:
            self.expect("MATCHED")
        test = self.condition() if self.take("AND") else None
        self.expect("THEN")
        return self._merge_action(when, test)

    def _merge_action(self, when: str, test: n.Expr | None) -> n.MergeClause:
        if when == "NOT MATCHED":
            self.expect("INSERT")
            columns = self._column_list()
            self.expect("VALUES")
            return n.MergeClause(when, test, "INSERT", columns, self.listed(self.value))
        if self.take("DELETE"):
            return n.MergeClause(when, test, "DELETE", (), ())
        self.expect("UPDATE", "SET")
        changes = self.separated(self._change)
        names, values = tuple(name for name, _ in changes), tuple(value for _, value in changes)
        return n.MergeClause(when, test, "UPDATE", names, values)


def _variables(body: n.Body) -> tuple[str, ...]:
    """The variables that a SELECT gives values to. Raises SqlError 141 beside other columns, 10734 in a UNION."""
    waiting, items = [body], list[n.Item]()
    while waiting:  # a chain of UNION ALL is as deep as it is long
        part = waiting.pop()
        if isinstance(part, n.SetOperation):
            waiting += [part.left, part.right]
        else:
            items += part.items
    names = tuple(item.variable for item in items if item.variable is not None)
    if names and isinstance(body, n.SetOperation):
        text = "Variable assignment is not allowed in a statement containing a top level UNION, INTERSECT or EXCEPT"
        raise SqlError(10734, f"{text} operator.", 15)
    if names and len(names) < len(items):
        raise _retrieving()
    return names


def _retrieving() -> SqlError:
    text = "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations."
    return SqlError(141, text, 15)
