"""The cases of azure-eventhub that need a store or a certificate; the others are in test_sdk.py.

Each prints one line of JSON, {"case", "failure": null or why}.
"""

from __future__ import annotations

import json
import os
import threading
import traceback
from typing import Any

from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient
from azure.eventhub.exceptions import AuthenticationError, EventHubError
from azure.eventhub.extensions.checkpointstoreblob import BlobCheckpointStore
from azure.storage.blob import ContainerClient

HUB = os.environ["HUB"]


def producer(variable: str = "CONNECTION", **more: Any) -> EventHubProducerClient:
    text = os.environ[variable]
    return EventHubProducerClient.from_connection_string(text, eventhub_name=HUB, retry_total=0, **more)


def send(*bodies: str, variable: str = "CONNECTION", **more: Any) -> None:
    with producer(variable, **more) as client:
        client.send_batch([EventData(body) for body in bodies], partition_id="0")


def receive(
    count: int, variable: str = "CONNECTION", group: str = "$Default", seconds: float = 30, **more: Any
) -> list[str]:
    """The bodies that came, with what went wrong raised."""
    options = {"starting_position": "-1", **more.pop("options", {})}
    client = EventHubConsumerClient.from_connection_string(
        os.environ[variable], group, eventhub_name=HUB, retry_total=0, load_balancing_interval=1, **more
    )
    bodies: list[str] = []
    errors: list[Exception] = []
    enough = threading.Event()

    def take(context: Any, events: list[EventData]) -> None:
        bodies.extend(event.body_as_str() for event in events)
        if events and "checkpoint_store" in more:
            context.update_checkpoint(events[-1])
        if len(bodies) >= count:
            enough.set()

    def fail(_: Any, error: Exception) -> None:
        errors.append(error)
        enough.set()

    thread = threading.Thread(target=client.receive_batch, args=(take,), kwargs={"on_error": fail, **options})
    thread.start()
    came = enough.wait(seconds)
    client.close()
    thread.join()
    if errors:
        raise errors[0]
    assert came, f"{len(bodies)} of {count} events"
    return bodies


def processor_checkpoints() -> None:
    container = ContainerClient.from_connection_string(os.environ["STORAGE"], "python")
    container.create_container()

    def store() -> BlobCheckpointStore:
        return BlobCheckpointStore.from_connection_string(os.environ["STORAGE"], "python")

    send("first", "second")
    assert sorted(receive(2, group="processors", checkpoint_store=store())) == ["first", "second"]
    send("after the checkpoint")
    assert receive(1, group="processors", checkpoint_store=store()) == ["after the checkpoint"]


def group_that_was_not_created_is_not_found() -> None:
    try:
        receive(1, group="nobodys", options={"partition_id": "0"})
    except EventHubError as error:
        assert "ConsumerGroups/nobodys" in str(error), error
    else:
        raise AssertionError("not refused")


def claims_are_kept() -> None:
    send("by the sender", variable="SEND_ONLY")
    for work, claim in (
        (lambda: send("x", variable="LISTEN_ONLY"), "'Send'"),
        (lambda: receive(1, variable="SEND_ONLY", options={"partition_id": "0"}), "'Listen'"),
    ):
        try:
            work()
        except (AuthenticationError, EventHubError) as error:
            assert f"{claim} claim(s) are required" in str(error), error
        else:
            raise AssertionError("not refused")
    assert receive(1, variable="LISTEN_ONLY", options={"partition_id": "0"})


def tls() -> None:
    endpoint = os.environ["TLS_CONNECTION"].split(";")[0].removeprefix("Endpoint=")
    # without UseDevelopmentEmulator the client drops an endpoint's port, but not a custom endpoint's
    trusted = {"connection_verify": os.environ["TLS_CERTIFICATE"], "custom_endpoint_address": endpoint}
    send("over TLS", variable="TLS_CONNECTION", **trusted)
    assert receive(1, variable="TLS_CONNECTION", options={"partition_id": "0"}, **trusted) == ["over TLS"]


CASES = [processor_checkpoints, group_that_was_not_created_is_not_found, claims_are_kept, tls]


def main() -> None:
    for case in CASES:
        failure = None
        try:
            case()
        except Exception:
            failure = traceback.format_exc()
        print(json.dumps({"case": case.__name__, "failure": failure}), flush=True)


if __name__ == "__main__":
    main()
