"""Seeded customers and their events, block by block: any block can be made again on its own.

A block holds the stories of CUSTOMERS_PER_BLOCK customers, in order of issue. Order of issue is not
order of event time: events come late and out of order, some twice, some broken. The same seed gives
the same bytes; a longer run begins with the shorter one.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from threading import Lock
from typing import Any

import msgspec

from local_azure.customer_api.source import Issued
from local_azure.customer_api.stories import Event, story

CUSTOMERS_PER_BLOCK = 25
DUPLICATED, LATE = 0.02, 0.05
MALFORMED, UNKNOWN, REJECTED = 0.004, 0.003, 0.003
NO_CURRENCY = "ZZZ"

_encode = msgspec.json.Encoder().encode


class SeededSource:
    """`events` records of the sample, for one `seed`."""

    first_issue = datetime(2026, 7, 1, tzinfo=UTC)

    def __init__(self, *, seed: int, events: int) -> None:
        self.name = f"sample-{seed}-{events}"
        self.seed, self.size = seed, events
        self._starts = [0]
        self._lock = Lock()  # requests come from several threads

    def records(self, start: int, limit: int) -> list[Issued]:
        """Records number `start` up to `start + limit`, fewer at the end."""
        stop = min(start + limit, self.size)
        found: list[Issued] = []
        while start + len(found) < stop:
            found += self._from(start + len(found), stop)
        return found

    def batches(self) -> Iterator[list[Issued]]:
        """Block by block: a record and its copies stand in one block."""
        position = 0
        while position < self.size:
            batch = self._from(position, self.size)
            yield batch
            position += len(batch)

    def _from(self, position: int, stop: int) -> list[Issued]:
        number = self._block_of(position)
        start = self._starts[number]
        return block(self.seed, number)[position - start : stop - start]

    def _block_of(self, position: int) -> int:
        with self._lock:
            while self._starts[-1] <= position:
                last = len(self._starts) - 1
                self._starts.append(self._starts[-1] + len(block(self.seed, last)))
        return bisect_right(self._starts, position) - 1


@lru_cache(maxsize=16)
def block(seed: int, number: int) -> list[Issued]:
    """All records of one block, in order of issue."""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - a sample, not a secret
    events: list[Event] = []
    for index in range(CUSTOMERS_PER_BLOCK):
        events += story(rng, seed, number * CUSTOMERS_PER_BLOCK + index)
    issued = [_issue(rng, event) for event in _shuffled(rng, events)]
    return _with_duplicates(rng, issued)


def _shuffled(rng: random.Random, events: list[Event]) -> list[Event]:
    """By event time, with jitter of minutes for most and of weeks for the late ones."""

    def issue_order(event: Event) -> datetime:
        late = timedelta(days=rng.uniform(1, 30)) if rng.random() < LATE else timedelta()
        return event.occurred_at + late + timedelta(minutes=rng.uniform(0, 30))

    return sorted(events, key=issue_order)


def _with_duplicates(rng: random.Random, issued: list[Issued]) -> list[Issued]:
    for record in [r for r in issued if rng.random() < DUPLICATED]:
        issued.insert(rng.randrange(len(issued) + 1), record)
    return issued


def _issue(rng: random.Random, event: Event) -> Issued:
    chance = rng.random()
    record = _record(event)
    if chance < MALFORMED:
        return _malformed(rng, event, record)
    if chance < MALFORMED + UNKNOWN:
        return _unknown(event, record)
    if chance < MALFORMED + UNKNOWN + REJECTED and "currency" in event.attributes:
        return _rejected(event, record)
    return Issued(
        _encode(record),
        event.id,
        f"{event.department}.{event.type}.v1",
        event.department,
        event.amount,
        "good",
    )


def _record(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "department": event.department,
        "type": event.type,
        "customer_id": event.customer_id,
        "occurred_at": event.occurred_at,
        "attributes": event.attributes,
    }


def _unknown(event: Event, record: dict[str, Any]) -> Issued:
    """An event of a department that the reference data do not name."""
    record |= {"department": "loyalty", "type": "points.earned"}
    return Issued(_encode(record), event.id, "loyalty.points.earned.v1", "loyalty", Decimal(0), "unknown")


def _rejected(event: Event, record: dict[str, Any]) -> Issued:
    record["attributes"] = event.attributes | {"currency": NO_CURRENCY}
    event_type = f"{event.department}.{event.type}.v1"
    return Issued(_encode(record), event.id, event_type, event.department, Decimal(0), "rejected")


def _malformed(rng: random.Random, event: Event, record: dict[str, Any]) -> Issued:
    """Break the record in one of the ways that APIs do."""
    match rng.randrange(6):
        case 0:
            del record["customer_id"]
        case 1:
            record["occurred_at"] = "yesterday"
        case 2:
            record["customer_id"] = 42
        case 3:
            record["attributes"] = None
        case 4:
            record["attributes"] = {name: [value] for name, value in event.attributes.items()}
        case 5:
            record["occurred_at"] = None
    event_type = f"{event.department}.{event.type}.v1"
    return Issued(_encode(record), event.id, event_type, event.department, Decimal(0), "malformed")
