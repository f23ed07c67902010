"""A Stream Analytics project as the VS Code extension and the CI package lay it out: asaproj.json names the rest.

Files of the extension's exports name inputs and outputs by `Name`; those of local inputs (InputMock), and of projects
written before, by `InputAlias` and `OutputAlias`. Both are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from local_azure.stream_analytics import javascript, shapes, texts
from local_azure.stream_analytics.clock import Policy
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.javascript import Function
from local_azure.stream_analytics.levels import LEVELS, NEWEST
from local_azure.stream_analytics.slices import Pattern

LOCAL = "local file"
"""The kind of an input that only an InputMock declares."""
DELIMITERS = {"comma": ",", "semicolon": ";", "space": " ", "tab": "\t", "verticalbar": "|", "vertical": "|"}


@dataclass(frozen=True)
class StreamInput:
    """A data stream; `hub` and `consumer_group` where it is an event hub; `form` where its events are no plain JSON."""

    alias: str
    kind: str
    hub: str | None = None
    consumer_group: str = "$Default"
    form: str | None = None

    @property
    def unread(self) -> str | None:
        """Why a job cannot read it here, or None."""
        what = self.kind if self.hub is None else self.form
        return (
            what and f"{self.alias}: a job reads event hubs with JSON here, not {what}; `run` takes a file in its place"
        )


@dataclass(frozen=True)
class ReferenceInput:
    """A file of reference data in the project's `reference` folder, or, by a `pattern`, slices in time."""

    alias: str
    path: Path
    is_csv: bool = True
    delimiter: str = ","
    pattern: Pattern | None = None

    @property
    def is_there(self) -> bool:
        return bool(self.pattern.slices()) if self.pattern else self.path.is_file()


@dataclass(frozen=True)
class LocalInput:
    """A file in an input's place (InputMock)."""

    alias: str
    path: Path
    format: str
    delimiter: str = ","
    is_reference: bool = False


@dataclass(frozen=True)
class DeltaOutput:
    """A Delta table below the lake, and how many rows are gathered before they are written."""

    alias: str
    table: str
    rows: int


@dataclass(frozen=True)
class WarehouseOutput:
    """A table of a Synapse dedicated pool, or of a SQL database, which is written by the same road."""

    alias: str
    table: str
    is_pool: bool = True


@dataclass(frozen=True)
class FileOutput:
    """Files of a container: JSON lines, CSV or Parquet."""

    alias: str
    container: str
    pattern: str
    format: str
    delimiter: str = ","


@dataclass(frozen=True)
class HubOutput:
    """An event hub."""

    alias: str
    hub: str
    partition_key: str | None = None


@dataclass(frozen=True)
class OtherOutput:
    """An output that a query may name and that nothing here writes."""

    alias: str
    kind: str


Output = DeltaOutput | WarehouseOutput | FileOutput | HubOutput | OtherOutput


@dataclass(frozen=True)
class Project:
    """All that a job is made of."""

    folder: Path
    query_file: str
    query: str
    streams: tuple[StreamInput, ...]
    references: tuple[ReferenceInput, ...]
    outputs: tuple[Output, ...]
    policy: Policy
    drop_errors: bool = False
    """OutputErrorPolicy Drop."""
    level: str = NEWEST
    storage: str | None = None
    """The job's storage account, which the Synapse output needs (azure-synapse-analytics-output)."""
    mocks: tuple[LocalInput, ...] = field(default=())
    functions: tuple[Function, ...] = ()


def load(folder: Path) -> Project:
    """Read the project in `folder`, or named by an asaproj.json. Raises JobError for a file that says too little."""
    plan_file = folder if folder.is_file() else folder / "asaproj.json"
    folder = plan_file.parent
    if plan_file.suffix == ".asaproj" or (not plan_file.is_file() and any(folder.glob("*.asaproj"))):
        raise JobError(
            f"{folder} has a project of Visual Studio; those of VS Code, with an asaproj.json, are read here"
        )
    plan, _ = shapes.read(plan_file, shapes.Plan)
    listed = [(one.subType, folder / one.filePath.replace("\\", "/")) for one in plan.configurations]
    functions = tuple(_made(path, javascript.load, path, kind) for kind, path in listed if _is_function(kind))
    files = [
        File(kind.lower(), path, shapes.read(path, shapes.File)[1]) for kind, path in listed if not _is_function(kind)
    ]
    config = next((each for each in files if each.kind == "jobconfig"), File("jobconfig", plan_file, {}))
    found: Project = _made(config.path, _project, folder, plan.startFile, config.content, files)
    return replace(found, functions=functions)


@dataclass(frozen=True)
class File:
    """A file of the project: its subType in lower case, and what it holds."""

    kind: str
    path: Path
    content: dict[str, Any]


def _made(path: Path, make: Callable[..., Any], *given: Any) -> Any:
    """What a file's content becomes. Raises JobError for one that lacks something."""
    try:
        return make(*given)
    except KeyError as error:
        raise JobError(f"{path} lacks {error.args[0]}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise JobError(f"{path} has another shape than such a file has: {error}") from error


def _is_function(kind: str) -> bool:
    """Whether a file's subType is one of functions, such as JSFunctionConfig."""
    return any(word in kind.lower() for word in ("function", "udf", "uda"))


def _project(folder: Path, start: str, config: dict[str, Any], files: list[File]) -> Project:
    inputs = [each for each in files if each.kind == "input"]
    mocks = tuple(_made(each.path, mock, each.path.parent, each.content) for each in files if each.kind == "inputmock")
    streams = tuple(_made(each.path, _stream, each.content) for each in inputs if not _is_reference(each.content))
    references = tuple(
        _made(each.path, _reference, folder, each.content) for each in inputs if _is_reference(each.content)
    )
    outputs = tuple(_made(each.path, _output, each.content) for each in files if each.kind == "output")
    for named in ([*streams, *references], outputs):
        _refuse_twice([each.alias for each in named])
    level = str(config.get("CompatibilityLevel") or NEWEST)
    if level not in LEVELS:
        raise JobError(f"CompatibilityLevel {level} is none of {', '.join(LEVELS)}")
    return Project(
        folder=folder,
        query_file=start,
        query=texts.text(folder / start),
        streams=streams + _tried_streams(streams, mocks),
        references=_tried_references(references, mocks),
        outputs=outputs,
        policy=_policy(config),
        drop_errors=_one_of(config, "OutputErrorPolicy", "Retry", "Drop", "Stop") != "retry",
        level=level,
        storage=(config.get("GlobalStorage") or {}).get("AccountName"),
        mocks=mocks,
    )


def _refuse_twice(names: list[str]) -> None:
    counted = Counter(name.lower() for name in names)
    if twice := [name for name in names if counted[name.lower()] > 1]:
        raise JobError(f"two inputs, or two outputs, of the project are called {twice[0]}")


def _one_of(config: dict[str, Any], name: str, *known: str) -> str:
    """A setting in lower case, the first of those known where there is none. Raises JobError for another."""
    found = str(config.get(name) or known[0])
    if found.lower() not in [each.lower() for each in known]:
        raise JobError(f"{name} {found} is none of {', '.join(known)}")
    return found.lower()


def mock(folder: Path, content: dict[str, Any]) -> LocalInput:
    """A local input as its file says. Raises KeyError for one that says too little."""
    is_reference = _is_reference(content)
    path = folder / content["FilePath"].replace("\\", "/")
    kind = str(content.get("Format") or "Json").lower()
    return LocalInput(_name(content), path, kind, _delimiter(content), is_reference)


def _tried_streams(streams: tuple[StreamInput, ...], mocks: tuple[LocalInput, ...]) -> tuple[StreamInput, ...]:
    """Streams that only a local input declares: a project may be tried before it has any service."""
    known = {each.alias.lower() for each in streams}
    names = dict.fromkeys(each.alias for each in mocks if not each.is_reference and each.alias.lower() not in known)
    return tuple(StreamInput(name, LOCAL) for name in names)


def _tried_references(
    declared: tuple[ReferenceInput, ...], mocks: tuple[LocalInput, ...]
) -> tuple[ReferenceInput, ...]:
    """Reference data, from the local input where the container's own file is not here."""
    local = {
        each.alias.lower(): ReferenceInput(each.alias, each.path, each.format == "csv", each.delimiter)
        for each in mocks
        if each.is_reference
    }
    kept = [local.pop(each.alias.lower(), each) if not each.is_there else each for each in declared]
    known = {each.alias.lower() for each in kept}
    return (*kept, *(each for alias, each in local.items() if alias not in known))


def _is_reference(content: dict[str, Any]) -> bool:
    return str(content.get("Type") or "Data Stream").lower() == "reference data"


def _policy(config: dict[str, Any]) -> Policy:
    late, disorder = (
        float(default if config.get(name) is None else config[name])
        for name, default in (("EventsLateArrivalMaxDelayInSeconds", 5), ("EventsOutOfOrderMaxDelayInSeconds", 0))
    )
    if late > 1_814_399 or not 0 <= disorder <= 599:
        raise JobError(
            "EventsLateArrivalMaxDelayInSeconds is 1814399 at most, EventsOutOfOrderMaxDelayInSeconds 0 to 599"
        )
    drop = _one_of(config, "EventsOutOfOrderPolicy", "Adjust", "Drop") == "drop"
    return Policy(None if late < 0 else timedelta(seconds=late), timedelta(seconds=disorder), drop)


def _serialization(content: dict[str, Any]) -> str:
    return str((content.get("Serialization") or {}).get("Type") or content.get("Format", "Json")).lower()


def _delimiter(content: dict[str, Any]) -> str:
    """CSV's separator, as a word or as itself."""
    named = (content.get("Serialization") or {}).get("FieldDelimiter") or (content.get("CsvProperties") or {}).get(
        "EventDelimiter", "comma"
    )
    word = str(named).split("(")[0].strip().lower()
    return DELIMITERS.get(word, str(named) if len(str(named)) == 1 else ",")


def _name(content: dict[str, Any]) -> str:
    return str(content.get("InputAlias") or content.get("OutputAlias") or content["Name"])


def _stream(content: dict[str, Any]) -> StreamInput:
    kind = str(content["DataSourceType"])
    properties = content.get("EventHubProperties")
    if kind != "Event Hub" or properties is None:
        return StreamInput(_name(content), kind)
    group = properties.get("ConsumerGroupName") or "$Default"
    form, packed = _serialization(content), str(content.get("CompressionType") or "None")
    unlike = form if form != "json" else packed if packed.lower() != "none" else None
    return StreamInput(_name(content), kind, properties["EventHubName"], group, unlike)


def _reference(folder: Path, content: dict[str, Any]) -> ReferenceInput:
    alias, kind = _name(content), str(content.get("DataSourceType", "Blob Storage"))
    if not kind.startswith(("Blob", "Azure Data Lake")):
        raise JobError(f"{alias}: reference data come from a file here, not from {kind}")
    properties = content.get("BlobReferenceProperties") or content["BlobStorageProperties"]
    pattern = str(properties["PathPattern"])
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise JobError(f"{alias}: PathPattern {pattern} leads out of the container")
    here = folder / "reference"
    formats = (str(properties.get("DateFormat") or "YYYY/MM/DD"), str(properties.get("TimeFormat") or "HH"))
    slices = Pattern(here, pattern, *formats) if "{" in pattern else None
    return ReferenceInput(alias, here / pattern, _serialization(content) == "csv", _delimiter(content), slices)


def _output(content: dict[str, Any]) -> Output:
    alias, kind = _name(content), str(content["DataSourceType"])
    if kind == "SQL Data Warehouse":
        return WarehouseOutput(alias, _table(content["SqlDataWarehouseProperties"]["Table"]))
    if kind == "SQL Database" and (
        properties := content.get("SQLDatabaseProperties") or content.get("SqlDatabaseProperties")
    ):
        return WarehouseOutput(alias, _table(properties["Table"]), is_pool=False)
    if kind == "Event Hub":
        properties = content["EventHubProperties"]
        return HubOutput(
            alias, properties["EventHubName"], content.get("PartitionKey") or properties.get("PartitionKey")
        )
    if kind.startswith("Blob") and _serialization(content) != "avro":
        return _blob(alias, content)
    return OtherOutput(alias, kind)


def _table(name: str) -> str:
    """schema.table, without brackets."""
    plain = name.replace("[", "").replace("]", "")
    return plain if "." in plain else f"dbo.{plain}"


def _blob(alias: str, content: dict[str, Any]) -> Output:
    form = _serialization(content)
    if form == "delta":
        rows = content.get("MinimumRows") or content.get("SizeWindow") or 2000
        return DeltaOutput(alias, _inside(alias, content["Serialization"]["DeltaTablePath"]), int(rows))
    properties = content.get("BlobStorageProperties") or content.get("BlobProperties") or {}
    container = _inside(alias, str(properties.get("Container") or ""))
    _inside(alias, alias)
    return FileOutput(alias, container, str(properties.get("PathPattern") or ""), form, _delimiter(content))


def _inside(alias: str, path: str) -> str:
    """A place below the lake. Raises JobError for one that leads out of it."""
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise JobError(f"{alias}: {path} leads out of the lake")
    return path
