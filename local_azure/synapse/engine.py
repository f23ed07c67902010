"""The DuckDB database behind the endpoint: opened, locked down, and its errors put into SQL Server's words."""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from local_azure.synapse import catalog, macros, partition_rows
from local_azure.synapse.catalog import Catalog
from local_azure.synapse.errors import THRESHOLD, SqlError, cancelled, csv_row, doomed, unplanned
from local_azure.synapse.external import Storage
from local_azure.synapse.requests import Requests
from local_azure.synapse.slots import Slots

DATABASE_FILE = "warehouse.duckdb"
log = logging.getLogger(__name__)


class CannotOpen(Exception):
    """The database can't be opened; the message says why and what to do."""


@dataclass
class Engine:
    """One database, shared by all sessions; each takes a cursor of its own.

    `definitions` serialises statements that change the catalogue, which would conflict in DuckDB; `slots` lets so many
    queries run at once.
    """

    connection: duckdb.DuckDBPyConnection
    catalog: Catalog
    storage: Storage
    database: str
    user: str
    definitions: threading.RLock = field(default_factory=threading.RLock)
    slots: Slots = field(default_factory=Slots)
    requests: Requests = field(default_factory=Requests)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self.connection.cursor()

    def close(self) -> None:
        """Write everything to the database file and close it."""
        self.connection.execute("CHECKPOINT")
        self.connection.close()


def open_engine(state: Path, storage: Storage, *, database: str, user: str, memory: str) -> Engine:
    """Open (or create) `state`/warehouse.duckdb. Raises CannotOpen where it is locked or unwritable."""
    path = state / DATABASE_FILE
    try:
        state.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(str(path), config={"memory_limit": memory, "autoinstall_known_extensions": "false"})
    except OSError as error:
        raise CannotOpen(f"Cannot write to {state}: {error.strerror}. Choose another --state folder.") from error
    except duckdb.Error as error:
        raise CannotOpen(_why(path, str(error))) from error
    macros.install_functions(connection)
    macros.install(connection)
    requests = Requests()
    requests.install(connection)
    partition_rows.install(connection)
    catalog.install(connection, database, user)
    _lock_down(connection, [str(folder) for folder in storage.folders.values()], state)
    storage.connection = connection
    return Engine(connection, Catalog(database), storage, database, user, requests=requests)


def _why(path: Path, message: str) -> str:
    if "lock" in message.lower():
        return f"{path} is in use by another process. Stop it, or choose another --state folder."
    first = message.splitlines()[0]
    return f"Cannot open {path}: {first}. Choose another --state folder, or remove the file to start anew."


def _lock_down(connection: duckdb.DuckDBPyConnection, folders: list[str], state: Path) -> None:
    """No file, network or extension outside the storage folders, and no way to change that."""
    allowed = ", ".join("'" + folder.replace("'", "''") + "/'" for folder in folders)
    spill = str(state.resolve() / "spill").replace("'", "''")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL max_expression_depth = 100000")  # a session's thread has the stack for it
    connection.execute(f"SET GLOBAL temp_directory = '{spill}'")
    connection.execute(f"SET GLOBAL allowed_directories = [{allowed}]")
    connection.execute("SET GLOBAL enable_external_access = false")
    connection.execute("SET GLOBAL lock_configuration = true")


_TAGGED = re.compile(r"\[\[(\d+)\]\](.*?)(?:\n\nAt:|\Z)", re.DOTALL)  # a Python function's error has its stack behind
_TYPE_NAMES = {
    "UINT8": "tinyint", "INT8": "smallint", "INT16": "smallint", "INT32": "int", "INT64": "bigint",
    "INT128": "numeric", "HUGEINT": "numeric", "INTEGER": "int", "DOUBLE": "float", "FLOAT": "real",
}  # fmt: skip
_NULL = re.compile(r"NOT NULL constraint failed: (\S+)\.(\S+)")


def translate(error: duckdb.Error, command: str = "INSERT", table: str = "") -> SqlError:
    """DuckDB's error as SQL Server's, of a command on a table; what has no counterpart is 8624, and in the log."""
    message = str(error)
    if tagged := _TAGGED.search(message):
        return SqlError(int(tagged[1]), tagged[2].strip())
    if isinstance(error, duckdb.InterruptException):
        return cancelled()
    if isinstance(error, duckdb.ConstraintException):
        return _constraint(message, command, table)
    if "CSV Error on Line" in message:
        return SqlError(107090, f"{THRESHOLD}: {csv_row(message)} is none of the table's.")
    if isinstance(error, duckdb.TransactionException) and "is aborted" in message:
        return doomed()
    if isinstance(error, duckdb.TransactionException) or "Conflict" in message:
        return SqlError(
            3960, "The transaction was aborted because another one changed the same rows. Retry the transaction."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return SqlError(
            701, "There is insufficient system memory to run this query; give the endpoint more with --memory.", 17
        )
    return _conversion(message)


def _constraint(message: str, command: str, table: str) -> SqlError:
    if found := _NULL.search(message):
        return SqlError(
            515,
            (
                f"Cannot insert the value NULL into column '{found[2]}', table '{table or found[1]}'; column does not "
                f"allow nulls. {command} fails."
            ),
        )
    log.warning("no counterpart of: %s", message)
    return SqlError(547, "The statement conflicted with a constraint. The statement has been terminated.")


_OF_TEXT = re.compile(r"""Could not convert string ['"](.*)['"] to (UINT8|INT16|INT32|INT64|DECIMAL)""")
_OF_NUMBER = re.compile(
    r"Type (\w+) with value (\S+) can't be cast .* destination type (UINT8|INT16|INT32|INT64)"
)  # 128 bits are a step of decimals
_SMALL = {"INT16": "INT2", "UINT8": "INT1"}


def _overflow(first: str) -> SqlError | None:
    """A number that its type does not hold, by what it is made from ("Database Engine events and errors")."""
    if text := _OF_TEXT.search(first):
        head = f"The conversion of the varchar value '{text[1]}' overflowed an"
        if text[2] == "INT32":
            return SqlError(248, f"{head} int column.")
        if text[2] in _SMALL:
            return SqlError(244, f"{head} {_SMALL[text[2]]} column. Use a larger integer column.")
        name = _TYPE_NAMES.get(text[2], "numeric")
        return SqlError(8115, f"Arithmetic overflow error converting varchar to data type {name}.")
    number = _OF_NUMBER.search(first)
    if number and number[1] in {"DOUBLE", "FLOAT"}:
        value = f"{float(number[2]):.6f}"
        return SqlError(232, f"Arithmetic overflow error for type {_TYPE_NAMES[number[3]]}, value = {value}.")
    if number and number[3] in _SMALL and number[1] != "INT128":  # which a sum is made in
        return SqlError(220, f"Arithmetic overflow error for data type {_TYPE_NAMES[number[3]]}, value = {number[2]}.")
    return None


def _conversion(message: str) -> SqlError:
    first = message.splitlines()[0]
    if "More than one row returned by a subquery" in message:
        return SqlError(
            512,
            (
                "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, "
                "<, <= , >, >= or when the subquery is used as an expression."
            ),
        )
    if overflowed := _overflow(first):
        return overflowed
    if any(
        word in first.lower() for word in ("timestamp", "date field", "to date", "interval", "time field", "to time")
    ):
        return SqlError(241, "Conversion failed when converting date and/or time from character string.")
    if any(
        word in first
        for word in (
            "Overflow",
            "out of range",
            "out of the range",
            "Could not convert",
            "Could not cast",
            "Failed to cast",
        )
    ):
        target = next((name for key, name in _TYPE_NAMES.items() if key in first), "numeric")
        return SqlError(8115, f"Arithmetic overflow error converting expression to data type {target}.")
    if "LIMIT/OFFSET cannot be negative" in first:
        return SqlError(127, "A TOP N or FETCH rowcount value may not be negative.", 15)
    if "cannot take" in first.lower() or "logarithm" in first or "is undefined" in first:
        return SqlError(3623, "An invalid floating point operation occurred.")
    log.warning("no counterpart of: %s", message)
    return unplanned()
