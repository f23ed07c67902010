"""Event hubs and their partitions: what is appended, what readers see, and who may read.

One task per partition writes: it takes every send that waits, writes them with one fdatasync, then
acknowledges them and wakes the readers.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import json
import logging
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

from local_azure.event_hubs.log import Key, PartitionLog, Stored, sync_folder
from local_azure.event_hubs.messages import Event, now_ms
from local_azure.event_hubs.performatives import AmqpError
from local_azure.event_hubs.placement import partition_for
from local_azure.event_hubs.producers import Batch, Producers, Verdict
from local_azure.event_hubs.readers import ConsumerGroups

_LOG = logging.getLogger(__name__)

FORMAT = 2  # of a hub's folder; from 2 on each partition has a mark from its first day
GROUP_BYTES = 8 * 1024 * 1024  # at most this much goes into one write


class Start(NamedTuple):
    """Where a consumer begins: at the end (key None), or behind or at a value."""

    key: Key | None
    value: int = -1
    inclusive: bool = False


class _Send(NamedTuple):
    events: Sequence[Event]
    size: int
    done: asyncio.Future[None]
    batch: Batch | None


class Partition:
    """One partition: its log, its writer and those who wait for news."""

    def __init__(self, number: int, folder: Path, executor: Executor) -> None:
        self.id = str(number)
        self.producers = Producers()
        self.log = PartitionLog(folder, seen=self.producers.note)
        self.events_in = 0
        self._executor = executor
        self._waiting: list[_Send] = []
        self._closing = False
        self._work = asyncio.Event()
        self._news = asyncio.Event()
        self._writer = asyncio.create_task(self._write_forever(), name=f"writer of partition {number}")

    def append(self, events: Sequence[Event], size: int, batch: Batch | None = None) -> asyncio.Future[None]:
        """Resolves when the events, `size` bytes, are safe on disk; an idempotent producer's `batch` only once.

        Fails with AmqpError: amqp:resource-limit-exceeded when the disk is full, amqp:internal-error
        when it can't be written otherwise, and what Producers.judge raises. Raises ConnectionResetError after
        `close`: the client is to try again elsewhere or later, and a refusal would tell it not to.
        """
        if self._closing:
            raise ConnectionResetError("the namespace is shutting down")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Send(events, size, done, batch))
        self._work.set()
        return done

    async def _write_forever(self) -> None:
        while self._waiting or not self._closing:
            await self._work.wait()
            group = self._take_group()
            if group:
                await self._write_or_refuse(group)

    def _take_group(self) -> list[_Send]:
        taken, size = 0, 0
        while taken < len(self._waiting) and size < GROUP_BYTES:
            size += self._waiting[taken].size
            taken += 1
        group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        if not self._waiting:
            self._work.clear()
        return group

    async def _write_or_refuse(self, group: list[_Send]) -> None:
        try:
            await self._write(group)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            condition = "amqp:resource-limit-exceeded" if full else "amqp:internal-error"
            _LOG.error("partition %s: nothing stored: %s", self.id, error.strerror)
            _refuse(group, AmqpError(condition, f"Not stored: {error.strerror}."))
        except Exception:
            _LOG.exception("partition %s: nothing stored", self.id)
            _refuse(group, AmqpError("amqp:internal-error", "Not stored."))

    async def _write(self, group: list[_Send]) -> None:
        fresh, repeated = self._sort(group)
        if fresh:
            prepared = self.log.prepare([send.events for send in fresh])
            await asyncio.get_running_loop().run_in_executor(self._executor, self.log.write, prepared)
            self.log.publish(prepared)
        for send in fresh:
            self.events_in += len(send.events)
        for send in (*fresh, *repeated):
            send.done.set_result(None)
        self._news.set()
        self._news = asyncio.Event()

    def _sort(self, group: list[_Send]) -> tuple[list[_Send], list[_Send]]:
        """The sends to store, and those of idempotent producers that are stored already; others are refused."""
        sends: dict[Verdict, list[_Send]] = {Verdict.NEW: [], Verdict.REPEATED: []}
        for send in group:
            try:
                verdict = self._judge(send.batch, sends[Verdict.NEW]) if send.batch else Verdict.NEW
                sends[verdict].append(send)
            except AmqpError as error:
                _refuse([send], error)
        return sends[Verdict.NEW], sends[Verdict.REPEATED]

    def _judge(self, batch: Batch, ahead: list[_Send]) -> Verdict:
        return self.producers.judge(batch, [other.batch for other in ahead if other.batch])

    def find(self, start: Start) -> int:
        """The offset at which reading begins.

        Raises AmqpError (com.microsoft:argument-error) for an offset or sequence number that does not
        exist yet, as the service does: it belongs to another log. A time to come begins at the end.
        """
        if start.key is None:
            return self.log.end
        event = self.log.first(start.key, start.value, start.inclusive)
        if event:
            return event.offset
        last = {"sequence": self.log.next_sequence - 1, "offset": self.log.end}.get(start.key, start.value)
        if start.value > last + start.inclusive:
            raise _beyond(start, self.log)
        return self.log.end

    async def follow(self, offset: int) -> AsyncIterator[list[Stored]]:
        """The events from `offset` on, in pieces, for ever; an empty piece says: caught up."""
        position = self.log.record_position(offset)
        while True:
            news = self._news
            records = self.log.read(position)
            yield [event for record in records for event in record.events() if event.offset >= offset]
            if records:
                position = records[-1].end
            else:
                await news.wait()

    async def close(self) -> None:
        """Finish what waits, then stop."""
        self._closing = True
        self._work.set()
        await self._writer


def _beyond(start: Start, log: PartitionLog) -> AmqpError:
    """The service's words, which clients look for (azure-event-hubs-spark, issue 315)."""
    what, last = ("sequence number", log.next_sequence - 1) if start.key == "sequence" else ("offset", log.last_offset)
    return AmqpError(
        "com.microsoft:argument-error",
        f"The supplied {what} '{start.value}' is invalid. The last {what} in the system is '{last}'",
    )


def _refuse(group: list[_Send], error: AmqpError) -> None:
    for send in group:
        if not send.done.done():
            send.done.set_exception(error)


class EventHub:
    """A hub: its partitions and its consumer groups."""

    def __init__(self, name: str, created_ms: int, partitions: list[Partition], groups: Iterable[str] = ()) -> None:
        self.name = name
        self.created_ms = created_ms
        self.partitions = partitions
        self.groups = ConsumerGroups(name, groups)
        self.events_out = 0
        self._round_robin = itertools.cycle(partitions)

    @property
    def events_in(self) -> int:
        return sum(partition.events_in for partition in self.partitions)

    @property
    def events_lost(self) -> int:
        """Acknowledged events that the logs lost, as found when they were opened."""
        return sum(partition.log.lost for partition in self.partitions)

    def flow(self) -> dict[str, int]:
        """Counters since the start; `events_lost` only where there is something to tell."""
        lost = {"events_lost": self.events_lost} if self.events_lost else {}
        return {"events_in": self.events_in, "events_out": self.events_out} | lost

    def partition(self, partition_id: str) -> Partition:
        """Raises AmqpError (com.microsoft:argument-out-of-range), as the service does (azure-sdk-for-python #11708)."""
        for partition in self.partitions:
            if partition.id == partition_id:
                return partition
        raise AmqpError(
            "com.microsoft:argument-out-of-range",
            "The specified partition is invalid for an EventHub partition sender or receiver. "
            f"It should be between 0 and {len(self.partitions) - 1}.",
        )

    def place(self, key: str | None) -> Partition:
        """Where a send goes: by its key, or else to each partition in turn."""
        if key is None:
            return next(self._round_robin)
        return self.partitions[partition_for(key, len(self.partitions))]

    async def close(self) -> None:
        await asyncio.gather(*(partition.close() for partition in self.partitions))


class HubMismatch(Exception):
    """The folder does not hold the hub that was asked for."""


def _read(description: Path) -> dict[str, int]:
    try:
        known = json.loads(description.read_text())
        return {name: int(known[name]) for name in ("partitions", "created_ms")} | {"format": known.get("format", 1)}
    except (ValueError, KeyError, TypeError) as error:
        raise HubMismatch(f"{description} is damaged: restore it or use another --state") from error


def _create(description: Path, known: dict[str, int]) -> None:
    folder = description.parent
    part = description.with_suffix(".part")
    with part.open("w") as file:
        json.dump(known, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(description)
    for changed in (folder, *folder.parents[:2]):
        sync_folder(changed)


def open_hub(folder: Path, name: str, partitions: int, executor: Executor, groups: Iterable[str] = ()) -> EventHub:
    """Open or create a hub below `folder`; raises HubMismatch, OSError."""
    description = folder / "hub.json"
    is_new = not description.exists()
    known = {"partitions": partitions, "created_ms": now_ms(), "format": FORMAT} if is_new else _read(description)
    if known["partitions"] != partitions:
        raise HubMismatch(
            f"hub {name} has {known['partitions']} partitions here, and their number is fixed: "
            f"use --hub {name}:{known['partitions']} or another --state"
        )
    folders = [folder / str(number) for number in range(partitions)]
    if not is_new and known["format"] >= FORMAT:
        _check_partitions(folders)
    opened = [Partition(number, path, executor) for number, path in enumerate(folders)]
    if is_new:  # last: what it names is there
        _create(description, known)
    return EventHub(name, known["created_ms"], opened, groups)


def _check_partitions(folders: Iterable[Path]) -> None:
    """A partition of which nothing is left would give its sequence numbers again."""
    for folder in folders:
        if not any(folder.glob("*")):
            raise HubMismatch(
                f"{folder} is gone or empty, and all its events with it: restore it or use another --state"
            )
