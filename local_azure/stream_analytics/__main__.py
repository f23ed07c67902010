"""`python -m local_azure.stream_analytics`: run a Stream Analytics project on this machine."""

from __future__ import annotations

import logging
import signal
import threading
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from local_azure import settings
from local_azure.status import write_status
from local_azure.stream_analytics import project
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.hub import Hub
from local_azure.stream_analytics.job import Job, plan_of
from local_azure.synapse.odbc import connection_string

app = typer.Typer(help=__doc__, add_completion=False, invoke_without_command=True)
CONNECTION = settings.event_hubs_connection_string()


@app.callback()
def run(
    folder: Annotated[Path, typer.Option("--project", help="Folder with asaproj.json.")] = Path("stream_analytics"),
    lake: Annotated[Path, typer.Option(help="Folder of the lake; Delta outputs stand below it.")] = Path("lake"),
    state: Annotated[Path, typer.Option(help="Folder for the checkpoint and status.json.")] = Path("state"),
    check: Annotated[bool, typer.Option("--check", help="Only compile the query, then stop.")] = False,
) -> None:
    """Run the project's query over its event hub until Ctrl-C. Killed at any moment, it continues."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    try:
        loaded = project.load(folder)
        if check:
            plan_of(loaded)
            typer.echo("the query compiles")
            return
        _work(loaded, lake, state)
    except JobError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or state}: {error.strerror}")


def _work(loaded: project.Project, lake: Path, state: Path) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    state.mkdir(parents=True, exist_ok=True)
    hub = Hub(CONNECTION, loaded.stream.hub, loaded.stream.consumer_group)
    job = Job(loaded, lake=lake, state=state, hub=hub, warehouse=connection_string())
    reporter = threading.Thread(target=_report, args=(state, loaded.stream.hub, job, stop))
    reporter.start()
    try:
        job.run(stop)
    finally:
        stop.set()
        job.close()
        reporter.join()


def _report(state: Path, hub: str, job: Job, stop: threading.Event) -> None:
    """Tell the status twice a second where it changed, and once at the end."""
    told: dict[str, Any] | None = None
    while not stop.is_set():
        if (flow := job.flow()) != told:
            write_status(state, service="stream_analytics", address=hub, ready=True, flow=flow)
            told = flow
        time.sleep(0.5)
    write_status(state, service="stream_analytics", address=hub, ready=False, flow=job.flow())


def _fail(reason: str) -> NoReturn:
    typer.secho(f"stream_analytics: {reason}", err=True, fg="red")
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
