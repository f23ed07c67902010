"""information_schema, of the catalog and of `system`: a statement that reads it gets temporary views.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-information-schema
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import DataType, DecimalType, StructField, StructType

from local_azure.databricks_sql._call import COLUMN, NAME, PART, skeleton
from local_azure.databricks_sql._catalog import CATALOG, METASTORE, USER
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._generated import EXPRESSION, IDENTITY
from local_azure.databricks_sql._metadata import Function, Metadata, Table
from local_azure.databricks_sql._procedures import body
from local_azure.databricks_sql._results import type_text
from local_azure.databricks_sql._side_file import (
    CATALOG_NOTES,
    METASTORE_NOTES,
    Key,
    Name,
    function_notes,
    schema_notes,
)
from local_azure.databricks_sql._tokens import Edit, Token, unquote

SCHEMA = "information_schema"
_SYSTEM = "System user"  # who owns its views
_numbers = itertools.count()
_IS = rf"{COLUMN} = '\d+"
# A SELECT from one table, where columns are equal to literals.
_ONE_TABLE = re.compile(
    rf"SELECT (?:(?!(?:SELECT|FROM)\b)\S+ )+FROM {NAME}(?: (?:AS )?(?!WHERE ){PART})? "
    rf"WHERE (?P<where>{_IS}(?: AND {_IS})*)(?: (?:GROUP|ORDER|LIMIT|OFFSET)(?: (?!SELECT\b)\S+)+)?",
    re.IGNORECASE,
)
Rows = Iterable[tuple[Any, ...]]
# What may follow a table that has no name of its own.
_AFTER_TABLE = frozenset({
    "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL",
    "ON", "USING", "UNION", "EXCEPT", "INTERSECT", "MINUS", "LATERAL", "QUALIFY", "WINDOW", "TABLESAMPLE",
    "PIVOT", "UNPIVOT", "SEMI", "ANTI", "CLUSTER", "DISTRIBUTE", "SORT", "OFFSET", "SELECT", "FETCH", "WHEN",
})  # fmt: skip


@dataclass(frozen=True)
class View:
    """Columns in DDL, what computes the rows for the named tables, and the columns that have no value here."""

    columns: str
    rows: Callable[[Metadata, list[Name]], Rows]
    empty: str = ""


def references(found: list[Token]) -> Iterator[tuple[str, Edit]]:
    """Each information_schema view that is named, and the edit that names a temporary view instead."""
    temporary: dict[str, str] = {}
    for index, token in enumerate(found[:-2]):
        if token.is_name and unquote(token.text).lower() == SCHEMA and found[index + 1].text == ".":
            first = index - 2 if index > 1 and found[index - 1].text == "." else index
            view = unquote(found[index + 2].text).lower()
            if view not in temporary:
                temporary[view] = f"__{SCHEMA}_{view}_{next(_numbers)}"
            yield (
                view,
                Edit(found[first].start, found[index + 2].end, instead(found, first, index + 2, temporary[view])),
            )


def instead(found: list[Token], first: int, last: int, temporary: str) -> str:
    """The temporary view in the place of a name, under the name's last part, as columns may be called by it."""
    label = found[last].text
    after = found[last + 1] if last + 1 < len(found) else None
    if after is not None and after.text == ".":
        return label
    is_shown = found[0].upper in ("SHOW", "DESC", "DESCRIBE")
    is_source = found[first - 1].upper in ("FROM", "JOIN", "USING", ",") and not is_shown
    return under(temporary, label, found[last + 1 : last + 2]) if is_source else temporary


def under(temporary: str, label: str, after: list[Token]) -> str:
    """The temporary view by a label, unless it has another after it."""
    is_named = bool(after) and after[0].is_name and after[0].upper not in _AFTER_TABLE
    return temporary if is_named else f"{temporary} AS {label}"


def create(session: SparkSession, metadata: Metadata, view: str, temporary: str, found: list[Token]) -> None:
    """Make the temporary view. Raises StatementError for a view that is not kept here."""
    if view not in VIEWS:
        known = ", ".join(VIEWS)
        raise StatementError(f"[TABLE_OR_VIEW_NOT_FOUND] {SCHEMA}.{view}: known are {known}", "42P01")
    definition = VIEWS[view]
    rows = list(definition.rows(metadata, _wanted(metadata, found)))
    frame = session.createDataFrame(_arrow(rows, definition.columns))
    empty = [
        f"CAST(NULL AS {kind}) AS {column}"
        for column, kind in map(str.split, filter(None, definition.empty.split(", ")))
    ]
    frame.selectExpr("*", *empty).createOrReplaceTempView(temporary)


def _arrow(rows: list[tuple[Any, ...]], columns: str) -> pa.Table:
    """Rows as an Arrow table: Spark takes it as it is, where Python rows would cost a Python worker a scan."""
    schema = to_arrow_schema(_fields(columns))
    values = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.table([pa.array(each, field.type) for each, field in zip(values, schema, strict=True)], schema=schema)


def _wanted(metadata: Metadata, found: list[Token]) -> list[Name]:
    """The tables to look at: those of one schema, or one of them, if the statement says so, else all.

    The adapter asks for one schema or table with ANDs alone; then reading every log of the lake would be waste.
    """
    asked = _ONE_TABLE.fullmatch(skeleton(found)) if sum(1 for _ in references(found)) == 1 else None
    wanted: dict[str, set[str]] = {"TABLE_SCHEMA": set(), "TABLE_NAME": set()}
    for column, literal in re.findall(r"(\w+)`? = '(\d+)", asked["where"]) if asked else ():
        wanted.setdefault(column.upper(), set()).add(unquote(found[int(literal)].text))
    if len(wanted["TABLE_SCHEMA"]) != 1:
        return all_names(metadata)
    schema, tables = wanted["TABLE_SCHEMA"].pop(), wanted["TABLE_NAME"]
    one = len(tables) == 1 and all(map(str.isidentifier, tables))
    return _own_names() if schema == SCHEMA else metadata.names_there(schema, tables.pop() if one else "*")


def schemas(metadata: Metadata) -> list[str]:
    """All schemas, sorted, information_schema among them."""
    return sorted([*metadata.schemas(), SCHEMA])


def all_names(metadata: Metadata) -> list[Name]:
    """All tables and views, those of information_schema among them."""
    return [*metadata.all_names(), *_own_names()]


def _own_names() -> list[Name]:
    return [(SCHEMA, view) for view in VIEWS]


def tables(metadata: Metadata, names: Iterable[Name]) -> Iterator[Table]:
    """Those of the tables that are there, views of information_schema among them."""
    for name in names:
        if name[0] == SCHEMA:
            yield _own(name[1])
        else:
            yield from metadata.tables([name])


def _own(view: str) -> Table:
    definition = VIEWS[view]
    columns = _fields(", ".join(filter(None, (definition.columns, definition.empty))))
    return Table(SCHEMA, view, "VIEW", "", _SYSTEM, "", "", 0, 0, "", {}, columns)


def _fields(ddl: str) -> StructType:
    return cast(StructType, StructType.fromDDL(ddl))


def _schemata(metadata: Metadata, _: list[Name]) -> Rows:
    yield from ((CATALOG, schema, metadata.owner(schema_notes(schema))) for schema in metadata.schemas())
    yield CATALOG, SCHEMA, _SYSTEM


def _tables(metadata: Metadata, names: list[Name]) -> Rows:
    for table in tables(metadata, names):
        provider = "UNKNOWN_DATA_SOURCE_FORMAT" if table.kind == "VIEW" else table.provider.upper()
        described = (table.kind, table.owner, table.comment or None, provider)
        moments = (_when(table.created), _when(table.altered))
        insertable = "NO" if table.kind == "VIEW" else "YES"
        yield CATALOG, table.schema, table.name, *described, *moments, table.location or None, insertable, table.owner


def _views(metadata: Metadata, names: list[Name]) -> Rows:
    for table in metadata.tables(names):
        if table.kind == "VIEW":
            yield CATALOG, table.schema, table.name, table.view_text, "NONE", False, False


def _columns(metadata: Metadata, names: list[Name]) -> Rows:
    for table in tables(metadata, names):
        for position, field in enumerate(table.columns):
            yield _column(table, position, field)


def _column(table: Table, position: int, field: StructField) -> tuple[Any, ...]:
    full = type_text(field)
    name = {"INT": "INT", "BIGINT": "LONG"}.get(full.upper(), re.split(r"[<(]", full)[0].upper())
    place = (CATALOG, table.schema, table.name, field.name, position)
    described = ("YES" if field.nullable else "NO", full, name, field.metadata.get("comment"))
    numeric = (*_digits(field.dataType), field.metadata.get("CURRENT_DEFAULT"))
    generated = field.metadata.get(EXPRESSION)
    identity = "YES" if f"{IDENTITY}.start" in field.metadata else "NO"
    return (*place, *described, *numeric, identity, "ALWAYS" if generated else "NEVER", generated)


def _digits(kind: DataType) -> tuple[int | None, int | None, int | None]:
    """Precision, its radix and the scale of a number: bits of a binary one, else digits."""
    if isinstance(kind, DecimalType):
        return kind.precision, 10, kind.scale
    bits = _BITS.get(kind.simpleString())
    return bits, 2 if bits else None, 0 if bits and kind.simpleString() not in ("float", "double") else None


def _table_tags(metadata: Metadata, _: list[Name]) -> Rows:
    for name, notes in metadata.side.all().items():
        yield from ((CATALOG, *name, tag, value) for tag, value in notes.tags.items())


def _column_tags(metadata: Metadata, _: list[Name]) -> Rows:
    for name, notes in metadata.side.all().items():
        for column, tags in notes.column_tags.items():
            yield from ((CATALOG, *name, column, tag, value) for tag, value in tags.items())


def _keys(metadata: Metadata) -> Iterator[tuple[Name, Key]]:
    for name, notes in metadata.side.all().items():
        yield from ((name, key) for key in notes.keys)


def _table_constraints(metadata: Metadata, _: list[Name]) -> Rows:
    for name, key in _keys(metadata):
        kind = "FOREIGN KEY" if key.parent else "PRIMARY KEY"
        yield CATALOG, name[0], key.name, CATALOG, *name, kind, "NO", "NO", "NO"


def _key_column_usage(metadata: Metadata, _: list[Name]) -> Rows:
    for name, key in _keys(metadata):
        for position, column in enumerate(key.columns, 1):
            yield CATALOG, name[0], key.name, CATALOG, *name, column, position


def _referential_constraints(metadata: Metadata, _: list[Name]) -> Rows:
    for name, key in _keys(metadata):
        if key.parent:
            primary = metadata.side.get(key.parent).primary_key
            rules = ("FULL", "NO ACTION", "NO ACTION")
            yield CATALOG, name[0], key.name, CATALOG, key.parent[0], primary.name if primary else None, *rules


def _table_privileges(metadata: Metadata, _: list[Name]) -> Rows:
    for name, notes in metadata.side.all().items():
        for principal, privileges in notes.grants.items():
            yield from ((USER, principal, CATALOG, *name, privilege, "NO", "NONE") for privilege in privileges)


def _schema_privileges(metadata: Metadata, _: list[Name]) -> Rows:
    for schema in metadata.schemas():
        for principal, privileges in metadata.side.get(schema_notes(schema)).grants.items():
            yield from ((USER, principal, CATALOG, schema, privilege, "NO", "NONE") for privilege in privileges)


def _catalog_privileges(metadata: Metadata, _: list[Name]) -> Rows:
    for principal, privileges in metadata.side.get(CATALOG_NOTES).grants.items():
        yield from ((USER, principal, CATALOG, privilege, "NO", "NONE") for privilege in privileges)


def _schema_tags(metadata: Metadata, _: list[Name]) -> Rows:
    for schema in metadata.schemas():
        tags = metadata.side.get(schema_notes(schema)).tags
        yield from ((CATALOG, schema, tag, value) for tag, value in tags.items())


def _catalog_tags(metadata: Metadata, _: list[Name]) -> Rows:
    yield from ((CATALOG, tag, value) for tag, value in metadata.side.get(CATALOG_NOTES).tags.items())


def _catalogs(metadata: Metadata, _: list[Name]) -> Rows:
    yield CATALOG, metadata.owner(CATALOG_NOTES), metadata.side.get(CATALOG_NOTES).comment or None


def _constraint_columns(metadata: Metadata, _: list[Name]) -> Rows:
    """The columns that a constraint is about: of a foreign key, those of the other table."""
    for name, key in _keys(metadata):
        for column in key.parent_columns if key.parent else key.columns:
            yield CATALOG, *(key.parent or name), column, CATALOG, name[0], key.name


def _routines(metadata: Metadata, _: list[Name]) -> Rows:
    for schema in metadata.schemas():
        for function in metadata.functions(schema):
            yield _routine(schema, function, metadata.side.get(function_notes((schema, function.name))).view)
    for (schema, name), text in metadata.side.procedures():
        named = (CATALOG, schema, name)
        yield *named, *named, "PROCEDURE", None, None, "SQL", body(text), "SQL", "NO", "MODIFIES", "INVOKER", None


def _routine(schema: str, function: Function, sent: str) -> tuple[Any, ...]:
    named = (CATALOG, schema, function.name)
    short = "TABLE" if function.is_table else re.split(r"[<(]", function.returns)[0]
    typed = (short, "TABLE" if function.is_table else function.returns)
    described = ("SQL", "YES" if function.deterministic else "NO", "READS" if function.reads else "CONTAINS", "DEFINER")
    return *named, *named, "FUNCTION", *typed, "SQL", sent or function.body, *described, function.comment or None


def _routine_columns(metadata: Metadata, _: list[Name]) -> Rows:
    for schema in metadata.schemas():
        for function in metadata.functions(schema):
            fields = _fields(function.returns).fields if function.is_table else []
            for place, field in enumerate(fields, 1):
                kind = type_text(field)
                said = (field.name, re.split(r"[<(]", kind)[0].upper(), kind.upper(), field.metadata.get("comment"))
                yield CATALOG, schema, function.name, place, *said


def _parameters(metadata: Metadata, _: list[Name]) -> Rows:
    for schema in metadata.schemas():
        for function, field, position in metadata.parameters(schema):
            kind = type_text(field)
            given = (field.name, re.split(r"[<(]", kind)[0].upper(), kind.upper(), field.metadata.get("default"))
            yield CATALOG, schema, function, position, "IN", "NO", "NO", *given, field.metadata.get("comment")


def _routine_privileges(metadata: Metadata, _: list[Name]) -> Rows:
    for schema in metadata.schemas():
        for function in (each.name for each in metadata.functions(schema)):
            for principal, privileges in metadata.side.get(function_notes((schema, function))).grants.items():
                routine = (CATALOG, schema, function, CATALOG, schema, function)
                yield from ((USER, principal, *routine, privilege, "NO", "NONE") for privilege in privileges)


def _column_masks(metadata: Metadata, _: list[Name]) -> Rows:
    for name, notes in metadata.side.guarded().items():
        for column, mask in notes.masks.items():
            yield CATALOG, *name, column, ".".join((CATALOG, *mask.function)), ",".join(mask.arguments) or None


def _row_filters(metadata: Metadata, _: list[Name]) -> Rows:
    for name, notes in metadata.side.guarded().items():
        if kept := notes.row_filter:
            yield CATALOG, *name, ".".join((CATALOG, *kept.function)), ",".join(map(unquote, kept.arguments))


def _none(_metadata: Metadata, _: list[Name]) -> Rows:
    return ()


def _when(milliseconds: int) -> datetime:
    """Local time without zone, which is how Spark's Python side takes a TIMESTAMP."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone().replace(tzinfo=None)


_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64, "float": 24, "double": 53}
_MADE = "created timestamp, created_by string, last_altered timestamp, last_altered_by string"
_SPECIFIC = "specific_catalog string, specific_schema string, specific_name string"
_TABLE = "table_catalog string, table_schema string, table_name string"
_TAGGED = "catalog_name string, schema_name string, table_name string"
_GRANT = "grantor string, grantee string"
_GRANTED = "privilege_type string, is_grantable string, inherited_from string"
_CONSTRAINT = "constraint_catalog string, constraint_schema string, constraint_name string"
_VOLUME = "volume_catalog string, volume_schema string, volume_name string"
_EMPTY = {
    "volume_privileges": f"{_GRANT}, {_VOLUME}, {_GRANTED}",
    "volume_tags": "catalog_name string, schema_name string, volume_name string, tag_name string, tag_value string",
    "connections": "connection_name string, connection_type string, connection_owner string, comment string",
    "connection_privileges": f"{_GRANT}, connection_name string, {_GRANTED}",
    "external_locations": "external_location_name string, external_location_owner string, url string, "
    "storage_credential_name string, read_only string, comment string",
    "external_location_privileges": f"{_GRANT}, external_location_name string, {_GRANTED}",
    "storage_credentials": "storage_credential_name string, storage_credential_owner string, comment string",
    "storage_credential_privileges": f"{_GRANT}, storage_credential_name string, {_GRANTED}",
}
VIEWS = {
    "information_schema_catalog_name": View("catalog_name string", lambda *_: [(CATALOG,)]),
    "schemata": View(
        "catalog_name string, schema_name string, schema_owner string", _schemata, f"comment string, {_MADE}"
    ),
    "tables": View(
        f"{_TABLE}, table_type string, table_owner string, comment string, data_source_format string, "
        "created timestamp, last_altered timestamp, storage_path string, is_insertable_into string, created_by string",
        _tables,
        "commit_action string, last_altered_by string, storage_sub_directory string",
    ),
    "views": View(
        f"{_TABLE}, view_definition string, check_option string, is_updatable boolean, is_insertable_into boolean",
        _views,
    ),
    "columns": View(
        f"{_TABLE}, column_name string, ordinal_position int, is_nullable string, full_data_type string, "
        "data_type string, comment string, numeric_precision int, numeric_precision_radix int, numeric_scale int, "
        "column_default string, is_identity string, is_generated string, generation_expression string",
        _columns,
        "character_maximum_length int, character_octet_length int, datetime_precision int, interval_type string, "
        "interval_precision int, maximum_cardinality int, identity_generation string, identity_start string, "
        "identity_increment string, identity_maximum string, identity_minimum string, identity_cycle string, "
        "is_system_time_period_start string, is_system_time_period_end string, "
        "system_time_period_timestamp_generation string, is_updatable string, partition_ordinal_position int",
    ),
    "table_tags": View(f"{_TAGGED}, tag_name string, tag_value string", _table_tags),
    "column_tags": View(f"{_TAGGED}, column_name string, tag_name string, tag_value string", _column_tags),
    "table_constraints": View(
        f"{_CONSTRAINT}, {_TABLE}, constraint_type string, enforced string, is_deferrable string, "
        "initially_deferred string",
        _table_constraints,
        "comment string",
    ),
    "key_column_usage": View(f"{_CONSTRAINT}, {_TABLE}, column_name string, ordinal_position int", _key_column_usage),
    "referential_constraints": View(
        f"{_CONSTRAINT}, unique_constraint_catalog string, unique_constraint_schema string, "
        "unique_constraint_name string, match_option string, update_rule string, delete_rule string",
        _referential_constraints,
        "comment string",
    ),
    "table_privileges": View(f"{_GRANT}, {_TABLE}, {_GRANTED}", _table_privileges),
    "schema_privileges": View(f"{_GRANT}, catalog_name string, schema_name string, {_GRANTED}", _schema_privileges),
    "catalog_privileges": View(f"{_GRANT}, catalog_name string, {_GRANTED}", _catalog_privileges),
    "schema_tags": View("catalog_name string, schema_name string, tag_name string, tag_value string", _schema_tags),
    "catalog_tags": View("catalog_name string, tag_name string, tag_value string", _catalog_tags),
    "catalogs": View("catalog_name string, catalog_owner string, comment string", _catalogs, _MADE),
    "constraint_column_usage": View(f"{_TABLE}, column_name string, {_CONSTRAINT}", _constraint_columns),
    "constraint_table_usage": View(
        f"{_TABLE}, {_CONSTRAINT}",
        lambda metadata, names: dict.fromkeys((*row[:3], *row[4:]) for row in _constraint_columns(metadata, names)),
    ),
    # reserved for future use
    "check_constraints": View(f"{_CONSTRAINT}, check_clause string, sql_path string", _none),
    "parameters": View(
        f"{_SPECIFIC}, ordinal_position int, parameter_mode string, is_result string, as_locator string, "
        "parameter_name string, data_type string, full_data_type string, parameter_default string, comment string",
        _parameters,
    ),
    "routine_privileges": View(
        f"{_GRANT}, {_SPECIFIC}, routine_catalog string, routine_schema string, routine_name string, {_GRANTED}",
        _routine_privileges,
    ),
    "routines": View(
        f"{_SPECIFIC}, routine_catalog string, "
        "routine_schema string, routine_name string, routine_type string, data_type string, full_data_type string, "
        "routine_body string, routine_definition string, parameter_style string, is_deterministic string, "
        "sql_data_access string, security_type string, comment string",
        _routines,
        "character_maximum_length int, character_octet_length string, numeric_precision int, "
        "numeric_precision_radix int, numeric_scale int, datetime_precision int, interval_type string, "
        "interval_precision int, maximum_cardinality int, external_name string, external_language string, "
        f"is_null_call string, as_locator string, {_MADE}",
    ),
    "routine_columns": View(
        f"{_SPECIFIC}, ordinal_position int, column_name string, data_type string, full_data_type string, "
        "comment string",
        _routine_columns,
    ),
    "metastores": View("metastore_id string, metastore_name string", lambda *_: [(METASTORE, METASTORE)]),
    "metastore_privileges": View(
        f"{_GRANT}, metastore_id string, {_GRANTED}",
        lambda metadata, _: (
            (USER, principal, METASTORE, privilege, "NO", "NONE")
            for principal, held in metadata.side.get(METASTORE_NOTES).grants.items()
            for privilege in held
        ),
    ),
    # of what there can be none
    **{view: View(columns, _none) for view, columns in _EMPTY.items()},
    "volumes": View("volume_catalog string, volume_schema string, volume_name string", _none),
    "column_masks": View(f"{_TABLE}, column_name string, mask_name string, using_columns string", _column_masks),
    "row_filters": View(f"{_TABLE}, filter_name string, target_columns string", _row_filters),
}
