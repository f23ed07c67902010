"""The law of incremental models: builds over any split of the events give what one full refresh gives.

The split follows the stream: a partition's events arrive in order, so each build sees a longer head of every
partition. Events come as the demo issued them, late ones, copies and malformed ones among them.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ._lakehouse import Lakehouse, lakehouse

pytestmark = [pytest.mark.nightly, pytest.mark.slow, pytest.mark.timeout(1800)]

BUILDS = 3
SELECTED = ("path:seeds", "path:snapshots", "+config.materialized:incremental")
CUSTOMER = "customer_id, merged_into, email, phone, city, segment, has_marketing_consent, is_closed, loaded_at"
TICKET = "ticket_id, order_id, category, channel, priority, agent_id, current_status, resolution, event_count, "
TICKET += "reopen_count, goodwill, goodwill_eur, score, opened_at, first_response_at, reopened_at, closed_at"
# each snapshot with the table it is of and the columns whose changes it follows
SNAPSHOTS = {
    "snapshots.customers_snapshot": ("silver.silver_customers", CUSTOMER),
    "snapshots.tickets_snapshot": ("gold.fct_tickets", TICKET),
}
# facts by the day that their merge is pruned by
MERGED = {"fct_orders": "ordered_on", "fct_order_lines": "ordered_on", "fct_return_lines": "returned_on"}
MERGED |= {"fct_payments": "paid_on", "fct_finance_documents": "booked_on", "fct_messages": "sent_at"}
MERGED |= {"fct_ticket_events": "occurred_at"}
REPLACED = {"fct_daily_sales": "ordered_on"}
# without a look-back a model has nothing but its own logic to find what changed, and without a grace the last month is
# complete by its events alone
VARS = "{lookback_hours: 0, arrival_grace_hours: 10000}"


def land(lakehouse: Lakehouse, part: int, choose: random.Random) -> None:
    """The next events of each partition, all that are left in the last part; two weeks lie between the parts, so that
    micro-batches see an open month and one that is over."""
    for table, partition, end, last in lakehouse.waiting():
        upto = end if part == BUILDS - 1 else choose.randint(last, end)
        lakehouse.append(table, partition, upto, days_ago=14 * (BUILDS - 1 - part))


def build(lakehouse: Lakehouse, *words: str) -> None:
    kinds = [word for kind in ("model", "seed", "snapshot") for word in ("--resource-type", kind)]
    results = lakehouse.build("--vars", VARS, *kinds, "--select", *SELECTED, *words)
    assert set(results.values()) == {"success"}, lakehouse.said[-4000:]


@dataclass
class Belief:
    """What a snapshot's table held at the end of a build."""

    snapshot: str
    columns: str
    moment: str
    rows: list[str]


@dataclass
class History:
    """Three builds of parts, then a full refresh."""

    lakehouse: Lakehouse
    beliefs: list[Belief]
    statements: dict[str, str]
    incremental: dict[str, list[str]]
    full: dict[str, list[str]]


def believe(lakehouse: Lakehouse, snapshot: str) -> Belief:
    table, columns = SNAPSHOTS[snapshot]
    [(moment,)] = lakehouse.query("select string(current_timestamp())")
    return Belief(snapshot, columns, moment, lakehouse.rows(f"select {columns} from {table}"))


@pytest.fixture(scope="module")
def history(raw_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with lakehouse(tmp_path_factory.mktemp("incremental"), raw_tables) as made:
        yield builds_of_parts(made)


def builds_of_parts(lakehouse: Lakehouse) -> History:
    seed = int(os.environ.get("SPLIT_SEED", "0")) or random.SystemRandom().randrange(1, 10_000)
    print(f"SPLIT_SEED={seed}")
    choose, beliefs = random.Random(seed), []
    for part in range(BUILDS):
        land(lakehouse, part, choose)
        build(lakehouse)
        beliefs += [believe(lakehouse, snapshot) for snapshot in SNAPSHOTS]
    statements = {fact: lakehouse.sent(fact) for fact in (*MERGED, *REPLACED)}
    incremental = lakehouse.content()
    build(lakehouse, "--full-refresh")
    return History(lakehouse, beliefs, statements, incremental, lakehouse.content())


def test_builds_over_any_split_of_the_events_equal_one_full_refresh(history: History) -> None:
    assert len(history.full) > 35
    assert {"gold.fct_orders", "gold.fct_daily_sales", "gold.fct_tickets", "gold.fct_messages"} <= history.full.keys()
    assert sum(map(len, history.full.values())) > 1000
    assert [model for model in history.full if history.incremental[model] != history.full[model]] == []


@pytest.mark.parametrize(("fact", "day"), MERGED.items())
def test_a_merge_reads_of_its_fact_the_days_of_its_news(history: History, fact: str, day: str) -> None:
    statement = history.statements[fact]
    assert "merge" in statement.lower()
    assert re.search(rf"DBT_INTERNAL_DEST\.{day} between '\d{{4}}-\d\d-\d\d[^']*' and '\d{{4}}-\d\d-\d\d", statement)


@pytest.mark.parametrize(("fact", "day"), REPLACED.items())
def test_daily_figures_are_written_for_the_days_that_are_touched(history: History, fact: str, day: str) -> None:
    assert re.search(rf"replace where {day} in \(date '\d{{4}}-", history.statements[fact])


def test_a_snapshot_tells_what_each_build_held(history: History) -> None:
    for belief in history.beliefs:
        told = history.lakehouse.rows(
            f"select {belief.columns} from {belief.snapshot} where dbt_valid_from <= '{belief.moment}' "
            f"and (dbt_valid_to > '{belief.moment}' or dbt_valid_to is null)"
        )
        assert told == belief.rows, f"{belief.snapshot} as of {belief.moment}"
        assert told


def test_a_full_refresh_of_the_same_events_changes_no_ticket(history: History) -> None:
    *_, last = (belief for belief in history.beliefs if "tickets" in belief.snapshot)
    [(later,)] = history.lakehouse.query(f"select count(*) from {last.snapshot} where dbt_valid_from > '{last.moment}'")
    assert later == 0
