"""QUALIFY, which Spark's parser does not have: the condition becomes a column of a subquery that is then filtered.

    SELECT a FROM t WHERE b QUALIFY c ORDER BY a
    SELECT * EXCEPT (__qualify) FROM (SELECT a, (c) AS __qualify FROM t WHERE b) WHERE __qualify ORDER BY a

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-qry-select-qualify
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from local_azure.databricks_sql._tokens import Edit, Kind, Token, apply, items, tokens, unquote

_COLUMN = "__qualify"
_SET_OPERATORS = frozenset({"UNION", "EXCEPT", "INTERSECT", "MINUS"})
_BETWEEN_QUERIES = _SET_OPERATORS | {"ALL", "DISTINCT"}
_DIRECTIONS = frozenset({"ASC", "DESC", "NULLS"})
_AFTER = _SET_OPERATORS | {"ORDER", "LIMIT", "OFFSET", "CLUSTER", "DISTRIBUTE", "SORT", "WINDOW", ";", "|>"}
# After QUALIFY comes an expression: before one of these it is the name of a column or a table.
_NOT_A_CLAUSE = frozenset({",", ")", ".", "=", "<", ">", "AS", "FROM", "IS", "IN", "::", "JOIN", "WHERE", ";", ""})


@dataclass(frozen=True)
class _Clause:
    """Indices of a clause's tokens: of SELECT, the list's FROM, QUALIFY, and the first token after it."""

    select: int
    source: int
    qualify: int
    end: int


def rewrite(sql: str, *, resolve_aliases: bool = False) -> str:
    """`sql` without QUALIFY. With `resolve_aliases`, names of the select list in the condition are replaced by
    what they stand for: Spark can't use such a name in a window."""
    found = tokens(sql)
    while clause := next(_clauses(found), None):
        sql = apply(sql, _edits(sql, found, clause, resolve_aliases))
        found = tokens(sql)
    return sql


def is_used(sql: str) -> bool:
    """Whether a QUALIFY clause is in the statement."""
    return next(_clauses(tokens(sql)), None) is not None


def _clauses(found: list[Token]) -> Iterator[_Clause]:
    for index, token in enumerate(found):
        if token.upper == "QUALIFY" and _is_clause(found, index):
            scope = _scope(found, index)
            if scope is not None:
                yield _Clause(*scope, index, _end(found, index))


def _is_clause(found: list[Token], index: int) -> bool:
    before = found[index - 1].upper if index else ""
    after = found[index + 1].upper if index + 1 < len(found) else ""
    return before not in (".", "AS", ",") and after not in _NOT_A_CLAUSE


def _scope(found: list[Token], qualify: int) -> tuple[int, int] | None:
    """The SELECT and the first FROM of the query block that a QUALIFY closes; None if there is no such block."""
    depth, source = 0, None
    for index in range(qualify - 1, -1, -1):
        word = found[index].upper
        depth += (word in (")", "]")) - (word in ("(", "["))
        if depth < 0:
            return None
        if depth == 0 and word == "FROM" and found[index - 1].upper != "DISTINCT":
            source = index
        if depth == 0 and word == "SELECT":
            return (index, source) if source is not None else None
    return None


def _end(found: list[Token], start: int) -> int:
    depth = 0
    for index in range(start + 1, len(found)):
        word = found[index].upper
        if depth == 0 and (word in _AFTER or word == ")"):
            return index
        depth += (word in ("(", "[")) - (word in (")", "]"))
    return len(found)


def _edits(sql: str, found: list[Token], clause: _Clause, resolve_aliases: bool) -> list[Edit]:
    select, source, end = found[clause.select], found[clause.source], clause.end
    distinct = found[clause.select + 1].upper == "DISTINCT"
    window_end = _end(found, end) if end < len(found) and found[end].upper == "WINDOW" else end
    condition = _condition(sql, found, clause, resolve_aliases)
    window = sql[found[end].start : found[window_end - 1].end] if window_end > end else ""
    keys = [] if distinct else list(_sort_keys(sql, found, clause, window_end))
    hidden = ", ".join([_COLUMN, *(edit.text for edit, _ in keys)])
    head = f"SELECT {'DISTINCT ' if distinct else ''}* EXCEPT ({hidden}) FROM (SELECT"
    sorts = "".join(f", {text} AS {edit.text}" for edit, text in keys)
    listed_from = found[clause.select + 1].end if distinct else select.end
    return [
        Edit(select.start, listed_from, head),
        Edit(source.start, source.start, f", ({condition}) AS {_COLUMN}{sorts} "),
        Edit(found[clause.qualify].start, found[window_end - 1].end, f"{window}) WHERE {_COLUMN}"),
        *(edit for edit, _ in keys),
    ]


def _sort_keys(sql: str, found: list[Token], clause: _Clause, start: int) -> Iterator[tuple[Edit, str]]:
    """Where the ORDER BY at `start` has more than a name of the list: a name in its place, and what that stands for."""
    if start >= len(found) or found[start].upper != "ORDER" or found[clause.select - 1].upper in _BETWEEN_QUERIES:
        return
    listed = found[clause.select + 1 : clause.source]
    meant, outputs = dict(_aliases(sql, listed)), {unquote(item[-1].text).lower() for item in items(listed)}
    for number, item in enumerate(items(found[start + 2 : _end(found, start)])):
        key = item[: next((at for at, token in enumerate(item) if token.upper in _DIRECTIONS), len(item))]
        named = {unquote(key[0].text).lower(), "*"} if len(key) == 1 else set()
        if key and not named & outputs and (len(key) > 1 or key[0].kind is not Kind.NUMBER) and key[0].upper != "ALL":
            text = apply(sql[key[0].start : key[-1].end], _resolved(key, meant, key[0].start))
            yield Edit(key[0].start, key[-1].end, f"__o{number}"), text


def _condition(sql: str, found: list[Token], clause: _Clause, resolve_aliases: bool) -> str:
    inside = found[clause.qualify + 1 : clause.end]
    start = inside[0].start
    text = sql[start : inside[-1].end]
    if not resolve_aliases:
        return text
    meant = dict(_aliases(sql, found[clause.select + 1 : clause.source]))
    return apply(text, _resolved(inside, meant, start))


def _resolved(inside: list[Token], meant: dict[str, str], start: int) -> Iterator[Edit]:
    for index, token in enumerate(inside):
        beside = {inside[index - 1].text if index else "", *(t.text for t in inside[index + 1 : index + 2])}
        called = index + 1 < len(inside) and inside[index + 1].text == "("
        if token.is_name and unquote(token.text).lower() in meant and "." not in beside and not called:
            text = meant[unquote(token.text).lower()]
            yield Edit(token.start - start, token.end - start, f"({text})")


def _aliases(sql: str, listed: list[Token]) -> Iterator[tuple[str, str]]:
    """Name and expression of each `expression [AS] name` in a select list."""
    for item in items(listed):
        if len(item) > 1 and item[-1].is_name and item[-2].text not in (".", "::"):
            last = item[-3] if item[-2].upper == "AS" else item[-2]
            if item[-2].upper == "AS" or last.kind is not Kind.SYMBOL or last.text in (")", "]"):
                yield unquote(item[-1].text).lower(), sql[item[0].start : last.end]
