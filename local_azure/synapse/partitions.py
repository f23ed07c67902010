"""Partitions of a table: which row lies where, and SPLIT, MERGE and SWITCH.

A partition is a condition on the partitioning column here; rows stay where they are until they are switched.
Source: Microsoft Learn, "Partitioning tables in dedicated SQL pool", "ALTER TABLE", SWITCH.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, assign, ident
from local_azure.synapse.changes import target_table
from local_azure.synapse.errors import SqlError, invalid_column
from local_azure.synapse.scope import Scope

if TYPE_CHECKING:
    from local_azure.synapse.catalog import ColumnInfo, ObjectInfo
    from local_azure.synapse.definitions import Definer

_FAILED = "ALTER TABLE SWITCH statement failed"


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
    """The ranges that CREATE TABLE asks for. Raises SqlError 207, and 7705 for values that repeat."""
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
    found = definer.connection.execute(f"SELECT place, v FROM ({rows}) ORDER BY v").fetchall()
    if len({value for _, value in found}) < len(found):
        raise SqlError(7705, "Could not partition the table because a boundary value is given more than once.")
    return Ranges(column, right, tuple(bounds[place] for place, _ in found), tuple(str(value) for _, value in found))


def change(definer: Definer, statement: n.PartitionChange) -> None:
    """SPLIT or MERGE. Raises SqlError 7721, 7715, and 35346, 35347 for rows under a columnstore."""
    table = target_table(definer.binder, statement.table, "ALTER")
    found = ranges(table)
    if found is None:
        raise SqlError(7721, f"The table '{table.full_name}' is not partitioned.")
    column = table.column(found.column)
    if column is None:
        raise invalid_column(found.column)
    bound = _bound(definer, statement.value, column)
    changed = (
        _split(definer, table, found, bound) if statement.action == "SPLIT" else _merged(definer, table, found, bound)
    )
    definer.catalog.set_options(definer.connection, table, partition=changed.to_json())


def _split(definer: Definer, table: ObjectInfo, found: Ranges, bound: str) -> Ranges:
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
    tests = ", ".join(f"{bound} = {other}" for other in found.bounds)
    row = definer.connection.execute(f"SELECT {tests}").fetchone() if tests else ()
    if not row or not any(row):
        raise SqlError(7715, "The specified partition range value could not be found.")
    place = row.index(True)
    if _columnstore(definer, table) and all(_rows(definer, table, found, place + i) for i in (1, 2)):
        raise SqlError(
            35347,
            "MERGE clause of ALTER PARTITION statement failed because two nonempty partitions containing a columnstore "
            "index cannot be merged. Consider an ALTER TABLE SWITCH operation from one of the nonempty partitions on "
            "the nonpartitioned table to the partition table and then re-attempt the ALTER PARTITION MERGE operation.",
        )
    return _ranges(definer, found.column, found.right, [*found.bounds[:place], *found.bounds[place + 1 :]])


def _columnstore(definer: Definer, table: ObjectInfo) -> bool:
    sql = f"SELECT 1 FROM {POOL}.indexes WHERE object_id = ? AND kind = 'CLUSTERED COLUMNSTORE'"
    return definer.connection.execute(sql, [table.object_id]).fetchone() is not None


def _rows(definer: Definer, table: ObjectInfo, found: Ranges, number: int) -> bool:
    sql = f"SELECT 1 FROM {table.duckdb_name} WHERE {found.condition(number)} LIMIT 1"
    return definer.connection.execute(sql).fetchone() is not None


def switch(definer: Definer, statement: n.Switch) -> None:
    """Move a partition's rows. Raises SqlError 4911, 4904, 4905, 4943, 4944, 4972."""
    source = target_table(definer.binder, statement.table, "ALTER")
    target = target_table(definer.binder, statement.target, "ALTER")
    _refuse_unlike(source, target)
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
    if found is None or number is None or not 1 <= number <= len(found.bounds) + 1:
        text = "The specified partitioned table without partition number, or a number that it has not, is not allowed: "
        raise SqlError(4911, f"{_FAILED}. {text}'{table.full_name}'.")
    return found.condition(number)


def _refuse_unlike(source: ObjectInfo, target: ObjectInfo) -> None:
    if len(source.columns) != len(target.columns):
        text = f"{_FAILED}. The table '{source.full_name}' has {len(source.columns)} columns and the table "
        raise SqlError(4943, f"{text}'{target.full_name}' {len(target.columns)}.")
    for place, (a, b) in enumerate(zip(source.columns, target.columns, strict=True), 1):
        if a.name.lower() != b.name.lower():
            text = (
                f"{_FAILED} because column '{a.name}' at ordinal {place} in table '{source.full_name}' has a different "
            )
            raise SqlError(4943, f"{text}name than the column '{b.name}' at the same ordinal in '{target.full_name}'.")
        if (a.type, a.nullable) != (b.type, b.nullable):
            text = f"{_FAILED} because column '{a.name}' has data type {a.type} in source table '{source.full_name}' "
            raise SqlError(
                4944, f"{text}which is different from its type {b.type} in target table '{target.full_name}'."
            )
    if source.options.get("distribution") != target.options.get("distribution"):
        raise SqlError(4947, f"{_FAILED}. The tables are not distributed alike.")


def _refuse_outside(definer: Definer, source: ObjectInfo, here: str, there: str) -> None:
    """Rows of the source that the target's partition could not hold."""
    sql = f"SELECT 1 FROM {source.duckdb_name} WHERE {here} AND NOT coalesce({there}, false) LIMIT 1"
    if definer.connection.execute(sql).fetchone():
        text = f"{_FAILED}. Check constraints or partition function of source table '{source.full_name}' allows values "
        raise SqlError(4972, f"{text}that are not allowed by check constraints or partition function on target table.")
