"""An answer's bytes cut into records, each kept as it came: one broken record never costs the page.

The usual page is cut by msgspec. One that msgspec refuses (a lone surrogate, NaN, a raw NUL, brackets 100,000 deep)
is cut by its brackets and strings alone, so that only the record that is broken is refused, later, by itself.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from decimal import Decimal
from typing import Any

import msgspec

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{},:]', re.S)  # one without its end is one, too
_SPACE = re.compile(rb"[ \t\r\n]*")
_PATH = re.compile(r"\$?(\.?[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*)?(\[\*\])?\Z")
_BOMS = (  # UTF-32's first: UTF-16's little-endian mark begins it
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_elements = msgspec.json.Decoder(list[msgspec.Raw])
_values = msgspec.json.Decoder(float_hook=Decimal)
encode = msgspec.json.Encoder(decimal_format="number").encode
"""The bytes of a value that `decode` gave: a Decimal is a number again."""
_NO_RECORD = "an object where records should be"
BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding broken bytes raises."""


class PageError(ValueError):
    """A page, and not one of its records, is broken."""


def decode(raw: bytes) -> Any:
    """The value of one record, its fractions as Decimal. Raises one of `BROKEN`."""
    raw.decode()  # msgspec skips what it need not read; all of it must be text
    return _values.decode(raw)


def path_of(selector: str | None) -> list[str]:
    """The keys of a `data_selector`: `$`, `data`, `result.items`, `$.data[*]`. Raises ValueError for no path."""
    if not selector or selector == "$":
        return []
    if not _PATH.match(selector):
        raise ValueError(f"data_selector {selector!r} is no path of keys, such as data or result.items")
    return [key for key in selector.removeprefix("$").removesuffix("[*]").split(".") if key]


def at(value: Any, path: list[str]) -> Any:
    """The member at a path of keys; None where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def as_utf8(body: bytes, charset: str | None = None) -> bytes:
    """The body in UTF-8 without a byte-order mark; `charset` is what the answer's Content-Type names.

    Raises PageError for bytes that are not of the encoding they claim.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _transcoded(body[len(mark) :], encoding)
    if body[:2] in (b"[\0", b"{\0"):
        return _transcoded(body, "utf-16-le")
    if body[:2] in (b"\0[", b"\0{"):
        return _transcoded(body, "utf-16-be")
    return _transcoded(body, charset or "utf-8")


def _transcoded(body: bytes, encoding: str) -> bytes:
    """What is not of the encoding becomes a lone surrogate, which is not in UTF-8: its record alone is broken."""
    try:
        name = codecs.lookup(encoding).name
        if name in ("utf-8", "ascii"):
            return body
        errors = "surrogatepass" if name.startswith(("utf-16", "utf-32")) else "surrogateescape"
        return body.decode(encoding, errors).encode(errors="surrogatepass")
    except (LookupError, UnicodeError) as error:
        raise PageError(f"the page is not in {encoding}, as it says: {error}") from None


def cut(
    body: bytes, path: list[str] | None, *, may_be_absent: bool = False, lines: bool = False
) -> tuple[list[bytes], Any]:
    """The records of a page at `path`, and the page around them for who pages through it.

    Without a path (None) an object that has a list in it is no record. `may_be_absent`: nothing at `path` is an empty
    page. `lines`: the body is JSON Lines (jsonlines.org), which else must be seen in it.
    In the page only the first and the last record are there, the others are null. Raises PageError where the page
    itself is broken: cut short, no JSON, nothing at `path`.
    """
    start = _after_space(body, 0)
    if lines and not path and body[start : start + 1] != b"[":
        around, records = _lines(body)
    else:
        around, records = _cut(body, path, may_be_absent)
    return records, _with_records(around, path or [], records)


def _cut(body: bytes, path: list[str] | None, may_be_absent: bool) -> tuple[Any, list[bytes]]:
    try:
        around, raw = _usual(body, path, may_be_absent)
        return around, [bytes(each) for each in raw]
    except BROKEN:
        if not path and _has_lines(body):
            return _lines(body)
        return _by_brackets(body, path)


def _lines(body: bytes) -> tuple[Any, list[bytes]]:
    return [], [line.strip() for line in body.splitlines() if line.strip()]


def _has_lines(body: bytes) -> bool:
    """Whether there are lines, each an object; a value of JSON over several lines has others."""
    lines = _lines(body)[1]
    return len(lines) > 1 and all(line[:1] == b"{" and line[-1:] == b"}" for line in lines)


def _usual(body: bytes, path: list[str] | None, may_be_absent: bool) -> tuple[Any, list[msgspec.Raw]]:
    if not path:
        return _top(body, path)
    if may_be_absent and body.strip() == b"null":
        return None, []
    members = _members.decode(body)
    around: dict[str, Any] = {key: _values.decode(value) for key, value in members.items() if key != path[0]}
    if path[0] not in members:
        if may_be_absent:
            return around, []
        raise _nothing_at(path, members)
    around[path[0]], records = _usual(bytes(members[path[0]]), path[1:], may_be_absent)
    return around, records


def _top(body: bytes, path: list[str] | None) -> tuple[Any, list[msgspec.Raw]]:
    """What stands around is nothing where the record is all there is."""
    start = _after_space(body, 0)
    if body[start : start + 1] == b"[":
        return [], _elements.decode(body)
    if body[start : start + 4] == b"null":
        return [], []
    if body[start : start + 1] == b"{":
        lists = [key for key, value in _members.decode(body).items() if bytes(value).lstrip()[:1] == b"["]
        if lists and path is None:
            raise PageError(f"{_NO_RECORD}; data_selector may be one of: {', '.join(lists)}; or $ for a record")
        return None, [msgspec.Raw(body.strip())]
    raise PageError(f"no records: the answer begins with {body[:40]!r}")


def _nothing_at(path: list[str], members: dict[str, Any]) -> PageError:
    return PageError(f"nothing at data_selector {'.'.join(path)!r}; there is: {', '.join(members) or 'nothing'}")


def _by_brackets(body: bytes, path: list[str] | None) -> tuple[Any, list[bytes]]:
    start = _after_space(body, 0)
    for key in path or []:
        start = _value_of(body, start, key)
    if body[start : start + 1] not in (b"[", b"{"):
        raise PageError(f"no page of records: it begins with {body[:40]!r}")
    alone = body[start : start + 1] == b"{"
    records, end = _items(body, start)
    if alone:
        records = [body[start:end]]
        if path is None and b"[" in records[0]:
            raise PageError(f"{_NO_RECORD}; set data_selector, to $ for a record")
    try:
        around = _values.decode(body[:start] + b"[]" + body[end:])
    except BROKEN as error:
        raise PageError(f"no page of records: {error}") from None
    return None if alone and not path else around, records


def _value_of(body: bytes, start: int, key: str) -> int:
    """Where the value of a member begins, in the object at `start`."""
    depth, last = 0, b""
    for found in _TOKEN.finditer(body, start):
        token = found[0]
        if token == b":" and depth == 1 and last == f'"{key}"'.encode():
            return _after_space(body, found.end())
        depth += (token in (b"{", b"[")) - (token in (b"}", b"]"))
        if not depth:
            break
        last = token
    raise PageError(f"no page of records: nothing at {key!r}, or cut short")


def _items(body: bytes, start: int) -> tuple[list[bytes], int]:
    """The elements of the list, or the members of the object, at `start`, and where it ends."""
    items, depth, begin = [], 0, start + 1
    for found in _TOKEN.finditer(body, start):
        token = found[0]
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        if depth == 0 or (depth == 1 and token == b","):
            items.append(body[begin : found.start()].strip(b" \t\r\n"))
            begin = found.end()
        if not depth:
            return ([] if items == [b""] else items), found.end()
    raise PageError("no page of records: it is cut short")


def _after_space(body: bytes, start: int) -> int:
    found = _SPACE.match(body, start)
    return found.end() if found else start


def _with_records(around: Any, path: list[str], records: list[bytes]) -> Any:
    if not records:
        return around
    told: list[Any] = [None] * len(records)
    for each in {0, len(records) - 1}:
        with contextlib.suppress(*BROKEN):
            told[each] = decode(records[each])
    if not path:
        return told[0] if around is None else told
    inner = around
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = told
    return around
