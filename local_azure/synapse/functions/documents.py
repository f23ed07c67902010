"""Hashes, identifiers and JSON. Source: the page of each in Microsoft's Transact-SQL reference."""

from __future__ import annotations

from local_azure.synapse.casts import POOL, as_bytes, quote
from local_azure.synapse.errors import SqlError, not_local
from local_azure.synapse.functions.calls import Call, function
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
        raise SqlError(8116, f"Argument data type {bound.type} is invalid for argument 2 of hashbytes function.")
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
    test = f"json_valid({text}) AND json_type({text}) IN ('OBJECT', 'ARRAY')"
    return Typed(f"CASE WHEN {text} IS NULL THEN NULL ELSE CAST({test} AS INTEGER) END", INT)


def _path(call: Call) -> str:
    """A constant path in lax mode, as DuckDB writes it."""
    path = call.arg(1).constant if len(call.node.args) > 1 else "$"
    path = (path or "").removeprefix("lax ").strip()
    if not path.startswith("$"):
        raise not_local(f"{call.node.name} with a path that is not a constant in lax mode")
    return quote(path)


@function("JSON_QUERY", args=(1, 2))
def _json_query(call: Call) -> Typed:
    text, path = call.text(0), _path(call)
    type_ = nvarchar(MAX if text.type is not None and text.type.length == MAX else 4000)
    test = f"json_type({text.sql}, {path}) IN ('OBJECT', 'ARRAY')"
    return Typed(f"CASE WHEN {test} THEN CAST(json_extract({text.sql}, {path}) AS VARCHAR) END", type_)


@function("JSON_MODIFY", args=(3, 3))
def _json_modify(call: Call) -> Typed:
    """A member set, or taken away by NULL; `append` and nested JSON are not here."""
    text, value = call.text(0), call.arg(2)
    path = (call.arg(1).constant or "").removeprefix("lax ").strip()
    names = path.removeprefix("$.").split(".")
    if not path.startswith("$.") or not all(name.isidentifier() for name in names):
        raise not_local("JSON_MODIFY with a path that is not names alone")
    patch = f"to_json({value.sql})" if value.type is not None else "'null'::JSON"
    for name in reversed(names):
        patch = f"json_object({quote(name)}, {patch})"
    return Typed(f"CAST(json_merge_patch({text.sql}, {patch}) AS VARCHAR)", nvarchar(MAX))


@function("JSON_VALUE", args=(2, 2))
def _json_value(call: Call) -> Typed:
    text, path = call.text(0).sql, _path(call)
    scalar = f"json_type({text}, {path}) NOT IN ('OBJECT', 'ARRAY')"
    return Typed(f"CASE WHEN {scalar} THEN json_extract_string({text}, {path}) END", nvarchar(4000))
