"""Packets, types and login messages as bytes."""

from __future__ import annotations

import datetime as dt
import socket
import struct
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.synapse import login, packets, rpc, tokens
from local_azure.synapse.errors import SqlError
from local_azure.synapse.packets import Channel, Disconnected, Writer
from local_azure.synapse.scope import BoundColumn
from local_azure.synapse.sqltypes import SqlType, decimal, make_type
from local_azure.synapse.wire_types import Reader, encoder, type_info


def back(type_: SqlType, value: Any) -> Any:
    reader = Reader(type_info(type_) + encoder(type_)(value))
    found, read = reader.value()
    assert reader.ended
    assert found.name == type_.name
    return read


@pytest.mark.parametrize(
    "name",
    [
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "bit",
        "float",
        "real",
        "money",
        "smallmoney",
        "date",
        "datetime",
        "smalldatetime",
        "uniqueidentifier",
        "time",
        "datetime2",
        "decimal",
        "varchar",
        "nvarchar",
        "char",
        "nchar",
        "varbinary",
        "binary",
    ],
)
def test_null_of_every_type(name: str) -> None:
    assert back(make_type(name, []), None) is None


@given(st.integers(1, 38), st.data())
def test_decimals(precision: int, data: st.DataObject) -> None:
    scale = data.draw(st.integers(0, precision))
    value = Decimal(data.draw(st.integers(-(10**precision) + 1, 10**precision - 1))).scaleb(-scale)
    assert back(decimal(precision, scale), value) == value or precision > 28


@given(st.datetimes())
def test_datetime2(value: dt.datetime) -> None:
    assert back(SqlType("datetime2", scale=7), value) == value
    assert back(SqlType("date"), value.date()) == value.date()
    assert back(SqlType("time", scale=6), value.time()) == value.time()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.sampled_from([4000, -1]))
def test_text(value: str, length: int) -> None:
    assert back(SqlType("nvarchar", length), value) == value


@given(st.binary(max_size=200), st.sampled_from([8000, -1]))
def test_bytes(value: bytes, length: int) -> None:
    assert back(SqlType("varbinary", length), value) == value


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers(value: int) -> None:
    assert back(SqlType("bigint"), value) == value
    money = Decimal(value).scaleb(-4)
    assert back(SqlType("money"), money) == money


@given(st.binary(max_size=20000), st.integers(512, 9000))
def test_messages_are_cut_and_joined(payload: bytes, size: int) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        writer = Writer(Channel(near))
        writer.packet_size = size
        writer.add(payload)
        writer.finish()
        message = packets.read_message(Channel(far))
    assert (message.kind, message.data) == (packets.RESPONSE, payload)


def test_a_broken_packet_ends_the_connection() -> None:
    near, far = socket.socketpair()
    with near, far:
        near.sendall(struct.pack(">BBHHBB", 1, 1, 3, 0, 1, 0))
        with pytest.raises(Disconnected):
            packets.read_message(Channel(far))


def call(name: str, *values: bytes) -> bytes:
    body = struct.pack("<H", len(name)) + name.encode("utf-16-le") + b"\x00\x00"
    return body + b"".join(b"\x00\x00" + value for value in values)


def test_every_call_of_a_message_is_read() -> None:
    one = type_info(SqlType("int")) + encoder(SqlType("int"))(1)
    headers = struct.pack("<I", 4)
    found = rpc.parse_calls(
        headers + call("[sys].sp_a", one) + b"\x80" + call("sp_b", one, one) + b"\x80" + call("sp_c")
    )
    assert [(c.name, len(c.parameters)) for c in found] == [("sp_a", 1), ("sp_b", 2), ("sp_c", 0)]


def test_a_client_gets_the_encryption_that_it_asks_for() -> None:
    answers = [login.answer_encryption(wanted) for wanted in range(4)]
    assert answers == [0, 1, 2, 1]
    assert login.client_encryption(login.prelogin_answer(1)) == 1


def test_login_checks() -> None:
    asked = login.Login(0x74000004, 4096, "Pipeline", "secret", "app", "")
    login.check(asked, {"pipeline": "secret", "reader": "other"}, "warehouse")
    with pytest.raises(SqlError, match="Login failed for user 'Pipeline'"):
        login.check(asked, {"pipeline": "Secret"}, "warehouse")
    with pytest.raises(SqlError, match="Login failed"):
        login.check(asked, {"reader": "secret"}, "warehouse")


def test_what_no_float_is_is_refused_as_a_parameter() -> None:
    nan = type_info(SqlType("float")) + encoder(SqlType("float"))(float("nan"))
    with pytest.raises(SqlError, match="not a valid instance of data type float") as raised:
        rpc.parse_calls(struct.pack("<I", 4) + call("sp_a", nan))
    assert raised.value.number == 8023


def test_the_last_tick_of_a_day_stays_in_it() -> None:
    last = (864_000_000_000 - 1).to_bytes(5, "little")
    day = (dt.date(9999, 12, 31).toordinal() - 1).to_bytes(3, "little")
    assert Reader(b"\x29\x07\x05" + last).value()[1] == dt.time(23, 59, 59, 999999)
    assert Reader(b"\x2a\x07\x08" + last + day).value()[1] == dt.datetime(9999, 12, 31, 23, 59, 59, 999999)


def test_a_name_counts_its_code_units() -> None:
    assert tokens.column_metadata([BoundColumn("😀", SqlType("int"), "")]).endswith(b"\x02" + "😀".encode("utf-16-le"))


def test_a_value_beyond_its_type_is_an_overflow() -> None:
    with pytest.raises(SqlError) as raised:
        tokens.rows([BoundColumn("a", SqlType("money"), "")], [(Decimal(10) ** 15,)])
    assert raised.value.number == 8115


def test_done_counts() -> None:
    assert tokens.done(tokens.DONE, 0, "MERGE", 3) == b"\xfd\x10\x00\x17\x01" + struct.pack("<Q", 3)
    assert tokens.done(tokens.DONE_PROC, tokens.MORE) == b"\xfe\x01\x00\x00\x00" + bytes(8)
