"""Windows of GROUP BY: which of them each row falls in, and when they end.

A window is (start, end]: its start is not in it, its end is, and its rows carry the end as their time. Windows are
aligned to the epoch, a window of no rows gives none (Microsoft Learn, "Windowing functions" and each window's page).
Times are microseconds since the epoch while they are reckoned with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd

from local_azure.stream_analytics import dateparts
from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.expressions import WINDOWS, is_timestamp
from local_azure.stream_analytics.scope import PARTITION, SEQUENCE, TIMESTAMP
from local_azure.stream_analytics.syntax import Call, Expression, Literal, Node
from local_azure.stream_analytics.values import quote, text

END, WINDOW = "__end", "__window"
NO_NAME = "cast(null as varchar)"
PAGES = {
    "TUMBLING": "tumbling-window-azure-stream-analytics",
    "HOPPING": "hopping-window-azure-stream-analytics",
    "SLIDING": "sliding-window-azure-stream-analytics",
    "SESSION": "session-window-azure-stream-analytics",
}
STAMP = f"epoch_us({quote(TIMESTAMP)})"


@dataclass(frozen=True)
class Hopping:
    """Windows of a size, one each hop; a tumbling window hops by its size."""

    size: int
    hop: int
    offset: int = 0

    @property
    def reach(self) -> int:
        """How far before a window's end its rows may lie, in microseconds."""
        return self.size

    @property
    def grid(self) -> tuple[int, int] | None:
        """Step and offset of the moments at which windows end, if they are known beforehand."""
        return self.hop, self.offset

    def rows(self, source: str, keys: list[str]) -> str:
        """`source` with the end of each window that a row falls in."""
        hop, offset = self.hop, self.offset
        first = f"(({STAMP} - {offset} + {hop} - 1) // {hop} * {hop} + {offset})"
        if self.size == hop:
            return f"select *, make_timestamp({first}) as {END} from {source}"
        return (
            f"select * replace (make_timestamp({END}) as {END}) from "
            f"(select *, unnest(generate_series({first}, {STAMP} + {self.size} - 1, {hop})) as {END} from {source})"
        )


@dataclass(frozen=True)
class Sliding:
    """A window at each instant at which a row enters or leaves."""

    size: int

    @property
    def reach(self) -> int:
        return 2 * self.size

    @property
    def grid(self) -> tuple[int, int] | None:
        return None

    def rows(self, source: str, keys: list[str]) -> str:
        """The keys tell whose window it is that changes."""
        names = "".join(f", {key}" for key in keys)
        size = f"to_microseconds({self.size})"
        moments = (
            f"select distinct moment as {END}{names} from (select {quote(TIMESTAMP)} as moment{names} from {source} "
            f"union all select {quote(TIMESTAMP)} + {size} as moment{names} from {source})"
        )
        same = "".join(f" and r.{key} is not distinct from m.{key}" for key in keys)
        return (
            f"select r.*, m.{END} from {source} as r join ({moments}) as m "
            f"on r.{quote(TIMESTAMP)} > m.{END} - {size} and r.{quote(TIMESTAMP)} <= m.{END}{same}"
        )


@dataclass(frozen=True)
class Session:
    """Rows no more than a timeout apart; cut at a fixed grid of checks once the window is as long as allowed."""

    timeout: int
    longest: int
    partition: tuple[str, ...] = ()
    """DuckDB's expressions of PARTITION BY."""

    @property
    def reach(self) -> int:
        return 4 * self.longest + self.timeout

    @property
    def grid(self) -> tuple[int, int] | None:
        return None

    def rows(self, source: str, keys: list[str]) -> str:
        by = f"partition by {', '.join(self.partition)}" if self.partition else ""
        also = f"partition by {', '.join([*self.partition, '__run'])}"
        order = f"order by {quote(TIMESTAMP)}, {quote(PARTITION)}, {quote(SEQUENCE)}"
        gap = f"{STAMP} - lag({STAMP}) over ({by} {order}) > {self.timeout}"
        runs = (
            f"select *, sum(__gap) over ({by} {order}) as __run from "
            f"(select *, case when {gap} then 1 else 0 end as __gap from {source})"
        )
        first = f"min({STAMP}) over ({also})"
        check = f"(({first} + {self.longest} + {self.longest} - 1) // {self.longest} * {self.longest})"
        number = f"greatest(0, ({STAMP} - {check} + {self.longest} - 1) // {self.longest})"
        numbered = f"select *, {check} + {number} * {self.longest} as __cut from ({runs})"
        last = f"max({STAMP}) over (partition by {', '.join([*self.partition, '__run', '__cut'])}) + {self.timeout}"
        return (
            f"select * exclude (__gap, __run, __cut), make_timestamp(least({last}, __cut)) as {END} from ({numbered})"
        )


@dataclass(frozen=True)
class Snapshot:
    """Rows of one instant."""

    reach: int = 0
    grid: tuple[int, int] | None = None

    def rows(self, source: str, keys: list[str]) -> str:
        return f"select *, {quote(TIMESTAMP)} as {END} from {source}"


Key = Callable[[Expression], str]
"""Makes a column of a key that a window has to know, and gives its name."""
Window = Hopping | Sliding | Session | Snapshot


@dataclass(frozen=True)
class Grouping:
    """The windows of one GROUP BY, each with its name in Windows(), if it has one."""

    windows: tuple[tuple[str | None, Window], ...]

    @property
    def reach(self) -> int:
        return max(window.reach for _, window in self.windows)

    @property
    def grid(self) -> tuple[int, int] | None:
        """A grid that holds the ends of all the windows; None where one has no grid."""
        step, start = 0, None
        for _, window in self.windows:
            if window.grid is None:
                return None
            hop, offset = window.grid
            start = offset if start is None else start
            step = gcd(step, hop, offset - start)
        return step, (start or 0) % step

    def rows(self, source: str, keys: list[str]) -> str:
        parts = [
            f"select *, {text(name) if name else NO_NAME} as {WINDOW} from ({window.rows(source, keys)})"
            for name, window in self.windows
        ]
        return " union all ".join(parts)


def is_window(node: Expression) -> bool:
    return isinstance(node, Call) and node.name.upper() in WINDOWS


def grouping(nodes: list[Expression], position: Node, key: Key) -> Grouping:
    """The windows among GROUP BY's entries. Raises QueryError where there is none, or more than one."""
    windows = [node for node in nodes if isinstance(node, Call) and is_window(node)]
    if len(windows) > 1:
        raise QueryError(
            windows[1].position,
            "GROUP BY takes one window; Windows(...) takes several",
            "windows-azure-stream-analytics",
        )
    if windows:
        return _grouping(windows[0], key)
    if any(is_timestamp(node) for node in nodes):
        return Grouping(((None, Snapshot()),))
    raise QueryError(
        position.position,
        "GROUP BY needs a window, such as TumblingWindow(minute, 1)",
        "group-by-azure-stream-analytics",
    )


def _grouping(node: Call, key: Key) -> Grouping:
    if node.name.upper() != "WINDOWS":
        return Grouping(((None, _window(node, key)),))
    named = [_named(each, key) for each in node.arguments]
    names = [name.lower() for name, _ in named if name is not None]
    if not named or (names and len(names) != len(named)) or len(set(names)) != len(names):
        raise QueryError(
            node.position,
            "Windows takes windows, all of them named by Window('id', ...) with ids that differ, or none",
            "windows-azure-stream-analytics",
        )
    return Grouping(tuple(named))


def _named(node: Expression, key: Key) -> tuple[str | None, Window]:
    if is_timestamp(node):
        return None, Snapshot()
    if isinstance(node, Call) and node.name.upper() == "WINDOW":
        name = node.arguments[0] if len(node.arguments) == 2 else None
        if not isinstance(name, Literal) or not isinstance(name.value, str):
            raise QueryError(
                node.position, "Window takes an id in quotes and a window", "windows-azure-stream-analytics"
            )
        return name.value, _named(node.arguments[1], key)[1]
    if not isinstance(node, Call) or not is_window(node) or node.name.upper() == "WINDOWS":
        raise QueryError(node.position, "Windows takes windows", "windows-azure-stream-analytics")
    return None, _window(node, key)


def _window(node: Call, key: Key) -> Window:
    kind = node.name.upper().removesuffix("WINDOW")
    if kind not in PAGES:
        raise QueryError(
            node.position, "Window(id, window) stands inside Windows(...)", "windows-azure-stream-analytics"
        )
    if node.over is not None and kind != "SESSION":
        raise QueryError(node.position, f"{node.name} takes no OVER", PAGES[kind])
    lengths, offset = _lengths(node, kind)
    if max(lengths) > dateparts.LONGEST:
        raise QueryError(node.position, f"{node.name}: a window is 7 days at most", "windowing-azure-stream-analytics")
    match kind, lengths:
        case "TUMBLING", [size]:
            return Hopping(size, size, offset)
        case "HOPPING", [size, hop]:
            return Hopping(size, hop, offset)
        case "SLIDING", [size]:
            return Sliding(size)
        case _, [timeout, longest]:
            keys = tuple(key(each) for each in (node.over.partition_by if node.over else ()))
            return Session(timeout, longest, keys)
    raise AssertionError(kind)


COUNTS = {"TUMBLING": 1, "HOPPING": 2, "SLIDING": 1, "SESSION": 2}


def _lengths(node: Call, kind: str) -> tuple[list[int], int]:
    """The window's lengths and its offset, from either way of writing them."""
    spelled = all(isinstance(each, Call) for each in node.arguments) and bool(node.arguments)
    count, found, offset = COUNTS[kind], list(node.arguments), 0
    may_shift = kind in ("TUMBLING", "HOPPING")
    if spelled:
        calls = [each for each in found if isinstance(each, Call)]
        if may_shift and len(calls) == count + 1 and calls[-1].name.upper() == "OFFSET":
            offset = dateparts.microseconds(*_two(calls.pop()), least=-(2**62))
        lengths = [dateparts.microseconds(*_two(each)) for each in calls]
    else:
        if may_shift and len(found) == count + 2:
            offset = dateparts.microseconds(found[0], found.pop(), least=-(2**62))
        lengths = [dateparts.microseconds(found[0], each) for each in found[1:]]
    if len(lengths) != count:
        raise QueryError(node.position, f"{node.name} takes {SHAPES[kind]}", PAGES[kind])
    return lengths, offset


SHAPES = {
    "TUMBLING": "(unit, size) or (Duration(unit, size)), and perhaps an offset",
    "HOPPING": "(unit, size, hop) or (Duration(unit, size), Hop(unit, size)), and perhaps an offset",
    "SLIDING": "(unit, size) or (Duration(unit, size))",
    "SESSION": "(unit, timeout, longest) or (Timeout(unit, size), MaxDuration(unit, size))",
}


def _two(call: Call) -> tuple[Expression, Expression]:
    if len(call.arguments) != 2:
        raise QueryError(call.position, f"{call.name} takes a unit and a length")
    return call.arguments[0], call.arguments[1]
