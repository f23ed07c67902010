"""`pipeline dashboard`, or `streamlit run dashboards/app.py`: the pages of powerbi/report.yml."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboards import customer, health, live, page

st.set_page_config("Customer data", ":material/monitoring:", layout="wide")
ICONS = {
    "leaders": "trending_up", "sales": "shopping_cart", "marketing": "campaign", "support": "support_agent",
    "finance": "payments", "customer": "person_search", "live": "bolt", "quality": "verified",
}  # fmt: skip
OWN = {"customer": customer.show, "live": live.show, "quality": health.show}


def _named(name: str) -> StreamlitPage:
    return st.Page(
        OWN.get(name) or partial(page.show, name),
        title=name.capitalize(),
        url_path=name,
        icon=f":material/{ICONS[name]}:",
        default=name == "leaders",
    )


st.navigation([_named(name) for name in ICONS]).run()
