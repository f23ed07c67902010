"""EXPLAIN, KILL and DBCC.

Source: Microsoft Learn, "EXPLAIN (Transact-SQL)"; "KILL (Transact-SQL)", syntax for Azure Synapse Analytics; "T-SQL
statements supported for dedicated SQL pool", Database Console Commands, and "DBCC PDW_SHOWSPACEUSED".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import not_local, unsupported

if TYPE_CHECKING:
    from local_azure.synapse.statements import StatementParser

_EXPLAINED = (n.SelectStatement, n.Insert, n.Update, n.Delete, n.CreateTableAs)
_OF_POOLS = {
    "DROPCLEANBUFFERS", "DROPRESULTSETCACHE", "FREEPROCCACHE", "SHRINKLOG", "PDW_SHOWEXECUTIONPLAN",
    "PDW_SHOWMATERIALIZEDVIEWOVERHEAD", "SHOWRESULTCACHESPACEUSED", "PDW_SHOWPARTITIONSTATS", "SHOW_STATISTICS",
}  # fmt: skip


def explain(parser: StatementParser) -> n.Statement:
    """EXPLAIN [WITH_RECOMMENDATIONS] statement, of the five kinds that a pool explains."""
    parser.expect("EXPLAIN")
    parser.take("WITH_RECOMMENDATIONS")
    begin = parser.token
    found = parser.statement()
    if not isinstance(found, _EXPLAINED):
        raise begin.error()
    return n.Explain(found)


def kill(parser: StatementParser) -> n.Statement:
    """KILL 'session_id': a string, unlike SQL Server's number."""
    parser.expect("KILL")
    return n.Kill(parser.string())


def dbcc(parser: StatementParser) -> n.Statement:
    """DBCC PDW_SHOWSPACEUSED [ ( "table" ) ]."""
    parser.expect("DBCC")
    command = parser.identifier().upper()
    if command != "PDW_SHOWSPACEUSED":
        raise (not_local if command in _OF_POOLS else unsupported)(f"DBCC {command}")
    if not parser.take("("):
        return n.ShowSpaceUsed(None)
    whole = parser.token.kind in {"name", "string"} and parser.ahead().upper == ")"
    name = _parts(parser.next().text) if whole else parser.name()
    parser.expect(")")
    return n.ShowSpaceUsed(name)


def _parts(text: str) -> n.Name:
    """The name that stands within double quotes as one."""
    from local_azure.synapse.token_reader import TokenReader

    return TokenReader(text).name()
