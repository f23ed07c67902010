"""Who may do what: claims, policies of a hub, tokens in a request, SASL PLAIN, and where answers go."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from local_azure import settings
from local_azure.event_hubs.codec import FRAME_HEADER, SASL_FRAME, SASL_HEADER, Described, Symbol, Uint, frame
from local_azure.event_hubs.performatives import (
    ACCEPTED,
    Attach,
    Detach,
    Disposition,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
    decode_performative,
    encode_performative,
    source,
    target,
)

from ._peer import Peer, connect, event, sas_token, section
from .conftest import POLICIES, Serve

FIRST = "orders/ConsumerGroups/$Default/Partitions/0"
KEYS = {policy.name: policy.key for policy in POLICIES.policies}
READ = {"operation": "READ", "type": "com.microsoft:eventhub", "name": "orders"}


def refusal(detach: Detach) -> tuple[str, str]:
    assert isinstance(detach.error, Described)
    return str(detach.error.value[0]), detach.error.value[1]


@pytest.mark.parametrize(
    ("policy", "sends", "listens"),
    [("sender", True, False), ("listener", False, True), (settings.EVENT_HUBS_KEY_NAME, True, True)],
)
def test_a_policy_opens_what_its_claims_allow(serve: Serve, policy: str, sends: bool, listens: bool) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port, token=False) as peer:
            assert (await peer.put_token(key=KEYS[policy], policy=policy))["status-code"] == 200
            assert ((await peer.attach_sender(1, "orders")).target is not None) == sends
            if not sends:
                condition, words = refusal((await peer.expect(Detach))[0])
                assert condition == "amqp:unauthorized-access"
                assert words.startswith("Unauthorized access. 'Send' claim(s) are required")
            assert ((await peer.attach_receiver(2, FIRST)).source is not None) == listens
            if not listens:
                assert "'Listen' claim(s) are required" in refusal((await peer.expect(Detach))[0])[1]
            assert (await peer.ask("$management", READ))[0x74]["status-code"] == 200

    asyncio.run(story())


def test_a_claim_is_asked_for_with_each_send(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port, token=False) as peer:
            await peer.put_token(key=KEYS["sender"], policy="sender")
            await peer.attach_sender(1, "orders")
            (connection,) = namespace.broker.connections
            connection.grants.clock = lambda: 1e12  # the token has run out meanwhile
            peer.send(1, event(b"late"))
            outcome = (await peer.expect(Disposition))[0].state
            assert outcome and outcome.value[0].value[0] == "amqp:unauthorized-access"

    asyncio.run(story())


def test_a_hubs_policy_opens_no_other_hub(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1, letters=1) as namespace, connect(namespace.port, token=False) as peer:
            answers = [
                (await peer.put_token(hub, KEYS["of-letters"], "of-letters"))["status-code"]
                for hub in ("orders", "letters", "")
            ]
            assert answers == [401, 200, 200]
            assert (await peer.attach_sender(1, "letters")).target
            assert (await peer.attach_sender(2, "orders")).target is None

    asyncio.run(story())


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (sas_token(), 200),
        (sas_token(policy="listener", key=KEYS["listener"]), 200),
        (sas_token("letters", KEYS["of-letters"], "of-letters"), 401),
        (sas_token("letters"), 401),
        (sas_token(key="d3Jvbmc="), 401),
        (sas_token(life=-1), 401),
        ("nonsense", 401),
        (7, 401),
    ],
)
def test_a_management_request_proves_itself_by_its_own_token(serve: Serve, token: Any, status: int) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port, token=False) as peer:
            answer = await peer.ask("$management", READ | {"security_token": token})
            assert answer[0x74]["status-code"] == status
            assert (await peer.ask("$management", READ))[0x74]["status-code"] == 401  # it opened nothing else

    asyncio.run(story())


def test_a_wrong_token_in_a_request_is_not_saved_by_what_the_connection_proved(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            answer = await peer.ask("$management", READ | {"security_token": "SharedAccessSignature no"})
            assert answer[0x74]["status-code"] == 401

    asyncio.run(story())


@pytest.mark.missing
def test_a_token_of_entra_id_is_refused_by_name(serve: Serve) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port, token=False) as peer:
            request = {"operation": "put-token", "type": "jwt", "name": "sb://127.0.0.1/orders"}
            answer = (await peer.ask("$cbs", request, "e30.e30.x"))[0x74]
            assert answer["status-code"] == 401
            assert "servicebus.windows.net:sastoken only" in answer["status-description"]

    asyncio.run(story())


async def ask_by(peer: Peer, name: str, address: str, reply_to: str | None) -> Any:
    """A management request on links of these names; what comes first: its answer or a refusal."""
    peer.say(Attach(name, Uint(600), True, source=source("$management"), target=target(address)))
    await peer.expect(Attach)
    peer.flow(600, 10)
    await peer.attach_sender(601, "$management")
    properties = section(0x73, [uuid.uuid4(), None, None, None, reply_to])
    peer.send(601, properties + section(0x74, READ) + section(0x77, None))
    outcome = (await peer.expect(Disposition))[0].state
    return outcome.descriptor if outcome else None


@pytest.mark.parametrize(
    ("reply_to", "answered"), [("the-link", True), ("the-address", True), (None, True), ("elsewhere", False)]
)
def test_an_answer_goes_to_the_link_or_the_address_that_reply_to_names(
    serve: Serve, reply_to: str | None, answered: bool
) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace, connect(namespace.port) as peer:
            descriptor = await ask_by(peer, "the-link", "the-address", reply_to)
            assert (descriptor == ACCEPTED) == answered
            if answered:
                assert (await peer.receive())[0x77]["name"] == "orders"

    asyncio.run(story())


async def sasl(port: int, mechanism: str, response: bytes | None) -> int:
    """The outcome's code; 0 lets us in."""
    reader, writer = await asyncio.open_connection(settings.HOST, port)
    try:
        writer.write(SASL_HEADER)
        assert await reader.readexactly(8) == SASL_HEADER
        heard = []
        for answer in (SaslInit(Symbol(mechanism), response), None):
            size, *_ = FRAME_HEADER.unpack(await reader.readexactly(8))
            heard.append(decode_performative(await reader.readexactly(size - 8))[0])
            if answer:
                writer.write(frame(0, encode_performative(answer), SASL_FRAME))
        mechanisms, outcome = heard
        assert isinstance(mechanisms, SaslMechanisms) and isinstance(outcome, SaslOutcome)
        assert list(mechanisms.sasl_server_mechanisms) == ["PLAIN", "ANONYMOUS", "EXTERNAL", "MSSBCBS"]
        if outcome.code:
            assert await reader.read() == b""
        return int(outcome.code)
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("mechanism", "response", "code"),
    [
        ("PLAIN", f"\0sender\0{KEYS['sender']}".encode(), 0),
        ("PLAIN", f"whoever\0sender\0{KEYS['sender']}".encode(), 0),
        ("PLAIN", f"\0sender\0{KEYS['listener']}".encode(), 1),
        ("PLAIN", f"\0nobody\0{KEYS['sender']}".encode(), 1),
        ("PLAIN", b"\0\0", 1),
        ("PLAIN", b"\xff\0\xff\0\xff", 1),
        ("PLAIN", b"", 1),
        ("PLAIN", None, 1),
        ("ANONYMOUS", None, 0),
        ("SCRAM-SHA-256", b"n,,n=sender", 1),
    ],
)
def test_sasl_plain_proves_a_policy(serve: Serve, mechanism: str, response: bytes | None, code: int) -> None:
    async def story() -> None:
        async with serve(orders=1) as namespace:
            assert await sasl(namespace.port, mechanism, response) == code

    asyncio.run(story())
