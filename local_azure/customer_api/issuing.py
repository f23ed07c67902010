"""A source that issues its records as time passes, as the API of a company at work does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from local_azure.customer_api.source import Issued, Source


@dataclass
class Issuing:
    """`rate` records of `source` a second, on from number `issued`; `size` is what there is by now."""

    source: Source
    rate: float
    issued: int = 0
    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def first_issue(self) -> datetime:
        return self.source.first_issue

    @property
    def size(self) -> int:
        return min(self.source.size, self.issued + int((self.clock() - self._began) * self.rate))

    def records(self, start: int, limit: int) -> list[Issued]:
        """Records number `start` up to `start + limit`, fewer where they are not issued yet."""
        return self.source.records(start, max(0, min(limit, self.size - start)))

    def batches(self) -> Iterator[list[Issued]]:
        """What is issued by now; the copies of a record never stand in two batches."""
        left = self.size
        for batch in self.source.batches():
            if left <= 0:
                return
            yield batch[:left]
            left -= len(batch)
