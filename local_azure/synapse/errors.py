"""SQL Server's errors: number, severity, state and wording, raised anywhere and sent as one ERROR token."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass
class SqlError(Exception):
    """An error as a client sees it (MS-TDS 2.2.7.10 ERROR): `number` is SQL Server's, `severity` its class."""

    number: int
    message: str
    severity: int = 16
    state: int = 1
    line: int = 1
    procedure: str = ""  # where it arose

    def __str__(self) -> str:
        return f"Msg {self.number}, Level {self.severity}, State {self.state}: {self.message}"


def syntax(near: str, line: int, column: int) -> SqlError:
    """103010, the parse error of a dedicated SQL pool, which names line and column (both from 1)."""
    return SqlError(103010, f"Parse error at line: {line}, column: {column}: Incorrect syntax near '{near}'.")


def unsupported(what: str) -> SqlError:
    """104473-style refusal of a feature that parses in SQL Server and has no place in a dedicated pool."""
    return SqlError(104467, f"{what} is not supported in a dedicated SQL pool.")


def not_local(what: str) -> SqlError:
    """A pool runs this; the local endpoint doesn't, and says so rather than guess."""
    return SqlError(40517, f"{what} is supported by a dedicated SQL pool but not by this local endpoint.")


def invalid_object(name: str) -> SqlError:
    return SqlError(208, f"Invalid object name '{name}'.")


def no_such_view(name: str) -> SqlError:
    """What a pool says of SQL Server's views that it has not (amachanic/sp_whoisactive, issue 13)."""
    return SqlError(104385, f"Catalog view '{name}' is not supported in this version.")


def invalid_column(name: str) -> SqlError:
    return SqlError(207, f"Invalid column name '{name}'.")


def nameless() -> SqlError:
    text = "An object or column name is missing or empty. For SELECT INTO statements, verify each column has a name. "
    text += 'For other statements, look for empty alias names. Aliases defined as "" or [] are not allowed. '
    return SqlError(1038, f"{text}Change the alias to a valid name.", 15)


def already_there(name: str) -> SqlError:
    return SqlError(2714, f"There is already an object named '{name}' in the database.")


def nested_too_deep(limit: int) -> SqlError:
    text = f"Maximum stored procedure, function, trigger, or view nesting level exceeded (limit {limit})."
    return SqlError(217, text)


def csv_row(message: str) -> str:
    """The row that DuckDB's reader of CSV stopped at, for people."""
    found = re.search(r"CSV Error on Line: (\d+)", message)
    return f"row {found[1]}" if found else "a row"


THRESHOLD = "Query aborted-- the maximum reject threshold (0 rows) was reached while reading from an external source"


def not_permitted(what: str, database: str) -> SqlError:
    """262, of what is done to a database as a whole."""
    return SqlError(262, f"{what} permission denied in database '{database}'.", 14)


def within_transaction() -> SqlError:
    return SqlError(111212, "Operation cannot be performed within a transaction.")


def doomed() -> SqlError:
    """Its number stands before its words, too ("Use transactions in a SQL pool in Azure Synapse")."""
    text = "111233;The current transaction has aborted, and any pending changes have been rolled back. Cause: A "
    text += "transaction in a rollback-only state was not explicitly rolled back before a DDL, DML or SELECT statement."
    return SqlError(111233, text)


def unplanned() -> SqlError:
    """What this endpoint should have known: no words of DuckDB or Python."""
    text = "Internal Query Processor Error: The query processor could not produce a query plan. For more information,"
    return SqlError(8624, f"{text} contact Customer Support Services.")


def no_transaction() -> SqlError:
    """Of COMMIT and ROLLBACK alike."""
    text = "An attempt to complete a transaction has failed. No corresponding transaction found."
    return SqlError(111214, text)


def cancelled() -> SqlError:
    return SqlError(3617, "The query was cancelled.", 11)


def too_many_arguments(what: str) -> SqlError:
    return SqlError(8144, f"Procedure or function {what} has too many arguments specified.")


def name_in_use(name: str, kind: str) -> SqlError:
    text = f"Error: The new name '{name}' is already in use as a {kind} name and would cause a duplicate that is"
    return SqlError(15335, f"{text} not permitted.", 11)


def cannot_drop(kind: str, name: str) -> SqlError:
    text = f"Cannot drop the {kind} '{name}', because it does not exist or you do not have permission."
    return SqlError(3701, text, severity=11, state=5)
