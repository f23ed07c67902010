"""Whole stories with Microsoft's own client against the real command."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from azure.eventhub import EventData, EventDataBatch, EventHubConsumerClient, EventHubProducerClient
from azure.eventhub._buffered_producer._partition_resolver import PartitionResolver
from azure.eventhub.aio import EventHubConsumerClient as AsyncConsumer
from azure.eventhub.aio import EventHubProducerClient as AsyncProducer
from azure.eventhub.exceptions import AuthenticationError, ConnectError, EventDataSendError, EventHubError

from .conftest import Service

# Microsoft's client leaves its sockets to the garbage collector when the service ends a connection.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.client("azure-eventhub (Python)"),
]
HUB = "orders"


@pytest.fixture(autouse=True)
def abandoned_sockets() -> Iterator[None]:
    """Collect them here, where they are expected, and not in somebody else's test."""
    yield
    gc.collect()


def producer(service: Service, **more: Any) -> EventHubProducerClient:
    return EventHubProducerClient.from_connection_string(
        service.connection_string(), eventhub_name=HUB, **{"retry_total": 0, **more}
    )


class Inbox:
    """Events by partition, and a way to wait for them."""

    def __init__(self) -> None:
        self.events: dict[str, list[EventData]] = defaultdict(list)
        self._changed = threading.Condition()

    def add(self, context: Any, events: list[EventData]) -> None:
        with self._changed:
            self.events[context.partition_id] += events
            self._changed.notify_all()

    def bodies(self) -> list[str]:
        return [event.body_as_str() for events in self.events.values() for event in events]

    def wait(self, count: int, seconds: float = 20) -> None:
        with self._changed:
            enough = self._changed.wait_for(lambda: sum(map(len, self.events.values())) >= count, seconds)
        assert enough, f"{len(self.bodies())} of {count} events arrived"


@contextmanager
def receiving(service: Service, position: Any = "-1", **more: Any) -> Iterator[Inbox]:
    """A sync consumer on a thread of its own, closed at the end."""
    inbox = Inbox()
    client = EventHubConsumerClient.from_connection_string(
        service.connection_string(), consumer_group=more.pop("group", "$Default"), eventhub_name=HUB
    )
    options = {"starting_position": position, "prefetch": 3000, "max_batch_size": 3000, **more}
    thread = threading.Thread(target=client.receive_batch, args=(inbox.add,), kwargs=options)
    thread.start()
    try:
        yield inbox
    finally:
        client.close()
        thread.join()


def test_events_are_placed_by_key_kept_over_a_restart_and_resumed(running: Service) -> None:
    keys = [f"customer-{number}" for number in range(12)]
    with producer(running) as client:
        for key in keys:
            batch = client.create_batch(partition_key=key)
            for number in range(5):
                batch.add(EventData(f"{key}/{number}"))
            client.send_batch(batch)
        described = [client.get_partition_properties(partition) for partition in client.get_partition_ids()]
    assert sum(partition["last_enqueued_sequence_number"] + 1 for partition in described) == 60

    assert running.end() == (0, "")
    running.start()

    with receiving(running) as inbox:
        inbox.wait(60)
    resolver = PartitionResolver(list("0123"))
    for partition, events in inbox.events.items():
        assert [event.sequence_number for event in events] == list(range(len(events)))
        for event in events:
            key = (event.partition_key or b"").decode()
            assert event.body_as_str().startswith(f"{key}/")
            assert resolver.get_partition_id_by_partition_key(key) == partition

    partition, events = max(inbox.events.items(), key=lambda item: len(item[1]))
    middle = events[len(events) // 2]
    for position in (middle.offset, middle.sequence_number):
        with receiving(running, position, partition_id=partition, group="another") as resumed:
            rest = events[len(events) // 2 + 1 :]
            resumed.wait(len(rest))
        assert resumed.bodies() == [event.body_as_str() for event in rest]


def test_the_async_clients_talk_too(running: Service) -> None:
    received: list[str] = []
    enough = asyncio.Event()

    async def keep(_: Any, events: list[EventData]) -> None:
        received.extend(event.body_as_str() for event in events)
        if len(received) >= 100:
            enough.set()

    async def story() -> None:
        text = running.connection_string()
        async with AsyncProducer.from_connection_string(text, eventhub_name=HUB) as sender:
            for number in range(10):
                await sender.send_batch([EventData(f"{number}/{index}") for index in range(10)], partition_key="one")
        consumer = AsyncConsumer.from_connection_string(text, consumer_group="$Default", eventhub_name=HUB)
        async with consumer:
            task = asyncio.create_task(consumer.receive_batch(keep, starting_position="-1", partition_id="0"))
            others = [
                asyncio.create_task(consumer.receive_batch(keep, starting_position="-1", partition_id=partition))
                for partition in "123"
            ]
            await asyncio.wait_for(enough.wait(), 20)
        for running_task in (task, *others):
            running_task.cancel()
        await asyncio.gather(task, *others, return_exceptions=True)

    asyncio.run(story())
    assert received == [f"{number}/{index}" for number in range(10) for index in range(10)]


def test_refusals_reach_the_user_as_the_sdks_own_errors(running: Service) -> None:
    with producer(running) as client:
        with pytest.raises(EventDataSendError, match="LinkMessageSizeExceeded"):
            client.send_event(EventData(b"x" * (1024 * 1024 + 1)))
        client.send_event(EventData("the link goes on"))
        batch = client.create_batch()
        assert isinstance(batch, EventDataBatch)
        assert batch.max_size_in_bytes == 1024 * 1024
        with pytest.raises(ConnectError, match="partition 9"):
            client.send_batch([EventData("x")], partition_id="9")
    wrong = EventHubProducerClient.from_connection_string(
        running.connection_string(key="d3Jvbmc="), eventhub_name=HUB, retry_total=0
    )
    with wrong, pytest.raises(AuthenticationError, match="InvalidSignature"):
        wrong.send_event(EventData("x"))
    unknown = EventHubProducerClient.from_connection_string(
        running.connection_string(), eventhub_name="letters", retry_total=0
    )
    with unknown, pytest.raises(EventHubError, match="letters"):
        unknown.get_eventhub_properties()


def test_a_newer_owner_takes_the_partition_over(running: Service) -> None:
    errors: list[Exception] = []
    with (
        receiving(running, partition_id="0", owner_level=1, on_error=lambda _, error: errors.append(error)) as first,
        producer(running) as client,
    ):
        client.send_batch([EventData("a")], partition_id="0")
        first.wait(1)
        with receiving(running, partition_id="0", owner_level=2) as second:
            second.wait(1)
            deadline = time.monotonic() + 10
            while not errors and time.monotonic() < deadline:
                time.sleep(0.05)
    assert "amqp:link:stolen" in str(errors[0])


def test_no_acknowledged_event_is_lost_when_the_service_is_killed(running: Service) -> None:
    acknowledged: list[list[str]] = []
    stop = threading.Event()

    def send() -> None:
        client = producer(running)
        try:
            while not stop.is_set():
                bodies = [f"{len(acknowledged):06d}/{number:02d}" for number in range(20)]
                client.send_batch([EventData(body) for body in bodies], partition_key="one")
                acknowledged.append(bodies)
        except EventHubError:
            return  # the service was killed under us: this batch was not acknowledged
        finally:
            client.close()

    for _ in range(2):
        sender = threading.Thread(target=send)
        before = len(acknowledged)
        sender.start()
        deadline = time.monotonic() + 10
        while len(acknowledged) < before + 30 and time.monotonic() < deadline:
            time.sleep(0.01)
        running.end(signal.SIGKILL)
        stop.set()
        sender.join()
        stop.clear()
        running.start()

    wanted = [body for batch in acknowledged for body in batch]
    assert len(acknowledged) >= 60
    with receiving(running) as inbox:
        inbox.wait(len(wanted))
    (events,) = (events for events in inbox.events.values() if events)
    got = [event.body_as_str() for event in events]
    assert set(wanted) <= set(got)
    batches = [got[start : start + 20] for start in range(0, len(got), 20)]
    assert all(batch == [f"{batch[0][:6]}/{number:02d}" for number in range(20)] for batch in batches)
    assert batches == sorted(batches)  # one may come twice (it was sent again), but whole and in its place
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_damage_is_told_by_name_and_consumers_read_on_behind_it(running: Service) -> None:
    with producer(running) as client:
        for body in ("a", "b"):
            client.send_batch([EventData(body)], partition_id="0")
        client.send_batch([EventData("other")], partition_id="1")
    running.end()
    (damaged,) = (running.state / "hubs" / HUB / "0").glob("*.log")
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    (gone,) = (running.state / "hubs" / HUB / "1").glob("*.log")
    gone.unlink()

    running.start()
    with producer(running) as client:
        for partition in "01":
            client.send_batch([EventData("new")], partition_id=partition)
        assert client.get_partition_properties("1")["beginning_sequence_number"] == 1
    with receiving(running) as inbox:
        inbox.wait(3)
    told = {id: [(e.sequence_number, e.body_as_str()) for e in events] for id, events in inbox.events.items()}
    assert told == {"0": [(0, "a"), (2, "new")], "1": [(1, "new")]}
    assert running.status()["flow"]["hubs"][HUB]["events_lost"] == 2
    code, errors = running.end()
    assert code == 0
    assert f"{damaged} is damaged" in errors
    assert f"{gone} is gone" in errors
