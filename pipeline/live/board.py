"""One screen in the terminal: what flows, how far each step is behind, and the rounds."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from pipeline.live.rounds import Round, Rounds
from pipeline.live.watch import Delays, Sample, Watch

SHOWN = 6


def board(watch: Watch, rounds: Rounds, began: float, about: str) -> RenderableType:
    """The screen as it is now. `began` is of time.monotonic, `about` a line on what was asked for."""
    running = f"{(time.monotonic() - began) / 60:.1f} min"
    return Group(
        Panel(_flow(watch, rounds), title=f"[bold]live[/] for {running}, {about}", title_align="left"),
        Panel(_rounds(rounds), title="rounds of dbt", title_align="left", subtitle="Ctrl-C stops all"),
    )


def line(watch: Watch, rounds: Rounds) -> str:
    """The same for a log: one line."""
    now, (sent, landed) = _last(watch), watch.rates()
    good = f"round {rounds.good.number}" if rounds.good else "marts of before" if rounds.held else "no round yet"
    return (
        f"{datetime.now(UTC):%H:%M:%S} issued {now.issued:,}, in the hub {now.sent:,} ({sent:.0f}/s), "
        f"in the lake {now.landed:,} ({landed:.0f}/s), "
        f"newest mart row {_age(watch.newest_mart)}, {good}: {rounds.doing}{_failure(rounds)}"
    )


def _last(watch: Watch) -> Sample:
    return watch.samples[-1] if watch.samples else Sample(0, 0, 0, 0, 0)


def _flow(watch: Watch, rounds: Rounds) -> Table:
    now = _last(watch)
    into_hub, into_lake = watch.rates()
    table = Table(box=None, pad_edge=False, expand=True)
    for name in ("step", "events", "events/s", "behind", "event to there, p50", "p99"):
        table.add_column(name, justify="left" if name == "step" else "right")
    table.add_row(
        "API → Event Hubs", f"{now.sent:,}", f"{into_hub:,.0f}", f"{max(now.issued - now.taken, 0):,} events", "", ""
    )
    behind = f"{max(now.sent - now.landed, 0):,} events"
    table.add_row("→ Stream Analytics → Delta", f"{now.landed:,}", f"{into_lake:,.0f}", behind, "", "")
    window = f"newest minute {_age(watch.newest_window)}"
    table.add_row("→ live minutes, past their close", "", "", window, *_delays(watch.to_window))
    mart = f"{max(now.landed - rounds.held, 0):,} events, newest row {_age(watch.newest_mart)}"
    table.add_row("→ dbt → marts", f"{rounds.held:,}", "", mart, *_delays(watch.to_mart))
    return table


def _delays(delays: Delays) -> tuple[str, str]:
    p50, p99 = (delays.percentile(share) for share in (0.5, 0.99))
    return ("", "") if p50 is None or p99 is None else (f"{p50:.1f} s", f"{p99:.1f} s")


def _age(moment: datetime | None) -> str:
    if moment is None:
        return "not there yet"
    return f"{(datetime.now(UTC).replace(tzinfo=None) - moment).total_seconds():.0f} s ago"


def _rounds(rounds: Rounds) -> Group:
    table = Table(box=None, pad_edge=False, expand=True)
    for name in ("", "began", "took", "events", "tests and models", ""):
        table.add_column(name, justify="right" if name in ("took", "events") else "left")
    before = 0
    for one in rounds.done:
        if one.number > len(rounds.done) - SHOWN:
            table.add_row(*_row(one, before))
        before = one.landed if one.fault is None else before
    quiet = f" · {rounds.quiet} without news, for which dbt was not started" if rounds.quiet else ""
    return Group(table, f"[dim]now: {escape(rounds.doing)}{quiet}", *_warning(rounds))


def _row(one: Round, before: int) -> tuple[str, ...]:
    mark = "[green]✓[/]" if one.fault is None else "[red]✗[/]"
    said = one.said if one.fault is None else f"[red]{escape(_cause(one.fault))}"
    return f"{one.number}", f"{one.began:%H:%M:%S}", f"{one.seconds:.0f} s", f"+{one.landed - before:,}", said, mark


def _cause(fault: str) -> str:
    """The first line that names something."""
    return next((line for line in fault.splitlines() if line.strip() and line != "dbt failed:"), fault)[:100]


def _warning(rounds: Rounds) -> list[str]:
    told = _failure(rounds)
    return [f"[bold red]{escape(told.removeprefix('; '))}[/]"] if told else []


def _failure(rounds: Rounds) -> str:
    """What the last round failed of, and which marts serve now."""
    last, good = (rounds.done[-1] if rounds.done else None), rounds.good
    if last is None or last.fault is None:
        return ""
    serve = f"the marts are those of round {good.number}" if good else "the marts are as they were before"
    return f"; round {last.number} failed: {_cause(last.fault)}; {serve}"
