"""CREATE PROCEDURE and CREATE FUNCTION, as far as a dedicated pool goes.

Source: Microsoft Learn, "CREATE PROCEDURE", syntax for Azure Synapse Analytics; "Using stored procedures in dedicated
SQL pool", Limitations; "CREATE FUNCTION (Azure Synapse Analytics)".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError, unsupported

if TYPE_CHECKING:
    from local_azure.synapse.statements import StatementParser

_IN_FUNCTIONS = (n.Declare, n.SetVariable, n.SelectVariables, n.If, n.While, n.Block, n.Return, n.Leave)


def procedure(parser: StatementParser, *, alter: bool = False) -> n.Statement:
    """CREATE or ALTER PROCEDURE; the rest of the batch is its body."""
    begin = parser.tokens[parser.at - 1].start
    parser.next()
    name = parser.name()
    if name.last.startswith("#"):
        raise unsupported("A temporary stored procedure")
    if parser.peek(";"):
        raise unsupported("A numbered stored procedure")
    bracketed = parser.take("(")
    given = parameters(parser) if parser.token.kind == "variable" else ()
    if bracketed:
        parser.expect(")")
    if any(p.default is not None for p in given):
        raise unsupported("A default parameter of a stored procedure")
    if parser.token.upper in {"WITH", "FOR"}:
        raise unsupported("An option of a stored procedure (ENCRYPTION, RECOMPILE, EXECUTE AS, FOR REPLICATION)")
    parser.expect("AS")
    body = parser.rest()
    if not body:
        raise parser.token.error()
    if any(isinstance(s, n.Return) for s in _all(body)):
        raise unsupported("RETURN in a stored procedure (an OUTPUT parameter gives a value back)")
    return n.CreateRoutine("P", name, given, parser.text[begin:], alter, body)


def parameters(parser: StatementParser) -> tuple[n.Parameter, ...]:
    """@name [AS] type [= constant] [OUT | OUTPUT], ... Raises SqlError 134 for a name given twice."""
    found = parser.separated(lambda: _parameter(parser))
    for parameter in found:
        if parameter.name in parser.declared:
            raise SqlError(134, f"The variable name '{parameter.name}' has already been declared.", 15)
        parser.declared.add(parameter.name)
    return found


def _parameter(parser: StatementParser) -> n.Parameter:
    if parser.token.kind != "variable":
        raise parser.token.error()
    name = parser.next().text.lower()
    parser.take("AS")
    type_ = parser.data_type()
    default = parser.value() if parser.take("=") else None
    output = parser.take("OUTPUT") or parser.take("OUT")
    if parser.take("READONLY"):
        raise unsupported("A table-valued parameter")
    return n.Parameter(name, type_, default, output)


def function(parser: StatementParser) -> n.Statement:
    """CREATE FUNCTION: scalar, or inline and table-valued."""
    begin = parser.tokens[parser.at - 1].start
    parser.expect("FUNCTION")
    name = parser.name()
    parser.expect("(")
    given = parameters(parser) if parser.token.kind == "variable" else ()
    parser.expect(")", "RETURNS")
    head = n.CreateRoutine("FN", name, given, "")
    found = _inline(parser, head) if parser.take("TABLE") else _scalar(parser, head)
    parser.take(";")
    if parser.token.kind != "end":
        raise parser.token.error()
    return dataclasses.replace(found, text=parser.text[begin:])


def _inline(parser: StatementParser, head: n.CreateRoutine) -> n.CreateRoutine:
    bound = "SCHEMABINDING" in _options(parser)
    parser.take("AS")
    parser.expect("RETURN")
    return dataclasses.replace(head, kind="IF", query=parser.bracketed_query(), schema_bound=bound)


def _scalar(parser: StatementParser, head: n.CreateRoutine) -> n.CreateRoutine:
    if parser.token.kind == "variable":
        raise unsupported("A multi-statement table-valued function")
    returns = parser.data_type()
    options = _options(parser)
    parser.take("AS")
    parser.expect("BEGIN")
    body = parser.statements_to_end()
    _check_body(body)
    return dataclasses.replace(
        head,
        body=body,
        returns=returns,
        null_on_null="RETURNS" in options,
        schema_bound="SCHEMABINDING" in options,
    )


def _options(parser: StatementParser) -> set[str]:
    found: set[str] = set()
    if not parser.take("WITH"):
        return found
    while True:
        word = parser.one_of({"SCHEMABINDING", "RETURNS", "CALLED"})
        if word != "SCHEMABINDING":
            parser.expect(*(["NULL"] if word == "RETURNS" else []), "ON", "NULL", "INPUT")
        found.add(word)
        if not parser.take(","):
            return found


def _check_body(body: tuple[n.Statement, ...]) -> None:
    """A scalar function ends in RETURN and touches no data. Raises SqlError 443, 444, 455, 178."""
    for statement in _all(body):
        if isinstance(statement, n.SelectStatement):
            raise SqlError(444, "Select statements included within a function cannot return data to a client.")
        if not isinstance(statement, _IN_FUNCTIONS):
            word = type(statement).__name__.upper()
            raise SqlError(443, f"Invalid use of a side-effecting operator '{word}' within a function.")
        if isinstance(statement, n.Return) and statement.value is None:
            raise SqlError(178, "A RETURN statement with a return value is needed in this context.", 15)
    if not body or not isinstance(body[-1], n.Return):
        raise SqlError(455, "The last statement included within a function must be a return statement.")


def _all(body: Iterable[n.Statement]) -> Iterator[n.Statement]:
    """The statements of a body, those of its blocks too."""
    for statement in body:
        yield statement
        if isinstance(statement, n.If):
            yield from _all((*statement.then, *statement.otherwise))
        elif isinstance(statement, n.While | n.Block):
            yield from _all(statement.body)
        elif isinstance(statement, n.Try):
            yield from _all((*statement.body, *statement.handler))
