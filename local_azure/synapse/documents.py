"""JSON by a path of T-SQL's: what JSON_VALUE, JSON_QUERY and JSON_MODIFY read and change.

Source: Microsoft Learn, "JSON path expressions", "JSON_VALUE", "JSON_QUERY", "JSON_MODIFY".
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from local_azure.synapse.errors import SqlError

_STEP = re.compile(r'\.(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_][A-Za-z0-9_$]*))|\[(\d+)\]')
_MISSING = object()


class _Number(float):
    """A number with a fraction, and how it was spelt."""

    def __new__(cls, text: str) -> _Number:
        found = super().__new__(cls, text)
        found.text = text
        return found

    text: str


@lru_cache(maxsize=512)
def steps(path: str) -> tuple[str, tuple[str | int, ...]]:
    """The mode (lax, strict, with `append ` before it) and the steps of a path. Raises SqlError 13607."""
    words = path.strip().split("$", 1)
    mode = " ".join(words[0].lower().split()) or "lax"
    mode = mode if "lax" in mode or "strict" in mode else f"{mode} lax"
    if len(words) < 2 or mode not in {"lax", "strict", "append lax", "append strict"}:
        raise _bad_path(path)
    found: list[str | int] = []
    at = 0
    while at < len(words[1]):
        step = _STEP.match(words[1], at)
        if step is None:
            raise _bad_path(path)
        name = step[1] if step[1] is not None else step[2]
        found.append(int(step[3]) if name is None else name)
        at = step.end()
    return mode, tuple(found)


def _bad_path(path: str) -> SqlError:
    return SqlError(13607, f"JSON path is not properly formatted. Unexpected character is found in '{path}'.")


def _read(text: str) -> Any:
    try:
        return json.loads(text, parse_float=_Number)
    except ValueError as error:
        at = getattr(error, "pos", 0)
        shown = text[at : at + 1] or "."
        message = f"JSON text is not properly formatted. Unexpected character '{shown}' is found at position {at}."
        raise _tagged(13609, message) from error


def _tagged(number: int, text: str) -> ValueError:
    """An error as it travels through DuckDB, see engine.translate."""
    return ValueError(f"[[{number}]]{text}")


def _step(document: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return document.get(step, _MISSING) if isinstance(document, dict) else _MISSING
    return document[step] if isinstance(document, list) and step < len(document) else _MISSING


def _at(document: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        document = _step(document, step)
    return document


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def value(text: str | None, path: str | None) -> str | None:
    """The scalar at a path as text; NULL for all else in lax mode, 13608 and 13623 in strict."""
    if text is None or path is None:
        return None
    mode, found = _found(text, path)
    if found is _MISSING or isinstance(found, dict | list):
        if mode == "strict":
            raise _nothing(found, 13623, "Scalar value")
        return None
    if isinstance(found, str):
        return found if len(found.encode("utf-16-le")) <= 8000 else None
    if isinstance(found, _Number):
        return found.text
    return None if found is None else _written(found)


_NO_PROPERTY = "Property cannot be found on the specified JSON path."


def _nothing(found: Any, number: int, wanted: str) -> ValueError:
    if found is _MISSING:
        return _tagged(13608, _NO_PROPERTY)
    return _tagged(number, f"{wanted} cannot be found in the specified JSON path.")


def _found(text: str, path: str) -> tuple[str, Any]:
    mode, parts = steps(path)
    return mode, _at(_read(text), parts)


def query(text: str | None, path: str | None) -> str | None:
    """The object or array at a path; NULL for all else in lax mode, 13608 and 13624 in strict."""
    if text is None or path is None:
        return None
    mode, found = _found(text, path)
    if isinstance(found, dict | list):
        return text if path.strip() == "$" else _written(found)
    if mode == "strict":
        raise _nothing(found, 13624, "Object or array")
    return None


def modify(text: str | None, path: str | None, given: str | None) -> str | None:
    """The document with a value (as JSON) in place; NULL takes a member away in lax mode."""
    if text is None or path is None:
        return None
    mode, parts = steps(path)
    document = _read(text)
    new = None if given is None else _read(given)
    parent, last = _at(document, parts[:-1]), parts[-1] if parts else None
    old = _at(document, parts)
    if old is _MISSING and mode.endswith("strict"):
        raise _tagged(13608, _NO_PROPERTY)
    if mode.startswith("append"):
        _append(parent, last, old, new)
    elif isinstance(parent, dict) and isinstance(last, str):
        _set(parent, last, given is None and mode == "lax", new)
    elif isinstance(parent, list) and isinstance(last, int) and last < len(parent):
        parent[last] = new
    return _written(document)


def _append(parent: Any, last: str | int | None, old: Any, new: Any) -> None:
    if isinstance(old, list):
        old.append(new)
    elif old is _MISSING and isinstance(parent, dict) and isinstance(last, str):
        parent[last] = [new]


def _set(parent: dict[str, Any], name: str, remove: bool, new: Any) -> None:
    if remove:
        parent.pop(name, None)
    else:
        parent[name] = new
