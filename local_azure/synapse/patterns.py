"""Patterns of LIKE and PATINDEX as regular expressions of RE2.

Source: Microsoft Learn, "LIKE (Transact-SQL)", "PATINDEX (Transact-SQL)".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator


def regex(pattern: str, escape: str | None = None) -> str:
    """A pattern of LIKE as a regular expression of RE2."""
    out: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            out.append(plain(next(characters, "")))
        elif character == "[":
            out.append(_set(characters))
        else:
            out.append({"%": ".*", "_": "."}.get(character) or plain(character))
    return "".join(out)


def plain(text: str) -> str:
    """Text that stands for itself in a regular expression."""
    return "".join(c if c.isalnum() or c.isspace() or ord(c) > 127 else "\\" + c for c in text)


def _set(characters: Iterator[str]) -> str:
    body = ""
    for character in characters:
        if character == "]":
            break
        body += character
    negated, body = ("^", body[1:]) if body.startswith("^") else ("", body)
    members = "".join(_members(body))
    return f"[{negated}{members}]" if members else (r"[\x00-\x{10FFFF}]" if negated else r"[^\x00-\x{10FFFF}]")


def _members(body: str) -> Iterator[str]:
    """The characters of a set; a range goes by the collation, blind to case, with the accented letters in it."""
    at = 0
    body = body.lower()
    while at < len(body):
        low, high = body[at], body[at + 2 : at + 3] if body[at + 1 : at + 2] == "-" else ""
        at += 3 if high else 1
        if not high:
            yield plain(low) if low != "-" else "\\-"
        elif low <= high:
            yield f"{plain(low)}-{plain(high)}"
            yield from (accented for accented, letter in _ACCENTED if low <= letter < high)


_LATIN = [letter for letter in map(chr, range(0xDF, 0x250)) if letter.islower()]
_PLAIN = [(letter, unicodedata.normalize("NFD", letter)[0]) for letter in _LATIN]
_ACCENTED = [(accented, letter) for accented, letter in _PLAIN if letter != accented and letter.isascii()]


def place(pattern: str) -> str:
    """Of PATINDEX: its first group is what stands before the pattern; without an outer % that is at an end."""
    start, end = ("^(.*?)" if pattern.startswith("%") else "^()", "" if pattern.endswith("%") else "$")
    return f"{start}({regex(pattern.removeprefix('%').removesuffix('%'))}){end}"
