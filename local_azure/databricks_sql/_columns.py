"""Rows as Thrift's columns: the lists of the catalogue, and what is sent to clients that read no Arrow.

TCLIService.thrift, TColumn: values and, as a bitmap, which of them are null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa

from local_azure.databricks_sql._results import Batch
from local_azure.databricks_sql._thrift import ttypes

_KINDS: list[tuple[Any, str, Any, Any]] = [
    (pa.types.is_boolean, "boolVal", ttypes.TBoolColumn, False),
    (pa.types.is_int8, "byteVal", ttypes.TByteColumn, 0),
    (pa.types.is_int16, "i16Val", ttypes.TI16Column, 0),
    (pa.types.is_int32, "i32Val", ttypes.TI32Column, 0),
    (pa.types.is_int64, "i64Val", ttypes.TI64Column, 0),
    (pa.types.is_floating, "doubleVal", ttypes.TDoubleColumn, 0.0),
    (pa.types.is_binary, "binaryVal", ttypes.TBinaryColumn, b""),
]


def columns(batches: Iterable[Batch], schema: pa.Schema) -> list[Any]:
    """The TColumns of the batches; what is no number and no boolean is text."""
    read = [pa.ipc.read_record_batch(pa.py_buffer(data), schema) for data, _ in batches]
    table = pa.Table.from_batches(read, schema)
    return [_column(field.type, table.column(index).to_pylist()) for index, field in enumerate(schema)]


def _column(kind: pa.DataType, values: list[Any]) -> Any:
    for is_kind, name, made, empty in _KINDS:
        if is_kind(kind):
            return ttypes.TColumn(**{name: made(_filled(values, empty), _nulls(values))})
    texts = [None if value is None else _text(value) for value in values]
    return ttypes.TColumn(stringVal=ttypes.TStringColumn(_filled(texts, ""), _nulls(values)))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".")
    return json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)


def _filled(values: list[Any], empty: Any) -> list[Any]:
    return [empty if value is None else value for value in values]


def _nulls(values: list[Any]) -> bytes:
    bits = bytearray((len(values) + 7) // 8)
    for index, value in enumerate(values):
        bits[index // 8] |= (value is None) << (index % 8)
    return bytes(bits)
