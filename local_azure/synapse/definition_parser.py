"""Definitions: tables with their options and constraints, views, schemas, indexes, external objects, permissions.

Source: Microsoft Learn, the page of each with its syntax for Azure Synapse Analytics.
"""

from __future__ import annotations

from local_azure.synapse import nodes as n
from local_azure.synapse import partition_parser, security_parser
from local_azure.synapse.change_parser import ChangeParser
from local_azure.synapse.errors import SqlError, not_local, unsupported
from local_azure.synapse.permissions import PRIVILEGES

_NO_TABLE_FEATURES = {
    "FOREIGN": "FOREIGN KEY",
    "REFERENCES": "FOREIGN KEY",
    "CHECK": "A CHECK constraint",
    "SPARSE": "A sparse column",
}
_COLUMN_WORDS = {
    "COLLATE", "NOT", "NULL", "IDENTITY", "DEFAULT", "CONSTRAINT", "PRIMARY", "UNIQUE", "REFERENCES", "CHECK",
    "FOREIGN", "SPARSE", "MASKED",
}  # fmt: skip
_DROPPED = {"TABLE", "VIEW", "SCHEMA", "INDEX", "STATISTICS", "PROCEDURE", "FUNCTION", "USER", "ROLE"}


class DefinitionParser(ChangeParser):
    """Statements that change the catalogue, and COPY INTO."""

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
        seen: set[str] = set()
        while not self.take(")"):
            self._refuse_again(seen)
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

    def _refuse_again(self, seen: set[str]) -> None:
        """One distribution, one index and one partition: a second is a parse error."""
        kind = "INDEX" if self.token.upper in {"HEAP", "CLUSTERED"} else self.token.upper
        if kind in seen:
            raise self.token.error()
        seen.add(kind)

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
            elif self.take("MASKED"):
                mask = security_parser.mask(self)
            else:
                default = self._inline_constraint(name, constraints) or default
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

    def _inline_constraint(self, column: str, constraints: list[n.Constraint] | None) -> n.Expr | None:
        """A key, or a default, whose value is returned."""
        name = self.identifier() if self.take("CONSTRAINT") else None
        default = self._default() if self.take("DEFAULT") else None
        key = default is None
        found = self._key(name, (column,)) if key else n.Constraint(name, "DEFAULT", (column,), default, inline=True)
        if constraints is not None:
            constraints.append(found)
        return default

    def constraint(self) -> n.Constraint:
        name = self.identifier() if self.take("CONSTRAINT") else None
        if self.take("DEFAULT"):
            value = self._default()
            self.expect("FOR")
            return n.Constraint(name, "DEFAULT", (self.identifier(),), value)
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
        if kind.endswith("COLUMNSTORE") and self.take("ORDER"):
            columns = self.listed(self.identifier)
        options = self._options() if self.peek("WITH") else {}
        if unknown := options.keys() - {"DROP_EXISTING", "DATA_COMPRESSION"}:
            raise SqlError(102, f"Incorrect syntax near '{min(unknown)}'.", 15)
        return n.CreateIndex(name, table, columns, kind, options.get("DROP_EXISTING", "OFF").upper() == "ON")

    def create_statistics(self) -> n.Statement:
        self.expect("STATISTICS")
        name = self.identifier()
        self.expect("ON")
        table = self.name()
        columns = self.listed(self.identifier)
        if self.peek("WHERE"):
            raise not_local("Filtered statistics")
        if self.take("WITH") and not self.take("FULLSCAN"):
            self.expect("SAMPLE")
            self.integer()
            self.expect("PERCENT")
        return n.CreateStatistics(name, table, columns)

    def update_statistics(self) -> n.Statement:
        self.expect("UPDATE", "STATISTICS")
        table = self.name()
        names = self.listed(self.identifier) if self.peek("(") else ()
        if self.take("WITH"):
            self._sample()
        return n.UpdateStatistics(table, names)

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
        if kind == "USER" and self.take("WITH", "DEFAULT_SCHEMA", "="):
            self.identifier()
        if kind == "ROLE" and self.take("AUTHORIZATION"):
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
            if key == "FORMAT_OPTIONS":
                found |= self._pairs()
            else:
                self.expect("=")
                found[key] = self._option_value()
            if not self.peek(")"):
                self.expect(",")
        return found

    def _pairs(self) -> dict[str, str]:
        """FORMAT_OPTIONS ( name = value, ... )."""
        return dict(self.listed(self._pair))

    def _pair(self) -> tuple[str, str]:
        key = self.next().text.upper()
        self.expect("=")
        return key, self._option_value()

    def _option_value(self) -> str:
        if self.take("("):  # CREDENTIAL = (IDENTITY = ..., SECRET = ...): who reads; folders ask for no secret
            identity = ""
            while not self.take(")"):
                if self.take("IDENTITY", "="):
                    identity = self.token.text
                self.next()
            return identity
        value = self.next()
        if value.upper in {"(", ")", ",", "="} or value.kind == "end":
            raise value.error()
        return value.text

    def drop(self) -> n.Statement:
        self.expect("DROP")
        if self.token.upper in {"TRIGGER", "DATABASE", "LOGIN", "WORKLOAD"}:
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
        self.expect("TO")
        return n.Rename(name, self.identifier())

    def _alter_action(self, name: n.Name) -> n.Statement:
        if self.token.upper in {"SPLIT", "MERGE", "SWITCH"}:
            return partition_parser.change(self, name)
        if self.take("REBUILD"):
            return self._rebuilt(name)
        if self.take("ADD"):
            if self.token.upper in {"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "DEFAULT"}:
                return n.AlterTable(name, "ADD CONSTRAINT", constraint=self.constraint())
            named: list[n.Constraint] = []
            columns = self.separated(lambda: self.column_def(named))
            return n.AlterTable(name, "ADD", columns=columns, constraints=tuple(named))
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
        index = None if self.take("ALL") else self.identifier()
        self.expect("ON")
        table = self.name()
        self.one_of({"REBUILD", "REORGANIZE"})
        return self._rebuilt(table, index)

    def _rebuilt(self, table: n.Name, index: str | None = None) -> n.Statement:
        if self.take("PARTITION", "=") and not self.take("ALL"):
            self.integer()
        if self.peek("WITH"):
            self._options()
        return n.Rebuild(table, index)

    def _alter_mask(self, name: n.Name) -> n.Statement:
        column = self.identifier()
        action = self.next().upper
        self.expect("MASKED")
        mask = security_parser.mask(self) if action == "ADD" else None
        return n.AlterTable(name, f"{action} MASKED", names=(column,), mask=mask)

    def permission(self) -> n.Statement:
        action = self.one_of({"GRANT", "REVOKE", "DENY"})
        option = action == "REVOKE" and self.take("GRANT", "OPTION", "FOR")
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
        if self.take("AS"):
            self._principal()
        privileges = () if option else privileges  # who may grant on is not kept, so that nothing is taken back
        return n.Permission(action, privileges, securable, class_, principals, columns)

    def _securable_class(self) -> str:
        for word in ("SCHEMA", "OBJECT", "DATABASE"):
            if self.take(word, ":", ":"):
                return word
        if self.token.upper in {"LOGIN", "ROLE", "USER"} and self.ahead().upper == ":":
            raise not_local(f"A permission on a {self.token.upper}")
        return "OBJECT"

    def _privilege(self) -> str:
        words = [self.one_of(PRIVILEGES)]
        while self.token.kind == "word" and self.token.upper not in {"ON", "TO", "FROM"} and not self.peek("("):
            words.append(self.next().upper)
        return " ".join(words)

    def _principal(self) -> str:
        return self.next().text if self.token.upper == "PUBLIC" else self.identifier()

    def copy_into(self) -> n.Statement:
        self.expect("COPY", "INTO")
        table = self.name()
        columns = self.listed(self._copy_column) if self.peek("(") else ()
        self.expect("FROM")
        locations = self.separated(self.string)
        found = n.CopyInto(table, columns, locations, self._options() if self.peek("WITH") else {})
        self.options()
        return found

    def _copy_column(self) -> n.CopyColumn:
        name = self.identifier()
        default = self.value() if self.take("DEFAULT") else None
        return n.CopyColumn(name, default, self.integer() if self.token.kind == "number" else 0)
