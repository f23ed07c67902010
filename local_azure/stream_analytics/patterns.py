"""Patterns of LIKE and PATINDEX, and of REGEXMATCH, as DuckDB's regular expressions, which are those of RE2.

A pattern that the script writes out is turned when the query is planned, any other row by row, by the same rule. RE2
looks neither ahead nor behind nor back at a group, as ECMAScript does: such a pattern is searched by Python's `re`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

MACROS = """
create macro match_place(t, pattern) as case when t is not null and pattern is not null then case
    when regexp_matches(t, pattern) then length(regexp_extract(t, '^((?s).*?)(?:' || pattern || ')', 1)) + 1
    else 0 end end;
"""
NEVER = r"[^\x00-\x{10FFFF}]"
_PARTS = re.compile(r"%|_|\[\^?[^\]]+\]|.", re.DOTALL)
_NAMED, _BACK = re.compile(r"\(\?<(?=[A-Za-z_])"), re.compile(r"\\k<(\w+)>")


def register(db: duckdb.DuckDBPyConnection) -> None:
    """Make the functions known to a connection. They see no null: DuckDB gives null for it."""
    db.execute(MACROS)
    texts: Any = "VARCHAR"
    db.create_function("like_whole", like_whole, [texts], texts)
    db.create_function("like_place", like_place, [texts], texts)
    db.create_function("regex_place", regex_place, [texts, texts], "BIGINT")


@lru_cache(1024)
def like_whole(pattern: str) -> str:
    """A regular expression for T-SQL's wildcards %, _, [a-z] and [^a-z]."""
    return _sound(f"(?s)^{''.join(_turned(each) for each in _PARTS.findall(pattern))}$")


@lru_cache(1024)
def like_place(pattern: str) -> str:
    """The same for PATINDEX, which asks for the place where the part between two % begins."""
    inner = pattern.removeprefix("%").removesuffix("%")
    turned = "".join(_turned(each) for each in _PARTS.findall(inner))
    return _sound(f"(?s){'' if pattern[:1] == '%' else '^'}{turned}{'' if pattern[-1:] == '%' else '$'}")


def _turned(part: str) -> str:
    if len(part) > 1:
        return part.replace("\\", "\\\\")
    return {"%": ".*", "_": "."}.get(part) or re.escape(part)


def _sound(regex: str) -> str:
    """A set that is none, as [z-a], matches nothing."""
    return regex if is_re2(regex) else NEVER


def is_re2(regex: str) -> bool:
    """Whether DuckDB can search by it."""
    try:
        pc.match_substring_regex(pa.array([""]), regex)
    except pa.ArrowInvalid:
        return False
    return True


def insensitive(pattern: str) -> str:
    """REGEXMATCH's pattern: single line, without regard to case (regexmatch-azure-stream-analytics)."""
    return "(?is)" + _NAMED.sub("(?P<", pattern)


def regex_place(text: str, pattern: str) -> int:
    """Where a regular expression first matches; 0 for nowhere, and for a pattern that is none."""
    regex = _compiled(insensitive(_BACK.sub(r"(?P=\1)", pattern)))
    found = regex.search(text) if regex else None
    return found.start() + 1 if found else 0


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
