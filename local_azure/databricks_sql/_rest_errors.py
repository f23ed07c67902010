"""An error of the REST API: https://docs.databricks.com/api/workspace/introduction (error responses)."""

from __future__ import annotations


class ApiError(Exception):
    """A request that is refused: its HTTP status, Databricks' error code and the reason."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
