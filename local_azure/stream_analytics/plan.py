"""From a parsed script to its plan.

A SELECT that only projects, filters, joins reference data or unfolds arrays is run over each micro-batch by itself. One
with a window, a join of streams or an analytic function has state: the rows that it reads are kept, only the columns
that it asks for and only as long as it looks back, and it is run over them again whenever the watermark moves; of what
comes out only the rows between the last watermark and this one are new. So any cut of the events into micro-batches
gives the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from local_azure.stream_analytics import levels, timestamps
from local_azure.stream_analytics.errors import Position, QueryError, QueryErrors
from local_azure.stream_analytics.expressions import is_timestamp, scope_of, value_of
from local_azure.stream_analytics.javascript import Function
from local_azure.stream_analytics.javascript_calls import unknown
from local_azure.stream_analytics.relations import REFERENCE, Buffer, Columns, Input, Output, Plan, Relation, reference
from local_azure.stream_analytics.scope import HIDDEN, RECORD, Frame, StreamFrame
from local_azure.stream_analytics.select import SelectPlanner
from local_azure.stream_analytics.syntax import Expression, Query, Script, Select, Source, walk
from local_azure.stream_analytics.values import NULL, STORED, Kind, Value, as_key, as_kind, common, quote

OUTPUT = "output"
"""Where a SELECT without INTO goes (into-azure-stream-analytics)."""


def compile_script(
    script: Script,
    inputs: dict[str, bool],
    references: dict[str, Columns],
    sliced: Collection[str] = (),
    functions: tuple[Function, ...] = (),
    level: str = levels.NEWEST,
) -> Plan:
    """Plan a script.

    `inputs`: alias of each stream, and whether it is a hub with a hub's columns; `references`: columns of reference
    data by alias; `sliced`: which of them come in slices of time; `functions`: the project's own; `level`: the
    job's compatibility level. Raises QueryErrors with every finding.
    """
    planner = Planner(inputs, references, sliced)
    findings: list[QueryError] = [*levels.refused(script, level), *unknown(script, functions)]
    findings += timestamps.refused(script, *({alias.lower() for alias in each} for each in (inputs, references)))
    for attempt in _attempts(planner, script):
        try:
            attempt()
        except QueryError as error:
            findings.append(error)
        except QueryErrors as errors:
            findings += errors.findings
        except RecursionError:
            findings.append(QueryError(None, "an expression is nested too deeply to be planned; make a part in a step"))
    if findings:
        raise QueryErrors(findings)
    return replace(planner.plan(), functions=functions, level=level)


def _attempts(planner: Planner, script: Script):  # type: ignore[no-untyped-def]
    yield from (lambda table=table: planner.table(table.name, table.columns, table.position) for table in script.tables)
    yield from (lambda name=name, query=query: planner.step(name, query) for name, query in script.steps)
    yield from (lambda query=query: planner.output(query) for query in script.outputs)


class Planner:
    """What has been planned so far: inputs, steps and outputs."""

    def __init__(self, inputs: dict[str, bool], references: dict[str, Columns], sliced: Collection[str] = ()) -> None:
        self._inputs = {alias.lower(): (alias, hub) for alias, hub in inputs.items()}
        self._references = {alias.lower(): (alias, columns) for alias, columns in references.items()}
        self._sliced = {alias.lower() for alias in sliced}
        self._fields: dict[str, dict[str, str]] = {alias: {} for alias in self._inputs}
        self._scalars: dict[str, dict[str, str]] = {alias: {} for alias in self._inputs}
        self._types: dict[str, tuple[tuple[str, str], ...]] = {}
        self._streams: dict[tuple[str, str | None, str | None], Input] = {}
        self._steps: dict[str, Relation | None] = {}
        self._relations: list[Relation] = []
        self._outputs: list[Output] = []

    def table(self, name: str, columns: tuple[tuple[str, str], ...], position: Position) -> None:
        """CREATE TABLE. Raises QueryError for what is no input."""
        if name.lower() in self._references:
            self._type_reference(name, columns, position)
        elif name.lower() not in self._inputs:
            raise QueryError(
                position, f"CREATE TABLE {name}: the project has no such input", "create-table-stream-analytics"
            )
        self._types[name.lower()] = columns

    def _type_reference(self, name: str, types: tuple[tuple[str, str], ...], position: Position) -> None:
        """Columns of reference data with the types that CREATE TABLE gives them."""
        alias, columns = self._references[name.lower()]
        changed = dict(columns)
        for column, kind in types:
            known, was = columns.get(column.lower(), (None, "any"))
            nested = kind in ("record", "array")
            if known is None or (nested and was != "any"):
                reason = f"holds no {kind}" if known else f"has no column {column}"
                raise QueryError(position, f"CREATE TABLE {name}: its file {reason}", "create-table-stream-analytics")
            changed[column.lower()] = (known, "any" if nested else kind)  # type: ignore[assignment]
        self._references[name.lower()] = alias, changed

    def step(self, name: str, query: Query) -> None:
        """A step of WITH. Raises QueryError; steps that read a refused one are passed over."""
        taken = {*self._steps, *self._inputs, *self._references}
        known = name.lower() in taken
        self._steps.setdefault(name.lower(), None)
        if known:
            raise QueryError(query[0].position, f"step {name} has a name that is taken", "with-azure-stream-analytics")
        if any(source.name.lower() == name.lower() for select in query for source in _sources(select)):
            raise QueryError(query[0].position, f"step {name} reads itself", "with-azure-stream-analytics")
        for select in query:
            if select.into is not None:
                raise QueryError(
                    select.position, f"step {name}: INTO belongs to an outermost SELECT", "into-azure-stream-analytics"
                )
        if not self._hangs_on_refused(query):
            self._steps[name.lower()] = self._query(query, f"step {name}")

    def output(self, query: Query) -> None:
        """An outermost SELECT."""
        names = [select.into for select in query if select.into is not None]
        if len(names) > 1:
            raise QueryError(
                query[1].position, "one INTO stands in the first SELECT of a UNION", "into-azure-stream-analytics"
            )
        alias = names[0] if names else OUTPUT
        if not self._hangs_on_refused(query):
            relation = self._query(query, f"output {len(self._outputs)}, {alias}")
            self._outputs.append(Output(alias, relation, query[0].position))

    def _hangs_on_refused(self, query: Query) -> bool:
        names = [source.name.lower() for select in query for source in _sources(select)]
        return any(name in self._steps and self._steps[name] is None for name in names)

    def is_reference(self, source: Source) -> bool:
        return source.name.lower() in self._references

    def frame(self, source: Source) -> tuple[Frame, Relation | None]:
        """What a source in FROM or JOIN gives. Raises QueryError for an unknown one."""
        name = source.name.lower()
        if name in self._inputs:
            return self._stream(source)
        if source.timestamp_by is not None:
            raise QueryError(
                source.position,
                f"TIMESTAMP BY belongs to an input, not to {source.name}",
                "timestamp-by-azure-stream-analytics",
            )
        if name in self._references:
            columns = self._references[name][1]
            return Frame(source.alias, columns, temporal=False, sliced=name in self._sliced), None
        if (step := self._steps.get(name)) is not None:
            return Frame(source.alias, step.columns, step.open), step
        known = [alias for alias, _ in (*self._inputs.values(), *self._references.values())]
        raise QueryError(
            source.position, f"{source.name} is no input and no step before this one; the inputs are {', '.join(known)}"
        )

    def _stream(self, source: Source) -> tuple[StreamFrame, Relation]:
        alias = self._inputs[source.name.lower()][0]
        frame = self._untyped(source.name, source.alias, {}, True)
        stamp, key = (each and each.replace(f"{quote(source.alias)}.", "event.") for each in self._time(source, frame))
        known = (alias.lower(), stamp, key)
        if known not in self._streams:
            table = f"input {len(self._streams)}"
            types = self._types.get(alias.lower(), ())
            self._streams[known] = Input(
                alias, table, self._fields[alias.lower()], self._scalars[alias.lower()], stamp, key, types
            )
            self._relations.append(Relation(table, {}, True))
        name = self._streams[known].table
        relation = next(each for each in self._relations if each.name == name)
        return self.stream_frame(source.name, source.alias), relation

    def stream_frame(self, name: str, alias: str) -> StreamFrame:
        """A frame of an input, with the columns of its CREATE TABLE."""
        types = self._types.get(name.lower(), ())
        columns: Columns = {}
        fields = self._fields[name.lower()]
        for column, kind in types:
            fields.setdefault(column.lower(), column)
            columns[column.lower()] = (column.lower(), "any" if kind in ("record", "array") else kind)  # type: ignore[assignment]
        return self._untyped(name, alias, columns, not types)

    def _untyped(self, name: str, alias: str, columns: Columns, is_open: bool) -> StreamFrame:
        fields, scalars = self._fields[name.lower()], self._scalars[name.lower()]
        return StreamFrame(alias, columns, is_open, fields=fields, scalars=scalars, hub=self._inputs[name.lower()][1])

    def _time(self, source: Source, frame: StreamFrame) -> tuple[str | None, str | None]:
        if source.timestamp_by is None:
            return None, None
        if any(isinstance(node, Expression) and is_timestamp(node) for node in walk(source.timestamp_by)):
            raise QueryError(
                source.position, "TIMESTAMP BY takes no System.Timestamp()", "timestamp-by-azure-stream-analytics"
            )
        scope = scope_of([frame], NULL)
        value = value_of(source.timestamp_by, scope)
        keys = [value_of(each, scope) for each in source.over]
        key = " || chr(31) || ".join(as_kind(replace(each, sql=as_key(each)), "nvarchar") for each in keys) or None
        return as_kind(value, "datetime"), key

    def _query(self, query: Query, name: str) -> Relation:
        stateful = any(self.is_stateful(select) for select in query)
        parts = [
            self._select(select, f"part {at} of {name}" if len(query) > 1 else name, stateful)
            for at, select in enumerate(query)
        ]
        return parts[0] if len(parts) == 1 else self._union(name, query, parts)

    def _select(self, select: Select, name: str, stateful: bool) -> Relation:
        relation = SelectPlanner(self, select, name, stateful).relation()
        self._relations.append(relation)
        return relation

    def is_stateful(self, select: Select) -> bool:
        """Whether rows of other events than its own are needed for a row."""
        return SelectPlanner.needs_state(select, self.is_reference) or any(
            (step := self._steps.get(source.name.lower())) is not None and step.stateful for source in _sources(select)
        )

    def _union(self, name: str, query: Query, parts: list[Relation]) -> Relation:
        first, is_open = parts[0], any(part.open for part in parts)
        for select, part in zip(query, parts, strict=True):
            if not is_open and len(part.columns) != len(first.columns):
                raise QueryError(
                    select.position,
                    f"UNION: {len(part.columns)} columns here, {len(first.columns)} in the first SELECT",
                    "union-azure-stream-analytics",
                )
        columns = _by_name(parts) if is_open else _by_place(parts)
        sql = " union all ".join(_shaped(part, columns, is_open) for part in parts)
        grids = {part.grid for part in parts}
        relation = Relation(
            name, columns, is_open, sql, first.stateful, max(part.reach for part in parts),
            max(part.delay for part in parts), grids.pop() if len(grids) == 1 else None, parts,
        )  # fmt: skip
        self._relations.append(relation)
        return relation

    def plan(self) -> Plan:
        """The whole plan, once all is read."""
        buffers = {id(each): each for output in self._outputs for each in output.relation.all_buffers()}
        for output in self._outputs:
            for buffer in output.relation.all_buffers():
                buffer.reach = max(buffer.reach, output.relation.reach + output.relation.delay)
        steps = {name: relation for name, relation in self._steps.items() if relation is not None}
        relations = tuple(each for each in self._relations if each.sql)
        used = self._used(list(buffers.values()))
        inputs = tuple(each for each in self._streams.values())
        typed = {name: types for name, types in self._types.items() if name in self._references}
        return Plan(inputs, used, tuple(buffers.values()), tuple(self._outputs), steps, relations, typed=typed)

    def _used(self, buffers: list[Buffer]) -> tuple[Relation, ...]:
        """Relations that more than one place reads, in the order of their making."""
        texts = [output.relation.sql for output in self._outputs] + [buffer.feed for buffer in buffers]
        counts: Counter[str] = Counter()
        known = {relation.name: relation for relation in self._relations if relation.sql}
        seen: set[str] = set()
        while texts:
            for name in REFERENCE.findall(texts.pop()):
                counts[name] += 1
                if name in known and name not in seen:
                    seen.add(name)
                    texts.append(known[name].sql)
        return tuple(relation for relation in known.values() if counts[relation.name] > 1)


def _sources(select: Select) -> list[Source]:
    return [select.source, *(join.source for join in select.joins)]


def _by_place(parts: list[Relation]) -> Columns:
    names = [name for name, _ in parts[0].columns.values()]
    kinds = [
        common([Value("", kind) for _, kind in column])
        for column in zip(*(list(part.columns.values()) for part in parts), strict=True)
    ]
    return {name.lower(): (name, kind) for name, kind in zip(names, kinds, strict=True)}


def _by_name(parts: list[Relation]) -> Columns:
    found: dict[str, tuple[str, list[Kind]]] = {}
    for part in parts:
        for key, (name, kind) in part.columns.items():
            found.setdefault(key, (name, []))[1].append(kind)
    return {key: (name, common([Value("", kind) for kind in kinds])) for key, (name, kinds) in found.items()}


def _shaped(part: Relation, columns: Columns, is_open: bool) -> str:
    """A part of a UNION with the columns of all of it."""
    own = part.columns if is_open else dict(zip(columns, part.columns.values(), strict=True))
    chosen = []
    for key, (name, kind) in columns.items():
        value = Value(quote(own[key][0]), own[key][1]) if key in own else NULL
        chosen.append(f"cast({as_kind(value, kind)} as {STORED[kind]}) as {quote(name)}")
    if is_open:
        chosen.append(f"{quote(RECORD) if part.open else 'cast(null as varchar)'} as {quote(RECORD)}")
    chosen += [quote(name) for name in HIDDEN]
    return f"select {', '.join(chosen)} from {reference(part.name)}"
