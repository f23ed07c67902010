"""Constraints of a table: keys, which nothing enforces, and defaults by name.

Source: Microsoft Learn, "ALTER TABLE (Transact-SQL)" and "Table constraints in dedicated SQL pool".
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, ident, quote
from local_azure.synapse.catalog import ColumnInfo, ObjectInfo, next_id
from local_azure.synapse.errors import SqlError, already_there

if TYPE_CHECKING:
    from local_azure.synapse.definitions import Definer


def add(definer: Definer, table: ObjectInfo, constraint: n.Constraint) -> None:
    """Raises SqlError 1911 for a column that is not there, 2714 for a name that is taken."""
    for name in constraint.columns:
        if table.column(name) is None:
            raise SqlError(1911, f"Column name '{name}' does not exist in the target table or view.")
    if constraint.name is not None:
        _require_free(definer, constraint.name)
    if constraint.kind == "DEFAULT":
        return _add_default(definer, table, constraint)
    number = next_id(definer.connection)
    name = constraint.name or f"{'PK' if constraint.kind == 'PRIMARY KEY' else 'UQ'}__{table.name}__{number}"
    values = [number, table.object_id, name, constraint.kind, json.dumps(constraint.columns)]
    definer.connection.execute(f"INSERT INTO {POOL}.constraints VALUES (?, ?, ?, ?, ?)", values)
    return None


def _require_free(definer: Definer, name: str) -> None:
    for names in ("constraints", "defaults"):
        if definer.connection.execute(f"SELECT 1 FROM {POOL}.{names} WHERE lower(name) = lower(?)", [name]).fetchone():
            raise already_there(name)


def _add_default(definer: Definer, table: ObjectInfo, constraint: n.Constraint) -> None:
    """DEFAULT value FOR column; one that came with its column is noted alone. Raises SqlError 1781."""
    (name,) = constraint.columns
    old = next(c for c in table.columns if c.name.lower() == name.lower())
    if constraint.default is None or table.name.startswith("#"):
        return
    if not constraint.inline and old.default is not None:
        raise SqlError(1781, "Column already has a DEFAULT bound to it.")
    if not constraint.inline:
        _change(definer, table, replace(old, default=definer.constant(constraint.default, old.type)))
    values = [table.object_id, old.name, constraint.name, _written(constraint.default)]
    definer.connection.execute(f"INSERT INTO {POOL}.defaults VALUES (?, ?, ?, ?)", values)


def _written(value: n.Expr) -> str:
    """A constant as sys.default_constraints shows it: a number in two pairs of brackets."""
    if isinstance(value, n.Unary):
        return f"(({value.op}{_written(value.operand).strip('()')}))"
    if not isinstance(value, n.Literal) or value.kind == "null":
        return "(NULL)"
    text = {"string": quote(value.text), "nstring": f"N{quote(value.text)}"}.get(value.kind, value.text)
    return f"(({text}))" if value.kind in {"number", "money"} else f"({text})"


def _change(definer: Definer, table: ObjectInfo, new: ColumnInfo) -> None:
    action = f"SET DEFAULT {new.default}" if new.default is not None else "DROP DEFAULT"
    definer.connection.execute(f"ALTER TABLE {table.duckdb_name} ALTER COLUMN {ident(new.name)} {action}")
    definer.store_columns(table, tuple(new if c.name == new.name else c for c in table.columns))


def alter(definer: Definer, table: ObjectInfo, statement: n.AlterTable) -> None:
    if statement.constraint is not None:
        add(definer, table, statement.constraint)


def drop(definer: Definer, table: ObjectInfo, statement: n.AlterTable) -> None:
    """A key or a default, by its name. Raises SqlError 3728."""
    (name,) = statement.names
    column = _defaulted(definer, table, name)
    if column is not None:
        _change(definer, table, replace(column, default=None))
        values = [table.object_id, column.name]
        definer.connection.execute(f"DELETE FROM {POOL}.defaults WHERE parent_id = ? AND column_name = ?", values)
        return
    row = definer.connection.execute(
        f"DELETE FROM {POOL}.constraints WHERE parent_id = ? AND lower(name) = lower(?)", [table.object_id, name]
    ).fetchone()
    if not row or not row[0]:
        raise SqlError(3728, f"'{name}' is not a constraint.")


def _defaulted(definer: Definer, table: ObjectInfo, name: str) -> ColumnInfo | None:
    """The column whose default has a name, given or made (sys.default_constraints)."""
    sql = f"SELECT column_name, lower(name) FROM {POOL}.defaults WHERE parent_id = ? AND name IS NOT NULL"
    given = dict(definer.connection.execute(sql, [table.object_id]).fetchall())
    names = {given.get(c.name, f"DF_{table.name}_{c.name}".lower()): c for c in table.columns if c.default is not None}
    return names.get(name.lower())
