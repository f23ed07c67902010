"""The lists of catalogs, schemas, tables and columns that ODBC, JDBC and the connector ask for.

Their columns are JDBC's: https://docs.oracle.com/en/java/javase/17/docs/api/java.sql/java/sql/DatabaseMetaData.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pyspark.sql.types import StructField

from local_azure.databricks_sql._catalog import CATALOG
from local_azure.databricks_sql._metadata import Metadata, Table
from local_azure.databricks_sql._results import Result, table, type_id
from local_azure.databricks_sql._side_file import Name


def catalogs() -> Result:
    """The one catalog."""
    return table("TABLE_CAT string", [[CATALOG]])


def schemas(metadata: Metadata, schema: str | None) -> Result:
    """Schemas whose names match the JDBC pattern."""
    found = [name for name in metadata.schemas() if _matches(name, schema)]
    return table("TABLE_SCHEM string, TABLE_CATALOG string", [[name, CATALOG] for name in found])


def tables(metadata: Metadata, schema: str | None, name: str | None, kinds: list[str] | None) -> Result:
    """Tables and views whose names match the JDBC patterns."""
    rows = [
        (CATALOG, found.schema, found.name, _kind(found), found.comment, *[None] * 5)
        for found in map(metadata.table, _names(metadata, schema, name))
        if not kinds or _kind(found) in kinds
    ]
    return table(
        "TABLE_CAT string, TABLE_SCHEM string, TABLE_NAME string, TABLE_TYPE string, REMARKS string, "
        "TYPE_CAT string, TYPE_SCHEM string, TYPE_NAME string, SELF_REFERENCING_COL_NAME string, "
        "REF_GENERATION string",
        rows,
    )


def columns(metadata: Metadata, schema: str | None, name: str | None, column: str | None) -> Result:
    """Columns whose names match the JDBC patterns."""
    rows = [
        (CATALOG, found.schema, found.name, *_column(position, field))
        for found in map(metadata.table, _names(metadata, schema, name))
        for position, field in enumerate(found.columns)
        if _matches(field.name, column)
    ]
    return table(
        "TABLE_CAT string, TABLE_SCHEM string, TABLE_NAME string, COLUMN_NAME string, DATA_TYPE int, "
        "TYPE_NAME string, NULLABLE int, REMARKS string, ORDINAL_POSITION int, IS_NULLABLE string",
        rows,
    )


def _column(position: int, field: StructField) -> tuple[Any, ...]:
    type_name = field.dataType.simpleString().upper()
    described = (int(field.nullable), field.metadata.get("comment"), position, "YES" if field.nullable else "NO")
    return field.name, type_id(field.dataType), type_name, *described


def _names(metadata: Metadata, schema: str | None, name: str | None) -> Iterator[Name]:
    for found in metadata.schemas():
        if _matches(found, schema):
            yield from (table for table in metadata.names(found) if _matches(table[1], name))


def _kind(found: Table) -> str:
    return "VIEW" if found.kind == "VIEW" else "TABLE"


def _matches(name: str, pattern: str | None) -> bool:
    """JDBC's patterns: `%` is any text, `_` any character, a backslash takes the next as it is."""
    if pattern is None or pattern in ("", "%", "*"):
        return True
    parts = (
        re.escape(found[1]) if found[0].startswith("\\") else {"%": ".*", "_": "."}.get(found[0]) or re.escape(found[0])
        for found in re.finditer(r"\\(.)|.", pattern)
    )
    return re.fullmatch("".join(parts), name, re.IGNORECASE) is not None
