"""A round builds what is new, costs nothing without news, and leaves the last good marts where it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.stack import Workspace
from pipeline import news
from pipeline.dbt import Half
from pipeline.errors import PipelineError
from pipeline.live.rounds import Rounds, added, build


class Lake:
    """So many events landed, and whether the next build fails."""

    def __init__(self) -> None:
        self.landed, self.fails, self.builds, self.stands = 0, False, 0, False

    def build(self, tell: Callable[[str], None]) -> str:
        self.builds += 1
        tell("1 of 2: mart_sales_orders")
        if self.fails:
            raise PipelineError("dbt failed:\nFailure in test orders_balance")
        return "PASS=2 ERROR=0"


def rounds_of(lake: Lake) -> Rounds:
    return Rounds(lambda: lake.landed, lake.build, lambda: lake.stands)


def test_nothing_is_built_without_news() -> None:
    lake = Lake()
    rounds = rounds_of(lake)
    assert rounds.once() is None
    lake.landed = 5
    made = rounds.once()
    assert made and (made.landed, made.said, made.fault) == (5, "PASS=2 ERROR=0", None)
    assert rounds.once() is None
    assert (lake.builds, rounds.quiet) == (1, 2)


def test_what_an_earlier_run_built_is_not_built_again() -> None:
    lake = Lake()
    lake.landed, lake.stands = 5, True
    rounds = rounds_of(lake)
    assert rounds.once() is None
    assert (lake.builds, rounds.quiet, rounds.held) == (0, 1, 5)
    lake.landed, lake.stands = 9, False
    assert rounds.once() is rounds.good
    assert rounds.held == 9


def test_a_failed_round_says_why_and_is_tried_again() -> None:
    lake = Lake()
    rounds = rounds_of(lake)
    lake.landed = 5
    good = rounds.once()
    lake.landed, lake.fails = 9, True
    failed = rounds.once()
    assert failed and failed.fault and "orders_balance" in failed.fault
    assert rounds.good is good
    lake.fails = False
    mended = rounds.once()
    assert mended and mended is rounds.good and mended.landed == 9


def test_a_stream_that_ended_is_a_failed_round() -> None:
    def ended() -> int:
        raise PipelineError("stream_analytics ended; see its log")

    made = Rounds(ended, Lake().build).once()
    assert made and made.fault == "stream_analytics ended; see its log"


def test_a_full_disk_is_a_failed_round() -> None:
    def full() -> int:
        raise OSError(28, "No space left on device")

    made = Rounds(full, Lake().build).once()
    assert made and made.fault and "No space left" in made.fault


@pytest.fixture
def dbt_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What dbt was asked for; it builds nothing here, writes its manifest as it does, and finds no node changed."""
    asked: list[str] = []

    def run(half: Half, workspace: Workspace, *words: str, **_: object) -> str:
        asked.append(f"{half.name}: {words[0]}")
        half.target_path(workspace).mkdir(parents=True, exist_ok=True)
        (half.target_path(workspace) / "manifest.json").write_text("{}")
        return "PASS=1"

    monkeypatch.setattr("pipeline.dbt.run", run)
    monkeypatch.setattr("pipeline.dbt.changed", lambda half, workspace: False)
    return asked


def land(workspace: Workspace, version: int) -> None:
    log = workspace.lake / "raw" / "raw_sales" / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    (log / f"{version:020}.json").touch()


def test_a_round_notes_what_it_holds(tmp_path: Path, dbt_runs: list[str]) -> None:
    workspace = Workspace(tmp_path, "live-1")
    land(workspace, 0)
    assert build(workspace)(lambda what: None) == "PASS=2"
    assert dbt_runs == ["lakehouse: build", "warehouse: build"]
    assert news.nothing(workspace)


def test_what_lands_while_a_round_runs_is_news_for_the_next(tmp_path: Path, dbt_runs: list[str]) -> None:
    workspace = Workspace(tmp_path, "live-1")
    land(workspace, 0)
    build(workspace)(lambda what: land(workspace, 1))
    assert dbt_runs
    assert not news.nothing(workspace)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_the_last_good_round_holds_all_that_landed_before_it(steps: list[tuple[int, bool]]) -> None:
    lake = Lake()
    rounds = rounds_of(lake)
    expected = 0
    for new, fails in steps:
        lake.landed, lake.fails = lake.landed + new, fails
        made = rounds.once()
        assert (made is None) == (lake.landed == expected)
        expected = expected if fails else lake.landed
        assert (rounds.good.landed if rounds.good else 0) == expected
    assert lake.builds == len(rounds.done)


def test_summaries_of_both_halves_are_added() -> None:
    assert added(["PASS=407 WARN=0 ERROR=0", "PASS=161 WARN=1 ERROR=0"]) == "PASS=568 WARN=1 ERROR=0"
