"""`expr?::type`, which Spark's parser does not have: try_cast(expr AS type).

https://docs.databricks.com/aws/en/sql/language-manual/functions/questiondoublecolonsign
"""

from __future__ import annotations

from local_azure.databricks_sql._tokens import MARK, NESTED_TYPES, Edit, Kind, Token, apply, closing, opening, tokens


def rewrite(sql: str) -> str:
    """`sql` without the operator, from left to right: what it casts may be such a cast."""
    while MARK in sql:
        found = tokens(sql)
        index = next((at for at, token in enumerate(found) if token.text == MARK and at), None)
        if index is None or index + 1 == len(found):
            break
        first, last = _operand(found, index - 1), _type_end(found, index + 1)
        value, kind = sql[found[first].start : found[index - 1].end], sql[found[index + 1].start : found[last].end]
        sql = apply(sql, [Edit(found[first].start, found[last].end, f"try_cast({value} AS {kind})")])
    return sql


def _operand(found: list[Token], last: int) -> int:
    """The first token of the primary expression that ends at `last`: calls, items, paths and casts belong to it."""
    first = last
    if found[last].text in (")", "]"):
        first = opening(found, last)
        if first and (found[first - 1].text in (")", "]") or _calls(found[first - 1])):
            return _operand(found, first - 1)
    if first > 1 and found[first - 1].text in (".", ":", "::"):
        return _operand(found, first - 2)
    return first


def _calls(token: Token) -> bool:
    return token.is_name and token.upper not in ("SELECT", "AND", "OR", "NOT", "IN", "WHERE", "WHEN", "THEN", "ELSE")


def _type_end(found: list[Token], first: int) -> int:
    after = found[first + 1].text if first + 1 < len(found) else ""
    if after == "(":
        return closing(found, first + 1)
    if after != "<" or found[first].upper not in NESTED_TYPES:
        return first
    depth = 0
    for index in range(first + 1, len(found)):
        depth += (found[index].text == "<") - (found[index].text == ">")
        if depth == 0 and found[index].kind is Kind.SYMBOL:
            return index
    return len(found) - 1
