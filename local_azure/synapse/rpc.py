"""Remote procedure calls: what a message asks for, and the system procedures drivers call.

Source: MS-TDS 2.2.6.6 "RPC Request"; Microsoft Learn for each procedure.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local_azure.synapse import catalogue_procedures, describe, describe_procedures, routines, system_procedures
from local_azure.synapse.catalogue_procedures import DATATYPES
from local_azure.synapse.errors import SqlError
from local_azure.synapse.results import Result
from local_azure.synapse.routines import Variables, declared_types
from local_azure.synapse.session import Session
from local_azure.synapse.sqltypes import INT, SYSNAME, SqlType, nvarchar, varchar
from local_azure.synapse.token_reader import TokenReader
from local_azure.synapse.wire_types import Reader

_PROCEDURES = {
    1: "sp_cursor", 2: "sp_cursoropen", 3: "sp_cursorprepare", 4: "sp_cursorexecute", 5: "sp_cursorprepexec",
    6: "sp_cursorunprepare", 7: "sp_cursorfetch", 8: "sp_cursoroption", 9: "sp_cursorclose",
    10: "sp_executesql", 11: "sp_prepare", 12: "sp_execute", 13: "sp_prepexec", 14: "sp_prepexecrpc",
    15: "sp_unprepare",
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    name: str
    output: bool
    type: SqlType
    value: Any


@dataclass(frozen=True)
class Call:
    """One procedure call of a message, which may hold many."""

    name: str
    parameters: tuple[Parameter, ...]
    path: str = ""  # the name as it was sent, with its schema

    def value(self, index: int) -> Any:
        return self.parameters[index].value if index < len(self.parameters) else None


def after_headers(data: bytes) -> Reader:
    """A reader behind ALL_HEADERS (MS-TDS 2.2.5.3)."""
    reader = Reader(data)
    reader.take(reader.number(4) - 4)
    return reader


def parse_calls(data: bytes) -> list[Call]:
    """Every call of an RPC message, in order: executemany packs many into one. Raises ValueError."""
    reader = after_headers(data)
    calls: list[Call] = []
    while not reader.ended:
        calls.append(_call(reader))
    return calls


def _call(reader: Reader) -> Call:
    length = reader.number(2)
    name = _PROCEDURES.get(reader.number(2), "?") if length == 0xFFFF else reader.text(length)
    reader.take(2)
    parameters: list[Parameter] = []
    while not reader.ended:
        if reader.data[reader.at] in {0x80, 0xFF, 0xFE}:
            reader.take(1)
            break
        parameters.append(_parameter(reader))
    return Call(_last(name), tuple(parameters), name)


def _last(path: str) -> str:
    return path.rsplit(".", 1)[-1].strip("[]").lower()


def _parameter(reader: Reader) -> Parameter:
    name = reader.text(reader.number(1))
    output = bool(reader.number(1) & 1)
    type_, value = reader.value()
    if isinstance(value, float) and not math.isfinite(value):
        text = "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect. "
        text += f'Parameter ("{name}"): The supplied value is not a valid instance of data type {type_.name}.'
        raise SqlError(8023, text)
    return Parameter(name.lower(), output, type_, value)


@dataclass
class Returned:
    """RETURNVALUE of an output parameter."""

    name: str
    type: SqlType
    value: Any
    ordinal: int = 0  # its place in the call (MS-TDS 2.2.7.19)


Answer = Result | Returned


@dataclass
class Procedures:
    """The procedures over a session; keeps the handles of prepared statements."""

    session: Session
    _prepared: dict[int, tuple[str, dict[str, SqlType]]] = field(default_factory=dict)
    _handles: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.session.procedure = self.execute

    def run(self, call: Call) -> Iterator[Answer]:
        """Raises SqlError 2812 for a procedure that doesn't exist here."""
        if call.name.startswith("sp_cursor"):
            raise SqlError(104220, "Server-side cursors are not supported in a dedicated SQL pool.")
        if call.name in catalogue_procedures.ARGUMENTS:
            return self.catalogue(call.name, _named(call.name, [(p.name, p.value) for p in call.parameters]))
        if call.name in system_procedures.PROCEDURES:
            return system_procedures.run(self.session, call.name, [(p.name or None, p.value) for p in call.parameters])
        procedure = _RUN.get(call.name)
        return self._users(call) if procedure is None else procedure(self, call)

    def _users(self, call: Call) -> Iterator[Answer]:
        """A procedure of the user's, and its OUTPUT parameters."""
        found = self.session.routine(TokenReader(call.path or call.name).name())
        if found is None:
            raise SqlError(2812, f"Could not find stored procedure '{call.name}'.")
        given = [(p.name or None, p.value) for p in call.parameters]
        results, frame = routines.call_remotely(self.session, found, given)
        yield from results
        names = [parameter.name for parameter in routines.definition(found.body).parameters]
        yield from _outputs(call, 0, names, frame)

    def execute(self, name: str, arguments: list[tuple[str, Any]]) -> Iterator[Answer]:
        """EXEC of a batch. Raises SqlError 2812 for a procedure that doesn't exist here."""
        parameters = (Parameter(key, False, nvarchar(4000), value) for key, value in arguments)
        return self.run(Call(name, tuple(parameters)))

    def _execute_sql(self, call: Call) -> Iterator[Answer]:
        yield from self._run_text(call, 2, call.value(0), declared_types(call.value(1)))

    def _run_text(self, call: Call, first: int, text: str | None, declared: dict[str, SqlType]) -> Iterator[Answer]:
        """A batch with parameters, the call's from its `first` on, and what it leaves in those for output."""
        frame = _variables(declared, call.parameters[first:])
        yield from self.session.scoped(text or "", frame)
        yield from _outputs(call, first, list(declared), frame)

    def _prepare(self, call: Call) -> Iterator[Answer]:
        handle = self._keep(call.value(2), call.value(1))
        yield Returned(call.parameters[0].name, INT, handle)

    def _keep(self, text: str | None, declared: str | None) -> int:
        handle = next(self._handles)
        self._prepared[handle] = (text or "", declared_types(declared))
        return handle

    def _prepexec(self, call: Call) -> Iterator[Answer]:
        handle = self._keep(call.value(2), call.value(1))
        text, declared = self._prepared[handle]
        yield Returned(call.parameters[0].name, INT, handle)
        yield from self._run_text(call, 3, text, declared)

    def _prepexec_call(self, call: Call) -> Iterator[Answer]:
        """sp_prepexecrpc: a procedure by its name, with a handle that ODBC asks for and does not use."""
        path = str(call.value(1) or "")
        yield from self.run(Call(_last(path), call.parameters[2:], path))
        yield Returned(call.parameters[0].name, INT, next(self._handles))

    def _execute(self, call: Call) -> Iterator[Answer]:
        handle = call.value(0)
        if handle not in self._prepared:
            raise SqlError(8179, f"Could not find prepared statement with handle {handle}.")
        text, declared = self._prepared[handle]
        yield from self._run_text(call, 1, text, declared)

    def _unprepare(self, call: Call) -> Iterator[Answer]:
        self._prepared.pop(call.value(0), None)
        return iter(())

    def _describe_parameters(self, call: Call) -> Iterator[Answer]:
        """sp_describe_undeclared_parameters: what fast_executemany sizes its buffers by."""
        found = describe.parameter_types(self.session, call.value(0) or "")
        yield describe_procedures.parameters(found)

    def _describe_result(self, call: Call) -> Iterator[Answer]:
        columns = describe.columns(self.session, call.value(0) or "", _nulls(declared_types(call.value(1))))
        yield describe_procedures.result_set(columns)

    def _datatype_info(self, call: Call) -> Iterator[Answer]:
        """sp_datatype_info_100: without it ODBC binds datetime parameters without their fraction."""
        given = next((p.value for i, p in enumerate(call.parameters) if p.name == "@data_type" or not (p.name or i)), 0)
        wanted = given or 0
        yield describe_procedures.table(_DATATYPE_INFO, [row for row in DATATYPES if int(wanted) in (0, row[1])])

    def catalogue(self, name: str, given: dict[str, Any]) -> Iterator[Answer]:
        """A catalogue procedure by its arguments' names. Raises SqlError 8145 for one that it hasn't."""
        return self.session.batch(*catalogue_procedures.statement(name, given))

    def _reset(self, call: Call) -> Iterator[Answer]:
        self.session.reset()
        return iter(())


def _variables(declared: dict[str, SqlType], parameters: tuple[Parameter, ...]) -> Variables:
    """Values by declared name: named parameters by theirs, others in order. Raises SqlError 8178."""
    names = list(declared)
    given: Variables = {}
    for index, parameter in enumerate(parameters):
        name = parameter.name or (names[index] if index < len(names) else "")
        if name not in declared:
            raise SqlError(8144, "Procedure or function has too many arguments specified.")
        given[name] = (declared[name], parameter.value)
    for name in names:
        if name not in given:
            raise SqlError(8178, f"The parameterized query expects the parameter '{name}', which was not supplied.")
    return given


def _outputs(call: Call, first: int, names: list[str], frame: Variables) -> Iterator[Returned]:
    """The values of the parameters that the client wants back, the call's from its `first` on."""
    for place, parameter in enumerate(call.parameters[first:]):
        name = parameter.name or names[place]
        if parameter.output:
            yield Returned(parameter.name or name, *frame[name], ordinal=first + place)


def _named(procedure: str, arguments: list[tuple[str, Any]]) -> dict[str, Any]:
    """Arguments by their names, those without one in order."""
    order = catalogue_procedures.ARGUMENTS[procedure]
    return {(name or order[min(i, len(order) - 1)]).lower(): value for i, (name, value) in enumerate(arguments)}


def _nulls(declared: dict[str, SqlType]) -> Variables:
    return {name: (type_, None) for name, type_ in declared.items()}


_SMALL = SqlType("smallint")
_DATATYPE_INFO = [
    ("TYPE_NAME", SYSNAME), ("DATA_TYPE", _SMALL), ("PRECISION", INT), ("LITERAL_PREFIX", varchar(32)),
    ("LITERAL_SUFFIX", varchar(32)), ("CREATE_PARAMS", varchar(32)), ("NULLABLE", _SMALL), ("CASE_SENSITIVE", _SMALL),
    ("SEARCHABLE", _SMALL), ("UNSIGNED_ATTRIBUTE", _SMALL), ("MONEY", _SMALL), ("AUTO_INCREMENT", _SMALL),
    ("LOCAL_TYPE_NAME", SYSNAME), ("MINIMUM_SCALE", _SMALL), ("MAXIMUM_SCALE", _SMALL), ("SQL_DATA_TYPE", _SMALL),
    ("SQL_DATETIME_SUB", _SMALL), ("NUM_PREC_RADIX", INT), ("INTERVAL_PRECISION", _SMALL), ("USERTYPE", _SMALL),
]  # fmt: skip


_RUN: dict[str, Callable[[Procedures, Call], Iterator[Answer]]] = {
    "sp_executesql": Procedures._execute_sql, "sp_prepare": Procedures._prepare, "sp_prepexec": Procedures._prepexec,
    "sp_prepexecrpc": Procedures._prepexec_call,
    "sp_execute": Procedures._execute, "sp_unprepare": Procedures._unprepare,
    "sp_describe_undeclared_parameters": Procedures._describe_parameters,
    "sp_describe_first_result_set": Procedures._describe_result, "sp_datatype_info": Procedures._datatype_info,
    "sp_datatype_info_100": Procedures._datatype_info, "sp_datatype_info_90": Procedures._datatype_info,
    "sp_reset_connection": Procedures._reset,
}  # fmt: skip
