"""Where a pass ends and the next one begins, by each paginator."""

from __future__ import annotations

import json
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
    """A hub that is away from the second load on."""

    away = True

    def send(self, messages: Any, letters: Any) -> None:
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
