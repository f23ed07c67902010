"""What is said of an answer that cannot be used: the way out, and nothing secret or of a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import IngestionError

from ._reading import reading
from ._services import Asked, Reply, site

KEY = "ab+cd/efGH="
IN_QUERY = {"type": "api_key", "name": "api_key", "api_key": KEY, "location": "query"}


def refused(folder: Path, url: str, endpoint: dict[str, Any] | None = None, **client: Any) -> str:
    with pytest.raises(IngestionError) as told:
        reading(folder, url, endpoint, **client).run()
    return str(told.value)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
def test_a_refusal_at_the_position_that_was_kept_names_the_way_out(tmp_path: Path, status: int) -> None:
    replies = [Reply({"data": [{"id": 1}], "next": "c"}), Reply(b"", status)]
    words = {"data_selector": "data", "paginator": {"type": "cursor", "cursor_path": "next", "cursor_param": "c"}}
    with site(lambda asked: replies.pop(0) if len(replies) > 1 else replies[0]) as api:
        first = refused(tmp_path, api.url, words)
        assert "--from-start" not in first or status == 410
        assert "has expired" in (again := refused(tmp_path, api.url, words)) and "--from-start" in again


@pytest.mark.parametrize("header", [True, False])
def test_a_next_link_that_repeats_the_key_is_kept_without_it(tmp_path: Path, header: bool) -> None:
    def answer(asked: Asked) -> Reply:
        if "page" in asked.params:
            return Reply(b"", 400)
        link = "/things?a=%20b&api_key=ab%2Bcd%2FefGH%3D&page=2"
        return Reply({"data": [{"id": 1}], "next": link}, headers={"Link": f'<{link}>; rel="next"'})

    with site(answer) as api:
        words = {"data_selector": "data", "paginator": "header_link" if header else "json_link"}
        refused(tmp_path, api.url, words, auth=IN_QUERY)
    state = (tmp_path / "cursor.json").read_text()
    assert f"{api.url}/things?a=%20b&page=2" in state and "efGH" not in state
    assert [each.params.get("api_key") for each in api.asked] == [KEY, KEY]
    assert api.asked[1].params == {"a": " b", "page": "2", "api_key": KEY}


@pytest.mark.parametrize("form", ["ab%2Bcd%2FefGH%3D", KEY])
def test_a_key_that_an_answer_repeats_is_not_shown(tmp_path: Path, form: str) -> None:
    body, place = f"{'x' * 192}{form}".encode(), f"https://other.example/?api_key={form}"
    for reply in (Reply(body, 404), Reply(f"no: {form}".encode(), 400), Reply(b"", 302, {"Location": place})):
        with site(lambda asked, reply=reply: reply) as api:  # type: ignore[misc]
            assert "ab" not in refused(tmp_path, api.url, auth=IN_QUERY).replace("client.base_url", "")


@pytest.mark.parametrize(
    "paginator",
    [
        {"type": "offset", "limit": 1}, {"type": "page_number", "base_page": 1},
        {"type": "cursor", "cursor_path": "next", "has_more_path": "more"},
        {"type": "cursor", "cursor_path": "next", "has_more_path": "data"},
    ],
)  # fmt: skip
def test_a_page_without_what_its_paginator_needs_is_told_without_its_records(tmp_path: Path, paginator: Any) -> None:
    with site(lambda asked: Reply({"data": [{"id": 1, "email": "ana@example.com"}]})) as api:
        said = refused(tmp_path, api.url, {"data_selector": "data", "paginator": paginator})
    assert "ana@" not in said and "the next run starts at this page" in said
    assert paginator.get("has_more_path", "total") in said
