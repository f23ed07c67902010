"""Clients of the hub, the lakehouse and the warehouse on this machine: the ones that Azure is used with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyodbc
from azure.eventhub import EventHubConsumerClient
from databricks import sql as databricks_sql

from local_azure import settings
from local_azure.synapse.odbc import connection_string

EVENTS_HUB, DEAD_LETTER_HUB = "customer-events", "dead-letters"


def lakehouse_url() -> str:
    """Address of the Databricks SQL endpoint, cluster path included."""
    return f"http://{settings.HOST}:{settings.DATABRICKS_SQL_PORT}/sql/protocolv1/o/0/local"


def warehouse_odbc() -> str:
    """ODBC connection string of the warehouse, for Microsoft's driver."""
    return connection_string(port=settings.SYNAPSE_PORT)


@contextmanager
def consumer(hub: str) -> Iterator[EventHubConsumerClient]:
    """A consumer of one hub."""
    client = EventHubConsumerClient.from_connection_string(
        settings.event_hubs_connection_string(), "$Default", eventhub_name=hub
    )
    with client:
        yield client


def lakehouse(*statements: str) -> list[list[tuple[Any, ...]]]:
    """Run statements on the lakehouse in one session; the rows of each."""
    url = lakehouse_url()
    with (
        databricks_sql.connect(
            server_hostname=settings.HOST,
            http_path=url.partition(str(settings.DATABRICKS_SQL_PORT))[2],
            access_token=settings.DATABRICKS_SQL_TOKEN,
            _connection_uri=url,
            enable_telemetry=False,
        ) as connection,
        connection.cursor() as cursor,
    ):
        return [_rows(cursor.execute(statement)) for statement in statements]


def warehouse(*statements: str) -> list[list[tuple[Any, ...]]]:
    """Run statements on the warehouse in one session; the rows of each."""
    connection = pyodbc.connect(warehouse_odbc(), autocommit=True)
    try:
        cursor = connection.cursor()
        return [_rows(cursor.execute(statement)) for statement in statements]
    finally:
        connection.close()


def _rows(cursor: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in cursor.fetchall()] if cursor.description else []
