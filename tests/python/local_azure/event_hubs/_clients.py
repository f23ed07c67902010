"""Other languages' clients: where their packages are kept, how each is installed and run.

Packages go to `.local/clients/` (and to the tools' own caches), outside the tree; what is pinned beside each
client's cases is installed again when it changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent / "clients"
CACHE = Path(__file__).parents[4] / ".local" / "clients"
AZURITE = CACHE / "javascript" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"

COMMON = (
    "management",
    "send_and_receive",
    "keys_keep_together",
    "positions",
    "too_large_is_refused",
    "wrong_key_is_unauthorized",
    "claims_are_kept",
    "group_that_was_not_created_is_not_found",
    "tls",
)


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
class Client:
    """One client: what it is installed from, how, and the cases it runs."""

    name: str
    tools: tuple[str, ...]
    pins: tuple[str, ...]
    install: Callable[[Path, Path], None]
    command: tuple[str, ...]
    cases: tuple[str, ...]

    @property
    def source(self) -> Path:
        return SOURCES / self.name

    @property
    def cache(self) -> Path:
        return CACHE / self.name

    def prepare(self) -> None:
        """Install what is pinned, unless it is there; skips where a tool is missing, but not in CI."""
        missing = [tool for tool in self.tools if shutil.which(tool) is None]
        if missing:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up(f"the {self.name} client needs {' and '.join(missing)}")
        stamp = self.cache / "installed"
        pinned = hashlib.sha256(b"".join((self.source / name).read_bytes() for name in self.pins)).hexdigest()
        if not stamp.exists() or stamp.read_text() != pinned:
            self.cache.mkdir(parents=True, exist_ok=True)
            self.install(self.source, self.cache)
            stamp.write_text(pinned)

    def run(self, environment: Mapping[str, str]) -> dict[str, str | None]:
        """Why each case failed, None for those that passed."""
        places = {"cache": str(self.cache), "source": str(self.source)}
        done = subprocess.run(
            [word.format(**places) for word in self.command],
            env={**os.environ, **environment, "NODE_PATH": str(self.cache / "node_modules"), "HUB": self.name},
            capture_output=True,
            text=True,
            timeout=550,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0, done.stderr[-3000:]
        return {line["case"]: line["failure"] for line in lines}


JAVASCRIPT = Client(
    "javascript",
    ("node", "npm"),
    ("package.json", "package-lock.json"),
    _install_javascript,
    ("node", "{source}/cases.js"),
    (
        *COMMON,
        "sixth_reader_is_over_the_quota",
        "higher_owner_level_takes_over",
        "idempotent_publishing",
        "buffered_idempotent_producer",
        "processor_checkpoints",
    ),
)
CLIENTS = (
    JAVASCRIPT,
    Client(
        "java",
        ("java", "mvn"),
        ("pom.xml",),
        _install_java,
        ("java", "-cp", "{cache}/lib/*", "{source}/Cases.java"),
        (*COMMON, "higher_owner_level_takes_over", "processor_checkpoints"),
    ),
    Client(
        "go",
        ("go",),
        ("go.mod", "go.sum", "main.go"),
        _install_go,
        ("{cache}/cases",),
        (*COMMON, "higher_owner_level_takes_over", "processor_checkpoints"),
    ),
    Client(
        "proton",
        ("python3", "gcc", "pkg-config"),
        ("requirements.txt",),
        _install_python,
        ("{cache}/venv/bin/python", "{source}/cases.py"),
        (*COMMON, "sixth_reader_is_over_the_quota", "put_token_opens_what_anonymous_may_not"),
    ),
    Client(
        "python",
        ("python3",),
        ("requirements.txt",),
        _install_python,
        ("{cache}/venv/bin/python", "{source}/cases.py"),
        ("claims_are_kept", "group_that_was_not_created_is_not_found", "tls", "processor_checkpoints"),
    ),
)
