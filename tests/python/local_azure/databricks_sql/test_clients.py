"""Clients of other languages, by their own programs: @databricks/sql and databricks-jdbc."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from local_azure import settings

from .._programs import JAVA, JAVASCRIPT, Client, Results, each_case
from .conftest import Endpoint

pytestmark = pytest.mark.slow
SOURCES = Path(__file__).parent / "clients"
# Arrow in Java reads memory that its module keeps to itself: the driver's documentation asks for this
JAVA_OPTIONS = "--add-opens=java.base/java.nio=ALL-UNNAMED"

COMMON = ("values_arrive_as_they_are", "parameters_are_bound", "the_catalogue_is_listed")
CLIENTS = (
    Client(
        SOURCES / "javascript", JAVASCRIPT, (*COMMON, "many_rows_are_fetched", "cancel_ends_a_statement"), "databricks-"
    ),
    Client(SOURCES / "java", JAVA, (*COMMON, "a_time_out_ends_a_statement"), "databricks-"),
)


@pytest.fixture(scope="module")
def results(endpoint: Endpoint) -> Callable[[Client], Results]:
    """What a client's program told, which runs once."""

    @cache
    def of(client: Client) -> Results:
        client.prepare()
        environment = {"PORT": str(endpoint.port), "TOKEN": settings.DATABRICKS_SQL_TOKEN}
        return client.run({**environment, "JDK_JAVA_OPTIONS": JAVA_OPTIONS})

    return of


@pytest.mark.parametrize(("client", "case"), each_case(CLIENTS))
def test_a_client_passes_its_case(client: Client, case: str, results: Callable[[Client], Results]) -> None:
    told = results(client)
    assert set(told) == set(client.cases)
    assert told[case] is None, told[case]
