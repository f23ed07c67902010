"""What the API serves: numbered records, and a ledger of what was issued."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

ISSUE_STEP = timedelta(milliseconds=20)


@dataclass(frozen=True, slots=True)
class Issued:
    """One record as issued, and what its source knows of it."""

    body: bytes
    record_id: str
    event_type: str
    department: str
    amount: Decimal
    fate: str = "good"
    """`good`, `malformed` (breaks its contract), `unknown` (a department nobody has),
    `rejected` (meets its contract and still makes no sense: a currency that does not exist)."""


class Source(Protocol):
    """A fixed sequence of records: the same positions give the same bytes, always."""

    @property
    def name(self) -> str:
        """Which source: cursors are good for it alone."""

    @property
    def size(self) -> int:
        """How many records there are by now."""

    @property
    def first_issue(self) -> datetime:
        """When record number 0 was issued."""

    def records(self, start: int, limit: int) -> list[Issued]:
        """Records number `start` up to `start + limit`, fewer at the end."""

    def batches(self) -> Iterable[list[Issued]]:
        """All records; the copies of a record never stand in two batches."""


def issued_at(source: Source, position: int) -> datetime:
    """When the record at `position` was issued: strictly rising, so `updated_since` is a position."""
    return source.first_issue + position * ISSUE_STEP


def position_since(source: Source, moment: datetime) -> int:
    """The first position issued at or after `moment`."""
    return max(0, -((source.first_issue - moment) // ISSUE_STEP)) if moment > source.first_issue else 0


@dataclass
class Ledger:
    """Control totals, unique by record id, in memory that does not grow with the number of records."""

    issued: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    fates: Counter[tuple[str, str]] = field(default_factory=Counter)
    checksums: Counter[str] = field(default_factory=Counter)
    money: dict[str, Decimal] = field(default_factory=dict)

    def add(self, batch: Iterable[Issued]) -> None:
        """Count one batch; a record's copies must all be in it."""
        seen: set[str] = set()
        for record in batch:
            if record.record_id in seen:
                self.duplicates[record.event_type] += 1
            else:
                seen.add(record.record_id)
                self._count(record)

    def _count(self, record: Issued) -> None:
        self.issued[record.event_type] += 1
        self.fates[record.event_type, record.fate] += 1
        self.checksums[record.event_type] += id_checksum(record.record_id)
        self.money[record.department] = self.money.get(record.department, Decimal(0)) + record.amount

    def as_json(self) -> dict[str, Any]:
        """`rows` (one an event type) and `money` (one a department, decimal strings)."""
        return {
            "rows": [self._row(what) for what in sorted(self.issued)],
            "money": {department: str(amount) for department, amount in sorted(self.money.items())},
        }

    def _row(self, what: str) -> dict[str, Any]:
        fates = {fate: self.fates[what, fate] for fate in ("good", "malformed", "unknown", "rejected")}
        return {
            "what": what,
            "issued": self.issued[what],
            "duplicates_issued": self.duplicates[what],
            "id_checksum": str(self.checksums[what]),
            **fates,
        }


def id_checksum(record_id: str) -> int:
    """60 bits of the id's MD5. The sum over a set tells two sets of ids apart; no secret rests on it.

    In SQL: `sum(cast(conv(substr(md5(id), 1, 15), 16, 10) as decimal(38, 0)))`.
    """
    return int(hashlib.md5(record_id.encode(), usedforsecurity=False).hexdigest()[:15], 16)


def ledger(source: Source) -> Ledger:
    """Read the whole source once and count it."""
    total = Ledger()
    for batch in source.batches():
        total.add(batch)
    return total
