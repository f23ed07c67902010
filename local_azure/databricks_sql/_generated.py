"""Generated and identity columns: Delta Lake has them, but tells Spark's catalog nothing of it, which refuses them.

So the plan that Spark's own parser makes is changed as Delta's DeltaTableBuilder would: what a column is generated from
goes into its metadata, by the keys of Delta's DeltaSourceUtils. https://docs.databricks.com/aws/en/delta/generated-columns
"""

from __future__ import annotations

import re
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import StructField

from local_azure.databricks_sql import _results
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._results import Result

EXPRESSION, IDENTITY = "delta.generationExpression", "delta.identity"
_CLAUSE = re.compile(r" GENERATED (?:ALWAYS|BY DEFAULT) AS ", re.IGNORECASE)


def declared(skeleton: str) -> bool:
    """Whether a CREATE TABLE, of which this is the skeleton, has such a column."""
    return bool(_CLAUSE.search(skeleton))


def create(session: SparkSession, sql: str) -> Result:
    """Make the table of a CREATE or REPLACE TABLE. Raises what Spark's parser or Delta raises, and StatementError."""
    java: Any = session._jsparkSession
    jvm: Any = session._jvm
    plan = java.sessionState().sqlParser().parsePlan(sql)
    columns = jvm.java.util.ArrayList()
    for at in range(plan.columns().size()):
        columns.add(_plain(jvm, plan.columns().apply(at)))
    listed = jvm.scala.jdk.javaapi.CollectionConverters.asScala(columns).toSeq()
    if_or_else = plan.productElement(4)  # IF NOT EXISTS of one, OR CREATE of the other
    plan = plan.copy(plan.name(), listed, plan.partitioning(), plan.tableSpec(), if_or_else)
    jvm.org.apache.spark.sql.classic.Dataset.ofRows(java, plan)
    return _results.nothing()


def _plain(jvm: Any, column: Any) -> Any:
    """The column with metadata in place of its clause."""
    none = jvm.scala.Option.empty()
    metadata = jvm.org.apache.spark.sql.types.MetadataBuilder().withMetadata(column.metadata())
    if column.generationExpression().isDefined():
        metadata.putString(EXPRESSION, column.generationExpression().get())
    if column.identityColumnSpec().isDefined():
        _check_identity(column)
        identity = column.identityColumnSpec().get()
        metadata.putLong(f"{IDENTITY}.start", identity.getStart())
        metadata.putLong(f"{IDENTITY}.step", identity.getStep())
        metadata.putBoolean(f"{IDENTITY}.allowExplicitInsert", identity.isAllowExplicitInsert())
    kept = column.name(), column.dataType(), column.nullable(), column.comment(), column.defaultValue()
    return column.copy(*kept, none, none, metadata.build())


def _check_identity(column: Any) -> None:
    """https://docs.databricks.com/aws/en/error-messages/error-classes (DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE)"""
    kind = column.dataType().simpleString()
    if kind != "bigint":
        message = f"DataType {kind} is not supported for IDENTITY columns. SQLSTATE: 428H2"
        raise StatementError(f"[DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE] {message}", "428H2")


def clause(field: StructField) -> str:
    """What SHOW CREATE TABLE says of such a column, empty for any other."""
    held = field.metadata
    if EXPRESSION in held:
        return f" GENERATED ALWAYS AS ({held[EXPRESSION]})"
    if f"{IDENTITY}.start" not in held:
        return ""
    how = "BY DEFAULT" if held[f"{IDENTITY}.allowExplicitInsert"] else "ALWAYS"
    numbers = f"START WITH {held[f'{IDENTITY}.start']} INCREMENT BY {held[f'{IDENTITY}.step']}"
    return f" GENERATED {how} AS IDENTITY ({numbers})"
