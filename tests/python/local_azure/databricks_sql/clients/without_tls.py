"""For pytest -p in dbt-databricks' own suite: its connections go without TLS, to the path that each model asks for."""

from __future__ import annotations

from typing import Any

from dbt.adapters.databricks.credentials import DatabricksCredentials
from dbt.adapters.databricks.handle import SqlUtils

_arguments = SqlUtils.prepare_connection_arguments


def _without_tls(creds: DatabricksCredentials, manager: Any, http_path: str, tags: Any = None) -> dict[str, Any]:
    return {**_arguments(creds, manager, http_path, tags), "_connection_uri": f"{creds.host}{http_path}"}


SqlUtils.prepare_connection_arguments = staticmethod(_without_tls)  # type: ignore[method-assign]
