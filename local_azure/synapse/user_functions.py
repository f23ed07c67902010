"""Functions of the user's within a query: a scalar one becomes an expression, an inline one a derived table.

The values of parameters and variables are bound once, in the caller's scope; the body then sees nothing but them.
Source: Microsoft Learn, "CREATE FUNCTION (Azure Synapse Analytics)".
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import cast
from local_azure.synapse.errors import (
    SqlError,
    invalid_object,
    nested_too_deep,
    not_local,
    too_many_arguments,
    unsupported,
)
from local_azure.synapse.routines import definition
from local_azure.synapse.scope import BoundQuery, Scope, Typed
from local_azure.synapse.sqltypes import SqlType

if TYPE_CHECKING:
    from local_azure.synapse.expressions import ExpressionBinder
    from local_azure.synapse.sources import SourceBinder

State = dict[str, Typed]
_NESTED = 32  # "Limitations and restrictions"
_LONGEST = 200_000  # characters of an expression: each IF doubles what follows it


def scalar(binder: ExpressionBinder, node: n.UserCall, scope: Scope) -> Typed:
    """The value of a scalar function. Raises SqlError 4121 where there is none, 313, 8144 for its arguments."""
    found = binder.names.find(node.name)
    if found is None or found.kind != "FN":
        text = (
            f'Cannot find either column "{node.name.parts[0]}" or the user-defined function or aggregate "{node.name}"'
        )
        raise SqlError(4121, f"{text}, or the name is ambiguous.", line=node.name.token.line)
    binder.require("EXECUTE", found)
    routine = definition(found.body)
    if routine.returns is None:
        raise TypeError(found.full_name)
    state = _given(binder, routine, node.args, scope)
    sql = _returned(binder, routine.returns, routine.body, state)
    if routine.null_on_null and state:
        sql = f"CASE WHEN {' OR '.join(f'{v.sql} IS NULL' for v in state.values())} THEN NULL ELSE {sql} END"
    return Typed(sql, routine.returns)


def table(binder: SourceBinder, node: n.FunctionTable, scope: Scope) -> BoundQuery:
    """The rows of an inline function, whose arguments see `scope`. Raises SqlError 208 where there is none."""
    found = binder.names.find(node.name)
    if found is None or found.kind != "IF":
        raise invalid_object(str(node.name))
    binder.require("SELECT", found)
    routine = definition(found.body)
    state = _given(binder, routine, node.args, scope)
    return rows(binder, routine, state)


def rows(binder: SourceBinder, routine: n.CreateRoutine, state: State) -> BoundQuery:
    """The query of an inline function over bound parameters."""
    if routine.query is None:
        raise TypeError(str(routine.name))
    with binder.chained(), inside(binder, state, reads=True):
        bound = binder.query(routine.query, None)
        return binder.named(bound, (), routine.name.last)


def unknown(parameters: tuple[n.Parameter, ...]) -> State:
    """Parameters without values, to bind a function's body when it is created."""
    return {p.name: Typed(f"CAST(NULL AS {p.type.duckdb})", p.type) for p in parameters}


def check(binder: ExpressionBinder, routine: n.CreateRoutine) -> None:
    """Bind the body of a scalar function. Raises SqlError for what it cannot say."""
    if routine.returns is not None:
        _returned(binder, routine.returns, routine.body, unknown(routine.parameters))


def _given(binder: ExpressionBinder, routine: n.CreateRoutine, args: tuple[n.Expr | None, ...], scope: Scope) -> State:
    if len(args) < len(routine.parameters):
        text = f"An insufficient number of arguments were supplied for the procedure or function {routine.name}."
        raise SqlError(313, text)
    if len(args) > len(routine.parameters):
        raise too_many_arguments(str(routine.name))
    found: State = {}
    for parameter, given in zip(routine.parameters, args, strict=True):
        value = given if given is not None else parameter.default
        if value is None:
            raise SqlError(313, f"Parameter '{parameter.name}' of function {routine.name} has no default.")
        found[parameter.name] = _converted(binder.value(value, scope), parameter.type)
    return found


def _converted(value: Typed, type_: SqlType | None) -> Typed:
    return Typed(cast(value.sql, value.type, type_), type_) if type_ else value


@contextmanager
def inside(binder: ExpressionBinder, state: State, *, reads: bool = False) -> Iterator[None]:
    """Bind with these variables and none of the session's; a scalar function's body `reads` no data."""
    if binder.nested >= _NESTED:
        raise nested_too_deep(_NESTED)
    saved = binder.local, binder.variables, binder.pure
    binder.local, binder.variables, binder.pure = state, {}, not reads
    binder.nested += 1
    try:
        yield
    finally:
        binder.nested -= 1
        binder.local, binder.variables, binder.pure = saved


def _returned(binder: ExpressionBinder, type_: SqlType, body: tuple[n.Statement, ...], state: State) -> str:
    """What a body returns, as one expression of DuckDB's: assignments by substitution, IF as CASE."""
    for place, statement in enumerate(body):
        rest = body[place + 1 :]
        if isinstance(statement, n.Block):
            return _returned(binder, type_, (*statement.body, *rest), state)
        if isinstance(statement, n.If):
            return _either(binder, type_, statement, rest, state)
        with inside(binder, state):
            if isinstance(statement, n.Return) and statement.value is not None:
                return binder.typed(statement.value, Scope(), type_)
            state = _assigned(binder, statement, state)
    return "NULL"


def _either(
    binder: ExpressionBinder, type_: SqlType, statement: n.If, rest: tuple[n.Statement, ...], state: State
) -> str:
    with inside(binder, state):
        test = binder.truth(statement.condition, Scope())
    then = _returned(binder, type_, (*statement.then, *rest), state)
    otherwise = _returned(binder, type_, (*statement.otherwise, *rest), state)
    if len(then) + len(otherwise) > _LONGEST:
        raise not_local("A scalar function with so many branches")
    return f"CASE WHEN {test} THEN {then} ELSE {otherwise} END"


def _assigned(binder: ExpressionBinder, statement: n.Statement, state: State) -> State:
    if isinstance(statement, n.Declare):
        declared = statement.variables
        values: dict[str, tuple[SqlType | None, n.Expr]] = {
            name: (type_, value or n.Literal("null", "")) for name, type_, value in declared
        }
    elif isinstance(statement, n.SelectVariables):
        for setting in _settings(statement):
            state = _assigned(binder, setting, state)
        return state
    elif isinstance(statement, n.SetVariable):
        if statement.name not in state:
            raise SqlError(137, f'Must declare the scalar variable "{statement.name}".', 15)
        values = {statement.name: (state[statement.name].type, statement.value)}
    else:
        raise not_local(f"{type(statement).__name__.upper()} in a scalar function")
    return state | {name: _converted(binder.value(v, Scope()), t) for name, (t, v) in values.items()}


def _settings(statement: n.SelectVariables) -> list[n.SetVariable]:
    """SELECT @a = 1, @b = 2 as the SET statements that it stands for. Raises SqlError 104467 for one that reads."""
    body = statement.query.body
    if not isinstance(body, n.Select) or statement.query != n.Query(n.Select(body.items)):
        raise unsupported("A query within a scalar function")
    return [n.SetVariable(name, item.expr) for name, item in zip(statement.names, body.items, strict=True)]
