"""What the data is worth, and how the pipeline does: freshness, lag, dead letters, quarantine, reconciliation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import page, words
from dashboards.data import Definitions, definitions, read
from local_azure import stack
from local_azure.stack import PROJECT

_LATENESS = {
    "median_hours_late": "half late by at most", "p95_hours_late": "95 of 100 late by at most",
    "ahead_count": "dated ahead", "reject_count": "rejected",
}  # fmt: skip


def state() -> Path:
    """Where this machine's services keep what they hold."""
    return Path(os.environ.get("PIPELINE_STATE", PROJECT / ".local"))


def show() -> None:
    """The page of report.yml, then the pipeline's own state."""
    page.show("quality")
    st.header("How the pipeline does", anchor=False)
    with page.told():
        _sources(definitions())
    left, right = st.columns(2)
    with left, st.container(border=True):
        _reconciliation(state() / "demo" / "reconciliation.json")
    with right, st.container(border=True):
        _services()


def _sources(known: Definitions) -> None:
    """Freshness and lateness by department."""
    rows = read(
        "select department, event_source, last_arrived_at, median_hours_late, p95_hours_late, ahead_count, reject_count"
        f" from {known.table('mart_source_health')} order by department"
    )
    with st.container(border=True):
        st.subheader("How fresh each source is", anchor=False)
        if rows.empty:
            st.info("No event has arrived yet.", icon=":material/inbox:")
            return
        now = datetime.now(UTC).replace(tzinfo=None)
        ages = [words.age((now - moment).total_seconds()) + " ago" for moment in rows["last_arrived_at"]]
        rows.insert(2, "newest_arrival", ages)
        for name in ("median_hours_late", "p95_hours_late"):
            rows[name] = [None if late is None else words.age(3600 * float(late)) for late in rows[name]]
        rows = rows.drop(columns="last_arrived_at").rename(columns=_LATENESS)
        st.dataframe(rows.rename(columns=lambda name: words.label(str(name))), hide_index=True)


def _reconciliation(file: Path) -> None:
    """What the last reconciliation on this machine said, with what never reached the marts."""
    st.subheader("The last reconciliation", anchor=False)
    if not file.is_file():
        st.info("None on this machine: `pipeline reconcile` compares what was issued with the marts.")
        return
    outcome = json.loads(file.read_text())
    when = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    rows = pd.DataFrame(outcome["rows"])
    counts = {name: int(rows[name].sum()) for name in ("issued", "dead_lettered", "quarantined")}
    balanced = outcome["balanced"]
    (st.success if balanced else st.error)(
        f"{'Balanced' if balanced else 'Not balanced'} on {words.moment(when)}: {counts['issued']:,} events issued, "
        f"{counts['dead_lettered']:,} dead letters, {counts['quarantined']:,} quarantined.",
        icon=":material/check_circle:" if balanced else ":material/error:",
    )
    with st.expander("By event type"):
        st.dataframe(rows.rename(columns=lambda name: words.label(str(name))), hide_index=True)


def _services() -> None:
    """The services of this machine, if any of them was ever started here."""
    st.subheader("The services of this machine", anchor=False)
    found = stack.statuses(state())
    if not any(one["running"] for one in found):
        st.info("None runs here: in Azure, Azure Monitor shows them; `make up` starts them on this machine.")
        return
    rows = [
        {
            "Service": one["service"],
            "State": "ready" if one["ready"] else "starting" if one["running"] else "stopped",
            "What flowed": ", ".join(_flow(one["flow"])),
        }
        for one in found
    ]
    st.table(pd.DataFrame(rows).set_index("Service"), border="horizontal")


def _flow(counts: dict[str, Any]) -> Iterator[str]:
    for name, value in counts.items():
        if type(value) is int:
            yield f"{value:,} {name.replace('_', ' ')}"
