"""One run of a source, or run after run: the pieces put together."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass

from ingestion import source_file
from ingestion.cursor import Cursor, opened
from ingestion.errors import IngestionError, Unavailable
from ingestion.ingest import Progress, ingest, mapper_of, sent_resources
from ingestion.publisher import Namespace, Publisher
from ingestion.secret import resolved
from ingestion.source_file import Source
from ingestion.telemetry import telemetry

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)?\Z")
_UNITS = {"ms": 0.001, "s": 1, None: 1, "m": 60, "h": 3600}
LONGEST = 300.0
"""Seconds that a run which follows waits at most for an API or a hub that is away; longer where it asked for longer."""


@dataclass
class Job:
    """What `run` was asked for."""

    source: str
    namespace: Namespace
    hub: str
    dead_letter_hub: str
    cursor: str
    from_start: bool = False

    def once(self, stop: threading.Event, tell: Callable[[Progress], None]) -> Progress:
        """One pass over each resource. Raises IngestionError."""
        return self._run(stop, tell, None)

    def follow(self, every: float, stop: threading.Event, tell: Callable[[Progress], None]) -> Progress:
        """Pass after pass, `every` seconds apart, until `stop`: what is away for a while is waited for.

        Raises IngestionError for what waiting does not mend.
        """
        total, failed = Progress(), 0
        while not stop.is_set():
            try:
                add(total, self._run(stop, tell, every))
                failed = 0
            except Unavailable as error:
                failed += 1
                telemetry().warning(str(error), attempt=failed)
                stop.wait(max(min(every * 2 ** min(failed, 10), LONGEST), error.asked))
        return total

    def _run(self, stop: threading.Event, tell: Callable[[Progress], None], every: float | None) -> Progress:
        source = resolved(source_file.read(self.source))
        for resource in sent_resources(source):
            mapper_of(resource, source.uri)  # a mapping that cannot be is told before anything is opened
        threading.Thread(target=_import_reader, daemon=True).start()  # while the hub is asked
        with opened(self.cursor, source.uri) as kept:
            if self.from_start:
                kept.state.resources.clear()
                self.from_start = False
            with Publisher(self.namespace, hub=self.hub, dead_letter_hub=self.dead_letter_hub) as publisher:
                return self._passes(source, publisher, kept, stop, tell, every)

    def _passes(
        self, source: Source, publisher: Publisher, kept: Cursor, stop: threading.Event,
        tell: Callable[[Progress], None], every: float | None,
    ) -> Progress:  # fmt: skip
        from ingestion.rest import Api
        from ingestion.session import Session

        total, told = Progress(), telemetry()
        with Session(source.client, on_retry=told.retried) as session:
            api = Api(source, session)
            while True:
                with told.a_pass(source.name) as span:
                    done = ingest(api, source, publisher, kept, on_page=tell, stop=stop)
                    span.finish(done, publisher)
                add(total, done)
                if every is None or stop.wait(every):
                    return total


def _import_reader() -> None:
    """dlt takes a second and a half to import; only who reads an API pays for it."""
    import ingestion.rest  # noqa: F401


def add(total: Progress, done: Progress) -> None:
    """Add one pass's counts to a run's."""
    for name in vars(total):
        setattr(total, name, getattr(total, name) + getattr(done, name))


def seconds(duration: str) -> float:
    """Seconds of 5, 500ms, 5s, 2m or 1h. Raises IngestionError."""
    found = _DURATION.match(duration.strip())
    if not found or float(found[1]) <= 0:
        raise IngestionError(f"--every {duration!r} is no time, such as 5s, 2m or 1h")
    return float(found[1]) * _UNITS[found[2]]
