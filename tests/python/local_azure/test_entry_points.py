"""Each service starts by a command of its own, from an installation of the extra `local` and nothing else."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, entry_points, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[3]
OURS = {"local_azure", "ingestion"}
SERVICES = {"customer-api", "databricks-sql", "event-hubs", "stream-analytics", "synapse"}


def test_each_service_has_a_command() -> None:
    found = {each.name: each.load() for each in entry_points(group="console_scripts") if each.name.startswith("local-")}
    assert set(found) == {f"local-{name}" for name in SERVICES}
    assert all(map(callable, found.values()))


def installed(name: str, extras: frozenset[str], seen: set[str]) -> set[str]:
    """A distribution and all that it brings with these extras of it."""
    if name in seen:
        return seen
    try:
        needed = [Requirement(text) for text in requires(name) or []]
    except PackageNotFoundError:  # for another platform or version of Python
        return seen
    seen.add(name)
    for one in needed:
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras | {""}):
            installed(canonicalize_name(one.name), frozenset(one.extras), seen)
    return seen


def imported(file: Path) -> Iterator[str]:
    """The packages that a file's statements import, by their first names."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("service", sorted({*SERVICES, ""}))
def test_what_a_service_imports_comes_with_the_extra(service: str) -> None:
    there = installed("customer-data-pipeline", frozenset({"local"}), set())
    folder = PROJECT / "local_azure" / service.replace("-", "_")
    files = folder.rglob("*.py") if service else folder.glob("*.py")
    wanted = {name for file in files for name in imported(file)} - OURS - sys.stdlib_module_names
    by_name = packages_distributions()
    missing = {name for name in wanted if not there & {canonicalize_name(each) for each in by_name.get(name, [])}}
    assert missing == set()
