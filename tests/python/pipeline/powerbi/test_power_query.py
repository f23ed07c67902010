"""The M of every partition parses with Microsoft's own parser, and broken M does not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.powerbi import project

PARSER = "@microsoft/powerquery-parser@2.0.0"
SCRIPT = """
const pq = require("@microsoft/powerquery-parser");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
(async () => {
  const faults = {};
  for (const [name, text] of Object.entries(texts)) {
    const task = await pq.TaskUtils.tryLexParse(pq.DefaultSettings, text);
    if (!pq.TaskUtils.isParseStageOk(task)) faults[name] = String(task.error && task.error.message);
  }
  console.log(JSON.stringify(faults));
})();
"""


def sources() -> dict[str, str]:
    """The M of each partition by its table's file."""
    found = {path: re.search(r"\t\tsource =\n((?:\t\t\t\t.*\n)+)", text) for path, text in project.on_disk().items()}
    return {path: match[1] for path, match in found.items() if match and path.endswith(".tmdl")}


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("npm"):
        pytest.skip("Microsoft's parser of Power Query is an npm package, and npm is not here")
    folder = tmp_path_factory.mktemp("npm")
    subprocess.run(["npm", "install", "--silent", "--no-save", "--prefix", folder, PARSER], check=True, timeout=300)
    (folder / "parse.js").write_text(SCRIPT)
    return folder


def faults(parser: Path, texts: dict[str, str]) -> dict[str, str]:
    said = subprocess.run(
        ["node", parser / "parse.js"], input=json.dumps(texts), capture_output=True, text=True, check=True, timeout=300
    )
    found: dict[str, str] = json.loads(said.stdout)
    return found


@pytest.mark.slow
def test_every_partition_parses(parser: Path) -> None:
    assert len(sources()) > 30
    assert faults(parser, sources()) == {}


@pytest.mark.slow
def test_broken_m_does_not(parser: Path) -> None:
    text = next(iter(sources().values()))
    broken = {
        "no in": text.replace("\tin\n", "\t\n"),
        "open bracket": text.replace(")", "", 1),
        "no comma": text.replace(",\n", "\n", 1),
    }
    assert faults(parser, broken).keys() == broken.keys()
