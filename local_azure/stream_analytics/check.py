"""Everything that can be known of a project before it runs: every finding at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from local_azure.stream_analytics.convert import FITS
from local_azure.stream_analytics.engine import Engine
from local_azure.stream_analytics.errors import JobError, QueryError, QueryErrors
from local_azure.stream_analytics.levels import NEWEST, PAGE
from local_azure.stream_analytics.parser import parse
from local_azure.stream_analytics.plan import OUTPUT, compile_script
from local_azure.stream_analytics.project import LOCAL, DeltaOutput, FileOutput, OtherOutput, Project, WarehouseOutput
from local_azure.stream_analytics.reference import Reference, read
from local_azure.stream_analytics.relations import Output, Plan
from local_azure.stream_analytics.sinks import FORMATS, unwritten

LONGEST_QUERY = 131_072
"""Characters (azure-subscription-service-limits, "Azure Stream Analytics limits")."""
STORAGE = "the Synapse output needs GlobalStorage.AccountName in JobConfig.json (azure-synapse-analytics-output)"
MOST = 60
"""Inputs, and outputs, of one job (the same page)."""
FAMILIES = (
    ("bigint", ("bigint", "long")), ("int", ("int", "integer")), ("smallint", ("smallint", "short")),
    ("tinyint", ("tinyint", "byte")), ("float", ("float", "double", "real")), ("decimal", ("decimal", "numeric")),
    ("string", ("string", "nvarchar", "varchar", "nchar", "char", "text", "ntext", "uniqueidentifier")),
    ("datetime", ("datetime", "datetime2", "datetimeoffset", "timestamp")), ("bit", ("bit", "boolean")),
)  # fmt: skip
_TABLE = re.compile(
    r"create\s+table\s+(?:if\s+not\s+exists\s+)?([\w.\[\]{}]+)\s*\((.*?)^\)(.*?)(?=^create|\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_COLUMN = re.compile(r"^\s*\[?(\w+)\]?\s+\[?(\w+)", re.MULTILINE)
_LOCATION = re.compile(r"location\s+'\{lake\}/([^']+)'", re.IGNORECASE)


def compiled(
    project: Project, references: Sequence[Reference] | None = None, *, any_output: bool = False
) -> tuple[Plan, list[Reference]]:
    """A project's plan and its reference data; `any_output` takes outputs that the project does not declare.

    Raises JobError; QueryErrors holds every finding of the query.
    """
    if references is None:
        references = [read(each) for each in project.references]
    hubs = {each.alias: each.hub is not None for each in project.streams}
    script = parse(project.query)
    sliced = [each.alias for each in references if each.slices]
    columns = {each.alias: each.columns for each in references}
    plan = compile_script(script, hubs, columns, sliced, project.functions, project.level)
    known = {each.alias.lower() for each in project.outputs} | {OUTPUT}
    unknown = [
        QueryError(each.position, f"INTO [{each.alias}]: the project has no such output")
        for each in plan.outputs
        if each.alias.lower() not in known
    ]
    if unknown and not any_output:
        raise QueryErrors(unknown)
    return plan, list(references)


def findings(project: Project, lake: Path | None = None) -> list[str]:
    """What is wrong with a project, a line each, in the order of the query."""
    try:
        plan, references = compiled(project)
        engine = Engine(plan, references, project.policy)
        try:
            engine.check()
        finally:
            engine.close()
    except JobError as error:
        return str(error).splitlines()
    unread = [each.unread for each in project.streams if each.unread and each.kind != LOCAL]
    return [*unread, *_limits(project), *without_storage(project), *_outputs(project, plan, lake)]


def notes(project: Project) -> list[str]:
    """What is allowed and costs, a line each."""
    plan, _ = compiled(project)
    found = []
    for output in plan.stateful:
        seconds = output.relation.reach / 1e6
        if seconds >= 3600:
            found.append(
                f"line {output.position.line}: {output.alias} keeps {seconds / 3600:.0f} h of events in memory"
            )
    return found + _nested(project, plan)


def _nested(project: Project, plan: Plan) -> list[str]:
    """A note for each SELECT into SQL that may give it records or arrays."""
    sql = {each.alias.lower() for each in project.outputs if isinstance(each, WarehouseOutput)}
    written = "their JSON" if project.level == NEWEST else "the word Record or Array"
    found = []
    for output in plan.outputs:
        relation = output.relation
        names = [name for name, kind in relation.columns.values() if kind == "any"] + ["*"] * relation.open
        if output.alias.lower() in sql and names:
            found.append(
                f"line {output.position.line}: {output.alias}: {', '.join(names)} may be a record or an array, and "
                f"SQL gets {written}; TRY_CAST what is none, take a field out of a record by its name or "
                f"GetRecordPropertyValue ({PAGE!r})"
            )
    return found


def _limits(project: Project) -> Iterator[str]:
    if len(project.query) > LONGEST_QUERY:
        yield f"the query has {len(project.query)} characters; the service takes {LONGEST_QUERY}"
    for what, count in (("inputs", len(project.streams) + len(project.references)), ("outputs", len(project.outputs))):
        if count > MOST:
            yield f"the project has {count} {what}; the service takes {MOST}"


def without_storage(project: Project) -> list[str]:
    """A finding for each output into a dedicated pool, where the job has no storage account: it does not start so."""
    pools = [each for each in project.outputs if isinstance(each, WarehouseOutput) and each.is_pool]
    return [] if project.storage else [f"{each.alias}: {STORAGE}" for each in pools]


def _outputs(project: Project, plan: Plan, lake: Path | None) -> Iterator[str]:
    declared = {each.alias.lower(): each for each in project.outputs}
    tables = _declared_tables(project.folder / "tables")
    for output in plan.outputs:
        target = declared.get(output.alias.lower())
        if target is None:
            yield f"line {output.position.line}: a SELECT without INTO goes to [{OUTPUT}], which the project has not"
        elif isinstance(target, OtherOutput) or (isinstance(target, FileOutput) and target.format not in FORMATS):
            yield f"line {output.position.line}: {unwritten(target)}"
        elif isinstance(target, DeltaOutput | WarehouseOutput):
            yield from _columns(
                output, target, project.level, tables.get(target.table.lower()) or _in_lake(target, lake)
            )


def _in_lake(target: DeltaOutput | WarehouseOutput, lake: Path | None) -> dict[str, str] | None:
    if lake is None or not isinstance(target, DeltaOutput):
        return None
    try:
        fields = DeltaTable(str(lake / target.table)).schema().fields
    except TableNotFoundError:
        return None
    return {field.name.lower(): str(getattr(field.type, "type", field.type)) for field in fields}


def _declared_tables(folder: Path) -> dict[str, dict[str, str]]:
    """Columns of the tables that the project's own tables/*.sql create, by name, and by place below the lake."""
    found = {}
    for path in sorted(folder.glob("*.sql")):
        for name, body, rest in _TABLE.findall(path.read_text()):
            columns = {column.lower(): kind.lower() for column, kind in _COLUMN.findall(body)}
            found[name.replace("[", "").replace("]", "").lower()] = columns
            if place := _LOCATION.search(rest):
                found[place[1].lower()] = columns
    return found


def _columns(
    output: Output, target: DeltaOutput | WarehouseOutput, level: str, table: dict[str, str] | None
) -> Iterator[str]:
    """Columns that the table lacks or cannot hold."""
    if table is None:
        return
    at = f"line {output.position.line}: {target.alias}"
    for key, (name, kind) in output.relation.columns.items():
        if key not in table:
            lost = "the service drops it without a word" if isinstance(target, DeltaOutput) else "the insert fails"
            yield f"{at}: column {name} is not in {target.table}; {lost}"
        elif kind in FITS and _family(table[key]) not in (None, *FITS[kind]):
            yield f"{at}: column {name} is {kind}, and {target.table} holds it as {table[key]}; cast it"
        elif level != NEWEST and kind == "bigint" and _family(table[key]) in ("int", "smallint", "tinyint"):
            yield (
                f"{at}: column {name} is bigint, and {target.table} holds it as {table[key]}: below compatibility "
                f"level 1.2 what does not fit is cut, which is not done here ({PAGE!r})"
            )


def _family(kind: str) -> str | None:
    return next((family for family, kinds in FAMILIES if kind.split("(")[0] in kinds), None)
