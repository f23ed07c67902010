"""One HTTP answer, whole or not at all: bounded in time and size, tried again where waiting helps, and never elsewhere.

A `requests.Session`, so that dlt's RESTClient and its authenticators use it as theirs.
"""

from __future__ import annotations

import email.utils
import random
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from ingestion import __version__
from ingestion.deadline import within
from ingestion.errors import IngestionError, Unavailable
from ingestion.secret import masked
from ingestion.source_file import Client

CONNECT = 15.0
"""Seconds for a connection."""
QUIET = 60.0
"""Seconds without a byte; as long as the answer has, where that is longer."""
SLOWEST = 100
"""Bytes a second that an answer brings at least, after its first ten seconds."""
CHUNK = 64 * 1024
LONGEST_PAUSE = 30.0
TOLD = 8000
"""Bytes of a refusal that are looked at."""
_NO_SECRET = ("type", "name", "location", "access_token_url")
_REMAINING, _RESET = (
    [f"{name}-{what}" for name in ("X-RateLimit", "X-Rate-Limit", "RateLimit")] for what in ("Remaining", "Reset")
)
_BROKEN_OFF = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class Answer(requests.Response):
    """An answer whose body is here."""

    records: list[bytes]


class Session(requests.Session):
    """Sends as `client` says. `sleep` takes seconds; `on_retry` is told each wait. Raises IngestionError."""

    def __init__(
        self,
        client: Client,
        *,
        sleep: Callable[[float], None] = time.sleep,
        on_retry: Callable[[str, float], None] = lambda cause, wait: None,
    ) -> None:
        super().__init__()
        self._client, self._sleep, self._on_retry = client, sleep, on_retry
        self.headers.update({"Accept-Encoding": "gzip, deflate", "User-Agent": f"customer-data-pipeline/{__version__}"})
        trusted = [client.base_url, (client.auth or {}).get("access_token_url")]
        self._origins = {origin(each) for each in trusted if isinstance(each, str)}

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The answer of a request that succeeded or was refused; retries are behind it."""
        if origin(request.url or "") not in self._origins:
            raise IngestionError(f"the next page is at {self._elsewhere(request.url)}; the token is not sent there")
        hooks, request.hooks = request.hooks, requests.hooks.default_hooks()  # they judge the whole answer
        quiet = max(QUIET, self._client.page_deadline)  # an answer may be silent until its deadline
        options |= {"stream": True, "timeout": (CONNECT, quiet), "allow_redirects": False}
        begun, waited, attempt, renewed = time.monotonic(), 0.0, 0, False
        while True:
            answer, cause, asked = self._tried(request, options)
            if answer is not None and answer.status_code == 401 and not renewed and _renew(request):
                renewed = True
                continue
            if answer is not None and not _passing(answer):
                self._hide(answer, request)
                return requests.hooks.dispatch_hook("response", hooks, answer)
            own = min(2.0**attempt / 4, LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
            wait = max(own, asked or 0)  # an API that asks for no wait at all is not asked without end
            attempt += 1
            self._bear(request, cause, wait, asked, max(waited, time.monotonic() - begun))
            self._on_retry(cause, wait)
            self._sleep(wait)
            waited += wait

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        if isinstance(request.params, dict):
            request.params = {name: _written(value) for name, value in request.params.items()}
        return super().prepare_request(request)

    def _hide(self, answer: Answer, request: requests.PreparedRequest) -> None:
        """A refusal is told: what proved who asks may stand in it, and in the address that it leads to."""
        if answer.status_code < 300:
            return
        words = self._secrets(request)
        answer._content = masked(answer.content[:TOLD], words)
        if "Location" in answer.headers:
            answer.headers["Location"] = masked(answer.headers["Location"].encode(), words).decode()

    def _secrets(self, request: requests.PreparedRequest) -> set[str]:
        values = [str(value) for name, value in (self._client.auth or {}).items() if name not in _NO_SECRET]
        for name, value in request.headers.items():
            if name not in self.headers and not name.lower().startswith("content-"):
                text = value.decode("latin-1") if isinstance(value, bytes) else value
                values += [text, text.rpartition(" ")[2]]  # of "Bearer x", both
        return {value for value in values if len(value) > 5}

    def _bear(
        self, request: requests.PreparedRequest, cause: str, wait: float, asked: float | None, spent: float
    ) -> None:
        patience = self._client.patience
        if spent + wait <= patience:
            return
        if asked is not None and asked > patience:
            raise Unavailable(
                f"{_host(request.url)} asks to wait {asked:.0f} s ({cause}) and patience is {patience:.0f} s; "
                "run again later, or set client.patience",
                asked,
            )
        raise Unavailable(f"{_host(request.url)} does not answer: {cause}, tried for {spent:.0f} s")

    def _elsewhere(self, url: Any) -> str:
        """An address that is not the API's, and what of it is another."""
        scheme, host, _ = origin(url or "")
        if any(host == known and scheme != its for its, known, _ in self._origins):
            return f"{scheme}://{_host(url)}, this host, and not by the scheme of client.base_url"
        return f"{_host(url)}, another host"

    def _tried(
        self, request: requests.PreparedRequest, options: dict[str, Any]
    ) -> tuple[Answer | None, str, float | None]:
        """The answer, if there is one; else why not, and the seconds that the API asked to wait."""
        deadline = self._client.page_deadline
        send = super().send

        def whole() -> Answer:
            return _read(send(request, **options), time.monotonic() + deadline, self._client.max_page_bytes)

        try:
            answer = within(deadline + 1, whole, f"{_host(request.url)} did not answer")
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE" in str(error).upper():
                raise IngestionError(
                    f"the certificate of {_host(request.url)} is not trusted: {_brief(error)}"
                ) from None
            return None, _brief(error), None
        except _BROKEN_OFF as error:
            return None, _brief(error), None
        except (requests.RequestException, ValueError) as error:
            raise IngestionError(f"{_host(request.url)} cannot be asked: {_brief(error)}") from None
        return answer, f"HTTP {answer.status_code}", asked_wait(answer.headers)


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme.lower(), (parts.hostname or "").lower(), port


def asked_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait by Retry-After, or until a limit that is used up is there again (docs.github.com, rate limits for
    the REST API: x-ratelimit-remaining and -reset, seconds since 1970; shorter numbers are seconds from now)."""
    if (told := retry_after(headers.get("Retry-After", ""), now)) is not None or not _is_used_up(headers):
        return told
    reset = next((headers[name] for name in _RESET if name in headers), "").strip()
    if not (reset.isascii() and reset.isdigit() and len(reset) <= 10):
        return None
    since = (now or datetime.now(UTC)).timestamp() if len(reset) == 10 else 0
    return max(0.0, float(reset) - since)


def _written(value: Any) -> Any:
    """A truth in a query as JSON writes it, where Python would write True."""
    if isinstance(value, list):
        return [_written(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else value


def _is_used_up(headers: Mapping[str, str]) -> bool:
    return any(headers.get(name, "").strip() == "0" for name in _REMAINING)


def retry_after(header: str, now: datetime | None = None) -> float | None:
    """Seconds to wait by Retry-After, which holds seconds or a date (RFC 9110, 10.2.3); None for what is neither."""
    header = header.strip()
    if header.isascii() and header.replace(".", "", 1).isdigit():
        return float(header)
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _passing(answer: requests.Response) -> bool:
    """Whether the same request may be answered later: a time-out, too early, too many, the server's own trouble.

    GitHub's limits are a 403 that tells when to come again, or that nothing remains.
    """
    status = answer.status_code
    if status == 403:
        return "Retry-After" in answer.headers or _is_used_up(answer.headers)
    return status in (408, 425, 429) or (status >= 500 and status not in (501, 505))


def _renew(request: requests.PreparedRequest) -> bool:
    """A token that was taken back before its time is asked for once more; other kinds of secret are as they are."""
    auth = getattr(request, "renewable", None)
    if auth is None:
        return False
    auth.access_token = None
    auth(request)
    return True


def _read(response: requests.Response, deadline: float, most: int) -> Answer:
    """Read the body to its end within the deadline, decompressed to at most `most` bytes."""
    started, body, arrived = time.monotonic(), bytearray(), 0
    with response:
        unpack = _unpacker(response)
        for piece in _pieces(response):
            arrived += len(piece)
            _keep_up(started, arrived, deadline)
            unpack(piece, body, most)
    expected = response.headers.get("Content-Length", "")
    if expected.isdigit() and arrived < int(expected):
        raise requests.ConnectionError(f"the answer ended after {arrived} of {expected} bytes")
    answer = Answer()
    answer.__dict__.update(response.__dict__)
    answer._content = bytes(body)
    return answer


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The body as it arrives, still packed."""
    try:
        while piece := response.raw.read1(CHUNK, decode_content=False):
            yield piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from None


def _keep_up(started: float, arrived: int, deadline: float) -> None:
    now = time.monotonic()
    if now > deadline:
        raise Unavailable(f"the answer was not whole after {now - started:.0f} s; set client.page_deadline")
    if now - started > 10 and arrived < SLOWEST * (now - started):
        raise Unavailable(f"the answer comes too slowly: {arrived} bytes in {now - started:.0f} s")


def _unpacker(response: requests.Response) -> Callable[[bytes, bytearray, int], None]:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise IngestionError(f"the answer is packed as {encoding[:40]!r}; only gzip and deflate were asked for")
    packed = zlib.decompressobj(wbits=47) if encoding not in ("identity", "") else None

    def unpack(piece: bytes, body: bytearray, most: int) -> None:
        try:
            body += piece if packed is None else packed.decompress(piece, most + 1 - len(body))
        except zlib.error as error:
            raise requests.exceptions.ChunkedEncodingError(f"the answer cannot be unpacked: {error}") from None
        if len(body) > most:
            raise IngestionError(
                f"an answer of more than {most} bytes; ask for smaller pages, or set client.max_page_bytes"
            )

    return unpack


def _host(url: Any) -> str:
    return urlsplit(str(url)).netloc.rpartition("@")[2] or str(url)[:100]


def _brief(error: Exception) -> str:
    """The innermost reason, without the address and its parameters."""
    inner: Any = error
    while getattr(inner, "args", None) and isinstance(inner.args[-1], Exception):
        inner = inner.args[-1]
    reason = getattr(inner, "reason", None)
    while isinstance(reason, Exception):
        inner, reason = reason, getattr(reason, "reason", None)
    said = " ".join(str(inner).split()) or type(inner).__name__
    return said.rpartition(">: ")[2].rpartition("object at")[2][:200]
