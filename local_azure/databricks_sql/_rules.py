"""The statements that only Databricks knows, and what answers them here: one table, read from the top.

A rule is a pattern over the statement's words (one space between tokens, no comments, each string literal
replaced by its number, so that no text in quotes can look like syntax) and the function that answers.
Syntax: https://docs.databricks.com/aws/en/sql/language-manual/
"""

from __future__ import annotations

import re
from collections.abc import Callable

from local_azure.databricks_sql import (
    _constraints,
    _describe,
    _dml,
    _dynamic,
    _files,
    _governance,
    _keys,
    _merge,
    _policies,
    _procedures,
    _results,
    _set,
    _unsupported,
    _views,
)
from local_azure.databricks_sql._call import NAME, PART, Answer, Call, restore, skeleton
from local_azure.databricks_sql._catalog import CATALOG, name_out
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._information_schema import SCHEMA, VIEWS, schemas
from local_azure.databricks_sql._keys import TABLE
from local_azure.databricks_sql._names import check_catalog, check_new, parts
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._side_file import CATALOG_NOTES
from local_azure.databricks_sql._tokens import Token, name, string


def find(found: list[Token], given: Callable[[re.Match[str]], Call]) -> tuple[Answer, Call] | None:
    """The rule that answers the statement, or None if Spark does."""
    words = skeleton(found)
    for pattern, answer in _COMPILED:
        if match := pattern.fullmatch(words):
            return answer, given(match)
    return None


def _analyze(call: Call) -> Result:
    """Delta's log has the statistics."""
    call.existing()
    return _results.nothing()


def _show_catalogs(call: Call) -> Result:
    return _results.table("catalog string", [[each] for each in _like(call, [CATALOG])])


def _show_schemas(call: Call) -> Result:
    check_catalog(call.word("catalog"))
    found = _like(call, schemas(call.metadata))
    if call.word("all"):
        return _results.table("databaseName string, catalog string", [[each, CATALOG] for each in found])
    return _results.table("databaseName string", [[each] for each in found])


def _like(call: Call, names: list[str]) -> list[str]:
    """Those that match the pattern, if there is one: `*` is any text and `|` parts patterns."""
    if not call.word("like"):
        return names
    pattern = re.escape(call.text("like").strip()).replace(r"\*", ".*").replace("%", ".*").replace(r"\|", "|")
    return [each for each in names if re.fullmatch(pattern, each, re.IGNORECASE)]


def _show_tables(call: Call) -> Result:
    """https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-aux-show-tables names its columns."""
    if parts(call.word("schema").lower())[-1:] == [SCHEMA]:
        return _shown([(SCHEMA, view, False) for view in sorted(_like(call, list(VIEWS)))])
    shown = call.execute(call.sql).withColumnRenamed("namespace", "database")
    if not call.metadata.temporary:
        return _results.collected(shown)
    own = _like(call, [table for _, table in call.metadata.names_there(call.metadata.temporary)])
    return _shown([*map(tuple, shown.collect()), *(("", table, True) for table in own)])


def _shown(rows: list[tuple[object, ...]]) -> Result:
    return _results.table("database string, tableName string, isTemporary boolean", rows)


def _show_partitions(call: Call) -> Result:
    """https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-aux-show-partitions"""
    table = call.metadata.table(call.existing())
    columns = call.metadata.layout(table)[0] if table.provider == "delta" else []
    if not columns:
        return call.run(call.sql)
    given = restore(call.word("given").replace(" , ", " AND "), call.tokens) or "true"
    parts_of = (f"{string(column + '=')} || ifnull(CAST({name(column)} AS STRING), 'null')" for column in columns)
    shown = ", ".join(parts_of)
    query = f"SELECT DISTINCT concat_ws('/', {shown}) AS partition FROM {call.word('table')} WHERE {given} ORDER BY 1"
    return call.run(query)


def _use_catalog(call: Call) -> Result:
    """https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-use-catalog"""
    catalog = call.word("catalog")
    check_catalog(call.text("catalog") if catalog.startswith("'") else catalog)
    return call.run("USE SCHEMA default")


def _use_schema(call: Call) -> Result:
    """Spark takes no catalog before the schema's name here."""
    *catalog, schema = parts(call.word("schema"))
    check_catalog(catalog[0] if catalog else "")
    return call.run(f"USE SCHEMA {name(schema)}")


def _show_table_extended(call: Call) -> Result:
    schema = parts(call.word("schema"))[-1].lower()
    found = call.metadata.tables(call.metadata.names(schema, call.text("like")))
    rows = [
        (table.schema, table.name, False, _describe.information(table, call.metadata.size(table))) for table in found
    ]
    return _results.table("database string, tableName string, isTemporary boolean, information string", rows)


def _describe_as_json(call: Call) -> Result:
    """A SQL warehouse is asked this of a temporary view too, which Spark alone knows."""
    if call.metadata.is_temporary(call.word("table")):
        return call.run(call.sql)
    table = call.metadata.table(call.table())
    return _results.table("json_metadata string", [[_describe.as_json(call.metadata, table)]])


def _show_create_table(call: Call) -> Result:
    if call.metadata.is_temporary(call.word("table")):
        message = f"The command is not supported on a temporary view {call.word('table')}. SQLSTATE: 0A000"
        raise StatementError(f"[UNSUPPORTED_SHOW_CREATE_TABLE.ON_TEMPORARY_VIEW] {message}", "0A000")
    table = call.metadata.table(call.existing())
    return _results.table("createtab_stmt string", [[_describe.create_statement(call.metadata, table)]])


def _describe_extended(call: Call) -> Result:
    """Spark's answer with the name's parts in rows of their own, and the keys after it: SQLAlchemy reflects them so.

    https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-aux-describe-table
    """
    if call.metadata.is_temporary(call.word("table")):
        return call.run(call.sql)
    found = call.execute(call.sql).collect()
    rows = [[name_out(str(value)) if value is not None else None for value in row] for row in found]
    columns = "col_name string, data_type string, comment string"
    told = _describe.detailed(call.metadata, call.existing(), rows)
    return _results.table(columns, [*told, *_constraint_rows(call)])


def _constraint_rows(call: Call) -> list[list[str]]:
    keys = call.metadata.side.get(call.table()).keys
    listed = [[key.name, _describe.constraint(key), ""] for key in keys]
    return [["", "", ""], ["# Constraints", "", ""], *listed] if keys else []


def _describe_catalog(call: Call) -> Result:
    check_catalog(call.word("catalog"))
    comment = call.metadata.side.get(CATALOG_NOTES).comment
    rows = [
        ("Catalog Name", CATALOG),
        ("Comment", comment),
        ("Owner", call.metadata.owner(CATALOG_NOTES)),
        ("Catalog Type", "Regular"),
    ]
    return _results.table("info_name string, info_value string", rows if call.word("more") else rows[:3])


def _comment_on_catalog(call: Call) -> Result:
    check_catalog(call.word("catalog"))
    with call.metadata.side.change(CATALOG_NOTES) as notes:
        notes.comment = "" if call.word("comment").upper() == "NULL" else call.text("comment")
    return _results.nothing()


def _describe_schema(call: Call) -> Result:
    """Spark takes no catalog before the schema's name here."""
    return call.run(f"DESCRIBE SCHEMA {call.word('more')} {name(parts(call.word('schema'))[-1])}")


def _create_schema(call: Call) -> Result:
    """Spark has one location for a schema's tables, and calls it so."""
    return call.run(call.original("head") + " LOCATION " + call.original("rest"))


def _cluster_by_auto(call: Call) -> Result:
    return call.run(f"ALTER TABLE {call.word('table')} SET TBLPROPERTIES ({_constraints.AUTO})")


def _cluster_by(call: Call) -> Result:
    """Columns that are named, or NONE, end what AUTO began."""
    answer = call.run(call.sql)
    if "clusterByAuto" in call.metadata.table(call.table()).properties:
        call.run(f"ALTER TABLE {call.word('table')} UNSET TBLPROPERTIES ('clusterByAuto')")
    return answer


def _create_like(call: Call) -> Result:
    """Spark takes no catalog before these names."""
    new, old = call.table(), call.metadata.name(call.word("source"))
    check_new(new[1])
    rest = call.original("rest")
    return call.run(f"CREATE TABLE {call.word('exists')} {name(*new)} LIKE {name(*old)} {rest or 'USING delta'}")


RULES: list[tuple[str, Answer]] = [
    # catalogs and schemas
    (r"SHOW CATALOGS(?: (?:LIKE )?(?P<like>'\d+))?", _show_catalogs),
    (rf"(?:USE|SET) CATALOG (?P<catalog>{PART}|'\d+)", _use_catalog),
    (rf"USE (?:SCHEMA|DATABASE) (?P<schema>{NAME})", _use_schema),
    (rf"SHOW TABLES(?: (?:IN|FROM) (?P<schema>{NAME}))?(?: (?:LIKE )?(?P<like>'\d+))?", _show_tables),
    (rf"SHOW PARTITIONS {TABLE}(?: PARTITION \( (?P<given>.*) \))?", _show_partitions),
    (rf"DESC(?:RIBE)? CATALOG (?P<more>EXTENDED )?(?P<catalog>{PART})", _describe_catalog),
    (rf"COMMENT ON CATALOG (?P<catalog>{PART}) IS (?P<comment>'\d+|NULL)", _comment_on_catalog),
    (r"(?P<head>CREATE (?:SCHEMA|DATABASE) .*) MANAGED LOCATION (?P<rest>.*)", _create_schema),
    (rf"DESC(?:RIBE)? (?:SCHEMA|DATABASE) (?P<more>EXTENDED )?(?P<schema>{NAME})", _describe_schema),
    (
        rf"SHOW (?:SCHEMAS|DATABASES)(?: (?:IN|FROM) (?:(?P<all>ALL CATALOGS)|(?P<catalog>{PART})))?"
        r"(?: (?:LIKE )?(?P<like>'\d+))?",
        _show_schemas,
    ),
    # descriptions
    (rf"SHOW TABLE EXTENDED (?:IN|FROM) (?P<schema>{NAME}) LIKE (?P<like>'\d+)", _show_table_extended),
    (rf"DESC(?:RIBE)? (?:TABLE )?EXTENDED {TABLE} AS JSON", _describe_as_json),
    (rf"DESC(?:RIBE)? (?:TABLE )?EXTENDED {TABLE}", _describe_extended),
    (rf"SHOW CREATE TABLE {TABLE}", _show_create_table),
    (rf"ANALYZE TABLE {TABLE} (?:PARTITION \( .* \) )?COMPUTE .*", _analyze),
    (rf"ALTER TABLE {TABLE} CLUSTER BY AUTO", _cluster_by_auto),
    (rf"ALTER TABLE {TABLE} CLUSTER BY .*", _cluster_by),
    (rf"CREATE TABLE (?P<exists>IF NOT EXISTS )?{TABLE} LIKE (?P<source>{NAME})(?P<rest> .*)?", _create_like),
    *_set.RULES,
    *_dynamic.RULES,
    *_governance.RULES,
    *_policies.RULES,
    *_keys.RULES,
    *_procedures.RULES,
    *_unsupported.RULES,
    *_views.RULES,
    *_merge.RULES,
    *_dml.RULES,
    *_files.RULES,
    *_keys.LAST,
]
_COMPILED = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), answer) for pattern, answer in RULES]
