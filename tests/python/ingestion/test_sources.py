"""The shipped sources against servers that answer in the shape of their public documentation."""

# ruff: noqa: E501 - answers as their documentation writes them
from __future__ import annotations

import base64
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion import source_file
from ingestion.errors import IngestionError
from ingestion.expressions import FAILED, compiled
from ingestion.mapping import Mapper
from ingestion.pages import decode
from ingestion.source_file import shipped

from ._reading import EVENT, Reading, opened_event
from ._services import Asked, Reply, site


def at(path: Path, name: str, url: str, patch: pytest.MonkeyPatch, **secrets: str) -> Reading:
    address = {"shopify": "SHOPIFY_SHOP_URL", "zendesk": "ZENDESK_URL", "salesforce": "SALESFORCE_URL"}
    patch.setenv(address.get(name, f"{name.upper()}_API_URL"), url)
    for key, value in secrets.items():
        patch.setenv(key, value)
    return Reading(name, path)


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_a_shipped_file_is_a_source_by_its_own_name_whose_mappings_hold(path: Path) -> None:
    source = source_file.read(path.stem)
    assert source.name == path.stem and source.description
    for resource in source.resources:
        Mapper(resource, source.uri)


def test_stripe_pages_by_the_last_id_and_gives_minor_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs.stripe.com/api/customers/list and /api/charges/object."""
    address = {
        "city": "Berlin",
        "country": "DE",
        "line1": "Weg 1",
        "line2": None,
        "postal_code": "10115",
        "state": None,
    }
    customers = [
        {"id": f"cus_{n}", "object": "customer", "address": address if n else None, "balance": 0, "created": 1680893993,
         "currency": None, "email": "Ana.B@Example.com", "livemode": False, "metadata": {}, "name": "Ana B. Cruz",
         "phone": None}
        for n in range(3)
    ]  # fmt: skip
    charge = {
        "object": "charge", "amount": 1099, "amount_captured": 1099, "amount_refunded": 0, "captured": True,
        "created": 1679090539, "currency": "usd", "customer": "cus_0", "disputed": False, "invoice": None, "metadata": {}, "paid": True,
        "payment_intent": "pi_1", "payment_method_details": {"card": {"brand": "visa"}, "type": "card"},
        "refunded": False, "status": "succeeded",
    }  # fmt: skip
    charges = [
        {**charge, "id": "ch_1", "amount_refunded": 500}, {**charge, "id": "ch_2", "currency": "jpy"},
        {**charge, "id": "ch_3", "status": "failed"}, {**charge, "id": "ch_4", "customer": None},
        {**charge, "id": "ch_5", "currency": "kwd"}, {**charge, "id": "ch_6", "captured": False, "amount_captured": 0},
        {**charge, "id": "pi_1", "object": "payment_intent"},
    ]  # fmt: skip
    refunds = [
        {"id": f"re_{amount}", "object": "refund", "amount": amount, "charge": of, "created": 1679190539 + amount,
         "currency": "usd", "payment_intent": "pi_1", "reason": None, "status": status}
        for amount, of, status in (
            (200, charges[0], "succeeded"), (300, charges[0], "succeeded"), (400, charges[0], "pending"),
            (1099, charges[5], "succeeded"),
        )
    ]  # fmt: skip

    def answer(asked: Asked) -> Reply:
        assert asked.headers["authorization"] == "Bearer sk_test_1" and asked.params["limit"] == "100"
        assert asked.params.get("expand[]") == ("data.charge" if asked.path == "/v1/refunds" else None)
        lists = {"/v1/customers": customers, "/v1/charges": charges, "/v1/refunds": refunds}
        records: list[dict[str, Any]] = lists[asked.path]
        names = [each["id"] for each in records]
        begin = names.index(asked.params["starting_after"]) + 1 if "starting_after" in asked.params else 0
        page = records[begin : begin + 2]
        more = begin + 2 < len(records)
        return Reply({"object": "list", "url": asked.path, "has_more": more, "data": page})

    with site(answer) as api:
        made = at(tmp_path, "stripe", api.url, monkeypatch, STRIPE_API_KEY="sk_test_1", STRIPE_WEBHOOK_SECRET="whsec")
        done = made.run()
        assert (done.pages, done.events, done.dead_letters, done.without_event) == (8, 8, 0, 6)
        assert made.run().events == 0
    profile = made.kept.events[1]
    assert (profile["subject"], profile["time"]) == ("cus_1", "2023-04-07T18:59:53Z")
    assert profile["data"] == {
        "first_name": "Ana", "last_name": "B. Cruz", "email": "ana.b@example.com", "phone": None,
        "address": {"street": "Weg 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}, "channel": "stripe",
    }  # fmt: skip
    money = [(each["type"], each["data"]["amount"], each["data"]["currency"]) for each in made.kept.events[3:]]
    assert money == [
        ("finance.payment.received.v1", "10.99", "USD"), ("finance.payment.received.v1", "1099", "JPY"),
        ("finance.payment.received.v1", "1.099", "KWD"),
        ("finance.refund.issued.v1", "2", "USD"), ("finance.refund.issued.v1", "3", "USD"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["payment_intent", "invoice", "checkout.session", "event", None])
def test_a_stripe_object_of_another_kind_is_no_event(kind: str | None) -> None:
    """docs.stripe.com/api/events/types: payment_intent.succeeded tells of the payment that charge.succeeded tells of."""
    source = source_file.read("stripe")
    record = {"id": "x_1", "object": kind, "amount": 1099, "captured": True, "created": 1679090539, "currency": "usd",
              "customer": "cus_1", "charge": {"customer": "cus_1", "captured": True}, "status": "succeeded"}  # fmt: skip
    for resource in source.resources:
        assert Mapper(resource, source.uri).messages(json.dumps(record).encode()) == []


def test_hubspot_pages_by_paging_next_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """developers.hubspot.com/docs/api/crm/contacts."""

    def contact(number: int) -> dict[str, Any]:
        properties = {
            "firstname": "Ana",
            "lastname": None,
            "email": "A@B.com",
            "city": "Rome",
            "lifecyclestage": "lead",
        }
        return {
            "id": str(number), "properties": properties, "createdAt": "2023-01-01T00:00:00.000Z",
            "updatedAt": "2023-05-10T16:20:00.123Z", "archived": False,
        }  # fmt: skip

    def answer(asked: Asked) -> Reply:
        assert asked.headers["authorization"] == "Bearer pat-1" and "email" in asked.params["properties"]
        if asked.params.get("after") == "2":
            return Reply({"results": [contact(3)]})
        paging = {"next": {"after": "2", "link": f"https://api.hubapi.com{asked.path}?after=2"}}
        return Reply({"results": [contact(1), contact(2)], "paging": paging})

    with site(answer) as api:
        made = at(tmp_path, "hubspot", api.url, monkeypatch, HUBSPOT_ACCESS_TOKEN="pat-1")
        assert made.run().events == 3
    assert [each["subject"] for each in made.kept.events] == ["1", "2", "3"]
    assert made.kept.events[0]["data"]["email"] == "a@b.com" and made.kept.events[0]["data"]["segment"] == "lead"


def test_shopify_follows_the_link_header_and_asks_again_for_late_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """shopify.dev/docs/api/admin-rest: usage/pagination, resources/order."""

    def order(number: int, **changes: Any) -> dict[str, Any]:
        line = {
            "id": 466157049, "product_id": 632910392, "variant_id": 39072856, "title": "IPod Nano", "quantity": 2,
            "price": "199.00", "tax_lines": [{"title": "VAT", "price": "11.94", "rate": 0.06}, {"price": "1.06"}],
            "discount_allocations": [{"amount": "3.34", "discount_application_index": 0}],
        }  # fmt: skip
        return {
            "id": number, "created_at": "2026-01-10T11:00:00-05:00", "updated_at": f"2026-01-10T11:0{number % 10}:00-05:00",
            "cancelled_at": None, "cancel_reason": None, "currency": "USD", "total_price": "815.32", "source_name": "web",
            "order_number": 1001, "customer": {"id": 207119551, "email": "bob@example.com"}, "line_items": [line, {**line, "product_id": None}],
        } | changes  # fmt: skip

    first, second = order(450789461), order(450789462, cancelled_at="2026-01-11T09:00:00-05:00", cancel_reason="fraud")
    pages = {"": [first], "p2": [second, order(450789463, customer=None)]}

    def answer(asked: Asked) -> Reply:
        assert asked.headers["x-shopify-access-token"] == "shpat_1" and asked.path == "/admin/api/2024-10/orders.json"
        info = asked.params.get("page_info", "")
        if info:
            assert set(asked.params) == {"limit", "page_info"}  # Shopify refuses others beside page_info
        link = {} if info else {"Link": f'<{api.url}{asked.path}?limit=250&page_info=p2>; rel="next"'}
        return Reply({"orders": pages[info]}, headers=link)

    with site(answer) as api:
        made = at(tmp_path, "shopify", api.url, monkeypatch, SHOPIFY_ACCESS_TOKEN="shpat_1", SHOPIFY_WEBHOOK_SECRET="s")
        done = made.run()
        again = made.run()
    assert (done.events, done.without_event, again.events, again.unchanged) == (3, 1, 0, 3)
    assert "updated_at_min" not in api.asked[0].params
    assert api.asked[2].params["updated_at_min"] == "2026-01-10T15:58:00Z"  # five minutes before the last change
    placed, _, cancelled = made.kept.events
    assert placed["data"]["lines"][0] == {
        "line_number": 1, "product_id": "632910392", "product_name": "IPod Nano", "quantity": 2, "unit_price": "199",
        "discount": "3.34", "tax": "13",
    }  # fmt: skip
    assert placed["data"]["lines"][1]["product_id"] == "39072856" and placed["subject"] == "207119551"
    assert cancelled["data"] == {"order_id": "450789462", "status": "cancelled", "reason": "fraud"}


def shopify_order(**changes: Any) -> dict[str, Any]:
    """The order of shopify.dev/docs/api/admin-rest/2024-10/resources/order: three items, 10.00 off, 11.94 of tax."""
    items = [
        {"id": at, "product_id": 632910392, "title": "IPod Nano - 8gb", "quantity": 1, "price": "199.00",
         "tax_lines": [{"price": "3.98", "rate": 0.06, "title": "State Tax"}], "discount_allocations": [{"amount": off}]}
        for at, off in ((466157049, "3.34"), (518995019, "3.33"), (703073504, "3.33"))
    ]  # fmt: skip
    return {
        "id": 450789469, "order_number": 1001, "created_at": "2026-01-10T11:00:00-05:00", "cancelled_at": None,
        "currency": "USD", "customer": {"id": 207119551}, "line_items": items, "source_name": "web", "test": False,
        "original_total_additional_fees_set": None, "original_total_duties_set": None, "taxes_included": False,
        "total_price": "598.94", "total_tip_received": "0.0",
        "shipping_lines": [{"id": 369256396, "title": "Free Shipping", "price": "0.00", "discounted_price": "0.00",
                            "discount_allocations": [], "tax_lines": []}],
    } | changes  # fmt: skip


SHIPPING = {"id": 1, "title": "Post", "price": "10.00", "discounted_price": "8.00",
            "discount_allocations": [{"amount": "2.00"}], "tax_lines": [{"price": "0.48"}]}  # fmt: skip
DUTY = {"id": "2", "harmonized_system_code": "520300", "shop_money": {"amount": "164.86", "currency_code": "USD"},
        "tax_lines": [{"title": "VAT", "price": "16.49", "rate": 0.1}]}  # fmt: skip
TIP = {"id": 9, "product_id": None, "variant_id": None, "title": "Tip", "quantity": 1, "price": "5.00", "tax_lines": [],
       "discount_allocations": [], "tip_payment_gateway": None}  # fmt: skip
ITEMS = shopify_order()["line_items"]


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ["632910392"] * 3 + ["shipping"]),
        ({"shipping_lines": [SHIPPING], "total_price": "607.42"}, ["632910392"] * 3 + ["shipping"]),
        ({"shipping_lines": [SHIPPING], "total_price": "595.00", "taxes_included": True}, ["632910392"] * 3 + ["shipping"]),
        ({"shipping_lines": [], "total_price": "587.00", "taxes_included": True}, ["632910392"] * 3),
        ({"shipping_lines": [], "total_price": "603.94", "total_tip_received": "5.00"}, ["632910392"] * 3 + ["tip"]),
        ({"shipping_lines": [], "total_price": "603.94", "total_tip_received": "5.00", "line_items": [*ITEMS, TIP]},
         ["632910392"] * 3 + ["tip"]),
        ({"shipping_lines": [], "total_price": "780.29", "line_items": [{**ITEMS[0], "duties": [DUTY]}, *ITEMS[1:]]},
         ["632910392"] * 3 + ["duties"]),
        ({"shipping_lines": [], "total_price": "599.22", "original_total_additional_fees_set": {"shop_money": {"amount": "0.28"}}},
         ["632910392"] * 3 + ["fees"]),
    ],
)  # fmt: skip
def test_a_shopify_order_is_the_sum_of_its_lines_as_silver_demands(changes: dict[str, Any], names: list[str]) -> None:
    source = source_file.read("shopify")
    made = Mapper(source.resource("orders"), source.uri).messages(json.dumps(shopify_order(**changes)).encode())
    assert isinstance(made, list), made.reason
    data = opened_event(made[0].body)["data"]
    total = sum(
        Decimal(each["unit_price"]) * each["quantity"] - Decimal(each["discount"]) + Decimal(each["tax"])
        for each in data["lines"]
    )
    assert total == Decimal(data["amount"]) == Decimal(shopify_order(**changes)["total_price"])
    assert [each["product_id"] for each in data["lines"]] == names
    assert [each["line_number"] for each in data["lines"]] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("changes", [{"test": True}, {"order_number": None, "name": "#D2"}, {"customer": None}])
def test_a_shopify_order_that_is_a_test_a_draft_or_of_nobody_is_no_event(changes: dict[str, Any]) -> None:
    source = source_file.read("shopify")
    record = shopify_order(cancelled_at="2026-01-11T11:00:00-05:00", **changes)
    assert Mapper(source.resource("orders"), source.uri).messages(json.dumps(record).encode()) == []


def zendesk_ticket(number: int, **changes: Any) -> dict[str, Any]:
    """developer.zendesk.com/api-reference/ticketing/tickets/tickets."""
    return {
        "id": number, "requester_id": 20978392, "created_at": "2026-02-01T10:00:00Z", "priority": None, "type": None,
        "updated_at": "2026-02-03T10:00:00Z", "status": "open", "subject": "Help", "via": {"channel": "web"},
        "assignee_id": None,
    } | changes  # fmt: skip


def test_zendesk_ends_with_the_stream_and_goes_on_behind_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """developer.zendesk.com, Incremental Exports, cursor-based."""

    pages = {
        "": ([zendesk_ticket(1)], "c1", False),
        "c1": ([zendesk_ticket(2, status="solved", priority="high")], "c2", True),
        "c2": ([zendesk_ticket(1, status="closed")], "c3", True),
        "c3": ([], "c3", True),
    }
    key = "Basic " + base64.b64encode(b"ann@x.com/token:zd").decode()

    def answer(asked: Asked) -> Reply:
        assert asked.headers["authorization"] == key and len(asked.params) == 1
        tickets, after, end = pages[asked.params.get("cursor", "")]
        url = f"https://x.zendesk.com{asked.path}?cursor={after}"
        return Reply({"tickets": tickets, "after_url": url, "after_cursor": after, "end_of_stream": end})

    with site(answer) as api:
        made = at(tmp_path, "zendesk", api.url, monkeypatch, ZENDESK_USER="ann@x.com", ZENDESK_API_TOKEN="zd")
        assert [made.run().events for _ in range(4)] == [4, 2, 0, 0]
    assert [each.params for each in api.asked] == [
        {"start_time": "1"}, {"cursor": "c1"}, {"cursor": "c2"}, {"cursor": "c3"}, {"cursor": "c3"},
    ]  # fmt: skip
    kinds = [(each["id"], each["data"].get("status")) for each in made.kept.events]
    assert kinds == [
        ("ticket-1-opened", None), ("ticket-1-open-2026-02-03T10:00:00Z", "in_progress"), ("ticket-2-opened", None),
        ("ticket-2-solved-2026-02-03T10:00:00Z", None), ("ticket-1-opened", None),
        ("ticket-1-closed-2026-02-03T10:00:00Z", None),
    ]  # fmt: skip


def test_a_zendesk_ticket_tells_each_of_its_states_and_no_id_tells_two_things() -> None:
    """Statuses: new, open, pending, hold, solved, closed, deleted."""
    source = source_file.read("zendesk")
    mapper, told = Mapper(source.resource("tickets"), source.uri), dict[str, Any]()
    states = ("new", "open", "pending", "hold", "solved", "open", "closed", "deleted")
    for day, status in enumerate(states, 1):
        record = zendesk_ticket(
            1, status=status, updated_at=f"2026-02-{day:02}T10:00:00Z", assignee_id=7 if day > 1 else None,
            **({"priority": "urgent", "type": "incident"} if day > 1 else {}),
        )  # fmt: skip
        made = mapper.messages(json.dumps(record).encode())
        assert isinstance(made, list), made.reason
        for event in (opened_event(each.body) for each in made):
            assert told.setdefault(event["id"], event) == event
    said = [
        (each["type"].split(".")[2], each["data"].get("status") or each["data"].get("resolution"))
        for each in told.values()
    ]
    assert said == [
        ("opened", None), ("updated", "in_progress"), ("updated", "waiting"), ("updated", "waiting"), ("closed", "solved"),
        ("updated", "in_progress"), ("closed", "closed"), ("closed", "deleted"),
    ]  # fmt: skip
    assert told["ticket-1-open-2026-02-06T10:00:00Z"]["data"] == {
        "ticket_id": "1", "status": "in_progress", "agent_id": "7", "priority": "urgent",
    }  # fmt: skip


def test_a_northwind_customer_who_changes_is_another_event() -> None:
    """Its time is a constant: one id for two states would be an id used for two events."""
    source = source_file.read("northwind")
    told = set()
    for street in ("Weg 1", "Weg 2"):
        record = {"customerID": "ALFKI", "contactName": "Maria Anders", "address": {"street": street}}
        made = Mapper(source.resource("customers"), source.uri).messages(json.dumps(record).encode())
        assert isinstance(made, list), made.reason
        told.add(opened_event(made[0].body)["id"])
    assert len(told) == 2 and all(each.startswith("customer-ALFKI-") for each in told)


def test_salesforce_signs_in_and_follows_next_records_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """developer.salesforce.com: Query, and OAuth 2.0 Client Credentials Flow (its answer has no expires_in)."""

    def account(number: int) -> dict[str, Any]:
        return {
            "attributes": {"type": "Account", "url": f"/services/data/v60.0/sobjects/Account/001{number}"},
            "Id": f"001D00000{number}", "Name": "Acme", "Phone": None, "Industry": "Energy", "BillingStreet": "Weg 1",
            "BillingCity": "Rome", "BillingPostalCode": "00100", "BillingCountry": "Italy",
            "SystemModstamp": f"2026-03-0{number}T10:00:00.000+0000",
        }  # fmt: skip

    def answer(asked: Asked) -> Reply:
        if asked.path == "/services/oauth2/token":
            assert b"grant_type=client_credentials" in asked.body and b"client_secret=s3cret" in asked.body
            return Reply(
                {"access_token": "00Dx!AQ", "instance_url": "https://x.my.salesforce.com", "token_type": "Bearer"}
            )
        assert asked.headers["authorization"] == "Bearer 00Dx!AQ"
        if asked.path == "/services/data/v60.0/query/01g-2000":
            assert not asked.params
            return Reply({"totalSize": 2, "done": True, "records": [account(2)]})
        following = "/services/data/v60.0/query/01g-2000"
        known = [] if "2026-03-02" in asked.params["q"] else [account(1)]
        return Reply({"totalSize": 2, "done": False, "nextRecordsUrl": following, "records": known})

    with site(answer) as api:
        made = at(
            tmp_path, "salesforce", api.url, monkeypatch, SALESFORCE_CLIENT_ID="id", SALESFORCE_CLIENT_SECRET="s3cret"
        )
        assert [made.run().events for _ in range(2)] == [2, 0]
    queries = [each.params["q"] for each in api.asked if "q" in each.params]
    assert "SystemModstamp >= 1970-01-01T00:00:00Z ORDER" in queries[0]
    assert "SystemModstamp >= 2026-03-02T09:55:00Z ORDER" in queries[1]
    assert made.kept.events[0]["time"] == "2026-03-01T10:00:00Z"
    assert made.kept.events[0]["data"]["address"]["country"] == "Italy"


RECORD = json.loads(
    '{"n": 5, "price": "10.50", "names": ["a", null], "at": 1700000000, "x": {"y": [1, 2.5]}, "t": " A b "}'
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("string(n)", "5"), ("string(missing)", None), ("string(`true`)", "true"), ("string(x.y)", "[1,2.5]"),
        ("money(price)", "10.5"), ("money(`1e3`)", "1000"), ("money(n)", "5"), ("money(missing)", None),
        ("minor_units(`1999`, 'eur')", "19.99"), ("minor_units(`5`, 'EUR')", "0.05"), ("minor_units(n, 'JPY')", "5"),
        ("minor_units(`500000`, 'ugx')", "5000"), ("minor_units(`500`, 'ISK')", "5"),
        ("total(['1.10', `2`, `null`])", "3.1"), ("total(`[]`)", "0"), ("sum(x.y)", 3.5),
        ("subtract(price, n)", "5.5"), ("multiply(price, `2`)", "21"), ("round('2.345', `2`)", "2.35"),
        ("total(map(&multiply(@, `1.5`), x.y))", "5.25"),
        ("from_epoch(at)", "2023-11-14T22:13:20+00:00"), ("from_epoch('1700000000.5')", "2023-11-14T22:13:20.500000+00:00"),
        ("from_millis(`1700000000123`)", "2023-11-14T22:13:20.123000+00:00"), ("from_epoch(missing)", None),
        ("utc('03/02/2024 04:05', '%d/%m/%Y %H:%M')", "2024-02-03T04:05:00+00:00"), ("day('2024-02-03T04:05Z')", "2024-02-03"),
        ("lower(t)", " a b "), ("upper(missing)", None), ("trim(t)", "A b"), ("split('a b c', ' ')[-1]", "c"),
        ("hash('a')", "ca978112ca1bbdcafac231b39a23dc4d"), ("lookup(n, `{\"5\": \"five\"}`)", "five"),
        ("lookup('q', `{}`) || 'other'", "other"), ("format('{}-{}', n, price)", "5-10.50"), ("names[0]", "a"),
        ("to_string(n)", "5"), ("n > `4` && price", "10.50"), ("length(names)", 2), ("\"n\"", 5),
    ],
)  # fmt: skip
def test_an_expression_gives_a_value(expression: str, value: Any) -> None:
    assert compiled(expression)(RECORD) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("multiply(price, `0.19`)", "1.995"), ("rate == `0.1`", True), ("rate >= `0.1`", True), ("rate > `0.05`", True),
        ("money(`0.1`)", "0.1"), ("total([price, `0.1`])", "10.6"), ("subtract(`1`, `0.2`)", "0.8"),
        ("sum([price, `0.1`])", Decimal("10.6")), ("lookup('a', `{\"a\": [0.19]}`)", [Decimal("0.19")]),
        ("lines[?price == `0.1`].price", [Decimal("0.1")]), ("to_number('0.1') == rate", True), ("to_number('5.0')", 5),
        ("multiply(price, to_number('0.19'))", "1.995"), ("to_number(price)", Decimal("10.50")), ("to_number('x')", None),
        ("to_number(`true`)", None),
    ],
)  # fmt: skip
def test_a_fraction_of_an_expression_is_exact_as_those_of_records_are(expression: str, value: Any) -> None:
    record = decode(b'{"price": 10.50, "rate": 0.1, "lines": [{"price": 0.1}, {"price": 0.2}]}')
    made = compiled(expression)(record)
    assert made == value and type(made) is type(value)


@pytest.mark.parametrize(
    "expression",
    [
        "money('x')", "money('NaN')", "money(`1e99`)", "money(`true`)", "minor_units('a', 'EUR')", "from_epoch(`1e30`)",
        "format('{}', missing)", "format('{}-{}', n)", "utc('x', '%Y')", "total(n)", "split(n, ' ')", "sum(names)",
    ],
)  # fmt: skip
def test_an_expression_that_cannot_be_is_an_error_of_its_record(expression: str) -> None:
    with pytest.raises(FAILED):
        compiled(expression)(RECORD)


@pytest.mark.parametrize(
    ("expression", "said"), [("a.[", "is no JMESPath"), ("a.nope(b)", "there is no function nope")]
)
def test_an_expression_that_is_none_is_told_with_the_file(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compiled(expression)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_record_gives_events_or_a_dead_letter(record: Any) -> None:
    for path in shipped():
        source = source_file.read(path.stem)
        for resource in source.resources:
            made = Mapper(resource, "/x").messages(
                json.dumps({"id": record, "customer": record, "data": record}).encode()
            )
            assert made is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x", "missing required field `client`"),
        ("{name: X!, client: {base_url: x}, resources: []}", r"at `\$.name`"),
        ("{name: x, client: {base_url: x, hedders: {}}, resources: []}", "unknown field `hedders`"),
        ("{name: x, client: {base_url: x}, resources: []}", r"at `\$.resources`"),
        ("a: [", "is no YAML"),
        ("\t", "is no YAML"),
    ],
)
def test_a_file_that_is_no_source_is_told_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "x.yml"
    file.write_text(text)
    with pytest.raises(IngestionError, match=said) as told:
        source_file.read(str(file))
    assert str(file) in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": "sales.order.placed.v1", "data": {"order_id": "id"}}, "events.0..data: sales.order.placed.v1 requires currency"),
        ({"type": "sales.order.placed.v1", "data": {
            "order_id": "id", "currency": "c", "amount": "a", "lines": {"for_each": "l", "line_number": "_number"},
        }}, "events.0..data.lines: sales.order.placed.v1 requires product_id, product_name"),
        ({"id": "nope(id)"}, "events.0..id: .*there is no function nope"),
        ({"data": {"a": {"b": "[["}}}, "events.0..data.a.b: "),
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_keep_its_contract_is_told_before_a_record_is_read(
    changes: dict[str, Any], said: str
) -> None:
    content = {"name": "x", "endpoint": {"path": "x"}, "events": [EVENT | changes]}
    source = source_file.Source(
        name="x", client=source_file.Client(base_url="http://x"),
        resources=[source_file.msgspec.convert(content, source_file.Resource)],
    )  # fmt: skip
    with pytest.raises(ValueError, match=said):
        Mapper(source.resources[0], "/x")


def test_a_source_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(IngestionError, match="customer_api, hubspot, json_server"):
        source_file.read("nope")
