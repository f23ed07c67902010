"""The parts of a Stream Analytics script, as the parser gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from local_azure.stream_analytics.errors import Position


@dataclass(frozen=True)
class Node:
    """Anything with a place in the script."""

    position: Position = field(kw_only=True, compare=False, repr=False)


class Expression(Node):
    """Anything that has a value for a row."""


@dataclass(frozen=True)
class Literal(Expression):
    """A number, a string or NULL."""

    value: int | float | str | None


@dataclass(frozen=True)
class Name(Expression):
    """`a`, `s.a`, `s.a.b`: a column, perhaps of a source, perhaps a field inside a record."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Star(Expression):
    """`*`, `source.*` or `record.*`."""

    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field(Expression):
    """A field of a record that is itself no name: `System.Window().Id`."""

    this: Expression
    name: str


@dataclass(frozen=True)
class Over(Node):
    """OVER (PARTITION BY ... ORDER BY ... LIMIT DURATION(unit, length) WHEN ...)."""

    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[tuple[Expression, bool], ...] = ()
    """Expression, and whether it descends."""
    limit: Call | None = None
    when: Expression | None = None


@dataclass(frozen=True)
class Call(Expression):
    """A function, a window or an aggregate; `name` in the script's own spelling, dots included."""

    name: str
    arguments: tuple[Expression, ...] = ()
    distinct: bool = False
    over: Over | None = None


@dataclass(frozen=True)
class Cast(Expression):
    """CAST or TRY_CAST."""

    this: Expression
    type: str
    safe: bool


@dataclass(frozen=True)
class Case(Expression):
    """CASE with or without an operand."""

    operand: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    default: Expression | None


@dataclass(frozen=True)
class Unary(Expression):
    """`-`, `~` or NOT."""

    operator: str
    this: Expression


@dataclass(frozen=True)
class Binary(Expression):
    """Two operands and an operator in upper case."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class IsNull(Expression):
    """IS [NOT] NULL."""

    this: Expression
    negated: bool


@dataclass(frozen=True)
class Between(Expression):
    """[NOT] BETWEEN."""

    this: Expression
    low: Expression
    high: Expression
    negated: bool


@dataclass(frozen=True)
class In(Expression):
    """[NOT] IN (...)."""

    this: Expression
    options: tuple[Expression, ...]
    negated: bool


@dataclass(frozen=True)
class Like(Expression):
    """[NOT] LIKE."""

    this: Expression
    pattern: Expression
    negated: bool


@dataclass(frozen=True)
class Column(Node):
    """One entry of a SELECT list; without an alias, a name keeps its own."""

    this: Expression
    alias: str | None


@dataclass(frozen=True)
class Source(Node):
    """An input or a step in FROM or JOIN."""

    name: str
    alias: str
    timestamp_by: Expression | None = None
    over: tuple[Expression, ...] = ()
    partition_by: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Join(Node):
    """INNER or LEFT JOIN."""

    source: Source
    on: Expression
    left: bool


@dataclass(frozen=True)
class Apply(Node):
    """CROSS or OUTER APPLY of GetArrayElements or GetRecordProperties."""

    call: Call
    alias: str
    outer: bool


@dataclass(frozen=True)
class Select(Node):
    """One SELECT."""

    columns: tuple[Column, ...]
    source: Source
    joins: tuple[Join, ...] = ()
    applies: tuple[Apply, ...] = ()
    into: str | None = None
    where: Expression | None = None
    group_by: tuple[Expression, ...] = ()
    having: Expression | None = None
    distinct: bool = False


Query = tuple[Select, ...]
"""One SELECT, or those of a UNION."""


@dataclass(frozen=True)
class Table(Node):
    """CREATE TABLE: an input's columns and their types."""

    name: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Script:
    """`tables`: typed inputs; `steps`: name and query of each WITH step, in order; `outputs`: SELECT ... INTO."""

    tables: tuple[Table, ...]
    steps: tuple[tuple[str, Query], ...]
    outputs: tuple[Query, ...]

    @property
    def queries(self) -> object:
        """What may be walked for all that the script computes."""
        return self.steps, self.outputs


def walk(node: object) -> Iterator[Node]:
    """A node and all nodes below it."""
    if isinstance(node, Node):
        yield node
        for each in fields(node):
            yield from walk(getattr(node, each.name))
    elif isinstance(node, tuple) and not isinstance(node, Position):
        for one in node:
            yield from walk(one)
