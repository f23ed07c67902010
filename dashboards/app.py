"""`pipeline dashboard`, or `streamlit run dashboards/app.py`: the pages of powerbi/report.yml."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboards import customer, health, live, page

ICONS = {
    "leaders": "trending_up", "sales": "shopping_cart", "marketing": "campaign", "support": "support_agent",
    "finance": "payments", "customer": "person_search", "live": "bolt", "quality": "verified",
}  # fmt: skip
ICON = Path(__file__).with_name("icon.svg")  # a name of an icon would be fetched from another host
OWN = {"customer": customer.show, "live": live.show, "quality": health.show}


def show(name: str) -> None:
    """One page of report.yml, with what it has of its own."""
    OWN.get(name, partial(page.show, name))()


def _named(name: str) -> StreamlitPage:
    icon = f":material/{ICONS[name]}:"
    return st.Page(partial(show, name), title=name.capitalize(), url_path=name, icon=icon, default=name == "leaders")


def main() -> None:
    """All pages, the leaders' first."""
    st.set_page_config(page_icon=f"{ICON}", layout="wide")  # first: the icon of a page would be fetched from elsewhere
    chosen = st.navigation([_named(name) for name in ICONS])
    st.set_page_config(f"{chosen.title} · Customer data")
    chosen.run()


if __name__ == "__main__":
    main()
