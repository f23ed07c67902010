"""From a script's text to its parts: the grammar of Microsoft's "Stream Analytics Query Language Reference"."""

from __future__ import annotations

from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.expression_parser import ExpressionParser
from local_azure.stream_analytics.lexer import Kind
from local_azure.stream_analytics.syntax import (
    Apply,
    Call,
    Column,
    Expression,
    Join,
    Query,
    Script,
    Select,
    Source,
    Star,
    Table,
)

CLAUSES = {
    "ORDER": "ORDER BY is not in the language; a stream has no end to sort. TopOne and CollectTop rank within a window",
    "LIMIT": "LIMIT is not in the language",
    "OPTION": "OPTION is not in the language",
    "PIVOT": "PIVOT is not in the language",
    "UNPIVOT": "UNPIVOT is not in the language",
    "TABLESAMPLE": "TABLESAMPLE is not in the language",
    "FOR": "FOR is not in the language",
    "MATCH_RECOGNIZE": "MATCH_RECOGNIZE is not supported here",
    "EXCEPT": "EXCEPT is not in the language",
    "INTERSECT": "INTERSECT is not in the language",
    "QUALIFY": "QUALIFY is not in the language",
}
ENDS_SOURCE = {
    "WHERE", "GROUP", "HAVING", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER", "ON", "UNION", "INTO",
    "SELECT", "WITH", "CREATE", "TIMESTAMP", "PARTITION", "OVER", "AND", "OR", "NATURAL", "AS", *CLAUSES,
}  # fmt: skip
"""Words that no alias may be without brackets."""


def parse(text: str) -> Script:
    """Parse a whole script. Raises QueryError with line and column."""
    parser = _Parser(text)
    try:
        return parser.script()
    except RecursionError:
        raise QueryError(None, "the script is nested too deeply to be parsed") from None


class _Parser(ExpressionParser):
    def script(self) -> Script:
        tables: list[Table] = []
        steps: list[tuple[str, Query]] = []
        outputs: list[Query] = []
        while self.peek().kind is not Kind.END:
            if self.accept(";"):
                continue
            if self.peek().is_word("CREATE"):
                tables.append(self._table())
                continue
            if self.peek().is_word("WITH"):
                steps += self._with()
                if not self.peek().is_word("SELECT"):
                    continue
            outputs.append(self._query())
        if not outputs:
            raise QueryError(self.peek().position, "the script has no SELECT ... INTO")
        return Script(tuple(tables), tuple(steps), tuple(outputs))

    def _table(self) -> Table:
        start = self.next()
        if not self.accept("TABLE"):
            raise self.unexpected("CREATE TABLE is the only CREATE of the language")
        name = self.name()
        columns = []
        self.expect("(")
        while True:
            columns.append((self.name(), self.type_name()))
            if not self.accept(","):
                break
        self.expect(")")
        return Table(name, tuple(columns), position=start.position)

    def _with(self) -> list[tuple[str, Query]]:
        self.next()
        steps = []
        while True:
            if self.peek().is_word("RECURSIVE"):
                raise QueryError(self.peek().position, "WITH RECURSIVE is not in the language")
            name = self.name()
            if self.peek().is_symbol("("):
                raise QueryError(self.peek().position, f"step {name}: name the columns in its SELECT")
            self.expect("AS")
            self.expect("(")
            steps.append((name, self._query()))
            self.expect(")")
            if not self.accept(","):
                self.accept(";")
                return steps

    def _query(self) -> Query:
        selects = list(self._operand())
        while self.accept("UNION"):
            if self.peek().is_word("ALL", "DISTINCT"):
                raise QueryError(
                    self.peek().position,
                    f"UNION {self.peek().text.upper()} is not in the language; UNION keeps duplicates",
                    "union-azure-stream-analytics",
                )
            selects += self._operand()
        return tuple(selects)

    def _operand(self) -> Query:
        if self.accept("("):
            query = self._query()
            self.expect(")")
            return query
        return (self._select(),)

    def _select(self) -> Select:
        start = self.peek()
        if not self.accept("SELECT"):
            raise self.unexpected("a statement begins with WITH, SELECT or CREATE TABLE")
        distinct = self.peek().is_word("DISTINCT") and not self.peek(1).is_symbol(",", "=", ".")
        self.skip(distinct)
        for word in ("TOP", "ALL"):
            if self.peek().is_word(word) and not self.peek(1).is_symbol(",", "=", "."):
                raise QueryError(self.peek().position, f"SELECT {word} is not in the language")
        columns = self._columns()
        into = self._into()
        if not self.accept("FROM"):
            raise self.unexpected("a SELECT needs FROM", "from-azure-stream-analytics")
        source, joins, applies = self._from()
        where = self.expression() if self.accept("WHERE") else None
        group_by = self._group_by()
        having = self.expression() if self.accept("HAVING") else None
        self._refuse_clauses()
        return Select(
            columns,
            source,
            tuple(joins),
            tuple(applies),
            into,
            where,
            group_by,
            having,
            distinct,
            position=start.position,
        )

    def _refuse_clauses(self) -> None:
        token = self.peek()
        if token.kind is Kind.WORD and (reason := CLAUSES.get(token.text.upper())):
            raise QueryError(token.position, reason)
        ends = token.is_word("SELECT", "WITH", "CREATE", "UNION") or token.is_symbol(")", ";")
        if not ends and token.kind is not Kind.END:
            raise self.unexpected()

    def _columns(self) -> tuple[Column, ...]:
        columns = [self._column()]
        while self.accept(","):
            if self.peek().is_word("FROM", "INTO"):
                raise self.unexpected("a comma with no column behind it")
            columns.append(self._column())
        return tuple(columns)

    def _column(self) -> Column:
        start = self.peek()
        if self.is_name(start) and self.peek(1).is_symbol("="):
            alias = self.name()
            self.next()
            return Column(self.expression(), alias, position=start.position)
        if (star := self._star()) is not None:
            return Column(star, None, position=start.position)
        expression = self.expression()
        return Column(expression, self._alias({"INTO", "FROM"}), position=start.position)

    def _star(self) -> Star | None:
        start = self.place
        parts: list[str] = []
        while self.is_name(self.peek()) and self.peek(1).is_symbol("."):
            parts.append(self.name())
            self.next()
        position = self.peek().position
        if self.accept("*"):
            return Star(tuple(parts), position=position)
        self.place = start
        return None

    def _alias(self, ends: set[str]) -> str | None:
        token = self.peek()
        if self.accept("AS"):
            if self.peek().kind is Kind.STRING:
                return self.next().text
            return self.name()
        if token.kind in (Kind.QUOTED, Kind.DOUBLE) or (token.kind is Kind.WORD and token.text.upper() not in ends):
            return self.name()
        return None

    def _into(self) -> str | None:
        return self.name() if self.accept("INTO") else None

    def _from(self) -> tuple[Source, list[Join], list[Apply]]:
        """A source and what is joined to it, perhaps in brackets (join-azure-stream-analytics)."""
        if self.peek().is_symbol("(") and not self.peek(1).is_word("SELECT"):
            self.next()
            source, joins, applies = self._from()
            self.expect(")")
        else:
            source, joins, applies = self._source(), [], []
        more_joins, more_applies = self._joined()
        return source, joins + more_joins, applies + more_applies

    def _source(self) -> Source:
        token = self.peek()
        if token.is_symbol("("):
            raise QueryError(token.position, "FROM names an input or a step; give the inner SELECT a name by WITH")
        name = self.name()
        if self.peek().is_symbol(".", "("):
            raise self.unexpected("FROM names one input or step")
        alias = self._alias(ENDS_SOURCE)
        stamp: Expression | None = None
        over: tuple[Expression, ...] = ()
        keys: tuple[Expression, ...] = ()
        while True:
            if self.peek().is_word("TIMESTAMP") and self.peek(1).is_word("BY"):
                self.skip(2)
                stamp = self.expression()
                over = self.expressions() if self.accept("OVER") else ()
            elif self.peek().is_word("PARTITION") and self.peek(1).is_word("BY"):
                self.skip(2)
                keys = self.expressions()
                self._shards()
            else:
                break
            alias = alias or self._alias(ENDS_SOURCE)
        self._refuse_alias_columns()
        return Source(name, alias or name, stamp, over, keys, position=token.position)

    def _refuse_alias_columns(self) -> None:
        if self.peek().is_symbol("("):
            raise self.unexpected("an alias takes no columns")

    def _shards(self) -> None:
        """INTO (Shard Count) is a hint to the service (into-azure-stream-analytics)."""
        if self.peek().is_word("INTO") and self.peek(1).kind is Kind.NUMBER:
            self.skip(2)

    def _joined(self) -> tuple[list[Join], list[Apply]]:
        joins: list[Join] = []
        applies: list[Apply] = []
        while True:
            token = self.peek()
            if token.is_word("CROSS", "OUTER") and self.peek(1).is_word("APPLY"):
                applies.append(self._apply())
            elif token.is_word("JOIN", "INNER", "LEFT"):
                joins.append(self._join())
            elif token.is_word("RIGHT", "FULL", "CROSS", "NATURAL") or token.is_symbol(","):
                word = "a comma" if token.is_symbol(",") else f"{token.text.upper()} JOIN"
                raise QueryError(
                    token.position,
                    f"{word} is not in the language: JOIN and LEFT JOIN are",
                    "join-azure-stream-analytics",
                )
            else:
                return joins, applies

    def _join(self) -> Join:
        start = self.peek()
        left = self.next().is_word("LEFT")
        if left:
            self.accept("OUTER")
        if not start.is_word("JOIN"):
            self.expect("JOIN")
        source = self._source()
        if not self.accept("ON"):
            raise self.unexpected("JOIN needs ON", "join-azure-stream-analytics")
        return Join(source, self.expression(), left, position=start.position)

    def _apply(self) -> Apply:
        start = self.peek()
        outer = start.is_word("OUTER")
        self.skip(2)
        call = self.expression()
        if not isinstance(call, Call) or call.name.upper() not in ("GETARRAYELEMENTS", "GETRECORDPROPERTIES"):
            raise QueryError(
                start.position, "APPLY takes GetArrayElements or GetRecordProperties", "apply-azure-stream-analytics"
            )
        alias = self._alias(ENDS_SOURCE)
        if alias is None:
            raise self.unexpected(f"{call.name} needs AS and a name", "apply-azure-stream-analytics")
        return Apply(call, alias, outer, position=start.position)

    def _group_by(self) -> tuple[Expression, ...]:
        if not self.accept("GROUP"):
            return ()
        self.expect("BY")
        return self.expressions()
