"""Events of the hub, read with Microsoft's client: one thread a partition, one bounded queue."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from azure.eventhub import EventData, EventHubConsumerClient
from azure.eventhub.exceptions import EventHubError

from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.events import Event

PREFETCH = 100
"""Events that a reader asks for. While they come without a pause, Microsoft's client gives none out until as many are
there, whatever max_wait_time says: 3,000 are twelve seconds of 250 events a second."""
BATCH, WAIT = 3000, 0.5  # what is given out at once: so many events, or those of so many seconds
WAITING_BATCHES = 8
WATCH_SECONDS = 1.0
log = logging.getLogger("stream_analytics")


@dataclass(frozen=True, slots=True)
class Ends:
    """The last sequence number of each partition, -1 for an empty one, as they were after `asked` (UTC, no zone)."""

    asked: datetime
    last: dict[int, int]


class Hub:
    """Reads all partitions of one hub from given sequence numbers on."""

    def __init__(self, connection: str, hub: str, group: str) -> None:
        self._connection, self._hub, self._group = connection, hub, group
        self._queue: queue.Queue[list[Event]] = queue.Queue(WAITING_BATCHES)
        self._stop = threading.Event()
        self._clients: list[EventHubConsumerClient] = []
        self._threads: list[threading.Thread] = []
        self._asking = self._client()
        self.metadata = False
        """Whether events bring their messages' own properties with them; few queries ask for any."""
        self.ends: Ends | None = None
        """Kept up to date while the hub is read; asking takes a second, so nobody waits for it."""

    def partitions(self) -> list[int]:
        """The hub's partitions. Raises JobError if the hub cannot be reached."""
        try:
            return sorted(int(each) for each in self._asking.get_partition_ids())
        except EventHubError as error:
            raise JobError(f"the event hub {self._hub} cannot be read: {_first_line(error)}") from error

    def start(self, positions: dict[int, int]) -> None:
        """Begin to read each partition at a sequence number, that one included."""
        self._threads.append(threading.Thread(target=self._watch, daemon=True))
        self._threads[0].start()
        for partition, position in positions.items():
            thread = threading.Thread(target=self._read, args=(partition, position), daemon=True)
            thread.start()
            self._threads.append(thread)

    def receive(self, *, limit: int, wait: float) -> list[Event]:
        """Events in order of each partition: up to about `limit`, or none after `wait` seconds."""
        found: list[Event] = []
        try:
            found += self._queue.get(timeout=wait)
            while len(found) < limit:
                found += self._queue.get_nowait()
        except queue.Empty:
            pass
        return found

    def _received(self, partition: int) -> Callable[[EventData], Event]:
        def make(event: EventData) -> Event:
            arrived, number, body = event.enqueued_time, event.sequence_number, event.body
            if arrived is None or number is None:
                raise JobError(f"partition {partition}: an event without its place in the hub")
            more = _metadata(event) if self.metadata else None
            return Event(b"".join(cast("Iterable[bytes]", body)), partition, number, _utc(arrived), more)

        return make

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_SECONDS if self.ends else 0):
            asked = utc_now()
            try:
                self.ends = Ends(asked, dict(self._ask()))
            except EventHubError as error:
                log.warning("the hub does not answer: %s", _first_line(error))
                self._stop.wait(WATCH_SECONDS)

    def _ask(self) -> Iterator[tuple[int, int]]:
        for each in self._asking.get_partition_ids():
            properties: dict[str, Any] = self._asking.get_partition_properties(each)
            yield int(each), -1 if properties["is_empty"] else properties["last_enqueued_sequence_number"]

    def close(self) -> None:
        self._stop.set()
        for client in list(self._clients):
            client.close()
        while any(thread.is_alive() for thread in self._threads):
            self.receive(limit=1, wait=0.05)  # a reader may wait for room in the queue
        self._asking.close()

    def _client(self) -> EventHubConsumerClient:
        return EventHubConsumerClient.from_connection_string(self._connection, self._group, eventhub_name=self._hub)

    def _read(self, partition: int, position: int) -> None:
        """Read until stopped; after a failure of the hub, again from where it was."""
        following = [position]

        def keep(context: Any, events: list[EventData]) -> None:
            fresh = [event for event in map(self._received(partition), events) if event.sequence >= following[0]]
            if fresh:
                following[0] = fresh[-1].sequence + 1
                self._queue.put(fresh)

        while not self._stop.is_set():
            client = self._client()
            self._clients.append(client)
            try:
                client.receive_batch(
                    keep, partition_id=str(partition), starting_position=following[0],
                    starting_position_inclusive=True, max_batch_size=BATCH, prefetch=PREFETCH, max_wait_time=WAIT,
                )  # fmt: skip
            except EventHubError as error:
                log.warning("partition %d: %s; reading again", partition, _first_line(error))
            self._clients.remove(client)
            client.close()
            self._stop.wait(0.5)


def _metadata(event: EventData) -> str:
    """Offset, partition key and the sender's own properties, as a JSON record."""
    key, own = event.partition_key, event.properties
    record = {
        "Offset": event.offset,
        "PartitionKey": _plain(key),
        "User": {_plain(k): _plain(v) for k, v in own.items()},
    }
    return json.dumps(record, default=str)


def _plain(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _first_line(error: EventHubError) -> str:
    """The client's messages go on for three lines that say the same."""
    return str(error.message).partition("\n")[0]


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def utc_now() -> datetime:
    """Now, in UTC, without a zone, as all times of a job."""
    return datetime.fromtimestamp(time.time(), UTC).replace(tzinfo=None)
