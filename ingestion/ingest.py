"""The loop: a page of records in, its events and dead letters acknowledged, then the cursor moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingestion import cursor
from ingestion.customer_api import CustomerApi, Page
from ingestion.mapping import DeadLetter, Message, dead_letter, to_message
from ingestion.publisher import MAX_EVENT, Publisher


@dataclass
class Progress:
    """What one run did so far."""

    pages: int = 0
    events: int = 0
    dead_letters: int = 0


def ingest(
    api: CustomerApi,
    publisher: Publisher,
    *,
    source: str,
    cursor_file: Path,
    updated_since: str | None = None,
    on_page: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Read the API from the saved cursor to its end. Killed at any point, a new run loses nothing.

    `source` names the API in each event and in the cursor file. Raises IngestionError.
    """
    progress = Progress()
    for page in api.pages(cursor.load(cursor_file, source), updated_since=updated_since):
        _deliver(page, publisher, source, progress)
        cursor.save(cursor_file, source, page.next_cursor)
        on_page(progress)
    return progress


def _deliver(page: Page, publisher: Publisher, source: str, progress: Progress) -> None:
    made = [_made(bytes(raw), source) for raw in page.data]
    messages = [one for one in made if isinstance(one, Message)]
    letters = [one for one in made if isinstance(one, DeadLetter)]
    publisher.send(messages)
    publisher.bury(letters)
    progress.pages += 1
    progress.events += len(messages)
    progress.dead_letters += len(letters)


def _made(raw: bytes, source: str) -> Message | DeadLetter:
    made = to_message(raw, source=source)
    if isinstance(made, Message) and len(made.body) > MAX_EVENT:
        return dead_letter(raw, f"too large: {len(made.body)} bytes, a message holds {MAX_EVENT}")
    return made
