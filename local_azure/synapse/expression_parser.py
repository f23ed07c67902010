"""The allow-list of expressions: what a dedicated SQL pool documents. All else is 103010.

Source: Microsoft Learn, the "Syntax for Azure Synapse Analytics" of CASE, OVER, CAST and CONVERT, "Search condition".
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from local_azure.synapse import nodes as n
from local_azure.synapse import odbc_escapes
from local_azure.synapse.errors import SqlError, not_local
from local_azure.synapse.token_reader import TokenReader

COMPOUND = {"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="}  # "Compound operators (Transact-SQL)"
COMPARISONS = {"=", "<>", "!=", "<", ">", "<=", ">=", "!<", "!>"}
BARE_FUNCTIONS = {"CURRENT_TIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "USER"}
KEYWORD_FUNCTIONS = {"LEFT", "RIGHT", "COALESCE", "NULLIF"}
DATE_FUNCTIONS = {"DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATEPART", "DATENAME", "DATETRUNC"}


class ExpressionParser(TokenReader, ABC):
    """Values and conditions, which T-SQL keeps apart: neither stands where the other belongs."""

    def condition(self, first: n.Expr | None = None) -> n.Expr:
        """A condition, or the rest of one whose first predicate was read."""
        left = self._conjunction(first)
        while self.take("OR"):
            left = n.Logic("OR", left, self._conjunction())
        return left

    def _conjunction(self, first: n.Expr | None = None) -> n.Expr:
        left = first or self._negation()
        while self.take("AND"):
            left = n.Logic("AND", left, self._negation())
        return left

    def _negation(self) -> n.Expr:
        if self.take("NOT"):
            return n.Not(self._negation())
        found = self._predicate()
        if not isinstance(found, n.Condition):
            text = "An expression of non-boolean type specified in a context where a condition is expected, near"
            raise SqlError(4145, f"{text} '{self.token.text}'.", 15, line=self.token.line)
        return found

    def value(self) -> n.Expr:
        token = self.token
        found = self._sum()
        if isinstance(found, n.Condition):
            raise token.error()
        return found

    def _predicate(self) -> n.Expr:
        if self.peek("EXISTS"):
            self.next()
            return n.Exists(self.subquery())
        left = self._sum()
        if isinstance(left, n.Condition):
            return left
        token = self.token
        if token.upper in COMPARISONS:
            self.next()
            if self.token.upper in {"ALL", "ANY", "SOME"}:
                word = "ALL" if self.next().upper == "ALL" else "ANY"
                return n.Quantified(token.upper, left, word, self.subquery())
            return n.Compare(token.upper, left, self.value(), token)
        return self._tail(left)

    def _tail(self, left: n.Expr) -> n.Expr:
        if self.take("IS"):
            negated = self.take("NOT")
            self.expect("NULL")
            return n.IsNull(left, negated)
        negated = self.token.upper == "NOT" and self.ahead().upper in {"IN", "LIKE", "BETWEEN"} and self.take("NOT")
        if self.take("IN"):
            return self._in(left, negated)
        if self.take("LIKE"):
            return n.Like(left, self.value(), self._escape(), negated)
        if self.take("BETWEEN"):
            low = self.value()
            self.expect("AND")
            return n.Between(left, low, self.value(), negated)
        return left

    def _escape(self) -> n.Expr | None:
        """ESCAPE of LIKE, in ODBC's braces or not."""
        braced = self.take("{", "ESCAPE")
        if not braced and not self.take("ESCAPE"):
            return None
        found = self.value()
        if braced:
            self.expect("}")
        return found

    def _in(self, left: n.Expr, negated: bool) -> n.Expr:
        if self._at_subquery():
            return n.In(left, (), self.subquery(), negated)
        return n.In(left, self.listed(self.value), None, negated)

    def _at_subquery(self) -> bool:
        return self.peek("(", "SELECT") or self.peek("(", "WITH")

    def _sum(self) -> n.Expr:
        left = self._product()
        while self.token.upper in {"+", "-", "&", "|", "^"}:
            op = self.next().upper
            left = n.Binary(op, self._operand(left), self._operand(self._product()))
        return left

    def _product(self) -> n.Expr:
        left = self._unary()
        while self.token.upper in {"*", "/", "%"}:
            op = self.next().upper
            left = n.Binary(op, self._operand(left), self._operand(self._unary()))
        return left

    def _operand(self, found: n.Expr) -> n.Expr:
        if isinstance(found, n.Condition):
            raise self.token.error()
        return found

    def _unary(self) -> n.Expr:
        if self.token.upper in {"-", "+", "~"}:
            op = self.next().upper
            return n.Unary(op, self._operand(self._unary()))
        found = self._primary()
        if self.take("COLLATE"):
            self._collation()
        while self.take("AT", "TIME", "ZONE"):
            found = n.Call("AT TIME ZONE", (self._operand(found), self._operand(self._primary())))
        return found

    def _collation(self) -> None:
        collation = self.identifier().lower()
        if collation not in {"database_default", "sql_latin1_general_cp1_ci_as"}:
            raise not_local(f"Collation '{collation}'")

    def _primary(self) -> n.Expr:
        token = self.token
        if token.kind in {"string", "nstring", "number", "money", "binary"}:
            self.next()
            return n.Literal(token.kind, token.text)
        if token.kind == "variable":
            self.next()
            return n.Variable(token.text.lower())
        if token.upper == "(":
            return self._parenthesis()
        if token.upper == "{":
            return odbc_escapes.escape(self)
        return self._word()

    def _parenthesis(self) -> n.Expr:
        if self._at_subquery():
            return n.SubQuery(self.subquery())
        self.expect("(")
        found = self._either()
        self.expect(")")
        return found

    def _either(self) -> n.Expr:
        """A value or a condition: only what follows the bracket's content tells which."""
        if self.peek("NOT"):
            return self.condition()
        found = self._predicate()
        return self.condition(found) if isinstance(found, n.Condition) else found

    def _word(self) -> n.Expr:
        word = self.token.upper
        if self.take("NULL"):
            return n.Literal("null", "")
        if word in {"CAST", "TRY_CAST", "CONVERT", "TRY_CONVERT"} and self.ahead().upper == "(":
            return self._cast()
        if word == "CASE":
            return self._case()
        if word in {"PARSE", "TRY_PARSE"} and self.ahead().upper == "(":
            raise not_local(f"{word}()")
        if word in BARE_FUNCTIONS:
            return n.Call(self.next().upper, ())
        if word in KEYWORD_FUNCTIONS and self.ahead().upper == "(":
            return self._call(self.next().upper)
        if not self.is_name():
            raise self.token.error()
        if self.ahead().upper == "(":
            return self._call(self.next().text.upper())
        return self._column()

    def _column(self) -> n.Expr:
        name = self.name()
        return n.UserCall(name, self.call_arguments()) if self.peek("(") else n.Column(name)

    def call_arguments(self) -> tuple[n.Expr | None, ...]:
        """What a function of the user's is called with; None for the keyword DEFAULT."""
        self.expect("(")
        if self.take(")"):
            return ()
        found = self.separated(lambda: None if self.take("DEFAULT") else self.value())
        self.expect(")")
        return found

    def _cast(self) -> n.Expr:
        word = self.next().upper
        self.expect("(")
        safe = word.startswith("TRY_")
        if word.endswith("CAST"):
            operand = self.value()
            self.expect("AS")
            found = n.Cast(operand, self.data_type(default_length=30), safe)
        else:
            type_ = self.data_type(default_length=30)
            self.expect(",")
            operand = self.value()
            found = n.Cast(operand, type_, safe, self._style() if self.take(",") else None)
        self.expect(")")
        return found

    def _style(self) -> int | n.Expr:
        """A style is an integer expression; as a rule it is written out."""
        found = self.value()
        if isinstance(found, n.Literal) and found.kind == "number" and found.text.isdigit():
            return int(found.text)
        return found

    def _case(self) -> n.Expr:
        self.expect("CASE")
        operand = None if self.peek("WHEN") else self.value()
        branches: list[tuple[n.Expr, n.Expr]] = []
        while self.take("WHEN"):
            when = self.value() if operand is not None else self.condition()
            self.expect("THEN")
            branches.append((when, self.value()))
        otherwise = self.value() if self.take("ELSE") else None
        self.expect("END")
        return n.Case(operand, tuple(branches), otherwise)

    def _call(self, name: str) -> n.Expr:
        self.expect("(")
        star = self.take("*")
        distinct = not star and self.take("DISTINCT")
        if not star and not distinct:
            self.take("ALL")
        args = () if star or self.peek(")") else self._arguments(name)
        self.expect(")")
        within = self._within_group()
        over = self._over() if self.take("OVER") else None
        return n.Call(name, args, distinct, star, over, within)

    def _arguments(self, name: str) -> tuple[n.Expr, ...]:
        if name == "TRIM":
            return self._trimmed()
        if name == "IIF":
            test = self.condition()
            self.expect(",")
            return (test, *self.separated(self.value))
        if name in DATE_FUNCTIONS:
            if self.token.kind in {"string", "nstring", "number", "variable"}:
                raise SqlError(1023, f"Invalid parameter 1 specified for {name.lower()}.", 15)
            part = n.DatePart(self.identifier().lower())
            self.expect(",")
            return (part, *self.separated(self.value))
        return self.separated(self.value)

    def _trimmed(self) -> tuple[n.Expr, ...]:
        """TRIM([characters FROM] text): the text first."""
        first = self.value()
        return (self.value(), first) if self.take("FROM") else (first,)

    def _within_group(self) -> tuple[n.OrderItem, ...]:
        if not self.take("WITHIN", "GROUP"):
            return ()
        self.expect("(", "ORDER", "BY")
        order = self.separated(self._order_item)
        self.expect(")")
        return order

    def _over(self) -> n.Over:
        self.expect("(")
        partition = self.separated(self.value) if self.take("PARTITION", "BY") else ()
        order = self.separated(self._order_item) if self.take("ORDER", "BY") else ()
        frame = self._frame() if self.token.upper in {"ROWS", "RANGE"} else None
        self.expect(")")
        return n.Over(partition, order, frame)

    def _frame(self) -> n.Frame:
        unit = self.next().upper
        if not self.take("BETWEEN"):
            return n.Frame(unit, self._bound(), "CURRENT ROW")
        start = self._bound()
        self.expect("AND")
        return n.Frame(unit, start, self._bound())

    def _bound(self) -> str:
        if self.take("CURRENT", "ROW"):
            return "CURRENT ROW"
        if self.peek("-"):
            raise self.token.error()
        size = "UNBOUNDED" if self.take("UNBOUNDED") else str(self.integer())
        return f"{size} {self.one_of({'PRECEDING', 'FOLLOWING'})}"

    def _order_item(self) -> n.OrderItem:
        expr = self.value()
        descending = self.take("DESC")
        if not descending:
            self.take("ASC")
        return n.OrderItem(expr, descending)

    @abstractmethod
    def subquery(self) -> n.Query:
        """A query in brackets, for the parser of queries to read."""
