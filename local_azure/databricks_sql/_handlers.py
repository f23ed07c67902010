"""The Thrift service: sessions and operations, as TCLIService.thrift (HiveServer2's and Databricks') defines them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from local_azure.databricks_sql import _listings, _responses
from local_azure.databricks_sql._catalog import CATALOG
from local_azure.databricks_sql._errors import StatementError, translate
from local_azure.databricks_sql._operations import Counters, Operation
from local_azure.databricks_sql._parameters import bind
from local_azure.databricks_sql._results import Result, Wanted
from local_azure.databricks_sql._side_file import SideFile
from local_azure.databricks_sql._spark import Engine
from local_azure.databricks_sql._statements import Statements
from local_azure.databricks_sql._thrift import Iface, is_warehouse, ttypes

THREADS = 32  # statements that run at once; more wait for their turn
DIRECT_SECONDS = 2.0  # how long ExecuteStatement waits; the connector holds its lock meanwhile and can't cancel
POLL_SECONDS = 0.5  # how long GetOperationStatus waits; the connector asks again at once
PROTOCOL = ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8  # from here on clients send parameters
T = TypeVar("T")
_States = ttypes.TOperationState


@dataclass
class Session:
    """A Thrift session and its Spark session."""

    statements: Statements
    operations: dict[bytes, Operation] = field(default_factory=dict)


def _table_name(schema: str | None, table: str | None) -> tuple[str, str] | None:
    """In small letters, as keys are kept; None where no table is named."""
    return ((schema or "default").lower(), table.lower()) if table else None


class Handlers(Iface):
    """What the generated Processor calls, one method a request, from any thread."""

    def __init__(self, engine: Engine, side: SideFile, prefixes: list[str]) -> None:
        self.counters = Counters()
        self._engine = engine
        self.side = side
        self._prefixes = prefixes
        self._pool = ThreadPoolExecutor(THREADS, "statement")
        self._rows = ThreadPoolExecutor(THREADS, "rows")  # a reader does not wait for other statements
        self._control = ThreadPoolExecutor(2, "control")  # cancels and logs in while all others are busy
        self._sessions: dict[bytes, Session] = {}
        self._operations: dict[bytes, tuple[Session, Operation]] = {}

    def OpenSession(self, req: Any) -> Any:
        """A session in the namespace that is asked for."""
        identifier = uuid.uuid4().bytes
        try:
            statements = self._control.submit(self._open, req, is_warehouse()).result()
        except Exception as error:
            return ttypes.TOpenSessionResp(_responses.failed(translate(error)), serverProtocolVersion=PROTOCOL)
        self._sessions[identifier] = Session(statements)
        self.counters.add(sessions=1)
        handle = ttypes.TSessionHandle(ttypes.THandleIdentifier(identifier, b"\0" * 16), serverProtocolVersion=PROTOCOL)
        return ttypes.TOpenSessionResp(
            _responses.ok(),
            serverProtocolVersion=PROTOCOL,
            sessionHandle=handle,
            configuration={},
            initialNamespace=ttypes.TNamespace(CATALOG, "default"),
            canUseMultipleCatalogs=True,
        )

    def _open(self, req: Any, by_warehouse: bool) -> Statements:
        namespace = req.initialNamespace or ttypes.TNamespace()
        return self.statements(namespace.catalogName, namespace.schemaName, req.configuration or {}, by_warehouse)

    def statements(
        self, catalog: str | None, schema: str | None, configuration: Mapping[str, str], is_warehouse: bool
    ) -> Statements:
        """A session of Spark's. Raises StatementError for another catalog or a setting that there is not."""
        session = self._engine.session()
        made = Statements(session, self._engine.metastore, self.side, self._prefixes, is_warehouse=is_warehouse)
        made.open(catalog, schema, configuration)
        return made

    def CloseSession(self, req: Any) -> Any:
        """Close it with all it was doing."""
        session = self._sessions.pop(req.sessionHandle.sessionId.guid, None)
        if session is not None:
            self.counters.add(sessions=-1)
            for guid in list(session.operations):
                self._close(guid)
            self._control.submit(session.statements.close)
        return ttypes.TCloseSessionResp(_responses.ok())

    def ExecuteStatement(self, req: Any) -> Any:
        """Start a statement; with the result if it is there soon and the client wants it so."""
        session = self._session(req)
        if session is None:
            return ttypes.TExecuteStatementResp(_responses.invalid())
        wanted, limit = Wanted.of(req), req.resultRowLimit
        timeout = min(filter(None, (req.queryTimeout, session.statements.settings.timeout)), default=0)
        return self._start(
            req,
            session,
            lambda: session.statements.execute(bind(req.statement, req.parameters), wanted, limit),
            ttypes.TExecuteStatementResp,
            timeout,
            in_columns=req.canReadArrowResult is False,
        )

    def GetCatalogs(self, req: Any) -> Any:
        """The one catalog."""
        return self._listing(req, lambda _: _listings.catalogs(), ttypes.TGetCatalogsResp)

    def GetSchemas(self, req: Any) -> Any:
        """Schemas whose names match the pattern."""
        return self._listing(
            req,
            lambda metadata: _listings.in_catalog(req.catalogName, lambda: _listings.schemas(metadata, req.schemaName)),
            ttypes.TGetSchemasResp,
        )

    def GetTables(self, req: Any) -> Any:
        """Tables and views whose names match the patterns."""
        return self._listing(
            req,
            lambda metadata: _listings.in_catalog(
                req.catalogName, lambda: _listings.tables(metadata, req.schemaName, req.tableName, req.tableTypes)
            ),
            ttypes.TGetTablesResp,
        )

    def GetColumns(self, req: Any) -> Any:
        """Columns whose names match the patterns."""
        return self._listing(
            req,
            lambda metadata: _listings.in_catalog(
                req.catalogName, lambda: _listings.columns(metadata, req.schemaName, req.tableName, req.columnName)
            ),
            ttypes.TGetColumnsResp,
        )

    def GetTableTypes(self, req: Any) -> Any:
        """Tables and views."""
        return self._listing(req, lambda _: _listings.table_types(), ttypes.TGetTableTypesResp)

    def GetTypeInfo(self, req: Any) -> Any:
        """The types."""
        return self._listing(req, lambda _: _listings.type_info(), ttypes.TGetTypeInfoResp)

    def GetFunctions(self, req: Any) -> Any:
        """Functions of one's own."""
        return self._listing(
            req,
            lambda metadata: _listings.in_catalog(
                req.catalogName, lambda: _listings.functions(metadata, req.schemaName, req.functionName)
            ),
            ttypes.TGetFunctionsResp,
        )

    def GetPrimaryKeys(self, req: Any) -> Any:
        """The columns of a table's primary key."""
        return self._listing(
            req,
            lambda metadata: _listings.primary_keys(metadata, req.schemaName, req.tableName),
            ttypes.TGetPrimaryKeysResp,
        )

    def GetCrossReference(self, req: Any) -> Any:
        """The foreign keys of a table, or to one."""
        parent = _table_name(req.parentSchemaName, req.parentTableName)
        child = _table_name(req.foreignSchemaName, req.foreignTableName)
        return self._listing(
            req, lambda metadata: _listings.cross_reference(metadata, parent, child), ttypes.TGetCrossReferenceResp
        )

    def GetInfo(self, req: Any) -> Any:
        """Name and version of what answers."""
        kinds = ttypes.TGetInfoType
        told = {kinds.CLI_SERVER_NAME: "Spark SQL", kinds.CLI_DBMS_NAME: "Spark SQL", kinds.CLI_DBMS_VER: "4.1.0"}
        if req.infoType not in told:
            error = StatementError(f"[UNSUPPORTED] GetInfo {req.infoType} is not known. SQLSTATE: 0A000", "0A000")
            return ttypes.TGetInfoResp(_responses.failed(error), ttypes.TGetInfoValue(stringValue=""))
        return ttypes.TGetInfoResp(_responses.ok(), ttypes.TGetInfoValue(stringValue=told[req.infoType]))

    def GetOperationStatus(self, req: Any) -> Any:
        """The state, a moment later if it still runs."""
        operation = self._operation(req)
        if operation is None:
            return ttypes.TGetOperationStatusResp(_responses.invalid())
        operation.wait(POLL_SECONDS)
        return _responses.status(operation)

    def CancelOperation(self, req: Any) -> Any:
        """Stop a statement; one that is over stays so."""
        operation = self._operation(req)
        if operation is not None:
            self.cancel(operation)
        return ttypes.TCancelOperationResp(_responses.ok())

    def CloseOperation(self, req: Any) -> Any:
        """Forget a statement and its rows."""
        self._close(req.operationHandle.operationId.guid)
        return ttypes.TCloseOperationResp(_responses.ok())

    def GetResultSetMetadata(self, req: Any) -> Any:
        """The columns of a result."""
        operation = self._operation(req)
        if operation is None or operation.result is None or operation.cancelled.is_set():
            return ttypes.TGetResultSetMetadataResp(_responses.failed(_responses.no_result(operation)))
        return _responses.columns(operation)

    def FetchResults(self, req: Any) -> Any:
        """The next rows."""
        operation = self._operation(req)
        if operation is None or operation.result is None or operation.cancelled.is_set():
            return ttypes.TFetchResultsResp(_responses.failed(_responses.no_result(operation)))
        try:
            response = self._rows.submit(_responses.rows, operation, req.maxBytes).result()
        except Exception as error:
            return ttypes.TFetchResultsResp(_responses.failed(translate(error)))
        response.resultSetMetadata = _responses.columns(operation) if req.includeResultSetMetadata else None
        return response

    def stop(self) -> None:
        """End all statements."""
        for _, operation in list(self._operations.values()):
            self.cancel(operation)
        self._control.shutdown()
        for pool in (self._pool, self._rows):
            pool.shutdown(wait=False, cancel_futures=True)

    def _session(self, req: Any) -> Session | None:
        return self._sessions.get(req.sessionHandle.sessionId.guid)

    def _operation(self, req: Any) -> Operation | None:
        found = self._operations.get(req.operationHandle.operationId.guid)
        return found[1] if found else None

    def _listing(self, req: Any, listing: Callable[[Any], Result], response: Any) -> Any:
        session = self._session(req)
        if session is None:
            return response(_responses.invalid())
        return self._start(req, session, lambda: listing(session.statements.metadata), response, in_columns=True)

    def _start(
        self,
        req: Any,
        session: Session,
        work: Callable[[], Result],
        response: Any,
        timeout: int = 0,
        *,
        in_columns: bool = False,
    ) -> Any:
        operation = Operation(work, timeout, in_columns=in_columns)
        self._operations[operation.id.bytes] = session, operation
        session.operations[operation.id.bytes] = operation
        self.submit(operation)
        identifier = ttypes.THandleIdentifier(operation.id.bytes, b"\0" * 16)
        handle = ttypes.TOperationHandle(identifier, ttypes.TOperationType.EXECUTE_STATEMENT, True)
        return response(_responses.ok(), handle, self._direct(operation, req.getDirectResults))

    def control(self, work: Callable[[], T]) -> T:
        """Do what is soon done, beside the statements."""
        return self._control.submit(work).result()

    def submit(self, operation: Operation) -> None:
        """Run it when its turn comes."""
        operation.done = self._pool.submit(operation.run, self._engine)
        operation.done.add_done_callback(lambda _: self._count(operation))

    def _count(self, operation: Operation) -> None:
        self.counters.add(statements=1, failed=1 if operation.error else 0)

    def _direct(self, operation: Operation, asked: Any) -> Any:
        """Status, columns and rows in the first answer, and the end of it if that is all."""
        if asked is None:
            return None
        operation.wait(DIRECT_SECONDS)
        if operation.state == _States.RUNNING_STATE:
            return None
        direct = ttypes.TSparkDirectResults()
        if operation.result is not None and operation.error is None:
            direct.resultSetMetadata = _responses.columns(operation)
            direct.resultSet = self._first_rows(operation, asked.maxBytes)
        direct.operationStatus = _responses.status(operation)
        if not operation.has_more:
            self._close(operation.id.bytes)
            direct.closeOperation = ttypes.TCloseOperationResp(_responses.ok())
        return direct

    def _first_rows(self, operation: Operation, max_bytes: int | None) -> Any:
        """Rows of the first answer. What fails in a later partition fails the statement."""
        try:
            return self._rows.submit(_responses.rows, operation, max_bytes).result()
        except Exception as error:
            operation.error = translate(error)
            return None

    def cancel(self, operation: Operation) -> None:
        """Stop a statement that runs."""
        if operation.state == _States.RUNNING_STATE:
            operation.cancel()
            self._control.submit(self._engine.cancel_group, operation.id.hex)

    def _close(self, guid: bytes) -> None:
        session, operation = self._operations.pop(guid, (None, None))
        if session is not None and operation is not None:
            session.operations.pop(guid, None)
            self.cancel(operation)
