"""A project over files: its query's rows without any service, and the cases of test/testConfig.json.

Inputs are the project's InputMock files, or those that are named; each is read whole, as one batch, and time then goes
on to the end of all windows. An event arrives at its EventEnqueuedUtcTime if it has one, else now.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import msgspec

from local_azure.stream_analytics import shapes, texts
from local_azure.stream_analytics.check import compiled
from local_azure.stream_analytics.engine import FOREVER, Engine
from local_azure.stream_analytics.errors import JobError, QueryErrors
from local_azure.stream_analytics.events import MOST, Event
from local_azure.stream_analytics.parser import parse
from local_azure.stream_analytics.project import LOCAL, LocalInput, Project, StreamInput, mock
from local_azure.stream_analytics.reference import Reference, read, read_reference
from local_azure.stream_analytics.relations import Plan, Relation
from local_azure.stream_analytics.rows import plain, records
from local_azure.stream_analytics.scope import PARTITION, SEQUENCE
from local_azure.stream_analytics.syntax import Source, walk

Row = dict[str, Any]
ORDER = [(PARTITION, "ascending"), (SEQUENCE, "ascending")]


@dataclass(frozen=True)
class Result:
    """Rows by output, in ISO 8601 and JSON's types, and those of the steps that were asked for."""

    outputs: dict[str, list[Row]]
    steps: dict[str, list[Row]]
    invalid: int


def run(project: Project, inputs: Mapping[str, LocalInput], steps: Sequence[str] = ()) -> Result:
    """Run a project's query over local inputs, by lower-case alias. Raises JobError."""
    project = _known(project, inputs)
    plan, references = compiled(project, _references(project, inputs), any_output=True)
    unbound = [each.alias for each in plan.inputs if each.alias.lower() not in inputs]
    if unbound:
        raise JobError(f"input {unbound[0]} has no file: give one by --input {unbound[0]}=FILE, or an InputMock")
    engine = Engine(plan, references, replace(project.policy, late=None, disorder=timedelta(0)))
    try:
        engine.check()
        return _run(engine, plan, inputs, steps)
    finally:
        engine.close()


def _run(engine: Engine, plan: Plan, inputs: Mapping[str, LocalInput], steps: Sequence[str]) -> Result:
    outputs: dict[str, list[Row]] = {each.alias: [] for each in plan.outputs}
    batch = {each.alias: events(inputs[each.alias.lower()]) for each in plan.inputs}
    fed = engine.feed(batch)
    shown = {
        name: [plain(row) for row in records(step, engine.rows(step).sort_by(ORDER))]
        for name, step in _asked(plan, steps)
    }
    at_once = [(output, table.sort_by(ORDER)) for output, table in fed.rows]
    for output, table in [*at_once, *engine.emit(FOREVER)]:
        outputs[output.alias] += [plain(row) for row in records(output.relation, table)]
    return Result(outputs, shown, fed.invalid)


def _asked(plan: Plan, steps: Sequence[str]) -> list[tuple[str, Relation]]:
    found = []
    for name in steps:
        step = plan.steps.get(name.lower())
        if step is None:
            raise JobError(f"the query has no step {name}; it has {', '.join(plan.steps) or 'none'}")
        if step.stateful and not any(step is each for each in _reached(plan)):
            raise JobError(f"step {name} is read by no output")
        found.append((name, step))
    return found


def _reached(plan: Plan) -> list[Relation]:
    queue, found = [output.relation for output in plan.outputs], []
    while queue:
        relation = queue.pop()
        found.append(relation)
        queue += relation.sources
    return found


def _known(project: Project, inputs: Mapping[str, LocalInput]) -> Project:
    """The project with the inputs that are given, as the query will see them."""
    known = {each.alias.lower() for each in project.streams} | {each.alias.lower() for each in project.references}
    more = tuple(
        StreamInput(each.alias, LOCAL) for alias, each in inputs.items() if alias not in known and not each.is_reference
    )
    streams = (*project.streams, *more)
    return replace(
        project, streams=tuple(replace(each, hub=_hub(each, inputs.get(each.alias.lower()))) for each in streams)
    )


def _hub(stream: StreamInput, given: LocalInput | None) -> str | None:
    """A file has none of the hub's columns, but where it brings the time of arrival."""
    if given is None or not given.path.is_file():
        return None
    text = given.path.read_text(encoding="utf-8-sig", errors="replace")
    return (stream.hub or stream.alias) if "EventEnqueuedUtcTime" in text else None


def _references(project: Project, inputs: Mapping[str, LocalInput]) -> list[Reference]:
    found = {each.alias.lower(): each for each in project.references if each.alias.lower() not in inputs}
    loaded = [read(each) for each in found.values()]
    named = {each.alias.lower() for each in project.references}
    return loaded + [
        read_reference(each.alias, each.path, is_csv=each.format == "csv", delimiter=each.delimiter)
        for alias, each in inputs.items()
        if each.is_reference or alias in named
    ]


def events(source: LocalInput) -> list[Event]:
    """The events of a file. Raises JobError for one that cannot be read."""
    what = f"input {source.alias}"
    if source.format == "csv":
        _, rows = texts.csv_records(source.path, what, source.delimiter)
        bodies = [msgspec.json.encode(row) for row in rows]
    elif source.format == "json":
        bodies = texts.json_objects(source.path, what)
    else:
        raise JobError(f"{what}: a local file is JSON or CSV here, not {source.format}")
    now = datetime.now(UTC).replace(tzinfo=None)
    return [_event(body, place, now, what) for place, body in enumerate(bodies)]


class Arrival(msgspec.Struct):
    """What a file may tell of how an event came."""

    EventEnqueuedUtcTime: str | None = None
    PartitionId: Annotated[int, msgspec.Meta(ge=0, le=MOST)] | None = None
    PartitionKey: Any = None


def _event(body: bytes, place: int, now: datetime, what: str) -> Event:
    """An event of a file; one that is no JSON of the service is counted with the others where they are read."""
    try:
        arrival = msgspec.json.decode(body, type=Arrival, strict=False)
        moment = _utc(arrival.EventEnqueuedUtcTime) or now
    except (msgspec.ValidationError, OverflowError) as error:
        raise JobError(f"{what}: event {place + 1}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        arrival, moment = Arrival(), now
    except ValueError as error:
        raise JobError(f"{what}: event {place + 1}: EventEnqueuedUtcTime: {error}") from error
    metadata = json.dumps({"Offset": str(place), "PartitionKey": arrival.PartitionKey, "User": {}})
    return Event(body, arrival.PartitionId or 0, place, moment, metadata)


def _utc(text: str | None) -> datetime | None:
    moment = datetime.fromisoformat(text) if text else None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment


def mocks(project: Project, given: Sequence[str] = ()) -> dict[str, LocalInput]:
    """The project's local inputs, and those of `alias=file` in their place. Raises JobError."""
    found = {each.alias.lower(): each for each in project.mocks}
    references = {each.alias.lower() for each in project.references}
    nodes = walk(parse(project.query).queries) if given else ()
    read_by_query = {node.name.lower() for node in nodes if isinstance(node, Source)}
    for one in given:
        alias, sign, file = one.partition("=")
        if not sign:
            raise JobError(f"--input {one}: write alias=file")
        if alias.lower() not in read_by_query:
            raise JobError(f"--input {one}: the query reads no {alias or 'input without a name'}")
        form = "csv" if file.lower().endswith(".csv") else "json"
        found[alias.lower()] = LocalInput(alias, Path(file), form, is_reference=alias.lower() in references)
    return found


@dataclass(frozen=True)
class Case:
    """One case of testConfig.json: its inputs, and what its outputs are to be."""

    name: str
    inputs: dict[str, LocalInput]
    expected: dict[str, Path]


def cases(project: Project, path: Path | None = None) -> list[Case]:
    """The cases of a testConfig.json (Microsoft Learn, "cicd-tools", "Automated test"). Raises JobError."""
    path = path or project.folder / "test" / "testConfig.json"
    config, _ = shapes.read(path, shapes.TestConfig)
    if not config.TestCases:
        raise JobError(f"{path} has no case")
    return [_case(path.parent, each) for each in config.TestCases]


def _case(folder: Path, case: shapes.Case) -> Case:
    inputs = [mock(folder, msgspec.to_builtins(each)) for each in case.Inputs]
    expected = {
        each.OutputAlias: folder / each.FilePath.replace("\\", "/") for each in case.ExpectedOutputs if each.Required
    }
    return Case(case.Name, {each.alias.lower(): each for each in inputs}, expected)


def differences(project: Project, case: Case) -> list[str]:
    """How the rows of a case differ from those expected, a line each: `-` is missing, `+` is too much."""
    try:
        found = run(project, case.inputs).outputs
        expected = {alias: _expected(path) for alias, path in case.expected.items()}
    except QueryErrors:
        raise
    except JobError as error:
        return [str(error)]
    by_alias = {alias.lower(): rows for alias, rows in found.items()}
    lines: list[str] = []
    for alias, wanted in expected.items():
        if alias.lower() not in by_alias:
            lines.append(f"{alias}: the query has no such output")
            continue
        lines += [f"{alias} {line}" for line in _compared(by_alias[alias.lower()], wanted)]
    return lines


def _expected(path: Path) -> list[Row]:
    return texts.json_records(path, "expected output")


def _compared(rows: list[Row], expected: list[Row]) -> list[str]:
    got, wanted = (Counter(json.dumps(_normal(row), sort_keys=True) for row in each) for each in (rows, expected))
    missing = [f"- {text}" for text in (wanted - got).elements()]
    return sorted(missing) + sorted(f"+ {text}" for text in (got - wanted).elements())


def _normal(value: Any) -> Any:
    """Whole floats as integers, so that 1 and 1.0 are one value."""
    if isinstance(value, dict):
        return {key: _normal(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_normal(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
