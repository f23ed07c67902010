"""What a user of ingestion may have to read."""


class IngestionError(Exception):
    """One line: the cause and the way out."""


class Unavailable(IngestionError):
    """The API, the hub or the cursor's store is away for now: a run that follows tries again, after `asked` seconds."""

    def __init__(self, said: str, asked: float = 0) -> None:
        super().__init__(said)
        self.asked = asked
