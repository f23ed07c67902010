"""One customer across the departments, or all of them until one is chosen."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboards import page, words
from dashboards.data import Definitions, read
from dashboards.page import View, Visual
from dashboards.period import Period
from pipeline.powerbi import figures

CUSTOMERS, LIMIT = "mart_customer_360", 1000
KEY = f"{CUSTOMERS}.customer_id"
ALL_DAYS = Period(None, None, None)
# what a customer did last: the mart, its moment, and the columns that tell of it
LAST = {
    "Orders": ("mart_sales_orders", "ordered_on", ("order_id", "channel", "amount_eur", "is_cancelled")),
    "Tickets": ("mart_support_tickets", "opened_at", ("ticket_id", "category", "priority", "is_open")),
    "Invoices": ("mart_finance_invoices", "issued_at", ("invoice_id", "due_date", "amount_eur", "open_amount_eur")),
    "Messages": ("mart_marketing_messages", "sent_at", ("campaign_name", "channel", "opened_at", "clicked_at")),
}


def show() -> None:
    """The page."""
    known, spec = page.heading("customer")
    with page.told():
        chosen = _ask_customer(known)
        view = page.filtered(known, spec) if chosen is None else View(known, ALL_DAYS, ())
        page.about(view)
        if chosen is None:
            page.body(view, page.visuals(spec))
        else:
            _one(chosen, view, page.visuals(spec))


def _ask_customer(known: Definitions) -> str | None:
    """A customer's id, which stands in the address; the list offers those who bought most, any other can be typed."""
    rows = read(f"select top ({LIMIT}) customer_id from {known.table(CUSTOMERS)} order by kept_amount_eur desc")
    chosen = st.selectbox(
        "Customer", list(rows["customer_id"]), index=None, placeholder="All customers; choose one or type an id",
        key="customer", bind="query-params", accept_new_options=True,
    )  # fmt: skip
    return str(chosen) if chosen else None


def _one(customer: str, view: View, shown: list[Visual]) -> None:
    """The customer's figures over all days, who it is, and what it did last."""
    known = view.known
    profile = read(f"select * from {known.table(CUSTOMERS)} where customer_id = ?", (customer,))
    if profile.empty:
        st.info(f"There is no customer {customer}, or it was merged into another one.", icon=":material/inbox:")
        return
    mine = replace(view, chosen=((KEY, (customer,)),))
    reached = [
        one
        for one in shown
        if all(figures.reaches(known.measures[name], KEY, known.artifacts) for name in one.measures)
    ]
    page.cards([one for one in reached if one.kind == "card"], mine)
    left, right = st.columns([2, 3])
    with left, st.container(border=True):
        st.subheader("Who it is", anchor=False)
        said = {words.label(str(name)): words.said(value, str(name)) for name, value in profile.iloc[0].items()}
        st.table(said, border="horizontal")
    with right, st.container(border=True):
        st.subheader("What it did last", anchor=False)
        for tab, (mart, moment, columns) in zip(st.tabs(list(LAST)), LAST.values(), strict=True):
            with tab, page.told():
                _last(known, mart, moment, columns, customer)


def _last(known: Definitions, mart: str, moment: str, columns: tuple[str, ...], customer: str) -> None:
    shown = ", ".join((moment, *columns))
    text = f"select top (20) {shown} from {known.table(mart)} where customer_id = ? order by {moment} desc"
    rows = read(text, (customer,))
    if rows.empty:
        st.caption(f"{mart} holds nothing of this customer.")
    else:
        said = {words.label(name): [words.said(one, name) for one in rows[name]] for name in (moment, *columns)}
        st.dataframe(said, hide_index=True)
