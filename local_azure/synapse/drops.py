"""DROP of each kind of object, as far as nothing else rests on it.

Source: Microsoft Learn, the page of each statement for Azure Synapse Analytics.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from local_azure.synapse import indexes, principals, security_policies, statistics
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL
from local_azure.synapse.catalog import SYSTEM_SCHEMAS, schema_ident
from local_azure.synapse.errors import SqlError, cannot_drop

if TYPE_CHECKING:
    from local_azure.synapse.definitions import Definer

KINDS = {
    "U": "table", "V": "view", "E": "external table", "P": "procedure", "FN": "function", "IF": "function",
    "S": "system view", "SP": "security policy",
}  # fmt: skip
_DROPPED_AS = {
    "TABLE": {"U"}, "VIEW": {"V"}, "EXTERNAL TABLE": {"E"}, "PROCEDURE": {"P"}, "FUNCTION": {"FN", "IF"},
    "SECURITY POLICY": {"SP"},
}  # fmt: skip


def drop(definer: Definer, statement: n.Drop) -> None:
    """Raises SqlError 3701 for what is not there, 3705 for another kind, 3729 for what is referenced."""
    _DROPS[statement.kind](definer, statement.name, statement)


def _object(definer: Definer, name: n.Name, statement: n.Drop) -> None:
    found = definer.names.find(name)
    if found is None or found.kind == "S":
        raise cannot_drop(statement.kind.lower(), name.last)
    if found.kind not in _DROPPED_AS[statement.kind]:
        raise SqlError(
            3705,
            (
                f"Cannot use DROP {statement.kind} with '{name}' because '{name}' is a {KINDS[found.kind]}. "
                f"Use DROP {KINDS[found.kind].upper()}."
            ),
        )
    security_policies.refuse_referenced(definer, found, statement.kind)
    if name.last.startswith("#"):
        del definer.temporary[name.last.lower()]
    if found.kind == "U":
        definer.connection.execute(f"DROP TABLE {found.duckdb_name}")
    if not name.last.startswith("#"):
        definer.catalog.remove_object(definer.connection, found.object_id)


def _schema(definer: Definer, name: n.Name, statement: n.Drop) -> None:
    found = definer.names.snapshot.schemas.get(name.last.lower())
    if found is None or name.last.lower() in {*SYSTEM_SCHEMAS, "dbo"}:
        raise SqlError(
            15151, f"Cannot drop the schema '{name}', because it does not exist or you do not have permission."
        )
    inside = next((o for o in definer.names.snapshot.objects.values() if o.schema.lower() == name.last.lower()), None)
    if inside is not None:
        raise SqlError(3729, f"Cannot drop schema '{name}' because it is being referenced by object '{inside.name}'.")
    definer.connection.execute(f"DROP SCHEMA {schema_ident(name.last)}")
    definer.connection.execute(f"DELETE FROM {POOL}.schemas WHERE schema_id = ?", [found[0]])
    definer.catalog.bump(definer.connection)


def _external(definer: Definer, name: n.Name, statement: n.Drop) -> None:
    kind = statement.kind.removeprefix("EXTERNAL ")
    if (kind, name.last.lower()) not in definer.names.snapshot.external:
        raise cannot_drop(statement.kind.lower(), name.last)
    option = kind.replace(" ", "_")
    for table in definer.names.snapshot.objects.values():
        if table.options.get(option, "").lower() == name.last.lower():
            raise SqlError(33179, f"The {kind.lower()} '{name}' is used by external table '{table.full_name}'.")
    definer.connection.execute(
        f"DELETE FROM {POOL}.external WHERE kind = ? AND lower(name) = lower(?)", [kind, name.last]
    )
    definer.catalog.bump(definer.connection)


_DROPS: dict[str, Callable[[Definer, n.Name, n.Drop], None]] = {
    "TABLE": _object, "VIEW": _object, "EXTERNAL TABLE": _object,
    "USER": principals.drop, "ROLE": principals.drop, "SECURITY POLICY": _object,
    "PROCEDURE": _object, "FUNCTION": _object, "SCHEMA": _schema,
    "EXTERNAL DATA SOURCE": _external,
    "EXTERNAL FILE FORMAT": _external, "INDEX": indexes.drop,
    "STATISTICS": statistics.drop,
}  # fmt: skip
