"""Control of flow: IF, WHILE, BEGIN ... END, TRY ... CATCH, THROW, PRINT, EXEC of text, transactions and variables.

Source: Microsoft Learn, "Control-of-Flow (Transact-SQL)" and the page of each for Azure Synapse Analytics.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import cast
from local_azure.synapse.errors import SqlError, no_transaction, unsupported
from local_azure.synapse.functions import contains_aggregate, variables_in
from local_azure.synapse.results import Done, Message, Result
from local_azure.synapse.sqltypes import INT, SqlType, nvarchar

if TYPE_CHECKING:
    from local_azure.synapse.queries import QueryBinder
    from local_azure.synapse.session import Session

_CANCELLED = 3617


class _Left(Exception):
    """BREAK or CONTINUE on its way to the loop around it."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Returned(Exception):
    """RETURN on its way to the end of the batch."""


def _return(session: Session, statement: n.Return) -> Iterator[Result]:
    if statement.value is not None:
        text = "A RETURN statement with a return value cannot be used in this context."
        raise SqlError(178, text, 15)
    raise Returned


def _if(session: Session, statement: n.If) -> Iterator[Result]:
    for inner in statement.then if session.holds(statement.condition) else statement.otherwise:
        yield from session.run(inner)


def _while(session: Session, statement: n.While) -> Iterator[Result]:
    while session.holds(statement.condition):
        try:
            yield from _block(session, statement)
        except _Left as left:
            if left.word == "BREAK":
                return


def _leave(session: Session, statement: n.Leave) -> Iterator[Result]:
    raise _Left(statement.word)


def _block(session: Session, statement: n.Block | n.While) -> Iterator[Result]:
    for inner in statement.body:
        yield from session.run(inner)


def _try(session: Session, statement: n.Try) -> Iterator[Result]:
    """What fails in the body is caught; in a transaction only a roll-back is left then (XACT_STATE -2)."""
    try:
        for inner in statement.body:
            yield from session.run(inner)
        return
    except (duckdb.Error, SqlError) as error:
        caught = session.placed(error)
    if caught.number == _CANCELLED:
        raise caught
    session.doom()
    session.errors.append(caught)
    try:
        for inner in statement.handler:
            yield from session.run(inner)
    finally:
        session.errors.pop()


def caught(session: Session) -> dict[str, Any]:
    """The values of @@ERROR, and of ERROR_NUMBER() and its kind, which are NULL outside a CATCH."""
    error = session.errors[-1] if session.errors else None
    return {
        "s_error": session.failure,
        "s_error_number": error and error.number,
        "s_error_message": error and error.message,
        "s_error_severity": error and error.severity,
        "s_error_state": error and error.state,
        "s_error_procedure": (error and error.procedure) or None,
    }


def _declare(session: Session, statement: n.Declare) -> Iterator[Result]:
    """In a loop a variable keeps its value, unless it is declared with one."""
    for name, type_, value in statement.variables:
        if value is None and name in session.variables:
            continue
        session.variables[name] = (type_, None if value is None else session.evaluate(value, type_))
    return iter(())


def _set_variable(session: Session, statement: n.SetVariable) -> Iterator[Result]:
    session.assign(statement.name, session.evaluate(statement.value, _declared(session, statement.name)))
    return iter(())


def _select_variables(session: Session, statement: n.SelectVariables) -> Iterator[Result]:
    """Values from left to right; of a query those of its last row, and none where it has no row.

    Raises SqlError 104473 where a query's own values hold one of the variables (dotnet/SqlClient, pull request 4176).
    """
    types = [_declared(session, name) for name in statement.names]
    body = statement.query.body
    items = body.items if isinstance(body, n.Select) else ()
    if statement.query == n.Query(n.Select(items)) and not contains_aggregate(items):
        for name, type_, item in zip(statement.names, types, items, strict=True):
            session.assign(name, session.evaluate(item.expr, type_))
        return iter(())
    if variables_in(items).intersection(statement.names):
        text = "A variable that has been assigned in a SELECT statement cannot be included in a expression or"
        raise SqlError(104473, f"{text} assignment when used in conjunction with a from clause.")
    row = session.last_row(partial(_typed, statement.query, types))
    for name, value in zip(statement.names, row or (), strict=False):
        session.assign(name, value)
    return iter(())


def _declared(session: Session, name: str) -> SqlType:
    if name not in session.variables:
        raise SqlError(137, f'Must declare the scalar variable "{name}".', 15)
    return session.variables[name][0]


def _typed(query: n.Query, types: list[SqlType], binder: QueryBinder) -> str:
    """A query's columns in these types, behind SELECT."""
    bound = binder.shown(binder.query(query, None, nested=False))
    columns = enumerate(zip(bound.columns, types, strict=True))
    listed = ", ".join(cast(f"q.c{i}", column.source_type, type_) for i, (column, type_) in columns)
    return f"{listed} FROM ({bound.sql}) q"


def _print(session: Session, statement: n.Print) -> Iterator[Result]:
    yield Message(str(session.evaluate(statement.value, nvarchar(4000)) or ""))


def _throw(session: Session, statement: n.Throw) -> Iterator[Result]:
    if statement.message is None:
        if not session.errors:
            raise SqlError(10704, "To rethrow an error, a THROW statement must be used inside a CATCH block.", 15)
        raise session.errors[-1]
    number, severity, state = (_integer(session, e) for e in (statement.number, statement.severity, statement.state))
    text = session.evaluate(statement.message, nvarchar(2048)) or ""
    if statement.severity is None:
        raise SqlError(_thrown(number), text, 16, _thrown_state(state))
    text = _substituted(text, [session.evaluate(arg, nvarchar(2047)) for arg in statement.args])
    if severity > 18:
        text = "Error severity levels greater than 18 can only be specified by members of the sysadmin role."
        raise SqlError(2754, text)
    if severity <= 10:
        return iter((Message(text, _OWN),))
    raise SqlError(_OWN, text, severity, min(max(state, 1), _STATES))


_OWN = 50000  # the number of a message that RAISERROR has from its text
_POOLS = range(100_000, 150_001)  # numbers of a pool's own ("Use transactions in a SQL pool", THROW and RAISERROR)
_STATES = 255


def _integer(session: Session, value: n.Expr | None) -> int:
    return 0 if value is None else int(session.evaluate(value, INT) or 0)


def _thrown(number: int) -> int:
    """Raises SqlError 35100 for a number that is not the user's to throw."""
    if number < _OWN or number in _POOLS:
        text = f"Error number {number} in the THROW statement is outside the valid range. Specify an error number in"
        raise SqlError(35100, f"{text} the valid range of {_OWN} to 2147483647.")
    return number


def _thrown_state(state: int) -> int:
    """A tinyint ("THROW (Transact-SQL)"). Raises SqlError 220."""
    if not 0 <= state <= _STATES:
        raise SqlError(220, f"Arithmetic overflow error for data type tinyint, value = {state}.")
    return state


_PLACE = re.compile(r"%[-+0# ]*\d*(?:\.\d+)?l?([sdiouxX%])")


def _substituted(text: str, values: list[str | None]) -> str:
    """RAISERROR's message with its arguments in their places; NULL shows as (null)."""
    given = iter(values)

    def shown(found: re.Match[str]) -> str:
        if found[1] == "%":
            return "%"
        value, place = next(given, None), found[0].replace("l", "")
        if value is None or found[1] == "s":
            return f"{place[:-1]}s" % ("(null)" if value is None else value)
        return place % _whole(value)

    return _PLACE.sub(shown, text)


def _whole(value: str) -> int:
    """Raises SqlError 2786 for what is no integer where the text has %d."""
    try:
        return int(value)
    except ValueError as error:
        text = "The data type of substitution parameter 1 does not match the expected type of the format specification."
        raise SqlError(2786, text) from error


def _exec_string(session: Session, statement: n.ExecString) -> Iterator[Result]:
    return session.scoped(session.evaluate(statement.text, nvarchar(-1)) or "")


def _transaction(session: Session, statement: n.Transaction) -> Iterator[Result]:
    if statement.action == "BEGIN" and session.transactions:
        raise unsupported("A nested transaction")
    if statement.action == "ROLLBACK" and not session.transactions:
        raise no_transaction()
    {"BEGIN": session.begin, "COMMIT": session.commit, "ROLLBACK": session.rollback}[statement.action]()
    yield Done("DDL")


HANDLERS: dict[type, Callable[[Any, Any], Iterator[Result]]] = {
    n.If: _if, n.While: _while, n.Block: _block, n.Try: _try, n.Leave: _leave, n.Declare: _declare,
    n.SetVariable: _set_variable, n.SelectVariables: _select_variables, n.Print: _print, n.Throw: _throw,
    n.Return: _return, n.ExecString: _exec_string, n.Transaction: _transaction,
}  # fmt: skip
