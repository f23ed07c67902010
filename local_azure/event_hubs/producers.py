"""Idempotent producers: a batch that is sent again after a lost acknowledgement is stored once.

A producer asks for it by a link capability and says who it is by three link properties; each event
carries them as annotations, its own sequence number among them, and so the log itself knows after a
restart what was published. Names and flow as in Microsoft's clients (`idempotentProducerAmqpPropertyNames`
and `EventHubSender` of @azure/event-hubs; IdempotentPublishingLiveTests of Azure.Messaging.EventHubs);
how many batches are remembered is Kafka's rule (KIP-98 and its broker: five).
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from local_azure.event_hubs.codec import CodecError, Int, Short, Symbol, decode, encode
from local_azure.event_hubs.log import Record
from local_azure.event_hubs.messages import Event, split_event
from local_azure.event_hubs.performatives import AmqpError

CAPABILITY = Symbol("com.microsoft:idempotent-producer")
ID = Symbol("com.microsoft:producer-id")
EPOCH = Symbol("com.microsoft:producer-epoch")
SEQUENCE = Symbol("com.microsoft:producer-sequence-number")
_MARK = ID.encode()  # what a record of an idempotent producer holds somewhere
_ENCODED = {encode(name): name for name in (ID, EPOCH, SEQUENCE)}

REMEMBERED = 5  # batches of one producer that are known again
HIGHEST_ID = 1 << 53  # JavaScript counts no further without loss
_LAST = 0x7FFFFFFF  # the last sequence number; 0 follows


class Verdict(Enum):
    """What to do with a batch: store it, or acknowledge what is stored already."""

    NEW = auto()
    REPEATED = auto()


@dataclass(frozen=True, slots=True)
class Batch:
    """The place of one send in what its producer publishes: its first and last sequence number."""

    producer: int
    epoch: int
    first: int
    last: int


def batch_of(events: Sequence[Event]) -> Batch | None:
    """The place that the events' annotations claim; None where they claim none.

    Raises AmqpError (amqp:invalid-field) where they do not follow one another.
    """
    places = [_place(event) for event in events]
    if places[0] is None:
        return None
    producer, epoch, first = places[0]
    if places != [(producer, epoch, _after(first, number)) for number in range(len(places))]:
        raise AmqpError("amqp:invalid-field", "The events of a batch do not follow one another as one producer's.")
    return Batch(producer, epoch, first, _after(first, len(places) - 1))


def _place(event: Event) -> tuple[int, int, int] | None:
    found = {_ENCODED[key]: decode(value)[0] for key, value in event.annotations.items() if key in _ENCODED}
    values = tuple(found.get(name) for name in (ID, EPOCH, SEQUENCE))
    return values if all(isinstance(value, int) for value in values) else None  # type: ignore[return-value]


def _after(sequence: int, count: int) -> int:
    return (sequence + count) & _LAST


def strip(message: bytes, events: Sequence[Event]) -> None:
    """Take the annotations off events of an ordinary producer: only an idempotent link may claim a place."""
    if _MARK in message:
        for event in events:
            for key in _ENCODED:
                event.annotations.pop(key, None)


@dataclass(slots=True)
class _Known:
    epoch: int
    last: int
    batches: deque[Batch] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    links: list[Callable[[AmqpError], None]] = field(default_factory=list)


class Producers:
    """What the idempotent producers of one partition published."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}

    def open(self, wanted: dict[Any, Any], evict: Callable[[AmqpError], None]) -> dict[Any, Any]:
        """Take a producer's link in: gives the link properties that tell it who it is and where it stands.

        What `wanted` leaves open is filled in; a sequence number it names is left as it is, so that a batch
        whose acknowledgement was lost comes again under its own number. A higher epoch evicts the links of
        lower ones; raises AmqpError (com.microsoft:producer-epoch-stolen) for a lower epoch than the one that holds.
        """
        producer, epoch, start = (_integer(wanted, name) for name in (ID, EPOCH, SEQUENCE))
        if producer is None:
            producer = 1 + secrets.randbelow(HIGHEST_ID - 1)
        known = self._known.setdefault(producer, _Known(0, start or 0))
        self._enter(known, known.epoch if epoch is None else epoch, start)
        known.links.append(evict)
        return {ID: producer, EPOCH: Short(known.epoch), SEQUENCE: Int(known.last if start is None else start)}

    @staticmethod
    def _enter(known: _Known, epoch: int, start: int | None) -> None:
        if epoch < known.epoch:
            raise _stolen(known.epoch)
        if epoch > known.epoch:
            known.epoch = epoch
            known.last = known.last if start is None else start
            known.batches.clear()
            links, known.links = known.links, []
            for evict in links:
                evict(_stolen(epoch))

    def leave(self, evict: Callable[[AmqpError], None]) -> None:
        """Forget a link, and a producer that never published with it."""
        for producer, known in list(self._known.items()):
            if evict in known.links:
                known.links.remove(evict)
                if not (known.links or known.batches or known.epoch):
                    del self._known[producer]

    def judge(self, batch: Batch, earlier: Sequence[Batch] = ()) -> Verdict:
        """What becomes of a batch, `earlier` ones being about to be stored.

        Raises AmqpError: com.microsoft:producer-epoch-stolen for an epoch that no longer holds,
        com.microsoft:out-of-order-sequence for anything but the next batch or one of the last.
        """
        known = self._known.get(batch.producer) or _Known(batch.epoch, 0)
        if batch.epoch != known.epoch:
            raise _stolen(known.epoch)
        ahead = [other for other in earlier if other.producer == batch.producer]
        if batch in known.batches or batch in ahead:
            return Verdict.REPEATED
        expected = _after(ahead[-1].last if ahead else known.last, 1)
        if batch.first != expected:
            raise AmqpError(
                "com.microsoft:out-of-order-sequence",
                f"Out of order sequence number {batch.first} of producer {batch.producer}: expected {expected}.",
            )
        return Verdict.NEW

    def note(self, record: Record) -> None:
        """Learn from a stored record; most are of ordinary producers and cost one search for a name."""
        if _MARK not in record.body:
            return
        try:
            batch = batch_of([split_event(stored.payload) for stored in record.events()])
        except (AmqpError, CodecError):  # the name stood in an event's body
            batch = None
        if batch:
            known = self._known.setdefault(batch.producer, _Known(batch.epoch, batch.last))
            known.epoch, known.last = batch.epoch, batch.last
            known.batches.append(batch)


def _integer(properties: dict[Any, Any], name: Symbol) -> int | None:
    value = properties.get(name)
    return value if isinstance(value, int) and value >= 0 else None


def _stolen(epoch: int) -> AmqpError:
    return AmqpError("com.microsoft:producer-epoch-stolen", f"A producer with epoch '{epoch}' has taken over.")
