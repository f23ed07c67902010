"""What a script is planned into: inputs, relations over them, what is kept of them, and outputs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from local_azure.stream_analytics.errors import Position
from local_azure.stream_analytics.javascript import Function
from local_azure.stream_analytics.scope import HIDDEN, RECORD, Frame
from local_azure.stream_analytics.values import Kind, quote

Columns = dict[str, tuple[str, Kind]]
"""Name and kind by lower-case name."""


@dataclass(frozen=True)
class Input:
    """A stream as one FROM reads it: the same input with another TIMESTAMP BY is another.

    `fields` are the event's fields that the query reads, in lower case, `scalars` those that it reads as plain text;
    `stamp` and `key` are DuckDB's expressions of TIMESTAMP BY and its OVER; `types` are those of CREATE TABLE.
    """

    alias: str
    table: str
    fields: dict[str, str]
    scalars: dict[str, str]
    stamp: str | None
    key: str | None
    types: tuple[tuple[str, str], ...]


@dataclass
class Buffer:
    """Rows of a relation without state, kept as long as those with state that read it look back."""

    table: str
    source: str
    frame: Frame
    where: str | None = None
    reach: int = 0

    @property
    def feed(self) -> str:
        """The SELECT of the columns that are read."""
        read = sorted((self.frame.read - {"*"}) | set(HIDDEN))
        columns = ", ".join(f"{quote(self.frame.alias)}.{quote(name)}" for name in read)
        where = f" where {self.where}" if self.where else ""
        return f"select {columns} from {reference(self.source)} as {quote(self.frame.alias)}{where}"


@dataclass
class Relation:
    """A SELECT or a UNION in DuckDB's words, with its hidden columns.

    With state: its rows come when the watermark has passed them by `delay`, and hang on rows up to `reach` before
    (both microseconds); `grid` is the step and offset of the moments at which it can have rows, if those are known.
    """

    name: str
    columns: Columns
    open: bool
    sql: str = ""
    stateful: bool = False
    reach: int = 0
    delay: int = 0
    grid: tuple[int, int] | None = None
    sources: list[Relation] = field(default_factory=list)
    buffers: list[Buffer] = field(default_factory=list)

    def all_buffers(self) -> list[Buffer]:
        return [*self.buffers, *(each for source in self.sources for each in source.all_buffers())]

    def visible(self) -> str:
        """Its columns, hidden ones included."""
        names = [name for name, _ in self.columns.values()] + ([RECORD] if self.open else [])
        return ", ".join(quote(name) for name in [*names, *HIDDEN])


@dataclass(frozen=True)
class Output:
    """Rows for an output of the project."""

    alias: str
    relation: Relation
    position: Position


@dataclass(frozen=True)
class Plan:
    """All that the engine needs. `tables` are relations that several read; both are in the order of their making."""

    inputs: tuple[Input, ...]
    tables: tuple[Relation, ...]
    buffers: tuple[Buffer, ...]
    outputs: tuple[Output, ...]
    steps: dict[str, Relation]
    relations: tuple[Relation, ...]
    functions: tuple[Function, ...] = ()
    """JavaScript functions that the script may call."""
    level: str = "1.2"
    """The job's compatibility level."""
    typed: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Types that CREATE TABLE gives to reference data, by lower-case alias."""

    @property
    def reach(self) -> int:
        """How far behind the watermark events are still needed, in microseconds."""
        return max(
            (each.relation.reach + each.relation.delay for each in self.outputs if each.relation.stateful), default=0
        )

    @property
    def stateful(self) -> list[Output]:
        return [each for each in self.outputs if each.relation.stateful]

    @property
    def stateless(self) -> list[Output]:
        return [each for each in self.outputs if not each.relation.stateful]


REFERENCE = re.compile("\0([^\0]+)\0")
"""Where a relation is read, in the SQL of another. No script has that character (lexer)."""


def reference(name: str) -> str:
    """Where another relation is read; becomes its table, or its SELECT where nobody else reads it."""
    return f"\0{name}\0"
