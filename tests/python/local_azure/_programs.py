"""Other languages' clients: how a program of each is installed and run.

A client's cases stand under `clients/` beside the tests of its service, with what is pinned. Packages go to
`.local/clients/` (and to the tools' own caches), outside the tree, and are installed again when the pins change.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CACHE = Path(__file__).parents[3] / ".local" / "clients"
Results = dict[str, str | None]
"""Why each case failed, None for those that passed."""


def _call(*command: str | Path, cwd: Path, **environment: str) -> None:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=550
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def _install_javascript(source: Path, cache: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, cache)
    _call("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=cache)


def _install_java(source: Path, cache: Path) -> None:
    _call("mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={cache / 'lib'}", cwd=source)


def _install_go(source: Path, cache: Path) -> None:
    _call("go", "build", "-o", cache / "cases", ".", cwd=source, GOFLAGS="-mod=readonly")


def _install_python(source: Path, cache: Path) -> None:
    _call("python3", "-m", "venv", "--clear", cache / "venv", cwd=source)
    _call(cache / "venv" / "bin" / "pip", "install", "--quiet", "-r", "requirements.txt", cwd=source)


@dataclass(frozen=True)
class Language:
    """What a program takes: tools, the files that pin its packages, how they are installed, and the command."""

    tools: tuple[str, ...]
    pins: tuple[str, ...]
    install: Callable[[Path, Path], None]
    command: tuple[str, ...]


JAVASCRIPT = Language(
    ("node", "npm"), ("package.json", "package-lock.json"), _install_javascript, ("node", "{source}/cases.js")
)
JAVA = Language(("java", "mvn"), ("pom.xml",), _install_java, ("java", "-cp", "{cache}/lib/*", "{source}/Cases.java"))
GO = Language(("go",), ("go.mod", "go.sum", "main.go"), _install_go, ("{cache}/cases",))
PYTHON = Language(
    ("python3",), ("requirements.txt",), _install_python, ("{cache}/venv/bin/python", "{source}/cases.py")
)


@dataclass(frozen=True)
class Client:
    """One client: the folder of its program, its language, and the cases it runs.

    `prefix` tells apart the packages of clients that have one name.
    """

    source: Path
    language: Language
    cases: tuple[str, ...]
    prefix: str = ""

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def cache(self) -> Path:
        return CACHE / f"{self.prefix}{self.name}"

    def prepare(self) -> None:
        """Install what is pinned, unless it is there; skips where a tool is missing, but not in CI."""
        missing = [tool for tool in self.language.tools if shutil.which(tool) is None]
        if missing:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up(f"the {self.name} client needs {' and '.join(missing)}")
        stamp = self.cache / "installed"
        pinned = hashlib.sha256(b"".join((self.source / name).read_bytes() for name in self.language.pins)).hexdigest()
        if not stamp.exists() or stamp.read_text() != pinned:
            self.cache.mkdir(parents=True, exist_ok=True)
            self.language.install(self.source, self.cache)
            stamp.write_text(pinned)

    def run(self, environment: Mapping[str, str]) -> Results:
        """Why each case failed, None for those that passed."""
        places = {"cache": str(self.cache), "source": str(self.source)}
        done = subprocess.run(
            [word.format(**places) for word in self.language.command],
            cwd=self.cache,  # drivers write their logs where they are started
            env={**os.environ, **environment, "NODE_PATH": str(self.cache / "node_modules"), "HUB": self.name},
            capture_output=True,
            text=True,
            timeout=550,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0, done.stderr[-3000:]
        return {line["case"]: line["failure"] for line in lines}


def each_case(clients: Iterable[Client]) -> list[Any]:
    """Client and case, as pytest's parameters."""
    return [pytest.param(client, case, id=f"{client.name}-{case}") for client in clients for case in client.cases]
