"""The identity property of a column that a new table takes over from the one it is made of.

Source: Microsoft Learn, "Using IDENTITY to create surrogate keys using dedicated SQL pool", SELECT..INTO and CREATE
TABLE AS SELECT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import ident
from local_azure.synapse.catalog import ColumnInfo
from local_azure.synapse.scope import BoundQuery

if TYPE_CHECKING:
    from local_azure.synapse.definitions import Definer


def columns_of(query: n.Query, bound: BoundQuery) -> tuple[ColumnInfo, ...]:
    """A new table's columns. One of a join, a group or a UNION, or that is listed twice, loses the property."""
    body = query.body
    alone = isinstance(body, n.Select) and not isinstance(body.source, n.Join) and not body.group
    kept = alone and sum(c.identity is not None for c in bound.columns) == 1
    return tuple(ColumnInfo(c.name, c.type, c.nullable, c.identity if kept else None) for c in bound.columns)


def go_on(definer: Definer, table: str, bound: BoundQuery, columns: tuple[ColumnInfo, ...]) -> None:
    """The next value comes behind those that the new table begins with."""
    place = next((i for i, c in enumerate(columns) if c.identity is not None), None)
    if place is None:
        return
    column = columns[place]
    seed, step = column.identity or (1, 1)
    last = "max" if step > 0 else "min"
    found = definer.fill(f"SELECT coalesce({last}(q.c{place}), {seed - step}) FROM ({bound.sql}) q")
    default = f"ALTER COLUMN {ident(column.name)} SET DEFAULT nextval('{definer.sequence(found + step, step)}')"
    definer.connection.execute(f"ALTER TABLE {table} {default}")
