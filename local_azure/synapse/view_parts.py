"""What several of the catalogue's views are made of: their columns, and DuckDB's text for what those hold."""

from __future__ import annotations

from local_azure.synapse.casts import POOL, quote
from local_azure.synapse.listings import unpacked

TYPE_IDS = {
    "uniqueidentifier": 36, "date": 40, "time": 41, "datetime2": 42, "datetimeoffset": 43,
    "tinyint": 48, "smallint": 52, "int": 56,
    "smalldatetime": 58, "real": 59, "money": 60, "datetime": 61, "float": 62, "bit": 104, "decimal": 106,
    "smallmoney": 122, "bigint": 127, "varbinary": 165, "varchar": 167, "binary": 173, "char": 175,
    "nvarchar": 231, "nchar": 239,
}  # fmt: skip
TYPE_ROWS = ", ".join(f"({quote(name)}, {number})" for name, number in TYPE_IDS.items())
CHARS = "'char', 'varchar', 'nchar', 'nvarchar'"
WIDE = "'nchar', 'nvarchar'"
PRECISION = """CASE type_name WHEN 'tinyint' THEN 3 WHEN 'smallint' THEN 5 WHEN 'int' THEN 10 WHEN 'bigint' THEN 19
  WHEN 'decimal' THEN precision WHEN 'money' THEN 19 WHEN 'smallmoney' THEN 10 WHEN 'float' THEN 53
  WHEN 'real' THEN 24 {bit} END"""
SCALE = (
    "CASE WHEN type_name IN ('money', 'smallmoney') THEN 4 WHEN type_name = 'decimal' THEN scale "
    "WHEN type_name IN ('tinyint', 'smallint', 'int', 'bigint') THEN 0 END"
)
RADIX = f"CASE WHEN type_name IN ('float', 'real') THEN 2 WHEN {SCALE} IS NOT NULL THEN 10 END"
FRACTION = (
    "CASE WHEN type_name IN ('datetime', 'datetime2', 'datetimeoffset', 'time') THEN scale "
    "WHEN type_name IN ('date', 'smalldatetime') THEN 0 END"
)
BYTES = f"""CASE WHEN length = -1 THEN -1 WHEN type_name IN ({WIDE}) THEN 2 * length WHEN length > 0 THEN length
  WHEN type_name IN ('tinyint', 'bit') THEN 1 WHEN type_name = 'smallint' THEN 2 WHEN type_name = 'date' THEN 3
  WHEN type_name IN ('int', 'real', 'smallmoney', 'smalldatetime') THEN 4 WHEN type_name = 'time' THEN 5
  WHEN type_name = 'uniqueidentifier' THEN 16
  WHEN type_name = 'decimal' THEN CASE WHEN precision < 10 THEN 5 WHEN precision < 20 THEN 9
    WHEN precision < 29 THEN 13 ELSE 17 END
  ELSE 8 END"""
NAMED = f"{POOL}.objects o JOIN {POOL}.schemas s ON o.schema_id = s.schema_id"
KIND = """CASE type WHEN 'V' THEN 'VIEW' WHEN 'P' THEN 'SQL_STORED_PROCEDURE' WHEN 'FN' THEN 'SQL_SCALAR_FUNCTION'
  WHEN 'IF' THEN 'SQL_INLINE_TABLE_VALUED_FUNCTION' WHEN 'SP' THEN 'SECURITY_POLICY' ELSE 'USER_TABLE' END"""
ROUTINES = "('P', 'FN', 'IF')"
ROWLESS = "('P', 'FN', 'IF', 'SP')"
OBJECT_COLUMNS = (
    "name sysname, object_id int, principal_id int, schema_id int, parent_object_id int, type char(2), "
    "type_desc nvarchar(60), create_date datetime, modify_date datetime, is_ms_shipped bit, is_published bit, "
    "is_schema_published bit"
)
TYPE_CODE = "CASE type WHEN 'E' THEN 'U ' ELSE rpad(type, 2, ' ') END"
OBJECT_SELECT = f"""SELECT name, object_id, CAST(NULL AS INTEGER), schema_id, 0,
  {TYPE_CODE}, {KIND}, create_date, modify_date, false, false, false"""
VIEW_COLUMNS = (
    f"{OBJECT_COLUMNS}, is_replicated bit, has_replication_filter bit, has_opaque_metadata bit, "
    "has_unchecked_assembly_data bit, with_check_option bit, is_date_correlation_view bit, is_tracked_by_cdc bit"
)
NOT_OF_VIEWS = ", ".join(["false"] * 7)
MODULE_COLUMNS = (
    "object_id int, definition nvarchar(max), uses_ansi_nulls bit, uses_quoted_identifier bit, is_schema_bound bit, "
    "uses_database_collation bit, is_recompiled bit, null_on_null_input bit, execute_as_principal_id int, "
    "uses_native_compilation bit"
)
MODULE_SELECT = f"""SELECT object_id, definition, true, true, contains(lower(definition), 'schemabinding'), true, false,
  contains(lower(definition), 'returns null on null input'), NULL, false
  FROM {POOL}.objects WHERE type IN ('V', 'P', 'FN', 'IF')"""
COLLATION = "SQL_Latin1_General_CP1_CI_AS"
COLLATED = f"CASE WHEN type_name IN ({CHARS}) THEN '{COLLATION}' END"
TYPES = f"(VALUES {TYPE_ROWS}) i(type, id)"
# As sys.columns has them: bytes, precision, scale
SIZES = f"""{BYTES}, coalesce({PRECISION.format(bit="WHEN 'bit' THEN 1")}, 0), coalesce({SCALE}, scale)"""
DEFAULT_ID = "CASE WHEN default_text IS NULL THEN 0 ELSE -object_id * 1000 - column_id END"
KEYS = f"""(SELECT k.object_id, k.parent_id, k.name, k.kind, unnest(from_json(k.columns,
'["VARCHAR"]')) AS column_name,
  generate_subscripts(from_json(k.columns, '["VARCHAR"]'), 1) AS place FROM {POOL}.constraints k)"""
KEY_INDEX = "1000 + row_number() OVER (PARTITION BY k.parent_id ORDER BY k.object_id)"
COLUMN_COLUMNS = (
    "object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int, max_length smallint, "
    "precision tinyint, scale tinyint, collation_name sysname, is_nullable bit, is_ansi_padded bit, is_rowguidcol bit, "
    "is_identity bit, is_computed bit, is_filestream bit, is_replicated bit, is_xml_document bit, is_sparse bit, "
    "is_column_set bit, is_hidden bit, is_masked bit, default_object_id int, rule_object_id int, "
    "generated_always_type tinyint, generated_always_type_desc nvarchar(60), graph_type int, encryption_type int, "
    "encryption_type_desc nvarchar(64), encryption_algorithm_name sysname, column_encryption_key_id int, "
    "column_encryption_key_database_name sysname"
)
TABLE_COLUMNS = (
    f"{OBJECT_COLUMNS}, lob_data_space_id int, filestream_data_space_id int, max_column_id_used int, "
    "lock_on_bulk_load bit, uses_ansi_nulls bit, is_replicated bit, has_replication_filter bit, "
    "is_merge_published bit, is_sync_tran_subscribed bit, has_unchecked_assembly_data bit, text_in_row_limit int, "
    "large_value_types_out_of_row bit, is_tracked_by_cdc bit, lock_escalation tinyint, "
    "lock_escalation_desc nvarchar(60), is_filetable bit, is_memory_optimized bit, durability tinyint, "
    "durability_desc nvarchar(60), temporal_type tinyint, temporal_type_desc nvarchar(60), history_table_id int, "
    "is_remote_data_archive_enabled bit, is_external bit"
)
TABLE_SELECT = f"""{OBJECT_SELECT}, 0, NULL,
          (SELECT max(column_id) FROM {POOL}.columns c WHERE c.object_id = o.object_id), false, true, false, false,
          false, false, false, 0, false, false, 0, 'TABLE', false, false, 0, 'SCHEMA_AND_DATA', 0,
          'NON_TEMPORAL_TABLE', NULL, false, type = 'E' FROM {POOL}.objects o WHERE type IN ('U', 'E')"""
INDEX_COLUMNS = (
    "object_id int, name sysname, index_id int, type tinyint, type_desc nvarchar(60), is_unique bit, "
    "data_space_id int, ignore_dup_key bit, is_primary_key bit, is_unique_constraint bit, fill_factor tinyint, "
    "is_padded bit, is_disabled bit, is_hypothetical bit, allow_row_locks bit, allow_page_locks bit, "
    "has_filter bit, filter_definition nvarchar(4000), auto_created bit"
)
# The one index of each table that its rows lie in is 0 or 1, the others are counted from 2
INDEXES = f"""(SELECT object_id, name, kind, columns, CASE WHEN kind = 'HEAP' THEN 0 WHEN kind LIKE 'CLUSTERED%' THEN 1
  ELSE 1 + row_number() OVER (PARTITION BY object_id, kind = 'HEAP' OR kind LIKE 'CLUSTERED%' ORDER BY rowid)
  END AS index_id FROM {POOL}.indexes)"""
PARTITIONED = f"(SELECT object_id, options FROM {POOL}.objects WHERE (options->'partition') IS NOT NULL)"
_ROWS = unpacked("partition_rows", {"object_id": "INTEGER", "number": "INTEGER", "rows": "BIGINT"}, "*")
# Of the base index of each table, with the rows in each and how they are packed
PARTITIONS = f"""(SELECT p.object_id * 1000 + number AS id, p.object_id, index_id, number, rows, kind
  FROM ({_ROWS}) p JOIN {INDEXES} i ON i.object_id = p.object_id AND i.index_id < 2)"""
COMPRESSION = """CASE kind WHEN 'CLUSTERED COLUMNSTORE' THEN 3 ELSE 0 END,
  CASE kind WHEN 'CLUSTERED COLUMNSTORE' THEN 'COLUMNSTORE' ELSE 'NONE' END"""
_SCHEME = f"coalesce((SELECT p.object_id FROM {PARTITIONED} p WHERE p.object_id = i.object_id), 1)"
INDEX_SELECT = f"""SELECT object_id, name, index_id,
          CASE kind WHEN 'HEAP' THEN 0 WHEN 'CLUSTERED' THEN 1 WHEN 'CLUSTERED COLUMNSTORE' THEN 5 ELSE 2 END,
          kind, false, {_SCHEME}, false, false, false, 0, false, false, false, true, true, false, NULL,
          false FROM {INDEXES} i
          UNION ALL SELECT parent_id, name, {KEY_INDEX}, 2, 'NONCLUSTERED', true, 1, false, kind = 'PRIMARY KEY',
          kind = 'UNIQUE', 0, false, false, false, true, true, false, NULL, false FROM {POOL}.constraints k"""
BOUNDS = "CAST(coalesce(json_array_length(options, '$.partition.bounds'), 0) AS BIGINT)"
PARAMETER_COLUMNS = (
    "object_id int, name sysname, parameter_id int, system_type_id tinyint, user_type_id int, max_length smallint, "
    "precision tinyint, scale tinyint, is_output bit, is_cursor_ref bit, has_default_value bit, "
    "default_value nvarchar(4000), is_nullable bit"
)
PARAMETER_SELECT = f"""SELECT object_id, name, parameter_id, i.id, i.id, {SIZES}, is_output, false,
  false, NULL, true
  FROM {POOL}.parameters JOIN {TYPES} ON i.type = type_name"""


def column_select(table: str) -> str:
    """The columns of a table that has them as the catalogue's own does."""
    return f"""SELECT object_id, name, column_id, i.id, i.id, {SIZES}, {COLLATED}, nullable, true, false,
  identity_seed IS NOT NULL, false, false, false, false, false, false, false, mask IS NOT NULL,
  {DEFAULT_ID}, 0, 0, 'NOT_APPLICABLE',
  NULL, NULL, NULL, NULL, NULL, NULL
  FROM {table} JOIN {TYPES} ON i.type = type_name ORDER BY object_id, column_id"""
