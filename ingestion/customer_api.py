"""Pages of the customer API, in order, with patience: rate limits and short outages are waited out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from ingestion.errors import IngestionError

RETRIES = 6
MAX_WAIT = 30.0
TRANSIENT = {429, 500, 502, 503, 504}


class Page(Struct, frozen=True):
    """One page. Records stay bytes, so that a broken one can be kept as it came."""

    data: list[msgspec.Raw]
    next_cursor: str
    has_more: bool


_decoder = msgspec.json.Decoder(Page)


class CustomerApi:
    """A client of the customer API. `sleep` takes seconds."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        page_size: int = 1000,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise IngestionError(f"{url!r} is no address of an API; CUSTOMER_API_URL begins with http:// or https://")
        if not token.isascii() or not token.isprintable():
            raise IngestionError("CUSTOMER_API_TOKEN holds characters that no token has")
        headers = {"Authorization": f"Bearer {token}"}
        try:
            self._http = httpx.Client(base_url=url, headers=headers, timeout=60, transport=transport)
        except httpx.InvalidURL as error:
            raise IngestionError(f"{url!r} is no address of an API: {error}") from error
        self._page_size, self._sleep = page_size, sleep

    def close(self) -> None:
        self._http.close()

    def pages(self, cursor: str | None, *, updated_since: str | None = None) -> Iterator[Page]:
        """Pages from `cursor` (None: from `updated_since`, or the start) until there are no more.

        Raises IngestionError where the API refuses, or stays away longer than the retries last.
        """
        seen = {cursor}
        params: dict[str, Any] = {"limit": self._page_size}
        if cursor is None and updated_since is not None:
            params["updated_since"] = updated_since
        while True:
            page = self._page(params if cursor is None else {"limit": self._page_size, "cursor": cursor})
            yield page
            if not page.has_more:
                return
            cursor = page.next_cursor
            if cursor in seen:
                raise IngestionError("the API gave the same cursor twice; it would never end")
            seen.add(cursor)

    def _page(self, params: dict[str, Any]) -> Page:
        response = self._get("/v1/records", params)
        try:
            return _decoder.decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise IngestionError(f"{response.url.path} is no page of records: {error}") from error

    def _get(self, path: str, params: dict[str, Any]) -> httpx.Response:
        cause, wait = "", 0.0
        for attempt in range(RETRIES):
            if attempt:
                self._sleep(min(wait, MAX_WAIT))
            try:
                response = self._http.get(path, params=params)
            except httpx.RequestError as error:
                cause, wait = str(error) or type(error).__name__, 2.0**attempt / 4
            else:
                if response.status_code not in TRANSIENT:
                    return _checked(response)
                cause, wait = f"HTTP {response.status_code}", _retry_after(response, attempt)
        raise IngestionError(f"the customer API at {self._http.base_url} does not answer: {cause}")


def _checked(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    if response.status_code in (401, 403):
        raise IngestionError("the customer API refuses the token; set CUSTOMER_API_TOKEN")
    raise IngestionError(f"the customer API answers {response.status_code}: {response.text[:200]}")


def _retry_after(response: httpx.Response, attempt: int) -> float:
    """Seconds to wait (RFC 9110, 10.2.3; the form with a date is answered by our own back-off)."""
    header = response.headers.get("Retry-After", "")
    return float(header) if header.isascii() and header.isdigit() else 2.0**attempt / 4
