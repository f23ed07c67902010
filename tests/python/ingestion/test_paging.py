"""Where a pass ends and the next one begins, by each paginator."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import IngestionError

from ._reading import Kept, reading
from ._services import Asked, Reply, site

BY_NUMBER = {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": None}
IGNORED = [{"status_code": 404, "action": "ignore"}]


def numbered(pages: list[list[int]]) -> Any:
    """Pages by number; 404 behind the last one."""

    def answer(asked: Asked) -> Reply:
        at = int(asked.params["page"]) - 1
        return Reply([{"id": each} for each in pages[at]]) if at < len(pages) else Reply({"detail": "no page"}, 404)

    return answer


def test_a_pass_whose_last_answer_is_ignored_is_over_and_the_next_one_begins_anew(tmp_path: Path) -> None:
    with site(numbered([[1, 2], [3]])) as api:
        made = reading(tmp_path, api.url, {"paginator": BY_NUMBER, "response_actions": IGNORED})
        assert made.run().events == 3
        api.answers = numbered([[9, 1], [2, 3]])
        again = made.run()
    assert (again.events, again.unchanged) == (1, 3)
    assert [each.params["page"] for each in api.asked] == ["1", "2", "3", "1", "2", "3"]


def test_a_stream_whose_answer_is_ignored_stays_where_it_is(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if "cursor" in asked.params and asked.params["cursor"] != there:
            return Reply(b"", 404)
        page = {"data": [{"id": asked.params.get("cursor", "first")}], "next_cursor": "a", "has_more": False}
        return Reply(page if "cursor" not in asked.params else page | {"next_cursor": "b"})

    there = ""
    words = {"type": "stream_cursor", "has_more_path": "has_more"}
    with site(answer) as api:
        made = reading(tmp_path, api.url, {"data_selector": "data", "paginator": words, "response_actions": IGNORED})
        made.run(), made.run()
        there = "a"
        made.run()
    assert made.kept.ids == ["first", "a"]
    assert [each.params.get("cursor") for each in api.asked] == [None, "a", "a"]


class Failing(Kept):
    """A slow hub that is away from the second load on."""

    away = True

    def send(self, messages: Any, letters: Any) -> None:
        time.sleep(0.3)  # meanwhile the next page is read
        if self.messages and self.away:
            raise IngestionError("the hub is away")
        super().send(messages, letters)


@pytest.mark.parametrize("place", ["cursor_body_path", "cursor_param"])
def test_a_cursor_in_the_body_is_kept_as_it_was_when_its_page_was_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr("ingestion.ingest.FULL", 1)  # each page by itself

    def answer(asked: Asked) -> Reply:
        number = int(asked.params.get("after") or json.loads(asked.body).get("after") or 0)
        return Reply({"data": [{"id": number}], "after": number + 1 if number < 4 else None})

    words = {"type": "cursor", "cursor_path": "after", place: "after"}
    with site(answer) as api:
        endpoint = {"method": "POST", "json": {"q": 1}, "data_selector": "data", "paginator": words}
        made = reading(tmp_path, api.url, endpoint)
        made.kept = kept = Failing()
        with pytest.raises(IngestionError):
            made.run()
        state = json.loads((tmp_path / "cursor.json").read_text())["resources"]["things"]
        assert state["page"]["json"].get("after", state["page"]["params"].get("after")) == 1
        kept.away = False
        made.run()
    assert kept.ids == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("total", ["total", None])
def test_an_offset_moves_by_the_records_that_came(tmp_path: Path, total: str | None) -> None:
    """A server that gives fewer than the limit that it is asked for."""

    def answer(asked: Asked) -> Reply:
        begin, limit = int(asked.params["offset"]), min(int(asked.params["limit"]), 100)
        return Reply({"data": [{"id": each} for each in range(250)][begin : begin + limit], "total": 250})

    words = {"type": "offset", "limit": 200, "total_path": total}
    with site(answer) as api:
        made = reading(tmp_path, api.url, {"data_selector": "data", "paginator": words})
        assert made.run().events == 250
    assert made.kept.ids == [str(each) for each in range(250)]
    assert [each.params["offset"] for each in api.asked] == ["0", "100", "200", *([] if total else ["250"])]


@pytest.mark.parametrize("selector", ["data", "data[*]", "$.data[*]"])
def test_a_page_of_one_broken_record_is_no_empty_page(tmp_path: Path, selector: str) -> None:
    pages = [b'{"data":[{"id":1}]}', b'{"data":[{"id":NaN}]}', b'{"data":[{"id":3}]}', b'{"data":[]}']
    with site(lambda asked: Reply(pages[int(asked.params["page"]) - 1])) as api:
        made = reading(tmp_path, api.url, {"data_selector": selector, "paginator": BY_NUMBER})
        made.run()
    assert (made.kept.ids, len(made.kept.letters)) == (["1", "3"], 1)


@pytest.mark.parametrize("end", ["", False, None])
def test_a_next_link_that_is_nothing_is_the_end(tmp_path: Path, end: Any) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply({"data": [{"id": len(asked.params)}], "next": end if asked.params else "/things?page=2"})

    words = {"type": "json_link", "next_url_path": "next"}
    with site(answer) as api:
        made = reading(tmp_path, api.url, {"data_selector": "data", "paginator": words})
        made.run(), made.run()
    assert made.kept.ids == ["0", "1"] and len(api.asked) == 4


def test_a_next_link_that_is_no_text_is_told(tmp_path: Path) -> None:
    with site(lambda asked: Reply({"data": [{"id": 1}], "next": 2})) as api:
        made = reading(tmp_path, api.url, {"data_selector": "data", "paginator": "json_link"})
        with pytest.raises(IngestionError, match="the reference to the next page is no text but int"):
            made.run()


def test_a_cursor_header_that_is_empty_is_the_end(tmp_path: Path) -> None:
    """docs.gitlab.com/api/rest, pagination: x-next-page is there and empty on the last page."""

    def answer(asked: Asked) -> Reply:
        page = asked.params.get("page", "1")
        return Reply([{"id": int(page)}], headers={"X-Next-Page": {"1": "2", "2": ""}[page]})

    words = {"type": "header_cursor", "cursor_key": "X-Next-Page", "cursor_param": "page"}
    with site(answer) as api:
        made = reading(tmp_path, api.url, {"paginator": words})
        assert (made.run().events, made.run().unchanged) == (2, 2)
    assert [each.params.get("page") for each in api.asked] == [None, "2"] * 2


@pytest.mark.parametrize("cursor", [5, "c"])
def test_a_stream_that_does_not_say_whether_there_is_more_ends_at_an_empty_page(tmp_path: Path, cursor: Any) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply({"data": [] if "cursor" in asked.params else [{"id": 1}], "next_cursor": cursor})

    with site(answer) as api:
        made = reading(tmp_path, api.url, {"data_selector": "data", "paginator": "stream_cursor"})
        made.run(), made.run()
    assert made.kept.ids == ["1"]
    assert [each.params.get("cursor") for each in api.asked] == [None, str(cursor), str(cursor)]


def test_204_is_an_empty_page(tmp_path: Path) -> None:
    with site(lambda asked: Reply(b"", 204) if asked.params["page"] == "2" else Reply([{"id": 1}])) as api:
        made = reading(tmp_path, api.url, {"paginator": BY_NUMBER})
        assert (made.run().events, made.run().unchanged) == (1, 1)


@pytest.mark.parametrize("page", [{}, {"meta": {"result_count": 0}}, {"result": None}, {"result": {}}])
def test_records_may_be_absent_where_the_file_says_so(tmp_path: Path, page: Any) -> None:
    endpoint = {"data_selector": "result.items", "paginator": BY_NUMBER}
    with site(lambda asked: Reply(page)) as api:
        with pytest.raises(IngestionError):
            reading(tmp_path, api.url, endpoint).run()
        assert reading(tmp_path, api.url, endpoint | {"data_may_be_absent": True}).run().events == 0
