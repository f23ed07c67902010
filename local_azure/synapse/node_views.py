"""The views of a pool's compute nodes, `sys.dm_pdw_nodes_*`, which are empty here, with the columns of SQL Server's.

Source: Microsoft Learn, "System views supported in Synapse SQL", SQL Server DMVs available in dedicated SQL pool; the
page of each SQL Server view, to which a pool adds pdw_node_id.
"""

from __future__ import annotations

EMPTY: dict[tuple[str, str], str] = {
    ("sys", "dm_pdw_nodes_db_column_store_row_group_physical_stats"): "object_id int, index_id int, "
    "partition_number int, row_group_id int, delta_store_hobt_id bigint, state tinyint, state_desc nvarchar(60), "
    "total_rows bigint, deleted_rows bigint, size_in_bytes bigint, trim_reason tinyint, "
    "trim_reason_desc nvarchar(60), transition_to_compressed_state tinyint, "
    "transition_to_compressed_state_desc nvarchar(60), has_vertipaq_optimization bit, generation bigint, "
    "created_time datetime2, closed_time datetime2, distribution_id int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_db_column_store_row_group_operational_stats"): "object_id int, index_id int, "
    "partition_number int, row_group_id int, scan_count int, delete_buffer_scan_count int, index_scan_count int, "
    "rowgroup_lock_count bigint, rowgroup_lock_wait_count bigint, rowgroup_lock_wait_in_ms bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_db_file_space_usage"): "database_id smallint, file_id smallint, filegroup_id smallint, "
    "total_page_count bigint, allocated_extent_page_count bigint, unallocated_extent_page_count bigint, "
    "version_store_reserved_page_count bigint, user_object_reserved_page_count bigint, "
    "internal_object_reserved_page_count bigint, mixed_extent_page_count bigint, modified_extent_page_count bigint, "
    "distribution_id int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_db_index_usage_stats"): "database_id smallint, object_id int, index_id int, "
    "user_seeks bigint, user_scans bigint, user_lookups bigint, user_updates bigint, last_user_seek datetime, "
    "last_user_scan datetime, last_user_lookup datetime, last_user_update datetime, system_seeks bigint, "
    "system_scans bigint, system_lookups bigint, system_updates bigint, last_system_seek datetime, "
    "last_system_scan datetime, last_system_lookup datetime, last_system_update datetime, pdw_node_id int",
    ("sys", "dm_pdw_nodes_db_session_space_usage"): "session_id smallint, database_id smallint, "
    "user_objects_alloc_page_count bigint, user_objects_dealloc_page_count bigint, "
    "internal_objects_alloc_page_count bigint, internal_objects_dealloc_page_count bigint, "
    "user_objects_deferred_dealloc_page_count bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_db_task_space_usage"): "session_id smallint, request_id int, exec_context_id int, "
    "database_id smallint, user_objects_alloc_page_count bigint, user_objects_dealloc_page_count bigint, "
    "internal_objects_alloc_page_count bigint, internal_objects_dealloc_page_count bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_background_job_queue"): "time_queued datetime, job_id int, database_id int, "
    "object_id1 int, object_id2 int, object_id3 int, object_id4 int, error_code int, request_type smallint, "
    "retry_count smallint, in_progress smallint, session_id smallint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_background_job_queue_stats"): "queue_max_len int, enqueued_count int, "
    "started_count int, ended_count int, failed_lock_count int, failed_other_count int, failed_giveup_count int, "
    "enqueue_failed_full_count int, enqueue_failed_duplicate_count int, elapsed_avg_ms int, elapsed_max_ms int, "
    "pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_cached_plans"): "bucketid int, refcounts int, usecounts int, size_in_bytes int, "
    "memory_object_address varbinary(8), cacheobjtype nvarchar(34), objtype nvarchar(16), plan_handle varbinary(64), "
    "pool_id int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_connections"): "session_id int, most_recent_session_id int, connect_time datetime, "
    "net_transport nvarchar(40), protocol_type nvarchar(40), protocol_version int, endpoint_id int, "
    "encrypt_option nvarchar(40), auth_scheme nvarchar(40), node_affinity smallint, num_reads int, num_writes int, "
    "last_read datetime, last_write datetime, net_packet_size int, client_net_address varchar(48), "
    "client_tcp_port int, local_net_address varchar(48), local_tcp_port int, connection_id uniqueidentifier, "
    "parent_connection_id uniqueidentifier, most_recent_sql_handle varbinary(64), pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_procedure_stats"): "database_id int, object_id int, type char(2), "
    "type_desc nvarchar(60), sql_handle varbinary(64), plan_handle varbinary(64), cached_time datetime, "
    "last_execution_time datetime, execution_count bigint, total_worker_time bigint, last_worker_time bigint, "
    "min_worker_time bigint, max_worker_time bigint, total_physical_reads bigint, last_physical_reads bigint, "
    "min_physical_reads bigint, max_physical_reads bigint, total_logical_writes bigint, last_logical_writes bigint, "
    "min_logical_writes bigint, max_logical_writes bigint, total_logical_reads bigint, last_logical_reads bigint, "
    "min_logical_reads bigint, max_logical_reads bigint, total_elapsed_time bigint, last_elapsed_time bigint, "
    "min_elapsed_time bigint, max_elapsed_time bigint, total_spills bigint, last_spills bigint, min_spills bigint, "
    "max_spills bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_query_memory_grants"): "session_id smallint, request_id int, scheduler_id int, "
    "dop smallint, request_time datetime, grant_time datetime, requested_memory_kb bigint, granted_memory_kb bigint, "
    "required_memory_kb bigint, used_memory_kb bigint, max_used_memory_kb bigint, query_cost float, timeout_sec int, "
    "resource_semaphore_id smallint, queue_id smallint, wait_order int, is_next_candidate bit, wait_time_ms bigint, "
    "plan_handle varbinary(64), sql_handle varbinary(64), group_id int, pool_id int, is_small tinyint, "
    "ideal_memory_kb bigint, reserved_worker_count bigint, used_worker_count bigint, max_used_worker_count bigint, "
    "reserved_node_bitmap bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_query_optimizer_info"): "counter nvarchar(4000), occurrence bigint, value float, "
    "pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_query_resource_semaphores"): "resource_semaphore_id smallint, target_memory_kb bigint, "
    "max_target_memory_kb bigint, total_memory_kb bigint, available_memory_kb bigint, granted_memory_kb bigint, "
    "used_memory_kb bigint, grantee_count int, waiter_count int, timeout_error_count bigint, "
    "forced_grant_count bigint, pool_id int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_query_stats"): "sql_handle varbinary(64), statement_start_offset int, "
    "statement_end_offset int, plan_generation_num bigint, plan_handle varbinary(64), creation_time datetime, "
    "last_execution_time datetime, execution_count bigint, total_worker_time bigint, last_worker_time bigint, "
    "min_worker_time bigint, max_worker_time bigint, total_physical_reads bigint, last_physical_reads bigint, "
    "min_physical_reads bigint, max_physical_reads bigint, total_logical_writes bigint, last_logical_writes bigint, "
    "min_logical_writes bigint, max_logical_writes bigint, total_logical_reads bigint, last_logical_reads bigint, "
    "min_logical_reads bigint, max_logical_reads bigint, total_clr_time bigint, last_clr_time bigint, "
    "min_clr_time bigint, max_clr_time bigint, total_elapsed_time bigint, last_elapsed_time bigint, "
    "min_elapsed_time bigint, max_elapsed_time bigint, query_hash binary(8), query_plan_hash binary(8), "
    "total_rows bigint, last_rows bigint, min_rows bigint, max_rows bigint, statement_sql_handle varbinary(64), "
    "statement_context_id bigint, total_dop bigint, last_dop bigint, min_dop bigint, max_dop bigint, "
    "total_grant_kb bigint, last_grant_kb bigint, min_grant_kb bigint, max_grant_kb bigint, "
    "total_used_grant_kb bigint, last_used_grant_kb bigint, min_used_grant_kb bigint, max_used_grant_kb bigint, "
    "total_ideal_grant_kb bigint, last_ideal_grant_kb bigint, min_ideal_grant_kb bigint, max_ideal_grant_kb bigint, "
    "total_reserved_threads bigint, last_reserved_threads bigint, min_reserved_threads bigint, "
    "max_reserved_threads bigint, total_used_threads bigint, last_used_threads bigint, min_used_threads bigint, "
    "max_used_threads bigint, total_columnstore_segment_reads bigint, last_columnstore_segment_reads bigint, "
    "min_columnstore_segment_reads bigint, max_columnstore_segment_reads bigint, "
    "total_columnstore_segment_skips bigint, last_columnstore_segment_skips bigint, "
    "min_columnstore_segment_skips bigint, max_columnstore_segment_skips bigint, total_spills bigint, "
    "last_spills bigint, min_spills bigint, max_spills bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_requests"): "session_id smallint, request_id int, start_time datetime, "
    "status nvarchar(30), command nvarchar(32), sql_handle varbinary(64), statement_start_offset int, "
    "statement_end_offset int, plan_handle varbinary(64), database_id smallint, user_id int, "
    "connection_id uniqueidentifier, blocking_session_id smallint, wait_type nvarchar(60), wait_time int, "
    "last_wait_type nvarchar(60), wait_resource nvarchar(256), open_transaction_count int, open_resultset_count int, "
    "transaction_id bigint, context_info varbinary(128), percent_complete real, estimated_completion_time bigint, "
    "cpu_time int, total_elapsed_time int, scheduler_id int, task_address varbinary(8), reads bigint, writes bigint, "
    "logical_reads bigint, text_size int, language nvarchar(128), date_format nvarchar(3), date_first smallint, "
    "quoted_identifier bit, arithabort bit, ansi_null_dflt_on bit, ansi_defaults bit, ansi_warnings bit, "
    "ansi_padding bit, ansi_nulls bit, concat_null_yields_null bit, transaction_isolation_level smallint, "
    "lock_timeout int, deadlock_priority int, row_count bigint, prev_error int, nest_level int, "
    "granted_query_memory int, executing_managed_code bit, group_id int, query_hash binary(8), "
    "query_plan_hash binary(8), statement_sql_handle varbinary(64), statement_context_id bigint, dop int, "
    "parallel_worker_count int, external_script_request_id uniqueidentifier, is_resumable bit, pdw_node_id int",
    ("sys", "dm_pdw_nodes_exec_sessions"): "session_id smallint, login_time datetime, host_name nvarchar(128), "
    "program_name nvarchar(128), host_process_id int, client_version int, client_interface_name nvarchar(32), "
    "security_id varbinary(85), login_name nvarchar(128), nt_domain nvarchar(128), nt_user_name nvarchar(128), "
    "status nvarchar(30), context_info varbinary(128), cpu_time int, memory_usage int, total_scheduled_time int, "
    "total_elapsed_time int, endpoint_id int, last_request_start_time datetime, last_request_end_time datetime, "
    "reads bigint, writes bigint, logical_reads bigint, is_user_process bit, text_size int, language nvarchar(128), "
    "date_format nvarchar(3), date_first smallint, quoted_identifier bit, arithabort bit, ansi_null_dflt_on bit, "
    "ansi_defaults bit, ansi_warnings bit, ansi_padding bit, ansi_nulls bit, concat_null_yields_null bit, "
    "transaction_isolation_level smallint, lock_timeout int, deadlock_priority int, row_count bigint, prev_error int, "
    "original_security_id varbinary(85), original_login_name nvarchar(128), last_successful_logon datetime, "
    "last_unsuccessful_logon datetime, unsuccessful_logons bigint, group_id int, database_id smallint, "
    "authenticating_database_id int, open_transaction_count int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_io_pending_io_requests"): "io_completion_request_address varbinary(8), "
    "io_type nvarchar(60), io_pending_ms_ticks bigint, io_pending int, io_completion_routine_address varbinary(8), "
    "io_user_data_address varbinary(8), scheduler_address varbinary(8), io_handle varbinary(8), io_offset bigint, "
    "io_handle_path nvarchar(256), pdw_node_id int",
    ("sys", "dm_pdw_nodes_io_virtual_file_stats"): "database_name sysname, database_id smallint, file_id smallint, "
    "sample_ms bigint, num_of_reads bigint, num_of_bytes_read bigint, io_stall_read_ms bigint, num_of_writes bigint, "
    "num_of_bytes_written bigint, io_stall_write_ms bigint, io_stall bigint, size_on_disk_bytes bigint, "
    "file_handle varbinary(8), io_stall_queued_read_ms bigint, io_stall_queued_write_ms bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_buffer_descriptors"): "database_id int, file_id int, page_id int, page_level int, "
    "allocation_unit_id bigint, page_type nvarchar(60), row_count int, free_space_in_bytes int, is_modified bit, "
    "numa_node int, read_microsec bigint, is_in_bpool_extension bit, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_child_instances"): "owning_principal_name nvarchar(256), "
    "owning_principal_sid nvarchar(256), owning_principal_sid_binary varbinary(85), instance_name nvarchar(128), "
    "instance_pipe_name nvarchar(260), os_process_id int, os_process_creation_date datetime, heart_beat nvarchar(5), "
    "pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_cluster_nodes"): "NodeName sysname, status int, status_description nvarchar(20), "
    "is_current_owner bit, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_dispatcher_pools"): "dispatcher_pool_address varbinary(8), type nvarchar(256), "
    "name nvarchar(256), dispatcher_count int, dispatcher_ideal_count int, dispatcher_timeout_ms int, "
    "dispatcher_waiting_count int, queue_length int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_hosts"): "host_address varbinary(8), type nvarchar(60), name nvarchar(32), "
    "enqueued_tasks_count int, active_tasks_count int, completed_ios_count int, completed_ios_in_bytes bigint, "
    "active_ios_count int, default_memory_clerk_address varbinary(8), pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_latch_stats"): "latch_class nvarchar(60), waiting_requests_count bigint, "
    "wait_time_ms bigint, max_wait_time_ms bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_memory_brokers"): "pool_id int, memory_broker_type nvarchar(60), allocations_kb bigint, "
    "allocations_kb_per_sec bigint, predicted_allocations_kb bigint, target_allocations_kb bigint, "
    "future_allocations_kb bigint, overall_limit_kb bigint, last_notification nvarchar(60), pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_memory_cache_clock_hands"): "cache_address varbinary(8), name nvarchar(256), "
    "type nvarchar(60), clock_hand nvarchar(60), clock_status nvarchar(60), rounds_count bigint, "
    "removed_all_rounds_count bigint, updated_last_round_count bigint, removed_last_round_count bigint, "
    "last_tick_time bigint, round_start_time bigint, last_round_start_time bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_memory_cache_counters"): "cache_address varbinary(8), name nvarchar(256), "
    "type nvarchar(60), pages_kb bigint, pages_in_use_kb bigint, entries_count bigint, entries_in_use_count bigint, "
    "pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_memory_cache_entries"): "cache_address varbinary(8), name nvarchar(256), "
    "type varchar(60), entry_address varbinary(8), entry_data_address varbinary(8), in_use_count int, is_dirty bit, "
    "disk_ios_count int, context_switches_count int, original_cost int, current_cost int, "
    "memory_object_address varbinary(8), pages_kb bigint, entry_data nvarchar(2048), pool_id int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_memory_cache_hash_tables"): "cache_address varbinary(8), name nvarchar(256), "
    "type nvarchar(60), table_level int, buckets_count int, buckets_in_use_count int, buckets_min_length int, "
    "buckets_max_length int, buckets_avg_length int, buckets_max_length_ever int, hits_count bigint, "
    "misses_count bigint, buckets_avg_scan_hit_length int, buckets_avg_scan_miss_length int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_memory_clerks"): "memory_clerk_address varbinary(8), type nvarchar(60), "
    "name nvarchar(256), memory_node_id smallint, pages_kb bigint, virtual_memory_reserved_kb bigint, "
    "virtual_memory_committed_kb bigint, awe_allocated_kb bigint, shared_memory_reserved_kb bigint, "
    "shared_memory_committed_kb bigint, page_size_in_bytes bigint, page_allocator_address varbinary(8), "
    "host_address varbinary(8), pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_memory_nodes"): "memory_node_id smallint, virtual_address_space_reserved_kb bigint, "
    "virtual_address_space_committed_kb bigint, locked_page_allocations_kb bigint, pages_kb bigint, "
    "shared_memory_reserved_kb bigint, shared_memory_committed_kb bigint, cpu_affinity_mask bigint, "
    "online_scheduler_mask bigint, processor_group smallint, foreign_committed_kb bigint, target_kb bigint, "
    "pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_memory_objects"): "memory_object_address varbinary(8), parent_address varbinary(8), "
    "pages_in_bytes bigint, creation_options int, bytes_used bigint, type nvarchar(60), name varchar(128), "
    "memory_node_id smallint, creation_time datetime, page_size_in_bytes int, max_pages_in_bytes bigint, "
    "page_allocator_address varbinary(8), creation_stack_address varbinary(8), sequence_num int, partition_type int, "
    "contention_factor real, waiting_tasks_count bigint, exclusive_access_count bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_memory_pools"): "memory_pool_address varbinary(8), pool_id int, type nvarchar(60), "
    "name nvarchar(256), max_free_entries_count bigint, free_entries_count bigint, "
    "removed_in_all_rounds_count bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_nodes"): "node_id smallint, node_state_desc nvarchar(256), "
    "memory_object_address varbinary(8), memory_clerk_address varbinary(8), "
    "io_completion_worker_address varbinary(8), memory_node_id smallint, cpu_affinity_mask bigint, "
    "online_scheduler_count smallint, idle_scheduler_count smallint, active_worker_count int, avg_load_balance int, "
    "timer_task_affinity_mask bigint, permanent_task_affinity_mask bigint, resource_monitor_state bit, "
    "online_scheduler_mask bigint, processor_group smallint, cpu_count int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_performance_counters"): "object_name nchar(128), counter_name nchar(128), "
    "instance_name nchar(128), cntr_value bigint, cntr_type int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_process_memory"): "physical_memory_in_use_kb bigint, large_page_allocations_kb bigint, "
    "locked_page_allocations_kb bigint, total_virtual_address_space_kb bigint, "
    "virtual_address_space_reserved_kb bigint, virtual_address_space_committed_kb bigint, "
    "virtual_address_space_available_kb bigint, page_fault_count bigint, memory_utilization_percentage int, "
    "available_commit_limit_kb bigint, process_physical_memory_low bit, process_virtual_memory_low bit, "
    "pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_schedulers"): "scheduler_address varbinary(8), parent_node_id int, scheduler_id int, "
    "cpu_id smallint, status nvarchar(60), is_online bit, is_idle bit, preemptive_switches_count int, "
    "context_switches_count int, idle_switches_count int, current_tasks_count int, runnable_tasks_count int, "
    "current_workers_count int, active_workers_count int, work_queue_count bigint, pending_disk_io_count int, "
    "load_factor int, yield_count int, last_timer_activity bigint, failed_to_create_worker bit, "
    "active_worker_address varbinary(8), memory_object_address varbinary(8), task_memory_object_address varbinary(8), "
    "quantum_length_us bigint, total_cpu_usage_ms bigint, total_cpu_idle_capped_ms bigint, "
    "total_scheduler_delay_ms bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_sys_info"): "cpu_ticks bigint, ms_ticks bigint, cpu_count int, hyperthread_ratio int, "
    "physical_memory_kb bigint, virtual_memory_kb bigint, committed_kb int, committed_target_kb int, "
    "visible_target_kb int, stack_size_in_bytes int, os_quantum bigint, os_error_mode int, os_priority_class int, "
    "max_workers_count int, scheduler_count int, scheduler_total_count int, deadlock_monitor_serial_number int, "
    "sqlserver_start_time_ms_ticks bigint, sqlserver_start_time datetime, affinity_type int, "
    "affinity_type_desc varchar(60), process_kernel_time_ms bigint, process_user_time_ms bigint, time_source int, "
    "time_source_desc nvarchar(60), virtual_machine_type int, virtual_machine_type_desc nvarchar(60), "
    "softnuma_configuration int, softnuma_configuration_desc nvarchar(60), process_physical_affinity nvarchar(3072), "
    "sql_memory_model int, sql_memory_model_desc nvarchar(120), socket_count int, cores_per_socket int, "
    "numa_node_count int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_sys_memory"): "total_physical_memory_kb bigint, available_physical_memory_kb bigint, "
    "total_page_file_kb bigint, available_page_file_kb bigint, system_cache_kb bigint, kernel_paged_pool_kb bigint, "
    "kernel_nonpaged_pool_kb bigint, system_high_memory_signal_state bit, system_low_memory_signal_state bit, "
    "system_memory_state_desc nvarchar(256), pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_tasks"): "task_address varbinary(8), task_state nvarchar(60), "
    "context_switches_count int, pending_io_count int, pending_io_byte_count bigint, pending_io_byte_average int, "
    "scheduler_id int, session_id smallint, exec_context_id int, request_id int, worker_address varbinary(8), "
    "host_address varbinary(8), parent_task_address varbinary(8), pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_threads"): "thread_address varbinary(8), started_by_sqlservr bit, os_thread_id int, "
    "status int, instruction_address varbinary(8), creation_time datetime, kernel_time bigint, usermode_time bigint, "
    "stack_base_address varbinary(8), stack_end_address varbinary(8), stack_bytes_committed int, "
    "stack_bytes_used int, affinity bigint, Priority int, Locale int, Token varbinary(8), is_impersonating int, "
    "is_waiting_on_loader_lock int, fiber_data varbinary(8), thread_handle varbinary(8), event_handle varbinary(8), "
    "scheduler_address varbinary(8), worker_address varbinary(8), fiber_context_address varbinary(8), "
    "self_address varbinary(8), processor_group smallint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_virtual_address_dump"): "region_base_address varbinary(8), "
    "region_allocation_base_address varbinary(8), region_allocation_protection varbinary(8), "
    "region_size_in_bytes bigint, region_state varbinary(8), region_current_protection varbinary(8), "
    "region_type varbinary(8), pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_wait_stats"): "wait_type nvarchar(60), waiting_tasks_count bigint, wait_time_ms bigint, "
    "max_wait_time_ms bigint, signal_wait_time_ms bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_waiting_tasks"): "waiting_task_address varbinary(8), session_id smallint, "
    "exec_context_id int, wait_duration_ms bigint, wait_type nvarchar(60), resource_address varbinary(8), "
    "blocking_task_address varbinary(8), blocking_session_id smallint, blocking_exec_context_id int, "
    "resource_description nvarchar(3072), pdw_node_id int",
    ("sys", "dm_pdw_nodes_os_workers"): "worker_address varbinary(8), status int, is_preemptive bit, is_fiber bit, "
    "is_sick bit, is_in_cc_exception bit, is_fatal_exception bit, is_inside_catch bit, "
    "is_in_polling_io_completion_routine bit, context_switch_count int, pending_io_count int, "
    "pending_io_byte_count bigint, pending_io_byte_average int, wait_started_ms_ticks bigint, "
    "wait_resumed_ms_ticks bigint, task_bound_ms_ticks bigint, worker_created_ms_ticks bigint, exception_num int, "
    "exception_severity int, exception_address varbinary(8), affinity bigint, state nvarchar(60), "
    "start_quantum bigint, end_quantum bigint, last_wait_type nvarchar(60), return_code int, quantum_used bigint, "
    "max_quantum bigint, boost_count int, tasks_processed_count int, fiber_address varbinary(8), "
    "task_address varbinary(8), memory_object_address varbinary(8), thread_address varbinary(8), "
    "signal_worker_address varbinary(8), scheduler_address varbinary(8), processor_group smallint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_tran_active_snapshot_database_transactions"): "transaction_id bigint, "
    "transaction_sequence_num bigint, commit_sequence_num bigint, is_snapshot int, session_id int, "
    "first_snapshot_sequence_num bigint, max_version_chain_traversed int, average_version_chain_traversed real, "
    "elapsed_time_seconds bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_tran_active_transactions"): "transaction_id bigint, name nvarchar(32), "
    "transaction_begin_time datetime, transaction_type int, transaction_uow uniqueidentifier, transaction_state int, "
    "transaction_status int, transaction_status2 int, dtc_state int, dtc_status int, dtc_isolation_level int, "
    "filestream_transaction_id varbinary(128), pdw_node_id int",
    ("sys", "dm_pdw_nodes_tran_commit_table"): "commit_ts bigint, xdes_id bigint, commit_lbn bigint, "
    "commit_csn bigint, commit_time smalldatetime, pdw_node_id int",
    ("sys", "dm_pdw_nodes_tran_current_snapshot"): "transaction_sequence_num bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_tran_current_transaction"): "transaction_id bigint, transaction_sequence_num bigint, "
    "transaction_is_snapshot bit, first_snapshot_sequence_num bigint, last_transaction_sequence_num bigint, "
    "first_useful_sequence_num bigint, pdw_node_id int",
    ("sys", "dm_pdw_nodes_tran_database_transactions"): "transaction_id bigint, database_id int, "
    "database_transaction_begin_time datetime, database_transaction_type int, database_transaction_state int, "
    "database_transaction_status int, database_transaction_status2 int, database_transaction_log_record_count bigint, "
    "database_transaction_replicate_record_count int, database_transaction_log_bytes_used bigint, "
    "database_transaction_log_bytes_reserved bigint, database_transaction_log_bytes_used_system int, "
    "database_transaction_log_bytes_reserved_system int, database_transaction_begin_lsn decimal(25, 0), "
    "database_transaction_last_lsn decimal(25, 0), database_transaction_most_recent_savepoint_lsn decimal(25, 0), "
    "database_transaction_commit_lsn decimal(25, 0), database_transaction_last_rollback_lsn decimal(25, 0), "
    "database_transaction_next_undo_lsn decimal(25, 0), pdw_node_id int",
    ("sys", "dm_pdw_nodes_tran_locks"): "resource_type nvarchar(60), resource_subtype nvarchar(60), "
    "resource_database_id int, resource_description nvarchar(256), resource_associated_entity_id bigint, "
    "resource_lock_partition int, request_mode nvarchar(60), request_type nvarchar(60), request_status nvarchar(60), "
    "request_reference_count smallint, request_lifetime int, request_session_id int, request_exec_context_id int, "
    "request_request_id int, request_owner_type nvarchar(60), request_owner_id bigint, "
    "request_owner_guid uniqueidentifier, request_owner_lockspace_id nvarchar(32), lock_owner_address varbinary(8), "
    "pdw_node_id int",
    ("sys", "dm_pdw_nodes_tran_session_transactions"): "session_id int, transaction_id bigint, "
    "transaction_descriptor binary(8), enlist_count int, is_user_transaction bit, is_local bit, is_enlisted bit, "
    "is_bound bit, open_transaction_count int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_tran_top_version_generators"): "database_id int, rowset_id bigint, "
    "aggregated_record_length_in_bytes int, pdw_node_id int",
    ("sys", "dm_pdw_nodes_database_encryption_keys"): "database_id int, encryption_state int, create_date datetime, "
    "regenerate_date datetime, modify_date datetime, set_date datetime, opened_date datetime, "
    "key_algorithm nvarchar(32), key_length int, encryptor_thumbprint varbinary(20), percent_complete real, "
    "pdw_node_id int",
}  # fmt: skip
