"""The judges, made once, and copies of the platform to judge."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.judge.workbench import PROJECT, Workbench, prepare

BESIDE = (
    "dbt_project.yml", "docs", "ingestion", "local_azure", "macros", "models", "pipeline", "profiles", "pyproject.toml",
    "scripts", "security.yml", "seeds", "snapshots", "stream_analytics", "tests", "uv.lock",
)  # what infra/ reads  # fmt: skip


class Platform:
    """A copy of infra/, with the files beside it that it reads."""

    def __init__(self, root: Path, judge: Workbench, mirror: str) -> None:
        self.folder, self._judge, self._mirror = root / "infra", judge, mirror
        ignored = shutil.ignore_patterns("judge", ".terraform*", "__pycache__")
        shutil.copytree(PROJECT / "infra", self.folder, ignore=ignored)
        for name in BESIDE:
            (root / name).symlink_to(PROJECT / name)
        self.ran("init", "-backend=false")

    @contextmanager
    def planted(self, file: str, old: str, new: str) -> Iterator[None]:
        """The platform with the one place where `old` stands replaced."""
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file}: {old!r} stands {text.count(old)} times"
        path.write_text(text.replace(old, new))
        try:
            yield
        finally:
            path.write_text(text)

    def run(self, *words: str) -> tuple[int, str]:
        """Exit code and all that Terraform said."""
        done = self._judge.terraform(self.folder, *words, mirror=self._mirror)
        return done.returncode, done.stdout + done.stderr

    def ran(self, *words: str) -> str:
        """What Terraform said, of a run that must succeed."""
        code, said = self.run(*words)
        assert code == 0, said
        return said

    def problems(self) -> list[str]:
        """What `validate` finds."""
        _, said = self.run("validate", "-json")
        found: list[dict[str, Any]] = json.loads(said)["diagnostics"]
        return [f"{one['summary']}: {one['detail']}" for one in found]


@pytest.fixture(scope="session")
def judge() -> Workbench:
    return prepare()


@pytest.fixture(scope="module")
def platform(judge: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return Platform(tmp_path_factory.mktemp("newest"), judge, "newest")


@pytest.fixture(scope="module")
def lowest(judge: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """With the lowest azurerm that versions.tf admits."""
    return Platform(tmp_path_factory.mktemp("lowest"), judge, "lowest")
