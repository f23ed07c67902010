"""Patterns of LIKE and PATINDEX as regular expressions of RE2.

Source: Microsoft Learn, "LIKE (Transact-SQL)", "PATINDEX (Transact-SQL)".
"""

from __future__ import annotations

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
    return f"[{negated}{''.join(c if c.isalnum() or c == '-' else plain(c) for c in body)}]"


def place(pattern: str) -> str:
    """Of PATINDEX: its first group is what stands before the pattern; without an outer % that is at an end."""
    start, end = ("^(.*?)" if pattern.startswith("%") else "^()", "" if pattern.endswith("%") else "$")
    return f"{start}({regex(pattern.removeprefix('%').removesuffix('%'))}){end}"
