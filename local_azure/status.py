"""How a service tells what it is doing: one small JSON file in its state folder, replaced atomically."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

STATUS_FILE = "status.json"


def write_status(state: Path, *, service: str, address: str, ready: bool, flow: dict[str, Any]) -> None:
    """Replace `state`/status.json. `flow` holds counters (what went through the service so far)."""
    text = json.dumps({"service": service, "pid": os.getpid(), "address": address, "ready": ready, "flow": flow})
    part = state / f".{STATUS_FILE}.{os.getpid()}"
    part.write_text(text)
    part.replace(state / STATUS_FILE)


def read_status(state: Path) -> dict[str, Any] | None:
    """The last status written there, or None where the service never ran."""
    try:
        status: dict[str, Any] = json.loads((state / STATUS_FILE).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return status
