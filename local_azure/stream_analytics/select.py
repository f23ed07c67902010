"""One SELECT, planned: its sources, its analytic columns, its conditions, its windows and its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from local_azure.stream_analytics import joins
from local_azure.stream_analytics.analytics import Analytics, sources_named
from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.expressions import ANALYTIC, condition, is_timestamp, scope_of, value_of
from local_azure.stream_analytics.relations import Buffer, Columns, Relation, reference
from local_azure.stream_analytics.scope import (
    FROM,
    GROUPED,
    PARTITION,
    RECORD,
    SEQUENCE,
    TIMESTAMP,
    UNTIL,
    Frame,
    Scope,
    StreamFrame,
    joint,
)  # fmt: skip
from local_azure.stream_analytics.syntax import (
    Apply,
    Call,
    Cast,
    Column,
    Expression,
    Field,
    Join,
    Name,
    Select,
    Source,
    Star,
    walk,
)  # fmt: skip
from local_azure.stream_analytics.values import STORED, Kind, Value, as_any, as_key, quote, text
from local_azure.stream_analytics.windows import END, WINDOW, Grouping, Sliding, grouping, is_window

KEPT = "__kept"
"""Of a window's row: whether HAVING holds."""

PAGE = "analytic-functions-azure-stream-analytics"
Clause = Callable[[], str]
"""A JOIN or an APPLY, written once all is known that is asked of it."""

UNFOLDED: dict[str, tuple[str, str, tuple[tuple[str, Kind], tuple[str, Kind]]]] = {
    "GETARRAYELEMENTS": ("array", "elements", (("ArrayIndex", "bigint"), ("ArrayValue", "any"))),
    "GETRECORDPROPERTIES": ("record", "properties", (("PropertyName", "nvarchar"), ("PropertyValue", "any"))),
}
"""What a function of APPLY takes, by which macro it unfolds it, and the columns that it gives; the job stops at a value
of another type ("Input validation in Azure Stream Analytics queries")."""


class Sources(Protocol):
    """What a SELECT may read."""

    def frame(self, source: Source) -> tuple[Frame, Relation | None]: ...

    def is_reference(self, source: Source) -> bool: ...


class SelectPlanner:
    """Plans one SELECT. `stateful` tells that the rows it reads are to be kept."""

    def __init__(self, sources: Sources, select: Select, name: str, stateful: bool) -> None:
        self._sources, self._select = sources, select
        frame, relation = sources.frame(select.source)
        if relation is None:
            raise QueryError(
                select.source.position,
                f"{select.source.name} is reference data; FROM takes a stream",
                "reference-data-join-azure-stream-analytics",
            )
        self._frames: list[Frame] = [frame]
        self._read: list[Relation] = [relation]
        self._result = Relation(name, {}, False, stateful=stateful, reach=relation.reach, delay=relation.delay)
        self._first = relation
        self._analytics: dict[str, Analytics] = {}
        self._stamp = frame.sql(TIMESTAMP)

    @staticmethod
    def needs_state(select: Select, is_reference: Callable[[Source], bool]) -> bool:
        """Whether a SELECT has a window, a join of streams or an analytic function."""
        if select.group_by or any(not is_reference(join.source) for join in select.joins):
            return True
        read = select.columns, select.where, select.joins
        calls = [node for node in walk(read) if isinstance(node, Call)]
        return any(call.name.upper() in ANALYTIC or (call.over and call.over.limit) for call in calls)

    def relation(self) -> Relation:
        """The whole SELECT. Raises QueryError."""
        self._refuse_distinct()
        joined = [self._join(join) for join in self._select.joins]
        applied = [self._apply(apply) for apply in self._select.applies]
        if self._select.group_by:
            self._grouped(joined + applied)
        else:
            self._plain(joined + applied)
        self._result.sources = [each for each in self._read if each.stateful]
        return self._result

    def _refuse_distinct(self) -> None:
        """DISTINCT changes nothing where a window's groups are a row each and show their keys; else it is refused.

        The reference does not have it; Microsoft's retail example says SELECT DISTINCT CollectTop(5) over one window.
        """
        keys, shown = self._select.group_by, [column.this for column in self._select.columns]
        hidden = [key for key in keys if _has_windows(key) or (not is_window(key) and key not in shown)]
        if self._select.distinct and (hidden or not keys):
            reason = (
                "SELECT DISTINCT is not in the language; GROUP BY the columns and a window, or WHERE ISFIRST(...) = 1"
            )
            raise QueryError(self._select.position, reason, "select-azure-stream-analytics")

    def _plain(self, more: list[Clause]) -> None:
        scope = self._scope()
        columns = self._columns(scope)
        tests = [condition(each, scope) for each in (self._select.where, self._select.having) if each is not None]
        where = f" where {' and '.join(tests)}" if tests else ""
        self._result.sql = f"select {', '.join([*columns, *self._hidden()])} {self._from(more)}{where}"
        alone = len(self._frames) == 1 and not self._analytics
        self._result.grid = self._first.grid if alone and self._first.stateful else None

    def _hidden(self) -> list[str]:
        return [
            f"{self._stamp} as {quote(TIMESTAMP)}",
            *(self._frames[0].sql(name) for name in (PARTITION, SEQUENCE)),
        ]

    def _scope(self) -> Scope:
        return scope_of(self._frames, Value(self._stamp, "datetime"), analyse=self._analyse)

    def _analyse(self, call: Call) -> Value:
        frame = self._looked_back_over(call)
        if frame.alias not in self._analytics:
            self._analytics[frame.alias] = Analytics(scope_of([frame], Value(frame.sql(TIMESTAMP), "datetime")))
        return self._analytics[frame.alias].add(call)

    def _looked_back_over(self, call: Call) -> Frame:
        """The source whose rows an analytic function reads: the one that it names, or else the first."""
        named = [frame for frame in self._frames if frame.alias.lower() in sources_named(call)]
        frame = named[0] if named else self._frames[0]
        if len(named) > 1 or not frame.temporal:
            what = " and ".join(each.alias for each in named)
            reason = f"{call.name} looks back over one stream, not over {what}: make its values in a step before"
            raise QueryError(call.position, reason, PAGE)
        return frame

    def _from(self, more: list[Clause], where: str | None = None) -> str:
        """FROM with all its joins."""
        self._result.reach += max((each.reach for each in self._analytics.values()), default=0)
        first = self._analysed(self._frames[0], self._first, where)
        return " ".join([f"from {first}", *(clause() for clause in more)])

    def _analysed(self, frame: Frame, relation: Relation, where: str | None = None) -> str:
        """A stream where it is read, with its analytic columns, if it has any."""
        source, alias = self._source(frame, relation, where), quote(frame.alias)
        if found := self._analytics.get(frame.alias):
            return f"(select {alias}.*, {', '.join(found.columns)} from {source}) as {alias}"
        return source

    def _source(self, frame: Frame, relation: Relation, where: str | None) -> str:
        """A stream itself, or what is kept of it."""
        if self._result.stateful and not relation.stateful:
            buffer = Buffer(f"rows {self._result.name!r} as {frame.alias!r}", relation.name, frame, where)
            self._result.buffers.append(buffer)
            return f"{quote(buffer.table)} as {quote(frame.alias)}"
        return f"{reference(relation.name)} as {quote(frame.alias)}"

    def _join(self, join: Join) -> Clause:
        before = [frame.alias for frame in self._frames if frame.temporal]
        frame, relation = self._sources.frame(join.source)
        if any(frame.alias.lower() == each.alias.lower() for each in self._frames):
            raise QueryError(join.position, f"{frame.alias} stands for two sources; give one an alias", joins.PAGE)
        self._frames.append(frame)
        scope = replace(self._scope(), joining=True)
        word = "left join" if join.left else "join"
        if relation is None:
            test = f"{condition(join.on, scope)}{self._in_force(frame)}"
            source = f"{quote(f'reference {join.source.name.lower()}')} as {quote(frame.alias)}"
            return lambda: f"{word} {source} on {test}"
        limits = joins.bounds(join, before)
        near = f"{condition(join.on, scope)} and {self._near(frame, limits)}"
        self._read.append(relation)
        self._advance(join, frame, relation, limits)
        return lambda: f"{word} {self._analysed(frame, relation)} on {near}"

    def _in_force(self, frame: Frame) -> str:
        """Of reference data in slices, the one that holds at the row's time."""
        if not frame.sliced:
            return ""
        return f" and {self._stamp} >= {frame.sql(FROM)} and {self._stamp} < {frame.sql(UNTIL)}"

    def _near(self, frame: Frame, limits: joins.Bounds) -> str:
        """The bounds again, as a range that can be searched."""
        other = next(each for each in self._frames if each.alias.lower() == limits.source)
        low, high = ((number) * limits.unit for number in (limits.low - 1, limits.high + 1))
        start, end = (f"{other.sql(TIMESTAMP)} + to_microseconds({each})" for each in (low, high))
        return f"{frame.sql(TIMESTAMP)} between {start} and {end}"

    def _advance(self, join: Join, frame: Frame, relation: Relation, limits: joins.Bounds) -> None:
        """A match has the later time of the two; a left event without one the last at which it could have come."""
        latest = f"greatest({self._stamp}, {frame.sql(TIMESTAMP)})"
        if join.left:
            alone = f"{self._stamp} + to_microseconds({limits.wait})"
            latest = f"case when {frame.sql(TIMESTAMP)} is null then {alone} else {latest} end"
            self._result.delay = max(self._result.delay, relation.delay) + limits.unit
        else:
            self._result.delay = max(self._result.delay, relation.delay)
        self._stamp = f"({latest})"
        self._result.reach = max(self._result.reach, relation.reach) + limits.reach

    def _apply(self, apply: Apply) -> Clause:
        if len(apply.call.arguments) != 1:
            raise QueryError(apply.position, f"{apply.call.name} takes one column", "apply-azure-stream-analytics")
        kind, function, columns = UNFOLDED[apply.call.name.upper()]
        value = as_any(value_of(apply.call.arguments[0], self._scope()))
        self._frames.append(Frame(apply.alias, {name.lower(): (name, of) for name, of in columns}, temporal=False))
        parts = f"must(__all, {function}(__all), {text(kind + '; TRY_CAST gives null')})"
        items = f"select unnest({parts}) as __item from (select {value} as __all)"
        place, inside = (quote(name) for name, _ in columns)
        inner = f"(select __item.i as {place}, __item.v as {inside} from ({items}))"
        word = "left join" if apply.outer else "join"
        return lambda: f"{word} lateral {inner} as {quote(apply.alias)} on true"

    def _grouped(self, more: list[Clause]) -> None:
        plain = self._scope()
        looked: dict[Call, tuple[str, Value]] = {}
        rows = self._rows_scope(plain, looked)
        nodes = list(self._select.group_by)
        extra: dict[Expression, str] = {}
        found = grouping(nodes, self._select, lambda node: quote(self._extra(node, plain, extra)))
        keys = {value_of(node, rows).sql: node for node in nodes if not is_window(node) and not self._is_snapshot(node)}
        names = [self._extra(node, plain, extra) for node in keys.values()] if _slides(found) else []
        values = {sql: value_of(node, rows) for sql, node in keys.items()}
        keyed = [as_key(value) for value in values.values()]
        shown = {sql: _one_spelling(value) for sql, value in values.items()}
        end = Value(f"{GROUPED}.{END}", "datetime")
        window = f"{GROUPED}.{WINDOW}"
        scope = replace(rows, timestamp=end, keys=shown, window_id=window, rows=rows, analyse=self._analyse_group)
        columns = self._columns(scope)
        having = self._select.having and condition(self._select.having, replace(scope, aliases=self._aliases()))
        inner = self._inner(plain, more, extra, looked)
        by = ", ".join([*keyed, end.sql, window])
        hidden = [
            f"{end.sql} as {quote(TIMESTAMP)}",
            *(f"min({GROUPED}.{name}) as {quote(name)}" for name in (PARTITION, SEQUENCE)),
        ]
        tests = [f"{having} as {quote(KEPT)}"] if having else []
        self._result.sql = (
            f"with __rows as ({inner}) select {', '.join([*columns, *hidden, *tests])} "
            f"from ({found.rows('__rows', names)}) as {GROUPED} group by {by}"
        )
        if having:  # DuckDB's HAVING knows no lambda's parameters
            self._result.sql = f"select * exclude ({quote(KEPT)}) from ({self._result.sql}) where {quote(KEPT)}"
        self._result.reach += found.reach
        self._result.grid = found.grid

    def _aliases(self) -> dict[str, Expression]:
        """Names of the SELECT list, which HAVING may say ("Common query patterns", "Send data to multiple outputs")."""
        keys = {node.parts[-1].lower() for node in self._select.group_by if isinstance(node, Name)}
        named = {each.alias.lower(): each.this for each in self._select.columns if each.alias}
        return {name: this for name, this in named.items() if name not in keys}

    def _is_snapshot(self, node: Expression) -> bool:
        """System.Timestamp() alone is a window; beside one it is a key (snapshot-window-azure-stream-analytics)."""
        return is_timestamp(node) and not any(is_window(each) for each in self._select.group_by)

    def _rows_scope(self, plain: Scope, looked: dict[Call, tuple[str, Value]]) -> Scope:
        """The rows of a window, whose columns carry their source's name in front; `looked` are analytic ones."""

        def analyse(call: Call) -> Value:
            if call not in looked:
                looked[call] = f"__looked{len(looked)}", value_of(call, plain)
            name, value = looked[call]
            return replace(value, sql=f"{GROUPED}.{quote(name)}")

        frames = [replace(frame, grouped=True) for frame in self._frames]
        return scope_of(frames, Value(f"{GROUPED}.{quote(TIMESTAMP)}", "datetime"), analyse=analyse)

    def _analyse_group(self, call: Call) -> Value:
        raise QueryError(
            call.position,
            f"{call.name} is neither in GROUP BY nor inside an aggregate: make it in a step before",
            PAGE,
        )

    def _extra(self, node: Expression, plain: Scope, extra: dict[Expression, str]) -> str:
        """The name of a column made for a window that has to know a key."""
        return extra.setdefault(node, f"__key{len(extra)}") if value_of(node, plain) else ""

    def _inner(
        self,
        plain: Scope,
        more: list[Clause],
        extra: dict[Expression, str],
        looked: dict[Call, tuple[str, Value]],
    ) -> str:
        made = [f"{as_key(value_of(node, plain))} as {quote(name)}" for node, name in extra.items()]
        made += [f"{value.sql} as {quote(name)}" for name, value in looked.values()]
        where, pushed = self._where(plain)
        source = self._from(more, pushed)
        read = [
            f"{quote(frame.alias)}.{quote(name)} as {quote(joint(frame.alias, name))}"
            for frame in self._frames
            for name in sorted(frame.read)
        ]
        return f"select {', '.join([*read, *made, *self._hidden()])} {source}{where}"

    def _where(self, plain: Scope) -> tuple[str, str | None]:
        """WHERE in its place, or, over one source, in front of what is kept."""
        node = self._select.where
        if node is None:
            return "", None
        alone = len(self._frames) == 1 and not self._first.stateful and not self._analytics
        if not alone or any(isinstance(each, Call) and each.name.upper() in ANALYTIC for each in walk(node)):
            return f" where {condition(node, plain)}", None
        if any(isinstance(each, Call) and each.over for each in walk(node)):
            return f" where {condition(node, plain)}", None
        apart = replace(self._frames[0], read=set())
        return "", condition(node, replace(plain, frames=[apart], timestamp=Value(apart.sql(TIMESTAMP), "datetime")))

    def _columns(self, scope: Scope) -> list[str]:
        """The SELECT list; `*` gives way to columns of the same name before it (select-azure-stream-analytics)."""
        columns: Columns = {}
        chosen: list[str] = []
        records: list[str] = []
        starred: set[str] = set()
        for place, column in enumerate(self._select.columns, 1):
            if isinstance(column.this, Star):
                before = set(columns)
                self._expand(column.this, scope, columns, chosen, records)
                starred |= set(columns) - before
                continue
            name = column.alias or _name_of(column, place)
            if name.lower() in starred:
                continue
            value = value_of(column.this, scope)
            self._note(columns, name, value, column)
            chosen.append(f"cast({value.sql} as {STORED[value.kind]}) as {quote(name)}")
        self._result.columns, self._result.open = columns, bool(records)
        if records:
            record = records[0] if len(records) == 1 else f"json_merge_patch({', '.join(reversed(records))})"
            chosen.append(f"cast({record} as varchar) as {quote(RECORD)}")
        return chosen

    def _note(self, columns: Columns, name: str, value: Value, column: Column) -> None:
        if name.lower() in columns or name.startswith("__"):
            raise QueryError(column.position, f"column {name} is named twice, or has a name that the job needs")
        columns[name.lower()] = (name, value.kind)

    def _expand(self, star: Star, scope: Scope, columns: Columns, chosen: list[str], records: list[str]) -> None:
        if scope.keys is not None:
            raise QueryError(star.position, "* beside GROUP BY: name the columns", "group-by-azure-stream-analytics")
        if not star.parts and len(self._frames) > 1 + len(self._select.applies):
            raise QueryError(star.position, "SELECT * cannot be used in JOIN; write source.*", joins.PAGE)
        frames = self._starred(star)
        if frames is None:
            records.append(as_any(scope.resolve(Name(star.parts, position=star.position))))
            return
        for frame in frames:
            for name in self._names(frame):
                if name.lower() not in columns and (value := frame.find(name)):
                    columns[name.lower()] = (name, value.kind)
                    chosen.append(f"{value.sql} as {quote(name)}")
            if frame.open:
                records.append(frame.sql(RECORD))

    def _starred(self, star: Star) -> list[Frame] | None:
        if not star.parts:
            return self._frames
        found = [frame for frame in self._frames if frame.alias.lower() == star.parts[0].lower()]
        return found if found and len(star.parts) == 1 else None

    def _names(self, frame: Frame) -> list[str]:
        system = ["EventProcessedUtcTime", "PartitionId", "EventEnqueuedUtcTime"]
        hub = isinstance(frame, StreamFrame) and frame.hub
        return [*frame.names(), *(system if hub else [])]


def _one_spelling(key: Value) -> Value:
    """What a group shows of a key that its rows may spell in several ways."""
    return replace(key, sql=f"min({key.sql})") if key.kind == "any" else key


def _has_windows(key: Expression) -> bool:
    return isinstance(key, Call) and key.name.upper() == "WINDOWS"


def _slides(found: Grouping) -> bool:
    return any(isinstance(window, Sliding) for _, window in found.windows)


def _name_of(column: Column, place: int) -> str:
    """What a column without an alias is called: a name's last part, else the function's."""
    match column.this:
        case Name(parts=parts):
            return parts[-1]
        case Call(name=name):
            return name.rpartition(".")[2]
        case Field(name=name):
            return name
        case Cast(safe=safe):
            return "TRY_CAST" if safe else "CAST"
    return f"Column{place}"
