"""Expressions of a script, by precedence as in T-SQL: ~, * / %, + - & ^ |, comparisons, NOT, AND, OR."""

from __future__ import annotations

import math
from collections.abc import Callable

from local_azure.stream_analytics.errors import Position, QueryError
from local_azure.stream_analytics.lexer import Kind, Token, tokens
from local_azure.stream_analytics.syntax import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Expression,
    Field,
    In,
    IsNull,
    Like,
    Literal,
    Name,
    Over,
    Star,
    Unary,
)  # fmt: skip

RESERVED = {
    "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "INTO", "JOIN", "INNER", "OUTER", "CROSS", "APPLY", "ON", "AND",
    "OR", "NOT", "CASE", "WHEN", "THEN", "ELSE", "END", "AS", "UNION", "WITH", "NULL", "IS", "IN", "LIKE", "BETWEEN",
    "OVER", "BY", "CREATE",
}  # fmt: skip
"""Words that name something only in [brackets]."""
TYPES = {"BIGINT", "FLOAT", "NVARCHAR", "DATETIME", "BIT", "RECORD", "ARRAY"}
COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!<": ">=", "!>": "<="}
LEAST = str(2**63)
"""The digits of the least bigint, which alone are beyond it."""
QUOTES_PAGE = "select-azure-stream-analytics"


class ExpressionParser:
    """Reads expressions from the tokens of a script; what it does not know it refuses where it stands."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self.place = 0

    def peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self.place + ahead, len(self._tokens) - 1)]

    def next(self) -> Token:
        token = self.peek()
        self.place += 1
        return token

    def skip(self, count: int) -> None:
        self.place += count

    def accept(self, text: str) -> bool:
        """Step over a word or symbol if it is the next."""
        token = self.peek()
        found = token.is_word(text) or token.is_symbol(text)
        self.place += found
        return found

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.unexpected(f"{text} is expected here")

    def unexpected(self, reason: str = "", page: str | None = None) -> QueryError:
        token = self.peek()
        near = "the end of the script" if token.kind is Kind.END else repr(token.text)
        return QueryError(token.position, f"syntax error near {near}{f': {reason}' if reason else ''}", page)

    def is_name(self, token: Token) -> bool:
        plain = token.kind is Kind.WORD and token.text.upper() not in RESERVED
        return plain or token.kind in (Kind.QUOTED, Kind.DOUBLE)

    def name(self) -> str:
        if not self.is_name(self.peek()):
            raise self.unexpected("a name is expected here")
        return self.next().text

    def type_name(self) -> str:
        """A type of the language, in lower case. Raises QueryError for others."""
        token = self.next()
        kind = token.text.lower()
        known = kind.upper() in TYPES and token.kind is not Kind.STRING
        if known and kind == "nvarchar":
            known = self.accept("(") and self.accept("MAX") and self.accept(")")
        if not known or (kind != "nvarchar" and self.peek().is_symbol("(")):
            raise QueryError(
                token.position,
                f"{token.text} is no type of Stream Analytics; those are bigint, float, nvarchar(max), datetime, bit, "
                "record and array",
                "data-types-azure-stream-analytics",
            )
        return kind

    def expressions(self) -> tuple[Expression, ...]:
        found = [self.expression()]
        while self.accept(","):
            found.append(self.expression())
        return tuple(found)

    def expression(self) -> Expression:
        return self._chain("OR", self._and)

    def _and(self) -> Expression:
        return self._chain("AND", self._not)

    def _chain(self, word: str, operand: Callable[[], Expression]) -> Expression:
        """Operands of AND or OR, as a tree of little depth however many they are."""
        operands, positions = [operand()], []
        while self.peek().is_word(word):
            positions.append(self.next().position)
            operands.append(operand())
        while len(operands) > 1:
            pairs = zip(operands[::2], operands[1::2], positions[::2], strict=False)
            joined: list[Expression] = [Binary(word, left, right, position=at) for left, right, at in pairs]
            operands, positions = joined + operands[2 * len(joined) :], positions[1::2]
        return operands[0]

    def _not(self) -> Expression:
        position = self.peek().position
        if self.accept("NOT"):
            return Unary("NOT", self._not(), position=position)
        return self._predicate()

    def _predicate(self) -> Expression:
        left = self._sum()
        token = self.peek()
        if token.kind is Kind.SYMBOL and (operator := COMPARISONS.get(token.text)):
            self.next()
            return Binary(operator, left, self._sum(), position=token.position)
        if self.accept("IS"):
            negated = self.accept("NOT")
            if not self.accept("NULL"):
                raise self.unexpected("IS [NOT] takes NULL only", "where-azure-stream-analytics")
            return IsNull(left, negated, position=token.position)
        negated = token.is_word("NOT") and self.peek(1).is_word("IN", "LIKE", "BETWEEN")
        self.place += negated
        return self._condition(left, negated, token.position)

    def _condition(self, left: Expression, negated: bool, position: Position) -> Expression:
        if self.accept("BETWEEN"):
            low = self._sum()
            self.expect("AND")
            return Between(left, low, self._sum(), negated, position=position)
        if self.accept("LIKE"):
            return Like(left, self._sum(), negated, position=position)
        if self.accept("IN"):
            self.expect("(")
            if self.peek().is_word("SELECT"):
                raise self.unexpected(
                    "IN takes a list of values; join the step instead", "where-azure-stream-analytics"
                )
            options = self.expressions()
            self.expect(")")
            return In(left, options, negated, position=position)
        return left

    def _sum(self) -> Expression:
        left = self._product()
        while self.peek().is_symbol("+", "-", "&", "|", "^"):
            token = self.next()
            left = Binary(token.text, left, self._product(), position=token.position)
        return left

    def _product(self) -> Expression:
        left = self._unary()
        while self.peek().is_symbol("*", "/", "%"):
            token = self.next()
            left = Binary(token.text, left, self._unary(), position=token.position)
        return left

    def _unary(self) -> Expression:
        token = self.peek()
        if token.is_symbol("-", "~"):
            self.next()
            if token.text == "-" and (least := self.peek()).kind is Kind.NUMBER and least.text == LEAST:
                self.next()
                return Literal(-int(LEAST), position=token.position)
            return Unary(token.text, self._unary(), position=token.position)
        if self.accept("+"):
            return self._unary()
        return self._postfix()

    def _postfix(self) -> Expression:
        found = self._primary()
        while self.peek().is_symbol("."):
            position = self.next().position
            found = Field(found, self.next().text, position=position)
        if self.peek().is_symbol("::"):
            raise self.unexpected(":: is not in the language; write CAST(... AS ...)", "cast-azure-stream-analytics")
        return found

    def _primary(self) -> Expression:
        token = self.peek()
        if token.kind is Kind.NUMBER:
            return self._number()
        if token.kind is Kind.STRING:
            return Literal(self.next().text, position=token.position)
        if token.kind is Kind.DOUBLE:
            raise QueryError(
                token.position,
                f"\"{token.text}\": write [{token.text}] for a name, or '{token.text}' for a string; "
                "Microsoft's pages use double quotes for both",
                QUOTES_PAGE,
            )
        if self.accept("("):
            return self._bracketed()
        if self.accept("NULL"):
            return Literal(None, position=token.position)
        if token.is_word("CASE"):
            return self._case()
        if token.is_word("CAST", "TRY_CAST") and self.peek(1).is_symbol("("):
            return self._cast()
        return self._name_or_call()

    def _bracketed(self) -> Expression:
        if self.peek().is_word("SELECT"):
            raise self.unexpected("a SELECT inside an expression is not supported; write a step by WITH and join it")
        found = self.expression()
        self.expect(")")
        return found

    def _number(self) -> Literal:
        token = self.next()
        if token.text.isdecimal():
            value: int | float = int(token.text)
            if value >= 2**63:
                raise QueryError(token.position, f"{token.text} is beyond bigint", "data-types-azure-stream-analytics")
        else:
            value = float(token.text)
            if not math.isfinite(value):
                raise QueryError(token.position, f"{token.text} is beyond float", "data-types-azure-stream-analytics")
        return Literal(value, position=token.position)

    def _case(self) -> Case:
        position = self.next().position
        operand = None if self.peek().is_word("WHEN") else self.expression()
        branches = []
        while self.accept("WHEN"):
            condition = self.expression()
            self.expect("THEN")
            branches.append((condition, self.expression()))
        if not branches:
            raise self.unexpected("CASE needs WHEN", "case-azure-stream-analytics")
        default = self.expression() if self.accept("ELSE") else None
        self.expect("END")
        return Case(operand, tuple(branches), default, position=position)

    def _cast(self) -> Cast:
        token = self.next()
        self.expect("(")
        this = self.expression()
        self.expect("AS")
        kind = self.type_name()
        self.expect(")")
        return Cast(this, kind, token.is_word("TRY_CAST"), position=token.position)

    def _name_or_call(self) -> Expression:
        start = self.peek()
        is_function = start.is_word("LEFT", "RIGHT") and self.peek(1).is_symbol("(")
        if not is_function and not self.is_name(start):
            raise self.unexpected("an expression is expected here")
        parts = [self.next().text]
        while self.peek().is_symbol(".") and self._is_part(self.peek(1)):
            self.next()
            parts.append(self.next().text)
        if self.peek().is_symbol("(") and start.kind is Kind.WORD:
            return self._call(".".join(parts), start.position)
        return Name(tuple(parts), position=start.position)

    def _is_part(self, token: Token) -> bool:
        return token.kind in (Kind.WORD, Kind.QUOTED, Kind.DOUBLE)

    def _call(self, name: str, position: Position) -> Call:
        self.expect("(")
        distinct = self.accept("DISTINCT")
        if not distinct and self.peek().is_word("ALL"):
            self.next()
        arguments: tuple[Expression, ...] = ()
        star = self.peek()
        if self.accept("*"):
            arguments = (Star(position=star.position),)
            arguments += self.expressions() if self.accept(",") else ()
        elif not self.peek().is_symbol(")"):
            arguments = self.expressions()
        self.expect(")")
        return Call(name, arguments, distinct, self._over(), position=position)

    def _over(self) -> Over | None:
        start = self.peek()
        if not (start.is_word("OVER") and self.peek(1).is_symbol("(")):
            return None
        self.skip(2)
        partition_by = self._by("PARTITION")
        order_by = self._order() if self._starts("ORDER") else ()
        partition_by = partition_by or self._by("PARTITION")
        limit = self._limit()
        when = self.expression() if self.accept("WHEN") else None
        self.expect(")")
        return Over(partition_by, order_by, limit, when, position=start.position)

    def _starts(self, word: str) -> bool:
        found = self.peek().is_word(word) and self.peek(1).is_word("BY")
        self.place += 2 * found
        return found

    def _by(self, word: str) -> tuple[Expression, ...]:
        return self.expressions() if self._starts(word) else ()

    def _order(self) -> tuple[tuple[Expression, bool], ...]:
        found = []
        while True:
            key = self.expression()
            descends = self.accept("DESC")
            if not descends:
                self.accept("ASC")
            found.append((key, descends))
            if not self.accept(","):
                return tuple(found)

    def _limit(self) -> Call | None:
        if not self.accept("LIMIT"):
            return None
        call = self._name_or_call()
        if not isinstance(call, Call) or call.name.upper() != "DURATION":
            raise self.unexpected("LIMIT DURATION(unit, length) is expected here", "over-azure-stream-analytics")
        return call
