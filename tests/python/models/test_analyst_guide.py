"""docs/analyst_guide.md, walked: each command that it shows for models does what it says, on what was built."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import PROJECT
from ._dbt import environment

GUIDE = (PROJECT / "docs" / "analyst_guide.md").read_text()
COMMANDS = re.findall(r"^ {4}(.*?)(?: +#.*)?$", GUIDE, re.MULTILINE)
# what starts services, asks a person or judges the project as a whole is walked by the suites of those
ELSEWHERE = ("make ", ".venv/bin/pre-commit", "RUNNING_STACK=1")
TYPED = [command for command in COMMANDS if not command.startswith(ELSEWHERE)]

pytestmark = [pytest.mark.nightly, pytest.mark.usefixtures("built"), pytest.mark.timeout(1800)]


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command as an analyst's shell runs it, with the services' ports and artifacts of the test's own."""
    command = command.replace(".venv/bin", str(Path(sys.executable).parent))
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=PROJECT,
        env=environment() | {"DBT_LOG_PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_guide_shows_what_an_analyst_types() -> None:
    assert len(TYPED) >= 7
    assert any("mf query" in each for each in TYPED)


@pytest.mark.parametrize("command", TYPED)
def test_a_command_of_the_guide_works_as_written(command: str, tmp_path: Path) -> None:
    done = typed(command, tmp_path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-1000:]
