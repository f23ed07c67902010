"""What a user of the job may have to read."""

from __future__ import annotations

from typing import NamedTuple

REFERENCE = "https://learn.microsoft.com/stream-analytics-query/"
"""Where each page of the language reference stands; findings name the page's last part."""


class Position(NamedTuple):
    """A place in the script, both from 1 on."""

    line: int
    column: int


class JobError(Exception):
    """One line: the cause and the way out."""


class QueryError(JobError):
    """The query says something that the language does not have, that this runner does not do, or that makes no sense.

    `page` is the part of Microsoft's reference that says so, below REFERENCE, where there is one.
    """

    def __init__(self, position: Position | None, reason: str, page: str | None = None) -> None:
        where = f"line {position.line}, column {position.column}: " if position else ""
        super().__init__(f"{where}{reason}{f' ({REFERENCE}{page})' if page else ''}")
        self.position, self.reason, self.page = position, reason, page


class QueryErrors(JobError):
    """Every finding of a check."""

    def __init__(self, findings: list[QueryError]) -> None:
        super().__init__("\n".join(str(each) for each in findings))
        self.findings = findings
