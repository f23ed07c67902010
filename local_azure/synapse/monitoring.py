"""EXPLAIN, KILL and DBCC PDW_SHOWSPACEUSED.

Source: Microsoft Learn, "EXPLAIN (Transact-SQL)", "KILL (Transact-SQL)", "DBCC PDW_SHOWSPACEUSED (Transact-SQL)"; the
numbers and words of "Database Engine events and errors", 6000 to 6999.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from local_azure.synapse import nodes as n
from local_azure.synapse import statistics
from local_azure.synapse.casts import quote
from local_azure.synapse.changes import target_table
from local_azure.synapse.errors import SqlError, not_permitted, within_transaction
from local_azure.synapse.results import Done, Message, Result, Rows
from local_azure.synapse.scope import BoundColumn
from local_azure.synapse.sqltypes import BIGINT, INT, MAX, SqlType, nvarchar

if TYPE_CHECKING:
    from local_azure.synapse.session import Session

_PLAN = """<?xml version="1.0" encoding="utf-8"?>
<dsql_query number_nodes="1" number_distributions="1" number_distributions_per_node="1">
  <sql>{text}</sql>
  <dsql_operations total_cost="0" total_number_operations="1">
    <dsql_operation operation_type="{kind}">
      <location {permanent}distribution="Control" />
      {body}
    </dsql_operation>
  </dsql_operations>
</dsql_query>"""
_SELECTED = "<select>{text}</select>"
_STATED = '<sql_operations><sql_operation type="statement">{text}</sql_operation></sql_operations>'
_BLOCK = 256  # KB
_SPACE = ("reserved_space", "data_space", "index_space", "unused_space")


def _explain(session: Session, statement: n.Explain) -> Iterator[Result]:
    """One operation, for all data lie in one place. Raises SqlError 262, 111212, and what the statement would."""
    _require(session, "SHOWPLAN")
    if session.transactions:
        raise within_transaction()
    inner = statement.statement
    session.check(inner)
    text = escape(inner.written.text)
    if isinstance(inner, n.SelectStatement):
        plan = _PLAN.format(text=text, kind="RETURN", permanent="", body=_SELECTED.format(text=text))
    else:
        plan = _PLAN.format(text=text, kind="ON", permanent='permanent="false" ', body=_STATED.format(text=text))
    yield Rows((BoundColumn("explain", nvarchar(MAX), "c0", False),), iter([[(plan,)]]))
    yield Done("SELECT", 1)


def _kill(session: Session, statement: n.Kill) -> Iterator[Result]:
    """Raises SqlError 6101, 6102, 6104, 6106 and 6115."""
    if session.transactions:
        raise SqlError(6115, "KILL command cannot be used inside user transactions.")
    if not session.rights().administers("KILL DATABASE CONNECTION"):
        raise SqlError(6102, "User does not have permission to use the KILL statement.", 14)
    number = re.fullmatch(r"SID(\d+)", statement.session.strip(), re.IGNORECASE)
    if number is None:
        raise SqlError(6101, f"Session ID {statement.session} is not valid.")
    if int(number[1]) == session.spid:
        raise SqlError(6104, "Cannot use KILL to kill your own process.")
    session.engine.requests.kill(int(number[1]))
    yield Done("DDL")


def _show_space_used(session: Session, statement: n.ShowSpaceUsed) -> Iterator[Result]:
    _require(session, "VIEW DATABASE STATE")
    if statement.table is None:
        used = used_space(session)
        values = [*_parts(used), ("pdw_node_id", INT, 1)]
    else:
        rows, used = used_space_of(session, statement.table)
        values = [("rows", BIGINT, rows), *_parts(used), ("pdw_node_id", INT, 1), ("distribution_id", INT, 1)]
    columns = tuple(BoundColumn(name, type_, f"c{i}") for i, (name, type_, _) in enumerate(values))
    yield Rows(columns, iter([[tuple(value for _, _, value in values)]]))
    yield Done("SELECT", 1)


def _empty_cache(session: Session, statement: n.EmptyCache) -> Iterator[Result]:
    """Nothing is kept here that a query would gain from, so that nothing is left to do."""
    _require(session, "CONTROL")
    if not statement.quiet:
        text = "DBCC execution completed. If DBCC printed error messages, contact your system administrator."
        yield Message(text, 2528)
    yield Done("DDL")


def _parts(used: int) -> list[tuple[str, SqlType, int]]:
    return [(name, BIGINT, used if name in {"reserved_space", "data_space"} else 0) for name in _SPACE]


def used_space(session: Session) -> int:
    """Kilobytes of the pool's blocks on disk."""
    return _number(session, "SELECT used_blocks * block_size // 1024 FROM pragma_database_size()")


def used_space_of(session: Session, name: n.Name) -> tuple[int, int]:
    """Rows of a table, and kilobytes of its blocks; one that was not written to disk yet has none."""
    table = target_table(session.binder(), name).duckdb_name
    blocks = f"SELECT count(DISTINCT block_id) FROM pragma_storage_info({quote(table)}) WHERE block_id >= 0"
    return _number(session, f"SELECT count(*) FROM {table}"), _number(session, blocks) * _BLOCK


def _number(session: Session, sql: str) -> int:
    (found,) = session.query(sql).fetchone() or (0,)
    return int(found)


def _require(session: Session, privilege: str) -> None:
    if not session.rights().administers(privilege):
        raise not_permitted(privilege, session.engine.database)


HANDLERS: dict[type, Callable[[Any, Any], Iterator[Result]]] = {
    n.Explain: _explain, n.Kill: _kill, n.ShowSpaceUsed: _show_space_used,
    n.EmptyCache: _empty_cache,
    n.ShowStatistics: statistics.show,
}  # fmt: skip
