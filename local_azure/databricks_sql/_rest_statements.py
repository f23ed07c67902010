"""Statement execution by REST: https://docs.databricks.com/api/workspace/statementexecution

A statement runs in a session of its own. Its rows are kept in chunks until many others came after it.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import secrets
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Lock
from typing import Any

import pyarrow as pa

from local_azure.databricks_sql._describe import type_name
from local_azure.databricks_sql._errors import unsupported
from local_azure.databricks_sql._handlers import Handlers
from local_azure.databricks_sql._operations import Operation
from local_azure.databricks_sql._parameters import Value, substitute
from local_azure.databricks_sql._rest_errors import ApiError
from local_azure.databricks_sql._results import Batch, Result, Wanted
from local_azure.databricks_sql._statements import Statements
from local_azure.databricks_sql._thrift import ttypes

RESULTS = "/results/"
KEPT = 100  # statements whose rows can still be asked for
INLINE_BYTES = 25 << 20  # more is refused, as in the cloud
CHUNK_BYTES = 4 << 20
_DISPOSITIONS = {"INLINE": ("JSON_ARRAY",), "EXTERNAL_LINKS": ("JSON_ARRAY", "ARROW_STREAM", "CSV")}
_STATES = {
    ttypes.TOperationState.RUNNING_STATE: "RUNNING",
    ttypes.TOperationState.FINISHED_STATE: "SUCCEEDED",
    ttypes.TOperationState.ERROR_STATE: "FAILED",
    ttypes.TOperationState.CANCELED_STATE: "CANCELED",
}
_KINDS = {"JSON_ARRAY": "application/json", "CSV": "text/csv", "ARROW_STREAM": "application/vnd.apache.arrow.stream"}


@dataclass
class _Chunk:
    """Rows from `offset` on, in the format that was asked for; read by a link that ends in `secret`."""

    offset: int
    rows: int
    data: bytes
    secret: str = field(default_factory=secrets.token_urlsafe)


@dataclass
class _Statement:
    """A statement that was sent: what was asked, its operation and, when it is over, its rows."""

    disposition: str
    format: str
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    operation: Operation = field(init=False)
    truncated: bool = False
    byte_limit: int | None = None
    chunks: list[_Chunk] = field(default_factory=list)


class StatementExecution:
    """The statements of all clients, the newest KEPT of them."""

    def __init__(self, handlers: Handlers, address: str) -> None:
        self._handlers = handlers
        self._address = address
        self._known: OrderedDict[str, _Statement] = OrderedDict()
        self._sessions: dict[str, Statements] = {}
        self._lock = Lock()

    def execute(self, asked: dict[str, Any]) -> Any:
        """Start a statement and wait for it as long as was asked. Raises ApiError for what can't be asked."""
        sql = _text(asked, "statement")
        statement = _Statement(*_format(asked))
        wait, on_timeout = _seconds(asked), asked.get("on_wait_timeout", "CONTINUE")
        if on_timeout not in ("CONTINUE", "CANCEL"):
            raise ApiError(400, "INVALID_PARAMETER_VALUE", f"on_wait_timeout is CONTINUE or CANCEL, not {on_timeout}")
        for key in ("row_limit", "byte_limit"):
            _limit(asked, key)  # what cannot be is said before it runs
        self._session_of(asked)
        values = [_value(parameter) for parameter in asked.get("parameters") or []]
        statement.operation = Operation(lambda: self._work(statement, asked, sql, values))
        self._keep(statement)
        self._handlers.submit(statement.operation)
        statement.operation.wait(wait)
        if on_timeout == "CANCEL" and _state(statement) == "RUNNING":
            self._handlers.cancel(statement.operation)
        return self._described(statement)

    def get(self, _: dict[str, Any], statement: str) -> Any:
        """Where a statement is, with its first rows once it is over."""
        return self._described(self._find(statement))

    def cancel(self, _: dict[str, Any], statement: str) -> Any:
        """Stop a statement; one that is over stays so."""
        self._handlers.cancel(self._find(statement).operation)
        return {}

    def chunk(self, _: dict[str, Any], statement: str, chunk: str) -> Any:
        """One chunk of the rows."""
        found = self._find(statement)
        if _state(found) != "SUCCEEDED" or int(chunk) >= len(found.chunks):
            raise ApiError(404, "NOT_FOUND", f"The statement {statement} has no chunk {chunk}")
        return self._rows(found, int(chunk))

    def linked(self, path: str) -> tuple[str, bytes]:
        """Kind and content of a chunk by what its link ends with. Raises ApiError for an unknown link."""
        identifier, _, secret = path.partition("/")
        statement = self._known.get(identifier)
        for chunk in statement.chunks if statement else []:
            if statement and secrets.compare_digest(chunk.secret.encode(), secret.encode()):
                return _KINDS[statement.format], chunk.data
        raise ApiError(404, "NOT_FOUND", "There is no such result, or not any more")

    def _work(self, statement: _Statement, asked: dict[str, Any], sql: str, values: list[Value]) -> Result:
        """Run it to its last row, in a thread for statements."""
        session = self._session(asked)
        limit = _limit(asked, "row_limit")
        wanted = Wanted(complex_types=statement.format == "ARROW_STREAM")
        try:
            # one row more than asked for tells whether there are more
            result = session.execute(substitute(sql, values), wanted, None if limit is None else limit + 1)
            statement.byte_limit = _limit(asked, "byte_limit")
            statement.chunks = list(_chunks(statement, result, limit))
        finally:
            if not asked.get("session_id"):
                session.close()
        return _Read(result)

    def open_session(self, asked: dict[str, Any]) -> Any:
        """A session that statements can name, so that they share its schema, settings and temporary views."""
        confs = asked.get("session_confs") or {}
        work = partial(self._handlers.statements, asked.get("catalog"), asked.get("schema"), confs, True)
        identifier = str(uuid.uuid4())
        self._sessions[identifier] = self._handlers.control(work)
        return {"session_id": identifier}

    def close_session(self, _: dict[str, Any], session: str) -> Any:
        """Forget a session."""
        self._session_of({"session_id": session})
        self._handlers.control(self._sessions.pop(session).close)
        return {}

    def _session_of(self, asked: dict[str, Any]) -> Statements | None:
        identifier = asked.get("session_id")
        if identifier and identifier not in self._sessions:
            raise ApiError(404, "NOT_FOUND", f"The session {identifier} was not found.")
        return self._sessions[identifier] if identifier else None

    def _session(self, asked: dict[str, Any]) -> Statements:
        own = self._session_of(asked)
        return own or self._handlers.statements(asked.get("catalog"), asked.get("schema"), {}, True)

    def _keep(self, statement: _Statement) -> None:
        with self._lock:
            self._known[statement.identifier] = statement
            while len(self._known) > KEPT:
                self._known.popitem(last=False)

    def _find(self, identifier: str) -> _Statement:
        try:
            return self._known[identifier]
        except KeyError:
            raise ApiError(404, "NOT_FOUND", f"The statement {identifier} was not found.") from None

    def _described(self, statement: _Statement) -> dict[str, Any]:
        described: dict[str, Any] = {"statement_id": statement.identifier, "status": {"state": _state(statement)}}
        error = statement.operation.error
        if _state(statement) == "FAILED" and error is not None:
            described["status"] |= {
                "error": {"error_code": "BAD_REQUEST", "message": error.message},
                "sql_state": error.sqlstate,
            }
        if _state(statement) == "SUCCEEDED":
            described["manifest"] = _manifest(statement)
            described["result"] = self._rows(statement, 0) if statement.chunks else {}
        return described

    def _rows(self, statement: _Statement, index: int) -> dict[str, Any]:
        chunk = statement.chunks[index]
        path = f"/api/2.0/sql/statements/{statement.identifier}/result/chunks/{index + 1}"
        following = {"next_chunk_index": index + 1, "next_chunk_internal_link": path}
        described: dict[str, Any] = {"chunk_index": index, "row_offset": chunk.offset, "row_count": chunk.rows}
        described |= following if index + 1 < len(statement.chunks) else {}
        if statement.disposition == "INLINE":
            return {**described, "data_array": json.loads(chunk.data)}
        expires = f"{datetime.now(UTC) + timedelta(minutes=15):%Y-%m-%dT%H:%M:%SZ}"
        link = f"{self._address}{RESULTS}{statement.identifier}/{chunk.secret}"
        size = {"byte_count": len(chunk.data), "external_link": link, "expiration": expires}
        return {"external_links": [{**described, **size}]}


class _Read:
    """A result whose rows are all in the chunks."""

    def __init__(self, result: Result) -> None:
        self.schema, self.arrow, self.modified = result.schema, result.arrow, result.modified

    def batches(self) -> Iterator[Batch]:
        return iter(())


def _state(statement: _Statement) -> str:
    return _STATES[statement.operation.state]


def _text(asked: dict[str, Any], key: str) -> str:
    value = asked.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ApiError(400, "INVALID_PARAMETER_VALUE", f"'{key}' is missing or empty")
    return value


def _format(asked: dict[str, Any]) -> tuple[str, str]:
    disposition, kind = asked.get("disposition", "INLINE"), asked.get("format", "JSON_ARRAY")
    if kind not in _DISPOSITIONS.get(disposition, ()):
        known = "; ".join(f"{each} with {', '.join(formats)}" for each, formats in _DISPOSITIONS.items())
        message = f"The format {kind} is not supported with the disposition {disposition}: there are {known}"
        raise ApiError(400, "INVALID_PARAMETER_VALUE", message)
    return disposition, kind


def _limit(asked: dict[str, Any], key: str) -> int | None:
    value = asked.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise ApiError(400, "INVALID_PARAMETER_VALUE", f"{key} is a number of at least 0, not {value}")
    return value


def _seconds(asked: dict[str, Any]) -> float:
    """wait_timeout: 0s, or between 5s and 50s."""
    text = str(asked.get("wait_timeout", "10s"))
    seconds = int(text[:-1]) if text.endswith("s") and text[:-1].isdigit() else -1
    if seconds != 0 and not 5 <= seconds <= 50:
        message = f"wait_timeout is 0s or between 5s and 50s, not {text}"
        raise ApiError(400, "INVALID_PARAMETER_VALUE", message)
    return float(seconds)


def _value(parameter: Any) -> Value:
    if not isinstance(parameter, dict) or "name" not in parameter:
        raise ApiError(400, "INVALID_PARAMETER_VALUE", "a parameter has a name, a value and a type")
    value = parameter.get("value")
    return Value(parameter["name"], None if value is None else str(value), str(parameter.get("type") or "STRING"))


def _chunks(statement: _Statement, result: Result, limit: int | None) -> Iterator[_Chunk]:
    """The rows in chunks of about CHUNK_BYTES. Raises StatementError for more than may stand in an answer."""
    offset = total = 0
    for batch in _joined(result, limit, statement):
        data = _ENCODED[statement.format](batch)
        total += len(data)
        if statement.disposition == "INLINE" and total > INLINE_BYTES:
            raise unsupported("A result over 25 MiB in the answer", "use the disposition EXTERNAL_LINKS")
        yield _Chunk(offset, batch.num_rows, data)
        offset += batch.num_rows


def _joined(result: Result, limit: int | None, statement: _Statement) -> Iterator[pa.Table]:
    """Batches put together to chunks; no more rows than the limit."""
    waiting: list[pa.RecordBatch] = []
    left = limit
    for batch in _within(result, statement):
        if left is not None:
            statement.truncated = statement.truncated or batch.num_rows > left
            batch = batch.slice(0, left)
            left -= batch.num_rows
        waiting.append(batch)
        if sum(each.nbytes for each in waiting) >= CHUNK_BYTES:
            yield pa.Table.from_batches(waiting, result.arrow)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting, result.arrow)


def _within(result: Result, statement: _Statement) -> Iterator[pa.RecordBatch]:
    """The batches up to the limit of bytes."""
    left = statement.byte_limit
    for data, _ in result.batches():
        batch = pa.ipc.read_record_batch(pa.py_buffer(data), result.arrow)
        if left is not None and batch.nbytes > left:
            statement.truncated = True
            yield batch.slice(0, batch.num_rows * left // batch.nbytes)
            return
        left = None if left is None else left - batch.nbytes
        yield batch


def _manifest(statement: _Statement) -> dict[str, Any]:
    result = statement.operation.result
    assert result is not None  # noqa: S101  the statement succeeded
    columns = [_column(position, field) for position, field in enumerate(result.schema)]
    chunks = [
        {"chunk_index": index, "row_offset": chunk.offset, "row_count": chunk.rows, "byte_count": len(chunk.data)}
        for index, chunk in enumerate(statement.chunks)
    ]
    return {
        "format": statement.format,
        "schema": {"column_count": len(columns), "columns": columns},
        "total_chunk_count": len(chunks),
        "chunks": chunks,
        "total_row_count": sum(chunk.rows for chunk in statement.chunks),
        "total_byte_count": sum(len(chunk.data) for chunk in statement.chunks),
        "truncated": statement.truncated,
    }


def _column(position: int, field: Any) -> dict[str, Any]:
    text = field.dataType.simpleString().upper()
    described = {"name": field.name, "position": position, "type_name": type_name(field.dataType), "type_text": text}
    sizes = {f"type_{size}": getattr(field.dataType, size, None) for size in ("precision", "scale")}
    return described | {key: value for key, value in sizes.items() if value is not None}


def _json(rows: pa.Table) -> bytes:
    return json.dumps(list(_texts(rows)), separators=(",", ":")).encode()


def _texts(rows: pa.Table) -> Iterator[list[str | None]]:
    """Each row as texts, null where a value is."""
    columns = [[_cell(value) for value in column.to_pylist()] for column in rows.columns]
    return (list(row) for row in zip(*columns, strict=True))


def _cell(value: Any) -> str | None:
    """A value as the API writes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        text = value.isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal | date | int | float):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return json.dumps(value, default=str)


def _csv(rows: pa.Table) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows.column_names)
    writer.writerows(_texts(rows))
    return text.getvalue().encode()


def _arrow(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue().to_pybytes())


_ENCODED = {"JSON_ARRAY": _json, "CSV": _csv, "ARROW_STREAM": _arrow}
