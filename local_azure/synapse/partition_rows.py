"""How many rows lie in each partition, as the catalogue's views read it: counted, for DuckDB keeps no such number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from local_azure.synapse import listings
from local_azure.synapse.catalog import ObjectInfo, load
from local_azure.synapse.partitions import ranges

if TYPE_CHECKING:
    import duckdb


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Give DuckDB the list that view_parts.PARTITIONS unpacks."""
    listings.give(connection, "partition_rows", lambda: _counted(connection))


def _counted(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """Of every table, in one transaction beside the one that asks."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for table in load(cursor, 0).objects.values():
            if table.kind == "U":
                yield from _of(cursor, table)
        cursor.execute("ROLLBACK")


def _of(cursor: duckdb.DuckDBPyConnection, table: ObjectInfo) -> Iterator[dict[str, Any]]:
    found = ranges(table)
    tests = [found.condition(number) for number in range(1, len(found.bounds) + 2)] if found else ["true"]
    counts = ", ".join(f"count(*) FILTER (WHERE {test})" for test in tests)
    row = cursor.execute(f"SELECT {counts} FROM {table.duckdb_name}").fetchone() or ()
    for number, rows in enumerate(row, 1):
        yield {"object_id": table.object_id, "number": number, "rows": rows}
