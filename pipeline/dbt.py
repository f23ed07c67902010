"""dbt, as an analyst would call it, with its progress read from its log."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local_azure import stack
from local_azure.stack import PROJECT, Workspace
from local_azure.synapse.odbc import driver
from pipeline.child import lines_of
from pipeline.errors import PipelineError, ended

# Unit tests judge the code and not the data, so they run where code changes: in `make test` and in CI
# (docs.getdbt.com/docs/build/unit-tests, "When to run unit tests").
BUILD = ("build", "--exclude-resource-type", "unit_test")
Tell = Callable[[int, int, str], None]
WATCH_SECONDS = 1.0
_STEP = re.compile(r"(\d+) of (\d+) (OK|PASS|WARN|ERROR|FAIL|SKIP|NO-OP)\S* (.*?)\s*\.*\s*\[")
_SUMMARY = re.compile(r"Done\. (PASS=.*)")


@dataclass(frozen=True)
class Half:
    """One of dbt's two runs: one run has one adapter."""

    name: str
    target: str
    service: str
    """What it talks to on this machine."""

    def target_path(self, workspace: Workspace) -> Path:
        """Where dbt keeps this half's artifacts: apart, so that each half is parsed once."""
        return workspace.path / "target" / self.name

    def built(self, workspace: Workspace) -> Path:
        """What the last whole refresh built, which a check of changes compares with: every other command of dbt
        writes the manifest of the project as it stands."""
        return workspace.path / "target" / "built" / self.name / "manifest.json"


LAKEHOUSE = Half("lakehouse", "local", "databricks_sql")
WAREHOUSE = Half("warehouse", "local_warehouse", "synapse")


def run(half: Half, workspace: Workspace, *words: str, tell: Tell = lambda done, of, what: None) -> str:
    """Run dbt on one half and give its summary line.

    Raises PipelineError with dbt's last words, or where the service that it talks to ended meanwhile.
    """
    log = _log(half, workspace, words[0])
    summary = ""
    process = _start(half, workspace, words, subprocess.PIPE)
    with log.open("w") as file, while_served(half, workspace, process), lines_of(process) as lines:
        for line in lines:
            file.write(line)
            if found := _STEP.search(line):
                tell(int(found[1]), int(found[2]), found[4])
            elif found := _SUMMARY.search(line):
                summary = found[1]
    if process.returncode:
        raise PipelineError(_explained(log))
    return summary


@contextmanager
def while_served(half: Half, workspace: Workspace, process: subprocess.Popen[str]) -> Iterator[None]:
    """End dbt where its service ends: databricks-sql-connector tries for a quarter of an hour to reach one that's gone.

    Raises PipelineError that names the service. One that is none of ours is not watched.
    """
    left, gone = threading.Event(), threading.Event()

    def watch() -> None:
        while not left.wait(WATCH_SECONDS):
            if half.service not in stack.running(workspace.root):
                gone.set()
                process.terminate()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    if half.service in stack.running(workspace.root):
        watcher.start()
    try:
        yield
    finally:
        left.set()
    if gone.is_set():
        raise ended(workspace, half.service)


def keep_built(workspace: Workspace) -> None:
    """Take note that both halves are built as their manifests say."""
    for half in (LAKEHOUSE, WAREHOUSE):
        half.built(workspace).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(half.target_path(workspace) / "manifest.json", half.built(workspace))


def changed(half: Half, workspace: Workspace) -> bool:
    """Whether a node differs from what the last whole refresh built (dbt's `state:modified`)."""
    state = str(half.built(workspace).parent)
    run(half, workspace, "ls", "--select", "state:modified", "--state", state, "--exclude-resource-type", "unit_test")
    return "No nodes selected" not in _log(half, workspace, "ls").read_text()


@contextmanager
def parsing(workspace: Workspace) -> Iterator[None]:
    """Read the project for both halves meanwhile, so that the commands that follow need not.

    Where the block fails, the reading ends with it. Raises PipelineError where the project does not parse.
    """
    children = {half: _parse(half, workspace) for half in (LAKEHOUSE, WAREHOUSE)}
    try:
        yield
        for half, child in children.items():
            if child.wait():
                raise PipelineError(_explained(_log(half, workspace, "parse")))
    finally:
        for child in children.values():
            child.kill()
            child.wait()


def _parse(half: Half, workspace: Workspace) -> subprocess.Popen[str]:
    with _log(half, workspace, "parse").open("w") as file:
        return _start(half, workspace, ("parse",), file)


def _log(half: Half, workspace: Workspace, command: str) -> Path:
    folder = workspace.path / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"dbt_{half.name}_{command}.log"


def _start(half: Half, workspace: Workspace, words: tuple[str, ...], output: int | IO[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            str(Path(sys.executable).with_name("dbt")),
            "--no-use-colors",
            *words,
            "--profiles-dir", str(PROJECT / "profiles"),
            "--project-dir", str(PROJECT),
            "--target", half.target,  # with its default selector (selectors.yml)
            "--target-path", str(half.target_path(workspace)),
            "--log-path", str(workspace.path / "logs"),
        ],
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "LOCAL_ODBC_DRIVER": driver()},
    )  # fmt: skip


def _explained(log: Path) -> str:
    """The errors that dbt named, else its last lines."""
    lines = [line.rstrip() for line in log.read_text().splitlines() if line.strip()]
    errors = [index for index, line in enumerate(lines) if re.search(r"(Error|Failure) in |Encountered an error", line)]
    told = [text for index in errors[:3] for text in lines[index : index + 4]] or lines[-5:]
    return "\n".join(["dbt failed:", *told, f"(log: {log})"])
