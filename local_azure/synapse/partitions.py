"""Partitions of a table: which row lies where, and SPLIT, MERGE and SWITCH.

A partition is a condition on the partitioning column here; rows stay where they are until they are switched.
Source: Microsoft Learn, "Partitioning tables in dedicated SQL pool", "ALTER TABLE", SWITCH; the numbers and words of
"Database Engine events and errors", 4000 to 4999 and 7000 to 7999.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, assign, ident
from local_azure.synapse.changes import target_table
from local_azure.synapse.errors import SqlError, invalid_column, unsupported
from local_azure.synapse.scope import Scope

if TYPE_CHECKING:
    from local_azure.synapse.catalog import ColumnInfo, ObjectInfo
    from local_azure.synapse.definitions import Definer

_FAILED = "ALTER TABLE SWITCH statement failed"
_HEAP = ("HEAP", "[]")
_REPEATED = "Duplicate range boundary values are not allowed in partition function boundary values list."


@dataclass(frozen=True)
class Ranges:
    """The partitions of a table: `bounds` are DuckDB texts, ascending; RIGHT bounds belong to what follows them."""

    column: str
    right: bool
    bounds: tuple[str, ...]
    shown: tuple[str, ...]  # the same for people

    def condition(self, number: int) -> str:
        """What holds of the rows of a partition, counted from 1; NULL lies in the first."""
        lower, upper = (">=", "<") if self.right else (">", "<=")
        tests = [f"{ident(self.column)} {lower} {self.bounds[number - 2]}"] if number > 1 else []
        if number <= len(self.bounds):
            tests.append(f"{ident(self.column)} {upper} {self.bounds[number - 1]}")
        found = " AND ".join(tests) or "true"
        return f"({found} OR {ident(self.column)} IS NULL)" if number == 1 else f"({found})"

    def to_json(self) -> dict[str, Any]:
        return {"column": self.column, "right": self.right, "bounds": self.bounds, "shown": self.shown}


def ranges(table: ObjectInfo) -> Ranges | None:
    found = table.options.get("partition")
    return Ranges(found["column"], found["right"], tuple(found["bounds"]), tuple(found["shown"])) if found else None


def made(definer: Definer, partition: n.Partition, columns: tuple[ColumnInfo, ...]) -> Ranges:
    """The ranges that CREATE TABLE asks for. Raises SqlError 207, and 7708 for values that repeat."""
    column = next((c for c in columns if c.name.lower() == partition.column.lower()), None)
    if column is None:
        raise invalid_column(partition.column)
    return _ranges(definer, column.name, partition.right, [_bound(definer, v, column) for v in partition.values])


def _bound(definer: Definer, value: n.Expr, column: ColumnInfo) -> str:
    bound = definer.binder.value(value, Scope())
    return assign(bound.sql, bound.type, column.type)


def _ranges(definer: Definer, column: str, right: bool, bounds: list[str]) -> Ranges:
    if not bounds:
        return Ranges(column, right, (), ())
    rows = " UNION ALL ".join(f"SELECT {bound} AS v, {place} AS place" for place, bound in enumerate(bounds))
    found = definer.connection.execute(f"SELECT place, v FROM ({rows}) ORDER BY v, place").fetchall()
    for (first, value), (second, other) in pairwise(found):
        if value == other:
            text = f"{_REPEATED} Partition boundary values at ordinal {first + 1} and {second + 1} are equal."
            raise SqlError(7708, text)
    return Ranges(column, right, tuple(bounds[place] for place, _ in found), tuple(str(value) for _, value in found))


def change(definer: Definer, statement: n.PartitionChange) -> None:
    """SPLIT or MERGE. Raises SqlError 7729, 7721, 7715, and 35346, 35347 for rows under a columnstore."""
    table = target_table(definer.binder, statement.table, "ALTER")
    found = ranges(table)
    if found is None:
        text = "Cannot specify partition number in the ALTER TABLE statement as the table "
        raise SqlError(7729, f"{text}'{table.full_name}' is not partitioned.")
    column = table.column(found.column)
    if column is None:
        raise invalid_column(found.column)
    bound = _bound(definer, statement.value, column)
    changed = (
        _split(definer, table, found, bound) if statement.action == "SPLIT" else _merged(definer, table, found, bound)
    )
    definer.catalog.set_options(definer.connection, table, partition=changed.to_json())


def _split(definer: Definer, table: ObjectInfo, found: Ranges, bound: str) -> Ranges:
    if place := _place(definer, found, bound):
        text = f"{_REPEATED} The boundary value being added is already present at ordinal {place} of the boundary value"
        raise SqlError(7721, f"{text} list.")
    changed = _ranges(definer, found.column, found.right, [*found.bounds, bound])
    number = changed.bounds.index(bound) + 1
    if _columnstore(definer, table) and _rows(definer, table, found, number):
        raise SqlError(
            35346,
            "SPLIT clause of ALTER PARTITION statement failed because the partition is not empty. Only empty "
            "partitions can be split in when a columnstore index exists on the table. Consider disabling the "
            "columnstore index before issuing the ALTER PARTITION statement, then rebuilding the columnstore index "
            "after ALTER PARTITION is complete.",
        )
    return changed


def _merged(definer: Definer, table: ObjectInfo, found: Ranges, bound: str) -> Ranges:
    place = _place(definer, found, bound)
    if not place:
        raise SqlError(7715, "The specified partition range value could not be found.")
    if _columnstore(definer, table) and all(_rows(definer, table, found, place + i) for i in (0, 1)):
        raise SqlError(
            35347,
            "MERGE clause of ALTER PARTITION statement failed because two nonempty partitions containing a columnstore "
            "index cannot be merged. Consider an ALTER TABLE SWITCH operation from one of the nonempty partitions on "
            "the nonpartitioned table to the partition table and then re-attempt the ALTER PARTITION MERGE operation.",
        )
    return _ranges(definer, found.column, found.right, [*found.bounds[: place - 1], *found.bounds[place:]])


def _place(definer: Definer, found: Ranges, bound: str) -> int:
    """Where a bound stands among those there are, from 1; 0 for nowhere."""
    tests = ", ".join(f"{bound} = {other}" for other in found.bounds)
    row = definer.connection.execute(f"SELECT {tests}").fetchone() if tests else None
    return row.index(True) + 1 if row and any(row) else 0


def _columnstore(definer: Definer, table: ObjectInfo) -> bool:
    sql = f"SELECT 1 FROM {POOL}.indexes WHERE object_id = ? AND kind = 'CLUSTERED COLUMNSTORE'"
    return definer.connection.execute(sql, [table.object_id]).fetchone() is not None


def _rows(definer: Definer, table: ObjectInfo, found: Ranges, number: int) -> bool:
    sql = f"SELECT 1 FROM {table.duckdb_name} WHERE {found.condition(number)} LIMIT 1"
    return definer.connection.execute(sql).fetchone() is not None


def switch(definer: Definer, statement: n.Switch) -> None:
    """Move a partition's rows. Raises SqlError 4911, 4950, 4956, 4904, 4905, 4913, 4942 to 4944, 4947, 4972, 4985."""
    source = target_table(definer.binder, statement.table, "ALTER")
    target = target_table(definer.binder, statement.target, "ALTER")
    _refuse_unlike(source, target)
    _refuse_indexed_otherwise(definer, source, target)
    here, there = _part(source, statement.number), _part(target, statement.into)
    _refuse_outside(definer, source, here, there)
    if statement.truncate:
        definer.connection.execute(f"DELETE FROM {target.duckdb_name} WHERE {there}")
    elif definer.connection.execute(f"SELECT 1 FROM {target.duckdb_name} WHERE {there} LIMIT 1").fetchone():
        if statement.into is None:
            raise SqlError(4905, f"{_FAILED}. The target table '{target.full_name}' must be empty.")
        text = (
            f"{_FAILED}. The specified partition {statement.into} of target table '{target.full_name}' must be empty."
        )
        raise SqlError(4904, text)
    names = ", ".join(ident(c.name) for c in source.columns)
    moved = f"SELECT {names} FROM {source.duckdb_name} WHERE {here}"
    definer.connection.execute(f"INSERT INTO {target.duckdb_name} ({names}) {moved}")
    definer.connection.execute(f"DELETE FROM {source.duckdb_name} WHERE {here}")


def _part(table: ObjectInfo, number: int | None) -> str:
    found = ranges(table)
    if number is None and found is None:
        return "true"
    if found is None:
        raise SqlError(4956, f"{_FAILED} because the table '{table.full_name}' is not RANGE partitioned.")
    if number is None:
        text = "Cannot specify a partitioned table without partition number in ALTER TABLE SWITCH statement."
        raise SqlError(4911, f"{text} The table '{table.full_name}' is partitioned.")
    if not 1 <= number <= len(found.bounds) + 1:
        text = f"{_FAILED} because partition number {number} does not exist in table '{table.full_name}'."
        raise SqlError(4950, text)
    return found.condition(number)


def _refuse_unlike(source: ObjectInfo, target: ObjectInfo) -> None:
    here, there = source.full_name, target.full_name
    if len(source.columns) != len(target.columns):
        text = f"{_FAILED} because table '{here}' has {len(source.columns)} columns and table "
        raise SqlError(4943, f"{text}'{there}' has {len(target.columns)} columns.")
    for place, (a, b) in enumerate(zip(source.columns, target.columns, strict=True), 1):
        head = f"{_FAILED} because column '{a.name}'"
        if a.name.lower() != b.name.lower():
            text = f"{head} at ordinal {place} in table '{here}' has a different name than the column "
            raise SqlError(4942, f"{text}'{b.name}' at the same ordinal in table '{there}'.")
        if a.type != b.type:
            text = f"{head} has data type {a.type} in source table '{here}' which is different from its type "
            raise SqlError(4944, f"{text}{b.type} in target table '{there}'.")
        if a.nullable != b.nullable:
            text = f"{head} does not have the same nullability attribute in tables '{here}' and '{there}'."
            raise SqlError(4985, text)
    if source.options.get("distribution") != target.options.get("distribution"):
        raise unsupported("A switch between tables that are not distributed alike")  # no page names its number


def _refuse_indexed_otherwise(definer: Definer, source: ObjectInfo, target: ObjectInfo) -> None:
    """The definitions of the two must match, indexes included ("Partitioning tables in dedicated SQL pool")."""
    here, there = _indexes(definer, source), _indexes(definer, target)
    if (_HEAP in here) != (_HEAP in there):
        clustered, plain = (target, source) if _HEAP in here else (source, target)
        name = next(name for (kind, _), name in {**here, **there}.items() if kind.startswith("CLUSTERED"))
        text = f"{_FAILED}. The table '{clustered.full_name}' has clustered index '{name}' while the table "
        raise SqlError(4913, f"{text}'{plain.full_name}' does not have clustered index.")
    for index in sorted(there.keys() - here.keys()):
        text = f"{_FAILED}. There is no identical index in source table '{source.full_name}' for the index "
        raise SqlError(4947, f"{text}'{there[index]}' in target table '{target.full_name}' .")


def _indexes(definer: Definer, table: ObjectInfo) -> dict[tuple[str, str], str]:
    """The names of a table's indexes by their kind and columns."""
    sql = f"SELECT kind, coalesce(CAST(columns AS VARCHAR), '[]'), name FROM {POOL}.indexes WHERE object_id = ?"
    return {(row[0], row[1]): row[2] for row in definer.connection.execute(sql, [table.object_id]).fetchall()}


def _refuse_outside(definer: Definer, source: ObjectInfo, here: str, there: str) -> None:
    """Rows of the source that the target's partition could not hold."""
    sql = f"SELECT 1 FROM {source.duckdb_name} WHERE {here} AND NOT coalesce({there}, false) LIMIT 1"
    if definer.connection.execute(sql).fetchone():
        text = f"{_FAILED}. Check constraints or partition function of source table '{source.full_name}' allows values "
        raise SqlError(4972, f"{text}that are not allowed by check constraints or partition function on target table.")
