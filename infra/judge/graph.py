"""The platform as a graph, in docs/platform.md: each file of infra/ with what it makes, and which file needs which.

python -m infra.judge.graph      writes it; a test holds it to the platform
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

from infra.judge.workbench import PROJECT, JudgeError, Workbench, prepare

PAGE = PROJECT / "docs" / "platform.md"
INFRA = PROJECT / "infra"
LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'
_RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)"', re.M)
_EDGE = re.compile(r'"([a-z]\w+\.\w+)" -> "([a-z]\w+\.\w+)"')
HEAD = """# The platform

What stands in Azure, made from `infra/` by `python -m infra.judge.graph`: a box is a file there, with what it makes; an
arrow leads from a file to one that needs it.

"""


def page(judge: Workbench) -> str:
    """docs/platform.md as it should be. Raises JudgeError where Terraform draws nothing."""
    homes = {f"{kind}.{name}": file.stem for file in sorted(INFRA.glob("*.tf")) for kind, name in _found(file)}
    boxes = defaultdict(list)
    for resource, home in homes.items():
        boxes[home].append(resource)
    arrows = sorted({(homes[b], homes[a]) for a, b in edges(judge) if homes[a] != homes[b]})
    lines = ["```mermaid", "flowchart LR"]
    lines += [
        f'  {home}["<b>{home}</b><br/>{"<br/>".join(_words(one) for one in boxes[home])}"]' for home in sorted(boxes)
    ]
    lines += [f"  {needed} --> {needs}" for needed, needs in arrows]
    return HEAD + "\n".join([*lines, "```", ""])


def edges(judge: Workbench) -> list[tuple[str, str]]:
    """Pairs of resources, `("azurerm_key_vault.this", "azurerm_resource_group.this")`: the first needs the second."""
    return _EDGE.findall(_drawn(judge))


def _found(file: Path) -> list[tuple[str, str]]:
    return _RESOURCE.findall(file.read_text())


def _words(resource: str) -> str:
    kind, name = resource.split(".")
    words = kind.partition("_")[2].replace("_", " ")
    return name.replace("_", " ") if words in {"resource", "data"} else words if name == "this" else f"{words}: {name}"


def _drawn(judge: Workbench) -> str:
    """Terraform's own graph, of a copy whose state is local."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "infra"
        shutil.copytree(INFRA, copy, ignore=shutil.ignore_patterns("judge", ".terraform*"))
        (copy / "backend_override.tf").write_text(LOCAL_STATE)
        for name in ("security.yml", "stream_analytics", "ingestion", "uv.lock"):
            (Path(folder) / name).symlink_to(PROJECT / name)
        for words in (["init"], ["graph"]):
            done = judge.terraform(copy, *words)
            if done.returncode:
                raise JudgeError(f"terraform {words[0]}: {done.stderr}")
        return done.stdout


if __name__ == "__main__":
    PAGE.write_text(page(prepare()))
