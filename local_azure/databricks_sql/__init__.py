"""A Databricks SQL endpoint on one machine: Thrift and REST in front of Apache Spark and Delta Lake.

`python -m local_azure.databricks_sql --help` starts it. databricks-sql-connector and dbt-databricks use it
unchanged. Spark runs the statements; `_rules` answers what only Databricks knows and refuses by name what
has no answer here.
"""
