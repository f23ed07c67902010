"""OPENJSON: the members of a document as rows, or columns out of each of its elements.

Source: Microsoft Learn, "OPENJSON (Transact-SQL)"; "Work with JSON data in SQL pools" for dedicated pools.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local_azure.synapse import documents
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, cast, quote
from local_azure.synapse.errors import SqlError
from local_azure.synapse.scope import BoundColumn, BoundQuery, Scope
from local_azure.synapse.sqltypes import INT, MAX, nvarchar

if TYPE_CHECKING:
    from local_azure.synapse.expressions import ExpressionBinder

_TEXT = nvarchar(MAX)
_MEMBERS = """'[{"key": "VARCHAR", "value": "VARCHAR", "type": "INTEGER"}]'"""


def rows(binder: ExpressionBinder, source: n.OpenJson, scope: Scope) -> BoundQuery:
    """The rows of a document; its arguments see `scope`. Raises SqlError 174, 13607 and 13618."""
    if len(source.args) > 2:
        raise SqlError(174, "The openjson function requires 1 to 2 argument(s).", 15)
    bound = [binder.value(arg, scope) for arg in source.args]
    text, *path = (cast(each.sql, each.type, _TEXT) for each in bound)
    given = f"{text}, {path[0] if path else quote('$')}"
    return _columns(source.columns, given) if source.columns else _members(given)


def _members(given: str) -> BoundQuery:
    types = (("key", nvarchar(4000)), ("value", _TEXT), ("type", INT))
    bound = tuple(BoundColumn(name, type_, f"c{i}", name == "value") for i, (name, type_) in enumerate(types))
    unpacked = f"unnest(from_json({POOL}_json_members({given}), {_MEMBERS}), recursive := true)"
    return BoundQuery(f'SELECT "key" AS c0, "value" AS c1, "type" AS c2 FROM (SELECT {unpacked}) q', bound)


def _columns(columns: tuple[n.JsonColumn, ...], given: str) -> BoundQuery:
    for column in columns:
        documents.steps(column.path)  # 13607 for a path that is none
        if column.as_json and column.type != _TEXT:
            text = "AS JSON option can be specified only for column of nvarchar(max) type in WITH clause."
            raise SqlError(13618, text)
    wanted = quote(json.dumps([[column.path, column.as_json] for column in columns]))
    elements = f"""unnest(from_json({POOL}_json_columns({given}, {wanted}), '[["VARCHAR"]]'))"""
    values = ", ".join(f"{cast(f'e[{i}]', _TEXT, c.type)} AS c{i - 1}" for i, c in enumerate(columns, 1))
    bound = tuple(BoundColumn(c.name, c.type, f"c{i}") for i, c in enumerate(columns))
    return BoundQuery(f"SELECT {values} FROM (SELECT {elements} AS e) q", bound)
