"""What a member of db_datareader may do: read, and use #temp tables of its own.

https://learn.microsoft.com/sql/relational-databases/security/authentication-access/database-level-roles
"""

from __future__ import annotations

import re

from local_azure.synapse import nodes as n
from local_azure.synapse.definitions import DEFINITIONS
from local_azure.synapse.errors import SqlError

_CHANGES = {n.Insert: "INSERT", n.Update: "UPDATE", n.Delete: "DELETE", n.Merge: "MERGE", n.Truncate: "ALTER"}


def refuse_changes(statement: n.Statement, database: str) -> None:
    """Raises SqlError 229 for a change of rows, 262 for a definition; both in the words of SQL Server."""
    if verb := _CHANGES.get(type(statement)):
        table: n.Name = getattr(statement, "table", None) or getattr(statement, "target")  # noqa: B009
        if not table.last.startswith("#"):
            raise SqlError(229, f"The {verb} permission was denied on the object '{table}', database '{database}'.", 14)
    elif isinstance(statement, DEFINITIONS) and not is_temporary(statement):
        what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(statement).__name__).upper().removesuffix(" AS")
        raise SqlError(262, f"{what} permission denied in database '{database}'.", 14)


def is_temporary(statement: n.Statement) -> bool:
    """Whether a definition is of a #temp table."""
    names = getattr(statement, "names", None) or (getattr(statement, "name", None),)
    return any(isinstance(name, n.Name) and name.last.startswith("#") for name in names)
