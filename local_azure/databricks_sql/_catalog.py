"""The one catalog: what clients call it and what Spark does."""

from __future__ import annotations

CATALOG = "lakehouse"
SPARK_CATALOG = "spark_catalog"
METASTORE = f"local:{CATALOG}"
TEMPORARY = "__temporary_"  # begins the schemas of temporary tables, which no list shows
USER = "local"  # who logs in, and owns what is made


def name_out(text: str) -> str:
    """`text` from Spark as the client should read it: with the client's catalog."""
    return text.replace(SPARK_CATALOG, CATALOG)
