"""Production's own steps and targets, from nothing to marts, on the stand-ins."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator

import pytest
import sqlglot
from sqlfluff.core import FluffConfig, Linter
from sqlglot import exp
from sqlglot.errors import SqlglotError

from local_azure.stack import PROJECT

from .._ports import of_services

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600)]
SQLFLUFF = Linter(config=FluffConfig(overrides={"dialect": "databricks"}))
# docs.databricks.com/aws/en/sql/language-manual/security-show-grant
SHOW_GRANTS = re.compile(r"show grants on `\w+`\.`\w+`\.`\w+`")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Of services with a state and ports of their own; stopped at the end."""
    found = os.environ | of_services() | {"PIPELINE_STATE": str(tmp_path_factory.mktemp("state"))}
    yield found
    subprocess.run([PROJECT / ".venv/bin/pipeline", "down"], env=found, check=True)


@pytest.fixture(scope="module")
def said(environment: dict[str, str]) -> str:
    """What a rehearsal printed, from nothing to marts."""
    for words in (["pipeline", "up", "--events", "1000"], ["pipeline", "ingest"]):
        subprocess.run([PROJECT / ".venv/bin" / words[0], *words[1:]], env=environment, check=True)
    done = subprocess.run([PROJECT / "scripts/rehearse"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return done.stdout


@pytest.fixture(scope="module")
def statements(said: str) -> list[str]:
    """Each statement that production's lakehouse target sent, once."""
    sent: dict[str, None] = {}
    adapter = ""
    for line in (PROJECT / "target/rehearsal/logs/dbt.log").read_text().splitlines():
        event = json.loads(line)
        adapter = event["data"].get("adapter_name", adapter)
        if event["info"]["name"] == "SQLQuery" and adapter == "databricks":
            sent[_as_sent(event["data"]["sql"])] = None
    return list(sent)


def _as_sent(logged: str) -> str:
    """Without dbt's comment; of a seed's insert the log has an ellipsis behind it, and its parameters are any value."""
    statement = re.sub(r"/\*.*?\*/", "", logged, flags=re.DOTALL)
    return statement.strip().removesuffix("...").strip().replace("%s", "null")


def test_production_is_rehearsed_from_nothing_to_marts_twice(said: str) -> None:
    assert said.count("refresh: marts are served") == 2
    assert said.endswith("rehearsed: production's own steps, from raw to marts\n")


def test_every_statement_of_production_is_one_of_databricks(statements: list[str]) -> None:
    assert len(statements) > 1000
    assert any(each.lower().startswith("merge into") for each in statements)
    assert any("set tags" in each.lower() for each in statements)
    assert [each for each in statements if not is_documented(each)] == []


def is_documented(statement: str) -> bool:
    """Whether one of two grammars of Databricks SQL reads it. Neither is whole: sqlglot lacks INSERT OVERWRITE
    DIRECTORY, sqlfluff DESCRIBE ... AS JSON and INSERT ... REPLACE WHERE, and both SHOW GRANTS ON a table."""
    return bool(SHOW_GRANTS.fullmatch(statement)) or _sqlglot_reads(statement) or _sqlfluff_reads(statement)


def _sqlglot_reads(statement: str) -> bool:
    try:
        return not any(isinstance(each, exp.Command) for each in sqlglot.parse(statement, dialect="databricks"))
    except SqlglotError:
        return False


def _sqlfluff_reads(statement: str) -> bool:
    return not SQLFLUFF.parse_string(f"{statement}\n").violations
