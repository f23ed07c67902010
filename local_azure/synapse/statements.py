"""The allow-list of statements, and the splitter: batches carry no semicolons, a keyword begins a statement.

Source: Microsoft Learn, "T-SQL language elements supported for dedicated SQL pool" and the pages of each.
"""

from __future__ import annotations

from collections.abc import Callable

from local_azure.synapse import credentials, partition_parser, routine_parser, security_parser
from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError, not_local, unsupported
from local_azure.synapse.parser import QueryParser
from local_azure.synapse.sqltypes import SqlType

_NO_TABLE_FEATURES = {
    "FOREIGN": "FOREIGN KEY",
    "REFERENCES": "FOREIGN KEY",
    "CHECK": "A CHECK constraint",
    "SPARSE": "A sparse column",
}
_REFUSED_OBJECTS = {
    "TRIGGER": unsupported, "SEQUENCE": unsupported, "SYNONYM": unsupported, "TYPE": unsupported,
    "ASSEMBLY": unsupported, "RULE": unsupported, "XML": unsupported, "FULLTEXT": unsupported,
    "LOGIN": not_local, "WORKLOAD": not_local,
}  # fmt: skip
_SET_OPTIONS = {
    "NOCOUNT", "ANSI_NULLS", "ANSI_PADDING", "ANSI_WARNINGS", "ANSI_NULL_DFLT_ON", "ARITHABORT",
    "CONCAT_NULL_YIELDS_NULL", "QUOTED_IDENTIFIER", "XACT_ABORT", "CURSOR_CLOSE_ON_COMMIT",
    "IMPLICIT_TRANSACTIONS", "NUMERIC_ROUNDABORT", "TEXTSIZE", "LOCK_TIMEOUT", "LANGUAGE", "DATEFORMAT",
    "DATEFIRST", "FMTONLY", "NOEXEC", "ROWCOUNT", "ANSI_DEFAULTS", "RESULT_SET_CACHING",
}  # fmt: skip


class StatementParser(QueryParser):
    """Batches of statements."""

    def batch(self) -> tuple[n.Statement, ...]:
        """Every statement of the batch. Raises SqlError 103010 and the refusals; then nothing of it runs."""
        found: list[n.Statement] = []
        if self._at_procedure():
            found.append(self.procedure())
        while self.token.kind != "end":
            if not self.take(";"):
                self._require_semicolon(bool(found))
                found.append(self.statement())
        _refuse_company(found)
        return tuple(found)

    def rest(self) -> tuple[n.Statement, ...]:
        """The statements up to the end of the batch, which a procedure takes for its body."""
        body: list[n.Statement] = []
        while self.token.kind != "end":
            if not self.take(";"):
                self._require_semicolon(bool(body))
                body.extend(self._alone(self.statement()))
        return tuple(body)

    def _at_procedure(self) -> bool:
        """EXEC may be left out where a call begins its batch ("EXECUTE", remarks)."""
        words = [self.token.upper, self.ahead(2).upper if self.ahead().upper == "." else ""]
        return any(word.startswith("SP_") for word in words)

    def _require_semicolon(self, follows: bool) -> None:
        """319: the one place where a semicolon is needed, before a WITH that follows another statement."""
        if follows and self.peek("WITH") and self.tokens[self.at - 1].text != ";":
            text = "Incorrect syntax near the keyword 'with'. If this statement is a common table expression, an "
            text += "xmlnamespaces clause or a change tracking context clause, the previous statement must be "
            raise SqlError(319, text + "terminated with a semicolon.", 15, line=self.token.line)

    def statement(self) -> n.Statement:
        word = self.token.upper
        reader = _STATEMENTS.get(word)
        if reader is None:
            raise self.token.error()
        return reader(self)

    # Queries and changes of rows

    def select(self) -> n.Statement:
        """A query, or SELECT ... INTO, which is a table made of it ("SELECT - INTO")."""
        self.takes_into, self.into = True, None
        query = self.query()
        self.takes_into = False
        if self.into is not None:
            return n.CreateTableAs(self.into, (), n.TableOptions("ROUND_ROBIN"), query)
        return n.SelectStatement(query)

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
        if op in {"+=", "-=", "*=", "/=", "%="}:
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

    # Definitions

    def create(self) -> n.Statement:
        self.expect("CREATE")
        word = self.token.upper
        if self.take("OR"):
            raise self.token.error()
        if word in _REFUSED_OBJECTS:
            raise _REFUSED_OBJECTS[word](f"CREATE {word}")
        reader = _CREATES.get(word)
        if reader is None:
            raise self.token.error()
        return reader(self)

    def create_table(self) -> n.Statement:
        self.expect("TABLE")
        name = self.name()
        if not self.peek("("):
            return self._create_table_as(name, ())
        if self._is_name_list():
            return self._create_table_as(name, self.listed(self.identifier))
        columns, constraints = self._table_elements()
        options = self.table_options() if self.take("WITH") else n.TableOptions("ROUND_ROBIN")
        return n.CreateTable(name, columns, constraints, options)

    def _is_name_list(self) -> bool:
        return self.ahead(2).upper in {",", ")"}

    def _create_table_as(self, name: n.Name, columns: tuple[str, ...]) -> n.Statement:
        if not self.take("WITH"):
            raise self.token.error()
        options = self.table_options(required=True)
        self.expect("AS")
        if self._at_subquery():
            query = self.subquery()
            self.options()
        else:
            query = self.query()
        return n.CreateTableAs(name, columns, options, query)

    def table_options(self, *, required: bool = False) -> n.TableOptions:
        """WITH ( DISTRIBUTION = ..., index ): `required` for CTAS, whose distribution has no default."""
        self.expect("(")
        distribution = ""
        hashed: tuple[str, ...] = ()
        index: tuple[str, tuple[str, ...]] = ("CLUSTERED COLUMNSTORE", ())
        partition: n.Partition | None = None
        while not self.take(")"):
            if self.take("DISTRIBUTION", "="):
                distribution, hashed = self._distribution()
            elif self.take("FOR_APPEND"):  # which a materialized view with MIN or MAX names
                pass
            elif self.peek("PARTITION"):
                partition = partition_parser.option(self)
            else:
                index = self._index_option()
            if not self.peek(")"):
                self.expect(",")
        if required and not distribution:
            raise SqlError(
                104329, "The DISTRIBUTION option must be explicitly specified in a CREATE TABLE AS SELECT statement."
            )
        return n.TableOptions(distribution or "ROUND_ROBIN", hashed, *index, partition)

    def _distribution(self) -> tuple[str, tuple[str, ...]]:
        kind = self.one_of({"HASH", "ROUND_ROBIN", "REPLICATE"})
        return kind, self.listed(self.identifier) if kind == "HASH" else ()

    def _index_option(self) -> tuple[str, tuple[str, ...]]:
        if self.take("HEAP"):
            return "HEAP", ()
        self.expect("CLUSTERED")
        if self.take("COLUMNSTORE", "INDEX"):
            return "CLUSTERED COLUMNSTORE", self.listed(self.identifier) if self.take("ORDER") else ()
        self.expect("INDEX")
        return "CLUSTERED", self._index_columns()

    def _index_columns(self) -> tuple[str, ...]:
        return self.listed(self._index_column)

    def _index_column(self) -> str:
        name = self.identifier()
        if not self.take("DESC"):
            self.take("ASC")
        return name

    def _table_elements(self) -> tuple[tuple[n.ColumnDef, ...], tuple[n.Constraint, ...]]:
        columns: list[n.ColumnDef] = []
        constraints: list[n.Constraint] = []
        self.expect("(")
        while True:
            if self.token.upper in {"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"}:
                constraints.append(self.constraint())
            else:
                columns.append(self.column_def(constraints))
            if not self.take(","):
                break
        self.expect(")")
        return tuple(columns), tuple(constraints)

    def column_def(self, constraints: list[n.Constraint] | None = None) -> n.ColumnDef:
        """name type [COLLATE] [NULL | NOT NULL] [IDENTITY] [DEFAULT constant] [key NOT ENFORCED]."""
        name = self.identifier()
        if self.peek("AS"):
            raise unsupported("A computed column")
        type_ = self.data_type()
        nullable, default, identity, mask = True, None, None, None
        while (word := self.token.upper) not in {",", ")", ";", ""} and word in _COLUMN_WORDS:
            if word in _NO_TABLE_FEATURES:
                raise unsupported(_NO_TABLE_FEATURES[word])
            if self.take("COLLATE"):
                self._collation()
            elif self.take("NOT", "NULL"):
                nullable = False
            elif self.take("NULL"):
                nullable = True
            elif self.take("IDENTITY"):
                identity = self._identity()
            elif self.take("DEFAULT"):
                default = self._default()
            elif self.take("MASKED"):
                mask = security_parser.mask(self)
            else:
                self._inline_constraint(name, constraints)
        return n.ColumnDef(name, type_, nullable, default, identity, mask)

    def _identity(self) -> tuple[int, int]:
        if not self.peek("("):
            return 1, 1
        seed, step = self.listed(self.integer)
        return seed, step

    def _default(self) -> n.Expr:
        """A pool takes literals and constants only ("CREATE TABLE", DEFAULT constant_expression)."""
        found = self.value()
        inner = found.operand if isinstance(found, n.Unary) else found
        if not isinstance(inner, n.Literal):
            raise SqlError(
                104338, "Only literals and constants can be the default of a column in a dedicated SQL pool."
            )
        return found

    def _inline_constraint(self, column: str, constraints: list[n.Constraint] | None) -> None:
        name = self.identifier() if self.take("CONSTRAINT") else None
        if self.take("DEFAULT"):
            raise not_local("A named DEFAULT constraint")
        found = self._key(name, (column,))
        if constraints is not None:
            constraints.append(found)

    def constraint(self) -> n.Constraint:
        name = self.identifier() if self.take("CONSTRAINT") else None
        if self.token.upper in _NO_TABLE_FEATURES:
            raise unsupported(_NO_TABLE_FEATURES[self.token.upper])
        return self._key(name, ())

    def _key(self, name: str | None, columns: tuple[str, ...]) -> n.Constraint:
        """PRIMARY KEY NONCLUSTERED NOT ENFORCED | UNIQUE NOT ENFORCED: nothing else ("Table constraints")."""
        if self.token.upper in _NO_TABLE_FEATURES:
            raise unsupported(_NO_TABLE_FEATURES[self.token.upper])
        kind = "PRIMARY KEY" if self.take("PRIMARY", "KEY") else "UNIQUE"
        if kind == "UNIQUE":
            self.expect("UNIQUE")
        nonclustered = self.take("NONCLUSTERED")
        columns = columns or self._index_columns()
        enforced = not self.take("NOT", "ENFORCED")
        if enforced or (kind == "PRIMARY KEY" and not nonclustered):
            raise SqlError(104469, f"An enforced {kind} constraint is not supported; write it NOT ENFORCED.")
        return n.Constraint(name, kind, columns)

    def create_view(self, *, alter: bool = False) -> n.Statement:
        begin = self.tokens[self.at - 1].start
        self.expect("VIEW")
        name = self.name()
        columns = self.listed(self.identifier) if self.peek("(") else ()
        if self.take("WITH"):
            raise unsupported("A view option (SCHEMABINDING, ENCRYPTION)")
        self.expect("AS")
        return self._view_body(name, columns, begin, alter, None)

    def _view_body(
        self, name: n.Name, columns: tuple[str, ...], begin: int, alter: bool, options: n.TableOptions | None
    ) -> n.Statement:
        start = self.token.start
        query = self.bracketed_query()
        end = self.tokens[self.at - 1].end
        if self.take("WITH"):
            raise unsupported("WITH CHECK OPTION")
        return n.CreateView(name, columns, query, self.text[begin:end], self.text[start:end], alter, options)

    def bracketed_query(self) -> n.Query:
        if not self._at_subquery():
            return self.query()
        start = self.at
        query = self.subquery()
        if self.token.upper in {"UNION", "EXCEPT", "INTERSECT", "ORDER"}:
            self.at = start
            return self.query()
        return query

    def create_materialized_view(self) -> n.Statement:
        begin = self.tokens[self.at - 1].start
        self.expect("MATERIALIZED", "VIEW")
        name = self.name()
        self.expect("WITH")
        options = self.table_options(required=True)
        self.expect("AS")
        return self._view_body(name, (), begin, False, options)

    def create_schema(self) -> n.Statement:
        self.expect("SCHEMA")
        name = self.identifier()
        if self.take("AUTHORIZATION"):
            self.identifier()
        return n.CreateSchema(name)

    def create_index(self) -> n.Statement:
        unique = self.take("UNIQUE")
        kind = "CLUSTERED" if self.take("CLUSTERED") else "NONCLUSTERED"
        if unique:
            raise unsupported("A unique index")
        if kind == "NONCLUSTERED":
            self.take("NONCLUSTERED")
        if self.take("COLUMNSTORE"):
            kind += " COLUMNSTORE"
        self.expect("INDEX")
        name = self.identifier()
        self.expect("ON")
        table = self.name()
        columns = self._index_columns() if self.peek("(") else ()
        return n.CreateIndex(name, table, columns, kind)

    def create_statistics(self) -> n.Statement:
        self.expect("STATISTICS")
        self.identifier()
        self.expect("ON")
        table = self.name()
        columns = self.listed(self.identifier)
        if self.take("WITH") and not self.take("FULLSCAN"):
            self.expect("SAMPLE")
            self.integer()
            self.expect("PERCENT")
        return n.Statistics(table, columns)

    def update_statistics(self) -> n.Statement:
        self.expect("UPDATE", "STATISTICS")
        table = self.name()
        if self.peek("("):
            self.listed(self.identifier)
        if self.take("WITH"):
            self._sample()
        return n.Statistics(table, ())

    def _sample(self) -> None:
        if self.one_of({"FULLSCAN", "RESAMPLE", "SAMPLE"}) == "SAMPLE":
            self.integer()
            self.expect("PERCENT")

    def create_principal(self) -> n.Statement:
        kind = self.one_of({"USER", "ROLE"})
        name = self.identifier()
        if self.take("FROM"):
            self.expect("EXTERNAL", "PROVIDER")
        elif self.take("WITHOUT"):
            self.expect("LOGIN")
        elif self.take("FOR"):
            self.expect("LOGIN")
            self.identifier()
        return n.CreatePrincipal(name, kind)

    def create_external(self) -> n.Statement:
        self.expect("EXTERNAL")
        if self.take("DATA", "SOURCE"):
            return n.CreateExternal("DATA SOURCE", self.name(), self._options())
        if self.take("FILE", "FORMAT"):
            return n.CreateExternal("FILE FORMAT", self.name(), self._options())
        self.expect("TABLE")
        name = self.name()
        if self.peek("WITH") or self._is_name_list():
            return self._create_external_as(name)
        columns, _ = self._table_elements()
        return n.CreateExternal("TABLE", name, self._options(), columns)

    def _create_external_as(self, name: n.Name) -> n.Statement:
        columns = self.listed(self.identifier) if self.peek("(") else ()
        options = self._options()
        self.expect("AS")
        return n.CreateExternalAs(name, columns, options, self.bracketed_query())

    def _options(self) -> dict[str, str]:
        self.expect("WITH", "(")
        found: dict[str, str] = {}
        while not self.take(")"):
            key = self.next().text.upper()
            self.expect("=")
            found[key] = self._option_value()
            if not self.peek(")"):
                self.expect(",")
        return found

    def _option_value(self) -> str:
        if self.take("("):  # CREDENTIAL = (IDENTITY = ..., SECRET = ...), which the folders do not ask for
            while not self.take(")"):
                self.next()
            return ""
        value = self.next()
        if value.upper in {"(", ")", ",", "="} or value.kind == "end":
            raise value.error()
        return value.text

    def drop(self) -> n.Statement:
        self.expect("DROP")
        if self.token.upper in {"TRIGGER", "DATABASE", "LOGIN"}:
            raise not_local(f"DROP {self.token.upper}")
        kind = self._drop_kind()
        name = self.name()  # a pool's DROP takes neither IF EXISTS nor a list
        if kind == "INDEX" and self.take("ON"):
            name = n.Name((*self.name().parts, name.last), name.token)
        return n.Drop(kind, name)

    def _drop_kind(self) -> str:
        if not self.take("EXTERNAL"):
            if self.take("PROC"):
                return "PROCEDURE"
            if self.take("SECURITY", "POLICY"):
                return "SECURITY POLICY"
            return self.one_of(_DROPPED)
        if self.take("DATA", "SOURCE"):
            return "EXTERNAL DATA SOURCE"
        if self.take("FILE", "FORMAT"):
            return "EXTERNAL FILE FORMAT"
        self.expect("TABLE")
        return "EXTERNAL TABLE"

    def rename(self) -> n.Statement:
        self.expect("RENAME", "OBJECT")
        if self.take(":"):
            self.expect(":")
        name = self.name()
        column = self.identifier() if self.take("COLUMN") else None
        self.expect("TO")
        return n.Rename(name, self.identifier(), column)

    def alter(self) -> n.Statement:
        self.expect("ALTER")
        if self.peek("VIEW"):
            return self.create_view(alter=True)
        if self.peek("PROC") or self.peek("PROCEDURE"):
            return routine_parser.procedure(self, alter=True)
        if self.peek("SECURITY"):
            return security_parser.security_policy(self, action="ALTER")
        if self.peek("ROLE"):
            return security_parser.alter_role(self)
        if self.take("INDEX"):
            return self._alter_index()
        if self.take("MATERIALIZED", "VIEW"):
            view = self.name()
            self.one_of({"REBUILD", "DISABLE"})
            return n.Statistics(view, ())
        if self.peek("DATABASE") or self.peek("SCHEMA"):
            raise not_local(f"ALTER {self.token.upper}")
        self.expect("TABLE")
        name = self.name()
        return self._alter_action(name)

    def _alter_action(self, name: n.Name) -> n.Statement:
        if self.token.upper in {"SPLIT", "MERGE", "SWITCH"}:
            return partition_parser.change(self, name)
        if self.take("ADD"):
            if self.token.upper in {"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"}:
                return n.AlterTable(name, "ADD CONSTRAINT", constraint=self.constraint())
            return n.AlterTable(name, "ADD", columns=self.separated(self.column_def))
        if self.take("ALTER", "COLUMN"):
            if self.ahead().upper in {"ADD", "DROP"} and self.ahead(2).upper == "MASKED":
                return self._alter_mask(name)
            return n.AlterTable(name, "ALTER COLUMN", columns=(self.column_def(),))
        if self.take("DROP", "COLUMN"):
            return n.AlterTable(name, "DROP COLUMN", names=self.separated(self.identifier))
        if self.take("DROP", "CONSTRAINT"):
            return n.AlterTable(name, "DROP CONSTRAINT", names=(self.identifier(),))
        raise self.token.error()

    def _alter_index(self) -> n.Statement:
        """ALTER INDEX {name | ALL} ON table {REBUILD | REORGANIZE} [PARTITION = n]: checked, then nothing."""
        if not self.take("ALL"):
            self.identifier()
        self.expect("ON")
        table = self.name()
        self.one_of({"REBUILD", "REORGANIZE"})
        if self.take("PARTITION", "=") and not self.take("ALL"):
            self.integer()
        if self.peek("WITH"):
            self._options()
        return n.Statistics(table, ())

    def _alter_mask(self, name: n.Name) -> n.Statement:
        column = self.identifier()
        action = self.next().upper
        self.expect("MASKED")
        mask = security_parser.mask(self) if action == "ADD" else None
        return n.AlterTable(name, f"{action} MASKED", names=(column,), mask=mask)

    def permission(self) -> n.Statement:
        action = self.one_of({"GRANT", "REVOKE", "DENY"})
        privileges = self.separated(self._privilege)
        securable, class_ = None, "DATABASE"
        columns = self.listed(self.identifier) if self.peek("(") else ()
        if self.take("ON"):
            class_ = self._securable_class()
            securable = self.name()
            columns = columns or (self.listed(self.identifier) if self.peek("(") else ())
        self.one_of({"TO", "FROM"})
        principals = self.separated(self._principal)
        self.take("WITH", "GRANT", "OPTION")
        self.take("CASCADE")
        return n.Permission(action, privileges, securable, class_, principals, columns)

    def _securable_class(self) -> str:
        for word in ("SCHEMA", "OBJECT", "DATABASE"):
            if self.take(word, ":", ":"):
                return word
        return "OBJECT"

    def _privilege(self) -> str:
        words = [self.next().upper]
        while self.token.kind == "word" and self.token.upper not in {"ON", "TO", "FROM"} and not self.peek("("):
            words.append(self.next().upper)
        if not words[0]:
            raise self.token.error()
        return " ".join(words)

    def _principal(self) -> str:
        return self.next().text if self.token.upper == "PUBLIC" else self.identifier()

    def copy_into(self) -> n.Statement:
        self.expect("COPY", "INTO")
        table = self.name()
        columns = self.listed(self._copy_column) if self.peek("(") else ()
        self.expect("FROM")
        locations = self.separated(self.string)
        return n.CopyInto(table, columns, locations, self._options() if self.peek("WITH") else {})

    def _copy_column(self) -> n.CopyColumn:
        name = self.identifier()
        default = self.value() if self.take("DEFAULT") else None
        return n.CopyColumn(name, default, self.integer() if self.token.kind == "number" else 0)

    # Control of flow and the session

    def if_(self) -> n.Statement:
        self.expect("IF")
        test = self.condition()
        then = self._body()
        at = self.at
        self.take(";")
        if self.take("ELSE"):
            return n.If(test, then, self._body())
        self.at = at
        return n.If(test, then, ())

    def _body(self) -> tuple[n.Statement, ...]:
        return self._alone(self.statement())

    def _alone(self, statement: n.Statement) -> tuple[n.Statement, ...]:
        """Error 156 for a statement that must begin a batch and stands in a block."""
        if isinstance(statement, n.CreateView | n.CreateSchema | n.CreateRoutine):
            raise SqlError(156, f"Incorrect syntax near the keyword '{_noun(statement)}'.", 15)
        return statement.body if isinstance(statement, n.Block) else (statement,)

    def while_(self) -> n.Statement:
        self.expect("WHILE")
        test = self.condition()
        self.loops += 1
        body = self._body()
        self.loops -= 1
        return n.While(test, body)

    def leave(self) -> n.Statement:
        """BREAK or CONTINUE. Raises SqlError 135 or 136 outside a loop."""
        word = self.next().upper
        if not self.loops:
            text = f"Cannot use a {word} statement outside the scope of a WHILE statement."
            raise SqlError(135 if word == "BREAK" else 136, text, 15)
        return n.Leave(word)

    def begin(self) -> n.Statement:
        self.expect("BEGIN")
        if self.token.upper in {"TRAN", "TRANSACTION"}:
            return self._transaction("BEGIN")
        if self.take("TRY"):
            return self._try()
        if self.peek("END"):
            raise self.token.error()
        return n.Block(self.statements_to_end())

    def statements_to_end(self) -> tuple[n.Statement, ...]:
        """Statements up to END."""
        body: list[n.Statement] = []
        while not self.take("END"):
            if not self.take(";"):
                self._require_semicolon(bool(body))
                body.extend(self._alone(self.statement()))
        return tuple(body)

    def _try(self) -> n.Statement:
        """BEGIN TRY ... END TRY BEGIN CATCH ... END CATCH, one right behind the other ("TRY...CATCH")."""
        body = self.statements_to_end()
        self.expect("TRY")
        self.take(";")
        self.expect("BEGIN", "CATCH")
        handler = self.statements_to_end()
        self.expect("CATCH")
        return n.Try(body, handler)

    def _transaction(self, action: str) -> n.Statement:
        if not self.take("TRAN"):
            self.take("TRANSACTION")
        if self.is_name() and not self._starts_statement():
            self.identifier()
        return n.Transaction(action)

    def commit(self) -> n.Statement:
        self.next()
        self.take("WORK")
        return self._transaction("COMMIT")

    def rollback(self) -> n.Statement:
        self.next()
        self.take("WORK")
        return self._transaction("ROLLBACK")

    def declare(self) -> n.Statement:
        self.expect("DECLARE")
        return n.Declare(self.separated(self._variable))

    def _variable(self) -> tuple[str, SqlType, n.Expr | None]:
        if self.token.kind != "variable":
            raise unsupported("A cursor") if self.ahead().upper == "CURSOR" else self.token.error()
        name = self.next().text.lower()
        self.take("AS")
        type_ = self.data_type()
        return name, type_, self.value() if self.take("=") else None

    def set_(self) -> n.Statement:
        self.expect("SET")
        if self.token.kind == "variable":
            name = self.next().text.lower()
            if self.token.upper in {"+=", "-=", "*=", "/=", "%="}:
                op = self.next().upper[0]
                return n.SetVariable(name, n.Binary(op, n.Variable(name), self.value()))
            self.expect("=")
            return n.SetVariable(name, self.value())
        if self.take("IDENTITY_INSERT"):
            table = self.name()
            return n.IdentityInsert(table, self.one_of({"ON", "OFF"}) == "ON")
        if self.take("TRANSACTION", "ISOLATION", "LEVEL"):
            return self._isolation()
        options = self.separated(lambda: self.one_of(_SET_OPTIONS))
        return n.SetOption(options[0], self.next().text.upper() if options else "")

    def _isolation(self) -> n.Statement:
        words = [self.next().upper]
        while self.token.upper in {"UNCOMMITTED", "COMMITTED", "READ"}:
            words.append(self.next().upper)
        if words[0] != "READ":
            raise unsupported(f"SET TRANSACTION ISOLATION LEVEL {words[0]}")
        return n.SetOption("ISOLATION", " ".join(words))

    def exec_(self) -> n.Statement:
        self.next()
        if self.peek("AS"):
            return security_parser.execute_as(self)
        if self.take("("):
            text = self.value()
            self.expect(")")
            return n.ExecString(text)
        return self.procedure()

    def procedure(self) -> n.Statement:
        """A procedure's name and its arguments."""
        status = None
        if self.token.kind == "variable":
            status = self.next().text.lower()
            self.expect("=")
        name = self.name()
        args: tuple[n.Argument, ...] = ()
        if self.token.kind not in {"end"} and not self.peek(";") and self.token.upper not in _BEGINNINGS:
            args = self.separated(self._argument)
        return n.ExecProcedure(name, args, status)

    def _argument(self) -> n.Argument:
        name = None
        if self.token.kind == "variable" and self.ahead().upper == "=":
            name = self.next().text.lower()
            self.expect("=")
        if self.token.kind == "word" and self.token.upper != "NULL":
            return n.Argument(name, n.Literal("string", self.next().text))
        value = self.value()
        return n.Argument(name, value, self.take("OUTPUT") or self.take("OUT"))

    def print_(self) -> n.Statement:
        self.expect("PRINT")
        return n.Print(self.value())

    def throw(self) -> n.Statement:
        self.expect("THROW")
        if self.token.kind != "number":
            return n.Throw(0, None, 16, 1)
        number = self.integer()
        if number < 50000:
            text = f"Error number {number} in the THROW statement is outside the valid range. Specify an error number "
            raise SqlError(35100, text + "in the valid range of 50000 to 2147483647.")
        self.expect(",")
        message = self.value()
        self.expect(",")
        return n.Throw(number, message, 16, self.integer())

    def raiserror(self) -> n.Statement:
        self.expect("RAISERROR", "(")
        message = self.value()
        self.expect(",")
        severity = self.integer()
        self.expect(",")
        state = self.integer()
        args = self.separated(self.value) if self.take(",") else ()
        self.expect(")")
        return n.Throw(50000, message, severity, state, args)

    def return_(self) -> n.Statement:
        self.expect("RETURN")
        bare = self.token.kind == "end" or self.peek(";") or self.token.upper in _BEGINNINGS
        return n.Return(None if bare else self.value())

    def use(self) -> n.Statement:
        self.expect("USE")
        return n.Use(self.identifier())


def _refuse_company(statements: list[n.Statement]) -> None:
    """111: CREATE VIEW and CREATE SCHEMA are alone in their batch, which is why clients wrap them in EXEC."""
    if len(statements) < 2:
        return
    for statement in statements:
        if isinstance(statement, n.CreateView | n.CreateSchema | n.CreateRoutine):
            verb = "CREATE" if isinstance(statement, n.CreateSchema) or not statement.alter else "ALTER"
            raise SqlError(111, f"'{verb} {_noun(statement)}' must be the first statement in a query batch.", 15)


def _noun(statement: n.CreateView | n.CreateSchema | n.CreateRoutine) -> str:
    if isinstance(statement, n.CreateRoutine):
        return "PROCEDURE" if statement.kind == "P" else "FUNCTION"
    return "VIEW" if isinstance(statement, n.CreateView) else "SCHEMA"


def _elsewhere(parser: StatementParser) -> n.Statement:
    """A statement that a pool has and this endpoint lacks."""
    raise not_local(parser.token.upper)


_DROPPED = {"TABLE", "VIEW", "SCHEMA", "INDEX", "STATISTICS", "PROCEDURE", "FUNCTION", "USER", "ROLE"}
Reader = Callable[[StatementParser], n.Statement]
_COLUMN_WORDS = {
    "COLLATE", "NOT", "NULL", "IDENTITY", "DEFAULT", "CONSTRAINT", "PRIMARY", "UNIQUE", "REFERENCES", "CHECK",
    "FOREIGN", "SPARSE", "MASKED",
}  # fmt: skip
_P = StatementParser


def _database(parser: StatementParser) -> n.Statement:
    if parser.peek("DATABASE", "SCOPED"):
        return credentials.create_credential(parser)
    raise not_local("CREATE DATABASE")


_CREATES: dict[str, Reader] = {
    "TABLE": _P.create_table, "VIEW": _P.create_view, "MATERIALIZED": _P.create_materialized_view,
    "SCHEMA": _P.create_schema, "INDEX": _P.create_index, "CLUSTERED": _P.create_index,
    "NONCLUSTERED": _P.create_index, "UNIQUE": _P.create_index, "STATISTICS": _P.create_statistics,
    "USER": _P.create_principal, "ROLE": _P.create_principal, "EXTERNAL": _P.create_external,
    "SECURITY": security_parser.security_policy, "MASTER": credentials.create_master_key,
    "DATABASE": _database, "PROCEDURE": routine_parser.procedure,
    "PROC": routine_parser.procedure, "FUNCTION": routine_parser.function,
}  # fmt: skip


def _update(parser: StatementParser) -> n.Statement:
    return parser.update_statistics() if parser.peek("UPDATE", "STATISTICS") else parser.update()


_STATEMENTS: dict[str, Reader] = {
    "SELECT": _P.select, "(": _P.select, "WITH": _P.with_, "INSERT": _P.insert, "UPDATE": _update,
    **dict.fromkeys(("EXPLAIN", "KILL", "DBCC", "WAITFOR"), _elsewhere), "BREAK": _P.leave,
    "CONTINUE": _P.leave,
    "DELETE": _P.delete, "MERGE": _P.merge, "TRUNCATE": _P.truncate, "CREATE": _P.create, "DROP": _P.drop,
    "ALTER": _P.alter, "RENAME": _P.rename, "GRANT": _P.permission, "REVOKE": _P.permission,
    "DENY": _P.permission, "COPY": _P.copy_into, "IF": _P.if_, "WHILE": _P.while_, "BEGIN": _P.begin,
    "COMMIT": _P.commit, "ROLLBACK": _P.rollback, "DECLARE": _P.declare, "SET": _P.set_, "EXEC": _P.exec_,
    "EXECUTE": _P.exec_, "PRINT": _P.print_, "THROW": _P.throw, "RAISERROR": _P.raiserror, "USE": _P.use,
    "RETURN": _P.return_, "REVERT": security_parser.revert,
}  # fmt: skip
_BEGINNINGS = {*_STATEMENTS, "END", "ELSE"} - {"("}


def parse(text: str) -> tuple[n.Statement, ...]:
    """The statements of a batch. Raises SqlError where a dedicated pool refuses it."""
    return StatementParser(text).batch()
