"""dlt's paginators (dlthub.com/docs, REST client) by the names that a source's file uses, and one of ours.

Where they differ from dlt's: a next reference that is empty is the end, and an offset moves by what came.
"""

from __future__ import annotations

from typing import Any

from dlt.common import jsonpath
from dlt.sources.helpers.rest_client.paginators import (
    BasePaginator,
    BaseReferencePaginator,
    HeaderCursorPaginator,
    HeaderLinkPaginator,
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    SinglePagePaginator,
)
from requests import Request, Response

from ingestion.errors import IngestionError
from ingestion.pages import at, path_of
from ingestion.source_file import Client, Endpoint


class StreamCursor(JSONResponseCursorPaginator):
    """A cursor that goes on behind the last record, for ever: the next run starts at the last one that was given.

    `has_more_path` names what is true while there is more, `end_of_stream_path` what is true where it ends (Zendesk);
    with neither it ends where an empty page gives the cursor that was asked for.
    With `only_cursor` the next pages are asked for without the parameters of the first.
    """

    def __init__(
        self,
        cursor_path: str = "next_cursor",
        cursor_param: str = "cursor",
        has_more_path: str | None = None,
        end_of_stream_path: str | None = None,
        only_cursor: bool = False,
    ) -> None:
        super().__init__(cursor_path=cursor_path, cursor_param=cursor_param)
        self._more, self._end = path_of(has_more_path), path_of(end_of_stream_path)
        self.last: str | int | None = None
        self._asked: str | int | None = None
        self._only_cursor = only_cursor

    def init_request(self, request: Request) -> None:
        params = request.params if isinstance(request.params, dict) else {}
        self._asked = params.get(self.cursor_param)

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        page = response.json()
        found = next(iter(jsonpath.find_values(self.cursor_path, page)), None)
        self._next_reference = None if found == "" or found is False else found
        if self._next_reference is not None:
            self.last = self._next_reference
        more = self._goes_on(page, data)
        if more and self._next_reference is None:
            raise ValueError(f"there is more, and no cursor at {self.cursor_path}")
        self._has_next_page = more

    def _goes_on(self, page: Any, data: list[Any] | None) -> bool:
        if self._end:
            return at(page, self._end) is not True
        if self._more:
            return at(page, self._more) is True
        moved = str(self._next_reference) != str(self._asked)
        return self._next_reference is not None and (bool(data) or moved)

    def update_request(self, request: Request) -> None:
        if self._only_cursor:
            request.params = {}
        super().update_request(request)
        self._asked = self._next_reference


class _EndsAtNothing(BaseReferencePaginator):
    """Empty text, false and an empty header are the end, as null is (GitLab's X-Next-Page)."""

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        super().update_state(response, data)  # type: ignore[safe-super]  # the other base's
        found = self._next_reference
        if not isinstance(found, str) and found:
            raise ValueError(f"the reference to the next page is no text but {type(found).__name__}")
        self._next_reference = found or None


class _JSONLink(_EndsAtNothing, JSONLinkPaginator):
    pass


class _HeaderLink(_EndsAtNothing, HeaderLinkPaginator):
    pass


class _HeaderCursor(_EndsAtNothing, HeaderCursorPaginator):
    pass


class _Offset(OffsetPaginator):
    """Moves by the records that came: a server may give fewer than the limit that it was asked for."""

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        self.value_step = len(data or ()) or self.limit
        super().update_state(response, data)


PAGINATORS: dict[str, type[BasePaginator]] = {
    "single_page": SinglePagePaginator,
    "json_link": _JSONLink,
    "header_link": _HeaderLink,
    "header_cursor": _HeaderCursor,
    "cursor": JSONResponseCursorPaginator,
    "offset": _Offset,
    "page_number": PageNumberPaginator,
    "stream_cursor": StreamCursor,
}


def paginator_of(client: Client, endpoint: Endpoint) -> BasePaginator:
    """A fresh paginator of the endpoint or the client; one page where neither names one. Raises IngestionError."""
    config = endpoint.paginator or client.paginator or "single_page"
    words = {"type": config} if isinstance(config, str) else dict(config)
    kind = str(words.pop("type", "single_page"))
    if kind not in PAGINATORS:
        raise IngestionError(f"paginator {kind!r} is none of: {', '.join(PAGINATORS)}")
    try:
        return PAGINATORS[kind](**words)
    except (TypeError, ValueError) as error:
        raise IngestionError(f"paginator {kind}: {word(error)}") from None


def line(error: BaseException) -> str:
    """An error as one line."""
    return " ".join(str(error).split())[:300] or type(error).__name__


def word(error: BaseException) -> str:
    """A constructor's complaint without its name."""
    return line(error).rpartition("__init__() ")[2]
