"""Azure Stream Analytics on one machine: runs a project's own .asaql over Event Hubs, or over files.

The script is read by the grammar of Microsoft's reference (lexer, parser, syntax) and planned into DuckDB's SQL (plan,
select, expressions, functions, windows, joins, analytics); the engine runs it micro-batch by micro-batch, the job reads
the hubs and writes the outputs. What is not in the language, or not done here, is refused with line and column.
"""
