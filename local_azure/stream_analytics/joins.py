"""How far apart in time the events of two streams may be, as JOIN's condition says by DATEDIFF.

Each join of streams needs a lower and an upper bound, at most 7 days (Microsoft Learn, "JOIN").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from local_azure.stream_analytics import dateparts
from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.syntax import Between, Binary, Call, Expression, Join, Literal, Name

PAGE = "join-azure-stream-analytics"
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


@dataclass(frozen=True)
class Bounds:
    """The joined event's time less an earlier source's, in whole units of `unit` microseconds."""

    source: str
    unit: int
    low: int
    high: int

    @property
    def reach(self) -> int:
        """How far before the result's time an event of either side may lie; boundaries are counted, hence one more."""
        return (max(abs(self.low), abs(self.high), self.high - self.low) + 1) * self.unit

    @property
    def wait(self) -> int:
        """Microseconds after which a left event without a match is known to have none."""
        return max(self.high, 0) * self.unit


def bounds(join: Join, before: list[str]) -> Bounds:
    """The bounds to one of the sources before. Raises QueryError where there are none, or too wide ones."""
    found: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for source, unit, operator, number in _limits(join.on, join.source.alias, before):
        found.setdefault((source, unit), []).append((operator, number))
    for (source, unit), limits in found.items():
        lows = [number for operator, number in limits if operator in (">=", "=")]
        highs = [number for operator, number in limits if operator in ("<=", "=")]
        if lows and highs:
            return _checked(join, Bounds(source, unit, max(lows), min(highs)))
    raise QueryError(
        join.position, f"ON needs DATEDIFF(unit, {before[0]}, {join.source.alias}) BETWEEN two numbers", PAGE
    )


def _checked(join: Join, found: Bounds) -> Bounds:
    if max(abs(found.low), abs(found.high)) * found.unit > dateparts.LONGEST:
        raise QueryError(join.position, "the events of a JOIN are 7 days apart at most", PAGE)
    return found


def _limits(node: Expression, joined: str, before: list[str]) -> Iterator[tuple[str, int, str, int]]:
    """Each `DATEDIFF(unit, source, joined) >= or <= number` that the condition demands."""
    if isinstance(node, Binary) and node.operator == "AND":
        yield from _limits(node.left, joined, before)
        yield from _limits(node.right, joined, before)
    elif isinstance(node, Between) and not node.negated:
        yield from _limit(node.this, ">=", node.low, joined, before)
        yield from _limit(node.this, "<=", node.high, joined, before)
    elif isinstance(node, Binary) and node.operator in FLIPPED:
        yield from _limit(node.left, node.operator, node.right, joined, before)
        yield from _limit(node.right, FLIPPED[node.operator], node.left, joined, before)


def _limit(
    call: Expression, operator: str, number: Expression, joined: str, before: list[str]
) -> Iterator[tuple[str, int, str, int]]:
    value = dateparts.constant(number)
    if value is None or not isinstance(call, Call) or call.name.upper() != "DATEDIFF" or len(call.arguments) != 3:
        return
    first, second = (str(each).lower() if isinstance(each, Name) else "" for each in call.arguments[1:])
    known = [each.lower() for each in before]
    unit = dateparts.microseconds(call.arguments[0], _one(call))
    whole = {"<": ("<=", value - 1), ">": (">=", value + 1)}.get(operator, (operator, value))
    if second == joined.lower() and first in known:
        yield first, unit, *whole
    elif first == joined.lower() and second in known:
        yield second, unit, FLIPPED[whole[0]], -whole[1]


def _one(call: Call) -> Expression:
    return Literal(1, position=call.position)
