"""A script's words, each with its line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from local_azure.stream_analytics.errors import Position, QueryError


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted name"
    DOUBLE = "double-quoted"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"
    END = "end of the script"


@dataclass(frozen=True, slots=True)
class Token:
    """One word; `text` without its quotes."""

    kind: Kind
    text: str
    position: Position

    def is_word(self, *words: str) -> bool:
        """Whether it is one of the words, given in upper case, and no quoted name."""
        return self.kind is Kind.WORD and self.text.upper() in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind is Kind.SYMBOL and self.text in symbols


_PATTERN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<quoted>\[(?:[^\]]|\]\])*\])
    |(?P<double>"(?:[^"]|"")*")
    |(?P<string>N?'(?:[^']|'')*')
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
    |(?P<word>[^\W\d][\w@$#]*)
    |(?P<open>/\*)
    |(?P<symbol><>|!=|!<|!>|<=|>=|::|[-+*/%&|^~=<>(),.;{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTES = {"quoted": (Kind.QUOTED, "]"), "double": (Kind.DOUBLE, '"'), "string": (Kind.STRING, "'")}
_UNFINISHED = {"'": "a string", '"': "a double-quoted name", "[": "a name in [brackets]", "/": "a comment"}


def tokens(text: str) -> list[Token]:
    """All tokens of a script, the last one END. Raises QueryError for what is no token."""
    found: list[Token] = []
    place, line, start_of_line = 0, 1, 0
    while place < len(text):
        position = Position(line, place - start_of_line + 1)
        match = _PATTERN.match(text, place)
        if match is None or match.lastgroup == "open" or "\0" in match[0]:
            raise QueryError(position, _unexpected("\0" if match and "\0" in match[0] else text[place]))
        if match.lastgroup != "space":
            found.append(_token(match, position))
        if newlines := match[0].count("\n"):
            line += newlines
            start_of_line = place + match[0].rindex("\n") + 1
        place = match.end()
    return [*found, Token(Kind.END, "", Position(line, place - start_of_line + 1))]


def _token(match: re.Match[str], position: Position) -> Token:
    group, text = str(match.lastgroup), match[0]
    if group not in _QUOTES:
        return Token(Kind(group), text, position)
    kind, quote = _QUOTES[group]
    inner = text.removeprefix("N")[1:-1] if kind is Kind.STRING else text[1:-1]
    if not inner and kind is Kind.QUOTED:
        raise QueryError(position, "[] is a name without a letter")
    return Token(kind, inner.replace(quote * 2, quote), position)


def _unexpected(character: str) -> str:
    if what := _UNFINISHED.get(character):
        return f"{what} that is not closed"
    return f"{character!r} is no part of the language"
