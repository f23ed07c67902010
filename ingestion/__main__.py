"""`python -m ingestion`: any customer API to Event Hubs, by a YAML file a source."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from typing import Annotated

import typer

from ingestion import source_file
from ingestion.errors import IngestionError, Unavailable
from ingestion.ingest import Progress

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

SourceName = Annotated[str, typer.Argument(metavar="SOURCE", help="A source's name (see list), or the path of a .yml.")]
Connection = Annotated[
    str,
    typer.Option(envvar="EVENT_HUBS_CONNECTION_STRING", help="Connection string of the namespace.", show_default=False),
]
NamespaceHost = Annotated[
    str,
    typer.Option(
        "--namespace", envvar="EVENT_HUBS_NAMESPACE", show_default=False,
        help="Or its host name, such as name.servicebus.windows.net: as who this process is in Entra ID.",
    ),
]  # fmt: skip
Hub = Annotated[str, typer.Option(help="Event hub for events.")]
DeadLetterHub = Annotated[str, typer.Option(help="Event hub for what cannot be an event.")]
Place = Annotated[
    str,
    typer.Option(envvar="INGESTION_CURSOR", help="Keeps the position: a file, or the https address of a blob."),
]


@app.command("list")
def list_sources() -> None:
    """The sources that come with the package."""
    for path in source_file.shipped():
        source = source_file.read(str(path))
        typer.echo(f"{source.name:24} {source.description}")


@app.command()
def run(
    source: SourceName,
    cursor: Place,
    connection: Connection = "",
    namespace: NamespaceHost = "",
    hub: Hub = "customer-events",
    dead_letter_hub: DeadLetterHub = "dead-letters",
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on for ever; ends cleanly on SIGTERM or Ctrl-C.")
    ] = False,
    every: Annotated[str, typer.Option(help="With --follow: from one pass to the next, such as 5s, 2m, 1h.")] = "60s",
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Forget the position; read everything again.")
    ] = False,
) -> None:
    """Send what is new in a source to Event Hubs, then stop, or go on with --follow.

    Killed at any moment, the next run continues: the cursor moves only after the hub acknowledged.
    Records that cannot be events go to the dead-letter hub with the reason and their original bytes.
    """
    from ingestion.publisher import Namespace
    from ingestion.running import Job, seconds

    job = Job(source, Namespace(connection, namespace), hub, dead_letter_hub, cursor, from_start)
    done = job.follow(seconds(every), stopped(), _tell) if follow else job.once(stopped(), _tell)
    typer.echo(_summary(done))


def stopped() -> threading.Event:
    """Set by SIGTERM or Ctrl-C; the second one ends the process at once."""
    stop = threading.Event()

    def ask(number: int, _: object) -> None:
        if stop.is_set():
            sys.exit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return stop


def _tell(progress: Progress) -> None:
    typer.echo(f"{progress.events} events, {progress.dead_letters} dead letters so far")


def _summary(done: Progress) -> str:
    more = [f"{count} {what}" for what, count in (
        ("unchanged", done.unchanged), ("without an event", done.without_event),
    ) if count]  # fmt: skip
    said = f"{done.events} events, {done.dead_letters} dead letters from {done.pages} pages"
    return f"{said} ({', '.join(more)})" if more else said


def main() -> None:
    """Errors become one line and exit code 1."""
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    try:
        app(prog_name="ingestion")
    except IngestionError as error:
        typer.secho(f"ingestion: {error}", err=True, fg="red")
        sys.exit(75 if isinstance(error, Unavailable) else 1)  # EX_TEMPFAIL of sysexits.h: worth another try


if __name__ == "__main__":
    main()
