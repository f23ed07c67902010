"""Azure Stream Analytics on this machine: run a project over its event hub, over files, or its test cases.

Without a command: work on the hub until Ctrl-C. `run` needs no service: it takes local files. `test` runs the cases of
test/testConfig.json. `check` tells every finding at once. Exit codes as the CI package's: 0, or 1 for any finding.
"""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn
from xml.etree import ElementTree

import typer

from local_azure import settings
from local_azure.status import write_status
from local_azure.stream_analytics import check as checking
from local_azure.stream_analytics import local_run, project
from local_azure.stream_analytics.diagram import diagram
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.hub import Hub
from local_azure.stream_analytics.job import Job
from local_azure.synapse.odbc import connection_string

app = typer.Typer(help=__doc__, add_completion=False, invoke_without_command=True, pretty_exceptions_enable=False)
CONNECTION = settings.event_hubs_connection_string()
DEFAULT = Path("stream_analytics")
Folder = Annotated[Path, typer.Argument(help="Folder with asaproj.json, or that file.")]


@app.callback()
def work(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--project", help="Folder with asaproj.json.")] = DEFAULT,
    lake: Annotated[Path, typer.Option(help="Folder of the lake; Delta outputs stand below it.")] = Path("lake"),
    state: Annotated[Path, typer.Option(help="Folder for the checkpoint and status.json.")] = Path("state"),
    check: Annotated[
        bool, typer.Option("--check", help="Only check the project, then stop; as the command check.")
    ] = False,
) -> None:
    """Run the project's query over its event hub until Ctrl-C. Killed at any moment, it continues."""
    if context.invoked_subcommand is not None:
        return
    if check:
        check_project(folder, lake)
        return
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    try:
        loaded = project.load(folder)
        for reason in checking.without_storage(loaded):
            _fail(reason)
        _work(loaded, lake, state)
    except JobError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or state}: {error.strerror}")


@app.command("check")
def check_project(
    folder: Folder = DEFAULT,
    lake: Annotated[Path | None, typer.Option(help="Folder of the lake, to compare columns with its tables.")] = None,
) -> None:
    """Tell every finding: language, inputs, outputs, columns and types of tables, the service's limits."""
    try:
        loaded = project.load(folder)
        found = checking.findings(loaded, lake)
        if found:
            for line in found:
                typer.secho(f"stream_analytics: {line}", err=True, fg="red")
            raise typer.Exit(1)
        for note in checking.notes(loaded):
            typer.echo(f"note: {note}")
    except JobError as error:
        _fail(str(error))
    typer.echo("the query compiles")


@app.command()
def run(
    folder: Folder = DEFAULT,
    inputs: Annotated[
        list[str] | None, typer.Option("--input", help="alias=file, in an input's place; may be repeated.")
    ] = None,
    steps: Annotated[list[str] | None, typer.Option("--step", help="Show a step's rows, too; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for <output>.json, a row a line.")] = None,
    show_diagram: Annotated[bool, typer.Option("--diagram", help="Show what reads what.")] = False,
) -> None:
    """Run the query over local files: the project's InputMock files, or those named. Needs no service."""
    try:
        loaded = project.load(folder)
        given = local_run.mocks(loaded, inputs or ())
        if show_diagram:
            typer.echo(diagram(loaded, given))
        result = local_run.run(loaded, given, steps or ())
    except JobError as error:
        _fail(str(error))
    for name, rows in [*result.steps.items(), *result.outputs.items()]:
        typer.secho(f"{name}: {len(rows)} rows", bold=True)
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False))
    if result.invalid:
        typer.echo(f"{result.invalid} events are no JSON object of Stream Analytics and were left out")
    if out is not None:
        _write(out, result.outputs)


@app.command()
def test(
    folder: Folder = DEFAULT,
    config: Annotated[Path | None, typer.Option(help="Another file than test/testConfig.json.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the results as JUnit XML.")] = None,
) -> None:
    """Run the cases of test/testConfig.json and show how rows differ: - is missing, + is too much."""
    try:
        loaded = project.load(folder)
        results = [(case.name, local_run.differences(loaded, case)) for case in local_run.cases(loaded, config)]
    except JobError as error:
        _fail(str(error))
    for name, lines in results:
        typer.secho(f"{'FAIL' if lines else 'ok  '} {name}", fg="red" if lines else "green")
        for line in lines:
            typer.echo(f"     {line}")
    if junit is not None:
        _junit(junit, results)
    if any(lines for _, lines in results):
        raise typer.Exit(1)


def _write(out: Path, outputs: dict[str, list[dict[str, Any]]]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, rows in outputs.items():
            (out / f"{name.replace('/', '_')}.json").write_text(
                "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
            )
    except OSError as error:
        _fail(f"cannot write {out}: {error.strerror}")


def _junit(path: Path, results: list[tuple[str, list[str]]]) -> None:
    failed = sum(bool(lines) for _, lines in results)
    suite = ElementTree.Element("testsuite", name="stream_analytics", tests=str(len(results)), failures=str(failed))
    for name, lines in results:
        case = ElementTree.SubElement(suite, "testcase", name=name)
        if lines:
            ElementTree.SubElement(case, "failure", message=f"{len(lines)} differences").text = "\n".join(lines)
    try:
        ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        _fail(f"cannot write {path}: {error.strerror}")


def _work(loaded: project.Project, lake: Path, state: Path) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    state.mkdir(parents=True, exist_ok=True)
    hubs = {each.alias: _hub(each) for each in loaded.streams}
    job = Job(loaded, lake=lake, state=state, hubs=hubs, warehouse=connection_string(), connection=CONNECTION)
    address = ", ".join(str(each.hub) for each in loaded.streams)
    reporter = threading.Thread(target=_report, args=(state, address, job, stop))
    reporter.start()
    try:
        job.run(stop)
    finally:
        stop.set()
        job.close()
        reporter.join()


def _hub(stream: project.StreamInput) -> Hub:
    if stream.hub is None or stream.unread:
        raise JobError(str(stream.unread))
    return Hub(CONNECTION, stream.hub, stream.consumer_group)


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
    for line in reason.splitlines() or [""]:
        typer.secho(f"stream_analytics: {line}", err=True, fg="red")
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
