"""What counts as news for a refresh, told from the tables' own logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_azure.stack import Workspace
from pipeline import news


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with one raw table and one of bronze, built as it stands; no node of dbt's differs."""
    workspace = Workspace(tmp_path, "sample")
    write(workspace, "lake/raw/raw_sales", 0)
    write(workspace, "databricks_sql/warehouse/bronze.db/bronze_sales_events", 3)
    for half in (news.LAKEHOUSE, news.WAREHOUSE):
        half.target_path(workspace).mkdir(parents=True)
        (half.target_path(workspace) / "manifest.json").write_text("{}")
    monkeypatch.setattr("pipeline.dbt.changed", lambda half, workspace: False)
    news.keep(workspace, news.landed(workspace))
    return workspace


def write(workspace: Workspace, table: str, version: int) -> None:
    """A commit of a Delta table."""
    log = workspace.path / table / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    (log / f"{version:020}.json").touch()


def test_nothing_is_new_where_nobody_wrote(built: Workspace) -> None:
    assert news.nothing(built)


@pytest.mark.parametrize(
    ("table", "version"),
    [
        ("lake/raw/raw_sales", 1),
        ("lake/raw/raw_support", 0),
        ("databricks_sql/warehouse/bronze.db/bronze_sales_events", 4),
    ],
)
def test_a_write_to_any_table_is_news(built: Workspace, table: str, version: int) -> None:
    write(built, table, version)
    assert not news.nothing(built)


def test_what_lands_while_a_build_runs_is_news_for_the_next(built: Workspace) -> None:
    before = news.landed(built)
    write(built, "lake/raw/raw_sales", 1)
    news.keep(built, before)
    assert not news.nothing(built)


def test_a_changed_node_is_news(built: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.dbt.changed", lambda half, workspace: half is news.WAREHOUSE)
    assert not news.nothing(built)


def test_what_was_never_built_is_news(tmp_path: Path) -> None:
    assert not news.nothing(Workspace(tmp_path, "sample"))
