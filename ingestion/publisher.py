"""Events and dead letters to Event Hubs; every send is acknowledged before it returns.

Plain batches, not the buffered producer, which has lost events (azure-sdk-for-python issue 34711).
A customer's events go to one partition, chosen by a hash of the customer id, and in order. Choosing the
partition here keeps batches full: a batch by partition key holds one customer only. Partitions are sent side by side.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from zlib import crc32

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.eventhub import EventData, EventDataBatch, EventHubConsumerClient, EventHubProducerClient, TransportType
from azure.eventhub.exceptions import AuthenticationError, ConnectError, EventHubError

from ingestion.deadline import side_by_side, within
from ingestion.errors import IngestionError, Unavailable
from ingestion.mapping import DeadLetter, Message
from ingestion.pages import encode

OPEN = 45.0
"""Seconds for the first word of a hub."""
SEND = 60.0
"""Seconds for an acknowledgement; the client itself would wait without end for a hub that never settles."""
ROLES = "give it the role Azure Event Hubs Data Sender on the namespace"
HEADERS = 4096
"""Bytes of a message that are not its body: properties of a dead letter, sections, the batch around it."""
LARGEST_PARENT = 16 * 1024
"""Bytes of the parent's members in a dead letter."""
_FAILED = (EventHubError, AzureError)
"""What the client raises; asking for a token in Entra ID raises the latter."""


@dataclass(frozen=True)
class Namespace:
    """Where to send, and as whom: a connection string, or a host name and who this process is in Entra ID."""

    connection: str = ""
    host: str = ""

    @property
    def keyed(self) -> bool:
        """Whether a connection string with a key was given."""
        return "SharedAccess" in self.connection

    def producer(self, hub: str) -> EventHubProducerClient:
        """Raises IngestionError for an address that cannot be one."""
        options: dict[str, Any] = {"retry_total": 3, "retry_backoff_max": 5, "auth_timeout": 20, "socket_timeout": 20}
        try:
            if self.keyed:
                return EventHubProducerClient.from_connection_string(self.connection, eventhub_name=hub, **options)
            return EventHubProducerClient(self._host(), hub, _credential(), **options, **self._emulated())
        except ValueError as error:
            raise IngestionError(f"EVENT_HUBS_CONNECTION_STRING: {error}") from None

    def consumer(self, hub: str, group: str) -> EventHubConsumerClient:
        """A reader of the hub. Raises IngestionError for an address that cannot be one."""
        options: dict[str, Any] = {"retry_total": 3, "retry_backoff_max": 5, "auth_timeout": 20}
        try:
            if self.keyed:
                return EventHubConsumerClient.from_connection_string(
                    self.connection, group, eventhub_name=hub, **options
                )
            return EventHubConsumerClient(self._host(), hub, group, _credential(), **options, **self._emulated())
        except ValueError as error:
            raise IngestionError(f"EVENT_HUBS_CONNECTION_STRING: {error}") from None

    def _host(self) -> str:
        if self.host:
            return self.host
        words = dict(part.partition("=")[::2] for part in self.connection.split(";"))
        endpoint = words.get("Endpoint", "")
        if not endpoint.startswith("sb://"):
            raise IngestionError(
                "EVENT_HUBS_CONNECTION_STRING: no connection string; or give EVENT_HUBS_NAMESPACE, "
                "such as name.servicebus.windows.net"
            )
        return endpoint.removeprefix("sb://").strip("/")

    def _emulated(self) -> dict[str, Any]:
        if "UseDevelopmentEmulator=true" not in self.connection:
            return {}
        return {"use_tls": False, "transport_type": TransportType.Amqp}


def _limit(producer: EventHubProducerClient) -> int:
    return producer.create_batch().max_size_in_bytes


def _credential() -> Any:
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


class Publisher:
    """The event hub and the dead-letter hub of one namespace. Raises IngestionError if unreachable."""

    def __init__(self, namespace: Namespace, *, hub: str, dead_letter_hub: str) -> None:
        self._keyed = namespace.keyed
        self._events = namespace.producer(hub)
        self._dead_letters = namespace.producer(dead_letter_hub)
        self._partitions: list[str] = []
        self._pool: ThreadPoolExecutor | None = None
        self.most, self.most_of_a_letter = 0, 0
        """Bytes of a body that a message of the hub holds, and of the dead-letter hub."""
        self.batches, self.fill = 0, 0.0

    def __enter__(self) -> Self:
        try:
            self._partitions, self.most, self.most_of_a_letter = within(OPEN, self._asked, "Event Hubs says nothing")
        except _FAILED as error:
            self.close()
            raise explained(error, self._keyed) from error
        except BaseException:
            self._abandon()
            raise
        self._pool = ThreadPoolExecutor(len(self._partitions) + 1, thread_name_prefix="partition")
        return self

    def _asked(self) -> tuple[list[str], int, int]:
        partitions, most, most_of_a_letter = side_by_side(
            self._events.get_partition_ids, lambda: _limit(self._events), lambda: _limit(self._dead_letters)
        )
        return sorted(partitions), most - HEADERS, most_of_a_letter - HEADERS

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        self._abandon()

    def _abandon(self) -> None:
        for one in (self._events, self._dead_letters):
            try:
                within(5, one.close, "the hub did not say goodbye")
            except (IngestionError, *_FAILED) as error:
                logging.getLogger("ingestion").debug("closing: %s", error)

    def send(self, messages: Iterable[Message], letters: Iterable[DeadLetter] = ()) -> None:
        """Send, and wait for the acknowledgement of each; the order of a customer's events is kept."""
        if self._pool is None:
            raise IngestionError("the publisher is not open")
        last: dict[str | None, Future[None]] = {}
        for partition, group in self._by_partition(messages).items():
            for batch in self._batches(self._events, map(_event, group), partition):
                last[partition] = self._pool.submit(self._send, self._events, batch, last.get(partition))
        parts = (part for letter in letters for part in _parts(letter, self.most_of_a_letter))
        for batch in self._batches(self._dead_letters, parts, None):
            last[None] = self._pool.submit(self._send, self._dead_letters, batch, last.get(None))
        errors = [error for each in last.values() if (error := each.exception())]
        if errors:
            raise next((error for error in errors if isinstance(error, IngestionError)), errors[0])

    def _by_partition(self, messages: Iterable[Message]) -> dict[str, list[Message]]:
        groups: dict[str, list[Message]] = {}
        for message in messages:
            number = crc32(message.customer_id.encode()) % len(self._partitions)
            groups.setdefault(self._partitions[number], []).append(message)
        return groups

    def _batches(
        self, producer: EventHubProducerClient, events: Iterable[EventData], partition: str | None
    ) -> Iterator[EventDataBatch]:
        """Built here, one after another: threads that build side by side only take the interpreter from each other."""
        try:
            yield from _batches(producer, events, partition)
        except _FAILED as error:
            raise explained(error, self._keyed) from error

    def _send(self, producer: EventHubProducerClient, batch: EventDataBatch, before: Future[None] | None) -> None:
        """Send one batch behind the one before it; the sends of other partitions are under way meanwhile."""
        if before is not None:
            before.result()
        try:
            within(SEND + 5, lambda: producer.send_batch(batch, timeout=SEND), "Event Hubs does not acknowledge")
            self.batches += 1
            self.fill += batch.size_in_bytes / batch.max_size_in_bytes
        except _FAILED as error:
            raise explained(error, self._keyed) from error


def _batches(
    producer: EventHubProducerClient, events: Iterable[EventData], partition: str | None
) -> Iterator[EventDataBatch]:
    batch: EventDataBatch | None = None
    for event in events:
        if batch is None:
            batch = _empty(producer, partition)
        try:
            batch.add(event)
        except ValueError:  # full
            yield batch
            batch = _empty(producer, partition)
            batch.add(event)
    if batch is not None:
        yield batch


def _empty(producer: EventHubProducerClient, partition: str | None) -> EventDataBatch:
    """A batch of the hub's own size; the first one of a partition opens its link."""
    return within(OPEN, lambda: producer.create_batch(partition_id=partition), "Event Hubs says nothing")


def _event(message: Message) -> EventData:
    event = EventData(message.body)
    event.content_type = "application/cloudevents+json"
    return event


def _parts(letter: DeadLetter, most: int) -> Iterator[EventData]:
    parent = _parent(letter)
    most -= len(parent)
    pieces = [letter.original[at : at + most] for at in range(0, len(letter.original), most)] or [b""]
    for number, piece in enumerate(pieces, 1):
        event = EventData(piece)
        event.properties = {
            "reason": letter.reason[:512],
            "record_id": letter.record_id[:256],
            "event_type": letter.event_type,
            "resource": letter.resource,
            "source": letter.source[:256],
            "parent": parent.decode(),
            "part": number,
            "parts": len(pieces),
        }
        yield event


def _parent(letter: DeadLetter) -> bytes:
    """Without it a replay would map another record than the one that was read."""
    members = encode(letter.parent)
    if len(members) <= LARGEST_PARENT:
        return members
    return encode({"_unreadable": f"its parent's members are too large: {len(members)} bytes"})


def explained(error: AzureError | EventHubError, keyed: bool) -> IngestionError:
    """The client's error as one line; `keyed` says whether a key was sent, or who this process is in Entra ID."""
    if isinstance(error, ClientAuthenticationError) or "failed to retrieve a token" in str(error):
        return IngestionError(f"nobody says who this process is in Entra ID: {_first_line(error)}")
    if isinstance(error, AuthenticationError):
        way = "the key; check EVENT_HUBS_CONNECTION_STRING" if keyed else f"this identity; {ROLES}"
        return IngestionError(f"Event Hubs refuses {way}")
    if isinstance(error, ConnectError):
        return Unavailable(f"Event Hubs cannot be reached: {_first_line(error)}")
    return Unavailable(f"Event Hubs: {_first_line(error)}")


def _first_line(error: AzureError | EventHubError) -> str:
    """The client's messages go on for three lines that say the same."""
    return str(error.message).partition("\n")[0]
