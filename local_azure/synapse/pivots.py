"""PIVOT and UNPIVOT as the queries that they stand for.

Source: Microsoft Learn, "FROM - Using PIVOT and UNPIVOT": PIVOT groups by every column that it does not name.
"""

from __future__ import annotations

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError, invalid_column
from local_azure.synapse.lexer import Token
from local_azure.synapse.scope import BoundColumn

_NOWHERE = Token("name", "", 1, 1, 0, 0)


def derived(source: n.Pivot | n.Unpivot, offered: list[BoundColumn]) -> n.Derived:
    """The derived table. Raises SqlError 207 for a column that the source, which offers these, lacks, and 8167 for
    columns of different types in UNPIVOT."""
    named = (source.column, source.by) if isinstance(source, n.Pivot) else source.columns
    known = {column.name.lower(): column for column in offered}
    for name in named:
        if name.lower() not in known:
            raise invalid_column(name)
        if isinstance(source, n.Unpivot) and known[name.lower()].type != known[named[0].lower()].type:
            text = f'The type of column "{name}" conflicts with the type of other columns specified in'
            raise SqlError(8167, f"{text} the UNPIVOT list.")
    others = [column.name for column in offered if column.name.lower() not in {name.lower() for name in named}]
    body = _pivot(source, others) if isinstance(source, n.Pivot) else _unpivot(source, others)
    return n.Derived(n.Query(body, (), ()), source.alias, ())


def _column(name: str) -> n.Column:
    return n.Column(n.Name((name,), _NOWHERE))


def _pivot(source: n.Pivot, others: list[str]) -> n.Body:
    items = [n.Item(_column(name), name) for name in others]
    for value in source.values:
        is_it = n.Compare("=", _column(source.by), n.Literal("nstring", value), _NOWHERE)
        only = n.Case(None, ((is_it, _column(source.column)),), None)
        items.append(n.Item(n.Call(source.aggregate, (only,)), value))
    return n.Select(tuple(items), source.source, None, tuple(map(_column, others)))


def _unpivot(source: n.Unpivot, others: list[str]) -> n.Body:
    selects: list[n.Body] = [_unpivoted(source, others, column) for column in source.columns]
    body = selects[0]
    for select in selects[1:]:
        body = n.SetOperation("UNION ALL", body, select)
    return body


def _unpivoted(source: n.Unpivot, others: list[str], column: str) -> n.Select:
    items = [n.Item(_column(name), name) for name in others]
    items += [n.Item(_column(column), source.value), n.Item(n.Literal("nstring", column), source.name)]
    return n.Select(tuple(items), source.source, n.IsNull(_column(column), negated=True))
