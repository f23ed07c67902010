"""What Databricks has and this endpoint has not: refused by name, with what to do instead."""

from __future__ import annotations

from local_azure.databricks_sql._call import NAME, Answer, refused

_IN_SCRIPT = "BEGIN (?:.* (?:;|BEGIN|THEN|ELSE|DO) )?"
_NO_PIPELINES = "make it a table or a view, refreshed by a build"
_NO_CLOUD = "it belongs to the account in the cloud, not to SQL on one machine"
_OBJECTS = (
    "CATALOG|VOLUME|CONNECTION|EXTERNAL LOCATION|STORAGE CREDENTIAL|CREDENTIAL|SERVICE CREDENTIAL|SHARE|RECIPIENT"
    "|PROVIDER|POLICY|GROUP|SERVER|CLEAN ROOM|FOREIGN CATALOG|GOVERNED TAG"
)

RULES: list[tuple[str, Answer]] = [
    (r"(?:CREATE|ALTER|DROP|REFRESH) (?:OR \w+ )?MATERIALIZED VIEW .*", refused("MATERIALIZED VIEW", _NO_PIPELINES)),
    (r"(?:CREATE|ALTER|DROP|REFRESH) (?:OR \w+ )?STREAMING TABLE .*", refused("STREAMING TABLE", _NO_PIPELINES)),
    (r"CREATE .* WITH METRICS .*", refused("METRIC VIEW", "make it a plain view")),
    (
        rf"CREATE (?:OR REPLACE )?TABLE (?:IF NOT EXISTS )?{NAME} (?:DEEP )?CLONE .*",
        refused("DEEP CLONE", "use CREATE TABLE AS SELECT or SHALLOW CLONE"),
    ),
    (  # in a script, which Spark runs: https://docs.databricks.com/aws/en/sql/language-manual/control-flow/signal-stmt
        rf"{_IN_SCRIPT}(?:RE)?SIGNAL .*",
        refused("SIGNAL", "raise_error('...') in a SELECT ends a script with an error of your words"),
    ),
    (  # Spark runs the script, and knows none of these
        rf"{_IN_SCRIPT}(?:(?:GRANT|REVOKE|COPY INTO|SET TAG|UNSET TAG) .*"
        r"|(?:CREATE|ALTER) [^;]*(?:PRIMARY KEY|FOREIGN KEY|SET TAGS|SET MASK|ROW FILTER)\b.*)",
        refused("Keys, tags, grants, masks and COPY INTO inside of a script", "send it as a statement of its own"),
    ),
    (r"UNDROP .*", refused("UNDROP", "a dropped table's files are gone: build it again")),
    (
        r"(?:CREATE|ALTER|DROP) (?:OR REPLACE )?PROCEDURE .*|CALL .*",
        refused("PROCEDURE", "use a script: BEGIN ... END"),
    ),
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
