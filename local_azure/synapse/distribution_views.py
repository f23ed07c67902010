"""The views of nodes and distributions, of which there is one each: what the known query for the size of tables joins.

Source: Microsoft Learn, "Designing tables ... dedicated SQL pool", Table size queries; the page of each view. Pages are
NULL, for DuckDB's blocks hold several columns of several tables.
"""

from __future__ import annotations

from local_azure.synapse.casts import POOL
from local_azure.synapse.view_parts import (
    COMPRESSION,
    INDEX_COLUMNS,
    INDEX_SELECT,
    INDEXES,
    PARTITIONS,
    TABLE_COLUMNS,
    TABLE_SELECT,
)

_PHYSICAL = "'Table_' || object_id"
_TABLES = f"{POOL}.objects WHERE type = 'U'"
_MAPPED = f"SELECT {_PHYSICAL}, object_id FROM {_TABLES}"

VIEWS: dict[tuple[str, str], tuple[str, str]] = {
    ("sys", "dm_pdw_nodes"): (
        "pdw_node_id int, type nvarchar(32), name nvarchar(32), address nvarchar(32), is_passive int, "
        "region nvarchar(32)",
        "SELECT 1, 'COMPUTE', 'DISTRIBUTION', '127.0.0.1', 0, 'PDW'",
    ),
    ("sys", "pdw_distributions"): (
        "distribution_id int, pdw_node_id int, name nvarchar(32), position int",
        "SELECT 1, 1, 'Distribution_1', 1",
    ),
    ("sys", "pdw_column_distribution_properties"): (
        "object_id int, column_id int, distribution_ordinal tinyint",
        f"""SELECT o.object_id, column_id, coalesce(list_position(
            list_transform(from_json(options->'hash', '["VARCHAR"]'), lambda name: lower(name)), lower(c.name)), 0)
          FROM {POOL}.objects o JOIN {POOL}.columns c ON c.object_id = o.object_id WHERE o.type = 'U'""",
    ),
    ("sys", "pdw_table_mappings"): ("physical_name nvarchar(36), object_id int", _MAPPED),
    ("sys", "pdw_permanent_table_mappings"): ("physical_name nvarchar(36), object_id int", _MAPPED),
    ("sys", "pdw_index_mappings"): (
        "object_id int, index_id nvarchar(32), physical_name nvarchar(36)",
        f"SELECT object_id, index_id, 'Index_' || object_id FROM {INDEXES}",
    ),
    ("sys", "pdw_nodes_tables"): (
        f"{TABLE_COLUMNS}, pdw_node_id int, distribution_id int",
        f"""SELECT * REPLACE ({_PHYSICAL} AS name), 1, 1 FROM ({TABLE_SELECT})
          WHERE object_id IN (SELECT object_id FROM {_TABLES})""",
    ),
    ("sys", "pdw_nodes_indexes"): (
        f"{INDEX_COLUMNS}, pdw_node_id int, distribution_id int",
        f"SELECT *, 1, 1 FROM ({INDEX_SELECT})",
    ),
    ("sys", "pdw_nodes_partitions"): (
        "partition_id bigint, object_id int, index_id int, partition_number int, hobt_id bigint, rows bigint, "
        "data_compression int, data_compression_desc nvarchar(60), pdw_node_id int, distribution_id int",
        f"SELECT id, object_id, index_id, number, object_id, rows, {COMPRESSION}, 1, 1 FROM {PARTITIONS}",
    ),
    ("sys", "dm_pdw_nodes_db_partition_stats"): (
        "partition_id bigint, object_id int, index_id int, partition_number int, in_row_data_page_count bigint, "
        "in_row_used_page_count bigint, in_row_reserved_page_count bigint, lob_used_page_count bigint, "
        "lob_reserved_page_count bigint, row_overflow_used_page_count bigint, row_overflow_reserved_page_count bigint, "
        "used_page_count bigint, reserved_page_count bigint, row_count bigint, pdw_node_id int, distribution_id int",
        f"""SELECT id, object_id, index_id, number, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, rows, 1, 1
          FROM {PARTITIONS}""",
    ),
}  # fmt: skip
