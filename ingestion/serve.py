"""Events that are pushed: CloudEvents over HTTP (cloudevents.io, HTTP protocol binding 1.0.2) and webhooks.

202 is answered when the hub has acknowledged every event or dead letter of the request, and not before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingestion.errors import IngestionError
from ingestion.intake import Intake
from ingestion.mapping import DeadLetter, Mapper, Message
from ingestion.pages import BROKEN, PageError, as_utf8, cut, decode, encode, path_of
from ingestion.signatures import has_token, is_signed
from ingestion.source_file import Endpoint, EventMapping, Resource, Source
from ingestion.telemetry import Telemetry

BODY_DEADLINE = 30.0
"""Seconds for a request's body."""
RETRY_AFTER = "5"
"""Seconds after which a sender may try again while the hub is away."""
EVENT = EventMapping(type="type", id="id", subject="subject", time="time", data="data", source="source")
STRUCTURED, BATCHED = "application/cloudevents+json", "application/cloudevents-batch+json"


@dataclass(frozen=True)
class Push:
    """What a server serves: the webhooks of these sources, and CloudEvents from who has the token."""

    sources: list[Source]
    token: str
    most: int = 1024 * 1024
    """Bytes of a request's body."""


def create_app(push: Push, intake: Intake, telemetry: Telemetry) -> Starlette:
    """POST /events, POST /webhooks/<source>, GET /healthz, GET /metrics. Errors are JSON with a `detail`."""
    events = Mapper(Resource(name="events", endpoint=Endpoint(path=""), events=[EVENT]), "")
    hooks = {source.name: (source, _mapper(source)) for source in push.sources if source.webhook}

    async def take_events(request: Request) -> Response:
        if not push.token or not has_token(request.headers, push.token):
            raise HTTPException(401, "send the token as 'Authorization: Bearer <token>'")
        made = _made(events, _cloud_events(request, await _body(request, push.most)), intake.most)
        return await _accepted(made, events, intake, telemetry)

    async def take_webhook(request: Request) -> Response:
        found = hooks.get(request.path_params["source"])
        if found is None or found[0].webhook is None:
            raise HTTPException(404, f"no webhook here; there are: {', '.join(hooks) or 'none'}")
        source, mapper = found
        body = await _body(request, push.most)
        if not is_signed(source.webhook.signature, request.headers, body):  # type: ignore[union-attr]
            raise HTTPException(401, "the signature is not of this source")
        try:
            made = _made(mapper, _records(source, body), intake.most)
        except (*BROKEN, PageError) as error:  # sent again, it would be the same
            made = [], [mapper.letter(body, f"no JSON of records: {error}")]
        return await _accepted(made, mapper, intake, telemetry)

    def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok", "hub": "there" if intake.hub_is_there else "away"})

    def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type="text/plain; version=0.0.4")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        intake.start()
        yield
        await asyncio.to_thread(intake.close)

    routes = [
        Route("/events", take_events, methods=["POST"]),
        Route("/webhooks/{source}", take_webhook, methods=["POST"]),
        Route("/healthz", healthz),
        Route("/metrics", metrics),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: _told})


def _mapper(source: Source) -> Mapper:
    assert source.webhook is not None  # noqa: S101 - asked by who calls
    try:
        return Mapper(source.resource(source.webhook.resource), source.uri)
    except ValueError as error:
        raise IngestionError(f"{source.name}: {error}") from None


async def _body(request: Request, most: int) -> bytes:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "send the body as it is, not packed")
    length = request.headers.get("content-length", "0")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            async for piece in request.stream():
                body += piece
                if len(body) > most or int(length) > most:
                    raise HTTPException(413, f"a body of at most {most} bytes is taken")
    except TimeoutError:
        raise HTTPException(408, f"the body was not there within {BODY_DEADLINE:.0f} s") from None
    except ClientDisconnect:
        raise HTTPException(400, "the body was broken off") from None
    return bytes(body)


def _cloud_events(request: Request, body: bytes) -> list[bytes]:
    """The events of a request, each in structured form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == STRUCTURED:
        return [_event(body)]
    if kind == BATCHED:
        return _events(body)
    if "ce-specversion" not in request.headers:
        raise HTTPException(415, f"send {STRUCTURED}, {BATCHED}, or the event's attributes as ce- headers")
    return [_binary(request, kind, body)]


def _events(body: bytes, only: bool = False) -> list[bytes]:
    """The elements of a list, or the `only` object."""
    try:
        text = as_utf8(body).strip()
        return cut(b"[" + text + b"]" if only else text, [])[0]
    except (*BROKEN, PageError) as error:
        raise HTTPException(400, f"no JSON of events: {' '.join(str(error).split())[:200]}") from None


def _event(body: bytes) -> bytes:
    """One that is whole, with a value in it that is no JSON, is a dead letter, as it would be in a batch.

    Raises HTTPException for what is no event of version 1.0 at all.
    """
    content = _events(body, only=True)
    try:
        event = decode(content[0]) if len(content) == 1 else None
    except BROKEN as error:
        if content[0].startswith(b"{"):
            return content[0]
        raise HTTPException(400, f"no JSON: {error}") from None
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        raise HTTPException(400, "no CloudEvent of specversion 1.0")
    return content[0]


def _binary(request: Request, kind: str, body: bytes) -> bytes:
    if request.headers["ce-specversion"] != "1.0":
        raise HTTPException(400, "no CloudEvent of specversion 1.0")
    if kind not in ("application/json", "") and not kind.endswith("+json"):
        raise HTTPException(415, f"data as {kind} is not taken; send JSON")
    attributes = {name[3:]: unquote(value) for name, value in request.headers.items() if name.startswith("ce-")}
    return msgspec.json.encode(attributes | {"data": msgspec.Raw(body or b"null")})


def _records(source: Source, body: bytes) -> list[bytes]:
    """Raises PageError or one of BROKEN for a body that holds none."""
    text = as_utf8(body).strip()
    path = path_of(source.webhook.data_selector if source.webhook else None)
    if not path:
        return [text] if text.startswith(b"{") else cut(text, [])[0]
    try:
        value = decode(text)
        for key in path:
            value = value[key]
    except (*BROKEN, KeyError, TypeError):
        return cut(text, path)[0]
    made = value if isinstance(value, list) else [value]
    return [encode(each) for each in made]


def _made(mapper: Mapper, records: list[bytes], most: int) -> tuple[list[Message], list[DeadLetter]]:
    messages, letters = list[Message](), list[DeadLetter]()
    for raw in records:
        made = mapper.messages(raw, most=most)
        if isinstance(made, DeadLetter):
            letters.append(made)
        else:
            messages += made
    return messages, letters


async def _accepted(
    made: tuple[list[Message], list[DeadLetter]], mapper: Mapper, intake: Intake, telemetry: Telemetry
) -> Response:
    messages, letters = made
    try:
        if messages or letters:
            await asyncio.wrap_future(intake.take(messages, letters))
    except IngestionError as error:
        raise HTTPException(503, str(error), {"Retry-After": RETRY_AFTER}) from None
    telemetry.count(mapper.resource, len(messages), len(letters))
    return JSONResponse({"events": len(messages), "dead_letters": len(letters)}, 202)


def _told(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
