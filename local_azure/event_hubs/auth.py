"""Shared access signatures: who may use which event hub.

Source: "Authenticate access to Event Hubs using shared access signatures", learn.microsoft.com.
"""

from __future__ import annotations

import hmac
import re
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import unquote, unquote_plus

from local_azure.event_hubs.performatives import AmqpError

UNAUTHORIZED = "amqp:unauthorized-access"


@dataclass(frozen=True, slots=True)
class SharedAccessKey:
    """The namespace's one policy; its name and key open every hub."""

    name: str
    key: str = field(repr=False)

    def check(self, token: str) -> Grant:
        """What `token` grants; raises AmqpError (amqp:unauthorized-access) where it proves nothing."""
        parts = _parse(token)
        self._check_signature(parts)
        expires = int(parts["se"])
        if expires <= time.time():
            raise AmqpError(UNAUTHORIZED, "ExpiredToken: The token has expired.")
        return Grant(entity_of(unquote_plus(parts["sr"])).split("/")[0], expires)

    def _check_signature(self, parts: dict[str, str]) -> None:
        signed = f"{parts['sr']}\n{parts['se']}".encode()
        expected = b64encode(hmac.digest(self.key.encode(), signed, sha256))
        same = hmac.compare_digest(expected, unquote(parts["sig"]).encode())
        if not same or unquote_plus(parts["skn"]) != self.name:
            raise AmqpError(UNAUTHORIZED, "InvalidSignature: The token has an invalid signature.")


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
    """Access to one hub, or to all where `hub` is empty, until `expires` (seconds since 1970)."""

    hub: str
    expires: int


@dataclass(slots=True)
class Grants:
    """What one connection has proved so far."""

    clock: Callable[[], float] = time.time
    _expiry: dict[str, int] = field(default_factory=dict)

    def add(self, grant: Grant) -> None:
        self._expiry[grant.hub.lower()] = grant.expires

    def require(self, hub: str) -> None:
        """Raise AmqpError (amqp:unauthorized-access) unless the hub was granted and still is."""
        now = self.clock()
        if not any(self._expiry.get(scope, 0) > now for scope in (hub.lower(), "")):
            raise AmqpError(UNAUTHORIZED, f"Unauthorized access to '{hub}': put a token first.")
