"""CREATE VIEW: the text as it was written is kept where Spark got another one, or could keep none.

A view over information_schema stands in Spark's catalog for its columns; a query that names it gets a temporary view.
"""

from __future__ import annotations

import json

from pyspark.errors import AnalysisException

from local_azure.databricks_sql._call import NAME, Answer, Call
from local_azure.databricks_sql._catalog import name_out
from local_azure.databricks_sql._information_schema import SCHEMA
from local_azure.databricks_sql._results import Result, nothing
from local_azure.databricks_sql._side_file import Name
from local_azure.databricks_sql._tokens import Token, name, outside, string, tokens, unquote


def _create_view(call: Call) -> Result:
    body = _body(call.sql)
    try:
        answer, live = call.run(call.sql), False
    except AnalysisException as error:
        if not any(made in str(error) for made in (f"__{SCHEMA}_", "__live_")) or "TEMP_OBJ" not in (
            error.getCondition() or ""
        ):
            raise
        answer, live = call.run(_placeholder(call, body)), True
    _note(call, body, live)
    return answer


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


def references(found: list[Token], live: dict[Name, str], current: str) -> list[tuple[int, int, Name]]:
    """Where the statement names one of these views: first and last token of the name."""
    places = []
    for index, token in enumerate(found):
        is_last = token.is_name and (index + 1 == len(found) or found[index + 1].text != ".")
        if not is_last or all(unquote(token.text).lower() != view for _, view in live):
            continue
        first = index
        while first > 1 and found[first - 1].text == "." and found[first - 2].is_name:
            first -= 2
        if first and found[first - 1].upper in ("VIEW", "EXISTS"):  # it is made anew
            continue
        owners = [unquote(part.text).lower() for part in found[first:index:2]]
        named = (owners[-1] if owners else current, unquote(token.text).lower())
        if named in live:
            places.append((first, index, named))
    return places


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
    (rf"CREATE (?:OR REPLACE )?VIEW (?:IF NOT EXISTS )?(?P<table>{NAME}) .*", _create_view),
    (rf"COMMENT ON COLUMN (?P<column>{NAME}(?: \. (?:`(?:``|[^`])*`|\w+))?) {_IS}", _comment_on_column),
    (rf"COMMENT ON (?:TABLE|VIEW) (?P<table>{NAME}) {_IS}", _comment),
]
