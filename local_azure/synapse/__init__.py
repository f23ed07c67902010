"""A Synapse dedicated SQL pool on one machine: TDS in front, DuckDB behind, strict between.

Start it with `python -m local_azure.synapse --help`.
"""
