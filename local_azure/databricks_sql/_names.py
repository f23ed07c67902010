"""Names of objects: the catalog the client knows and the one Spark knows, and addresses that must stay inside."""

from __future__ import annotations

import re

from local_azure.databricks_sql._catalog import CATALOG, SPARK_CATALOG
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._tokens import Edit, Token, unquote

# After these words a name of two parts is a schema in a catalog; elsewhere it may be a column of an alias.
BEFORE_SCHEMA = frozenset({"SCHEMA", "SCHEMAS", "DATABASE", "DATABASES", "NAMESPACE", "EXISTS", "IN", "USE"})
_SCALAR = {"CURRENT_CATALOG": f"'{CATALOG}'"}


def catalog_edits(found: list[Token]) -> list[Edit]:
    """Where `found` names the client's catalog, the edit that names Spark's instead."""
    edits = [
        Edit(token.start, token.end, SPARK_CATALOG)
        for index, token in enumerate(found)
        if token.is_name and unquote(token.text).lower() == CATALOG and _is_catalog(found, index)
    ]
    return edits + _current_catalog(found)


def _is_catalog(found: list[Token], index: int) -> bool:
    before = found[index - 1].upper if index else ""
    if before == "." or not _part_follows(found, index):
        return False
    return before in BEFORE_SCHEMA or _part_follows(found, index + 2) or _shows(found, before)


def _part_follows(found: list[Token], index: int) -> bool:
    return index + 2 < len(found) and found[index + 1].text == "." and found[index + 2].is_name


def _shows(found: list[Token], before: str) -> bool:
    return before == "FROM" and found[0].upper == "SHOW"


def _current_catalog(found: list[Token]) -> list[Edit]:
    return [
        Edit(token.start, found[index + 2].end, _SCALAR[token.upper])
        for index, token in enumerate(found[:-2])
        if token.upper in _SCALAR and found[index + 1].text == "(" and found[index + 2].text == ")"
    ]


def parts(dotted: str) -> list[str]:
    """The parts of a dotted name, without back-quotes."""
    return [unquote(part) for part in re.findall(r"`(?:``|[^`])*`|[^\s.`]+", dotted)]


def check_new(table: str) -> None:
    """Raise StatementError for a name that Spark's catalog does not take: Delta Lake would write its files before."""
    if not re.fullmatch(r"\w+", table, re.ASCII):
        message = (
            f"[INVALID_SCHEMA_OR_RELATION_NAME] `{table}` is not a valid name for tables/schemas. Valid names only"
        )
        raise StatementError(f"{message} contain alphabet characters, numbers and _. SQLSTATE: 42602", "42602")


def check_catalog(catalog: str) -> None:
    """Raise StatementError if a catalog is named that isn't the one there is."""
    if catalog and unquote(catalog).lower() not in (CATALOG, SPARK_CATALOG):
        message = f"[NO_SUCH_CATALOG_EXCEPTION] Catalog '{unquote(catalog)}' was not found: there is {CATALOG}"
        raise StatementError(f"{message}. SQLSTATE: 42704", "42704")
