"""`python -m local_azure.synapse`: a Synapse dedicated SQL pool on this machine."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from local_azure import settings
from local_azure.synapse.engine import CannotOpen, Engine, open_engine
from local_azure.synapse.external import Storage
from local_azure.synapse.roles import BadRoles
from local_azure.synapse.roles import read as read_roles
from local_azure.synapse.server import PortTaken, Server

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


def _mapping(pairs: list[str]) -> dict[str, Path]:
    """`URL=FOLDER` options. Raises typer.BadParameter."""
    found: dict[str, Path] = {}
    for pair in pairs:
        url, equals, folder = pair.partition("=")
        if not equals or not url.startswith(("abfss://", "abfs://", "wasbs://", "https://")) or not folder:
            raise typer.BadParameter(f"'{pair}' is not URL=FOLDER, such as {settings.LAKE_URL}=./lake")
        found[url] = Path(folder)
    return found


@app.command()
def serve(
    state: Annotated[Path, typer.Option(help="Folder of the database, its certificate and status.json.")],
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 picks a free one.")] = settings.SYNAPSE_PORT,
    storage: Annotated[
        list[str] | None,
        typer.Option(metavar="URL=FOLDER", help="What external tables and COPY INTO may read; repeatable."),
    ] = None,
    roles: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Who may read and write the storage; without it, everyone may."),
    ] = None,
    user: Annotated[str, typer.Option(help="The login that may do everything.")] = settings.SYNAPSE_USER,
    password: Annotated[
        str, typer.Option(help="Its password.", envvar="LOCAL_SYNAPSE_PASSWORD", show_default=False)
    ] = settings.SYNAPSE_PASSWORD,
    reader: Annotated[str, typer.Option(help="The login that may only read.")] = settings.SYNAPSE_READER,
    reader_password: Annotated[
        str, typer.Option(help="Its password.", envvar="LOCAL_SYNAPSE_READER_PASSWORD", show_default=False)
    ] = settings.SYNAPSE_READER_PASSWORD,
    database: Annotated[str, typer.Option(help="The pool's name.")] = settings.SYNAPSE_DATABASE,
    memory: Annotated[str, typer.Option(help="DuckDB's memory limit.")] = "2GB",
) -> None:
    """Serve a **dedicated SQL pool** over TDS on 127.0.0.1, with DuckDB underneath.

    dbt-synapse and Microsoft's ODBC driver connect to it unchanged. What a dedicated pool refuses is refused
    here, with SQL Server's error numbers.

    The database lives in the --state folder and survives a crash. Stop with Ctrl-C or SIGTERM.
    """
    folders = _mapping(storage or [])
    try:
        known = Storage(folders, read_roles(roles) if roles else None)
        engine = open_engine(state, known, database=database, user=user, memory=memory)
        _run(engine, state, port, {reader: reader_password, user: password})
    except (BadRoles, CannotOpen, PortTaken) as reason:
        print(reason, file=sys.stderr)
        raise typer.Exit(1) from None


def _run(engine: Engine, state: Path, port: int, passwords: dict[str, str]) -> None:
    try:
        server = Server(engine, state, port, passwords)
    except PortTaken:
        engine.close()
        raise
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    print(f"Synapse dedicated SQL pool '{engine.database}' on 127.0.0.1,{server.port}", flush=True)
    server.run()


if __name__ == "__main__":
    app()
