"""The project's own query on the engine: routing, quarantine, live figures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from local_azure.stream_analytics import project
from local_azure.stream_analytics.check import compiled
from local_azure.stream_analytics.engine import FOREVER, Engine
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.rows import records

from .conftest import MOMENT, PROJECT, event

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "evt-1",
    "source": "/api",
    "type": "sales.order.placed.v1",
    "subject": "C1",
    "time": "2026-07-01T14:00:00+02:00",
    "dataschema": "contracts/x",
    "data": '{ "amount" :1.50,"caf\\u00e9": null}',
}


def routed(body: bytes) -> tuple[str, dict[str, Any]]:
    """The one output that one message goes to, and its row."""
    engine = Engine(*compiled(project.load(PROJECT)))
    fed = engine.feed({"customer-events": [event(body, 7, partition=3)]})
    ((output, rows),) = [(output, rows) for output, rows in fed.rows if rows.num_rows]
    engine.close()
    (row,) = records(output.relation, rows)
    return output.alias, row


@pytest.mark.parametrize("domain", ["sales", "Sales", "MARKETING", "support", "finance", "customer"])
def test_an_event_goes_to_its_department_whatever_the_case(domain: str) -> None:
    alias, row = routed(json.dumps(GOOD | {"type": f"{domain}.x.v1"}).encode())
    assert alias == f"raw-{domain.lower()}"
    assert row["event_type"] == f"{domain}.x.v1"


def test_a_row_carries_the_envelope_and_the_payloads_own_text() -> None:
    assert routed(json.dumps(GOOD).encode())[1] == {
        "event_id": "evt-1",
        "event_type": "sales.order.placed.v1",
        "event_source": "/api",
        "customer_id": "C1",
        "occurred_at": MOMENT.replace(second=0),
        "data_schema": "contracts/x",
        "payload": '{ "amount" :1.50,"caf\\u00e9": null}',
        "enqueued_at": MOMENT,
        "partition_id": 3,
        "sequence_number": 7,
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "id is missing"),
        ({"id": ""}, "id is missing"),
        ({"type": None}, "type is missing or has no domain"),
        ({"type": "sales"}, "type is missing or has no domain"),
        ({"type": ".order.v1"}, "type is missing or has no domain"),
        ({"subject": None}, "subject is missing"),
        ({"subject": ""}, "subject is missing"),
        ({"time": None}, "time is missing or no timestamp"),
        ({"time": "yesterday"}, "time is missing or no timestamp"),
        ({"time": 5}, "time is missing or no timestamp"),
        ({"data": None}, "data is missing or no text"),
        ({"data": {"amount": 1}}, "data is missing or no text"),
        ({"specversion": None}, "specversion is not 1.0"),
        ({"specversion": "0.3"}, "specversion is not 1.0"),
        ({"type": "loyalty.points.v1"}, "unknown department"),
    ],
)
def test_a_broken_envelope_is_quarantined_with_its_reason(change: dict[str, Any], reason: str) -> None:
    alias, row = routed(json.dumps(GOOD | change).encode())
    assert (alias, row["reason"]) == ("raw-quarantine", reason)


def test_an_empty_object_is_quarantined() -> None:
    assert routed(b"{}")[0] == "raw-quarantine"


def test_live_figures_count_events_and_customers_of_good_events_only() -> None:
    engine = Engine(*compiled(project.load(PROJECT)))
    bodies = [GOOD, GOOD | {"id": "2"}, GOOD | {"id": "3", "subject": "C2"}, GOOD | {"time": None}]
    engine.feed({"customer-events": [event(json.dumps(body).encode()) for body in bodies]})
    ((output, rows),) = engine.emit(FOREVER)
    engine.close()
    assert records(output.relation, rows) == [
        {"department": "sales", "window_end": MOMENT.replace(minute=1, second=0), "events": 3, "customers": 2}
    ]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECT, tmp_path / "project"))


def test_a_missing_file_is_one_line(copy: Path) -> None:
    (copy / "Inputs" / "departments.json").unlink()
    with pytest.raises(JobError, match=r"cannot read .*departments.json"):
        project.load(copy)


def test_missing_reference_data_are_one_line(copy: Path) -> None:
    (copy / "reference" / "departments.csv").unlink()
    with pytest.raises(JobError, match="reference data departments: no file"):
        compiled(project.load(copy))


def test_a_damaged_file_is_one_line(copy: Path) -> None:
    (copy / "JobConfig.json").write_text("{")
    with pytest.raises(JobError, match="is no JSON"):
        project.load(copy)


def test_an_output_that_the_project_does_not_have_is_refused(copy: Path) -> None:
    query = copy / "customer_events.asaql"
    query.write_text(query.read_text().replace("[raw-sales]", "[raw-elsewhere]"))
    with pytest.raises(JobError, match="the project has no such output"):
        compiled(project.load(copy))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("EventsOutOfOrderMaxDelayInSeconds", 600), ("EventsLateArrivalMaxDelayInSeconds", 1_814_400)],
)
def test_a_time_policy_that_the_service_does_not_take_is_refused(copy: Path, setting: str, value: int) -> None:
    config = json.loads((copy / "JobConfig.json").read_text())
    (copy / "JobConfig.json").write_text(json.dumps(config | {setting: value}))
    with pytest.raises(JobError, match=setting):
        project.load(copy)
