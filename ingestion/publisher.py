"""Events and dead letters to Event Hubs; every send is acknowledged before it returns.

Plain batches, not the buffered producer, which has lost events (azure-sdk-for-python issue 34711).
A customer's events go to one partition, chosen by a hash of the customer id, and in order. Choosing the
partition here keeps batches full: a batch by partition key holds one customer only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self
from zlib import crc32

from azure.eventhub import EventData, EventDataBatch, EventHubProducerClient
from azure.eventhub.exceptions import AuthenticationError, ConnectError, EventHubError

from ingestion.errors import IngestionError
from ingestion.mapping import DeadLetter, Message

DEAD_LETTER_PART = 256 * 1024
MAX_EVENT = 1_000_000
SEND_TIMEOUT = 60  # seconds; the client itself would wait without end for a hub that never settles
"""Bytes; Event Hubs takes 1 MiB a batch with its headers (Event Hubs quotas, Standard tier)."""


class Publisher:
    """The event hub and the dead-letter hub of one namespace. Raises IngestionError if unreachable."""

    def __init__(self, connection: str, *, hub: str, dead_letter_hub: str) -> None:
        self._events = _producer(connection, hub)
        self._dead_letters = _producer(connection, dead_letter_hub)
        self._partitions: list[str] = []

    def __enter__(self) -> Self:
        try:
            self._partitions = sorted(self._events.get_partition_ids())
        except EventHubError as error:
            self.close()
            raise _explained(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._events.close()
        self._dead_letters.close()

    def send(self, messages: Iterable[Message]) -> None:
        """Send and wait for the acknowledgement of each; the order of a customer's events is kept."""
        for partition, group in self._by_partition(messages).items():
            self._send(self._events, [_event(message) for message in group], partition)

    def bury(self, letters: Iterable[DeadLetter]) -> None:
        """Send dead letters; one larger than a message goes in numbered parts."""
        self._send(self._dead_letters, [part for letter in letters for part in _parts(letter)], None)

    def _by_partition(self, messages: Iterable[Message]) -> dict[str, list[Message]]:
        groups: dict[str, list[Message]] = {}
        for message in messages:
            number = crc32(message.customer_id.encode()) % len(self._partitions)
            groups.setdefault(self._partitions[number], []).append(message)
        return groups

    def _send(self, producer: EventHubProducerClient, events: list[EventData], partition: str | None) -> None:
        try:
            for batch in _batches(producer, events, partition):
                producer.send_batch(batch, timeout=SEND_TIMEOUT)
        except EventHubError as error:
            raise _explained(error) from error


def _producer(connection: str, hub: str) -> EventHubProducerClient:
    try:
        return EventHubProducerClient.from_connection_string(connection, eventhub_name=hub)
    except ValueError as error:
        raise IngestionError(f"EVENT_HUBS_CONNECTION_STRING: {error}") from error


def _batches(
    producer: EventHubProducerClient, events: list[EventData], partition: str | None
) -> Iterator[EventDataBatch]:
    batch = producer.create_batch(partition_id=partition)
    for event in events:
        try:
            batch.add(event)
        except ValueError:  # full
            yield batch
            batch = producer.create_batch(partition_id=partition)
            batch.add(event)
    if len(batch):
        yield batch


def _event(message: Message) -> EventData:
    event = EventData(message.body)
    event.content_type = "application/cloudevents+json"
    return event


def _parts(letter: DeadLetter) -> Iterator[EventData]:
    pieces = [
        letter.original[at : at + DEAD_LETTER_PART] for at in range(0, len(letter.original), DEAD_LETTER_PART)
    ] or [b""]
    for number, piece in enumerate(pieces, 1):
        event = EventData(piece)
        event.properties = {
            "reason": letter.reason[:512],
            "record_id": letter.record_id[:256],
            "event_type": letter.event_type,
            "part": number,
            "parts": len(pieces),
        }
        yield event


def _explained(error: EventHubError) -> IngestionError:
    if isinstance(error, AuthenticationError):
        return IngestionError("Event Hubs refuses the key; check EVENT_HUBS_CONNECTION_STRING")
    if isinstance(error, ConnectError):
        return IngestionError(f"Event Hubs cannot be reached: {_first_line(error)}")
    return IngestionError(f"Event Hubs: {_first_line(error)}")


def _first_line(error: EventHubError) -> str:
    """The client's messages go on for three lines that say the same."""
    return str(error.message).partition("\n")[0]
