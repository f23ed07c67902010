"""Answers about tables that Spark gives in another shape, or loses for tables registered by location.

SHOW TABLE EXTENDED: https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-aux-show-table
DESCRIBE ... AS JSON: https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-aux-describe-table
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import types as spark_types

from local_azure.databricks_sql import _generated
from local_azure.databricks_sql._catalog import CATALOG
from local_azure.databricks_sql._metadata import Metadata, Table
from local_azure.databricks_sql._results import type_text
from local_azure.databricks_sql._side_file import Key, Name, Policy
from local_azure.databricks_sql._tokens import name, string, unquote


def information(table: Table, size: int | None) -> str:
    """The `information` text of SHOW TABLE EXTENDED: properties by line, then the columns as a tree."""
    lines = [
        f"Catalog: {CATALOG}",
        f"Database: {table.schema}",
        f"Table: {table.name}",
        f"Owner: {table.owner}",
        f"Created Time: {_when(table.created):%a %b %d %H:%M:%S UTC %Y}",
        f"Type: {table.kind}",
    ]
    lines += [f"Provider: {table.provider}"] if table.provider else []
    lines += [f"Statistics: {size} bytes"] if size is not None else []
    lines += [f"Location: {table.location}"] if table.location else [f"View Text: {table.view_text}"]
    # The adapter takes for the comment all text up to the last label: it must be the last but one.
    lines += [f"Comment: {table.comment}"] if table.comment else []
    return "\n".join([*lines, "Schema: root", *_tree(table), ""])


def _tree(table: Table) -> list[str]:
    return [
        f" |-- {field.name}: {field.dataType.simpleString()} (nullable = {str(field.nullable).lower()})"
        for field in table.columns
    ]


def as_json(metadata: Metadata, table: Table) -> str:
    """The `json_metadata` of DESCRIBE TABLE EXTENDED ... AS JSON."""
    notes = metadata.side.get((table.schema, table.name))
    keys = notes.keys
    described = {
        "table_name": table.name,
        "catalog_name": CATALOG,
        "namespace": [table.schema],
        "schema_name": table.schema,
        "columns": [_column(field) for field in table.columns],
        "owner": table.owner,
        "created_time": f"{_when(table.created):%Y-%m-%dT%H:%M:%SZ}",
        "type": table.kind,
        "provider": table.provider or None,
        "comment": table.comment or None,
        "location": table.location or None,
        "view_text": table.view_text or None,
        "table_properties": table.properties,
        "table_constraints": f"[{', '.join(f'({key.name},{constraint(key)})' for key in keys)}]" if keys else None,
        "column_masks": [_mask(column, mask) for column, mask in notes.masks.items()] or None,
        "row_filter": _row_filter(notes.row_filter) if notes.row_filter else None,
    }
    return json.dumps({key: value for key, value in described.items() if value is not None})


def _mask(column: str, mask: Policy) -> dict[str, Any]:
    using = {"using_column_names": mask.arguments} if mask.arguments else {}
    return {"column_name": column, "function_name": _function_name(mask), **using}


def _row_filter(kept: Policy) -> dict[str, Any]:
    return {"function_name": _function_name(kept), "column_names": [unquote(each) for each in kept.arguments]}


def _function_name(policy: Policy) -> dict[str, str]:
    schema, function = policy.function
    return {"catalog_name": CATALOG, "schema_name": schema, "function_name": function}


def _column(field: spark_types.StructField) -> dict[str, Any]:
    column = {"name": field.name, "type": _json_type(field.dataType), "nullable": field.nullable}
    return column | ({"comment": field.metadata["comment"]} if "comment" in field.metadata else {})


def _json_type(kind: spark_types.DataType) -> dict[str, Any]:
    label = kind.simpleString().partition("(")[0].partition("<")[0]
    if isinstance(kind, spark_types.DecimalType):
        return {"name": label, "precision": kind.precision, "scale": kind.scale}
    if isinstance(kind, spark_types.ArrayType):
        element = _json_type(kind.elementType)
        return {"name": label, "element_type": element, "element_nullable": kind.containsNull}
    if isinstance(kind, spark_types.MapType):
        value = {"value_type": _json_type(kind.valueType), "value_nullable": kind.valueContainsNull}
        return {"name": label, "key_type": _json_type(kind.keyType), **value}
    if isinstance(kind, spark_types.StructType):
        return {"name": label, "fields": [_column(field) for field in kind]}
    return {"name": label}


def constraint(key: Key) -> str:
    """The definition of a key, as descriptions show it."""
    columns = ", ".join(name(column) for column in key.columns)
    if key.parent is None:
        return f"PRIMARY KEY ({columns})"
    parent_columns = ", ".join(name(column) for column in key.parent_columns)
    return f"FOREIGN KEY ({columns}) REFERENCES {name(CATALOG, *key.parent)} ({parent_columns})"


def detailed(metadata: Metadata, name: Name, rows: list[list[str | None]]) -> Iterator[list[str | None]]:
    """The rows of DESCRIBE TABLE EXTENDED, where Spark tells a Delta table's full name in one."""
    table = metadata.table(name)
    for row in rows:
        if row[0] != "Name" or not str(row[1]).startswith(CATALOG):
            yield row
            continue
        for part, value in (("Catalog", CATALOG), ("Database", table.schema), ("Table", table.name)):
            yield [part, value, ""]
        yield ["Created Time", f"{_when(table.created):%a %b %d %H:%M:%S UTC %Y}", ""]


def create_statement(metadata: Metadata, table: Table) -> str:
    """The statement of SHOW CREATE TABLE, for a table or a view."""
    full = name(CATALOG, table.schema, table.name)
    comment = f"\nCOMMENT {string(table.comment)}" if table.comment else ""
    if table.kind == "VIEW":
        listed = ",\n  ".join(_view_column(field) for field in table.columns)
        return f"CREATE VIEW {full} (\n  {listed}){comment}\nAS {table.view_text}"
    notes = metadata.side.get((table.schema, table.name))
    listed = ",\n  ".join([*map(_column_ddl, table.columns), *_keys(notes.keys), *_checks(table)])
    place = f"\nLOCATION {string(table.location)}" if table.kind.startswith("EXTERNAL") else ""
    layout = "".join(_layout(metadata, table))
    return f"CREATE TABLE {full} (\n  {listed})\nUSING {table.provider}{layout}{comment}{place}{_properties(table)}"


def _layout(metadata: Metadata, table: Table) -> Iterator[str]:
    partitioned, clustered = metadata.layout(table)
    if partitioned:
        yield f"\nPARTITIONED BY ({', '.join(map(name, partitioned))})"
    if clustered:
        yield f"\nCLUSTER BY ({', '.join(map(name, clustered))})"


def _keys(keys: list[Key]) -> Iterator[str]:
    return (f"CONSTRAINT {name(key.name)} {constraint(key)}" for key in keys)


def _checks(table: Table) -> Iterator[str]:
    for key, value in sorted(table.properties.items()):
        if key.startswith(_CHECK):
            yield f"CONSTRAINT {name(key.removeprefix(_CHECK))} CHECK ({value})"


def _properties(table: Table) -> str:
    defaults = any("CURRENT_DEFAULT" in field.metadata for field in table.columns)
    needed = {"delta.feature.allowColumnDefaults": "supported"} if defaults else {}
    listed = [
        f"  {string(key)} = {string(value)}"
        for key, value in sorted((table.properties | needed).items())
        if not key.startswith((_CHECK, "delta.columnMapping.maxColumnId", "delta.rowTracking.material"))
    ]
    return "\nTBLPROPERTIES (\n" + ",\n".join(listed) + ")" if listed else ""


def _view_column(field: spark_types.StructField) -> str:
    return name(field.name) + (f" COMMENT {string(field.metadata['comment'])}" if field.metadata.get("comment") else "")


def _column_ddl(field: spark_types.StructField) -> str:
    comment = f" COMMENT {string(field.metadata['comment'])}" if "comment" in field.metadata else ""
    default = f" DEFAULT {field.metadata['CURRENT_DEFAULT']}" if "CURRENT_DEFAULT" in field.metadata else ""
    null = "" if field.nullable else " NOT NULL"
    return f"{name(field.name)} {_sql_type(field)}{null}{_generated.clause(field)}{default}{comment}"


def _sql_type(field: spark_types.StructField) -> str:
    kind = field.dataType
    if isinstance(kind, spark_types.StructType):
        fields = ((each.name if each.name.isidentifier() else name(each.name), _sql_type(each)) for each in kind)
        return f"STRUCT<{', '.join(f'{field}: {text}' for field, text in fields)}>"
    if isinstance(kind, spark_types.ArrayType):
        return f"ARRAY<{_sql_type(spark_types.StructField('', kind.elementType))}>"
    if isinstance(kind, spark_types.MapType):
        key, value = (_sql_type(spark_types.StructField("", each)) for each in (kind.keyType, kind.valueType))
        return f"MAP<{key}, {value}>"
    return type_text(field).upper()


_CHECK = "delta.constraints."


_TYPE_NAMES = {"TINYINT": "BYTE", "SMALLINT": "SHORT", "BIGINT": "LONG", "VOID": "NULL", "VARCHAR": "STRING"}


def type_name(kind: spark_types.DataType) -> str:
    """A type's name in the REST API: BIGINT is LONG, what has brackets goes without them.

    https://docs.databricks.com/api/workspace/tables/get
    """
    label = kind.simpleString().partition("(")[0].partition("<")[0].upper()
    return "INTERVAL" if label.startswith("INTERVAL") else _TYPE_NAMES.get(label, label)


def _when(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
