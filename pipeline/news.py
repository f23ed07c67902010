"""Whether a refresh would find anything new: a table that was written to since the last one, or a changed node.

dbt's own `source_status:fresher` compares the newest arrival, which an event that lands late does not move
(docs.getdbt.com/reference/node-selection/methods, "source_status"); a Delta table's version moves with every write.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local_azure.stack import Workspace
from pipeline import dbt
from pipeline.dbt import LAKEHOUSE, WAREHOUSE

Versions = dict[str, int]


def landed(workspace: Workspace) -> Versions:
    """The version of each raw table, to be taken before a build reads them."""
    return _versions(workspace, workspace.lake / "raw")


def keep(workspace: Workspace, raw: Versions) -> None:
    """Take note that both halves are built, of raw tables in these versions."""
    dbt.keep_built(workspace)
    _kept(workspace).write_text(json.dumps(raw | _built(workspace)))


def nothing(workspace: Workspace) -> bool:
    """Whether a build would write what stands there already: the last one succeeded, and since then nobody has written
    to its tables or changed a model, seed, snapshot or test."""
    kept = _kept(workspace)
    if not kept.exists() or json.loads(kept.read_text()) != landed(workspace) | _built(workspace):
        return False
    with ThreadPoolExecutor(2) as pool:
        return not any(pool.map(lambda half: dbt.changed(half, workspace), (LAKEHOUSE, WAREHOUSE)))


def _kept(workspace: Workspace) -> Path:
    return workspace.path / "target" / "built" / "tables.json"


def _built(workspace: Workspace) -> Versions:
    return _versions(workspace, workspace.state("databricks_sql") / "warehouse")


def _versions(workspace: Workspace, folder: Path) -> Versions:
    """By table the number of its newest commit (Delta protocol, "Delta Log Entries"): 20 digits and `.json`."""
    return {
        str(log.parent.relative_to(workspace.path)): max(int(commit.stem) for commit in log.glob("[0-9]*.json"))
        for log in sorted(folder.glob("**/_delta_log"))
    }
