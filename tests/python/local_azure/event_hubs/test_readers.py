"""Consumer groups: that they exist, how many read, and whose epoch holds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.event_hubs.codec import Symbol, Uint
from local_azure.event_hubs.performatives import AmqpError, Detach
from local_azure.event_hubs.readers import MAX_READERS, ConsumerGroup, ConsumerGroups, Reader

from ._peer import condition, connect
from .conftest import Serve

FIRST = "orders/ConsumerGroups/$Default/Partitions/0"


def epoch(number: int) -> dict[str, Any]:
    return {"properties": {Symbol("com.microsoft:epoch"): number}}


def test_a_newer_epoch_steals_the_partition(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_receiver(1, FIRST)
            await peer.attach_receiver(2, FIRST, **epoch(1))
            stolen, _ = await peer.expect(Detach)
            assert (stolen.handle, condition(stolen.error)) == (1, "amqp:link:stolen")
            await peer.attach_receiver(3, FIRST, **epoch(2))
            stolen, _ = await peer.expect(Detach)
            assert (stolen.handle, condition(stolen.error)) == (2, "amqp:link:stolen")

    asyncio.run(story())


@pytest.mark.parametrize("late", [epoch(4), {}])
def test_an_older_epoch_or_none_is_turned_away(serve: Serve, late: dict[str, Any]) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_receiver(1, FIRST, **epoch(5))
            await peer.attach_receiver(2, FIRST, **late)
            refused, _ = await peer.expect(Detach)
            assert (refused.handle, condition(refused.error)) == (2, "amqp:link:stolen")
            await peer.attach_receiver(3, "orders/ConsumerGroups/other/Partitions/0", **late)
            peer.say(Detach(Uint(1), True))
            assert (await peer.expect(Detach))[0].error is None

    asyncio.run(story())


@pytest.mark.parametrize(("group", "found"), [("$Default", True), ("$DEFAULT", True), ("other", True), ("mine", False)])
def test_a_group_exists_when_it_was_created(serve: Serve, group: str, found: bool) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            answer = await peer.attach_receiver(1, f"orders/ConsumerGroups/{group}/Partitions/0")
            assert (answer.source is not None) == found
            if not found:
                refused, _ = await peer.expect(Detach)
                assert condition(refused.error) == "amqp:not-found"
                assert refused.error and f"--consumer-group orders/{group}" in refused.error.value[1]

    asyncio.run(story())


def test_a_sixth_reader_is_turned_away_until_one_leaves(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=2) as namespace, connect(namespace.port) as peer:
            names = {"properties": {Symbol("com.microsoft:receiver-name"): "me"}}
            for handle in range(MAX_READERS):
                assert (await peer.attach_receiver(handle, FIRST, **(names if handle == 0 else {}))).source
            await peer.attach_receiver(10, FIRST)
            refused, _ = await peer.expect(Detach)
            assert condition(refused.error) == "amqp:resource-limit-exceeded"
            assert refused.error
            assert refused.error.value[1].endswith("is 5. List of connected receivers - me, nil, nil, nil, nil.")
            for handle, address in ((20, FIRST[:-1] + "1"), (21, FIRST.replace("$Default", "Other"))):
                assert (await peer.attach_receiver(handle, address)).source
            peer.say(Detach(Uint(3), True))
            await peer.expect(Detach)
            assert (await peer.attach_receiver(11, FIRST)).source

    asyncio.run(story())


def test_one_with_an_epoch_takes_a_full_partition(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            for handle in range(MAX_READERS):
                await peer.attach_receiver(handle, FIRST)
            await peer.attach_receiver(9, FIRST, **epoch(0))
            evicted = {(await peer.expect(Detach))[0].handle for _ in range(MAX_READERS)}
            assert evicted == set(range(MAX_READERS))

    asyncio.run(story())


@given(st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=30))
def test_at_most_five_read_or_one_with_the_highest_epoch_asked_for(epochs: list[int | None]) -> None:
    group = ConsumerGroup("g")
    inside: list[Reader] = []

    def admit(number: int | None) -> None:
        reader = Reader(number, lambda _: inside.remove(reader))
        group.admit("0", reader)
        inside.append(reader)

    for number in epochs:
        holder = next((other.epoch for other in inside if other.epoch is not None), None)
        try:
            admit(number)
        except AmqpError as error:
            full = number is None and holder is None and len(inside) == MAX_READERS
            outranked = holder is not None and (number is None or number < holder)
            assert error.condition == ("amqp:resource-limit-exceeded" if full else "amqp:link:stolen")
            assert full or outranked
        else:
            assert inside[-1].epoch == number
        assert len(inside) == 1 or (len(inside) <= MAX_READERS and all(other.epoch is None for other in inside))


def test_dismissing_twice_or_a_stranger_does_no_harm() -> None:
    group = ConsumerGroups("orders").find("$default", "0")
    reader = Reader(None, lambda error: None)
    group.dismiss("0", reader)
    group.admit("0", reader)
    group.dismiss("0", reader)
    group.dismiss("0", reader)
