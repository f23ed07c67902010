"""A job opens the raw tables that Stream Analytics can write, and no newer ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from deltalake import DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType

from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.sinks import DeltaSink

SCHEMA = Schema([Field("event_id", PrimitiveType("string"))])


def opened(path: Path, **configuration: str) -> DeltaSink:
    DeltaTable.create(
        str(path), SCHEMA, configuration={f"delta.{name}": value for name, value in configuration.items()}
    )
    return DeltaSink("raw-sales", path, [0], drop=False)


def test_a_table_as_lake_sql_makes_it_is_opened(tmp_path: Path) -> None:
    assert opened(tmp_path / "t", enableDeletionVectors="false").pending == 0


@pytest.mark.parametrize("feature", ["enableDeletionVectors", "enableChangeDataFeed"])
def test_a_table_of_a_newer_protocol_is_refused(tmp_path: Path, feature: str) -> None:
    with pytest.raises(JobError, match=r"raw-sales: .* has protocol \d/\d .*Stream Analytics writes 1/2"):
        opened(tmp_path / "t", **{feature: "true"})
