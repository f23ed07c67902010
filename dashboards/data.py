"""What the pages read: the definitions of the measures, and their figures from the warehouse.

The warehouse is DASHBOARD_WAREHOUSE, an ODBC connection string without a driver, such as
`SERVER=<workspace>.sql.azuresynapse.net;DATABASE=warehouse;Authentication=ActiveDirectoryMsi`; unset, it is the
endpoint of this machine. The login needs to read and nothing else.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

FRESH_SECONDS = 20
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


def figure_rows(
    names: Sequence[str], by: Sequence[str] = (), scope: Scope = figures.EVERYTHING, top: int | None = None
) -> pd.DataFrame:
    """One row a group: the columns of `by`, then one for each measure, named as it. Raises NoFigures."""
    known = definitions()
    query = figures.ask([known.measures[name] for name in names], known.artifacts, by, scope, top)
    return read(query.text, query.values, (*by, *names))


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False, max_entries=500)
def read(text: str, values: tuple[Any, ...] = (), names: tuple[str, ...] = ()) -> pd.DataFrame:
    """The rows of a query; `names` stand for its own column names. Raises NoFigures."""
    try:
        columns, rows = _run(text, values)
    except pyodbc.Error as error:
        raise NoFigures(_explained(error, text)) from error
    return pd.DataFrame.from_records(rows, columns=list(names) or columns, coerce_float=False)


_local = threading.local()


def _run(text: str, values: tuple[Any, ...]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """On a connection of the thread's own, opened anew where the server went away since."""
    try:
        return _fetch(text, values)
    except pyodbc.Error as error:
        if error.args[0] not in ("08S01", "08001", "HY000", "01000"):
            raise
        _local.connection = None
        return _fetch(text, values)


def _fetch(text: str, values: tuple[Any, ...]) -> tuple[list[str], list[tuple[Any, ...]]]:
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
