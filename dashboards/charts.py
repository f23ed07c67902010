"""The charts of the pages: one accent, figures in their unit, colours that hold for colour-blind readers."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from dashboards import words
from dashboards.data import Definitions

HEIGHT = 260
LEGEND_COLUMNS = 3  # as many as a phone has room for
# Streamlit's own grey of axes in the light has a contrast of 3.7; WCAG 2.2, 1.4.3 asks for 4.5
LIGHT_LABELS = "#4B5563"
UNKNOWN = "unknown"
_PLAIN = "(abs(datum.value) < 1000 ? format(datum.value, ',~g') : format(datum.value, '~s'))"
_AXES = {"eur": f"'€ ' + {_PLAIN}", "share": "format(datum.value, '.0%')"}


def chart(kind: str, rows: pd.DataFrame, by: list[str], names: list[str], known: Definitions) -> alt.Chart:
    """A line, a bar or a column chart of figures that share a unit. `rows` is what data.figure_rows gives."""
    unit = known.measures[names[0]].unit
    long = _long(rows, by, names, known)
    series = len(by) > 1 or len(names) > 1
    by_time = pd.api.types.is_datetime64_any_dtype(long["label"])
    title = known.measures[names[0]].label if len(names) == 1 else None
    figure_axis = alt.Axis(title=title, labelExpr=_AXES.get(unit, _PLAIN), tickCount=5)
    tooltip = [alt.Tooltip("label", title=words.label(by[0].split(".")[1]), format=_time_format(by, by_time))]
    tooltip += [alt.Tooltip("series", title="Of")] if series else []
    tooltip += [alt.Tooltip("shown", title="Figure")]
    colour = _colour(long, by_measure=len(names) > 1) if series else alt.Undefined
    base = alt.Chart(long).encode(tooltip=tooltip, color=colour)
    if kind == "bar":
        labels = alt.Y(
            "label", sort=_order(by, known, "-x"), title=None, axis=alt.Axis(labelLimit=160, labelOverlap=False)
        )
        drawn = base.mark_bar(cornerRadiusEnd=3).encode(x=alt.X("figure", axis=figure_axis), y=labels)
        return _sized(drawn, max(HEIGHT, 24 * long["label"].nunique()))
    drawn = base.mark_line(point=True) if kind == "line" else base.mark_bar(cornerRadiusEnd=3)
    return _sized(drawn.encode(x=_along(by, by_time, known), y=alt.Y("figure", axis=figure_axis)), HEIGHT)


def _sized(drawn: alt.Chart, height: int) -> alt.Chart:
    made: alt.Chart = drawn.properties(height=height)
    if st.context.theme.type == "light":
        made = made.configure_axis(labelColor=LIGHT_LABELS, titleColor=LIGHT_LABELS)
        made = made.configure_legend(labelColor=LIGHT_LABELS)
    return made


def _colour(long: pd.DataFrame, *, by_measure: bool) -> alt.Color:
    """A colour for each series: measures in the order in which they are asked for, labels in that of the alphabet."""
    found = list(long["series"].unique())
    legend = alt.Legend(orient="top", columns=LEGEND_COLUMNS, offset=4, padding=0)
    return alt.Color("series", title=None, sort=found if by_measure else sorted(found), legend=legend)


def _order(by: list[str], known: Definitions, otherwise: str) -> str | list[str]:
    """The order that labels have of their own, else by the figure."""
    found: dict[str, list[str]] = known.config["in_order"]
    return found.get(by[0], otherwise)


def _along(by: list[str], by_time: bool, known: Definitions) -> alt.X:
    """The axis of time, or of labels with the largest first."""
    if not by_time:
        order = _order(by, known, "-y")
        return alt.X("label", title=None, sort=order, axis=alt.Axis(labelAngle=0, labelLimit=120))
    if by[0].endswith(".month"):
        return alt.X("yearmonth(label):T", title=None, axis=alt.Axis(format="%b %y", tickCount=6, grid=False))
    return alt.X("label:T", title=None, axis=alt.Axis(format="%H:%M", tickCount=6, grid=False))


def _long(rows: pd.DataFrame, by: list[str], names: list[str], known: Definitions) -> pd.DataFrame:
    """label, series, figure and shown (the figure in words), one row a point."""
    parts = []
    for name in names:
        measure = known.measures[name]
        suffix = known.config["suffixes"].get(name, "")
        shown = rows[name].map(lambda one, unit=measure.unit, suffix=suffix: words.figure(one, unit, suffix))
        series = rows[by[1]].fillna(UNKNOWN) if len(by) > 1 else measure.label
        figures = pd.to_numeric(rows[name])
        parts.append(pd.DataFrame({"label": rows[by[0]], "series": series, "figure": figures, "shown": shown}))
    long = pd.concat(parts, ignore_index=True)
    if by[0].endswith((".month", "_end", "_day")):
        return long.assign(label=pd.to_datetime(long["label"]))
    return long.assign(label=long["label"].fillna(UNKNOWN).astype(str))


def _time_format(by: list[str], by_time: bool) -> Any:
    if not by_time:
        return alt.Undefined
    return "%b %Y" if by[0].endswith(".month") else "%d %b %H:%M"
