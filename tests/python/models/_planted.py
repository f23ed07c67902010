"""Events as the stream would land them, made up by a test: what a source says, right or wrong."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ._lakehouse import Lakehouse

ORDER, CHANGED, RETURN = "sales.order.placed.v1", "sales.order.status_changed.v1", "sales.order.returned.v1"
SENT = "marketing.message.sent.v1"
OPENED, UPDATED, ANSWERED = "support.ticket.opened.v1", "support.ticket.updated.v1", "support.survey.answered.v1"
CLOSED = "support.ticket.closed.v1"
INVOICE, PAYMENT, WRITTEN_OFF = (
    "finance.invoice.issued.v1",
    "finance.payment.received.v1",
    "finance.invoice.written_off.v1",
)
PROFILE, GONE = "customer.profile.updated.v1", "customer.profile.closed.v1"
DAY, LATER_DAY = "2026-05-04 10:00:00", "2026-05-05 10:00:00"
# among the last days, which an alarm looks at
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
ARRIVED = f"{YESTERDAY} 08:00:00"
NEXT_YEAR = f"{datetime.now(UTC).year + 1}-03-01 00:00:00"


@dataclass
class Planted:
    """One event as the stream would land it, and the reason for which it should be set aside."""

    id: str
    type: str
    data: dict[str, Any] | str
    reason: str | None = None
    customer: str = "X1"
    source: str = "/planted"
    time: str = DAY
    arrived: str = ARRIVED

    def sql(self, position: int) -> str:
        data = self.data if isinstance(self.data, str) else json.dumps(self.data)
        words = [self.id, self.type, self.source, self.customer, self.time, data.replace("\\", "\\\\")]
        event_id, kind, source, customer, time, payload = (word.replace("'", "\\'") for word in words)
        return (
            f"select '{event_id}' as event_id, '{kind}' as event_type, '{source}' as event_source, "
            f"'{customer}' as customer_id, timestamp '{time}' as occurred_at, '' as data_schema, "
            f"'{payload}' as payload, 0L as partition_id, {position}L as sequence_number, "
            f"timestamp '{self.arrived}' as enqueued_at"
        )


def order(number: str, amount: str = "100.00", currency: str = "EUR", quantity: int = 1) -> dict[str, Any]:
    line = {"line_number": 1, "product_id": "P1", "product_name": "Lamp", "quantity": quantity, "unit_price": amount}
    return {"order_id": number, "currency": currency, "amount": amount, "lines": [line], "channel": "web"}


def with_line(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return document | {"lines": [document["lines"][0] | changes]}


def returned(number: str, order_id: str, *amounts: str, **changes: Any) -> dict[str, Any]:
    lines = [{"line_number": at, "quantity": 1, "amount": amount} for at, amount in enumerate(amounts, 1)]
    total = str(sum(map(Decimal, amounts)))
    return {"return_id": number, "order_id": order_id, "currency": "EUR", "amount": total, "lines": lines} | changes


def profile(country: str, **changes: Any) -> dict[str, Any]:
    return {"first_name": "Eva", "last_name": "B", "email": None, "address": {"country": country}} | changes


def invoice(number: str, order_id: str, amount: str = "100.00", currency: str = "EUR") -> dict[str, Any]:
    return {
        "invoice_id": number,
        "order_id": order_id,
        "currency": currency,
        "amount": amount,
        "due_date": "2026-06-01",
    }


def payment(number: str, invoice_id: str, amount: str = "100.00") -> dict[str, Any]:
    return {"payment_id": number, "invoice_id": invoice_id, "currency": "EUR", "amount": amount, "method": "card"}


def ticket(number: str, priority: str = "high") -> dict[str, Any]:
    return {"ticket_id": number, "priority": priority, "category": "delivery"}


def plant(lakehouse: Lakehouse, events: list[Planted]) -> None:
    """Land them behind what partition 0 of each raw table holds."""
    of_table = defaultdict(list)
    for event in events:
        of_table[event.type.split(".")[0]].append(event)
    for table, mine in of_table.items():
        [(last,)] = lakehouse.query(
            f"select coalesce(max(sequence_number), -1) from raw.raw_{table} where partition_id = 0"
        )
        rows = " union all ".join(event.sql(last + place) for place, event in enumerate(mine, 1))
        lakehouse.query(f"insert into raw.raw_{table} by name {rows}")
