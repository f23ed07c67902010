"""The nodes that answer requests: $cbs takes tokens, $management tells what is there.

Sources: AMQP Claims-Based Security 1.0 (draft), and "AMQP 1.0 in Azure Service Bus and Event Hubs
protocol guide", learn.microsoft.com.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from local_azure.event_hubs.auth import Claim, Grants, Policies, require
from local_azure.event_hubs.codec import Array, Int, Symbol, Timestamp
from local_azure.event_hubs.hub import EventHub
from local_azure.event_hubs.messages import Request, encode_response
from local_azure.event_hubs.performatives import AmqpError

CBS, MANAGEMENT = "$cbs", "$management"
SAS_TOKEN_TYPE = "servicebus.windows.net:sastoken"  # noqa: S105

_STATUS = {"amqp:unauthorized-access": 401, "amqp:not-found": 404, "amqp:not-implemented": 501}

Answer: TypeAlias = Callable[[Request, Grants], Any]


def respond(answer: Answer, request: Request, grants: Grants) -> bytes:
    """The encoded response: 200 and what `answer` returns, or the status of the AmqpError it raises."""
    try:
        status, description, value = 200, "OK", answer(request, grants)
        properties: dict[str, Any] = {}
    except AmqpError as error:
        status, description, value = _STATUS.get(error.condition, 400), error.description, None
        # azure-eventhub does not read why a token was refused where the answer has a condition
        properties = {} if isinstance(answer, ClaimsNode) else {"error-condition": Symbol(error.condition)}
    properties |= {"status-code": Int(status), "status-description": description}
    # CBS 1.0 and Microsoft's management node spell the same two keys differently.
    properties |= {"statusCode": Int(status), "statusDescription": description}
    return encode_response(request.message_id, properties, value)


class ClaimsNode:
    """$cbs: put-token with a shared access signature."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def __call__(self, request: Request, grants: Grants) -> None:
        if request.properties.get("operation") != "put-token":
            raise AmqpError("amqp:not-implemented", "$cbs takes put-token only.")
        if request.properties.get("type") != SAS_TOKEN_TYPE or not isinstance(request.value, str):
            raise AmqpError("amqp:unauthorized-access", f"This namespace takes {SAS_TOKEN_TYPE} only.")
        grants.add(self._policies.check(request.value))


class ManagementNode:
    """$management: READ of a hub's and a partition's properties, with any claim on the hub.

    A request proves it by its own `security_token`, which the clients of Java, Go and Python send, or by
    what its connection put to $cbs.
    """

    def __init__(self, hubs: Mapping[str, EventHub], policies: Policies) -> None:
        self._hubs = hubs
        self._policies = policies
        self._readers = {
            "com.microsoft:eventhub": _describe_hub,
            "com.microsoft:partition": _describe_partition,
        }

    def __call__(self, request: Request, grants: Grants) -> dict[str, Any]:
        read = self._readers.get(str(request.properties.get("type")))
        if request.properties.get("operation") != "READ" or read is None:
            raise AmqpError("amqp:not-implemented", "$management takes READ of hubs and partitions only.")
        name = str(request.properties.get("name"))
        self._authorize(name, request, grants)
        return read(find_hub(self._hubs, name), request)

    def _authorize(self, hub: str, request: Request, grants: Grants) -> None:
        token, path = request.properties.get("security_token"), f"{hub}/{MANAGEMENT}"
        if token is None:
            grants.require(path, Claim.ALL)
        else:
            require([self._policies.check(str(token))], path, Claim.ALL, time.time())


def find_hub(hubs: Mapping[str, EventHub], name: str) -> EventHub:
    """The hub of that name, upper or lower case; raises AmqpError (amqp:not-found)."""
    hub = hubs.get(name.lower())
    if hub is None:
        raise AmqpError("amqp:not-found", f"The messaging entity '{name}' could not be found.")
    return hub


def _describe_hub(hub: EventHub, _: Request) -> dict[str, Any]:
    return {
        "name": hub.name,
        "type": "com.microsoft:eventhub",
        "created_at": Timestamp(hub.created_ms),
        "partition_count": Int(len(hub.partitions)),
        "partition_ids": Array(partition.id for partition in hub.partitions),
        "georeplication_factor": Int(1),  # one region; Go's client asks for it
    }


def _describe_partition(hub: EventHub, request: Request) -> dict[str, Any]:
    partition = hub.partition(str(request.properties.get("partition")))
    log = partition.log
    return {
        "name": hub.name,
        "type": "com.microsoft:partition",
        "partition": partition.id,
        "begin_sequence_number": log.first_sequence,
        "last_enqueued_sequence_number": log.next_sequence - 1,
        "last_enqueued_offset": str(log.last_offset),
        "last_enqueued_time_utc": Timestamp(log.last_enqueued_ms),
        "is_partition_empty": log.first_sequence == log.next_sequence,
    }
