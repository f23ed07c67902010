"""The allow-list, as a grammar: expressions and queries a dedicated SQL pool documents. All else is 103010.

Source: Microsoft Learn, the "Syntax for Azure Synapse Analytics" of SELECT, FROM, WHERE, GROUP BY, ORDER BY,
WITH common_table_expression, OPTION, CASE, OVER, CAST and CONVERT.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from local_azure.synapse import nodes as n
from local_azure.synapse import odbc_escapes
from local_azure.synapse.errors import SqlError, not_local, unsupported
from local_azure.synapse.lexer import Token, tokenize
from local_azure.synapse.sqltypes import MAX, SqlType, make_type

T = TypeVar("T")

# "Reserved keywords (Transact-SQL)": never a name unless delimited.
RESERVED = {
    "ADD", "ALL", "ALTER", "AND", "ANY", "AS", "ASC", "AUTHORIZATION", "BACKUP", "BEGIN", "BETWEEN",
    "BREAK", "BROWSE", "BULK", "BY", "CASCADE", "CASE", "CHECK", "CHECKPOINT", "CLOSE", "CLUSTERED",
    "COALESCE", "COLLATE", "COLUMN", "COMMIT", "COMPUTE", "CONSTRAINT", "CONTAINS", "CONTAINSTABLE",
    "CONTINUE", "CONVERT", "CREATE", "CROSS", "CURRENT", "CURRENT_DATE", "CURRENT_TIME",
    "CURRENT_TIMESTAMP", "CURRENT_USER", "CURSOR", "DATABASE", "DBCC", "DEALLOCATE", "DECLARE", "DEFAULT",
    "DELETE", "DENY", "DESC", "DISTINCT", "DISTRIBUTED", "DOUBLE", "DROP", "ELSE", "END", "ERRLVL",
    "ESCAPE", "EXCEPT", "EXEC", "EXECUTE", "EXISTS", "EXIT", "EXTERNAL", "FETCH", "FILE", "FILLFACTOR",
    "FOR", "FOREIGN", "FREETEXT", "FROM", "FULL", "FUNCTION", "GOTO", "GRANT", "GROUP", "HAVING",
    "HOLDLOCK", "IDENTITY", "IDENTITY_INSERT", "IF", "IN", "INDEX", "INNER", "INSERT", "INTERSECT",
    "INTO", "IS", "JOIN", "KEY", "KILL", "LEFT", "LIKE", "LINENO", "MERGE", "NATIONAL", "NOCHECK",
    "NONCLUSTERED", "NOT", "NULL", "NULLIF", "OF", "OFF", "OFFSETS", "ON", "OPEN", "OPENDATASOURCE",
    "OPENQUERY", "OPENROWSET", "OPENXML", "OPTION", "OR", "ORDER", "OUTER", "OVER", "PERCENT", "PIVOT",
    "PLAN", "PRIMARY", "PRINT", "PROC", "PROCEDURE", "PUBLIC", "RAISERROR", "READ", "RECONFIGURE",
    "REFERENCES", "REPLICATION", "RESTORE", "RESTRICT", "RETURN", "REVERT", "REVOKE", "RIGHT", "ROLLBACK",
    "ROWCOUNT", "RULE", "SAVE", "SCHEMA", "SELECT", "SESSION_USER", "SET", "SETUSER", "SOME",
    "STATISTICS", "SYSTEM_USER", "TABLE", "TABLESAMPLE", "TEXTSIZE", "THEN", "TO", "TOP", "TRAN",
    "TRANSACTION", "TRIGGER", "TRUNCATE", "TRY_CONVERT", "UNION", "UNIQUE", "UNPIVOT", "UPDATE", "USE",
    "USER", "VALUES", "VARYING", "VIEW", "WAITFOR", "WHEN", "WHERE", "WHILE", "WITH", "WITHIN",
    "WRITETEXT",
}  # fmt: skip
COMPARISONS = {"=", "<>", "!=", "<", ">", "<=", ">=", "!<", "!>"}
BARE_FUNCTIONS = {"CURRENT_TIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "USER"}
KEYWORD_FUNCTIONS = {"LEFT", "RIGHT", "COALESCE", "NULLIF"}
DATE_FUNCTIONS = {"DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATEPART", "DATENAME", "DATETRUNC"}
TABLE_HINTS = {"NOLOCK", "READUNCOMMITTED", "READPAST"}
JOIN_KINDS = {"LEFT", "RIGHT", "FULL", "INNER", "JOIN", "CROSS", "OUTER"}
QUERY_HINTS = {"HASH", "LOOP", "MERGE", "FORCE", "LABEL", "DISABLE", "MAXDOP", "RECOMPILE"}


class TokenReader:
    """The cursor over the tokens, and the few questions every production asks of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.cte_depth = self.loops = 0
        self.takes_into = False  # whether SELECT ... INTO may stand here
        self.into: n.Name | None = None

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def ahead(self, steps: int = 1) -> Token:
        return self.tokens[min(self.at + steps, len(self.tokens) - 1)]

    def next(self) -> Token:
        token = self.token
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def peek(self, *words: str) -> bool:
        """Whether the next tokens are these words, in order."""
        return all(self.ahead(i).upper == word for i, word in enumerate(words))

    def take(self, *words: str) -> bool:
        found = self.peek(*words)
        self.at += len(words) if found else 0
        return found

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.take(word):
                raise self.token.error()

    def one_of(self, words: set[str]) -> str:
        if self.token.upper not in words:
            raise self.token.error()
        return self.next().upper

    def is_name(self) -> bool:
        return self.token.kind == "name" or (self.token.kind == "word" and self.token.upper not in RESERVED)

    def identifier(self) -> str:
        if not self.is_name():
            raise self.token.error()
        return self.next().text

    def integer(self) -> int:
        sign = -1 if self.take("-") else 1
        if self.token.kind != "number" or not self.token.text.isdigit():
            raise self.token.error()
        return sign * int(self.next().text)

    def string(self) -> str:
        if self.token.kind not in {"string", "nstring"}:
            raise self.token.error()
        return self.next().text

    def separated(self, item: Callable[[], T]) -> tuple[T, ...]:
        items = [item()]
        while self.take(","):
            items.append(item())
        return tuple(items)

    def listed(self, item: Callable[[], T]) -> tuple[T, ...]:
        self.expect("(")
        items = self.separated(item)
        self.expect(")")
        return items

    def name(self) -> n.Name:
        """schema.object and its longer forms; `db..object` leaves an empty part."""
        first = self.token
        parts = [self.identifier()]
        while self.take("."):
            parts.append("" if self.peek(".") else self.identifier())
        if len(parts) > 4:
            raise SqlError(
                117, f"The object name '{'.'.join(parts)}' contains more than the maximum number of prefixes."
            )
        return n.Name(tuple(parts), first)

    def data_type(self, default_length: int = 1) -> SqlType:
        token = self.token
        wide = "n" if self.take("NATIONAL") else ""
        name = token.text if self.take("DOUBLE") else wide + self.identifier()
        if token.upper == "DOUBLE":
            self.expect("PRECISION")
        if self.take("VARYING"):
            name = {
                "character": "varchar",
                "char": "varchar",
                "binary": "varbinary",
                "ncharacter": "nvarchar",
                "nchar": "nvarchar",
            }.get(name.lower(), name)
        arguments: list[int] = []
        if self.take("("):
            arguments = [MAX] if self.take("MAX") else list(self.separated(self.integer))
            self.expect(")")
        return make_type(name, arguments, default_length=default_length)


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
            return n.Like(left, self.value(), self.value() if self.take("ESCAPE") else None, negated)
        if self.take("BETWEEN"):
            low = self.value()
            self.expect("AND")
            return n.Between(left, low, self.value(), negated)
        return left

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
        if self.peek("AT", "TIME", "ZONE"):
            raise not_local("AT TIME ZONE")
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
            found = n.Cast(operand, type_, safe, self.integer() if self.take(",") else None)
        self.expect(")")
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


class QueryParser(ExpressionParser):
    """SELECT with its clauses."""

    def query(self) -> n.Query:
        """[WITH ...] SELECT ... [ORDER BY] [OPTION], the query of a statement."""
        ctes = self.ctes() if self.peek("WITH") else ()
        body = self._unions()
        order = self._order_by()
        self.options()
        return n.Query(body, ctes, order)

    def ctes(self) -> tuple[n.Cte, ...]:
        """The WITH of a statement; a pool refuses one inside another ("WITH common_table_expression", limitations)."""
        if self.cte_depth:
            raise self.token.error()
        self.expect("WITH")
        return self.separated(self._cte)

    def _cte(self) -> n.Cte:
        name = self.identifier()
        columns = self.listed(self.identifier) if self.peek("(") else ()
        self.expect("AS")
        return n.Cte(name, columns, self.subquery())

    def subquery(self) -> n.Query:
        """( SELECT ... ): no WITH inside, and ORDER BY only beside TOP (checked by the binder, error 1033)."""
        self.expect("(")
        self.cte_depth += 1
        if self.peek("WITH"):
            raise self.token.error()
        found = n.Query(self._unions(), (), self._order_by())
        self.cte_depth -= 1
        self.expect(")")
        return found

    def _unions(self) -> n.Body:
        left = self._intersections()
        while self.token.upper in {"UNION", "EXCEPT"}:
            op = self.next().upper
            op += " ALL" if op == "UNION" and self.take("ALL") else ""
            left = n.SetOperation(op, left, self._intersections())
        return left

    def _intersections(self) -> n.Body:
        left = self._term()
        while self.take("INTERSECT"):
            left = n.SetOperation("INTERSECT", left, self._term())
        return left

    def _term(self) -> n.Body:
        if not self.take("("):
            return self._select()
        body = self._unions()
        self.expect(")")
        return body

    def _select(self) -> n.Select:
        self.expect("SELECT")
        distinct = self.take("DISTINCT")
        if not distinct:
            self.take("ALL")
        top, percent, ties = self._top()
        items = self.separated(self._item)
        if self.peek("INTO"):
            self._into()
        source = self._from() if self.take("FROM") else None
        where = self.condition() if self.take("WHERE") else None
        group, sets = self._group_by()
        having = self.condition() if self.take("HAVING") else None
        return n.Select(items, source, where, group, having, distinct, top, percent, ties, sets)

    def _into(self) -> None:
        if not self.takes_into or self.cte_depth or self.into is not None:
            raise self.token.error()
        self.expect("INTO")
        self.into = self.name()

    def _top(self) -> tuple[n.Expr | None, bool, bool]:
        if not self.take("TOP"):
            return None, False, False
        if self.take("("):
            count = self.value()
            self.expect(")")
        else:
            count = n.Literal("number", str(self.integer()))
        percent = self.take("PERCENT")
        return count, percent, self.take("WITH", "TIES")

    def _group_by(self) -> tuple[tuple[n.Expr, ...], tuple[tuple[int, ...], ...] | None]:
        """The expressions, and the sets that ROLLUP or GROUPING SETS make of them; a pool has no CUBE."""
        if not self.take("GROUP", "BY"):
            return (), None
        found: list[n.Expr] = []
        product: list[tuple[int, ...]] = [()]
        plain = True
        for sets in self.separated(lambda: self._grouping(found)):
            plain = plain and len(sets) == 1
            product = [(*before, *more) for before in product for more in sets]
        self.take("WITH", "(", "DISTRIBUTED_AGG", ")")
        return tuple(found), None if plain else tuple(product)

    def _grouping(self, found: list[n.Expr]) -> list[tuple[int, ...]]:
        """One entry of GROUP BY as sets of places in `found`, which it adds to."""
        if self.token.upper == "CUBE":
            raise self.token.error()
        if self.peek("ROLLUP", "("):
            self.next()
            places = [self._place(found, expr) for expr in self.listed(self.value)]
            return [tuple(places[:size]) for size in range(len(places), -1, -1)]
        if self.take("GROUPING", "SETS"):
            return [tuple(self._place(found, e) for e in members) for members in self.listed(self._grouping_set)]
        return [(self._place(found, self.value()),)]

    def _grouping_set(self) -> tuple[n.Expr, ...]:
        if self.take("(", ")"):
            return ()
        return self.listed(self.value) if self.peek("(") else (self.value(),)

    def _place(self, found: list[n.Expr], expr: n.Expr) -> int:
        if expr not in found:
            found.append(expr)
        return found.index(expr)

    def _item(self) -> n.Item:
        if self.take("*"):
            return n.Item(n.Star(()), None)
        if self.is_name() and self.ahead().upper == "=":
            alias = self.identifier()
            self.expect("=")
            return n.Item(self.value(), alias)
        if self.token.kind == "variable" and self.ahead().upper == "=":
            raise unsupported("Assigning a variable in a SELECT; use SET. It")
        star = self._qualified_star()
        return star or n.Item(self.value(), self._alias())

    def _qualified_star(self) -> n.Item | None:
        start = self.at
        parts: list[str] = []
        while self.is_name() and self.ahead().upper == ".":
            parts.append(self.identifier())
            self.expect(".")
        if parts and self.take("*"):
            return n.Item(n.Star(tuple(parts)), None)
        self.at = start
        return None

    def _alias(self) -> str | None:
        if self.take("AS"):
            return self.next().text if self.token.kind in {"string", "nstring"} else self.identifier()
        if self.token.kind in {"string", "nstring"}:
            return self.next().text
        return self.identifier() if self.is_name() and not self._starts_statement() else None

    def _starts_statement(self) -> bool:
        """RENAME, COPY and THROW begin statements without being reserved."""
        return self.peek("RENAME", "OBJECT") or self.peek("COPY", "INTO") or self.peek("THROW")

    def _from(self) -> n.Source:
        found = self._joined()
        while self.take(","):
            found = n.Join("CROSS", found, self._joined(), None)
        return found

    def _joined(self) -> n.Source:
        left = self._source()
        while self.token.upper in JOIN_KINDS:
            kind = self._join_kind()
            right = self._source()
            on = None
            if kind in {"INNER", "LEFT", "RIGHT", "FULL"}:
                self.expect("ON")
                on = self.condition()
            left = n.Join(kind, left, right, on)
        return left

    def _join_kind(self) -> str:
        word = self.next().upper
        if word in {"CROSS", "OUTER"} and self.take("APPLY"):
            return f"{word} APPLY"
        if word == "JOIN":
            return "INNER"
        if word in {"LEFT", "RIGHT", "FULL"}:
            self.take("OUTER")
        elif word == "OUTER":
            raise self.token.error()
        self.expect("JOIN")
        return word

    def _source(self) -> n.Source:
        if self._at_subquery() or self.peek("(", "("):
            start = self.at
            try:
                return self._derived()
            except SqlError:
                if not self.peek("(", "(") and self.tokens[start + 1].upper != "(":
                    raise
                self.at = start
        if self.take("("):
            found = self._joined()
            self.expect(")")
            return found
        if self.token.upper == "STRING_SPLIT":
            return self._split()
        return self._table()

    def _derived(self) -> n.Source:
        query = self.subquery()
        alias = self._alias()
        if alias is None:
            raise self.token.error()
        columns = self.listed(self.identifier) if self.peek("(") else ()
        return self._pivoted(n.Derived(query, alias, columns))

    def _split(self) -> n.Source:
        self.next()
        args = self.listed(self.value)
        return n.Split(args, self._alias() or "string_split")

    def _table(self) -> n.Source:
        name = self.name()
        if self.peek("("):
            return n.FunctionTable(name, self.call_arguments(), self._alias())
        alias = self._alias()
        if self.peek("WITH", "("):
            self.next()
            self._hints()
        return self._pivoted(n.Table(name, alias))

    def _pivoted(self, source: n.Source) -> n.Source:
        """What PIVOT or UNPIVOT behind a source makes of it ("FROM - Using PIVOT and UNPIVOT")."""
        if self.take("PIVOT"):
            self.expect("(")
            aggregate = self.identifier().upper()
            (column,) = self.listed(self.identifier)
            by, values = self._for()
            return n.Pivot(source, aggregate, column, by, values, self._required_alias())
        if self.take("UNPIVOT"):
            self.expect("(")
            value = self.identifier()
            name, columns = self._for()
            return n.Unpivot(source, value, name, columns, self._required_alias())
        return source

    def _for(self) -> tuple[str, tuple[str, ...]]:
        self.expect("FOR")
        name = self.identifier()
        self.expect("IN")
        listed = self.listed(self.identifier)
        self.expect(")")
        return name, listed

    def _required_alias(self) -> str:
        alias = self._alias()
        if alias is None:
            raise self.token.error()
        return alias

    def _hints(self) -> None:
        self.expect("(")
        while not self.take(")"):
            self.one_of(TABLE_HINTS)
            self.take(",")

    def _order_by(self) -> tuple[n.OrderItem, ...]:
        return self.separated(self._order_item) if self.take("ORDER", "BY") else ()

    def options(self) -> None:
        """OPTION ( <query_hint> [ ,...n ] ): checked against the pool's hints, without effect here."""
        if not self.take("OPTION"):
            return
        self.expect("(")
        while not self.take(")"):
            self._query_hint()
            self.take(",")

    def _query_hint(self) -> None:
        hint = self.one_of(QUERY_HINTS)
        if hint == "LABEL":
            self.expect("=")
            self.string()
        elif hint == "MAXDOP":
            self.integer()
        elif hint in {"HASH", "LOOP", "MERGE"}:
            self.expect("JOIN")
        elif hint in {"FORCE", "DISABLE"}:
            self.one_of({"ORDER", "EXTERNALPUSHDOWN"})
