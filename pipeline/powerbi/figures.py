"""The T-SQL of a measure: the figure that Power BI shows, asked of the marts themselves."""

from __future__ import annotations

from datetime import date

from pipeline.errors import PipelineError
from pipeline.powerbi.artifacts import Artifacts
from pipeline.powerbi.measures import Base, Measure

_KEY, _CUSTOMERS = "customer_id", "mart_sales_customers"


def total(measure: Measure, artifacts: Artifacts, until: date | None = None) -> str:
    """One row with one figure, over all rows, or for a cumulative measure over the window that ends at `until`."""
    if measure.window and until is None:
        raise PipelineError(f"{measure.name} is a figure of a window: say the day that it ends at")
    parts = [f"(select {_figure(base, artifacts)}{_within(measure, base, until)})" for base in measure.bases]
    return f"select {measure.figure.format(*parts)} as figure"


def by_month(measure: Measure, artifacts: Artifacts) -> str:
    """Rows of month (its first day) and figure. Raises PipelineError where a part has no day."""
    for base in measure.bases:
        if base.day is None:
            raise PipelineError(f"{measure.name} has no day: {base.mart} has none")
    return _grouped(measure, artifacts, [f"datefromparts(year(m.{b.day}), month(m.{b.day}), 1)" for b in measure.bases])


def by_customer(measure: Measure, artifacts: Artifacts, column: str) -> str:
    """Rows of a column of the customer dimension (segment, country_code) and figure."""
    if column not in artifacts.marts[_CUSTOMERS].columns:
        raise PipelineError(f"{_CUSTOMERS} has no column {column}")
    for base in measure.bases:
        if _KEY not in artifacts.marts[base.mart].columns:
            raise PipelineError(f"{measure.name} is not by customer: {base.mart} has no {_KEY}")
    return _grouped(measure, artifacts, [f"c.{column}"] * len(measure.bases), customers=True)


def _figure(base: Base, artifacts: Artifacts) -> str:
    return f"{base.aggregate.sql('m')} from {artifacts.marts[base.mart].schema}.{base.mart} as m"


def _within(measure: Measure, base: Base, until: date | None) -> str:
    if not measure.window or until is None:
        return ""
    count, grain = measure.window
    day = f"cast(m.{base.day} as date)"
    return f" where {day} > dateadd({grain}, -{count}, '{until}') and {day} <= '{until}'"


def _grouped(measure: Measure, artifacts: Artifacts, labels: list[str], customers: bool = False) -> str:
    """Each part grouped in its own mart, then brought together: what one part has alone stays, null is one group."""
    if measure.window:
        raise PipelineError(f"{measure.name} is a figure of a window, which no group has")
    join = f" left join mart_sales.{_CUSTOMERS} as c on m.{_KEY} = c.{_KEY}" if customers else ""
    count = len(measure.bases)
    parts = []
    for at, (base, label) in enumerate(zip(measure.bases, labels, strict=True)):
        figure, _, source = _figure(base, artifacts).partition(" from ")
        values = ", ".join(f"{figure if at == other else 'null'} as f{other}" for other in range(count))
        parts.append(f"select {label} as label, {values} from {source}{join} group by {label}")
    figures = measure.figure.format(*(f"max(f{at})" for at in range(count)))
    return f"select label, {figures} as figure from ({' union all '.join(parts)}) as parts group by label"
