"""What make does before it hands over to a command."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose installation is a pipeline that says what it was called with."""
    shutil.copy(PROJECT / "Makefile", tmp_path)
    for name in ("uv.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    (tmp_path / "scripts").mkdir()
    install = tmp_path / "scripts" / "install"
    install.write_text(
        "#!/bin/sh\nmkdir -p .local .venv/bin\n"
        "printf '%s\\n' '#!/bin/sh' 'for word; do echo \"<$word>\"; done' >.venv/bin/pipeline\n"
        "chmod +x .venv/bin/pipeline\necho installed\n"
    )
    install.chmod(0o755)
    return tmp_path


def make(folder: Path, *words: str) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_an_environment_that_was_removed_is_installed_again(folder: Path) -> None:
    assert make(folder, "status") == ["installed", "<status>"]
    assert make(folder, "status") == ["<status>"]
    shutil.rmtree(folder / ".venv")
    assert make(folder, "status") == ["installed", "<status>"]


@pytest.mark.parametrize("source", ["my folder", "it's mine"])
def test_a_folder_is_one_word(folder: Path, source: str) -> None:
    words = make(folder, "demo", f"SOURCE={source}", "EVENTS=5")
    assert words[-5:] == ["<demo>", "<--events>", "<5>", "<--source>", f"<{source}>"]
