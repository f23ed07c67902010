"""The API as its clients see it: the real command, over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_azure import settings
from local_azure.customer_api.generator import SeededSource
from local_azure.customer_api.source import issued_at

from ..._ports import free_port

pytestmark = pytest.mark.slow
SIZE = 2500


@dataclass
class Served:
    """A running API and a client with its token."""

    state: Path
    http: httpx.Client

    def get(self, path: str = "/v1/records", **params: Any) -> httpx.Response:
        return self.http.get(path, params=params)


def command(state: Path, port: int, *more: str) -> list[str]:
    return [sys.executable, "-m", "local_azure.customer_api", "--state", str(state), "--port", str(port), *more]


def served(state: Path, *more: str) -> Iterator[Served]:
    port = free_port()
    process = subprocess.Popen(command(state, port, *more))
    headers = {"Authorization": f"Bearer {settings.CUSTOMER_API_TOKEN}"}
    try:
        with httpx.Client(base_url=f"http://{settings.HOST}:{port}", headers=headers) as http:
            _wait(http, process)
            yield Served(state, http)
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(20)


def _wait(http: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            http.get("/health").raise_for_status()
            return
        except httpx.TransportError:
            assert process.poll() is None and time.monotonic() < deadline, "the API did not start"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(tmp_path_factory.mktemp("api"), "--events", str(SIZE), "--rate", "10000")


def bodies(count: int = SIZE) -> list[bytes]:
    return [record.body for record in SeededSource(seed=42, events=SIZE).records(0, count)]


def test_pages_by_cursor_cover_everything_once_in_order(api: Served) -> None:
    found: list[Any] = []
    params: dict[str, Any] = {"limit": 700}
    more = True
    while more:
        page = api.get(**params).json()
        found += page["data"]
        params, more = params | {"cursor": page["next_cursor"]}, page["has_more"]
    assert found == [json.loads(body) for body in bodies()]
    last = api.get(**params).json()
    assert (last["data"], last["has_more"], last["next_cursor"]) == ([], False, params["cursor"])


def test_records_are_served_byte_by_byte(api: Served) -> None:
    assert api.get(limit=5).content.startswith(b'{"data":[' + b",".join(bodies(5)) + b"]")


def test_updated_since_begins_at_that_moment(api: Served) -> None:
    source = SeededSource(seed=42, events=SIZE)
    page = api.get(updated_since=issued_at(source, 100).isoformat(), limit=3).json()
    assert page["data"] == [json.loads(body) for body in bodies(103)[100:]]
    assert page["updated_at"] == issued_at(source, 102).isoformat()
    assert api.get(updated_since="2099-01-01T00:00:00Z").json()["data"] == []


def token_of(content: Any) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "é",
        token_of(5),
        token_of([1]),
        token_of(["other", 5]),
        token_of([f"sample-42-{SIZE}", -1]),
        token_of([f"sample-42-{SIZE}", True]),
        token_of([f"sample-42-{SIZE}", "5"]),
        urlsafe_b64encode(b"[" * 5000).decode(),
    ],
)
def test_a_cursor_that_this_source_did_not_give_is_refused(api: Served, cursor: str) -> None:
    response = api.get(cursor=cursor)
    assert response.status_code == 400
    assert "cursor" in response.json()["detail"]


def test_a_request_that_makes_no_sense_is_refused(api: Served) -> None:
    assert api.get(updated_since="2026-07-01T00:00:00").status_code == 400
    assert api.get(updated_since="2026-07-01T00:00:00Z", cursor="x").status_code == 400
    assert api.get(limit=0).status_code == 422
    assert api.get(limit=1001).status_code == 422


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
def test_without_the_token_nothing_is_served(api: Served, header: dict[str, str]) -> None:
    for path in ("/v1/records", "/v1/ledger"):
        assert httpx.get(api.http.base_url.join(path), headers=header).status_code == 401


def test_the_openapi_document_describes_the_record(api: Served) -> None:
    document = api.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert set(schemas["Record"]["required"]) == set(json.loads(bodies(1)[0]))
    assert schemas["Page"]["properties"]["data"]["items"] == {"$ref": "#/components/schemas/Record"}
    response = document["paths"]["/v1/records"]["get"]["responses"]["200"]
    assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Page"}


def test_the_ledger_names_the_source_and_its_size(api: Served) -> None:
    found = api.get("/v1/ledger").json()
    assert (found["source"], found["records"]) == (f"sample-42-{SIZE}", SIZE)


def test_too_many_requests_get_429_and_the_seconds_to_wait(tmp_path: Path) -> None:
    for slow in served(tmp_path, "--events", "10", "--rate", "1"):
        answers = [slow.get() for _ in range(4)]
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert answers[0].status_code == 200
        assert refused.headers["Retry-After"] == "1"
        time.sleep(1.05)
        assert slow.get().status_code == 200


def refused(state: Path, port: int, *more: str) -> str:
    ended = subprocess.run(command(state, port, *more), capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1 and ended.stderr.startswith("customer_api: ")
    return ended.stderr


def test_a_port_that_is_taken_is_one_line(api: Served, tmp_path: Path) -> None:
    port = api.http.base_url.port
    assert port and f"port {port}" in refused(tmp_path, port)


def test_a_source_that_cannot_be_served_is_one_line(tmp_path: Path) -> None:
    assert "no mapping" in refused(tmp_path, free_port(), "--source", str(tmp_path))
