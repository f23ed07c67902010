"""The JSON Schemas in the repository are those of the structs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ingestion import schemas
from ingestion.events import CONTRACTS, json_schema, schema_url

from .test_mapping import VALID


def test_regenerating_the_contracts_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "gone.v1.json").write_text("{}")
    schemas.write(tmp_path)
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text() for path in schemas.FOLDER.iterdir()}
    assert made == kept, "run python -m ingestion.schemas"


@pytest.mark.parametrize("event_type", sorted(CONTRACTS))
def test_a_contract_stands_where_its_events_say(event_type: str) -> None:
    path = Path(__file__).parents[3] / schema_url(event_type)
    assert json.loads(path.read_text()) == json_schema(event_type)


@pytest.mark.parametrize("name", VALID)
def test_a_schema_requires_what_its_contract_requires(name: str) -> None:
    schema = json_schema(f"{name}.v1")
    definition: dict[str, Any] = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    assert set(definition["required"]) <= set(VALID[name]) <= set(definition["properties"])


def test_patterns_of_the_schemas_hold_for_the_samples() -> None:
    definition = json_schema("finance.invoice.written_off.v1")["$defs"]["InvoiceWrittenOff"]["properties"]
    for field in ("currency", "amount"):
        assert re.search(definition[field]["pattern"], VALID["finance.invoice.written_off"][field])
