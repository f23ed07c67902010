"""LAG, LAST, ISFIRST and aggregates over the rows before one, reckoned before WHERE, JOIN and GROUP BY.

Rows are in the order of their time, those of one instant in the order of their arrival (Microsoft Learn, "Analytic
functions"). The history is (time - duration, time], as a window's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from local_azure.stream_analytics import dateparts
from local_azure.stream_analytics.aggregates import AGGREGATES, aggregate
from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.expressions import condition, value_of
from local_azure.stream_analytics.scope import PARTITION, SEQUENCE, TIMESTAMP, Scope
from local_azure.stream_analytics.syntax import Call, Expression, Name, Over, Star, walk
from local_azure.stream_analytics.values import NULL, Value, as_key, as_kind, common, quote

PAGES = {name: f"{name.lower()}-azure-stream-analytics" for name in ("LAG", "LAST", "ISFIRST")}
OVER_PAGE = "over-azure-stream-analytics"


def sources_named(call: Call) -> set[str]:
    """In lower case, what an analytic function names that may be a source."""
    over = call.over or Over(position=call.position)
    values = () if call.name.upper() == "ISFIRST" else call.arguments
    names = [node for node in walk((values, over.partition_by, over.order_by, over.when)) if isinstance(node, Name)]
    return {node.parts[0].lower() for node in names}


@dataclass
class Analytics:
    """The analytic columns of one source; `reach` is the longest history that they look at, in microseconds."""

    scope: Scope
    columns: list[str] = field(default_factory=list)
    reach: int = 0

    def add(self, call: Call) -> Value:
        """Make a column of a call. Raises QueryError for one that makes no sense."""
        self._refuse_nested(call)
        over = call.over or Over(position=call.position)
        if over.order_by and call.name.upper() in PAGES:
            raise QueryError(call.position, f"{call.name} takes no ORDER BY", PAGES[call.name.upper()])
        match call.name.upper():
            case "ISFIRST":
                return self._is_first(call, over)
            case "LAG" | "LAST":
                return self._previous(call, over)
        return self._aggregate(call, over)

    def _refuse_nested(self, call: Call) -> None:
        for inner in walk((call.arguments, call.over)):
            if isinstance(inner, Call) and (inner.name.upper() in PAGES or inner.name.upper() in AGGREGATES):
                raise QueryError(
                    inner.position, f"{inner.name} inside {call.name}: analytic functions do not nest", OVER_PAGE
                )

    def _column(self, sql: str) -> str:
        name = f"__analytic{len(self.columns)}"
        self.columns.append(f"{sql} as {quote(name)}")
        return f"{quote(self.scope.frames[0].alias)}.{quote(name)}"

    def _previous(self, call: Call, over: Over) -> Value:
        place, default_at = self._place(call)
        first = call.arguments[0]
        value = self.scope.frames[0].record() if isinstance(first, Star) else value_of(first, self.scope)
        default = value_of(call.arguments[default_at], self.scope) if len(call.arguments) > default_at else NULL
        kind = common([value, default])
        length = self._limit(call, over)
        stamp = self.scope.frames[0].sql(TIMESTAMP)
        event = f"{{'t': {stamp}, 'v': {as_kind(value, kind)}}}"
        found = self._column(self._looked_up(event, place, over))
        near = f"{found}.t > {stamp} - to_microseconds({length})"
        return Value(f"case when {near} then {found}.v else {as_kind(default, kind)} end", kind)

    def _place(self, call: Call) -> tuple[int, int]:
        """How many events back, and at which argument the default stands."""
        name = call.name.upper()
        most = 3 if name == "LAG" else 2
        if not 1 <= len(call.arguments) <= most:
            raise QueryError(call.position, f"{call.name} takes 1 to {most} arguments", PAGES[name])
        if name == "LAST":
            return 0, 1
        place = dateparts.constant(call.arguments[1]) if len(call.arguments) > 1 else 1
        if place is None or place < 1:
            raise QueryError(call.position, "LAG's offset is a whole number, 1 or more", PAGES[name])
        return place, 2

    def _looked_up(self, event: str, place: int, over: Over) -> str:
        window = self._window(over.partition_by)
        until = "current row" if place == 0 else "1 preceding"
        before = f"over ({window} rows between unbounded preceding and {until})"
        if over.when is None:
            return f"lag({event}, {place}) over ({window})"
        chosen = condition(over.when, self.scope)
        if place <= 1:
            return f"last_value(case when {chosen} then {event} end ignore nulls) {before}"
        return f"(list({event}) filter (where {chosen}) {before})[-{place}]"

    def _is_first(self, call: Call, over: Over) -> Value:
        if len(call.arguments) != 2:
            raise QueryError(call.position, "ISFIRST takes a unit and a length", PAGES["ISFIRST"])
        if over.limit is not None:
            raise QueryError(call.position, "ISFIRST takes no LIMIT DURATION", PAGES["ISFIRST"])
        size = dateparts.microseconds(*call.arguments)
        self.reach = max(self.reach, size)
        stamp = f"epoch_us({self.scope.frames[0].sql(TIMESTAMP)})"
        interval = f"({stamp} + {size} - 1) // {size}"
        chosen = condition(over.when, self.scope) if over.when else "true"
        window = self._window(over.partition_by, f"{interval}, coalesce({chosen}, false)")
        first = f"row_number() over ({window}) = 1 and coalesce({chosen}, false)"
        return Value(self._column(f"cast({first} as bigint)"), "bigint")

    def _aggregate(self, call: Call, over: Over) -> Value:
        length = self._limit(call, over)
        chosen = f" filter (where {condition(over.when, self.scope)})" if over.when else ""
        by = self._partition(over.partition_by)
        stamp = self.scope.frames[0].sql(TIMESTAMP)
        history = f"range between to_microseconds({length - 1}) preceding and current row"
        value = aggregate(call, self.scope, f"{chosen} over ({by} order by {stamp} {history})")
        return Value(self._column(value.sql), value.kind, value.explicit)

    def _limit(self, call: Call, over: Over) -> int:
        if over.limit is None:
            raise QueryError(call.position, f"{call.name} needs OVER (... LIMIT DURATION(unit, length))", OVER_PAGE)
        length = dateparts.duration(over.limit)
        if length > dateparts.LONGEST:
            raise QueryError(call.position, "LIMIT DURATION is 7 days at most", OVER_PAGE)
        self.reach = max(self.reach, length)
        return length

    def _partition(self, keys: tuple[Expression, ...], more: str = "") -> str:
        named = [as_key(value_of(each, self.scope)) for each in keys] + ([more] if more else [])
        return f"partition by {', '.join(named)}" if named else ""

    def _window(self, keys: tuple[Expression, ...], more: str = "") -> str:
        order = ", ".join(self.scope.frames[0].sql(column) for column in (TIMESTAMP, PARTITION, SEQUENCE))
        return f"{self._partition(keys, more)} order by {order}"
