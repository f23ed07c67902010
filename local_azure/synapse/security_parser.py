"""Statements of security: policies of rows, users and roles, masks, and acting as somebody else.

Source: Microsoft Learn, "CREATE SECURITY POLICY", "ALTER SECURITY POLICY", "EXECUTE AS", "REVERT", "DROP USER",
"DROP ROLE", "ALTER ROLE", each with its syntax for Azure Synapse Analytics; "Row-level security", which has filter
predicates alone in a pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import unsupported

if TYPE_CHECKING:
    from local_azure.synapse.expression_parser import ExpressionParser


def security_policy(parser: ExpressionParser, *, action: str = "CREATE") -> n.Statement:
    """CREATE or ALTER SECURITY POLICY name {ADD | ALTER | DROP} FILTER PREDICATE ..., ... [WITH (STATE = ON | OFF)]."""
    parser.expect("SECURITY", "POLICY")
    name = parser.name()
    changes: tuple[n.Predicate, ...] = ()
    if not parser.peek("WITH"):
        changes = parser.separated(lambda: _predicate(parser))
    state = _state(parser) if parser.take("WITH") else None
    if parser.take("NOT"):
        raise unsupported("NOT FOR REPLICATION")
    return n.SecurityPolicy(name, action, changes, state)


def _predicate(parser: ExpressionParser) -> n.Predicate:
    action = parser.one_of({"ADD", "ALTER", "DROP"})
    if parser.peek("BLOCK"):
        raise unsupported("A block predicate of a security policy")
    parser.take("FILTER")
    parser.expect("PREDICATE")
    start = parser.token.start
    call = n.UserCall(parser.name(), parser.call_arguments()) if action != "DROP" else None
    text = parser.text[start : parser.tokens[parser.at - 1].end]
    parser.expect("ON")
    table = parser.name()
    if parser.token.upper in {"AFTER", "BEFORE"}:
        raise unsupported("A block predicate of a security policy")
    return n.Predicate(action, table, call, text)


def _state(parser: ExpressionParser) -> bool | None:
    parser.expect("(")
    found: dict[str, bool] = {}
    while not parser.take(")"):
        word = parser.one_of({"STATE", "SCHEMABINDING"})
        parser.expect("=")
        found[word] = parser.one_of({"ON", "OFF"}) == "ON"
        parser.take(",")
    if found.get("SCHEMABINDING") is False:
        raise unsupported("A security policy without SCHEMABINDING")
    return found.get("STATE")


def execute_as(parser: ExpressionParser) -> n.Statement:
    """EXECUTE AS USER = 'name'."""
    parser.expect("AS")
    kind = parser.one_of({"USER", "LOGIN", "CALLER"})
    if kind != "USER":
        raise unsupported(f"EXECUTE AS {kind}")
    parser.expect("=")
    return n.ExecuteAs(parser.string())


def revert(parser: ExpressionParser) -> n.Statement:
    parser.expect("REVERT")
    return n.ExecuteAs(None)


def alter_role(parser: ExpressionParser) -> n.Statement:
    """ALTER ROLE name WITH NAME = new: a pool adds members by sp_addrolemember."""
    parser.expect("ROLE")
    name = parser.identifier()
    parser.expect("WITH", "NAME", "=")
    return n.Member("RENAME", name, parser.identifier())


def mask(parser: ExpressionParser) -> str:
    """MASKED WITH (FUNCTION = '...'), behind the word MASKED."""
    parser.expect("WITH", "(", "FUNCTION", "=")
    found = parser.string()
    parser.expect(")")
    return found
