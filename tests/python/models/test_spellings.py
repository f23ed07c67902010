"""Ids that differ in case alone are one, however events write them and whichever comes first, as in the warehouse.

Three builds without a look-back: a model has nothing but its own logic to find what changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ._lakehouse import Lakehouse, lakehouse, stopped
from ._planted import (
    ANSWERED,
    CLOSED,
    INVOICE,
    LATER_DAY,
    OPENED,
    ORDER,
    PAYMENT,
    PROFILE,
    RETURN,
    UPDATED,
    Planted,
    invoice,
    order,
    payment,
    plant,
    profile,
    returned,
    ticket,
)

pytestmark = [pytest.mark.nightly, pytest.mark.slow, pytest.mark.timeout(1800)]

BUILT = ("--exclude-resource-type", "unit_test", "--vars", "{lookback_hours: 0, arrival_grace_hours: 10000}")
# what follows comes first, and writes its document's number in another case
FOLLOWS = [
    Planted("order of a spelling", ORDER, order("O-1"), customer="ana@x.example"),
    Planted("order of the other", ORDER, order("O-2"), customer="Ana@x.example"),
    Planted("order that comes back", ORDER, order("O-3")),
    Planted("work on a ticket", UPDATED, {"ticket_id": "sup-1", "status": "in_progress"}, time=LATER_DAY),
    Planted("payment of an invoice", PAYMENT, payment("P-1", "inv-1", "40.00"), time=LATER_DAY),
    Planted("what came back", RETURN, returned("R-1", "o-3", "25.00"), time=LATER_DAY),
]
OTHERS = [Planted("another order", ORDER, order("O-4")), Planted("another ticket", OPENED, ticket("SUP-2"))]
DOCUMENTS = [
    Planted("who they are", PROFILE, profile("France"), customer="ana@x.example"),
    Planted("opening of the ticket", OPENED, ticket("SUP-1")),
    Planted("its close", CLOSED, {"ticket_id": "Sup-1", "resolution": "solved", "currency": "EUR"}, time=LATER_DAY),
    Planted("its survey", ANSWERED, {"survey_id": "S-1", "ticket_id": "SUp-1", "score": 5}, time=LATER_DAY),
    Planted("the invoice", INVOICE, invoice("INV-1", "o-3")),
]


class Trial:
    """A lakehouse after its builds: what dbt said of each node, and what the incremental models held."""

    def __init__(self, made: Lakehouse) -> None:
        self.lakehouse, self.results = made, list[dict[str, str]]()
        for events in (FOLLOWS, OTHERS, DOCUMENTS):
            plant(made, events)
            self.results.append(made.build(*BUILT))
        self.incremental = made.content()


@pytest.fixture(scope="module")
def trial(raw_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with lakehouse(tmp_path_factory.mktemp("spellings"), raw_tables) as made:
        yield Trial(made)


def test_nothing_stops(trial: Trial) -> None:
    for results in trial.results:
        assert stopped(results) == {}


def test_two_spellings_are_one_customer_when_a_late_profile_makes_the_other_the_first(trial: Trial) -> None:
    assert trial.lakehouse.rows("select distinct current_customer_id from gold.fct_orders where order_id < 'O-3'") == [
        "('ana@x.example',)"
    ]
    assert trial.lakehouse.one("select order_count from gold.customer_360 where customer_id ilike 'ana@%'") == (2,)
    assert trial.lakehouse.one("select sum(order_count) from gold.fct_daily_sales where country_code = 'FR'") == (2,)


def test_a_ticket_is_one_however_its_events_write_it(trial: Trial) -> None:
    found = trial.lakehouse.rows("select ticket_id, event_count, current_status, score from gold.fct_tickets")
    assert found == ["('SUP-1', 3, 'closed', 5)", "('SUP-2', 1, 'opened', None)"]


def test_what_follows_a_document_finds_it(trial: Trial) -> None:
    assert trial.lakehouse.rows("select event, awaited_id from gold.fct_waiting_events") == []
    assert (
        int(trial.lakehouse.one("select open_amount from gold.fct_invoices where invoice_id = 'INV-1'")[0])
        == 100 - 40 - 25
    )
    assert trial.lakehouse.one("select invoice_id, has_invoice from gold.fct_payments") == ("INV-1", True)
    assert trial.lakehouse.one("select order_id, product_id from gold.fct_return_lines") == ("O-3", "P1")
    assert int(trial.lakehouse.one("select returned_amount from gold.fct_orders where order_id = 'O-3'")[0]) == 25


def test_builds_of_parts_equal_one_full_refresh(trial: Trial) -> None:
    trial.lakehouse.build(*BUILT, "--full-refresh")
    full = trial.lakehouse.content()
    assert [model for model in full if trial.incremental[model] != full[model]] == []
    assert full["gold.fct_tickets"]
