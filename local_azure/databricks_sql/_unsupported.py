"""What Databricks has and this endpoint has not: refused by name, with what to do instead."""

from __future__ import annotations

from local_azure.databricks_sql._call import Answer, Call, refused
from local_azure.databricks_sql._catalog import USER
from local_azure.databricks_sql._results import Result, table

_NO_PIPELINES = "make it a table or a view, refreshed by a build"
_NO_CLOUD = "it belongs to the account in the cloud, not to SQL on one machine"
_OBJECTS = (
    "CATALOG|VOLUME|CONNECTION|EXTERNAL LOCATION|STORAGE CREDENTIAL|CREDENTIAL|SERVICE CREDENTIAL|SHARE|RECIPIENT"
    "|PROVIDER|POLICY|GROUP|SERVER|CLEAN ROOM|FOREIGN CATALOG|GOVERNED TAG"
)

# What can be listed though it cannot be made: https://docs.databricks.com/aws/en/sql/language-manual/#show-statements
_LISTS: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "VOLUMES": ("database string, volume_name string", []),
    "EXTERNAL LOCATIONS": ("name string, url string, comment string", []),
    "STORAGE CREDENTIALS": ("name string, comment string", []),
    "USERS": ("name string", [(USER,)]),
    "GROUPS": ("name string, directGroup boolean", [("users", True)]),
}


def _listed(call: Call) -> Result:
    return table(*_LISTS[call.word("kind").upper()])


RULES: list[tuple[str, Answer]] = [
    (rf"SHOW (?P<kind>{'|'.join(_LISTS)})(?: .*)?", _listed),
    (r"(?:CREATE|ALTER|DROP|REFRESH) (?:OR \w+ )?MATERIALIZED VIEW .*", refused("MATERIALIZED VIEW", _NO_PIPELINES)),
    (r"(?:CREATE|ALTER|DROP|REFRESH) (?:OR \w+ )?STREAMING TABLE .*", refused("STREAMING TABLE", _NO_PIPELINES)),
    (r"CREATE .* WITH METRICS .*", refused("METRIC VIEW", "make it a plain view")),
    (r"UNDROP .*", refused("UNDROP", "a dropped table's files are gone: build it again")),
    (
        r"CREATE (?:OR REPLACE )?(?:TEMPORARY )?FUNCTION .* LANGUAGE PYTHON .*",
        refused("A Python UDF", "write it in SQL"),
    ),
    (
        rf"(?:CREATE|ALTER|DROP|DESC|DESCRIBE|SYNC|REFRESH) (?:OR REPLACE )?(?:{_OBJECTS}) .+"
        rf"|SHOW (?:{_OBJECTS})S(?: .*)?",
        refused("What is no schema, table, view or function", _NO_CLOUD),
    ),
    (r"ADD .*", refused("ADD of a file or an archive", "statements bring no programs")),
    (
        r"CREATE (?:OR REPLACE )?(?:TEMPORARY )?FUNCTION [^(]+ AS '\d+.*",
        refused("A function of the JVM", "write it in SQL"),
    ),
    (r"(?:LIST|PUT|GET|REMOVE) '\d+.*", refused("A file command", "use the lake's folder")),
]
