"""A Stream Analytics project as the VS Code extension and the CI package lay it out: asaproj.json names the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_azure.stream_analytics.errors import JobError


@dataclass(frozen=True)
class StreamInput:
    """An event hub and the consumer group that reads it."""

    alias: str
    hub: str
    consumer_group: str


@dataclass(frozen=True)
class ReferenceInput:
    """A CSV file of reference data, in the project's `reference` folder."""

    alias: str
    path: Path


@dataclass(frozen=True)
class DeltaOutput:
    """A Delta table below the lake, and how many rows are gathered before they are written."""

    alias: str
    table: str
    rows: int


@dataclass(frozen=True)
class WarehouseOutput:
    """A table of a Synapse dedicated pool."""

    alias: str
    table: str


@dataclass(frozen=True)
class Project:
    """All that a job is made of."""

    query: str
    stream: StreamInput
    references: tuple[ReferenceInput, ...]
    outputs: tuple[DeltaOutput | WarehouseOutput, ...]
    late_tolerance: float
    """Seconds (EventsLateArrivalMaxDelayInSeconds)."""


def load(folder: Path) -> Project:
    """Read the project in `folder`. Raises JobError for a file that is missing or says too little."""
    plan = _json(folder / "asaproj.json")
    try:
        files = [(one["subType"], _json(folder / one["filePath"])) for one in plan["configurations"]]
        config = next(content for kind, content in files if kind == "JobConfig")
        inputs = [content for kind, content in files if kind == "Input"]
        return Project(
            query=(folder / plan["startFile"]).read_text(),
            stream=_stream([one for one in inputs if one["Type"] == "Data Stream"]),
            references=tuple(_reference(folder, one) for one in inputs if one["Type"] == "Reference Data"),
            outputs=tuple(_output(content) for kind, content in files if kind == "Output"),
            late_tolerance=_late_tolerance(config),
        )
    except KeyError as error:
        raise JobError(f"the project in {folder} lacks {error}") from error
    except StopIteration:
        raise JobError(f"asaproj.json in {folder} names no JobConfig") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except OSError as error:
        raise JobError(f"cannot read {path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise JobError(f"{path} is no JSON: {error}") from error
    return content


def _late_tolerance(config: dict[str, Any]) -> float:
    """Seconds. Raises JobError for a policy that the runner does not follow."""
    if config["EventsOutOfOrderMaxDelayInSeconds"] != 0:
        raise JobError("EventsOutOfOrderMaxDelayInSeconds must be 0 here: events keep the order of their partition")
    seconds = float(config["EventsLateArrivalMaxDelayInSeconds"])
    if seconds < 0:
        raise JobError("EventsLateArrivalMaxDelayInSeconds must be 0 or more here; -1 would wait for ever")
    return seconds


def _stream(found: list[dict[str, Any]]) -> StreamInput:
    if len(found) != 1:
        raise JobError(f"this runner reads one data stream, the project has {len(found)}")
    properties = found[0]["EventHubProperties"]
    return StreamInput(found[0]["InputAlias"], properties["EventHubName"], properties["ConsumerGroupName"])


def _reference(folder: Path, content: dict[str, Any]) -> ReferenceInput:
    if content["Format"] != "Csv":
        raise JobError(f"{content['InputAlias']}: reference data must be CSV here, not {content['Format']}")
    pattern = content["BlobReferenceProperties"]["PathPattern"]
    if "{" in pattern or Path(pattern).name != pattern:
        raise JobError(f"{content['InputAlias']}: PathPattern must be a plain file name here, not {pattern}")
    return ReferenceInput(content["InputAlias"], folder / "reference" / pattern)


def _output(content: dict[str, Any]) -> DeltaOutput | WarehouseOutput:
    alias, kind = content["OutputAlias"], content["DataSourceType"]
    if kind == "SQL Data Warehouse":
        return WarehouseOutput(alias, content["SqlDataWarehouseProperties"]["Table"])
    if kind == "Blob Storage" and content["Serialization"]["Type"] == "Delta":
        return DeltaOutput(alias, content["Serialization"]["DeltaTablePath"], content["SizeWindow"])
    raise JobError(f"{alias}: outputs are Delta or SQL Data Warehouse here, not {kind}")
