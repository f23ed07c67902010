"""Clients of other languages, by their own programs: @databricks/sql and databricks-jdbc."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from local_azure import settings

from ..event_hubs._clients import CLIENTS as PACKAGED
from ..event_hubs._clients import Client
from .conftest import Endpoint

pytestmark = pytest.mark.slow
SOURCES = Path(__file__).parent / "clients"
# Arrow in Java reads memory that its module keeps to itself: the driver's documentation asks for this
JAVA_OPTIONS = "--add-opens=java.base/java.nio=ALL-UNNAMED"

Results = dict[str, str | None]


class Sql(Client):
    """A client whose cases stand beside this file, installed as Event Hubs' clients are."""

    @property
    def source(self) -> Path:
        return SOURCES / self.name

    @property
    def cache(self) -> Path:
        return super().cache.with_name(f"databricks-{self.name}")


def _client(name: str, *cases: str) -> Sql:
    like = next(client for client in PACKAGED if client.name == name)
    fields = {field.name: getattr(like, field.name) for field in dataclasses.fields(like)}
    return Sql(**{**fields, "cases": cases})


COMMON = ("values_arrive_as_they_are", "parameters_are_bound", "the_catalogue_is_listed")
CLIENTS = (
    _client("javascript", *COMMON, "many_rows_are_fetched", "cancel_ends_a_statement"),
    _client("java", *COMMON, "a_time_out_ends_a_statement"),
)


@pytest.fixture(scope="module")
def results(endpoint: Endpoint) -> Callable[[Sql], Results]:
    """What a client's program told, which runs once."""
    known: dict[str, Results] = {}

    def of(client: Sql) -> Results:
        if client.name not in known:
            client.prepare()
            environment = {"PORT": str(endpoint.port), "TOKEN": settings.DATABRICKS_SQL_TOKEN}
            known[client.name] = client.run({**environment, "JDK_JAVA_OPTIONS": JAVA_OPTIONS})
        return known[client.name]

    return of


@pytest.mark.parametrize(
    ("client", "case"),
    [pytest.param(client, case, id=f"{client.name}-{case}") for client in CLIENTS for case in client.cases],
)
def test_a_client_passes_its_case(client: Sql, case: str, results: Callable[[Sql], Results]) -> None:
    told = results(client)
    assert set(told) == set(client.cases)
    assert told[case] is None, told[case]
