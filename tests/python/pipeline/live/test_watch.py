"""How long events took, over all of them."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from pipeline.live.watch import Delays, resident


@given(
    st.lists(st.tuples(st.floats(0, 1000), st.integers(1, 50)), min_size=1, max_size=30),
    st.sampled_from([0.5, 0.99, 1.0]),
)
def test_a_percentile_is_that_of_the_events_and_not_of_the_rows(seconds: list[tuple[float, int]], share: float) -> None:
    each = sorted(delay for delay, count in seconds for _ in range(count))
    found = Delays(seconds).percentile(share)
    assert found is not None
    assert sum(one <= found for one in each) >= share * len(each)
    assert sum(one < found for one in each) < share * len(each)


def test_without_events_there_is_none() -> None:
    assert Delays().percentile(0.99) is None


def test_memory_is_that_of_the_process() -> None:
    assert resident(os.getpid()) > 10
