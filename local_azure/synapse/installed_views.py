"""All views of the catalogue, as the binder sees them and as DuckDB views over the catalogue's tables.

Source: Microsoft Learn, "System views supported in Synapse SQL".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local_azure.synapse import (
    compatibility_views,
    distribution_views,
    information_schema,
    monitoring_views,
    node_views,
    system_views,
)
from local_azure.synapse.casts import POOL, ident, quote
from local_azure.synapse.documented_views import EMPTY
from local_azure.synapse.view_parts import (
    COLUMN_COLUMNS,
    NOT_OF_VIEWS,
    OBJECT_COLUMNS,
    OBJECT_SELECT,
    VIEW_COLUMNS,
    column_select,
)  # fmt: skip

if TYPE_CHECKING:
    import duckdb

    from local_azure.synapse.catalog import ColumnInfo, ObjectInfo

VIEWS = {
    **{name: (columns, "") for name, columns in (EMPTY | node_views.EMPTY).items()},
    **information_schema.VIEWS,
    **system_views.VIEWS,
    **compatibility_views.VIEWS,
    **distribution_views.VIEWS,
    **monitoring_views.VIEWS,
}
_SCHEMAS = {"information_schema": 3, "sys": 4}
_OBJECT = "object_id name schema_id"
_COLUMN = "object_id column_id name type_name length precision scale"
# With what the users' columns have beside these
_COLUMNS = f"""(SELECT *, true AS nullable, CAST(NULL AS BIGINT) AS identity_seed,
  CAST(NULL AS VARCHAR) AS default_text, CAST(NULL AS VARCHAR) AS mask FROM {POOL}.system_columns)"""
_OF_SYSTEM = f"""SELECT name, object_id, CAST(NULL AS INTEGER), schema_id, 0, 'V ', 'VIEW', TIMESTAMP '2000-01-01',
  TIMESTAMP '2000-01-01', true, false, false FROM {POOL}.system_objects"""
_OF_USERS = f"{OBJECT_SELECT} FROM {POOL}.objects"
# Those that tell of the views themselves, and of them beside the users' objects
VIEWS |= {
    ("sys", "system_objects"): (OBJECT_COLUMNS, _OF_SYSTEM),
    ("sys", "all_objects"): (OBJECT_COLUMNS, f"{_OF_USERS} UNION ALL {_OF_SYSTEM}"),
    ("sys", "system_views"): (VIEW_COLUMNS, f"SELECT *, {NOT_OF_VIEWS} FROM ({_OF_SYSTEM})"),
    ("sys", "all_views"): (
        VIEW_COLUMNS,
        f"SELECT *, {NOT_OF_VIEWS} FROM ({_OF_USERS} WHERE type = 'V' UNION ALL {_OF_SYSTEM})",
    ),
    ("sys", "system_columns"): (COLUMN_COLUMNS, column_select(_COLUMNS)),
    ("sys", "all_columns"): (
        COLUMN_COLUMNS,
        f"({column_select(f'{POOL}.columns')}) UNION ALL ({column_select(_COLUMNS)})",
    ),
}


def system_objects() -> dict[tuple[str, str], ObjectInfo]:
    """The views as the binder sees them; their object ids are negative, as SQL Server's are."""
    from local_azure.synapse.catalog import ObjectInfo

    return {
        key: ObjectInfo(-number, key[0], key[1], "S", _columns(columns), duckdb_name=_view_name(key))
        for number, (key, (columns, _)) in enumerate(VIEWS.items(), 1)
    }


def _columns(text: str) -> tuple[ColumnInfo, ...]:
    """The columns written `name type, name type`."""
    from local_azure.synapse.catalog import ColumnInfo
    from local_azure.synapse.token_reader import TokenReader

    reader = TokenReader(text)
    return tuple(ColumnInfo(*pair) for pair in reader.separated(lambda: (reader.next().text, reader.data_type())))


def _view_name(key: tuple[str, str]) -> str:
    return f"{POOL}.{ident('.'.join(key))}"


def install(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Create the views anew, so that a database of an earlier version gets today's."""
    _tell_of_themselves(connection)
    for key, (columns, select) in VIEWS.items():
        found = _columns(columns)
        names = ", ".join(ident(c.name) for c in found)
        casts = ", ".join(f"CAST({ident(c.name)} AS {c.type.duckdb}) AS {ident(c.name)}" for c in found)
        nothing = f"SELECT {', '.join('NULL' for _ in found)} WHERE false"
        body = select.replace("{db}", quote(database)) or nothing
        connection.execute(f"CREATE OR REPLACE VIEW {_view_name(key)} AS SELECT {casts} FROM ({body}) v({names})")


def _tell_of_themselves(connection: duckdb.DuckDBPyConnection) -> None:
    """The views and their columns as tables, for the views that list them."""
    found = system_objects().values()
    _fill(connection, "system_objects", [(o.object_id, o.name, _SCHEMAS[o.schema]) for o in found], _OBJECT)
    columns = [
        (o.object_id, number, c.name, c.type.name, c.type.length, c.type.precision, c.type.scale)
        for o in found
        for number, c in enumerate(o.columns, 1)
    ]
    _fill(connection, "system_columns", columns, _COLUMN)


def _fill(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]], fields: str) -> None:
    names = fields.split()
    text = json.dumps([dict(zip(names, row, strict=True)) for row in rows])
    shape = json.dumps([{name: "VARCHAR" if name.endswith("name") else "INTEGER" for name in names}])
    unpacked = f"SELECT unnest(from_json({quote(text)}, {quote(shape)}), recursive := true)"
    connection.execute(f"CREATE OR REPLACE TABLE {POOL}.{table} AS {unpacked}")
