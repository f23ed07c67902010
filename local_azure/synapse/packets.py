"""TDS messages over a socket: packets in and out, plain or inside TLS (MS-TDS 2.2.3, "Packets")."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from dataclasses import dataclass

HEADER = 8
EOM, IGNORE, RESET, RESET_KEEP_TRAN = 0x01, 0x02, 0x08, 0x10  # status bits
BATCH, RPC, RESPONSE, ATTENTION, BULK, TRANSACTION, LOGIN7, PRELOGIN = 1, 3, 4, 6, 7, 14, 16, 18
_TLS_HANDSHAKE = 0x16
_MAX_MESSAGE = 256 * 1024 * 1024


class Disconnected(Exception):
    """The client closed the connection, or broke the protocol."""


@dataclass(frozen=True)
class ClientMessage:
    """A whole message: its type, the status bits of its first packet, its payload."""

    kind: int
    status: int
    data: bytes


class Channel:
    """A connection's bytes. One thread reads, another writes; TLS state is shared under a lock."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()
        self._tls: tuple[ssl.SSLObject, ssl.MemoryBIO, ssl.MemoryBIO] | None = None
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where the client is, as host:port."""
        host, port = self._socket.getpeername()[:2]
        return f"{host}:{port}"

    def patience(self, seconds: float | None) -> None:
        """How long a read or write may take before it counts as a disconnection; None is for ever."""
        self._socket.settimeout(seconds)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes. Raises Disconnected."""
        while len(self._buffer) < size:
            self._buffer += self._receive()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def write(self, data: bytes) -> None:
        """Raises Disconnected."""
        try:
            self._socket.sendall(self._encrypt(data))
        except OSError as error:
            raise Disconnected(str(error)) from error

    def _raw(self) -> bytes:
        try:
            data = self._socket.recv(65536)
        except OSError as error:
            raise Disconnected(str(error)) from error
        if not data:
            raise Disconnected("closed by the client")
        return data

    def _receive(self) -> bytes:
        if self._tls is None:
            return self._raw()
        tls, incoming, _ = self._tls
        while True:
            with self._lock:
                try:
                    data = tls.read(65536)
                except ssl.SSLWantReadError:
                    data = None
                except ssl.SSLError as error:
                    raise Disconnected(str(error)) from error
            if data:
                return data
            if data == b"":
                raise Disconnected("closed by the client")
            more = self._raw()
            with self._lock:
                incoming.write(more)

    def _encrypt(self, data: bytes) -> bytes:
        if self._tls is None:
            return data
        tls, _, outgoing = self._tls
        with self._lock:
            tls.write(data)
            return outgoing.read()

    def begins_with_tls(self) -> bool:
        """Whether the client's first byte is of a TLS handshake, as with encrypt=strict. Raises Disconnected."""
        if not self._buffer:
            self._buffer += self._raw()
        return self._buffer[0] == _TLS_HANDSHAKE

    def start_tls(self, context: ssl.SSLContext, *, bare: bool = False) -> None:
        """Shake hands inside PRELOGIN packets (MS-TDS 2.2.6.5), or `bare` (TDS 8); then TLS on the bare socket."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            except ssl.SSLError as error:
                raise Disconnected(str(error)) from error
            if flight := outgoing.read():
                self.write(flight if bare else frame(PRELOGIN, flight, EOM, 1))
            if done:
                break
            incoming.write(self._handshake() if bare else read_message(self).data)
        self._tls = (tls, incoming, outgoing)

    def _handshake(self) -> bytes:
        data = bytes(self._buffer) or self._raw()
        self._buffer.clear()
        return data

    def end_tls(self) -> None:
        """Go on in the clear, as SQL Server does when only the login was to be encrypted."""
        self._tls = None


def frame(kind: int, payload: bytes, status: int, number: int) -> bytes:
    """One packet."""
    return struct.pack(">BBHHBB", kind, status, HEADER + len(payload), 0, number % 256, 0) + payload


def read_message(channel: Channel) -> ClientMessage:
    """The next message; one the client took back (status IGNORE) comes empty. Raises Disconnected."""
    parts: list[bytes] = []
    first: tuple[int, int] | None = None
    while True:
        kind, status, length, _, _, _ = struct.unpack(">BBHHBB", channel.read(HEADER))
        if length < HEADER:
            raise Disconnected("a packet shorter than its header")
        parts.append(channel.read(length - HEADER))
        first = first or (kind, status)
        if kind == ATTENTION:
            return ClientMessage(ATTENTION, status, b"")
        if sum(map(len, parts)) > _MAX_MESSAGE:
            raise Disconnected("a message above 256 MiB")
        if status & EOM:
            return ClientMessage(first[0], first[1], b"" if status & IGNORE else b"".join(parts))


class Writer:
    """Collects a response's tokens and sends them in packets of the negotiated size."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._buffer = bytearray()
        self._number = 1
        self.packet_size = 4096

    def add(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) >= 16 * self.packet_size:
            self._send(last=False)

    def finish(self) -> None:
        """Send what is left, with the end-of-message bit."""
        self._send(last=True)
        self._number = 1

    def _send(self, *, last: bool) -> None:
        body = self.packet_size - HEADER
        packets: list[bytes] = []
        at, total = 0, len(self._buffer)
        while total - at > body or (last and (at < total or not packets)):
            chunk = bytes(self._buffer[at : at + body])
            at += len(chunk)
            packets.append(frame(RESPONSE, chunk, EOM if last and at >= total else 0, self._number))
            self._number += 1
        del self._buffer[:at]
        if packets:
            self._channel.write(b"".join(packets))
