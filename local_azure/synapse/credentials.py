"""As whom the pool reads the lake: the master key, and credentials scoped to the database.

A data source without a credential reads as whoever asks, so that each reader of a mart needs a role on the lake. Only
with --roles does this endpoint know who has one: without, it takes no such data source.

Source: Microsoft Learn, "CREATE EXTERNAL DATA SOURCE (Transact-SQL)", dedicated SQL pool, CREDENTIAL; "CREATE DATABASE
SCOPED CREDENTIAL (Transact-SQL)"; "CREATE MASTER KEY (Transact-SQL)", where a password is optional in a pool.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError, not_local

if TYPE_CHECKING:
    from local_azure.synapse.catalog import Snapshot
    from local_azure.synapse.parser import QueryParser

MASTER_KEY, CREDENTIAL = "MASTER KEY", "CREDENTIAL"
KEY_NAME = "##MS_DatabaseMasterKey##"
IDENTITIES = {"MANAGED SERVICE IDENTITY", "MANAGED IDENTITY"}


def create_master_key(parser: QueryParser) -> n.Statement:
    """CREATE MASTER KEY [ENCRYPTION BY PASSWORD = '...']."""
    parser.expect("MASTER", "KEY")
    at = parser.token
    if parser.take("ENCRYPTION"):
        parser.expect("BY", "PASSWORD", "=")
        parser.next()
    return n.CreateExternal(MASTER_KEY, n.Name((KEY_NAME,), at), {})


def create_credential(parser: QueryParser) -> n.Statement:
    """CREATE DATABASE SCOPED CREDENTIAL name WITH IDENTITY = '...'[, SECRET = '...']."""
    parser.expect("DATABASE", "SCOPED", "CREDENTIAL")
    name = parser.name()
    parser.expect("WITH")
    options: dict[str, str] = {}
    while not options or parser.take(","):
        key = parser.one_of({"IDENTITY", "SECRET"})
        parser.expect("=")
        options[key] = parser.next().text
    return n.CreateExternal(CREDENTIAL, name, options)


def check_credential(statement: n.CreateExternal, snapshot: Snapshot) -> None:
    """Raises SqlError 15581 without a master key, and for any identity but the pool's own."""
    if (MASTER_KEY, KEY_NAME.lower()) not in snapshot.external:
        raise SqlError(
            15581,
            "Please create a master key in the database or open the master key in the session before performing "
            "this operation.",
        )
    identity = statement.options.get("IDENTITY", "")
    if identity.upper() not in IDENTITIES:
        raise not_local(f"A credential of the identity '{identity}', and not of the pool's own,")


def check_data_source(options: Mapping[str, str], snapshot: Snapshot, *, roles_known: bool) -> None:
    """Raises SqlError 15151 for a credential that is not there, and for none where no reader's roles are known."""
    name = options.get("CREDENTIAL")
    if name is None:
        if roles_known:
            return
        raise not_local("Without --roles, a data source without a CREDENTIAL, which reads as whoever asks,")
    if (CREDENTIAL, name.lower()) not in snapshot.external:
        raise SqlError(
            15151,
            f"Cannot find the credential '{name}', because it does not exist or you do not have permission.",
        )
