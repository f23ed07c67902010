"""Whom a session acts as: its login, or a user of the database while EXECUTE AS holds.

Source: Microsoft Learn, "EXECUTE AS (Transact-SQL)", "REVERT".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import permissions
from local_azure.synapse.casts import POOL
from local_azure.synapse.errors import SqlError
from local_azure.synapse.permissions import Rights

if TYPE_CHECKING:
    import duckdb


class Identity:
    """The `name` and `user` of a session's `info`, and what that name may do."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, info: dict[str, str], owner: str) -> None:
        self.connection, self.info, self.owner = connection, info, owner
        self._acting: list[str] = []  # whom EXECUTE AS made it, the innermost last
        self._rights: tuple[str, int, Rights] | None = None

    @property
    def depth(self) -> int:
        """How many EXECUTE AS hold."""
        return len(self._acting)

    def sign_in(self, user: str) -> None:
        """Act as a login: the pool's own is dbo, any other a user of db_datareader's."""
        other = user.lower() != self.owner.lower()
        self.info |= {"user": user, "name": user} if other else {"user": self.owner, "name": "dbo"}

    def act_as(self, user: str | None, version: int) -> None:
        """EXECUTE AS a user of the database, or REVERT. Raises SqlError 15517."""
        if user is None:
            return self.revert_to(self.depth - 1)
        sql = f"SELECT name FROM {POOL}.principals WHERE lower(name) = lower(?) AND type = 'S'"
        row = self.connection.execute(sql, [user]).fetchone()
        if row is None or not self.rights(version).owner:
            text = f'Cannot execute as the database principal because the principal "{user}" does not exist, this '
            raise SqlError(15517, f"{text}type of principal cannot be impersonated, or you do not have permission.")
        self._acting.append(self.info["name"])
        self.info["name"] = row[0]
        return None

    def revert_to(self, depth: int) -> None:
        """End EXECUTE AS until so many hold."""
        while self.depth > max(depth, 0):
            self.info["name"] = self._acting.pop()

    def rights(self, version: int) -> Rights:
        """What the user may do in this version of the catalogue."""
        name = self.info["name"]
        if self._rights is None or self._rights[:2] != (name, version):
            readers = frozenset({"db_datareader"}) if name == self.info["user"] else frozenset()
            self._rights = (name, version, permissions.load(self.connection, name, more=readers))
        return self._rights[2]
