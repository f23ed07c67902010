"""The system's procedures that do something: membership of roles, sp_rename, the session's context, space used.

Source: Microsoft Learn, the page of each, as it applies to Azure Synapse Analytics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from local_azure.synapse import monitoring, routines
from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError, unsupported
from local_azure.synapse.results import Done, Message, Result, Rows
from local_azure.synapse.scope import BoundColumn
from local_azure.synapse.sqltypes import nvarchar, varchar
from local_azure.synapse.token_reader import TokenReader

if TYPE_CHECKING:
    from local_azure.synapse.session import Session

_VALUE = nvarchar(4000)
_BREAKS = "Caution: Changing any part of an object name could break scripts and stored procedures."


class Procedure(NamedTuple):
    """What runs, and its parameters in the order in which it takes them."""

    run: Callable[..., Iterator[Result]]
    parameters: tuple[n.Parameter, ...]


def _procedure(run: Callable[..., Iterator[Result]], *required: str, optional: tuple[str, ...] = ()) -> Procedure:
    may = [n.Parameter(name, _VALUE, n.Literal("null", "NULL")) for name in optional]
    return Procedure(run, (*(n.Parameter(name, _VALUE) for name in required), *may))


def execute(session: Session, statement: n.ExecProcedure) -> Iterator[Result]:
    """EXEC of a batch, of these or any other."""
    name = statement.name.last.lower()
    if name not in PROCEDURES:
        return routines.execute(session, statement)
    return run(session, name, [(each.name, session.evaluate(each.value, _VALUE)) for each in statement.args])


def run(session: Session, name: str, given: Sequence[tuple[str | None, Any]]) -> Iterator[Result]:
    """A procedure by its arguments, named or in order. Raises what `matched` does, and the procedure."""
    procedure = PROCEDURES[name]
    meant = routines.matched(name, procedure.parameters, [argument for argument, _ in given])
    values = {parameter.name: value for parameter, (_, value) in zip(meant, given, strict=True)}
    return procedure.run(session, *(values.get(parameter.name) for parameter in procedure.parameters))


def _add_member(session: Session, role: Any, member: Any) -> Iterator[Result]:
    return session.run(n.Member("ADD", str(role), str(member)))


def _drop_member(session: Session, role: Any, member: Any) -> Iterator[Result]:
    return session.run(n.Member("DROP", str(role), str(member)))


def _rename(session: Session, path: Any, new: Any, kind: Any) -> Iterator[Result]:
    """Of a column, all that a pool renames by it. Raises SqlError 15248, 15335 and those of a change of the table."""
    if str(kind).upper() != "COLUMN":
        raise unsupported("sp_rename of anything but a COLUMN")
    table, column = _split(TokenReader(str(path)).name())
    try:
        yield from session.run(n.Rename(table, str(new), column))
    except SqlError as error:
        if error.number in {207, 208}:
            text = "Either the parameter @objname is ambiguous or the claimed @objtype (COLUMN) is wrong."
            raise SqlError(15248, text, 11) from error
        raise
    yield Message(_BREAKS, 15477)


def _split(path: n.Name) -> tuple[n.Name, str]:
    """table.column, with or without a schema."""
    *table, column = path.parts
    if not table:
        raise SqlError(15253, f"Syntax error parsing SQL identifier '{column}'.", 11)
    return n.Name(tuple(table), path.token), column


def _set_context(session: Session, key: Any, value: Any, read_only: Any) -> Iterator[Result]:
    """Raises SqlError 15664 for a key that was set to stay."""
    session.context.set(str(key), value, locked=str(read_only) in {"1", "True"})
    return iter(())


def _space_used(session: Session, name: Any) -> Iterator[Result]:
    """Of the pool two results, of a table one; what is not written to disk yet takes no space."""
    if name is None:
        used = monitoring.used_space(session)
        yield from _row(("database_name", session.engine.database), ("database_size", f"{used / 1024:.2f} MB"),
                        ("unallocated space", "0.00 MB"))  # fmt: skip
        yield from _row(("reserved", f"{used} KB"), *_shares(used))
    else:
        path = TokenReader(str(name)).name()
        rows, used = monitoring.used_space_of(session, path)
        yield from _row(("name", path.last), ("rows", f"{rows:<20}"), ("reserved", f"{used} KB"), *_shares(used))


def _shares(used: int) -> list[tuple[str, str]]:
    return [("data", f"{used} KB"), ("index_size", "0 KB"), ("unused", "0 KB")]


def _row(*values: tuple[str, str]) -> Iterator[Result]:
    columns = tuple(BoundColumn(name, varchar(128), f"c{i}") for i, (name, _) in enumerate(values))
    yield Rows(columns, iter([[tuple(value for _, value in values)]]))
    yield Done("SELECT", 1)


PROCEDURES = {
    "sp_addrolemember": _procedure(_add_member, "@rolename", "@membername"),
    "sp_droprolemember": _procedure(_drop_member, "@rolename", "@membername"),
    "sp_rename": _procedure(_rename, "@objname", "@newname", optional=("@objtype",)),
    "sp_set_session_context": _procedure(_set_context, "@key", "@value", optional=("@read_only",)),
    "sp_spaceused": _procedure(_space_used, optional=("@objname",)),
}
