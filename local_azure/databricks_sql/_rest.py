"""The workspace's REST API as far as SQL goes: where each request is answered.

https://docs.databricks.com/api/workspace/introduction: statement execution, SQL warehouses, the user who logs in,
and Unity Catalog for reading. What databricks-sdk calls is here; another path is told to be none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException

from local_azure.databricks_sql._catalog import USER
from local_azure.databricks_sql._errors import StatementError, translate
from local_azure.databricks_sql._handlers import Handlers
from local_azure.databricks_sql._rest_catalog import Catalog
from local_azure.databricks_sql._rest_errors import ApiError
from local_azure.databricks_sql._rest_statements import RESULTS, StatementExecution

WAREHOUSE = "local"
API = "/api/"


@dataclass(frozen=True)
class Answer:
    """Status, kind and content of an answer."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class Rest:
    """Answers requests; `address` is where it is reached, without a slash at the end."""

    def __init__(self, handlers: Handlers, address: str) -> None:
        self._handlers = handlers
        self._statements = StatementExecution(handlers, address)
        self._catalog = Catalog(handlers)
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = [
            (method, re.compile(pattern), answer) for method, pattern, answer in self._table()
        ]

    def _table(self) -> list[tuple[str, str, Callable[..., Any]]]:
        statements, catalog = self._statements, self._catalog
        unity = "/api/2.1/unity-catalog"
        return [
            ("POST", r"/api/2.0/sql/statements/?", statements.execute),
            ("GET", r"/api/2.0/sql/statements/(?P<statement>[\w-]+)", statements.get),
            ("POST", r"/api/2.0/sql/statements/(?P<statement>[\w-]+)/cancel", statements.cancel),
            ("GET", r"/api/2.0/sql/statements/(?P<statement>[\w-]+)/result/chunks/(?P<chunk>\d+)", statements.chunk),
            ("POST", r"/api/2.0/sql/sessions/?", statements.open_session),
            ("DELETE", r"/api/2.0/sql/sessions/(?P<session>[\w-]+)", statements.close_session),
            ("GET", r"/api/2.0/sql/warehouses", lambda _: {"warehouses": [_warehouse(WAREHOUSE)]}),
            ("GET", r"/api/2.0/sql/warehouses/(?P<warehouse>[\w-]+)", lambda _, warehouse: _warehouse(warehouse)),
            ("POST", r"/api/2.0/sql/warehouses/(?P<warehouse>[\w-]+)/start", lambda _, warehouse: {}),
            ("GET", r"/api/2.0/preview/scim/v2/Me", lambda _: _me()),
            ("GET", f"{unity}/catalogs", catalog.catalogs),
            ("GET", rf"{unity}/catalogs/(?P<name>[^/]+)", catalog.catalog),
            ("GET", f"{unity}/schemas", catalog.schemas),
            ("GET", rf"{unity}/schemas/(?P<name>[^/]+)", catalog.schema),
            ("GET", f"{unity}/tables", catalog.tables),
            ("GET", f"{unity}/table-summaries", catalog.summaries),
            ("GET", rf"{unity}/tables/(?P<name>[^/]+)/exists", catalog.exists),
            ("GET", rf"{unity}/tables/(?P<name>[^/]+)", catalog.table),
        ]

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """Answer a request that is allowed to ask."""
        try:
            return Answer(200, json.dumps(self._found(method, target, body)).encode())
        except ApiError as error:
            return _failed(error)
        except (Py4JJavaError, PySparkException, StatementError) as error:
            words = translate(error).message
            missing = "NOT_FOUND" in words.partition("]")[0]
            return _failed(ApiError(404, "NOT_FOUND", words) if missing else ApiError(400, "BAD_REQUEST", words))

    def result(self, target: str) -> Answer:
        """A chunk by its link, which is secret enough to need no token. Links are made for EXTERNAL_LINKS."""
        try:
            kind, body = self._statements.linked(urlsplit(target).path.removeprefix(RESULTS))
        except ApiError as error:
            return _failed(error)
        return Answer(200, body, kind)

    def _found(self, method: str, target: str, body: bytes) -> Any:
        parts = urlsplit(target)
        for wanted, pattern, answer in self._routes:
            match = pattern.fullmatch(parts.path)
            if match and wanted == method:
                named = {key: unquote(value) for key, value in match.groupdict().items()}
                return answer(_asked(parts.query, body), **named)
        raise ApiError(404, "ENDPOINT_NOT_FOUND", f"No API found for '{method} {parts.path}'")


def _asked(query: str, body: bytes) -> dict[str, Any]:
    """What the request says, in its query or its body. Raises ApiError for a body that is no JSON object."""
    if not body:
        return dict(parse_qsl(query))
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise ApiError(400, "MALFORMED_REQUEST", f"Invalid JSON given in the body of the request: {error}") from error
    if not isinstance(asked, dict):
        raise ApiError(400, "MALFORMED_REQUEST", "The body of the request must be a JSON object")
    return asked


def _failed(error: ApiError) -> Answer:
    body = {"error_code": error.code, "message": error.message}
    return Answer(error.status, json.dumps(body).encode())


def _warehouse(identifier: str) -> dict[str, Any]:
    """The one engine, under whatever id it is asked for: a profile of Azure's names one of its own."""
    return {
        "id": identifier,
        "name": "Local warehouse",
        "state": "RUNNING",
        "cluster_size": "2X-Small",
        "num_clusters": 1,
        "min_num_clusters": 1,
        "max_num_clusters": 1,
        "auto_stop_mins": 0,
        "warehouse_type": "PRO",
        "enable_serverless_compute": False,
        "odbc_params": {"path": f"/sql/1.0/warehouses/{identifier}", "protocol": "http"},
        "health": {"status": "HEALTHY"},
    }


def _me() -> dict[str, Any]:
    groups = [{"display": "users", "value": "1"}]
    return {"id": "1", "userName": USER, "displayName": USER, "active": True, "groups": groups}
