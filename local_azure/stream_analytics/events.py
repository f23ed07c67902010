"""Events as the query sees them: one column of JSON text for each field it reads, and the system columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa

from local_azure.stream_analytics.expressions import PARTITION, SEQUENCE, TIMESTAMP

Fields = dict[str, msgspec.Raw]
MOMENT = pa.timestamp("us")
_decode = msgspec.json.Decoder(Fields).decode


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the hub. `enqueued` is UTC without a zone; `timestamp` is what System.Timestamp() gives."""

    body: bytes
    partition: int
    sequence: int
    enqueued: datetime
    timestamp: datetime


def to_table(events: Sequence[Event], fields: Sequence[str]) -> tuple[pa.Table, int]:
    """The events as a table, and the number of those left out because they are no JSON object.

    The service drops those too and names them in its diagnostic log (Microsoft Learn, "Troubleshoot input
    connections"); the hub still holds them. Field names are matched without regard to case.
    """
    good = [(event, record) for event in events if (record := _record(event.body)) is not None]
    columns: dict[str, Any] = {name: pa.array(_texts(good, name), pa.string()) for name in fields}
    columns["__enqueued"] = pa.array([event.enqueued for event, _ in good], MOMENT)
    columns[TIMESTAMP] = pa.array([event.timestamp for event, _ in good], MOMENT)
    columns[PARTITION] = pa.array([event.partition for event, _ in good], pa.int64())
    columns[SEQUENCE] = pa.array([event.sequence for event, _ in good], pa.int64())
    return pa.table(columns), len(events) - len(good)


def _record(body: bytes) -> Fields | None:
    try:
        body.decode()
        if b"\\u" in body:
            msgspec.json.decode(body)  # half a surrogate pair is no text; the fields alone would not show it
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _texts(events: Iterable[tuple[Event, Fields]], name: str) -> Iterable[str | None]:
    wanted = name.lower()
    for _, record in events:
        raw = record.get(name)
        if raw is None:
            raw = next((value for key, value in record.items() if key.lower() == wanted), None)
        yield None if raw is None else bytes(raw).decode()
