"""The lists of catalogs, schemas, tables and columns that ODBC, JDBC and the connector ask for.

Their columns are JDBC's: https://docs.oracle.com/en/java/javase/17/docs/api/java.sql/java/sql/DatabaseMetaData.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from pyspark.sql.types import DecimalType, StructField

from local_azure.databricks_sql import _information_schema
from local_azure.databricks_sql._catalog import CATALOG
from local_azure.databricks_sql._metadata import Metadata, Table
from local_azure.databricks_sql._results import LocalResult, Result, table
from local_azure.databricks_sql._side_file import Name


def catalogs() -> Result:
    """The one catalog."""
    return table("TABLE_CAT string", [[CATALOG]])


def schemas(metadata: Metadata, schema: str | None) -> LocalResult:
    """Schemas whose names match the JDBC pattern."""
    found = [name for name in _information_schema.schemas(metadata) if matches(name, schema)]
    return table("TABLE_SCHEM string, TABLE_CATALOG string", [[name, CATALOG] for name in found])


def in_catalog(catalog: str | None, listed: Callable[[], LocalResult]) -> Result:
    """A list of what is in the one catalog; of another catalog, nothing."""
    found = listed()
    return found if matches(CATALOG, catalog) else LocalResult(found.schema, [])


def table_types() -> Result:
    """The kinds of tables that there are."""
    return table("TABLE_TYPE string", [["TABLE"], ["VIEW"]])


def type_info() -> Result:
    """Each type with its number in java.sql.Types and its digits."""
    rows = [
        (name, number, _DIGITS.get(name), *[None] * 3, 1, False, 3, False, False, False, name, 0, 0, None, None, 10)
        for name, number in JDBC_TYPES.items()
    ]
    return table(
        "TYPE_NAME string, DATA_TYPE int, PRECISION int, LITERAL_PREFIX string, LITERAL_SUFFIX string, "
        "CREATE_PARAMS string, NULLABLE smallint, CASE_SENSITIVE boolean, SEARCHABLE smallint, "
        "UNSIGNED_ATTRIBUTE boolean, FIXED_PREC_SCALE boolean, AUTO_INCREMENT boolean, LOCAL_TYPE_NAME string, "
        "MINIMUM_SCALE smallint, MAXIMUM_SCALE smallint, SQL_DATA_TYPE int, SQL_DATETIME_SUB int, NUM_PREC_RADIX int",
        rows,
    )


def functions(metadata: Metadata, schema: str | None, name: str | None) -> LocalResult:
    """Functions of one's own whose names match the JDBC patterns."""
    rows = [
        (CATALOG, each, function, None, 0, function)
        for each in metadata.schemas()
        if matches(each, schema)
        for function in (known.name for known in metadata.functions(each))
        if matches(function, name)
    ]
    return table(
        "FUNCTION_CAT string, FUNCTION_SCHEM string, FUNCTION_NAME string, REMARKS string, FUNCTION_TYPE int, "
        "SPECIFIC_NAME string",
        rows,
    )


def primary_keys(metadata: Metadata, schema: str | None, name: str) -> Result:
    """The columns of a table's primary key."""
    found = metadata.name(f"`{schema}`.`{name}`" if schema else f"`{name}`")
    key = metadata.side.get(found).primary_key
    rows = (
        [(CATALOG, *found, column, position, key.name) for position, column in enumerate(key.columns, 1)] if key else []
    )
    return table(
        "TABLE_CAT string, TABLE_SCHEM string, TABLE_NAME string, COLUMN_NAME string, KEY_SEQ int, PK_NAME string", rows
    )


def cross_reference(metadata: Metadata, parent: Name | None, child: Name | None) -> Result:
    """The foreign keys from one table to another; None for any."""
    rows = [
        (CATALOG, *key.parent, wanted, CATALOG, *name, column, position, 3, 3, key.name, primary.name, 7)
        for name, notes in metadata.side.all().items()
        for key in notes.keys
        if key.parent is not None and child in (None, name) and parent in (None, tuple(key.parent))
        if (primary := metadata.side.get(key.parent).primary_key)
        for position, (column, wanted) in enumerate(zip(key.columns, primary.columns, strict=False), 1)
    ]
    return table(
        "PKTABLE_CAT string, PKTABLE_SCHEM string, PKTABLE_NAME string, PKCOLUMN_NAME string, FKTABLE_CAT string, "
        "FKTABLE_SCHEM string, FKTABLE_NAME string, FKCOLUMN_NAME string, KEY_SEQ int, UPDATE_RULE int, "
        "DELETE_RULE int, FK_NAME string, PK_NAME string, DEFERRABILITY int",
        rows,
    )


def tables(metadata: Metadata, schema: str | None, name: str | None, kinds: list[str] | None) -> LocalResult:
    """Tables and views whose names match the JDBC patterns."""
    rows = [
        (CATALOG, found.schema, found.name, _kind(found), found.comment, *[None] * 5)
        for found in _information_schema.tables(metadata, _names(metadata, schema, name))
        if not kinds or _kind(found) in kinds
    ]
    return table(
        "TABLE_CAT string, TABLE_SCHEM string, TABLE_NAME string, TABLE_TYPE string, REMARKS string, "
        "TYPE_CAT string, TYPE_SCHEM string, TYPE_NAME string, SELF_REFERENCING_COL_NAME string, "
        "REF_GENERATION string",
        rows,
    )


def columns(metadata: Metadata, schema: str | None, name: str | None, column: str | None) -> LocalResult:
    """Columns whose names match the JDBC patterns."""
    rows = [
        (CATALOG, found.schema, found.name, *_column(position, field))
        for found in _information_schema.tables(metadata, _names(metadata, schema, name))
        for position, field in enumerate(found.columns)
        if matches(field.name, column)
    ]
    return table(
        "TABLE_CAT string, TABLE_SCHEM string, TABLE_NAME string, COLUMN_NAME string, DATA_TYPE int, "
        "TYPE_NAME string, COLUMN_SIZE int, BUFFER_LENGTH int, DECIMAL_DIGITS int, NUM_PREC_RADIX int, NULLABLE int, "
        "REMARKS string, COLUMN_DEF string, SQL_DATA_TYPE int, SQL_DATETIME_SUB int, CHAR_OCTET_LENGTH int, "
        "ORDINAL_POSITION int, IS_NULLABLE string, SCOPE_CATALOG string, SCOPE_SCHEMA string, SCOPE_TABLE string, "
        "SOURCE_DATA_TYPE smallint, IS_AUTO_INCREMENT string",
        rows,
    )


JDBC_TYPES = {
    "BOOLEAN": 16, "TINYINT": -6, "SMALLINT": 5, "INT": 4, "BIGINT": -5, "FLOAT": 6, "DOUBLE": 8, "DECIMAL": 3,
    "STRING": 12, "VARCHAR": 12, "CHAR": 1, "BINARY": -2, "DATE": 91, "TIMESTAMP": 93, "TIMESTAMP_NTZ": 93,
    "VOID": 0, "ARRAY": 2003, "MAP": 2000, "STRUCT": 2002, "VARIANT": 1111,
}  # fmt: skip
_DIGITS = {
    "TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 19, "FLOAT": 7, "DOUBLE": 15, "DECIMAL": 38, "DATE": 10,
    "TIMESTAMP": 29, "TIMESTAMP_NTZ": 29,
}  # fmt: skip


def _column(position: int, field: StructField) -> tuple[Any, ...]:
    type_name = field.dataType.simpleString().upper()
    kind = re.split(r"[(<]", type_name)[0]
    size, digits = _DIGITS.get(kind), 0 if kind in ("TINYINT", "SMALLINT", "INT", "BIGINT") else None
    if isinstance(field.dataType, DecimalType):
        size, digits = field.dataType.precision, field.dataType.scale
    default = field.metadata.get("CURRENT_DEFAULT")
    nullable = "YES" if field.nullable else "NO"
    typed = (JDBC_TYPES.get(kind, 12), type_name, size, None, digits, 10 if size else None, int(field.nullable))
    described = (field.metadata.get("comment"), default, *[None] * 3, position, nullable, *[None] * 4, "NO")
    return field.name, *typed, *described


def _names(metadata: Metadata, schema: str | None, name: str | None) -> Iterator[Name]:
    every = _information_schema.all_names(metadata)
    return (found for found in every if matches(found[0], schema) and matches(found[1], name))


def _kind(found: Table) -> str:
    return "VIEW" if found.kind == "VIEW" else "TABLE"


def matches(name: str, pattern: str | None) -> bool:
    """Whether a name matches JDBC's pattern: `%` is any text, `_` any character, a backslash takes the next as is."""
    if pattern is None or pattern in ("", "%", "*"):
        return True
    parts = (
        re.escape(found[1]) if found[0].startswith("\\") else {"%": ".*", "_": "."}.get(found[0]) or re.escape(found[0])
        for found in re.finditer(r"\\(.)|.", pattern)
    )
    return re.fullmatch("".join(parts), name, re.IGNORECASE) is not None
