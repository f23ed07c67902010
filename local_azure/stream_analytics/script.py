"""A Stream Analytics script, cut into its steps and its SELECT ... INTO statements and parsed."""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

from local_azure.stream_analytics.errors import QueryError

DIALECT = "tsql"
AFTER_SELECT = {TokenType.UNION, TokenType.ALL, TokenType.EXCEPT, TokenType.INTERSECT}


@dataclass(frozen=True)
class Script:
    """`steps`: name and query of each WITH step, in order; `selects`: the SELECT ... INTO statements."""

    steps: tuple[tuple[str, exp.Select], ...]
    selects: tuple[exp.Select, ...]


def parse(text: str) -> Script:
    """Parse a whole script. Raises QueryError with the line."""
    try:
        tokens = sqlglot.tokenize(text, dialect=DIALECT)
        pieces = [_parse(text, piece) for piece in _pieces(text, tokens)]
    except (ParseError, TokenError) as error:
        raise _explained(error) from error
    except (TypeError, RecursionError) as error:  # how the parser meets arguments or depths that it does not expect
        raise QueryError(None, f"the script cannot be parsed: {error}") from error
    if not pieces:
        raise QueryError(None, "the script has no statement")
    _number_lines(pieces, tokens)
    return _script(pieces)


def line_of(node: exp.Expression) -> int | None:
    """The script's line on which a node stands, as near as its own identifiers tell."""
    for found in (node, *node.find_all(exp.Identifier, exp.Column, exp.Literal)):
        if "line" in found.meta:
            return int(found.meta["line"])
    return line_of(node.parent) if isinstance(node.parent, exp.Expression) else None


def _pieces(text: str, tokens: list[Token]) -> list[list[Token]]:
    """Statements have no separator: a SELECT outside brackets begins one, but for the one behind WITH's steps."""
    pieces: list[list[Token]] = []
    depth, before = 0, None
    for token in tokens:
        _refuse_double_quotes(token, text)
        starts = token.token_type in (TokenType.SELECT, TokenType.WITH)
        behind_steps = before is not None and before.token_type == TokenType.R_PAREN and _only_steps(pieces)
        if depth == 0 and starts and not behind_steps and (before is None or before.token_type not in AFTER_SELECT):
            pieces.append([])
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if token.token_type != TokenType.SEMICOLON:
            if not pieces:
                raise QueryError(token.line, f"a statement begins with WITH or SELECT, not {token.text}")
            pieces[-1].append(token)
        before = token
    return pieces


def _refuse_double_quotes(token: Token, text: str) -> None:
    """Microsoft's pages use them for names and for strings; whoever reads the query should not have to guess."""
    if token.token_type == TokenType.IDENTIFIER and text[token.start] == '"':
        raise QueryError(
            token.line, f"\"{token.text}\": write [{token.text}] for a name, or '{token.text}' for a string"
        )


def _only_steps(pieces: list[list[Token]]) -> bool:
    """Whether the current piece is a WITH clause whose own SELECT has not come yet."""
    depth = 0
    for token in pieces[-1]:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth == 0 and token.token_type == TokenType.SELECT:
            return False
    return pieces[-1][0].token_type == TokenType.WITH


def _parse(text: str, piece: list[Token]) -> exp.Select:
    """Parse a piece in its place: what stands before it becomes blank, so that lines stay the script's."""
    start, end = piece[0].start, piece[-1].end + 1
    blank = "".join(character if character == "\n" else " " for character in text[:start])
    parsed = sqlglot.parse_one(blank + text[start:end], dialect=DIALECT)
    if not isinstance(parsed, exp.Select):
        raise QueryError(piece[0].line, "only SELECT statements are supported, no UNION or other statements")
    return parsed


def _number_lines(pieces: list[exp.Select], tokens: list[Token]) -> None:
    """Give each identifier the line of its token, by its position in the text."""
    lines = {token.start: token.line for token in tokens}
    for piece in pieces:
        for identifier in piece.find_all(exp.Identifier):
            if (start := identifier.meta.get("start")) is not None:
                identifier.meta["line"] = lines.get(start, identifier.meta.get("line"))


def _script(pieces: list[exp.Select]) -> Script:
    steps: list[tuple[str, exp.Select]] = []
    for piece in pieces:
        with_ = piece.args.pop("with_", None) or piece.args.pop("with", None)
        if with_ and with_.args.get("recursive"):
            raise QueryError(line_of(with_), "WITH RECURSIVE is not supported")
        for step in with_.expressions if with_ else ():
            if step.args["alias"].columns:
                raise QueryError(line_of(step), f"step {step.alias}: name the columns in its SELECT")
            if not isinstance(step.this, exp.Select):
                raise QueryError(line_of(step), f"step {step.alias} is no plain SELECT")
            steps.append((step.alias, step.this))
    return Script(tuple(steps), tuple(pieces))


def _explained(error: ParseError | TokenError) -> QueryError:
    details = getattr(error, "errors", None)
    if details:
        return QueryError(details[0].get("line"), f"syntax error near {details[0].get('highlight')!r}")
    return QueryError(None, str(error).splitlines()[0])
