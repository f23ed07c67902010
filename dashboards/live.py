"""What arrives right now: the minutes that Stream Analytics closed, asked again and again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboards import page, words
from dashboards.data import read
from dashboards.page import View, Visual
from pipeline.powerbi.artifacts import Json

MINUTES, WINDOW = "mart_live_department_kpis", "window_end"
LATELY = timedelta(hours=1)


def show() -> None:
    """The page; its figures ask again every `refresh_seconds` of report.yml, its filters stay."""
    known, spec = page.heading("live")
    with page.told():
        view = page.filtered(known, spec)
        st.fragment(_figures, run_every=spec["refresh_seconds"])(view, spec)


def _figures(view: View, spec: Json) -> None:
    with page.told():
        (newest,) = read(f"select max({WINDOW}) as w from {view.known.table(MINUTES)}")["w"]
        if newest is None:
            st.info("No minute has closed yet: `make live` lets events flow.", icon=":material/inbox:")
            return
        age = (datetime.now(UTC).replace(tzinfo=None) - newest).total_seconds()
        st.caption(
            f"The newest minute closed at {words.moment(newest)}, {words.age(age)} ago · asked again every "
            f"{spec['refresh_seconds']} s · the chart shows the hour up to it"
        )
        lately = replace(view, behind=((f"{MINUTES}.{WINDOW}", newest - LATELY),))
        shown: list[Visual] = page.visuals(spec)
        page.cards([one for one in shown if one.kind == "card"], view)
        for at, one in enumerate(one for one in shown if one.kind != "card"):
            with st.container(border=True):
                page.figure(one, lately if at == 0 else view)
