"""Unity Catalog by REST, for reading: https://docs.databricks.com/api/workspace/tables"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from local_azure.databricks_sql._catalog import CATALOG
from local_azure.databricks_sql._describe import type_name
from local_azure.databricks_sql._handlers import Handlers
from local_azure.databricks_sql._listings import matches
from local_azure.databricks_sql._metadata import Metadata, Table
from local_azure.databricks_sql._rest_errors import ApiError
from local_azure.databricks_sql._side_file import CATALOG_NOTES, Key, Name

T = TypeVar("T")
Asked = dict[str, Any]


class Catalog:
    """Answers what is in the one catalog. Every method raises ApiError for what there is not."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers

    @cached_property
    def _metadata(self) -> Metadata:
        return self._handlers.statements(None, None, {}, True).metadata

    def _read(self, work: Callable[[Metadata], T]) -> T:
        return self._handlers.control(lambda: work(self._metadata))

    def catalogs(self, _: Asked) -> Any:
        """The one catalog."""
        return {"catalogs": [self._catalog()]}

    def catalog(self, _: Asked, name: str) -> Any:
        """The one catalog, by its name."""
        _check_catalog(name)
        return self._catalog()

    def _catalog(self) -> dict[str, Any]:
        comment = self._handlers.side.get(CATALOG_NOTES).comment
        return {"name": CATALOG, "full_name": CATALOG, "catalog_type": "MANAGED_CATALOG", "comment": comment}

    def schemas(self, asked: Asked) -> Any:
        """The schemas of the catalog."""
        _check_catalog(asked.get("catalog_name", ""))
        return {"schemas": [_schema(name) for name in self._read(lambda metadata: metadata.schemas())]}

    def schema(self, _: Asked, name: str) -> Any:
        """One schema by its full name."""
        catalog, _dot, schema = name.partition(".")
        _check_catalog(catalog)
        if schema.lower() not in self._read(lambda metadata: metadata.schemas()):
            raise ApiError(404, "SCHEMA_DOES_NOT_EXIST", f"Schema '{name}' does not exist.")
        return _schema(schema.lower())

    def tables(self, asked: Asked) -> Any:
        """The tables and views of a schema, with their columns."""
        schema = self._schema_of(asked)
        found = self._read(lambda metadata: list(metadata.tables(metadata.names(schema))))
        return {"tables": [self._table(table) for table in found]}

    def summaries(self, asked: Asked) -> Any:
        """The tables and views of the schemas that match a pattern."""
        _check_catalog(asked.get("catalog_name", ""))
        schema, table = asked.get("schema_name_pattern"), asked.get("table_name_pattern")
        names = self._read(lambda metadata: metadata.all_names())
        found = [name for name in names if matches(name[0], schema) and matches(name[1], table)]
        return {"tables": [{"full_name": ".".join((CATALOG, *name))} for name in found]}

    def exists(self, _: Asked, name: str) -> Any:
        """Whether there is a table of that name."""
        found = _parsed(name)
        return {"table_exists": found in self._read(lambda metadata: _names(metadata, found))}

    def table(self, _: Asked, name: str) -> Any:
        """One table or view by its full name."""
        found = _parsed(name)
        if found not in self._read(lambda metadata: _names(metadata, found)):
            raise ApiError(404, "TABLE_DOES_NOT_EXIST", f"Table '{name}' does not exist.")
        return self._table(self._read(lambda metadata: metadata.table(found)))

    def _schema_of(self, asked: Asked) -> str:
        _check_catalog(asked.get("catalog_name", ""))
        schema = str(asked.get("schema_name", "")).lower()
        if schema not in self._read(lambda metadata: metadata.schemas()):
            raise ApiError(404, "SCHEMA_DOES_NOT_EXIST", f"Schema '{CATALOG}.{schema}' does not exist.")
        return schema

    def _table(self, table: Table) -> dict[str, Any]:
        keys = self._handlers.side.get((table.schema, table.name)).keys
        described = {
            "name": table.name,
            "catalog_name": CATALOG,
            "schema_name": table.schema,
            "full_name": ".".join((CATALOG, table.schema, table.name)),
            "table_type": table.kind,
            "data_source_format": None if table.kind == "VIEW" else table.provider.upper(),
            "columns": [_column(position, field) for position, field in enumerate(table.columns)],
            "comment": table.comment or None,
            "storage_location": table.location or None,
            "view_definition": table.view_text or None,
            "properties": table.properties,
            "owner": table.owner,
            "created_at": table.created,
            "updated_at": table.altered,
            "table_constraints": [_constraint(key) for key in keys] or None,
        }
        return {key: value for key, value in described.items() if value is not None}


def _names(metadata: Metadata, name: Name) -> list[Name]:
    return metadata.names(name[0]) if name[0] in metadata.schemas() else []


def _parsed(full: str) -> Name:
    parts = full.lower().split(".")
    if len(parts) != 3:
        raise ApiError(400, "INVALID_PARAMETER_VALUE", f"'{full}' is no full name: catalog.schema.table")
    _check_catalog(parts[0])
    return parts[1], parts[2]


def _check_catalog(name: str) -> None:
    if name.lower() != CATALOG:
        raise ApiError(404, "CATALOG_DOES_NOT_EXIST", f"Catalog '{name}' does not exist.")


def _schema(name: str) -> dict[str, Any]:
    return {"name": name, "catalog_name": CATALOG, "full_name": f"{CATALOG}.{name}"}


def _column(position: int, field: Any) -> dict[str, Any]:
    described = {
        "name": field.name,
        "type_text": field.dataType.simpleString(),
        "type_name": type_name(field.dataType),
        "type_json": json.dumps(field.jsonValue()),
        "position": position,
        "nullable": field.nullable,
        "comment": field.metadata.get("comment"),
        "type_precision": getattr(field.dataType, "precision", 0),
        "type_scale": getattr(field.dataType, "scale", 0),
    }
    return {key: value for key, value in described.items() if value is not None}


def _constraint(key: Key) -> dict[str, Any]:
    if key.parent is None:
        return {"primary_key_constraint": {"name": key.name, "child_columns": key.columns}}
    parent = {"parent_table": ".".join((CATALOG, *key.parent)), "parent_columns": key.parent_columns}
    return {"foreign_key_constraint": {"name": key.name, "child_columns": key.columns, **parent}}
