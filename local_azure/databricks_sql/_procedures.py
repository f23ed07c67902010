"""Procedures: scripts that are kept with their parameters, and run by CALL.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-procedure
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-aux-call
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyspark.sql import SparkSession

from local_azure.databricks_sql import _results, _script_text, _scripts
from local_azure.databricks_sql._call import NAME, Answer, Call
from local_azure.databricks_sql._catalog import CATALOG
from local_azure.databricks_sql._errors import StatementError, syntax_error
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._securables import procedure
from local_azure.databricks_sql._side_file import Name, procedure_notes
from local_azure.databricks_sql._tokens import Token, closing, items, outside, string, tokens, unquote
from local_azure.databricks_sql._tokens import name as quoted

_OUT = "__OUT"  # the last statement of a call: what the parameters hold by then


@dataclass(frozen=True)
class Parameter:
    """A parameter: IN, OUT or INOUT, its name as it is written, its type and its default."""

    mode: str
    name: str
    type: str
    default: str


def parameters(text: str) -> list[Parameter]:
    """The parameters of a CREATE PROCEDURE."""
    found = tokens(text)
    opening = next(at for at, token in enumerate(found) if token.text == "(")
    return [_parameter(text, item) for item in items(found[opening + 1 : closing(found, opening)])]


def _parameter(text: str, item: list[Token]) -> Parameter:
    mode = item[0].upper if item[0].upper in ("IN", "OUT", "INOUT") and len(item) > 2 else ""
    first = 1 if mode else 0
    default, comment = outside(item, first + 2, "DEFAULT"), outside(item, first + 2, "COMMENT")
    end = min(default, comment)
    given = text[item[default + 1].start : item[comment - 1].end] if default + 1 < len(item) else ""
    return Parameter(mode or "IN", item[first].text, text[item[first + 1].start : item[end - 1].end], given)


def body(text: str) -> str:
    """The BEGIN ... END of a CREATE PROCEDURE."""
    found = tokens(text)
    return text[found[outside(found, 0, "AS") + 1].start :].rstrip("; \n")


def _create(call: Call) -> Result:
    name = _named(call)
    call.metadata.names(name[0], "")  # raises where there is no such schema
    is_there = bool(call.metadata.side.get(procedure_notes(name)).view)
    if is_there and call.word("exists"):
        return _results.nothing()
    if call.metadata.has_function(name) or (is_there and not call.word("replace")):
        message = f"[ROUTINE_ALREADY_EXISTS] Cannot create the procedure {quoted(CATALOG, *name)} because a routine of"
        raise StatementError(f"{message} that name already exists. SQLSTATE: 42723", "42723")
    _check(call)
    with call.metadata.side.change(procedure_notes(name)) as notes:
        notes.view = call.sent
    return _results.nothing()


def _check(call: Call) -> None:
    """Raise what Spark's parser says of the body."""
    text = body(call.sent)
    if not _script_text.is_script(tokens(text)):
        raise syntax_error("Syntax error: a procedure is a compound statement, BEGIN ... END")
    _scripts.parse(call.session, _script_text.read(text).sql)


def _call(call: Call) -> Result:
    """The procedure's script between declarations of its parameters; what OUT and INOUT hold is set when it is over."""
    text = procedure(call.metadata, _named(call))
    given = _arguments(call, parameters(text))
    held: dict[str, str] = {}
    declared = "; ".join(_declaration(call.session, parameter, argument) for parameter, argument in given)
    answer = call.script(
        f"BEGIN {declared}{'; ' if declared else ''}{body(text)}; {_OUT}; END",
        {_OUT: lambda: held.update(_held(call.session, given))},
    )
    for parameter, argument in given:
        if parameter.mode != "IN":
            call.statement(f"SET VARIABLE {argument} = {held[parameter.name]}")
    return answer


def _declaration(session: SparkSession, parameter: Parameter, argument: str) -> str:
    """Computed here, where the caller's variables are known and the procedure's are not."""
    value = argument if parameter.mode != "OUT" else "NULL"
    return f"DECLARE {parameter.name} {parameter.type} DEFAULT {_literal(session, value, parameter.type)}"


def _held(session: SparkSession, given: list[tuple[Parameter, str]]) -> Iterator[tuple[str, str]]:
    for parameter, _ in given:
        if parameter.mode != "IN":
            yield parameter.name, _literal(session, parameter.name, parameter.type)


def _literal(session: SparkSession, expression: str, kind: str) -> str:
    """The value as SQL that any session reads."""
    nested = any(word in kind.upper() for word in ("ARRAY", "MAP", "STRUCT", "VARIANT"))
    value = f"CAST(({expression}) AS {kind})"
    row = session.sql(f"SELECT {f'to_json({value})' if nested else f'CAST({value} AS STRING)'}").head()
    if row is None or row[0] is None:
        return f"CAST(NULL AS {kind})"
    if kind.upper() == "VARIANT":
        return f"parse_json({string(row[0])})"
    return f"from_json({string(row[0])}, {string(kind)})" if nested else f"CAST({string(row[0])} AS {kind})"


def _arguments(call: Call, known: list[Parameter]) -> list[tuple[Parameter, str]]:
    """What each parameter is given, its default where it is given none."""
    by_name: dict[str, str] = {}
    for place, item in enumerate(items(tokens(call.original("given")))):
        named = len(item) > 2 and item[1].text == "=>"
        label = item[0].text if named else known[place].name if place < len(known) else ""
        by_name[unquote(label).lower()] = " ".join(token.text for token in item[2 if named else 0 :])
    names = {unquote(parameter.name).lower() for parameter in known}
    if unknown := by_name.keys() - names:
        raise _wrong(call, f"has no parameter for {', '.join(sorted(unknown)) or 'so many arguments'}")
    return [(parameter, _argument(call, parameter, by_name)) for parameter in known]


def _argument(call: Call, parameter: Parameter, by_name: dict[str, str]) -> str:
    given = by_name.get(unquote(parameter.name).lower(), "DEFAULT")
    if given.upper() != "DEFAULT":
        return given
    if not parameter.default or parameter.mode != "IN":
        raise _wrong(call, f"needs an argument for {parameter.name}")
    return parameter.default


def _wrong(call: Call, words: str) -> StatementError:
    message = f"[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The procedure {quoted(CATALOG, *_named(call))} {words}"
    return StatementError(f"{message}. SQLSTATE: 42605", "42605")


def _drop(call: Call) -> Result:
    name = _named(call)
    if not call.word("exists"):
        procedure(call.metadata, name)
    call.metadata.side.forget(procedure_notes(name))
    return _results.nothing()


def _describe(call: Call) -> Result:
    name = _named(call)
    text = procedure(call.metadata, name)
    listed = [f"{each.mode} {each.name} {each.type}" for each in parameters(text)]
    rows = [f"Procedure:  {'.'.join((CATALOG, *name))}", *(f"Parameter:  {each}" for each in listed)]
    rows += [f"Body:       {body(text)}"] if call.word("more") else []
    return _results.table("procedure_desc string", [[row] for row in rows])


def _show(call: Call) -> Result:
    schema = call.metadata.name(f"{call.word('schema')}.x")[0] if call.word("schema") else call.metadata.name("x")[0]
    rows = [(CATALOG, [each], each, name) for (each, name), _ in call.metadata.side.procedures() if each == schema]
    return _results.table("catalog string, namespace array<string>, schema string, procedure_name string", rows)


def _named(call: Call) -> Name:
    return call.table("procedure")


_PROCEDURE = rf"PROCEDURE (?P<exists>IF (?:NOT )?EXISTS )?(?P<procedure>{NAME})"
RULES: list[tuple[str, Answer]] = [
    (rf"CREATE (?P<replace>OR REPLACE )?{_PROCEDURE} \( .*", _create),
    (rf"CALL (?P<procedure>{NAME}) \( (?P<given>.*?) ?\)", _call),
    (rf"DROP {_PROCEDURE}", _drop),
    (rf"DESC(?:RIBE)? PROCEDURE (?P<more>EXTENDED )?(?P<procedure>{NAME})", _describe),
    (rf"SHOW PROCEDURES(?: (?:IN|FROM) (?P<schema>{NAME}))?", _show),
]
