"""How far Stream Analytics is behind the hub."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.eventhub.exceptions import EventHubError

from local_azure.stack import STREAM, Workspace, running
from local_azure.status import read_status
from pipeline.connections import EVENTS_HUB, consumer
from pipeline.errors import PipelineError

NOTHING = -1


@dataclass(frozen=True)
class Head:
    """The end of the hub: last sequence number by partition, and when the last event was enqueued."""

    sequence_numbers: dict[str, int]
    enqueued_at: datetime | None

    @property
    def events(self) -> int:
        return count(self.sequence_numbers)


def head(hub: str = EVENTS_HUB) -> Head:
    """Ask a hub, with its own client. Raises PipelineError if it does not answer."""
    try:
        with consumer(hub) as client:
            partitions = [client.get_partition_properties(each) for each in client.get_partition_ids()]
    except EventHubError as error:
        raise PipelineError(f"the event hub does not answer: {error.message}; start it with: make up") from error
    filled = [each for each in partitions if not each["is_empty"]]
    return Head(
        {each["id"]: NOTHING if each["is_empty"] else each["last_enqueued_sequence_number"] for each in partitions},
        max((each["last_enqueued_time_utc"] for each in filled), default=None),
    )


def progress(workspace: Workspace) -> dict[str, Any]:
    """The stream's counters: `events_in`, `outputs`, `sequence_numbers` (landed), `emitted_until`."""
    if STREAM not in running(workspace.root):
        raise PipelineError(f"{STREAM} ended; see {workspace.state(STREAM)}/service.log")
    return flow(workspace, STREAM)


def flow(workspace: Workspace, service: str) -> dict[str, Any]:
    """The counters that a service wrote last."""
    return (read_status(workspace.state(service)) or {}).get("flow") or {}


def count(sequence_numbers: dict[str, int]) -> int:
    """Events up to the last sequence number of each partition; sequence numbers begin at 0."""
    return sum(number + 1 for number in sequence_numbers.values())


def landed(counters: dict[str, Any]) -> dict[str, int]:
    """Last sequence number by partition that every output holds durably."""
    return {partition: int(number) for partition, number in counters.get("sequence_numbers", {}).items()}


def wait_landed(workspace: Workspace, end: Head, tell: Callable[[int], None], timeout: float = 3600) -> None:
    """Until every event up to `end` is in the lake; `tell` gets the number of those that are."""

    def arrived() -> bool:
        now = landed(progress(workspace))
        tell(sum(min(now.get(part, NOTHING), last) + 1 for part, last in end.sequence_numbers.items()))
        return all(now.get(part, NOTHING) >= last for part, last in end.sequence_numbers.items())

    _wait(arrived, timeout, "the stream did not land all events")


def wait_windows(workspace: Workspace, end: Head, timeout: float = 180) -> None:
    """Until the minute of the last event is closed and written to the warehouse."""
    if end.enqueued_at is None:
        return
    closes = end.enqueued_at.replace(second=0, microsecond=0) + timedelta(minutes=1)

    def closed() -> bool:
        until = progress(workspace).get("emitted_until")
        return until is not None and datetime.fromisoformat(until).astimezone(UTC) >= closes

    _wait(closed, timeout, f"the minute up to {closes:%H:%M} was not written")


def _wait(done: Callable[[], bool], timeout: float, what: str) -> None:
    deadline = time.monotonic() + timeout
    while not done():
        if time.monotonic() > deadline:
            raise PipelineError(f"{what} within {timeout:.0f} s; see: pipeline status")
        time.sleep(0.2)
