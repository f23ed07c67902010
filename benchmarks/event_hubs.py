"""Throughput of the local Event Hubs namespace against ceilings measured in the same run.

    python benchmarks/event_hubs.py [--events 50000] [--size 500]

Producing is compared with what one process could do at best without a broker: encode the events with
Microsoft's client and append the same bytes with one fdatasync a batch. Consuming is compared with
Microsoft's decoder alone. A ratio of 1 means the namespace costs nothing. Ingestion's publisher, which sends to four
partitions by customer and waits for every acknowledgement, is compared with the bare client that sends the same bytes
in full batches, one after another; and the whole way from a record's bytes with that too.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azure.eventhub import EventData, EventDataBatch, EventHubConsumerClient, EventHubProducerClient
from azure.eventhub._pyamqp._decode import decode_payload
from azure.eventhub._pyamqp._encode import encode_payload

from ingestion import source_file
from ingestion.mapping import Mapper, Message
from ingestion.publisher import Namespace, Publisher
from local_azure import settings
from local_azure.customer_api.generator import SeededSource
from local_azure.event_hubs.messages import BATCH_FORMAT, deliverable, split_message
from local_azure.status import read_status

HUB = "benchmark"
PREFETCH = 3000


def seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def batches(events: int, size: int, limit: int = 1024 * 1024) -> Iterator[EventDataBatch]:
    batch, body = EventDataBatch(limit, partition_key="one"), b"x" * size
    for _ in range(events):
        try:
            batch.add(EventData(body))
        except ValueError:
            yield batch
            batch = EventDataBatch(limit, partition_key="one")
            batch.add(EventData(body))
    yield batch


def encoded(batch: EventDataBatch) -> bytes:
    output = bytearray()
    encode_payload(output, batch._message)
    return bytes(output)


def produce_ceiling(folder: Path, events: int, size: int) -> tuple[float, float]:
    """Seconds to encode with the SDK, and to append and sync the same bytes."""
    made: list[bytes] = []
    encoding = seconds(lambda: made.extend(encoded(batch) for batch in batches(events, size)))
    with (folder / "ceiling").open("wb", buffering=0) as file:

        def append() -> None:
            for data in made:
                file.write(data)
                os.fdatasync(file.fileno())

        return encoding, seconds(append)


def consume_ceiling(events: int, size: int) -> float:
    """Seconds to decode the delivered form of the events with the SDK's decoder."""
    (event, *_) = split_message(encoded(next(batches(1, size))), BATCH_FORMAT)
    delivered = memoryview(deliverable(event, 1, 1, 1))

    def decode() -> None:
        for _ in range(events):
            EventData._from_message(decode_payload(delivered))

    return seconds(decode)


@contextmanager
def service(state: Path) -> Iterator[str]:
    """The real command on a free port; its connection string."""
    with socket.socket() as probe:
        probe.bind((settings.HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "local_azure.event_hubs", "--state", str(state), "--port", str(port)]
    process = subprocess.Popen([*command, "--hub", f"{HUB}:1", "--hub", "customers:4", "--hub", "letters:1"])
    try:
        while not (read_status(state) or {}).get("ready"):
            time.sleep(0.05)
        yield (
            f"Endpoint=sb://{settings.HOST}:{port};SharedAccessKeyName={settings.EVENT_HUBS_KEY_NAME};"
            f"SharedAccessKey={settings.EVENT_HUBS_KEY};UseDevelopmentEmulator=true;"
        )
    finally:
        process.terminate()
        process.wait()


def produce(connection: str, events: int, size: int) -> float:
    client = EventHubProducerClient.from_connection_string(connection, eventhub_name=HUB)
    with client:
        client.send_batch([EventData("warm")], partition_key="one")

        def send() -> None:
            for batch in batches(events, size):
                client.send_batch(batch)

        return seconds(send)


def consume(connection: str, events: int) -> float:
    client = EventHubConsumerClient.from_connection_string(connection, "$Default", eventhub_name=HUB)
    moments: list[tuple[float, int]] = []
    done = threading.Event()

    def take(_: Any, received: list[EventData]) -> None:
        moments.append((time.perf_counter(), len(received)))
        if sum(count for _, count in moments) >= events:
            done.set()

    options = {"starting_position": "-1", "partition_id": "0", "prefetch": PREFETCH, "max_batch_size": PREFETCH}
    thread = threading.Thread(target=client.receive_batch, args=(take,), kwargs=options)
    thread.start()
    done.wait(120)
    client.close()
    thread.join()
    # From the first arrival on: connecting takes the SDK a second of fixed sleeps.
    share = 1 - moments[0][1] / events
    return (moments[-1][0] - moments[0][0]) / share


def mapped(records: list[bytes]) -> list[Message]:
    """The sample's records as ingestion sends them."""
    mapper = Mapper(source_file.read("customer_api").resources[0], "/benchmark")
    made = [mapper.messages(record) for record in records]
    return [message for one in made if isinstance(one, list) for message in one]


def bare(connection: str, messages: list[Message]) -> float:
    """Seconds that the client alone takes for the same bodies: full batches, one partition after the other."""
    with EventHubProducerClient.from_connection_string(connection, eventhub_name="customers") as client:
        for partition in "0123":
            client.send_batch([EventData("warm")], partition_id=partition)

        def send() -> None:
            for number in range(4):
                batch = client.create_batch(partition_id=str(number))
                for message in messages[number::4]:
                    event = EventData(message.body)
                    event.content_type = "application/cloudevents+json"
                    try:
                        batch.add(event)
                    except ValueError:
                        client.send_batch(batch)
                        batch = client.create_batch(partition_id=str(number))
                        batch.add(event)
                client.send_batch(batch)

        return seconds(send)


def publish(connection: str, records: list[bytes], messages: list[Message]) -> tuple[float, float]:
    """Seconds of ingestion's publisher for the messages, and for the records mapped and sent, 10,000 at a time."""
    with Publisher(Namespace(connection), hub="customers", dead_letter_hub="letters") as publisher:
        publisher.send(messages[:100])
        loads = range(0, len(records), 10_000)

        def ready() -> None:
            for at in loads:
                publisher.send(messages[at : at + 10_000])

        def whole() -> None:
            for at in loads:
                publisher.send(mapped(records[at : at + 10_000]))

        return seconds(ready), seconds(whole)


def report(what: str, events: int, taken: float, ceiling: float, named: str) -> None:
    print(
        f"{what:9} {events / taken:>9,.0f} events/s, ceiling {events / ceiling:>9,.0f} ({named}), "
        f"ratio {ceiling / taken:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--size", type=int, default=500, help="bytes of a body")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        encoding, appending = produce_ceiling(folder, wanted.events, wanted.size)
        decoding = consume_ceiling(wanted.events, wanted.size)
        records = [one.body for one in SeededSource(seed=1, events=wanted.events).records(0, wanted.events)]
        messages = mapped(records)
        with service(folder / "state") as connection:
            sending = bare(connection, messages)
            publishing, whole = publish(connection, records, messages)
            producing = produce(connection, wanted.events, wanted.size)
            consuming = consume(connection, wanted.events)
    report("produce", wanted.events, producing, encoding + appending, "SDK encodes, then append and fdatasync")
    report("", wanted.events, producing, appending, "append and fdatasync alone")
    report("publish", len(messages), publishing, sending, "the client alone, the same bodies")
    report("", len(messages), whole, sending, "the same, from the records' bytes on")
    report("consume", wanted.events, consuming, decoding, "SDK decodes alone")


if __name__ == "__main__":
    main()
