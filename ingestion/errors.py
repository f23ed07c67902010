"""What a user of ingestion may have to read."""


class IngestionError(Exception):
    """One line: the cause and the way out."""


class Unavailable(IngestionError):
    """The API, the hub or the cursor's store is away for now: a run that follows tries again."""
