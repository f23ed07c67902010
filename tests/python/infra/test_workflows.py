""".github/ as GitHub's own linters see it, and what the workflows promise."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.judge.workbench import PROJECT, Workbench
from pipeline.rehearsal import environment

WORKFLOWS = PROJECT / ".github" / "workflows"
GROUPS = set(yaml.safe_load((PROJECT / "security.yml").read_text())["groups"].values())


def jobs(file: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((WORKFLOWS / file).read_text())["jobs"]
    return found


def needed(*names: str, **values: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"]} | values
    return subprocess.run(
        [PROJECT / "scripts" / "needed", *names], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_zizmor_finds_nothing(judge: Workbench) -> None:
    words = [judge.bin / "zizmor", "--offline", "--quiet", "--no-progress", PROJECT / ".github"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_actionlint_finds_nothing(judge: Workbench) -> None:
    done = subprocess.run([judge.actionlint], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_pipe_hides_a_failure() -> None:
    """GitHub's default shell has no pipefail, `shell: bash` has (workflow syntax, "Exit codes and error action")."""
    piped = re.compile(r"[^|]\|(?![|])")
    steps = [step for file in WORKFLOWS.glob("*.yml") for job in jobs(file.name).values() for step in job["steps"]]
    assert [step for step in steps if piped.search(step.get("run", "")) and step.get("shell") != "bash"] == []


def test_an_interrupted_bootstrap_goes_on(tmp_path: Path) -> None:
    """The account is there, its container is not: the role and the container are made before Terraform begins."""
    stub = '#!/bin/sh\necho "$(basename "$0") $*" >>"$LOG"\ncase "$*" in *"container show"*) exit 1 ;; esac\necho id\n'
    for name in ("az", "terraform"):
        (tmp_path / name).write_text(stub)
        (tmp_path / name).chmod(0o755)
    given = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "LOG": str(tmp_path / "log"), "ARM_SUBSCRIPTION_ID": "s"}
    subprocess.run([PROJECT / "infra" / "azure", "plan", "dev"], env=given, check=True, capture_output=True)
    told = (tmp_path / "log").read_text()
    order = [told.index(words) for words in ("role assignment create", "container create", "terraform init")]
    assert order == sorted(order)


def test_images_are_made_anew_when_what_they_hold_changes() -> None:
    held = (PROJECT / "infra" / "apps.tf").read_text().partition("held = sort(")[2].partition("])))")[0]
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    paths = [path for kind in ("model", "seed", "snapshot", "macro", "test") for path in project[f"{kind}-paths"]]
    code = ["ingestion", "infra/refresh", "local_azure", "pipeline", "profiles", "scripts", "stream_analytics"]
    files = ["dbt_project.yml", "pyproject.toml", "security.yml", "uv.lock"]
    assert [name for name in (*paths, *code, *files) if f'"{name}"' not in held] == []


def test_each_action_is_pinned_by_digest() -> None:
    files = [*WORKFLOWS.glob("*.yml"), *(PROJECT / ".github" / "actions").rglob("*.yml")]
    uses = re.findall(r"uses: (.*)", "\n".join(file.read_text() for file in files))
    loose = [one for one in uses if not one.startswith("./") and not re.search(r"@[0-9a-f]{40} # v\d", one)]
    assert len(uses) > 15
    assert loose == []


@pytest.mark.parametrize(("file", "job"), [("production.yml", "build"), ("pull_request.yml", "check")])
def test_who_may_read_is_passed_to_dbt(file: str, job: str) -> None:
    """A group that a workflow forgets is revoked from what others granted it."""
    given = jobs(file)[job]["env"]
    assert {name: given.get(name) for name in GROUPS} == {name: f"${{{{ vars.{name} }}}}" for name in GROUPS}


def test_production_runs_the_steps_that_are_rehearsed_and_no_unit_test() -> None:
    runs = [step.get("run", "") for step in jobs("production.yml")["build"]["steps"]]
    steps = ["scripts/production " + name for name in ("freshness", "lakehouse", "warehouse", "maintain")]
    assert [run for run in runs if run.startswith("scripts/production")] == steps
    assert "--exclude-resource-type unit_test" in (PROJECT / "scripts" / "production").read_text()


def test_the_workflow_takes_what_terraform_gives() -> None:
    """`terraform output dbt` is GitHub's environment: nothing is typed twice."""
    apps = (PROJECT / "infra" / "apps.tf").read_text()
    given = set(
        re.findall(r"^    ([A-Z_]+) +=", apps.partition("  dbt = merge(")[2].partition("}, {")[0], re.MULTILINE)
    )
    taken = {name for name, value in jobs("production.yml")["build"]["env"].items() if "vars." in str(value)}
    assert taken - given - GROUPS == {"AZURE_SUBSCRIPTION_ID", "FIRST_ARRIVALS"}
    assert given - taken == {"SYNAPSE_AUTHENTICATION"}  # the workflow signs in by Azure's command line


def test_a_rehearsal_has_what_the_workflow_needs() -> None:
    needed_by_dbt = {"DATABRICKS_HOST", "DATABRICKS_HTTP_PATH", "DATABRICKS_CATALOG", "SYNAPSE_SERVER", "LAKE_URL"}
    assert needed_by_dbt <= set(environment())
    assert environment()["DATABRICKS_HTTP_PATH"].startswith("/sql/1.0/warehouses/")


def test_each_variable_is_explained() -> None:
    named = set(re.findall(r"vars\.(\w+)", "\n".join(file.read_text() for file in WORKFLOWS.glob("*.yml"))))
    page = (PROJECT / "docs" / "azure.md").read_text()
    assert {name for name in named if name not in page} == set()


def test_a_variable_without_a_value_stops_with_its_name() -> None:
    done = needed("LAKE_URL", "SYNAPSE_SERVER", "AZURE_TENANT_ID", LAKE_URL="", AZURE_TENANT_ID="x")
    assert done.returncode == 1
    assert done.stderr.startswith("needed and not set, or empty: LAKE_URL SYNAPSE_SERVER;")
    assert needed("LAKE_URL", LAKE_URL="abfss://lake@x").returncode == 0


def test_a_step_of_production_that_is_none_is_named() -> None:
    done = subprocess.run([PROJECT / "scripts" / "production", "deploy"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "no step is called deploy" in done.stderr


def produced(folder: Path, failing: str) -> tuple[int, str]:
    """The code of production without arguments, as the container runs it, and what a dbt that fails there was sent."""
    for name in ("production", "maintain"):
        (folder / "scripts").mkdir(exist_ok=True)
        shutil.copy(PROJECT / "scripts" / name, folder / "scripts")
    dbt = folder / ".venv" / "bin" / "dbt"
    dbt.parent.mkdir(parents=True)
    dbt.write_text(
        f'#!/bin/sh\necho "$*" >>"{folder}/sent"\ncase "$*" in *{failing}*) exit 7 ;; esac\n'
        'echo "attached_versions []"\n'
    )
    dbt.chmod(0o755)
    done = subprocess.run([folder / "scripts" / "production"], env={"PATH": os.environ["PATH"]}, capture_output=True)
    return done.returncode, (folder / "sent").read_text()


@pytest.mark.parametrize(
    ("failing", "maintained"),
    [("target/lakehouse", False), ("target/warehouse", False), ("maintain_tables", True), ("attached_versions", True)],
)
def test_a_step_that_fails_ends_production_with_its_code(tmp_path: Path, failing: str, maintained: bool) -> None:
    code, sent = produced(tmp_path, failing)
    assert code == 7
    assert failing in sent.splitlines()[-1]
    assert ("target/maintain" in sent) is maintained


@pytest.mark.parametrize("failing", ["freshness", "no-step-at-all"])
def test_late_data_ends_nothing(tmp_path: Path, failing: str) -> None:
    code, sent = produced(tmp_path, failing)
    assert code == 0
    assert "expire_published" in sent.splitlines()[-1]
