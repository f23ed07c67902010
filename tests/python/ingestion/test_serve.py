"""What is pushed arrives or is not acknowledged."""

# ruff: noqa: E501 - tables of requests
from __future__ import annotations

import base64
import hashlib
import hmac
import json
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.signatures import TOLERANCE, is_signed
from ingestion.source_file import Signature

from ._services import Namespace, Served, command

NOW = 1_700_000_000.0
BODY = b'{"id": 1}'


def digest(content: bytes, secret: str = "s3cret") -> bytes:
    return hmac.digest(secret.encode(), content, hashlib.sha256)


def stripe(moment: float = NOW, body: bytes = BODY, secret: str = "s3cret") -> str:
    return f"t={moment:.0f},v1=00,v1={digest(f'{moment:.0f}.'.encode() + body, secret).hex()},v0=x"


def shopify(body: bytes) -> dict[str, str]:
    return {"x-shopify-hmac-sha256": base64.b64encode(digest(body)).decode()}


SIGNED = {
    "stripe": {"stripe-signature": stripe()},
    "shopify": shopify(BODY),
    "github": {"x-hub-signature-256": f"sha256={digest(BODY).hex()}"},
    "bearer": {"authorization": "Bearer s3cret"},
}


@pytest.mark.parametrize("scheme", SIGNED)
def test_a_signature_is_of_its_body_and_secret_only(scheme: Any) -> None:
    headers = SIGNED[scheme]
    signature = Signature(scheme=scheme, secret="s3cret")
    assert is_signed(signature, headers, BODY, NOW)
    assert not is_signed(Signature(scheme=scheme, secret="other"), headers, BODY, NOW)
    assert not is_signed(signature, {}, BODY, NOW)
    assert scheme == "bearer" or not is_signed(signature, headers, BODY + b" ", NOW)


def test_githubs_own_example_holds() -> None:
    """docs.github.com, "Validating webhook deliveries", testing the webhook payload validation."""
    signature = Signature(scheme="github", secret="It's a Secret to Everybody")
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_signed(signature, {"x-hub-signature-256": expected}, b"Hello, World!")


@pytest.mark.parametrize("away", [-TOLERANCE - 1, TOLERANCE + 1])
def test_a_stripe_signature_of_another_time_is_refused(away: float) -> None:
    signature = Signature(scheme="stripe", secret="s3cret")
    assert not is_signed(signature, {"stripe-signature": stripe(NOW + away)}, BODY, NOW)
    assert is_signed(signature, {"stripe-signature": stripe(NOW + away / 2)}, BODY, NOW)


@settings(deadline=None)
@given(st.sampled_from(sorted(SIGNED)), st.text(max_size=60))
def test_no_header_that_is_made_up_is_a_signature(scheme: Any, header: str) -> None:
    headers = dict.fromkeys(
        ["stripe-signature", "x-shopify-hmac-sha256", "x-hub-signature-256", "authorization"], header
    )
    assert not is_signed(Signature(scheme=scheme, secret="s3cret"), headers, BODY)


def test_nothing_to_serve_and_no_webhook_are_one_line() -> None:
    none = command("serve", "--connection", "nonsense")
    assert none.returncode == 1 and "nothing to serve: set INGESTION_TOKEN" in none.stderr
    assert "hubspot has no webhook" in command("serve", "hubspot", "--connection", "x").stderr
    assert "STRIPE_WEBHOOK_SECRET is not set" in command("serve", "stripe", "--connection", "x").stderr


def event(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"e{number}", "source": "/shop", "type": "loyalty.points.earned.v1", "subject": "C1",
        "time": "2026-07-01T12:00:00Z", "data": {"n": number},
    } | changes  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Namespace]:
    hub = Namespace(tmp_path_factory.mktemp("hub"))
    yield hub
    hub.end(signal.SIGKILL)


SECRETS = {"INGESTION_TOKEN": "push-token", "STRIPE_WEBHOOK_SECRET": "s3cret", "SHOPIFY_WEBHOOK_SECRET": "s3cret"}
STRUCTURED = {"Content-Type": "application/cloudevents+json; charset=utf-8"}
BATCHED = {"Content-Type": "application/cloudevents-batch+json"}
BINARY = {
    "Content-Type": "application/json", "ce-specversion": "1.0", "ce-id": "b1", "ce-source": "/shop", "ce-subject": "C%C3%A9",
    "ce-type": "loyalty.points.earned.v1", "ce-time": "2026-07-01T12:00:00Z",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(hub: Namespace) -> Iterator[Served]:
    served = Served("stripe", "shopify", "--connection", hub.connection, "--max-body", "20000", **SECRETS)
    yield served
    if served.process.poll() is None:
        served.end()


def post(
    served: Served, path: str, body: Any, headers: dict[str, str], token: str | None = "push-token"
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = headers | ({"Authorization": f"Bearer {token}"} if token else {})
    return httpx.post(served.url + path, content=content, headers=sent, timeout=90)


@pytest.mark.slow
class TestServed:
    def test_structured_batched_and_binary_events_are_on_the_hub_when_they_are_accepted(
        self, served: Served, hub: Namespace
    ) -> None:
        answers = [
            post(served, "/events", event(1), STRUCTURED),
            post(served, "/events", [event(2), event(3, type="no type"), event(4)], BATCHED),
            post(served, "/events", {"n": 5}, BINARY),
        ]
        assert [each.status_code for each in answers] == [202, 202, 202]
        assert answers[1].json() == {"events": 2, "dead_letters": 1}
        arrived = {each["id"]: each for each in hub.events()}
        assert set(arrived) == {"e1", "e2", "e4", "b1"}
        assert arrived["b1"]["subject"] == "Cé" and arrived["b1"]["data"] == {"n": 5}
        assert arrived["e1"]["source"] == "/shop" and arrived["e1"]["specversion"] == "1.0"
        assert [each["record_id"] for each in hub.letters()] == ["e3"]

    def test_a_webhook_becomes_events_by_its_sources_mapping(self, served: Served, hub: Namespace) -> None:
        charge = {
            "id": "ch_1", "object": "charge", "amount": 1099, "captured": True, "created": 1679090539, "currency": "usd", "customer": "cus_1",
            "payment_intent": "pi_1", "payment_method_details": {"type": "card"}, "status": "succeeded",
        }  # fmt: skip
        body = json.dumps({"id": "evt_1", "type": "charge.succeeded", "data": {"object": charge}}).encode()
        signed = {"Stripe-Signature": stripe(time.time(), body)}
        assert post(served, "/webhooks/stripe", body, signed, None).json() == {"events": 1, "dead_letters": 0}
        assert post(served, "/webhooks/stripe", body, {"Stripe-Signature": stripe(NOW, body)}, None).status_code == 401
        bad = b'{"data": {"object": {"id": "ch_2", "object": "charge", "captured": true, "status": "succeeded", "customer": 5}}}'
        answer = post(served, "/webhooks/stripe", bad, {"Stripe-Signature": stripe(time.time(), bad)}, None)
        assert (answer.status_code, answer.json()) == (202, {"events": 0, "dead_letters": 1})
        paid = [each for each in hub.events() if each["id"] == "ch_1-paid"]
        assert paid[0]["data"]["amount"] == "10.99" and paid[0]["source"] == "/stripe"

    @pytest.mark.parametrize("bad", [b'"\\ud83d"', b"NaN", b'"a\x00b"', b'"\xff"'])
    def test_a_body_with_a_value_that_is_no_json_is_kept_and_not_asked_for_again(
        self, served: Served, hub: Namespace, bad: bytes
    ) -> None:
        of_stripe = b'{"id": "evt", "data": {"object": {"id": "ch_3", "x": ' + bad + b"}}}"
        of_shopify = b'{"id": 1, "note": ' + bad + b"}"
        structured = json.dumps(event(7)).encode().replace(b'{"n": 7}', bad)
        answers = [
            post(served, "/webhooks/stripe", of_stripe, {"Stripe-Signature": stripe(time.time(), of_stripe)}, None),
            post(served, "/webhooks/shopify", of_shopify, shopify(of_shopify), None),
            post(served, "/events", structured, STRUCTURED),
        ]
        assert [(each.status_code, each.json()) for each in answers] == [(202, {"events": 0, "dead_letters": 1})] * 3
        first, *others = [each["original"] for each in hub.letters()[-3:]]
        assert bad in first and first in of_stripe and others == [of_shopify, structured]

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"{", b'{"id": "evt", "data": {}}', b'{"id": "evt", "data": 5}', b"[" * 9000]
    )
    def test_a_signed_body_without_a_record_is_kept_too(self, served: Served, hub: Namespace, body: bytes) -> None:
        answer = post(served, "/webhooks/stripe", body, {"Stripe-Signature": stripe(time.time(), body)}, None)
        assert (answer.status_code, answer.json()) == (202, {"events": 0, "dead_letters": 1})
        assert hub.letters()[-1]["original"] == body and hub.letters()[-1]["reason"].startswith("no JSON of records: ")

    @pytest.mark.parametrize(
        ("path", "body", "headers", "token", "status"),
        [
            ("/events", event(1), STRUCTURED, None, 401), ("/events", event(1), STRUCTURED, "wrong", 401),
            ("/events", b"{", STRUCTURED, "push-token", 400), ("/events", b"", STRUCTURED, "push-token", 400),
            ("/events", b"[]", STRUCTURED, "push-token", 400), ("/events", b"NaN", STRUCTURED, "push-token", 400),
            ("/events", b"{},{}", STRUCTURED, "push-token", 400), ("/events", b"[" * 9000, BATCHED, "push-token", 400),
            ("/events", event(1, specversion="0.3"), STRUCTURED, "push-token", 400),
            ("/events", b"{}", {"Content-Type": "text/plain"}, "push-token", 415),
            ("/events", b"<a/>", BINARY | {"Content-Type": "application/xml"}, "push-token", 415),
            ("/events", b"x" * 20001, STRUCTURED, "push-token", 413),
            ("/events", b"x", STRUCTURED | {"Content-Encoding": "gzip"}, "push-token", 415),
            ("/webhooks/stripe", b"{}", {}, None, 401), ("/webhooks/shopify", b"{}", {"X-Shopify-Hmac-SHA256": "é"}, None, 401),
            ("/webhooks/nope", b"{}", {}, None, 404),
        ],
    )  # fmt: skip
    def test_what_is_not_taken_says_why(
        self, served: Served, path: str, body: Any, headers: dict[str, str], token: str | None, status: int
    ) -> None:
        if any(not value.isascii() for value in headers.values()):
            headers = {name: value.encode("latin-1") for name, value in headers.items()}  # type: ignore[misc]
        answer = post(served, path, body, headers, token)
        assert answer.status_code == status and answer.json()["detail"]

    def test_health_and_metrics_are_there(self, served: Served) -> None:
        post(served, "/events", event(6), STRUCTURED)
        assert httpx.get(served.url + "/healthz").json() == {"status": "ok", "hub": "there"}
        assert "ingestion_events_total{" in httpx.get(served.url + "/metrics").text


@pytest.mark.slow
def test_while_the_hub_is_away_senders_are_asked_to_come_again_and_then_they_are_taken(tmp_path: Path) -> None:
    hub = Namespace(tmp_path)
    served = Served("--connection", hub.connection, **SECRETS)
    assert post(served, "/events", event(1), STRUCTURED).status_code == 202
    hub.end(signal.SIGKILL)
    away = post(served, "/events", event(2), STRUCTURED)
    assert (away.status_code, away.headers["Retry-After"]) == (503, "5")
    assert httpx.get(served.url + "/healthz").json()["hub"] == "away"
    hub.start()
    while post(served, "/events", event(3), STRUCTURED).status_code == 503:
        time.sleep(0.2)
    code, said = served.end()
    assert code == 0 and "everything that was taken is answered" in said
    assert {"e1", "e3"} <= {each["id"] for each in hub.events()}
    hub.end(signal.SIGKILL)


def push_until_gone(served: Served, worker: int, accepted: set[str], stop: threading.Event) -> None:
    with httpx.Client(timeout=30) as client:
        for number in range(100_000):
            if stop.is_set():
                return
            batch = [event(0, id=f"w{worker}-{number}-{at}", subject=f"C{at}") for at in range(20)]
            try:
                answer = client.post(
                    served.url + "/events", json=batch, headers=BATCHED | {"Authorization": "Bearer push-token"}
                )
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if answer.status_code == 202:
                accepted |= {each["id"] for each in batch}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_whatever_was_acknowledged_is_there_after_the_server_ended_at_any_moment(tmp_path: Path, number: int) -> None:
    hub = Namespace(tmp_path)
    served = Served("--connection", hub.connection, **SECRETS)
    accepted: list[set[str]] = [set() for _ in range(3)]
    stop = threading.Event()
    threads = [
        threading.Thread(target=push_until_gone, args=(served, at, accepted[at], stop)) for at in range(len(accepted))
    ]
    for thread in threads:
        thread.start()
    for pause in (3.1, 2.3, 2.7):
        time.sleep(pause)
        served.end(number)
        served.start()
    time.sleep(3)
    stop.set()
    for thread in threads:
        thread.join()
    served.end()
    arrived = {each["id"] for each in hub.events()}
    known = set().union(*accepted)
    assert len(known) > 100 and known <= arrived
    hub.end(signal.SIGKILL)
