"""A small AMQP client for tests: says exactly what the test wants said."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from azure.eventhub._pyamqp.utils import generate_sas_token

from local_azure import settings
from local_azure.event_hubs.codec import (
    AMQP_HEADER,
    FRAME_HEADER,
    Described,
    Symbol,
    Uint,
    Ulong,
    decode,
    encode,
    frame,
)
from local_azure.event_hubs.messages import BATCH_FORMAT, sections
from local_azure.event_hubs.performatives import (
    Attach,
    Begin,
    Detach,
    Flow,
    Open,
    Performative,
    Transfer,
    decode_performative,
    encode_performative,
    source,
    target,
)

P = TypeVar("P")


def section(code: int, value: Any) -> bytes:
    return encode(Described(Ulong(code), value))


def event(body: bytes, key: str | None = None) -> bytes:
    annotations = section(0x72, {Symbol("x-opt-partition-key"): key}) if key else b""
    return annotations + section(0x75, body)


def sas_token(
    hub: str = "orders",
    key: str = settings.EVENT_HUBS_KEY,
    policy: str = settings.EVENT_HUBS_KEY_NAME,
    life: int = 7200,
) -> str:
    token: str = generate_sas_token(f"sb://127.0.0.1/{hub}", policy, key, int(time.time()) + life)
    return token


def condition(refusal: Described | None) -> str:
    """The name of an error, which has its description and an empty info beside it."""
    assert refusal
    name, description, info = refusal.value
    assert description and info == {}  # Microsoft's Python client needs all three
    return str(name)


class Peer:
    """One connection with one session, after open and begin."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._deliveries = 0
        self._passed_over: list[tuple[Performative, bytes]] = []

    def say(self, performative: Performative, payload: bytes = b"", channel: int = 0) -> None:
        self.writer.write(frame(channel, encode_performative(performative) + payload))

    async def hear(self) -> tuple[Performative, bytes]:
        """The next frame that is not a heartbeat."""
        while True:
            size, *_ = FRAME_HEADER.unpack(await self.reader.readexactly(8))
            body = await self.reader.readexactly(size - 8)
            if body:
                return decode_performative(body)

    async def expect(self, kind: type[P]) -> tuple[P, bytes]:
        """The next frame of a kind; others are passed over, but detaches are kept."""
        for place, (performative, payload) in enumerate(self._passed_over):
            if isinstance(performative, kind):
                del self._passed_over[place]
                return performative, payload
        async with asyncio.timeout(5):
            while True:
                performative, payload = await self.hear()
                if isinstance(performative, kind):
                    return performative, payload
                if isinstance(performative, Detach):
                    self._passed_over.append((performative, payload))

    async def attach_sender(self, handle: int, address: str) -> Attach:
        self.say(Attach(f"s{handle}", Uint(handle), False, source=source("me"), target=target(address)))
        return (await self.expect(Attach))[0]

    async def attach_receiver(self, handle: int, address: str, credit: int = 100, **more: Any) -> Attach:
        filters = more.pop("filters", None)
        wanted = Attach(f"r{handle}", Uint(handle), True, source=source(address, filters), target=target("me"), **more)
        self.say(wanted)
        answer, _ = await self.expect(Attach)
        self.flow(handle, credit)
        return answer

    def flow(self, handle: int, credit: int, seen: int = 0, **more: Any) -> None:
        zero, window = Uint(0), Uint(5000)
        self.say(Flow(zero, window, zero, window, Uint(handle), Uint(seen), Uint(credit), **more))

    def send(self, handle: int, message: bytes, **more: Any) -> int:
        number, self._deliveries = self._deliveries, self._deliveries + 1
        self.say(Transfer(Uint(handle), Uint(number), b"%d" % number, Uint(0), False, **more), message)
        return number

    def send_batch(self, handle: int, message: bytes) -> int:
        number, self._deliveries = self._deliveries, self._deliveries + 1
        self.say(Transfer(Uint(handle), Uint(number), b"%d" % number, Uint(BATCH_FORMAT), False), message)
        return number

    async def receive(self) -> dict[int, Any]:
        """The next message, decoded by section."""
        _, message = await self.expect(Transfer)
        return {code: decode(message, value)[0] for code, _, value, _ in sections(message)}

    async def ask(self, node: str, properties: dict[str, Any], value: Any = None) -> dict[int, Any]:
        """One request to a node, on links 500 and 501."""
        await self.attach_receiver(500, node)
        await self.attach_sender(501, node)
        body = section(0x73, [uuid.uuid4()]) + section(0x74, properties) + section(0x77, value)
        self.send(501, body)
        answer = await self.receive()
        for handle in (500, 501):
            self.say(Detach(Uint(handle), True))
            await self.expect(Detach)
        return answer

    async def put_token(
        self, hub: str = "orders", key: str = settings.EVENT_HUBS_KEY, policy: str = settings.EVENT_HUBS_KEY_NAME
    ) -> dict[str, Any]:
        """Prove who we are; the properties of the answer."""
        audience = f"sb://127.0.0.1/{hub}"
        token = sas_token(hub, key, policy)
        kind = "servicebus.windows.net:sastoken"
        answer = await self.ask("$cbs", {"operation": "put-token", "type": kind, "name": audience}, token)
        properties: dict[str, Any] = answer[0x74]
        return properties


@asynccontextmanager
async def connect(port: int, *, token: bool = True, **opening: Any) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection(settings.HOST, port)
    peer = Peer(reader, writer)
    try:
        writer.write(AMQP_HEADER)
        assert await reader.readexactly(8) == AMQP_HEADER
        peer.say(Open("test", **opening))
        await peer.expect(Open)
        peer.say(Begin(None, Uint(0), Uint(5000), Uint(5000)))
        await peer.expect(Begin)
        if token:
            assert (await peer.put_token())["status-code"] == 200
        yield peer
    finally:
        writer.close()
