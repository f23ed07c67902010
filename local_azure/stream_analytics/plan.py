"""From a parsed script to what runs on each micro-batch: steps, plain outputs, windowed outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.expressions import (
    PARTITION,
    SEQUENCE,
    TIMESTAMP,
    Scope,
    Source,
    StreamSource,
    TableSource,
    quote,
    to_duckdb,
)
from local_azure.stream_analytics.script import Script, line_of
from local_azure.stream_analytics.strict import refuse_unread

HIDDEN = (TIMESTAMP, PARTITION, SEQUENCE)
SYSTEM_NAMES = {*HIDDEN, "__enqueued"}
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
LONGEST = 7 * SECONDS["day"]


@dataclass(frozen=True)
class Step:
    """A named query, made anew for each micro-batch."""

    name: str
    sql: str


@dataclass(frozen=True)
class Plain:
    """An output that gets its rows with each micro-batch; `sql` carries HIDDEN columns behind its own."""

    alias: str
    sql: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Windowed:
    """An output that gets its rows when a window closes.

    `feed` selects rows for `buffer`; `emit` aggregates those whose window ends at or before `$until`.
    """

    alias: str
    buffer: str
    feed: str
    emit: str
    seconds: int


@dataclass(frozen=True)
class Plan:
    """What the job does with a micro-batch. `fields` are the JSON fields that the query reads."""

    fields: tuple[str, ...]
    steps: tuple[Step, ...]
    outputs: tuple[Plain | Windowed, ...]


def compile_script(script: Script, stream: str, references: dict[str, tuple[str, ...]]) -> Plan:
    """Plan a script over one stream and reference data (alias to columns). Raises QueryError."""
    planner = _Planner(stream, references)
    steps = tuple(planner.step(name, select) for name, select in script.steps)
    outputs = tuple(planner.output(select) for select in script.selects)
    _refuse_outputs(script, outputs)
    return Plan(tuple(planner.fields.values()), steps, outputs)


def _refuse_outputs(script: Script, outputs: tuple[Plain | Windowed, ...]) -> None:
    """One SELECT an output, and windows of one length: they close together."""
    for number, (select, output) in enumerate(zip(script.selects, outputs, strict=True)):
        before = outputs[:number]
        if output.alias.lower() in {each.alias.lower() for each in before}:
            raise QueryError(line_of(select), f"INTO [{output.alias}] is written twice; one SELECT an output here")
        lengths = {each.seconds for each in before if isinstance(each, Windowed)}
        if isinstance(output, Windowed) and lengths - {output.seconds}:
            raise QueryError(line_of(select), "windows of different lengths are not supported in one script here")


class _Planner:
    def __init__(self, stream: str, references: dict[str, tuple[str, ...]]) -> None:
        self.stream, self.references = stream, references
        self.fields: dict[str, str] = {}
        self.steps: dict[str, tuple[str, ...]] = {}

    def step(self, name: str, select: exp.Select) -> Step:
        if select.args.get("group"):
            raise QueryError(line_of(select), f"step {name}: windows are supported in SELECT ... INTO only")
        if select.args.get("into"):
            raise QueryError(line_of(select), f"step {name}: INTO belongs to an outermost SELECT")
        if name.lower() in {*self.steps, self.stream.lower(), *(each.lower() for each in self.references)}:
            raise QueryError(line_of(select), f"step {name} has a name that is taken")
        scope, body = self._from(select)
        sql = self._select(select, scope, body)
        self.steps[name.lower()] = tuple(_names(select))
        return Step(name, sql)

    def output(self, select: exp.Select) -> Plain | Windowed:
        into = select.args.get("into")
        if into is None:
            raise QueryError(line_of(select), "an outermost SELECT needs INTO")
        if select.args.get("group"):
            return self._windowed(select, into.this.name)
        scope, body = self._from(select)
        return Plain(into.this.name, self._select(select, scope, body), tuple(_names(select)))

    def _select(self, select: exp.Select, scope: Scope, body: str) -> str:
        columns = [f"{to_duckdb(_bare(each), scope)} as {quote(each.alias_or_name)}" for each in select.expressions]
        first = quote(_table(select).alias_or_name)
        hidden = [f"{first}.{quote(name)}" for name in HIDDEN]
        return f"select {', '.join(columns + hidden)} {body}"

    def _windowed(self, select: exp.Select, alias: str) -> Windowed:
        if select.args.get("joins"):
            raise QueryError(line_of(select), "join in a step, then group its rows by a window")
        _, body = self._from(select)
        keys, seconds = _group(select)
        table = _table(select)
        columns = self.steps.get(table.name.lower())
        if columns is None:
            raise QueryError(line_of(table), "a window groups the rows of a step; name the columns in a step first")
        buffer = f"window_{alias}"
        end = _window_end(seconds)
        inner = Scope({table.alias_or_name.lower(): TableSource(quote(buffer), columns)}, end, aggregates=True)
        chosen = [f"{to_duckdb(_bare(each), inner)} as {quote(each.alias_or_name)}" for each in select.expressions]
        groups = [*(to_duckdb(key, inner) for key in keys), end]
        return Windowed(
            alias=alias,
            buffer=buffer,
            feed=f"select {quote(table.alias_or_name)}.* {body}",
            emit=f"select {', '.join(chosen)} from {quote(buffer)} where {end} <= $until group by {', '.join(groups)}",
            seconds=seconds,
        )

    def _from(self, select: exp.Select) -> tuple[Scope, str]:
        """The scope of a SELECT's FROM and JOINs, and its `from ... where ...` in DuckDB's words."""
        _refuse_clauses(select)
        table = _table(select)
        sources = {table.alias_or_name.lower(): self._source(table)}
        body = f"from {self._relation(table)}"
        for join in select.args.get("joins") or ():
            if join.this.alias_or_name.lower() in sources:
                raise QueryError(line_of(join), f"{join.this.alias_or_name} stands for two sources; give one an alias")
            sources[join.this.alias_or_name.lower()] = self._reference(join)
            scope = Scope(dict(sources), f"{quote(table.alias_or_name)}.{quote(TIMESTAMP)}")
            side = "left join" if join.side == "LEFT" else "join"
            body += f" {side} {self._relation(join.this)} on {to_duckdb(join.args['on'], scope)}"
        scope = Scope(sources, f"{quote(table.alias_or_name)}.{quote(TIMESTAMP)}")
        where = select.args.get("where")
        return scope, body + (f" where {to_duckdb(where.this, scope)}" if where else "")

    def _relation(self, table: exp.Table) -> str:
        return f"{quote(table.name.lower())} as {quote(table.alias_or_name)}"

    def _source(self, table: exp.Table) -> Source:
        name, relation = table.name.lower(), quote(table.alias_or_name)
        if name == self.stream.lower():
            return StreamSource(relation, self.fields)
        if name in self.steps:
            return TableSource(relation, self.steps[name])
        raise QueryError(line_of(table), f"{table.name} is no step before this one and no input stream")

    def _reference(self, join: exp.Join) -> Source:
        name = join.this.name.lower()
        known = {alias.lower(): columns for alias, columns in self.references.items()}
        if name not in known:
            raise QueryError(line_of(join), f"{join.this.name} is no reference data; streams cannot be joined here")
        if join.side not in ("", "LEFT") or join.args.get("on") is None:
            raise QueryError(line_of(join), "reference data are joined by JOIN or LEFT JOIN with ON")
        return TableSource(quote(join.this.alias_or_name), known[name])


def _refuse_clauses(select: exp.Select) -> None:
    if any(
        isinstance(each, exp.Star) or (each.find(exp.Star) and not each.find(exp.Count)) for each in select.expressions
    ):
        raise QueryError(line_of(select), "name the columns: SELECT * is not supported here")
    if any(not isinstance(each, exp.Alias | exp.Column) for each in select.expressions):
        raise QueryError(line_of(select), "give each expression a name: ... AS name")
    names = [name.lower() for name in _names(select)]
    for name in names:
        if names.count(name) > 1 or name in SYSTEM_NAMES:
            raise QueryError(line_of(select), f"column {name} is named twice, or has a name that the job needs")
    refuse_unread(select)


def _table(select: exp.Select) -> exp.Table:
    source: Any = select.args.get("from_")
    if source is None or not isinstance(source.this, exp.Table):
        raise QueryError(line_of(select), "FROM names one input or step")
    table: exp.Table = source.this
    if table.args.get("joins") or table.args.get("db"):
        raise QueryError(line_of(table), f"{table.sql(dialect='tsql')} is not supported here")
    return table


def _bare(node: exp.Expression) -> exp.Expression:
    return node.this if isinstance(node, exp.Alias) else node


def _names(select: exp.Select) -> list[str]:
    return [each.alias_or_name for each in select.expressions]


def _group(select: exp.Select) -> tuple[list[exp.Expression], int]:
    """GROUP BY's keys and the length of its tumbling window in seconds."""
    group = select.args["group"].expressions
    windows = [each for each in group if isinstance(each, exp.Anonymous)]
    if len(windows) != 1 or windows[0].name.lower() != "tumblingwindow":
        raise QueryError(line_of(select), "GROUP BY needs one TumblingWindow(unit, size)")
    return [each for each in group if each is not windows[0]], _length(windows[0])


def _length(window: exp.Anonymous) -> int:
    """Seconds of TumblingWindow(unit, size)."""
    words = [each.name.lower() for each in window.expressions]
    if len(words) == 2 and words[0] in SECONDS and words[1].isdecimal():
        seconds = SECONDS[words[0]] * int(words[1])
        if 0 < seconds <= LONGEST:
            return seconds
    text = window.sql(dialect="tsql")
    raise QueryError(line_of(window), f"{text}: TumblingWindow(unit, size), second, minute, hour or day, up to 7 days")


def _window_end(seconds: int) -> str:
    """Windows are (start, end], aligned to the epoch, and stamped with their end."""
    width = f"to_seconds({seconds})"
    moment = f"{quote(TIMESTAMP)} - to_microseconds(1)"
    return f"(time_bucket({width}, {moment}, timestamp '1970-01-01') + {width})"
