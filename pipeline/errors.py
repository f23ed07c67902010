"""What a user of the command line may have to read."""


class PipelineError(Exception):
    """One line: the cause and the way out."""
