"""Read a source in this process, against an API that a test made up; what would be sent is kept in lists."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ingestion.cursor import opened
from ingestion.ingest import Progress, ingest
from ingestion.mapping import DeadLetter, Message
from ingestion.rest import Api
from ingestion.secret import resolved
from ingestion.session import Session
from ingestion.source_file import read

EVENT = {
    "type": "loyalty.points.earned.v1",
    "id": "string(id)",
    "subject": "format('C{}', id)",
    "time": "at || '2026-07-01T12:00:00Z'",
    "data": "@",
}


def opened_event(body: bytes) -> dict[str, Any]:
    """An event with its payload, which travels as text, as JSON."""
    event: dict[str, Any] = json.loads(body)
    return event | {"data": json.loads(event["data"])}


@dataclass
class Kept:
    """Takes what the hub would get, in order."""

    messages: list[Message] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    most: int = 1_000_000

    def send(self, messages: list[Message], letters: list[DeadLetter]) -> None:
        self.messages += messages
        self.letters += letters

    @property
    def events(self) -> list[dict[str, Any]]:
        return [opened_event(each.body) for each in self.messages]

    @property
    def ids(self) -> list[str]:
        return [each["id"] for each in self.events]


@dataclass
class Reading:
    """One source, read run after run into `kept`; its waits are noted, not waited."""

    file: str
    folder: Path
    kept: Kept = field(default_factory=Kept)
    waits: list[float] = field(default_factory=list)

    def run(self, **options: Any) -> Progress:
        source = resolved(read(self.file))
        session = Session(source.client, sleep=self.waits.append)
        with session, opened(str(self.folder / "cursor.json"), source.uri) as cursor:
            return ingest(Api(source, session), source, self.kept, cursor, **options)  # type: ignore[arg-type]


def reading(folder: Path, url: str, endpoint: dict[str, Any] | None = None, **client: Any) -> Reading:
    """A source of one resource, `things`, whose records have an id."""
    resource = {"name": "things", "endpoint": {"path": "things", **(endpoint or {})}, "events": [EVENT]}
    return reading_of(folder, [resource], base_url=url, **client)


def reading_of(folder: Path, resources: list[dict[str, Any]], **client: Any) -> Reading:
    file = folder / "things.yml"
    file.write_text(yaml.safe_dump({"name": "things", "client": client, "resources": resources}))
    return Reading(str(file), folder)
