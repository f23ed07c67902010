"""Hashes, identifiers and JSON. Source: the page of each in Microsoft's Transact-SQL reference."""

from __future__ import annotations

from local_azure.synapse.casts import POOL, as_bytes, quote
from local_azure.synapse.errors import SqlError, not_local
from local_azure.synapse.functions.calls import Call, function
from local_azure.synapse.scope import Typed
from local_azure.synapse.sqltypes import (
    SqlType,
    nvarchar,
)  # fmt: skip

_HASHES = {"MD5": 16, "SHA1": 20, "SHA": 20, "SHA2_256": 32, "SHA2_512": 64}


@function("HASHBYTES", args=(2, 2))
def _hashbytes(call: Call) -> Typed:
    """Over the bytes SQL Server stores, so N'a' and 'a' hash apart."""
    name = (call.arg(0).constant or "").upper()
    if name not in _HASHES:
        raise not_local(f"HASHBYTES with algorithm '{name}'")
    bound = call.arg(1)
    if bound.type is None or not (bound.type.is_string or bound.type.name in {"binary", "varbinary"}):
        raise SqlError(8116, f"Argument data type {bound.type} is invalid for argument 2 of hashbytes function.")
    data = as_bytes(bound.sql, bound.type) if bound.type.is_string else bound.sql
    duckdb = {"MD5": "md5", "SHA1": "sha1", "SHA": "sha1", "SHA2_256": "sha256"}.get(name)
    sql = f"unhex({duckdb}({data}))" if duckdb else f"{POOL}_sha512({data})"
    return Typed(sql, SqlType("varbinary", _HASHES[name]))


@function("NEWID", args=(0, 0))
def _newid(call: Call) -> Typed:
    return Typed("uuid()", SqlType("uniqueidentifier"), False)


@function("JSON_VALUE", args=(2, 2))
def _json_value(call: Call) -> Typed:
    path = call.arg(1).constant
    if path is None or not path.startswith("$"):
        raise not_local("JSON_VALUE with a path that is not a constant in lax mode")
    text = call.text(0).sql
    scalar = f"json_type({text}, {quote(path)}) NOT IN ('OBJECT', 'ARRAY')"
    return Typed(f"CASE WHEN {scalar} THEN json_extract_string({text}, {quote(path)}) END", nvarchar(4000))
