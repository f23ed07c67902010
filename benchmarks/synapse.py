"""What the endpoint costs: the same work through ODBC and in DuckDB directly, in one run.

    python benchmarks/synapse.py [--rows 100000]

Prints, for each piece of work, both times and their ratio. Nothing is kept.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyodbc
import typer

from local_azure.synapse import odbc

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


def main(rows: int = 100_000) -> None:
    """Compare both sides on a table of ROWS rows (at most a million)."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as pool:
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
                lambda: pool.execute(f"SELECT * FROM {TABLE}").fetchall(),
                lambda: direct.execute("SELECT * FROM numbers").fetchall(),
                3,
            ),
            "insert 2000 rows": (
                lambda: cursor.executemany("INSERT INTO dbo.target (a, b, c) VALUES (?, ?, ?)", insert),
                lambda: direct.executemany("INSERT INTO target VALUES (?, ?, ?)", insert),
                3,
            ),
        }
        for name, (through, alone, repeats) in works.items():
            ours, theirs = seconds(through, repeats), seconds(alone, repeats)
            print(f"{name:24} endpoint {ours * 1000:9.2f} ms   DuckDB {theirs * 1000:9.2f} ms   x{ours / theirs:.1f}")


if __name__ == "__main__":
    typer.run(main)
