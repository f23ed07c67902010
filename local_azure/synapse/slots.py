"""Concurrency slots: a DW100c answers four queries at once, and the others wait for their turn.

Source: Microsoft Learn, "Memory and concurrency limits for dedicated SQL pool" and "Workload management with resource
classes", "Operations not governed by resource classes": what defines objects, reads system views alone or inserts
VALUES takes no slot.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import cancelled

SLOTS = 4  # each 100 DWU provides four; a query in smallrc takes one
_POLL = 0.1  # seconds between two looks at whether the client still waits
_SYSTEM = ("sys", "information_schema")


class Slots:
    """The slots of one pool, for sessions in any thread."""

    def __init__(self, count: int = SLOTS) -> None:
        self._free = BoundedSemaphore(count)

    @contextmanager
    def taken(self, stopped: Callable[[], bool]) -> Iterator[None]:
        """Hold one. Raises SqlError 3617 where the client cancels while it waits."""
        while not self._free.acquire(timeout=_POLL):
            if stopped():
                raise cancelled()
        try:
            yield
        finally:
            self._free.release()


def is_governed(statement: n.Statement) -> bool:
    """Whether it takes a slot."""
    if isinstance(statement, n.Insert):
        return statement.query is not None
    if isinstance(statement, n.SelectStatement | n.SelectVariables):
        return any(_is_of_user(table.name) for table in tables(statement.query))
    return isinstance(statement, n.Update | n.Delete | n.Merge | n.CreateTableAs | n.CopyInto)


def _is_of_user(name: n.Name) -> bool:
    return len(name.parts) < 2 or name.parts[-2].lower() not in _SYSTEM


def tables(node: Any) -> Iterator[n.Table]:
    """Tables anywhere below a node. With a stack of its own: a long chain of UNION ALL is as deep as it is long."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, n.Table):
            yield found
        elif isinstance(found, tuple):
            waiting.extend(found)
        elif dataclasses.is_dataclass(found) and not isinstance(found, n.Name):
            waiting.extend(getattr(found, field.name) for field in dataclasses.fields(found))
