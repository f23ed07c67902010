"""The charts of the pages: one accent, figures in their unit, colours that hold for colour-blind readers."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboards import words
from dashboards.data import Definitions

HEIGHT = 260
UNKNOWN = "unknown"
_PLAIN = "(abs(datum.value) < 1000 ? format(datum.value, ',~g') : format(datum.value, '~s'))"
_AXES = {"eur": f"'€ ' + {_PLAIN}", "share": "format(datum.value, '.0%')"}


def chart(kind: str, rows: pd.DataFrame, by: list[str], names: list[str], known: Definitions) -> alt.Chart:
    """A line, a bar or a column chart of figures that share a unit. `rows` is what data.figure_rows gives."""
    unit = known.measures[names[0]].unit
    long = _long(rows, by, names, known)
    series = len(by) > 1 or len(names) > 1
    by_time = pd.api.types.is_datetime64_any_dtype(long["label"])
    figure_axis = alt.Axis(title=None, labelExpr=_AXES.get(unit, _PLAIN), tickCount=5)
    tooltip = [alt.Tooltip("label", title=words.label(by[0].split(".")[1]), format=_time_format(by, by_time))]
    tooltip += [alt.Tooltip("series", title="Of")] if series else []
    tooltip += [alt.Tooltip("shown", title="Figure")]
    colour = alt.Color("series", title=None, legend=alt.Legend(orient="top")) if series else alt.Undefined
    base = alt.Chart(long).encode(tooltip=tooltip, color=colour)
    if kind == "bar":
        labels = alt.Y("label", sort="-x", title=None, axis=alt.Axis(labelLimit=160, labelOverlap=False))
        drawn = base.mark_bar(cornerRadiusEnd=3).encode(x=alt.X("figure", axis=figure_axis), y=labels)
        return _sized(drawn, max(HEIGHT, 24 * long["label"].nunique()))
    drawn = base.mark_line(point=True) if kind == "line" else base.mark_bar(cornerRadiusEnd=3)
    return _sized(drawn.encode(x=_along(by, by_time), y=alt.Y("figure", axis=figure_axis)), HEIGHT)


def _sized(drawn: alt.Chart, height: int) -> alt.Chart:
    made: alt.Chart = drawn.properties(height=height)
    return made


def _along(by: list[str], by_time: bool) -> alt.X:
    """The axis of time, or of labels with the largest first."""
    if not by_time:
        return alt.X("label", title=None, sort="-y", axis=alt.Axis(labelAngle=0, labelLimit=120))
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
