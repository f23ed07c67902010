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


KEY = "ab+cd/efGH="


IN_QUERY = {"type": "api_key", "name": "api_key", "api_key": KEY, "location": "query"}
ECHOES = [KEY, "ab%2Bcd%2FefGH%3D", "ab%2bcd/efGH%3d", "ab+cd\\/efGH=", f"{'x' * 176}{KEY}"]


@pytest.mark.parametrize(
    ("auth", "echo"),
    [
        *((IN_QUERY, each) for each in ECHOES), *(({"type": "bearer", "token": KEY}, each) for each in ECHOES),
        ({"type": "http_basic", "username": "ann", "password": KEY}, "YW5uOmFiK2NkL2VmR0g9"),
    ],
)  # fmt: skip
def test_a_secret_that_comes_back_is_not_told_in_any_form(tmp_path: Path, auth: dict[str, str], echo: str) -> None:
    replies = [Reply(f"Cannot GET /things?{echo}".encode(), 404), Reply(b"", 302, {"Location": f"/login?key={echo}"})]
    with site(lambda asked: replies.pop(0)) as api:
        for _ in range(2):
            with pytest.raises(IngestionError) as told:
                reading(tmp_path, api.url, auth=auth).run()
            assert echo.strip("x")[:5] not in str(told.value) and "*" in str(told.value)


def test_a_header_of_an_endpoint_and_a_token_that_was_given_are_secrets_too(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/token":
            return Reply({"access_token": "given-token", "token_type": "Bearer"})
        return Reply(f"{asked.headers['authorization']} {asked.headers['x-key']}".encode(), 400)

    with site(answer) as api:
        auth = {
            "type": "oauth2_client_credentials",
            "access_token_url": f"{api.url}/token",
            "client_id": "me",
            "client_secret": "mine",
        }
        with pytest.raises(IngestionError) as told:
            reading(tmp_path, api.url, {"headers": {"X-Key": "header-key"}}, auth=auth).run()
    assert str(told.value) == "things: the API answers 400: *** ***"


def test_references_are_filled_in_an_endpoint_and_a_truth_is_sent_as_json_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCOUNT", "42")
    endpoint = {
        "path": "accounts/${ACCOUNT}/things", "headers": {"X-Account": "${ACCOUNT}"},
        "params": {"account": "a-${ACCOUNT}", "active": True, "n": 1, "deleted": False},
    }  # fmt: skip
    with site(lambda asked: GOOD) as api:
        reading(tmp_path, api.url, endpoint).run()
    (asked,) = api.asked
    assert asked.path == "/accounts/42/things" and asked.headers["x-account"] == "42"
    assert asked.params == {"account": "a-42", "active": "true", "n": "1", "deleted": "false"}


def test_a_reference_of_an_endpoint_that_is_not_set_is_told_before_a_request(tmp_path: Path) -> None:
    with site(lambda asked: GOOD) as api, pytest.raises(IngestionError, match="NOT_SET_ANYWHERE is not set"):
        reading(tmp_path, api.url, {"params": {"x": "${NOT_SET_ANYWHERE}"}}).run()
    assert api.asked == []
