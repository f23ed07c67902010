"""What a job's compatibility level changes (Microsoft Learn, "Compatibility level for Azure Stream Analytics jobs").

1.2 is the language as it is planned here. Below it true and false are read as 1 and 0, SQL gets the words Record and
Array, and what would compute something else is refused: bit, geospatial functions, a bigint that SQL cuts to fit. 1.0
reads events otherwise altogether and is refused. How a job is spread over partitions, and what Cosmos DB and Service
Bus get, differs too: neither is done here. There is no datetimeoffset in the language, so SQL gets UTC at each level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from local_azure.stream_analytics.errors import Position, QueryError
from local_azure.stream_analytics.events import Event
from local_azure.stream_analytics.relations import Columns
from local_azure.stream_analytics.syntax import Call, Cast, Script, walk

LEVELS = ("1.0", "1.1", "1.2")
NEWEST = LEVELS[-1]
PAGE = "Compatibility level for Azure Stream Analytics jobs"
TYPES_PAGE = "data-types-azure-stream-analytics"
OLDEST = (
    "field names become lower case",
    "texts that look like a time become datetimes in UTC as they come in",
    "CREATE TABLE lets NaN into a float",
)
_TRUTH = re.compile(r'("(?:[^"\\]|\\.?)*(?:"|\Z))|(?<![\w.+-])(?:true|false)(?![\w.+-])', re.DOTALL)
_TRUTH_BYTES = re.compile(_TRUTH.pattern.encode(), re.DOTALL)


def refused(script: Script, level: str) -> Iterator[QueryError]:
    """A finding for each construct that the level does not have, or that means something else there."""
    if level == NEWEST:
        return
    if level == LEVELS[0]:
        for difference in OLDEST:
            yield QueryError(None, f"compatibility level 1.0: {difference}; not done here, raise it to 1.2 ({PAGE!r})")
    for position in _bits(script):
        yield QueryError(position, f"bit needs compatibility level 1.2, the job has {level}", TYPES_PAGE)
    for node in walk(script.queries):
        if isinstance(node, Call) and node.name.upper().startswith("ST_"):
            reason = f"{node.name} computes geography below compatibility level 1.2, geometry from it on"
            yield QueryError(node.position, f"{reason}; the job has {level}, and only 1.2 is done here ({PAGE!r})")


def _bits(script: Script) -> Iterator[Position]:
    for table in script.tables:
        if any(kind == "bit" for _, kind in table.columns):
            yield table.position
    for node in walk(script.queries):
        if isinstance(node, Cast) and node.type == "bit":
            yield node.position


def read(events: Sequence[Event], level: str) -> Sequence[Event]:
    """Events as the level reads them: below 1.2 with 1 and 0 for true and false."""
    if level == NEWEST:
        return events
    return [
        replace(each, body=_TRUTH_BYTES.sub(_number_bytes, each.body)) if b"true" in each.body or b"false" in each.body
        else each
        for each in events
    ]  # fmt: skip


def referred(table: pa.Table, columns: Columns, level: str) -> pa.Table:
    """Reference data likewise."""
    for name, kind in columns.values() if level != NEWEST else ():
        if kind == "any":
            texts = [text and _TRUTH.sub(_number, text) for text in table[name].to_pylist()]
            place = table.column_names.index(name)
            table = table.set_column(place, name, pa.array(texts, pa.string()))
    return table


def _number(found: re.Match[str]) -> str:
    return found[1] or str(int(found[0] == "true"))


def _number_bytes(found: re.Match[bytes]) -> bytes:
    return found[1] or str(int(found[0] == b"true")).encode()
