"""A job's diagram as text: what each step and output reads, and what it keeps."""

from __future__ import annotations

from collections.abc import Mapping

from local_azure.stream_analytics.parser import parse
from local_azure.stream_analytics.project import LocalInput, Project
from local_azure.stream_analytics.syntax import Query


def diagram(project: Project, inputs: Mapping[str, LocalInput] | None = None) -> str:
    """Inputs, steps and outputs in the script's order, each with what it reads. Raises JobError."""
    script = parse(project.query)
    names = [each.alias for each in project.streams] + [each.alias for each in project.references]
    names += [each.alias for alias, each in (inputs or {}).items() if alias not in {name.lower() for name in names}]
    lines = [f"input   {name}" for name in names]
    lines += [f"step    {name} <- {_read(query)}" for name, query in script.steps]
    lines += [f"output  {query[0].into or 'output'} <- {_read(query)}" for query in script.outputs]
    return "\n".join(lines)


def _read(query: Query) -> str:
    parts = []
    for select in query:
        sources = " + ".join([select.source.name, *(join.source.name for join in select.joins)])
        parts.append(f"{sources}{' by window' if select.group_by else ''}")
    return " | ".join(parts)
