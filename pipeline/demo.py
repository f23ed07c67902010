"""The whole pipeline, once, from the API to the marts, and the proof that nothing was lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from local_azure import settings, stack
from local_azure.stack import Workspace
from pipeline import dbt, docs, ingestion_run, news, provision, stream
from pipeline.dbt import BUILD, LAKEHOUSE, WAREHOUSE, Half
from pipeline.errors import PipelineError
from pipeline.foreign import Foreign
from pipeline.reconcile import differences, reconcile
from pipeline.terminal import Steps, console, report

SOURCES = ("customer_api", "event_hubs")
STORES = ("databricks_sql", "synapse")
AS_BUILT = "--no-compile"  # the lineage site shows what was built last


def bring_up(
    workspace: Workspace, steps: Steps, meanwhile: Callable[[], None] = lambda: None, foreign: Foreign | None = None
) -> None:
    """Start all services; the tables that the stream writes to stand before the stream does.

    The stores take longest to start: `meanwhile` runs as soon as the sources are ready.
    """
    stores = stack.launch(workspace, STORES)
    sources = SOURCES[1:] if foreign else SOURCES
    with steps.step("sources", "Start Event Hubs" if foreign else "Start customer API and Event Hubs"):
        stack.start(workspace, sources)
    meanwhile()
    with steps.step("services", "Start lakehouse, warehouse and stream") as step:
        stack.wait(workspace, stores)
        provision.provision()
        stack.start(workspace, [stack.STREAM])
        step.result = f"{len(stack.running(workspace.root))} services on 127.0.0.1"


def ingest(workspace: Workspace, steps: Steps, foreign: Foreign | None = None) -> None:
    """Customer API, or a foreign source's, to Event Hubs."""
    with steps.step("ingest", f"Ingest: {foreign.file.stem if foreign else 'customer API'} → Event Hubs") as step:
        events, letters = ingestion_run.run(workspace, lambda done: step.at(done), foreign)
        step.result = f"{events:,} new events, {letters:,} dead letters"


def land(workspace: Workspace, steps: Steps) -> stream.Head:
    """Event Hubs to the lake; gives the end of the hub up to which all has landed."""
    with steps.step("stream", "Stream Analytics: departments → Delta") as step:
        end = stream.head()
        stream.wait_landed(workspace, end, lambda done: step.at(done, end.events))
        step.result = f"{end.events:,} events in the lake"
    return end


def refresh(workspace: Workspace, steps: Steps, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Both dbt builds with the hand-over between them; `meanwhile` reads the lakehouse alone, beside the second."""
    raw = news.landed(workspace)
    with steps.step("lakehouse", "dbt build: bronze → silver → gold") as step:
        step.result = dbt.run(LAKEHOUSE, workspace, *BUILD, tell=step.at)
    with steps.step("warehouse", "dbt build: published gold → marts") as step, ThreadPoolExecutor(1) as pool:
        other = pool.submit(meanwhile)
        step.result = dbt.run(WAREHOUSE, workspace, *BUILD, tell=step.at)
        other.result()
    news.keep(workspace, raw)


def refresh_if_new(workspace: Workspace, steps: Steps) -> None:
    """Both builds, unless they would write what stands there already."""
    with steps.step("news", "Anything new since the last refresh?") as step:
        nothing = news.nothing(workspace)
        step.result = "no table was written to and no node changed; --anyway builds all the same" if nothing else "yes"
    if not nothing:
        refresh(workspace, steps)


def document(
    workspace: Workspace, steps: Steps, halves: tuple[Half, ...] = (LAKEHOUSE, WAREHOUSE), *options: str
) -> Path:
    """The lineage site of both builds; gives its page. `halves` are those whose catalog is to be made first."""
    with steps.step("docs", "dbt docs: one lineage site") as step, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda half: dbt.run(half, workspace, "docs", "generate", *options), halves))
        page = docs.build_site(workspace, workspace.root / "docs")
        step.result = str(page)
    return page


def prove(workspace: Workspace, steps: Steps, end: stream.Head, foreign: Foreign | None = None) -> dict[str, Any]:
    """Reconcile, print the tables, write the report. Raises PipelineError where something differs."""
    with steps.step("windows", "Wait for the last minute to close"):
        stream.wait_windows(workspace, end)
    with steps.step("reconcile", "Reconcile: API = lake = marts") as step:
        outcome = reconcile(foreign)
        step.result = "balanced" if outcome["balanced"] else "NOT balanced"
    outcome = {"balanced": outcome["balanced"], "seconds": steps.seconds, **outcome}
    _write(workspace.root / "demo" / "reconciliation.json", outcome)
    _show(outcome)
    return outcome


def demo(workspace: Workspace, foreign: Foreign | None = None) -> dict[str, Any]:
    """All steps in order; services that this run started are stopped again."""
    steps = Steps()
    ours = not stack.running(workspace.root)
    try:
        with dbt.parsing(workspace):  # it needs a core and no service
            bring_up(workspace, steps, lambda: ingest(workspace, steps, foreign), foreign)
            end = land(workspace, steps)
        refresh(workspace, steps, lambda: dbt.run(LAKEHOUSE, workspace, "docs", "generate", AS_BUILT))
        page = document(workspace, steps, (WAREHOUSE,), AS_BUILT)
        outcome = prove(workspace, steps, end, foreign)
    finally:
        if ours:
            stack.stop(workspace.root)
    _farewell(page, steps, ours)
    return outcome


def _show(outcome: dict[str, Any]) -> None:
    console.print()
    report(outcome["rows"], "Events: issued = silver + dead-lettered + quarantined")
    report(outcome["money"], "Money: control totals, to the cent")
    report(outcome["live"], "Live minutes: events routed = sum of all closed windows")
    if not outcome["balanced"]:
        raise PipelineError("\n".join(["the books do not balance:", *differences(outcome)]))


def _write(path: Path, outcome: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(outcome, indent=2) + "\n")


def _farewell(page: Path, steps: Steps, stopped: bool) -> None:
    console.print(f"[bold green]Balanced[/] after {sum(steps.seconds.values()):.0f} s. Next:")
    console.print(f"  lineage      open {page}", soft_wrap=True)
    console.print(f"  the figures  {page.parent.parent / 'demo' / 'reconciliation.json'}", soft_wrap=True)
    console.print(f"  the report   make dashboard, which opens {settings.dashboard_address()}")
    console.print("  look inside  make up, then make status" if stopped else "  look inside  make status")
    console.print("  change a model and see  docs/analyst_guide.md")
