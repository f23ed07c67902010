"""The metastore: Spark's catalog in memory, with what it holds kept in one file a schema.

Hive's metastore on Derby took a tenth of a build's time. A file is the schema with its tables, views and
functions as Java writes them; a new one is forced to disk and renamed over the old one, so a crash leaves either.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from local_azure.databricks_sql._errors import if_there
from local_azure.databricks_sql._tokens import Token, name, string

# Statements that begin with another word leave the catalog as it is.
_CHANGES = frozenset({"CREATE", "REPLACE", "ALTER", "DROP", "COMMENT", "CONVERT", "BEGIN"})


def changes(found: list[Token]) -> bool:
    """Whether the statement may change the catalog."""
    return found[0].upper in _CHANGES if found else False


class Metastore:
    """Spark's catalog and its files in `folder`."""

    def __init__(self, session: SparkSession, folder: Path) -> None:
        self._session = session
        self._jvm: Any = session._jvm
        self._catalog: Any = session._jsparkSession.sharedState().externalCatalog()
        self._folder = folder
        self._kept: dict[str, Any] = {}
        self._lock = Lock()
        folder.mkdir(exist_ok=True)

    def restore(self, warehouse: Path) -> None:
        """Fill the catalog from the files, and bring it and the tables' folders together after a crash.

        A folder without a commit is the rest of a statement that was never answered; a folder with one that the
        catalog does not name is a table that was. Raises Py4JJavaError where another Spark wrote a file.
        """
        for file in sorted(self._folder.glob("*.schema")):
            self._restore_schema(self._utils.deserialize(file.read_bytes()))
        for schema in self._schemas():
            self._adopt(schema, warehouse)
        self.keep()

    def keep(self) -> None:
        """Write the schemas that changed since they were last written, and forget those dropped."""
        with self._lock:
            schemas = self._schemas()
            for schema in schemas:
                # what another statement drops meanwhile is for that statement to keep: it does so after the drop
                if_there(partial(self._keep_schema, schema))
            for schema in self._kept.keys() - set(schemas):
                self._file(schema).unlink(missing_ok=True)
                del self._kept[schema]

    @cached_property
    def _log(self) -> Any:
        return self._jvm.org.apache.logging.log4j.LogManager.getLogger("Metastore")

    @cached_property
    def _utils(self) -> Any:
        return self._jvm.org.apache.spark.util.Utils

    def _schemas(self) -> list[str]:
        return _items(self._catalog.listDatabases())

    def _file(self, schema: str) -> Path:
        return self._folder / f"{quote(schema, safe='')}.schema"

    def _keep_schema(self, schema: str) -> None:
        content = self._content(schema)
        if content.equals(self._kept.get(schema)):
            return
        new = self._file(schema).with_suffix(".new")
        with new.open("wb") as file:
            file.write(self._utils.serialize(content))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file(schema))
        self._kept[schema] = content

    def _content(self, schema: str) -> Any:
        """The schema, its tables and views, its functions (a Scala tuple of three)."""
        tables = self._catalog.getTablesByName(schema, self._catalog.listTables(schema))
        names = _items(self._catalog.listFunctions(schema, "*"))
        functions = [_described(self._catalog.getFunction(schema, function)) for function in names]
        return self._jvm.scala.Tuple3(self._catalog.getDatabase(schema), tables, json.dumps(functions))

    def _restore_schema(self, content: Any) -> None:
        database, tables, functions = content._1(), content._2(), content._3()
        self._catalog.createDatabase(database, True)
        for table in _items(tables):
            if not _is_in_warehouse(table) or _has_commit(Path(table.location().getPath())):
                self._catalog.createTable(table, False)
        for function in json.loads(functions):
            self._catalog.createFunction(database.name(), self._function(database.name(), **function))

    def _function(self, schema: str, function: str, code: str, resources: list[list[str]]) -> Any:
        catalyst = self._jvm.org.apache.spark.sql.catalyst
        kinds, resource = catalyst.catalog.FunctionResourceType, catalyst.catalog.FunctionResource
        found = self._jvm.java.util.ArrayList()
        for kind, address in resources:
            found.add(resource(kinds.fromString(kind), address))
        sequence = self._jvm.org.apache.spark.api.python.PythonUtils.toSeq(found)
        identifier = catalyst.FunctionIdentifier(function, self._jvm.scala.Option.apply(schema))
        return catalyst.catalog.CatalogFunction(identifier, code, sequence)

    def _adopt(self, schema: str, warehouse: Path) -> None:
        for folder in _table_folders(warehouse, schema):
            if self._catalog.tableExists(schema, folder.name):
                continue
            if not _has_commit(folder):
                shutil.rmtree(folder)
                continue
            try:
                self._create_managed(schema, folder)
            except (Py4JJavaError, PySparkException) as error:  # a name that no table can have, or a broken log
                self._log.warn(f"{folder} is no table: {error}")

    def _create_managed(self, schema: str, folder: Path) -> None:
        """A managed table in its folder: SQL makes those with a location external, so the type is changed."""
        self._session.sql(f"create table {name(schema, folder.name)} using delta location {string(str(folder))}")
        external = self._catalog.getTable(schema, folder.name)
        fields = [getattr(external, f"copy$default${index + 1}")() for index in range(external.productArity())]
        fields[1] = self._jvm.org.apache.spark.sql.catalyst.catalog.CatalogTableType.MANAGED()
        self._catalog.dropTable(schema, folder.name, True, False)
        self._catalog.createTable(external.copy(*fields), False)


def _table_folders(warehouse: Path, schema: str) -> Iterator[Path]:
    parent = warehouse if schema == "default" else warehouse / f"{schema}.db"
    return (folder for folder in parent.glob("*") if folder.is_dir() and folder.suffix != ".db")


def _described(function: Any) -> dict[str, Any]:
    """A function as text: Java does not write the kinds of its resources. SQL's functions are in their resources."""
    resources = [[str(one.resourceType().resourceType()), str(one.uri())] for one in _items(function.resources())]
    return {
        "function": str(function.identifier().funcName()),
        "code": str(function.className()),
        "resources": resources,
    }


def _is_in_warehouse(table: Any) -> bool:
    """Whether it is a managed table of Delta's, and in no schema with a location of its own in the lake."""
    is_managed = str(table.tableType().name()) == "MANAGED" and table.provider().contains("delta")
    return is_managed and str(table.location().getScheme() or "file") == "file"


def _has_commit(folder: Path) -> bool:
    """Whether a Delta log stands in the folder: a commit's file is named by its version, of 20 digits."""
    return any(file.stem.isdigit() for file in folder.glob("_delta_log/*.json"))


def _items(sequence: Any) -> list[Any]:
    return [sequence.apply(index) for index in range(sequence.size())]
