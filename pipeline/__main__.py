"""`pipeline`: the customer data pipeline on one machine."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from local_azure import settings, stack
from local_azure.databricks_sql.tuning import Tuning
from local_azure.stack import PROJECT, StackError, Workspace
from local_azure.synapse import pause as paused
from pipeline import connections, stream
from pipeline import demo as steps_of
from pipeline.errors import PipelineError
from pipeline.foreign import Foreign
from pipeline.terminal import Steps, console, report

ROOT = Path(os.environ.get("PIPELINE_STATE", PROJECT / ".local"))
MANY_EVENTS, WITHOUT_END = 200_000, 2_000_000_000
app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


class Paused(StrEnum):
    """What can be paused."""

    WAREHOUSE = "warehouse"


Seed = Annotated[int, typer.Option(help="Seed of the sample; each keeps a state of its own.")]
Events = Annotated[int, typer.Option(min=1, help="Records in the sample.")]
Source = Annotated[Path | None, typer.Option(help="A folder of CSV files to serve instead of the sample.")]


def workspace(seed: int, events: int, source: Path | None, tuning: Tuning) -> Workspace:
    """The state of one source of data, in a folder of its own; many events have a tuning of their own."""
    if source is None:
        arguments = ("--seed", str(seed), "--events", str(events))
        tuning = Tuning.VOLUME if events >= MANY_EVENTS else tuning
        return Workspace(ROOT, f"sample-{seed}-{events}", arguments, tuning)
    folder = source.resolve()
    if not folder.is_dir():
        raise PipelineError(f"--source {source} is no folder")
    return Workspace(ROOT, f"source-{folder.name}-{_print_of(folder)}", ("--source", str(folder)), tuning)


def _print_of(folder: Path) -> str:
    """Eight hexadecimal digits that another folder, or other files in it, do not have: cursors count its records."""
    files = sorted((f"{path}", path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*"))
    return hashlib.sha256(repr((f"{folder}", files)).encode()).hexdigest()[:8]


@app.command()
def demo(
    seed: Seed = 42,
    events: Events = 20_000,
    source: Source = None,
    source_file: Annotated[
        Path | None, typer.Option(help="A source's .yml (docs/sources.md): its API instead of the sample's.")
    ] = None,
    api: Annotated[str | None, typer.Option(help="With --source-file: the API's address.")] = None,
) -> None:
    """Run everything end to end, show what came out, and prove that nothing was lost."""
    with _alone():
        foreign = _foreign(source_file, api)
        made_for = Workspace(ROOT, foreign.name, (), Tuning.RUN) if foreign else None
        chosen = made_for or workspace(seed, events, source, Tuning.RUN)
        _leave_only(chosen)
        steps_of.demo(chosen, foreign)


def _foreign(file: Path | None, api: str | None) -> Foreign | None:
    if file is None and api is None:
        return None
    if file is None or api is None or not file.is_file():
        raise PipelineError("--source-file names a .yml that is there, and --api the address of its API")
    foreign = Foreign(file, api)
    foreign.environment()  # told now if it cannot be
    return foreign


@app.command()
def up(seed: Seed = 42, events: Events = 20_000, source: Source = None) -> None:
    """Start the services and leave them running."""
    with _alone():
        chosen = workspace(seed, events, source, Tuning.SESSION)
        others = set(stack.running(ROOT))
        try:
            steps_of.bring_up(chosen, Steps())
        except BaseException:
            stack.stop(ROOT, set(stack.SERVICES) - others)
            raise
        _table()


@app.command()
def down() -> None:
    """Stop every service; what they hold stays."""
    stopped = stack.stop(ROOT)
    console.print(f"stopped {', '.join(stopped)}" if stopped else "nothing was running")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For scripts, with connection strings.")] = False,
) -> None:
    """Each service with its address, its health and what flowed through it. Exit code 1 if one is not ready."""
    if as_json:
        typer.echo(json.dumps(_status(), indent=2))
    else:
        _table()
    if not all(one["ready"] for one in stack.statuses(ROOT)):
        raise typer.Exit(1)


@app.command()
def ingest() -> None:
    """Send what is new in the customer API to Event Hubs, and wait until it is in the lake."""
    with _alone():
        steps, chosen = Steps(), _current()
        steps_of.ingest(chosen, steps)
        steps_of.land(chosen, steps)


@app.command()
def refresh(
    anyway: Annotated[bool, typer.Option("--anyway", help="Build also where nothing is new.")] = False,
) -> None:
    """Build the lakehouse, hand over, build the warehouse; nothing where nothing is new."""
    with _alone():
        (steps_of.refresh if anyway else steps_of.refresh_if_new)(_current(), Steps())


@app.command()
def pause(what: Annotated[Paused, typer.Argument(help="What Azure can pause.")]) -> None:
    """Pause the warehouse, as its schedule does in Azure: nobody gets in until `resume`."""
    paused.pause(_current().state("synapse"))
    console.print("the warehouse is paused; the lakehouse goes on. Again: pipeline resume warehouse")


@app.command()
def resume(what: Annotated[Paused, typer.Argument(help="What was paused.")]) -> None:
    """Resume the warehouse."""
    paused.resume(_current().state("synapse"))
    console.print("the warehouse runs")


@app.command()
def docs() -> None:
    """Write the lineage site of both halves to .local/docs/."""
    with _alone():
        steps_of.document(_current(), Steps())


@app.command()
def reconcile() -> None:
    """Compare what was issued with what the lakehouse and the marts hold. Exit code 1 if they differ."""
    with _alone():
        steps_of.prove(_current(), Steps(), stream.head())


@app.command()
def powerbi(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 if powerbi/ is behind.")] = False,
    storage: Annotated[str | None, typer.Option(help="import or directQuery, for all but the live tables.")] = None,
) -> None:
    """Write powerbi/, the semantic model and the report, from dbt's artifacts and powerbi/report.yml."""
    from pipeline.powerbi import artifacts, project  # sqlglot, which no other command needs

    target = PROJECT / "target" / "powerbi"
    artifacts.parse_project(target)
    found = project.texts(artifacts.read(target), project.configuration(storage))
    behind = project.different(project.on_disk(), found)
    if check and behind:
        raise PipelineError(
            f"powerbi/ is behind in {', '.join(behind[:5])} ({len(behind)} files); run: pipeline powerbi"
        )
    if not check:
        project.write(found)
    console.print(f"powerbi/: {len(found)} files, {len(behind)} changed")


@app.command()
def publish(
    environment: Annotated[str, typer.Argument(help="dev, test or prod, of powerbi/parameter.yml.")],
    workspace: Annotated[str | None, typer.Option(help="Name of the workspace in Power BI.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Publish nothing; judge the parameter file.")] = False,
) -> None:
    """Publish powerbi/ to a workspace with fabric-cicd, as whoever is signed in to Azure.

    SYNAPSE_SERVER and SYNAPSE_DATABASE name the warehouse that the published model reads.
    """
    from pipeline.powerbi import deploy

    if not check and not workspace:
        raise PipelineError("--workspace names where to publish; or --check")
    deploy.check(environment)
    if workspace and not check:
        deploy.publish(environment, workspace)
    console.print(f"powerbi/ is {'fit for' if check else 'published to'} {environment}")


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = settings.DASHBOARD_PORT,
) -> None:
    """Open the report's pages in a browser, over the warehouse that runs or the one built last. Ctrl-C ends it.

    DASHBOARD_WAREHOUSE names another warehouse, as an ODBC connection string of a login that may read.
    """
    from pipeline import dashboard as pages  # sqlglot, which few commands need

    started = pages.prepare(ROOT, _alone)
    process = pages.serve(port)
    console.print(f"the dashboard is at [bold]{settings.dashboard_address(port)}[/]   (Ctrl-C ends it)")
    try:
        code = process.wait()
    finally:
        process.terminate()
        if started and started.alive() and not pages.leave(ROOT, started, _alone):
            console.print("another command uses the warehouse by now: it goes on; make down stops it")
    if code:
        raise PipelineError(f"the dashboard ended; is port {port} taken? choose another with --port")


@app.command()
def live(
    seed: Seed = 42,
    rate: Annotated[float, typer.Option(min=0.1, help="Events that the customer API issues a second.")] = 200,
    every: Annotated[float, typer.Option(min=1, help="Seconds from one round of dbt to the next, at least.")] = 60,
    seconds: Annotated[float | None, typer.Option("--for", min=1, help="Stop after so many seconds.")] = None,
    pages: Annotated[bool, typer.Option("--dashboard/--no-dashboard", help="Serve the dashboard, too.")] = True,
) -> None:
    """Run the pipeline as in production: events flow without end, the marts follow in rounds. Ctrl-C stops all.

    Its state is one of its own and goes on where it stopped. live.json in it tells what was seen.
    """
    from pipeline.live import run

    with _alone():
        words = ("--seed", str(seed), "--events", str(WITHOUT_END), "--issue-rate", str(rate))
        chosen = Workspace(ROOT, f"live-{seed}", words, Tuning.SESSION)
        _leave_only(chosen)
        summary = run.live(chosen, rate, every, seconds, pages)
        console.print_json(json.dumps(summary))
        if not summary["events_in_marts"]:
            raise PipelineError("no round was built")


def _current() -> Workspace:
    names = {one.workspace for one in stack.running(ROOT).values()}
    if not names:
        raise PipelineError("the services are not running; start them with: make up")
    return Workspace(ROOT, names.pop())


def _leave_only(chosen: Workspace) -> None:
    """Services of another source hold the ports: stop them."""
    others = {one.workspace for one in stack.running(ROOT).values()} - {chosen.name}
    if others:
        console.print(f"[yellow]stopping the services of {', '.join(others)}")
        stack.stop(ROOT)


def _status() -> dict[str, Any]:
    return {
        "services": stack.statuses(ROOT),
        "connections": {
            "event_hubs": settings.event_hubs_connection_string(),
            "lakehouse": connections.lakehouse_url(),
            "warehouse": connections.warehouse_odbc(),
        },
    }


def _table() -> None:
    rows = [
        {
            "service": one["service"],
            "ready": one["ready"],
            "address": one["address"],
            "flow": ", ".join(f"{name} {value}" for name, value in one["flow"].items() if isinstance(value, int)),
        }
        for one in stack.statuses(ROOT)
    ]
    report(rows, "Services")


@contextmanager
def _alone() -> Iterator[None]:
    """One command at a time may change things here."""
    try:
        ROOT.mkdir(parents=True, exist_ok=True)
        lock = (ROOT / "lock").open("w")
    except OSError as error:
        raise PipelineError(f"cannot write in {ROOT}: {error.strerror}; the project keeps its state there") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PipelineError("another pipeline command is at work here; wait for it, or stop it") from None
        yield


def _interrupted(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Errors become one line and exit code 1; an interrupt, or a terminal that closes, stops what was started: 130."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    try:
        app()
    except (PipelineError, StackError) as error:
        console.print(f"[red]pipeline:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        console.print("[yellow]stopped")
        sys.exit(130)


if __name__ == "__main__":
    main()
