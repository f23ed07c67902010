"""Who may do what: roles, grants and denials, for the user that a session acts as.

Source: Microsoft Learn, "Database-level roles", "Permissions (Database Engine)", "Column-level security", "Ownership
chains".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL
from local_azure.synapse.errors import SqlError, not_permitted

if TYPE_CHECKING:
    import duckdb

    from local_azure.synapse.catalog import ObjectInfo

FIXED_ROLES = (
    "db_owner", "db_accessadmin", "db_securityadmin", "db_ddladmin", "db_backupoperator", "db_datareader",
    "db_datawriter", "db_denydatareader", "db_denydatawriter",
)  # fmt: skip
# A pool's resource classes, by which users get memory ("Workload management with resource classes")
RESOURCE_CLASSES = (
    "smallrc", "mediumrc", "largerc", "xlargerc", *(f"staticrc{size}" for size in range(10, 90, 10)),
)  # fmt: skip
SYSTEM_ROLES = (*FIXED_ROLES, *RESOURCE_CLASSES)
_WRITES = {"INSERT", "UPDATE", "DELETE"}
_BY_ROLE = {"db_datareader": {"SELECT"}, "db_datawriter": _WRITES, "db_ddladmin": {"ALTER"}}
_DENIED_BY_ROLE = {"db_denydatareader": {"SELECT"}, "db_denydatawriter": _WRITES}
_ADMINISTERED: dict[str, set[str]] = {
    "db_ddladmin": {
        "CREATE TABLE", "CREATE VIEW", "CREATE PROCEDURE", "CREATE FUNCTION", "CREATE SCHEMA",
        "ALTER ANY EXTERNAL DATA SOURCE", "ALTER",
    },
    "db_securityadmin": {"ALTER ANY ROLE", "ALTER ANY SECURITY POLICY"},
    "db_accessadmin": {"ALTER ANY USER"},
}  # fmt: skip
PRIVILEGES = {  # the first words of the permissions ("Permissions: GRANT, DENY, REVOKE")
    "ADMINISTER", "ALL", "ALTER", "AUTHENTICATE", "BACKUP", "CHECKPOINT", "CONNECT", "CONTROL", "CREATE", "DELETE",
    "EXECUTE", "EXEC", "IMPERSONATE", "INSERT", "KILL", "REFERENCES", "SELECT", "SHOWPLAN", "TAKE", "UNMASK", "UPDATE",
    "VIEW", "GRANT",
}  # fmt: skip
Grant = tuple[str, str, str]  # privilege, class, securable


@dataclass(frozen=True)
class Rights:
    """What a user may do. Roles, privileges and securables are in the spelling of the catalogue's tables."""

    user: str
    roles: frozenset[str] = frozenset()
    granted: frozenset[Grant] = frozenset()
    denied: frozenset[Grant] = field(default=frozenset())

    @property
    def owner(self) -> bool:
        return self.user == "dbo" or "db_owner" in self.roles or ("CONTROL", "DATABASE", "") in self.granted

    def may(self, privilege: str, info: ObjectInfo) -> bool:
        """Whether a privilege holds on an object; a denial anywhere outweighs every grant."""
        if self.user == "dbo" or info.kind == "S" or info.name.startswith("#"):
            return True
        places = _places(info)
        if self._denies(privilege) or any((privilege, *place) in self.denied for place in places):
            return False
        by_role = any(privilege in _BY_ROLE.get(role, ()) for role in self.roles)
        wanted = (privilege, "CONTROL", *(["ALTER"] if privilege == "ALTER" else []))
        return self.owner or by_role or any((name, *place) in self.granted for name in wanted for place in places)

    def _denies(self, privilege: str) -> bool:
        return any(privilege in _DENIED_BY_ROLE.get(role, ()) for role in self.roles)

    def column(self, privilege: str, info: ObjectInfo, column: str) -> bool:
        """Whether a privilege holds on a column: through its table and not denied, or by a grant of its own."""
        key = (privilege, "COLUMN", f"{info.full_name}.{column}".lower())
        if self.user == "dbo" or info.kind == "S":
            return True
        return key not in self.denied and (key in self.granted or self.may(privilege, info))

    def some_column(self, privilege: str, info: ObjectInfo) -> bool:
        """Whether any column of an object is granted by itself."""
        start = f"{info.full_name}.".lower()
        return any(g[:2] == (privilege, "COLUMN") and g[2].startswith(start) for g in self.granted)

    def unmasked(self, info: ObjectInfo) -> bool:
        """Whether UNMASK holds ("Dynamic data masking", permissions)."""
        return self.owner or self.may("UNMASK", info)

    def administers(self, privilege: str) -> bool:
        """Whether a privilege on the database holds, such as CREATE TABLE."""
        if self.owner:
            return True
        by_role = any(privilege in _ADMINISTERED.get(role, ()) for role in self.roles)
        return by_role or any((name, "DATABASE", "") in self.granted for name in (privilege, "CONTROL"))


OWNER = Rights("dbo")
HELD = f"""WITH RECURSIVE held(name) AS (SELECT {{}} UNION SELECT lower(m.role) FROM {POOL}.members m
  JOIN held ON lower(m.member) = held.name)"""
"""The names in lower case that are put in, and all roles that they are in, through other roles too."""


def _places(info: ObjectInfo) -> tuple[tuple[str, str], ...]:
    return ("OBJECT", info.full_name.lower()), ("SCHEMA", info.schema.lower()), ("DATABASE", "")


def load(connection: duckdb.DuckDBPyConnection, user: str, *, more: frozenset[str] = frozenset()) -> Rights:
    """The rights of a user of the database by its roles and grants, and by the roles `more`."""
    if user == "dbo":
        return OWNER
    held = connection.execute(f"{HELD.format('unnest(?)')} SELECT name FROM held", [[user.lower(), *more]]).fetchall()
    roles = {"public", *more, *({row[0] for row in held} - {user.lower()})}
    names = [user.lower(), *roles]
    marks = ", ".join("?" for _ in names)
    sql = f"SELECT state, privilege, class, securable FROM {POOL}.permissions WHERE lower(grantee) IN ({marks})"
    rows = connection.execute(sql, names).fetchall()
    found = [(state, (right, class_, "" if class_ == "DATABASE" else name)) for state, right, class_, name in rows]
    granted, denied = (frozenset(g for state, g in found if state == word) for word in ("GRANT", "DENY"))
    return Rights(user, frozenset(roles), granted, denied)


def denied(privilege: str, info: ObjectInfo, database: str) -> SqlError:
    text = f"The {privilege} permission was denied on the object '{info.name}', database '{database}', schema "
    return SqlError(229, f"{text}'{info.schema}'.", 14)


def denied_column(privilege: str, info: ObjectInfo, column: str, database: str) -> SqlError:
    text = f"The {privilege} permission was denied on the column '{column}' of the object '{info.name}', database "
    return SqlError(230, f"{text}'{database}', schema '{info.schema}'.", 14)


_NEEDED: dict[type, str] = {
    n.CreateTable: "CREATE TABLE", n.CreateTableAs: "CREATE TABLE", n.CreateView: "CREATE VIEW",
    n.CreateSchema: "CREATE SCHEMA", n.CreatePrincipal: "ALTER ANY USER", n.Member: "ALTER ANY ROLE",
    n.SecurityPolicy: "ALTER ANY SECURITY POLICY", n.CreateExternal: "ALTER ANY EXTERNAL DATA SOURCE",
    n.CreateExternalAs: "CREATE TABLE", n.Permission: "ALTER ANY ROLE",
}  # fmt: skip


_OF_ONE_TABLE = (n.CopyInto, n.Rebuild, n.CreateStatistics, n.UpdateStatistics)  # which ask for its rights themselves


def refuse_definition(statement: n.Statement, rights: Rights, database: str) -> None:
    """Raises SqlError 262 for a definition that a user may not make; what exists is checked by its name."""
    if rights.owner or is_temporary(statement) or isinstance(statement, _OF_ONE_TABLE):
        return
    if not rights.administers(_needed(statement)):
        what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(statement).__name__).upper().removesuffix(" AS")
        raise not_permitted(what, database)


def _needed(statement: n.Statement) -> str:
    """The right on the database that a definition takes."""
    if isinstance(statement, n.CreateRoutine):
        return "CREATE PROCEDURE" if statement.kind == "P" else "CREATE FUNCTION"
    if isinstance(statement, n.Drop) and statement.kind in {"USER", "ROLE", "SECURITY POLICY"}:
        return f"ALTER ANY {statement.kind}"
    return _NEEDED.get(type(statement), "ALTER")


def is_temporary(statement: n.Statement) -> bool:
    """Whether a definition is of a #temp table."""
    names = getattr(statement, "names", None) or (getattr(statement, "name", None),)
    return any(isinstance(name, n.Name) and name.last.startswith("#") for name in names)
