"""A session's settings: the parameters that Databricks SQL has, obeyed; others refused.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-parameters. A cluster takes Spark's settings too.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import SparkSession

from local_azure.databricks_sql._errors import StatementError

MAX_TIMEOUT = 172_800  # seconds: two days
_TIMEOUT = "STATEMENT_TIMEOUT"
# What clients ask of the Thrift server itself when they open a session.
_OF_CLIENTS = re.compile(r"spark\.(sql\.)?thriftserver\..*|ssp_.*|use_cached_result", re.IGNORECASE)


@dataclass(frozen=True)
class Parameter:
    """A parameter: its default, what it must be in words and as a check, and Spark's setting if there is one."""

    default: str
    must_be: str
    is_valid: Callable[[str], bool]
    spark: str = ""
    meaning: str = ""


def _is_boolean(value: str) -> bool:
    return value.lower() in ("true", "false")


def _is_timeout(value: str) -> bool:
    return value.isdigit() and int(value) <= MAX_TIMEOUT


def _is_zone(value: str) -> bool:
    """A region or an offset, as Java knows them."""
    offset = re.fullmatch(r"(?:UTC|GMT|UT)?[+-](\d{1,2})(?::?\d{2}){0,2}|UTC|GMT|UT|Z|LOCAL", value, re.IGNORECASE)
    if offset:
        return offset[1] is None or int(offset[1]) <= 18
    try:
        return bool(zoneinfo.ZoneInfo(value))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False


PARAMETERS = {
    "ANSI_MODE": Parameter(
        "true", "a boolean", _is_boolean, "spark.sql.ansi.enabled", "strict ANSI behaviour of casts and functions"
    ),
    "LEGACY_TIME_PARSER_POLICY": Parameter(
        "EXCEPTION",
        "one of EXCEPTION, CORRECTED, LEGACY",
        lambda value: value.upper() in ("EXCEPTION", "CORRECTED", "LEGACY"),
        "spark.sql.legacy.timeParserPolicy",
        "how dates and timestamps are parsed and formatted",
    ),
    "MAX_FILE_PARTITION_BYTES": Parameter(
        "128m",
        "a size such as 128m",
        lambda value: re.fullmatch(r"\d+[bkmgt]?b?", value, re.IGNORECASE) is not None,
        "spark.sql.files.maxPartitionBytes",
        "bytes of files in one partition",
    ),
    _TIMEOUT: Parameter(
        f"{MAX_TIMEOUT}",
        f"seconds between 0 and {MAX_TIMEOUT}",
        _is_timeout,
        meaning="seconds that a statement may take",
    ),
    "TIMEZONE": Parameter("UTC", "a time zone", _is_zone, "spark.sql.session.timeZone", "the time zone of timestamps"),
    "USE_CACHED_RESULT": Parameter(
        "true", "a boolean", _is_boolean, meaning="whether a result may be used again: none is kept here"
    ),
    "QUERY_TAGS": Parameter("", "a text", lambda _: True, meaning="labels of the statements in the query history"),
}
_GLOBAL = frozenset({"READ_ONLY_EXTERNAL_METASTORE"})


class Settings:
    """The settings of one session; `is_warehouse` if it came by a SQL warehouse's path."""

    def __init__(self, session: SparkSession, *, is_warehouse: bool) -> None:
        self._session = session
        self._is_warehouse = is_warehouse
        self._own: dict[str, str] = {}  # of parameters that are not Spark's
        self._changed: dict[str, str] = {}
        self._initial: dict[str, str | None] = {}  # what Spark's settings were at first

    @property
    def timeout(self) -> int:
        """Seconds a statement may take; 0 if there is no limit but the system's."""
        return int(self._own.get(_TIMEOUT, "0"))

    def open(self, key: str, value: str) -> None:
        """Set what a client gives when it opens a session. Raises StatementError as `set` does."""
        if _OF_CLIENTS.fullmatch(key) and key.upper() not in PARAMETERS:
            self._session.conf.set(key, value)
        else:
            self.set(key, value)

    def set(self, key: str, value: str) -> None:
        """Set a parameter. Raises StatementError for one that there is not, or a value that it can't have."""
        parameter = PARAMETERS.get(key.upper())
        if parameter is None:
            self._set_spark(key, value)
        elif not parameter.is_valid(value):
            raise _invalid(key, value, parameter)
        elif parameter.spark:
            local = parameter.spark.endswith("timeZone") and value.upper() == "LOCAL"
            self._set_conf(parameter.spark, parameter.default if local else value)
            self._changed[key.lower()] = value
        else:
            self._own[key.upper()] = self._changed[key.lower()] = value

    def get(self, key: str) -> str:
        """The value of a parameter. Raises StatementError for one that there is not."""
        parameter = PARAMETERS.get(key.upper())
        if parameter is None:
            if "." not in key:
                raise _not_available(key)
            return str(self._session.conf.get(key, "<undefined>"))
        if parameter.spark:
            return self._changed.get(key.lower()) or _shown(parameter, self._session.conf.get(parameter.spark))
        return self._own.get(key.upper(), parameter.default)

    def reset(self, key: str) -> None:
        """Give a parameter its default again. Raises StatementError for one that there is not."""
        parameter = PARAMETERS.get(key.upper())
        if parameter is None and "." not in key:
            raise _not_available(key)
        self._own.pop(key.upper(), None)
        self._changed.pop(key.lower(), None)
        self._reset_conf(parameter.spark if parameter else key)

    def reset_all(self) -> None:
        """Give all of them their defaults again."""
        for key in [*PARAMETERS, *self._changed]:
            self.reset(key)

    def forget_zone(self) -> None:
        """SET TIME ZONE is Spark's: what it sets is read from Spark."""
        zone = PARAMETERS["TIMEZONE"].spark
        self._initial.setdefault(zone, self._session.conf.get(zone, None))
        self._changed.pop("timezone", None)

    def _set_conf(self, key: str, value: str) -> None:
        self._initial.setdefault(key, self._session.conf.get(key, None))
        self._session.conf.set(key, value)

    def _reset_conf(self, key: str) -> None:
        if key in self._initial:
            initial = self._initial.pop(key)
            if initial is None:
                self._session.conf.unset(key)
            else:
                self._session.conf.set(key, initial)

    @property
    def changed(self) -> list[tuple[str, str]]:
        """What was set, by name."""
        return sorted(self._changed.items())

    def _set_spark(self, key: str, value: str) -> None:
        if self._is_warehouse or "." not in key:
            raise _not_available(key)
        self._set_conf(key, value)
        self._changed[key] = value


def _shown(parameter: Parameter, value: str | None) -> str:
    return parameter.default if value is None or value in ("134217728b", "128MB") else value


def _not_available(key: str) -> StatementError:
    if key.upper() in _GLOBAL:
        message = (
            f"[CANNOT_MODIFY_CONFIG] Cannot modify the value of {key}: it is set for all sessions. SQLSTATE: 46110"
        )
        return StatementError(message, "46110")
    return StatementError(f"[CONFIG_NOT_AVAILABLE] Configuration {key} is not available. SQLSTATE: 42K0I", "42K0I")


def _invalid(key: str, value: str, parameter: Parameter) -> StatementError:
    kind = "TIME_ZONE" if parameter.spark.endswith("timeZone") else "REQUIREMENT"
    message = f"[INVALID_CONF_VALUE.{kind}] The value '{value}' in the config \"{key}\" is invalid"
    return StatementError(f"{message}. It must be {parameter.must_be}. SQLSTATE: 22022", "22022")
