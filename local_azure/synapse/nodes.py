"""The syntax tree: what a dedicated pool's grammar can say, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from local_azure.synapse.lexer import Token
from local_azure.synapse.sqltypes import SqlType


@dataclass(frozen=True)
class Name:
    """A name of one to four parts, most significant first; `token` is where it stands."""

    parts: tuple[str, ...]
    token: Token = field(compare=False, repr=False)

    @property
    def last(self) -> str:
        return self.parts[-1]

    def __str__(self) -> str:
        return ".".join(self.parts)


class Expr:
    """A value."""


class Condition(Expr):
    """A truth, which T-SQL keeps apart from values."""


@dataclass(frozen=True)
class Literal(Expr):
    kind: str  # string, nstring, number, money, binary, null
    text: str


@dataclass(frozen=True)
class Variable(Expr):
    name: str


@dataclass(frozen=True)
class Column(Expr):
    name: Name


@dataclass(frozen=True)
class Star(Expr):
    table: tuple[str, ...]


@dataclass(frozen=True)
class Unary(Expr):
    op: str
    operand: Expr


@dataclass(frozen=True)
class Binary(Expr):
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Cast(Expr):
    operand: Expr
    type: SqlType
    safe: bool
    style: int | None = None


@dataclass(frozen=True)
class Case(Expr):
    operand: Expr | None
    branches: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr | None


@dataclass(frozen=True)
class OrderItem:
    expr: Expr
    descending: bool


@dataclass(frozen=True)
class Frame:
    unit: str
    start: str
    end: str


@dataclass(frozen=True)
class Over:
    partition: tuple[Expr, ...]
    order: tuple[OrderItem, ...]
    frame: Frame | None


@dataclass(frozen=True)
class Call(Expr):
    name: str
    args: tuple[Expr, ...]
    distinct: bool = False
    star: bool = False
    over: Over | None = None
    within: tuple[OrderItem, ...] = ()


@dataclass(frozen=True)
class UserCall(Expr):
    """A scalar function of the user's; an argument is None for DEFAULT."""

    name: Name
    args: tuple[Expr | None, ...]


@dataclass(frozen=True)
class DatePart(Expr):
    """The bare word DATEADD and its family take first."""

    name: str


@dataclass(frozen=True)
class SubQuery(Expr):
    query: Query


@dataclass(frozen=True)
class Compare(Condition):
    op: str
    left: Expr
    right: Expr
    token: Token = field(compare=False, repr=False)


@dataclass(frozen=True)
class Logic(Condition):
    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Not(Condition):
    operand: Expr


@dataclass(frozen=True)
class IsNull(Condition):
    operand: Expr
    negated: bool


@dataclass(frozen=True)
class Between(Condition):
    operand: Expr
    low: Expr
    high: Expr
    negated: bool


@dataclass(frozen=True)
class Quantified(Condition):
    """`left` `op` ALL or ANY (`query`)."""

    op: str
    left: Expr
    quantifier: str
    query: Query


@dataclass(frozen=True)
class In(Condition):
    operand: Expr
    items: tuple[Expr, ...]
    query: Query | None
    negated: bool


@dataclass(frozen=True)
class Like(Condition):
    operand: Expr
    pattern: Expr
    escape: Expr | None
    negated: bool


@dataclass(frozen=True)
class Exists(Condition):
    query: Query


# Where rows come from


class Source:
    """One entry of FROM."""


@dataclass(frozen=True)
class Table(Source):
    name: Name
    alias: str | None


@dataclass(frozen=True)
class Derived(Source):
    query: Query
    alias: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Split(Source):
    """STRING_SPLIT(text, separator [, 1])."""

    args: tuple[Expr, ...]
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


@dataclass(frozen=True)
class Select:
    items: tuple[Item, ...]
    source: Source | None = None
    where: Expr | None = None
    group: tuple[Expr, ...] = ()
    having: Expr | None = None
    distinct: bool = False
    top: Expr | None = None
    top_percent: bool = False
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


# Statements


class Statement:
    """One statement of a batch."""


@dataclass(frozen=True)
class SelectStatement(Statement):
    query: Query


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
class ColumnDef:
    name: str
    type: SqlType
    nullable: bool = True
    default: Expr | None = None
    identity: tuple[int, int] | None = None
    mask: str | None = None  # the function that shows it to those without UNMASK


@dataclass(frozen=True)
class Constraint:
    name: str | None
    kind: str  # PRIMARY KEY, UNIQUE
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Partition:
    """The ranges of a column; RIGHT: a value begins the partition behind it."""

    column: str
    right: bool
    values: tuple[Expr, ...]


@dataclass(frozen=True)
class TableOptions:
    distribution: str  # HASH, ROUND_ROBIN, REPLICATE
    hash_columns: tuple[str, ...] = ()
    index: str = "CLUSTERED COLUMNSTORE"
    index_columns: tuple[str, ...] = ()
    partition: Partition | None = None


@dataclass(frozen=True)
class CreateTable(Statement):
    name: Name
    columns: tuple[ColumnDef, ...]
    constraints: tuple[Constraint, ...]
    options: TableOptions


@dataclass(frozen=True)
class CreateTableAs(Statement):
    name: Name
    columns: tuple[str, ...]
    options: TableOptions
    query: Query


@dataclass(frozen=True)
class CreateView(Statement):
    name: Name
    columns: tuple[str, ...]
    query: Query
    text: str  # the whole statement, for sys.sql_modules
    body: str  # the SELECT alone
    alter: bool = False
    materialized: TableOptions | None = None


@dataclass(frozen=True)
class Drop(Statement):
    kind: str  # TABLE, VIEW, SCHEMA, INDEX, STATISTICS, EXTERNAL TABLE, EXTERNAL DATA SOURCE, EXTERNAL FILE FORMAT
    name: Name


@dataclass(frozen=True)
class CreateSchema(Statement):
    name: str


@dataclass(frozen=True)
class Rename(Statement):
    name: Name
    new_name: str
    column: str | None = None  # the column that is renamed, in place of the object


@dataclass(frozen=True)
class AlterTable(Statement):
    name: Name
    action: str  # ADD, DROP COLUMN, ALTER COLUMN, ADD CONSTRAINT, DROP CONSTRAINT, ADD MASKED, DROP MASKED
    columns: tuple[ColumnDef, ...] = ()
    names: tuple[str, ...] = ()
    constraint: Constraint | None = None
    mask: str | None = None


@dataclass(frozen=True)
class Predicate:
    """A change of a security policy: `call` filters the rows of `table`, None where it is dropped."""

    action: str  # ADD, ALTER, DROP
    table: Name
    call: UserCall | None
    text: str


@dataclass(frozen=True)
class PartitionChange(Statement):
    table: Name
    action: str  # SPLIT, MERGE
    value: Expr


@dataclass(frozen=True)
class Switch(Statement):
    """A partition, or a whole table, to another one; a number is None for a table without partitions."""

    table: Name
    number: int | None
    target: Name
    into: int | None
    truncate: bool


@dataclass(frozen=True)
class SecurityPolicy(Statement):
    name: Name
    action: str  # CREATE, ALTER
    predicates: tuple[Predicate, ...]
    enabled: bool | None  # None where it is not said


@dataclass(frozen=True)
class Member(Statement):
    """A change of a role: ADD or DROP a member, or RENAME it."""

    action: str
    role: str
    member: str


@dataclass(frozen=True)
class ExecuteAs(Statement):
    """Act as a user; None is REVERT."""

    user: str | None


@dataclass(frozen=True)
class CreateIndex(Statement):
    name: str
    table: Name
    columns: tuple[str, ...]
    kind: str


@dataclass(frozen=True)
class Statistics(Statement):
    """CREATE or UPDATE STATISTICS: checked, then nothing, since DuckDB keeps its own."""

    table: Name
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Permission(Statement):
    action: str  # GRANT, REVOKE, DENY
    privileges: tuple[str, ...]
    securable: Name | None
    securable_class: str
    principals: tuple[str, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class CreatePrincipal(Statement):
    name: str
    kind: str  # USER, ROLE


@dataclass(frozen=True)
class CreateExternal(Statement):
    """An external data source, file format or table: `options` with upper-case keys."""

    kind: str
    name: Name
    options: dict[str, str]
    columns: tuple[ColumnDef, ...] = ()


@dataclass(frozen=True)
class CreateExternalAs(Statement):
    """CREATE EXTERNAL TABLE ... AS SELECT."""

    name: Name
    columns: tuple[str, ...]
    options: dict[str, str]
    query: Query


@dataclass(frozen=True)
class CopyColumn:
    """A column that COPY loads: what stands for NULL, and the file's field, counted from 1 (0: by its place)."""

    name: str
    default: Expr | None = None
    field: int = 0


@dataclass(frozen=True)
class CopyInto(Statement):
    table: Name
    columns: tuple[CopyColumn, ...]
    locations: tuple[str, ...]
    options: dict[str, str]


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
class Parameter:
    name: str
    type: SqlType
    default: Expr | None = None
    output: bool = False


@dataclass(frozen=True)
class CreateRoutine(Statement):
    """A procedure (P), a scalar function (FN) or an inline table-valued function (IF)."""

    kind: str
    name: Name
    parameters: tuple[Parameter, ...]
    text: str
    alter: bool = False
    body: tuple[Statement, ...] = ()  # of a procedure or a scalar function
    query: Query | None = None  # of a table-valued function
    returns: SqlType | None = None  # of a scalar function
    null_on_null: bool = False
    schema_bound: bool = False


@dataclass(frozen=True)
class Return(Statement):
    value: Expr | None


@dataclass(frozen=True)
class Print(Statement):
    value: Expr


@dataclass(frozen=True)
class Throw(Statement):
    """`message` is None for THROW alone, which raises again what was caught."""

    number: int
    message: Expr | None
    severity: int
    state: int
    args: tuple[Expr, ...] = ()  # what RAISERROR puts into its message


@dataclass(frozen=True)
class Transaction(Statement):
    action: str  # BEGIN, COMMIT, ROLLBACK


@dataclass(frozen=True)
class Use(Statement):
    database: str
