"""What a user of the job may have to read."""


class JobError(Exception):
    """One line: the cause and the way out."""


class QueryError(JobError):
    """The query says something that this runner does not implement, or that makes no sense."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.line, self.reason = line, reason
