"""Parameters of a statement (`:name` and `?`), as the connector sends them.

https://docs.databricks.com/aws/en/dev-tools/python-sql-connector#parameters
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import functions as f

from local_azure.databricks_sql._errors import unsupported


def parameters(sent: list[Any] | None) -> dict[str, Any] | list[Any] | None:
    """TSparkParameters as `SparkSession.sql` takes them: by name, by position, or None if there are none."""
    if not sent:
        return None
    if sent[0].name:
        return {parameter.name: _value(parameter) for parameter in sent}
    return [_value(parameter) for parameter in sent]


def _value(parameter: Any) -> Any:
    """A literal of the type that the client named."""
    if parameter.arguments:
        raise unsupported("A parameter of a complex type", "send it as a JSON string and use from_json")
    if parameter.value is None:
        return f.lit(None)
    return f.lit(parameter.value.stringValue).cast(_TYPES.get(parameter.type.upper(), parameter.type))


_TYPES = {"VOID": "void", "INTEGER": "int", "LONG": "bigint"}
