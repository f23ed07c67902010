"""`python -m local_azure.customer_api`: serve the sample, or a folder of CSV files."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn

from local_azure import settings
from local_azure.customer_api.app import Flow, RateLimit, create_app
from local_azure.customer_api.csv_source import CsvSource, MappingError
from local_azure.customer_api.generator import SeededSource
from local_azure.customer_api.issuing import Issuing
from local_azure.customer_api.source import Source
from local_azure.status import write_status

ISSUED = "issued"


def serve(
    state: Annotated[Path, typer.Option(help="Folder for status.json.")],
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = settings.CUSTOMER_API_PORT,
    seed: Annotated[int, typer.Option(help="Seed of the sample.")] = 42,
    events: Annotated[int, typer.Option(min=1, help="Records in the sample.")] = 20_000,
    source: Annotated[Path | None, typer.Option(help="A folder of CSV files instead of the sample.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="Mapping in YAML; by default the one named as the folder.")
    ] = None,
    issue_rate: Annotated[
        float | None, typer.Option(min=0.1, help="Records issued a second as time passes; else all are there at once.")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.1, help="Requests a second; more get 429 with Retry-After.")] = 20,
) -> None:
    """Serve customer records on 127.0.0.1 (token: LOCAL_CUSTOMER_API_TOKEN). Ctrl-C ends it."""
    records = _source(source, mapping, seed, events)
    if issue_rate:
        records = Issuing(records, issue_rate, _issued_before(state))
    listener = _listen(port)
    flow = Flow()
    app = create_app(records, token=settings.CUSTOMER_API_TOKEN, limit=RateLimit(rate, rate), flow=flow)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    stop = threading.Event()
    reporter = threading.Thread(target=_report, args=(state, port, records, flow, stop))
    try:
        state.mkdir(parents=True, exist_ok=True)
        reporter.start()
        server.run(sockets=[listener])
    except OSError as error:
        _fail(f"cannot write in {state}: {error.strerror}; choose another --state")
    finally:
        stop.set()


def _source(folder: Path | None, mapping: Path | None, seed: int, events: int) -> Source:
    if folder is None:
        return SeededSource(seed=seed, events=events)
    try:
        return CsvSource(folder.resolve(), mapping)
    except (MappingError, OSError) as error:
        return _fail(f"cannot serve {folder}: {error}")


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.HOST, port))
        listener.listen()
    except OSError as error:
        _fail(f"port {port} of 127.0.0.1: {error.strerror}; free it, or choose another with --port")
    return listener


def _issued_before(state: Path) -> int:
    """How many records were issued when this state's API ended: it goes on from there."""
    file = state / ISSUED
    return int(file.read_text() or 0) if file.is_file() else 0


def _report(state: Path, port: int, records: Source, flow: Flow, stop: threading.Event) -> None:
    """Write the status when it changed, at most once a second."""
    told, ready = None, True
    while ready:
        ready = not stop.wait(1 if told else 0)
        flow.issued = records.size
        if isinstance(records, Issuing):
            (state / ISSUED).write_text(str(flow.issued))
        if (now := (ready, dict(vars(flow)))) != told:
            address = f"http://{settings.HOST}:{port}"
            write_status(state, service="customer_api", address=address, ready=ready, flow=now[1])
            told = now


def _fail(reason: str) -> NoReturn:
    typer.secho(f"customer_api: {reason}", err=True, fg="red")
    raise typer.Exit(1)


def main() -> None:
    """The command line."""
    typer.run(serve)


if __name__ == "__main__":
    main()
