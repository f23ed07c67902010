"""The listener: accepts connections on 127.0.0.1, a thread each, and writes what flowed to status.json."""

from __future__ import annotations

import itertools
import socket
import ssl
import sys
import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from local_azure.settings import HOST
from local_azure.status import write_status
from local_azure.synapse import tls
from local_azure.synapse.connection import Connection, Counters
from local_azure.synapse.engine import Engine
from local_azure.synapse.pause import is_paused, refuse_if_paused

SERVICE = "synapse"
_FIRST_SPID = 51  # SQL Server's first user session
_STACK = 512 * 1024 * 1024  # bytes a session may nest in; only what is used takes memory
_DEPTH = 1_000_000  # Python calls; the stack is the limit


class PortTaken(Exception):
    """Another program listens on the port."""


class Server:
    """A TDS endpoint over one engine. Start it with `run`, end it with `stop` from any thread."""

    def __init__(self, engine: Engine, state: Path, port: int, passwords: Mapping[str, str]) -> None:
        self.engine = engine
        self.state = state
        self.passwords = passwords
        self.counters = Counters()
        self._tls = lru_cache(lambda strict: tls.context(state, strict=strict))
        self._stopping = threading.Event()
        self._open: set[Connection] = set()
        self._listener = _listen(port)
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        """Accept until stopped, then close connections, checkpoint and say so in status.json."""
        sys.setrecursionlimit(_DEPTH)
        self._report(ready=True)
        reporter = threading.Thread(target=self._keep_reporting)
        reporter.start()
        try:
            self._accept()
        finally:
            self._listener.close()
            reporter.join()
            self._close_connections(list(self._open))
            self.engine.close()
            self._report(ready=False)

    def stop(self) -> None:
        self._stopping.set()

    def _accept(self) -> None:
        for spid in itertools.count(_FIRST_SPID):
            peer = self._next_peer()
            if peer is None:
                return
            connection = Connection(
                peer, self.engine, spid, passwords=self.passwords, tls=self._context, counters=self.counters,
                admit=lambda: refuse_if_paused(self.state),
            )  # fmt: skip
            self._open.add(connection)
            self._start(connection)

    def _start(self, connection: Connection) -> None:
        before = threading.stack_size(_STACK)
        try:
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        finally:
            threading.stack_size(before)

    def _next_peer(self) -> socket.socket | None:
        while not self._stopping.is_set():
            try:
                peer, _ = self._listener.accept()
            except TimeoutError:
                continue
            peer.setblocking(True)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return peer
        return None

    def _context(self, strict: bool) -> ssl.SSLContext:
        return self._tls(strict)

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        finally:
            self._open.discard(connection)

    def _close_connections(self, connections: Iterable[Connection]) -> None:
        for connection in connections:
            connection.end()

    def _report(self, *, ready: bool) -> None:
        address = f"{HOST}:{self.port}"
        write_status(self.state, service=SERVICE, address=address, ready=ready, flow=self.counters.snapshot())

    def _keep_reporting(self) -> None:
        """At most once a second, and only what changed. A pool that was paused meanwhile turns its clients out."""
        said = self.counters.snapshot()
        while not self._stopping.wait(1.0):
            if is_paused(self.state):
                self._close_connections([one for one in list(self._open) if one.inside])
            now = self.counters.snapshot()
            if now != said:
                said = now
                self._report(ready=True)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"Port {port} on {HOST} is taken ({error.strerror}). Stop the program there, or choose another --port."
        ) from error
    listener.listen(64)
    listener.settimeout(0.25)
    return listener
