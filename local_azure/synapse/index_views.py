"""The catalogue views of indexes and partitions.

Source: Microsoft Learn, the page of each: "sys.indexes", "sys.index_columns", "sys.partitions",
"sys.partition_schemes", "sys.partition_functions", "sys.partition_parameters", "sys.data_spaces".
"""

from __future__ import annotations

from local_azure.synapse.casts import POOL
from local_azure.synapse.view_parts import (
    BOUNDS,
    COLLATED,
    COMPRESSION,
    INDEX_COLUMNS,
    INDEX_SELECT,
    INDEXES,
    KEY_INDEX,
    KEYS,
    PARTITIONED,
    PARTITIONS,
    SIZES,
    TYPES,
)

_SPACE = "name sysname, data_space_id int, type char(2), type_desc nvarchar(60)"
_SCHEMES = f"SELECT 'ps_' || object_id, object_id, 'PS', 'PARTITION_SCHEME' {{}} FROM {PARTITIONED}"
_PRIMARY = "SELECT 'PRIMARY', 1, 'FG', 'ROWS_FILEGROUP', true, false"
# A columnstore holds every column of its table, and orders its rows by those that it names
_IN_INDEXES = f"""SELECT i.object_id, i.index_id, c.column_id, i.kind LIKE '%COLUMNSTORE' AS stored,
    coalesce(list_position(list_transform(from_json(i.columns, '["VARCHAR"]'), lambda x: lower(x)), lower(c.name)), 0)
      AS place,
    lower(coalesce(o.options->'partition'->>'column', '')) = lower(c.name) AS partitions
  FROM {INDEXES} i JOIN {POOL}.columns c ON c.object_id = i.object_id JOIN {POOL}.objects o ON o.object_id = i.object_id
  WHERE i.kind <> 'HEAP' AND (stored OR place > 0)"""

VIEWS: dict[tuple[str, str], tuple[str, str]] = {
    ("sys", "indexes"): (INDEX_COLUMNS, INDEX_SELECT),
    ("sys", "index_columns"): (
        "object_id int, index_id int, index_column_id int, column_id int, key_ordinal tinyint, "
        "partition_ordinal tinyint, is_descending_key bit, is_included_column bit, column_store_order_ordinal tinyint",
        f"""SELECT object_id, index_id, CASE WHEN stored THEN row_number() OVER (PARTITION BY object_id, index_id
            ORDER BY column_id) ELSE place END, column_id, CASE WHEN stored THEN 0 ELSE place END,
            CAST(partitions AS INTEGER), false, stored, CASE WHEN stored THEN place ELSE 0 END FROM ({_IN_INDEXES})
          UNION ALL SELECT k.parent_id, i.index_id, k.place, c.column_id, k.place, 0, false, false, 0 FROM {KEYS} k
          JOIN (SELECT k.object_id, {KEY_INDEX} AS index_id FROM {POOL}.constraints k) i ON i.object_id = k.object_id
          JOIN {POOL}.columns c ON c.object_id = k.parent_id AND lower(c.name) = lower(k.column_name)""",
    ),
    ("sys", "partitions"): (
        "partition_id bigint, object_id int, index_id int, partition_number int, hobt_id bigint, rows bigint, "
        "data_compression tinyint, data_compression_desc nvarchar(60)",
        f"SELECT id, object_id, index_id, number, object_id, rows, {COMPRESSION} FROM {PARTITIONS}",
    ),
    ("sys", "partition_functions"): (
        "name sysname, function_id int, type char(2), type_desc nvarchar(60), fanout int, boundary_value_on_right bit",
        f"""SELECT 'pf_' || object_id, object_id, 'R ', 'RANGE', {BOUNDS} + 1,
          CAST((options->'partition'->>'right') AS BOOLEAN) FROM {PARTITIONED}""",
    ),
    ("sys", "partition_schemes"): (f"{_SPACE}, function_id int", _SCHEMES.format(", object_id")),
    ("sys", "partition_parameters"): (
        "function_id int, parameter_id int, system_type_id tinyint, max_length smallint, precision tinyint, scale "
        "tinyint, collation_name sysname, user_type_id int",
        f"""SELECT c.object_id, 1, i.id, {SIZES}, {COLLATED}, i.id FROM {POOL}.columns c
          JOIN (SELECT object_id AS table_id, options->'partition'->>'column' AS column_name FROM {PARTITIONED})
            ON table_id = c.object_id AND lower(column_name) = lower(c.name) JOIN {TYPES} ON i.type = type_name""",
    ),
    ("sys", "partition_range_values"): (
        "function_id int, boundary_id int, parameter_id int, value nvarchar(4000)",
        f"""SELECT object_id, unnest(range(1, {BOUNDS} + 1)), 1,
          unnest(from_json(options->'partition'->'shown', '["VARCHAR"]')) FROM {PARTITIONED}""",
    ),
    ("sys", "data_spaces"): (
        f"{_SPACE}, is_default bit, is_system bit",
        f"{_PRIMARY} UNION ALL {_SCHEMES.format(', false, false')}",
    ),
    ("sys", "filegroups"): (
        f"{_SPACE}, is_default bit, is_system bit, filegroup_guid uniqueidentifier, log_filegroup_id int, "
        "is_read_only bit",
        f"{_PRIMARY}, NULL, NULL, false",
    ),
}
