"""SET of an option, SET IDENTITY_INSERT, and USE.

Source: Microsoft Learn, "SET statements (Transact-SQL)"; "Using IDENTITY to create surrogate keys in
dedicated SQL pool".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError, not_local, unsupported
from local_azure.synapse.results import Result

if TYPE_CHECKING:
    from local_azure.synapse.session import Session


def _identity_insert(session: Session, statement: n.IdentityInsert) -> Iterator[Result]:
    """Raises SqlError 8106 for a table without an identity column, 8107 while another one is ON."""
    found = session.binder().names.get(statement.table)
    now, name = session.info.get("identity_insert", ""), found.full_name.lower()
    if all(column.identity is None for column in found.columns):
        text = f"Table '{found.full_name}' does not have the identity property. Cannot perform SET operation."
        raise SqlError(8106, text)
    if statement.on and now not in {"", name}:
        text = f"IDENTITY_INSERT is already ON for table '{now}'. Cannot perform SET operation for table "
        raise SqlError(8107, f"{text}'{found.full_name}'.")
    session.info["identity_insert"] = name if statement.on else ""
    return iter(())


def _set_option(session: Session, statement: n.SetOption) -> Iterator[Result]:
    on = statement.value == "ON"
    if statement.option == "IMPLICIT_TRANSACTIONS":
        session.implicit = on
    elif statement.option == "FMTONLY":
        session.format_only = on
    elif statement.option == "NOCOUNT":
        session.nocount = on
    elif statement.option in {"ROWCOUNT", "NOEXEC"} and statement.value not in {"0", "OFF"}:
        raise not_local(f"SET {statement.option}")
    elif statement.option == "DATEFIRST" and statement.value != "7":
        raise unsupported("SET DATEFIRST of another day than 7")  # its syntax for Azure Synapse Analytics
    elif statement.option in {"DATEFORMAT", "LANGUAGE"} and statement.value not in {"MDY", "US_ENGLISH", ""}:
        raise not_local(f"SET {statement.option}")
    return iter(())


def _use(session: Session, statement: n.Use) -> Iterator[Result]:
    """Raises SqlError 40508 for another database."""
    if statement.database.lower() != session.engine.database.lower():
        text = "USE statement is not supported to switch between databases. Use a new connection to connect "
        raise SqlError(40508, f"{text}to a different database.")
    return iter(())


HANDLERS: dict[type, Callable[[Any, Any], Iterator[Result]]] = {
    n.SetOption: _set_option,
    n.IdentityInsert: _identity_insert,
    n.Use: _use,
}
