"""Who is connected and what runs: the register behind the pool's views of sessions, requests, waits and errors.

Source: Microsoft Learn, "sys.dm_pdw_exec_requests", "sys.dm_pdw_exec_sessions", "sys.dm_pdw_request_steps",
"sys.dm_pdw_sql_requests", "sys.dm_pdw_waits", "sys.dm_pdw_errors"; "Monitor your Azure Synapse Analytics dedicated SQL
pool workload using DMVs"; "Capacity limits for dedicated SQL pool", Metadata, for how many are kept.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import duckdb

from local_azure.synapse import listings
from local_azure.synapse.errors import SqlError
from local_azure.synapse.nodes import Written
from local_azure.synapse.results import Done, Result

KEPT = 10_000  # of each: sessions, requests, errors
_COMMAND = 4000  # characters of a request's text
_CLASS = "smallrc"  # the resource class of every user who was not given another one
_QUEUE = "UserConcurrencyResourceType"
_CANCELLED = 3617
_SECRET = re.compile(r"\b(SECRET|PASSWORD)\s*=\s*N?'(?:[^']|'')*(?:'|\Z)", re.IGNORECASE)


def now() -> dt.datetime:
    """A pool's clock stands in UTC."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


@dataclass
class Request:
    """A statement that runs or has run; `governed` takes a slot, and `start` is when it had one."""

    number: int
    session: int
    command: str
    label: str
    governed: bool
    submit: dt.datetime = field(default_factory=now)
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    status: str = "Suspended"
    error: str | None = None
    rows: int = 0  # that it changed or gave
    gives: bool = False  # rows to the client

    def began(self) -> None:
        self.start, self.status = now(), "Running"

    def counted(self, results: Iterator[Result]) -> Iterator[Result]:
        """The statement's results, whose rows are noted."""
        for result in results:
            if isinstance(result, Done) and result.count is not None:
                self.rows, self.gives = result.count, result.command == "SELECT"
            yield result

    def ended(self, status: str, error: str | None = None) -> None:
        self.end, self.status, self.error = now(), status, error


@dataclass
class Client:
    """A session; `end` closes it from another thread."""

    spid: int
    login: str
    address: str = ""
    application: str = ""
    end: Callable[[], None] | None = None
    login_time: dt.datetime = field(default_factory=now)
    status: str = "IDLE"
    last: int | None = None
    count: int = 0
    transactional: bool = False


class Requests:
    """The register of one pool, for sessions in any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers = itertools.count(1)
        self._requests: deque[Request] = deque(maxlen=KEPT)
        self._clients: dict[int, Client] = {}
        self._errors: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def opened(self, client: Client) -> None:
        """A session begins."""
        with self._lock:
            self._clients[client.spid] = client
            closed = [spid for spid, each in self._clients.items() if each.status in {"CLOSED", "TERMINATED"}]
            for spid in closed[: max(0, len(self._clients) - KEPT)]:
                del self._clients[spid]

    def closed(self, spid: int) -> None:
        """A session ends; one that was killed stays so."""
        client = self._clients.get(spid)
        if client is not None and client.status != "TERMINATED":
            client.status = "CLOSED"

    def kill(self, spid: int) -> None:
        """End a session and its work. Raises SqlError 6106 where there is none."""
        client = self._clients.get(spid)
        if client is None or client.end is None or client.status in {"CLOSED", "TERMINATED"}:
            raise SqlError(6106, f"Process ID {spid} is not an active process ID.")
        client.status = "TERMINATED"
        client.end()

    @contextmanager
    def running(self, spid: int, written: Written, transactional: bool, governed: bool) -> Iterator[Request]:
        """Hold a statement in the register as long as it runs."""
        command = _SECRET.sub(r"\1 = '***'", written.text[:_COMMAND])
        request = Request(next(self._numbers), spid, command, written.label, governed)
        client = self._clients.get(spid) or Client(spid, "")
        with self._lock:
            self._requests.append(request)
        client.last, client.count, client.transactional = request.number, client.count + 1, transactional
        client.status = "ACTIVE" if client.status == "IDLE" else client.status
        try:
            yield request
        except GeneratorExit:  # the client wanted no more of it
            request.ended("Cancelled")
            raise
        except (SqlError, duckdb.Error) as error:
            self._failed(request, error)
            raise
        finally:
            if request.end is None:  # BREAK, CONTINUE and RETURN leave it by an exception of their own
                request.ended("Completed")
            client.status = "IDLE" if client.status == "ACTIVE" else client.status

    def _failed(self, request: Request, error: SqlError | duckdb.Error) -> None:
        if isinstance(error, duckdb.InterruptException) or getattr(error, "number", 0) == _CANCELLED:
            return request.ended("Cancelled")
        error_id = str(uuid.uuid4())
        found = {"error_id": error_id, "create_time": now(), "session_id": f"SID{request.session}",
                 "request_id": f"QID{request.number}", "spid": request.session,
                 "details": str(error).splitlines()[0][:_COMMAND]}  # fmt: skip
        self._errors.append(found)
        return request.ended("Failed", error_id)

    # As the views read them

    def install(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give DuckDB a function for each list, which the views of system_views unpack."""
        for name, rows in (("sessions", self.sessions), ("requests", self.requests), ("steps", self.steps),
                           ("waits", self.waits), ("errors", self.errors)):  # fmt: skip
            listings.give(connection, name, rows)

    def sessions(self) -> list[dict[str, Any]]:
        with self._lock:
            found = list(self._clients.values())
        return [
            {"session_id": f"SID{c.spid}", "status": c.status, "request_id": c.last and f"QID{c.last}",
             "login_name": c.login, "login_time": c.login_time, "query_count": c.count,
             "is_transactional": c.transactional, "client_id": c.address, "app_name": c.application,
             "sql_spid": c.spid}
            for c in found
        ]  # fmt: skip

    def requests(self) -> list[dict[str, Any]]:
        with self._lock:
            found = list(self._requests)
        return [
            {"request_id": f"QID{r.number}", "session_id": f"SID{r.session}", "status": r.status,
             "submit_time": r.submit, "start_time": r.start, "end_time": r.end,
             "total_elapsed_time": _milliseconds(r), "label": r.label or None, "error_id": r.error,
             "command": r.command, "resource_class": _CLASS if r.governed else None}
            for r in found
        ]  # fmt: skip

    def steps(self) -> list[dict[str, Any]]:
        """Of a request that was started, the one that it takes here, where all data lie in one place."""
        with self._lock:
            found = [r for r in self._requests if r.start]
        return [
            {"request_id": f"QID{r.number}", "operation_type": "ReturnOperation" if r.gives else "OnOperation",
             "status": {"Completed": "Complete"}.get(r.status, r.status), "error_id": r.error, "start_time": r.start,
             "end_time": r.end, "total_elapsed_time": _milliseconds(r), "row_count": r.rows,
             "command": r.command, "spid": r.session}
            for r in found
        ]  # fmt: skip

    def waits(self) -> list[dict[str, Any]]:
        """The slots that requests wait for or hold: a query's resource class takes one."""
        with self._lock:
            found = [r for r in self._requests if r.governed and r.end is None]
        return [
            {"wait_id": number, "session_id": f"SID{r.session}", "type": _QUEUE, "request_id": f"QID{r.number}",
             "request_time": r.submit, "acquire_time": r.start, "state": "Granted" if r.start else "AcquireResources"}
            for number, r in enumerate(found)
        ]  # fmt: skip

    def errors(self) -> list[dict[str, Any]]:
        return list(self._errors)


def _milliseconds(request: Request) -> int | None:
    """Since the request was started."""
    if request.start is None:
        return None
    return int(((request.end or now()) - request.start).total_seconds() * 1000)
