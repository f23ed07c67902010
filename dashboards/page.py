"""One page of powerbi/report.yml: its title, filters, cards and charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import charts, words
from dashboards.data import Ask, Definitions, NoFigures, begin, definitions, figure_rows, read
from dashboards.period import CHOICES, DEFAULT, Period, newest_day, newest_day_sql, period
from pipeline.powerbi import figures
from pipeline.powerbi.artifacts import Json
from pipeline.powerbi.figures import MONTH, Scope
from pipeline.powerbi.measures import Measure

MOST = 12  # bars of a chart, of which more could not be read
ROWS = 20


@dataclass(frozen=True)
class Visual:
    """One visual of report.yml: its kind, its title, the measures shown and what they are cut by."""

    name: str
    kind: str
    title: str
    measures: list[str]
    by: list[str]


@dataclass(frozen=True)
class View:
    """What a page is about just now: its days, those before, and the values chosen of each column."""

    known: Definitions
    period: Period
    chosen: tuple[tuple[str, tuple[str, ...]], ...]
    behind: tuple[tuple[str, Any], ...] = ()

    @property
    def scope(self) -> Scope:
        return Scope(self.period.since, self.period.until, self.chosen, self.behind)

    @property
    def before(self) -> Scope | None:
        """None where there is nothing to compare with."""
        return Scope(*self.period.before, self.chosen) if self.period.before else None


def visuals(page: Json) -> list[Visual]:
    """The visuals of a page in their order."""
    return [Visual(name, kind, title, names, by) for name, (kind, title, names, *by) in page["visuals"].items()]


def heading(name: str) -> tuple[Definitions, Json]:
    """Write the page's title; give the definitions and the page's part of report.yml."""
    known = definitions()
    page: Json = known.config["pages"][name]
    st.title(page["title"], anchor=False)
    return known, page


def show(name: str) -> None:
    """The whole page. What can't be read is told in its place."""
    known, page = heading(name)
    with told():
        view = filtered(known, page)
        about(view)
        body(view, visuals(page))


@contextmanager
def told() -> Iterator[None]:
    """Where something can't be read, say why in its place."""
    try:
        yield
    except NoFigures as why:
        st.info(str(why), icon=":material/inbox:")


def body(view: View, shown: list[Visual]) -> None:
    """Cards in a row, then charts and tables in two columns."""
    begin(asks(shown, view))
    cards([one for one in shown if one.kind == "card"], view)
    others = [one for one in shown if one.kind != "card"]
    for at in range(0, len(others), 2):
        row = others[at : at + 2]
        widths = [1.2 if one.kind == "table" else 1.0 for one in row]  # a table's headings do not break
        for column, one in zip(st.columns(widths), row, strict=True):
            with column, st.container(border=True):
                figure(one, view)


def asks(shown: list[Visual], view: View) -> Iterator[Ask]:
    """All that the visuals will ask for."""
    names = [one.measures[0] for one in shown if one.kind == "card"]
    if names:
        yield from (Ask(tuple(names), scope=scope) for scope in (view.scope, view.before) if scope)
        yield from _by_month(names, view)
    yield from (_rows_asked(one, view) for one in shown if one.kind != "card")


def filtered(known: Definitions, page: Json) -> View:
    """Ask for the page's filters, which stand in its address too. Raises NoFigures."""
    places: list[str] = page.get("slicers") or known.config["slicers"]
    begin(_values_sql(known, place) for place in places if place != MONTH)
    begin(text for text in (newest_day_sql(_measures(known, page), known), _arrived_sql(known)) if text)
    chosen, days = [], Period(None, None, None)
    widths = [1.6 if place == MONTH else 1 for place in places]
    for place, column in zip(places, st.columns(widths), strict=True):
        with column:
            if place == MONTH:
                days = _ask_period(known, page)
            else:
                chosen.append((place, _ask_values(known, place)))
    return View(known, days, tuple(chosen))


def _ask_period(known: Definitions, page: Json) -> Period:
    choice = st.segmented_control(
        "Period", list(CHOICES), default=DEFAULT, key="period", bind="query-params", required=True
    )
    return period(choice or DEFAULT, newest_day(_measures(known, page), known))


def _measures(known: Definitions, page: Json) -> list[Measure]:
    return [known.measures[name] for one in visuals(page) for name in one.measures]


def _ask_values(known: Definitions, place: str) -> tuple[str, ...]:
    column = place.split(".")[1]
    options = read(_values_sql(known, place))
    name = column.removesuffix("_code")
    return tuple(
        st.multiselect(words.label(name), list(options[column]), placeholder="All", key=name, bind="query-params")
    )


def _values_sql(known: Definitions, place: str) -> str:
    mart, column = place.split(".")
    return f"select distinct {column} from {known.table(mart)} where {column} is not null order by {column}"


def _arrived_sql(known: Definitions) -> str:
    return f"select max(last_arrived_at) as a from {known.table('mart_source_health')}"


def about(view: View) -> None:
    """Which days are shown, what they are compared with, and up to when events are in the figures."""
    said = [f"Days: {view.period}"]
    if view.period.before:
        since, until = view.period.before
        said.append(f"compared with {words.day(since)} to {words.day(until - pd.Timedelta(days=1))}")
    try:
        (arrived,) = read(_arrived_sql(view.known))["a"]
        said.append(f"holds what arrived up to {words.moment(arrived)}" if arrived else "no event has arrived yet")
    except NoFigures as why:
        said.append(str(why))
    st.caption(" · ".join(said))


def cards(shown: list[Visual], view: View) -> None:
    """The main figures, each with its change against the period before and its way there by month."""
    if not shown:
        return
    names = [one.measures[0] for one in shown]
    now, before = _row(names, view.scope), _row(names, view.before) if view.before else {}
    months = _months(names, view)
    for column, one in zip(st.columns(len(shown)), shown, strict=True):
        name = one.measures[0]
        measure = view.known.measures[name]
        with column:
            dated = all(base.day for base in measure.bases)
            st.metric(
                one.title,
                words.figure(now.get(name), measure.unit, view.known.config["suffixes"].get(name, "")),
                words.change(now.get(name), before.get(name), measure.unit) if dated else None,
                delta_color="inverse" if name in view.known.config["lower_is_better"] else "normal",
                help=_help(measure, view),
                border=True,
                height="stretch",
                chart_data=_way(months, name, view.period),
            )


def _row(names: Sequence[str], scope: Scope) -> dict[str, Any]:
    """The figures in one query; where one of them can't be read, each by itself, and that one is left out."""
    try:
        return dict(figure_rows(Ask(tuple(names), scope=scope)).iloc[0])
    except NoFigures as why:
        if len(names) == 1:
            st.info(str(why), icon=":material/inbox:")
            return {}
        return {name: value for one in names for name, value in _row([one], scope).items()}


def _months(names: Sequence[str], view: View) -> pd.DataFrame:
    """Each figure by month, of those that have a day."""
    try:
        rows = (figure_rows(one).dropna(subset=[MONTH]).sort_values(MONTH) for one in _by_month(names, view))
        return next(rows, pd.DataFrame())
    except NoFigures:
        return pd.DataFrame()


def _by_month(names: Sequence[str], view: View) -> list[Ask]:
    """What asks for them, or nothing where none has a day."""
    dated = tuple(name for name in names if all(base.day for base in view.known.measures[name].bases))
    return [Ask(dated, (MONTH,), view.scope)] if dated else []


def _way(months: pd.DataFrame, name: str, period: Period) -> list[float] | None:
    """The figure's whole months, of which a line can be drawn from the second on: an open one would seem a fall."""
    if name not in months:
        return None
    whole = months if period.open_month is None else months[months[MONTH] < period.open_month]
    found = list(pd.to_numeric(whole[name]).dropna())
    return found if len(found) > 1 else None


def _help(measure: Measure, view: View) -> str:
    return " ".join([f"{measure.label}: {measure.description}", *_untouched([measure], view)])


def _untouched(measures: list[Measure], view: View) -> list[str]:
    """Filters that are set and that these figures know nothing of."""
    undated = [one for one in measures if view.period.since and not all(base.day for base in one.bases)]
    return [f"Period does not cut {one.label}." for one in undated] + [
        f"{words.label(place.split('.')[1])} does not cut {one.label}."
        for one in measures
        for place, values in view.chosen
        if values and not figures.reaches(one, place, view.known.artifacts)
    ]


def figure(one: Visual, view: View) -> None:
    """A chart or table with its title, its rows to read and to download, or why there is nothing."""
    st.subheader(one.title, anchor=False)
    try:
        rows = _rows(one, view)
    except NoFigures as why:
        st.info(str(why), icon=":material/inbox:")
        return
    if rows.empty:
        st.info(f"No rows {_narrowed(view)}.", icon=":material/inbox:")
        return
    measures = [view.known.measures[name] for name in one.measures]
    for note in [*_open(one, view.period), *_untouched(measures, view)]:
        st.caption(note)
    if one.kind == "table":
        table(rows, one, view.known)
        return
    drawn = charts.chart(one.kind, rows, one.by, one.measures, view.known)
    by = " and ".join(words.label(place.split(".")[1]).lower() for place in one.by)
    st.altair_chart(drawn, alt=f"{one.title}: {', '.join(m.label for m in measures)} by {by}")
    with st.expander("As a table"):
        table(rows, one, view.known)


def _open(one: Visual, period: Period) -> list[str]:
    if one.by[0] != MONTH or period.open_month is None or period.until is None:
        return []
    return [f"{period.open_month:%B %Y} is not over: it counts up to {words.day(period.until - pd.Timedelta(days=1))}."]


def _narrowed(view: View) -> str:
    values = [value for _, values in view.chosen for value in values]
    days = f"in {view.period}" if view.period.until else "yet"
    return f"{days} for {', '.join(values)}: choose more" if values else days


def _rows(one: Visual, view: View) -> pd.DataFrame:
    rows = figure_rows(_rows_asked(one, view))
    if not _by_time(one):
        return rows
    # what has no day is shown where it counts for something, as in Power BI
    nothing = rows[one.by[0]].isna() & rows[one.measures].apply(pd.to_numeric).fillna(0).eq(0).all(axis=1)
    shown: pd.DataFrame = rows[~nothing]
    return shown.sort_values(one.by[0], ignore_index=True, ascending=one.kind != "table")


def _rows_asked(one: Visual, view: View) -> Ask:
    top = None if _by_time(one) else ROWS if one.kind == "table" else MOST
    return Ask(tuple(one.measures), tuple(one.by), view.scope, top)


def _by_time(one: Visual) -> bool:
    return one.by[0].endswith((".month", "_end", "date_day"))


def table(rows: pd.DataFrame, one: Visual, known: Definitions) -> None:
    """The rows as they are, and as CSV."""
    names = {place: words.label(place.split(".")[1]) for place in one.by}
    names |= {name: known.measures[name].label for name in one.measures}
    shown = rows.rename(columns=names)
    formats = {known.measures[name].label: _column(known.measures[name].unit) for name in one.measures}
    for name in one.measures:
        label = known.measures[name].label
        shown[label] = pd.to_numeric(shown[label])
    st.dataframe(shown, hide_index=True, column_config=formats)
    st.download_button(
        "Download CSV", shown.to_csv(index=False), f"{one.name}.csv", "text/csv",
        icon=":material/download:", key=f"download_{one.name}", type="tertiary", on_click="ignore",
    )  # fmt: skip


def _column(unit: str) -> Any:
    return st.column_config.NumberColumn(
        format={"eur": "euro", "share": "percent", "number": "%.1f"}.get(unit, "localized")
    )
