"""Where a statement may read and write files: below the --storage addresses, and nowhere else on this machine.

A warehouse knows cloud storage by its external locations alone.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-external-locations
https://docs.databricks.com/aws/en/error-messages/error-classes (NO_PARENT_EXTERNAL_LOCATION_FOR_PATH)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._tokens import Kind, Token, closing, unquote

# `format.`address`` in a query, by the data sources of Spark and Delta
_FORMATS = frozenset({"AVRO", "BINARYFILE", "CSV", "DELTA", "JSON", "ORC", "PARQUET", "TEXT", "XML"})
_BEFORE = frozenset({"LOCATION", "DIRECTORY", "INPATH", "VACUUM", "OPTIMIZE", "DETAIL", "HISTORY"})
_TABLES = frozenset({"FROM", "JOIN", "INTO", "TABLE", "USING", "UPDATE", "DELTA", "DETAIL", "HISTORY", "OVERWRITE"})


def check(found: list[Token], prefixes: list[str]) -> None:
    """Raises StatementError for an address that is not below one of `prefixes`."""
    for place in _places(found):
        check_place(place, prefixes)


def check_place(place: str, prefixes: list[str]) -> None:
    """The same for an address that a statement computes."""
    if ".." in re.split(r"[/\\]", place):
        raise StatementError(f"[INVALID_PATH] {place} leaves its folder. SQLSTATE: 42000")
    if not any(place == prefix or place.lower().startswith(f"{prefix.lower()}/") for prefix in prefixes):
        raise StatementError(
            f"[NO_PARENT_EXTERNAL_LOCATION_FOR_PATH] No parent external location was found for path '{place}'. "
            f"Files are read and written below {' or '.join(prefixes) or 'no address: start with --storage'}."
        )


def _places(found: list[Token]) -> Iterator[str]:
    for index, token in enumerate(found):
        if _is_file(found, index) or _is_literal(found, index):
            yield unquote(token.text)
        elif token.upper in ("READ_FILES", "TABLE_CHANGES_BY_PATH") and found[index + 1 : index + 2]:
            yield from _first_argument(found, index + 1)
        elif unquote(token.text).lower() == "path":
            yield from _option(found, index)


def _is_file(found: list[Token], index: int) -> bool:
    """Whether this is the address of `format.`address``, and no column of a table that is called as a format is."""
    if index < 2 or found[index].kind is not Kind.QUOTED:
        return False
    before = found[index - 3].upper if index > 2 else ""
    named = found[index - 1].text == "." and found[index - 2].upper in _FORMATS
    return named and (before in _TABLES or bool(re.search("[/:]", found[index].text)))


def _is_literal(found: list[Token], index: int) -> bool:
    before = found[index - 1].upper if index else ""
    copied = before == "FROM" and found[0].upper == "COPY"
    return found[index].kind is Kind.STRING and (before in _BEFORE or copied)


def _first_argument(found: list[Token], opening: int) -> Iterator[str]:
    if found[opening].text == "(" and found[opening + 1].kind is Kind.STRING:
        yield unquote(found[opening + 1].text)


def _option(found: list[Token], index: int) -> Iterator[str]:
    """`path 'address'` or `path = 'address'` within OPTIONS (...): a data source reads and writes there."""
    values = [token for token in found[index + 1 : index + 3] if token.text != "="][:1]
    if values and values[0].kind is Kind.STRING and _within_options(found, index):
        yield unquote(values[0].text)


def _within_options(found: list[Token], index: int) -> bool:
    return any(
        token.upper == "OPTIONS" and found[at + 1].text == "(" and closing(found, at + 1) > index
        for at, token in enumerate(found[:index])
    )
