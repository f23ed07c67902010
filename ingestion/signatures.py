"""Who sent a webhook: the HMAC schemes of Stripe, Shopify and GitHub, or a bearer token; compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

from ingestion.source_file import Signature

TOLERANCE = 300
"""Seconds by which a signature's time may be off (docs.stripe.com/webhooks, "Preventing replay attacks")."""


def is_signed(signature: Signature, headers: Mapping[str, str], body: bytes, now: float | None = None) -> bool:
    """Whether the request comes from who knows the secret. `headers` has lower-case names."""
    secret = signature.secret.encode()
    if signature.scheme == "stripe":
        return _stripe(secret, headers.get("stripe-signature", ""), body, time.time() if now is None else now)
    if signature.scheme == "shopify":
        digest = base64.b64encode(hmac.digest(secret, body, hashlib.sha256)).decode()
        return _same(headers.get("x-shopify-hmac-sha256", ""), digest)
    if signature.scheme == "github":
        return _same(headers.get("x-hub-signature-256", ""), f"sha256={_hex(secret, body)}")
    return has_token(headers, signature.secret)


def has_token(headers: Mapping[str, str], token: str) -> bool:
    """Whether `Authorization: Bearer <token>` is there."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    return kind.lower() == "bearer" and _same(given.strip(), token)


def _stripe(secret: bytes, header: str, body: bytes, now: float) -> bool:
    """`t=<seconds>,v1=<hex>`, v1 once for each secret that is in use (docs.stripe.com/webhooks/signature)."""
    parts = [part.strip().partition("=")[::2] for part in header.split(",")]
    moment = next((value for name, value in parts if name == "t"), "")
    if not (moment.isascii() and moment.isdigit()) or abs(now - int(moment[:18])) > TOLERANCE:
        return False
    expected = _hex(secret, moment.encode() + b"." + body)
    return any(_same(value, expected) for name, value in parts if name == "v1")


def _hex(secret: bytes, content: bytes) -> str:
    return hmac.new(secret, content, hashlib.sha256).hexdigest()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
