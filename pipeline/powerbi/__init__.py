"""Power BI as code: the semantic model and the report, written from dbt's artifacts and powerbi/report.yml."""
