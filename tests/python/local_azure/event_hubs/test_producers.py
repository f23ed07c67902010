"""Idempotent producers: a batch sent again is stored once, also over a restart."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.event_hubs.codec import Described, Int, Short, Symbol, Uint, encode
from local_azure.event_hubs.hub import Partition
from local_azure.event_hubs.messages import BATCH_FORMAT, Event, split_message
from local_azure.event_hubs.performatives import ACCEPTED, AmqpError, Attach, Detach, Disposition, source, target
from local_azure.event_hubs.producers import CAPABILITY, EPOCH, ID, SEQUENCE, Batch, Producers, Verdict, batch_of

from ._peer import Peer, connect, section
from .conftest import Serve


def published(producer: int, number: int, body: bytes = b"x", epoch: int = 0) -> bytes:
    place = {ID: producer, EPOCH: Short(epoch), SEQUENCE: Int(number)}
    return section(0x72, place) + section(0x75, body)


def batch(producer: int, first: int, count: int = 1, epoch: int = 0) -> bytes:
    numbers = range(first, first + count)
    return b"".join(section(0x75, published(producer, number, b"%d" % number, epoch)) for number in numbers)


async def attach(peer: Peer, handle: int, address: str = "orders/Partitions/0", **wanted: Any) -> Attach:
    properties = {Symbol(f"com.microsoft:producer-{name}".replace("_", "-")): value for name, value in wanted.items()}
    peer.say(
        Attach(
            f"p{handle}",
            Uint(handle),
            False,
            source=source("me"),
            target=target(address),
            desired_capabilities=[CAPABILITY],
            properties=properties,
        )
    )
    return (await peer.expect(Attach))[0]


async def send(peer: Peer, handle: int, message: bytes) -> str:
    number = peer.send_batch(handle, message)
    disposition, _ = await peer.expect(Disposition)
    assert disposition.first == number
    assert isinstance(disposition.state, Described)
    return "accepted" if disposition.state.descriptor == ACCEPTED else str(disposition.state.value[0].value[0])


def test_a_producer_is_told_who_it_is_and_where_it_stands(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            answer = await attach(peer, 0, id=None, epoch=None, sequence_number=None)
            assert answer.offered_capabilities == [CAPABILITY]
            assert answer.properties
            assert answer.properties[ID] > 0
            assert (answer.properties[EPOCH], answer.properties[SEQUENCE]) == (0, 0)
            assert isinstance(answer.properties[EPOCH], Short)
            other = await attach(peer, 1)
            assert other.properties and other.properties[ID] != answer.properties[ID]
            plain = await peer.attach_sender(2, "orders/Partitions/0")
            assert (plain.properties, plain.offered_capabilities) == (None, None)

    asyncio.run(story())


def test_a_batch_sent_again_is_acknowledged_and_stored_once(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            partition = namespace.broker.hubs["orders"].partitions[0]
            await attach(peer, 0, id=7)
            assert await send(peer, 0, batch(7, 1, 3)) == "accepted"
            assert await send(peer, 0, batch(7, 1, 3)) == "accepted"
            assert partition.log.next_sequence == 3
            assert await send(peer, 0, batch(7, 4)) == "accepted"
            for first, count in ((6, 1), (1, 2), (2, 3), (3, 4)):
                assert await send(peer, 0, batch(7, first, count)) == "com.microsoft:out-of-order-sequence"
            assert await send(peer, 0, section(0x75, section(0x75, b"x"))) == "amqp:invalid-field"
            assert await send(peer, 0, batch(7, 5) + batch(7, 7)) == "amqp:invalid-field"
            assert partition.log.next_sequence == 4

    asyncio.run(story())


def test_repeats_that_wait_together_are_stored_once(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            partition = namespace.broker.hubs["orders"].partitions[0]
            await attach(peer, 0, id=7)
            for message in (batch(7, 1, 2), batch(7, 1, 2), batch(7, 3), batch(7, 3), batch(7, 1, 2)):
                peer.send_batch(0, message)
            for _ in range(5):
                state = (await peer.expect(Disposition))[0].state
                assert state and state.descriptor == ACCEPTED
            assert partition.log.next_sequence == 3

    asyncio.run(story())


def test_a_higher_epoch_shuts_the_lower_one_out(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await attach(peer, 0, id=7, epoch=Short(1))
            assert await send(peer, 0, batch(7, 1, epoch=1)) == "accepted"
            answer = await attach(peer, 1, id=7, epoch=Short(2), sequence_number=Int(1))
            stolen, _ = await peer.expect(Detach)
            assert (stolen.handle, stolen.error and stolen.error.value[0]) == (0, "com.microsoft:producer-epoch-stolen")
            assert answer.properties and answer.properties[EPOCH] == 2
            assert await send(peer, 1, batch(7, 2, epoch=1)) == "com.microsoft:producer-epoch-stolen"
            assert await send(peer, 1, batch(7, 2, epoch=2)) == "accepted"
            late = await attach(peer, 2, id=7, epoch=Short(1))
            assert late.target is None

    asyncio.run(story())


def test_an_idempotent_producer_names_its_partition(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            assert (await attach(peer, 0, "orders")).target is None
            refused, _ = await peer.expect(Detach)
            assert refused.error and refused.error.value[0] == "amqp:not-allowed"

    asyncio.run(story())


def test_an_ordinary_producer_claims_no_place(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            partition = namespace.broker.hubs["orders"].partitions[0]
            await peer.attach_sender(1, "orders/Partitions/0")
            for _ in range(2):
                assert await send(peer, 1, batch(7, 9)) == "accepted"
            assert partition.log.next_sequence == 2
            await attach(peer, 0, id=7)
            assert await send(peer, 0, batch(7, 1)) == "accepted"
            await peer.attach_receiver(2, "orders/ConsumerGroups/$Default/Partitions/0")
            assert ID not in (await peer.receive())[0x72]

    asyncio.run(story())


def test_what_was_published_is_known_after_a_restart(tmp_path: Path) -> None:
    def events(first: int, count: int = 1) -> list[Event]:
        return split_message(batch(7, first, count), BATCH_FORMAT)

    async def story() -> None:
        executor = ThreadPoolExecutor(1)
        partition = Partition(0, tmp_path, executor)
        for first, count in ((1, 2), (3, 1)):
            await partition.append(events(first, count), 1, batch_of(events(first, count)))
        await partition.append([Event(b"", {}, section(0x75, ID.encode()))], 1)  # the name in a body means nothing
        await partition.close()
        again = Partition(0, tmp_path, executor)
        await again.append(events(3), 1, batch_of(events(3)))
        assert again.log.next_sequence == 4
        with pytest.raises(AmqpError, match="expected 4"):
            await again.append(events(5), 1, batch_of(events(5)))
        await again.append(events(4), 1, batch_of(events(4)))
        assert again.producers.open({ID: 7}, lambda error: None)[SEQUENCE] == 4
        await again.close()

    asyncio.run(story())


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=40))
def test_retries_never_store_twice_and_never_lose(steps: list[tuple[int, bool]]) -> None:
    producers, stored, last = Producers(), [], 0
    producers.open({ID: 1}, lambda error: None)
    for count, retried in steps:
        following = Batch(1, 0, last + 1, last + 1 + count)
        assert producers.judge(following) is Verdict.NEW
        stored.append(following)
        producers._known[1].last, last = following.last, following.last
        producers._known[1].batches.append(following)
        if retried:
            assert producers.judge(following) is Verdict.REPEATED
    assert [one.first for one in stored] == [1, *(one.last + 1 for one in stored[:-1])][: len(stored)]


def test_a_producer_that_never_published_is_forgotten() -> None:
    producers = Producers()

    def evict(error: AmqpError) -> None:
        raise AssertionError(error)

    producers.open({}, evict)
    producers.leave(evict)
    assert not producers._known


def test_the_numbers_begin_anew_behind_the_last() -> None:
    last = 0x7FFFFFFF
    events = [
        Event(b"", {encode(ID): encode(7), encode(EPOCH): encode(Short(0)), encode(SEQUENCE): encode(Int(n))}, b"")
        for n in (last, 0)
    ]
    assert batch_of(events) == Batch(7, 0, last, 0)
