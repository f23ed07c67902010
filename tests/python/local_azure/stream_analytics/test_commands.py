"""run, test and check: for those who write queries, with no service at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from local_azure.stream_analytics.__main__ import app

from .conftest import PROJECT

pytestmark = pytest.mark.client("python -m local_azure.stream_analytics")

EVENTS = [{"t": f"2026-07-01T12:00:{second:02d}Z", "k": "ab"[second % 2], "v": second} for second in range(5)]


def told(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECT, tmp_path / "project"))


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A project of a query and a local input alone, as VS Code makes it before there is any service."""
    write(tmp_path / "asaproj.json", {"name": "p", "startFile": "q.asaql", "configurations": [
        {"filePath": "Inputs/Local_s.json", "subType": "InputMock"}]})  # fmt: skip
    mock = {
        "InputAlias": "s",
        "Type": "Data Stream",
        "Format": "Json",
        "FilePath": "events.json",
        "ScriptType": "InputMock",
    }
    write(tmp_path / "Inputs" / "Local_s.json", mock)
    write(tmp_path / "Inputs" / "events.json", EVENTS)
    (tmp_path / "q.asaql").write_text(
        "WITH odd AS (SELECT k, v FROM s TIMESTAMP BY t WHERE v % 2 = 1)\nSELECT k, SUM(v) AS v INTO o FROM odd GROUP BY k, Tumbling(minute, 1)"
    )
    return tmp_path


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(json.dumps(content))


def test_a_query_runs_over_local_files_and_shows_its_steps(bare: Path) -> None:
    ended = told("run", bare, "--step", "odd", "--diagram", "--out", bare / "out")
    assert ended.exit_code == 0, ended.output
    assert ended.output.splitlines() == [
        "input   s", "step    odd <- s", "output  o <- odd by window",
        "odd: 2 rows", '{"k": "b", "v": 1}', '{"k": "b", "v": 3}',
        "o: 1 rows", '{"k": "b", "v": 4}',
    ]  # fmt: skip
    assert (bare / "out" / "o.json").read_text() == '{"k": "b", "v": 4}\n'


def test_another_file_may_stand_in_an_inputs_place(bare: Path) -> None:
    (bare / "more.csv").write_text("t,k,v\n2026-07-01T12:00:00Z,z,7\n")
    assert '{"k": "z", "v": 7' in told("run", bare, "--input", f"s={bare / 'more.csv'}").output


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--input", "s"], "write alias=file"),
        (["--input", "s=nowhere.json"], "cannot read nowhere.json"),
        (["--step", "even"], "the query has no step even; it has odd"),
        (["--input", "zz=events.json"], "the query reads no zz"),
        (["--input", "=events.json"], "the query reads no input without a name"),
    ],
)
def test_what_cannot_be_run_is_one_line(bare: Path, arguments: list[str], reason: str) -> None:
    ended = told("run", bare, *arguments)
    assert ended.exit_code == 1 and reason in ended.stderr and len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"t": ', "events.json is no JSON of objects: "),
        (b"[[1]]", "it holds something else than objects"),
        (b'[{"EventEnqueuedUtcTime": "yesterday"}]', "event 1: EventEnqueuedUtcTime: "),
        (b'{}\n{"PartitionId": "abc"}', "event 2: Expected `int | null`, got `str`"),
        (b'{"EventEnqueuedUtcTime": "0001-01-01T00:00:00+14:00"}', "event 1: "),
        (b"\x1f\x8b", "packed by gzip; unpack it"),
    ],
)
def test_a_damaged_input_file_is_one_line(bare: Path, content: bytes, reason: str) -> None:
    (bare / "Inputs" / "events.json").write_bytes(content)
    ended = told("run", bare)
    assert ended.exit_code == 1 and reason in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_an_event_that_the_service_would_drop_is_left_out_and_told(bare: Path) -> None:
    (bare / "Inputs" / "events.json").write_bytes(json.dumps(EVENTS[1]).encode() + b'\n{"v": 1e999}\n{"v": NaN}')
    assert "2 events are no JSON object of Stream Analytics and were left out" in told("run", bare).stdout


def test_a_local_input_in_another_format_is_refused(bare: Path) -> None:
    mock = json.loads((bare / "Inputs" / "Local_s.json").read_text())
    write(bare / "Inputs" / "Local_s.json", mock | {"Format": "Avro"})
    assert "a local file is JSON or CSV here, not avro" in told("run", bare).stderr


def test_results_that_cannot_be_written_are_one_line(bare: Path) -> None:
    ended = told("run", bare, "--out", bare / "q.asaql")
    assert ended.exit_code == 1 and "cannot write" in ended.stderr


CASE = {
    "Name": "c",
    "Inputs": [{"InputAlias": "s", "Type": "Data Stream", "Format": "JSON", "FilePath": "..\\Inputs\\events.json"}],
    "ExpectedOutputs": [{"OutputAlias": "o", "FilePath": "o.json", "Required": True}],
}


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ([], "Expected `object`, got `array`"),
        ({}, "missing required field `TestCases`"),
        ({"TestCases": []}, "has no case"),
        ({"TestCases": ["c"]}, "at `$.TestCases[0]`"),
        ({"TestCases": [{"Name": "c"}]}, "missing required field `Inputs` - at `$.TestCases[0]`"),
        ({"TestCases": [CASE | {"Inputs": [{"FilePath": "x"}]}]}, "missing required field `InputAlias`"),
    ],
)
def test_a_damaged_test_configuration_is_one_line(bare: Path, config: Any, reason: str) -> None:
    write(bare / "test" / "testConfig.json", config)
    ended = told("test", bare)
    assert ended.exit_code == 1 and reason in ended.stderr and len(ended.stderr.splitlines()) == 1


def test_a_case_that_cannot_run_fails_alone_and_cases_of_one_name_are_two(bare: Path) -> None:
    lost = CASE | {"Inputs": [{"InputAlias": "s", "FilePath": "nowhere.json"}]}
    vague = CASE | {"ExpectedOutputs": [{"OutputAlias": "o", "FilePath": "nowhere.json"}]}
    ignored = CASE | {"ExpectedOutputs": [{"OutputAlias": "o", "FilePath": "[N/A]", "Required": False}]}
    write(bare / "test" / "testConfig.json", {"Script": "C:\\q.asaql", "TestCases": [lost, CASE, vague, ignored]})
    write(bare / "test" / "o.json", [{"k": "b", "v": 4}])
    ended = told("test", bare)
    assert [line.split()[0] for line in ended.stdout.splitlines() if not line.startswith("  ")] == [
        "FAIL",
        "ok",
        "FAIL",
        "ok",
    ]
    assert ended.exit_code == 1 and ended.stdout.count("cannot read") == 2


def test_the_projects_own_cases_hold() -> None:
    ended = told("test", PROJECT)
    assert ended.exit_code == 0, ended.output
    assert ended.output.count("ok ") == 3


def test_a_case_that_fails_shows_its_rows_and_is_told_as_junit(copy: Path) -> None:
    expected = copy / "test" / "minutes-live-department-kpis.json"
    expected.write_text(expected.read_text().replace('"events": 3', '"events": 4'))
    ended = told("test", copy, "--junit", copy / "junit.xml")
    assert ended.exit_code == 1
    assert '     live-department-kpis - {"customers": 2, "department": "sales", "events": 4' in ended.output
    assert '     live-department-kpis + {"customers": 2, "department": "sales", "events": 3' in ended.output
    suite = ElementTree.parse(copy / "junit.xml").getroot()  # noqa: S314
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")


def edit(folder: Path, old: str, new: str) -> None:
    query = folder / "customer_events.asaql"
    assert old in query.read_text()
    query.write_text(query.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("events.PartitionId AS partition_id", "TRY_CAST(events.id AS nvarchar(max)) AS partition_id",
         "column partition_id is nvarchar, and raw/raw_sales holds it as bigint; cast it"),
        ("partition_id, sequence_number, reason", "partition_id, sequence_number, reason, 1 AS more",
         "raw-quarantine: column more is not in raw/raw_quarantine; the service drops it without a word"),
        ("COUNT(*) AS events", "COUNT(*) AS events, 1 AS more", "live-department-kpis: column more is not in live.live_department_kpis; the insert fails"),
        ("LEN(event_id)", "LENGTH(event_id)", "function LENGTH is not in the language; write LEN"),
        ("INTO [raw-sales]", "INTO [raw-elsewhere]", "INTO [raw-elsewhere]: the project has no such output"),
    ],
)  # fmt: skip
def test_check_tells_what_the_job_would_meet(copy: Path, old: str, new: str, reason: str) -> None:
    edit(copy, old, new)
    ended = told("check", copy)
    assert ended.exit_code == 1 and reason in ended.stderr
    assert all(line.startswith("stream_analytics: ") for line in ended.stderr.splitlines())


def test_check_tells_an_output_that_nothing_here_writes_and_a_missing_storage_account(copy: Path) -> None:
    write(
        copy / "Outputs" / "raw-sales.json", {"Name": "raw-sales", "DataSourceType": "Power BI", "ScriptType": "Output"}
    )
    config = json.loads((copy / "JobConfig.json").read_text())
    write(copy / "JobConfig.json", config | {"GlobalStorage": {"AccountName": None}})
    ended = told("check", copy)
    assert "raw-sales: Power BI is not written here" in ended.stderr
    assert "live-department-kpis: the Synapse output needs GlobalStorage.AccountName" in ended.stderr


def test_a_job_without_the_storage_account_of_its_pool_output_does_not_start(copy: Path, tmp_path: Path) -> None:
    config = json.loads((copy / "JobConfig.json").read_text())
    write(copy / "JobConfig.json", config | {"GlobalStorage": {}})
    ended = told("--project", copy, "--lake", tmp_path / "lake", "--state", tmp_path / "state")
    assert ended.exit_code == 1
    assert "live-department-kpis: the Synapse output needs GlobalStorage.AccountName" in ended.stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"Serialization": {"Type": "Csv"}}, "csv"),
        ({"CompressionType": "GZip"}, "GZip"),
        ({"DataSourceType": "IoT Hub"}, "IoT Hub"),
    ],
)
def test_check_tells_an_input_that_the_job_cannot_read(copy: Path, change: dict[str, Any], what: str) -> None:
    path = copy / "Inputs" / "customer-events.json"
    write(path, json.loads(path.read_text()) | change)
    if what == "IoT Hub":
        edit(copy, "events.EventEnqueuedUtcTime AS", "CAST(events.EventEnqueuedUtcTime AS datetime) AS")
        edit(copy, "events.PartitionId AS", "CAST(events.PartitionId AS bigint) AS")
    ended = told("check", copy)
    assert ended.exit_code == 1 and f"a job reads event hubs with JSON here, not {what}" in ended.stderr


def test_a_bit_before_compatibility_level_1_2_is_refused(copy: Path) -> None:
    config = json.loads((copy / "JobConfig.json").read_text())
    write(copy / "JobConfig.json", config | {"CompatibilityLevel": "1.1"})
    edit(copy, "COUNT(*) AS events", "MAX(CAST(1 AS bit)) AS events")
    assert "bit needs compatibility level 1.2, the job has 1.1" in told("check", copy).stderr


def test_check_notes_what_costs_memory(bare: Path) -> None:
    write(
        bare / "Outputs" / "o.json", {"Name": "o", "DataSourceType": "Blob Storage", "Serialization": {"Type": "Json"}}
    )
    plan = json.loads((bare / "asaproj.json").read_text())
    plan["configurations"].append({"filePath": "Outputs/o.json", "subType": "Output"})
    write(bare / "asaproj.json", plan)
    (bare / "q.asaql").write_text("SELECT COUNT(*) AS n INTO o FROM s GROUP BY Tumbling(day, 2)")
    assert told("check", bare).stdout == "note: line 1: o keeps 48 h of events in memory\nthe query compiles\n"


@pytest.mark.parametrize(("level", "written"), [("1.2", "their JSON"), ("1.1", "the word Record or Array")])
def test_check_notes_columns_of_sql_that_may_be_records(copy: Path, level: str, written: str) -> None:
    config = json.loads((copy / "JobConfig.json").read_text())
    write(copy / "JobConfig.json", config | {"CompatibilityLevel": level})
    edit(copy, "    department,\n    System.Timestamp()", "    Collect() AS department,\n    System.Timestamp()")
    ended = told("check", copy)
    assert f"live-department-kpis: department may be a record or an array, and SQL gets {written};" in ended.stdout


def test_a_bigint_that_sql_would_cut_is_refused_below_level_1_2(copy: Path) -> None:
    config = json.loads((copy / "JobConfig.json").read_text())
    table = copy / "tables" / "warehouse.sql"
    table.write_text(table.read_text().replace("events bigint", "events int"))
    assert told("check", copy).exit_code == 0
    write(copy / "JobConfig.json", config | {"CompatibilityLevel": "1.1"})
    ended = told("check", copy)
    assert "column events is bigint, and live.live_department_kpis holds it as int: below" in ended.stderr
