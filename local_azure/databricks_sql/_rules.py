"""The statements that only Databricks knows, and what answers them here: one table, read from the top.

A rule is a pattern over the statement's words (one space between tokens, no comments, each string literal
replaced by its number, so that no text in quotes can look like syntax) and the function that answers.
Syntax: https://docs.databricks.com/aws/en/sql/language-manual/
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from local_azure.databricks_sql import _constraints, _describe, _results
from local_azure.databricks_sql._catalog import CATALOG, name_out
from local_azure.databricks_sql._errors import unsupported
from local_azure.databricks_sql._metadata import Metadata
from local_azure.databricks_sql._names import check_catalog, parts
from local_azure.databricks_sql._results import Result, collected
from local_azure.databricks_sql._side_file import Name
from local_azure.databricks_sql._tokens import Kind, Token, name, string, unquote

_PART = r"(?:`(?:``|[^`])*`|\w+)"
_NAME = rf"{_PART}(?: \. {_PART}){{0,2}}"
_COLUMN = rf"{_PART}(?: \. {_PART})*"


@dataclass(frozen=True)
class Call:
    """A statement that a rule answers: its tokens, what its pattern found, and the session it runs in."""

    session: SparkSession
    metadata: Metadata
    execute: Callable[[str], DataFrame]  # with the rewrites of every statement
    sql: str
    tokens: list[Token]
    match: re.Match[str]

    def word(self, group: str) -> str:
        """What the pattern's group found; empty if it found nothing."""
        return self.match[group] or ""

    def table(self, group: str = "table") -> Name:
        """Schema and table of a group that is a name."""
        return self.metadata.name(self.word(group))

    def text(self, group: str) -> str:
        """The value of a group that is a string literal."""
        return self.strings(group)[0]

    def strings(self, group: str) -> list[str]:
        """The values of all string literals in a group."""
        return [unquote(self.tokens[int(index)].text) for index in re.findall(r"'(\d+)", self.word(group))]

    def original(self, group: str) -> str:
        """A group as words with its string literals put back."""
        return _restore(self.word(group), self.tokens)

    def run(self, sql: str) -> Result:
        """Run a command of Spark's."""
        return collected(self.execute(sql), name_out)


Answer = Callable[[Call], Result]


def skeleton(found: list[Token]) -> str:
    """The statement as a rule's pattern reads it."""
    words = [f"'{index}" if token.kind is Kind.STRING else token.text for index, token in enumerate(found)]
    return " ".join(words[:-1] if words[-1:] == [";"] else words)


def _restore(words: str, found: list[Token]) -> str:
    return re.sub(r"'(\d+)", lambda number: found[int(number[1])].text, words)


def find(found: list[Token], given: Callable[[re.Match[str]], Call]) -> tuple[Answer, Call] | None:
    """The rule that answers the statement, or None if Spark does."""
    words = skeleton(found)
    for pattern, answer in _COMPILED:
        if match := pattern.fullmatch(words):
            return answer, given(match)
    return None


def refused(feature: str, instead: str) -> Answer:
    """The answer that says what doesn't exist here and what to do instead."""

    def answer(_: Call) -> Result:
        raise unsupported(feature, instead)

    return answer


def _nothing(_: Call) -> Result:
    return _results.nothing()


def _show_catalogs(_: Call) -> Result:
    return _results.table("catalog string", [[CATALOG]])


def _show_schemas(call: Call) -> Result:
    check_catalog(call.word("catalog"))
    pattern = re.escape(call.text("like")).replace(r"\*", ".*").replace("%", ".*") if call.word("like") else ".*"
    names = [schema for schema in call.metadata.schemas() if re.fullmatch(pattern, schema, re.IGNORECASE)]
    return _results.table("databaseName string", [[schema] for schema in names])


def _use_catalog(call: Call) -> Result:
    check_catalog(call.word("catalog"))
    return _results.nothing()


def _show_table_extended(call: Call) -> Result:
    schema = parts(call.word("schema"))[-1].lower()
    found = [call.metadata.table(name) for name in call.metadata.names(schema, call.text("like"))]
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


def _replace_by_name(call: Call) -> Result:
    """Spark knows REPLACE WHERE and BY NAME, and not both: the source's columns are named in the table's order.

    https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-dml-insert-into
    """
    table, source = call.word("table"), call.word("source")
    columns = ", ".join(name(column) for column in call.session.table(table.replace(" ", "")).columns)
    where = call.original("where")
    return call.run(f"INSERT INTO {table} REPLACE WHERE {where} SELECT {columns} FROM {source}")


def _set_tags(call: Call) -> Result:
    found = call.strings("tags")
    pairs = _pairs(call.word("tags"), found)
    with call.metadata.side.change(_existing(call)) as notes:
        _tags(call, notes.tags, notes.column_tags).update(pairs)
    return _results.nothing()


def _pairs(words: str, values: list[str]) -> dict[str, str]:
    """'key' = 'value' pairs; a tag without value has an empty one."""
    pairs, rest = {}, iter(values)
    for item in words.split(","):
        tag = next(rest)
        pairs[tag] = next(rest) if "=" in item else ""
    return pairs


def _unset_tags(call: Call) -> Result:
    with call.metadata.side.change(_existing(call)) as notes:
        for tag in call.strings("tags"):
            _tags(call, notes.tags, notes.column_tags).pop(tag, None)
    return _results.nothing()


def _tags(call: Call, tags: dict[str, str], column_tags: dict[str, dict[str, str]]) -> dict[str, str]:
    column = call.match.groupdict().get("column")
    return column_tags.setdefault(unquote(column).lower(), {}) if column else tags


def _existing(call: Call) -> Name:
    """The table of the statement. Raises the catalog's error if there is none."""
    table = call.table()
    call.metadata.table(table)
    return table


def _add_key(call: Call) -> Result:
    given = call.word("name")
    key = _constraints.key(call.word("definition"), call.metadata, unquote(given) if given else None)
    table = _existing(call)
    with call.metadata.side.change(table) as notes:
        _constraints.check_new(notes.keys, key, table)
        notes.keys.append(key)
    return _results.nothing()


def _drop_constraint(call: Call) -> Result:
    """A key is a note; a CHECK is Delta's."""
    wanted = unquote(call.word("name")).lower()
    table = _existing(call)
    if all(key.name.lower() != wanted for key in call.metadata.side.get(table).keys):
        exists = call.word("exists")
        return call.run(f"ALTER TABLE {call.word('table')} DROP CONSTRAINT {exists} {call.word('name')}")
    with call.metadata.side.change(table) as notes:
        notes.keys = [key for key in notes.keys if key.name.lower() != wanted]
    return _results.nothing()


def _drop_primary_key(call: Call) -> Result:
    with call.metadata.side.change(_existing(call)) as notes:
        notes.keys = [key for key in notes.keys if key.parent is not None]
    return _results.nothing()


def _set_not_null(call: Call) -> Result:
    _constraints.set_not_null(call.session, call.metadata, _existing(call), unquote(call.word("column")))
    return _results.nothing()


def _grant(call: Call) -> Result:
    privileges = [privilege.strip().upper() for privilege in call.word("privileges").split(",")]
    with call.metadata.side.change(_existing(call)) as notes:
        held = notes.grants.setdefault(unquote(call.word("principal")), [])
        held.extend(privilege for privilege in privileges if privilege not in held)
    return _results.nothing()


def _revoke(call: Call) -> Result:
    privileges = {privilege.strip().upper() for privilege in call.word("privileges").split(",")}
    with call.metadata.side.change(_existing(call)) as notes:
        held = notes.grants.pop(unquote(call.word("principal")), [])
        if left := [privilege for privilege in held if privilege not in privileges]:
            notes.grants[unquote(call.word("principal"))] = left
    return _results.nothing()


def _show_grants(call: Call) -> Result:
    table = _existing(call)
    full = ".".join((CATALOG, *table))
    grants = call.metadata.side.get(table).grants
    rows = [(who, privilege, "TABLE", full) for who, held in grants.items() for privilege in held]
    return _results.table("Principal string, ActionType string, ObjectType string, ObjectKey string", rows)


def _comment_on_column(call: Call) -> Result:
    *table, column = parts(call.word("column"))
    comment = string("" if call.word("comment").upper() == "NULL" else call.text("comment"))
    if call.metadata.table(call.metadata.name(name(*table))).kind == "VIEW":
        raise unsupported("COMMENT ON COLUMN of a view", "give the comment in CREATE OR REPLACE VIEW")
    return call.run(f"ALTER TABLE {name(*table)} ALTER COLUMN {name(column)} COMMENT {comment}")


def _comment_on_view(call: Call) -> Result:
    comment = string("" if call.word("comment").upper() == "NULL" else call.text("comment"))
    return call.run(f"ALTER VIEW {call.word('table')} SET TBLPROPERTIES ('comment' = {comment})")


def _delete(call: Call) -> Result:
    """Delta takes no subquery in DELETE, but in the source of a MERGE: equal rows go or stay together."""
    table, alias = call.word("table"), call.word("alias")
    same = " AND ".join(
        f"__t.{name(column)} <=> __s.{name(column)}" for column in call.metadata.table(call.table()).columns.names
    )
    deleted = call.execute(
        f"MERGE INTO {table} AS __t USING (SELECT DISTINCT * FROM {table} {alias} WHERE {call.original('where')}) "
        f"AS __s ON {same} WHEN MATCHED THEN DELETE"
    ).collect()
    return _results.table("num_affected_rows bigint", [[deleted[0][0]]])


def _show_create_table(call: Call) -> Result:
    table = call.metadata.table(_existing(call))
    return _results.table("createtab_stmt string", [[_describe.create_statement(table)]])


def _rename(call: Call) -> Result:
    """Spark takes no catalog in the new name; the notes move along."""
    old, new = call.table(), call.metadata.name(call.word("new"))
    if len(parts(call.word("new"))) == 1:
        new = (old[0], new[1])
    answer = call.run(f"ALTER {call.word('kind')} {call.word('table')} RENAME TO {name(*new)}")
    call.metadata.side.rename(old, new)
    return answer


def _drop(call: Call) -> Result:
    table = call.table()
    answer = call.run(_restore(skeleton(call.tokens), call.tokens))
    call.metadata.side.forget(table)
    return answer


def _drop_schema(call: Call) -> Result:
    answer = call.run(_restore(skeleton(call.tokens), call.tokens))
    call.metadata.side.forget_schema(parts(call.word("schema"))[-1].lower())
    return answer


def _create_table(call: Call) -> Result:
    """Create it without what Delta refuses in the list of columns; then add that."""
    stripped = _constraints.strip(call.sql, call.tokens)
    replaces = call.tokens[1].upper == "OR"
    existed = call.word("exists") and call.session.catalog.tableExists(call.word("table").replace(" ", ""))
    answer = call.run(stripped.sql)
    if not existed:
        _constraints.add(call.session, call.metadata, call.table(), stripped, replaces=replaces)
    return answer


_TABLE = rf"(?P<table>{_NAME})"
_KEY = r"(?P<definition>(?:PRIMARY|FOREIGN) KEY .*)"
_ON = rf"ON (?:TABLE |VIEW )?{_TABLE}"
_CREATE = rf"CREATE (?:OR REPLACE )?TABLE (?P<exists>IF NOT EXISTS )?{_TABLE}"
_NO_PIPELINES = "make it a table or a view, refreshed by a build"

RULES: list[tuple[str, Answer]] = [
    # catalogs and schemas
    (r"SHOW CATALOGS(?: LIKE .*)?", _show_catalogs),
    (rf"USE CATALOG (?P<catalog>{_PART}|'\d+)", _use_catalog),
    (
        rf"SHOW (?:SCHEMAS|DATABASES)(?: (?:IN|FROM) (?P<catalog>{_PART}))?(?: (?:LIKE )?(?P<like>'\d+))?",
        _show_schemas,
    ),
    # descriptions
    (rf"SHOW TABLE EXTENDED (?:IN|FROM) (?P<schema>{_NAME}) LIKE (?P<like>'\d+)", _show_table_extended),
    (rf"DESC(?:RIBE)? (?:TABLE )?EXTENDED {_TABLE} AS JSON", _describe_as_json),
    # tags, keys, grants: notes
    (
        rf"ALTER (?:TABLE|VIEW) {_TABLE}(?: ALTER COLUMN (?P<column>{_PART}))? SET TAGS \( (?P<tags>.*) \)",
        _set_tags,
    ),
    (
        rf"ALTER (?:TABLE|VIEW) {_TABLE}(?: ALTER COLUMN (?P<column>{_PART}))? UNSET TAGS \( (?P<tags>.*) \)",
        _unset_tags,
    ),
    (rf"ALTER TABLE {_TABLE} ADD (?:CONSTRAINT (?P<name>{_PART}) )?{_KEY}", _add_key),
    (
        rf"ALTER TABLE {_TABLE} DROP CONSTRAINT (?P<exists>IF EXISTS )?(?P<name>{_PART})(?: CASCADE| RESTRICT)?",
        _drop_constraint,
    ),
    (rf"ALTER TABLE {_TABLE} DROP PRIMARY KEY(?: IF EXISTS)?(?: CASCADE| RESTRICT)?", _drop_primary_key),
    (rf"GRANT (?P<privileges>[\w ,]+?) {_ON} TO (?P<principal>{_PART})", _grant),
    (rf"REVOKE (?P<privileges>[\w ,]+?) {_ON} FROM (?P<principal>{_PART})", _revoke),
    (rf"SHOW GRANTS(?: {_PART})? {_ON}", _show_grants),
    # columns and names
    (
        rf"ALTER TABLE {_TABLE} (?:CHANGE|ALTER)(?: COLUMN)? (?P<column>{_PART}) SET NOT NULL",
        _set_not_null,
    ),
    (rf"COMMENT ON COLUMN (?P<column>{_COLUMN}) IS (?P<comment>'\d+|NULL)", _comment_on_column),
    (rf"COMMENT ON VIEW {_TABLE} IS (?P<comment>'\d+|NULL)", _comment_on_view),
    (rf"ALTER (?P<kind>TABLE|VIEW) {_TABLE} RENAME TO (?P<new>{_NAME})", _rename),
    (rf"ALTER TABLE {_TABLE} CLUSTER BY AUTO", _nothing),
    (rf"DELETE FROM {_TABLE}(?: AS)?(?P<alias> (?!WHERE){_PART})? WHERE (?P<where>.*\( SELECT .*)", _delete),
    (rf"SHOW CREATE TABLE {_TABLE}", _show_create_table),
    (rf"ANALYZE TABLE {_NAME} COMPUTE .*", _nothing),
    # what is dropped takes its notes along
    (rf"DROP (?:TABLE|VIEW) (?:IF EXISTS )?{_TABLE}(?: PURGE)?", _drop),
    (rf"DROP (?:SCHEMA|DATABASE) (?:IF EXISTS )?(?P<schema>{_NAME}) CASCADE", _drop_schema),
    # what doesn't exist here
    (
        r"(?:CREATE|ALTER|DROP|REFRESH) (?:OR \w+ )?MATERIALIZED VIEW .*",
        refused("MATERIALIZED VIEW", _NO_PIPELINES),
    ),
    (r"(?:CREATE|ALTER|DROP) (?:OR \w+ )?STREAMING TABLE .*", refused("STREAMING TABLE", _NO_PIPELINES)),
    (r"CREATE .* WITH METRICS .*", refused("METRIC VIEW", "make it a plain view")),
    (
        r"CREATE .* GENERATED (?:ALWAYS|BY DEFAULT) AS .*",
        refused("GENERATED column", "compute it in the query"),
    ),
    (r"ALTER TABLE .* SET (?:MASK|ROW FILTER) .*", refused("MASK and ROW FILTER", "filter in a view")),
    (rf"(?:{_CREATE}) (?:DEEP )?CLONE .*", refused("DEEP CLONE", "use CREATE TABLE AS SELECT or SHALLOW CLONE")),
    (r"COPY INTO .*", refused("COPY INTO", "INSERT INTO ... SELECT from csv.`path`, json.`path` or parquet.`path`")),
    (
        rf"INSERT INTO (?:TABLE )?{_TABLE} BY NAME REPLACE WHERE (?P<where>.*) TABLE (?P<source>{_NAME})",
        _replace_by_name,
    ),
    (
        rf"INSERT INTO (?:TABLE )?{_TABLE}(?: .*)? REPLACE (?:ON|USING) .*",
        refused("INSERT ... REPLACE ON and REPLACE USING", "use MERGE, or INSERT INTO ... REPLACE WHERE"),
    ),
    # the rest of CREATE TABLE, last because it takes all of them
    (rf"{_CREATE} .*", _create_table),
]
_COMPILED = [(re.compile(pattern, re.IGNORECASE | re.DOTALL), answer) for pattern, answer in RULES]
