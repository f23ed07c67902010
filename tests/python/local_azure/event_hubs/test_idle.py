"""How long a connection may say nothing, or have no link."""

from __future__ import annotations

import asyncio

import pytest

from local_azure.event_hubs import connection as connection_module
from local_azure.event_hubs.codec import Uint
from local_azure.event_hubs.performatives import Close, Detach

from ._peer import condition, connect
from .conftest import Serve


def test_one_who_never_speaks_is_shown_out(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "HANDSHAKE_TIMEOUT", 0.05)
    monkeypatch.setattr(connection_module, "IDLE_TIMEOUT", 0.1)

    async def story() -> None:
        async with serve(orders=1) as namespace:
            reader, writer = await asyncio.open_connection("127.0.0.1", namespace.port)
            assert await reader.read() == b""
            writer.close()
            async with connect(namespace.port) as peer:
                error = (await peer.expect(Close))[0].error
                assert condition(error) == "amqp:connection:forced"
                assert error and "inactive for more than the allowed 100 milliseconds" in error.value[1]

    asyncio.run(story())


@pytest.mark.parametrize("had_one", [False, True])
def test_heartbeats_do_not_keep_a_connection_without_links(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, had_one: bool
) -> None:
    monkeypatch.setattr(connection_module, "FIRST_LINK_TIMEOUT", 0.4)
    monkeypatch.setattr(connection_module, "LINK_TIMEOUT", 0.2)

    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            if had_one:
                await peer.attach_sender(1, "orders")
                await asyncio.sleep(0.5)
                peer.say(Detach(Uint(1), True))
            error = (await peer.expect(Close))[0].error
            assert condition(error) == "amqp:connection:forced"
            assert error and f"allowed {200 if had_one else 400} milliseconds" in error.value[1]

    asyncio.run(story())


def test_heartbeats_keep_a_peer_that_asks_for_them(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port, idle_time_out=Uint(60)) as peer:
            assert await peer.reader.readexactly(8) == b"\x00\x00\x00\x08\x02\x00\x00\x00"

    asyncio.run(story())
