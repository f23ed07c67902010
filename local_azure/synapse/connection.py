"""One client: login, then message by message to the session and its results back as tokens.

A second thread reads, so that an attention (a time-out, a cancel) reaches the running query.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

import duckdb

from local_azure.synapse import bulk, login, packets, rpc, tokens
from local_azure.synapse.engine import Engine, translate
from local_azure.synapse.errors import SqlError, unplanned
from local_azure.synapse.packets import Channel, ClientMessage, Disconnected, Writer
from local_azure.synapse.requests import Client
from local_azure.synapse.results import Done, Message, Rows
from local_azure.synapse.session import Session

_LOGIN_SECONDS = 30
_INTERRUPT_SECONDS = 0.1
log = logging.getLogger(__name__)


class Cancelled(Exception):
    """The client sent an attention while its request ran."""


class Counters:
    """What went through the endpoint, for status.json; shared by all connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values = {"statements": 0, "refused": 0, "connections": 0, "rows_out": 0}

    def add(self, name: str, count: int = 1) -> None:
        with self._lock:
            self._values[name] += count

    def snapshot(self) -> dict[str, int]:
        with self._lock:
            return dict(self._values)


class Connection:
    """Serves one socket until it closes."""

    def __init__(
        self,
        peer: socket.socket,
        engine: Engine,
        spid: int,
        *,
        passwords: Mapping[str, str],
        tls: Callable[[bool], ssl.SSLContext],
        counters: Counters,
        admit: Callable[[], None] = lambda: None,
    ) -> None:
        self.admit, self.inside = admit, False
        self.channel = Channel(peer)
        self.writer = Writer(self.channel)
        self.engine = engine
        self.passwords = passwords
        self.tls = tls
        self.counters = counters
        self.session = Session(engine, spid)
        self.procedures = rpc.Procedures(self.session)
        self.inbox: queue.Queue[ClientMessage | None] = queue.Queue(maxsize=8)
        self.cancelled, self.finished = threading.Event(), threading.Event()
        self.session.stopped = self.cancelled.is_set
        self.descriptor = 0  # of the open transaction, 0 for none

    def serve(self) -> None:
        """Runs until the client leaves; never raises."""
        try:
            self.channel.patience(_LOGIN_SECONDS)
            if self._log_in():
                self.inside = True
                self.channel.patience(None)
                self.counters.add("connections")
                threading.Thread(target=self._read, daemon=True).start()
                self._answer_all()
        except (Disconnected, ValueError) as reason:
            log.debug("connection %s ended: %s", self.session.spid, reason)
        except Exception:
            log.exception("connection %s failed", self.session.spid)
        finally:
            self.finished.set()
            self.channel.close()
            self.session.close()
            self.engine.requests.closed(self.session.spid)

    def end(self) -> None:
        """Stop what runs and close the socket; called from another thread."""
        self.cancelled.set()
        self.session.interrupt()
        self.channel.close()

    # Login

    def _log_in(self) -> bool:
        asked = self._asked()
        engine = self.engine
        try:
            self.admit()
            login.check(asked, self.passwords, engine.database)
        except SqlError as error:
            self._respond(tokens.error(error) + tokens.done(tokens.DONE, tokens.ERROR))
            return False
        self.session.identity.sign_in(asked.user)
        self.session.info |= {"app_name": asked.application, "host_name": asked.host}
        known = Client(self.session.spid, asked.user, self.channel.address, asked.application, end=self.end)
        engine.requests.opened(known)
        size = min(max(asked.packet_size or 4096, 512), 32767)
        self._respond(login.accepted(asked, engine.database, size))
        self.writer.packet_size = size
        return True

    def _asked(self) -> login.Login:
        """What the client asks for in LOGIN7: in TLS from the first byte (TDS 8), behind PRELOGIN, or in the clear."""
        strict = self.channel.begins_with_tls()
        if strict:
            self.channel.start_tls(self.tls(True), bare=True)
        first = packets.read_message(self.channel)
        if first.kind != packets.PRELOGIN:
            raise Disconnected("not a TDS client of 7.1 or later")
        encryption = login.answer_encryption(login.client_encryption(first.data))
        self._respond(login.prelogin_answer(encryption))
        if not strict and encryption != login.ENCRYPT_NOT_SUPPORTED:
            self.channel.start_tls(self.tls(False))
        data = packets.read_message(self.channel).data
        if not strict and encryption == login.ENCRYPT_OFF:
            self.channel.end_tls()
        return login.parse_login(data)

    def _respond(self, data: bytes) -> None:
        self.writer.add(data)
        self.writer.finish()

    # Messages

    def _read(self) -> None:
        """The reader thread: an attention stops the running query before it takes its turn."""
        try:
            while True:
                message = packets.read_message(self.channel)
                if message.kind == packets.ATTENTION:
                    self.cancelled.set()
                self.inbox.put(message)
                self._stop()
        except (Disconnected, ValueError, duckdb.Error):
            self.cancelled.set()
            self.inbox.put(None)
            self._stop()

    def _stop(self) -> None:
        """Interrupt what was cancelled until it has ended: DuckDB forgets an interrupt that comes while it plans."""
        while self.cancelled.is_set() and not self.finished.is_set():
            self.session.interrupt()
            self.finished.wait(_INTERRUPT_SECONDS)

    def _answer_all(self) -> None:
        while (message := self.inbox.get()) is not None:
            if message.kind == packets.ATTENTION:
                self.cancelled.clear()
                self._respond(tokens.done(tokens.DONE, tokens.ATTENTION))
            elif message.data or message.kind != packets.BATCH:
                self._answer(message)

    def _answer(self, message: ClientMessage) -> None:
        if message.status & (packets.RESET | packets.RESET_KEEP_TRAN):
            self._reset()
        try:
            self._dispatch(message)
            self._check_cancelled()
        except Cancelled:  # the message ends here; the attention is acknowledged in one of its own (MS-TDS 2.2.1.7)
            self.writer.add(tokens.done(tokens.DONE, tokens.ERROR))
        except SqlError as error:
            self._fail(error, tokens.DONE)
        except ValueError as error:
            text = "The incoming tabular data stream (TDS) protocol stream is incorrect."
            log.debug("connection %s: %s", self.session.spid, error)
            self._fail(SqlError(4002, text), tokens.DONE)
        self.writer.finish()

    def _reset(self) -> None:
        self.session.reset()
        self.descriptor = 0
        self.writer.add(tokens.reset_acknowledged())

    def _dispatch(self, message: ClientMessage) -> None:
        if message.kind == packets.BATCH:
            reader = rpc.after_headers(message.data)
            self._run_batch(reader.data[reader.at :].decode("utf-16-le"))
        elif message.kind == packets.RPC:
            self._run_calls(rpc.parse_calls(message.data))
        elif message.kind == packets.BULK:
            self._send(lambda: bulk.load(self.session, message.data), tokens.DONE, more=False)
        elif message.kind == packets.TRANSACTION:
            self._run_transaction(message.data)
        else:
            self._fail(
                SqlError(4002, "The incoming tabular data stream (TDS) protocol stream is incorrect."), tokens.DONE
            )

    def _check_cancelled(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled

    # Running

    def _run_batch(self, text: str) -> None:
        self._send(lambda: self.session.batch(text), tokens.DONE, more=False)

    def _run_calls(self, calls: list[rpc.Call]) -> None:
        """One answer per call, all but the last announcing another."""
        for number, call in enumerate(calls, 1):
            self._send(lambda call=call: self.procedures.run(call), tokens.DONE_IN_PROC, more=number < len(calls))  # type: ignore[misc]

    def _send(self, run: Callable[[], Iterator[rpc.Answer]], kind: int, *, more: bool) -> None:
        """Write what a request yields; `kind` DONEINPROC closes with a status, the values and DONEPROC."""
        self.counters.add("statements")
        in_procedure = kind == tokens.DONE_IN_PROC
        last: Done | None = None
        returned: list[rpc.Returned] = []
        try:
            with contextlib.closing(self._watched(run())) as results:
                for result in results:
                    if isinstance(result, rpc.Returned):
                        returned.append(result)
                        continue
                    last = self._write(result, last, kind)
                    self._note_transaction()
        except SqlError as error:
            self._check_cancelled()
            self._flush(last, kind, more=True)
            self._note_transaction()
            return self._fail(error, tokens.DONE_PROC if in_procedure else tokens.DONE, more=more)
        self._note_transaction()
        self._flush(last, kind, more=in_procedure)
        if in_procedure:
            self._end_procedure(returned, more=more)
        elif last is None:
            self.writer.add(tokens.done(kind, 0))
        return None

    def _watched(self, results: Iterator[rpc.Answer]) -> Generator[rpc.Answer, None, None]:
        """Stop between results once the client has cancelled; DuckDB's errors become SQL Server's."""
        try:
            for result in results:
                self._check_cancelled()
                yield result
        except duckdb.Error as error:
            raise translate(error) from error
        except (SqlError, Cancelled):
            raise
        except Exception as error:  # a defect of this endpoint must not cost the client its connection
            log.exception("statement failed")
            raise unplanned() from error

    def _write(self, result: rpc.Answer, last: Done | None, kind: int) -> Done | None:
        """Write a result; DONE is held back until it is known whether more follows."""
        self._flush(last, kind, more=True)
        if isinstance(result, Done):
            return result
        if isinstance(result, Rows):
            self._write_rows(result)
            return None
        if isinstance(result, Message):
            self.writer.add(tokens.info(result.text, result.number))
        return None

    def _write_rows(self, result: Rows) -> None:
        self.writer.add(tokens.column_metadata(result.columns))
        for batch in result.batches:
            self._check_cancelled()
            self.writer.add(tokens.rows(result.columns, batch))
            self.counters.add("rows_out", len(batch))

    def _flush(self, last: Done | None, kind: int, *, more: bool) -> None:
        if last is not None:
            count = None if self.session.nocount else last.count
            self.writer.add(tokens.done(kind, tokens.MORE if more else 0, last.command, count))

    def _end_procedure(self, returned: Iterable[rpc.Returned], *, more: bool) -> None:
        self.writer.add(tokens.return_status(0))
        for value in returned:
            self.writer.add(tokens.return_value(value.name, value.type, value.value, value.ordinal))
        self.writer.add(tokens.done(tokens.DONE_PROC, tokens.MORE if more else 0))

    def _fail(self, error: SqlError, kind: int, *, more: bool = False) -> None:
        self.counters.add("refused")
        self.writer.add(tokens.error(error) + tokens.done(kind, tokens.ERROR | (tokens.MORE if more else 0)))

    # Transactions

    def _note_transaction(self) -> None:
        """Tell the client of a transaction begun or ended (ENVCHANGE 8, 9, 10)."""
        open_now = self.session.transactions > 0
        if open_now and not self.descriptor:
            self.descriptor = self.session.spid << 32 | 1
            self.writer.add(tokens.changed_transaction(tokens.BEGIN, self.descriptor))
        elif not open_now and self.descriptor:
            ended = tokens.ROLLBACK if self.session.rolled_back else tokens.COMMIT
            self.writer.add(tokens.changed_transaction(ended, self.descriptor))
            self.descriptor = 0

    def _run_transaction(self, data: bytes) -> None:
        """Transaction manager requests (MS-TDS 2.2.6.9): begin 5, commit 7, roll back 8."""
        reader = rpc.after_headers(data)
        kind = reader.number(2)
        actions = {5: self.session.begin, 7: self._commit, 8: self._roll_back}
        try:
            if kind not in actions:
                raise SqlError(3989, f"Transaction manager request {kind} is not supported.")
            actions[kind]()
        except SqlError as error:
            self._note_transaction()
            return self._fail(error, tokens.DONE)
        self._note_transaction()
        self.writer.add(tokens.done(tokens.DONE, 0))
        return None

    def _commit(self) -> None:
        if self.session.transactions:
            self.session.commit()

    def _roll_back(self) -> None:
        self.session.rollback()
