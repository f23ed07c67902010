"""Indexes of a table: the one that its rows lie in, which is the heap where there is none, and those beside it.

Source: Microsoft Learn, "CREATE INDEX", "CREATE COLUMNSTORE INDEX", "DROP INDEX", each for Azure Synapse Analytics;
"Performance tuning with ordered clustered columnstore index".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL
from local_azure.synapse.catalog import ObjectInfo
from local_azure.synapse.changes import target_table
from local_azure.synapse.errors import SqlError, cannot_drop, unsupported

if TYPE_CHECKING:
    from local_azure.synapse.definitions import Definer

_HEAP = "HEAP"


def record(definer: Definer, table_id: int, name: str | None, kind: str, columns: tuple[str, ...]) -> None:
    """Note an index in the catalogue."""
    values = [table_id, name, kind, json.dumps(columns)]
    definer.connection.execute(f"INSERT INTO {POOL}.indexes VALUES (?, ?, ?, ?)", values)


def create(definer: Definer, statement: n.CreateIndex) -> None:
    """Raises SqlError 1911 for a column that is not there, and what `_make_room` does."""
    if definer.names.get(statement.table).kind == "V":
        raise unsupported("An index on a view")
    table = target_table(definer.binder, statement.table)
    for name in statement.columns:
        if table.column(name) is None:
            raise SqlError(1911, f"Column name '{name}' does not exist in the target table or view.")
    _make_room(definer, table, statement)
    record(definer, table.object_id, statement.name, statement.kind, statement.columns)


def _make_room(definer: Definer, table: ObjectInfo, statement: n.CreateIndex) -> None:
    """What a new index takes the place of: with DROP_EXISTING the index of its name, of a table's base any.

    Raises SqlError 1902 and 35372 for a second clustered index, 1913 for a name that is taken, 7999 for one that isn't.
    """
    base = _base(definer, table) if statement.kind.startswith("CLUSTERED") else None
    if base is not None and base[0] != _HEAP and not statement.replaces:
        raise _second(table, base[1] or "", statement.kind)
    if base is not None:
        _remove(definer, table, base[1])
    elif statement.replaces and not _remove(definer, table, statement.name):
        raise SqlError(7999, f"Could not find any index named '{statement.name}' for table '{table.full_name}'.")
    if _exists(definer, table, statement.name):
        text = f"The operation failed because an index or statistics with name '{statement.name}' already "
        raise SqlError(1913, f"{text}exists on table '{statement.table}'.")


def _second(table: ObjectInfo, name: str, kind: str) -> SqlError:
    if kind == "CLUSTERED":
        text = f"Cannot create more than one clustered index on table '{table.full_name}'. Drop the existing clustered "
        return SqlError(1902, f"{text}index '{name}' before creating another.")
    text = f"You cannot create more than one clustered index on table '{table.full_name}'. Consider creating a new "
    return SqlError(35372, f"{text}clustered index using 'with (drop_existing = on)' option.")


def _base(definer: Definer, table: ObjectInfo) -> tuple[str, str | None] | None:
    """The kind and name of what the rows lie in."""
    sql = f"SELECT kind, name FROM {POOL}.indexes WHERE object_id = ? AND (kind = '{_HEAP}' OR kind LIKE 'CLUSTERED%')"
    return definer.connection.execute(sql, [table.object_id]).fetchone()


def _exists(definer: Definer, table: ObjectInfo, name: str) -> bool:
    sql = f"SELECT 1 FROM {POOL}.indexes WHERE object_id = ? AND lower(name) = lower(?)"
    return definer.connection.execute(sql, [table.object_id, name]).fetchone() is not None


def _remove(definer: Definer, table: ObjectInfo, name: str | None) -> bool:
    sql = f"DELETE FROM {POOL}.indexes WHERE object_id = ? AND lower(name) IS NOT DISTINCT FROM lower(?)"
    row = definer.connection.execute(sql, [table.object_id, name]).fetchone()
    return bool(row and row[0])


def drop(definer: Definer, name: n.Name, statement: n.Drop) -> None:
    """Without its clustered index a table is a heap. Raises SqlError 159 and 3701."""
    if len(name.parts) < 2:
        raise SqlError(159, "Must specify the table name and index name for the DROP INDEX statement.", 15)
    table = target_table(definer.binder, n.Name(name.parts[:-1], name.token))
    if not _remove(definer, table, name.last):
        raise cannot_drop("index", str(name))
    if _base(definer, table) is None:
        record(definer, table.object_id, None, _HEAP, ())
