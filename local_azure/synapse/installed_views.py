"""All views of the catalogue, as the binder sees them and as DuckDB views over the catalogue's tables.

Source: Microsoft Learn, "System views supported in Synapse SQL".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from local_azure.synapse import (
    compatibility_views,
    distribution_views,
    index_views,
    information_schema,
    listings,
    monitoring_views,
    node_views,
    system_views,
)
from local_azure.synapse.casts import POOL, ident, quote
from local_azure.synapse.documented_views import EMPTY
from local_azure.synapse.listings import unpacked
from local_azure.synapse.view_parts import (
    COLUMN_COLUMNS,
    NOT_OF_VIEWS,
    OBJECT_COLUMNS,
    OBJECT_SELECT,
    VIEW_COLUMNS,
    column_select,
)

if TYPE_CHECKING:
    import duckdb

    from local_azure.synapse.catalog import ColumnInfo, ObjectInfo

VIEWS = {
    **{name: (columns, "") for name, columns in (EMPTY | node_views.EMPTY).items()},
    **information_schema.VIEWS,
    **system_views.VIEWS,
    **index_views.VIEWS,
    **compatibility_views.VIEWS,
    **distribution_views.VIEWS,
    **monitoring_views.VIEWS,
}
_OBJECT = {"object_id": "INTEGER", "name": "VARCHAR", "schema_id": "INTEGER"}
_COLUMN = {
    "object_id": "INTEGER", "column_id": "INTEGER", "name": "VARCHAR", "type_name": "VARCHAR", "length": "INTEGER",
    "precision": "INTEGER", "scale": "INTEGER",
}  # fmt: skip
# With what the users' columns have beside these
_MORE = "true AS nullable, NULL AS identity_seed, NULL AS default_text, NULL AS mask"
_SYSTEM_COLUMNS = column_select(f"({unpacked('system_columns', _COLUMN, f'*, {_MORE}')})")
_OF_SYSTEM = unpacked(
    "system_objects",
    _OBJECT,
    "name, object_id, CAST(NULL AS INTEGER), schema_id, 0, 'V ', 'VIEW', TIMESTAMP '2000-01-01', "
    "TIMESTAMP '2000-01-01', true, false, false",
)
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
    ("sys", "system_columns"): (COLUMN_COLUMNS, _SYSTEM_COLUMNS),
    ("sys", "all_columns"): (
        COLUMN_COLUMNS,
        f"({column_select(f'{POOL}.columns')}) UNION ALL ({_SYSTEM_COLUMNS})",
    ),
}


@cache
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
    listings.give(connection, "system_objects", _listed_objects)
    listings.give(connection, "system_columns", _listed_columns)
    for key, found in system_objects().items():
        columns = found.columns
        names = ", ".join(ident(c.name) for c in columns)
        casts = ", ".join(f"CAST({ident(c.name)} AS {c.type.duckdb}) AS {ident(c.name)}" for c in columns)
        nothing = f"SELECT {', '.join('NULL' for _ in columns)} WHERE false"
        body = VIEWS[key][1].replace("{db}", quote(database)) or nothing
        connection.execute(f"CREATE OR REPLACE VIEW {found.duckdb_name} AS SELECT {casts} FROM ({body}) v({names})")


def _listed_objects() -> Iterator[dict[str, Any]]:
    from local_azure.synapse.catalog import SYSTEM_SCHEMAS

    for o in system_objects().values():
        yield {"object_id": o.object_id, "name": o.name, "schema_id": SYSTEM_SCHEMAS[o.schema]}


def _listed_columns() -> Iterator[dict[str, Any]]:
    for o in system_objects().values():
        for number, c in enumerate(o.columns, 1):
            size = {"length": c.type.length, "precision": c.type.precision, "scale": c.type.scale}
            yield {"object_id": o.object_id, "column_id": number, "name": c.name, "type_name": c.type.name} | size
