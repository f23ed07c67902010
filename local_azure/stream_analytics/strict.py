"""Nothing that was written may be ignored: each part of a parsed query is one that the plan reads, or is refused.

The parser knows all of T-SQL and more, and hangs what it read on its nodes; what the plan does not look at would
otherwise be dropped without a word.
"""

from __future__ import annotations

from sqlglot import exp

from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.script import line_of

READ: dict[type[exp.Expression], set[str]] = {
    exp.Select: {"expressions", "from_", "joins", "where", "group", "into"},
    exp.From: {"this"},
    exp.Into: {"this"},
    exp.Table: {"this", "alias"},
    exp.TableAlias: {"this"},
    exp.Join: {"this", "on", "side", "kind"},
    exp.Where: {"this"},
    exp.Group: {"expressions"},
    exp.Column: {"this", "table", "db", "catalog"},
    exp.Cast: {"this", "to"},
    exp.TryCast: {"this", "to", "requires_string", "safe"},
    exp.Count: {"this"},
    exp.Sum: {"this"},
    exp.Min: {"this"},
    exp.Max: {"this"},
    exp.Avg: {"this"},
    exp.Distinct: {"expressions"},
    exp.Length: {"this"},
    exp.Upper: {"this"},
    exp.Lower: {"this"},
    exp.Concat: {"expressions", "safe", "coalesce"},
    exp.Coalesce: {"this", "expressions"},
    exp.Case: {"this", "ifs", "default"},
    exp.Star: set(),
}
ONE_COLUMN = (exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg)
"""Aggregates: of one expression, `*` or DISTINCT one expression."""


def refuse_unread(query: exp.Expression) -> None:
    """Raise QueryError for the first part of `query` that the plan would not look at."""
    for node in query.find_all(exp.Expression):
        read = READ.get(type(node))
        for name, value in node.args.items():
            if read is not None and value and name not in read:
                raise QueryError(line_of(node), f"{_named(node, name)} is not supported here")
        _refuse_shape(node)


def _named(node: exp.Expression, name: str) -> str:
    if isinstance(node, exp.Select):
        return {"limit": "TOP", "with_": "WITH inside a step"}.get(name, name.strip("_").upper())
    return f"{name.strip('_')} in {_text(node)}"


def _refuse_shape(node: exp.Expression) -> None:
    if isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
        raise QueryError(line_of(node), f"{_text(node)}: FROM and JOIN take a name here")
    if isinstance(node, exp.Join) and node.kind not in ("", "INNER", "OUTER"):
        raise QueryError(line_of(node), f"{_text(node)}: only JOIN and LEFT JOIN are supported here")
    if isinstance(node, ONE_COLUMN) and (node.this is None or _several(node.this)):
        raise QueryError(line_of(node), f"{_text(node)}: an aggregate takes one expression")


def _text(node: exp.Expression) -> str:
    try:
        return node.sql(dialect="tsql")
    except TypeError:  # the parser takes more arguments than the generator can write
        return node.key.upper()


def _several(node: exp.Expression) -> bool:
    return isinstance(node, exp.Distinct) and len(node.expressions) != 1
