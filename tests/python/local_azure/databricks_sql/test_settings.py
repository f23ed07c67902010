"""A session's settings: obeyed, or refused by Databricks' error class."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sql.exc import Error, ServerOperationError

from local_azure.databricks_sql import _settings

from .conftest import Endpoint

LONG = "select count(*) from range(100000000000) where id % 7 = sqrt(id)"


@pytest.fixture
def warehouse(endpoint: Endpoint) -> Iterator[Any]:
    with endpoint.connect(path="/sql/1.0/warehouses/abc") as connection, connection.cursor() as cursor:
        yield cursor


def value(cursor: Any, sql: str) -> Any:
    cursor.execute(sql)
    return cursor.fetchone()[-1]


@pytest.mark.parametrize(
    ("zone", "valid"),
    [("UTC", True), ("Asia/Tokyo", True), ("+02:00", True), ("-3", True), ("LOCAL", True), ("Nowhere/Land", False),
     ("+19:00", False), ("../etc", False), ("", False)],
)  # fmt: skip
def test_time_zones(zone: str, valid: bool) -> None:
    assert _settings.PARAMETERS["TIMEZONE"].is_valid(zone) is valid


@pytest.mark.slow
def test_the_time_zone_is_that_of_values(warehouse: Any) -> None:
    warehouse.execute("set timezone = 'America/Los_Angeles'")
    assert value(warehouse, "select timestamp'2024-01-01 00:00:00'").isoformat() == "2024-01-01T00:00:00-08:00"
    warehouse.execute("set time zone 'Asia/Tokyo'")
    assert value(warehouse, "set timezone") == "Asia/Tokyo"
    warehouse.execute("reset timezone")
    assert value(warehouse, "select current_timezone()") == "UTC"


@pytest.mark.slow
def test_ansi_mode_is_obeyed(warehouse: Any) -> None:
    warehouse.execute("set ansi_mode = false")
    assert value(warehouse, "select cast('x' as int)") is None
    assert value(warehouse, "set") == "false"
    warehouse.execute("reset")
    with pytest.raises(ServerOperationError, match="CAST_INVALID_INPUT"):
        value(warehouse, "select cast('x' as int)")


@pytest.mark.slow
def test_a_session_begins_with_the_settings_of_its_client(endpoint: Endpoint) -> None:
    given = {"TIMEZONE": "Asia/Tokyo", "ansi_mode": "false"}
    with endpoint.connect(session_configuration=given) as connection, connection.cursor() as cursor:
        assert value(cursor, "select current_timezone()") == "Asia/Tokyo"
        assert value(cursor, "select cast('x' as int)") is None
    with pytest.raises(Error, match="CONFIG_NOT_AVAILABLE"):
        endpoint.connect(session_configuration={"ansi_mod": "false"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("set ansi_mod = false", "CONFIG_NOT_AVAILABLE"),
        ("set spark.sql.shuffle.partitions = 3", "CONFIG_NOT_AVAILABLE"),
        ("reset ansi_mod", "CONFIG_NOT_AVAILABLE"),
        ("set read_only_external_metastore = true", "CANNOT_MODIFY_CONFIG"),
        ("set ansi_mode = maybe", "INVALID_CONF_VALUE"),
        ("set timezone = 'Nowhere/Land'", "INVALID_CONF_VALUE.TIME_ZONE"),
        ("set statement_timeout = 172801", "INVALID_CONF_VALUE"),
        ("set legacy_time_parser_policy = old", "INVALID_CONF_VALUE"),
    ],
)
def test_what_there_is_not_is_refused(warehouse: Any, sql: str, error: str) -> None:
    with pytest.raises(ServerOperationError, match=error):
        warehouse.execute(sql)


@pytest.mark.slow
def test_a_cluster_takes_spark_s_settings(cursor: Any) -> None:
    assert value(cursor, "set spark.sql.shuffle.partitions = 1") == "1"


@pytest.mark.slow
def test_a_statement_ends_when_its_time_is_up(warehouse: Any) -> None:
    warehouse.execute("set statement_timeout = 1")
    began = time.monotonic()
    with pytest.raises(ServerOperationError, match="STATEMENT_TIMEOUT"):
        warehouse.execute(LONG)
    assert time.monotonic() - began < 60  # alone it takes minutes
    assert value(warehouse, "select 1") == 1
