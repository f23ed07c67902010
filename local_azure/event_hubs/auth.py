"""Shared access policies: who may do what with which event hub.

Source: "Authorizing access to Event Hubs resources using Shared Access Signatures", learn.microsoft.com.
"""

from __future__ import annotations

import hmac
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Flag, auto
from hashlib import sha256
from urllib.parse import unquote, unquote_plus

from local_azure.event_hubs.performatives import AmqpError

UNAUTHORIZED = "amqp:unauthorized-access"
NEVER = 1 << 62  # the expiry of what SASL PLAIN proved: it holds as long as the connection


class Claim(Flag):
    """What a policy allows; Manage includes the other two, as the service has it."""

    SEND = auto()
    LISTEN = auto()
    MANAGE = auto()
    ALL = SEND | LISTEN | MANAGE


@dataclass(frozen=True, slots=True)
class Policy:
    """A shared access policy of the namespace, or of one hub where `hub` is given."""

    name: str
    key: str = field(repr=False)
    claims: Claim = Claim.ALL
    hub: str = ""

    def signed(self, parts: dict[str, str]) -> bool:
        """Whether a parsed token was made with this policy's name and key."""
        text = f"{parts['sr']}\n{parts['se']}".encode()
        expected = b64encode(hmac.digest(self.key.encode(), text, sha256))
        return hmac.compare_digest(expected, unquote(parts["sig"]).encode()) and unquote_plus(parts["skn"]) == self.name

    def grant(self, scope: str, expires: int) -> Grant | None:
        """What the policy gives of the path `scope` ('' for all hubs); None where it is another hub's."""
        if self.hub and scope and scope.split("/")[0].lower() != self.hub.lower():
            return None
        return Grant(scope or self.hub, expires, self.claims)


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of a namespace."""

    policies: tuple[Policy, ...]

    def check(self, token: str) -> Grant:
        """What `token` grants; raises AmqpError (amqp:unauthorized-access) where it proves nothing."""
        parts = _parse(token)
        expires = int(parts["se"])
        scope = entity_of(unquote_plus(parts["sr"]))
        for policy in self.policies:
            if policy.signed(parts) and (grant := policy.grant(scope, expires)):
                if expires <= time.time():
                    raise AmqpError(UNAUTHORIZED, "ExpiredToken: The token has expired.")
                return grant
        raise AmqpError(UNAUTHORIZED, "InvalidSignature: The token has an invalid signature.")

    def plain(self, name: str, key: str) -> list[Grant]:
        """What a policy's name and key grant without a token (SASL PLAIN); nothing where they are wrong."""
        return [
            Grant(policy.hub, NEVER, policy.claims)
            for policy in self.policies
            if hmac.compare_digest(policy.key.encode(), key.encode()) and policy.name == name
        ]


def _parse(token: str) -> dict[str, str]:
    scheme, _, query = token.partition(" ")
    parts = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
    if scheme != "SharedAccessSignature" or not {"sr", "sig", "se", "skn"} <= parts.keys():
        raise AmqpError(UNAUTHORIZED, "MalformedToken: Not a shared access signature.")
    if not re.fullmatch(r"[0-9]{1,15}", parts["se"]):
        raise AmqpError(UNAUTHORIZED, "MalformedToken: The expiry is not a number.")
    return parts


def entity_of(address: str) -> str:
    """The path of an address, be it `sb://host/hub/...` or `hub/...`."""
    _, scheme, rest = address.partition("://")
    path = rest.partition("/")[2] if scheme else address
    return path.strip("/")


@dataclass(frozen=True, slots=True)
class Grant:
    """Claims on all whose path begins with `scope`, everything where it is empty, until `expires` (seconds since 1970).

    So a token for one publisher or consumer group opens nothing else of its hub: "valid for all resources prefixed
    with the resourceURI" (Authenticate access with shared access signatures, learn.microsoft.com).
    """

    scope: str
    expires: int
    claims: Claim = Claim.ALL

    def covers(self, path: str, claim: Claim) -> bool:
        return f"{path}/".lower().startswith(f"{self.scope}/".lower().lstrip("/")) and bool(self.claims & claim)


@dataclass(slots=True)
class Grants:
    """What one connection has proved so far."""

    clock: Callable[[], float] = time.time
    _given: dict[tuple[str, Claim], Grant] = field(default_factory=dict)

    def add(self, *grants: Grant) -> None:
        for grant in grants:
            self._given[(grant.scope.lower(), grant.claims)] = grant

    def require(self, path: str, claim: Claim) -> None:
        """Raise AmqpError (amqp:unauthorized-access) unless one of the claims was granted and still is."""
        require(self._given.values(), path, claim, self.clock())


def require(grants: Iterable[Grant], path: str, claim: Claim, now: float) -> None:
    """Raise AmqpError (amqp:unauthorized-access) unless a grant covers one of the claims on what is at `path`."""
    if not any(grant.expires > now and grant.covers(path, claim) for grant in grants):
        names = ", ".join(f"'{one.name.title()}'" for one in claim if one.name)
        raise AmqpError(
            UNAUTHORIZED,
            f"Unauthorized access. {names} claim(s) are required to perform this operation. Resource: '{path}'.",
        )
