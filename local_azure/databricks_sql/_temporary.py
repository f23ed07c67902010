"""Temporary tables: Delta tables of one session, in a schema that it alone knows and that ends with it.

https://docs.databricks.com/aws/en/tables/temporary-tables
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from local_azure.databricks_sql._catalog import SPARK_CATALOG
from local_azure.databricks_sql._errors import StatementError, syntax_error
from local_azure.databricks_sql._policies import sources
from local_azure.databricks_sql._tokens import Edit, Token, apply, name, name_end, outside, unquote

_WORDS = frozenset({"TEMP", "TEMPORARY"})
# What stands before a table that a statement changes or describes.
_BEFORE = frozenset({
    "INTO", "UPDATE", "OVERWRITE", "TABLE", "EXTENDED", "DESCRIBE", "DESC", "HISTORY", "DETAIL", "OPTIMIZE",
})  # fmt: skip
# https://docs.databricks.com/aws/en/error-messages/temp-table-operation-not-supported-error-class
_REFUSED = {
    "RENAME": "RENAME_TABLE",
    "ALTER": "ALTER_TABLE",
    "TRUNCATE": "TRUNCATE_TABLE",
    "PARTITIONS": "SHOW_PARTITIONS",
}


def creates(found: list[Token]) -> bool:
    """Whether the statement is CREATE TEMPORARY TABLE."""
    return _place(found) is not None and found[0].upper in ("CREATE", "REPLACE")


def placed(sql: str, found: list[Token], schema: str, names: Collection[str]) -> str:
    """The statement with its temporary tables, those that are in `names` or made, by their full names in `schema`.

    Raises StatementError for what they cannot be.
    """
    place = _place(found)
    made = _made(found, place) if place is not None and creates(found) else None
    named = [at for at in _tables(found) if at != made and unquote(found[at].text).lower() in names]
    if named and made is None:
        _check(found, named)
    edits = [Edit(found[place].start, found[place + 1].start, "")] if place is not None else []
    for at in named if made is None else [*named, made]:
        edits.append(Edit(found[at].start, found[at].end, name(SPARK_CATALOG, schema, unquote(found[at].text))))
    return apply(sql, edits)


def _place(found: list[Token]) -> int | None:
    """The word TEMPORARY before TABLE: of [CREATE OR] REPLACE, CREATE and DROP."""
    first = found[0].upper if found else ""
    words = [token.upper for token in found[:5]]
    index = next((at for at, word in enumerate(words) if word in _WORDS), 0)
    is_one = first in ("CREATE", "REPLACE", "DROP") and words[index + 1 : index + 2] == ["TABLE"]
    return index if index and is_one else None


def _made(found: list[Token], place: int) -> int:
    """The table's name, of one part. Raises StatementError for a name of more, and for a format."""
    index = place + 2
    while found[index].upper in ("IF", "NOT", "EXISTS"):
        index += 1
    if name_end(found, index) > index:
        raise syntax_error("Syntax error: the name of a temporary table has one part")
    if outside(found, index, "USING") < outside(found, index, "AS"):
        raise syntax_error("Syntax error at or near 'USING': a temporary table has no format but Delta's")
    return index


def _tables(found: list[Token]) -> Iterator[int]:
    """Where a table is named by one part: where it is read, and where it is changed."""
    read = {first for first, last, _ in sources(found, "") if first == last}
    for at in range(1, len(found)):
        if at in read or (found[at].is_name and _is_target(found, at) and name_end(found, at) == at):
            yield at


def _is_target(found: list[Token], at: int) -> bool:
    before = at - 1
    while before > 0 and found[before].upper in ("IF", "NOT", "EXISTS"):
        before -= 1
    if found[before].upper == "FROM":
        return found[before - 1].upper == "DELETE"
    return found[before].upper in _BEFORE and found[at].upper not in (*_BEFORE, "FORMATTED", "QUERY", "FUNCTION")


def _check(found: list[Token], named: list[int]) -> None:
    words = {token.upper for token in found} if found[0].upper in ("ALTER", "TRUNCATE", "SHOW") else set()
    operation = next((_REFUSED[word] for word in _REFUSED if word in words), "")
    if not operation and any(_travels(found, at) for at in named):
        operation = "TIME_TRAVEL"
    if operation:
        label = unquote(found[named[0]].text)
        message = f"[TEMP_TABLE_OPERATION_NOT_SUPPORTED.{operation}] Operations on the session-local temporary table"
        raise StatementError(f"{message} `{label}` are not supported: {operation}. SQLSTATE: 0A000", "0A000")


def _travels(found: list[Token], at: int) -> bool:
    behind = [token.upper for token in found[at + 1 : at + 5]]
    return behind[:1] == ["@"] or behind[1:3] == ["AS", "OF"] or (behind[:1] == ["FOR"] and behind[2:4] == ["AS", "OF"])
