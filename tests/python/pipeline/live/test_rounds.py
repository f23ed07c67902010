"""A round builds what is new, costs nothing without news, and leaves the last good marts where it fails."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PipelineError
from pipeline.live.rounds import Rounds, added


class Lake:
    """So many events landed, and whether the next build fails."""

    def __init__(self) -> None:
        self.landed, self.fails, self.builds = 0, False, 0

    def build(self, tell: Callable[[str], None]) -> str:
        self.builds += 1
        tell("1 of 2: mart_sales_orders")
        if self.fails:
            raise PipelineError("dbt failed:\nFailure in test orders_balance")
        return "PASS=2 ERROR=0"


def rounds_of(lake: Lake) -> Rounds:
    return Rounds(lambda: lake.landed, lake.build)


def test_nothing_is_built_without_news() -> None:
    lake = Lake()
    rounds = rounds_of(lake)
    assert rounds.once() is None
    lake.landed = 5
    made = rounds.once()
    assert made and (made.landed, made.said, made.fault) == (5, "PASS=2 ERROR=0", None)
    assert rounds.once() is None
    assert (lake.builds, rounds.quiet) == (1, 2)


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
