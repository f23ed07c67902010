"""The screen tells what flows, how far each step is behind, and what serves where a round failed."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from local_azure.stack import Workspace
from pipeline.connections import DEAD_LETTER_HUB, EVENTS_HUB
from pipeline.errors import PipelineError
from pipeline.live.board import board, line
from pipeline.live.rounds import Rounds
from pipeline.live.watch import Sample, Watch


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    made = Watch(Workspace(tmp_path, "live-1"), {EVENTS_HUB: 0, DEAD_LETTER_HUB: 0})
    now = time.time()
    made.samples += [Sample(now - 11 + at, 100 + 200 * at, 90 + 200 * at, 90 + 198 * at, 198 * at) for at in range(12)]
    made.to_window.seconds.append((1.5, 500))
    return made


def rounds() -> Rounds:
    """One good round, then one that failed."""
    landed = iter([400, 1400])
    said = iter(["PASS=568 ERROR=0"])

    def build(tell: object) -> str:
        try:
            return next(said)
        except StopIteration:
            raise PipelineError("dbt failed:\nFailure in test orders_balance (models/gold/orders.yml)") from None

    made = Rounds(lambda: next(landed), build)
    made.once(), made.once()
    return made


def shown(watch: Watch, made: Rounds) -> str:
    console = Console(record=True, width=140, file=io.StringIO())
    console.print(board(watch, made, time.monotonic() - 90, "200 events/s"))
    return console.export_text()


def test_the_screen_tells_of_flow_lag_and_rounds(watch: Watch) -> None:
    text = shown(watch, rounds())
    assert "live for 1.5 min, 200 events/s" in text
    assert "198" in text
    assert "90 events" in text  # sent 2,268, landed 2,178
    assert "1.5 s" in text
    assert "PASS=568 ERROR=0" in text
    assert "Failure in test orders_balance" in text
    assert "the marts are those of round 1" in text


def test_a_log_has_the_same_in_a_line(watch: Watch) -> None:
    said = line(watch, rounds())
    assert "\n" not in said
    assert "round 2 failed: Failure in test orders_balance" in said
    assert "the marts are those of round 1" in said


def test_before_anything_flows_the_screen_is_there(tmp_path: Path) -> None:
    empty = Watch(Workspace(tmp_path, "live-1"), {EVENTS_HUB: 0, DEAD_LETTER_HUB: 0})
    assert "not there yet" in shown(empty, Rounds(lambda: 0, lambda tell: ""))
