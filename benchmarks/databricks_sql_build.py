"""What dbt and the endpoint add to Spark's own time: python benchmarks/databricks_sql_build.py [--events 20000].

A build runs against the endpoint with one thread, and what reaches Spark is noted. On a second lake of the same events
the same statements then go straight to Spark, in one process with the same settings and the same reader. The ratio of
both is the last line; the goal is 1.4. Each half has a process and a JVM of its own, both warmed as the endpoint is.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pyarrow as pa
import typer
from deltalake import write_deltalake
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from benchmarks.incremental import PROJECT, Hub, dbt
from local_azure import settings
from local_azure.databricks_sql import _kernel, jars
from local_azure.databricks_sql._handlers import Handlers
from local_azure.databricks_sql._http import Server
from local_azure.databricks_sql._side_file import SideFile
from local_azure.databricks_sql._spark import Engine
from pipeline.provision import provision_lakehouse


class Statement(NamedTuple):
    """What Spark was given: in which session, whether it read through the Kernel, the text, and when."""

    session: int
    by_kernel: bool
    text: str
    moment: float


class Recording(Engine):
    """Notes what its sessions give to Spark."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "state", jars.fetch(PROJECT / ".local" / "jars", None), _lake(folder))
        self.sent: list[Statement] = []

    def session(self) -> SparkSession:
        """A session of its own, whose statements are noted."""
        made = super().session()
        run = made.sql

        def noted(text: str, *more: Any) -> Any:
            by_kernel = made.conf.get(_kernel._MODE, None) is not None
            self.sent.append(Statement(id(made), by_kernel, text, time.perf_counter()))
            return run(text, *more)

        made.sql = noted  # type: ignore[assignment,method-assign]
        return made


class Built(NamedTuple):
    """A build: its seconds, those from its first to its last statement, and what was sent before and during it."""

    seconds: float
    between: float
    before: list[Statement]
    during: list[Statement]


def _lake(folder: Path) -> dict[str, Path]:
    (folder / "lake").mkdir(parents=True, exist_ok=True)
    (folder / "state").mkdir(exist_ok=True)
    return {settings.LAKE_URL: folder / "lake"}


def _land(folder: Path, events: int) -> None:
    """All arrive now, as what a demo ingests does."""
    hub = Hub(folder, events, seed=42)
    for tables in hub.slices(0, hub.size):
        for table, rows in tables.items():
            at = rows.schema.get_field_index("enqueued_at")
            now = pa.array([datetime.now(UTC)] * len(rows), rows.schema.field(at).type)
            write_deltalake(folder / "lake" / "raw" / table, rows.set_column(at, "enqueued_at", now), mode="append")


def _build(folder: Path, port: int, events: int, words: list[str]) -> Built:
    settings.DATABRICKS_SQL_PORT = port
    engine = Recording(folder)
    with _serving(engine, folder, port):
        provision_lakehouse()
        before = len(engine.sent)
        _land(folder, events)
        seconds = dbt(folder, port, "build", "--threads", "1", *words)
    during = engine.sent[before:]
    return Built(seconds, during[-1].moment - during[0].moment, engine.sent[:before], during)


@contextmanager
def _serving(engine: Recording, folder: Path, port: int) -> Iterator[None]:
    server = Server(port, settings.DATABRICKS_SQL_TOKEN)
    engine.warm_up()
    handlers = Handlers(engine, SideFile(folder / "state" / "unity_catalog.json"), [settings.LAKE_URL])
    thread = threading.Thread(target=server.serve, args=(handlers,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        handlers.stop()
        server.server_close()
        engine.stop()


def _replay(folder: Path, events: int, built: Built) -> tuple[float, int]:
    """Seconds of the same statements in one process, and how many of them Spark refused."""
    engine = Engine(folder / "state", jars.fetch(PROJECT / ".local" / "jars", None), _lake(folder))
    try:
        engine.warm_up()
        sessions: dict[int, SparkSession] = defaultdict(engine.session)
        _run(sessions, built.before)
        _land(folder, events)
        began = time.perf_counter()
        refused = _run(sessions, built.during)
        return time.perf_counter() - began, refused
    finally:
        engine.stop()


def _run(sessions: dict[int, SparkSession], statements: list[Statement]) -> int:
    """How many Spark refused: those over temporary views that the endpoint makes for a session."""
    done = 0
    for statement in statements:
        session = sessions[statement.session]
        with suppress(PySparkException):
            with _kernel.chosen(session) if statement.by_kernel else nullcontext():
                frame = session.sql(statement.text)
            frame.toArrow()
            done += 1
    return len(statements) - done


def main(
    events: int = 20_000,
    port: int = 14391,
    select: Annotated[list[str] | None, typer.Option(help="Build these models and seeds alone.")] = None,
) -> None:
    """Print the seconds of both and their ratio."""
    words = [word for each in select or [] for word in ("--select", each)]
    words += ["--resource-type", "model", "--resource-type", "seed"] if select else []  # tests reach further
    with tempfile.TemporaryDirectory() as name:
        built = _apart(_build, Path(name) / "built", port, events, words)
        seconds, refused = _apart(_replay, Path(name) / "replayed", events, built)
    print(f"{'build':32} {built.seconds:6.1f} s, from its first to its last statement {built.between:.1f} s")
    print(f"{'same statements, straight':32} {seconds:6.1f} s ({len(built.during)}; {refused} refused there)")
    print(f"{'ratio':32} {built.seconds / seconds:6.2f}; from first to last statement {built.between / seconds:.2f}")


def _apart(work: Any, *given: Any) -> Any:
    """In a process of its own: PySpark keeps one JVM for each."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


if __name__ == "__main__":
    typer.run(main)
