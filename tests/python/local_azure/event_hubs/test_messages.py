"""Events through the broker's hands, made and read by Microsoft's client."""

from __future__ import annotations

from typing import Any

import pytest
from azure.eventhub import EventData, EventDataBatch
from azure.eventhub._pyamqp._decode import decode_payload
from azure.eventhub._pyamqp._encode import encode_payload
from azure.eventhub._pyamqp.message import Message
from azure.eventhub._transport._pyamqp_transport import PyamqpTransport
from hypothesis import given
from hypothesis import strategies as st

from local_azure.event_hubs.codec import CodecError, Described, Symbol, Ulong, encode
from local_azure.event_hubs.messages import (
    BATCH_FORMAT,
    Event,
    deliverable,
    split_event,
    split_message,
    with_delivery_annotations,
)


def encoded(event: EventData) -> bytes:
    output = bytearray()
    encode_payload(output, PyamqpTransport.to_outgoing_amqp_message(event.raw_amqp_message))
    return bytes(output)


def encoded_batch(*bodies: str, key: str | None = None) -> bytes:
    batch = EventDataBatch(partition_key=key)
    for body in bodies:
        batch.add(EventData(body))
    output = bytearray()
    encode_payload(output, batch._message)
    return bytes(output)


def received(event: Event, sequence: int = 5, offset: int = 77, enqueued_ms: int = 1000) -> EventData:
    message: Message = decode_payload(memoryview(deliverable(event, sequence, offset, enqueued_ms)))
    return EventData._from_message(message)


properties = st.dictionaries(
    st.text(min_size=1, max_size=20), st.one_of(st.text(max_size=50), st.booleans(), st.binary(max_size=50))
)


@given(st.binary(max_size=2000), properties, st.text(max_size=20))
def test_an_event_arrives_as_it_was_sent(body: bytes, given: dict[str, Any], message_id: str) -> None:
    sent = EventData(body)
    sent.properties = given
    sent.message_id = message_id
    got = received(split_event(encoded(sent)))
    assert b"".join(got.body) == body
    assert {key.decode(): value for key, value in (got.properties or {}).items()} == {
        key: value.encode() if isinstance(value, str) else value for key, value in given.items()
    }
    assert (got.message_id or "") == message_id


def test_the_broker_tells_an_events_place() -> None:
    got = received(split_event(encoded(EventData("x"))), sequence=2**40, offset=2**41, enqueued_ms=1_700_000_000_123)
    assert (got.sequence_number, got.offset) == (2**40, str(2**41))
    assert got.enqueued_time and got.enqueued_time.timestamp() == 1_700_000_000.123


def test_a_forwarded_event_loses_its_old_place() -> None:
    event = EventData("x")
    event.raw_amqp_message.annotations = {b"x-opt-offset": "9", b"x-opt-sequence-number": 9, b"mine": "kept"}
    got = received(split_event(encoded(event)))
    assert (got.sequence_number, got.offset) == (5, "77")
    assert got.raw_amqp_message.annotations[b"mine"] == b"kept"


def test_a_batch_comes_apart_and_keeps_its_key() -> None:
    events = split_message(encoded_batch("a", "b", "c", key="k-1"), BATCH_FORMAT)
    assert [received(event).body_as_str() for event in events] == ["a", "b", "c"]
    assert {received(event).partition_key for event in events} == {b"k-1"}
    assert {event.partition_key() for event in events} == {"k-1"}


def test_the_key_on_a_batch_holds_for_events_without_one() -> None:
    key = encode({Symbol("x-opt-partition-key"): "outer"})
    inner = encode(Described(Ulong(0x75), encoded(EventData("a"))))
    (event,) = split_message(b"\x00\x53\x72" + key + inner, BATCH_FORMAT)
    assert event.partition_key() == "outer"


@pytest.mark.parametrize("key", [7, b"bytes", None, ""])
def test_a_key_that_is_not_text_is_no_key(key: object) -> None:
    event = EventData("a")
    event.raw_amqp_message.annotations = {b"x-opt-partition-key": key}
    assert split_event(encoded(event)).partition_key() is None


@given(st.binary(max_size=300), st.sampled_from((0, BATCH_FORMAT)))
def test_garbage_is_refused_as_undecodable(data: bytes, message_format: int) -> None:
    try:
        split_message(data, message_format)
    except CodecError:
        return
    assert data  # a lucky strike is a message


@given(st.data())
def test_a_message_cut_short_or_altered_never_breaks_the_broker(data: st.DataObject) -> None:
    message = bytearray(encoded_batch("abc", "d" * 300, key="k"))
    message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    try:
        events = split_message(bytes(message[: data.draw(st.integers(0, len(message)))]), BATCH_FORMAT)
    except CodecError:
        return
    assert events


def test_delivery_annotations_go_behind_the_header() -> None:
    (event,) = split_message(encoded_batch("a", key="k"), BATCH_FORMAT)
    assert event.header
    message = with_delivery_annotations(deliverable(event, 1, 2, 3), {Symbol("last"): 4})
    decoded: Message = decode_payload(memoryview(message))
    assert message.startswith(event.header)
    assert decoded.delivery_annotations == {b"last": 4}
    assert decoded.header and decoded.header.durable
