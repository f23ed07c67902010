"""What names mean while a query is bound: sources of rows, their columns, common table expressions, grouping."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from local_azure.synapse.errors import SqlError, invalid_column
from local_azure.synapse.nodes import Name
from local_azure.synapse.sqltypes import SqlType


@dataclass(frozen=True)
class Typed:
    """A bound expression: DuckDB text and its T-SQL type (None for a bare NULL, "bit?" never: see `truth`)."""

    sql: str
    type: SqlType | None
    nullable: bool = True
    constant: str | None = None  # the text of a literal
    mask: str | None = None  # the function that shows the value, of a column that is masked
    identity: tuple[int, int] | None = None  # the seed and step of a column alone


@dataclass(frozen=True)
class BoundColumn:
    """A column a source offers, or a query puts out."""

    name: str
    type: SqlType
    sql: str
    nullable: bool = True
    untyped: bool = False  # a bare NULL: counts as int, and takes another type in UNION and INSERT
    mask: str | None = None
    refusal: SqlError | None = None  # why the user may not read it
    identity: tuple[int, int] | None = None  # seed and step

    @property
    def source_type(self) -> SqlType | None:
        return None if self.untyped else self.type


def readable(column: BoundColumn) -> BoundColumn:
    """Raises SqlError 230 for a column that the user may not read."""
    if column.refusal is not None:
        raise column.refusal
    return column


@dataclass(frozen=True)
class Relation:
    """A source in FROM: the names it answers to, and its columns."""

    exposed: str  # alias or table name
    path: tuple[str, ...]  # full name, lower case, where it is a table without alias
    columns: tuple[BoundColumn, ...]

    def answers(self, qualifier: tuple[str, ...]) -> bool:
        wanted = tuple(part.lower() for part in qualifier)
        return wanted == (self.exposed.lower(),) or (len(wanted) > 1 and wanted == self.path[-len(wanted) :])


@dataclass(frozen=True)
class BoundQuery:
    """A query as DuckDB text whose output columns are named c0, c1, ..."""

    sql: str
    columns: tuple[BoundColumn, ...]


@dataclass
class Scope:
    """One SELECT's names, within its parent's (a correlated subquery sees outwards)."""

    parent: Scope | None = None
    relations: list[Relation] = field(default_factory=list)
    ctes: dict[str, BoundQuery] = field(default_factory=dict)
    groups: dict[str, str] | None = None  # bound GROUP BY expression -> what stands for it above the grouping
    in_aggregate: bool = False
    clause: str = "SELECT"

    def cte(self, name: str) -> BoundQuery | None:
        if name.lower() in self.ctes:
            return self.ctes[name.lower()]
        return self.parent.cte(name) if self.parent else None

    def column(self, name: Name) -> BoundColumn:
        """The column a name means. Raises SqlError 207 (none), 209 (several), 4104 (unknown qualifier), 8120."""
        found = self._find(name)
        if len(found) > 1:
            raise SqlError(209, f"Ambiguous column name '{name.last}'.", line=name.token.line)
        if found:
            return self._grouped(readable(found[0]), name)
        if self.parent is not None:
            return self.parent.column(name)
        raise self._missing(name)

    def _find(self, name: Name) -> list[BoundColumn]:
        qualifier = name.parts[:-1]
        relations = [r for r in self.relations if not qualifier or r.answers(qualifier)]
        wanted = name.last.lower()
        return [c for r in relations for c in r.columns if c.name.lower() == wanted]

    def _missing(self, name: Name) -> SqlError:
        if len(name.parts) == 1 or any(r.answers(name.parts[:-1]) for r in self.relations):
            error = invalid_column(name.last)
        else:
            error = SqlError(4104, f'The multi-part identifier "{name}" could not be bound.')
        error.line = name.token.line
        return error

    def _grouped(self, column: BoundColumn, name: Name) -> BoundColumn:
        if self.groups is None or self.in_aggregate:
            return column
        if column.sql in self.groups:
            return replace(column, sql=self.groups[column.sql])
        text = (
            f"Column '{name}' is invalid in the {self.clause} list because it is not contained in either "
            "an aggregate function or the GROUP BY clause."
        )
        raise SqlError(8120 if self.clause == "SELECT" else 8121, text, line=name.token.line)
