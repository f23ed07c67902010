"""T-SQL text to tokens. What no token of T-SQL begins with (`::`, a backtick) is a parse error here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from local_azure.synapse.errors import SqlError, syntax

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*)
      | (?P<comment>/\*)
      | (?P<string>[nN]?'(?:[^']|'')*')
      | (?P<bracket>\[(?:[^\]]|\]\])+\])
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<binary>0[xX][0-9A-Fa-f]*)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d*)?)
      | (?P<money>\$[+-]?(?:\d+\.?\d*|\.\d+))
      | (?P<variable>@@?[A-Za-z_\#@$][\w@$\#]*)
      | (?P<word>[^\W\d][\w@$\#]*|\#\#?[\w@$\#]+)
      | (?P<op><>|<=|>=|!=|!<|!>|\+=|-=|\*=|/=|%=|&=|\|=|\^=|[-+*/%=<>(),.;~&|^:{}])""",
    re.VERBOSE,
)


_NAME = 128  # characters of a name, at most ("Database identifiers")


@dataclass(frozen=True)
class Token:
    """`kind`: word, name (delimited identifier), string, nstring, number, money, binary, variable, op or end."""

    kind: str
    text: str  # the value: quotes and brackets taken off
    line: int
    column: int
    start: int  # offset in the batch
    end: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind in {"word", "op", "variable"} else ""

    def error(self) -> SqlError:
        return syntax(self.text or "<EOF>", self.line, self.column)


def tokenize(text: str) -> list[Token]:
    """All tokens of a batch, ended by one of kind `end`. Raises SqlError 103010, 105 or 113."""
    tokens: list[Token] = []
    at, line, line_starts = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        kind = str(match.lastgroup)
        begin, at = at, _comment_end(text, at) if kind == "comment" else match.end()
        if kind not in {"space", "comment"}:
            tokens.append(_token(kind, match, line, begin - line_starts + 1))
        if breaks := text.count("\n", begin, at):
            line, line_starts = line + breaks, text.rindex("\n", begin, at) + 1
    return [*tokens, Token("end", "", *_position(text, at), at, at)]


def _position(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _unreadable(text: str, at: int) -> SqlError:
    if text[at] in "'\"[" or text[at : at + 2].lower() == "n'":
        return SqlError(105, f"Unclosed quotation mark after the character string '{text[at + 1 : at + 30]}'.", 15)
    return syntax(text[at], *_position(text, at))


def _comment_end(text: str, at: int) -> int:
    """The end of a comment; T-SQL's comments nest."""
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    raise SqlError(113, "Missing end comment mark '*/'.", 15)


def _token(kind: str, match: re.Match[str], line: int, column: int) -> Token:
    value = match.group()
    if kind == "string":
        kind, value = ("nstring", value[1:]) if value[0] in "nN" else ("string", value)
        value = value[1:-1].replace("''", "'")
        value = value if kind == "nstring" else code_page(value)
    elif kind == "number" and not value[-1].isdigit() and value[-1] != ".":
        value += "0"  # 1e is 1e0
    elif kind == "bracket":
        kind, value = "name", value[1:-1].replace("]]", "]")
    elif kind == "quoted":
        kind, value = "name", value[1:-1].replace('""', '"')
    if kind in {"word", "name", "variable"} and len(value) > _NAME:
        text = f"The identifier that starts with '{value[:_NAME]}' is too long. Maximum length is {_NAME}."
        raise SqlError(103, text, 15, line=line)
    return Token(kind, value, line, column, match.start(), match.end())


def code_page(value: str) -> str:
    """A varchar holds code page 1252 (SQL_Latin1_General_CP1_CI_AS): other characters become a question mark."""
    return value.encode("cp1252", "replace").decode("cp1252")
