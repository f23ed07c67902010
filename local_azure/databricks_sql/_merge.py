"""MERGE with `*` but for some columns, which Delta Lake does not know: the columns by their names.

https://docs.databricks.com/aws/en/sql/language-manual/delta-merge-into
"""

from __future__ import annotations

from collections.abc import Iterator

from local_azure.databricks_sql._call import Answer, Call
from local_azure.databricks_sql._keys import TABLE
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._tokens import Edit, Token, apply, closing, name, name_end, outside, unquote


def _merge(call: Call) -> Result:
    columns = call.metadata.table(call.existing()).columns.names
    return call.run(apply(call.sql, _edits(call.tokens, columns, _source(call.tokens))))


def _edits(found: list[Token], columns: list[str], source: str) -> Iterator[Edit]:
    for at in range(1, len(found) - 2):
        before, star, word = found[at - 1 : at + 2]
        if star.text == "*" and word.upper == "EXCEPT" and before.upper in ("SET", "INSERT"):
            end = closing(found, at + 2)
            without = {unquote(token.text).lower() for token in found[at + 3 : end] if token.is_name}
            kept = [name(column) for column in columns if column.lower() not in without]
            yield Edit(star.start, found[end].end, _listed(kept, source, before.upper == "SET"))


def _listed(columns: list[str], source: str, sets: bool) -> str:
    given = [f"{source}.{column}" for column in columns]
    if sets:
        return ", ".join(f"{column} = {value}" for column, value in zip(columns, given, strict=True))
    return f"({', '.join(columns)}) VALUES ({', '.join(given)})"


def _source(found: list[Token]) -> str:
    """What the source's columns are called by: its alias, or its name's last part."""
    first = outside(found, 0, "USING") + 1
    last = closing(found, first) if found[first].text == "(" else name_end(found, first)
    alias = found[last + 1 + (found[last + 1].upper == "AS")]
    return found[last].text if alias.upper == "ON" else alias.text


RULES: list[tuple[str, Answer]] = [
    (rf"(?:WITH .* )?MERGE (?:WITH SCHEMA EVOLUTION )?INTO {TABLE} .*(?:SET|INSERT) \* EXCEPT \( .*", _merge),
]
