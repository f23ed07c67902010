"""The command line: `python -m local_azure.event_hubs`."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
from pathlib import Path
from typing import Annotated

import typer

from local_azure import settings
from local_azure.event_hubs.auth import Policies, Policy
from local_azure.event_hubs.broker import Settings, StateInUse, run
from local_azure.event_hubs.hub import HubMismatch
from local_azure.event_hubs.options import Refusal, parse_groups, parse_hubs, parse_policies
from local_azure.event_hubs.tls import CERTIFICATE


async def _run_until_signalled(wanted: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run(wanted, stop)


def _explain(error: OSError, wanted: Settings) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {wanted.port} is taken: stop what listens there or choose another --port"
    return f"cannot use {error.filename or wanted.state}: {error.strerror}; choose another --state"


app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    state: Annotated[Path, typer.Option(help="Folder for events and status; created if missing.")],
    hub: Annotated[list[str], typer.Option(help="A hub and its partitions, as in orders:4. Give it once per hub.")],
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 picks a free one.")] = settings.EVENT_HUBS_PORT,
    consumer_group: Annotated[
        list[str], typer.Option(help="A consumer group beside $Default, as in orders/billing. Give it once per group.")
    ] = [],  # noqa: B006 (typer copies it)
    policy: Annotated[
        list[str],
        typer.Option(
            help="A further policy, as in reader:listen, sender:send,listen, or orders/reader:listen for one hub; "
            "its key is LOCAL_EVENT_HUBS_KEY_OF_READER."
        ),
    ] = [],  # noqa: B006
    tls: Annotated[
        bool, typer.Option("--tls", help="Speak TLS, with the certificate STATE/tls/certificate.pem; made if missing.")
    ] = False,
    retention_hours: Annotated[
        float | None,
        typer.Option(min=0.0, help="Drop segments whose events are all older; default: keep all."),
    ] = None,
    retention_mib: Annotated[
        int | None, typer.Option(min=1, help="Drop the oldest segments above this size of a partition.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also log what goes well.")] = False,
) -> None:
    """Serve an Azure Event Hubs namespace on this machine.

    Microsoft's clients connect unchanged, KEY being LOCAL_EVENT_HUBS_KEY or its default:

    \b
    Endpoint=sb://127.0.0.1:PORT;
    SharedAccessKeyName=RootManageSharedAccessKey;
    SharedAccessKey=KEY;
    UseDevelopmentEmulator=true;

    With --tls leave UseDevelopmentEmulator away and trust the certificate.
    Kafka, AMQP over WebSockets and Capture are not served.

    Every acknowledged event is on disk, in STATE; STATE/status.json tells what went through.
    SIGTERM or Ctrl-C stops it cleanly.
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    root = Policy(settings.EVENT_HUBS_KEY_NAME, settings.EVENT_HUBS_KEY)
    try:
        hubs = parse_hubs(hub)
        policies = Policies((root, *parse_policies(policy, hubs)))
        groups = parse_groups(consumer_group, hubs)
        wanted = Settings(state, hubs, policies, settings.HOST, port, groups, tls, retention_hours, retention_mib)
    except Refusal as refusal:
        _fail(str(refusal))
    if tls:
        typer.echo(f"event_hubs: speaks TLS; clients trust {(state / 'tls' / CERTIFICATE).resolve()}")
    _serve(wanted)


def _serve(wanted: Settings) -> None:
    try:
        asyncio.run(_run_until_signalled(wanted))
    except StateInUse as error:
        _fail(f"{error}: stop it or choose another --state")
    except HubMismatch as error:
        _fail(str(error))
    except OSError as error:
        _fail(_explain(error, wanted))


def _fail(reason: str) -> None:
    typer.echo(f"event_hubs: {reason}", err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
