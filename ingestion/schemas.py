"""`python -m ingestion.schemas`: write the contracts as JSON Schema, one file an event type."""

from __future__ import annotations

import json
from pathlib import Path

from ingestion.events import CONTRACTS, json_schema

FOLDER = Path(__file__).parent / "contracts"


def render(event_type: str) -> str:
    """The text of one contract's file."""
    return json.dumps(json_schema(event_type), indent=2, sort_keys=True) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Write every contract below `folder`, and remove files of contracts that are no more."""
    folder.mkdir(exist_ok=True)
    wanted = {f"{event_type}.json": render(event_type) for event_type in CONTRACTS}
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    write()
