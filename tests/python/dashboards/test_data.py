"""Queries run beside each other, and an answer holds until other marts are published."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pyodbc
import pytest

from dashboards import data
from dashboards.data import Definitions
from local_azure import settings
from local_azure.synapse import odbc
from pipeline.powerbi.artifacts import Artifacts


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A warehouse of its own."""
    state = tmp_path_factory.mktemp("warehouse")
    words = ["-m", "local_azure.synapse", "--state", str(state), "--port", "0"]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = process.stdout.readline()
        yield int(said.rsplit(",", 1)[1])
        process.send_signal(signal.SIGTERM)


@pytest.fixture
def run(port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Statements of the warehouse's owner; the pages read it."""
    monkeypatch.setattr(settings, "SYNAPSE_PORT", port)
    monkeypatch.setattr(data, "definitions", lambda: Definitions(Artifacts({}, {}, {}), {"live": ["mart_now"]}, {}))
    data.forget()
    connection = pyodbc.connect(odbc.connection_string(port=port), autocommit=True)
    yield connection.execute
    connection.close()
    data.forget()


def publish(run: Callable[[str], object], figure: int) -> None:
    """A version of the mart, and the view over it, as a build switches it."""
    run(f"create table dbo.version_{figure} (figure int)")
    run(f"insert into dbo.version_{figure} values ({figure})")
    verb = "create" if figure == 1 else "alter"
    run(f"{verb} view dbo.mart_figures as select figure from dbo.version_{figure}")


def shown() -> int:
    return int(data.read("select figure from dbo.mart_figures")["figure"][0])


def test_an_answer_holds_until_other_marts_are_published(run: Callable[[str], None]) -> None:
    publish(run, 1)
    assert shown() == 1
    run("update dbo.version_1 set figure = 99")  # which no build does
    data._published.clear()
    assert shown() == 1
    publish(run, 2)
    assert shown() == 1, "the look at what is published holds some seconds"
    data._published.clear()
    assert shown() == 2


def test_what_is_live_holds_some_seconds(run: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    run("create table dbo.mart_now (figure int)")
    clock = [1000.0]
    monkeypatch.setattr("dashboards.data.time.time", lambda: clock[0])
    counted = "select count(*) as rows_now from dbo.mart_now"
    assert data.read(counted)["rows_now"][0] == 0
    run("insert into dbo.mart_now values (1)")
    assert data.read(counted)["rows_now"][0] == 0
    clock[0] += data.FRESH_SECONDS
    assert data.read(counted)["rows_now"][0] == 1


def test_what_could_not_be_read_is_asked_again(run: Callable[[str], None]) -> None:
    with pytest.raises(data.NoFigures, match="it is not built yet"):
        data.read("select a from dbo.mart_later")
    run("create table dbo.mart_later (a int)")
    assert data.read("select a from dbo.mart_later").empty


def test_queries_that_are_begun_run_beside_each_other(run: Callable[[str], None]) -> None:
    digits = " union all ".join(f"select {one} as d" for one in range(10))
    run(f"create view dbo.digits as {digits}")
    places = " cross join ".join(f"dbo.digits as {one}" for one in "abcdefgh")
    slow = f"select count(*) as x from {places} where a.d * b.d > c.d + d.d + e.d + f.d - 100"
    data.begin([slow])
    answer = data._asked(slow, (), data._holds(slow))
    assert data.read("select 1 as a")["a"][0] == 1
    assert not answer.done()
    assert data.read(slow)["x"][0] == 10**8
