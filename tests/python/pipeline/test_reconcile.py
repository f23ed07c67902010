"""The books: what balances, and what each kind of difference looks like."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient

from local_azure import settings, stack
from local_azure.customer_api.source import Issued, Ledger, id_checksum
from local_azure.stack import Workspace
from pipeline import reconcile
from pipeline.connections import DEAD_LETTER_HUB
from pipeline.errors import PipelineError
from pipeline.reconcile import Tally, _money, _rows, dead_letters, differences

from .._ports import free_port

WHAT = "sales.order.placed.v1"


def ledger(*ids: str) -> dict[str, Any]:
    total = Ledger()
    total.add([Issued(b"", each, WHAT, "sales", Decimal(1)) for each in ids])
    return total.as_json()


def counted(*ids: str, doubled: int = 0) -> list[tuple[Any, ...]]:
    return [(WHAT, len(ids), sum(map(id_checksum, ids)), doubled)] if ids else []


def row(silver: list[tuple[Any, ...]], aside: list[tuple[Any, ...]], dead: Tally) -> dict[str, Any]:
    (found,) = _rows(ledger("a", "b", "c"), silver, aside, dead)
    return found


def dead(*ids: str) -> Tally:
    tally = Tally()
    tally.add(counted(*ids))
    return tally


def test_every_id_in_one_place_balances() -> None:
    assert row(counted("a"), counted("b"), dead("c"))["ok"]


@pytest.mark.parametrize(
    ("silver", "doubled"),
    [(("a", "b"), 0), (("a", "b", "x"), 0), (("a", "b", "c", "x"), 0), (("a", "b", "c"), 1)],
    ids=["lost", "lost and another invented", "invented", "doubled"],
)
def test_ids_that_differ_do_not_balance(silver: tuple[str, ...], doubled: int) -> None:
    assert not row(counted(*silver, doubled=doubled), [], dead())["ok"]


def test_an_event_type_that_nobody_issued_does_not_balance() -> None:
    rows = _rows({"rows": []}, counted("a"), [], dead())
    assert [each["ok"] for each in rows] == [False]


@pytest.mark.parametrize(("gold", "mart"), [("9.99", "10.00"), ("10.00", "9.9999")])
def test_money_must_agree_to_the_last_decimal(gold: str, mart: str) -> None:
    (found,) = _money({"sales": "10.00"}, {"sales": gold}, {"sales": mart})
    assert not found["ok"]
    assert differences({"rows": [], "money": [found], "live": []})[0].startswith("what sales, issued 10.0000")


@pytest.fixture
def one_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub of its own that holds one dead letter."""
    monkeypatch.setattr(settings, "EVENT_HUBS_PORT", free_port())
    workspace = Workspace(tmp_path, "letters")
    launched = stack.launch(workspace, ["event_hubs"])
    letter = EventData(b"{")
    letter.properties = {"event_type": WHAT, "record_id": "a", "part": 1, "parts": 1}
    address = settings.event_hubs_connection_string()
    try:
        stack.wait(workspace, launched)
        with EventHubProducerClient.from_connection_string(address, eventhub_name=DEAD_LETTER_HUB) as producer:
            producer.send_batch([letter])
        yield
    finally:
        stack.stop(tmp_path)
        launched["event_hubs"].wait()


@pytest.mark.slow
@pytest.mark.usefixtures("one_letter")
def test_letters_that_stop_coming_are_an_error_and_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dead_letters() == dead("a")
    properties = EventHubConsumerClient.get_partition_properties

    def promises_more(client: EventHubConsumerClient, partition: str) -> dict[str, Any]:
        return properties(client, partition) | {"last_enqueued_sequence_number": 1}

    monkeypatch.setattr(EventHubConsumerClient, "get_partition_properties", promises_more)
    monkeypatch.setattr(reconcile, "SILENCE", 0.0)
    with pytest.raises(PipelineError, match="stopped at 0 of 1"):
        dead_letters()
