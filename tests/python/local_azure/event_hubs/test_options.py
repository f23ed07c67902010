"""What the command line's words mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.event_hubs.auth import Claim
from local_azure.event_hubs.options import Refusal, parse_groups, parse_hubs, parse_policies

HUBS = {"Orders": 4, "letters": 1}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?", fullmatch=True), st.integers(1, 32), max_size=4
    )
)
def test_hubs_are_read_as_written(hubs: dict[str, int]) -> None:
    assert parse_hubs([f"{name}:{count}" for name, count in hubs.items()]) == hubs


@pytest.mark.parametrize("value", ["orders", "orders:", "orders:0", "orders:33", ":4", "../x:1", "a/b:1", "orders:4:4"])
def test_a_bad_hub_is_refused_with_the_way_out(value: str) -> None:
    with pytest.raises(Refusal, match="as in orders:4"):
        parse_hubs([value])


def test_a_hub_named_twice_is_refused() -> None:
    with pytest.raises(Refusal, match="twice"):
        parse_hubs(["orders:4", "Orders:2"])


def test_groups_are_kept_by_hub_as_written_and_default_is_always_there() -> None:
    groups = parse_groups(["orders/Billing", "ORDERS/billing", "orders/$Default", "letters/x"], HUBS)
    assert groups == {"orders": ["$Default", "Billing"], "letters": ["$Default", "x"]}
    assert parse_groups([], HUBS) == {"orders": ["$Default"], "letters": ["$Default"]}


@pytest.mark.parametrize("value", ["orders", "orders/", "/x", "orders/a/b", "orders/-x", "orders/" + "x" * 51])
def test_a_bad_group_is_refused_with_the_way_out(value: str) -> None:
    with pytest.raises(Refusal, match="as in orders/billing"):
        parse_groups([value], HUBS)


def test_a_group_of_no_hub_is_refused() -> None:
    with pytest.raises(Refusal, match="no hub bills; name it with --hub bills:"):
        parse_groups(["bills/x"], HUBS)


def test_a_hub_has_twenty_groups_at_most() -> None:
    names = [f"orders/g{number}" for number in range(19)]
    assert len(parse_groups(names, HUBS)["orders"]) == 20
    with pytest.raises(Refusal, match="at most 20 groups"):
        parse_groups([*names, "orders/more"], HUBS)


@pytest.mark.parametrize(
    ("value", "claims", "hub"),
    [
        ("reader:listen", Claim.LISTEN, ""),
        ("reader:send,listen", Claim.SEND | Claim.LISTEN, ""),
        ("Orders/reader:manage", Claim.ALL, "orders"),
    ],
)
def test_policies_are_read_with_their_keys(
    monkeypatch: pytest.MonkeyPatch, value: str, claims: Claim, hub: str
) -> None:
    monkeypatch.setenv("LOCAL_EVENT_HUBS_KEY_OF_READER", "a2V5")
    (policy,) = parse_policies([value], HUBS)
    assert (policy.name, policy.key, policy.claims, policy.hub) == ("reader", "a2V5", claims, hub)


@pytest.mark.parametrize("value", ["reader", "reader:", "reader:read", "reader:send,", ":send", "a/b/c:send", "r:Send"])
def test_a_bad_policy_is_refused_with_the_way_out(value: str) -> None:
    with pytest.raises(Refusal, match="as in orders/reader:listen"):
        parse_policies([value], HUBS)


def test_a_policy_without_its_key_or_hub_is_refused() -> None:
    with pytest.raises(Refusal, match="set LOCAL_EVENT_HUBS_KEY_OF_MY_READER"):
        parse_policies(["my-reader:listen"], HUBS)
    with pytest.raises(Refusal, match="no hub bills"):
        parse_policies(["bills/reader:listen"], HUBS)


def test_a_policys_name_is_given_once_for_each_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_EVENT_HUBS_KEY_OF_READER", "a2V5")
    monkeypatch.setenv("LOCAL_EVENT_HUBS_KEY_OF_ROOTMANAGESHAREDACCESSKEY", "a2V5")
    assert len(parse_policies(["reader:listen", "orders/reader:send", "letters/reader:send"], HUBS)) == 3
    for values in (["reader:listen", "Reader:send"], ["RootManageSharedAccessKey:listen"]):
        with pytest.raises(Refusal, match="there is a policy of that name"):
            parse_policies(values, HUBS)
