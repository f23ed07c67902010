"""What the command line's words mean: hubs, consumer groups, policies."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from local_azure import settings
from local_azure.event_hubs.auth import Claim, Policy
from local_azure.event_hubs.readers import DEFAULT_GROUP, MAX_GROUPS

MAX_PARTITIONS = 32
KEY_VARIABLE = "LOCAL_EVENT_HUBS_KEY_OF_"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,%d}[A-Za-z0-9])?"
_HUB = re.compile(rf"(?P<name>{_NAME % 254}):(?P<partitions>[1-9]\d?)")
_GROUP = re.compile(rf"(?P<hub>{_NAME % 254})/(?P<group>{_NAME % 48}|\$Default)")
_POLICY = re.compile(rf"(?:(?P<hub>{_NAME % 254})/)?(?P<name>{_NAME % 48}):(?P<claims>[a-z,]+)")
_CLAIMS = {"send": Claim.SEND, "listen": Claim.LISTEN, "manage": Claim.ALL}


class Refusal(Exception):
    """Why the service can't start, and the way out, in one line."""


def parse_hubs(values: Iterable[str]) -> dict[str, int]:
    """Partitions by hub name from `NAME:PARTITIONS`; raises Refusal."""
    hubs: dict[str, int] = {}
    for value in values:
        found = _HUB.fullmatch(value)
        if found is None or int(found["partitions"]) > MAX_PARTITIONS:
            raise Refusal(
                f"--hub {value!r}: give NAME:PARTITIONS with 1 to {MAX_PARTITIONS} partitions, as in orders:4"
            )
        if found["name"].lower() in (name.lower() for name in hubs):
            raise Refusal(f"--hub {value!r}: the hub is named twice; name it once")
        hubs[found["name"]] = int(found["partitions"])
    return hubs


def parse_groups(values: Iterable[str], hubs: Iterable[str]) -> dict[str, list[str]]:
    """Consumer groups by hub, in lower case, from `HUB/GROUP`; raises Refusal."""
    groups: dict[str, dict[str, str]] = {hub.lower(): {DEFAULT_GROUP.lower(): DEFAULT_GROUP} for hub in hubs}
    for value in values:
        found = _GROUP.fullmatch(value)
        if found is None:
            raise Refusal(f"--consumer-group {value!r}: give HUB/GROUP, as in orders/billing")
        of_hub = groups[_known_hub("--consumer-group", value, found["hub"], groups)]
        of_hub.setdefault(found["group"].lower(), found["group"])
        if len(of_hub) > MAX_GROUPS:
            raise Refusal(f"--consumer-group {value!r}: a hub has at most {MAX_GROUPS} groups, $Default included")
    return {hub: list(names.values()) for hub, names in groups.items()}


def parse_policies(values: Iterable[str], hubs: Iterable[str]) -> list[Policy]:
    """Policies from `[HUB/]NAME:CLAIMS`, each with its key from the environment; raises Refusal."""
    known: dict[tuple[str, str], Policy] = {}
    for value in values:
        policy = _parse_policy(value, {hub.lower() for hub in hubs})
        place = policy.hub, policy.name.lower()
        if place in known or place == ("", settings.EVENT_HUBS_KEY_NAME.lower()):
            raise Refusal(f"--policy {value!r}: there is a policy of that name; give it another")
        known[place] = policy
    return list(known.values())


def _parse_policy(value: str, hubs: set[str]) -> Policy:
    found = _POLICY.fullmatch(value)
    words = found["claims"].split(",") if found else []
    if found is None or not set(words) <= _CLAIMS.keys():
        raise Refusal(f"--policy {value!r}: give [HUB/]NAME:CLAIMS of send, listen, manage, as in orders/reader:listen")
    hub = _known_hub("--policy", value, found["hub"], hubs) if found["hub"] else ""
    variable = KEY_VARIABLE + re.sub(r"\W", "_", found["name"]).upper()
    key = os.environ.get(variable)
    if not key:
        raise Refusal(f"--policy {value!r}: its key is not in the environment; set {variable}")
    claims = Claim(0)
    for word in words:
        claims |= _CLAIMS[word]
    return Policy(found["name"], key, claims, hub)


def _known_hub(option: str, value: str, hub: str, hubs: Iterable[str]) -> str:
    if hub.lower() not in hubs:
        raise Refusal(f"{option} {value!r}: there is no hub {hub}; name it with --hub {hub}:PARTITIONS")
    return hub.lower()
