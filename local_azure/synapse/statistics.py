"""Statistics of a table's columns: made, brought up to date, dropped and shown; no query is planned by them here.

Source: Microsoft Learn, "CREATE STATISTICS", "UPDATE STATISTICS", "DROP STATISTICS", "DBCC SHOW_STATISTICS", each for
Azure Synapse Analytics; the numbers and words of "Database Engine events and errors".
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, ident
from local_azure.synapse.catalog import ObjectInfo
from local_azure.synapse.changes import target_table
from local_azure.synapse.errors import SqlError, cannot_drop
from local_azure.synapse.requests import now
from local_azure.synapse.results import Done, Result, Rows
from local_azure.synapse.scope import BoundColumn
from local_azure.synapse.sources import parse_view
from local_azure.synapse.sqltypes import BIGINT, DATETIME, INT, MAX, SYSNAME, SqlType, nvarchar, varchar

if TYPE_CHECKING:
    from local_azure.synapse.definitions import Definer
    from local_azure.synapse.session import Session

STEPS = 200  # of a histogram, at most
_REAL = SqlType("real")
_HEADER = (
    ("Name", SYSNAME), ("Updated", DATETIME), ("Rows", BIGINT), ("Rows Sampled", BIGINT), ("Steps", INT),
    ("Density", _REAL), ("Average Key Length", _REAL), ("String Index", varchar(3)),
    ("Filter Expression", nvarchar(MAX)), ("Unfiltered Rows", BIGINT), ("Persisted Sample Percent", _REAL),
)  # fmt: skip
_DENSITY = (("All Density", _REAL), ("Average Length", _REAL), ("Columns", nvarchar(4000)))
_HISTOGRAM = (
    ("RANGE_HI_KEY", nvarchar(4000)), ("RANGE_ROWS", _REAL), ("EQ_ROWS", _REAL), ("DISTINCT_RANGE_ROWS", BIGINT),
    ("AVG_RANGE_ROWS", _REAL),
)  # fmt: skip
# Each value is a step, or the values are cut into as many steps; the lowest value is the first, NULL before it
_STEPS = f"""
WITH counted AS (SELECT {{column}} AS v, COUNT_BIG(*) AS n FROM {{table}} GROUP BY {{column}}),
numbered AS (SELECT v, n, ROW_NUMBER() OVER (ORDER BY v) AS i, COUNT_BIG(*) OVER () AS total FROM counted
  WHERE v IS NOT NULL),
cut AS (SELECT v, n, i, CASE WHEN total <= {STEPS} THEN CAST(i AS float)
  ELSE CEILING((i - 1) * CAST({STEPS - 1} AS float) / (total - 1)) END AS step FROM numbered),
steps AS (SELECT MAX(i) AS i, SUM(n) AS held, COUNT_BIG(*) AS distinct_values FROM cut GROUP BY step)
SELECT CAST(v AS nvarchar(4000)) AS hi, CAST(held - n AS bigint) AS in_range, n, distinct_values - 1 AS others, s.i
FROM steps AS s JOIN cut AS c ON c.i = s.i
UNION ALL SELECT NULL, 0, n, 0, 0 FROM counted WHERE v IS NULL
ORDER BY 5"""


def create(definer: Definer, statement: n.CreateStatistics) -> None:
    """Raises SqlError 1911 for a column that is not there, 1927 for a name that is taken."""
    table = _table(definer, statement.table)
    for name in statement.columns:
        if table.column(name) is None:
            raise SqlError(1911, f"Column name '{name}' does not exist in the target table or view.")
    if table.name.startswith("#"):
        return
    if _found(definer, table, statement.name):
        text = f"There are already statistics on table '{statement.table}' named '{statement.name}'."
        raise SqlError(1927, text)
    sql = f"SELECT coalesce(max(stats_id), 1) + 1 FROM {POOL}.statistics WHERE object_id = ?"
    row = definer.connection.execute(sql, [table.object_id]).fetchone()
    values = [table.object_id, row[0] if row else 2, statement.name, json.dumps(statement.columns)]
    definer.connection.execute(f"INSERT INTO {POOL}.statistics VALUES (?, ?, ?, ?, NULL, NULL)", values)
    _take(definer, table, statement.name, statement.columns)


def update(definer: Definer, statement: n.UpdateStatistics) -> None:
    """Raises SqlError 2767 for a name that the table hasn't."""
    table = _table(definer, statement.table)
    if table.name.startswith("#"):
        return
    for name in statement.names:
        if not _found(definer, table, name) and not is_index(definer, table, name):
            raise unknown(name)
    sql = f"SELECT name, columns FROM {POOL}.statistics WHERE object_id = ?"
    for name, columns in definer.connection.execute(sql, [table.object_id]).fetchall():
        if not statement.names or name.lower() in {each.lower() for each in statement.names}:
            _take(definer, table, name, json.loads(columns))


def drop(definer: Definer, name: n.Name, statement: n.Drop) -> None:
    """DROP STATISTICS table.name. Raises SqlError 3701 for a name that the table hasn't."""
    table = _table(definer, n.Name(name.parts[:-1] or name.parts, name.token))
    if table.name.startswith("#"):
        return
    if not _found(definer, table, name.last):
        raise cannot_drop("statistics", str(name))
    sql = f"DELETE FROM {POOL}.statistics WHERE object_id = ? AND lower(name) = lower(?)"
    definer.connection.execute(sql, [table.object_id, name.last])


def unknown(name: str) -> SqlError:
    return SqlError(2767, f"Could not locate statistics '{name}' in the system catalogs.")


def _table(definer: Definer, name: n.Name) -> ObjectInfo:
    found = definer.names.get(name)
    if found.kind == "E":
        definer.names.require("ALTER", found)
        return found
    return target_table(definer.binder, name, "ALTER")


def _found(definer: Definer, table: ObjectInfo, name: str) -> bool:
    return _is_in(definer, "statistics", table, name)


def is_index(definer: Definer, table: ObjectInfo, name: str) -> bool:
    return _is_in(definer, "indexes", table, name)


def _is_in(definer: Definer, where: str, table: ObjectInfo, name: str) -> bool:
    sql = f"SELECT 1 FROM {POOL}.{where} WHERE object_id = ? AND lower(name) = lower(?)"
    return definer.connection.execute(sql, [table.object_id, name]).fetchone() is not None


def _take(definer: Definer, table: ObjectInfo, name: str, columns: tuple[str, ...] | list[str]) -> None:
    """Look at every row: a full scan, whatever sample was asked for. An external table's are not shown, nor taken."""
    figures = _figures(definer, table, columns) if table.kind == "U" else None
    updated = now() if figures and figures["rows"] else None
    sql = f"UPDATE {POOL}.statistics SET updated = ?, figures = ? WHERE object_id = ? AND lower(name) = lower(?)"
    definer.connection.execute(sql, [updated, json.dumps(figures), table.object_id, name])


def _figures(definer: Definer, table: ObjectInfo, columns: tuple[str, ...] | list[str]) -> dict[str, Any]:
    quoted = [f"[{column.replace(']', ']]')}]" for column in columns]
    whole = f"[{table.schema}].[{table.name.replace(']', ']]')}]"
    steps = _query(definer, _STEPS.format(column=quoted[0], table=whole))
    density = [_prefix(definer, whole, quoted[:size], columns[:size]) for size in range(1, len(columns) + 1)]
    return {"rows": sum(step[1] + step[2] for step in steps), "steps": [step[:4] for step in steps], "density": density}


def _prefix(definer: Definer, table: str, quoted: list[str], columns: tuple[str, ...] | list[str]) -> list[Any]:
    """1 / distinct values of a prefix of the columns, and its average length in bytes."""
    listed = ", ".join(quoted)
    length = " + ".join(f"COALESCE(DATALENGTH({column}), 0)" for column in quoted)
    text = f"SELECT COUNT_BIG(*) AS x, SUM(n) AS y, SUM(l) AS z FROM (SELECT COUNT_BIG(*) AS n, SUM(CAST({length} AS "
    ((distinct, rows, octets),) = _query(definer, f"{text}bigint)) AS l FROM {table} GROUP BY {listed}) AS q")
    return [1 / distinct if distinct else 0, float(octets) / float(rows) if rows else 0, ", ".join(columns)]


def _query(definer: Definer, text: str) -> list[tuple[Any, ...]]:
    """A query's rows, whose text is grouped and sorted by the pool's collation; all rows, whoever asks."""
    with definer.binder.chained():
        bound = definer.binder.query(parse_view(text), None, nested=False)
    return definer.connection.execute(bound.sql).fetchall()


def show(session: Session, statement: n.ShowStatistics) -> Iterator[Result]:
    """DBCC SHOW_STATISTICS. Raises SqlError 2767 for statistics that are not there."""
    table = target_table(session.binder(), statement.table, "SELECT")
    sql = f"SELECT name, updated, figures FROM {POOL}.statistics WHERE object_id = ? AND lower(name) = lower(?)"
    row = session.connection.execute(sql, [table.object_id, statement.target]).fetchone()
    if row is None:
        raise unknown(statement.target)
    name, updated, figures = row[0], row[1], json.loads(row[2])
    results = {
        "STAT_HEADER": (_HEADER, [_header(name, updated, figures)]),
        "DENSITY_VECTOR": (_DENSITY, [tuple(prefix) for prefix in figures["density"]]),
        "HISTOGRAM": (_HISTOGRAM, [_step(*step) for step in figures["steps"]]),
    }
    for part in statement.parts or results:
        columns, rows = results[part]
        yield Rows(tuple(BoundColumn(c, t, ident(c)) for c, t in columns), iter([rows]))
        yield Done("SELECT", len(rows))


def _header(name: str, updated: dt.datetime | None, figures: dict[str, Any]) -> tuple[Any, ...]:
    rows, steps = figures["rows"], figures["steps"]
    inside = sum(step[3] for step in steps)  # values that are no boundary
    length = figures["density"][-1][1]
    return name, updated, rows, rows, len(steps), 1 / inside if inside else 0, length, "NO", None, rows, 0


def _step(high: str | None, in_range: int, equal: int, distinct: int) -> tuple[Any, ...]:
    return high, in_range, equal, distinct, in_range / distinct if distinct else 1
