"""JSON by a path of T-SQL's: what JSON_VALUE, JSON_QUERY, OPENJSON and JSON_MODIFY read and change.

Source: Microsoft Learn, "JSON path expressions", "JSON_VALUE", "JSON_QUERY", "OPENJSON", "JSON_MODIFY".
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from local_azure.synapse import json_spans
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


def _first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of members with the same name the first."""
    found: dict[str, Any] = {}
    for name, member in pairs:
        found.setdefault(name, member)
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)


def is_document(text: str) -> int:
    """ISJSON: 1 for an object or an array."""
    try:
        return int(isinstance(_read(text), dict | list))
    except ValueError:
        return 0


def _read(text: str) -> Any:
    try:
        return json.loads(text, parse_float=_Number, parse_constant=_no_number, object_pairs_hook=_first)
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
    scalar = _scalar(found, mode)
    return scalar if not isinstance(found, str) or len(found.encode("utf-16-le")) <= 8000 else None


def _scalar(found: Any, mode: str) -> str | None:
    if found is _MISSING or isinstance(found, dict | list):
        if mode == "strict":
            raise _nothing(found, 13623, "Scalar value")
        return None
    return _text(found)


def _text(found: Any) -> str | None:
    """A value as OPENJSON and JSON_VALUE give it: a string without its quotes, a number as it was spelt."""
    if isinstance(found, str | None):
        return found
    return found.text if isinstance(found, _Number) else _written(found)


_NO_PROPERTY = "Property cannot be found on the specified JSON path."


def _nothing(found: Any, number: int, wanted: str) -> ValueError:
    if found is _MISSING:
        return _tagged(13608, _NO_PROPERTY)
    return _tagged(number, f"{wanted} cannot be found in the specified JSON path.")


def _steps(path: str) -> tuple[str, tuple[str | int, ...]]:
    """The steps of a path that a row gives."""
    try:
        return steps(path)
    except SqlError as error:
        raise _tagged(error.number, error.message) from error


def _found(text: str, path: str) -> tuple[str, Any]:
    mode, parts = _steps(path)
    return mode, _at(_read(text), parts)


def query(text: str | None, path: str | None) -> str | None:
    """The object or array at a path; NULL for all else in lax mode, 13608 and 13624 in strict."""
    if text is None or path is None:
        return None
    mode, found = _found(text, path)
    span = json_spans.found(text, _steps(path)[1])
    if isinstance(found, dict | list) and span is not None:
        return text if path.strip() == "$" else text[span.value : span.end]
    return _nested(found, mode)


def _nested(found: Any, mode: str) -> str | None:
    if isinstance(found, dict | list):
        return _written(found)
    if mode == "strict":
        raise _nothing(found, 13624, "Object or array")
    return None


def members(text: str | None, path: str | None) -> str:
    """OPENJSON without WITH: key, value and the number of the type of each member, as JSON."""
    opened = _opened(text, path)
    pairs = opened.items() if isinstance(opened, dict) else ((str(i), found) for i, found in enumerate(opened))
    rows = [{"key": key, "value": _text(found), "type": _kind(found)} for key, found in pairs]
    return json.dumps(rows)


def columns(text: str | None, path: str | None, wanted: str) -> str:
    """OPENJSON with WITH: of each element, or of the one object, the text at each (path, whether it is JSON)."""
    opened = _opened(text, path)
    elements = [opened] if isinstance(opened, dict) else opened
    return json.dumps([[_column(element, *column) for column in json.loads(wanted)] for element in elements])


def _column(element: Any, path: str, as_json: bool) -> str | None:
    mode, parts = _steps(path)
    found = _at(element, parts)
    return _nested(found, mode) if as_json else _scalar(found, mode)


def _opened(text: str | None, path: str | None) -> dict[str, Any] | list[Any]:
    """The object or array at a path; none is as an empty one in lax mode, 13608 and 13624 in strict."""
    if text is None or path is None:
        return []
    document = _read(text)
    if not isinstance(document, dict | list):
        raise _tagged(13609, f"JSON text is not properly formatted. Unexpected character '{text.strip()[:1]}' is found "
                      "at position 0.")  # fmt: skip
    mode, parts = _steps(path)
    found = _at(document, parts)
    if isinstance(found, dict | list):
        return found
    if mode == "strict":
        raise _nothing(found, 13624, "Object or array")
    return []


def _kind(found: Any) -> int:
    """The number of a value's type ("OPENJSON", return value)."""
    if found is None:
        return 0
    kinds: list[tuple[type, int]] = [(str, 1), (bool, 3), (list, 4), (dict, 5)]
    return next((number for type_, number in kinds if isinstance(found, type_)), 2)


def modify(text: str | None, path: str | None, given: str | None) -> str | None:
    """The document with a value (as JSON) in place; NULL takes a member away in lax mode."""
    if text is None or path is None:
        return None
    mode, parts = _steps(path)
    old = _at(_read(text), parts)
    if old is _MISSING and mode.endswith("strict"):
        raise _tagged(13608, _NO_PROPERTY)
    new = "null" if given is None else _spelt(given)
    if mode.startswith("append"):
        return _appended(text, parts, old, new)
    if given is None and mode == "lax" and parts and isinstance(parts[-1], str):
        return json_spans.without(text, parts)
    return json_spans.put(text, parts, new)


def _spelt(given: str) -> str:
    """An object or array as it was written, a scalar as JSON writes it."""
    found = _read(given)
    return given if isinstance(found, dict | list) else _written(found)


def _appended(text: str, parts: tuple[str | int, ...], old: Any, new: str) -> str:
    """One more element of an array, or an array of it where there was nothing."""
    array = json_spans.found(text, parts)
    if isinstance(old, list) and array is not None:
        return json_spans.added(text, array, new)
    return json_spans.put(text, parts, f"[{new}]") if old is _MISSING else text
