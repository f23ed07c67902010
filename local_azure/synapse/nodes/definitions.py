"""Statements that change the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from local_azure.synapse.nodes.expressions import Expr, Name, UserCall
from local_azure.synapse.nodes.queries import Query
from local_azure.synapse.nodes.statements import Statement
from local_azure.synapse.sqltypes import SqlType


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
    kind: str  # PRIMARY KEY, UNIQUE, DEFAULT
    columns: tuple[str, ...]
    default: Expr | None = None
    inline: bool = False  # a default that comes with its column


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
    into: bool = False  # written SELECT ... INTO


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
    column: str | None = None  # of sp_rename: the column that is renamed, in place of the object


@dataclass(frozen=True)
class AlterTable(Statement):
    name: Name
    action: str  # ADD, DROP COLUMN, ALTER COLUMN, ADD CONSTRAINT, DROP CONSTRAINT, ADD MASKED, DROP MASKED
    columns: tuple[ColumnDef, ...] = ()
    names: tuple[str, ...] = ()
    constraint: Constraint | None = None
    mask: str | None = None
    constraints: tuple[Constraint, ...] = ()  # of the columns that are added


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
class CreateIndex(Statement):
    name: str
    table: Name
    columns: tuple[str, ...]
    kind: str
    replaces: bool = False  # WITH (DROP_EXISTING = ON)


@dataclass(frozen=True)
class Rebuild(Statement):
    """What would only make a table or view faster: its name is checked, then nothing is done."""

    table: Name
    index: str | None = None  # None of all


@dataclass(frozen=True)
class CreateStatistics(Statement):
    name: str
    table: Name
    columns: tuple[str, ...]


@dataclass(frozen=True)
class UpdateStatistics(Statement):
    """Of a table: those named, or all."""

    table: Name
    names: tuple[str, ...]


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
