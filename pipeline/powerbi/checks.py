"""What is wrong with a PBIP project and what no tool tells: names, types, references between TMDL, DAX and PBIR.

Microsoft's own engine passes a table declared twice, a relationship between columns of different types, a measure named
like a column, a missing partition or expression; PBIR's schemas know nothing of the model. DAX is searched for its
references, which the generator writes as 'Table'[column] and [measure] only.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from pipeline.powerbi.tmdl_reader import Node, read

_REFERENCE = re.compile(r"('(?:[^']|'')+')?\[([^\]]+)\]")
_TABLE = re.compile(r"'((?:[^']|'')+)'")
_STRING = re.compile(r'"(?:[^"]|"")*"')


@dataclass
class Found:
    """The model as its files say it. Columns and measures by table."""

    tables: dict[str, list[tuple[str, Node]]] = field(default_factory=dict)
    columns: dict[str, dict[str, Node]] = field(default_factory=dict)
    measures: dict[str, dict[str, Node]] = field(default_factory=dict)
    expressions: set[str] = field(default_factory=set)
    top: list[tuple[str, Node]] = field(default_factory=list)

    @property
    def measure_names(self) -> set[str]:
        """Every measure of the model; measures are known by their name alone."""
        return {name for measures in self.measures.values() for name in measures}


def faults(files: dict[str, str]) -> list[str]:
    """Every fault of a project, each with its file; no fault is an empty list. `files` is what project.texts gives."""
    found, said = read_model({path: text for path, text in files.items() if path.endswith(".tmdl")})
    said += [*_tables(found), *_tags(found), *_dax(found), *_relationships(found), *_roles(found), *_sources(found)]
    return [*said, *_report(files, found), *_places(files)]


def read_model(files: dict[str, str]) -> tuple[Found, list[str]]:
    """What the TMDL files say, and what is wrong with their indentation."""
    found, said = Found(), []
    for path, text in sorted(files.items()):
        nodes, wrong = read(text)
        said += [f"{path}: {fault}" for fault in wrong]
        found.top += [(path, node) for node in nodes]
        for node in nodes:
            if node.kind == "table":
                found.tables.setdefault(node.name, []).append((path, node))
                found.columns.setdefault(node.name, {}).update({one.name: one for one in node.of("column")})
                found.measures.setdefault(node.name, {}).update({one.name: one for one in node.of("measure")})
            found.expressions |= {node.name} if node.kind == "expression" else set()
    return found, said


def _tables(found: Found) -> Iterator[str]:
    names = {name for columns in found.columns.values() for name in columns}
    referred = {node.name for _, node in found.top if node.kind == "ref table"}
    referred |= {child.name for _, node in found.top for child in node.of("ref table")}
    for name, places in found.tables.items():
        path, node = places[0]
        if len(places) > 1:
            yield f"{path}: table '{name}' is declared twice, also in {places[1][0]}"
        if not any(node.of("partition") for _, node in places):
            yield f"{path}: table '{name}' has no partition"
        if name not in referred:
            yield f"model.tmdl: table '{name}' is not referred to"
        for kind in ("column", "measure"):
            counts = Counter(child.name.lower() for _, node in places for child in node.of(kind))
            yield from (f"{path}: {kind} '{child}' is declared twice" for child, count in counts.items() if count > 1)
        yield from (f"{path}: measure '{one}' is named like a column" for one in found.measures[name] if one in names)
        yield from _columns(path, node, found.columns[name])
    yield from (f"model.tmdl: table '{name}' is nowhere" for name in sorted(referred - found.tables.keys()))


def _columns(path: str, table: Node, columns: dict[str, Node]) -> Iterator[str]:
    for name, column in columns.items():
        if column.properties.get("summarizeBy") != "none":
            yield f"{path}: column '{name}' would be aggregated without a measure: summarizeBy is not none"
        other = column.properties.get("sortByColumn")
        if other and other.strip("'") not in columns:
            yield f"{path}: column '{name}' is sorted by '{other}', which is nowhere"
    for hierarchy in table.of("hierarchy"):
        for level in hierarchy.of("level"):
            if level.properties.get("column", "").strip("'") not in columns:
                yield f"{path}: level '{level.name}' is of a column that is nowhere"


def _tags(found: Found) -> Iterator[str]:
    tags: dict[str, str] = {}
    for path, node in _all(found.top):
        tag = node.properties.get("lineageTag")
        if node.kind in ("table", "column", "measure") and not tag:
            yield f"{path}: {node.kind} '{node.name}' has no lineageTag"
        if tag and tag in tags:
            yield f"{path}: {node.kind} '{node.name}' has the lineageTag of {tags[tag]}"
        tags[tag or node.name] = f"{node.kind} '{node.name}'"


def _all(nodes: list[tuple[str, Node]]) -> Iterator[tuple[str, Node]]:
    for path, node in nodes:
        yield path, node
        yield from _all([(path, child) for child in node.children])


def _dax(found: Found) -> Iterator[str]:
    for path, node in _all(found.top):
        if node.kind in ("measure", "calculationItem", "tablePermission") and node.text:
            table = node.name if node.kind == "tablePermission" else None
            where = f"{path}: {node.kind} '{node.name}'"
            yield from (f"{where}: {fault}" for fault in unresolved(node.text, found, table))


def unresolved(dax: str, found: Found, row_of: str | None = None) -> Iterator[str]:
    """What an expression refers to and what is nowhere, and brackets that don't close."""
    bare = _STRING.sub('""', dax)
    for table, name in _REFERENCE.findall(bare):
        own = table.strip("'").replace("''", "'") or row_of
        if own and own not in found.tables:
            yield f"table '{own}' is nowhere"
        elif own and name not in found.columns[own]:
            yield f"column '{own}'[{name}] is nowhere"
        elif not own and name not in found.measure_names:
            yield f"measure [{name}] is nowhere"
    yield from (
        f"table '{name}' is nowhere" for name in _TABLE.findall(_REFERENCE.sub("", bare)) if name not in found.tables
    )
    if bare.count("(") != bare.count(")") or bare.count("{") != bare.count("}"):
        yield "brackets do not close"


def _relationships(found: Found) -> Iterator[str]:
    active: Counter[tuple[str, str]] = Counter()
    for path, node in found.top:
        if node.kind != "relationship":
            continue
        sides = ends(node)
        columns = [found.columns.get(table, {}).get(column) for table, column in sides]
        for (table, column), one in zip(sides, columns, strict=True):
            if one is None:
                yield f"{path}: relationship {node.name}: '{table}'[{column}] is nowhere"
        if columns[0] and columns[1]:
            many, one_side = (column.properties.get("dataType") for column in columns if column)
            if many != one_side:
                yield f"{path}: relationship {node.name} joins {sides[0]} of {many} to {sides[1]} of {one_side}"
        if node.properties.get("isActive") != "false":
            active[(sides[0][0], sides[1][0])] += 1
    for (many_table, one_table), count in active.items():
        if count > 1:
            yield f"relationships.tmdl: {count} active relationships from '{many_table}' to '{one_table}'"


def ends(relationship: Node) -> list[tuple[str, str]]:
    """Table and column of the many side and of the one; empty where it names none."""
    return [_end(relationship.properties.get(side, "")) for side in ("fromColumn", "toColumn")]


def between(relationships: Iterable[Node]) -> set[str]:
    """Tables that stand on the many side of one relationship and on the one side of another."""
    tables = [[table for table, _ in ends(one)] for one in relationships]
    return {many for many, _ in tables} & {one for _, one in tables}


def _end(text: str) -> tuple[str, str]:
    table, _, column = text.rpartition(".")
    return table.strip("'").replace("''", "'"), column.strip("'")


def _roles(found: Found) -> Iterator[str]:
    passed = between(node for _, node in found.top if node.kind == "relationship")
    for path, role in found.top:
        for permission in role.of("tablePermission") if role.kind == "role" else []:
            if permission.name not in found.tables:
                yield f"{path}: role '{role.name}' speaks of table '{permission.name}', which is nowhere"
            elif permission.name in passed and permission.properties.get("metadataPermission") == "none":
                yield f"{path}: role '{role.name}' hides '{permission.name}', which relationships pass through"


def _sources(found: Found) -> Iterator[str]:
    for path, node in _all(found.top):
        if node.kind == "partition" and node.text.startswith("m"):
            called = re.search(r"Sql\.Database\((\w+), (\w+)\)", node.properties.get("source", "") + node.text)
            missing = [name for name in (called.groups() if called else ()) if name not in found.expressions]
            yield from (
                f"{path}: partition '{node.name}' needs expression {name}, which is nowhere" for name in missing
            )
            if called is None:
                yield f"{path}: partition '{node.name}' doesn't read the warehouse of the parameters"


def _report(files: dict[str, str], found: Found) -> Iterator[str]:
    names: dict[str, str] = {}
    for path, text in sorted(files.items()):
        if not path.endswith(".json") or "/pages/" not in path:
            continue
        page = json.loads(text)
        yield from (f"{path}: {fault}" for fault in _bindings(page, found))
        if path.endswith("/visual.json"):
            if page["name"] in names:
                yield f"{path}: visual '{page['name']}' has the name of {names[page['name']]}"
            names[page["name"]] = path
            if "altText" not in json.dumps(page["visual"].get("visualContainerObjects", {}).get("general", [])):
                yield f"{path}: visual '{page['name']}' has no alt text"


def _bindings(value: Any, found: Found) -> Iterator[str]:
    """Each field that a page or visual names, wherever it stands."""
    if isinstance(value, list):
        for one in value:
            yield from _bindings(one, found)
    elif isinstance(value, dict):
        for kind, known in (("Measure", found.measures), ("Column", found.columns)):
            if kind in value and "Property" in value[kind]:
                table, name = value[kind]["Expression"]["SourceRef"]["Entity"], value[kind]["Property"]
                if name not in known.get(table, {}):
                    yield f"{kind.lower()} '{table}'[{name}] is nowhere"
        for one in value.values():
            yield from _bindings(one, found)


def _places(files: dict[str, str]) -> Iterator[str]:
    """What one file says of another one's place."""
    folders = {f"{parent}" for path in files for parent in PurePosixPath(path).parents}
    for path in (path for path in files if path.endswith("definition.pbir")):
        model = json.loads(files[path])["datasetReference"]["byPath"]["path"].removeprefix("../")
        if model not in folders:
            yield f"{path}: there is no semantic model in {model}"
    for path in (path for path in files if path.endswith("pages/pages.json")):
        place = path.removesuffix("pages.json")
        for page in json.loads(files[path])["pageOrder"]:
            if f"{place}{page}/page.json" not in files:
                yield f"{path}: there is no page {page}"
