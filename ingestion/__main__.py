"""`python -m ingestion`: any customer API to Event Hubs, by a YAML file a source."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
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


@app.command()
def check(source: SourceName) -> None:
    """Connect, and show what would be sent: the first records, the events they become, what would be a dead letter.

    Exit code 1 where a record of the first page would be a dead letter. Nothing is sent.
    """
    from ingestion.check import check as look

    if not look(source, typer.echo):
        raise typer.Exit(1)


@app.command()
def letters(
    connection: Connection = "",
    namespace: NamespaceHost = "",
    dead_letter_hub: DeadLetterHub = "dead-letters",
    consumer_group: Annotated[str, typer.Option(help="Consumer group to read with.")] = "$Default",
) -> None:
    """Print the dead letters, one a line: mend their `original`, then replay them.

    They hold records as they came, and so may hold personal data.
    """
    from ingestion.letters import saved
    from ingestion.publisher import Namespace

    for line in saved(Namespace(connection, namespace), dead_letter_hub, consumer_group):
        typer.echo(line)


@app.command()
def replay(
    dead_letters: Annotated[Path, typer.Argument(help="A file that `letters` printed, mended.")],
    source: Annotated[str, typer.Option(help="The source whose mapping makes events of them.")],
    connection: Connection = "",
    namespace: NamespaceHost = "",
    hub: Hub = "customer-events",
    dead_letter_hub: DeadLetterHub = "dead-letters",
) -> None:
    """Send what was mended, once: what was sent is remembered beside the file; what is still bad is told by line."""
    from ingestion.letters import replay as again
    from ingestion.publisher import Namespace, Publisher

    read = source_file.read(source)
    with Publisher(Namespace(connection, namespace), hub=hub, dead_letter_hub=dead_letter_hub) as publisher:
        done, bad = again(dead_letters, read, publisher)
    for line in bad:
        typer.secho(line, err=True, fg="yellow")
    typer.echo(f"{done.sent} sent, {done.already_sent} sent before, {done.still_bad} still bad")
    if bad:
        raise typer.Exit(1)


@app.command()
def serve(
    sources: Annotated[list[str], typer.Argument(metavar="[SOURCE]...", help="Sources whose webhooks are taken.")] = [],  # noqa: B006
    token: Annotated[
        str, typer.Option(envvar="INGESTION_TOKEN", help="Bearer token for /events.", show_default=False)
    ] = "",
    connection: Connection = "",
    namespace: NamespaceHost = "",
    hub: Hub = "customer-events",
    dead_letter_hub: DeadLetterHub = "dead-letters",
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 behind a proxy that speaks TLS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    max_body: Annotated[int, typer.Option(min=1024, help="Bytes of a request's body.")] = 1024 * 1024,
) -> None:
    """Take events that are pushed: CloudEvents at /events, webhooks at /webhooks/<source>.

    202 means that the hub has all of it; 503 with Retry-After, that it cannot be reached now. SIGTERM answers what was
    taken, then ends.
    """
    from ingestion.publisher import Namespace
    from ingestion.serving import serve as start

    start(sources, token, Namespace(connection, namespace), hub, dead_letter_hub, host, port, max_body)


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
