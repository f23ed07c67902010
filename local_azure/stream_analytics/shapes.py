"""The shape of a project's files, as far as they are read here: a value of another type is told by its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from local_azure.stream_analytics import texts
from local_azure.stream_analytics.errors import JobError

Text = str | None


class Entry(msgspec.Struct):
    """A file that asaproj.json names."""

    filePath: str
    subType: str


class Plan(msgspec.Struct):
    """asaproj.json."""

    startFile: str
    configurations: list[Entry]


class Serialization(msgspec.Struct):
    Type: Text = None
    FieldDelimiter: Text = None
    DeltaTablePath: Text = None


class CsvProperties(msgspec.Struct):
    EventDelimiter: Text = None


class EventHub(msgspec.Struct):
    EventHubName: str
    ConsumerGroupName: Text = None
    PartitionKey: Text = None


class Blob(msgspec.Struct):
    PathPattern: Text = None
    Container: Text = None
    DateFormat: Text = None
    TimeFormat: Text = None


class Sql(msgspec.Struct):
    Table: str


class Storage(msgspec.Struct):
    AccountName: Text = None


class File(msgspec.Struct):
    """An input, an output, a local input or JobConfig.json: what any of them may hold."""

    Name: Text = None
    InputAlias: Text = None
    OutputAlias: Text = None
    Type: Text = None
    DataSourceType: Text = None
    Format: Text = None
    FilePath: Text = None
    PartitionKey: Text = None
    CompressionType: Text = None
    Serialization: Serialization | None = None
    CsvProperties: CsvProperties | None = None
    EventHubProperties: EventHub | None = None
    BlobStorageProperties: Blob | None = None
    BlobReferenceProperties: Blob | None = None
    BlobProperties: Blob | None = None
    SqlDataWarehouseProperties: Sql | None = None
    SQLDatabaseProperties: Sql | None = None
    SqlDatabaseProperties: Sql | None = None
    MinimumRows: int | None = None
    SizeWindow: int | None = None
    GlobalStorage: Storage | None = None
    CompatibilityLevel: str | float | None = None
    EventsLateArrivalMaxDelayInSeconds: float | None = None
    EventsOutOfOrderMaxDelayInSeconds: float | None = None
    EventsOutOfOrderPolicy: Text = None
    OutputErrorPolicy: Text = None


class LocalFile(msgspec.Struct):
    """An input of a test case."""

    InputAlias: str
    FilePath: str
    Type: Text = None
    Format: Text = None


class Expected(msgspec.Struct):
    OutputAlias: str
    FilePath: str = ""
    Required: bool = True


class Case(msgspec.Struct):
    Name: str
    Inputs: list[LocalFile]
    ExpectedOutputs: list[Expected]


class TestConfig(msgspec.Struct):
    """testConfig.json; `Script` is for its readers alone (Microsoft Learn, "cicd-tools")."""

    TestCases: list[Case]


Shape = TypeVar("Shape", Plan, File, TestConfig)


def read(path: Path, shape: type[Shape]) -> tuple[Shape, dict[str, Any]]:
    """A file of JSON, once in its shape and once as it is, less its nulls. Raises JobError."""
    try:
        body = path.read_bytes().removeprefix(texts.BOM)
        content: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
        given = {name: value for name, value in content.items() if value is not None}
        return msgspec.convert(content, shape, strict=False), given
    except OSError as error:
        raise JobError(f"cannot read {path}: {error.strerror}") from error
    except msgspec.ValidationError as error:
        raise JobError(f"{path}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JobError(f"{path} is no JSON: {error}") from error
