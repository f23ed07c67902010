"""`pipeline live`: start all, let events flow, build round after round, show it, and stop all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.live import Live

from local_azure import settings, stack
from local_azure.stack import Workspace
from pipeline import dashboard, demo, ingestion_run, news
from pipeline.child import end
from pipeline.errors import PipelineError
from pipeline.live import rounds as builds
from pipeline.live.board import board, line
from pipeline.live.rounds import Rounds
from pipeline.live.watch import Delays, Watch, held_before
from pipeline.terminal import Steps, console

FOLLOW_EVERY, LINE_EVERY = "1s", 10.0


def live(workspace: Workspace, rate: float, every: float, seconds: float | None, pages: bool) -> dict[str, Any]:
    """Run until Ctrl-C, or so many seconds; gives the summary, which is written beside the state, too."""
    others = set(stack.running(workspace.root))
    began = time.monotonic()
    with ExitStack() as stops:
        stops.callback(lambda: stack.stop(workspace.root, set(stack.SERVICES) - others))
        demo.bring_up(workspace, Steps())
        watch = Watch(workspace, held_before(workspace))
        ingestion = _ingestion(workspace)
        stops.enter_context(_child(ingestion))
        if pages:
            stops.enter_context(_dashboard(workspace))
        watch.start()
        stops.callback(watch.end)
        stands = partial(news.nothing, workspace)
        rounds = Rounds(partial(builds.landed, workspace), builds.build(workspace), stands)
        about = f"{rate:g} events/s" + (f", dashboard at {settings.dashboard_address()}/live" if pages else "")
        try:
            with _shown(watch, rounds, time.monotonic(), about):
                _go_on(rounds, watch, ingestion, every, None if seconds is None else began + seconds)
        except KeyboardInterrupt:
            console.print("[yellow]stopping all")
    summary = summary_of(watch, rounds, rate, time.monotonic() - began)
    (workspace.path / "live.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


def _go_on(rounds: Rounds, watch: Watch, ingestion: subprocess.Popen[bytes], every: float, until: float | None) -> None:
    """A round each `every` seconds at most, or one right after the other where they take longer.

    Raises PipelineError where ingestion ended.
    """
    while until is None or time.monotonic() < until:
        began = time.monotonic()
        if ingestion.poll() is not None:
            raise PipelineError(f"ingestion ended; see {_log(watch.workspace, 'ingestion')}")
        made = rounds.once()
        if made and made.fault is None:
            watch.built(made)
        rest = every - (time.monotonic() - began)
        time.sleep(max(0.0, rest if until is None else min(rest, until - time.monotonic())))


@contextmanager
def _shown(watch: Watch, rounds: Rounds, began: float, about: str) -> Iterator[None]:
    """A screen that follows on a terminal, a line now and then elsewhere."""
    if console.is_terminal:
        with Live(get_renderable=lambda: board(watch, rounds, began, about), console=console, refresh_per_second=1):
            yield
        return
    done = threading.Event()

    def say() -> None:
        while not done.wait(LINE_EVERY):
            console.print(line(watch, rounds), soft_wrap=True)

    teller = threading.Thread(target=say, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


@contextmanager
def _child(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """A process that ends with the block."""
    try:
        yield
    finally:
        end(process)


def _ingestion(workspace: Workspace) -> subprocess.Popen[bytes]:
    words = ["-m", "ingestion", "run", "customer_api", "--follow", "--every", FOLLOW_EVERY]
    return _start(words, os.environ | ingestion_run.environment(workspace), _log(workspace, "ingestion"))


@contextmanager
def _dashboard(workspace: Workspace) -> Iterator[None]:
    dashboard.prepare(workspace.root)
    with _log(workspace, "dashboard").open("wb") as log, _child(dashboard.serve(log=log)):
        yield


def _start(words: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Its own process group: a terminal's Ctrl-C is for us, who end it in order."""
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, *words], env=environment, stdout=file, stderr=file, start_new_session=True
        )


def _log(workspace: Workspace, name: str) -> Path:
    folder = workspace.path / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


def summary_of(watch: Watch, rounds: Rounds, rate: float, seconds: float) -> dict[str, Any]:
    """What was seen: counts, delays over all events, rounds, memory in megabytes (first, last)."""
    first, last = (watch.samples[0], watch.samples[-1]) if watch.samples else (None, None)
    flowed = {
        name: getattr(last, name) - getattr(first, name) for name in ("issued", "sent", "landed") if first and last
    }
    return {
        "seconds": round(seconds, 1),
        "asked_events_per_second": rate,
        "flowed": flowed,
        "seconds_past_the_windows_close": _percentiles(watch.to_window),
        "seconds_from_hub_to_mart": _percentiles(watch.to_mart),
        "rounds": [
            {"seconds": round(one.seconds, 1), "landed": one.landed, "said": one.said, "fault": one.fault}
            for one in rounds.done
        ],
        "rounds_without_news": rounds.quiet,
        "events_in_marts": rounds.held,
        "memory_mb": {name: list(both) for name, both in watch.memory.items()},
    }


def _percentiles(delays: Delays) -> dict[str, Any]:
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    found = {name: delays.percentile(share) for name, share in shares.items()}
    return {"events": delays.events} | {
        name: None if value is None else round(value, 2) for name, value in found.items()
    }
