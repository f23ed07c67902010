"""The links of a session: producers, consumers, and the request and response links of the nodes."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

from local_azure.event_hubs.auth import Claim, entity_of
from local_azure.event_hubs.codec import Array, CodecError, Described, Symbol, Timestamp, Ubyte, Uint, Ulong
from local_azure.event_hubs.hub import EventHub, Partition
from local_azure.event_hubs.log import Stored
from local_azure.event_hubs.management import Answer, respond
from local_azure.event_hubs.messages import (
    MAX_MESSAGE_SIZE,
    Event,
    decode_request,
    now_ms,
    split_message,
    with_delivery_annotations,
)
from local_azure.event_hubs.performatives import (
    AmqpError,
    Attach,
    Detach,
    Disposition,
    Flow,
    Transfer,
    accepted,
    rejected,
    source,
    target,
)
from local_azure.event_hubs.producers import CAPABILITY, Batch, batch_of, strip
from local_azure.event_hubs.readers import ConsumerGroup, Reader
from local_azure.event_hubs.selector import SELECTOR_FILTER, selector_of, start_of

if TYPE_CHECKING:
    from local_azure.event_hubs.session import Session

PRODUCER_CREDIT = 1000  # sends a producer may have under way; Python's client takes 10,000 regardless
SETTLED = Ubyte(1)
RUNTIME_METRIC = "com.microsoft:enable-receiver-runtime-metric"


class Link:
    """One link; we answer on the handle its peer chose."""

    def __init__(self, session: Session, attach: Attach) -> None:
        self.session = session
        self.attach = attach
        self.handle = attach.handle

    def open(self) -> None:
        """Answer the attach."""

    def on_flow(self, flow: Flow) -> None:
        """Take note of the peer's credit."""

    async def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """Take in one frame of a message."""
        raise AmqpError("amqp:not-allowed", "This link does not take messages.")

    def close(self) -> None:
        """Let go of everything; says nothing to the peer."""

    def detach(self, error: AmqpError | None = None) -> None:
        """Close from our side."""
        self.close()
        self.session.forget(self)
        self.session.send(Detach(self.handle, True, error.described() if error else None))


class Incoming(Link):
    """A link on which the peer sends: puts messages together out of their frames."""

    max_message_size = MAX_MESSAGE_SIZE

    def __init__(self, session: Session, attach: Attach) -> None:
        super().__init__(session, attach)
        self._first: Transfer | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._taken = 0

    def open(self) -> None:
        self.session.send(self._welcome())
        self._grant()

    def _welcome(self) -> Attach:
        return Attach(
            self.attach.name,
            self.handle,
            True,
            self.attach.snd_settle_mode,
            Ubyte(0),
            source(address_of(self.attach.source)),
            target(address_of(self.attach.target)),
            max_message_size=Ulong(self.max_message_size),
        )

    def _grant(self) -> None:
        self.session.send_flow(self.handle, self._taken, PRODUCER_CREDIT)

    async def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        self._first = self._first or transfer
        if transfer.aborted:
            self._reset()
            return
        self._size += len(payload)
        if self._size <= self.max_message_size:
            self._hold(payload)
        else:
            self._let_go()  # too large already: no need to hold what will be refused
        if not transfer.more:
            await self._finish()

    async def _finish(self) -> None:
        first, size, message = self._first, self._size, b"".join(self._parts)
        self._reset()
        self._taken += 1
        if first is None or first.delivery_id is None:
            raise CodecError("a delivery has no delivery-id")
        try:
            self._check_size(size)
            await self.on_message(first, message)
        except CodecError as error:
            self.settle(first, AmqpError("amqp:decode-error", str(error)))
        except AmqpError as error:
            self.settle(first, error)
        if self._taken % (PRODUCER_CREDIT // 2) == 0:
            self._grant()

    def _check_size(self, size: int) -> None:
        if size > self.max_message_size:
            raise AmqpError(
                "amqp:link:message-size-exceeded",
                f"The message of {size} bytes is larger than the limit of {self.max_message_size} bytes.",
            )

    def _hold(self, payload: bytes) -> None:
        self.session.connection.hold(len(payload))
        self._parts.append(payload)

    def _let_go(self) -> None:
        self.session.connection.hold(-sum(map(len, self._parts)))
        self._parts.clear()

    def _reset(self) -> None:
        self._first, self._size = None, 0
        self._let_go()

    def close(self) -> None:
        self._reset()

    def settle(self, transfer: Transfer, error: AmqpError | None = None) -> None:
        """Tell the sender what became of its message, unless it does not want to know."""
        if transfer.settled or transfer.delivery_id is None:
            return
        outcome = rejected(error.described()) if error else accepted()
        self.session.send(Disposition(True, transfer.delivery_id, transfer.delivery_id, True, outcome, False))

    async def on_message(self, transfer: Transfer, message: bytes) -> None:
        """Take in one whole message; what it raises goes back to the sender."""


class ProducerLink(Incoming):
    """A producer: its sends go to one partition, or where their keys say."""

    def __init__(self, session: Session, attach: Attach, hub: EventHub, partition: Partition | None) -> None:
        super().__init__(session, attach)
        self._hub, self._address = hub, entity_of(address_of(attach.target))
        self._partition = partition
        self._idempotent = partition if CAPABILITY in _capabilities(attach) else None
        if partition is None and CAPABILITY in _capabilities(attach):
            raise AmqpError("amqp:not-allowed", "An idempotent producer publishes to one partition: name it.")

    def _welcome(self) -> Attach:
        welcome = super()._welcome()
        if self._idempotent is None:
            return welcome
        who = self._idempotent.producers.open(self.attach.properties or {}, self.detach)
        return welcome._replace(offered_capabilities=Array([CAPABILITY]), properties=who)

    def close(self) -> None:
        super().close()
        if self._idempotent:
            self._idempotent.producers.leave(self.detach)

    def _batch(self, message: bytes, events: list[Event]) -> Batch | None:
        """The place an idempotent producer gave its send. Raises AmqpError (amqp:invalid-field)."""
        if self._idempotent is None:
            strip(message, events)
            return None
        batch = batch_of(events)
        if batch is None:
            raise AmqpError("amqp:invalid-field", "An idempotent producer's events carry its id and their number.")
        return batch

    async def on_message(self, transfer: Transfer, message: bytes) -> None:
        self.session.connection.grants.require(self._address, Claim.SEND)
        events = split_message(message, transfer.message_format or 0)
        batch = self._batch(message, events)
        partition = self._partition or self._hub.place(events[0].partition_key())
        await self.session.connection.reserve(len(message))
        stored = partition.append(events, len(message), batch)
        stored.add_done_callback(functools.partial(self._stored, transfer, len(message)))

    def _stored(self, transfer: Transfer, size: int, done: asyncio.Future[None]) -> None:
        self.session.connection.release(size)
        if not done.cancelled():
            error = done.exception()
            self.settle(transfer, error if isinstance(error, AmqpError) else None)


class RequestLink(Incoming):
    """Requests to a node; the answer goes out on the same session's response link."""

    max_message_size = 64 * 1024

    def __init__(self, session: Session, attach: Attach, node: str, answer: Answer) -> None:
        super().__init__(session, attach)
        self._node = node
        self._answer = answer

    async def on_message(self, transfer: Transfer, message: bytes) -> None:
        request = decode_request(message)
        link = self.session.response_link(self._node, request.reply_to)
        response = respond(self._answer, request, self.session.connection.grants)
        self.settle(transfer)
        link.send(response)


class Outgoing(Link):
    """A link on which we send, always settled and with one delivery tag."""

    def __init__(self, session: Session, attach: Attach) -> None:
        super().__init__(session, attach)
        self._sent = 0
        self.credit = 0

    def open(self) -> None:
        self.session.send(
            Attach(
                self.attach.name,
                self.handle,
                False,
                SETTLED,
                Ubyte(0),
                source(address_of(self.attach.source), _filters(self.attach.source)),
                target(address_of(self.attach.target)),
                initial_delivery_count=Uint(0),
                max_message_size=Ulong(MAX_MESSAGE_SIZE),
            )
        )

    def on_flow(self, flow: Flow) -> None:
        if flow.link_credit is not None:
            seen = flow.delivery_count or 0
            self.credit = (seen + flow.link_credit - self._sent) & 0xFFFFFFFF
            if self.credit > 0x7FFFFFFF:  # the peer took credit back that was used up meanwhile
                self.credit = 0
        if flow.echo:
            self.session.send_flow(self.handle, self._sent, self.credit)

    def send(self, message: bytes) -> None:
        self._sent = (self._sent + 1) & 0xFFFFFFFF
        self.credit -= 1
        self.session.send_message(self.handle, message)

    def drain(self) -> None:
        """Give unused credit back (part 2, section 2.6.7)."""
        self._sent = (self._sent + self.credit) & 0xFFFFFFFF
        self.credit = 0
        self.session.send_flow(self.handle, self._sent, 0, drain=True)


class ResponseLink(Outgoing):
    """Answers of a node."""

    def __init__(self, session: Session, attach: Attach, node: str) -> None:
        super().__init__(session, attach)
        self.node = node

    def serves(self, node: str, reply_to: Any) -> bool:
        """Whether the peer wants its answer here: it names the link (JavaScript) or its target (the others)."""
        return self.node == node and reply_to in (None, address_of(self.attach.target), self.attach.name)


class ConsumerLink(Outgoing):
    """A consumer of one partition: a task sends it what it has credit for."""

    def __init__(
        self, session: Session, attach: Attach, hub: EventHub, group: ConsumerGroup, partition: Partition
    ) -> None:
        super().__init__(session, attach)
        self._hub, self._group, self._partition = hub, group, partition
        self._address = entity_of(address_of(attach.source))
        self._reader = Reader(_epoch(attach), self.detach, _receiver_name(attach))
        self._offset = partition.find(start_of(attach.source)) if attach.source else 0
        self._metrics = RUNTIME_METRIC in _capabilities(attach)
        self._drain = self._caught_up = False
        self._room = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    def open(self) -> None:
        self._group.admit(self._partition.id, self._reader)
        super().open()
        self._pump = self.session.connection.start(self._send_while_granted())

    def on_flow(self, flow: Flow) -> None:
        super().on_flow(flow)
        self._drain = bool(flow.drain)
        self.wake()
        self._drain_if_asked()

    def wake(self) -> None:
        """Look again whether there is credit and window."""
        self._room.set()

    async def _send_while_granted(self) -> None:
        try:
            await self._send_events()
        except AmqpError as error:
            self.detach(error)

    async def _send_events(self) -> None:
        async for events in self._partition.follow(self._offset):
            self.session.connection.grants.require(self._address, Claim.LISTEN)
            self._caught_up = not events
            self._drain_if_asked()
            for event in events:
                if self.credit <= 0 or self.session.window <= 0:
                    await self._wait_for_room()
                self.send(self._message(event))
            self._hub.events_out += len(events)
            await self.session.connection.drain()

    async def _wait_for_room(self) -> None:
        await self.session.connection.drain()
        while self.credit <= 0 or self.session.window <= 0:
            self._room.clear()
            await self._room.wait()

    def _drain_if_asked(self) -> None:
        if self._drain and self._caught_up and self.credit > 0:
            self.drain()

    def _message(self, event: Stored) -> bytes:
        if not self._metrics:
            return event.payload
        log = self._partition.log
        return with_delivery_annotations(
            event.payload,
            {
                Symbol("last_enqueued_sequence_number"): log.next_sequence - 1,
                Symbol("last_enqueued_offset"): str(log.last_offset),
                Symbol("last_enqueued_time_utc"): Timestamp(log.last_enqueued_ms),
                Symbol("runtime_info_retrieval_time_utc"): Timestamp(now_ms()),
            },
        )

    def close(self) -> None:
        self._group.dismiss(self._partition.id, self._reader)
        if self._pump:
            self._pump.cancel()


def address_of(terminus: Described | None) -> str:
    """The address of a source or target, empty where it has none."""
    fields = terminus.value if terminus else None
    address = fields[0] if isinstance(fields, list) and fields else None
    return address if isinstance(address, str) else ""


def _filters(terminus: Described | None) -> dict[Any, Any] | None:
    text = selector_of(terminus)
    if not isinstance(text, str):
        return None
    return {Symbol(SELECTOR_FILTER): Described(Symbol(SELECTOR_FILTER), text)}


def _epoch(attach: Attach) -> int | None:
    epoch = (attach.properties or {}).get("com.microsoft:epoch")
    return epoch if isinstance(epoch, int) else None


def _receiver_name(attach: Attach) -> str:
    name = (attach.properties or {}).get("com.microsoft:receiver-name")
    return name if isinstance(name, str) and name else "nil"


def _capabilities(attach: Attach) -> list[Any]:
    wanted = attach.desired_capabilities
    return wanted if isinstance(wanted, list) else [wanted]
