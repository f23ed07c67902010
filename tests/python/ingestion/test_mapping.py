"""One record in, one event or one dead letter out."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import source_file
from ingestion.events import CONTRACTS
from ingestion.mapping import UNREADABLE, DeadLetter, Mapper, Message, content_id

from ._reading import opened_event

LINE = {"line_number": 1, "product_id": "P1", "product_name": "x", "quantity": 1, "unit_price": "1.5"}
MONEY = {"currency": "EUR", "amount": "10.50"}
VALID: dict[str, dict[str, Any]] = {
    "customer.profile.updated": {"first_name": "Ana", "last_name": None, "email": None, "birth_date": "1980-01-31"},
    "customer.profile.closed": {"reason": "merged", "merged_into": "C2"},
    "sales.order.placed": {"order_id": "O1", **MONEY, "lines": [LINE]},
    "sales.order.status_changed": {"order_id": "O1", "status": "shipped"},
    "sales.order.returned": {
        "return_id": "R1", "order_id": "O1", **MONEY, "lines": [{"line_number": 1, "quantity": 1, "amount": "1"}],
    },
    "marketing.message.sent": {
        "message_id": "M1", "campaign_id": "X", "campaign_name": "x", "channel": "sms", "cost": "0.02",
        "currency": "eur",
    },
    "marketing.message.opened": {"message_id": "M1", "campaign_id": "X"},
    "marketing.message.clicked": {"message_id": "M1", "campaign_id": "X", "url": "/"},
    "marketing.subscription.changed": {"channel": "push", "subscribed": False},
    "marketing.site.visited": {"visit_id": "V1", "page": "/"},
    "support.ticket.opened": {"ticket_id": "T1", "priority": "low", "category": "x"},
    "support.ticket.updated": {"ticket_id": "T1", "status": "waiting"},
    "support.ticket.closed": {"ticket_id": "T1", "resolution": "x", "currency": "EUR"},
    "support.survey.answered": {"survey_id": "S1", "ticket_id": "T1", "score": 5},
    "finance.invoice.issued": {"invoice_id": "I1", "order_id": "O1", **MONEY, "due_date": "2026-07-31"},
    "finance.payment.received": {"payment_id": "P1", "invoice_id": "I1", **MONEY},
    "finance.refund.issued": {"refund_id": "R1", "invoice_id": "I1", **MONEY},
    "finance.invoice.written_off": {"invoice_id": "I1", **MONEY},
}  # fmt: skip


MAPPER = Mapper(source_file.read("customer_api").resources[0], "/api")


def to_message(raw: bytes) -> Message | DeadLetter:
    made = MAPPER.messages(raw)
    if isinstance(made, DeadLetter):
        return made
    (message,) = made
    return message


def record(name: str = "sales.order.placed", attributes: Any = ..., **changes: Any) -> bytes:
    department, _, kind = name.partition(".")
    made = {"id": "evt-1", "department": department, "type": kind, "customer_id": "C1"}
    data = VALID.get(name) if attributes is ... else attributes
    return json.dumps(made | {"occurred_at": "2026-07-01T12:00:00+02:00", "attributes": data} | changes).encode()


def letter(raw: bytes) -> DeadLetter:
    made = to_message(raw)
    assert isinstance(made, DeadLetter) and made.original == raw and made.reason
    return made


def test_every_contract_has_a_sample() -> None:
    assert {f"{name}.v1" for name in VALID} == set(CONTRACTS)


@pytest.mark.parametrize("name", VALID)
def test_a_valid_record_becomes_a_cloud_event(name: str) -> None:
    made = to_message(record(name))
    assert isinstance(made, Message) and made.customer_id == "C1"
    assert opened_event(made.body) == {
        "specversion": "1.0",
        "id": "evt-1",
        "source": "/api",
        "type": f"{name}.v1",
        "subject": "C1",
        "time": "2026-07-01T12:00:00+02:00",
        "datacontenttype": "text/plain; charset=utf-8",
        "dataschema": f"ingestion/contracts/{name}.v1.json",
        "data": VALID[name],
    }


@pytest.mark.parametrize("name", VALID)
def test_a_record_without_a_field_or_with_a_wrong_type_is_refused(name: str) -> None:
    first = next(iter(VALID[name]))
    missing = {key: value for key, value in VALID[name].items() if key != first}
    assert letter(record(name, missing)).event_type == f"{name}.v1"
    for wrong in (["x"], {"a": 1}):
        assert letter(record(name, VALID[name] | {first: wrong})).record_id == "evt-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None}, {"id": ""}, {"id": 5}, {"id": "x" * 129},
        {"department": "Sales"}, {"department": "sales\n"}, {"department": ""}, {"department": "s" * 33},
        {"type": "order..placed"}, {"type": "order.placed\n"}, {"type": None},
        {"customer_id": ""}, {"customer_id": 42}, {"customer_id": None},
        {"occurred_at": "yesterday"}, {"occurred_at": None}, {"occurred_at": 5},
        {"occurred_at": "2026-07-01T12:00:00"}, {"occurred_at": "2026-02-30T12:00:00Z"},
        {"attributes": None}, {"attributes": []}, {"attributes": "x"},
    ],
)  # fmt: skip
def test_a_record_that_breaks_the_envelope_is_refused(changes: dict[str, Any]) -> None:
    letter(record(**changes))


@pytest.mark.parametrize(
    "amount",
    [
        "NaN",
        "Infinity",
        "1e400",
        "0.00001",
        "1234567890123456",
        "1_0",
        " 1",
        "1\n",
        "\u0661",
        "",
        "x",
        None,
        True,
        5,
        1.5,
    ],
)
def test_an_amount_that_is_no_money_is_refused(amount: Any) -> None:
    letter(record("finance.invoice.written_off", {"invoice_id": "I1", "currency": "EUR", "amount": amount}))
    letter(record("sales.order.placed", VALID["sales.order.placed"] | {"lines": [LINE | {"unit_price": amount}]}))


@pytest.mark.parametrize("currency", ["EURO", "E1R", "EUR\n", "", None])
def test_a_currency_that_is_no_code_is_refused(currency: Any) -> None:
    letter(record("finance.invoice.written_off", {"invoice_id": "I1", "currency": currency, "amount": "1"}))


def test_a_type_without_a_contract_passes_with_its_numbers_to_the_last_digit() -> None:
    raw = record("loyalty.points.earned", 0).replace(b'"attributes": 0', b'"attributes": { "n" :1.50, "m": 1e3}')
    made = to_message(raw)
    assert isinstance(made, Message) and json.loads(made.body)["data"] == '{"n":1.50,"m":1E+3}'


def test_fields_that_a_contract_does_not_name_are_kept() -> None:
    made = to_message(record(attributes=VALID["sales.order.placed"] | {"new": [1]}))
    assert isinstance(made, Message) and opened_event(made.body)["data"]["new"] == [1]


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\xff\xfe", b"null", b"[]", b"5", b'"x"', b"{", b"{}", b'{"id": "\\ud800"}',
        b"[" * 100_000, b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        record("loyalty.points.earned", {}).replace(b"{}", b"[" * 100_000 + b"]" * 100_000),
    ],
)  # fmt: skip
def test_what_is_no_record_is_kept_as_it_came_under_the_hash_of_its_bytes(raw: bytes) -> None:
    made = letter(raw)
    assert (made.record_id, made.event_type) == (content_id(raw), UNREADABLE)


@pytest.mark.parametrize("bad", [b'"\xff"', b'"\\ud800"', b'{"\xff": 1}', b"NaN", b"01"])
@pytest.mark.parametrize("name", ["loyalty.points.earned", "sales.order.placed"])
def test_attributes_that_are_no_json_text_are_refused(bad: bytes, name: str) -> None:
    letter(record(name, {}).replace(b'"attributes": {}', b'"attributes": {"x": ' + bad + b"}"))


@pytest.mark.parametrize(
    "number",
    [
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "1" * 400,
        "1e400",
        "-1E+309",
        f"{'9' * 310}.5",
    ],
)
@pytest.mark.parametrize("name", ["loyalty.points.earned", "sales.order.placed"])
def test_a_number_for_which_stream_analytics_drops_the_event_is_refused(number: str, name: str) -> None:
    raw = record(name, VALID.get(name, {}) | {"x": [0]}).replace(b"[0]", f"[1, {number}]".encode())
    assert "send it as text" in letter(raw).reason


@pytest.mark.parametrize(
    "number", ["9223372036854775807", "-9223372036854775808", "1e308", "0.1234567890123456789012", "1e-400"]
)
def test_the_largest_numbers_that_it_takes_pass_as_they_are(number: str) -> None:
    made = to_message(
        record("loyalty.points.earned", 0).replace(b'"attributes": 0', f'"attributes": {{"x":{number}}}'.encode())
    )
    assert isinstance(made, Message)
    assert Decimal(json.loads(json.loads(made.body)["data"], parse_float=Decimal)["x"]) == Decimal(number)


def test_digits_in_text_are_no_number() -> None:
    assert isinstance(to_message(record("loyalty.points.earned", {"x": "a,99999999999999999999 e400"})), Message)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2025-12-31T23:59:59.9999999Z", "2025-12-31T23:59:59.999999Z"),
        ("2025-12-31T23:59:59.99999951+01:00", "2025-12-31T23:59:59.999999+01:00"),
        ("2024-05-01T10:00:00.000+0000", "2024-05-01T10:00:00Z"),
        ("2024-05-01 10:00:00z", "2024-05-01T10:00:00Z"),
    ],
)
def test_a_time_with_more_digits_is_cut_and_not_rounded_into_another_year(written: str, kept: str) -> None:
    made = to_message(record("loyalty.points.earned", {}, occurred_at=written))
    assert isinstance(made, Message) and json.loads(made.body)["time"] == kept


@pytest.mark.parametrize(
    "written",
    ["2025-12-31", "2025-W01-1T00:00:00Z", "2025-12-31T23:59:60Z", "2025-12-31T24:00:00Z", "٢٠٢٥-12-31T00:00:00Z"],
)
def test_what_only_looks_like_a_time_is_refused(written: str) -> None:
    letter(record("loyalty.points.earned", {}, occurred_at=written))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_raise(raw: bytes) -> None:
    letter(raw)


@given(
    name=st.sampled_from(sorted(VALID)),
    field=st.sampled_from(["id", "customer_id", "occurred_at", "x"]),
    value=json_values,
)
def test_arbitrary_values_never_raise_and_events_are_json(name: str, field: str, value: Any) -> None:
    attributes = VALID[name] | {next(iter(VALID[name])): value}
    for raw in (record(name, **{field: value}), record(name, attributes)):
        made = to_message(raw)
        if isinstance(made, Message):
            json.loads(made.body)
        else:
            assert made.original == raw
