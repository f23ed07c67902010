"""Statements over rows, control of flow and the session."""

from __future__ import annotations

from dataclasses import dataclass, field

from local_azure.synapse.nodes.expressions import Expr, Name
from local_azure.synapse.nodes.queries import Cte, Query, Source
from local_azure.synapse.sqltypes import SqlType


@dataclass(frozen=True)
class Written:
    """How a statement was written: its text, and the label of its OPTION."""

    text: str = ""
    label: str = ""


@dataclass(frozen=True)
class Statement:
    """One statement of a batch."""

    written: Written = field(default=Written(), kw_only=True, compare=False, repr=False)


@dataclass(frozen=True)
class SelectStatement(Statement):
    query: Query


@dataclass(frozen=True)
class SelectVariables(Statement):
    """SELECT @variable = value, ...: one name for each column of the query."""

    query: Query
    names: tuple[str, ...]


@dataclass(frozen=True)
class Insert(Statement):
    table: Name
    columns: tuple[str, ...]
    values: tuple[Expr, ...] | None
    query: Query | None


@dataclass(frozen=True)
class InsertBulk(Statement):
    """What the rows of the next message go into."""

    table: Name
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Update(Statement):
    target: Name
    changes: tuple[tuple[str, Expr], ...]
    source: Source | None
    where: Expr | None
    ctes: tuple[Cte, ...] = ()


@dataclass(frozen=True)
class Delete(Statement):
    target: Name
    source: Source | None
    where: Expr | None
    ctes: tuple[Cte, ...] = ()


@dataclass(frozen=True)
class MergeClause:
    when: str  # MATCHED, NOT MATCHED, NOT MATCHED BY SOURCE
    condition: Expr | None
    action: str  # UPDATE, DELETE, INSERT
    columns: tuple[str, ...]
    values: tuple[Expr, ...]


@dataclass(frozen=True)
class Merge(Statement):
    target: Name
    alias: str | None
    source: Source
    on: Expr
    clauses: tuple[MergeClause, ...]


@dataclass(frozen=True)
class Truncate(Statement):
    table: Name


@dataclass(frozen=True)
class Explain(Statement):
    """The plan of a statement, which is bound and not run."""

    statement: Statement


@dataclass(frozen=True)
class Kill(Statement):
    session: str


@dataclass(frozen=True)
class ShowSpaceUsed(Statement):
    """DBCC PDW_SHOWSPACEUSED, of a table or of the database."""

    table: Name | None


@dataclass(frozen=True)
class EmptyCache(Statement):
    """DBCC of a cache; `quiet` says WITH NO_INFOMSGS."""

    quiet: bool


@dataclass(frozen=True)
class ShowStatistics(Statement):
    """DBCC SHOW_STATISTICS; `parts` are those of STAT_HEADER, DENSITY_VECTOR and HISTOGRAM that are shown."""

    table: Name
    target: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class ExecuteAs(Statement):
    """Act as a user; None is REVERT."""

    user: str | None


@dataclass(frozen=True)
class If(Statement):
    condition: Expr
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True)
class While(Statement):
    condition: Expr
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Block(Statement):
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Try(Statement):
    body: tuple[Statement, ...]
    handler: tuple[Statement, ...]


@dataclass(frozen=True)
class Leave(Statement):
    word: str  # BREAK or CONTINUE


@dataclass(frozen=True)
class Declare(Statement):
    variables: tuple[tuple[str, SqlType, Expr | None], ...]


@dataclass(frozen=True)
class SetVariable(Statement):
    name: str
    value: Expr


@dataclass(frozen=True)
class IdentityInsert(Statement):
    table: Name
    on: bool


@dataclass(frozen=True)
class SetOption(Statement):
    option: str
    value: str


@dataclass(frozen=True)
class ExecString(Statement):
    text: Expr


@dataclass(frozen=True)
class Argument:
    """What EXEC gives a parameter, by its name or its place; `output` names a variable that takes it back."""

    name: str | None
    value: Expr
    output: bool = False


@dataclass(frozen=True)
class ExecProcedure(Statement):
    name: Name
    args: tuple[Argument, ...]
    status: str | None = None  # the variable of EXEC @status = ...


@dataclass(frozen=True)
class Return(Statement):
    value: Expr | None


@dataclass(frozen=True)
class Print(Statement):
    value: Expr


@dataclass(frozen=True)
class Throw(Statement):
    """`message` is None for THROW alone, which raises again what was caught; RAISERROR alone has a severity."""

    number: Expr | None
    message: Expr | None
    severity: Expr | None
    state: Expr | None
    args: tuple[Expr, ...] = ()  # what RAISERROR puts into its message


@dataclass(frozen=True)
class Transaction(Statement):
    action: str  # BEGIN, COMMIT, ROLLBACK


@dataclass(frozen=True)
class Use(Statement):
    database: str
