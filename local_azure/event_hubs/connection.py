"""One client's connection: handshake, frames in and out, limits, and what ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from local_azure.event_hubs.auth import Grants
from local_azure.event_hubs.codec import (
    AMQP_FRAME,
    AMQP_HEADER,
    EMPTY_FRAME,
    FRAME_HEADER,
    SASL_FRAME,
    SASL_HEADER,
    Array,
    CodecError,
    Symbol,
    Ubyte,
    Uint,
    Ushort,
    frame,
)
from local_azure.event_hubs.performatives import (
    AmqpError,
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    End,
    Flow,
    Open,
    Performative,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
    Transfer,
    decode_performative,
    encode_performative,
)
from local_azure.event_hubs.session import Session

if TYPE_CHECKING:
    from local_azure.event_hubs.broker import Broker

_LOG = logging.getLogger(__name__)

MAX_FRAME_SIZE = 256 * 1024
MAX_FRAME_SIZE_BEFORE_OPEN = 4096
CHANNEL_MAX = 255
PLAIN, OPEN_MECHANISMS = "PLAIN", ("ANONYMOUS", "EXTERNAL", "MSSBCBS")
HANDSHAKE_TIMEOUT = 10.0  # seconds
# Seconds without a frame, without a first link, and since the last link went; the service's own values, see
# "AMQP errors in Azure Event Hubs", learn.microsoft.com.
IDLE_TIMEOUT, FIRST_LINK_TIMEOUT, LINK_TIMEOUT = 240.0, 60.0, 300.0
UNSTORED_BYTES = 8 * 1024 * 1024  # a producer that has more than this under way is not read from
WRITE_BUFFER = 1024 * 1024
HELD_BYTES = 32 * 1024 * 1024  # of messages whose last frame is still to come
HEARTBEAT_AT_LEAST = 0.02  # seconds, whatever the peer asks for
LINGER = 1.0  # seconds for the last words to reach the peer
TRANSFER_OVERHEAD = 64  # bytes of a transfer frame besides its payload, rounded up


class Connection:
    """Serves one socket until it ends; nothing it does reaches another connection."""

    def __init__(self, broker: Broker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.broker = broker
        self.grants = Grants()
        self.payload_size = MAX_FRAME_SIZE_BEFORE_OPEN
        self._reader, self._writer = reader, writer
        self._sessions: dict[int, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._serving: asyncio.Task[Any] | None = None
        self._farewell: AmqpError | None = None
        self._outbox: list[bytes] = []
        self._unstored = self._held = 0
        self._stored = asyncio.Event()
        self._max_frame = MAX_FRAME_SIZE_BEFORE_OPEN
        writer.transport.set_write_buffer_limits(high=WRITE_BUFFER)

    # Life

    async def serve(self) -> None:
        """Returns when the connection is over, whatever ended it."""
        self._serving = asyncio.current_task()
        try:
            await self._serve()
        except (AmqpError, CodecError) as error:
            self._close_with(error)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError) as error:
            _LOG.debug("connection ended: %r", error)
        except asyncio.CancelledError:
            if self._farewell is None:
                raise
            self._close_with(self._farewell)
        except Exception:
            _LOG.exception("a connection failed; the others go on")
        finally:
            await self._end()

    async def _serve(self) -> None:
        async with asyncio.timeout(HANDSHAKE_TIMEOUT):
            if await self._read_header() == SASL_HEADER:
                await self._authenticate()
                await self._read_header()
            await self._open()
        await self._take_frames()

    def _close_with(self, error: AmqpError | CodecError) -> None:
        refusal = error if isinstance(error, AmqpError) else AmqpError("amqp:decode-error", str(error))
        _LOG.info("closing a connection: %s", refusal.condition)
        self.send(0, Close(refusal.described()))

    async def _end(self) -> None:
        try:
            for session in self._sessions.values():
                session.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._linger()
        finally:  # cancelled while it waits for the peer: the socket is closed all the same
            self._writer.transport.abort()

    async def _linger(self) -> None:
        """Let the last words arrive: to close with bytes unread would reset the connection at once."""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(LINGER):
                self._flush()
                if not self._writer.can_write_eof():  # TLS: its own farewell ends the stream
                    self._writer.close()
                    await self._writer.wait_closed()
                    return
                self._writer.write_eof()
                while await self._reader.read(MAX_FRAME_SIZE):
                    pass

    def end(self, reason: AmqpError) -> None:
        """End the connection from outside its own task; the peer hears the reason."""
        if self._serving and self._farewell is None:
            self._farewell = reason
            self._serving.cancel()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` beside the connection; it ends with it, and an error in it ends the connection."""
        task = asyncio.create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (ConnectionError, TimeoutError) as error:
            self.end(AmqpError("amqp:connection:forced", f"The connection broke: {error!r}."))
        except Exception:
            _LOG.exception("a link failed; its connection ends")
            self.end(AmqpError("amqp:internal-error", "A link failed."))

    # Handshake

    async def _read_header(self) -> bytes:
        header = await self._reader.readexactly(8)
        if header not in (AMQP_HEADER, SASL_HEADER):
            self._put(SASL_HEADER)  # what we would have taken: part 2, section 2.2
            raise ConnectionResetError("not AMQP 1.0")
        self._put(header)
        return header

    async def _authenticate(self) -> None:
        """PLAIN proves a policy at once; the others let everyone in, as the service does, and $cbs takes the proof."""
        mechanisms = Array(Symbol(name) for name in (PLAIN, *OPEN_MECHANISMS))
        self.write(0, encode_performative(SaslMechanisms(mechanisms)), SASL_FRAME)
        _, body = await self._read_frame(SASL_FRAME)
        init, _ = decode_performative(body)
        if not isinstance(init, SaslInit):
            raise CodecError("expected sasl-init")
        proved = self._prove(init)
        self.write(0, encode_performative(SaslOutcome(Ubyte(0 if proved else 1))), SASL_FRAME)
        if not proved:
            raise ConnectionResetError("SASL failed")

    def _prove(self, init: SaslInit) -> bool:
        if init.mechanism != PLAIN:
            return init.mechanism in OPEN_MECHANISMS
        _, name, key = [*(init.initial_response or b"").split(b"\0"), b"", b""][:3]  # RFC 4616
        grants = self.broker.policies.plain(name.decode(errors="replace"), key.decode(errors="replace"))
        self.grants.add(*grants)
        return bool(grants)

    async def _open(self) -> None:
        _, body = await self._read_frame(AMQP_FRAME)
        peer, _ = decode_performative(body)
        if not isinstance(peer, Open):
            raise CodecError("expected open")
        self._max_frame = MAX_FRAME_SIZE
        size = min(peer.max_frame_size or MAX_FRAME_SIZE, MAX_FRAME_SIZE)
        self.payload_size = max(size, 512) - TRANSFER_OVERHEAD
        idle = Uint(int(IDLE_TIMEOUT * 1000))
        self.send(0, Open("event-hubs", None, Uint(MAX_FRAME_SIZE), Ushort(CHANNEL_MAX), idle))
        if peer.idle_time_out:
            self.start(self._keep_alive(max(peer.idle_time_out / 2000, HEARTBEAT_AT_LEAST)))
        self.start(self._expect_links())

    async def _expect_links(self) -> None:
        """End a connection that has no link for too long: heartbeats alone do not keep it."""
        allowed, since = FIRST_LINK_TIMEOUT, time.monotonic()
        while time.monotonic() - since < allowed:
            await asyncio.sleep(min(1.0, allowed))
            if any(session.is_used for session in self._sessions.values()):
                allowed, since = LINK_TIMEOUT, time.monotonic()
        self.end(_inactive(allowed))

    async def _keep_alive(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self._put(EMPTY_FRAME)
            await self.drain()

    # Frames in

    async def _read_frame(self, kind: int) -> tuple[int, bytes]:
        size, offset, found, channel = FRAME_HEADER.unpack(await self._reader.readexactly(FRAME_HEADER.size))
        start = offset * 4
        if size > self._max_frame or not FRAME_HEADER.size <= start <= size or found != kind:
            raise AmqpError("amqp:connection:framing-error", "Not a valid frame.")
        body = await self._reader.readexactly(size - FRAME_HEADER.size)
        return channel, body[start - FRAME_HEADER.size :]

    async def _take_frames(self) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_TIMEOUT):
                    channel, body = await self._read_frame(AMQP_FRAME)
            except TimeoutError:
                raise _inactive(IDLE_TIMEOUT) from None
            if not body:
                continue  # a heartbeat
            performative, payload = decode_performative(body)
            if isinstance(performative, Close):
                self.send(0, Close())
                return
            await self._take(channel, performative, payload)
            await self.drain()

    async def _take(self, channel: int, performative: Performative, payload: bytes) -> None:
        if isinstance(performative, Begin):
            self._begin(channel, performative)
            return
        session = self._sessions.get(channel)
        if session is None:
            if not isinstance(performative, Detach | End):  # those two may come after end
                raise AmqpError("amqp:not-allowed", f"There is no session on channel {channel}.")
            return
        match performative:
            case Transfer():
                await session.on_transfer(performative, payload)
            case Flow():
                session.on_flow(performative)
            case Attach():
                session.on_attach(performative)
            case Detach():
                session.on_detach(performative)
            case End():
                self._sessions.pop(channel).close()
                self.send(channel, End())
            case Disposition():
                pass  # all we send is settled
            case _:
                raise AmqpError("amqp:not-allowed", "A frame that is not allowed here.")

    def _begin(self, channel: int, begin: Begin) -> None:
        if channel in self._sessions or channel > CHANNEL_MAX:
            raise AmqpError("amqp:not-allowed", f"Channel {channel} can't begin a session.")
        self._sessions[channel] = Session(self, channel, begin)
        self._sessions[channel].open()

    # Frames out

    def send(self, channel: int, performative: Performative) -> None:
        self.write(channel, encode_performative(performative))

    def write(self, channel: int, body: bytes, kind: int = AMQP_FRAME) -> None:
        self._put(frame(channel, body, kind))

    def _put(self, data: bytes) -> None:
        """Send soon: what is said in one turn of the loop goes out in one piece."""
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outbox.append(data)

    def _flush(self) -> None:
        if self._outbox and not self._writer.is_closing():
            self._writer.write(b"".join(self._outbox))
        self._outbox.clear()

    async def drain(self) -> None:
        """Wait while the peer is slow to read; raises TimeoutError when it does not read at all."""
        self._flush()
        async with asyncio.timeout(IDLE_TIMEOUT):
            await self._writer.drain()

    # Producers' memory

    async def reserve(self, size: int) -> None:
        """Wait until the connection's unstored messages leave room for `size` bytes more."""
        while self._unstored and self._unstored + size > UNSTORED_BYTES:
            self._stored.clear()
            await self._stored.wait()
        self._unstored += size

    def hold(self, size: int) -> None:
        """Count bytes of unfinished messages; raises AmqpError (amqp:resource-limit-exceeded)."""
        self._held += size
        if self._held > HELD_BYTES:
            raise AmqpError("amqp:resource-limit-exceeded", "Too many unfinished messages.")

    def release(self, size: int) -> None:
        self._unstored -= size
        self._stored.set()


def _inactive(seconds: float) -> AmqpError:
    words = f"The connection was inactive for more than the allowed {seconds * 1000:.0f} milliseconds"
    return AmqpError("amqp:connection:forced", f"{words} and is closed by container 'event-hubs'.")
