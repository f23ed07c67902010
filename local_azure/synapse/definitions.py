"""CREATE, ALTER, DROP, RENAME, GRANT: the statements that change the catalogue, run in one transaction each.

Source: Microsoft Learn, the page of each statement for Azure Synapse Analytics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from local_azure.synapse import (
    constraints,
    drops,
    external_objects,
    identities,
    indexes,
    loading,
    masks,
    partitions,
    principals,
    security_policies,
    slots,
    statistics,
    user_functions,
)
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, assign, ident
from local_azure.synapse.catalog import (
    SYSTEM_SCHEMAS,
    Catalog,
    ColumnInfo,
    Names,
    NewObject,
    ObjectInfo,
    check_columns,
    next_id,
    schema_ident,
    table_ident,
)  # fmt: skip
from local_azure.synapse.changes import altered_table, assigned
from local_azure.synapse.errors import (
    SqlError,
    already_there,
    invalid_column,
    invalid_object,
    name_in_use,
    nameless,
    not_local,
    unsupported,
)
from local_azure.synapse.queries import QueryBinder
from local_azure.synapse.scope import BoundQuery, Scope
from local_azure.synapse.sqltypes import MAX, SqlType

if TYPE_CHECKING:
    import duckdb


@dataclass
class Definer:
    """What a definition needs: the session's connection in a transaction, the names, a binder.

    `temporary` is the session's own #tables, changed in place.
    """

    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    names: Names
    binder: QueryBinder
    temporary: dict[str, ObjectInfo]
    parameters: Callable[[set[str]], dict[str, Any]]  # the values of the DuckDB parameters named

    def run(self, statement: n.Statement) -> int | None:
        """Carry out a definition; returns the rows written by CTAS and COPY INTO, else None."""
        return _DEFINITIONS[type(statement)](self, statement)

    # Tables

    def create_table(self, statement: n.CreateTable) -> None:
        self.names.require_free(statement.name)
        columns = tuple(self.column_info(c) for c in statement.columns)
        check_columns(statement.name.last, columns)
        _check_identity(statement.name.last, columns)
        _check_options(statement.options, columns)
        self._make_table(statement.name, columns, statement.options)
        for constraint in statement.constraints:
            constraints.add(self, self.names_now().get(statement.name), constraint)

    def column_info(self, column: n.ColumnDef) -> ColumnInfo:
        default = None if column.default is None else self.constant(column.default, column.type)
        if column.mask is not None:
            masks.check(column.mask, column.name, column.type)
        return ColumnInfo(column.name, column.type, column.nullable, column.identity, default, column.mask)

    def constant(self, value: n.Expr, type_: SqlType) -> str:
        """A default as DuckDB's text in the type of its column."""
        bound = self.binder.value(value, Scope())
        return assign(bound.sql, bound.type, type_)

    def names_now(self) -> Names:
        """The names as this transaction has changed them."""
        return Names(self.catalog, self.catalog.snapshot(self.connection), self.temporary)

    def _make_table(self, name: n.Name, columns: tuple[ColumnInfo, ...], options: n.TableOptions) -> str:
        """Create the DuckDB table and its catalogue entry; returns its DuckDB name."""
        if name.last.startswith("##"):
            raise unsupported("A global temporary table")
        if name.last.startswith("#"):
            return self._make_temporary(name.last, columns, options)
        schema_id, schema = self.names.schema_of(name)
        if schema.lower() in SYSTEM_SCHEMAS:
            raise SqlError(
                2760,
                f'The specified schema name "{schema}" either does not exist or you do not have permission to use it.',
            )
        duckdb_name = table_ident(schema, name.last)
        self.connection.execute(f"CREATE TABLE {duckdb_name} ({self._duckdb_columns(columns)})")
        info = NewObject(
            schema_id,
            name.last,
            "U",
            columns,
            options=self._table_options(columns, options),
        )
        object_id = self.catalog.add_object(self.connection, info)
        index = "ClusteredIndex" if options.index != "HEAP" else None
        named = f"{index}_{object_id:032x}" if index else None
        indexes.record(self, object_id, named, options.index, options.index_columns)
        return duckdb_name

    def _table_options(self, columns: tuple[ColumnInfo, ...], options: n.TableOptions) -> dict[str, Any]:
        found: dict[str, Any] = {"distribution": options.distribution, "hash": options.hash_columns}
        if options.partition is not None:
            found["partition"] = partitions.made(self, options.partition, columns).to_json()
        return found

    def _make_temporary(self, name: str, columns: tuple[ColumnInfo, ...], options: n.TableOptions) -> str:
        if options.distribution == "REPLICATE":
            raise unsupported("A replicated temporary table")
        duckdb_name = f"temp.main.{ident(name.lower())}"
        self.connection.execute(f"CREATE TEMP TABLE {ident(name.lower())} ({self._duckdb_columns(columns)})")
        self.temporary[name.lower()] = ObjectInfo(
            -1000 - len(self.temporary), "dbo", name, "U", columns,
            options={"distribution": options.distribution, "hash": options.hash_columns}, duckdb_name=duckdb_name,
        )  # fmt: skip
        return duckdb_name

    def _duckdb_columns(self, columns: tuple[ColumnInfo, ...]) -> str:
        return ", ".join(self._duckdb_column(c) for c in columns)

    def _duckdb_column(self, column: ColumnInfo) -> str:
        text = f"{ident(column.name)} {column.type.stored}"
        if column.identity is not None:
            text += f" DEFAULT nextval('{self.sequence(*column.identity)}')"
        elif column.default is not None:
            text += f" DEFAULT {column.default}"
        return text if column.nullable else f"{text} NOT NULL"

    def sequence(self, seed: int, step: int) -> str:
        """A new sequence; returns its name."""
        name = f"{POOL}.identity_{next_id(self.connection)}"
        bounds = f"MINVALUE {min(seed, -(2**62))} MAXVALUE {2**62}"
        self.connection.execute(f"CREATE SEQUENCE {name} START {seed} INCREMENT {step} {bounds}")
        return name

    def create_table_as(self, statement: n.CreateTableAs) -> int:
        self.names.require_free(statement.name)
        bound = self._ctas_query(statement)
        columns = identities.columns_of(statement.query, bound)
        check_columns(statement.name.last, columns)
        _check_options(statement.options, columns)
        name = self._make_table(statement.name, columns, statement.options)
        identities.go_on(self, name, bound, columns)
        return self.fill(f"INSERT INTO {name} {assigned(bound, list(columns))}")

    def _ctas_query(self, statement: n.CreateTableAs) -> BoundQuery:
        bound = self.binder.shown(self.binder.query(statement.query, None))
        if statement.into and not all(c.name for c in bound.columns):
            raise nameless()
        return self.binder.named(bound, statement.columns, statement.name.last)

    def fill(self, sql: str) -> int:
        """Run what writes rows; returns how many."""
        row = self.connection.execute(sql, self.parameters(self.binder.used) or None).fetchone()
        return int(row[0]) if row else 0

    # Changes of tables

    def alter_table(self, statement: n.AlterTable) -> None:
        table = altered_table(self.binder, statement.name, 4902)
        actions: dict[str, Callable[[ObjectInfo, n.AlterTable], None]] = {
            "ADD": self._add_columns,
            "DROP COLUMN": self._drop_columns,
            "ALTER COLUMN": self._alter_column,
            "ADD CONSTRAINT": partial(constraints.alter, self),
            "DROP CONSTRAINT": partial(constraints.drop, self),
            "ADD MASKED": self._alter_mask,
            "DROP MASKED": self._alter_mask,
        }
        actions[statement.action](table, statement)

    def _alter_mask(self, table: ObjectInfo, statement: n.AlterTable) -> None:
        (name,) = statement.names
        old = table.column(name)
        if old is None:
            raise invalid_column(name)
        if statement.mask is None and old.mask is None:
            raise SqlError(16007, f"The column '{name}' does not have a data masking function.")
        if statement.mask is not None:
            masks.check(statement.mask, old.name, old.type)
        new = replace(old, mask=statement.mask)
        self.store_columns(table, tuple(new if c is old else c for c in table.columns))

    def store_columns(self, table: ObjectInfo, columns: tuple[ColumnInfo, ...]) -> None:
        check_columns(table.name, columns)
        self.catalog.set_columns(self.connection, table.object_id, columns)

    def _add_columns(self, table: ObjectInfo, statement: n.AlterTable) -> None:
        added = tuple(self.column_info(c) for c in statement.columns)
        self.store_columns(table, (*table.columns, *added))
        for column in added:
            if not column.nullable and column.default is None:
                raise SqlError(
                    4901,
                    (
                        "ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT "
                        f"definition specified. Column '{column.name}' cannot be added to non-empty table "
                        f"'{table.name}'."
                    ),
                )
            self._add_column(table, column)
        for constraint in statement.constraints:
            constraints.add(self, self.names_now().get(statement.name), constraint)

    def _add_column(self, table: ObjectInfo, column: ColumnInfo) -> None:
        """Rows that are there keep NULL where the column takes it, and get the default where not ("ALTER TABLE")."""
        if not column.nullable:
            return self._rewrite(table, (*table.columns, column))
        text = self._duckdb_column(ColumnInfo(column.name, column.type, True, column.identity))
        self.connection.execute(f"ALTER TABLE {table.duckdb_name} ADD COLUMN {text}")
        if column.default is not None:
            default = f"ALTER COLUMN {ident(column.name)} SET DEFAULT {column.default}"
            self.connection.execute(f"ALTER TABLE {table.duckdb_name} {default}")
        return None

    def _rewrite(self, table: ObjectInfo, columns: tuple[ColumnInfo, ...]) -> None:
        """The table anew, with a column more: DuckDB neither fills nor constrains one in the same transaction."""
        kept = ", ".join(ident(c.name) for c in table.columns)
        self.connection.execute(f"CREATE TEMP TABLE rewritten AS SELECT {kept} FROM {table.duckdb_name}")
        self.connection.execute(f"DROP TABLE {table.duckdb_name}")
        self.connection.execute(f"CREATE TABLE {table.duckdb_name} ({self._duckdb_columns(columns)})")
        self.connection.execute(f"INSERT INTO {table.duckdb_name} ({kept}) SELECT {kept} FROM rewritten")
        self.connection.execute("DROP TABLE rewritten")

    def _drop_columns(self, table: ObjectInfo, statement: n.AlterTable) -> None:
        for name in statement.names:
            if table.column(name) is None:
                raise SqlError(
                    4924,
                    f"ALTER TABLE DROP COLUMN failed because column '{name}' does not exist in table '{table.name}'.",
                )
            self._refuse_distribution_column(table, name)
            self.connection.execute(f"ALTER TABLE {table.duckdb_name} DROP COLUMN {ident(name)}")
        gone = {name.lower() for name in statement.names}
        self.store_columns(table, tuple(c for c in table.columns if c.name.lower() not in gone))

    def _refuse_distribution_column(self, table: ObjectInfo, name: str) -> None:
        if name.lower() in {c.lower() for c in table.options.get("hash", [])}:
            raise SqlError(
                104318,
                f"Column '{name}' is the distribution column of table '{table.name}' and cannot be altered or dropped.",
            )

    def _alter_column(self, table: ObjectInfo, statement: n.AlterTable) -> None:
        (change,) = statement.columns
        old = table.column(change.name)
        if old is None:
            raise SqlError(
                4924,
                (
                    f"ALTER TABLE ALTER COLUMN failed because column '{change.name}' does not exist in table "
                    f"'{table.name}'."
                ),
            )
        self._refuse_distribution_column(table, change.name)
        new = replace(old, type=change.type, nullable=change.nullable)
        column = ident(old.name)
        converted = assign(column, old.type, new.type)
        self.connection.execute(
            f"ALTER TABLE {table.duckdb_name} ALTER {column} TYPE {new.type.duckdb} USING {converted}"
        )
        if old.nullable != new.nullable:
            word = "DROP" if new.nullable else "SET"
            self.connection.execute(f"ALTER TABLE {table.duckdb_name} ALTER {column} {word} NOT NULL")
        self.store_columns(table, tuple(new if c is old else c for c in table.columns))

    def rename(self, statement: n.Rename) -> None:
        found = self.names.get(statement.name)
        if found.kind not in {"U", "V", "E"}:
            raise invalid_object(str(statement.name))
        if statement.column is not None:
            return self._rename_column(found, statement.column, statement.new_name)
        if (found.schema.lower(), statement.new_name.lower()) in self.names.snapshot.objects:
            raise name_in_use(statement.new_name, "OBJECT")
        if found.kind == "U":
            self.connection.execute(f"ALTER TABLE {found.duckdb_name} RENAME TO {ident(statement.new_name)}")
        self.connection.execute(
            f"UPDATE {POOL}.objects SET name = ? WHERE object_id = ?", [statement.new_name, found.object_id]
        )
        self.catalog.touch(self.connection, found.object_id)
        return None

    def _rename_column(self, table: ObjectInfo, column: str, new: str) -> None:
        old = table.column(column)
        if old is None:
            raise invalid_column(column)
        self._refuse_distribution_column(table, column)
        if table.column(new) is not None:
            raise name_in_use(new, "COLUMN")
        columns = tuple(replace(c, name=new) if c is old else c for c in table.columns)
        self.store_columns(table, columns)
        named = f"UPDATE {POOL}.defaults SET column_name = ? WHERE parent_id = ? AND column_name = ?"
        self.connection.execute(named, [new, table.object_id, old.name])
        self.connection.execute(f"ALTER TABLE {table.duckdb_name} RENAME COLUMN {ident(old.name)} TO {ident(new)}")

    # Views

    def create_view(self, statement: n.CreateView) -> None:
        found = self.names.find(statement.name)
        if statement.alter and (found is None or found.kind != "V"):
            raise invalid_object(str(statement.name))
        if not statement.alter:
            self.names.require_free(statement.name)
        schema_id, _ = self.names.schema_of(statement.name)
        if statement.name.last.startswith("#"):
            raise SqlError(4103, "Temporary views are not allowed.", 15)
        columns = self._view_columns(statement)
        options = {"materialized": True} if statement.materialized else {}
        if not statement.alter or found is None:
            new = NewObject(schema_id, statement.name.last, "V", columns, statement.text, statement.body, options)
            self.catalog.add_object(self.connection, new)
            return
        self.catalog.redefine(self.connection, found.object_id, statement.text, statement.body, columns)

    def _view_columns(self, statement: n.CreateView) -> tuple[ColumnInfo, ...]:
        if statement.materialized:
            _check_materialized(statement)
        if any(table.name.last.startswith("#") for table in slots.tables(statement.query)):
            text = "Views or functions are not allowed on temporary tables. Table names that begin with '#' denote"
            raise SqlError(4508, f"{text} temporary tables.")
        bound = self.binder.query(statement.query, None)
        if any(name.startswith("v_") for name in self.binder.used):
            raise SqlError(4506, "Variables are not allowed in a view definition.")
        named = self.binder.named(bound, statement.columns, statement.name.last)
        return tuple(ColumnInfo(c.name, c.type, c.nullable) for c in named.columns)

    # Procedures and functions

    def create_routine(self, statement: n.CreateRoutine) -> None:
        """A function is bound now, a procedure's statements when they run ("Deferred name resolution")."""
        found = self.names.find(statement.name)
        if statement.alter and (found is None or found.kind != "P"):
            raise invalid_object(str(statement.name))
        if not statement.alter:
            self.names.require_free(statement.name)
        schema_id, _ = self.names.schema_of(statement.name)
        columns = self._function_columns(statement)
        new = NewObject(schema_id, statement.name.last, statement.kind, columns, statement.text, statement.text)
        if found is None:
            object_id = self.catalog.add_object(self.connection, new)
        else:
            object_id = found.object_id
            self.catalog.redefine(self.connection, object_id, statement.text, statement.text, columns)
        self.catalog.set_parameters(self.connection, object_id, statement)

    def _function_columns(self, statement: n.CreateRoutine) -> tuple[ColumnInfo, ...]:
        user_functions.check(self.binder, statement)
        if statement.query is None:
            return ()
        bound = user_functions.rows(self.binder, statement, user_functions.unknown(statement.parameters))
        return tuple(ColumnInfo(c.name, c.type, c.nullable) for c in bound.columns)

    # The rest

    def create_schema(self, statement: n.CreateSchema) -> None:
        if statement.name.lower() in self.names.snapshot.schemas:
            raise already_there(statement.name)
        row = self.connection.execute(f"SELECT greatest(max(schema_id), 4) + 1 FROM {POOL}.schemas").fetchone()
        self.connection.execute(f"CREATE SCHEMA {schema_ident(statement.name)}")
        self.connection.execute(f"INSERT INTO {POOL}.schemas VALUES (?, ?)", [statement.name, row[0] if row else 5])
        self.catalog.bump(self.connection)

    def rebuild(self, statement: n.Rebuild) -> None:
        table = self.names.get(statement.table)
        self.names.require("ALTER", table)
        if statement.index is not None and not statistics.is_index(self, table, statement.index):
            text = f"Cannot find index '{statement.index}'."
            raise SqlError(2727, text, 11)


_DEFINITIONS: dict[type, Callable[[Definer, Any], int | None]] = {
    n.CreateTable: Definer.create_table, n.CreateTableAs: Definer.create_table_as,
    n.CopyInto: loading.copy_into, n.CreateExternalAs: loading.external_table_as,
    n.PartitionChange: partitions.change, n.Switch: partitions.switch,
    n.AlterTable: Definer.alter_table, n.Rename: Definer.rename,
    n.CreateView: Definer.create_view, n.Drop: drops.drop, n.CreateSchema: Definer.create_schema,
    n.CreateIndex: indexes.create, n.Rebuild: Definer.rebuild,
    n.CreateStatistics: statistics.create, n.UpdateStatistics: statistics.update, n.Permission: principals.permission,
    n.CreatePrincipal: principals.create, n.Member: principals.member, n.SecurityPolicy: security_policies.define,
    n.CreateExternal: external_objects.create,
    n.CreateRoutine: Definer.create_routine,
}  # fmt: skip
DEFINITIONS = tuple(_DEFINITIONS)


def _check_options(options: n.TableOptions, columns: tuple[ColumnInfo, ...]) -> None:
    """The distribution column exists; a columnstore holds no (max) column ("CREATE TABLE", limitations)."""
    found = {c.name.lower(): c for c in columns}
    for name in (*options.hash_columns, *options.index_columns):
        if name.lower() not in found:
            raise invalid_column(name)
    if len(options.hash_columns) > 1:
        raise not_local("A multi-column distribution")
    for name in options.hash_columns:
        if found[name.lower()].identity is not None:
            raise SqlError(104338, f"An IDENTITY column '{name}' cannot be the distribution column.")
    wide = [c.name for c in columns if _is_large(c.type)]
    if wide and options.index == "CLUSTERED COLUMNSTORE":
        raise SqlError(
            35343,
            f"The statement failed. Column '{wide[0]}' has a data type that cannot participate in a columnstore index.",
        )


def _check_identity(table: str, columns: tuple[ColumnInfo, ...]) -> None:
    """One column, of int or bigint ("Using IDENTITY to create surrogate keys", limitations)."""
    found = [c for c in columns if c.identity is not None]
    for column in found:
        if column.type.name not in {"int", "bigint"}:
            text = f"Identity column '{column.name}' must be of data type int or bigint."
            raise SqlError(2749, text)
    if len(found) > 1:
        raise SqlError(2744, f"Multiple identity columns specified for table '{table}'. Only one is allowed.")


def _is_large(type_: SqlType) -> bool:
    return type_.length == MAX


def _check_materialized(statement: n.CreateView) -> None:
    """A materialized view aggregates, without DISTINCT, TOP, HAVING, outer joins or set operators."""
    body = statement.query.body
    plain = isinstance(body, n.Select) and bool(body.group) and not (body.distinct or body.top or body.having)
    if not plain or statement.query.ctes or statement.query.order:
        raise SqlError(
            104465,
            "Cannot create the materialized view because its SELECT is not a GROUP BY query of the documented form.",
        )
