"""Pages of a resource, in order, by dlt's RESTClient, its paginators and authenticators (dlthub.com/docs, REST client).

Of dlt only these are used: not its loading, not its configuration, not its telemetry. Where a run stopped is kept as
the request for the next page, so that any paginator can go on after a restart.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")  # before dlt reads it

import msgspec
from dlt.common.configuration.specs.runtime_configuration import RuntimeConfiguration
from dlt.sources.helpers.rest_client.auth import (
    APIKeyAuth,
    AuthConfigBase,
    BearerTokenAuth,
    HttpBasicAuth,
    OAuth2ClientCredentials,
)
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.exceptions import IgnoreResponseException
from dlt.sources.helpers.rest_client.paginators import BasePaginator, RangePaginator
from requests import PreparedRequest, Request, Response
from requests.utils import get_encoding_from_headers

from ingestion.errors import IngestionError
from ingestion.pages import BROKEN, as_utf8, at, cut, decode, path_of
from ingestion.paginators import StreamCursor, line, paginator_of, word
from ingestion.session import Answer, Session
from ingestion.source_file import Client, Endpoint, Resource, Source

SAME_PAGES = 3
"""Identical pages, one after another, after which the API counts as one that ignores its paginator."""
FROM_START = "read from the start again with --from-start"
JSON_LINES = {f"application/{kind}" for kind in ("x-ndjson", "ndjson", "jsonl", "x-jsonlines", "jsonlines", "x-jsonl")}
_PLACE = re.compile(
    r"\{(resources\.(?P<resource>\w+)\.(?P<field>[\w.]+)|incremental\.(?P<end>start_value|end_value))\}"
)


class _Bearer(BearerTokenAuth):
    """dlt's, made of the file's words alone."""


class _OAuth2(OAuth2ClientCredentials):
    """Marks the request, so that a token that was taken back can be renewed."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.renewable = self  # type: ignore[attr-defined]
        made: PreparedRequest = super().__call__(request)
        return made

    def parse_access_token(self, response_json: Any) -> str:
        if not isinstance(response_json, dict) or not isinstance(response_json.get("access_token"), str):
            raise IngestionError("the token's address gives no access_token")
        return str(response_json["access_token"])

    def obtain_token(self) -> None:
        answer = self.session.post(self.access_token_url, **self.build_access_token_request())
        if not answer.ok:
            raise IngestionError(f"the token's address refuses client_id or client_secret: HTTP {answer.status_code}")
        content = answer.json()
        self.access_token = self.parse_access_token(content)
        self.token_expiry = type(self.token_expiry).now(UTC) + timedelta(seconds=_lifetime(content))


AUTHENTICATORS: dict[str, type[AuthConfigBase]] = {
    "bearer": _Bearer,
    "api_key": APIKeyAuth,
    "http_basic": HttpBasicAuth,
    "oauth2_client_credentials": _OAuth2,
}


@dataclass(frozen=True)
class Page:
    """The records of one page as they came, where to go on, and the parent's members that they get."""

    records: list[bytes]
    position: dict[str, Any] | None
    """The page to go on with as a request; None for the first one."""
    last: bool = False
    """Whether the pass ends with this page."""
    parent: dict[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answer; limits are told there."""


class _Rest(RESTClient):
    """Pages over the records as they were cut: one that cannot be decoded counts, too."""

    def extract_response(self, response: Response, data_selector: Any) -> list[Any]:
        return response.records  # type: ignore[attr-defined,no-any-return]  # by _judge


class Api:
    """The resources of one source. Raises IngestionError where the API refuses, is broken, or never ends."""

    def __init__(self, source: Source, session: Session) -> None:
        self._source, self._session = source, session
        client = source.client
        if not client.base_url.startswith(("http://", "https://")):
            raise IngestionError(f"client.base_url {client.base_url!r} is no address; it begins with https://")
        self._rest = _Rest(
            client.base_url,
            headers=dict(client.headers),
            auth=authenticator(client, session),
            session=session,
            config=RuntimeConfiguration(),
        )

    def pages(self, resource: Resource, start: Any, position: dict[str, Any] | None) -> Iterator[Page]:
        """Pages from `position` (None: from the start) to the end; `start` is the incremental's value."""
        parent = parent_of(resource)
        if parent is None:
            yield from self._walk(resource.endpoint, _values(resource, start), position, resource.name)
            return
        here, above = position, self._source.resource(parent)
        for page in self.pages(above, _initial(above), position):
            for record in page.records:  # a parent's page is read again until all its children were
                yield from self._children(resource, record, start, here)
            here = page.position
            yield Page([], here, last=page.last)

    def _children(self, resource: Resource, record: bytes, start: Any, here: dict[str, Any] | None) -> Iterator[Page]:
        parent = parent_of(resource)
        try:
            values = decode(record)
            found = {place: _text_at(values, place) for place in _fields_of_parent(resource)}
        except (*BROKEN, ValueError):
            missing = f"{parent}: a member that {resource.name} needs is missing"
            yield Page([record], here, parent={"_unreadable": missing})
            return
        told = {f"_{parent}_{name}": at(values, name.split(".")) for name in resource.include_from_parent}
        for page in self._walk(resource.endpoint, found | _values(resource, start), None, resource.name):
            yield Page(page.records, here, parent=told, headers=page.headers)

    def _walk(
        self, endpoint: Endpoint, values: dict[str, Any], position: dict[str, Any] | None, name: str
    ) -> Iterator[Page]:
        paginator = paginator_of(self._source.client, endpoint)
        request = copy.deepcopy(position) or _first(endpoint, values)  # dlt changes it in place
        client = self._source.client
        if isinstance(paginator, RangePaginator) and request.get("value") is not None:
            paginator.initial_value = paginator.current_value = request["value"]
        try:
            pages = self._rest.paginate(
                _without_key(request["url"], client), endpoint.method, params=request["params"], json=request["json"],
                headers=dict(endpoint.headers), paginator=paginator, data_selector="$",
                hooks={"response": [_judge(client, endpoint, name, position is not None)]},
            )  # fmt: skip
            yield from self._bounded(pages, paginator, name, position)
        except (*BROKEN, ValueError) as error:
            said = line(error).partition(", got `")[0]  # dlt prints the page there, which holds personal data
            raise IngestionError(f"{name}: {said}; the next run starts at this page") from None

    def _bounded(
        self, pages: Any, paginator: BasePaginator, name: str, position: dict[str, Any] | None
    ) -> Iterator[Page]:
        """Pages, until they are seen to lead nowhere. Where the answer to the last request is ignored, they end."""
        asked: set[int] = set()
        empty, same, last = 0, 1, 0
        for page in pages:
            records = page.response.records
            page.request.url = _without_key(page.request.url or "", self._source.client)
            position = _position(page.request, paginator)
            empty = 0 if records else empty + 1
            same = same + 1 if records and hash(tuple(records)) == last else 1
            last = hash(tuple(records))
            if paginator.has_next_page and position is not None:
                _not_endless(position, asked, empty, same, self._source.client, name)
            yield Page(records, position, last=not paginator.has_next_page, headers=page.response.headers)
        if paginator.has_next_page:
            yield Page([], position if (position or {}).get("stream") else None, last=True)


def authenticator(client: Client, session: Session) -> AuthConfigBase | None:
    """The file's `auth`, dlt's names. Raises IngestionError for a kind or a word that there is not."""
    if client.auth is None:
        return None
    words = dict(client.auth)
    kind = str(words.pop("type", "bearer"))
    if kind not in AUTHENTICATORS:
        raise IngestionError(f"client.auth.type {kind!r} is none of: {', '.join(AUTHENTICATORS)}")
    if kind == "oauth2_client_credentials":
        words["session"] = session
    try:
        return AUTHENTICATORS[kind](**words)
    except TypeError as error:
        raise IngestionError(f"client.auth: {word(error)}") from None


def parent_of(resource: Resource) -> str | None:
    """The resource whose records' members stand in the path or parameters of this one."""
    return next((found["resource"] for found in _places(resource) if found["resource"]), None)


def _fields_of_parent(resource: Resource) -> list[str]:
    return [f"resources.{found['resource']}.{found['field']}" for found in _places(resource) if found["resource"]]


def _places(resource: Resource) -> list[re.Match[str]]:
    words = msgspec.json.encode([resource.endpoint.path, _bound(resource.endpoint.params), resource.endpoint.json])
    return list(_PLACE.finditer(words.decode()))


def _bound(params: dict[str, Any]) -> dict[str, Any]:
    """dlt's older form of a parent's member: `post_id: {type: resolve, resource: posts, field: id}`."""
    return {
        name: f"{{resources.{value['resource']}.{value['field']}}}" if _is_resolve(value) else value
        for name, value in params.items()
    }


def _is_resolve(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "resolve" and {"resource", "field"} <= value.keys()


def _values(resource: Resource, start: Any) -> dict[str, Any]:
    incremental = resource.endpoint.incremental
    if incremental is None:
        return {}
    return {"incremental.start_value": start, "incremental.end_value": incremental.end_value}


def _initial(resource: Resource) -> Any:
    """A parent is read whole each time: what is new of its children does not show in it."""
    return resource.endpoint.incremental.initial_value if resource.endpoint.incremental else None


def _first(endpoint: Endpoint, values: dict[str, Any]) -> dict[str, Any]:
    """The request for the first page; a parameter whose value is not known yet is left out."""
    bound = _bound(endpoint.params)
    in_path = {name: value for name, value in bound.items() if f"{{{name}}}" in endpoint.path}
    path = endpoint.path
    for name, value in in_path.items():
        path = path.replace(f"{{{name}}}", str(value))
    params = {name: _filled(value, values) for name, value in bound.items() if name not in in_path}
    if incremental := endpoint.incremental:
        for name, value in (("start_param", "start_value"), ("end_param", "end_value")):
            if param := getattr(incremental, name):
                params[param] = values.get(f"incremental.{value}")
    return {
        "url": _PLACE.sub(lambda found: quote(str(values[found[1]]), safe=""), path),
        "params": {name: value for name, value in params.items() if value is not None},
        "json": _filled(endpoint.json, values),
    }


def _filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    if not isinstance(value, str):
        return value
    if (whole := _PLACE.fullmatch(value)) is not None:
        return values.get(whole[1])
    return _PLACE.sub(lambda found: str(values.get(found[1], "")), value)


def _position(request: Request, paginator: BasePaginator) -> dict[str, Any] | None:
    """The request that the paginator made of the last one; a stream's cursor also behind its last page."""
    if isinstance(paginator, StreamCursor) and paginator.last is not None:
        params: dict[str, Any] = {**_params(request), str(paginator.cursor_param): paginator.last}
        return {"url": request.url, "params": params, "json": _body(request), "stream": True}
    return _told(request, paginator) if paginator.has_next_page else None


def _params(request: Request) -> dict[str, Any]:
    return dict(request.params) if isinstance(request.params, dict) else {}


def _body(request: Request) -> Any:
    """A copy: dlt writes the next cursor into the body that it has."""
    return copy.deepcopy(request.json) or None


def _told(request: Request, paginator: BasePaginator) -> dict[str, Any]:
    value = paginator.current_value if isinstance(paginator, RangePaginator) else None
    return {"url": request.url, "params": _params(request), "json": _body(request), "value": value}


def _not_endless(position: dict[str, Any], asked: set[int], empty: int, same: int, client: Client, name: str) -> None:
    key = hash(msgspec.json.encode(position))
    if key in asked:
        raise IngestionError(f"{name}: the API leads to the same page twice; it would never end")
    asked.add(key)
    if empty >= client.max_empty_pages:
        raise IngestionError(f"{name}: {empty} pages without a record, one after another; see client.max_empty_pages")
    if same >= SAME_PAGES:
        raise IngestionError(f"{name}: the same page {same} times; the API does not know what the paginator sends")


def _judge(client: Client, endpoint: Endpoint, name: str, kept: bool) -> Callable[[Any, Any, Any], None]:
    """What happens to an answer before dlt sees it: a refusal is told, records are cut from the bytes.

    `kept`: the first request is for the position that an earlier run kept.
    """
    ignored = {204, *(each.status_code for each in endpoint.response_actions)}  # 204: no content, an empty page
    left = [kept]

    def judge(answer: Answer, *_: Any, **__: Any) -> None:
        at_kept = bool(left) and left.pop()
        if answer.status_code in ignored:
            raise IgnoreResponseException
        if not answer.ok or answer.is_redirect:
            raise IngestionError(f"{name}: {_refusal(answer, at_kept)}")
        answer.records, page = _cut(answer, endpoint)
        answer.json = lambda **_: page  # type: ignore[method-assign]

    return judge


def _cut(answer: Answer, endpoint: Endpoint) -> tuple[list[bytes], Any]:
    kind, _, words = answer.headers.get("Content-Type", "").lower().partition(";")
    charset = get_encoding_from_headers(answer.headers) if "charset" in words else None
    return cut(
        as_utf8(answer.content, charset),
        path_of(endpoint.data_selector) if endpoint.data_selector else None,
        may_be_absent=endpoint.data_may_be_absent,
        lines=kind.strip() in JSON_LINES,
    )


def _refusal(answer: Answer, at_kept: bool) -> str:
    """What is told of an answer that is no page; the session has hidden the secrets in it."""
    status = answer.status_code
    if answer.is_redirect:
        place = answer.headers.get("Location", "")[:200]
        return f"the API answers {status}, to {place}; write that in client.base_url"
    if status == 410:
        return f"the position that was kept has expired (HTTP 410); {FROM_START}"
    said = " ".join(answer.content[:2000].decode(errors="replace").split())[:200]
    way = f"; if the position that was kept has expired, {FROM_START}" if at_kept and 400 <= status < 500 else ""
    if status in (401, 403):
        return f"the API refuses the secret (HTTP {status}); check client.auth and client.headers: {said}{way}"
    return f"the API answers {status}: {said}{way}"


def _without_key(url: str, client: Client) -> str:
    """An address without the key that `auth` adds to each request: APIs repeat it in their links, which are kept."""
    auth = client.auth or {}
    if auth.get("location") not in ("query", "param"):
        return url
    parts = urlsplit(url)
    kept = [each for each in parts.query.split("&") if unquote_plus(each.partition("=")[0]) != auth.get("name")]
    return urlunsplit(parts._replace(query="&".join(kept)))


def _lifetime(content: dict[str, Any]) -> float:
    seconds = content.get("expires_in", 3600)
    return float(seconds) if isinstance(seconds, int | float | str) and str(seconds).isdigit() else 3600.0


def _text_at(values: Any, place: str) -> str:
    found = at(values, place.split(".")[2:])
    if not isinstance(found, str | int) or isinstance(found, bool) or found == "":
        raise ValueError(f"no {place} in the parent")
    return str(found)
