"""Values and conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local_azure.synapse.lexer import Token
from local_azure.synapse.sqltypes import SqlType

if TYPE_CHECKING:
    from local_azure.synapse.nodes.queries import Query


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
    style: int | Expr | None = None  # a number that is written, or what gives one


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
