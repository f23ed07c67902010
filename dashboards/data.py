"""What the pages read: the definitions of the measures, and their figures from the warehouse.

The warehouse is DASHBOARD_WAREHOUSE, an ODBC connection string without a driver, such as
`SERVER=<workspace>.sql.azuresynapse.net;DATABASE=warehouse;Authentication=ActiveDirectoryMsi`; unset, it is the
endpoint of this machine. The login needs to read and nothing else.

A page's queries run beside each other, and an answer holds until the next set of marts is published.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyodbc
import streamlit as st

from local_azure import settings
from local_azure.stack import PROJECT
from local_azure.synapse.odbc import connection_string, driver
from pipeline.powerbi import artifacts, figures, measures, project
from pipeline.powerbi.artifacts import Artifacts, Json
from pipeline.powerbi.figures import Scope
from pipeline.powerbi.measures import Measure

FRESH_SECONDS = 20  # how old an answer about the marts that are live, and the look at what is published, may be
AT_ONCE = 3  # of the four queries that the smallest pool answers at once, which leaves one to others
KEPT = 500  # answers
_CODE = re.compile(r"\((\d+)\)")
_WHY = {
    "208": "it is not built yet. `make refresh` builds the marts, `make demo` runs everything once",
    "229": "this login may not read it: `security.yml` says who may",
    "18456": "the warehouse refuses the login; see DASHBOARD_WAREHOUSE",
}


class NoFigures(Exception):
    """There is nothing to show, and the message says why and what to do."""


@dataclass(frozen=True)
class Definitions:
    """The marts, report.yml and the measures by name: what the Power BI project is made of, too."""

    artifacts: Artifacts
    config: Json
    measures: dict[str, Measure]

    def table(self, mart: str) -> str:
        """schema.name of a mart."""
        return f"{self.artifacts.marts[mart].schema}.{mart}"


@st.cache_resource(show_spinner=False)
def definitions() -> Definitions:
    """Read DASHBOARD_ARTIFACTS, dbt's target folder, which `pipeline dashboard` writes."""
    folder = Path(os.environ.get("DASHBOARD_ARTIFACTS", PROJECT / "target" / "powerbi"))
    found, config = artifacts.read(folder), project.configuration()
    return Definitions(found, config, measures.build(found, config).found)


def warehouse_url() -> str:
    """The connection string, driver included."""
    given = os.environ.get("DASHBOARD_WAREHOUSE")
    if given:
        return given if "DRIVER=" in given.upper() else f"DRIVER={{{driver()}}};{given}"
    return connection_string(
        port=settings.SYNAPSE_PORT, user=settings.SYNAPSE_READER, password=settings.SYNAPSE_READER_PASSWORD
    )


class Ask(NamedTuple):
    """Figures by measures' names: cut by the columns of `by`, of the rows in `scope`, the `top` ones alone."""

    names: tuple[str, ...]
    by: tuple[str, ...] = ()
    scope: Scope = figures.EVERYTHING
    top: int | None = None

    def query(self) -> figures.Query:
        """Raises PipelineError where a measure is not cut by a column."""
        known = definitions()
        return figures.ask(
            [known.measures[name] for name in self.names], known.artifacts, self.by, self.scope, self.top
        )


def figure_rows(ask: Ask) -> pd.DataFrame:
    """One row a group: the columns of `by`, then one for each measure, named as it. Raises NoFigures."""
    query = ask.query()
    return read(query.text, query.values, (*ask.by, *ask.names))


def begin(asks: Iterable[Ask | str]) -> None:
    """Ask for figures, and for the rows of SQL, that will be read in a moment: meanwhile the page goes on."""
    for one in asks:
        query = figures.Query(one) if isinstance(one, str) else one.query()
        _asked(query.text, query.values, _holds(query.text))


def read(text: str, values: tuple[Any, ...] = (), names: tuple[str, ...] = ()) -> pd.DataFrame:
    """The rows of a query; `names` stand for its own column names. Raises NoFigures."""
    holds = _holds(text)
    try:
        columns, rows = _asked(text, values, holds).result()
    except pyodbc.Error as error:
        _asked.clear(text, values, holds)
        raise NoFigures(_explained(error, text)) from error
    return pd.DataFrame.from_records(rows, columns=list(names) or columns, coerce_float=False)


def forget() -> None:
    """Close what is open and keep nothing."""
    for cached in (_asked, _published, _workers):
        cached.clear()


Answer = tuple[list[str], list[tuple[Any, ...]]]


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _asked(text: str, values: tuple[Any, ...], holds: str) -> Future[Answer]:
    """The answer of a query, or what will be it, as long as `holds` stays the same."""
    return _workers().submit(_run, text, values)


@st.cache_resource(show_spinner=False, on_release=lambda workers: workers.shutdown(wait=False))
def _workers() -> ThreadPoolExecutor:
    """Threads with a connection each, which all pages share."""
    return ThreadPoolExecutor(AT_ONCE)


def _holds(text: str) -> str:
    """How long the answer to a query is true: of what is live some seconds, else until other marts are published."""
    live = any(mart in text for mart in definitions().config["live"])
    return (not live and _published()) or f"{time.time() // FRESH_SECONDS:.0f}"


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def _published() -> str | None:
    """When the views over the marts were changed last, which is how a build publishes; None where that isn't told."""
    try:
        _, ((changed,),) = _workers().submit(_run, "select max(modify_date) from sys.views", ()).result()
    except pyodbc.Error:
        return None
    return changed and f"{changed}"


_local = threading.local()


def _run(text: str, values: tuple[Any, ...]) -> Answer:
    """On a connection of the thread's own, opened anew where the server went away since."""
    try:
        return _fetch(text, values)
    except pyodbc.Error as error:
        if error.args[0] not in ("08S01", "08001", "HY000", "01000"):
            raise
        _local.connection = None
        return _fetch(text, values)


def _fetch(text: str, values: tuple[Any, ...]) -> Answer:
    if getattr(_local, "connection", None) is None:
        _local.connection = pyodbc.connect(warehouse_url(), autocommit=True, timeout=5)
    cursor = _local.connection.cursor()
    try:
        rows = cursor.execute(text, *values).fetchall()
        return [one[0] for one in cursor.description], [tuple(row) for row in rows]
    finally:
        cursor.close()


def _explained(error: pyodbc.Error, text: str) -> str:
    """Why a query gave nothing, in a line."""
    said = str(error.args[-1])
    marts = ", ".join(sorted(set(re.findall(r"from \w+\.(\w+)", text)))) or "the warehouse"
    for code in _CODE.findall(said):
        if code in _WHY:
            return f"Nothing to read in {marts}: {_WHY[code]}."
    if error.args[0] in ("08001", "08S01", "HYT00"):
        return "The warehouse does not answer. `make up` starts it on this machine; DASHBOARD_WAREHOUSE names another."
    return f"The warehouse gives no figures of {marts}: {said[-200:]}"
