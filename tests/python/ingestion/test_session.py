"""How long an API is waited for, and what is told of where it leads."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import IngestionError, Unavailable
from ingestion.session import asked_wait

from ._reading import reading
from ._services import Asked, Reply, site

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
GOOD = Reply([{"id": 1}])


@pytest.mark.parametrize("header", ["0", "0.0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_an_api_that_asks_for_no_wait_is_asked_at_our_own_pace(tmp_path: Path, header: str) -> None:
    with site(lambda asked: Reply(b"", 503, {"Retry-After": header})) as api:
        made = reading(tmp_path, api.url, patience=20)
        with pytest.raises(Unavailable):
            made.run()
    assert len(api.asked) < 12 and made.waits[0] >= 0.125 and made.waits[-1] > 2


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}, 60),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW.timestamp() + 250:.0f}"}, 250),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW.timestamp() - 250:.0f}"}, 0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "50"}, 50),
        ({"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "50"}, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, None), ({"X-RateLimit-Remaining": "0"}, None),
    ],
)  # fmt: skip
def test_a_limit_that_is_used_up_tells_when_it_is_there_again(headers: dict[str, str], wait: float | None) -> None:
    assert asked_wait(headers, NOW) == wait


@pytest.mark.parametrize("headers", [{"Retry-After": "60"}, {"X-RateLimit-Remaining": "0"}])
def test_a_refusal_that_is_a_limit_passes(tmp_path: Path, headers: dict[str, str]) -> None:
    """docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: 403 or 429."""
    replies = [Reply({"message": "You have exceeded a secondary rate limit"}, 403, headers), GOOD]
    with site(lambda asked: replies.pop(0)) as api:
        made = reading(tmp_path, api.url)
        made.run()
    assert made.kept.ids == ["1"] and len(made.waits) == 1 and made.waits[0] >= float(headers.get("Retry-After", 0))


def test_an_answer_may_be_silent_until_its_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.session.QUIET", 0.2)

    def late(asked: Asked) -> Reply:
        time.sleep(0.6)
        return GOOD

    with site(late) as api:
        made = reading(tmp_path, api.url, page_deadline=20)
        made.run()
    assert made.kept.ids == ["1"] and len(api.asked) == 1


def test_a_next_page_on_this_host_by_another_scheme_is_told_as_that(tmp_path: Path) -> None:
    endpoint: dict[str, Any] = {"data_selector": "data", "paginator": {"type": "json_link", "next_url_path": "next"}}
    with site(lambda asked: Reply({"data": [{"id": 1}], "next": api.url.replace("http:", "https:")})) as api:
        with pytest.raises(IngestionError, match=r"at https://127.0.0.1:\d+, this host, and not by") as told:
            reading(tmp_path, api.url, endpoint).run()
        assert len(api.asked) == 1 and "another host" not in str(told.value)
