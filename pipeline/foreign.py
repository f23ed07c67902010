"""A source that is not ours: any API by its file. It has no ledger: what the API gives is counted by reading it."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ingestion.cursor import Position
from ingestion.errors import IngestionError
from ingestion.ingest import Pass, mapper_of, sent_resources
from ingestion.mapping import DeadLetter
from ingestion.secret import references, resolved
from ingestion.source_file import Source, read
from local_azure.customer_api.source import id_checksum
from pipeline.errors import PipelineError


@dataclass(frozen=True)
class Foreign:
    """A source's file, and where its API is for this run."""

    file: Path
    url: str

    @property
    def name(self) -> str:
        """Of its state: another file or another address has another one."""
        content = self.file.read_bytes() + self.url.encode()
        return f"file-{self.file.stem}-{hashlib.sha256(content).hexdigest()[:8]}"

    def environment(self) -> dict[str, str]:
        """The variable that the file's base_url refers to, set to the address. Raises PipelineError."""
        names = references(self._source().client.base_url)
        if len(names) != 1:
            raise PipelineError(f"{self.file}: client.base_url must be one ${{NAME}} for --api to set")
        return {names[0]: self.url}

    def _source(self) -> Source:
        try:
            return read(str(self.file))
        except IngestionError as error:
            raise PipelineError(str(error)) from None

    def ledger(self) -> dict[str, Any]:
        """Read the API once more, and count its events and dead letters by type, each id once.

        The ledger's form, without money: `rows` of `what`, `issued`, `duplicates_issued`, `id_checksum`.
        """
        os.environ.update(self.environment())
        copies: Counter[tuple[str, str]] = Counter()
        try:
            copies.update(_identities(resolved(self._source())))
        except IngestionError as error:
            raise PipelineError(f"the API cannot be counted: {error}") from None
        return {"rows": _rows(copies), "money": None}


def _identities(source: Source) -> Iterator[tuple[str, str]]:
    from ingestion.rest import Api  # dlt is imported only where a foreign source is read
    from ingestion.session import Session

    with Session(source.client) as session:
        api = Api(source, session)
        for resource in sent_resources(source):
            mapper, start = mapper_of(resource, source.uri), Pass(resource, source.uri, Position(), 0).start
            for page in api.pages(resource, start, None):
                for raw in page.records:
                    made = mapper.messages(raw, page.parent)
                    yield from _of(made)


def _of(made: list[Any] | DeadLetter) -> Iterator[tuple[str, str]]:
    if isinstance(made, DeadLetter):
        yield made.event_type, made.record_id
        return
    for message in made:
        event = msgspec.json.decode(message.body)
        yield event["type"], event["id"]


def _rows(copies: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    issued: dict[str, Counter[str]] = {}
    for (what, identity), count in copies.items():
        row = issued.setdefault(what, Counter())
        row.update({"issued": 1, "duplicates_issued": count - 1, "id_checksum": id_checksum(identity)})
    return [
        {
            "what": what,
            **{name: row[name] for name in ("issued", "duplicates_issued")},
            "id_checksum": str(row["id_checksum"]),
        }
        for what, row in sorted(issued.items())
    ]
