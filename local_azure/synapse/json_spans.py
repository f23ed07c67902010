"""Where the values of a JSON text stand in it, and the text with one of them changed: all around it stays as it is.

Source: Microsoft Learn, "JSON_QUERY", "JSON_MODIFY", whose examples keep the spelling of what they do not change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLANKS = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Member:
    """A member of an object or array: where its name and its value begin, and where it ends."""

    name: str | int
    begin: int
    value: int
    end: int


def _behind_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def members(text: str, at: int) -> Iterator[Member]:
    """Those of the object or array at a position of a well-formed text; none of a scalar."""
    if text[at] not in "{[":
        return
    place, at = 0, _behind_blanks(text, at + 1)
    while text[at] not in "}]":
        name: str | int = place
        begin = at
        if text[at] == '"' and (spelt := _named(text, at)):
            name, at = spelt
        _, end = _DECODER.raw_decode(text, at)
        yield Member(name, begin, at, end)
        at = _behind_blanks(text, end)
        at = _behind_blanks(text, at + 1) if text[at] == "," else at
        place += 1


def _named(text: str, at: int) -> tuple[str, int] | None:
    """A member's name and where its value begins; None for a string that is an element."""
    name, end = _DECODER.raw_decode(text, at)
    colon = _behind_blanks(text, end)
    return (name, _behind_blanks(text, colon + 1)) if text[colon] == ":" else None


def found(text: str, path: Path) -> Member | None:
    """What a path leads to; of members of the same name the first."""
    begin = _behind_blanks(text, 0)
    at: Member | None = Member(0, begin, begin, len(text.rstrip(" \t\n\r")))
    for step in path:
        inside = members(text, at.value) if at is not None and _fits(text[at.value], step) else iter(())
        at = next((member for member in inside if member.name == step), None)
    return at


def _fits(opening: str, step: str | int) -> bool:
    return opening == ("{" if isinstance(step, str) else "[")


def put(text: str, path: Path, value: str) -> str:
    """A value in the place of what is there, or as a new member of an object; nothing where there is no object."""
    old = found(text, path)
    if old is not None:
        return text[: old.value] + value + text[old.end :]
    parent = found(text, path[:-1])
    if not path or parent is None or text[parent.value] != "{" or not isinstance(path[-1], str):
        return text
    return added(text, parent, f"{json.dumps(path[-1], ensure_ascii=False)}:{value}")


def added(text: str, parent: Member, member: str) -> str:
    """One more member of an object or array, behind the others."""
    last = None
    for each in members(text, parent.value):
        last = each.end
    at = parent.value + 1 if last is None else last
    return f"{text[:at]}{'' if last is None else ','}{member}{text[at:]}"


def without(text: str, path: Path) -> str:
    """The text without a member, and without the comma that held it to the next one, or to the one before."""
    gone, parent = found(text, path), found(text, path[:-1])
    if gone is None or parent is None:
        return text
    beside = list(members(text, parent.value))
    place = beside.index(gone)
    if place + 1 < len(beside):
        return text[: gone.begin] + text[beside[place + 1].begin :]
    begin = beside[place - 1].end if place else gone.begin
    return text[:begin] + text[gone.end :]
