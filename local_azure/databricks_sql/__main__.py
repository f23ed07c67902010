"""The command: python -m local_azure.databricks_sql."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from pathlib import Path
from typing import IO, Annotated

import typer

from local_azure import settings
from local_azure.databricks_sql import jars as jar_files
from local_azure.databricks_sql._errors import StartError
from local_azure.databricks_sql._handlers import Handlers
from local_azure.databricks_sql._http import Server
from local_azure.databricks_sql._side_file import SideFile
from local_azure.databricks_sql._spark import Engine
from local_azure.databricks_sql.tuning import Tuning
from local_azure.status import write_status

SERVICE = "databricks_sql"


def serve(
    state: Annotated[Path, typer.Option(help="Folder of the metastore, managed tables and logs.")] = Path(
        ".local/databricks_sql"
    ),
    jars: Annotated[
        Path, typer.Option(help="Folder of the Delta Lake jars; fetched into it if missing (13 MB).")
    ] = Path(".local/jars"),
    storage: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS=FOLDER",
            help=f"An address and the folder it stands for, such as {settings.LAKE_URL}=.local/lake. Repeatable.",
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = settings.DATABRICKS_SQL_PORT,
    token: Annotated[str, typer.Option(help="Bearer token the clients must send.")] = settings.DATABRICKS_SQL_TOKEN,
    ivy_settings: Annotated[
        Path | None, typer.Option(help="An ivysettings.xml that names a mirror for the jars.")
    ] = None,
    tuned_for: Annotated[
        Tuning, typer.Option(help="Small tables for minutes (run) or hours (session), or millions of rows (volume).")
    ] = Tuning.RUN,
) -> None:
    """Serve Databricks SQL (Thrift over HTTP, and REST) on this machine, with Apache Spark and Delta Lake.

    A dbt profile that uses it: host http://127.0.0.1:PORT, http_path /sql/protocolv1/o/0/local, the token,
    catalog lakehouse, and connection_parameters {_connection_uri: host + http_path, enable_telemetry: false}.
    By http_path /sql/1.0/warehouses/<id> it is a SQL warehouse; databricks-sdk takes the same host and token.
    """
    try:
        _serve(state.resolve(), jars.resolve(), _storage(storage or []), port, token, ivy_settings, tuned_for)
    except StartError as error:
        typer.echo(f"{SERVICE}: {error}", err=True)
        raise typer.Exit(1) from error


def _storage(given: list[str]) -> dict[str, Path]:
    """ADDRESS=FOLDER pairs, the folders made. Raises StartError for what is no such pair."""
    storage = {}
    for text in given:
        address, _, folder = text.rpartition("=")
        if "://" not in address or not folder:
            raise StartError(f"--storage {text}: write ADDRESS=FOLDER, such as {settings.LAKE_URL}=.local/lake")
        storage[address.rstrip("/")] = _writable(Path(folder).resolve())
    return storage


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"cannot make {folder}: {error.strerror}: choose another folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StartError(f"cannot write to {folder}: give yourself the right or choose another folder")
    return folder


def _serve(
    state: Path,
    jars: Path,
    storage: dict[str, Path],
    port: int,
    token: str,
    ivy_settings: Path | None,
    tuned_for: Tuning,
) -> None:
    _writable(state)
    lock = _lock(state)  # held while this process lives
    server = Server(port, token)
    stop = _stopping(server)
    files = jar_files.fetch(jars, ivy_settings)
    engine = Engine(state, files, storage, tuned_for)
    try:
        engine.warm_up()
        handlers = Handlers(engine, SideFile(state / "unity_catalog.json"), list(storage))
        reporter = threading.Thread(target=_report, args=(state, port, handlers, stop), daemon=True)
        reporter.start()
        _until_stopped(server, handlers, stop)
        reporter.join()
    finally:
        server.server_close()
        engine.stop()
        lock.close()


def _lock(state: Path) -> IO[str]:
    """The metastore is for one process. Raises StartError if another holds it; a crash lets go of it."""
    lock = (state / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StartError(f"{state} is in use by another endpoint: stop it or choose another --state") from error
    return lock


def _until_stopped(server: Server, handlers: Handlers, stop: threading.Event) -> None:
    if not stop.is_set():
        server.serve(handlers)
    handlers.stop()


def _stopping(server: Server) -> threading.Event:
    """An event that SIGTERM and SIGINT set; they also end the serving, from a thread so as not to wait for it."""
    stop = threading.Event()

    def on_signal(*_: object) -> None:
        stop.set()
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop


def _report(state: Path, port: int, handlers: Handlers, stop: threading.Event) -> None:
    """Write the status now, then at most once a second when a counter changed, and last at the end."""
    address, told = f"{settings.HOST}:{port}", None
    while not stop.is_set():
        flow = handlers.counters.flow()
        if flow != told:
            write_status(state, service=SERVICE, address=address, ready=True, flow=flow)
            told = flow
        stop.wait(1)
    write_status(state, service=SERVICE, address=address, ready=False, flow=handlers.counters.flow())


def main() -> None:
    """The command line."""
    typer.run(serve)


if __name__ == "__main__":
    main()
