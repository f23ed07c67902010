"""GetMetadataPropertyValue: what the hub knows of an event (Microsoft Learn, getmetadatapropertyvalue)."""

from __future__ import annotations

from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.scope import (
    ENQUEUED,
    METADATA,
    PARTITION,
    PROCESSED,
    SEQUENCE,
    Scope,
    StreamFrame,
    member,
)
from local_azure.stream_analytics.syntax import Call, Literal, Name
from local_azure.stream_analytics.values import Kind, Value, as_any, text

PAGE = "getmetadatapropertyvalue"
COLUMNS: dict[str, tuple[str, Kind]] = {
    "sequencenumber": (SEQUENCE, "bigint"),
    "partitionid": (PARTITION, "bigint"),
    "eventenqueuedutctime": (ENQUEUED, "datetime"),
    "eventprocessedutctime": (PROCESSED, "datetime"),
}
MESSAGE = (
    "Offset", "PartitionKey", "Publisher", "IoTConnectionDeviceId", "IoTAuthMethod", "IoTAuthGenerationId",
    "IoTEnqueueTime", "IoTMessageSource", "IoTConnectionModuleId", "IoTInterfaceName",
)  # fmt: skip
"""What a message may bring with it; those of an IoT hub are null for a message of none."""


def metadata(node: Call, scope: Scope) -> Value:
    """One property of the event, or all of them as a record. Raises QueryError for one that a hub does not have."""
    if (
        len(node.arguments) != 2
        or not isinstance(node.arguments[0], Name)
        or not isinstance(node.arguments[1], Literal)
    ):
        raise QueryError(node.position, f"{node.name} takes an input and the name of a property in quotes", PAGE)
    frame = scope.frame(str(node.arguments[0]))
    if not isinstance(frame, StreamFrame):
        raise QueryError(node.position, f"{node.arguments[0]} is no input stream", PAGE)
    path = str(node.arguments[1].value)
    parts = [part.strip("[]") for part in path.split(".", 1)]
    if (found := _property(frame, [part.lower() for part in parts], parts)) is None:
        raise QueryError(node.position, f"metadata property {path} is not supported: this is an event hub", PAGE)
    return found


def _property(frame: StreamFrame, lower: list[str], parts: list[str]) -> Value | None:
    match lower:
        case ["eventid"]:
            place = [f"cast({frame.sql(column)} as varchar)" for column in (PARTITION, SEQUENCE)]
            return Value(
                f"cast(cast(md5({text(frame.alias)} || '/' || {place[0]} || '/' || {place[1]}) as uuid) as varchar)",
                "nvarchar",
            )
        case ["user"]:
            return member(_message(frame), "User")
        case ["user", _]:
            return member(member(_message(frame), "User"), parts[1])
        case ["eventhub"]:
            return _all(frame)
        case ["eventhub", name]:
            return _of_hub(frame, name)
    return None


def _of_hub(frame: StreamFrame, name: str) -> Value | None:
    if known := COLUMNS.get(name):
        return Value(frame.sql(known[0]), known[1])
    found = next((each for each in MESSAGE if each.lower() == name), None)
    return member(_message(frame), found) if found else None


def _message(frame: StreamFrame) -> Value:
    return Value(frame.sql(METADATA), "any")


def _all(frame: StreamFrame) -> Value:
    names = ["EventEnqueuedUtcTime", "EventProcessedUtcTime", "PartitionId", "SequenceNumber", *MESSAGE[:2]]
    pairs = [f"{text(each)}, json({as_any(value)})" for each in names if (value := _of_hub(frame, each.lower()))]
    return Value(f"cast(json_object({', '.join(pairs)}) as varchar)", "any")
