"""Catalogue views and management views that a pool has and that are empty here, with the columns their pages list.

Source: Microsoft Learn, "System views supported in Azure Synapse Analytics", and the page of each view.
"""

from __future__ import annotations

_OBJECT = (
    "name sysname, object_id int, principal_id int, schema_id int, parent_object_id int, type char(2), "
    "type_desc nvarchar(60), create_date datetime, modify_date datetime, is_ms_shipped bit, is_published bit, "
    "is_schema_published bit"
)

EMPTY: dict[tuple[str, str], str] = {
    ("sys", "extended_properties"): "class tinyint, class_desc nvarchar(60), major_id int, minor_id int, name sysname, "
    "value nvarchar(4000)",
    ("sys", "foreign_keys"): f"{_OBJECT}, referenced_object_id int, key_index_id int, is_disabled bit, "
    "is_not_for_replication bit, is_not_trusted bit, delete_referential_action tinyint, "
    "delete_referential_action_desc nvarchar(60), update_referential_action tinyint, "
    "update_referential_action_desc nvarchar(60), is_system_named bit",
    ("sys", "foreign_key_columns"): "constraint_object_id int, constraint_column_id int, parent_object_id int, "
    "parent_column_id int, referenced_object_id int, referenced_column_id int",
    ("sys", "check_constraints"): f"{_OBJECT}, is_disabled bit, is_not_for_replication bit, is_not_trusted bit, "
    "parent_column_id int, definition nvarchar(max), uses_database_collation bit, is_system_named bit",
    ("sys", "computed_columns"): "object_id int, name sysname, column_id int, system_type_id tinyint, "
    "user_type_id int, max_length smallint, precision tinyint, scale tinyint, is_nullable bit, "
    "definition nvarchar(max), uses_database_collation bit, is_persisted bit, is_computed bit",
    ("sys", "synonyms"): f"{_OBJECT}, base_object_name nvarchar(1035)",
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
    ("sys", "pdw_column_distribution_properties"): "object_id int, column_id int, distribution_ordinal tinyint",
    ("sys", "pdw_distributions"): "distribution_id int, pdw_node_id int, name nvarchar(32), position int",
    ("sys", "pdw_table_mappings"): "physical_name nvarchar(36), object_id int",
    ("sys", "pdw_nodes_tables"): "name sysname, object_id int, schema_id int, pdw_node_id int",
    ("sys", "pdw_nodes_indexes"): "object_id int, name sysname, index_id int, type tinyint, pdw_node_id int",
    ("sys", "pdw_nodes_partitions"): "partition_id bigint, object_id int, index_id int, partition_number int, "
    "rows bigint, pdw_node_id int",
    ("sys", "pdw_nodes_column_store_row_groups"): "object_id int, index_id int, partition_number int, "
    "row_group_id int, "
    "state tinyint, state_description nvarchar(60), total_rows bigint, deleted_rows bigint, pdw_node_id int",
    ("sys", "pdw_materialized_view_distribution_properties"): "object_id int, distribution_policy tinyint, "
    "distribution_policy_desc nvarchar(60)",
    ("sys", "pdw_replicated_table_cache_state"): "object_id int, state nvarchar(40)",
    ("sys", "pdw_permanent_table_mappings"): "object_id int, physical_name nvarchar(36)",
    ("sys", "dm_pdw_dms_workers"): "request_id nvarchar(32), step_index int, dms_step_index int, pdw_node_id int, "
    "distribution_id int, "
    "type nvarchar(32), status nvarchar(32), rows_processed bigint, bytes_processed bigint",
    ("sys", "dm_pdw_nodes"): "pdw_node_id int, type nvarchar(32), name nvarchar(32), address nvarchar(32), "
    "is_passive int, region nvarchar(32)",
    ("sys", "dm_pdw_lock_waits"): "wait_id bigint, session_id nvarchar(32), type nvarchar(255), "
    "object_type nvarchar(255), object_name nvarchar(386), request_id nvarchar(32), state nvarchar(50)",
    ("sys", "dm_pdw_nodes_db_partition_stats"): "partition_id bigint, object_id int, index_id int, "
    "partition_number int, used_page_count bigint, reserved_page_count bigint, row_count bigint, pdw_node_id int, "
    "distribution_id int",
    ("sys", "dm_pdw_nodes_exec_query_statistics_xml"): "session_id smallint, request_id int, pdw_node_id int",
    ("sys", "dm_exec_sessions"): "session_id smallint, login_time datetime, host_name nvarchar(128), "
    "program_name nvarchar(128), login_name nvarchar(128), status nvarchar(30), database_id smallint, "
    "transaction_isolation_level smallint",
    ("sys", "dm_exec_requests"): "session_id smallint, request_id int, start_time datetime, status nvarchar(30), "
    "command nvarchar(32), database_id smallint",
    ("sys", "dm_exec_connections"): "session_id int, connect_time datetime, net_transport nvarchar(40), "
    "auth_scheme nvarchar(40), encrypt_option nvarchar(40)",
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
