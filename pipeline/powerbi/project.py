"""powerbi/: the PBIP project that Power BI Desktop opens, written whole or compared with what is there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from local_azure.stack import PROJECT
from pipeline.errors import PipelineError
from pipeline.powerbi import measures, model, report, tmdl
from pipeline.powerbi.artifacts import Artifacts, Json

NAME = "CustomerData"
FOLDER = PROJECT / "powerbi"
_FABRIC = "https://developer.microsoft.com/json-schemas/fabric"


def configuration(storage: str | None = None) -> Json:
    """powerbi/report.yml; `storage` (import or directQuery) stands before its own."""
    found: Json = yaml.safe_load((FOLDER / "report.yml").read_text())
    if storage not in (None, "import", "directQuery"):
        raise PipelineError(f"--storage {storage} is neither import nor directQuery")
    return found | ({"storage": storage} if storage else {})


def security() -> Json:
    """Who may read which mart, as security.yml says it for the lakehouse and the warehouse too."""
    found: Json = yaml.safe_load((PROJECT / "security.yml").read_text())
    return found


def texts(artifacts: Artifacts, config: Json) -> dict[str, str]:
    """Every file of the project by its path in powerbi/. Raises PipelineError on all faults at once."""
    made = measures.build(artifacts, config)
    semantic = model.build(artifacts, made, config, security())
    pages = report.files(semantic, made, config)
    found: dict[str, str] = {f"{NAME}.pbip": _json(_shortcut())}
    folder = f"{NAME}.SemanticModel"
    found[f"{folder}/.platform"] = _json(_platform("SemanticModel"))
    found[f"{folder}/definition.pbism"] = _json(_pbism())
    found |= {f"{folder}/definition/{path}": text for path, text in tmdl.files(semantic, config).items()}
    folder = f"{NAME}.Report"
    found[f"{folder}/.platform"] = _json(_platform("Report"))
    found[f"{folder}/definition.pbir"] = _json(_pbir())
    found[f"{folder}/StaticResources/RegisteredResources/{report.THEME}"] = _json(report.THEME_FILE)
    return found | {f"{folder}/definition/{path}": _json(page) for path, page in pages.items()}


def write(found: dict[str, str], folder: Path = FOLDER) -> int:
    """Write the project over what is in `folder` and give the number of files that changed."""
    before = on_disk(folder)
    for name in ("SemanticModel", "Report"):
        shutil.rmtree(folder / f"{NAME}.{name}", ignore_errors=True)
    for path, text in found.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return len(different(before, found))


def on_disk(folder: Path = FOLDER) -> dict[str, str]:
    """The project's files as they are; Desktop's own settings in .pbi/ are none of it."""
    paths = (path for part in folder.glob(f"{NAME}.*") for path in [part, *part.rglob("*")] if path.is_file())
    return {f"{path.relative_to(folder)}": path.read_text() for path in paths if ".pbi" not in path.parts}


def different(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The files that are not the same in both."""
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _shortcut() -> Json:
    return {
        "$schema": f"{_FABRIC}/pbip/pbipProperties/1.0.0/schema.json",
        "version": "1.0",
        "artifacts": [{"report": {"path": f"{NAME}.Report"}}],
        "settings": {"enableAutoRecovery": True},
    }


def _platform(kind: str) -> Json:
    return {
        "$schema": f"{_FABRIC}/gitIntegration/platformProperties/2.0.0/schema.json",
        "metadata": {"type": kind, "displayName": NAME},
        "config": {"version": "2.0", "logicalId": model.tag("platform", kind)},
    }


def _pbism() -> Json:
    schema = f"{_FABRIC}/item/semanticModel/definitionProperties/1.0.0/schema.json"
    return {"$schema": schema, "version": "4.2", "settings": {}}


def _pbir() -> Json:
    return {
        "$schema": f"{_FABRIC}/item/report/definitionProperties/2.0.0/schema.json",
        "version": "4.0",
        "datasetReference": {"byPath": {"path": f"../{NAME}.SemanticModel"}},
    }
