"""Lists that live in Python, as views read them: a function that gives JSON, and the rows that it unpacks to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from local_azure.synapse.casts import POOL


def give(connection: duckdb.DuckDBPyConnection, name: str, rows: Callable[[], Iterable[dict[str, Any]]]) -> None:
    """Let DuckDB ask for a list by its name, which is made anew at each question."""

    def text() -> str:
        return json.dumps(list(rows()), default=str)

    connection.create_function(f"{POOL}_{name}", text, [], duckdb.sqltypes.VARCHAR, side_effects=True)


def unpacked(name: str, fields: dict[str, str], select: str) -> str:
    """A query for a list's rows: its fields with DuckDB's types; `select` puts them in order and adds others."""
    shape = json.dumps([fields])
    return f"SELECT {select} FROM (SELECT unnest(from_json({POOL}_{name}(), '{shape}'), recursive := true))"
