"""The REST API: bearer token, cursor pages, `updated_since`, a rate limit, an OpenAPI document."""

from __future__ import annotations

import base64
import binascii
import json
import math
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from local_azure.customer_api.source import Source, issued_at, ledger, position_since

MAX_PAGE = 1000
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


class Record(BaseModel):
    """One change of a customer. Records are served as they were stored: not all of them keep to this."""

    id: str
    department: str
    type: str
    customer_id: str
    occurred_at: datetime
    attributes: dict[str, Any]


class Page(BaseModel):
    """`next_cursor` continues behind the last record, also when there is no more yet."""

    data: list[Record]
    next_cursor: str
    has_more: bool
    updated_at: datetime | None


@dataclass
class RateLimit:
    """A token bucket: `rate` requests a second, `burst` at once."""

    rate: float
    burst: float
    _tokens: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens, self._at = self.burst, time.monotonic()

    def wait(self) -> float:
        """Take a token; 0 where there was one, else the seconds until there is one."""
        now = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self.rate
        self._tokens -= 1
        return 0


@dataclass
class Flow:
    """What went through the API."""

    requests: int = 0
    records: int = 0
    limited: int = 0
    issued: int = 0


def create_app(source: Source, *, token: str, limit: RateLimit, flow: Flow) -> FastAPI:
    """The API over one source. Errors are JSON with a `detail` that says what to do."""
    app = FastAPI(title="Customer API", version="1.0.0", docs_url=None, redoc_url=None)

    def authorised(credentials: Bearer) -> None:
        if credentials is None or not secrets.compare_digest(credentials.credentials.encode(), token.encode()):
            raise HTTPException(401, "send the API's token as 'Authorization: Bearer <token>'")

    def allowed() -> None:
        flow.requests += 1
        if wait := limit.wait():
            flow.limited += 1
            raise HTTPException(429, "too many requests", {"Retry-After": str(math.ceil(wait))})

    guards = [Depends(authorised), Depends(allowed)]

    @app.get("/v1/records", response_model=Page, dependencies=guards)
    def records(
        cursor: str | None = None,
        updated_since: datetime | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    ) -> Response:
        """Changes in the order in which they were recorded, from a cursor or a moment on."""
        start = _start(source, cursor, updated_since)
        page = source.records(start, limit)
        flow.records += len(page)
        return Response(_page(source, start, [r.body for r in page]), media_type="application/json")

    @app.get("/v1/ledger", dependencies=guards)
    def totals() -> dict[str, Any]:
        """Control totals of all that this source issues: counts, checksums of ids, money."""
        return {"source": source.name, "records": source.size, **ledger(source).as_json()}

    @app.get("/health")
    def health(request: Request) -> dict[str, str]:
        """Open to everyone: is the API there."""
        return {"status": "ok", "source": source.name}

    return app


def encode_cursor(source: Source, position: int) -> str:
    """An opaque cursor, good for this source only."""
    return base64.urlsafe_b64encode(json.dumps([source.name, position]).encode()).decode()


def decode_cursor(source: Source, cursor: str) -> int:
    """The position in a cursor. Raises HTTPException 400 for one that this source did not give."""
    try:
        name, position = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error, TypeError, RecursionError):
        raise HTTPException(400, "not a cursor of this API; leave it out to begin at the start") from None
    if name != source.name or type(position) is not int or position < 0:
        raise HTTPException(400, f"that cursor is of another source than {source.name}")
    return position


def _start(source: Source, cursor: str | None, updated_since: datetime | None) -> int:
    if cursor is not None and updated_since is not None:
        raise HTTPException(400, "send cursor or updated_since, not both")
    if cursor is not None:
        return decode_cursor(source, cursor)
    if updated_since is None:
        return 0
    if updated_since.tzinfo is None:
        raise HTTPException(400, "updated_since needs a time zone, such as 2026-07-01T00:00:00Z")
    return position_since(source, updated_since)


def _page(source: Source, start: int, bodies: list[bytes]) -> bytes:
    """The page's JSON around the records' own bytes, which are served as they are."""
    stop = start + len(bodies)
    tail = {
        "next_cursor": encode_cursor(source, stop),
        "has_more": stop < source.size,
        "updated_at": issued_at(source, stop - 1).isoformat() if bodies else None,
    }
    return b'{"data":[' + b",".join(bodies) + b"]," + json.dumps(tail).encode()[1:]
