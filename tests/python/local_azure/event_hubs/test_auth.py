"""Shared access signatures, made by Microsoft's client."""

from __future__ import annotations

import time

import pytest
from azure.eventhub._pyamqp.utils import generate_sas_token
from hypothesis import given
from hypothesis import strategies as st

from local_azure.event_hubs.auth import Claim, Grant, Grants, Policies, Policy, entity_of
from local_azure.event_hubs.performatives import AmqpError

POLICY = Policy("policy", "c2VjcmV0+/=")
READER = Policy("reader", "cmVhZGVy", Claim.LISTEN, "Orders")
POLICIES = Policies((POLICY, READER))
AUDIENCE = "sb://127.0.0.1:14310/customer-events"


def token(audience: str = AUDIENCE, policy: str = "policy", key: str = POLICY.key, lifetime: int = 60) -> str:
    made: str = generate_sas_token(audience, policy, key, int(time.time()) + lifetime)
    return made


def test_a_token_signed_with_the_key_grants_its_hub() -> None:
    grant = POLICIES.check(token())
    assert grant.scope == "customer-events"
    assert 50 < grant.expires - time.time() <= 60


@pytest.mark.parametrize(
    ("audience", "scope"),
    [
        ("sb://host/orders/ConsumerGroups/$Default/Partitions/0", "orders/ConsumerGroups/$Default/Partitions/0"),
        ("sb://host/", ""),
        ("amqp://host:1/orders/", "orders"),
        ("orders", "orders"),
    ],
)
def test_the_audience_names_the_scope(audience: str, scope: str) -> None:
    assert POLICIES.check(token(audience)).scope == scope


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
        POLICIES.check(bad)
    assert refused.value.condition == "amqp:unauthorized-access"


@given(st.text(max_size=200))
def test_garbage_tokens_are_refused(text: str) -> None:
    for bad in (
        text,
        f"SharedAccessSignature {text}",
        f"SharedAccessSignature sr={text}&sig={text}&se=1&skn=x",
    ):
        with pytest.raises(AmqpError):
            POLICIES.check(bad)


def test_the_key_shows_in_no_representation() -> None:
    assert POLICY.key not in repr(POLICIES)


def test_grants_hold_for_their_hub_until_they_expire() -> None:
    now = [100.0]
    grants = Grants(clock=lambda: now[0])
    grants.add(Grant("Orders", 200))
    grants.require("orders", Claim.SEND)
    with pytest.raises(AmqpError, match="letters"):
        grants.require("letters", Claim.SEND)
    now[0] = 200.0
    with pytest.raises(AmqpError, match="orders"):
        grants.require("orders", Claim.SEND)


def test_a_grant_for_the_namespace_opens_every_hub() -> None:
    grants = Grants()
    grants.add(Grant("", int(time.time()) + 60))
    grants.require("anything", Claim.LISTEN)


@pytest.mark.parametrize(
    ("given", "wanted", "covered"),
    [
        (Claim.SEND, Claim.SEND, True),
        (Claim.SEND, Claim.LISTEN, False),
        (Claim.LISTEN, Claim.SEND, False),
        (Claim.SEND | Claim.LISTEN, Claim.LISTEN, True),
        (Claim.LISTEN, Claim.ALL, True),
        (Claim.ALL, Claim.SEND, True),
    ],
)
def test_a_grant_covers_its_claims_only(given: Claim, wanted: Claim, covered: bool) -> None:
    grants = Grants()
    grants.add(Grant("orders", int(time.time()) + 60, given))
    if covered:
        grants.require("orders", wanted)
    else:
        with pytest.raises(AmqpError, match=r"^Unauthorized access. '\w+' claim\(s\) are required .*'orders/more'"):
            grants.require("orders/more", wanted)


@pytest.mark.parametrize(
    ("scope", "path", "covered"),
    [
        ("orders/publishers/dev1", "orders/publishers/dev1", True),
        ("orders/publishers/dev1", "orders/Publishers/DEV1/more", True),
        ("orders/publishers/dev1", "orders/publishers/dev12", False),
        ("orders/publishers/dev1", "orders", False),
        ("orders/publishers/dev1", "orders/partitions/3", False),
        ("orders/consumergroups/billing", "orders/ConsumerGroups/billing/Partitions/0", True),
        ("orders/consumergroups/billing", "orders/ConsumerGroups/$Default/Partitions/0", False),
        ("orders", "orders2", False),
    ],
)
def test_a_token_opens_what_its_resource_is_a_prefix_of(scope: str, path: str, covered: bool) -> None:
    grant = POLICIES.check(token(f"sb://localhost/{scope}"))
    assert grant.covers(path, Claim.SEND) == covered


def test_two_policies_on_one_connection_add_up() -> None:
    grants = Grants()
    for claim in (Claim.SEND, Claim.LISTEN):
        grants.add(Grant("orders", int(time.time()) + 60, claim))
    grants.require("orders", Claim.SEND)
    grants.require("orders", Claim.LISTEN)


@pytest.mark.parametrize("audience", ["sb://host/orders", "sb://host/ORDERS/$management", "sb://host/"])
def test_a_hubs_policy_opens_its_hub_only(audience: str) -> None:
    grant = POLICIES.check(token(audience, "reader", READER.key))
    assert grant.covers("orders/$management", Claim.LISTEN)
    assert not grant.covers("orders/$management", Claim.SEND)
    assert not grant.covers("letters", Claim.LISTEN)


def test_a_hubs_policy_opens_no_other_hub() -> None:
    with pytest.raises(AmqpError, match="InvalidSignature"):
        POLICIES.check(token("sb://host/letters", "reader", READER.key))


def test_a_name_and_key_grant_what_their_policy_holds() -> None:
    assert [(grant.scope, grant.claims) for grant in POLICIES.plain("reader", READER.key)] == [("Orders", Claim.LISTEN)]
    for name, key in (("reader", POLICY.key), ("READER", READER.key), ("", ""), ("policy", "c2VjcmV0")):
        assert POLICIES.plain(name, key) == []


@given(st.text(max_size=50))
def test_any_text_is_an_address(text: str) -> None:
    assert not entity_of(text).startswith("/")
