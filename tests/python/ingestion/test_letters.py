"""Dead letters to the hub and back: what a replay makes of them is what the first reading would have made."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion import letters, publisher
from ingestion.letters import replay, saved
from ingestion.mapping import DeadLetter, Mapper
from ingestion.publisher import Namespace
from ingestion.serve import EVENT as PUSHED
from ingestion.source_file import Endpoint, Resource, read

from ._reading import EVENT, Kept, reading_of
from ._services import Asked, Reply, site

ORDERS = {
    "name": "orders",
    "endpoint": {"path": "customers/{resources.customers.id}/orders"},
    "include_from_parent": ["country", "rate"],
    "events": [EVENT | {"data": {"currency": "_customers_country || 'EUR'", "rate": "_customers_rate"}}],
}
CUSTOMERS = {"name": "customers", "endpoint": {"path": "customers"}}


def printed(monkeypatch: pytest.MonkeyPatch, found: list[DeadLetter], most: int = 10_000) -> list[dict[str, Any]]:
    """What `letters` prints of these, by way of the hub's messages."""
    events = [event for letter in found for event in publisher._parts(letter, most)]
    monkeypatch.setattr(letters, "_read", lambda *_: events)
    return [json.loads(line, parse_float=Decimal) for line in saved(Namespace(), "dead-letters", "$Default")]


def replayed(folder: Path, file: str, lines: list[Any]) -> tuple[Kept, list[str]]:
    kept, place = Kept(), folder / "letters.jsonl"
    place.write_text("\n".join(each if isinstance(each, str) else json.dumps(each, default=float) for each in lines))
    return kept, replay(place, read(file), Replaying(kept))[1]  # type: ignore[arg-type]


class Replaying:
    """Takes events alone, as a replay sends them."""

    def __init__(self, kept: Kept) -> None:
        self._kept, self.most = kept, kept.most

    def send(self, messages: Any) -> None:
        self._kept.send(messages, [])


def test_a_replay_has_the_members_of_the_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/customers":
            return Reply([{"id": 1, "country": "GBP", "rate": 0.1}])
        return Reply([{"id": 7, "at": "soon"}])

    with site(answer) as api:
        made = reading_of(tmp_path, [CUSTOMERS, ORDERS], base_url=api.url)
        made.run()
    (letter,) = printed(monkeypatch, made.kept.letters)
    assert letter["source"] == "/things"
    assert letter["parent"] == {"_customers_country": "GBP", "_customers_rate": Decimal("0.1")}
    letter["original"] = letter["original"].replace("soon", "2025-01-01T00:00:00Z")
    kept, bad = replayed(tmp_path, made.file, [letter])
    assert bad == [] and kept.events[0]["data"] == {"currency": "GBP", "rate": 0.1}


def test_an_older_letter_without_its_parents_members_is_told_and_not_sent(tmp_path: Path) -> None:
    file = reading_of(tmp_path, [CUSTOMERS, ORDERS], base_url="http://127.0.0.1:1").file
    old = {"resource": "orders", "original": {"id": 7}}
    kept, bad = replayed(tmp_path, file, [old, old | {"parent": {"_customers_country": "GBP"}}])
    assert bad == ["line 1: without its parent's country, rate; add parent: {_<parent>_country: ...}"]
    assert [each["data"]["currency"] for each in kept.events] == ["GBP"]


def test_a_parent_that_is_not_what_the_child_needs_or_too_large_is_not_replayed_as_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(lambda asked: Reply([{"name": "no id"}])) as api:
        made = reading_of(tmp_path, [CUSTOMERS, ORDERS], base_url=api.url)
        made.run()
    large = DeadLetter("why", "1", "t", b'{"id":7}', "orders", "/things", {"_customers_country": "x" * 20_000})
    kept, bad = replayed(tmp_path, made.file, printed(monkeypatch, [*made.kept.letters, large]))
    assert kept.messages == [] and bad == [
        "line 1: customers: a member that orders needs is missing; only the API can mend it",
        "line 2: its parent's members are too large: 20025 bytes; only the API can mend it",
    ]


def test_a_line_that_is_foreign_or_none_is_told_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = [{"name": name, "endpoint": {"path": "x"}, "events": [EVENT]} for name in ("things", "events")]
    file = reading_of(tmp_path, things, base_url="http://127.0.0.1:1").file
    mapper = Mapper(Resource(name="events", endpoint=Endpoint(path=""), events=[PUSHED]), "")
    pushed = mapper.messages(b'{"id":1}')
    assert isinstance(pushed, DeadLetter)
    own = DeadLetter("why", "1", "t", b'{"id":8}', "things", "/things")
    other = DeadLetter("why", "1", "t", b'{"id":9}', "things", "/others")
    lines = printed(monkeypatch, [pushed, other, own])
    old = {"resource": "things", "original": '{"id":5}'}
    kept, bad = replayed(tmp_path, file, [*lines, "{", "[]", {"original": "{}"}, old | {"resource": "x"}, old])
    assert sorted(kept.ids) == ["5", "8"]
    assert [each.partition(";")[0] for each in bad[:2]] == [
        "line 1: of 'events' of /events",
        "line 2: of 'things' of /others",
    ]
    assert [each.partition(": ")[0] for each in bad] == [f"line {number}" for number in (1, 2, 4, 5, 6, 7)]


@pytest.mark.parametrize("original", [b'{"id":"\xff"}', b'{"id":1,"x":"' + b"y" * 500 + b'"}', b""])
def test_a_letter_in_parts_is_whole_again(monkeypatch: pytest.MonkeyPatch, original: bytes) -> None:
    import base64

    both = [DeadLetter("why", "1", "t", original, "orders", "/things", {"_p": number}) for number in (1, 2)]
    for at, found in enumerate(printed(monkeypatch, both, 100), 1):
        told = found["original"].encode() if "original" in found else base64.b64decode(found["original_base64"])
        assert told == original and found["parent"] == {"_p": at}
