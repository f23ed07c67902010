"""A session: its links, its transfer window, and which link an attach asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_azure.event_hubs.auth import Claim, entity_of
from local_azure.event_hubs.codec import Uint, Ushort
from local_azure.event_hubs.links import (
    ConsumerLink,
    Link,
    ProducerLink,
    RequestLink,
    ResponseLink,
    address_of,
)
from local_azure.event_hubs.management import CBS, MANAGEMENT, find_hub
from local_azure.event_hubs.performatives import (
    AmqpError,
    Attach,
    Begin,
    Detach,
    Flow,
    Performative,
    Transfer,
    encode_settled_transfer,
)

if TYPE_CHECKING:
    from local_azure.event_hubs.connection import Connection

# Clients count transfers differently (per frame or per delivery), so the window is out of the way:
# link credit and late acknowledgements are what hold a producer back.
INCOMING_WINDOW = Uint(0x7FFFFFFF)
HANDLE_MAX = 1023


class Session:
    """One session of a connection; we answer on the channel its peer chose."""

    def __init__(self, connection: Connection, channel: int, begin: Begin) -> None:
        self.connection = connection
        self.channel = channel
        self._links: dict[int, Link] = {}
        self._next_outgoing_id = 0
        self._next_incoming_id = int(begin.next_outgoing_id)
        self._next_delivery_id = 0
        self.window = int(begin.incoming_window)

    def open(self) -> None:
        self.send(Begin(Ushort(self.channel), Uint(0), INCOMING_WINDOW, INCOMING_WINDOW, Uint(HANDLE_MAX)))

    def send(self, performative: Performative) -> None:
        self.connection.send(self.channel, performative)

    def send_flow(self, handle: Uint, delivery_count: int, credit: int, drain: bool = False) -> None:
        self.send(
            Flow(
                Uint(self._next_incoming_id & 0xFFFFFFFF),
                INCOMING_WINDOW,
                Uint(self._next_outgoing_id),
                INCOMING_WINDOW,
                handle,
                Uint(delivery_count),
                Uint(credit),
                Uint(0),
                drain,
                False,
            )
        )

    def send_message(self, handle: Uint, message: bytes) -> None:
        """Send one settled message, in as many frames as the peer's frame size asks for."""
        delivery_id, size = self._next_delivery_id, self.connection.payload_size
        self._next_delivery_id = (self._next_delivery_id + 1) & 0xFFFFFFFF
        for start in range(0, max(len(message), 1), size):
            more = start + size < len(message)
            self._next_outgoing_id = (self._next_outgoing_id + 1) & 0xFFFFFFFF
            self.window -= 1
            transfer = encode_settled_transfer(handle, delivery_id, more)
            self.connection.write(self.channel, transfer + message[start : start + size])

    # From the peer

    def on_attach(self, attach: Attach) -> None:
        if attach.handle > HANDLE_MAX:
            raise AmqpError("amqp:connection:framing-error", "The handle is above handle-max.")
        if attach.handle in self._links:
            raise AmqpError("amqp:session:handle-in-use", "The handle is in use.")
        try:
            link = self._make_link(attach)
            link.open()
        except AmqpError as error:
            self._refuse(attach, error)
            return
        self._links[attach.handle] = link

    def _refuse(self, attach: Attach, error: AmqpError) -> None:
        """Attach without source and target, then detach with the reason (part 2, section 2.6.3)."""
        count = Uint(0) if attach.role else None
        self.send(Attach(attach.name, attach.handle, not attach.role, initial_delivery_count=count))
        self.send(Detach(attach.handle, True, error.described()))

    def _make_link(self, attach: Attach) -> Link:
        receives = attach.role
        address = entity_of(address_of(attach.source if receives else attach.target))
        node = address.rsplit("/", 1)[-1].lower()
        if node in (CBS, MANAGEMENT):
            if receives:
                return ResponseLink(self, attach, node)
            return RequestLink(self, attach, node, self.connection.broker.nodes[node])
        return self._make_consumer(attach, address) if receives else self._make_producer(attach, address)

    def _make_producer(self, attach: Attach, address: str) -> ProducerLink:
        match address.split("/"):
            case [name]:
                partition_id = None
            case [name, partitions, partition_id] if partitions.lower() == "partitions":
                pass
            case _:
                raise AmqpError("amqp:not-found", f"The messaging entity '{address}' could not be found.")
        self.connection.grants.require(address, Claim.SEND)
        hub = find_hub(self.connection.broker.hubs, name)
        return ProducerLink(self, attach, hub, hub.partition(partition_id) if partition_id else None)

    def _make_consumer(self, attach: Attach, address: str) -> ConsumerLink:
        match address.split("/"):
            case [name, groups, group, partitions, partition_id] if (
                groups.lower() == "consumergroups" and partitions.lower() == "partitions"
            ):
                self.connection.grants.require(address, Claim.LISTEN)
                hub = find_hub(self.connection.broker.hubs, name)
                partition = hub.partition(partition_id)
                return ConsumerLink(self, attach, hub, hub.groups.find(group, partition_id), partition)
        raise AmqpError("amqp:not-found", f"The messaging entity '{address}' could not be found.")

    @property
    def is_used(self) -> bool:
        """Whether it has a link."""
        return bool(self._links)

    def response_link(self, node: str, reply_to: Any) -> ResponseLink:
        """Raises AmqpError (amqp:not-allowed) where the peer opened none to answer on."""
        for link in self._links.values():
            if isinstance(link, ResponseLink) and link.serves(node, reply_to):
                return link
        raise AmqpError("amqp:not-allowed", f"There is no link to answer on from '{node}'.")

    def on_flow(self, flow: Flow) -> None:
        received = self._next_outgoing_id if flow.next_incoming_id is None else flow.next_incoming_id
        self.window = received + flow.incoming_window - self._next_outgoing_id
        if flow.handle is not None and flow.handle in self._links:
            self._links[flow.handle].on_flow(flow)
        for link in self._links.values():
            if isinstance(link, ConsumerLink):
                link.wake()

    async def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        self._next_incoming_id += 1
        link = self._links.get(transfer.handle)
        if link is not None:  # else: a message that crossed our detach
            await link.on_transfer(transfer, payload)

    def on_detach(self, detach: Detach) -> None:
        link = self._links.get(detach.handle)
        if link is not None:  # else: the answer to our own detach
            link.detach()

    def forget(self, link: Link) -> None:
        self._links.pop(link.handle, None)

    def close(self) -> None:
        for link in list(self._links.values()):
            link.close()
        self._links.clear()
