"""What sources do wrong, planted in the raw tables of a built lakehouse: set aside with its reason and without moving a
figure, or taken in with the figures that the descriptions promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ._lakehouse import Lakehouse, lakehouse, stopped
from ._planted import (
    ANSWERED,
    ARRIVED,
    CHANGED,
    CLOSED,
    DAY,
    GONE,
    INVOICE,
    LATER_DAY,
    NEXT_YEAR,
    OPENED,
    ORDER,
    PAYMENT,
    PROFILE,
    RETURN,
    SENT,
    UPDATED,
    WRITTEN_OFF,
    YESTERDAY,
    Planted,
    invoice,
    order,
    payment,
    plant,
    profile,
    returned,
    ticket,
    with_line,
)

pytestmark = [pytest.mark.nightly, pytest.mark.slow, pytest.mark.timeout(1800)]

LATER, TWICE, AGAIN = "later than its arrival", "number claimed twice", "reported before"
NOT_ITS_SUM = "amount is not the sum of its lines"

# what later plants claim too: sound events
FIRST = [
    Planted("held order", ORDER, order("DUP-O1"), customer="X1"),
    Planted("held invoice", INVOICE, invoice("DUP-I1", "DUP-O1")),
    Planted("held payment", PAYMENT, payment("DUP-P1", "DUP-I1", "40.00")),
    Planted("held ticket", OPENED, ticket("DUP-T1")),
    Planted("held write-off", WRITTEN_OFF, {"invoice_id": "DUP-I1", "currency": "EUR", "amount": "60.00"}),
    Planted("order of one who left", ORDER, order("LEFT-O1"), customer="LEFT"),
    Planted("one who left", GONE, {"reason": "requested", "merged_into": "X1"}, customer="LEFT", time=LATER_DAY),
    Planted("one of two countries", PROFILE, profile("France"), customer="MOVED", time="2026-05-01 10:00:00"),
    Planted("and the other one", PROFILE, profile("Germany"), customer="MOVED", time=DAY),
    Planted("order of one who moved", ORDER, order("MOVED-O1"), customer="MOVED"),
    Planted("order of a household", ORDER, order("HOUSE-O1"), customer="HOUSE-A"),
    Planted("what another of it sent back", RETURN, returned("HOUSE-R1", "HOUSE-O1", "5.00"), customer="HOUSE-B"),
]

SET_ASIDE = [
    Planted("order of next year", ORDER, order("F1"), LATER, time=NEXT_YEAR),
    Planted("order of 2099", ORDER, order("F2"), LATER, time="2099-01-01 00:00:00"),
    Planted("invoice of next year", INVOICE, invoice("F3", "F1"), LATER, time=NEXT_YEAR),
    Planted("ticket of next year", OPENED, ticket("F4"), LATER, time=NEXT_YEAR),
    Planted("order of 1970", ORDER, order("F5"), "before the first plausible day", time="1970-01-01 00:00:00"),
    Planted("order of another customer", ORDER, order("DUP-O1", "250.00"), TWICE, customer="X2"),
    Planted("order of another amount", ORDER, order("DUP-O1", "101.00"), TWICE),
    Planted("invoice of another amount", INVOICE, invoice("DUP-I1", "DUP-O1", "999.00"), TWICE),
    Planted("payment of another invoice", PAYMENT, payment("DUP-P1", "DUP-I2", "40.00"), TWICE),
    Planted("ticket of another customer", OPENED, ticket("DUP-T1"), TWICE, customer="X2"),
    Planted("payment reported again", PAYMENT, payment("DUP-P1", "DUP-I1", "40.0"), AGAIN),
    Planted("order reported again", ORDER, order("DUP-O1"), AGAIN),
    Planted(
        "write-off reported again", WRITTEN_OFF, {"invoice_id": "DUP-I1", "currency": "EUR", "amount": "60"}, AGAIN
    ),
    Planted("held order", ORDER, order("OTHER-O1", "7.00"), "id used for two events", customer="X1"),
    Planted("status without a meaning", CHANGED, {"order_id": "DUP-O1", "status": "lost"}, "status has no meaning"),
    Planted("priority without a meaning", OPENED, ticket("F6", "whenever"), "priority has no meaning"),
    Planted("score of six", ANSWERED, {"survey_id": "F7", "ticket_id": "DUP-T1", "score": 6}, "score has no meaning"),
    Planted(
        "channel without a meaning",
        SENT,
        {
            "message_id": "F8",
            "campaign_id": "C",
            "campaign_name": "C",
            "channel": "pigeon",
            "cost": "1",
            "currency": "EUR",
        },
        "channel has no meaning",
    ),
    Planted("order without an id", ORDER, order("") | {"order_id": None}, "order_id is missing"),
    Planted("order without lines", ORDER, order("F9", "0") | {"lines": []}, "lines is missing"),
    Planted("amount in words", PAYMENT, payment("F10", "DUP-I1", "ten"), "amount is missing"),
    Planted("half a payload", PAYMENT, '{"payment_id": "F11", "inv', "payment_id is missing"),
    Planted("clams", ORDER, order("F12", currency="ZZZ"), "unknown currency"),
    Planted("francs", ORDER, order("F13", currency="CHF"), "no exchange rate for its day"),
    Planted("less than nothing", ORDER, order("F14", "-1.00"), "negative amount"),
    Planted("a fortune", PAYMENT, payment("F15", "DUP-I1", "1000000000000"), "amount is too large"),
    Planted("an overflow", ORDER, order("F16", "5.00", quantity=9223372036854775807), "quantity has no meaning"),
    Planted("not its sum", ORDER, order("F17") | {"amount": "99.00"}, NOT_ITS_SUM),
    Planted("another type", "sales.quote.made.v1", {"order_id": "F18"}, "no model reads this type"),
    Planted("order of the same number in another case", ORDER, order("dup-o1 "), AGAIN),
    Planted(
        "order of a product without a name", ORDER, with_line(order("F19"), product_id=" "), "a line lacks a field"
    ),
    Planted(
        "line of a fortune",
        ORDER,
        with_line(order("F20"), quantity=1000, unit_price="1000000000.00", discount="999999999900.00"),
        "amount is too large",
    ),
    Planted(
        "one line returned twice",
        RETURN,
        returned("F21", "DUP-O1", "1.00", "1.00")
        | {"lines": [{"line_number": 1, "quantity": 1, "amount": "1.00"}] * 2},
        "line number used twice",
    ),
    Planted("line of less than nothing", RETURN, returned("F22", "DUP-O1", "-1.00", "3.00"), "negative amount"),
    Planted("returned, not its sum", RETURN, returned("F23", "DUP-O1", "1.00", amount="2.00"), NOT_ITS_SUM),
    Planted(
        "returned beyond counting",
        RETURN,
        with_line(returned("F24", "DUP-O1", "1.00"), quantity=9223372036854775807),
        "quantity has no meaning",
    ),
    Planted("merged into nobody", GONE, {"reason": "merged", "merged_into": " "}, "merged_into is missing"),
    Planted(
        "due under the Romans",
        INVOICE,
        invoice("F25", "DUP-O1") | {"due_date": "0026-06-01"},
        "due_date is before the first plausible day",
    ),
    Planted("a clock ahead", PAYMENT, payment("EARLY-P1", "DUP-I1", "1.00"), LATER, time=f"{YESTERDAY} 08:20:00"),
]

TAKEN = [
    Planted("return of nothing", RETURN, returned("W1", "W-O1", "5.00")),
    Planted("payment of nothing", PAYMENT, payment("W2", "W-I1", "12.50")),
    Planted("status of nothing", CHANGED, {"order_id": "W-O2", "status": "shipped"}, customer="ONLY-A-STATUS"),
    Planted("answer of nothing", ANSWERED, {"survey_id": "W3", "ticket_id": "W-T1", "score": 1}),
    Planted("held order", ORDER, order("SHOP-B-O1", "33.00"), source="/shop-b"),
    Planted("order of a renamed field", ORDER, order("R1") | {"chanel": "web", "channel": None}),
    Planted("late ticket", OPENED, ticket("CLOCK-T1", "urgent"), time="2026-05-04 10:00:00"),
    Planted("answered before it was asked", UPDATED, {"ticket_id": "CLOCK-T1", "status": "in_progress"},
            source="/agents", time="2026-05-04 03:00:00"),
    Planted("order in two invoices", ORDER, order("TWO-O1", "150.00")),
    Planted("its first invoice", INVOICE, invoice("TWO-I1", "TWO-O1", "100.00")),
    Planted("its second invoice", INVOICE, invoice("TWO-I2", "TWO-O1", "50.00", "USD")),
    Planted("order given up", ORDER, order("CAN-O1")),
    Planted("its invoice", INVOICE, invoice("CAN-I1", "CAN-O1")),
    Planted("its end", CHANGED, {"order_id": "CAN-O1", "status": "cancelled"}, time="2026-05-05 10:00:00"),
    Planted("its write-off", WRITTEN_OFF, {"invoice_id": "CAN-I1", "currency": "EUR", "amount": "100.00"}),
    Planted("order taken up again", ORDER, order("AGAIN-O1")),
    Planted("given up", CHANGED, {"order_id": "AGAIN-O1", "status": "cancelled"}, time="2026-05-05 10:00:00"),
    Planted("and taken up", CHANGED, {"order_id": "AGAIN-O1", "status": "confirmed"}, time="2026-05-06 10:00:00"),
    Planted("a neighbour", PROFILE, profile("Österreich", phone="030 123"), customer="NEIGHBOUR"),
    Planted("a close without goodwill", CLOSED, {"ticket_id": "DUP-T1", "resolution": "solved", "currency": "EUR"}),
    Planted("closed by the help desk", CLOSED, {"ticket_id": "DUP-T1", "resolution": "closed", "currency": "EUR"},
            time="2026-05-24 10:00:00"),
    Planted("update by another customer", UPDATED, {"ticket_id": "DUP-T1", "status": "in_progress"}, customer="A1"),
    Planted("order that came back", ORDER, order("BACK-O1")),
    Planted("some of it back", RETURN, returned("BACK-R1", "BACK-O1", "10.00"), time="2026-05-05 10:00:00"),
    Planted("the rest given up", CHANGED, {"order_id": "BACK-O1", "status": "cancelled"}, time="2026-05-06 10:00:00"),
    Planted("end by another customer", CHANGED, {"order_id": "DUP-O1", "status": "cancelled"}, customer="X2"),
    Planted("return by another customer", RETURN, returned("OTHER-R1", "DUP-O1", "100.00"), customer="X2"),
    Planted("order without names", ORDER, with_line(order("NAMELESS-O1"), product_id="P-NAMELESS", product_name="")),
    Planted("17", RETURN, returned("SAME-R1", "DUP-O1", "1.00"), source="/erp"),
    Planted("17", PAYMENT, payment("SAME-P1", "DUP-I1", "1.00"), source="/erp"),
    Planted("a clock ahead", PAYMENT, payment("EARLY-P1", "DUP-I1", "1.00"), time=f"{YESTERDAY} 08:20:00",
            arrived=f"{YESTERDAY} 08:30:00"),
    Planted("order in capitals", ORDER, order("CASE-O1") | {"channel": "CASE"}),
    Planted("order in small letters", ORDER, order("CASE-O2") | {"channel": "case "}),
    Planted("a merge", GONE, {"reason": "merged", "merged_into": "X1"}, customer="MERGED"),
    Planted("a shell that is tidied up", GONE, {"reason": "inactive"}, customer="MERGED", time=LATER_DAY),
    Planted("order of an address", ORDER, order("CASE-O3"), customer="Ana@x.example"),
    Planted("order of the same address", ORDER, order("CASE-O4"), customer="ana@X.example "),
    Planted("they are one customer", GONE, {"reason": "merged", "merged_into": "HOUSE-A"}, customer="HOUSE-B"),
    Planted("who one who left was", PROFILE, profile("Germany"), customer="LEFT", time="2026-05-01 10:00:00"),
    Planted("back where one came from", PROFILE, profile("France"), customer="MOVED", arrived=f"{YESTERDAY} 09:00:00"),
    *(Planted(f"state {number}", PROFILE, profile("Germany", segment=f"s{number}"), customer="STRIPED",
              arrived=f"{YESTERDAY} 08:0{number}:00") for number in range(8)),
]  # fmt: skip

# what leaders read: none of it may move for what is set aside
FIGURES = {
    "orders": "select count(*), sum(amount_eur), sum(kept_amount_eur) from gold.fct_orders",
    "scores": "select count(*), min(as_of_day), sum(recency_days), sum(kept_amount_eur) from gold.customer_rfm",
    "cohorts": "select count(*), sum(active_customer_count), max(cohort_month) from gold.customer_cohorts",
    "receivables": "select as_of_day, bucket, currency, invoice_count, open_amount from gold.receivables_ageing",
    "backlog": "select count(*), max(date_day), sum(open_count) from gold.fct_ticket_backlog",
    "promises": "select response_status, resolve_status, min(as_of), count(*) from gold.fct_ticket_sla group by 1, 2",
    "documents": "select document_type, count(*), sum(amount_eur) from gold.fct_finance_documents group by 1",
    "cash": "select status, count(*), sum(open_amount) from gold.order_to_cash group by 1",
    "days": "select max(date_day) from gold.dim_date",
    "countries": "select ordered_on, country_code, sum(order_count) from gold.fct_daily_sales group by 1, 2",
    "customers": "select count(*), sum(order_count), sum(order_amount_eur) from gold.customer_360",
    "owed": "select * from gold.receivables_monthly",
}
BUILT = ("--exclude-resource-type", "unit_test", "--vars", "{lookback_hours: 0}")


@dataclass
class Trial:
    """The figures before and after, and what dbt said of each node, by stage."""

    lakehouse: Lakehouse
    figures: list[dict[str, list[str]]] = field(default_factory=list)
    results: list[dict[str, str]] = field(default_factory=list)

    def build(self) -> None:
        self.results.append(self.lakehouse.build(*BUILT))
        self.figures.append({name: self.lakehouse.rows(sql) for name, sql in FIGURES.items()})


@pytest.fixture(scope="module")
def trial(raw_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with lakehouse(tmp_path_factory.mktemp("faults"), raw_tables) as made:
        yield run(made)


def run(made: Lakehouse) -> Trial:
    """Sound events, then what must be set aside, then what must be taken in; a build behind each."""
    trial = Trial(made)
    for table, partition, end, _ in list(made.waiting()):
        made.append(table, partition, end)
    for events in (FIRST, SET_ASIDE, TAKEN):
        plant(trial.lakehouse, events)
        trial.build()
    return trial


def test_no_figure_moves_for_what_is_set_aside(trial: Trial) -> None:
    for name in FIGURES:
        assert trial.figures[0][name] == trial.figures[1][name], name
        assert trial.figures[0][name], name


def test_nothing_stops_but_the_alarm_sounds(trial: Trial) -> None:
    assert [stopped(results) for results in trial.results[:3]] == [
        {},
        {"rejects_are_few": "fail"},
        {"rejects_are_few": "fail"},
    ]


@pytest.mark.parametrize("fault", SET_ASIDE, ids=lambda fault: fault.id)
def test_a_fault_is_set_aside_for_its_reason(trial: Trial, fault: Planted) -> None:
    found = trial.lakehouse.query(
        f"select reject_reason from silver.silver_rejects where event_id = '{fault.id}' and event_source = '/planted'"
    )
    assert found == [(fault.reason,)]


@pytest.mark.parametrize("event", [*FIRST, *TAKEN], ids=lambda event: f"{event.source} {event.id}")
def test_what_is_odd_but_sound_is_taken(trial: Trial, event: Planted) -> None:
    department = event.type.split(".")[0]
    taken = trial.lakehouse.query(
        f"select reject_reason from silver.silver_{department}_checked where is_accepted "
        f"and event_id = '{event.id}' and event_source = '{event.source}'"
    )
    assert taken == [(None,)]


def test_what_was_set_aside_is_counted_with_its_money(trial: Trial) -> None:
    conflicts = trial.lakehouse.one(
        "select sum(event_count), sum(amount_eur) from gold.data_quality "
        "where department = 'sales' and kind = 'conflict'"
    )
    assert tuple(map(int, conflicts)) == (3, 250 + 101 + 7)


def test_set_aside_beyond_a_smaller_share_is_a_warning(trial: Trial) -> None:
    shares = "{reject_warn_share: 0.001, reject_error_share: 1.1}"
    assert trial.lakehouse.build("--select", "rejects_are_few", "--vars", shares) == {"rejects_are_few": "warn"}


def test_an_event_without_its_other_side_waits_and_is_counted(trial: Trial) -> None:
    waiting = trial.lakehouse.rows(
        "select waits_for, awaited_id, amount_eur from gold.fct_waiting_events where awaited_id like 'W-%'"
    )
    assert [row.replace("Decimal", "") for row in waiting] == [
        "('invoice', 'W-I1', ('12.5000'))",
        "('order', 'W-O1', ('5.0000'))",
        "('order', 'W-O2', None)",
        "('ticket', 'W-T1', None)",
    ]
    assert trial.results[2]["few_events_wait_fct_waiting_events_"] == "warn"


def test_it_joins_when_the_other_side_arrives(trial: Trial) -> None:
    plant(trial.lakehouse, [Planted("at last", ORDER, order("W-O1", "20.00"))])
    trial.build()
    assert trial.lakehouse.one("select returned_amount from gold.fct_orders where order_id = 'W-O1'")[0] == 5
    assert trial.lakehouse.one("select count(*) from gold.fct_waiting_events where awaited_id = 'W-O1'") == (0,)


def test_two_sources_may_use_one_id(trial: Trial) -> None:
    found = trial.lakehouse.rows("select order_id from gold.fct_orders where order_id in ('DUP-O1', 'SHOP-B-O1')")
    assert found == ["('DUP-O1',)", "('SHOP-B-O1',)"]


def test_a_renamed_field_is_a_warning_that_names_it(trial: Trial) -> None:
    assert trial.results[2]["unknown_fields_are_few_silver_unknown_fields_"] == "warn"
    found = trial.lakehouse.query("select event_type, field from silver.silver_unknown_fields where field = 'chanel'")
    assert found == [(ORDER, "chanel")]


def test_a_clock_that_is_off_is_named_and_keeps_no_promise(trial: Trial) -> None:
    assert trial.results[2]["clocks_agree_source_health_"] == "warn"
    found = trial.lakehouse.one("select hours_to_first_response from gold.fct_tickets where ticket_id = 'CLOCK-T1'")
    assert found == (None,)
    assert trial.lakehouse.one("select response_status from gold.fct_ticket_sla where ticket_id = 'CLOCK-T1'") == (
        "unknown",
    )
    assert trial.lakehouse.one(
        "select negative_duration_count from gold.source_health where event_source = '/agents'"
    ) == (1,)


def test_amounts_of_two_currencies_are_not_added_up(trial: Trial) -> None:
    found = trial.lakehouse.one(
        "select status, invoiced_amount, invoiced_amount_eur from gold.order_to_cash where order_id = 'TWO-O1'"
    )
    assert (found[0], found[1], float(found[2])) == ("other currency", None, 146.0)


def test_a_cancelled_order_is_cancelled_and_one_taken_up_again_is_not(trial: Trial) -> None:
    assert trial.lakehouse.one("select status from gold.order_to_cash where order_id = 'CAN-O1'") == ("cancelled",)
    found = trial.lakehouse.one("select is_cancelled, revenue_eur from gold.fct_orders where order_id = 'AGAIN-O1'")
    assert (found[0], int(found[1])) == (False, 100)


def test_no_phone_number_becomes_another_and_every_country_has_its_code(trial: Trial) -> None:
    assert trial.lakehouse.one("select phone, country_code from gold.dim_customer where customer_id = 'NEIGHBOUR'") == (
        "030 123",
        "AT",
    )


def test_what_another_customer_says_of_an_order_waits(trial: Trial) -> None:
    found = trial.lakehouse.one(
        "select customer_id, is_cancelled, returned_amount from gold.fct_orders where order_id = 'DUP-O1'"
    )
    assert (found[0], found[1], int(found[2])) == ("X1", False, 1)
    waiting = trial.lakehouse.rows("select event from gold.fct_waiting_events where awaited_id = 'DUP-O1'")
    assert waiting == ["('order_status_changes',)", "('returns',)"]
    credited = "select amount from gold.fct_invoice_entries where invoice_id = 'DUP-I1' and entry_type = 'return'"
    assert [int(amount) for (amount,) in trial.lakehouse.query(credited)] == [1]


def test_what_someone_said_who_is_merged_later_counts_from_then_on(trial: Trial) -> None:
    assert int(trial.lakehouse.one("select returned_amount from gold.fct_orders where order_id = 'HOUSE-O1'")[0]) == 5


def test_a_ticket_is_of_who_opened_it_and_ends_when_it_was_first_closed(trial: Trial) -> None:
    found = trial.lakehouse.one(
        "select customer_id, closed_at, goodwill from gold.fct_tickets where ticket_id = 'DUP-T1'"
    )
    assert (found[0], f"{found[1]:%F %T}", int(found[2])) == ("X1", DAY, 0)


def test_an_order_given_up_after_some_of_it_came_back_counts_nothing(trial: Trial) -> None:
    found = trial.lakehouse.one(
        "select revenue_eur, kept_amount_eur, returned_amount_eur from gold.fct_orders where order_id = 'BACK-O1'"
    )
    assert tuple(map(int, found)) == (0, 0, 10)


def test_a_product_without_a_name_is_named_by_its_id(trial: Trial) -> None:
    assert trial.lakehouse.one("select product_name from gold.dim_product where product_id like 'P-NAME%'") == (
        "P-NAMELESS",
    )


def test_spellings_of_one_channel_are_one(trial: Trial) -> None:
    found = trial.lakehouse.rows(
        "select distinct channel from gold.fct_orders where order_id in ('CASE-O1', 'CASE-O2')"
    )
    assert found == ["('case',)"]


def test_customers_whose_ids_differ_in_case_alone_are_one(trial: Trial) -> None:
    found = trial.lakehouse.one(
        "select order_count, merged_customer_count from gold.customer_360 where customer_id ilike 'ana@%'"
    )
    assert tuple(found) == (2, 1)


def test_of_states_of_one_moment_the_last_to_arrive_holds(trial: Trial) -> None:
    assert trial.lakehouse.one("select segment from gold.dim_customer where customer_id = 'STRIPED'") == ("s7",)


def test_who_was_merged_stays_merged_and_who_asked_to_be_forgotten_is_not(trial: Trial) -> None:
    found = trial.lakehouse.rows(
        "select customer_id, current_customer_id from gold.dim_customer where customer_id in ('MERGED', 'LEFT')"
    )
    assert found == ["('LEFT', 'LEFT')", "('MERGED', 'X1')"]


def test_whoever_an_event_names_is_a_customer(trial: Trial) -> None:
    assert trial.lakehouse.one("select is_known from gold.dim_customer where customer_id = 'ONLY-A-STATUS'") == (False,)


def test_a_build_from_scratch_of_a_day_that_was_read_twice_gives_the_same(trial: Trial) -> None:
    """docs/runbooks/replay_a_day.md"""
    before = {name: trial.lakehouse.rows(sql) for name, sql in FIGURES.items()}
    for table in ("raw_sales", "raw_finance"):
        trial.lakehouse.query(f"insert into raw.{table} select * from raw.{table}")
    trial.lakehouse.build(*BUILT, "--full-refresh")
    assert {name: trial.lakehouse.rows(sql) for name, sql in FIGURES.items()} == before


def test_a_chain_of_5000_merges_ends_at_its_survivor_and_a_circle_at_its_smallest_id(trial: Trial) -> None:
    """The last, for it builds silver alone, and leaves gold behind."""
    made = trial.lakehouse
    (last,) = trial.lakehouse.one("select max(sequence_number) from raw.raw_customer where partition_id = 0")
    merged = 'concat(\'{"reason": "merged", "merged_into": "\', INTO, \'"}\') as payload'
    chain, circle = "concat('M', id + 1)", "concat('R', (id + 1) % 7)"
    for name, into, count, offset in (("M", chain, 5000, 1), ("R", circle, 7, 5001)):
        made.query(
            f"insert into raw.raw_customer by name select concat('merge ', '{name}', id) as event_id, "
            f"'customer.profile.closed.v1' as event_type, '/planted' as event_source, "
            f"concat('{name}', id) as customer_id, "
            f"timestamp '{DAY}' as occurred_at, '' as data_schema, {merged.replace('INTO', into)}, 0L as partition_id, "
            f"{last + offset} + id as sequence_number, timestamp '{ARRIVED}' as enqueued_at from range({count})"
        )
    steps = ("bronze_customer_events", "silver_customer_checked", "silver_profile_closures", "silver_customers")
    results = made.build(
        "--select", *steps, "silver_surviving_customers", "--exclude-resource-type", "test", "unit_test"
    )
    assert set(results.values()) == {"success"}
    ends = (
        "select distinct current_customer_id from silver.silver_surviving_customers where customer_id rlike '{}[0-9]+'"
    )
    assert made.query(ends.format("^M")) == [("M5000",)]
    assert made.query(ends.format("^R")) == [("R0",)]
