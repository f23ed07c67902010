"""`check`: what a source would send, seen before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice

import msgspec

from ingestion import source_file
from ingestion.cursor import Position
from ingestion.ingest import Pass, mapper_of, sent_resources
from ingestion.mapping import DeadLetter
from ingestion.pages import BROKEN, decode
from ingestion.rest import Api, Page
from ingestion.secret import references, resolved
from ingestion.session import Session
from ingestion.source_file import Resource, Source

SHOWN = 3
LOOKED_AT = 20
"""Pages that are looked through for a first record, such as parents without children."""
LIMITS = ("ratelimit", "rate-limit", "api-call-limit", "sforce-limit-info", "retry-after")


def check(name: str, show: Callable[[str], None]) -> bool:
    """Connect, show each resource's first records, the events they become and what would be dead letters.

    Whether every record of the first pages would be an event. Raises IngestionError.
    """
    read = source_file.read(name)
    for resource in sent_resources(read):
        mapper_of(resource, read.uri)
    _named(read, show)
    source, good = resolved(read), True

    def waiting(cause: str, wait: float) -> None:
        show(f"  {cause}: asked again in {wait:.1f} s")

    with Session(source.client, on_retry=waiting) as session:
        api = Api(source, session)
        for resource in sent_resources(source):
            good = _resource(api, source, resource, show) and good
    return good


def _named(source: Source, show: Callable[[str], None]) -> None:
    places = [source.client, *(each.endpoint for each in source.resources)]
    names = sorted({*references(msgspec.to_builtins(places))})
    show(f"{source.name}: {len(source.resources)} resources, which need {', '.join(names) or 'no secret'}")


def _resource(api: Api, source: Source, resource: Resource, show: Callable[[str], None]) -> bool:
    show(f"\n{resource.name}")
    reading = Pass(resource, source.uri, Position(), 1_000_000)
    page = next((page for page in _pages(api, reading) if page.records), None)
    if page is None:
        show("  no record")
        return True
    show(f"  {len(page.records)} records on the first page, {'all there are' if page.last else 'and there are more'}")
    for name, value in page.headers.items():
        if any(word in name.lower() for word in LIMITS):
            show(f"  limit: {name}: {value}")
    return _records(source, resource, page, show)


def _pages(api: Api, reading: Pass) -> Iterator[Page]:
    return islice(api.pages(reading.resource, reading.start, None), LOOKED_AT)


def _records(source: Source, resource: Resource, page: Page, show: Callable[[str], None]) -> bool:
    mapper, reasons = mapper_of(resource, source.uri), dict[str, int]()
    for at, raw in enumerate(page.records):
        made = mapper.messages(raw, page.parent)
        if isinstance(made, DeadLetter):
            reasons[made.reason] = reasons.get(made.reason, 0) + 1
        if at >= SHOWN:
            continue
        show(f"  record {_short(raw)}")
        if isinstance(made, DeadLetter):
            show(f"    dead letter: {made.reason}")
        elif not made:
            show("    no event: no `when` holds")
        for message in made if isinstance(made, list) else []:
            event = json.loads(message.body)
            show(f"    {event['type']} {event['id']} of {event['subject']} at {event['time']}")
            show(f"      {_short(json.dumps(event['data'], ensure_ascii=False).encode())}")
    for reason, count in reasons.items():
        show(f"  {count} of {len(page.records)} would be dead letters: {reason}")
    return not reasons


def _short(raw: bytes) -> str:
    try:
        text = " ".join(raw.decode().split()) if decode(raw) is not None else "null"
    except BROKEN:
        return repr(raw[:160])
    return text if len(text) <= 300 else f"{text[:300]}…"
