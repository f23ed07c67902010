"""What a load needs and costs: the table of infra/README.md.

    python -m infra.judge.capacity      writes it; a test holds it to prices.yml

Quantities follow from documented limits: a throughput unit takes 1 MB or 1,000 events a second (Microsoft Learn, Event
Hubs scalability); a job writes a file a minute, a writer and a table. For streaming units no limit of a query is
documented: one V2 for each 1,000 events a second is where to begin, and the metric SU utilization says how it fares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

INFRA = Path(__file__).parent.parent
README, PRICES = INFRA / "README.md", INFRA / "prices.yml"
BEGIN, END = "<!-- capacity -->\n", "<!-- /capacity -->\n"
HOURS, DAYS = 730, 30.4  # of a month
TABLES = 6
EVENTS_A_UNIT = 1_000  # a second and a streaming unit, at 1 KB


@dataclass(frozen=True)
class Load:
    """Events a second, at 1 KB each, and the sizes to begin with for the engines, which depend on the questions."""

    events: int
    pool: int  # DWU
    warehouse_dbu: int  # an hour, of the SQL warehouse's size
    warehouse: str
    pool_hours: int = HOURS

    @property
    def throughput_units(self) -> int:
        return max(1, math.ceil(self.events / 1000))

    @property
    def streaming_units(self) -> float:
        """Of the lake's job: thirds below one, whole ones above."""
        thirds = math.ceil(3 * self.events / EVENTS_A_UNIT)
        return thirds / 3 if thirds < 3 else math.ceil(self.events / EVENTS_A_UNIT)

    @property
    def gigabytes_a_day(self) -> float:
        return self.events * 86_400 / 1e6

    @property
    def files_a_day(self) -> int:
        return TABLES * 1440 * math.ceil(self.streaming_units)

    @property
    def million_events(self) -> float:
        return self.events * 86_400 * DAYS / 1e6

    def costs(self, prices: dict[str, Any]) -> list[float | None]:
        """A month's, in the order of the columns; None where a price is not known."""
        quantities = {
            "throughput_unit_hour": self.throughput_units * HOURS,
            "million_events": self.million_events,
            "dwu_100_hour": self.pool / 100 * self.pool_hours,
        }
        return [_times(prices[name]["price"], quantity) for name, quantity in quantities.items()]


LOADS = (Load(100, 100, 4, "2X-Small"), Load(1_000, 200, 12, "Small"), Load(10_000, 500, 40, "Large"))


def _times(price: float | None, quantity: float) -> float | None:
    return None if price is None else price * quantity


def table(prices: dict[str, Any]) -> str:
    """Markdown, a row a load."""
    rows = [
        "| events/s | TU | SU V2 of the lake's job | SU V2 of the live job | raw, GB a day | files a day | pool "
        "| SQL warehouse | TU, $ a month | events, $ a month | pool always on, $ a month |",
        "|---" * 11 + "|",
    ]
    for load in LOADS:
        money = [f"{cost:,.0f}" if cost is not None else "?" for cost in load.costs(prices)]
        sizes = [
            load.events,
            load.throughput_units,
            f"{load.streaming_units:.2g}",
            f"{max(1 / 3, load.streaming_units / 3):.2g}",
        ]
        sizes += [f"{load.gigabytes_a_day:,.0f}", f"{load.files_a_day:,}", f"DW{load.pool}c"]
        sizes += [f"{load.warehouse}, {load.warehouse_dbu} DBU an hour"]
        rows.append(f"| {' | '.join(map(str, [*sizes, *money]))} |")
    return "\n".join([*rows, "", f"Prices of {prices['region']}, {prices['date']} (`prices.yml`).", ""])


def page() -> str:
    """infra/README.md as it should be."""
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table(yaml.safe_load(PRICES.read_text())) + END + rest.partition(END)[2]


if __name__ == "__main__":
    README.write_text(page())
