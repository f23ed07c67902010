"""The client's patience, and where it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingestion import cursor
from ingestion.customer_api import MAX_WAIT, RETRIES, CustomerApi
from ingestion.errors import IngestionError

Answer = httpx.Response | Exception


def page(next_cursor: str = "c1", *, more: bool = False, data: list[Any] | None = None) -> httpx.Response:
    content = {"data": data or [], "next_cursor": next_cursor, "has_more": more, "updated_at": None}
    return httpx.Response(200, json=content)


class Wire:
    """Answers in turn; notes what was asked and how long was waited."""

    def __init__(self, *answers: Answer) -> None:
        self._answers: Iterator[Answer] = iter(answers)
        self.asked: list[httpx.Request] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pages(self, start: str | None = None, **options: Any) -> list[list[bytes]]:
        transport = httpx.MockTransport(self)
        api = CustomerApi("http://api.test", "token", page_size=5, sleep=self.waits.append, transport=transport)
        try:
            return [[bytes(raw) for raw in each.data] for each in api.pages(start, **options)]
        finally:
            api.close()


def test_pages_follow_the_cursor_to_the_end() -> None:
    wire = Wire(page("c1", more=True, data=[{"a": 1.50}]), page("c2", data=["x"]))
    assert wire.pages(updated_since="2026-07-01T00:00:00Z") == [[b'{"a":1.5}'], [b'"x"']]
    assert [dict(request.url.params) for request in wire.asked] == [
        {"limit": "5", "updated_since": "2026-07-01T00:00:00Z"},
        {"limit": "5", "cursor": "c1"},
    ]
    assert {request.headers["Authorization"] for request in wire.asked} == {"Bearer token"}


def test_a_saved_cursor_goes_before_updated_since() -> None:
    wire = Wire(page())
    wire.pages("c9", updated_since="2026-07-01T00:00:00Z")
    assert dict(wire.asked[0].url.params) == {"limit": "5", "cursor": "c9"}


def test_too_many_requests_wait_as_long_as_they_are_told() -> None:
    wire = Wire(httpx.Response(429, headers={"Retry-After": "7"}), page())
    wire.pages()
    assert wire.waits == [7]


@pytest.mark.parametrize("header", ["9999", "Wed, 21 Oct 2026 07:28:00 GMT", "-5", "²", ""])
def test_a_wait_that_makes_no_sense_is_bounded(header: str) -> None:
    wire = Wire(httpx.Response(429, headers=[(b"Retry-After", header.encode("latin-1"))]), page())
    wire.pages()
    assert 0 < wire.waits[0] <= MAX_WAIT


@pytest.mark.parametrize(
    "trouble",
    [*(httpx.Response(code) for code in (500, 502, 503, 504)), httpx.ConnectError("x"), httpx.ReadTimeout("x")],
)
def test_a_short_outage_is_waited_out(trouble: Answer) -> None:
    wire = Wire(trouble, trouble, page())
    assert wire.pages() == [[]]
    assert wire.waits == [0.25, 0.5]


def test_a_long_outage_ends_with_its_cause_and_no_last_wait() -> None:
    wire = Wire(*[httpx.Response(503)] * RETRIES)
    with pytest.raises(IngestionError, match="does not answer: HTTP 503"):
        wire.pages()
    assert len(wire.waits) == RETRIES - 1


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_token_is_said_at_once(code: int) -> None:
    wire = Wire(httpx.Response(code))
    with pytest.raises(IngestionError, match="refuses the token; set CUSTOMER_API_TOKEN"):
        wire.pages()
    assert wire.waits == []


@pytest.mark.parametrize("code", [302, 400, 404])
def test_another_answer_is_told_as_it_is(code: int) -> None:
    with pytest.raises(IngestionError, match=f"answers {code}: why"):
        Wire(httpx.Response(code, text="why")).pages()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"<html>",
        b'{"data": 5}',
        b'{"data":[],"next_cursor":null,"has_more":false}',
        b"\xff",
        b'{"data":[{]',
    ],
)
def test_a_broken_page_is_a_clear_error(content: bytes) -> None:
    with pytest.raises(IngestionError, match="/v1/records is no page of records"):
        Wire(httpx.Response(200, content=content)).pages()


def test_a_body_that_cannot_be_unpacked_is_a_clear_error() -> None:
    broken: Callable[[], httpx.Response] = lambda: httpx.Response(  # noqa: E731
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")
    )
    with pytest.raises(IngestionError, match="does not answer"):
        Wire(*(broken() for _ in range(RETRIES))).pages()


@pytest.mark.parametrize("cursors", [["c1", "c1"], ["c1", "c2", "c1"], ["c1", "c2", "c3", "c2"]])
def test_a_cursor_that_comes_again_ends_the_run(cursors: list[str]) -> None:
    with pytest.raises(IngestionError, match="same cursor twice"):
        Wire(*(page(each, more=True) for each in cursors)).pages()


@pytest.mark.parametrize(
    ("url", "token"), [("nonsense", "t"), ("http://a:port", "t"), ("http://a", "é"), ("http://a", "a\nb")]
)
def test_an_address_or_token_that_cannot_be_one_is_refused(url: str, token: str) -> None:
    with pytest.raises(IngestionError, match=r"no address|no token"):
        CustomerApi(url, token)


def test_a_cursor_is_kept_for_its_api_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cursor.json"
    assert cursor.load(path, "/a") is None
    cursor.save(path, "/a", "c1")
    cursor.save(path, "/a", "c2")
    assert cursor.load(path, "/a") == "c2"
    assert [each.name for each in path.parent.iterdir()] == ["cursor.json"]
    with pytest.raises(IngestionError, match="belongs to /a"):
        cursor.load(path, "/b")


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"api": "/a"}', b'{"api": 1, "cursor": "x"}', b"\xff", b'{"api":"\xff","cursor":""}']
)
def test_a_damaged_cursor_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cursor.json").write_bytes(content)
    with pytest.raises(IngestionError, match="is damaged"):
        cursor.load(tmp_path / "cursor.json", "/a")


def test_a_write_that_was_cut_short_leaves_the_old_cursor(tmp_path: Path) -> None:
    path = tmp_path / "cursor.json"
    cursor.save(path, "/a", "c1")
    (tmp_path / ".cursor.json.part").write_text('{"api": "/a", "cur')
    assert cursor.load(path, "/a") == "c1"
    cursor.save(path, "/a", "c2")
    assert json.loads(path.read_text()) == {"api": "/a", "cursor": "c2"}


def test_a_cursor_that_cannot_be_kept_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IngestionError, match="cannot write the cursor"):
        cursor.save(tmp_path / "file" / "cursor.json", "/a", "c1")
    with pytest.raises(IngestionError, match="cannot read the cursor"):
        cursor.load(tmp_path, "/a")
