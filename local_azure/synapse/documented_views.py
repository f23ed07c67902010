"""Catalogue views and management views that a pool has and that are empty here, with the columns their pages list.

Source: Microsoft Learn, "System views supported in Azure Synapse Analytics", and the page of each view.
"""

from __future__ import annotations

from local_azure.synapse.view_parts import MODULE_COLUMNS, OBJECT_COLUMNS

_MEASURED = ", ".join(
    f"avg_{what} float, last_{what} bigint, min_{what} bigint, max_{what} bigint, stdev_{what} float"
    for what in (
        "duration", "cpu_time", "logical_io_reads", "logical_io_writes", "physical_io_reads", "clr_time", "dop",
        "query_max_used_memory", "rowcount", "num_physical_io_reads", "log_bytes_used", "tempdb_space_used",
    )
)  # fmt: skip

EMPTY: dict[tuple[str, str], str] = {
    ("sys", "extended_properties"): "class tinyint, class_desc nvarchar(60), major_id int, minor_id int, name sysname, "
    "value nvarchar(4000)",
    ("sys", "foreign_keys"): f"{OBJECT_COLUMNS}, referenced_object_id int, key_index_id int, is_disabled bit, "
    "is_not_for_replication bit, is_not_trusted bit, delete_referential_action tinyint, "
    "delete_referential_action_desc nvarchar(60), update_referential_action tinyint, "
    "update_referential_action_desc nvarchar(60), is_system_named bit",
    ("sys", "foreign_key_columns"): "constraint_object_id int, constraint_column_id int, parent_object_id int, "
    "parent_column_id int, referenced_object_id int, referenced_column_id int",
    ("sys", "check_constraints"): f"{OBJECT_COLUMNS}, is_disabled bit, is_not_for_replication bit, is_not_trusted bit, "
    "parent_column_id int, definition nvarchar(max), uses_database_collation bit, is_system_named bit",
    ("sys", "computed_columns"): "object_id int, name sysname, column_id int, system_type_id tinyint, "
    "user_type_id int, max_length smallint, precision tinyint, scale tinyint, is_nullable bit, "
    "definition nvarchar(max), uses_database_collation bit, is_persisted bit, is_computed bit",
    ("sys", "synonyms"): f"{OBJECT_COLUMNS}, base_object_name nvarchar(1035)",
    ("sys", "triggers"): "name sysname, object_id int, parent_class tinyint, parent_class_desc nvarchar(60), "
    "parent_id int, type char(2), type_desc nvarchar(60), is_disabled bit, is_instead_of_trigger bit",
    ("sys", "database_credentials"): "credential_id int, name sysname, credential_identity nvarchar(4000), "
    "create_date datetime, modify_date datetime",
    ("sys", "configurations"): "configuration_id int, name nvarchar(35), value int, minimum int, maximum int, "
    "value_in_use int, description nvarchar(255), is_dynamic bit, is_advanced bit",
    ("sys", "workload_management_workload_groups"): "group_id int, name sysname, importance nvarchar(128), "
    "min_percentage_resource tinyint, cap_percentage_resource tinyint, "
    "request_min_resource_grant_percent decimal(5,2), "
    "request_max_resource_grant_percent decimal(5,2), query_execution_timeout_sec int, is_static bit",
    ("sys", "workload_management_workload_classifiers"): "classifier_id int, group_name sysname, name sysname, "
    "importance nvarchar(128), create_time datetime, modify_time datetime, is_enabled bit",
    ("sys", "pdw_nodes_column_store_row_groups"): "object_id int, index_id int, partition_number int, "
    "row_group_id int, "
    "state tinyint, state_description nvarchar(60), total_rows bigint, deleted_rows bigint, pdw_node_id int",
    ("sys", "pdw_materialized_view_distribution_properties"): "object_id int, distribution_policy tinyint, "
    "distribution_policy_desc nvarchar(60)",
    ("sys", "pdw_replicated_table_cache_state"): "object_id int, state nvarchar(40)",
    ("sys", "dm_pdw_dms_workers"): "request_id nvarchar(32), step_index int, dms_step_index int, pdw_node_id int, "
    "distribution_id int, "
    "type nvarchar(32), status nvarchar(32), rows_processed bigint, bytes_processed bigint",
    ("sys", "dm_pdw_lock_waits"): "wait_id bigint, session_id nvarchar(32), type nvarchar(255), "
    "object_type nvarchar(255), object_name nvarchar(386), request_id nvarchar(32), state nvarchar(50)",
    ("sys", "dm_pdw_nodes_exec_query_statistics_xml"): "session_id smallint, request_id int, pdw_node_id int",
    ("sys", "assemblies"): (
        "name sysname, principal_id int, assembly_id int, clr_name nvarchar(4000), permission_set tinyint, "
        "permission_set_desc nvarchar(60), is_visible bit, create_date datetime, modify_date datetime, "
        "is_user_defined bit"
    ),
    ("sys", "assembly_modules"): (
        "object_id int, assembly_id int, assembly_class sysname, assembly_method sysname, null_on_null_input bit, "
        "execute_as_principal_id int"
    ),
    ("sys", "assembly_types"): (
        "name sysname, system_type_id tinyint, user_type_id int, schema_id int, principal_id int, max_length "
        "smallint, precision tinyint, scale tinyint, collation_name sysname, is_nullable bit, is_user_defined "
        "bit, is_assembly_type bit, default_object_id int, rule_object_id int, assembly_id int, assembly_class "
        "sysname, is_binary_ordered bit, is_fixed_length bit, prog_id nvarchar(40), assembly_qualified_name "
        "nvarchar(4000), is_table_type bit"
    ),
    ("sys", "certificates"): (
        "name sysname, certificate_id int, principal_id int, pvt_key_encryption_type char(2), "
        "pvt_key_encryption_type_desc nvarchar(60), is_active_for_begin_dialog bit, issuer_name nvarchar(442), "
        "cert_serial_number nvarchar(64), sid varbinary(85), string_sid nvarchar(128), subject nvarchar(4000), "
        "expiry_date datetime, start_date datetime, thumbprint varbinary(32), attested_by nvarchar(260), "
        "pvt_key_last_backup_date datetime, key_length int"
    ),
    ("sys", "credentials"): (
        "credential_id int, name sysname, credential_identity nvarchar(4000), create_date datetime, modify_date "
        "datetime, target_type nvarchar(100), target_id int"
    ),
    ("sys", "database_files"): (
        "file_id int, file_guid uniqueidentifier, type tinyint, type_desc nvarchar(60), data_space_id int, "
        "name sysname, physical_name nvarchar(260), state tinyint, state_desc nvarchar(60), size int, max_size int, "
        "growth int, is_media_read_only bit, is_read_only bit, is_sparse bit, is_percent_growth bit, "
        "is_name_reserved bit, create_lsn decimal(25, 0), drop_lsn decimal(25, 0), read_only_lsn decimal(25, 0), "
        "read_write_lsn decimal(25, 0), differential_base_lsn decimal(25, 0), "
        "differential_base_guid uniqueidentifier, differential_base_time datetime, redo_start_lsn decimal(25, 0), "
        "redo_start_fork_guid uniqueidentifier, redo_target_lsn decimal(25, 0), "
        "redo_target_fork_guid uniqueidentifier, backup_lsn decimal(25, 0)"
    ),
    ("sys", "database_query_store_options"): (
        "desired_state smallint, desired_state_desc nvarchar(60), actual_state smallint, actual_state_desc "
        "nvarchar(60), readonly_reason int, current_storage_size_mb bigint, flush_interval_seconds bigint, "
        "interval_length_minutes bigint, max_storage_size_mb bigint, stale_query_threshold_days bigint, "
        "max_plans_per_query bigint, query_capture_mode smallint, query_capture_mode_desc nvarchar(60), "
        "size_based_cleanup_mode smallint, size_based_cleanup_mode_desc nvarchar(60), "
        "actual_state_additional_info nvarchar(4000)"
    ),
    ("sys", "numbered_procedures"): "object_id int, procedure_number smallint, definition nvarchar(max)",
    ("sys", "query_context_settings"): (
        "context_settings_id bigint, set_options varbinary(8), language_id smallint, date_format smallint, "
        "date_first tinyint, status varbinary(2), required_cursor_options int, acceptable_cursor_options int, "
        "merge_action_type smallint, default_schema_id int, is_replication_specific bit, is_contained "
        "varbinary(1)"
    ),
    ("sys", "query_store_plan"): (
        "plan_id bigint, query_id bigint, plan_group_id bigint, engine_version nvarchar(32), compatibility_level "
        "smallint, query_plan_hash binary(8), query_plan nvarchar(max), is_online_index_plan bit, is_trivial_plan "
        "bit, is_parallel_plan bit, is_forced_plan bit, is_natively_compiled bit, force_failure_count bigint, "
        "last_force_failure_reason int, last_force_failure_reason_desc nvarchar(128), count_compiles bigint, "
        "initial_compile_start_time datetimeoffset, last_compile_start_time datetimeoffset, last_execution_time "
        "datetimeoffset, avg_compile_duration float, last_compile_duration bigint"
    ),
    ("sys", "query_store_query"): (
        "query_id bigint, query_text_id bigint, context_settings_id bigint, object_id bigint, batch_sql_handle "
        "varbinary(64), query_hash binary(8), is_internal_query bit, query_parameterization_type tinyint, "
        "query_parameterization_type_desc nvarchar(60), initial_compile_start_time datetimeoffset, "
        "last_compile_start_time datetimeoffset, last_execution_time datetimeoffset, "
        "last_compile_batch_sql_handle varbinary(64), last_compile_batch_offset_start bigint, "
        "last_compile_batch_offset_end bigint, count_compiles bigint, avg_compile_duration float, "
        "last_compile_duration bigint, avg_bind_duration float, last_bind_duration bigint, avg_bind_cpu_time "
        "float, last_bind_cpu_time bigint, avg_optimize_duration float, last_optimize_duration bigint, "
        "avg_optimize_cpu_time float, last_optimize_cpu_time bigint, avg_compile_memory_kb float, "
        "last_compile_memory_kb bigint, max_compile_memory_kb bigint, is_clouddb_internal_query bit"
    ),
    ("sys", "query_store_query_text"): (
        "query_text_id bigint, query_sql_text nvarchar(max), statement_sql_handle varbinary(64), "
        "is_part_of_encrypted_module bit, has_restricted_text bit"
    ),
    ("sys", "query_store_runtime_stats"): (
        "runtime_stats_id bigint, plan_id bigint, runtime_stats_interval_id bigint, execution_type tinyint, "
        "execution_type_desc nvarchar(60), first_execution_time datetimeoffset, last_execution_time datetimeoffset, "
        f"count_executions bigint, {_MEASURED}"
    ),
    ("sys", "query_store_runtime_stats_interval"): (
        "runtime_stats_interval_id bigint, start_time datetimeoffset, end_time datetimeoffset, comment "
        "nvarchar(32)"
    ),
    ("sys", "securable_classes"): "class int, class_desc nvarchar(60)",
    ("sys", "syscharsets"): (
        "type smallint, id tinyint, csid tinyint, status smallint, name sysname, description nvarchar(255), "
        "binarydefinition varbinary(6000), definition varbinary(8000)"
    ),
    ("sys", "syslanguages"): (
        "langid smallint, dateformat nchar(3), datefirst tinyint, upgrade int, name sysname, alias sysname, "
        "months nvarchar(372), shortmonths nvarchar(132), days nvarchar(217), lcid int, msglangid smallint"
    ),
    ("sys", "sysreferences"): (
        "constid int, fkeyid int, rkeyid int, rkeyindid smallint, keycnt smallint, forkeys varbinary(32), refkeys "
        "varbinary(32), fkeydbid smallint, rkeydbid smallint, fkey1 smallint, fkey2 smallint, fkey3 smallint, "
        "fkey4 smallint, fkey5 smallint, fkey6 smallint, fkey7 smallint, fkey8 smallint, fkey9 smallint, fkey10 "
        "smallint, fkey11 smallint, fkey12 smallint, fkey13 smallint, fkey14 smallint, fkey15 smallint, fkey16 "
        "smallint, rkey1 smallint, rkey2 smallint, rkey3 smallint, rkey4 smallint, rkey5 smallint, rkey6 "
        "smallint, rkey7 smallint, rkey8 smallint, rkey9 smallint, rkey10 smallint, rkey11 smallint, rkey12 "
        "smallint, rkey13 smallint, rkey14 smallint, rkey15 smallint, rkey16 smallint"
    ),
    ("sys", "system_parameters"): (
        "object_id int, name sysname, parameter_id int, system_type_id tinyint, user_type_id int, max_length "
        "smallint, precision tinyint, scale tinyint, is_output bit, is_cursor_ref bit, has_default_value bit, "
        "is_xml_document bit, default_value nvarchar(4000), xml_collection_id int, is_readonly bit, is_nullable "
        "bit"
    ),
    ("sys", "system_sql_modules"): MODULE_COLUMNS,
    ("sys", "pdw_loader_backup_runs"): (
        "run_id int, name nvarchar(255), submit_time datetime, start_time datetime, end_time datetime, "
        "total_elapsed_time int, operation_type nvarchar(16), mode nvarchar(16), database_name nvarchar(255), "
        "table_name nvarchar(255), principal_id int, session_id nvarchar(32), request_id nvarchar(32), status "
        "nvarchar(16), progress int, command nvarchar(4000), rows_processed bigint, rows_rejected bigint, "
        "rows_inserted bigint"
    ),
    ("sys", "pdw_loader_backup_run_details"): (
        "run_id int, pdw_node_id int, status nvarchar(16), start_time datetime, end_time datetime, "
        "total_elapsed_time int, progress int"
    ),
    ("sys", "pdw_materialized_view_column_distribution_properties"): (
        "object_id int, column_id int, distribution_ordinal tinyint"
    ),
    ("sys", "pdw_materialized_view_mappings"): "physical_name nvarchar(36), object_id int",
    ("sys", "pdw_nodes_column_store_dictionaries"): (
        "partition_id bigint, hobt_id bigint, column_id int, dictionary_id int, version int, type int, last_id "
        "int, entry_count bigint, on_disk_size bigint, pdw_node_id int"
    ),
    ("sys", "pdw_nodes_column_store_segments"): (
        "partition_id bigint, hobt_id bigint, column_id int, segment_id int, version int, encoding_type int, "
        "row_count int, has_nulls int, base_id bigint, magnitude float, primary_dictionary_id int, "
        "secondary_dictionary_id int, min_data_id bigint, max_data_id bigint, null_value bigint, on_disk_size "
        "bigint, pdw_node_id int"
    ),
    ("sys", "pdw_nodes_columns"): (
        "object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int, max_length "
        "smallint, precision tinyint, scale tinyint, collation_name sysname, is_nullable bit, is_ansi_padded bit, "
        "is_rowguidcol bit, is_identity bit, is_computed bit, is_filestream bit, is_replicated bit, "
        "is_non_sql_subscribed bit, is_merge_published bit, is_dts_replicated bit, is_xml_document bit, "
        "xml_collection_id int, default_object_id int, rule_object_id int, is_sparse bit, is_column_set bit, "
        "pdw_node_id int"
    ),
    ("sys", "pdw_nodes_pdw_physical_databases"): (
        "database_id int, physical_name sysname, pdw_node_id int, is_encrypted bit"
    ),
    ("sys", "resource_governor_workload_groups"): (
        "group_id int, name sysname, importance sysname, request_max_memory_grant_percent int, "
        "request_max_cpu_time_sec int, request_memory_grant_timeout_sec int, max_dop int, group_max_requests int, "
        "pool_id int, external_pool_id int"
    ),
    ("sys", "workload_management_workload_classifier_details"): (
        "classifier_id int, classifier_type nvarchar(256), classifier_value nvarchar(4000)"
    ),
    ("sys", "dm_pdw_dms_cores"): "dms_core_id int, pdw_node_id int, status nvarchar(32)",
    ("sys", "dm_pdw_dms_external_work"): (
        "request_id nvarchar(32), step_index int, dms_step_index int, pdw_node_id int, type nvarchar(60), work_id "
        "int, input_name nvarchar(60), read_location bigint, estimated_bytes_processed bigint, length bigint, "
        "status nvarchar(32), start_time datetime, end_time datetime, total_elapsed_time int"
    ),
    ("sys", "dm_pdw_hadoop_operations"): (
        "request_id nvarchar(32), step_index int, operation_type nvarchar(255), operation_name nvarchar(4000), "
        "map_progress float, reduce_progress float"
    ),
    ("sys", "dm_pdw_os_threads"): (
        "pdw_node_id int, thread_id int, process_id int, name nvarchar(255), priority int, start_time datetime, "
        "state nvarchar(32), wait_reason nvarchar(32), total_processor_elapsed_time bigint, "
        "total_user_elapsed_time bigint"
    ),
    ("sys", "dm_pdw_wait_stats"): (
        "pdw_node_id int, wait_name nvarchar(255), max_wait_time bigint, request_count bigint, signal_time "
        "bigint, completed_count bigint, wait_time bigint"
    ),
    ("sys", "dm_workload_management_workload_groups_stats"): (
        "group_id int, name sysname, statistics_start_time datetime, total_request_count bigint, "
        "total_shared_resource_requests bigint, total_queued_request_count bigint, "
        "total_request_execution_timeouts bigint, total_resource_grant_timeouts bigint, queued_request_count int, "
        "active_request_count int, effective_min_percentage_resource decimal(5, 2), "
        "effective_cap_percentage_resource decimal(5, 2), effective_request_min_resource_grant_percent decimal(5, "
        "2), request_min_resource_grant_percent decimal(5, 2), request_max_resource_grant_percent decimal(5, 2)"
    ),
    ("information_schema", "referential_constraints"): "CONSTRAINT_CATALOG sysname, CONSTRAINT_SCHEMA sysname, "
    "CONSTRAINT_NAME sysname, UNIQUE_CONSTRAINT_CATALOG sysname, UNIQUE_CONSTRAINT_SCHEMA sysname, "
    "UNIQUE_CONSTRAINT_NAME sysname, MATCH_OPTION varchar(7), UPDATE_RULE varchar(11), DELETE_RULE varchar(11)",
    ("information_schema", "check_constraints"): "CONSTRAINT_CATALOG sysname, CONSTRAINT_SCHEMA sysname, "
    "CONSTRAINT_NAME sysname, CHECK_CLAUSE nvarchar(4000)",
    ("information_schema", "domains"): "DOMAIN_CATALOG sysname, DOMAIN_SCHEMA sysname, DOMAIN_NAME sysname, "
    "DATA_TYPE sysname",
    ("information_schema", "view_table_usage"): "VIEW_CATALOG sysname, VIEW_SCHEMA sysname, VIEW_NAME sysname, "
    "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname",
    ("information_schema", "view_column_usage"): "VIEW_CATALOG sysname, VIEW_SCHEMA sysname, VIEW_NAME sysname, "
    "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, COLUMN_NAME sysname",
    ("information_schema", "routine_columns"): "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, "
    "COLUMN_NAME sysname, ORDINAL_POSITION int, DATA_TYPE sysname",
}  # fmt: skip
