"""The catalogue views of `sys`.

Source: Microsoft Learn, "System views supported in Synapse SQL" and the page of each view for its columns.
"""

from __future__ import annotations

from local_azure.synapse.casts import POOL
from local_azure.synapse.view_parts import (
    CHARS,
    COLLATED,
    COLLATION,
    COLUMN_COLUMNS,
    KEY_INDEX,
    MODULE_COLUMNS,
    MODULE_SELECT,
    NAMED,
    NOT_OF_VIEWS,
    OBJECT_COLUMNS,
    OBJECT_SELECT,
    PARAMETER_COLUMNS,
    PARAMETER_SELECT,
    SIZES,
    TABLE_COLUMNS,
    TABLE_SELECT,
    TYPES,
    VIEW_COLUMNS,
    WIDE,
    column_select,
)

# (schema, view): its columns as T-SQL, and the SELECT that yields them in that order; {db} is the database's name
VIEWS: dict[tuple[str, str], tuple[str, str]] = {
    ("sys", "schemas"): (
        "name sysname, schema_id int, principal_id int",
        f"SELECT name, schema_id, CASE schema_id WHEN 3 THEN 3 WHEN 4 THEN 4 ELSE 1 END FROM {POOL}.schemas",
    ),
    ("sys", "objects"): (OBJECT_COLUMNS, f"{OBJECT_SELECT} FROM {POOL}.objects"),
    ("sys", "tables"): (TABLE_COLUMNS, TABLE_SELECT),
    ("sys", "views"): (VIEW_COLUMNS, f"{OBJECT_SELECT}, {NOT_OF_VIEWS} FROM {POOL}.objects WHERE type = 'V'"),
    ("sys", "sql_modules"): (MODULE_COLUMNS, MODULE_SELECT),
    ("sys", "all_sql_modules"): (MODULE_COLUMNS, MODULE_SELECT),
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
          LEFT JOIN (SELECT o.object_id, lower(s.name || '.' || o.name) AS full_name FROM {NAMED}) o
            ON p.class IN ('OBJECT', 'COLUMN') AND (p.securable = o.full_name
              OR p.class = 'COLUMN' AND starts_with(p.securable, o.full_name || '.'))
          LEFT JOIN {POOL}.columns c ON p.class = 'COLUMN' AND c.object_id = o.object_id
            AND p.securable = o.full_name || '.' || lower(c.name)
          LEFT JOIN {POOL}.schemas s ON p.class = 'SCHEMA' AND lower(s.name) = p.securable""",
    ),
    ("sys", "security_policies"): (
        f"{OBJECT_COLUMNS}, is_enabled bit, is_not_for_replication bit, is_schema_bound bit",
        f"""{OBJECT_SELECT}, CAST(options->>'enabled' AS BOOLEAN), false, true
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
    ("sys", "procedures"): (
        f"{OBJECT_COLUMNS}, is_auto_executed bit, is_execution_replicated bit, is_repl_serializable_only bit, "
        "skips_repl_constraints bit",
        f"{OBJECT_SELECT}, false, false, false, false FROM {POOL}.objects WHERE type = 'P'",
    ),
    ("sys", "parameters"): (PARAMETER_COLUMNS, PARAMETER_SELECT),
    ("sys", "all_parameters"): (PARAMETER_COLUMNS, PARAMETER_SELECT),
    ("sys", "columns"): (COLUMN_COLUMNS, column_select(f"{POOL}.columns")),
    ("sys", "types"): (
        "name sysname, system_type_id tinyint, user_type_id int, schema_id int, principal_id int, max_length smallint, "
        "precision tinyint, scale tinyint, collation_name sysname, is_nullable bit, is_user_defined bit, "
        "is_assembly_type bit, default_object_id int, rule_object_id int, is_table_type bit",
        f"""SELECT type_name, id, id, 4, NULL, {SIZES}, {COLLATED}, true, false,
          false, 0, 0,
          false FROM (SELECT type AS type_name, id, CASE WHEN type IN ({CHARS}, 'binary', 'varbinary')
            THEN CASE WHEN type IN ({WIDE}) THEN 4000 ELSE 8000 END ELSE 0 END AS length, 38 AS precision,
            CASE WHEN type IN ('datetime2', 'time', 'datetimeoffset') THEN 7
            WHEN type = 'datetime' THEN 3 WHEN type = 'decimal' THEN 38
            ELSE 0 END AS scale FROM {TYPES})
          UNION ALL SELECT 'sysname', 231, 256, 4, NULL, 256, 0, 0, '{COLLATION}', false, false, false, 0, 0, false
          UNION ALL SELECT 'numeric', 108, 108, 4, NULL, 17, 38, 38, NULL, true, false, false, 0, 0, false""",
    ),
    ("sys", "identity_columns"): (
        "object_id int, name sysname, column_id int, system_type_id tinyint, seed_value bigint, "
        "increment_value bigint, "
        "last_value bigint, is_not_for_replication bit, is_identity bit",
        f"""SELECT object_id, name, column_id, i.id, identity_seed, identity_step, NULL, false, true FROM {POOL}.columns
          JOIN {TYPES} ON i.type = type_name WHERE identity_seed IS NOT NULL""",
    ),
    ("sys", "default_constraints"): (
        OBJECT_COLUMNS + ", parent_column_id int, definition nvarchar(4000), is_system_named bit",
        f"""SELECT coalesce(d.name, 'DF_' || o.name || '_' || c.name), -c.object_id * 1000 - c.column_id,
          CAST(NULL AS INTEGER),
          o.schema_id, o.object_id, 'D ', 'DEFAULT_CONSTRAINT', o.create_date, o.modify_date, false, false, false,
          c.column_id,
          coalesce(d.written, '(' || c.default_text || ')'), d.name IS NULL
          FROM {POOL}.columns c JOIN {POOL}.objects o ON o.object_id = c.object_id
          LEFT JOIN {POOL}.defaults d ON d.parent_id = c.object_id AND d.column_name = c.name
          WHERE c.default_text IS NOT NULL""",
    ),
    ("sys", "database_principals"): (
        "name sysname, principal_id int, type char(1), type_desc nvarchar(60), default_schema_name sysname, "
        "create_date datetime, modify_date datetime, owning_principal_id int, sid varbinary(85), is_fixed_role bit, "
        "authentication_type int, authentication_type_desc nvarchar(60), default_language_name sysname, "
        "default_language_lcid int, allow_encrypted_value_modifications bit",
        f"""SELECT name, principal_id, type, CASE type WHEN 'R' THEN 'DATABASE_ROLE' ELSE 'SQL_USER' END, home,
          TIMESTAMP '2000-01-01', TIMESTAMP '2000-01-01', CASE type WHEN 'R' THEN 1 END, NULL,
          type = 'R' AND starts_with(name, 'db_'), CASE name WHEN 'dbo' THEN 1 ELSE 0 END,
          CASE name WHEN 'dbo' THEN 'INSTANCE' ELSE 'NONE' END, NULL, NULL, false
          FROM (SELECT name, principal_id, type, CASE type WHEN 'S' THEN 'dbo' END AS home FROM {POOL}.principals
            UNION ALL VALUES ('INFORMATION_SCHEMA', 3, 'S', NULL), ('sys', 4, 'S', NULL))""",
    ),
    ("sys", "databases"): (
        "name sysname, database_id int, source_database_id int, owner_sid varbinary(85), create_date datetime, "
        "compatibility_level tinyint, collation_name sysname, user_access tinyint, user_access_desc nvarchar(60), "
        "is_read_only bit, is_auto_close_on bit, is_auto_shrink_on bit, state tinyint, state_desc nvarchar(60), "
        "is_in_standby bit, is_cleanly_shutdown bit, is_supplemental_logging_enabled bit, "
        "snapshot_isolation_state tinyint, snapshot_isolation_state_desc nvarchar(60), "
        "is_read_committed_snapshot_on bit, recovery_model tinyint, recovery_model_desc nvarchar(60), "
        "page_verify_option tinyint, page_verify_option_desc nvarchar(60), is_auto_create_stats_on bit, "
        "is_auto_create_stats_incremental_on bit, is_auto_update_stats_on bit, is_auto_update_stats_async_on bit, "
        "is_ansi_null_default_on bit, is_ansi_nulls_on bit, is_ansi_padding_on bit, is_ansi_warnings_on bit, "
        "is_arithabort_on bit, is_concat_null_yields_null_on bit, is_numeric_roundabort_on bit, "
        "is_quoted_identifier_on bit, is_recursive_triggers_on bit, is_cursor_close_on_commit_on bit, "
        "is_local_cursor_default bit, is_fulltext_enabled bit, is_trustworthy_on bit, is_db_chaining_on bit, "
        "is_parameterization_forced bit, is_master_key_encrypted_by_server bit, is_query_store_on bit, "
        "is_published bit, is_subscribed bit, is_merge_published bit, is_distributor bit, is_sync_with_backup "
        "bit, service_broker_guid uniqueidentifier, is_broker_enabled bit, log_reuse_wait tinyint, "
        "log_reuse_wait_desc nvarchar(60), is_date_correlation_on bit, is_cdc_enabled bit, is_encrypted bit, "
        "is_honor_broker_priority_on bit, replica_id uniqueidentifier, group_database_id uniqueidentifier, "
        "resource_pool_id int, is_result_set_caching_on bit",
        f"""SELECT {{db}}, 5, NULL, NULL, TIMESTAMP '2000-01-01', 130, '{COLLATION}', 0, 'MULTI_USER', false, false,
          false, 0, 'ONLINE', false, false, false, 1, 'ON', false, 1, 'FULL', 2, 'CHECKSUM', true, false,
          true, false, false, false, false, false, false, false, false, false, false, false, false, false,
          false, false, false, false, false, false, false, false, false, false, NULL, false, 0, 'NOTHING',
          false, false, false, false, NULL, NULL, NULL, false""",
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
        OBJECT_COLUMNS + ", unique_index_id int, is_system_named bit, is_enforced bit",
        f"""SELECT k.name, k.object_id, CAST(NULL AS INTEGER), o.schema_id, k.parent_id,
          CASE k.kind WHEN 'UNIQUE' THEN 'UQ' ELSE 'PK' END,
          CASE k.kind WHEN 'UNIQUE' THEN 'UNIQUE_CONSTRAINT' ELSE 'PRIMARY_KEY_CONSTRAINT' END, o.create_date,
          o.modify_date, false, false, false, {KEY_INDEX}, false, false
          FROM {POOL}.constraints k JOIN {POOL}.objects o ON o.object_id = k.parent_id""",
    ),
    ("sys", "external_tables"): (
        OBJECT_COLUMNS
        + ", location nvarchar(4000), data_source_name sysname, file_format_name sysname, is_external bit",
        f"""{OBJECT_SELECT}, options->>'LOCATION', options->>'DATA_SOURCE', options->>'FILE_FORMAT', true
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
}  # fmt: skip
