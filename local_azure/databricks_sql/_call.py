"""A statement that a rule answers: what its pattern found, and the session it runs in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from local_azure.databricks_sql._errors import if_there, unsupported
from local_azure.databricks_sql._metadata import Metadata
from local_azure.databricks_sql._results import Result, collected
from local_azure.databricks_sql._settings import Settings
from local_azure.databricks_sql._side_file import Name
from local_azure.databricks_sql._tokens import Kind, Token, unquote

PART = r"(?:`(?:``|[^`])*`|\w+)"
NAME = rf"{PART}(?: \. {PART}){{0,2}}"
COLUMN = rf"{PART}(?: \. {PART})*"


@dataclass(frozen=True)
class Call:
    """A statement that a rule answers: its tokens, what its pattern found, and the session it runs in."""

    session: SparkSession
    metadata: Metadata
    settings: Settings
    execute: Callable[[str], DataFrame]  # with the rewrites of every statement
    statement: Callable[[str], Result]  # from the start, as if a client had sent it
    script: Callable[[str, Mapping[str, Callable[[], None]]], Result]  # with statements that are answered here
    sent: str  # as the client wrote it
    sql: str
    tokens: list[Token]
    match: re.Match[str]

    def word(self, group: str) -> str:
        """What the pattern's group found; empty if it found nothing."""
        return self.match[group] or ""

    def table(self, group: str = "table") -> Name:
        """Schema and table of a group that is a name."""
        return self.metadata.name(self.word(group))

    def existing(self) -> Name:
        """The table of the statement. Raises the catalog's error if there is none."""
        table = self.table()
        self.metadata.table(table)
        return table

    def is_left_alone(self) -> bool:
        """Whether a CREATE says IF NOT EXISTS of what there is."""
        return bool(self.word("exists")) and if_there(self.existing) is not None

    def text(self, group: str) -> str:
        """The value of a group that is a string literal."""
        return self.strings(group)[0]

    def strings(self, group: str) -> list[str]:
        """The values of all string literals in a group."""
        return [unquote(self.tokens[int(index)].text) for index in re.findall(r"'(\d+)", self.word(group))]

    def original(self, group: str) -> str:
        """A group as words with its string literals put back."""
        return restore(self.word(group), self.tokens)

    def run(self, sql: str) -> Result:
        """Run a command of Spark's."""
        return collected(self.execute(sql))


Answer = Callable[[Call], Result]


def skeleton(found: list[Token]) -> str:
    """The statement as a rule's pattern reads it."""
    words = [f"'{index}" if token.kind is Kind.STRING else token.text for index, token in enumerate(found)]
    return " ".join(words[:-1] if words[-1:] == [";"] else words)


def restore(words: str, found: list[Token]) -> str:
    """Words of a skeleton with the string literals put back."""
    return re.sub(r"'(\d+)", lambda number: found[int(number[1])].text, words)


def refused(feature: str, instead: str) -> Answer:
    """The answer that says what doesn't exist here and what to do instead."""

    def answer(_: Call) -> Result:
        raise unsupported(feature, instead)

    return answer
