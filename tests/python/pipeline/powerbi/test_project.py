"""powerbi/ is what its generator makes of dbt's artifacts, and what Microsoft's schemas allow."""

from __future__ import annotations

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from pipeline.errors import PipelineError
from pipeline.powerbi import artifacts, figures, measures, project
from pipeline.powerbi.artifacts import Artifacts

PROJECT = Path(__file__).parents[4]
SCHEMAS = PROJECT.parent / "shared" / "data" / "pbir_schemas"
BASE = "https://developer.microsoft.com/json-schemas/"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("target")
    artifacts.parse_project(made)
    return made


@pytest.fixture(scope="module")
def read(folder: Path) -> Artifacts:
    return artifacts.read(folder)


@pytest.fixture(scope="module")
def made(read: Artifacts) -> dict[str, str]:
    return project.texts(read, project.configuration())


def renamed(read: Artifacts, mart: str, column: str) -> Artifacts:
    """The same project with another name for one column."""
    columns = {
        f"{name}_x" if name == column else name: one if name != column else dataclasses.replace(one, name=f"{name}_x")
        for name, one in read.marts[mart].columns.items()
    }
    return dataclasses.replace(read, marts=read.marts | {mart: dataclasses.replace(read.marts[mart], columns=columns)})


def test_what_is_committed_is_what_the_generator_makes(made: dict[str, str]) -> None:
    assert project.different(project.on_disk(), made) == []


def test_a_renamed_mart_column_is_named_with_measure_page_and_visual(read: Artifacts) -> None:
    with pytest.raises(PipelineError) as said:
        project.texts(renamed(read, "mart_sales_orders", "revenue_eur"), project.configuration())
    (line,) = [line for line in str(said.value).splitlines() if "(revenue):" in line]
    assert line.startswith("  measure 'Revenue (EUR)' (revenue): mart_sales_orders has no column revenue_eur")
    assert "page leaders, visual revenue_by_month" in line
    assert "'Average order value (EUR)'" in str(said.value)  # and what is made of it


def test_a_renamed_column_that_a_visual_is_cut_by_is_named_with_page_and_visual(read: Artifacts) -> None:
    with pytest.raises(PipelineError, match="page sales, visual revenue_by_channel: mart_sales_orders has no column"):
        project.texts(renamed(read, "mart_sales_orders", "channel"), project.configuration())


def test_a_visual_of_no_measure_is_named(read: Artifacts) -> None:
    config = copy.deepcopy(project.configuration())
    config["pages"]["sales"]["visuals"]["orders"][2] = ["ordres"]
    with pytest.raises(PipelineError, match="page sales, visual orders: there is no measure ordres"):
        project.texts(read, config)


def test_one_parameter_asks_every_table_at_each_look(read: Artifacts) -> None:
    tables = {
        path: text
        for path, text in project.texts(read, project.configuration("directQuery")).items()
        if "/tables/" in path and " = m\n" in text
    }
    assert len(tables) == len(read.marts)
    assert all("\t\tmode: directQuery\n" in text for text in tables.values())


def test_each_page_is_an_exposure_of_the_marts_and_metrics_that_it_shows(read: Artifacts, folder: Path) -> None:
    config, manifest = project.configuration(), json.loads((folder / "manifest.json").read_text())
    found, metrics = measures.build(read, config).found, {one["name"] for one in read.semantic["metrics"]}
    exposed = {one["name"]: one["depends_on"]["nodes"] for one in manifest["exposures"].values()}
    pages = {
        f"power_bi_{'data_quality' if name == 'quality' else name}": page for name, page in config["pages"].items()
    }
    assert exposed.keys() == pages.keys()
    for name, page in pages.items():
        specs = page["visuals"].values()
        shown = {measure for spec in specs for measure in spec[2]}
        places = {place for spec in specs for place in spec[3:]} | set(page.get("slicers", config["slicers"]))
        marts = {place.split(".")[0] for place in places} | {b.mart for one in shown for b in found[one].bases}
        assert marts <= {node.split(".")[-1] for node in exposed[name] if node.startswith("model.")}, name
        assert shown & metrics == {node.split(".")[-1] for node in exposed[name] if node.startswith("metric.")}, name


def test_large_facts_are_read_anew_by_month_and_no_row_without_a_day_is_lost(
    read: Artifacts, made: dict[str, str]
) -> None:
    config = project.configuration()
    orders = made["CustomerData.SemanticModel/definition/tables/Sales orders.tmdl"]
    assert "\trefreshPolicy\n\t\tpolicyType: basic\n" in orders
    assert orders.count("each [ordered_on] >= Date.From(RangeStart) and [ordered_on] < Date.From(RangeEnd)") == 2
    assert "expression RangeEnd" in made["CustomerData.SemanticModel/definition/expressions.tmdl"]
    asked = project.texts(read, config | {"storage": "directQuery"})
    assert not any("refreshPolicy" in text or "RangeStart" in text for text in asked.values())
    config["incremental"] = config["incremental"] | {"marts": ["mart_finance_documents"]}
    with pytest.raises(PipelineError, match="incremental names mart_finance_documents, whose booked_on may be null"):
        project.texts(read, config)


def test_a_chart_tells_more_where_the_pointer_rests(made: dict[str, str]) -> None:
    visual = json.loads(made["CustomerData.Report/definition/pages/sales/visuals/sales_revenue_by_channel/visual.json"])
    told = [one["nativeQueryRef"] for one in visual["visual"]["query"]["queryState"]["Tooltips"]["projections"]]
    assert told == ["Orders", "Average order value (EUR)"]


def container(made: dict[str, str], page: str, visual: str) -> str:
    """The words around a visual: title, note and alt text."""
    file = f"CustomerData.Report/definition/pages/{page}/visuals/{page}_{visual}/visual.json"
    return json.dumps(json.loads(made[file])["visual"]["visualContainerObjects"])


def test_a_visual_that_a_slicer_does_not_cut_says_so_as_the_slicer_does(made: dict[str, str]) -> None:
    note = container(made, "finance", "by_age")
    assert '"subTitle"' in note and "Not cut by month, country code, segment" in note
    assert "all visuals of the page but: How old the debt is." in container(made, "finance", "slicer_segment")
    assert "subTitle" not in container(made, "finance", "by_segment")
    assert "all visuals of the page." in container(made, "sales", "slicer_segment")


def test_every_figure_of_the_page_of_one_customer_is_of_that_customer(read: Artifacts) -> None:
    config = project.configuration()
    page, found = config["pages"]["customer"], measures.build(read, config).found
    shown = [found[name] for spec in page["visuals"].values() for name in spec[2]]
    assert [one.name for one in shown if not figures.reaches(one, page["drill_through"], read)] == []


def test_closed_tickets_stand_in_the_month_of_their_close(read: Artifacts, made: dict[str, str]) -> None:
    closed = measures.build(read, project.configuration()).found["tickets_closed_on_the_day"]
    tickets = made["CustomerData.SemanticModel/definition/tables/Support tickets.tmdl"]
    day = "USERELATIONSHIP ( 'Support tickets'[closed_at_day], 'Dates'[date_day] )"
    assert f"= CALCULATE ( COUNT ( 'Support tickets'[closed_at] ), {day} )" in tickets
    assert "month(cast(m.closed_at as date))" in figures.by_month(closed, read)


def test_a_measure_of_a_day_that_is_no_role_is_named(read: Artifacts) -> None:
    config = copy.deepcopy(project.configuration())
    config["measures"]["tickets_closed_on_the_day"]["day"] = "reopened_at"
    with pytest.raises(PipelineError, match="reopened_at is none of roles"):
        project.texts(read, config)


def test_a_storage_that_there_is_not_is_refused() -> None:
    with pytest.raises(PipelineError, match="neither import nor directQuery"):
        project.configuration("dual")


def registry() -> Registry[Any]:
    found = []
    for path in SCHEMAS.rglob("*.json"):
        schema = json.loads(path.read_text())
        found.append((f"{BASE}{path.relative_to(SCHEMAS)}", Resource.from_contents(schema)))
    return Registry().with_resources(found)


@pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason="Microsoft's schemas (microsoft/json-schemas) are not beside the project"
)
def test_every_json_file_fits_its_schema(made: dict[str, str]) -> None:
    known, faults, judged = registry(), [], 0
    for path, text in made.items():
        if path.endswith((".tmdl", "StaticResources/RegisteredResources/CustomerData.json")):
            continue
        value = json.loads(text)
        schema = known.get_or_retrieve(value["$schema"]).value.contents
        validator = jsonschema.validators.validator_for(schema)(schema, registry=known)
        faults += [f"{path}: {fault.json_path} {fault.message[:200]}" for fault in validator.iter_errors(value)]
        judged += 1
    assert not faults
    assert judged > 150
