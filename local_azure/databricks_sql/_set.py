"""SET and RESET, which Spark takes for any name and Databricks for its own.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-aux-conf-mgmt-set
"""

from __future__ import annotations

import re

from local_azure.databricks_sql import _results
from local_azure.databricks_sql._call import Answer, Call
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._settings import PARAMETERS
from local_azure.databricks_sql._tokens import unquote


def _set(call: Call) -> Result:
    key, value = _key(call), call.original("value").strip()
    value = unquote(value) if re.fullmatch(r"'[^']*'|\"[^\"]*\"|`[^`]*`", value) else value.replace(" ", "")
    if key.upper() not in PARAMETERS and "." not in key:
        _refuse_variable(call, key)
    call.settings.set(key, value)
    return _results.table("key string, value string", [[key, value]])


def _refuse_variable(call: Call, key: str) -> None:
    """Spark says so if the name is a variable's."""
    call.execute(f"SET {key} = 0").collect()
    call.session.conf.unset(key)


def _get(call: Call) -> Result:
    return _results.table("key string, value string", [[_key(call), call.settings.get(_key(call))]])


def _list(call: Call) -> Result:
    return _results.table("key string, value string", call.settings.changed)


def _describe(call: Call) -> Result:
    rows = [(key, call.settings.get(key), parameter.meaning) for key, parameter in PARAMETERS.items()]
    return _results.table("key string, value string, meaning string", rows)


def _reset(call: Call) -> Result:
    if call.word("key"):
        call.settings.reset(_key(call))
    else:
        call.settings.reset_all()
    return _results.nothing()


def _set_time_zone(call: Call) -> Result:
    call.settings.forget_zone()
    return call.run(call.sql)


def _set_query_tag(call: Call) -> Result:
    return _results.nothing()


def _key(call: Call) -> str:
    return unquote(call.word("key").replace(" ", ""))


_KEY = r"(?P<key>(?:`[^`]*`|\w+)(?: \. \w+)*)"
RULES: list[tuple[str, Answer]] = [
    (r"SET", _list),
    (r"SET - v", _describe),
    (r"SET TIME ZONE .*", _set_time_zone),
    (r"SET QUERY_TAGS \[ '\d+ \] = .*", _set_query_tag),
    (rf"SET (?!(?:VAR|VARIABLE|TAG)\b){_KEY}", _get),
    (rf"SET (?!(?:VAR|VARIABLE|TAG) (?!=)){_KEY} = (?P<value>.*)", _set),
    (rf"RESET(?: {_KEY})?", _reset),
]
