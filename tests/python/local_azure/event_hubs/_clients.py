"""The clients of Event Hubs, and the cases that each runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .._programs import CACHE, GO, JAVA, PYTHON, Client
from .._programs import JAVASCRIPT as NODE

SOURCES = Path(__file__).parent / "clients"
AZURITE = CACHE / "javascript" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"

COMMON = (
    "management",
    "send_and_receive",
    "keys_keep_together",
    "positions",
    "too_large_is_refused",
    "wrong_key_is_unauthorized",
    "claims_are_kept",
    "group_that_was_not_created_is_not_found",
    "tls",
)
JAVASCRIPT = Client(
    SOURCES / "javascript",
    NODE,
    (
        *COMMON,
        "sixth_reader_is_over_the_quota",
        "higher_owner_level_takes_over",
        "idempotent_publishing",
        "buffered_idempotent_producer",
        "processor_checkpoints",
    ),
)
CLIENTS = (
    JAVASCRIPT,
    Client(SOURCES / "java", JAVA, (*COMMON, "higher_owner_level_takes_over", "processor_checkpoints")),
    Client(SOURCES / "go", GO, (*COMMON, "higher_owner_level_takes_over", "processor_checkpoints")),
    Client(
        SOURCES / "proton",
        replace(PYTHON, tools=("python3", "gcc", "pkg-config")),
        (*COMMON, "sixth_reader_is_over_the_quota", "put_token_opens_what_anonymous_may_not"),
    ),
    Client(
        SOURCES / "python",
        PYTHON,
        ("claims_are_kept", "group_that_was_not_created_is_not_found", "tls", "processor_checkpoints"),
    ),
)
