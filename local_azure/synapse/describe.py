"""Looking at a batch without running it: the columns of its first query, the types of an INSERT's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import changes
from local_azure.synapse import nodes as n
from local_azure.synapse.statements import parse

if TYPE_CHECKING:
    from local_azure.synapse.routines import Variables
    from local_azure.synapse.scope import BoundColumn
    from local_azure.synapse.session import Session
    from local_azure.synapse.sqltypes import SqlType


def columns(session: Session, text: str, variables: Variables) -> tuple[BoundColumn, ...]:
    """The columns of the first query of a batch, none where it has no query. Raises SqlError."""
    saved, session.variables = session.variables, variables
    own = session.begin_statement()
    try:
        first = next((s for s in parse(text) if isinstance(s, n.SelectStatement)), None)
        return session.binder().query(first.query, None, nested=False).columns if first else ()
    finally:
        session.end_statement(own, failed=True)
        session.variables = saved


def parameter_types(session: Session, text: str) -> dict[str, SqlType]:
    """The types of an INSERT's parameters, as sp_describe_undeclared_parameters guesses them."""
    own = session.begin_statement()
    try:
        for statement in parse(text):
            if isinstance(statement, n.Insert) and statement.values is not None:
                return _insert_types(session, statement)
    finally:
        session.end_statement(own, failed=True)
    return {}


def _insert_types(session: Session, statement: n.Insert) -> dict[str, SqlType]:
    table = changes.target_table(session.binder(), statement.table)
    targets = changes.target_columns(table, statement.columns)
    pairs = zip(targets, statement.values or (), strict=False)
    return {value.name: column.type for column, value in pairs if isinstance(value, n.Variable)}
