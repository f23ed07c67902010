"""The namespace: its hubs, its listener, its state folder."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_azure.event_hubs.auth import Policies
from local_azure.event_hubs.connection import MAX_FRAME_SIZE, Connection
from local_azure.event_hubs.hub import EventHub, open_hub
from local_azure.event_hubs.management import CBS, MANAGEMENT, Answer, ClaimsNode, ManagementNode
from local_azure.event_hubs.messages import now_ms
from local_azure.event_hubs.performatives import AmqpError
from local_azure.event_hubs.tls import server_context
from local_azure.status import write_status

_LOG = logging.getLogger(__name__)

MAX_CONNECTIONS = 500
RETENTION_INTERVAL = 60.0  # seconds between two looks for segments to drop
STATUS_INTERVAL = 1.0  # seconds
GRACE = 5.0  # seconds for connections to end


class Broker:
    """What connections share."""

    def __init__(self, hubs: Mapping[str, EventHub], policies: Policies) -> None:
        self.hubs = hubs
        self.policies = policies
        self.nodes: dict[str, Answer] = {CBS: ClaimsNode(policies), MANAGEMENT: ManagementNode(hubs, policies)}
        self.connections: dict[Connection, asyncio.Task[Any] | None] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        if len(self.connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        connection = Connection(self, reader, writer)
        self.connections[connection] = asyncio.current_task()
        try:
            await connection.serve()
        finally:
            del self.connections[connection]

    async def shut(self) -> None:
        """End every connection; those that don't take it are cut off."""
        tasks = [task for task in self.connections.values() if task]
        for connection in self.connections:
            connection.end(AmqpError("amqp:connection:forced", "The namespace is shutting down."))
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)

    def flow(self) -> dict[str, Any]:
        """Counters since the start."""
        hubs = {hub.name: hub.flow() for hub in self.hubs.values()}
        return {
            "events_in": sum(hub["events_in"] for hub in hubs.values()),
            "events_out": sum(hub["events_out"] for hub in hubs.values()),
            "connections": len(self.connections),
            "hubs": hubs,
        }


class StateInUse(Exception):
    """Another process holds the state folder."""


def lock_state(state: Path) -> int:
    """Take the folder for this process alone, until it ends. Raises StateInUse, OSError."""
    state.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise StateInUse(f"{state} is in use by process {holder}") from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


@dataclass(frozen=True, slots=True)
class Settings:
    """How a namespace is run: `hubs` gives the number of partitions by name, `groups` consumer groups by hub.

    The names in `groups` are lower case; so are those of `hubs` only where they are looked up.
    """

    state: Path
    hubs: dict[str, int]
    policies: Policies
    host: str
    port: int
    groups: Mapping[str, list[str]] = field(default_factory=dict)
    tls: bool = False
    retention_hours: float | None = None
    retention_mib: int | None = None


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then close cleanly.

    Raises StateInUse, HubMismatch, and OSError for a port that is taken or a folder that can't be written.
    """
    lock = lock_state(settings.state)
    executor = ThreadPoolExecutor(max_workers=8, thread_name_prefix="log")
    try:
        hubs = {
            name.lower(): open_hub(
                settings.state / "hubs" / name.lower(), name, count, executor, settings.groups.get(name.lower(), ())
            )
            for name, count in settings.hubs.items()
        }
        await _serve(settings, Broker(hubs, settings.policies), stop)
    finally:
        executor.shutdown()
        os.close(lock)


async def _serve(settings: Settings, broker: Broker, stop: asyncio.Event) -> None:
    tls = server_context(settings.state / "tls", settings.host) if settings.tls else None
    server = await asyncio.start_server(broker.serve, settings.host, settings.port, limit=MAX_FRAME_SIZE, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    status = _Status(settings.state, f"{settings.host}:{port}", broker)
    chores = [asyncio.create_task(status.keep()), asyncio.create_task(_retain(settings, broker))]
    _LOG.info("serving %s on %s", ", ".join(hub.name for hub in broker.hubs.values()), status.address)
    await stop.wait()
    for chore in chores:
        chore.cancel()
    await asyncio.gather(*chores, return_exceptions=True)
    server.close()
    await asyncio.gather(*(hub.close() for hub in broker.hubs.values()))
    await broker.shut()
    status.write(ready=False)


async def _retain(settings: Settings, broker: Broker) -> None:
    """Drop what is older or more than the retention allows, again and again."""
    hours, mib = settings.retention_hours, settings.retention_mib
    keep_bytes = None if mib is None else mib * 1024 * 1024
    while hours is not None or mib is not None:
        oldest = 0 if hours is None else now_ms() - int(hours * 3_600_000)
        for partition in (partition for hub in broker.hubs.values() for partition in hub.partitions):
            try:
                partition.log.drop_until(oldest, keep_bytes)
            except OSError as error:
                _LOG.warning("cannot drop %s: %s", error.filename, error.strerror)
        await asyncio.sleep(RETENTION_INTERVAL)


class _Status:
    """Keeps status.json true, at most once a second and only when something changed."""

    def __init__(self, state: Path, address: str, broker: Broker) -> None:
        self.address = address
        self._state, self._broker = state, broker
        self._written: dict[str, Any] | None = None

    def write(self, *, ready: bool) -> None:
        flow = self._broker.flow()
        try:
            write_status(self._state, service="event_hubs", address=self.address, ready=ready, flow=flow)
        except OSError as error:  # a full disk must not end the service
            _LOG.warning("cannot write the status: %s", error.strerror)
        self._written = flow

    async def keep(self) -> None:
        while True:
            if self._broker.flow() != self._written:
                self.write(ready=True)
            await asyncio.sleep(STATUS_INTERVAL)
