"""Stored procedures: what a call gives their parameters, how they run, what they give back.

Source: Microsoft Learn, "EXECUTE (Transact-SQL)", "Using stored procedures in dedicated SQL pool", "sp_executesql".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from local_azure.synapse import nodes as n
from local_azure.synapse import routine_parser
from local_azure.synapse.catalog import ObjectInfo
from local_azure.synapse.errors import SqlError, too_many_arguments
from local_azure.synapse.results import Result
from local_azure.synapse.sqltypes import MAX, SqlType, nvarchar
from local_azure.synapse.statements import StatementParser, parse

if TYPE_CHECKING:
    from local_azure.synapse.session import Session

Variables = dict[str, tuple[SqlType, Any]]
# Drivers declare long parameters by the old names, which a pool accepts there and in no table
_LONG = {"ntext": "nvarchar(max)", "text": "varchar(max)", "image": "varbinary(max)"}


@lru_cache(maxsize=256)
def definition(text: str) -> n.CreateRoutine:
    """A stored procedure or function, from its text in the catalogue."""
    (found,) = parse(text)
    if not isinstance(found, n.CreateRoutine):
        raise TypeError(text)
    return found


def declared(text: str | None) -> tuple[n.Parameter, ...]:
    """The parameters that sp_executesql and its kind are given as text."""
    if not text or not text.strip():
        return ()
    parser = StatementParser(text)
    found = routine_parser.parameters(parser)
    if parser.token.kind != "end":
        raise parser.token.error()
    return found


def declared_types(text: str | None) -> dict[str, SqlType]:
    """The same as types by name, in order, with the old names that drivers use."""
    text = re.sub(r"\b(ntext|text|image)\b", lambda found: _LONG[found[1].lower()], text or "", flags=re.IGNORECASE)
    return {parameter.name: parameter.type for parameter in declared(text)}


def matched(what: str, parameters: Sequence[n.Parameter], names: Sequence[str | None]) -> list[n.Parameter]:
    """The parameter that each argument means. Raises SqlError 8144, 8145, 119, 8143 and 201."""
    known = {p.name: p for p in parameters}
    found: list[n.Parameter] = []
    for place, name in enumerate(names):
        if name is None and place and names[place - 1] is not None:
            text = "Must pass parameter number {} and subsequent parameters as '@name = value'."
            raise SqlError(119, text.format(place + 1), 15)
        if name is None and place >= len(parameters):
            raise too_many_arguments(what)
        if name is not None and name not in known:
            raise SqlError(8145, f"{name} is not a parameter for procedure {what}.")
        parameter = parameters[place] if name is None else known[name]
        if parameter in found:
            raise SqlError(8143, f"Parameter '{parameter.name}' was supplied multiple times.")
        found.append(parameter)
    missing = next((p for p in parameters if p not in found and p.default is None), None)
    if missing is not None:
        text = f"Procedure or function '{what}' expects parameter '{missing.name}', which was not supplied."
        raise SqlError(201, text)
    return found


def execute(session: Session, statement: n.ExecProcedure) -> Iterator[Result]:
    """EXEC of a batch: sp_executesql, a procedure of the user's, or one of the system's."""
    last = statement.name.last.lower()
    if last == "sp_executesql":
        return _execute_sql(session, statement)
    found = session.routine(statement.name)
    if found is not None:
        return _call(session, found, statement)
    evaluated = [(a.name or "", session.evaluate(a.value, nvarchar(4000))) for a in statement.args]
    if session.procedure is None:
        raise SqlError(2812, f"Could not find stored procedure '{statement.name}'.")
    return session.procedure(last, evaluated)


def _call(session: Session, found: ObjectInfo, statement: n.ExecProcedure) -> Iterator[Result]:
    routine = definition(found.body)
    frame = _frame(session, found.name, routine.parameters, statement.args)
    yield from _within(session, found.name, routine, frame)
    _give_back(session, routine.parameters, statement.args, frame)
    if statement.status is not None:
        session.assign(statement.status, 0)


def _within(session: Session, name: str, routine: n.CreateRoutine, frame: Variables) -> Iterator[Result]:
    """The body of a procedure, whose name goes with its errors."""
    session.procedures.append(name)
    try:
        yield from session.called(routine.body, frame, trusted=True)
    finally:
        session.procedures.pop()


def _execute_sql(session: Session, statement: n.ExecProcedure) -> Iterator[Result]:
    if not statement.args:
        raise SqlError(214, "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.")
    text, *rest = statement.args
    parameters: tuple[n.Parameter, ...] = ()
    if rest:
        parameters = declared(session.evaluate(rest[0].value, nvarchar(MAX)))
    frame = _frame(session, "sp_executesql", parameters, rest[1:])
    yield from session.called(parse(session.evaluate(text.value, nvarchar(MAX)) or ""), frame)
    _give_back(session, parameters, rest[1:], frame)


def _frame(session: Session, what: str, parameters: Sequence[n.Parameter], args: Sequence[n.Argument]) -> Variables:
    """The variables a call begins with. Raises SqlError 8162 and 179 for OUTPUT where there can be none."""
    frame: Variables = {}
    for parameter, given in zip(matched(what, parameters, [a.name for a in args]), args, strict=True):
        if given.output and not parameter.output:
            text = f'The formal parameter "{parameter.name}" was not declared as an OUTPUT parameter, but the actual '
            raise SqlError(8162, text + "parameter passed in requested output.")
        if given.output and not isinstance(given.value, n.Variable):
            raise SqlError(179, "Cannot use the OUTPUT option when passing a constant to a stored procedure.", 15)
        frame[parameter.name] = (parameter.type, session.evaluate(given.value, parameter.type))
    return frame


def _give_back(
    session: Session, parameters: Sequence[n.Parameter], args: Sequence[n.Argument], frame: Variables
) -> None:
    for parameter, given in zip(matched("", parameters, [a.name for a in args]), args, strict=True):
        if given.output and isinstance(given.value, n.Variable):
            session.assign(given.value.name, frame[parameter.name][1])


def call_remotely(
    session: Session, found: ObjectInfo, given: Sequence[tuple[str | None, Any]]
) -> tuple[Iterator[Result], Variables]:
    """A procedure by a client's remote call: its results, and the variables that they change."""
    routine = definition(found.body)
    pairs = zip(matched(found.name, routine.parameters, [name for name, _ in given]), given, strict=True)
    frame: Variables = {parameter.name: (parameter.type, value) for parameter, (_, value) in pairs}
    return _within(session, found.name, routine, frame), frame
