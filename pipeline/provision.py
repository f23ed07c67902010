"""Create the tables that the stream appends to, before the job starts. Running it again changes nothing."""

from __future__ import annotations

from local_azure import settings
from local_azure.stack import PROJECT
from pipeline.connections import lakehouse, warehouse

TABLES = PROJECT / "stream_analytics" / "tables"


def provision() -> None:
    """Run stream_analytics/tables/*.sql on the lakehouse and the warehouse."""
    provision_lakehouse()
    warehouse(*warehouse_statements())


def provision_lakehouse() -> None:
    """The raw tables alone."""
    lakehouse(*lake_statements("lakehouse", settings.LAKE_URL))


def lake_statements(catalog: str, lake: str) -> list[str]:
    """lake.sql for a catalog and the lake's address (abfss://...)."""
    return _statements((TABLES / "lake.sql").read_text().replace("{catalog}", catalog).replace("{lake}", lake))


def warehouse_statements() -> list[str]:
    """warehouse.sql."""
    return _statements((TABLES / "warehouse.sql").read_text())


def _statements(script: str) -> list[str]:
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";") if statement.strip()]
