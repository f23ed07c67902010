"""The project's own query on the engine: routing, quarantine, live figures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from local_azure.stream_analytics import project
from local_azure.stream_analytics.check import compiled
from local_azure.stream_analytics.clock import Policy
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


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("JobConfig.json", "{", "JobConfig.json is no JSON"),
        ("JobConfig.json", "[]", "JobConfig.json: Expected `object`, got `array`"),
        ("JobConfig.json", '{"GlobalStorage": "x"}', r"Expected `object | null`, got `str` - at `\$.GlobalStorage`"),
        ("JobConfig.json", '{"EventsLateArrivalMaxDelayInSeconds": "soon"}', "got `str` - at"),
        ("JobConfig.json", '{"CompatibilityLevel": "2.0"}', "CompatibilityLevel 2.0 is none of 1.0, 1.1, 1.2"),
        ("JobConfig.json", '{"OutputErrorPolicy": "Explode"}', "OutputErrorPolicy Explode is none of Retry, Drop"),
        ("JobConfig.json", '{"EventsOutOfOrderPolicy": "Explode"}', "EventsOutOfOrderPolicy Explode is none of Adjust"),
        ("asaproj.json", "", "asaproj.json is no JSON"),
        ("asaproj.json", "[" * 100_000, "asaproj.json"),
        ("asaproj.json", '{"startFile": "x.asaql"}', "missing required field `configurations`"),
        ("asaproj.json", '{"startFile": 5, "configurations": []}', r"got `int` - at `\$.startFile`"),
        ("asaproj.json", '{"startFile": "no.asaql", "configurations": []}', "cannot read .*no.asaql"),
        ("asaproj.json", '{"startFile": "x", "configurations": ["Inputs"]}', r"at `\$.configurations\[0\]`"),
        ("customer_events.asaql", "SELECT \u00e9", "customer_events.asaql is no UTF-8"),
        ("Inputs/customer-events.json", "null", "customer-events.json: Expected `object`, got `null`"),
        ("Inputs/customer-events.json", '{"Name": "x"}', "customer-events.json lacks DataSourceType"),
        ("Inputs/customer-events.json", '{"DataSourceType": "Event Hub"}', "customer-events.json lacks Name"),
        ("Inputs/departments.json", '{"Name": "d", "Type": "Reference data"}', "departments.json lacks BlobStorageProperties"),
        ("Outputs/raw-sales.json", '{"Name": "x"}', "raw-sales.json lacks DataSourceType"),
        ("Outputs/raw-sales.json", '{"Name": "raw-customer", "DataSourceType": "Power BI"}', "are called raw-customer"),
        ("Outputs/live-department-kpis.json", '{"Name": "x", "DataSourceType": "SQL Data Warehouse", "SqlDataWarehouseProperties": {}}', "missing required field `Table`"),
        ("Outputs/raw-sales.json", '{"Name": "x", "DataSourceType": "Blob Storage", "Serialization": {"Type": "Delta"}}', "raw-sales.json lacks DeltaTablePath"),
        ("Outputs/raw-sales.json", '{"Name": "x", "DataSourceType": "Blob Storage", "Serialization": {"Type": "Delta", "DeltaTablePath": "../x"}}', "x: ../x leads out of the lake"),
        ("Outputs/raw-sales.json", '{"Name": "x", "DataSourceType": "Blob Storage", "BlobStorageProperties": {"Container": "/etc"}}', "x: /etc leads out of the lake"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_line_with_its_name(copy: Path, file: str, content: str, reason: str) -> None:
    (copy / file).write_text(content, encoding="latin-1")
    with pytest.raises(JobError, match=reason) as refused:
        project.load(copy)
    assert len(str(refused.value).splitlines()) == 1


def test_a_project_of_visual_studio_is_refused_by_name(copy: Path) -> None:
    (copy / "asaproj.json").unlink()
    (copy / "p.asaproj").write_text("<Project/>")
    for path in (copy, copy / "p.asaproj"):
        with pytest.raises(JobError, match="a project of Visual Studio"):
            project.load(path)


def test_what_is_null_in_a_file_has_its_default(copy: Path) -> None:
    names = ("EventsLateArrivalMaxDelayInSeconds", "EventsOutOfOrderPolicy", "CompatibilityLevel", "OutputErrorPolicy")
    (copy / "JobConfig.json").write_text(json.dumps(dict.fromkeys(names)))
    loaded = project.load(copy)
    assert (loaded.policy, loaded.level, loaded.drop_errors) == (Policy(), "1.2", False)


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
