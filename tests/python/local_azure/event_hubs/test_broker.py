"""What the namespace answers, frame by frame, in this process."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import Any

import pytest

from local_azure.event_hubs import connection as connection_module
from local_azure.event_hubs.codec import AMQP_HEADER, SASL_HEADER, Described, Symbol, Uint, Ulong
from local_azure.event_hubs.messages import BATCH_FORMAT, MAX_MESSAGE_SIZE, Event
from local_azure.event_hubs.performatives import (
    ACCEPTED,
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    End,
    Flow,
    Transfer,
)
from local_azure.event_hubs.selector import SELECTOR_FILTER

from ._peer import Peer, condition, connect, event, section
from .conftest import Namespace, Serve

FIRST = "orders/ConsumerGroups/$Default/Partitions/0"
ANNOTATIONS, DATA = 0x72, 0x75


async def outcome(peer: Peer, number: int) -> Described:
    disposition, _ = await peer.expect(Disposition)
    assert (disposition.first, disposition.last, disposition.settled) == (number, number, True)
    assert disposition.state
    return disposition.state


async def rejection(peer: Peer, number: int) -> str:
    return condition((await outcome(peer, number)).value[0])


def test_a_send_is_acknowledged_and_delivered(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_sender(0, "orders")
            number = peer.send(0, event(b"hello"))
            assert (await outcome(peer, number)).descriptor == ACCEPTED
            await peer.attach_receiver(1, FIRST)
            message = await peer.receive()
            assert message[DATA] == b"hello"
            assert message[ANNOTATIONS]["x-opt-sequence-number"] == 0
            assert namespace.broker.flow()["hubs"]["orders"] == {"events_in": 1, "events_out": 1}

    asyncio.run(story())


def test_a_waiting_consumer_gets_what_comes_and_only_as_much_as_it_has_credit_for(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_receiver(1, FIRST, credit=2)
            await peer.attach_sender(0, "orders/Partitions/0")
            for number in range(4):
                peer.send(0, event(b"%d" % number))
            assert [(await peer.receive())[DATA] for _ in range(2)] == [b"0", b"1"]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await peer.expect(Transfer)
            peer.flow(1, credit=5, seen=2)
            assert [(await peer.receive())[DATA] for _ in range(2)] == [b"2", b"3"]

    asyncio.run(story())


def test_drain_gives_the_credit_back(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_receiver(1, FIRST, credit=0)
            peer.flow(1, credit=7, drain=True)
            drained, _ = await peer.expect(Flow)
            assert (drained.delivery_count, drained.link_credit, drained.drain) == (7, 0, True)
            peer.flow(1, credit=3, seen=7, echo=True)
            echoed, _ = await peer.expect(Flow)
            assert (echoed.delivery_count, echoed.link_credit) == (7, 3)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("selector", "bodies"),
    [
        ("amqp.annotation.x-opt-sequence-number > '1'", [b"2", b"3"]),
        ("amqp.annotation.x-opt-sequence-number >= '1'", [b"1", b"2", b"3"]),
        ("amqp.annotation.x-opt-enqueued-time > '0'", [b"0", b"1", b"2", b"3"]),
        ("amqp.annotation.x-opt-offset > '-1'", [b"0", b"1", b"2", b"3"]),
        ("amqp.annotation.x-opt-offset > '@latest'", [b"new"]),
        ("amqp.annotation.x-opt-sequence-number > '3'", [b"new"]),
    ],
)
def test_a_consumer_starts_where_it_asks(serve: Serve, selector: str, bodies: list[bytes]) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_sender(0, "orders")
            batch = b"".join(section(0x75, event(b"%d" % number)) for number in range(4))
            peer.say(Transfer(Uint(0), Uint(50), b"t", Uint(BATCH_FORMAT)), batch)
            await outcome(peer, 50)
            filters = {Symbol(SELECTOR_FILTER): Described(Symbol(SELECTOR_FILTER), selector)}
            await peer.attach_receiver(1, FIRST, filters=filters)
            peer.send(0, event(b"new"))
            assert [(await peer.receive())[DATA] for _ in bodies] == bodies

    asyncio.run(story())


@pytest.mark.parametrize(
    ("selector", "wanted", "words"),
    [
        (
            "amqp.annotation.x-opt-offset > '999999'",
            "com.microsoft:argument-error",
            "The supplied offset '999999' is invalid. The last offset in the system is '-1'",
        ),
        (
            f"amqp.annotation.x-opt-sequence-number > '{2**63 - 1}'",
            "com.microsoft:argument-error",
            f"The supplied sequence number '{2**63 - 1}' is invalid. The last sequence number in the system is '-1'",
        ),
        ("anything else", "amqp:invalid-field", "The selector 'anything else' is not understood."),
    ],
)
def test_a_start_that_cannot_be_is_refused(serve: Serve, selector: str, wanted: str, words: str) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            answer = await peer.attach_receiver(1, FIRST, filters={Symbol(SELECTOR_FILTER): selector})
            assert answer.source is None
            error = (await peer.expect(Detach))[0].error
            assert condition(error) == wanted
            assert error and error.value[1] == words

    asyncio.run(story())


@pytest.mark.parametrize(
    "address",
    ["letters", "orders/other/0", "letters/ConsumerGroups/$Default/Partitions/0"],
)
@pytest.mark.parametrize("receives", [False, True])
def test_an_unknown_entity_is_not_found(serve: Serve, address: str, receives: bool) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.put_token("letters")
            attach = peer.attach_receiver if receives else peer.attach_sender
            answer = await attach(1, address)
            assert answer.source is None and answer.target is None
            assert condition((await peer.expect(Detach))[0].error) == "amqp:not-found"

    asyncio.run(story())


def test_an_unknown_partition_is_out_of_range(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_sender(1, "orders/Partitions/9")
            await peer.attach_receiver(2, "orders/ConsumerGroups/$Default/Partitions/9")
            for _ in range(2):
                error = (await peer.expect(Detach))[0].error
                assert condition(error) == "com.microsoft:argument-out-of-range"
                assert error and "It should be between 0 and 0." in error.value[1]

    asyncio.run(story())


def test_nothing_is_open_without_a_token(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port, token=False) as peer:
            await peer.attach_sender(1, "orders")
            assert condition((await peer.expect(Detach))[0].error) == "amqp:unauthorized-access"
            await peer.attach_receiver(2, FIRST)
            assert condition((await peer.expect(Detach))[0].error) == "amqp:unauthorized-access"
            read = {"operation": "READ", "type": "com.microsoft:eventhub", "name": "orders"}
            assert (await peer.ask("$management", read))[0x74]["status-code"] == 401

    asyncio.run(story())


def test_a_token_signed_with_another_key_is_refused(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port, token=False) as peer:
            answer = await peer.put_token(key="bm90IHRoZSBrZXk=")
            assert answer["status-code"] == 401
            assert "InvalidSignature" in answer["status-description"]

    asyncio.run(story())


def test_management_describes_hub_and_partition(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=2) as namespace, connect(namespace.port) as peer:
            read = {"operation": "READ", "name": "ORDERS"}
            hub = (await peer.ask("$management", read | {"type": "com.microsoft:eventhub"}))[0x77]
            assert (hub["name"], hub["partition_ids"]) == ("orders", ["0", "1"])
            partition = read | {"type": "com.microsoft:partition", "partition": "1"}
            assert (await peer.ask("$management", partition))[0x77]["is_partition_empty"] is True

    asyncio.run(story())


@pytest.mark.parametrize(
    ("asked", "status", "why"),
    [
        (
            {"operation": "READ", "type": "com.microsoft:partition", "name": "orders", "partition": "7"},
            400,
            "com.microsoft:argument-out-of-range",
        ),
        ({"operation": "DELETE", "type": "com.microsoft:eventhub", "name": "orders"}, 501, "amqp:not-implemented"),
        ({"operation": "READ", "type": ["odd"], "name": "orders"}, 501, "amqp:not-implemented"),
        ({}, 501, "amqp:not-implemented"),
    ],
)
def test_management_refuses_by_status(serve: Serve, asked: dict[str, Any], status: int, why: str) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            told = (await peer.ask("$management", asked))[0x74]
            assert (told["status-code"], told["error-condition"]) == (status, why)

    asyncio.run(story())


def test_a_message_above_the_limit_is_refused_and_the_link_goes_on(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            answer = await peer.attach_sender(0, "orders")
            assert answer.max_message_size == MAX_MESSAGE_SIZE
            piece = b"x" * (200 * 1024)
            for more in (True, True, True, True, True, False):
                peer.say(Transfer(Uint(0), Uint(7), b"t", Uint(0), False, more), piece)
            assert await rejection(peer, 7) == "amqp:link:message-size-exceeded"
            assert (await outcome(peer, peer.send(0, event(b"small")))).descriptor == ACCEPTED

    asyncio.run(story())


def test_what_is_not_a_message_is_refused_and_the_link_goes_on(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_sender(0, "orders")
            assert await rejection(peer, peer.send(0, b"junk")) == "amqp:decode-error"
            assert await rejection(peer, peer.send(0, b"")) == "amqp:decode-error"
            peer.say(Transfer(Uint(0), Uint(90), b"t", Uint(0), False, True), b"begun")
            peer.say(Transfer(Uint(0), Uint(90), b"t", Uint(0), False, False, aborted=True))
            assert (await outcome(peer, peer.send(0, event(b"good")))).descriptor == ACCEPTED
            assert namespace.broker.flow()["events_in"] == 1

    asyncio.run(story())


def test_a_full_disk_refuses_the_send_and_recovers(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_sender(0, "orders")
            with monkeypatch.context() as patched:
                patched.setattr(os, "pwrite", full)
                assert await rejection(peer, peer.send(0, event(b"lost"))) == "amqp:resource-limit-exceeded"
            assert (await outcome(peer, peer.send(0, event(b"kept")))).descriptor == ACCEPTED
            await peer.attach_receiver(1, FIRST)
            assert (await peer.receive())[DATA] == b"kept"

    asyncio.run(story())


def test_a_large_event_comes_in_frames_of_the_peers_size(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port, max_frame_size=Uint(512)) as peer:
            await peer.attach_sender(0, "orders")
            body = bytes(range(256)) * 20
            await outcome(peer, peer.send(0, event(body)))
            await peer.attach_receiver(1, FIRST)
            message, more, ids = b"", True, set()
            while more:
                transfer, piece = await peer.expect(Transfer)
                message, more = message + piece, bool(transfer.more)
                ids.add(transfer.delivery_id)
                assert len(piece) < 512
            assert len(ids) == 1
            assert message.endswith(body)

    asyncio.run(story())


def test_a_consumer_that_asks_for_it_hears_about_the_last_event(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_sender(0, "orders")
            for number in range(2):
                await outcome(peer, peer.send(0, event(b"%d" % number)))
            wanted = [Symbol("com.microsoft:enable-receiver-runtime-metric")]
            await peer.attach_receiver(1, FIRST, desired_capabilities=wanted)
            assert (await peer.receive())[0x71]["last_enqueued_sequence_number"] == 1

    asyncio.run(story())


def test_detach_after_end_is_ignored_and_channels_are_reusable(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_receiver(1, FIRST)
            peer.say(End())
            peer.say(Detach(Uint(1), True))
            await peer.expect(End)
            peer.say(Begin(None, Uint(0), Uint(10), Uint(10)))
            await peer.expect(Begin)
            await peer.attach_receiver(1, FIRST)

    asyncio.run(story())


@pytest.mark.parametrize(
    "wrong",
    [
        Transfer(Uint(0), Uint(0)),
        Begin(None, Uint(0), Uint(1), Uint(1)),
    ],
)
def test_a_frame_out_of_place_closes_the_connection_with_a_reason(serve: Serve, wrong: Transfer | Begin) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            peer.say(wrong, channel=0 if isinstance(wrong, Begin) else 9)
            assert condition((await peer.expect(Close))[0].error) == "amqp:not-allowed"
            assert await peer.reader.read() == b""

    asyncio.run(story())


GARBAGE = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    SASL_HEADER + b"\xff" * 40,
    AMQP_HEADER + b"\x00\x00\x00\x03\x02\x00\x00\x00",
    AMQP_HEADER + b"\x7f\xff\xff\xff\x02\x00\x00\x00",
    AMQP_HEADER + b"\x00\x00\x00\x0c\x02\x00\x00\x00\x00\x00\x00\x00",
    AMQP_HEADER + b"\x00\x00\x00\x09\x02\x00\x00\x00\x40",
    AMQP_HEADER[:5],
]


def test_garbage_connections_do_no_harm(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def throw(port: int, garbage: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(garbage)
        writer.write_eof()
        try:
            await reader.read()
        except ConnectionResetError:
            pass
        finally:
            writer.close()

    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_sender(0, "orders")
            await asyncio.gather(*(throw(namespace.port, garbage) for garbage in GARBAGE * 10))
            assert (await outcome(peer, peer.send(0, event(b"unharmed")))).descriptor == ACCEPTED
            assert len(namespace.broker.connections) == 1

    asyncio.run(story())
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "greeting",
    [
        b"\x00\x00\x00\x14\x00\x12\x00\x00\x00\x00\x00\x01\x00\x0aconsumer-1",  # Kafka's ApiVersions
        b"GET /$servicebus/websocket HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: amqp\r\n\r\n",
        b"AMQP\x00\x00\x09\x01",  # AMQP 0-9-1
        b"AMQP\x02\x01\x00\x00",  # TLS inside AMQP
    ],
)
def test_what_is_not_spoken_is_told_what_is(serve: Serve, greeting: bytes) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace:
            reader, writer = await asyncio.open_connection("127.0.0.1", namespace.port)
            writer.write(greeting)
            assert await reader.read() == SASL_HEADER
            writer.close()

    asyncio.run(story())


def test_a_reader_that_never_reads_is_buffered_within_bounds(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "LINGER", 0.05)

    async def fill(namespace: Namespace) -> None:
        partition = namespace.broker.hubs["orders"].partitions[0]
        sends = [partition.append([Event(b"", {}, section(0x75, b"x" * 500_000))], 500_000) for _ in range(30)]
        await asyncio.gather(*sends)

    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await fill(namespace)
            await peer.attach_receiver(1, FIRST, credit=1000)
            await asyncio.sleep(0.3)
            (served,) = namespace.broker.connections
            assert served._writer.transport.get_write_buffer_size() < 3 * connection_module.WRITE_BUFFER

    asyncio.run(story())


def test_unfinished_messages_are_bounded(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "HELD_BYTES", 300_000)

    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            for handle in range(4):
                await peer.attach_sender(handle, "orders")
                peer.say(Transfer(Uint(handle), Uint(handle), b"t", Uint(0), False, True), b"x" * 100_000)
            closed, _ = await peer.expect(Close)
            assert condition(closed.error) == "amqp:resource-limit-exceeded"

    asyncio.run(story())


def test_a_closed_partition_takes_nothing_more(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_sender(0, "orders")
            await namespace.broker.hubs["orders"].close()
            peer.send(0, event(b"late"))
            assert Disposition not in {type(await _hear(peer)) for _ in range(2)}

    async def _hear(peer: Peer) -> object:
        try:
            return (await peer.hear())[0]
        except asyncio.IncompleteReadError:
            return None

    asyncio.run(story())


def test_shutting_down_says_so(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            await peer.attach_receiver(1, FIRST)
            await namespace.broker.shut()
            assert condition((await peer.expect(Close))[0].error) == "amqp:connection:forced"
            assert not namespace.broker.connections

    asyncio.run(story())


def test_a_hostile_attach_gets_an_answer_not_a_traceback(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            for odd in (Described(Ulong(0x28), "text"), Described(Ulong(0x28), []), None):
                peer.say(Attach("odd", Uint(3), True, source=odd, target=odd))
                assert condition((await peer.expect(Detach))[0].error) == "amqp:not-found"
            peer.say(Attach("high", Uint(5000), True))
            assert condition((await peer.expect(Close))[0].error) == "amqp:connection:framing-error"

    asyncio.run(story())
    assert "Traceback" not in caplog.text
