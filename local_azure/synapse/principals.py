"""Users, roles, their members and what they are granted, as the catalogue keeps them.

Source: Microsoft Learn, "CREATE USER", "CREATE ROLE", "sp_addrolemember", "GRANT", "DENY", "REVOKE", each for Azure
Synapse Analytics; "Column-level security".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL
from local_azure.synapse.errors import SqlError, invalid_column
from local_azure.synapse.permissions import SYSTEM_ROLES

if TYPE_CHECKING:
    from local_azure.synapse.definitions import Definer

_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES")


def create(definer: Definer, statement: n.CreatePrincipal) -> None:
    """Raises SqlError 15023 for a name that is taken."""
    _require_free(definer, statement.name)
    kind = "R" if statement.kind == "ROLE" else "S"
    number = f"SELECT greatest(max(principal_id), 5) + 1 FROM {POOL}.principals WHERE principal_id < 16384"
    definer.connection.execute(f"INSERT INTO {POOL}.principals SELECT ({number}), ?, ?", [statement.name, kind])
    definer.catalog.bump(definer.connection)


def drop(definer: Definer, name: n.Name, statement: n.Drop) -> None:
    """Raises SqlError 15151 for what is not there or not of that kind, 15144 for a role with members."""
    word = statement.kind.lower()
    if _kind(definer, name.last) != ("R" if word == "role" else "S") or name.last.lower() in {
        *SYSTEM_ROLES,
        "public",
        "dbo",
    }:
        raise _missing(word, name.last, verb="drop")
    members = f"SELECT 1 FROM {POOL}.members WHERE lower(role) = lower(?)"
    if definer.connection.execute(members, [name.last]).fetchone():
        raise SqlError(15144, "The role has members. It must be empty before it can be dropped.")
    for table, column in (("principals", "name"), ("members", "member"), ("permissions", "grantee")):
        definer.connection.execute(f"DELETE FROM {POOL}.{table} WHERE lower({column}) = lower(?)", [name.last])
    definer.catalog.bump(definer.connection)


def _kind(definer: Definer, name: str) -> str | None:
    sql = f"SELECT type FROM {POOL}.principals WHERE lower(name) = lower(?)"
    row = definer.connection.execute(sql, [name]).fetchone()
    return row[0] if row else None


def _require_free(definer: Definer, name: str) -> None:
    if _kind(definer, name) is not None:
        raise SqlError(15023, f"User, group, or role '{name}' already exists in the current database.")


def _missing(word: str, name: str, *, verb: str = "find") -> SqlError:
    return SqlError(
        15151, f"Cannot {verb} the {word} '{name}', because it does not exist or you do not have permission."
    )


def member(definer: Definer, statement: n.Member) -> None:
    """A member more or less, or a role's new name. Raises SqlError 15151 and 15410."""
    if _kind(definer, statement.role) != "R":
        raise _missing("role", statement.role, verb="alter")
    if statement.role.lower() in SYSTEM_ROLES and not definer.names.rights.owner and not definer.names.trusted:
        raise _missing("role", statement.role, verb="alter")  # which takes db_owner ("Database-level roles")
    values = [statement.role, statement.member]
    if statement.action == "RENAME":
        _rename(definer, values)
    elif _kind(definer, statement.member) is None:
        raise SqlError(15410, f"User or role '{statement.member}' does not exist in this database.")
    else:
        where = "WHERE lower(role) = lower(?) AND lower(member) = lower(?)"
        definer.connection.execute(f"DELETE FROM {POOL}.members {where}", values)
        if statement.action == "ADD":
            definer.connection.execute(f"INSERT INTO {POOL}.members VALUES (?, ?)", values)
    definer.catalog.bump(definer.connection)


def _rename(definer: Definer, values: list[str]) -> None:
    old, new = values
    if old.lower() in {*SYSTEM_ROLES, "public"}:
        raise _missing("role", old, verb="alter")
    _require_free(definer, new)
    for table, column in (("principals", "name"), ("members", "role"), ("permissions", "grantee")):
        sql = f"UPDATE {POOL}.{table} SET {column} = ? WHERE lower({column}) = lower(?)"
        definer.connection.execute(sql, [new, old])


def permission(definer: Definer, statement: n.Permission) -> None:
    """GRANT, DENY or REVOKE. Raises SqlError 15151 for who or what is not there, 207 for a column."""
    class_, securables = _securables(definer, statement)
    for grantee in statement.principals:
        if _kind(definer, grantee) is None:
            raise _missing("user", grantee)
        for privilege in _privileges(statement):
            for securable in securables:
                _set(definer, [grantee.lower(), privilege, class_, securable], statement.action)
    definer.catalog.bump(definer.connection)


def _privileges(statement: n.Permission) -> tuple[str, ...]:
    given = tuple("EXECUTE" if name == "EXEC" else name for name in statement.privileges)
    return tuple(each for name in given for each in (_ALL if name in {"ALL", "ALL PRIVILEGES"} else (name,)))


def _securables(definer: Definer, statement: n.Permission) -> tuple[str, list[str]]:
    """The class of what is granted, and its names: those of columns where they are listed."""
    name = statement.securable
    if name is None or statement.securable_class == "DATABASE":
        return "DATABASE", [definer.catalog.database]
    if statement.securable_class == "SCHEMA":
        if name.last.lower() not in definer.names.snapshot.schemas:
            raise _missing("schema", str(name))
        return "SCHEMA", [name.last.lower()]
    found = definer.names.find(name)
    if found is None:
        raise _missing("object", str(name))
    if not statement.columns:
        return "OBJECT", [found.full_name.lower()]
    for column in statement.columns:
        if found.column(column) is None:
            raise invalid_column(column)
    return "COLUMN", [f"{found.full_name}.{column}".lower() for column in statement.columns]


def _set(definer: Definer, key: list[str], action: str) -> None:
    where = "WHERE lower(grantee) = ? AND privilege = ? AND class = ? AND securable = ?"
    definer.connection.execute(f"DELETE FROM {POOL}.permissions {where}", key)
    if action != "REVOKE":
        definer.connection.execute(f"INSERT INTO {POOL}.permissions VALUES (?, ?, ?, ?, ?)", [*key, action])
