"""The catalogue views clients read: INFORMATION_SCHEMA and sys, as DuckDB views over the catalogue's tables.

Source: Microsoft Learn, "System views supported in Synapse SQL" and the page of each view for its columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import monitoring_views
from local_azure.synapse.casts import POOL, ident, quote
from local_azure.synapse.documented_views import EMPTY

if TYPE_CHECKING:
    import duckdb

    from local_azure.synapse.catalog import ColumnInfo, ObjectInfo


TYPE_IDS = {
    "uniqueidentifier": 36, "date": 40, "time": 41, "datetime2": 42, "datetimeoffset": 43,
    "tinyint": 48, "smallint": 52, "int": 56,
    "smalldatetime": 58, "real": 59, "money": 60, "datetime": 61, "float": 62, "bit": 104, "decimal": 106,
    "smallmoney": 122, "bigint": 127, "varbinary": 165, "varchar": 167, "binary": 173, "char": 175,
    "nvarchar": 231, "nchar": 239,
}  # fmt: skip
_TYPE_ROWS = ", ".join(f"({quote(name)}, {number})" for name, number in TYPE_IDS.items())
_CHARS = "'char', 'varchar', 'nchar', 'nvarchar'"
_WIDE = "'nchar', 'nvarchar'"
_PRECISION = """CASE type_name WHEN 'tinyint' THEN 3 WHEN 'smallint' THEN 5 WHEN 'int' THEN 10 WHEN 'bigint' THEN 19
  WHEN 'decimal' THEN precision WHEN 'money' THEN 19 WHEN 'smallmoney' THEN 10 WHEN 'float' THEN 53
  WHEN 'real' THEN 24 {bit} END"""
_SCALE = (
    "CASE WHEN type_name IN ('money', 'smallmoney') THEN 4 WHEN type_name = 'decimal' THEN scale "
    "WHEN type_name IN ('tinyint', 'smallint', 'int', 'bigint') THEN 0 END"
)
_RADIX = f"CASE WHEN type_name IN ('float', 'real') THEN 2 WHEN {_SCALE} IS NOT NULL THEN 10 END"
_FRACTION = (
    "CASE WHEN type_name IN ('datetime', 'datetime2', 'datetimeoffset', 'time') THEN scale "
    "WHEN type_name IN ('date', 'smalldatetime') THEN 0 END"
)
_BYTES = f"""CASE WHEN length = -1 THEN -1 WHEN type_name IN ({_WIDE}) THEN 2 * length WHEN length > 0 THEN length
  WHEN type_name IN ('tinyint', 'bit') THEN 1 WHEN type_name = 'smallint' THEN 2 WHEN type_name = 'date' THEN 3
  WHEN type_name IN ('int', 'real', 'smallmoney', 'smalldatetime') THEN 4 WHEN type_name = 'time' THEN 5
  WHEN type_name = 'uniqueidentifier' THEN 16
  WHEN type_name = 'decimal' THEN CASE WHEN precision < 10 THEN 5 WHEN precision < 20 THEN 9
    WHEN precision < 29 THEN 13 ELSE 17 END
  ELSE 8 END"""
_NAMED = f"{POOL}.objects o JOIN {POOL}.schemas s ON o.schema_id = s.schema_id"
_KIND = """CASE type WHEN 'V' THEN 'VIEW' WHEN 'P' THEN 'SQL_STORED_PROCEDURE' WHEN 'FN' THEN 'SQL_SCALAR_FUNCTION'
  WHEN 'IF' THEN 'SQL_INLINE_TABLE_VALUED_FUNCTION' WHEN 'SP' THEN 'SECURITY_POLICY' ELSE 'USER_TABLE' END"""
_ROUTINES = "('P', 'FN', 'IF')"
_ROWLESS = "('P', 'FN', 'IF', 'SP')"
_OBJECT_COLUMNS = (
    "name sysname, object_id int, principal_id int, schema_id int, parent_object_id int, type char(2), "
    "type_desc nvarchar(60), create_date datetime, modify_date datetime, is_ms_shipped bit"
)
_OBJECT_SELECT = f"""SELECT name, object_id, CAST(NULL AS INTEGER), schema_id, 0,
  CASE type WHEN 'E' THEN 'U ' ELSE rpad(type, 2, ' ') END, {_KIND}, create_date, modify_date, false"""
_COLLATION = "SQL_Latin1_General_CP1_CI_AS"
_KEYS = f"""(SELECT k.object_id, k.parent_id, k.name, k.kind, unnest(from_json(k.columns,
'["VARCHAR"]')) AS column_name,
  generate_subscripts(from_json(k.columns, '["VARCHAR"]'), 1) AS place FROM {POOL}.constraints k)"""
_KEY_INDEX = "1000 + row_number() OVER (PARTITION BY k.parent_id ORDER BY k.object_id)"
_COLUMN_COLUMNS = (
    "object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int, max_length smallint, "
    "precision tinyint, scale tinyint, collation_name sysname, is_nullable bit, is_ansi_padded bit, is_rowguidcol bit, "
    "is_identity bit, is_computed bit, is_filestream bit, is_replicated bit, is_xml_document bit, is_sparse bit, "
    "is_column_set bit, is_hidden bit, is_masked bit, default_object_id int, rule_object_id int, "
    "generated_always_type tinyint, generated_always_type_desc nvarchar(60), graph_type int, encryption_type int, "
    "encryption_type_desc nvarchar(64), encryption_algorithm_name sysname, column_encryption_key_id int, "
    "column_encryption_key_database_name sysname"
)
_COLUMN_SELECT = f"""SELECT object_id, name, column_id, i.id, i.id, {_BYTES},
  coalesce({_PRECISION.format(bit="WHEN 'bit' THEN 1")}, 0), coalesce({_SCALE}, scale),
  CASE WHEN type_name IN ({_CHARS}) THEN '{_COLLATION}' END, nullable, true, false, identity_seed IS NOT NULL,
  false, false, false, false, false, false, false, mask IS NOT NULL,
  CASE WHEN default_text IS NULL THEN 0 ELSE -object_id * 1000 - column_id END, 0, 0, 'NOT_APPLICABLE',
  NULL, NULL, NULL, NULL, NULL, NULL
  FROM {POOL}.columns JOIN (VALUES {_TYPE_ROWS}) i(type, id) ON i.type = type_name ORDER BY object_id, column_id"""

_BOUNDS = "CAST(coalesce(json_array_length(options, '$.partition.bounds'), 0) AS BIGINT)"
_PARAMETER_COLUMNS = (
    "object_id int, name sysname, parameter_id int, system_type_id tinyint, user_type_id int, max_length smallint, "
    "precision tinyint, scale tinyint, is_output bit, is_cursor_ref bit, has_default_value bit, "
    "default_value nvarchar(4000), is_nullable bit"
)
_PARAMETER_SELECT = f"""SELECT object_id, name, parameter_id, i.id, i.id, {_BYTES},
  coalesce({_PRECISION.format(bit="WHEN 'bit' THEN 1")}, 0), coalesce({_SCALE}, scale), is_output, false,
  false, NULL, true
  FROM {POOL}.parameters JOIN (VALUES {_TYPE_ROWS}) i(type, id) ON i.type = type_name"""

# (schema, view): its columns as T-SQL, and the SELECT that yields them in that order; {db} is the database's name
VIEWS: dict[tuple[str, str], tuple[str, str]] = {
    ("sys", "schemas"): (
        "name sysname, schema_id int, principal_id int",
        f"SELECT name, schema_id, CASE schema_id WHEN 3 THEN 3 WHEN 4 THEN 4 ELSE 1 END FROM {POOL}.schemas",
    ),
    ("sys", "objects"): (_OBJECT_COLUMNS, f"{_OBJECT_SELECT} FROM {POOL}.objects"),
    ("sys", "tables"): (
        _OBJECT_COLUMNS + ", is_external bit",
        f"{_OBJECT_SELECT}, type = 'E' FROM {POOL}.objects WHERE type IN ('U', 'E')",
    ),
    ("sys", "views"): (_OBJECT_COLUMNS, f"{_OBJECT_SELECT} FROM {POOL}.objects WHERE type = 'V'"),
    ("sys", "sql_modules"): (
        "object_id int, definition nvarchar(max)",
        f"SELECT object_id, definition FROM {POOL}.objects WHERE type IN ('V', 'P', 'FN', 'IF')",
    ),
    ("sys", "database_role_members"): (
        "role_principal_id int, member_principal_id int",
        f"""SELECT r.principal_id, u.principal_id FROM {POOL}.members m
          JOIN {POOL}.principals r ON lower(r.name) = lower(m.role)
          JOIN {POOL}.principals u ON lower(u.name) = lower(m.member)""",
    ),
    ("sys", "database_permissions"): (
        "class tinyint, class_desc nvarchar(60), major_id int, minor_id int, grantee_principal_id int, "
        "grantor_principal_id int, type char(4), permission_name nvarchar(128), state char(1), state_desc nvarchar(60)",
        f"""SELECT CASE p.class WHEN 'DATABASE' THEN 0 WHEN 'SCHEMA' THEN 3 ELSE 1 END,
          CASE p.class WHEN 'OBJECT' THEN 'OBJECT_OR_COLUMN' WHEN 'COLUMN' THEN 'OBJECT_OR_COLUMN' ELSE p.class END,
          coalesce(o.object_id, s.schema_id, 0), coalesce(c.column_id, 0), u.principal_id, 1, left(p.privilege, 4),
          p.privilege, left(p.state, 1), p.state
          FROM {POOL}.permissions p JOIN {POOL}.principals u ON lower(u.name) = lower(p.grantee)
          LEFT JOIN (SELECT o.object_id, lower(s.name || '.' || o.name) AS full_name FROM {_NAMED}) o
            ON p.class IN ('OBJECT', 'COLUMN') AND (p.securable = o.full_name
              OR p.class = 'COLUMN' AND starts_with(p.securable, o.full_name || '.'))
          LEFT JOIN {POOL}.columns c ON p.class = 'COLUMN' AND c.object_id = o.object_id
            AND p.securable = o.full_name || '.' || lower(c.name)
          LEFT JOIN {POOL}.schemas s ON p.class = 'SCHEMA' AND lower(s.name) = p.securable""",
    ),
    ("sys", "security_policies"): (
        f"{_OBJECT_COLUMNS}, is_enabled bit, is_not_for_replication bit, is_schema_bound bit",
        f"""{_OBJECT_SELECT}, CAST(options->>'enabled' AS BOOLEAN), false, true
          FROM {POOL}.objects WHERE type = 'SP'""",
    ),
    ("sys", "security_predicates"): (
        "object_id int, security_predicate_id int, target_object_id int, predicate_definition nvarchar(max), "
        "predicate_type int, predicate_type_desc nvarchar(60)",
        f"""SELECT object_id, row_number() OVER (PARTITION BY object_id), CAST(key AS INTEGER),
          '(' || (options->'predicates'->>key) || ')', 0, 'FILTER' FROM (SELECT object_id, options,
          unnest(json_keys(options->'predicates')) AS key FROM {POOL}.objects WHERE type = 'SP')""",
    ),
    ("sys", "masked_columns"): (
        "object_id int, name sysname, column_id int, is_masked bit, masking_function nvarchar(4000)",
        f"SELECT object_id, name, column_id, true, mask FROM {POOL}.columns WHERE mask IS NOT NULL",
    ),
    ("information_schema", "column_privileges"): (
        "GRANTOR sysname, GRANTEE sysname, TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, "
        "COLUMN_NAME sysname, PRIVILEGE_TYPE varchar(10), IS_GRANTABLE varchar(3)",
        f"""SELECT 'dbo', p.grantee, {{db}}, s.name, o.name, c.name, p.privilege, 'NO' FROM {POOL}.permissions p
          JOIN {_NAMED} ON p.class = 'COLUMN' JOIN {POOL}.columns c ON c.object_id = o.object_id
            AND p.securable = lower(s.name || '.' || o.name || '.' || c.name) WHERE p.state = 'GRANT'""",
    ),
    ("sys", "procedures"): (
        f"{_OBJECT_COLUMNS}, is_auto_executed bit, is_execution_replicated bit",
        f"{_OBJECT_SELECT}, false, false FROM {POOL}.objects WHERE type = 'P'",
    ),
    ("sys", "parameters"): (_PARAMETER_COLUMNS, _PARAMETER_SELECT),
    ("sys", "all_parameters"): (_PARAMETER_COLUMNS, _PARAMETER_SELECT),
    ("information_schema", "routines"): (
        "SPECIFIC_CATALOG sysname, SPECIFIC_SCHEMA sysname, SPECIFIC_NAME sysname, ROUTINE_CATALOG sysname, "
        "ROUTINE_SCHEMA sysname, ROUTINE_NAME sysname, ROUTINE_TYPE nvarchar(20), DATA_TYPE sysname, "
        "ROUTINE_BODY nvarchar(30), ROUTINE_DEFINITION nvarchar(4000), CREATED datetime, LAST_ALTERED datetime",
        f"""SELECT {{db}}, s.name, o.name, {{db}}, s.name, o.name,
          CASE o.type WHEN 'P' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
          CASE o.type WHEN 'IF' THEN 'TABLE' ELSE p.type_name END, 'SQL', left(o.definition, 4000), o.create_date,
          o.modify_date FROM {_NAMED} LEFT JOIN {POOL}.parameters p ON p.object_id = o.object_id AND p.parameter_id = 0
          WHERE o.type IN {_ROUTINES}""",
    ),
    ("information_schema", "parameters"): (
        "SPECIFIC_CATALOG sysname, SPECIFIC_SCHEMA sysname, SPECIFIC_NAME sysname, ORDINAL_POSITION int, "
        "PARAMETER_MODE nvarchar(10), IS_RESULT nvarchar(10), AS_LOCATOR nvarchar(10), PARAMETER_NAME sysname, "
        "DATA_TYPE sysname, CHARACTER_MAXIMUM_LENGTH int, CHARACTER_OCTET_LENGTH int, COLLATION_NAME sysname, "
        "NUMERIC_PRECISION tinyint, NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE tinyint, "
        "DATETIME_PRECISION smallint",
        f"""SELECT {{db}}, s.name, o.name, p.parameter_id,
          CASE WHEN p.parameter_id = 0 THEN 'OUT' WHEN p.is_output THEN 'INOUT' ELSE 'IN' END,
          CASE p.parameter_id WHEN 0 THEN 'YES' ELSE 'NO' END, 'NO', p.name, p.type_name,
          CASE WHEN p.length <> 0 THEN p.length END, CASE WHEN p.length <> 0 THEN {_BYTES} END,
          CASE WHEN type_name IN ({_CHARS}) THEN '{_COLLATION}' END, {_PRECISION.format(bit="")}, {_RADIX}, {_SCALE},
          {_FRACTION}
          FROM {POOL}.parameters p JOIN {_NAMED} ON p.object_id = o.object_id""",
    ),
    ("sys", "columns"): (_COLUMN_COLUMNS, _COLUMN_SELECT),
    ("sys", "all_columns"): (_COLUMN_COLUMNS, _COLUMN_SELECT),
    ("sys", "all_objects"): (_OBJECT_COLUMNS, f"{_OBJECT_SELECT} FROM {POOL}.objects"),
    ("sys", "all_views"): (_OBJECT_COLUMNS, f"{_OBJECT_SELECT} FROM {POOL}.objects WHERE type = 'V'"),
    ("sys", "types"): (
        "name sysname, system_type_id tinyint, user_type_id int, schema_id int, principal_id int, max_length smallint, "
        "precision tinyint, scale tinyint, collation_name sysname, is_nullable bit, is_user_defined bit, "
        "is_assembly_type bit, default_object_id int, rule_object_id int, is_table_type bit",
        f"""SELECT type_name, id, id, 4, NULL, {_BYTES}, coalesce({_PRECISION.format(bit="WHEN 'bit' THEN 1")}, 0),
          coalesce({_SCALE}, scale), CASE WHEN type_name IN ({_CHARS}) THEN '{_COLLATION}' END, true, false,
          false, 0, 0,
          false FROM (SELECT type AS type_name, id, CASE WHEN type IN ({_CHARS}, 'binary', 'varbinary')
            THEN CASE WHEN type IN ({_WIDE}) THEN 4000 ELSE 8000 END ELSE 0 END AS length, 38 AS precision,
            CASE WHEN type IN ('datetime2', 'time', 'datetimeoffset') THEN 7
            WHEN type = 'datetime' THEN 3 WHEN type = 'decimal' THEN 38
            ELSE 0 END AS scale FROM (VALUES {_TYPE_ROWS}) i(type, id))
          UNION ALL SELECT 'sysname', 231, 256, 4, NULL, 256, 0, 0, '{_COLLATION}', false, false, false, 0, 0, false
          UNION ALL SELECT 'numeric', 108, 108, 4, NULL, 17, 38, 38, NULL, true, false, false, 0, 0, false""",
    ),
    ("sys", "identity_columns"): (
        "object_id int, name sysname, column_id int, system_type_id tinyint, seed_value bigint, "
        "increment_value bigint, "
        "last_value bigint, is_not_for_replication bit, is_identity bit",
        f"""SELECT object_id, name, column_id, i.id, identity_seed, identity_step, NULL, false, true FROM {POOL}.columns
          JOIN (VALUES {_TYPE_ROWS}) i(type, id) ON i.type = type_name WHERE identity_seed IS NOT NULL""",
    ),
    ("sys", "default_constraints"): (
        _OBJECT_COLUMNS + ", parent_column_id int, definition nvarchar(4000), is_system_named bit",
        f"""SELECT 'DF_' || o.name || '_' || c.name, -c.object_id * 1000 - c.column_id, CAST(NULL AS INTEGER),
          o.schema_id, o.object_id, 'D ', 'DEFAULT_CONSTRAINT', o.create_date, o.modify_date, false, c.column_id,
          '(' || c.default_text || ')', true
          FROM {POOL}.columns c JOIN {POOL}.objects o ON o.object_id = c.object_id WHERE c.default_text IS NOT NULL""",
    ),
    ("sys", "partitions"): (
        "partition_id bigint, object_id int, index_id int, partition_number int, hobt_id bigint, rows bigint, "
        "data_compression tinyint, data_compression_desc nvarchar(60)",
        f"""SELECT o.object_id * 1000 + number, o.object_id, CASE kind WHEN 'HEAP' THEN 0 ELSE 1 END, number,
          o.object_id, 0,
          CASE kind WHEN 'CLUSTERED COLUMNSTORE' THEN 3 ELSE 0 END,
          CASE kind WHEN 'CLUSTERED COLUMNSTORE' THEN 'COLUMNSTORE' ELSE 'NONE' END FROM
          (SELECT object_id, unnest(range(1, {_BOUNDS} + 2)) AS number FROM {POOL}.objects WHERE type = 'U') o
          JOIN {POOL}.indexes i ON i.object_id = o.object_id
            AND i.kind IN ('HEAP', 'CLUSTERED', 'CLUSTERED COLUMNSTORE')""",
    ),
    ("sys", "partition_functions"): (
        "name sysname, function_id int, type char(2), type_desc nvarchar(60), fanout int, boundary_value_on_right bit",
        f"""SELECT 'pf_' || object_id, object_id, 'R ', 'RANGE', {_BOUNDS} + 1,
          CAST((options->'partition'->>'right') AS BOOLEAN) FROM {POOL}.objects
          WHERE (options->'partition') IS NOT NULL""",
    ),
    ("sys", "partition_schemes"): (
        "name sysname, data_space_id int, type char(2), type_desc nvarchar(60), function_id int",
        f"""SELECT 'ps_' || object_id, object_id, 'PS', 'PARTITION_SCHEME', object_id FROM {POOL}.objects
          WHERE (options->'partition') IS NOT NULL""",
    ),
    ("sys", "partition_range_values"): (
        "function_id int, boundary_id int, parameter_id int, value nvarchar(4000)",
        f"""SELECT object_id, unnest(range(1, {_BOUNDS} + 1)), 1,
          unnest(from_json(options->'partition'->'shown', '["VARCHAR"]')) FROM {POOL}.objects
          WHERE (options->'partition') IS NOT NULL""",
    ),
    ("sys", "database_principals"): (
        ("name sysname, principal_id int, type char(1), type_desc nvarchar(60), default_schema_name "
"sysname"),
        f"""SELECT name, principal_id, type, CASE type WHEN 'R' THEN 'DATABASE_ROLE' ELSE 'SQL_USER' END,
          CASE type WHEN 'S' THEN 'dbo' END FROM {POOL}.principals
          UNION ALL VALUES ('INFORMATION_SCHEMA', 3, 'S', 'SQL_USER', NULL), ('sys', 4, 'S', 'SQL_USER', NULL)""",
    ),
    ("sys", "databases"): (
        "name sysname, database_id int, source_database_id int, owner_sid varbinary(85), create_date datetime, "
        "compatibility_level tinyint, collation_name sysname, user_access tinyint, user_access_desc nvarchar(60), "
        "is_read_only bit, state tinyint, state_desc nvarchar(60), is_auto_create_stats_on bit, "
        "is_result_set_caching_on bit",
        f"SELECT {{db}}, 5, NULL, NULL, TIMESTAMP '2000-01-01', 130, '{_COLLATION}', 0, 'MULTI_USER', false, 0, "
        "'ONLINE', true, false",
    ),
    ("sys", "indexes"): (
        "object_id int, name sysname, index_id int, type tinyint, type_desc nvarchar(60), is_unique bit, "
        "data_space_id int, ignore_dup_key bit, is_primary_key bit, is_unique_constraint bit, fill_factor tinyint, "
        "is_padded bit, is_disabled bit, is_hypothetical bit, allow_row_locks bit, allow_page_locks bit, "
        "has_filter bit, filter_definition nvarchar(4000), auto_created bit",
        f"""SELECT object_id, name, CASE WHEN kind = 'HEAP' THEN 0 WHEN kind LIKE 'CLUSTERED%' THEN 1 ELSE 2 END,
          CASE kind WHEN 'HEAP' THEN 0 WHEN 'CLUSTERED' THEN 1 WHEN 'CLUSTERED COLUMNSTORE' THEN 5 ELSE 2 END,
          kind, false, 1, false, false, false, 0, false, false, false, true, true, false, NULL,
          false FROM {POOL}.indexes
          UNION ALL SELECT parent_id, name, {_KEY_INDEX}, 2, 'NONCLUSTERED', true, 1, false, kind = 'PRIMARY KEY',
          kind = 'UNIQUE', 0, false, false, false, true, true, false, NULL, false FROM {POOL}.constraints k""",
    ),
    ("sys", "index_columns"): (
        "object_id int, index_id int, index_column_id int, column_id int, key_ordinal tinyint, "
        "partition_ordinal tinyint, is_descending_key bit, is_included_column bit, column_store_order_ordinal tinyint",
        f"""SELECT k.parent_id, i.index_id, k.place, c.column_id, k.place, 0, false, false, 0 FROM {_KEYS} k
          JOIN (SELECT k.object_id, {_KEY_INDEX} AS index_id FROM {POOL}.constraints k) i ON i.object_id = k.object_id
          JOIN {POOL}.columns c ON c.object_id = k.parent_id AND lower(c.name) = lower(k.column_name)""",
    ),
    ("sys", "stats"): (
        "object_id int, name sysname, stats_id int, auto_created bit, user_created bit, no_recompute bit, "
        "has_filter bit, filter_definition nvarchar(4000), is_temporary bit",
        f"""SELECT object_id, name, stats_id, false, true, false, false, NULL, false FROM {POOL}.statistics""",
    ),
    ("sys", "stats_columns"): (
        "object_id int, stats_id int, stats_column_id int, column_id int",
        f"""SELECT s.object_id, s.stats_id, s.place, c.column_id FROM (SELECT object_id, stats_id,
          unnest(from_json(columns, '["VARCHAR"]')) AS column_name,
          generate_subscripts(from_json(columns, '["VARCHAR"]'), 1) AS place FROM {POOL}.statistics) s
          JOIN {POOL}.columns c ON c.object_id = s.object_id AND lower(c.name) = lower(s.column_name)""",
    ),
    ("sys", "key_constraints"): (
        _OBJECT_COLUMNS + ", unique_index_id int, is_system_named bit, is_enforced bit",
        f"""SELECT k.name, k.object_id, CAST(NULL AS INTEGER), o.schema_id, k.parent_id,
          CASE k.kind WHEN 'UNIQUE' THEN 'UQ' ELSE 'PK' END,
          CASE k.kind WHEN 'UNIQUE' THEN 'UNIQUE_CONSTRAINT' ELSE 'PRIMARY_KEY_CONSTRAINT' END, o.create_date,
          o.modify_date, false, {_KEY_INDEX}, false, false
          FROM {POOL}.constraints k JOIN {POOL}.objects o ON o.object_id = k.parent_id""",
    ),
    ("sys", "external_tables"): (
        _OBJECT_COLUMNS
        + ", location nvarchar(4000), data_source_name sysname, file_format_name sysname, is_external bit",
        f"""{_OBJECT_SELECT}, options->>'LOCATION', options->>'DATA_SOURCE', options->>'FILE_FORMAT', true
          FROM {POOL}.objects WHERE type = 'E'""",
    ),
    ("sys", "external_data_sources"): (
        "data_source_id int, name sysname, location nvarchar(4000), type_desc nvarchar(60)",
        f"""SELECT CAST(row_number() OVER (ORDER BY name) AS INTEGER), name, options->>'LOCATION',
          options->>'TYPE' FROM {POOL}.external WHERE kind = 'DATA SOURCE'""",
    ),
    ("sys", "symmetric_keys"): (
        "name sysname, symmetric_key_id int",
        f"SELECT name, 101 FROM {POOL}.external WHERE kind = 'MASTER KEY'",
    ),
    ("sys", "database_scoped_credentials"): (
        "credential_id int, name sysname, credential_identity nvarchar(4000)",
        f"""SELECT CAST(65535 + row_number() OVER (ORDER BY name) AS INTEGER), name, options->>'IDENTITY'
          FROM {POOL}.external WHERE kind = 'CREDENTIAL'""",
    ),
    ("sys", "external_file_formats"): (
        "file_format_id int, name sysname, format_type nvarchar(100), field_terminator nvarchar(10), "
        "string_delimiter nvarchar(10), date_format nvarchar(50), use_type_default bit, serde_method nvarchar(255), "
        "row_terminator nvarchar(10), encoding nvarchar(10), data_compression nvarchar(255)",
        f"""SELECT CAST(row_number() OVER (ORDER BY name) AS INTEGER), name, kind,
          CASE WHEN text THEN coalesce(options->>'FIELD_TERMINATOR', '|') END,
          CASE WHEN text THEN coalesce(options->>'STRING_DELIMITER', '') END, options->>'DATE_FORMAT',
          CASE WHEN text THEN coalesce(upper(options->>'USE_TYPE_DEFAULT'), 'FALSE') = 'TRUE' END, NULL, NULL,
          CASE WHEN text THEN coalesce(upper(options->>'ENCODING'), 'UTF8') END, options->>'DATA_COMPRESSION'
          FROM (SELECT name, options, upper(options->>'FORMAT_TYPE') AS kind, kind = 'DELIMITEDTEXT' AS text
            FROM (SELECT name, options FROM {POOL}.external WHERE kind = 'FILE FORMAT'))""",
    ),
    ("sys", "pdw_table_distribution_properties"): (
        "object_id int, distribution_policy tinyint, distribution_policy_desc nvarchar(60)",
        f"""SELECT object_id, CASE options->>'distribution' WHEN 'HASH' THEN 2 WHEN 'REPLICATE' THEN 3 ELSE 4 END,
          options->>'distribution' FROM {POOL}.objects WHERE type = 'U'""",
    ),
    ("sys", "sql_expression_dependencies"): (
        ("referencing_id int, referenced_database_name sysname, referenced_schema_name sysname, "
"referenced_entity_name sysname, referencing_class tinyint"),
        "SELECT 0, '', '', '', 0 WHERE false",
    ),
    ("information_schema", "tables"): (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, TABLE_TYPE varchar(10)",
        f"SELECT {{db}}, s.name, o.name, CASE o.type WHEN 'V' THEN 'VIEW' ELSE 'BASE TABLE' END FROM {_NAMED} "
        f"WHERE o.type NOT IN {_ROWLESS}",
    ),
    ("information_schema", "views"): (
        ("TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, VIEW_DEFINITION "
"nvarchar(4000), IS_UPDATABLE varchar(2)"),
        f"SELECT {{db}}, s.name, o.name, left(o.definition, 4000), 'NO' FROM {_NAMED} WHERE o.type = 'V'",
    ),
    ("information_schema", "schemata"): (
        "CATALOG_NAME sysname, SCHEMA_NAME sysname, SCHEMA_OWNER sysname",
        f"SELECT {{db}}, name, 'dbo' FROM {POOL}.schemas",
    ),
    ("information_schema", "columns"): (
        ("TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, COLUMN_NAME sysname, "
"ORDINAL_POSITION int, COLUMN_DEFAULT nvarchar(4000), IS_NULLABLE varchar(3), DATA_TYPE sysname, "
"CHARACTER_MAXIMUM_LENGTH int, CHARACTER_OCTET_LENGTH int, NUMERIC_PRECISION tinyint, "
"NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE int, DATETIME_PRECISION smallint, "
"CHARACTER_SET_NAME sysname, COLLATION_NAME sysname"),
        f"""SELECT {{db}}, s.name, o.name, c.name, column_id, default_text,
          CASE WHEN nullable THEN 'YES' ELSE 'NO' END, type_name, CASE WHEN length <> 0 THEN length END,
          CASE WHEN length <> 0 THEN {_BYTES} END, {_PRECISION.format(bit="")},
          {_RADIX}, {_SCALE}, {_FRACTION},
          CASE WHEN type_name IN ({_WIDE}) THEN 'UNICODE' WHEN type_name IN ({_CHARS}) THEN 'iso_1' END,
          CASE WHEN type_name IN ({_CHARS}) THEN '{_COLLATION}' END
        FROM {POOL}.columns c JOIN {POOL}.objects o USING (object_id)
        JOIN {POOL}.schemas s ON o.schema_id = s.schema_id WHERE o.type NOT IN {_ROWLESS}
        ORDER BY object_id, column_id""",
    ),
    ("information_schema", "table_privileges"): (
        ("GRANTOR sysname, GRANTEE sysname, TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME "
"sysname, PRIVILEGE_TYPE varchar(10), IS_GRANTABLE varchar(3)"),
        f"""SELECT 'dbo', p.grantee, {{db}}, s.name, o.name, p.privilege, 'NO'
          FROM {POOL}.permissions p JOIN {_NAMED} ON p.securable = lower(s.name || '.' || o.name)
          WHERE p.class = 'OBJECT' AND p.state = 'GRANT'""",
    ),
    ("information_schema", "table_constraints"): (
        "CONSTRAINT_CATALOG sysname, CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname, TABLE_CATALOG sysname, "
        "TABLE_SCHEMA sysname, TABLE_NAME sysname, CONSTRAINT_TYPE varchar(11), IS_DEFERRABLE varchar(2), "
        "INITIALLY_DEFERRED varchar(2)",
        f"""SELECT {{db}}, s.name, k.name, {{db}}, s.name, o.name, k.kind, 'NO', 'NO'
          FROM {POOL}.constraints k JOIN {_NAMED} ON k.parent_id = o.object_id""",
    ),
    ("information_schema", "key_column_usage"): (
        "CONSTRAINT_CATALOG sysname, CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname, TABLE_CATALOG sysname, "
        "TABLE_SCHEMA sysname, TABLE_NAME sysname, COLUMN_NAME sysname, ORDINAL_POSITION int",
        f"""SELECT {{db}}, s.name, k.name, {{db}}, s.name, o.name, k.column_name, k.place
          FROM {_KEYS} k JOIN {_NAMED} ON k.parent_id = o.object_id""",
    ),
    ("information_schema", "constraint_column_usage"): (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, COLUMN_NAME sysname, "
        "CONSTRAINT_CATALOG sysname, CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname",
        f"""SELECT {{db}}, s.name, o.name, k.column_name, {{db}}, s.name, k.name
          FROM {_KEYS} k JOIN {_NAMED} ON k.parent_id = o.object_id""",
    ),
    ("information_schema", "constraint_table_usage"): (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, CONSTRAINT_CATALOG sysname, "
        "CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname",
        f"""SELECT {{db}}, s.name, o.name, {{db}}, s.name, k.name
          FROM {POOL}.constraints k JOIN {_NAMED} ON k.parent_id = o.object_id""",
    ),
}  # fmt: skip
VIEWS = {name: (columns, "") for name, columns in EMPTY.items()} | VIEWS | monitoring_views.VIEWS


def system_objects() -> dict[tuple[str, str], ObjectInfo]:
    """The views as the binder sees them; their object ids are negative, as SQL Server's are."""
    from local_azure.synapse.catalog import ObjectInfo

    return {
        key: ObjectInfo(-number, key[0], key[1], "S", _columns(columns), duckdb_name=_view_name(key))
        for number, (key, (columns, _)) in enumerate(VIEWS.items(), 1)
    }


def _columns(text: str) -> tuple[ColumnInfo, ...]:
    """The columns written `name type, name type`."""
    from local_azure.synapse.catalog import ColumnInfo
    from local_azure.synapse.token_reader import TokenReader

    reader = TokenReader(text)
    return tuple(ColumnInfo(*pair) for pair in reader.separated(lambda: (reader.next().text, reader.data_type())))


def _view_name(key: tuple[str, str]) -> str:
    return f"{POOL}.{ident('.'.join(key))}"


def install(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Create the views anew, so that a database of an earlier version gets today's."""
    for key, (columns, select) in VIEWS.items():
        found = _columns(columns)
        names = ", ".join(ident(c.name) for c in found)
        casts = ", ".join(f"CAST({ident(c.name)} AS {c.type.duckdb}) AS {ident(c.name)}" for c in found)
        nothing = f"SELECT {', '.join('NULL' for _ in found)} WHERE false"
        body = select.replace("{db}", quote(database)) or nothing
        connection.execute(f"CREATE OR REPLACE VIEW {_view_name(key)} AS SELECT {casts} FROM ({body}) v({names})")
