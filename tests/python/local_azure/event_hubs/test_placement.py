"""Events go where Microsoft's client says they go."""

from __future__ import annotations

from azure.eventhub._buffered_producer._partition_resolver import PartitionResolver
from hypothesis import given, settings
from hypothesis import strategies as st

from local_azure.event_hubs.placement import partition_for


@settings(max_examples=500)
@given(st.text(min_size=1, max_size=60), st.integers(1, 32))
def test_placement_is_that_of_the_sdks_resolver(key: str, partitions: int) -> None:
    resolver = PartitionResolver([str(number) for number in range(partitions)])
    assert resolver.get_partition_id_by_partition_key(key) == str(partition_for(key, partitions))


def test_every_length_around_a_block_is_placed_alike() -> None:
    resolver = PartitionResolver([str(number) for number in range(32)])
    for length in range(1, 50):
        key = ("customer-" * 6)[:length]
        assert resolver.get_partition_id_by_partition_key(key) == str(partition_for(key, 32))


def test_keys_spread_over_all_partitions() -> None:
    assert {partition_for(f"customer-{number}", 8) for number in range(200)} == set(range(8))
