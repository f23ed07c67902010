"""What privileges and tags are given on: the catalog, a schema, a table or view, a function.

https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/privileges
"""

from __future__ import annotations

from dataclasses import dataclass

from local_azure.databricks_sql._call import NAME, PART, Call
from local_azure.databricks_sql._catalog import CATALOG, METASTORE
from local_azure.databricks_sql._errors import StatementError, syntax_error
from local_azure.databricks_sql._metadata import Metadata
from local_azure.databricks_sql._names import check_catalog, parts
from local_azure.databricks_sql._side_file import (
    CATALOG_NOTES,
    METASTORE_NOTES,
    Name,
    function_notes,
    procedure_notes,
    schema_notes,
)
from local_azure.databricks_sql._tokens import name as quoted

# In a rule's pattern: what a statement is about. TABLE may be left out.
SECURABLE = (
    rf"(?:(?P<metastore>METASTORE)|(?P<catalog>CATALOG(?: {PART})?)|(?:SCHEMA|DATABASE) (?P<schema>{NAME})"
    rf"|FUNCTION (?P<function>{NAME})|PROCEDURE (?P<procedure>{NAME})"
    rf"|(?:(?:TABLE|VIEW|MATERIALIZED VIEW) )?(?P<table>{NAME}))"
)

_TABLE = {"SELECT", "MODIFY", "APPLY TAG", "MANAGE", "REFRESH", "ALL PRIVILEGES"}
_FUNCTION = {"EXECUTE", "MANAGE", "ALL PRIVILEGES"}
_CREATE = {f"CREATE {each}" for each in ("FUNCTION", "MATERIALIZED VIEW", "MODEL", "MODEL VERSION", "TABLE", "VOLUME")}
_SCHEMA = _TABLE | _FUNCTION | _CREATE | {"USE SCHEMA", "EXTERNAL USE SCHEMA", "READ VOLUME", "WRITE VOLUME"}
_CATALOG = _SCHEMA | {"USE CATALOG", "CREATE SCHEMA", "BROWSE"}
_METASTORE = {
    *(f"CREATE {each}" for each in ("CATALOG", "CLEAN ROOM", "CONNECTION", "EXTERNAL LOCATION", "PROVIDER")),
    *(f"CREATE {each}" for each in ("RECIPIENT", "SERVICE CREDENTIAL", "SHARE", "STORAGE CREDENTIAL")),
    *(f"USE {each}" for each in ("MARKETPLACE ASSETS", "PROVIDER", "RECIPIENT", "SHARE")),
    *("MANAGE ALLOWLIST", "SET SHARE PERMISSION"),
}
PRIVILEGES = {
    "TABLE": _TABLE,
    "FUNCTION": _FUNCTION,
    "PROCEDURE": _FUNCTION,
    "SCHEMA": _SCHEMA,
    "CATALOG": _CATALOG,
    "METASTORE": _METASTORE,
}
# Hive's name for what Unity Catalog has a name each for:
# https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-privileges
_USAGE = {"SCHEMA": "USE SCHEMA", "CATALOG": "USE CATALOG"}


@dataclass(frozen=True)
class Securable:
    """Its kind, the name under which its notes are kept, and its full name."""

    kind: str
    notes: Name
    full: str


def securable(call: Call) -> Securable:
    """What the statement is about. Raises the catalog's error if there is none."""
    groups = call.match.groupdict()
    if groups.get("metastore"):
        return Securable("METASTORE", METASTORE_NOTES, METASTORE)
    if groups.get("procedure"):
        return _procedure(call)
    if call.word("catalog"):
        check_catalog(call.word("catalog").partition(" ")[2])
        return Securable("CATALOG", CATALOG_NOTES, CATALOG)
    if call.word("schema"):
        schema = parts(call.word("schema"))[-1].lower()
        call.metadata.names(schema, "")  # raises if there is none
        return Securable("SCHEMA", schema_notes(schema), f"{CATALOG}.{schema}")
    if call.word("function"):
        found = routine(call.metadata, call.word("function"))
        return Securable("FUNCTION", function_notes(found), ".".join((CATALOG, *found)))
    found = call.existing()
    return Securable("TABLE", found, ".".join((CATALOG, *found)))


def _procedure(call: Call) -> Securable:
    name = call.table("procedure")
    procedure(call.metadata, name)
    return Securable("PROCEDURE", procedure_notes(name), ".".join((CATALOG, *name)))


def procedure(metadata: Metadata, name: Name) -> str:
    """The text of a procedure. Raises StatementError if there is none."""
    text = metadata.side.get(procedure_notes(name)).view
    if not text:
        raise no_routine(name)
    return text


def no_routine(name: Name) -> StatementError:
    """The error for a function or procedure that there is not."""
    message = f"[ROUTINE_NOT_FOUND] The routine {quoted(CATALOG, *name)} cannot be found"
    return StatementError(f"{message}. SQLSTATE: 42883", "42883")


def routine(metadata: Metadata, dotted: str) -> Name:
    """Schema and name of a function of one's own. Raises StatementError if there is none."""
    schema, function = metadata.name(dotted)
    if not metadata.has_function((schema, function)):
        raise no_routine((schema, function))
    return schema, function


def above(found: Securable) -> list[Securable]:
    """It and what holds it, from the catalog down: privileges are inherited."""
    if found.kind == "METASTORE":
        return [found]
    schema = found.notes[0]
    holders = [Securable("CATALOG", CATALOG_NOTES, CATALOG)]
    if schema:
        holders.append(Securable("SCHEMA", schema_notes(schema), f"{CATALOG}.{schema}"))
    return holders if found in holders else [*holders, found]


def privileges(words: str, found: Securable) -> list[str]:
    """The privileges that `words` list. Raises StatementError for one that there is not, or not for this kind."""
    named = [" ".join(word.split()).upper() for word in words.split(",")]
    wanted = [_USAGE.get(found.kind, name) if name == "USAGE" else name for name in named]
    wanted = ["ALL PRIVILEGES" if name == "ALL" else name for name in wanted]
    for name in wanted:
        if name not in _CATALOG | _METASTORE:
            raise syntax_error(f"Syntax error at or near '{name}': no such privilege")
        if name not in PRIVILEGES[found.kind]:
            message = f"[INVALID_PARAMETER_VALUE] Privilege {name} is not applicable to this entity"
            raise StatementError(f"{message} [{found.full}:{found.kind}]. SQLSTATE: 22023", "22023")
    return wanted
