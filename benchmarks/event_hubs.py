"""Throughput of the local Event Hubs namespace against ceilings measured in the same run.

    python benchmarks/event_hubs.py [--events 50000] [--size 500]

Producing is compared with what one process could do at best without a broker: encode the events with
Microsoft's client and append the same bytes with one fdatasync a batch. Consuming is compared with
Microsoft's decoder alone. A ratio of 1 means the namespace costs nothing.
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

from local_azure import settings
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
    process = subprocess.Popen([*command, "--hub", f"{HUB}:1"])
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
        with service(folder / "state") as connection:
            producing = produce(connection, wanted.events, wanted.size)
            consuming = consume(connection, wanted.events)
    report("produce", wanted.events, producing, encoding + appending, "SDK encodes, then append and fdatasync")
    report("", wanted.events, producing, appending, "append and fdatasync alone")
    report("consume", wanted.events, consuming, decoding, "SDK decodes alone")


if __name__ == "__main__":
    main()
