"""What the image installs is enough for ingestion, and no more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ._services import Asked, Reply, site

PROJECT = Path(__file__).parents[3]
pytestmark = pytest.mark.slow
HEAVY = ("pyspark", "dbt", "duckdb", "pyarrow", "pandas", "deltalake", "pyodbc", "fastapi", "httpx")


def uv() -> str:
    return shutil.which("uv") or str(PROJECT / ".local" / "uv" / "bin" / "uv")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's folder, by the Dockerfile's own commands: the locked base in an empty environment, and ingestion."""
    folder = tmp_path_factory.mktemp("app")
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(PROJECT / name, folder)
    (words,) = re.findall(
        r"RUN UV_PROJECT_ENVIRONMENT=/app/.venv uv (sync .*)", (PROJECT / "ingestion/Dockerfile").read_text()
    )
    environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder / ".venv")}
    subprocess.run([uv(), *words.split(), "--quiet"], cwd=folder, env=environment, check=True)
    shutil.copytree(PROJECT / "ingestion", folder / "ingestion", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def python(image: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    home = image / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [image / ".venv/bin/python", *words], cwd=image, capture_output=True, text=True, timeout=120,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), **environment},
    )  # fmt: skip


def test_every_command_explains_itself_and_every_module_can_be_imported(image: Path) -> None:
    said = python(image, "-m", "ingestion", "--help")
    assert said.returncode == 0 and not said.stderr
    for command in ("check", "list", "run", "replay", "letters", "serve"):
        assert command in said.stdout
        assert python(image, "-m", "ingestion", command, "--help").returncode == 0
    names = [path.stem for path in (PROJECT / "ingestion").glob("*.py") if not path.stem.startswith("__")]
    done = python(
        image, "-c", f"import importlib; [importlib.import_module(f'ingestion.{{name}}') for name in {names}]"
    )
    assert done.returncode == 0, done.stderr


def test_nothing_heavy_is_there(image: Path) -> None:
    found = python(image, "-c", f"import importlib.util as u; print([n for n in {HEAVY} if u.find_spec(n)])")
    assert found.stdout.strip() == "[]", found


def test_a_source_is_checked_and_nothing_is_written_outside(image: Path) -> None:
    def answer(asked: Asked) -> Reply:
        customer = {"id": 1, "first_name": "A", "last_name": "B", "email": None, "updated_at": "2026-07-01T00:00:00Z"}
        return Reply([customer] if asked.path == "/customers" else [])

    with site(answer) as api:
        said = python(image, "-m", "ingestion", "check", "json_server", JSON_SERVER_URL=api.url)
    assert said.returncode == 0, said.stderr
    assert "customer.profile.updated.v1 customer-1-2026-07-01T00:00:00Z of C1" in said.stdout
    assert not list((image / "home").iterdir())


def test_the_image_is_not_root_and_has_a_health_check() -> None:
    text = (PROJECT / "ingestion/Dockerfile").read_text()
    assert re.search(r"^USER 10001$", text, re.M) and "HEALTHCHECK" in text
