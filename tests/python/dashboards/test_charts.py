"""Charts say what they show, in an order that stays, in colours that can be read."""

from __future__ import annotations

import tomllib
from typing import Any

import pandas as pd
import pytest

from dashboards import charts
from dashboards.data import Definitions
from local_azure.stack import PROJECT
from pipeline.powerbi.artifacts import Artifacts
from pipeline.powerbi.measures import Measure
from pipeline.powerbi.project import configuration

AGEING, MONTH, DEPARTMENT = "mart_finance_ageing.bucket", "mart_dates.month", "mart_live_department_kpis.department"


def measure(name: str, label: str, unit: str) -> Measure:
    return Measure(name, label, "", "core", unit, "", (), "{0}")


@pytest.fixture(scope="module")
def known() -> Definitions:
    made = (measure("owed", "Owed (EUR)", "eur"), measure("paid", "Paid (EUR)", "eur"))
    return Definitions(Artifacts({}, {}, {}), configuration(), {one.name: one for one in made})


def drawn(kind: str, rows: dict[str, Any], by: list[str], names: list[str], known: Definitions) -> dict[str, Any]:
    found: dict[str, Any] = charts.chart(kind, pd.DataFrame(rows), by, names, known).to_dict()["encoding"]
    return found


def test_the_axis_of_one_measure_names_it(known: Definitions) -> None:
    found = drawn("column", {AGEING: ["overpaid"], "owed": [1]}, [AGEING], ["owed"], known)
    assert found["y"]["axis"]["title"] == "Owed (EUR)"


def test_measures_have_their_colours_in_the_order_in_which_they_are_asked_for(known: Definitions) -> None:
    rows = {MONTH: ["2026-01-01"], "paid": [1], "owed": [2]}
    found = drawn("line", rows, [MONTH], ["paid", "owed"], known)
    assert found["color"]["sort"] == ["Paid (EUR)", "Owed (EUR)"]
    assert found["y"]["axis"]["title"] is None


@pytest.mark.parametrize("departments", [["sales", "finance"], ["finance", "sales"]])
def test_a_label_keeps_its_colour_whatever_row_comes_first(known: Definitions, departments: list[str]) -> None:
    rows = {MONTH: ["2026-01-01"] * 2, DEPARTMENT: departments, "owed": [1, 2]}
    assert drawn("line", rows, [MONTH, DEPARTMENT], ["owed"], known)["color"]["sort"] == ["finance", "sales"]


@pytest.mark.parametrize(("kind", "axis"), [("bar", "y"), ("column", "x")])
def test_ages_stand_in_the_order_of_time(known: Definitions, kind: str, axis: str) -> None:
    found = drawn(kind, {AGEING: ["over 90 days", "1-30 days"], "owed": [9, 1]}, [AGEING], ["owed"], known)
    assert found[axis]["sort"].index("1-30 days") < found[axis]["sort"].index("over 90 days")


def test_labels_without_an_order_stand_by_their_figure(known: Definitions) -> None:
    found = drawn("bar", {"a.channel": ["web"], "owed": [9]}, ["a.channel"], ["owed"], known)
    assert found["y"]["sort"] == "-x"


def test_an_order_is_of_a_column_that_a_visual_is_cut_by() -> None:
    config = configuration()
    cut = {place for page in config["pages"].values() for _, _, _, *by in page["visuals"].values() for place in by}
    assert config["in_order"].keys() <= cut


THEMES = tomllib.loads((PROJECT / "dashboards" / ".streamlit" / "config.toml").read_text())["theme"]


def channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def luminance(colour: list[float]) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    linear = [one / 255 / 12.92 if one <= 10 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in colour]
    return sum(share * one for share, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(text: str, ground: str, opacity: float = 1) -> float:
    back = [float(one) for one in channels(ground)]
    front = [opacity * one + (1 - opacity) * under for one, under in zip(channels(text), back, strict=True)]
    dark, light = sorted((luminance(front), luminance(back)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["backgroundColor", "secondaryBackgroundColor"])
def test_text_can_be_read(theme: str, ground: str) -> None:
    """Streamlit writes captions and what stands in an empty field at 60 % of the text's colour."""
    chosen = THEMES[theme]
    assert contrast(chosen["textColor"], chosen[ground]) >= 7
    assert contrast(chosen["textColor"], chosen[ground], 0.6) >= 4.5


def test_axes_can_be_read_in_the_light() -> None:
    assert contrast(charts.LIGHT_LABELS, THEMES["light"]["backgroundColor"]) >= 4.5
