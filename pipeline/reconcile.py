"""Issued = in silver + dead-lettered + quarantined, to the cent, from the API's own ledger to the marts.

Counts are of different event ids. So that a lost id cannot hide behind an invented one, the sums of the
ids' checksums must agree too (local_azure.customer_api.source.id_checksum, the same sum in SQL here).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from local_azure import settings
from local_azure.customer_api.source import id_checksum
from pipeline.connections import DEAD_LETTER_HUB, consumer, lakehouse, warehouse
from pipeline.errors import PipelineError
from pipeline.foreign import Foreign

CHECKSUM = "coalesce(sum(cast(conv(substr(md5(event_id), 1, 15), 16, 10) as decimal(38, 0))), 0)"
COUNTED = f"""
    select event_type, count(*), {CHECKSUM}, sum(copies) - count(*)
    from (select event_type, event_id, count(*) as copies from {{}} group by all)
    group by event_type
"""
SILVER = COUNTED.format("lakehouse.silver.silver_accepted_events")
QUARANTINED = COUNTED.format("lakehouse.bronze.bronze_quarantine_events")
REJECTED = COUNTED.format("lakehouse.silver.silver_rejects")
GOLD_MONEY = """
    select 'sales', sum(amount) from lakehouse.gold.fct_orders
    union all select 'marketing', sum(cost) from lakehouse.gold.fct_messages
    union all select 'support', sum(goodwill) from lakehouse.gold.fct_tickets
    union all select 'finance', sum(amount) from lakehouse.gold.fct_finance_documents
"""
MART_MONEY = """
    select 'sales', sum(amount) from mart_sales.mart_sales_orders
    union all select 'marketing', sum(cost) from mart_marketing.mart_marketing_messages
    union all select 'support', sum(goodwill) from mart_support.mart_support_tickets
    union all select 'finance', sum(amount) from mart_finance.mart_finance_documents
"""
ROUTED = " union all ".join(
    f"select '{name}', count(distinct partition_id, sequence_number) from lakehouse.bronze.bronze_{name}_events"
    for name in ("customer", "sales", "marketing", "support", "finance")
)
LIVE = "select department, sum(events) from mart_live.mart_live_department_kpis group by department"
FIGURES = """
    select year(ordered_on), count(*), count(distinct order_id), count(distinct customer_id),
        sum(revenue), sum(tax)
    from mart_sales.mart_sales_order_lines
    group by year(ordered_on)
"""
FIGURE_NAMES = ("order_lines", "orders", "customers", "revenue", "tax")
SILENCE = 60.0
"""Seconds without a letter after which the hub counts as stuck."""


@dataclass
class Tally:
    """Different ids by event type, the sums of their checksums, and rows beyond the first of an id."""

    ids: Counter[str] = field(default_factory=Counter)
    checksums: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for what, count, checksum, doubled in rows:
            self.ids[what] += int(count)
            self.checksums[what] += int(checksum)
            self.doubled[what] += int(doubled)


def reconcile(foreign: Foreign | None = None) -> dict[str, Any]:
    """Ask every part what it holds and compare. The report of `.local/demo/reconciliation.json`.

    A foreign source has no ledger: its API is read and counted, and its money is compared from gold on.
    """
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(lakehouse, QUARANTINED, REJECTED, GOLD_MONEY, ROUTED), pool.submit(lakehouse, SILVER)
        dead, ledger = pool.submit(dead_letters), pool.submit(foreign.ledger if foreign else _ledger)
        mart, live, figures = warehouse(MART_MONEY, LIVE, FIGURES)
    (quarantined, rejected, gold, routed), (silver,) = (each.result() for each in asked)
    report = {
        "rows": _rows(ledger.result(), silver, quarantined + rejected, dead.result()),
        "money": _money(ledger.result()["money"], dict(gold), dict(mart)),
        "live": _live(dict(routed), dict(live)),
        "figures": _figures(figures),
    }
    return {
        "balanced": all(row["ok"] for part in ("rows", "money", "live") for row in report[part]),
        **report,
    }


def differences(report: dict[str, Any]) -> list[str]:
    """What does not balance, one line each."""
    bad = [row for part in ("rows", "money", "live") for row in report[part] if not row["ok"]]
    return [", ".join(f"{name} {value}" for name, value in row.items() if name != "ok") for row in bad]


def dead_letters() -> Tally:
    """Read the dead-letter hub to its end; a letter in parts counts when all its parts are there."""
    parts: dict[tuple[str, str], set[int]] = {}
    whole: set[tuple[str, str]] = set()
    for properties in _letters():
        key = (_text(properties, "event_type"), _text(properties, "record_id"))
        parts.setdefault(key, set()).add(properties[b"part"])
        if len(parts[key]) == properties[b"parts"]:
            whole.add(key)
    tally = Tally()
    tally.add((what, 1, id_checksum(record_id), 0) for what, record_id in whole)
    return tally


def _text(properties: dict[bytes, Any], name: str) -> str:
    value = properties[name.encode()]
    return value.decode() if isinstance(value, bytes) else str(value)


def _letters() -> list[dict[bytes, Any]]:
    found: list[dict[bytes, Any]] = []
    with consumer(DEAD_LETTER_HUB) as client:
        (partition,) = client.get_partition_ids()
        end = client.get_partition_properties(partition)
        if end["is_empty"]:
            return found
        last, reached, heard = end["last_enqueued_sequence_number"], -1, time.monotonic()

        def keep(context: Any, events: list[Any]) -> None:
            nonlocal reached, heard
            if events:
                found.extend(dict(event.properties) for event in events)
                reached, heard = events[-1].sequence_number, time.monotonic()
            if reached >= last or time.monotonic() - heard > SILENCE:
                client.close()

        # an error is not told to `keep`, and the client would try again without end
        client.receive_batch(
            keep,
            partition_id=partition,
            starting_position="-1",
            max_wait_time=5,
            prefetch=3000,
            on_error=lambda *_: client.close(),
        )
    if reached < last:
        raise PipelineError(f"the dead letters stopped at {reached} of {last}; see: pipeline status")
    return found


def _ledger() -> dict[str, Any]:
    url = f"http://{settings.HOST}:{settings.CUSTOMER_API_PORT}/v1/ledger"
    headers = {"Authorization": f"Bearer {settings.CUSTOMER_API_TOKEN}"}
    try:
        ledger: dict[str, Any] = httpx.get(url, headers=headers, timeout=3600).raise_for_status().json()
    except httpx.HTTPError as error:
        raise PipelineError(f"the customer API gives no ledger: {error}") from error
    return ledger


def _rows(
    ledger: dict[str, Any],
    silver: list[tuple[Any, ...]],
    quarantined: list[tuple[Any, ...]],
    dead: Tally,
) -> list[dict[str, Any]]:
    kept, aside = Tally(), Tally()
    kept.add(silver)
    aside.add(quarantined)
    issued = {row["what"]: row for row in ledger["rows"]}
    found = set(issued) | set(kept.ids) | set(aside.ids) | set(dead.ids)
    nothing = {"issued": 0, "duplicates_issued": 0, "id_checksum": "0"}
    return [_row(what, issued.get(what, nothing), kept, dead, aside) for what in sorted(found)]


def _row(what: str, issued: dict[str, Any], silver: Tally, dead: Tally, aside: Tally) -> dict[str, Any]:
    tallies = (silver, dead, aside)
    agrees = sum(tally.ids[what] for tally in tallies) == issued["issued"]
    same_ids = sum(tally.checksums[what] for tally in tallies) == int(issued["id_checksum"])
    return {
        "what": what,
        "issued": issued["issued"],
        "duplicates_issued": issued["duplicates_issued"],
        "silver": silver.ids[what] + silver.doubled[what],
        "dead_lettered": dead.ids[what],
        "quarantined": aside.ids[what],
        "ok": agrees and same_ids and not silver.doubled[what],
    }


def _money(issued: dict[str, str] | None, gold: dict[str, Any], mart: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        _money_row(what, _issued(issued, what), Decimal(gold[what] or 0), Decimal(mart[what] or 0))
        for what in sorted(gold)
    ]


def _issued(issued: dict[str, str] | None, what: str) -> Decimal | None:
    return None if issued is None else Decimal(issued.get(what, "0"))


def _money_row(what: str, issued: Decimal | None, gold: Decimal, mart: Decimal) -> dict[str, Any]:
    places = Decimal("0.0001")
    known = {} if issued is None else {"issued": issued}
    values = {**known, "gold": gold, "mart": mart}
    return {
        "what": what,
        **{name: str(value.quantize(places)) for name, value in values.items()},
        "ok": len(set(values.values())) == 1,
    }


def _live(routed: dict[str, int], live: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"what": what, "routed": count, "live": int(live.get(what, 0)), "ok": count == int(live.get(what, 0))}
        for what, count in sorted(routed.items())
    ]


def _figures(rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [
        {"year": year, "name": name, "value": str(value)}
        for year, *values in sorted(rows)
        for name, value in zip(FIGURE_NAMES, values, strict=True)
    ]
