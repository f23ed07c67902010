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

from local_azure.databricks_sql._catalog import CATALOG
from local_azure.databricks_sql._errors import StatementError, no_column, syntax_error
from local_azure.databricks_sql._jvm import scala_object
from local_azure.databricks_sql._metadata import Metadata
from local_azure.databricks_sql._side_file import Key, Name
from local_azure.databricks_sql._tokens import (
    Edit,
    Token,
    apply,
    closing,
    items,
    name,
    name_end,
    outside,
    tokens,
    unquote,
)

_TABLE_ITEMS = frozenset({"CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK"})
AUTO = "'clusterByAuto' = 'true'"
_ROW_FILTER = ["WITH", "ROW", "FILTER"]
_OPTIONS = frozenset({
    "RELY", "NORELY", "NOT", "ENFORCED", "DEFERRABLE", "INITIALLY", "DEFERRED", "ENABLE", "NOVALIDATE", "MATCH",
    "FULL", "ON", "UPDATE", "DELETE", "NO", "ACTION",
})  # fmt: skip


Given = tuple[str, str]  # a function's name and what it is given, as texts


@dataclass
class Stripped:
    """A CREATE TABLE that Delta takes, its columns, and the constraints that were taken out: (name, definition)."""

    sql: str
    constraints: list[tuple[str | None, str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    masks: dict[str, Given] = field(default_factory=dict)
    row_filter: Given | None = None


def strip(sql: str, found: list[Token]) -> Stripped:
    """Take keys, inline CHECKs, policies and CLUSTER BY AUTO out of a CREATE TABLE; all else stays as written."""
    stripped = Stripped(sql)
    opening = _column_list(found)
    behind = closing(found, opening) + 1 if opening is not None else 0
    edits = [*_cluster_by_auto(found), *_row_filter(sql, found, behind, stripped)]
    if opening is not None:
        edits += _strip_items(sql, found[opening:behind], stripped)
    stripped.sql = apply(sql, edits)
    return stripped


def _cluster_by_auto(found: list[Token]) -> Iterator[Edit]:
    """Delta Lake chooses no columns by itself; that it was asked to is a property, as Databricks shows it.

    https://docs.databricks.com/aws/en/delta/clustering#automatic-liquid-clustering
    """
    words = [token.upper for token in found[: outside(found, 0, "AS")]]  # in a query these words may be anything
    index = next((at for at in range(len(words)) if words[at : at + 3] == ["CLUSTER", "BY", "AUTO"]), None)
    if index is None:
        return
    own = next((at + 1 for at in range(len(words) - 1) if words[at : at + 2] == ["TBLPROPERTIES", "("]), None)
    if own is not None:
        yield Edit(found[own].end, found[own].end, f"{AUTO}, ")
    yield Edit(found[index].start, found[index + 2].end, "" if own is not None else f"TBLPROPERTIES ({AUTO})")


def _column_list(found: list[Token]) -> int | None:
    """The bracket after the table's name, unless the statement goes on otherwise."""
    index = next(place for place, token in enumerate(found) if token.upper == "TABLE") + 1
    while index < len(found) and found[index].upper in ("IF", "NOT", "EXISTS"):
        index += 1
    while index + 1 < len(found) and found[index + 1].text == ".":
        index += 2
    return index + 1 if index + 1 < len(found) and found[index + 1].text == "(" else None


def _strip_items(sql: str, listed: list[Token], stripped: Stripped) -> list[Edit]:
    edits, columns = [], []
    for item in items(listed[1:-1]):
        if item[0].upper in _TABLE_ITEMS:
            stripped.constraints.append(_named(sql, item))
            edits.append(_without_comma(listed, item))
        else:
            columns.append(item)
            edits += [*_inline_key(sql, item, stripped), *_inline_mask(sql, item, stripped)]
    stripped.columns = [unquote(item[0].text).lower() for item in columns]
    return edits + list(_not_nulls(columns, stripped))


def _not_nulls(columns: list[list[Token]], stripped: Stripped) -> Iterator[Edit]:
    """The columns of a primary key are NOT NULL without saying so."""
    keys = [tokens(text) for _, text in stripped.constraints if text[:7].upper() == "PRIMARY"]
    wanted = {column.lower() for found in keys for column in _columns(found, 2)[0]}
    for item in columns:
        words = [token.upper for token in item]
        if unquote(item[0].text).lower() in wanted and "NULL" not in words and len(item) > 1:
            yield Edit(item[_type_end(item)].end, item[_type_end(item)].end, " NOT NULL")


def _type_end(item: list[Token]) -> int:
    """The last token of a column's type, which begins at the second."""
    if len(item) > 2 and item[2].text == "(":
        return closing(item, 2)
    depth = 0
    for index in range(2, len(item)):
        depth += (item[index].text == "<") - (item[index].text == ">")
        if depth == 0:
            return index if item[index].text == ">" else 1
    return 1


def _without_comma(listed: list[Token], item: list[Token]) -> Edit:
    """Cut the item and the comma before it (a table constraint is never the first item)."""
    before = listed[listed.index(item[0]) - 1]
    return Edit(before.start if before.text == "," else item[0].start, item[-1].end, "")


def _named(sql: str, item: list[Token]) -> tuple[str | None, str]:
    given = item[0].upper == "CONSTRAINT"
    start = item[2] if given else item[0]
    return (unquote(item[1].text) if given else None), sql[start.start : item[-1].end]


def _inline_key(sql: str, item: list[Token], stripped: Stripped) -> Iterator[Edit]:
    """`id INT NOT NULL [CONSTRAINT c] PRIMARY KEY` or `[FOREIGN KEY] REFERENCES t [(id)]`: the key of one column."""
    for index in range(1, len(item)):
        words = [token.upper for token in item[index : index + 2]]
        if words not in (["PRIMARY", "KEY"], ["FOREIGN", "KEY"]) and words[0] != "REFERENCES":
            continue
        given = index > 2 and item[index - 2].upper == "CONSTRAINT"
        label = unquote(item[index - 1].text) if given else None
        last = _key_end(item, index)
        stripped.constraints.append((label, _key_of_column(sql, item, index, last)))
        yield Edit(item[index - 2 if given else index].start, item[last].end, "")
        return


def _inline_mask(sql: str, item: list[Token], stripped: Stripped) -> Iterator[Edit]:
    """`c STRING MASK f [USING COLUMNS (d, 'x')]`."""
    index = next((at for at in range(2, len(item) - 1) if item[at].upper == "MASK" and item[at + 1].is_name), None)
    if index is None:
        return
    last = name_end(item, index + 1)
    function, given = sql[item[index + 1].start : item[last].end], ""
    if [token.upper for token in item[last + 1 : last + 4]] == ["USING", "COLUMNS", "("]:
        opening, last = last + 3, closing(item, last + 3)
        given = sql[item[opening].end : item[last].start]
    stripped.masks[unquote(item[0].text).lower()] = function, given
    yield Edit(item[index].start, item[last].end, "")


def _row_filter(sql: str, found: list[Token], start: int, stripped: Stripped) -> Iterator[Edit]:
    """`WITH ROW FILTER f ON (a, b)` between the columns and the query."""
    index = outside(found, start, "ROW")
    if index >= outside(found, start, "AS") or [token.upper for token in found[index - 1 : index + 2]] != _ROW_FILTER:
        return
    last = name_end(found, index + 2)
    close = closing(found, last + 2)
    stripped.row_filter = sql[found[index + 2].start : found[last].end], sql[found[last + 2].end : found[close].start]
    yield Edit(found[index - 1].start, found[close].end, "")


def _key_of_column(sql: str, item: list[Token], first: int, last: int) -> str:
    if item[first].upper == "PRIMARY":
        return f"PRIMARY KEY ({item[0].text})"
    references = first if item[first].upper == "REFERENCES" else first + 2
    return f"FOREIGN KEY ({item[0].text}) {sql[item[references].start : item[last].end]}"


def _key_end(item: list[Token], first: int) -> int:
    """The last token of a key that stands with its column: names, a list in brackets and options."""
    last = first if item[first].upper == "REFERENCES" else first + 1
    if last + 1 < len(item) and item[last + 1].upper == "REFERENCES":
        last += 1
    if item[last].upper == "REFERENCES":
        last = name_end(item, last + 1)
        if last + 1 < len(item) and item[last + 1].text == "(":
            last = closing(item, last + 1)
    while last + 1 < len(item) and item[last + 1].upper in _OPTIONS:
        last += 1
    return last


def keys_of(metadata: Metadata, table: Name, stripped: Stripped) -> list[Key]:
    """The keys of a table that is about to be made. Raises StatementError for one that it can't have."""
    keys: list[Key] = []
    for given, text in stripped.constraints:
        if not _is_check(text):
            new = key(text, metadata, given)
            check_new(keys, new, table)
            for column in new.columns:
                if column.lower() not in stripped.columns:
                    raise no_column(column, *table)
            if new.parent and new.parent != table:
                check_parent(metadata, new)
            keys.append(new)
    return keys


def add_checks(session: SparkSession, table: Name, stripped: Stripped) -> None:
    """Let Delta add the CHECKs of a table that was made."""
    for given, text in stripped.constraints:
        if _is_check(text):
            label = given or _made_up(table, text)
            session.sql(f"ALTER TABLE {name(*table)} ADD CONSTRAINT {name(label)} {text}").collect()


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
        raise syntax_error(f"not a key: {definition}")
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
    primary = metadata.side.get(parent).primary_key
    return primary.columns if primary else []


def _made_up(table: Name, text: str) -> str:
    return f"{table[0]}_{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def check_new(keys: list[Key], new: Key, table: Name) -> None:
    """Raise StatementError for a second primary key or a name that is taken."""
    full = ".".join((CATALOG, *table))
    if new.parent is None and any(key.parent is None for key in keys):
        message = f"[TABLE_CONSTRAINT_ALREADY_EXISTS] {full} has a primary key. SQLSTATE: 42710"
        raise StatementError(message, "42710")
    if any(key.name.lower() == new.name.lower() for key in keys):
        message = f"[TABLE_CONSTRAINT_ALREADY_EXISTS] {full} has a constraint {new.name}. SQLSTATE: 42710"
        raise StatementError(message, "42710")


def check_columns(metadata: Metadata, new: Key, table: Name) -> None:
    """Raise StatementError if the key's columns are not in the table, or may be null in a primary key."""
    fields = [metadata.column(table, column) for column in new.columns]
    nullable = ", ".join(f"`{field.name}`" for field in fields if field.nullable)
    if new.parent is None and nullable:
        message = f"[INVALID_PARAMETER_VALUE] Cannot create the primary key `{new.name}` because its child column(s)"
        hint = "Please change the column nullability and retry"
        raise StatementError(f"{message} {nullable} is nullable. {hint}. SQLSTATE: 22023", "22023")


def check_parent(metadata: Metadata, new: Key) -> None:
    """Raise StatementError if a foreign key is not to the primary key of a table that exists.

    https://docs.databricks.com/aws/en/error-messages/error-classes (FOREIGN_KEY_MISMATCH)
    """
    if new.parent is None:
        return
    metadata.table(new.parent)
    primary = {column.lower() for column in _primary_key(metadata, new.parent)}
    wanted = {column.lower() for column in new.parent_columns}
    if not primary or wanted != primary or len(new.columns) != len(new.parent_columns):
        named, held = (", ".join(f"`{column}`" for column in columns) for columns in (new.parent_columns, primary))
        message = f"[FOREIGN_KEY_MISMATCH] Foreign key parent columns {named} do not match primary key child columns"
        raise StatementError(f"{message} {held}. SQLSTATE: 42830", "42830")


def set_not_null(session: SparkSession, metadata: Metadata, table: Name, column: str) -> None:
    """Make a column NOT NULL by one commit of metadata through Delta's own transaction.

    Raises StatementError if the column holds a null or does not exist.
    """
    ((nulls,),) = session.sql(f"SELECT count(*) FROM {name(*table)} WHERE {name(column)} IS NULL").collect()
    if nulls:
        full = ".".join((CATALOG, *table))
        words = f"{nulls} rows in {full} violate the new NOT NULL constraint on {column}"
        raise StatementError(f"[DELTA_NEW_NOT_NULL_VIOLATION] {words}. SQLSTATE: 23512", "23512")
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
    operation = scala_object(jvm.org.apache.spark.sql.delta, "DeltaOperations$ManualUpdate")
    transaction.commit(scala_object(jvm.scala.collection.immutable, "Nil"), operation)
