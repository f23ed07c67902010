"""The event contracts: one struct a type, checked on the way in and exported as JSON Schema.

An event is a CloudEvents 1.0 structured JSON message (https://cloudevents.io, spec v1.0.2, section 2).
Its `data` is one of the structs below. Amounts travel as JSON strings, so that no reader on the way
turns them into floating point; they are in the document's own currency.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

Identifier = Annotated[str, Meta(min_length=1, max_length=128)]
Text = Annotated[str, Meta(max_length=512)]
Currency = Annotated[str, Meta(pattern=r"^[A-Za-z]{3}(?!\n)$", description="ISO 4217 code, any case")]
Money = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,4})?(?!\n)$",
        description="in the document's currency, at most 12 digits and four decimals; a string, never a number",
    ),
]


class Data(Struct, frozen=True):
    """Base of every payload. Fields that a contract does not name are kept and sent on."""


class Address(Data, frozen=True):
    street: Text | None = None
    city: Text | None = None
    postal_code: Text | None = None
    country: Text | None = None


class ProfileUpdated(Data, frozen=True):
    first_name: Text | None
    last_name: Text | None
    email: Text | None
    phone: Text | None = None
    birth_date: date | None = None
    address: Address | None = None
    segment: Text | None = None
    marketing_consent: bool = False
    channel: Text | None = None


class ProfileClosed(Data, frozen=True):
    reason: Literal["requested", "inactive", "merged", "deceased"]
    merged_into: Identifier | None = None


class OrderLine(Data, frozen=True):
    line_number: Annotated[int, Meta(ge=1)]
    product_id: Identifier
    product_name: Text
    quantity: Annotated[int, Meta(ge=1)]
    unit_price: Money
    discount: Money = "0"
    tax: Money = "0"
    category: Text | None = None


class OrderPlaced(Data, frozen=True):
    order_id: Identifier
    currency: Currency
    amount: Money
    lines: Annotated[list[OrderLine], Meta(min_length=1)]
    channel: Text | None = None


class OrderStatusChanged(Data, frozen=True):
    order_id: Identifier
    status: Literal["confirmed", "shipped", "delivered", "cancelled"]
    reason: Text | None = None


class ReturnLine(Data, frozen=True):
    line_number: Annotated[int, Meta(ge=1)]
    quantity: Annotated[int, Meta(ge=1)]
    amount: Money


class OrderReturned(Data, frozen=True):
    return_id: Identifier
    order_id: Identifier
    currency: Currency
    amount: Money
    lines: Annotated[list[ReturnLine], Meta(min_length=1)]
    reason: Text | None = None


class MessageSent(Data, frozen=True):
    message_id: Identifier
    campaign_id: Identifier
    campaign_name: Text
    channel: Literal["email", "sms", "push"]
    cost: Money
    currency: Currency


class MessageOpened(Data, frozen=True):
    message_id: Identifier
    campaign_id: Identifier


class MessageClicked(Data, frozen=True):
    message_id: Identifier
    campaign_id: Identifier
    url: Text


class SubscriptionChanged(Data, frozen=True):
    channel: Literal["email", "sms", "push"]
    subscribed: bool


class SiteVisited(Data, frozen=True):
    visit_id: Identifier
    page: Text
    device: Text | None = None
    campaign_id: Identifier | None = None


class TicketOpened(Data, frozen=True):
    ticket_id: Identifier
    priority: Literal["low", "normal", "high", "urgent"]
    category: Text
    channel: Text | None = None
    order_id: Identifier | None = None


class TicketUpdated(Data, frozen=True):
    ticket_id: Identifier
    status: Literal["in_progress", "waiting", "reopened"]
    agent_id: Identifier | None = None
    priority: Literal["low", "normal", "high", "urgent"] | None = None


class TicketClosed(Data, frozen=True):
    ticket_id: Identifier
    resolution: Text
    currency: Currency
    goodwill: Money = "0"


class SurveyAnswered(Data, frozen=True):
    survey_id: Identifier
    ticket_id: Identifier
    score: Annotated[int, Meta(ge=1, le=5)]


class InvoiceIssued(Data, frozen=True):
    invoice_id: Identifier
    order_id: Identifier
    currency: Currency
    amount: Money
    due_date: date


class PaymentReceived(Data, frozen=True):
    payment_id: Identifier
    invoice_id: Identifier
    currency: Currency
    amount: Money
    method: Text | None = None


class RefundIssued(Data, frozen=True):
    refund_id: Identifier
    invoice_id: Identifier
    currency: Currency
    amount: Money
    reason: Text | None = None


class InvoiceWrittenOff(Data, frozen=True):
    invoice_id: Identifier
    currency: Currency
    amount: Money
    reason: Text | None = None


CONTRACTS: dict[str, type[Data]] = {
    "customer.profile.updated.v1": ProfileUpdated,
    "customer.profile.closed.v1": ProfileClosed,
    "sales.order.placed.v1": OrderPlaced,
    "sales.order.status_changed.v1": OrderStatusChanged,
    "sales.order.returned.v1": OrderReturned,
    "marketing.message.sent.v1": MessageSent,
    "marketing.message.opened.v1": MessageOpened,
    "marketing.message.clicked.v1": MessageClicked,
    "marketing.subscription.changed.v1": SubscriptionChanged,
    "marketing.site.visited.v1": SiteVisited,
    "support.ticket.opened.v1": TicketOpened,
    "support.ticket.updated.v1": TicketUpdated,
    "support.ticket.closed.v1": TicketClosed,
    "support.survey.answered.v1": SurveyAnswered,
    "finance.invoice.issued.v1": InvoiceIssued,
    "finance.payment.received.v1": PaymentReceived,
    "finance.refund.issued.v1": RefundIssued,
    "finance.invoice.written_off.v1": InvoiceWrittenOff,
}


class CloudEvent(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """One event on the hub. `subject` is the customer id; `data` is the payload's JSON as text.

    As text, and so not of a JSON media type (CloudEvents JSON format 1.0.2, section 3.1): no page of Stream Analytics
    tells how a record becomes nvarchar(max), and its numbers become 64-bit floats on the way; a text is a text.
    """

    id: Identifier
    source: Annotated[str, Meta(min_length=1)]
    type: Annotated[str, Meta(pattern=r"^[a-z_]+(\.[a-z_]+)+\.v[0-9]+$(?!\n)", max_length=128)]
    subject: Identifier
    time: datetime
    dataschema: str
    data: str
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["text/plain; charset=utf-8"] = "text/plain; charset=utf-8"


def json_schema(event_type: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of one contract's `data`. Raises KeyError for a type without contract."""
    return msgspec.json.schema(CONTRACTS[event_type]) | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_url(event_type),
    }


def schema_url(event_type: str) -> str:
    """The `dataschema` attribute of an event: where its contract stands in the repository."""
    return f"ingestion/contracts/{event_type}.json"


def contract_fields(contract: type[Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a contract or of a struct in it."""
    return msgspec.structs.fields(contract)


_LONG = re.compile(rb"[:,\[]-?[0-9]{19}")  # as our encoder writes it, without spaces
_NUMBERS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|(-?[0-9]+)(\.[0-9]+)?([eE][+-]?[0-9]+)?', re.S)
_LEAST, _GREATEST = -(2**63), 2**63 - 1
_GREATEST_DOUBLE = Decimal(2) ** 1024


def unfit_number(body: bytes) -> str | None:
    """Why Stream Analytics would drop a whole event for one of its numbers, or None.

    Its integers are bigint, 64 bits with a sign, its fractions float, 64 bits; an event with a larger one is an
    InputDeserializationError (learn.microsoft.com, "Data types in Azure Stream Analytics").
    """
    if b"E+" not in body and not _LONG.search(body):
        return None
    for found in _NUMBERS.finditer(body):
        whole, fraction, exponent = found.groups()
        if whole is None:
            continue
        if not (fraction or exponent):
            if len(whole) > 20 or not _LEAST <= int(whole) <= _GREATEST:
                return f"the integer {whole[:30].decode()} has more than 64 bits; send it as text"
        elif abs(Decimal(found[0].decode())) >= _GREATEST_DOUBLE:
            return f"the number {found[0][:30].decode()} is larger than a double holds; send it as text"
    return None
