"""docs/analyst_guide.md, "Add an event type", walked in a copy of the project: it takes the files that it names."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import PROJECT

pytestmark = pytest.mark.slow
SUPPORT = "models/silver/support/silver_"
NEW, NEIGHBOUR = "support.ticket.escalated.v1", "support.survey.answered.v1"


class Copy:
    """The project in a folder of its own, under an editor's hands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("macros", "models", "seeds", "snapshots", "tests", "analyses", "ingestion", "profiles"):
            if (PROJECT / folder).exists():
                shutil.copytree(PROJECT / folder, root / folder)
        for file in ("dbt_project.yml", "selectors.yml", "pyproject.toml"):
            shutil.copy(PROJECT / file, root)

    def put_before(self, file: str, mark: str, line: str) -> None:
        """A line before the first one that holds `mark`."""
        text = (self.root / file).read_text()
        assert mark in text
        (self.root / file).write_text(re.sub(f"^(?=.*{re.escape(mark)})", line, text, count=1, flags=re.MULTILINE))

    def write_like(self, neighbour: str, file: str, words: dict[str, str]) -> None:
        """A file like its neighbour, in other words."""
        text = (self.root / neighbour).read_text()
        for old, new in words.items():
            text = text.replace(old, new)
        (self.root / file).write_text(text)

    def contracts_agree(self) -> bool:
        """Whether the tests that keep struct and contract equal pass here."""
        words = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/python/models/test_contracts.py",
        ]
        return subprocess.run(words, cwd=self.root, capture_output=True, check=False).returncode == 0

    def parse(self) -> dict[str, dict[str, object]]:
        """dbt's nodes. Raises CalledProcessError where the project does not parse."""
        words = ("--profiles-dir", "profiles", "--target", "local", "--log-path", self.root / "logs")
        subprocess.run([Path(sys.executable).with_name("dbt"), "--quiet", "parse", *words], cwd=self.root, check=True)
        nodes: dict[str, dict[str, object]] = json.loads((self.root / "target/manifest.json").read_text())["nodes"]
        return nodes


def test_a_new_event_type_takes_what_the_guide_says(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    struct = "class TicketEscalated(Data, frozen=True):\n    ticket_id: Identifier\n    level: int\n\n\n"
    copy.put_before("ingestion/events.py", "class SurveyAnswered", struct)
    copy.put_before("ingestion/events.py", f'"{NEIGHBOUR}":', f'    "{NEW}": TicketEscalated,\n')
    assert not copy.contracts_agree()

    fields = f"        '{NEW}': {{\n            'ticket_id': 'string',\n            'level': 'bigint',\n        }},\n"
    copy.put_before("macros/contracts.sql", f"'{NEIGHBOUR}': {{", fields)
    copy.put_before("macros/contracts.sql", f"'{NEIGHBOUR}': [", f"        '{NEW}': ['ticket_id', 'level'],\n")
    assert copy.contracts_agree()

    column = "      - name: ticket_escalated\n        description: Its payload; null for other types.\n"
    for described in ("models/bronze/support/bronze_support_events.yml", f"{SUPPORT}support_checked.yml"):
        copy.put_before(described, "- name: survey_answered", column)
    words = {
        NEIGHBOUR: NEW, "survey_answered": "ticket_escalated", "silver_survey_answers": "silver_ticket_escalations",
        "survey_id, ": "", "score": "level", "        ticket_escalated.survey_id,\n": "",
        "      - name: survey_id\n        description: \"{{ doc('survey_id') }}\"\n": "",
        "description: \"{{ doc('level') }}\"": "description: How far up it went.",
    }  # fmt: skip
    for kind in ("sql", "yml"):
        copy.write_like(f"{SUPPORT}survey_answers.{kind}", f"{SUPPORT}ticket_escalations.{kind}", words)
    copy.put_before(
        "models/silver/silver_accepted_events.sql", "'silver_survey_answers'",
        f"    'silver_ticket_escalations': '{NEW}',\n",
    )  # fmt: skip
    node = copy.parse()["model.customer_data_pipeline.silver_ticket_escalations"]
    assert node["depends_on"]["nodes"] == ["model.customer_data_pipeline.silver_support_checked"]  # type: ignore[index]
    assert set(node["columns"]) >= {"event_key", "ticket_id", "level"}  # type: ignore[call-overload]
