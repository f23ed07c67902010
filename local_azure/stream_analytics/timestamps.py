"""What TIMESTAMP BY cannot take, and what its OVER asks of the SELECT around it (Microsoft Learn, "TIMESTAMP BY")."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.syntax import Binary, Expression, Name, Node, Script, Select, Source, walk

PAGE = "timestamp-by-azure-stream-analytics"


def refused(script: Script, inputs: Collection[str], references: Collection[str]) -> Iterator[QueryError]:
    """A finding for each limit of the page that the script oversteps; aliases are in lower case.

    Columns that a step calls otherwise are not followed, and how many partitions an input has is not known here.
    """
    yield from _mixed(script, inputs)
    for select in (node for node in walk(script.queries) if isinstance(node, Select)):
        streams = [each for each in _sources(select) if each.name.lower() not in references]
        for source in streams:
            yield from _made(select, source)
            yield from _ungrouped(select, source)
            yield from _unjoined(select, source, {each.alias for each in streams})


def _mixed(script: Script, inputs: Collection[str]) -> Iterator[QueryError]:
    read = [node for node in walk(script.queries) if isinstance(node, Source) and node.name.lower() in inputs]
    keyed = {source.name.lower() for source in read if source.over}
    others = {source.name.lower(): source for source in read if keyed and source.name.lower() not in keyed}
    for source in others.values():
        reason = f"TIMESTAMP BY ... OVER stands at all inputs of a query or at none; {source.name} has no OVER"
        yield QueryError(source.position, reason, PAGE)


def _made(select: Select, source: Source) -> Iterator[QueryError]:
    """A value of APPLY, or of another source, is no field of the payload."""
    aliases = {apply.alias.lower() for apply in select.applies} | {each.alias.lower() for each in _sources(select)}
    aliases -= {source.alias.lower()}
    for name in walk((source.timestamp_by, source.over)):
        if isinstance(name, Name) and len(name.parts) > 1 and name.parts[0].lower() in aliases:
            yield QueryError(name.position, f"TIMESTAMP BY takes a field of {source.name}'s events, not {name}", PAGE)


def _ungrouped(select: Select, source: Source) -> Iterator[QueryError]:
    for key in source.over if select.group_by else ():
        if not any(_is_same(key, node, source) for node in walk(select.group_by)):
            yield QueryError(key.position, f"GROUP BY needs {_shown(key)}, the key of TIMESTAMP BY ... OVER", PAGE)


def _unjoined(select: Select, source: Source, streams: set[str]) -> Iterator[QueryError]:
    for join in select.joins:
        if join.source.alias not in streams or source not in (select.source, join.source):
            continue
        sides = [side for node in walk(join.on) if isinstance(node, Binary) for side in (node.left, node.right)]
        for key in source.over:
            if not any(_is_same(key, side, source) for side in sides):
                reason = f"ON needs {source.alias}'s {_shown(key)}, the key of TIMESTAMP BY ... OVER"
                yield QueryError(join.position, reason, PAGE)


def _sources(select: Select) -> list[Source]:
    return [select.source, *(join.source for join in select.joins)]


def _is_same(key: Expression, node: Node, source: Source) -> bool:
    if isinstance(key, Name) and isinstance(node, Name):
        return _bare(key, source) == _bare(node, source)
    return key == node


def _bare(name: Name, source: Source) -> list[str]:
    parts = [part.lower() for part in name.parts]
    return parts[1:] if len(parts) > 1 and parts[0] == source.alias.lower() else parts


def _shown(key: Expression) -> str:
    return str(key) if isinstance(key, Name) else "the expression"
