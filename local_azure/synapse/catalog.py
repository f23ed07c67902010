"""The pool's catalogue: schemas, objects, columns, kept in DuckDB tables beside the data, so that one
transaction changes both, and read as a snapshot that binding a statement works against.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_azure.synapse import installed_views, permissions
from local_azure.synapse.casts import POOL, ident
from local_azure.synapse.errors import SqlError, already_there, invalid_object, no_such_view, not_permitted
from local_azure.synapse.nodes import CreateRoutine, Name, Parameter
from local_azure.synapse.permissions import OWNER, SYSTEM_ROLES, Rights
from local_azure.synapse.sqltypes import SqlType

if TYPE_CHECKING:
    import duckdb

ROUTINES = {"P", "FN", "IF", "SP"}
SYSTEM_SCHEMAS = {"sys": 4, "information_schema": 3}
_TABLES = f"""
CREATE TABLE IF NOT EXISTS {POOL}.version (value BIGINT);
CREATE SEQUENCE IF NOT EXISTS {POOL}.object_ids START 1000001;
CREATE TABLE IF NOT EXISTS {POOL}.schemas (name VARCHAR, schema_id INTEGER);
CREATE TABLE IF NOT EXISTS {POOL}.objects (
    object_id INTEGER, schema_id INTEGER, name VARCHAR, type VARCHAR, create_date TIMESTAMP,
    modify_date TIMESTAMP, definition VARCHAR, body VARCHAR, options JSON);
CREATE TABLE IF NOT EXISTS {POOL}.columns (
    object_id INTEGER, column_id INTEGER, name VARCHAR, type_name VARCHAR, length INTEGER,
    precision INTEGER, scale INTEGER, nullable BOOLEAN, identity_seed BIGINT, identity_step BIGINT,
    default_text VARCHAR);
CREATE TABLE IF NOT EXISTS {POOL}.parameters (
    object_id INTEGER, parameter_id INTEGER, name VARCHAR, type_name VARCHAR, length INTEGER, precision INTEGER,
    scale INTEGER, is_output BOOLEAN, has_default BOOLEAN);
CREATE TABLE IF NOT EXISTS {POOL}.defaults (parent_id INTEGER, column_name VARCHAR, name VARCHAR, written VARCHAR);
CREATE TABLE IF NOT EXISTS {POOL}.constraints (
    object_id INTEGER, parent_id INTEGER, name VARCHAR, kind VARCHAR, columns JSON);
CREATE TABLE IF NOT EXISTS {POOL}.indexes (object_id INTEGER, name VARCHAR, kind VARCHAR, columns JSON);
CREATE TABLE IF NOT EXISTS {POOL}.statistics (
    object_id INTEGER, stats_id INTEGER, name VARCHAR, columns JSON, updated TIMESTAMP, figures JSON);
CREATE TABLE IF NOT EXISTS {POOL}.external (kind VARCHAR, name VARCHAR, options JSON);
CREATE TABLE IF NOT EXISTS {POOL}.principals (principal_id INTEGER, name VARCHAR, type VARCHAR);
CREATE TABLE IF NOT EXISTS {POOL}.permissions (
    grantee VARCHAR, privilege VARCHAR, class VARCHAR, securable VARCHAR, state VARCHAR);
CREATE TABLE IF NOT EXISTS {POOL}.members (role VARCHAR, member VARCHAR);
ALTER TABLE {POOL}.columns ADD COLUMN IF NOT EXISTS mask VARCHAR;
"""


@dataclass(frozen=True)
class ColumnInfo:
    """A column of a table or view; `identity` is (seed, step)."""

    name: str
    type: SqlType
    nullable: bool = True
    identity: tuple[int, int] | None = None
    default: str | None = None  # DuckDB text
    mask: str | None = None


@dataclass(frozen=True)
class ObjectInfo:
    """A table (U), view (V), external table (E), procedure (P), scalar (FN) or inline function (IF).

    `body` is the SELECT of a view, the whole definition of a routine.
    """

    object_id: int
    schema: str
    name: str
    kind: str
    columns: tuple[ColumnInfo, ...]
    body: str = ""
    options: dict[str, Any] = field(default_factory=dict, compare=False)
    duckdb_name: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    def column(self, name: str) -> ColumnInfo | None:
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class Snapshot:
    """The catalogue at one version; keys are lower case."""

    version: int
    schemas: dict[str, tuple[int, str]]
    objects: dict[tuple[str, str], ObjectInfo]
    external: dict[tuple[str, str], dict[str, str]]

    def policies(self, table: ObjectInfo) -> list[tuple[ObjectInfo, str]]:
        """The enabled security policies over a table, each with its predicate's call."""
        return [
            (policy, policy.options["predicates"][str(table.object_id)])
            for policy in self.objects.values()
            if policy.kind == "SP"
            and policy.options["enabled"]
            and str(table.object_id) in policy.options["predicates"]
        ]

    def by_id(self, object_id: int) -> ObjectInfo | None:
        return next((o for o in self.objects.values() if o.object_id == object_id), None)


def schema_ident(schema: str) -> str:
    """A T-SQL schema's name in DuckDB: prefixed, so that no schema meets one of DuckDB's own."""
    return ident(f"u_{schema.lower()}")


def table_ident(schema: str, name: str) -> str:
    return f"{schema_ident(schema)}.{ident(name)}"


def install(connection: duckdb.DuckDBPyConnection, database: str, user: str) -> None:
    """Create what a new database lacks: the catalogue's tables, dbo, and the system views."""
    connection.execute(_TABLES)
    if not connection.execute(f"SELECT 1 FROM {POOL}.version").fetchall():
        connection.execute(f"INSERT INTO {POOL}.version VALUES (1)")
        connection.execute(f"INSERT INTO {POOL}.schemas VALUES ('dbo', 1), ('INFORMATION_SCHEMA', 3), ('sys', 4)")
        connection.execute(
            f"INSERT INTO {POOL}.principals VALUES (0, 'public', 'R'), (1, 'dbo', 'S'), (5, ?, 'S')", [user]
        )
    for number, role in enumerate(SYSTEM_ROLES):
        known = f"SELECT 1 FROM {POOL}.principals WHERE name = ?"
        insert = f"INSERT INTO {POOL}.principals SELECT ?, ?, 'R' WHERE NOT EXISTS ({known})"
        connection.execute(insert, [16384 + number, role, role])
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema_ident('dbo')}")
    installed_views.install(connection, database)


def next_id(connection: duckdb.DuckDBPyConnection) -> int:
    """An object_id that no other object has had."""
    row = connection.execute(f"SELECT nextval('{POOL}.object_ids')").fetchone()
    return int(row[0]) if row else 0


class Catalog:
    """Reads and changes the catalogue in a connection's current transaction."""

    def __init__(self, database: str) -> None:
        self.database = database
        self._cached: Snapshot | None = None

    def snapshot(self, connection: duckdb.DuckDBPyConnection) -> Snapshot:
        """The catalogue as this transaction sees it; read anew only when its version moved."""
        row = connection.execute(f"SELECT value FROM {POOL}.version").fetchone()
        version = int(row[0]) if row else 0
        cached = self._cached
        if cached is None or cached.version != version:
            cached = self._cached = load(connection, version)
        return cached

    def full_name(self, name: Name | str) -> tuple[str, str]:
        """(schema, object) of a name of up to three parts. Raises SqlError for another database or server."""
        parts = name.parts if isinstance(name, Name) else tuple(p.strip('[]"') for p in name.split("."))
        if len(parts) > 3:
            raise SqlError(104471, "A four-part (linked server) name is not supported in a dedicated SQL pool.")
        temporary = parts[0].lower() == "tempdb" and parts[-1].startswith("#")  # "Temporary tables in Synapse SQL"
        if len(parts) == 3 and parts[0] and parts[0].lower() != self.database.lower() and not temporary:
            text = (
                f"Reference to database and/or server name in '{'.'.join(parts)}' is not supported in this "
                "version of SQL Server."
            )
            raise SqlError(40515, text)
        schema = parts[-2] if len(parts) > 1 and parts[-2] else "dbo"
        return schema, parts[-1]

    def bump(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"UPDATE {POOL}.version SET value = value + 1")

    def add_object(self, connection: duckdb.DuckDBPyConnection, info: NewObject) -> int:
        """Record an object and its columns; returns its object_id."""
        object_id = next_id(connection)
        connection.execute(
            f"INSERT INTO {POOL}.objects VALUES (?, ?, ?, ?, now()::TIMESTAMP, now()::TIMESTAMP, ?, ?, ?)",
            [object_id, info.schema_id, info.name, info.kind, info.definition, info.body, json.dumps(info.options)],
        )
        self.set_columns(connection, object_id, info.columns)
        return object_id

    def set_columns(self, connection: duckdb.DuckDBPyConnection, object_id: int, columns: Iterable[ColumnInfo]) -> None:
        connection.execute(f"DELETE FROM {POOL}.columns WHERE object_id = ?", [object_id])
        for number, column in enumerate(columns, 1):
            t, (seed, step) = column.type, column.identity or (None, None)
            values = [object_id, number, column.name, t.name, t.length, t.precision, t.scale, column.nullable]
            connection.execute(
                f"INSERT INTO {POOL}.columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [*values, seed, step, column.default, column.mask],
            )
        self.touch(connection, object_id)

    def redefine(
        self,
        connection: duckdb.DuckDBPyConnection,
        object_id: int,
        definition: str,
        body: str,
        columns: Iterable[ColumnInfo],
    ) -> None:
        """What ALTER VIEW and ALTER PROCEDURE change."""
        values = [definition, body, object_id]
        connection.execute(f"UPDATE {POOL}.objects SET definition = ?, body = ? WHERE object_id = ?", values)
        self.set_columns(connection, object_id, columns)

    def set_options(self, connection: duckdb.DuckDBPyConnection, found: ObjectInfo, **options: object) -> None:
        """Some of an object's options; the others stay."""
        values = [json.dumps(found.options | options), found.object_id]
        connection.execute(f"UPDATE {POOL}.objects SET options = ? WHERE object_id = ?", values)
        self.touch(connection, found.object_id)

    def set_parameters(self, connection: duckdb.DuckDBPyConnection, object_id: int, routine: CreateRoutine) -> None:
        """The parameters of a routine; a scalar function's result is the nameless one, of number 0."""
        connection.execute(f"DELETE FROM {POOL}.parameters WHERE object_id = ?", [object_id])
        result = [(0, Parameter("", routine.returns, output=True))] if routine.returns else []
        for number, p in [*result, *enumerate(routine.parameters, 1)]:
            t = p.type
            values = [
                object_id,
                number,
                p.name,
                t.name,
                t.length,
                t.precision,
                t.scale,
                p.output,
                p.default is not None,
            ]
            connection.execute(f"INSERT INTO {POOL}.parameters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def touch(self, connection: duckdb.DuckDBPyConnection, object_id: int) -> None:
        connection.execute(f"UPDATE {POOL}.objects SET modify_date = now()::TIMESTAMP WHERE object_id = ?", [object_id])
        self.bump(connection)

    def remove_object(self, connection: duckdb.DuckDBPyConnection, object_id: int) -> None:
        for table in ("objects", "columns", "parameters", "indexes", "statistics", "constraints"):
            key = "parent_id" if table == "constraints" else "object_id"
            connection.execute(f"DELETE FROM {POOL}.{table} WHERE {key} = ?", [object_id])
        self.bump(connection)


@dataclass(frozen=True)
class NewObject:
    schema_id: int
    name: str
    kind: str
    columns: tuple[ColumnInfo, ...]
    definition: str = ""
    body: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def check_columns(table: str, columns: tuple[ColumnInfo, ...], *, external_table: bool = False) -> None:
    """Raises SqlError 2705 for a name given twice, 46518 for what an external table's column cannot have."""
    seen: set[str] = set()
    for column in columns:
        if column.name.lower() in seen:
            raise SqlError(
                2705,
                (
                    f"Column names in each table must be unique. Column name '{column.name}' in table '{table}' "
                    "is specified more than once."
                ),
            )
        seen.add(column.name.lower())
        if external_table and (column.identity or column.default):
            raise SqlError(46518, "An external table takes neither IDENTITY nor DEFAULT.")


def load(connection: duckdb.DuckDBPyConnection, version: int) -> Snapshot:
    """The catalogue as a transaction sees it."""
    schemas = {str(n).lower(): (int(i), str(n)) for n, i in _rows(connection, "SELECT name, schema_id FROM {}.schemas")}
    names = dict(schemas.values())
    columns = _load_columns(connection)
    objects = {}
    for object_id, schema_id, name, kind, body, options in _rows(
        connection, "SELECT object_id, schema_id, name, type, body, options FROM {}.objects"
    ):
        schema = names[schema_id]
        info = ObjectInfo(
            object_id, schema, name, kind, columns.get(object_id, ()), body, json.loads(options or "{}"),
            table_ident(schema, name),
        )  # fmt: skip
        objects[schema.lower(), name.lower()] = info
    external = {
        (str(kind), str(name).lower()): json.loads(options)
        for kind, name, options in _rows(connection, "SELECT kind, name, options FROM {}.external")
    }
    return Snapshot(version, schemas, objects, external)


def _load_columns(connection: duckdb.DuckDBPyConnection) -> dict[int, tuple[ColumnInfo, ...]]:
    rows = _rows(connection, "SELECT * FROM {}.columns ORDER BY object_id, column_id")
    return {
        object_id: tuple(_column(row) for row in group)
        for object_id, group in itertools.groupby(rows, key=lambda row: row[0])
    }


def _column(row: tuple[Any, ...]) -> ColumnInfo:
    _, _, name, type_name, length, precision, scale, nullable, seed, step, default, mask = row
    identity = (seed, step) if seed is not None else None
    return ColumnInfo(name, SqlType(type_name, length, precision, scale), nullable, identity, default, mask)


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql.format(POOL)).fetchall()


_SYSTEM_OBJECTS = installed_views.system_objects()


@dataclass
class Names:
    """Finds objects for a session: its #temp tables, then the snapshot, then the system views."""

    catalog: Catalog
    snapshot: Snapshot
    temporary: dict[str, ObjectInfo]
    rights: Rights = OWNER
    trusted: bool = False  # within a procedure, whose owner's rights hold ("Ownership chains")

    def find(self, name: Name | str) -> ObjectInfo | None:
        schema, last = self.catalog.full_name(name)
        if last.startswith("#"):
            return self.temporary.get(last.lower())
        if schema.lower() in SYSTEM_SCHEMAS:
            return _SYSTEM_OBJECTS.get((schema.lower(), last.lower()))
        return self.snapshot.objects.get((schema.lower(), last.lower()))

    def get(self, name: Name) -> ObjectInfo:
        """What holds rows, by its name. Raises SqlError 208, 104385 and 216 for a function without its arguments."""
        found = self.find(name)
        if found is not None and found.kind == "IF":
            raise SqlError(216, f"Parameters were not supplied for the function '{name}'.")
        if found is None or found.kind in ROUTINES:
            schema, last = self.catalog.full_name(name)
            error = no_such_view(last) if schema.lower() == "sys" else invalid_object(str(name))
            error.line = name.token.line
            raise error
        return found

    def require(self, privilege: str, info: ObjectInfo) -> None:
        """Raises SqlError 229 where the session's user lacks a privilege; its owner's rights are a procedure's.

        262 for a management view, which tells what others do ("Monitor your Azure Synapse Analytics dedicated SQL pool
        workload using DMVs", permissions).
        """
        if info.kind == "S" and info.name.startswith("dm_") and not self.rights.administers("VIEW DATABASE STATE"):
            raise not_permitted("VIEW DATABASE STATE", self.catalog.database)
        if not self.trusted and not self.rights.may(privilege, info):
            raise permissions.denied(privilege, info, self.catalog.database)

    def schema_of(self, name: Name) -> tuple[int, str]:
        """The schema a new object goes into. Raises SqlError 2760."""
        schema, _ = self.catalog.full_name(name)
        if schema.lower() not in self.snapshot.schemas:
            text = (
                f'The specified schema name "{schema}" either does not exist or you do not have permission to use it.'
            )
            raise SqlError(2760, text)
        return self.snapshot.schemas[schema.lower()]

    def require_free(self, name: Name) -> None:
        """Raises SqlError 2714 where an object of that name exists."""
        if self.find(name) is not None:
            raise already_there(name.last)
