"""A reader of TMDL's lines, enough for the checks: objects by indentation, with their properties and expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_KINDS = (
    "table column measure partition relationship hierarchy level role tablePermission calculationItem expression "
    "cultureInfo refreshPolicy annotation calculationGroup model database linguisticMetadata"
)
_OBJECT = re.compile(rf"(ref )?({_KINDS.replace(' ', '|')})\b ?('(?:[^']|'')+'|[^\s=]+)?(?: = ?(.*))?$")


@dataclass
class Node:
    """One object: its kind, unquoted name, text behind the equals sign, properties and children."""

    kind: str
    name: str
    text: str
    line: int
    properties: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    description: str = ""

    def of(self, kind: str) -> list[Node]:
        """Children of one kind."""
        return [child for child in self.children if child.kind == kind]


def read(text: str) -> tuple[list[Node], list[str]]:
    """The objects at the left edge, and what is wrong with the indentation, by line."""
    root, faults = Node("", "", "", 0), []
    open_nodes, about = [root], ""
    for number, line in enumerate(text.splitlines(), 1):
        depth = len(line) - len(line.lstrip("\t"))
        body = line.strip()
        if body.startswith("///"):
            about = body.removeprefix("///").strip()
        if not body or body.startswith("///"):
            continue
        if depth >= len(open_nodes):
            last = open_nodes[-1]  # the lines of an expression, below what it belongs to
            last.text += f"\n{body}"
            if "source" in last.properties:
                last.properties["source"] += f"\n{body}"
        elif line[depth] == " ":
            faults.append(f"line {number}: indented by spaces")
        else:
            del open_nodes[depth + 1 :]
            _take(body, number, open_nodes, about)
        about = ""
    return root.children, faults


def _take(body: str, number: int, open_nodes: list[Node], about: str) -> None:
    found = _OBJECT.match(body)
    if found:
        name = (found[3] or "").strip("'").replace("''", "'")
        node = Node(f"{found[1] or ''}{found[2]}", name, found[4] or "", number, description=about)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)
        return
    name, _, value = body.partition(":") if not re.match(r"\w+ =", body) else body.partition("=")
    open_nodes[-1].properties[name.strip()] = value.strip()
