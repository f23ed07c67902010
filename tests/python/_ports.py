"""Ports for the services that tests start."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

from local_azure import settings

SERVICES = ("CUSTOMER_API", "EVENT_HUBS", "DATABRICKS_SQL", "SYNAPSE")
BELOW_EPHEMERAL = range(20_000, 32_768)
"""The kernel gives connections and listeners at port 0 theirs from 32768 on (ip_local_port_range): a port from there,
free when asked for, may be somebody's when its service starts, or starts again."""
_untried = iter(random.SystemRandom().sample(BELOW_EPHEMERAL, len(BELOW_EPHEMERAL)))


def free_port() -> int:
    """A port that nobody has, and that this test run has not given away before."""
    for port in _untried:
        with socket.socket() as probe, suppress(OSError):
            probe.bind((settings.HOST, port))
            return port
    raise AssertionError("no port is free")


def of_services(*names: str) -> dict[str, str]:
    """The environment that gives services ports of their own; all of them where none is named."""
    return {f"LOCAL_{name}_PORT": f"{free_port()}" for name in names or SERVICES}
