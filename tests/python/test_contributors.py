"""What a contributor is told is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
PAGES = ["CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "README.md", "infra/README.md", "docs/azure.md"]
PAGES += [f"docs/runbooks/{page.name}" for page in sorted((PROJECT / "docs" / "runbooks").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_each_link_and_target_of_a_page_is_there(page: str) -> None:
    text = (PROJECT / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if "://" not in link]
    assert [link for link in links if not (PROJECT / page).parent.joinpath(link).exists()] == []
    known = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) - known == set()
    named = re.findall(r"tests/python/[\w/]+(?:\.py)?", text) + re.findall(r"scripts/\w+", text)
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_each_department_owns_its_models() -> None:
    owners = (PROJECT / ".github" / "CODEOWNERS").read_text()
    groups = [group["name"] for group in yaml.safe_load((PROJECT / "models" / "_groups.yml").read_text())["groups"]]
    assert [group for group in groups if f"/models/*/{group}/" not in owners] == []


@pytest.mark.parametrize(
    "file", [".devcontainer/devcontainer.json", ".vscode/settings.json", ".vscode/extensions.json"]
)
def test_an_editors_settings_can_be_read(file: str) -> None:
    assert json.loads((PROJECT / file).read_text())


def test_the_devcontainer_installs_as_everybody_does() -> None:
    settings = json.loads((PROJECT / ".devcontainer" / "devcontainer.json").read_text())
    assert settings["postCreateCommand"] == "make install"


def test_the_changelog_says_of_each_change_whether_it_breaks() -> None:
    rows = [line for line in (PROJECT / "CHANGELOG.md").read_text().splitlines() if line.startswith("| ")][1:]
    assert rows
    assert all(re.search(r"\| (no|yes: .+) \|$", row) for row in rows)
