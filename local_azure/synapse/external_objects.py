"""External data sources, file formats, credentials and tables, as the catalogue keeps them.

Source: Microsoft Learn, "CREATE EXTERNAL DATA SOURCE", "CREATE EXTERNAL FILE FORMAT", "CREATE EXTERNAL TABLE".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local_azure.synapse import credentials, external
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL
from local_azure.synapse.catalog import NewObject, check_columns
from local_azure.synapse.errors import SqlError

if TYPE_CHECKING:
    from local_azure.synapse.definitions import Definer


def create(definer: Definer, statement: n.CreateExternal) -> None:
    if statement.kind == "TABLE":
        return _create_table(definer, statement)
    _check(definer, statement)
    if (statement.kind, statement.name.last.lower()) in definer.names.snapshot.external:
        raise SqlError(46502, f"External {statement.kind.lower()} '{statement.name}' already exists.")
    definer.connection.execute(
        f"INSERT INTO {POOL}.external VALUES (?, ?, ?)",
        [statement.kind, statement.name.last, json.dumps(statement.options)],
    )
    definer.catalog.bump(definer.connection)
    return None


def _check(definer: Definer, statement: n.CreateExternal) -> None:
    if statement.kind == credentials.CREDENTIAL:
        credentials.check_credential(statement, definer.names.snapshot)
    elif statement.kind == "DATA SOURCE":
        external.check_source(statement.options)
        known = definer.binder.storage.roles is not None
        credentials.check_data_source(statement.options, definer.names.snapshot, roles_known=known)
    elif statement.kind == "FILE FORMAT":
        external.check_format(statement.options)


def _create_table(definer: Definer, statement: n.CreateExternal) -> None:
    """The files are looked at now, as PolyBase does, so that a wrong column fails here."""
    definer.names.require_free(statement.name)
    external.check_table(statement.options)
    columns = tuple(definer.column_info(c) for c in statement.columns)
    check_columns(statement.name.last, columns, external_table=True)
    definer.binder.storage.read(statement.options, columns, definer.names.snapshot, definer.binder.login)
    schema_id, _ = definer.names.schema_of(statement.name)
    definer.catalog.add_object(
        definer.connection, NewObject(schema_id, statement.name.last, "E", columns, options=dict(statement.options))
    )
