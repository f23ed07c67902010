"""What a statement gives, for the connection to send."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from local_azure.synapse.scope import BoundColumn


@dataclasses.dataclass(frozen=True)
class Rows:
    """A result set: its columns, and batches of rows to be drained before the next result is asked for."""

    columns: tuple[BoundColumn, ...]
    batches: Iterator[list[tuple[Any, ...]]]


@dataclasses.dataclass(frozen=True)
class Done:
    """A statement ended: `command` as DONE names it; `count` where rows were counted."""

    command: str
    count: int | None = None


@dataclasses.dataclass(frozen=True)
class Message:
    """PRINT, and what else is said without being an error."""

    text: str
    number: int = 0


Result = Rows | Done | Message
