"""What a person sees: a line a step with its progress, its count and its time, then tables."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

WIDEST = 1000
SHORT = {"duplicates_issued": "copies"}  # so that 80 columns hold the demo's table
console = Console(highlight=False)


class Step:
    """One step while it runs: how far it is, and what it will have done."""

    def __init__(self, bar: Progress, title: str) -> None:
        self._bar, self._task = bar, bar.add_task(title, total=None, note="")
        self.result = ""

    def at(self, done: int, of: int | None = None, note: str = "") -> None:
        """`done` of `of` (None: nobody knows), with a word on what is under way."""
        self._bar.update(self._task, completed=done, total=of, note=escape(note))


class Steps:
    """The steps of a command and the seconds that each took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Step]:
        """Run one step: a moving bar on a terminal, one plain line elsewhere."""
        began = time.monotonic()
        columns = (
            SpinnerColumn(), TextColumn("{task.description:<44}"), BarColumn(24), TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[note]}"),
        )  # fmt: skip
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            step = Step(bar, title)
            yield step
        self.seconds[name] = round(time.monotonic() - began, 2)
        console.print(
            f"[green]✓[/] {title:<44} {self.seconds[name]:>7.1f} s  [dim]{escape(step.result)}", soft_wrap=True
        )


def report(rows: list[dict[str, Any]], title: str) -> None:
    """A table of dictionaries that share their keys; `ok` becomes a mark."""
    if not rows:
        return
    console.print(f"[bold]{title}")
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in rows[0]:
        left = name in ("what", "service", "address", "flow")
        whole = name == "what" or not left  # no figure is ever cut
        table.add_column(SHORT.get(name, name.replace("_", "\n")), justify="left" if left else "right", no_wrap=whole)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    needed = Measurement.get(console, console.options.update(max_width=WIDEST), table).minimum
    if needed > console.width:
        table.width = needed
    console.print(table, crop=False)
    console.print()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "[green]✓[/]" if value else "[red]✗[/]"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
