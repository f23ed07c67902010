"""Where rows come from, and SELECT."""

from __future__ import annotations

from dataclasses import dataclass

from local_azure.synapse.nodes.expressions import Expr, Name, OrderItem
from local_azure.synapse.sqltypes import SqlType


class Source:
    """One entry of FROM."""


@dataclass(frozen=True)
class Table(Source):
    name: Name
    alias: str | None
    sample: str = ""  # DuckDB's text for TABLESAMPLE


@dataclass(frozen=True)
class Derived(Source):
    query: Query
    alias: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Split(Source):
    """STRING_SPLIT(text, separator)."""

    args: tuple[Expr, ...]
    alias: str


@dataclass(frozen=True)
class JsonColumn:
    """A column of OPENJSON's WITH: a scalar at a path, or with AS JSON an object or array."""

    name: str
    type: SqlType
    path: str
    as_json: bool = False


@dataclass(frozen=True)
class OpenJson(Source):
    """OPENJSON(text [, path]) [WITH (...)]; without columns it gives key, value and type."""

    args: tuple[Expr, ...]
    columns: tuple[JsonColumn, ...]
    alias: str


@dataclass(frozen=True)
class FunctionTable(Source):
    """A call of an inline table-valued function; an argument is None for DEFAULT."""

    name: Name
    args: tuple[Expr | None, ...]
    alias: str | None


@dataclass(frozen=True)
class Pivot(Source):
    """`aggregate`(`column`) FOR `by` IN (`values`): a column of each value."""

    source: Source
    aggregate: str
    column: str
    by: str
    values: tuple[str, ...]
    alias: str


@dataclass(frozen=True)
class Unpivot(Source):
    """`value` FOR `name` IN (`columns`): a row of each column that is not NULL."""

    source: Source
    value: str
    name: str
    columns: tuple[str, ...]
    alias: str


@dataclass(frozen=True)
class Join(Source):
    kind: str  # INNER, LEFT, RIGHT, FULL, CROSS, CROSS APPLY, OUTER APPLY
    left: Source
    right: Source
    on: Expr | None


@dataclass(frozen=True)
class Item:
    expr: Expr
    alias: str | None
    variable: str | None = None  # what SELECT @variable = value gives it to


@dataclass(frozen=True)
class Select:
    items: tuple[Item, ...]
    source: Source | None = None
    where: Expr | None = None
    group: tuple[Expr, ...] = ()
    having: Expr | None = None
    distinct: bool = False
    top: Expr | None = None
    with_ties: bool = False
    sets: tuple[tuple[int, ...], ...] | None = None  # GROUPING SETS, as places in `group`


@dataclass(frozen=True)
class SetOperation:
    op: str  # UNION, UNION ALL, EXCEPT, INTERSECT
    left: Body
    right: Body


Body = Select | SetOperation


@dataclass(frozen=True)
class Cte:
    name: str
    columns: tuple[str, ...]
    query: Query


@dataclass(frozen=True)
class Query:
    body: Body
    ctes: tuple[Cte, ...] = ()
    order: tuple[OrderItem, ...] = ()
