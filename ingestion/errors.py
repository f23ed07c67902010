"""What a user of ingestion may have to read."""


class IngestionError(Exception):
    """One line: the cause and the way out."""
