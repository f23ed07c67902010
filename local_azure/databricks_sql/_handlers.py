"""The Thrift service: sessions and operations, as TCLIService.thrift (HiveServer2 and Databricks) defines them."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event, RLock
from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService, ttypes

from local_azure.databricks_sql import _listings
from local_azure.databricks_sql._errors import StatementError, translate
from local_azure.databricks_sql._names import CATALOG
from local_azure.databricks_sql._parameters import parameters
from local_azure.databricks_sql._results import Batch, Result, Wanted, thrift_schema
from local_azure.databricks_sql._side_file import SideFile
from local_azure.databricks_sql._spark import Engine
from local_azure.databricks_sql._statements import Statements

log = logging.getLogger(__name__)

THREADS = 8
DIRECT_SECONDS = 2.0  # how long ExecuteStatement waits; the connector holds its lock meanwhile and can't cancel
POLL_SECONDS = 0.5  # how long GetOperationStatus waits; the connector asks again at once
MAX_BYTES = 16 << 20
PROTOCOL = ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V7
_States = ttypes.TOperationState


@dataclass
class Counters:
    """What went through, for the status file."""

    statements: int = 0
    failed: int = 0
    sessions: int = 0
    lock: RLock = field(default_factory=RLock, repr=False)

    def add(self, *, statements: int = 0, failed: int = 0, sessions: int = 0) -> None:
        """Add to the counters; from any thread."""
        with self.lock:
            self.statements += statements
            self.failed += failed
            self.sessions += sessions

    def flow(self) -> dict[str, int]:
        """The counters as the status file holds them; `sessions` are the open ones."""
        with self.lock:
            return {"statements": self.statements, "failed": self.failed, "sessions": self.sessions}


class Operation:
    """One statement: running, then read batch by batch, then closed."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self.id = uuid.uuid4()
        self.cancelled = Event()
        self.result: Result | None = None
        self.error: StatementError | None = None
        self.rows = 0  # sent so far
        self.done: Future[None] | None = None
        self._work = work
        self._batches: Iterator[Batch] = iter(())
        self._next: Batch | None = None

    def run(self, engine: Engine) -> None:
        """Compute up to the first batch, in a thread of the pool."""
        try:
            engine.start_group(self.id.hex)
            if not self.cancelled.is_set():
                self.result = self._work()
                self._batches = self.result.batches()
                self._next = next(self._batches, None)
        except Exception as error:
            self.error = translate(error)
            log.debug("failed", exc_info=True)

    @property
    def state(self) -> int:
        """The TOperationState."""
        if self.cancelled.is_set():
            return int(_States.CANCELED_STATE)
        if self.done is None or not self.done.done():
            return int(_States.RUNNING_STATE)
        return int(_States.ERROR_STATE if self.error else _States.FINISHED_STATE)

    @property
    def has_more(self) -> bool:
        """Whether batches are left to read."""
        return self._next is not None

    def take(self, max_bytes: int) -> list[Batch]:
        """The next batches, about `max_bytes` of them and at least one if there is one."""
        taken: list[Batch] = []
        size = 0
        while self._next is not None and (not taken or size + len(self._next[0]) <= max_bytes):
            taken.append(self._next)
            size += len(self._next[0])
            self._next = next(self._batches, None)
        return taken


@dataclass
class Session:
    """A Thrift session and its Spark session."""

    statements: Statements
    operations: dict[bytes, Operation] = field(default_factory=dict)


class Handlers(TCLIService.Iface):  # type: ignore[misc]
    """What the generated Processor calls, one method a request, from any thread."""

    def __init__(self, engine: Engine, side: SideFile, prefixes: list[str]) -> None:
        self.counters = Counters()
        self._engine = engine
        self._side = side
        self._prefixes = prefixes
        self._pool = ThreadPoolExecutor(THREADS, "statement")
        self._sessions: dict[bytes, Session] = {}
        self._operations: dict[bytes, tuple[Session, Operation]] = {}

    def OpenSession(self, req: Any) -> Any:
        """A session in the namespace that is asked for."""
        identifier = uuid.uuid4().bytes
        try:
            statements = self._pool.submit(self._open, req).result()
        except Exception as error:
            return ttypes.TOpenSessionResp(_failed(translate(error)), serverProtocolVersion=PROTOCOL)
        self._sessions[identifier] = Session(statements)
        self.counters.add(sessions=1)
        handle = ttypes.TSessionHandle(ttypes.THandleIdentifier(identifier, b"\0" * 16), serverProtocolVersion=PROTOCOL)
        return ttypes.TOpenSessionResp(
            _ok(),
            serverProtocolVersion=PROTOCOL,
            sessionHandle=handle,
            configuration={},
            initialNamespace=ttypes.TNamespace(CATALOG, "default"),
            canUseMultipleCatalogs=True,
        )

    def _open(self, req: Any) -> Statements:
        statements = Statements(self._engine.session(), self._side, self._prefixes)
        statements.open(req.initialNamespace, req.configuration or {})
        return statements

    def CloseSession(self, req: Any) -> Any:
        """Close it with all it was doing."""
        session = self._sessions.pop(req.sessionHandle.sessionId.guid, None)
        if session is not None:
            self.counters.add(sessions=-1)
            for guid in list(session.operations):
                self._close(guid)
        return ttypes.TCloseSessionResp(_ok())

    def ExecuteStatement(self, req: Any) -> Any:
        """Start a statement; with the result if it is there soon and the client wants it so."""
        session = self._session(req)
        if session is None:
            return ttypes.TExecuteStatementResp(_invalid())
        wanted, given = Wanted.of(req), parameters(req.parameters)
        limit = req.resultRowLimit
        return self._start(
            req,
            session,
            lambda: session.statements.execute(req.statement, wanted, given, limit),
            ttypes.TExecuteStatementResp,
        )

    def GetCatalogs(self, req: Any) -> Any:
        """The one catalog."""
        return self._listing(req, lambda _: _listings.catalogs(), ttypes.TGetCatalogsResp)

    def GetSchemas(self, req: Any) -> Any:
        """Schemas whose names match the pattern."""
        return self._listing(req, lambda metadata: _listings.schemas(metadata, req.schemaName), ttypes.TGetSchemasResp)

    def GetTables(self, req: Any) -> Any:
        """Tables and views whose names match the patterns."""
        return self._listing(
            req,
            lambda metadata: _listings.tables(metadata, req.schemaName, req.tableName, req.tableTypes),
            ttypes.TGetTablesResp,
        )

    def GetColumns(self, req: Any) -> Any:
        """Columns whose names match the patterns."""
        return self._listing(
            req,
            lambda metadata: _listings.columns(metadata, req.schemaName, req.tableName, req.columnName),
            ttypes.TGetColumnsResp,
        )

    def GetOperationStatus(self, req: Any) -> Any:
        """The state, a moment later if it still runs."""
        operation = self._operation(req)
        if operation is None:
            return ttypes.TGetOperationStatusResp(_invalid())
        _wait(operation, POLL_SECONDS)
        return _status(operation)

    def CancelOperation(self, req: Any) -> Any:
        """Stop a statement; one that is over stays so."""
        operation = self._operation(req)
        if operation is not None:
            self._cancel(operation)
        return ttypes.TCancelOperationResp(_ok())

    def CloseOperation(self, req: Any) -> Any:
        """Forget a statement and its rows."""
        self._close(req.operationHandle.operationId.guid)
        return ttypes.TCloseOperationResp(_ok())

    def GetResultSetMetadata(self, req: Any) -> Any:
        """The columns of a result."""
        operation = self._operation(req)
        if operation is None or operation.result is None:
            return ttypes.TGetResultSetMetadataResp(_failed(_no_result(operation)))
        return _metadata(operation.result)

    def FetchResults(self, req: Any) -> Any:
        """The next rows."""
        operation = self._operation(req)
        if operation is None or operation.result is None:
            return ttypes.TFetchResultsResp(_failed(_no_result(operation)))
        try:
            response = self._pool.submit(_fetch, operation, req.maxBytes).result()
        except Exception as error:
            return ttypes.TFetchResultsResp(_failed(translate(error)))
        response.resultSetMetadata = _metadata(operation.result) if req.includeResultSetMetadata else None
        return response

    def stop(self) -> None:
        """End all statements."""
        for _, operation in list(self._operations.values()):
            self._cancel(operation)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _session(self, req: Any) -> Session | None:
        return self._sessions.get(req.sessionHandle.sessionId.guid)

    def _operation(self, req: Any) -> Operation | None:
        found = self._operations.get(req.operationHandle.operationId.guid)
        return found[1] if found else None

    def _listing(self, req: Any, listing: Callable[[Any], Result], response: Any) -> Any:
        session = self._session(req)
        if session is None:
            return response(_invalid())
        return self._start(req, session, lambda: listing(session.statements.metadata), response)

    def _start(self, req: Any, session: Session, work: Callable[[], Result], response: Any) -> Any:
        operation = Operation(work)
        self._operations[operation.id.bytes] = session, operation
        session.operations[operation.id.bytes] = operation
        operation.done = self._pool.submit(operation.run, self._engine)
        operation.done.add_done_callback(lambda _: self._count(operation))
        identifier = ttypes.THandleIdentifier(operation.id.bytes, b"\0" * 16)
        handle = ttypes.TOperationHandle(identifier, ttypes.TOperationType.EXECUTE_STATEMENT, True)
        return response(_ok(), handle, self._direct(operation, req.getDirectResults))

    def _count(self, operation: Operation) -> None:
        self.counters.add(statements=1, failed=1 if operation.error else 0)

    def _direct(self, operation: Operation, asked: Any) -> Any:
        """Status, columns and rows in the first answer, and the end of it if that is all."""
        if asked is None:
            return None
        _wait(operation, DIRECT_SECONDS)
        if operation.state == _States.RUNNING_STATE:
            return None
        direct = ttypes.TSparkDirectResults(operationStatus=_status(operation))
        if operation.result is not None and operation.error is None:
            direct.resultSetMetadata = _metadata(operation.result)
            direct.resultSet = self._pool.submit(_fetch, operation, asked.maxBytes).result()
        if not operation.has_more:
            self._close(operation.id.bytes)
            direct.closeOperation = ttypes.TCloseOperationResp(_ok())
        return direct

    def _cancel(self, operation: Operation) -> None:
        if operation.state == _States.RUNNING_STATE:
            operation.cancelled.set()
            self._pool.submit(self._engine.cancel_group, operation.id.hex)

    def _close(self, guid: bytes) -> None:
        session, operation = self._operations.pop(guid, (None, None))
        if session is not None and operation is not None:
            session.operations.pop(guid, None)
            self._cancel(operation)


def _wait(operation: Operation, seconds: float) -> None:
    if operation.done is not None and not operation.cancelled.is_set():
        wait([operation.done], seconds)


def _fetch(operation: Operation, max_bytes: int | None) -> Any:
    start = operation.rows
    batches = operation.take(min(max_bytes or MAX_BYTES, MAX_BYTES))
    operation.rows += sum(count for _, count in batches)
    arrow = [ttypes.TSparkArrowBatch(data, count) for data, count in batches]
    row_set = ttypes.TRowSet(startRowOffset=start, rows=[], arrowBatches=arrow)
    return ttypes.TFetchResultsResp(_ok(), hasMoreRows=operation.has_more, results=row_set)


def _metadata(result: Result) -> Any:
    return ttypes.TGetResultSetMetadataResp(
        _ok(),
        schema=thrift_schema(result.schema),
        resultFormat=ttypes.TSparkRowSetType.ARROW_BASED_SET,
        lz4Compressed=False,
        arrowSchema=result.arrow.serialize().to_pybytes(),
        isStagingOperation=False,
    )


def _status(operation: Operation) -> Any:
    response = ttypes.TGetOperationStatusResp(_ok(), operationState=operation.state, hasResultSet=True)
    if operation.error is not None:
        response.sqlState = operation.error.sqlstate
        response.errorMessage = response.displayMessage = operation.error.message
    elif operation.result is not None:
        response.numModifiedRows = operation.result.modified
    return response


def _no_result(operation: Operation | None) -> StatementError:
    if operation is None:
        return StatementError("[INVALID_HANDLE] no such operation: it was closed", "HY000")
    return operation.error or StatementError("[INVALID_HANDLE] the operation has no result yet", "HY010")


def _ok() -> Any:
    return ttypes.TStatus(ttypes.TStatusCode.SUCCESS_STATUS)


def _invalid() -> Any:
    return ttypes.TStatus(
        ttypes.TStatusCode.INVALID_HANDLE_STATUS, errorMessage="[INVALID_HANDLE] no such session or operation"
    )


def _failed(error: StatementError) -> Any:
    return ttypes.TStatus(
        ttypes.TStatusCode.ERROR_STATUS,
        sqlState=error.sqlstate,
        errorMessage=error.message,
        displayMessage=error.message,
    )
