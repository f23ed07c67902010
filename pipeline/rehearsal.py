"""`python -m pipeline.rehearsal [prepare]`: the environment of production's targets, here.

Prints lines for a shell to evaluate; with `prepare` it first makes the warehouse's users, as Terraform does in Azure.
"""

from __future__ import annotations

import shlex
import sys

import pyodbc

from local_azure import settings
from local_azure.synapse.odbc import driver
from pipeline.azure import one_line, prepare_warehouse
from pipeline.connections import lakehouse_url, warehouse

PATH = "/sql/1.0/warehouses/local"
READERS = {"ANALYSTS_GROUP": "analysts", "MARKETING_GROUP": "marketing"}


def environment() -> dict[str, str]:
    """What `terraform output dbt` says in Azure, and how a rehearsal signs in."""
    return {
        "DATABRICKS_HOST": f"http://{settings.HOST}:{settings.DATABRICKS_SQL_PORT}",
        "DATABRICKS_HTTP_PATH": PATH,
        "DATABRICKS_CATALOG": "lakehouse",
        "DATABRICKS_TOKEN": settings.DATABRICKS_SQL_TOKEN,
        "DATABRICKS_CONNECTION_URI": lakehouse_url().replace("/sql/protocolv1/o/0/local", PATH),
        "SYNAPSE_SERVER": f"{settings.HOST},{settings.SYNAPSE_PORT}",
        "SYNAPSE_DATABASE": settings.SYNAPSE_DATABASE,
        "SYNAPSE_AUTHENTICATION": "sql",
        "SYNAPSE_USER": settings.SYNAPSE_USER,
        "SYNAPSE_PASSWORD": settings.SYNAPSE_PASSWORD,
        "SYNAPSE_TRUST_CERT": "true",
        "SYNAPSE_DRIVER": driver(),
        "LAKE_URL": settings.LAKE_URL,
    } | READERS


def prepare() -> None:
    """The readers' users in the warehouse, as infra/prepared.tf has them made before the first build."""
    prepare_warehouse(warehouse, {"reader": list(READERS.values())})


def main() -> None:
    """Ends with a line where the warehouse does not answer, or refuses."""
    if sys.argv[1:] == ["prepare"]:
        try:
            prepare()
        except pyodbc.Error as error:
            sys.exit(f"rehearse: the warehouse: {one_line(error)}; start the services with: make up")
    for name, value in environment().items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
