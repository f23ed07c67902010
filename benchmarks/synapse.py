"""What the endpoint costs: the same work through ODBC and in DuckDB directly, in one run.

    python benchmarks/synapse.py [--rows 1000000]

Prints, for each piece of work, both times and their ratio. Nothing is kept. The bulk load is the endpoint's share of
one: what INSERT BULK does with the rows of a client's message, which is made beforehand.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import pyodbc
import typer

from local_azure.synapse import bulk, odbc, tokens
from local_azure.synapse.engine import open_engine
from local_azure.synapse.external import Storage
from local_azure.synapse.scope import BoundColumn
from local_azure.synapse.session import Session
from local_azure.synapse.sqltypes import SqlType, decimal, nvarchar

LAKE = "abfss://lake@local.dfs.core.windows.net"
TABLE = "dbo.numbers"
_DIGITS = "(" + " UNION ALL ".join(f"SELECT {i} AS d" for i in range(10)) + ")"


@contextmanager
def server(state: Path) -> Iterator[pyodbc.Connection]:
    """A server on a free port and a connection to it."""
    command = [sys.executable, "-m", "local_azure.synapse", "--port", "0", "--state", str(state)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port = int(process.stdout.readline().rsplit(",", 1)[1])
    try:
        with pyodbc.connect(odbc.connection_string(port=port), autocommit=True) as connection:
            yield connection
    finally:
        process.terminate()
        process.wait(20)


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The median time of one repeat."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def fill(pool: pyodbc.Connection, direct: duckdb.DuckDBPyConnection, rows: int) -> None:
    """The same table on both sides: int, varchar, decimal, datetime2."""
    pool.execute(
        f"""CREATE TABLE {TABLE} WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS
        SELECT n, CAST('name ' + CAST(n AS varchar(9)) AS varchar(20)) AS name,
          CAST(n / 4.0 AS decimal(19, 4)) AS amount,
          DATEADD(second, n, CAST('2024-01-01' AS datetime2(6))) AS at
        FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS n
              FROM {", ".join(f"{_DIGITS} AS {name}" for name in "abcefg")}) AS q WHERE n < {rows}"""
    )
    direct.execute(
        f"""CREATE TABLE numbers AS SELECT n::INTEGER AS n, 'name ' || n AS name, (n / 4)::DECIMAL(19,4) AS amount,
        TIMESTAMP '2024-01-01' + to_seconds(n) AS at FROM range({rows}) r(n)"""
    )


def drained(cursor: pyodbc.Cursor) -> int:
    """Fetch a result in batches, as a program does that keeps none of it."""
    count = 0
    while batch := cursor.fetchmany(10_000):
        count += len(batch)
    return count


COLUMNS = (
    BoundColumn("id", SqlType("int"), "c0"),
    BoundColumn("name", nvarchar(20), "c1"),
    BoundColumn("amount", decimal(19, 4), "c2"),
)


def message(rows: int) -> bytes:
    """What a client's bulk load sends: COLMETADATA, the rows, DONE."""
    values = ((i, f"name {i}", Decimal(i) / 4) for i in range(rows))
    return tokens.column_metadata(COLUMNS) + tokens.rows(COLUMNS, values) + tokens.done(tokens.DONE, 0)


def compared(name: str, through: Callable[[], object], alone: Callable[[], object], repeats: int) -> None:
    ours, theirs = seconds(through, repeats), seconds(alone, repeats)
    print(
        f"{name:28} endpoint {ours * 1000:9.2f} ms   DuckDB {theirs * 1000:9.2f} ms   x{ours / theirs:.1f}", flush=True
    )


def loads(folder: Path, direct: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Bulk load and COPY INTO, in a pool within this process, against DuckDB from Arrow and from the same file."""
    lake = folder / "lake"
    lake.mkdir(parents=True)
    direct.execute(f"COPY (SELECT n, name, amount FROM numbers) TO '{lake / 'rows.csv'}' (HEADER false)")
    engine = open_engine(folder / "state", Storage({LAKE: lake}), database="warehouse", user="pipeline", memory="2GB")
    session, data = Session(engine, 51), message(rows)
    direct.register("arrived", bulk.read(data).arrow())
    for name in ("loaded", "copied"):
        _run(session, f"CREATE TABLE dbo.{name} (id int, name nvarchar(20), amount decimal(19, 4)) WITH (HEAP)")
        direct.execute(f"CREATE TABLE {name} (id INTEGER, name VARCHAR, amount DECIMAL(19,4))")

    def loaded() -> None:
        _run(session, "INSERT BULK dbo.loaded (id int, name nvarchar(20), amount decimal(19, 4))")
        for _ in bulk.load(session, data):
            pass

    copied = f"COPY INTO dbo.copied FROM '{LAKE}/rows.csv' WITH (FILE_TYPE = 'CSV')"
    compared(f"bulk load {rows} rows", loaded, lambda: direct.execute("INSERT INTO loaded SELECT * FROM arrived"), 1)
    compared(
        f"copy {rows} rows of CSV",
        lambda: _run(session, copied),
        lambda: direct.execute(f"INSERT INTO copied SELECT * FROM read_csv('{lake / 'rows.csv'}', header = false)"),
        1,
    )
    engine.close()


def _run(session: Session, text: str) -> None:
    for _ in session.batch(text):
        pass


def main(rows: int = 1_000_000) -> None:
    """Compare both sides on a table of ROWS rows (at most a million)."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "pool") as pool:
        direct = duckdb.connect()
        fill(pool, direct, rows)
        group = "SELECT n % 10 AS g, SUM(amount) AS s FROM {} GROUP BY n % 10"
        insert = [(i, "x", i) for i in range(2000)]
        cursor = pool.cursor()
        cursor.fast_executemany = True
        pool.execute("CREATE TABLE dbo.target (a int, b varchar(9), c int)")
        direct.execute("CREATE TABLE target (a INTEGER, b VARCHAR, c INTEGER)")
        pool.autocommit = False
        works = {
            "SELECT 1": (
                lambda: pool.execute("SELECT 1").fetchall(),
                lambda: direct.execute("SELECT 1").fetchall(),
                200,
            ),
            f"group {rows} rows": (
                lambda: pool.execute(group.format(TABLE)).fetchall(),
                lambda: direct.execute(group.format("numbers")).fetchall(),
                20,
            ),
            f"fetch {rows} rows": (
                lambda: drained(pool.execute(f"SELECT * FROM {TABLE}")),
                lambda: direct.execute("SELECT * FROM numbers").to_arrow_table(),
                1,
            ),
            "insert 2000 rows": (
                lambda: cursor.executemany("INSERT INTO dbo.target (a, b, c) VALUES (?, ?, ?)", insert),
                lambda: direct.executemany("INSERT INTO target VALUES (?, ?, ?)", insert),
                3,
            ),
        }
        for name, (through, alone, repeats) in works.items():
            compared(name, through, alone, repeats)
        loads(Path(folder) / "loads", direct, rows)


if __name__ == "__main__":
    typer.run(main)
