"""Constraints that Delta Lake does not take where Databricks does: keys, inline CHECK, NOT NULL afterwards.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-table-constraint
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import SparkSession

from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._metadata import Metadata
from local_azure.databricks_sql._side_file import Key, Name
from local_azure.databricks_sql._tokens import Edit, Token, apply, closing, items, name, tokens, unquote

_TABLE_ITEMS = frozenset({"CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK"})
_OPTIONS = frozenset({"RELY", "NORELY", "NOT", "ENFORCED", "DEFERRABLE", "INITIALLY", "DEFERRED"})


@dataclass
class Stripped:
    """A CREATE TABLE that Delta takes, and the constraints that were taken out: (name, definition)."""

    sql: str
    constraints: list[tuple[str | None, str]] = field(default_factory=list)


def strip(sql: str, found: list[Token]) -> Stripped:
    """Take keys, inline CHECKs and CLUSTER BY AUTO out of a CREATE TABLE; all else stays as written."""
    stripped = Stripped(sql)
    edits = [*_cluster_by_auto(found)]
    opening = _column_list(found)
    if opening is not None:
        edits += _strip_items(sql, found[opening : closing(found, opening) + 1], stripped)
    stripped.sql = apply(sql, edits)
    return stripped


def _cluster_by_auto(found: list[Token]) -> Iterator[Edit]:
    for index in range(len(found) - 2):
        words = [token.upper for token in found[index : index + 3]]
        if words == ["CLUSTER", "BY", "AUTO"]:
            yield Edit(found[index].start, found[index + 2].end, "")
        if words[0] == "AS":  # the query, where these words may be anything
            return


def _column_list(found: list[Token]) -> int | None:
    """The bracket after the table's name, unless the statement goes on otherwise."""
    index = next(place for place, token in enumerate(found) if token.upper == "TABLE") + 1
    while index < len(found) and found[index].upper in ("IF", "NOT", "EXISTS"):
        index += 1
    while index + 1 < len(found) and found[index + 1].text == ".":
        index += 2
    return index + 1 if index + 1 < len(found) and found[index + 1].text == "(" else None


def _strip_items(sql: str, listed: list[Token], stripped: Stripped) -> list[Edit]:
    edits = []
    for item in items(listed[1:-1]):
        if item[0].upper in _TABLE_ITEMS:
            stripped.constraints.append(_named(sql, item))
            edits.append(_without_comma(listed, item))
        else:
            edits += _inline_key(item, stripped)
    return edits


def _without_comma(listed: list[Token], item: list[Token]) -> Edit:
    """Cut the item and the comma before it (a table constraint is never the first item)."""
    before = listed[listed.index(item[0]) - 1]
    return Edit(before.start if before.text == "," else item[0].start, item[-1].end, "")


def _named(sql: str, item: list[Token]) -> tuple[str | None, str]:
    given = item[0].upper == "CONSTRAINT"
    start = item[2] if given else item[0]
    return (unquote(item[1].text) if given else None), sql[start.start : item[-1].end]


def _inline_key(item: list[Token], stripped: Stripped) -> Iterator[Edit]:
    """`id INT NOT NULL [CONSTRAINT c] PRIMARY KEY`: the key of one column."""
    for index in range(1, len(item) - 1):
        if item[index].upper == "PRIMARY" and item[index + 1].upper == "KEY":
            given = item[index - 2].upper == "CONSTRAINT"
            first, last = index - 2 if given else index, index + 1
            while last + 1 < len(item) and item[last + 1].upper in _OPTIONS:
                last += 1
            label = unquote(item[index - 1].text) if given else None
            stripped.constraints.append((label, f"PRIMARY KEY ({item[0].text})"))
            yield Edit(item[first].start, item[last].end, "")


def add(session: SparkSession, metadata: Metadata, table: Name, stripped: Stripped, *, replaces: bool) -> None:
    """Note the keys and let Delta add the CHECKs. A table that was replaced loses the keys it had."""
    checks = [(given, text) for given, text in stripped.constraints if _is_check(text)]
    keys = [key(text, metadata, given) for given, text in stripped.constraints if not _is_check(text)]
    for given, text in checks:
        label = given or _made_up(table, text)
        session.sql(f"ALTER TABLE {name(*table)} ADD CONSTRAINT {name(label)} {text}").collect()
    if keys or (replaces and metadata.side.get(table).keys):
        with metadata.side.change(table) as notes:
            notes.keys = keys


def _is_check(text: str) -> bool:
    return text[:5].upper() == "CHECK"


def key(definition: str, metadata: Metadata, given: str | None) -> Key:
    """Read `PRIMARY KEY (a, b)` or `FOREIGN KEY (a) REFERENCES t (b)`.

    Raises StatementError if it is neither.
    """
    found = tokens(definition)
    columns, after = _columns(found, 2)
    kind = found[0].upper
    if kind == "PRIMARY":
        return Key(given or _made_up(("pk", ""), definition), columns)
    if kind != "FOREIGN" or after >= len(found) or found[after].upper != "REFERENCES":
        raise StatementError(f"[PARSE_SYNTAX_ERROR] not a key: {definition}. SQLSTATE: 42601", "42601")
    end = next((i for i in range(after + 1, len(found)) if found[i].text == "("), len(found))
    parent = metadata.name("".join(token.text for token in _name_tokens(found[after + 1 : end])))
    parent_columns = _columns(found, end)[0] if end < len(found) else _primary_key(metadata, parent)
    return Key(given or _made_up(("fk", ""), definition), columns, parent, parent_columns)


def _name_tokens(found: list[Token]) -> Iterator[Token]:
    for index, token in enumerate(found):
        if index % 2 and token.text != ".":
            return
        yield token


def _columns(found: list[Token], opening: int) -> tuple[list[str], int]:
    end = closing(found, opening)
    named = [unquote(token.text) for token in found[opening:end] if token.is_name]
    return [column for column in named if column.upper() != "TIMESERIES"], end + 1


def _primary_key(metadata: Metadata, parent: Name) -> list[str]:
    return next((key.columns for key in metadata.side.get(parent).keys if key.parent is None), [])


def _made_up(table: Name, text: str) -> str:
    return f"{table[0]}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def check_new(keys: list[Key], new: Key, table: Name) -> None:
    """Raise StatementError for a second primary key or a name that is taken."""
    if new.parent is None and any(key.parent is None for key in keys):
        message = f"[TABLE_CONSTRAINT_ALREADY_EXISTS] {'.'.join(table)} has a primary key. SQLSTATE: 42710"
        raise StatementError(message, "42710")
    if any(key.name.lower() == new.name.lower() for key in keys):
        message = f"[TABLE_CONSTRAINT_ALREADY_EXISTS] {'.'.join(table)} has a constraint {new.name}. SQLSTATE: 42710"
        raise StatementError(message, "42710")


def set_not_null(session: SparkSession, metadata: Metadata, table: Name, column: str) -> None:
    """Make a column NOT NULL by one commit of metadata through Delta's own transaction.

    Raises StatementError if the column holds a null or does not exist.
    """
    if session.sql(f"SELECT 1 FROM {name(*table)} WHERE {name(column)} IS NULL LIMIT 1").collect():
        message = f"[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] {'.'.join(table)}.{column} holds nulls. SQLSTATE: 23502"
        raise StatementError(message, "23502")
    jvm: Any = session._jvm
    none = jvm.scala.Option.empty()
    transaction = metadata.log(table).startTransaction(none, none)
    old = transaction.metadata()
    _commit(jvm, transaction, _with_schema(old, _not_null(old.schemaString(), column)))


def _not_null(schema: str, column: str) -> str:
    described = json.loads(schema)
    for item in described["fields"]:
        if item["name"].lower() == column.lower():
            item["nullable"] = False
    return json.dumps(described)


def _with_schema(old: Any, schema: str) -> Any:
    return old.copy(
        old.id(),
        old.name(),
        old.description(),
        old.format(),
        schema,
        old.partitionColumns(),
        old.configuration(),
        old.createdTime(),
    )


def _commit(jvm: Any, transaction: Any, metadata: Any) -> None:
    transaction.updateMetadata(metadata, False)
    operation = getattr(getattr(jvm.org.apache.spark.sql.delta, "DeltaOperations$ManualUpdate$"), "MODULE$")
    nil = getattr(getattr(jvm.scala.collection.immutable, "Nil$"), "MODULE$")
    transaction.commit(nil, operation)
