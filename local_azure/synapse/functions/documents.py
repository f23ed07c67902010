"""Hashes, identifiers and JSON. Source: the page of each in Microsoft's Transact-SQL reference."""

from __future__ import annotations

from local_azure.synapse import documents
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, as_bytes, quote
from local_azure.synapse.errors import not_local
from local_azure.synapse.functions.calls import Call, function, invalid_argument
from local_azure.synapse.scope import Typed
from local_azure.synapse.sqltypes import (
    INT,
    MAX,
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
        raise invalid_argument(bound, 2, "hashbytes")
    data = as_bytes(bound.sql, bound.type) if bound.type.is_string else bound.sql
    duckdb = {"MD5": "md5", "SHA1": "sha1", "SHA": "sha1", "SHA2_256": "sha256"}.get(name)
    sql = f"unhex({duckdb}({data}))" if duckdb else f"{POOL}_sha512({data})"
    return Typed(sql, SqlType("varbinary", _HASHES[name]))


@function("NEWID", args=(0, 0))
def _newid(call: Call) -> Typed:
    return Typed("uuid()", SqlType("uniqueidentifier"), False)


@function("ISJSON", args=(1, 1))
def _isjson(call: Call) -> Typed:
    """1 for an object or an array."""
    text = call.text(0).sql
    return Typed(f"{POOL}_json_is({text})", INT)


def _path(call: Call) -> str:
    if len(call.node.args) < 2:
        return quote("$")
    path = call.arg(1).constant
    if path is not None:
        documents.steps(path)  # 13607 for a path that is none
    return call.text(1).sql


@function("JSON_QUERY", args=(1, 2))
def _json_query(call: Call) -> Typed:
    text = call.text(0)
    type_ = nvarchar(MAX if text.type is not None and text.type.length == MAX else 4000)
    return Typed(f"{POOL}_json_query({text.sql}, {_path(call)})", type_)


@function("JSON_MODIFY", args=(3, 3))
def _json_modify(call: Call) -> Typed:
    """A value set, appended or, by NULL in lax mode, taken away; what JSON_QUERY gives is JSON and no text."""
    text, value, node = call.text(0), call.arg(2), call.node.args[2]
    nested = isinstance(node, n.Call) and node.name in {"JSON_QUERY", "JSON_MODIFY"}
    given = value.sql if nested else f"CAST(to_json({value.sql}) AS VARCHAR)"
    given = "CAST(NULL AS VARCHAR)" if value.type is None else f"CASE WHEN {value.sql} IS NOT NULL THEN {given} END"
    return Typed(f"{POOL}_json_modify({text.sql}, {_path(call)}, {given})", nvarchar(MAX))


@function("JSON_VALUE", args=(2, 2))
def _json_value(call: Call) -> Typed:
    return Typed(f"{POOL}_json_value({call.text(0).sql}, {_path(call)})", nvarchar(4000))
