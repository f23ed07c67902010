"""Looking at a batch without running it: the columns of its first query, the types of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.lexer import tokenize
from local_azure.synapse.scope import Typed
from local_azure.synapse.statements import parse

if TYPE_CHECKING:
    from local_azure.synapse.routines import Variables
    from local_azure.synapse.scope import BoundColumn
    from local_azure.synapse.session import Session
    from local_azure.synapse.sqltypes import SqlType

_BOUND = (n.SelectStatement, n.Insert, n.Update, n.Delete, n.Merge)


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
    """The types of a statement's undeclared parameters: of what they are compared with or assigned to."""
    tokens = [token.text for token in tokenize(text) if token.kind == "variable" and not token.text.startswith("@@")]
    names = dict.fromkeys(name.lower() for name in tokens)
    own = session.begin_statement()
    try:
        binder = session.binder()
        binder.local = dict.fromkeys(names, Typed("NULL", None))
        for statement in parse(text):
            if isinstance(statement, _BOUND):
                session.check(statement, binder)
    finally:
        session.end_statement(own, failed=True)
    return {name: binder.suggested[name] for name in names if name in binder.suggested}
