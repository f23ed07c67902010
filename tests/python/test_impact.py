"""What scripts/impact says of two manifests."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "impact"
Manifest = dict[str, Any]


def node(name: str, layer: str, *macros: str, columns: tuple[str, ...] = ("a",)) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "model",
        "original_file_path": f"models/{layer}/{name}.sql",
        "relation_name": f"lake.{layer}.{name}",
        "checksum": {"checksum": name},
        "unrendered_config": {},
        "columns": {column: {"data_type": "int"} for column in columns},
        "depends_on": {"macros": list(macros)},
    }


@pytest.fixture
def before() -> Manifest:
    orders, gold, mart = node("orders", "silver"), node("fct", "gold", "macro.p.to_eur"), node("mart", "marts")
    return {
        "nodes": {"model.p.orders": orders, "model.p.fct": gold, "model.p.mart": mart},
        "macros": {"macro.p.to_eur": {"macro_sql": "1"}},
        "exposures": {
            "exposure.p.page": {"name": "page", "label": "Page", "owner": {"name": "Ann", "email": "ann@example.com"}}
        },
        "metrics": {"metric.p.revenue": {"name": "revenue"}},
        "child_map": {
            "model.p.orders": ["model.p.fct"],
            "model.p.fct": ["model.p.mart", "metric.p.revenue", "test.p.t"],
            "model.p.mart": ["exposure.p.page"],
        },
    }


def asked(
    tmp_path: Path, what: str, before: Manifest, after: Manifest, *results: dict[str, Any], rows: str = ""
) -> str:
    for name, manifest in (("before", before), ("after", after)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "after" / "run_results.json").write_text(json.dumps({"results": results}))
    (tmp_path / "rows.txt").write_text(rows)
    words = ["--before", tmp_path / "before", "--after", tmp_path / "after"]
    if what == "report":
        words += ["--rows", tmp_path / "rows.txt"]
    return subprocess.run([sys.executable, SCRIPT, what, *words], check=True, capture_output=True, text=True).stdout


def result(name: str, status: str, message: str = "") -> dict[str, Any]:
    return {"unique_id": name, "status": status, "execution_time": 1.5, "message": message}


def test_no_change_reaches_nothing(tmp_path: Path, before: Manifest) -> None:
    said = asked(tmp_path, "report", before, before)
    assert "0 changed, 0 models downstream, 0 exposures, 0 metrics." in said
    assert "|" not in said


def test_a_changed_model_reaches_what_reads_it_and_whoever_owns_that(tmp_path: Path, before: Manifest) -> None:
    after = copy.deepcopy(before)
    after["nodes"]["model.p.fct"]["checksum"] = {"checksum": "other"}
    said = asked(tmp_path, "report", before, after)
    assert "1 changed, 1 models downstream, 1 exposures, 1 metrics." in said
    assert "| `fct` | gold | SQL |" in said
    assert "**Built because they read it (1):** `mart`" in said
    assert "| Page | Ann | ann@example.com |" in said
    assert "`revenue`" in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: m["nodes"]["model.p.fct"]["columns"].update(b={"data_type": "int"}), "| `fct` | gold | columns |"),
        (lambda m: m["nodes"]["model.p.fct"]["columns"]["a"].update(data_type="date"), "| `fct` | gold | columns |"),
        (lambda m: m["nodes"]["model.p.fct"]["unrendered_config"].update(x=1), "| `fct` | gold | configuration |"),
        (lambda m: m["macros"]["macro.p.to_eur"].update(macro_sql="2"), "| `fct` | gold | macro to_eur |"),
        (lambda m: m["nodes"].update({"model.p.new": node("new", "gold")}), "| `new` | gold | new |"),
        (lambda m: m["nodes"].pop("model.p.mart"), "| `mart` | marts | removed |"),
    ],
)
def test_each_kind_of_change_is_told(tmp_path: Path, before: Manifest, change: Any, told: str) -> None:
    after = copy.deepcopy(before)
    change(after)
    assert told in asked(tmp_path, "report", before, after)


def test_rows_and_failures_are_told(tmp_path: Path, before: Manifest) -> None:
    counts = {"fct": {"before": 1200, "after": 1190, "removed": 15, "added": 5}, "orders": {"before": 3, "after": 3}}
    rows = f"10:00:00  row_differences {json.dumps(counts)}\n"
    results = (result("model.p.fct", "success"), result("test.p.unique_fct.1", "fail", "Got 2\nresults | here"))
    said = asked(tmp_path, "report", before, before, *results, rows=rows)
    assert "| `fct` | 1,200 | 1,190 | -10 | 15 | 5 |" in said
    assert "| `orders` | 3 | 3 | +0 |  |  |" in said
    assert "1 fail, 1 success; 3 s of work." in said
    assert "| `unique_fct` | fail | Got 2 results \\| here |" in said


def test_pairs_are_what_was_built_on_both_sides_with_the_columns_that_both_have(
    tmp_path: Path, before: Manifest
) -> None:
    after = copy.deepcopy(before)
    after["nodes"]["model.p.fct"] = node("fct", "gold", columns=("a", "b")) | {"relation_name": "lake.check_gold.fct"}
    after["nodes"]["model.p.new"] = node("new", "gold")
    results = [result(f"model.p.{name}", "success") for name in ("orders", "fct", "new")]
    found = json.loads(asked(tmp_path, "pairs", before, after, *results, result("model.p.mart", "error")))
    assert found["pairs"] == [
        {"model": "fct", "before": "lake.gold.fct", "after": "lake.check_gold.fct", "columns": ["a"]},
        {"model": "orders", "before": "lake.silver.orders", "after": "lake.silver.orders", "columns": []},
    ]


def test_a_folder_without_a_manifest_is_an_error(tmp_path: Path) -> None:
    words = ["report", "--before", tmp_path, "--after", tmp_path]
    done = subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, f"impact: no manifest.json in {tmp_path}\n")
