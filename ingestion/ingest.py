"""The loop: pages of records in, their events and dead letters acknowledged, then the cursor moves."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from ingestion.cursor import Cursor, Position
from ingestion.errors import IngestionError
from ingestion.incremental import Reach, Value, is_asked_from
from ingestion.mapping import DeadLetter, Mapper, Message
from ingestion.pages import BROKEN, at, decode
from ingestion.publisher import Publisher
from ingestion.source_file import Resource, Source

if TYPE_CHECKING:
    from ingestion.rest import Api, Page

FULL = 6_000_000
"""Bytes of events that are sent together: about a full batch for each of some partitions."""
REMEMBERED = 100_000
"""Records of a pass that are known again in the next one; more are sent again, and silver keeps each event once."""


@dataclass
class Progress:
    """What one run did so far."""

    pages: int = 0
    events: int = 0
    dead_letters: int = 0
    unchanged: int = 0
    without_event: int = 0


@dataclass
class Load:
    """Pages that are delivered together, and where the resource stands behind them."""

    messages: list[Message] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    pages: int = 0
    size: int = 0
    unchanged: int = 0
    without_event: int = 0


class Pass:
    """One reading of one resource, from where it stopped to its end."""

    def __init__(self, resource: Resource, uri: str, position: Position, most: int) -> None:
        self.resource, self.position, self._most = resource, position, most
        self._mapper, self._incremental = mapper_of(resource, uri), resource.endpoint.incremental
        self._known, self._now = set(position.seen), dict[str, Value | None]()
        self._reach = Reach(self._incremental.initial_value if self._incremental else None, position.highest)
        self._page, self._last = position.page, False
        self.start = self._start()

    def _start(self) -> Any:
        if self._incremental is None:
            return None
        if self.position.open:  # a pass that was broken off goes on as it began
            return self.position.start
        return self._reach.start(self._incremental.lag)

    def take(self, page: Page, load: Load) -> None:
        """Add a page's events and dead letters to the load."""
        load.pages += 1
        for raw in page.records:
            self._take(raw, page, load)
        if (page.position or {}).get("stream") and _params(page.position) != _params(self._page):
            self._now.clear()  # a stream's cursor moved: what was read does not come again
        self._page, self._last = page.position, page.last

    def _take(self, raw: bytes, page: Page, load: Load) -> None:
        key = _key(raw, page.parent)
        value = self._value(raw)
        if len(self._now) < REMEMBERED:
            self._now[key] = value
        if key in self._known:
            load.unchanged += 1
            return
        made = self._made(raw, page)
        if isinstance(made, DeadLetter):
            load.letters.append(made)
        elif made:
            load.messages += made
        else:
            load.without_event += 1
        load.size += len(raw)

    def _made(self, raw: bytes, page: Page) -> list[Message] | DeadLetter:
        if missing := page.parent.get("_unreadable"):
            return self._mapper.letter(raw, missing, parent=page.parent)
        return self._mapper.messages(raw, page.parent, self._most)

    def _value(self, raw: bytes) -> Value | None:
        if self._incremental is None:
            return None
        try:
            return self._reach.take(at(decode(raw), self._incremental.cursor_path.split(".")))
        except BROKEN:
            return None

    def reached(self) -> Position:
        """Where the resource stands behind the pages that were taken."""
        highest = self._reach.highest
        if not self._last:
            return Position(self._page, True, self.start, highest, self.position.seen)
        return Position(self._page, False, None, highest, self._window())

    def _window(self) -> list[str]:
        """What the next pass is given again if nothing changes."""
        if self._incremental is None or not is_asked_from(self.resource.endpoint):
            return list(self._now)
        return self._reach.window(self._incremental.lag, self._now)


def _key(raw: bytes, parent: dict[str, Any]) -> str:
    """Equal children of two parents are two records."""
    above = msgspec.json.encode(parent) if parent else b""
    return hashlib.sha256(raw + above).hexdigest()[:16]


def _params(page: dict[str, Any] | None) -> Any:
    return (page or {}).get("params")


def mapper_of(resource: Resource, uri: str) -> Mapper:
    """The resource's mapper. Raises IngestionError for a mapping that cannot be."""
    try:
        return Mapper(resource, uri)
    except ValueError as error:
        raise IngestionError(str(error)) from None


def sent_resources(source: Source) -> list[Resource]:
    """Those that are read for themselves: selected, with events."""
    return [each for each in source.resources if each.selected and each.events]


def ingest(
    api: Api,
    source: Source,
    publisher: Publisher,
    cursor: Cursor,
    *,
    on_page: Callable[[Progress], None] = lambda progress: None,
    stop: threading.Event | None = None,
) -> Progress:
    """Read each resource from its position to its end. Killed at any point, a new run loses nothing.

    While one load is sent the next is read; a load's position is kept when all of it is acknowledged. `stop` ends the
    run behind the page at hand. Raises IngestionError.
    """
    progress, stop = Progress(), stop or threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="delivery") as sender:
        under_way: Future[Load] | None = None
        for load, position, resource in _loads(api, source, publisher.most, cursor, stop):
            if under_way is not None:
                _count(under_way.result(), progress, on_page)
            under_way = sender.submit(_deliver, load, position, publisher, cursor, resource)
        if under_way is not None:
            _count(under_way.result(), progress, on_page)
    return progress


def _loads(
    api: Api, source: Source, most: int, cursor: Cursor, stop: threading.Event
) -> Iterator[tuple[Load, Position, str]]:
    for resource in sent_resources(source):
        reading = Pass(resource, source.uri, cursor.of(resource.name), most)
        for load in _loads_of(api, reading, stop):
            yield load, reading.reached(), resource.name
        if stop.is_set():
            return


def _loads_of(api: Api, reading: Pass, stop: threading.Event) -> Iterator[Load]:
    load = Load()
    try:
        for page in api.pages(reading.resource, reading.start, reading.position.page):
            reading.take(page, load)
            if stop.is_set():
                break
            if load.size >= FULL:
                yield load
                load = Load()
    except IngestionError:
        yield load  # what was read before the trouble is sent first
        raise
    yield load


def _deliver(load: Load, position: Position, publisher: Publisher, cursor: Cursor, resource: str) -> Load:
    publisher.send(load.messages, load.letters)
    cursor.save(resource, position)
    return load


def _count(load: Load, progress: Progress, on_page: Callable[[Progress], None]) -> None:
    progress.pages += load.pages
    progress.events += len(load.messages)
    progress.dead_letters += len(load.letters)
    progress.unchanged += load.unchanged
    progress.without_event += load.without_event
    on_page(progress)
