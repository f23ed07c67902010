"""EXPLAIN, KILL and DBCC.

Source: Microsoft Learn, "EXPLAIN (Transact-SQL)"; "KILL (Transact-SQL)", syntax for Azure Synapse Analytics; "T-SQL
statements supported for dedicated SQL pool", Database Console Commands; "DBCC PDW_SHOWSPACEUSED"; "DBCC
SHOW_STATISTICS".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import not_local, unsupported
from local_azure.synapse.token_reader import TokenReader

if TYPE_CHECKING:
    from local_azure.synapse.statements import StatementParser

_EXPLAINED = (n.SelectStatement, n.Insert, n.Update, n.Delete, n.CreateTableAs)
_OF_POOLS = {
    "CHECKIDENT", "SHRINKLOG", "PDW_SHOWEXECUTIONPLAN", "PDW_SHOWMATERIALIZEDVIEWOVERHEAD", "SHOWRESULTCACHESPACEUSED",
    "PDW_SHOWPARTITIONSTATS",
}  # fmt: skip


_PARTS = {"STAT_HEADER", "DENSITY_VECTOR", "HISTOGRAM"}


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
    """DBCC PDW_SHOWSPACEUSED [ ( "table" ) ], SHOW_STATISTICS, and what empties a cache."""
    parser.expect("DBCC")
    command = parser.identifier().upper()
    if command == "SHOW_STATISTICS":
        return _show_statistics(parser)
    if command == "DROPRESULTSETCACHE":
        return n.EmptyCache(quiet=False)
    if command in {"DROPCLEANBUFFERS", "FREEPROCCACHE"}:
        return _empty_cache(parser)
    if command != "PDW_SHOWSPACEUSED":
        raise (not_local if command in _OF_POOLS else unsupported)(f"DBCC {command}")
    if not parser.take("("):
        return n.ShowSpaceUsed(None)
    name = _table(parser)
    parser.expect(")")
    return n.ShowSpaceUsed(name)


def _empty_cache(parser: StatementParser) -> n.Statement:
    """[( COMPUTE | ALL )] [WITH NO_INFOMSGS] ("DBCC DROPCLEANBUFFERS", "DBCC FREEPROCCACHE", for Azure Synapse)."""
    if parser.take("("):
        parser.one_of({"COMPUTE", "ALL"})
        parser.expect(")")
    return n.EmptyCache(quiet=parser.take("WITH", "NO_INFOMSGS"))


def _show_statistics(parser: StatementParser) -> n.Statement:
    """( table , target ) [WITH STAT_HEADER | DENSITY_VECTOR | HISTOGRAM, ...]."""
    parser.expect("(")
    table = _table(parser)
    parser.expect(",")
    target = parser.next().text if parser.token.kind in {"string", "nstring"} else parser.identifier()
    parser.expect(")")
    parts = parser.separated(lambda: parser.one_of(_PARTS)) if parser.take("WITH") else ()
    return n.ShowStatistics(table, target, parts)


def _table(parser: StatementParser) -> n.Name:
    """A name, whose parts may stand within double quotes as one."""
    if parser.token.kind in {"name", "string"} and parser.ahead().upper in {")", ","}:
        return TokenReader(parser.next().text).name()
    return parser.name()
