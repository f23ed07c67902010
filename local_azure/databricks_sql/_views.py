"""CREATE VIEW: the text as it was written is kept where Spark got another one, or could keep none.

A view over information_schema stands in Spark's catalog for its columns; a query that names it gets a temporary view.
"""

from __future__ import annotations

import json

from pyspark.errors import AnalysisException

from local_azure.databricks_sql._call import NAME, Answer, Call
from local_azure.databricks_sql._catalog import CATALOG, name_out
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._information_schema import SCHEMA
from local_azure.databricks_sql._policies import Source, sources
from local_azure.databricks_sql._results import Result, nothing
from local_azure.databricks_sql._side_file import Name
from local_azure.databricks_sql._tokens import Token, name, outside, string, tokens, unquote


def _create_view(call: Call) -> Result:
    if call.is_left_alone():
        return nothing()
    if call.metadata.temporary and call.metadata.temporary in call.sql:
        message = f"Cannot create the persistent view {name(CATALOG, *call.table())} because it references"
        raise StatementError(f"[INVALID_TEMP_OBJ_REFERENCE] {message} a temporary table. SQLSTATE: 42K0F", "42K0F")
    body = _body(call.sql)
    try:
        answer, live = call.run(call.sql), False
    except AnalysisException as error:
        if not any(made in str(error) for made in (f"__{SCHEMA}_", "__live_", "__files_")) or "TEMP_OBJ" not in (
            error.getCondition() or ""
        ):
            raise
        answer, live = call.run(_placeholder(call, body)), True
    _note(call, body, live)
    return answer


def _alter_view(call: Call) -> Result:
    """The view with another query: it keeps its comment and its properties."""
    view = call.metadata.table(call.existing())
    if view.kind != "VIEW":
        return call.run(call.sql)
    own = {key: value for key, value in view.properties.items() if not key.startswith("view.") and key != "comment"}
    kept = [f"{string(key)} = {string(value)}" for key, value in own.items()]
    said = f" COMMENT {string(view.comment)}" if view.comment else ""
    said += f" TBLPROPERTIES ({', '.join(kept)})" if kept else ""
    return call.statement(f"CREATE OR REPLACE VIEW {call.word('table')}{said} AS {_body(call.sent)}")


def _note(call: Call, body: str, live: bool) -> None:
    sent = _body(call.sent).rstrip("; \n")
    text = sent if live or name_out(call.metadata.view_text(call.table())) != name_out(body.rstrip("; \n")) else ""
    held = call.metadata.side.get(call.table())
    if (held.view, held.live) != (text, live):
        with call.metadata.side.change(call.table()) as notes:
            notes.view, notes.live = text, live


def _placeholder(call: Call, body: str) -> str:
    """The view with its columns and no rows."""
    fields = call.execute(body).schema.fields
    columns = ", ".join(f"CAST(NULL AS {field.dataType.simpleString()}) AS {name(field.name)}" for field in fields)
    return f"{call.sql[: len(call.sql) - len(body)]}SELECT {columns} WHERE false"


def _body(sql: str) -> str:
    """What follows the AS that is outside of brackets."""
    found = tokens(sql)
    start = next((place for place, token in enumerate(found) if token.upper == "VIEW"), 0)
    index = outside(found, start, "AS")
    return sql[found[index + 1].start :] if index + 1 < len(found) else ""


def references(found: list[Token], live: dict[Name, str], current: str) -> list[Source]:
    """Where the statement reads one of these views."""
    return [source for source in sources(found, current) if source[2] in live]


def _comment_on_column(call: Call) -> Result:
    comment = "" if call.word("comment").upper() == "NULL" else call.text("comment")
    *owner, column = _parts(call.word("column"))
    table = call.metadata.name(name(*owner))
    field = call.metadata.column(table, column)
    if call.metadata.table(table).kind != "VIEW":
        return call.run(f"ALTER TABLE {name(*table)} ALTER COLUMN {name(field.name)} COMMENT {string(comment)}")
    schema = call.metadata.table(table).columns
    for each in schema.fields:
        if each.name == field.name:
            each.metadata = {**each.metadata, "comment": comment}
    call.metadata.set_columns(table, json.dumps(schema.jsonValue()))
    return nothing()


def _comment(call: Call) -> Result:
    """On a table or a view, whatever the statement calls it."""
    comment = string("" if call.word("comment").upper() == "NULL" else call.text("comment"))
    if call.metadata.table(call.existing()).kind == "VIEW":
        return call.run(f"ALTER VIEW {call.word('table')} SET TBLPROPERTIES ('comment' = {comment})")
    return call.run(f"COMMENT ON TABLE {call.word('table')} IS {comment}")


def _parts(dotted: str) -> list[str]:
    return [unquote(token.text) for token in tokens(dotted) if token.is_name]


_IS = r"IS (?P<comment>'\d+|NULL)"
RULES: list[tuple[str, Answer]] = [
    (rf"CREATE (?:OR REPLACE )?VIEW (?P<exists>IF NOT EXISTS )?(?P<table>{NAME}) .*", _create_view),
    (rf"ALTER VIEW (?P<table>{NAME}) AS .*", _alter_view),
    (rf"COMMENT ON COLUMN (?P<column>{NAME}(?: \. (?:`(?:``|[^`])*`|\w+))?) {_IS}", _comment_on_column),
    (rf"COMMENT ON (?:TABLE|VIEW) (?P<table>{NAME}) {_IS}", _comment),
]
