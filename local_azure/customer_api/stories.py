"""What happens to one customer: profile, visits, campaigns, orders, invoices, payments, tickets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

FIRST_DAY = datetime(2025, 1, 1, tzinfo=UTC)
LAST_DAY = datetime(2026, 6, 30, tzinfo=UTC)
CENT = Decimal("0.01")

FIRST_NAMES = [
    "Ana",
    "Björn",
    "Chloé",
    "Dmitri",
    "Élise",
    "Fatima",
    "Giulia",
    "Hans",
    "Iker",
    "João",
    "Kim",
    "Łukasz",
]
LAST_NAMES = [
    "Almeida",
    "Berg",
    "Costa",
    "Dupont",
    "Eriksen",
    "Fischer",
    "García",
    "Horvat",
    "Ito",
    "Jensen",
    "O'Neil",
]
COUNTRIES = ["DE", "fr", "Spain", "PT", "it", "NL", "United Kingdom", "US", "PL", "se"]
CURRENCIES = ["EUR", "EUR", "EUR", "USD", "gbp", "SEK", "PLN"]
SEGMENTS = ["consumer", "small business", "enterprise"]
PRIORITIES = ["low", "normal", "high", "urgent"]
CHANNELS = ["web", "app", "store", "phone"]
PRODUCTS = [
    (f"P{number:03}", f"{kind} {size}", category, Decimal(price))
    for number, (kind, category, size, price) in enumerate(
        [
            (kind, category, size, base + step)
            for kind, category, base in [
                ("Trail bike", "bikes", 1199),
                ("Road bike", "bikes", 1899),
                ("Helmet", "accessories", 59),
                ("Gloves", "clothing", 24),
                ("Jersey", "clothing", 49),
                ("Lamp", "accessories", 35),
                ("Tyre", "components", 29),
                ("Saddle", "components", 79),
            ]
            for size, step in [("S", 0), ("M", 10), ("L", 20), ("XL", 30)]
        ]
    )
]
CAMPAIGNS = [(f"CMP-{n:02}", name) for n, name in enumerate(["Spring sale", "Newsletter", "Win back", "Loyal riders"])]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a customer. `amount` is what it adds to its department's control total."""

    id: str
    department: str
    type: str
    customer_id: str
    occurred_at: datetime
    attributes: dict[str, Any]
    amount: Decimal = Decimal(0)


@dataclass
class Customer:
    """A customer while the story is told: numbers its events and its documents."""

    rng: random.Random
    id: str
    currency: str
    events: list[Event] = field(default_factory=list)
    documents: int = 0

    def document(self, kind: str) -> str:
        self.documents += 1
        return f"{kind}-{self.id}-{self.documents:03}"

    def happens(
        self, department: str, kind: str, at: datetime, amount: Decimal = Decimal(0), /, **attributes: Any
    ) -> None:
        number = f"{self.id}-{len(self.events):04}"
        self.events.append(Event(f"evt-{number}", department, kind, self.id, at, attributes, amount))

    def later(self, at: datetime, *, hours: float) -> datetime:
        return at + timedelta(hours=self.rng.uniform(0.1, hours))


def story(rng: random.Random, seed: int, number: int) -> list[Event]:
    """All events of customer `number`."""
    customer = Customer(rng, f"C{seed}-{number:07}", rng.choice(CURRENCIES))
    joined = FIRST_DAY + (LAST_DAY - FIRST_DAY) * rng.random() * 0.8
    _profile(customer, joined)
    for at in _moments(rng, joined, mean=6):
        _visit(customer, at, None)
    for at in _moments(rng, joined, mean=3):
        _campaign(customer, at)
    for at in _moments(rng, joined, mean=3):
        _order(customer, at)
    for at in _moments(rng, joined, mean=1):
        _ticket(customer, at, None)
    _farewell(customer, number, seed)
    return customer.events


def money(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def _moments(rng: random.Random, start: datetime, *, mean: float) -> Iterator[datetime]:
    for _ in range(rng.randint(0, round(2 * mean))):
        yield start + (LAST_DAY - start) * rng.random()


def _profile(customer: Customer, joined: datetime) -> None:
    for at in [joined, *_moments(customer.rng, joined, mean=0.5)]:
        customer.happens("customer", "profile.updated", at, **_profile_fields(customer))


def _profile_fields(customer: Customer) -> dict[str, Any]:
    rng = customer.rng
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    return {
        "first_name": first,
        "last_name": last,
        "email": rng.choice([f"{first}.{last}@Example.com", f" {first[0]}{last}@example.org "])
        if rng.random() < 0.97
        else None,
        "phone": f"+{rng.choice([49, 33, 34, 351])} {rng.randint(100, 999)} {rng.randint(1000, 9999)}",
        "birth_date": date(1950, 1, 1) + timedelta(days=rng.randrange(20000)),
        "address": {
            "street": f"Main Street {rng.randint(1, 200)}",
            "city": rng.choice(["Berlin", "Porto", "Lyon", "Göteborg"]),
            "postal_code": f"{rng.randint(1000, 99999):05}",
            "country": rng.choice(COUNTRIES),
        },
        "segment": rng.choice(SEGMENTS),
        "marketing_consent": rng.random() < 0.7,
        "channel": rng.choice(CHANNELS),
    }


def _visit(customer: Customer, at: datetime, campaign: str | None) -> None:
    customer.happens(
        "marketing",
        "site.visited",
        at,
        visit_id=customer.document("VIS"),
        page=customer.rng.choice(["/", "/bikes", "/sale", "/basket"]),
        device=customer.rng.choice(["mobile", "desktop", "tablet"]),
        campaign_id=campaign,
    )


def _campaign(customer: Customer, at: datetime) -> None:
    rng = customer.rng
    message, (campaign, name) = customer.document("MSG"), rng.choice(CAMPAIGNS)
    channel, cost = rng.choice(["email", "email", "sms", "push"]), money(Decimal(rng.randint(1, 12)) / 100)
    customer.happens(
        "marketing", "message.sent", at, cost, message_id=message, campaign_id=campaign, campaign_name=name,
        channel=channel, cost=cost, currency="EUR",
    )  # fmt: skip
    if rng.random() < 0.5:
        opened = customer.later(at, hours=48)
        customer.happens("marketing", "message.opened", opened, message_id=message, campaign_id=campaign)
        _click(customer, opened, message, campaign)
    elif rng.random() < 0.1:
        customer.happens(
            "marketing",
            "subscription.changed",
            customer.later(at, hours=9),
            channel=channel,
            subscribed=False,
        )


def _click(customer: Customer, opened: datetime, message: str, campaign: str) -> None:
    if customer.rng.random() < 0.4:
        clicked = customer.later(opened, hours=1)
        customer.happens("marketing", "message.clicked", clicked, message_id=message, campaign_id=campaign, url="/sale")
        _visit(customer, customer.later(clicked, hours=0.2), campaign)
        if customer.rng.random() < 0.3:
            _order(customer, customer.later(clicked, hours=100))


def _order(customer: Customer, at: datetime) -> None:
    rng = customer.rng
    order, lines = customer.document("ORD"), _lines(rng)
    total = sum((_line_total(line) for line in lines), Decimal(0))
    customer.happens(
        "sales", "order.placed", at, total, order_id=order, currency=customer.currency,
        channel=rng.choice(CHANNELS), amount=total, lines=lines,
    )  # fmt: skip
    confirmed = customer.later(at, hours=5)
    customer.happens("sales", "order.status_changed", confirmed, order_id=order, status="confirmed")
    invoice = _invoice(customer, confirmed, order, total)
    if rng.random() < 0.08:
        _cancel(customer, confirmed, order, invoice, total)
    else:
        _deliver(customer, confirmed, order, invoice, lines, total)


def _lines(rng: random.Random) -> list[dict[str, Any]]:
    return [_line(rng, number) for number in range(1, rng.randint(1, 4) + 1)]


def _line(rng: random.Random, number: int) -> dict[str, Any]:
    product, name, category, price = rng.choice(PRODUCTS)
    quantity = rng.randint(1, 3)
    discount = money(price * quantity / 10) if rng.random() < 0.2 else Decimal("0.00")
    return {
        "line_number": number,
        "product_id": product,
        "product_name": name,
        "category": category,
        "quantity": quantity,
        "unit_price": money(price - CENT),
        "discount": discount,
        "tax": money((price * quantity - discount) * Decimal("0.19")),
    }


def _line_total(line: dict[str, Any]) -> Decimal:
    total: Decimal = line["quantity"] * line["unit_price"] - line["discount"] + line["tax"]
    return total


def _invoice(customer: Customer, at: datetime, order: str, total: Decimal) -> str:
    invoice = customer.document("INV")
    due = (at + timedelta(days=30)).date()
    customer.happens(
        "finance", "invoice.issued", at, total, invoice_id=invoice, order_id=order,
        currency=customer.currency, amount=total, due_date=due,
    )  # fmt: skip
    return invoice


def _cancel(customer: Customer, at: datetime, order: str, invoice: str, total: Decimal) -> None:
    cancelled = customer.later(at, hours=20)
    customer.happens(
        "sales", "order.status_changed", cancelled, order_id=order, status="cancelled", reason="changed mind"
    )
    customer.happens(
        "finance", "invoice.written_off", customer.later(cancelled, hours=5), total, invoice_id=invoice,
        currency=customer.currency, amount=total, reason="order cancelled",
    )  # fmt: skip


def _deliver(
    customer: Customer, at: datetime, order: str, invoice: str, lines: list[dict[str, Any]], total: Decimal
) -> None:
    shipped = customer.later(at, hours=72)
    customer.happens("sales", "order.status_changed", shipped, order_id=order, status="shipped")
    delivered = customer.later(shipped, hours=120)
    customer.happens("sales", "order.status_changed", delivered, order_id=order, status="delivered")
    _pay(customer, shipped, invoice, total)
    if customer.rng.random() < 0.1:
        _return(customer, delivered, order, invoice, lines)
    if customer.rng.random() < 0.1:
        _ticket(customer, customer.later(delivered, hours=100), order)


def _pay(customer: Customer, at: datetime, invoice: str, total: Decimal) -> None:
    """Mostly in full; some in two parts, some too much, some never."""
    rng = customer.rng
    match rng.random():
        case chance if chance < 0.75:
            parts = [total]
        case chance if chance < 0.87:
            parts = [money(total / 3), total - money(total / 3)]
        case chance if chance < 0.92:
            parts = [total + 10]
        case chance if chance < 0.96:
            parts = [money(total / 2)]
        case _:
            parts = []
    for part in parts:
        at = customer.later(at, hours=24 * 40)
        customer.happens(
            "finance", "payment.received", at, part, payment_id=customer.document("PAY"), invoice_id=invoice,
            currency=customer.currency, amount=part, method=rng.choice(["card", "transfer", "wallet"]),
        )  # fmt: skip


def _return(customer: Customer, at: datetime, order: str, invoice: str, lines: list[dict[str, Any]]) -> None:
    line = customer.rng.choice(lines)
    amount = money(_line_total(line) / line["quantity"])
    at = customer.later(at, hours=200)
    customer.happens(
        "sales", "order.returned", at, return_id=customer.document("RET"), order_id=order,
        currency=customer.currency, amount=amount, reason=customer.rng.choice(["too small", "damaged"]),
        lines=[{"line_number": line["line_number"], "quantity": 1, "amount": amount}],
    )  # fmt: skip
    customer.happens(
        "finance", "refund.issued", customer.later(at, hours=48), amount, refund_id=customer.document("REF"),
        invoice_id=invoice, currency=customer.currency, amount=amount, reason="return",
    )  # fmt: skip


def _ticket(customer: Customer, at: datetime, order: str | None) -> None:
    rng, ticket = customer.rng, customer.document("TCK")
    customer.happens(
        "support", "ticket.opened", at, ticket_id=ticket, priority=rng.choice(PRIORITIES),
        category=rng.choice(["delivery", "product", "payment"]), channel=rng.choice(CHANNELS), order_id=order,
    )  # fmt: skip
    at = _updated(customer, at, ticket, "in_progress")
    if rng.random() < 0.9:
        at = _closed(customer, at, ticket)
        if rng.random() < 0.1:
            at = _updated(customer, at, ticket, "reopened")
            at = _closed(customer, at, ticket)
        if rng.random() < 0.5:
            survey = customer.document("SRV")
            customer.happens(
                "support", "survey.answered", customer.later(at, hours=72), survey_id=survey,
                ticket_id=ticket, score=rng.randint(1, 5),
            )  # fmt: skip


def _updated(customer: Customer, at: datetime, ticket: str, status: str) -> datetime:
    at = customer.later(at, hours=30)
    agent = f"AG-{customer.rng.randint(1, 12):02}"
    customer.happens("support", "ticket.updated", at, ticket_id=ticket, status=status, agent_id=agent)
    return at


def _closed(customer: Customer, at: datetime, ticket: str) -> datetime:
    at = customer.later(at, hours=60)
    goodwill = Decimal(customer.rng.choice(["0.00", "0.00", "0.00", "5.00", "12.50"]))
    customer.happens(
        "support", "ticket.closed", at, goodwill, ticket_id=ticket,
        resolution=customer.rng.choice(["solved", "no answer", "workaround"]), goodwill=goodwill,
        currency=customer.currency,
    )  # fmt: skip
    return at


def _farewell(customer: Customer, number: int, seed: int) -> None:
    if customer.rng.random() < 0.03 and number > 0:
        other = f"C{seed}-{customer.rng.randrange(number):07}"
        merged = customer.rng.random() < 0.5
        customer.happens(
            "customer", "profile.closed", LAST_DAY - timedelta(days=customer.rng.uniform(0, 20)),
            reason="merged" if merged else "requested", merged_into=other if merged else None,
        )  # fmt: skip
