"""Shared access signatures, made by Microsoft's client."""

from __future__ import annotations

import time

import pytest
from azure.eventhub._pyamqp.utils import generate_sas_token
from hypothesis import given
from hypothesis import strategies as st

from local_azure.event_hubs.auth import Grant, Grants, SharedAccessKey, entity_of
from local_azure.event_hubs.performatives import AmqpError

KEY = SharedAccessKey("policy", "c2VjcmV0+/=")
AUDIENCE = "sb://127.0.0.1:14310/customer-events"


def token(audience: str = AUDIENCE, policy: str = "policy", key: str = KEY.key, lifetime: int = 60) -> str:
    made: str = generate_sas_token(audience, policy, key, int(time.time()) + lifetime)
    return made


def test_a_token_signed_with_the_key_grants_its_hub() -> None:
    grant = KEY.check(token())
    assert grant.hub == "customer-events"
    assert 50 < grant.expires - time.time() <= 60


@pytest.mark.parametrize(
    ("audience", "hub"),
    [
        ("sb://host/orders/ConsumerGroups/$Default/Partitions/0", "orders"),
        ("sb://host/", ""),
        ("amqp://host:1/orders/", "orders"),
        ("orders", "orders"),
    ],
)
def test_the_audience_names_the_hub(audience: str, hub: str) -> None:
    assert KEY.check(token(audience)).hub == hub


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (token(key="other"), "InvalidSignature"),
        (token(policy="other"), "InvalidSignature"),
        (token().replace("customer-events", "other"), "InvalidSignature"),
        (token(lifetime=-1), "ExpiredToken"),
        ("", "MalformedToken"),
        ("Bearer abc", "MalformedToken"),
        (token().replace("se=", "se=x"), "MalformedToken"),
        (token().replace("se=", "se=" + "9" * 5000), "MalformedToken"),
        (token().replace("&skn=policy", ""), "MalformedToken"),
    ],
)
def test_a_token_that_proves_nothing_is_refused(bad: str, why: str) -> None:
    with pytest.raises(AmqpError, match=why) as refused:
        KEY.check(bad)
    assert refused.value.condition == "amqp:unauthorized-access"


@given(st.text(max_size=200))
def test_garbage_tokens_are_refused(text: str) -> None:
    for bad in (
        text,
        f"SharedAccessSignature {text}",
        f"SharedAccessSignature sr={text}&sig={text}&se=1&skn=x",
    ):
        with pytest.raises(AmqpError):
            KEY.check(bad)


def test_the_key_shows_in_no_representation() -> None:
    assert KEY.key not in repr(KEY)


def test_grants_hold_for_their_hub_until_they_expire() -> None:
    now = [100.0]
    grants = Grants(clock=lambda: now[0])
    grants.add(Grant("Orders", 200))
    grants.require("orders")
    with pytest.raises(AmqpError, match="letters"):
        grants.require("letters")
    now[0] = 200.0
    with pytest.raises(AmqpError, match="orders"):
        grants.require("orders")


def test_a_grant_for_the_namespace_opens_every_hub() -> None:
    grants = Grants()
    grants.add(Grant("", int(time.time()) + 60))
    grants.require("anything")


@given(st.text(max_size=50))
def test_any_text_is_an_address(text: str) -> None:
    assert not entity_of(text).startswith("/")
