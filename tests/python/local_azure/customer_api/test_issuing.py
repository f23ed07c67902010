"""Records come as time passes, and each of them as the source has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from local_azure.customer_api.generator import SeededSource
from local_azure.customer_api.issuing import Issuing
from local_azure.customer_api.source import ledger

SOURCE = SeededSource(seed=7, events=500)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@given(st.floats(0.1, 1000), st.integers(0, 600), st.lists(st.floats(0, 30), max_size=20))
def test_a_reader_that_follows_gets_each_record_once_and_in_order(rate: float, before: int, waits: list[float]) -> None:
    clock = Clock()
    source = Issuing(SOURCE, rate, min(before, SOURCE.size), clock)
    found: list[bytes] = []
    for wait in waits:
        clock.now += wait
        found += [one.body for one in source.records(len(found), 100)]
        assert len(found) <= source.size <= SOURCE.size
    assert found == [one.body for one in SOURCE.records(0, len(found))]


def test_so_many_are_there_after_so_many_seconds() -> None:
    clock = Clock()
    source = Issuing(SOURCE, 20, 5, clock)
    assert source.size == 5
    clock.now += 10
    assert source.size == 205
    assert sum(len(batch) for batch in source.batches()) == 205
    assert sum(ledger(source).issued.values()) + sum(ledger(source).duplicates.values()) == 205
    clock.now += 1000
    assert source.size == SOURCE.size
