"""The Thrift code that ships, generated and without types, in databricks-sql-connector."""

from __future__ import annotations

import struct
from contextvars import ContextVar
from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService
from databricks.sql.thrift_api.TCLIService import ttypes as _ttypes
from thrift.protocol.TBinaryProtocol import TBinaryProtocol  # type: ignore[import-untyped]
from thrift.Thrift import TException  # type: ignore[import-untyped]
from thrift.transport.TTransport import TMemoryBuffer  # type: ignore[import-untyped]

ttypes: Any = _ttypes
Iface = TCLIService.Iface
_Processor: Any = TCLIService.Processor


_path: ContextVar[str] = ContextVar("path", default="")


def is_warehouse() -> bool:
    """Whether the call came by the path of a SQL warehouse, and not by a cluster's."""
    return "/warehouses/" in _path.get() or "/endpoints/" in _path.get()


class Malformed(Exception):
    """A request that is no call."""


class Processor:
    """Calls the method of `handlers` that a request names."""

    def __init__(self, handlers: Iface) -> None:
        self._processor = _Processor(handlers)

    def call(self, request: bytes, path: str = "") -> bytes:
        """Answer one call: a TBinaryProtocol message for a TBinaryProtocol message. Raises Malformed."""
        _path.set(path)
        answer = TMemoryBuffer()
        try:
            self._processor.process(TBinaryProtocol(TMemoryBuffer(request)), TBinaryProtocol(answer))
        except (TException, EOFError, UnicodeDecodeError, struct.error, TypeError, OverflowError) as error:
            raise Malformed(str(error) or type(error).__name__) from error
        return bytes(answer.getvalue())
