"""The codec against itself and against the decoder of Microsoft's client."""

from __future__ import annotations

import struct
import uuid

import pytest
from azure.eventhub._pyamqp import _decode
from hypothesis import given
from hypothesis import strategies as st

from local_azure.event_hubs.codec import (
    Array,
    CodecError,
    Described,
    Int,
    Short,
    Symbol,
    Timestamp,
    Ubyte,
    Uint,
    Ulong,
    Ushort,
    decode,
    encode,
    skip,
)
from local_azure.event_hubs.performatives import (
    Attach,
    Detach,
    Disposition,
    Flow,
    Open,
    Transfer,
    accepted,
    decode_performative,
    encode_performative,
    encode_settled_transfer,
    source,
)

symbols = st.text(st.characters(max_codepoint=126, min_codepoint=33), max_size=300).map(Symbol)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 2**8 - 1).map(Ubyte),
    st.integers(0, 2**16 - 1).map(Ushort),
    st.integers(-(2**15), 2**15 - 1).map(Short),
    st.integers(0, 2**32 - 1).map(Uint),
    st.integers(0, 2**64 - 1).map(Ulong),
    st.integers(-(2**31), 2**31 - 1).map(Int),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**62).map(Timestamp),
    st.floats(allow_nan=False),
    st.binary(max_size=400),
    st.text(max_size=300),
    st.uuids(),
    symbols,
    st.lists(symbols, max_size=5).map(Array),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.dictionaries(st.text(max_size=20), inner, max_size=6),
        st.builds(Described, st.one_of(symbols, st.integers(0, 300).map(Ulong)), inner),
    ),
    max_leaves=20,
)


def same(left: object, right: object) -> bool:
    return left == right and type(left) is type(right)


@given(values)
def test_what_is_encoded_decodes_to_the_same_value_and_type(value: object) -> None:
    data = encode(value)
    decoded, end = decode(data)
    assert same(decoded, value)
    assert end == len(data) == skip(data, 0)


@given(values, st.binary(max_size=5), st.binary(max_size=5))
def test_a_value_is_found_in_the_middle_of_other_bytes(value: object, before: bytes, after: bytes) -> None:
    data = before + encode(value) + after
    decoded, end = decode(data, len(before))
    assert same(decoded, value)
    assert end == skip(data, len(before)) == len(data) - len(after)


@given(st.binary(max_size=200))
def test_garbage_raises_nothing_but_a_codec_error(data: bytes) -> None:
    for read in (decode, skip):
        try:
            read(data, 0)
        except CodecError:
            continue


@given(values, st.data())
def test_a_value_cut_short_is_refused(value: object, data: st.DataObject) -> None:
    encoded = encode(value)
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(CodecError):
        decode(encoded[:cut])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x00\x40" * 100, "nested"),
        (b"\x00" * 5000, "nested"),
        (b"\xf0\x00\x00\x00\x05\xff\xff\xff\xff\x40", "more items"),
        (b"\xd0\xff\xff\xff\xff\x00\x00\x00\x01", "longer"),
        (b"\x3f", "unknown type"),
        (b"\xc1\x03\x02\x45\x40", "malformed"),  # a map with a list as key
    ],
)
def test_hostile_values_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(CodecError, match=why):
        decode(data)


@pytest.mark.parametrize("value", [object(), {1, 2}, Ubyte(256), Array([1])])
def test_what_amqp_has_no_place_for_is_refused(value: object) -> None:
    with pytest.raises(CodecError, match="cannot encode"):
        encode(value)


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300), st.integers(-(2**63), 2**63 - 1), st.uuids()))
def test_microsofts_decoder_reads_what_we_encode(value: str | bytes | int | uuid.UUID) -> None:
    data = memoryview(encode([value, {"key": value}]))
    _, (first, second) = _decode._DECODE_BY_CONSTRUCTOR[data[0]](data[1:])
    raw = value.encode() if isinstance(value, str) else value
    assert first == second[b"key"] == raw


@pytest.mark.parametrize(
    "performative",
    [
        Open("me", max_frame_size=Uint(512)),
        Attach("link", Uint(1), True, source=source("orders")),
        Flow(None, Uint(1), Uint(2), Uint(3), link_credit=Uint(300), drain=True),
        Disposition(True, Uint(7), settled=True, state=accepted()),
        Detach(Uint(0), True),
    ],
)
def test_performatives_carry_every_field(performative: Open | Attach | Flow | Disposition | Detach) -> None:
    body = encode_performative(performative)
    assert decode_performative(body) == (performative, b"")
    _, fields = _decode.decode_frame(memoryview(body))
    assert len(fields) == len(performative)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.booleans())
def test_the_transfer_layout_is_the_transfer_performative(handle: int, delivery: int, more: bool) -> None:
    body = encode_settled_transfer(handle, delivery, more) + b"payload"
    transfer = Transfer(Uint(handle), Uint(delivery), b"0", Uint(0), True, more, None, None, False, False, False)
    assert decode_performative(body) == (transfer, b"payload")


@pytest.mark.parametrize(
    "body",
    [
        encode("no performative"),
        encode(Described(Ulong(0x99), [])),
        encode(Described(Symbol("amqp:open:list"), [])),
        encode(Described(Ulong(0x12), ["name", "handle", True])),
        encode(Described(Ulong(0x12), ["name", -1, True])),
        encode(Described(Ulong(0x16), [])),
    ],
)
def test_frames_with_wrong_fields_are_refused(body: bytes) -> None:
    with pytest.raises(CodecError):
        decode_performative(body)


def test_missing_trailing_fields_are_null() -> None:
    body = b"\x00\x53\x16\xc0\x03\x01\x52\x05"  # a detach of one field
    assert decode_performative(body) == (Detach(Uint(5)), b"")


def test_small_integers_of_any_width_are_understood() -> None:
    for data, kind in ((b"\x43", Uint), (b"\x44", Ulong), (b"\x54\xff", Int), (b"\x55\xff", int)):
        assert type(decode(data)[0]) is kind
    assert decode(b"\x72" + struct.pack(">f", 0.5))[0] == 0.5
