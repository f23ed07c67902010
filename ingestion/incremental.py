"""How far an incremental came (docs/sources.md, `endpoint.incremental`), and what may move it.

Values are numbers, moments or other text. One odd value, such as n/a or the year 9999, moves nothing: what follows it
would never be read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ingestion.expressions import time_of
from ingestion.source_file import Endpoint

Value = str | int | float
Kind = Literal["number", "moment", "text"]
AHEAD = timedelta(days=1)
"""How far a clock may be ahead of ours, a time zone's included."""
_LARGEST = 2**63 - 1
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]|\Z)", re.A)
_DAY_LENGTH = len("2026-07-01")
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?\Z", re.A)


class Reach:
    """The greatest value so far, all of one kind: the initial value's, or else that of what was read first."""

    def __init__(self, initial: Value | None, highest: Value | None) -> None:
        self._initial = initial
        known = highest if initial is None else initial
        self._kind = None if known is None else kind_of(known)
        self.highest = None if self._key(highest) is None else highest

    def take(self, found: Any) -> Value | None:
        """A record's value, where it counts; what lies behind it is read."""
        value = _kept(found)
        if value is None:
            return None
        if self._kind is None or (self._kind == "text" and self._initial is None and moment(value)):
            self._kind, self.highest = kind_of(value), None
        key, reached = self._key(value), self._key(self.highest)
        if key is not None and (reached is None or key > reached):
            self.highest = value
        return value if key is not None else None

    def start(self, lag: float) -> Value | None:
        """Where the next pass starts."""
        return self._initial if self.highest is None else self._before(self.highest, lag)

    def window(self, lag: float, read: Mapping[str, Value | None]) -> list[str]:
        """The names of what the next pass is given again if nothing changes."""
        begin = self._key(self.start(lag)) if self.highest is not None else None
        if begin is None:
            return list(read)
        keys = {name: self._key(value) for name, value in read.items()}
        return [name for name, key in keys.items() if key is None or key >= begin]

    def _key(self, value: Value | None) -> Any:
        """What is compared; None for what does not count: another kind, or a moment that is yet to come."""
        if self._kind == "number":
            return _number(value)
        if self._kind == "moment":
            found = moment(value)
            return found if found and found <= datetime.now(UTC) + AHEAD else None
        return value if isinstance(value, str) else None

    def _before(self, value: Value, lag: float) -> Value:
        """`lag` earlier: seconds of a moment, units of a number, in the form that it had; other text stays."""
        if not lag or self._kind == "text":
            return value
        if not isinstance(value, str):
            return value - (math.ceil(lag) if isinstance(value, int) else lag)
        if self._kind == "number":
            return f"{Decimal(value) - Decimal(str(lag)):f}"
        return _earlier(value, lag)


def is_asked_from(endpoint: Endpoint) -> bool:
    """Whether the API is told where to start; one that is not gives everything each time."""
    words = msgspec.json.encode([endpoint.path, endpoint.params, endpoint.json])
    return b"{incremental.start_value}" in words or bool(endpoint.incremental and endpoint.incremental.start_param)


def kind_of(value: Value) -> Kind:
    if not isinstance(value, str):
        return "number"
    return "moment" if moment(value) else "text"


def moment(value: Any) -> datetime | None:
    """A moment, one without an offset as in UTC, or the begin of a day; None for what is none."""
    made = _read(value)
    return made.replace(tzinfo=UTC) if made and not made.tzinfo else made


def _read(value: Any) -> datetime | None:
    try:
        return time_of(value)
    except ValueError:
        if not isinstance(value, str) or not _DAY.match(value):
            return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _number(value: Any) -> int | float | Decimal | None:
    if isinstance(value, str):
        return Decimal(value) if _NUMBER.match(value) else None
    return value if isinstance(value, int | float) else None


def _kept(found: Any) -> Value | None:
    """A fraction as the state's file holds it: never greater than it was."""
    if isinstance(found, str):
        return found
    if not isinstance(found, int | Decimal) or isinstance(found, bool) or not -_LARGEST <= found <= _LARGEST:
        return None
    if found == int(found):
        return int(found)
    near = float(found)
    return near if Decimal(near) <= found else math.nextafter(near, -math.inf)


def _earlier(value: str, lag: float) -> str:
    found = _read(value)
    try:
        made = found - timedelta(seconds=lag) if found else None
        if made is None:
            return value
        if made.tzinfo:
            return f"{made.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    except OverflowError:
        return value
    return made.isoformat(value[10], timespec="seconds") if len(value) > _DAY_LENGTH else made.date().isoformat()
