"""What is known about tables and columns: from Spark's session catalog, Delta's log and the side file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.types import StructField, StructType

from local_azure.databricks_sql._catalog import CATALOG, TEMPORARY, USER, name_out
from local_azure.databricks_sql._errors import StatementError, if_there, no_column
from local_azure.databricks_sql._names import parts
from local_azure.databricks_sql._side_file import Name, SideFile
from local_azure.databricks_sql._tokens import name as quoted

T = TypeVar("T")


@dataclass(frozen=True)
class Table:
    """A table or view as the metastore and, for Delta, the newest version of its log describe it."""

    schema: str
    name: str
    kind: str  # MANAGED, EXTERNAL, either with _SHALLOW_CLONE, or VIEW
    provider: str  # delta, parquet, ...; empty for a view
    owner: str
    comment: str
    location: str
    created: int  # milliseconds since 1970
    altered: int  # milliseconds since 1970
    view_text: str
    properties: dict[str, str]
    columns: StructType


@dataclass(frozen=True)
class Function:
    """A function of one's own, as Spark keeps it (SQLFunction.scala)."""

    name: str
    body: str
    returns: str  # its type, or its columns as DDL
    is_table: bool
    deterministic: bool
    reads: bool  # whether it reads tables
    comment: str


class Metadata:
    """Reads the catalog for one session."""

    def __init__(self, session: SparkSession, side: SideFile) -> None:
        self.side = side
        self.temporary = ""  # the schema of the session's temporary tables, once there is one
        self._session = session
        self._jvm: Any = session._jvm
        self._catalog: Any = session._jsparkSession.sessionState().catalog()

    def name(self, dotted: str) -> Name:
        """Schema and table, in small letters, of a name of one to three parts."""
        found = [part.lower() for part in parts(dotted)]
        schema = found[-2] if len(found) > 1 else str(self._catalog.getCurrentDatabase())
        return schema, found[-1]

    def begin_in(self, schema: str) -> None:
        """Resolve names in a schema, which may be missing: dbt opens its session before it makes the schema."""
        getattr(self._catalog, "currentDb_$eq")(schema)

    def owner(self, notes: Name) -> str:
        """Who owns what has these notes."""
        return self.side.get(notes).owner or USER

    def schemas(self) -> list[str]:
        """All schemas, sorted."""
        return sorted(name for name in _items(self._catalog.listDatabases()) if not str(name).startswith(TEMPORARY))

    def names(self, schema: str, pattern: str = "*") -> list[Name]:
        """Tables and views of a schema whose names match `pattern` (`*` and `|`), sorted.

        Raises StatementError when there is no such schema, in the words the adapter looks for.
        """
        found = self._listed(schema, pattern)
        if found is None:
            message = f"[SCHEMA_NOT_FOUND] The schema `{CATALOG}`.`{schema}` cannot be found. SQLSTATE: 42704"
            raise StatementError(message, "42704")
        return found

    def names_there(self, schema: str, pattern: str = "*") -> list[Name]:
        """The same, and none when there is no such schema: another session may drop one meanwhile."""
        return self._listed(schema, pattern) or []

    def table(self, name: Name) -> Table:
        """One table. Raises Py4JJavaError (TABLE_OR_VIEW_NOT_FOUND) if there is none."""
        return self._standing(name, partial(self._table, name))

    def tables(self, names: Iterable[Name]) -> Iterator[Table]:
        """Those of the tables that are there: another session may drop one meanwhile."""
        return (table for name in names if (table := if_there(partial(self.table, name))))

    def all_names(self) -> list[Name]:
        """The tables and views of all schemas; one that another session drops meanwhile has none."""
        return [name for schema in self.schemas() for name in self.names_there(schema)]

    def column(self, name: Name, column: str) -> StructField:
        """One column of a table. Raises StatementError if there is none."""
        for field in self.table(name).columns:
            if field.name.lower() == column.lower():
                return field
        raise no_column(column, *name)

    def view_text(self, name: Name) -> str:
        """The text of a view in Spark's catalog."""
        return str(_option(self._entry(name).viewText()) or "")

    def set_columns(self, name: Name, schema: str) -> None:
        """Change what the catalog knows of a view's columns; `schema` is Spark's JSON."""
        read = self._jvm.org.apache.spark.sql.types.DataType.fromJson(schema)
        self._catalog.externalCatalog().alterTableSchema(name[0], name[1], read)

    def is_temporary(self, dotted: str) -> bool:
        """Whether the session has a temporary view of that name."""
        found = parts(dotted)
        return len(found) == 1 and self._catalog.getTempView(found[0]).isDefined()

    def has_function(self, name: Name) -> bool:
        """Whether there is a function of one's own by that name."""
        return bool(self._session.catalog.functionExists(quoted(*name)))

    def functions(self, schema: str) -> list[Function]:
        """The functions of one's own in a schema that are there."""
        external = self._catalog.externalCatalog()
        names = if_there(lambda: _items(external.listFunctions(schema, "*"))) or []
        found = ((name, if_there(partial(external.getFunction, schema, name))) for name in names)
        return [_function(str(name), _kept(function)) for name, function in found if function is not None]

    def parameters(self, schema: str) -> Iterator[tuple[str, StructField, int]]:
        """The parameters of those functions: the function, the parameter and its place, from 1 on."""
        external = self._catalog.externalCatalog()
        for name in (function.name for function in self.functions(schema)):
            function = if_there(partial(external.getFunction, schema, name))
            given = _kept(function).get("sqlFunction.inputParam") if function is not None else None
            fields = StructType.fromDDL(given).fields if given else []  # type: ignore[attr-defined]
            yield from ((name, field, place) for place, field in enumerate(fields, 1))

    def log(self, name: Name) -> Any:
        """Delta's log of a table (JVM object org.apache.spark.sql.delta.DeltaLog)."""
        return self._delta_log.forTable(self._session._jsparkSession, self._identifier(name))

    def version(self, name: Name) -> int | None:
        """The newest version of a Delta table that this process has seen; None for all else."""
        if str(_option(self._entry(name).provider()) or "").lower() != "delta":
            return None
        return int(self.log(name).unsafeVolatileSnapshot().version())

    def written(self, name: Name, version: int) -> int:
        """How many rows a commit of Delta's says that it wrote; 0 once another session has dropped the table."""
        log = self.log(name)
        path = self._jvm.org.apache.hadoop.fs.Path(log.logPath(), f"{version:020d}.json")
        try:
            lines = _items(log.store().read(path, log.newDeltaHadoopConf()))
        except Py4JJavaError:
            return 0
        actions = (json.loads(str(line)) for line in lines)
        told: dict[str, Any] = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
        return int(told.get("operationMetrics", {}).get("numOutputRows", 0))

    def layout(self, table: Table) -> tuple[list[str], list[str]]:
        """The columns that a table is partitioned and clustered by."""
        if table.provider != "delta":
            raw = self._entry((table.schema, table.name))
            return [str(column) for column in _items(raw.partitionColumnNames())], []
        detail = self._session.sql(f"DESCRIBE DETAIL {quoted(table.schema, table.name)}").collect()[0]
        return list(detail.partitionColumns), list(detail.clusteringColumns or [])

    def size(self, table: Table) -> int | None:
        """Bytes of a Delta table's newest version; None for all else, and once another session has dropped it."""
        if table.provider != "delta":
            return None
        name = (table.schema, table.name)
        size = partial(self._standing, name, lambda _: int(self.log(name).unsafeVolatileSnapshot().sizeInBytes()))
        return if_there(size)

    def _identifier(self, name: Name) -> Any:
        return self._table_identifier(name[1], self._some(name[0]))

    # py4j asks the JVM for each part of a dotted name, and the JVM looks through all jars for it: once is enough
    @cached_property
    def _delta_log(self) -> Any:
        return self._jvm.org.apache.spark.sql.delta.DeltaLog

    @cached_property
    def _table_identifier(self) -> Any:
        return self._jvm.org.apache.spark.sql.catalyst.TableIdentifier

    @cached_property
    def _some(self) -> Any:
        return self._jvm.scala.Option.apply

    @cached_property
    def _none(self) -> Any:
        return self._jvm.scala.Option.empty()

    def _standing(self, name: Name, read: Callable[[Any], T]) -> T:
        """What is read of a table. One that another session drops or makes anew while its files are read fails in many
        ways, so that the catalog is asked: it is read again for as long as it is another by then.

        Raises Py4JJavaError (TABLE_OR_VIEW_NOT_FOUND) once there is none.
        """
        raw = self._entry(name)
        while True:
            try:
                return read(raw)
            except (Py4JJavaError, PySparkException):
                failed, raw = raw, self._entry(name)
                if raw == failed:
                    raise

    def _entry(self, name: Name) -> Any:
        return self._catalog.getTableMetadata(self._identifier(name))

    def _listed(self, schema: str, pattern: str) -> list[Name] | None:
        found = if_there(lambda: _items(self._catalog.listTables(schema, pattern, False)))
        return found and sorted((schema, str(name.table())) for name in found)

    def _table(self, name: Name, raw: Any) -> Table:
        kind = str(raw.tableType().name())
        provider = str(_option(raw.provider()) or "").lower()
        log = self.log(name) if provider == "delta" else None
        delta = log and self._newest(log)
        schema = delta.schemaString() if delta else raw.schema().json()
        return Table(
            *name,
            kind=f"{kind}_SHALLOW_CLONE" if self.side.get(name).shallow else kind,
            provider="" if kind == "VIEW" else provider,
            owner=self.side.get(name).owner or str(raw.owner()) or USER,
            comment=str((delta.description() if delta else None) or _option(raw.comment()) or ""),
            location="" if kind == "VIEW" else str(raw.location()),
            created=int(raw.createTime()),
            altered=int(log.unsafeVolatileSnapshot().timestamp()) if log and delta else int(raw.createTime()),
            view_text=self.side.get(name).view or name_out(str(_option(raw.viewText()) or "")),
            properties=_pairs(delta.configuration() if delta else raw.properties()),
            columns=StructType.fromJson(json.loads(schema)),
        )

    def _newest(self, log: Any) -> Any:
        """The newest metadata, also when an outside writer just added a column; None before the first commit, and once
        another session has dropped the table."""
        newest = log.update(False, self._none, self._none) if log.tableExists() else None
        return newest.metadata() if newest and newest.version() >= 0 else None


def _function(name: str, kept: dict[str, Any]) -> Function:
    said = {key.removeprefix("sqlFunction."): str(value) for key, value in kept.items()}
    is_table, returns = said.get("isTableFunc") == "true", said.get("returnType", "")
    return Function(
        name,
        name_out(said.get("expression") or said.get("query") or ""),
        returns,
        is_table,
        said.get("deterministic", "true") == "true",
        said.get("containsSQL") == "false" or "query" in said,
        said.get("comment", ""),
    )


def _kept(function: Any) -> dict[str, Any]:
    """Spark keeps a SQL function as JSON cut into resources, each behind three digits that number it
    (SQLFunction.scala, functionResources)."""
    numbered = sorted(str(one.uri()) for one in _items(function.resources()))
    return dict(json.loads("".join(part[3:] for part in numbered) or "{}"))


def _option(value: Any) -> Any:
    return value.get() if value.isDefined() else None


def _items(sequence: Any) -> list[Any]:
    return [sequence.apply(index) for index in range(sequence.size())]


def _pairs(mapping: Any) -> dict[str, str]:
    found, pairs = mapping.iterator(), {}
    while found.hasNext():
        pair = found.next()
        pairs[str(pair._1())] = str(pair._2())
    return pairs
