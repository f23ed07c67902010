"""Outer joins whose condition holds a query: DuckDB plans those as a LATERAL side alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from local_azure.synapse.scope import Scope

if TYPE_CHECKING:
    from local_azure.synapse.sources import SourceBinder


@dataclass(frozen=True)
class Side:
    """A side of a join: DuckDB's text, and which of the scope's relations it brought."""

    sql: str
    places: range


def joined(binder: SourceBinder, kind: str, left: Side, right: Side, test: str, scope: Scope) -> str:
    """LEFT, RIGHT or FULL; the columns of the sides that move get new names in the scope."""
    if kind == "FULL":
        return _full(binder, left, right, test, scope)
    kept, other = (left, right) if kind == "LEFT" else (right, left)
    alias = binder.fresh("t")
    matched = f"SELECT {_named(_moved(scope, other, alias))} FROM {other.sql} WHERE {test}"
    return f"({kept.sql} LEFT JOIN LATERAL ({matched}) {alias} ON true)"


def _full(binder: SourceBinder, left: Side, right: Side, test: str, scope: Scope) -> str:
    """The left rows with what matches them, and the right rows that match nothing."""
    alias = binder.fresh("t")
    ours = _moved(scope, left, alias)
    theirs = _moved(scope, right, alias, len(ours))
    matched = f"SELECT {_named(theirs, len(ours))} FROM {right.sql} WHERE {test}"
    rows = f"SELECT {_named(ours)}, m.* FROM {left.sql} LEFT JOIN LATERAL ({matched}) m ON true"
    alone = f"{_named(['NULL'] * len(ours))}, {_named(theirs, len(ours))}"
    rest = f"SELECT {alone} FROM {right.sql} WHERE NOT EXISTS (SELECT 1 FROM {left.sql} WHERE {test})"
    return f"({rows} UNION ALL {rest}) {alias}"


def _named(texts: list[str], first: int = 0) -> str:
    return ", ".join(f"{text} AS k{i}" for i, text in enumerate(texts, first))


def _moved(scope: Scope, side: Side, alias: str, first: int = 0) -> list[str]:
    """The texts of a side's columns, which from now on are those of a derived table."""
    texts: list[str] = []
    for place in side.places:
        relation = scope.relations[place]
        numbered = enumerate(relation.columns, first + len(texts))
        texts += [column.sql for column in relation.columns]
        columns = tuple(replace(column, sql=f"{alias}.k{i}") for i, column in numbered)
        scope.relations[place] = replace(relation, columns=columns)
    return texts
