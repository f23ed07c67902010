"""The T-SQL of measures: the figures that Power BI shows, asked of the marts themselves.

A filter or a cut reaches a mart as it does in the semantic model: by a column of the mart itself, by a dimension whose
key the mart has, by the day that it counts for. A filter that doesn't reach a mart leaves its figures as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from pipeline.errors import PipelineError
from pipeline.powerbi.artifacts import Artifacts
from pipeline.powerbi.measures import DATES, Base, Measure
from pipeline.powerbi.shapes import Aggregate

MONTH, _CUSTOMERS = f"{DATES}.month", "mart_sales_customers"


@dataclass(frozen=True)
class Scope:
    """The rows that count: days from `since` up to, without, `until`; of a column, named `mart.column`, the values
    chosen, and those behind a moment."""

    since: date | None = None
    until: date | None = None
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    behind: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True)
class Query:
    """T-SQL with a `?` for each of `values`."""

    text: str
    values: tuple[Any, ...] = ()


EVERYTHING = Scope()
_Part = tuple[Base, tuple[int, str] | None]


def ask(
    measures: Sequence[Measure],
    artifacts: Artifacts,
    by: Sequence[str] = (),
    scope: Scope = EVERYTHING,
    top: int | None = None,
) -> Query:
    """Rows of a label for each `mart.column` of `by` and a figure for each measure; `top` keeps the rows with the
    highest first figures. What one mart has alone stays, null is one group. The same rows are read once.

    Raises PipelineError where a measure is not cut by a column, and for a window without its last day.
    """
    parts: list[_Part] = list(dict.fromkeys((base, one.window) for one in measures for base in one.bases))
    reads = [_read(source, artifacts, by, scope) for source in dict.fromkeys(map(_source, parts))]
    labels = [f"l{at}" for at in range(len(by))]
    if len(reads) == 1:
        (rows,) = reads
        made, keys = [base.aggregate.sql("m") for base, _ in parts], rows.labels
        shown, source = [f"{key} as {label}" for key, label in zip(keys, labels, strict=True)], rows.source
    else:
        made, keys = [f"max(f{at})" for at in range(len(parts))], labels
        shown, source = list(labels), f"from ({' union all '.join(one.aggregated(parts) for one in reads)}) as parts"
    figures = [one.figure.format(*(made[parts.index((base, one.window))] for base in one.bases)) for one in measures]
    shown += [f"{figure} as figure{at}" for at, figure in enumerate(figures)]
    text = f"select {f'top ({top}) ' if top else ''}{', '.join(shown)} {source}{_grouped(keys)}"
    text += f" order by {', '.join(['figure0 desc', *labels])}" if top else ""
    return Query(text, tuple(value for one in reads for value in one.values))


def reaches(measure: Measure, place: str, artifacts: Artifacts) -> bool:
    """Whether a filter on `mart.column` changes the measure's figures."""
    return all(_reach(base, place, artifacts) for base in measure.bases)


def total(measure: Measure, artifacts: Artifacts, until: date | None = None) -> str:
    """One row with one figure, over all rows, or for a cumulative measure over the window that ends with `until`."""
    if not measure.window:
        return ask([measure], artifacts).text
    until = until and until + timedelta(days=1)
    return ask([measure], artifacts, scope=Scope(until=until)).text.replace("?", f"cast('{until}' as date)")


def by_month(measure: Measure, artifacts: Artifacts) -> str:
    """Rows of month (its first day) and figure. Raises PipelineError where a part has no day."""
    return ask([measure], artifacts, [MONTH]).text


def by_customer(measure: Measure, artifacts: Artifacts, column: str) -> str:
    """Rows of a column of the customer dimension (segment, country_code) and figure."""
    return ask([measure], artifacts, [f"{_CUSTOMERS}.{column}"]).text


@dataclass
class _Joins:
    """The dimensions that a mart, called m, is joined to, each by its key."""

    base: Base
    artifacts: Artifacts
    made: dict[str, str] = field(default_factory=dict)

    def column(self, place: str) -> str:
        """The SQL of `mart.column`; joins the mart where it must."""
        mart, name = place.split(".")
        reach = _reach(self.base, place, self.artifacts)
        if reach is None:
            raise PipelineError(f"{self.base.mart} is not cut by {place}: {_why_not(self.base, place, self.artifacts)}")
        if reach == "m":
            return f"m.{name}"
        if place == MONTH:
            return f"datefromparts(year({reach}), month({reach}), 1)"
        key = _key(self.base, mart, self.artifacts) or "date_day"
        self.made[mart] = f" left join {self.artifacts.marts[mart].schema}.{mart} on {reach} = {mart}.{key}"
        return f"{mart}.{name}"


def _reach(base: Base, place: str, artifacts: Artifacts) -> str | None:
    """m for a column of the mart itself, else what joins it to the column's mart; None where nothing does."""
    mart, name = place.split(".")
    if mart not in artifacts.marts or name not in artifacts.marts[mart].columns:
        return None
    if mart == base.mart:
        return "m"
    if mart == DATES:
        return f"cast(m.{base.day} as date)" if base.day else None
    key = _key(base, mart, artifacts)
    return f"m.{key}" if key else None


def _key(base: Base, mart: str, artifacts: Artifacts) -> str | None:
    """The key of a dimension that the mart has too."""
    return next((key for key in sorted(artifacts.marts[mart].unique & artifacts.marts[base.mart].columns.keys())), None)


def _why_not(base: Base, place: str, artifacts: Artifacts) -> str:
    mart, name = place.split(".")
    if mart not in artifacts.marts or name not in artifacts.marts[mart].columns:
        return f"{mart} has no column {name}"
    if mart == DATES:
        return f"{base.mart} has no day"
    return f"{base.mart} has no {' or '.join(sorted(artifacts.marts[mart].unique)) or f'key of {mart}'}"


def _source(part: _Part) -> _Part:
    """What tells the rows of an aggregate from those of another: mart, day and window, and not what is made of them."""
    base, window = part
    return replace(base, aggregate=_ROWS), window


_ROWS = Aggregate("rows", None)


@dataclass(frozen=True)
class _Read:
    """The rows of one mart that count, called m: the SQL of each label, and FROM with its conditions."""

    of: _Part
    labels: list[str]
    source: str
    values: tuple[Any, ...]

    def aggregated(self, parts: Sequence[_Part]) -> str:
        """A SELECT of l0, ... and a column f0, ... for each part, null where the part is of other rows."""
        columns = [f"{label} as l{at}" for at, label in enumerate(self.labels)]
        columns += [
            f"{part[0].aggregate.sql('m') if _source(part) == self.of else 'null'} as f{at}"
            for at, part in enumerate(parts)
        ]
        return f"select {', '.join(columns)} {self.source}{_grouped(self.labels)}"


def _grouped(keys: Sequence[str]) -> str:
    return f" group by {', '.join(keys)}" if keys else ""


def _read(of: _Part, artifacts: Artifacts, by: Sequence[str], scope: Scope) -> _Read:
    base, window = of
    if window and by:
        raise PipelineError(f"{base.mart}: a figure of a window has no groups")
    joins = _Joins(base, artifacts)
    labels = [joins.column(place) for place in by]
    conditions, values = _conditions(of, scope, joins)
    source = f"from {artifacts.marts[base.mart].schema}.{base.mart} as m" + "".join(joins.made.values())
    return _Read(of, labels, source + (f" where {' and '.join(conditions)}" if conditions else ""), values)


def _conditions(part: _Part, scope: Scope, joins: _Joins) -> tuple[list[str], tuple[Any, ...]]:
    base, window = part
    values: list[Any] = []
    conditions: list[str] = []
    if window:
        if scope.until is None:
            raise PipelineError(f"{base.mart}: a figure of a window; say the day that it ends at")
        conditions += [f"cast(m.{base.day} as date) >= dateadd({window[1]}, -{window[0]}, ?)"]
        conditions += [f"cast(m.{base.day} as date) < ?"]
        values += [scope.until, scope.until]
    elif base.day:
        for moment, operator in ((scope.since, ">="), (scope.until, "<")):
            conditions += [f"m.{base.day} {operator} ?"] if moment else []
            values += [moment] if moment else []
    for place, chosen in scope.chosen:
        if chosen and _reach(base, place, joins.artifacts):
            conditions.append(f"{joins.column(place)} in ({', '.join('?' * len(chosen))})")
            values += chosen
    for place, after in scope.behind:
        if _reach(base, place, joins.artifacts):
            conditions.append(f"{joins.column(place)} > ?")
            values.append(after)
    return conditions, tuple(values)
