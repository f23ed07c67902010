"""`python -m pipeline.azure`: what a new environment needs and Azure's own interface cannot make.

Terraform runs it (infra/prepared.tf) before the jobs start, as whoever is signed in: it uploads the reference data,
makes the raw tables and holds them to what Stream Analytics can write, and makes the warehouse's live table, users and
rights. Running it again changes nothing.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyodbc
from azure.core.exceptions import AzureError
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobClient
from databricks import sql as databricks_sql

from local_azure.stack import PROJECT
from local_azure.stream_analytics.written_protocol import READER, WRITER
from local_azure.synapse.odbc import driver
from pipeline.errors import PipelineError
from pipeline.provision import lake_statements, warehouse_statements

Run = Callable[..., list[list[Any]]]
REFERENCE = PROJECT / "stream_analytics" / "reference" / "departments.csv"
# Azure Databricks' own id, the same in every tenant (Microsoft Learn, "Get Microsoft Entra ID tokens")
DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d/.default"
SQL = "https://database.windows.net/.default"
ACCESS_TOKEN = 1256  # SQL_COPT_SS_ACCESS_TOKEN (Microsoft Learn, "Using Microsoft Entra ID with the ODBC driver")


def prepare_lakehouse(run: Run, catalog: str, lake: str) -> None:
    """The raw tables. Raises PipelineError for one that Stream Analytics would refuse to write."""
    run(*lake_statements(catalog, lake))
    for table in [row.tableName for row in run(f"show tables in {catalog}.raw")[0]]:
        detail = run(f"describe detail {catalog}.raw.{table}")[0][0]
        refuse_newer_protocol(f"{catalog}.raw.{table}", detail.minReaderVersion, detail.minWriterVersion)


def refuse_newer_protocol(table: str, reader: int, writer: int) -> None:
    """Raises PipelineError for a table of a newer protocol than the stream writes."""
    if reader > READER or writer > WRITER:
        raise PipelineError(
            f"{table} has protocol {reader}/{writer}, and Stream Analytics writes {READER}/{WRITER}: alter table "
            f"{table} drop feature deletionVectors truncate history, or make it anew before anything is in it"
        )


def prepare_warehouse(run: Run, users: Mapping[str, list[str]]) -> None:
    """The live table, and `users` (builder, stream, reader) with what each may do."""
    run(*warehouse_statements())
    run(*user_statements(users))


def user_statements(users: Mapping[str, list[str]]) -> Iterator[str]:
    """T-SQL that makes each user, an identity or group of Entra ID, and gives it its rights.

    The stream's are those of Microsoft Learn, "Use managed identities to access Azure SQL Database or Azure Synapse
    Analytics"; a reader's are granted by dbt, mart by mart.
    """
    for role, names in users.items():
        for name in names:
            quoted = name.replace("'", "''")
            yield (
                f"if not exists (select * from sys.database_principals where name = '{quoted}') "
                f"create user {_bracketed(name)} from external provider"
            )
            yield from _RIGHTS[role](name)


_RIGHTS: dict[str, Callable[[str], list[str]]] = {
    "builder": lambda name: [f"grant control to {_bracketed(name)}"],
    "stream": lambda name: [
        f"grant select, insert on live.live_department_kpis to {_bracketed(name)}",
        f"grant administer database bulk operations to {_bracketed(name)}",
    ],
    "reader": lambda name: [],
}


def _bracketed(name: str) -> str:
    return f"[{name.replace(']', ']]')}]"


def _needed(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise PipelineError(f"{name} is not set, or empty; infra/prepared.tf sets it")
    return value


def _lakehouse(credential: DefaultAzureCredential) -> Run:
    host, path = _needed("DATABRICKS_HOST"), _needed("DATABRICKS_HTTP_PATH")

    def run(*statements: str) -> list[list[Any]]:
        token = credential.get_token(DATABRICKS).token
        with (
            databricks_sql.connect(server_hostname=host, http_path=path, access_token=token) as connection,
            connection.cursor() as cursor,
        ):
            return [_rows(cursor.execute(statement)) for statement in statements]

    return run


def _warehouse(credential: DefaultAzureCredential) -> Run:
    address = (
        f"Driver={{{driver()}}};Server={_needed('SYNAPSE_SERVER')};Database={_needed('SYNAPSE_DATABASE')};Encrypt=yes"
    )

    def run(*statements: str) -> list[list[Any]]:
        token = credential.get_token(SQL).token.encode("utf-16-le")
        packed = struct.pack(f"<I{len(token)}s", len(token), token)
        connection = pyodbc.connect(address, autocommit=True, attrs_before={ACCESS_TOKEN: packed})
        try:
            cursor = connection.cursor()
            return [_rows(cursor.execute(statement)) for statement in statements]
        finally:
            connection.close()

    return run


def _rows(cursor: Any) -> list[Any]:
    """Rows whose columns are attributes, as both drivers give them."""
    return list(cursor.fetchall()) if cursor.description else []


def one_line(error: Exception) -> str:
    """The first line of what a service or its driver says: the rest is addresses and traces."""
    said = f"{error.args[-1] if isinstance(error, pyodbc.Error) and error.args else error}".strip()
    return said.splitlines()[0] if said else type(error).__name__


@contextmanager
def _told(what: str, way_out: str) -> Iterator[None]:
    """Raises PipelineError for what a service refuses, or for one that doesn't answer."""
    try:
        yield
    except (AzureError, databricks_sql.Error, pyodbc.Error) as error:
        raise PipelineError(f"{what}: {one_line(error)}; {way_out}, and apply again") from error


def main() -> None:
    """All of it. Raises PipelineError with the name of a variable that is missing, or with what a service says."""
    credential = DefaultAzureCredential()
    with (
        _told("reference data", "sign in (az login) as who may write to the storage account"),
        BlobClient.from_blob_url(_needed("REFERENCE_URL"), credential=credential) as blob,
        REFERENCE.open("rb") as file,
    ):
        blob.upload_blob(file, overwrite=True)
    with _told("lakehouse", "see that its SQL warehouse starts and that you may make schemas in the catalog"):
        prepare_lakehouse(_lakehouse(credential), _needed("DATABRICKS_CATALOG"), _needed("LAKE_URL"))
    with _told("warehouse", "see that its pool runs, lets this address in, and that you are its administrator"):
        prepare_warehouse(_warehouse(credential), json.loads(_needed("WAREHOUSE_USERS")))


if __name__ == "__main__":
    try:
        main()
    except PipelineError as error:
        sys.exit(f"pipeline.azure: {error}")
