"""Every view that a pool has answers, and those that tools join tell what is known.

Source: Microsoft Learn, "System views supported in Synapse SQL"; "Designing tables ... dedicated SQL pool", Table size
queries.
"""

from __future__ import annotations

from typing import Any

import pytest

from local_azure.synapse.errors import SqlError
from local_azure.synapse.installed_views import VIEWS

from .conftest import Pool, refused

# As the page lists them; `dm_pdw_nodes_` stands before the third group
CATALOGUE = """
pdw_column_distribution_properties pdw_distributions pdw_index_mappings pdw_loader_backup_run_details
pdw_loader_backup_runs pdw_materialized_view_column_distribution_properties
pdw_materialized_view_distribution_properties pdw_materialized_view_mappings pdw_nodes_column_store_dictionaries
pdw_nodes_column_store_row_groups pdw_nodes_column_store_segments pdw_nodes_columns pdw_nodes_indexes
pdw_nodes_partitions pdw_nodes_pdw_physical_databases pdw_nodes_tables pdw_permanent_table_mappings
pdw_replicated_table_cache_state pdw_table_distribution_properties pdw_table_mappings
resource_governor_workload_groups workload_management_workload_classifier_details
workload_management_workload_classifiers workload_management_workload_groups all_columns all_objects all_parameters
all_sql_modules all_views assemblies assembly_modules assembly_types certificates check_constraints columns
computed_columns credentials data_spaces database_credentials database_files database_permissions database_principals
database_query_store_options database_role_members databases default_constraints external_data_sources
external_file_formats external_tables filegroups foreign_key_columns foreign_keys identity_columns index_columns
indexes key_constraints numbered_procedures objects parameters partition_functions partition_parameters
partition_range_values partition_schemes partitions procedures query_context_settings query_store_plan
query_store_query query_store_query_text query_store_runtime_stats query_store_runtime_stats_interval schemas
securable_classes sql_expression_dependencies sql_modules stats stats_columns symmetric_keys synonyms syscharsets
syscolumns sysdatabases syslanguages sysobjects sysreferences system_columns system_objects system_parameters
system_sql_modules system_views systypes sysusers tables types views
"""
MANAGEMENT = """
dms_cores dms_external_work dms_workers errors exec_connections exec_requests exec_sessions hadoop_operations
lock_waits nodes nodes_database_encryption_keys os_threads request_steps resource_waits sql_requests sys_info
wait_stats waits
"""
OF_NODES = """
db_column_store_row_group_physical_stats db_column_store_row_group_operational_stats db_file_space_usage
db_index_usage_stats db_partition_stats db_session_space_usage db_task_space_usage exec_background_job_queue
exec_background_job_queue_stats exec_cached_plans exec_connections exec_procedure_stats exec_query_memory_grants
exec_query_optimizer_info exec_query_resource_semaphores exec_query_stats exec_requests exec_sessions
io_pending_io_requests io_virtual_file_stats os_buffer_descriptors os_child_instances os_cluster_nodes
os_dispatcher_pools os_hosts os_latch_stats os_memory_brokers os_memory_cache_clock_hands os_memory_cache_counters
os_memory_cache_entries os_memory_cache_hash_tables os_memory_clerks os_memory_nodes os_memory_objects os_memory_pools
os_nodes os_performance_counters os_process_memory os_schedulers os_sys_info os_sys_memory os_tasks os_threads
os_virtual_address_dump os_wait_stats os_waiting_tasks os_workers tran_active_snapshot_database_transactions
tran_active_transactions tran_commit_table tran_current_snapshot tran_current_transaction tran_database_transactions
tran_locks tran_session_transactions tran_top_version_generators
"""
LISTED = [
    *CATALOGUE.split(),
    *(f"dm_pdw_{name}" for name in MANAGEMENT.split()),
    *(f"dm_pdw_nodes_{name}" for name in OF_NODES.split()),
]
TABLE_SIZES = """
SELECT s.name, t.name, tp.distribution_policy_desc, c.name, nt.distribution_id, i.type_desc, pn.type, di.position,
  nps.partition_number, nps.reserved_page_count - nps.used_page_count, nps.row_count
FROM sys.schemas AS s
INNER JOIN sys.tables AS t ON s.schema_id = t.schema_id
INNER JOIN sys.indexes AS i ON t.object_id = i.object_id AND i.index_id <= 1
INNER JOIN sys.pdw_table_distribution_properties AS tp ON t.object_id = tp.object_id
INNER JOIN sys.pdw_table_mappings AS tm ON t.object_id = tm.object_id
INNER JOIN sys.pdw_nodes_tables AS nt ON tm.physical_name = nt.name
INNER JOIN sys.dm_pdw_nodes AS pn ON nt.pdw_node_id = pn.pdw_node_id
INNER JOIN sys.pdw_distributions AS di ON nt.distribution_id = di.distribution_id
INNER JOIN sys.dm_pdw_nodes_db_partition_stats AS nps
  ON nt.object_id = nps.object_id AND nt.pdw_node_id = nps.pdw_node_id
  AND nt.distribution_id = nps.distribution_id AND i.index_id = nps.index_id
LEFT OUTER JOIN (
  SELECT * FROM sys.pdw_column_distribution_properties WHERE distribution_ordinal = 1
) AS cdp ON t.object_id = cdp.object_id
LEFT OUTER JOIN sys.columns AS c ON cdp.object_id = c.object_id AND cdp.column_id = c.column_id
WHERE pn.type = 'COMPUTE' AND s.name = 'sv' ORDER BY t.name
"""


@pytest.fixture(scope="module", autouse=True)
def tables(pool: Pool) -> None:
    pool("CREATE SCHEMA sv")
    pool("CREATE TABLE sv.hashed (a int NOT NULL, B varchar(9) DEFAULT 'x') WITH (DISTRIBUTION = HASH(b), HEAP)")
    pool("INSERT INTO sv.hashed SELECT 1, 'x' UNION ALL SELECT 2, 'y'")
    pool("CREATE TABLE sv.spread (a int) WITH (DISTRIBUTION = ROUND_ROBIN)")
    pool("CREATE VIEW sv.seen AS SELECT a FROM sv.hashed")


@pytest.mark.parametrize("view", LISTED)
def test_a_view_that_microsoft_lists_answers_with_its_columns(pool: Pool, view: str) -> None:
    pool(f"SELECT * FROM sys.{view}")
    listed = pool(f"SELECT name FROM sys.all_columns WHERE object_id = OBJECT_ID('sys.{view}')")
    assert len(listed) > 1


@pytest.mark.parametrize(("database", "wanted"), [("DB_ID()", ("sv", "hashed")), ("DB_ID('master')", (None, None))])
def test_an_objects_name_is_asked_of_a_database(pool: Pool, database: str, wanted: tuple[str | None, ...]) -> None:
    number = f"OBJECT_ID('sv.hashed'), {database}"
    assert pool(f"SELECT OBJECT_SCHEMA_NAME({number}), OBJECT_NAME({number})") == [wanted]


def test_the_known_query_for_the_size_of_tables_finds_them(pool: Pool) -> None:
    assert pool(TABLE_SIZES) == [
        ("sv", "hashed", "HASH", "B", 1, "HEAP", "COMPUTE", 1, 1, None, 2),
        ("sv", "spread", "ROUND_ROBIN", None, 1, "CLUSTERED COLUMNSTORE", "COMPUTE", 1, 1, None, 0),
    ]


PARTITIONED = """
SELECT p.partition_number, p.rows, r.value, f.boundary_value_on_right, ds.type, pp.system_type_id
FROM sys.tables AS t
JOIN sys.indexes AS i ON t.object_id = i.object_id
JOIN sys.partitions AS p ON i.object_id = p.object_id AND i.index_id = p.index_id
JOIN sys.data_spaces AS ds ON ds.data_space_id = i.data_space_id
JOIN sys.partition_schemes AS s ON i.data_space_id = s.data_space_id
JOIN sys.partition_functions AS f ON s.function_id = f.function_id
JOIN sys.partition_parameters AS pp ON pp.function_id = f.function_id
LEFT JOIN sys.partition_range_values AS r ON f.function_id = r.function_id AND r.boundary_id = p.partition_number
WHERE t.name = 'cut' ORDER BY p.partition_number
"""


def test_partitions_tell_their_bounds_and_rows(pool: Pool) -> None:
    """The joins of "CREATE TABLE", partitioned tables, and "Partitioning tables in dedicated SQL pool", sizing."""
    pool("CREATE TABLE sv.cut (k int, v int) WITH (CLUSTERED INDEX (k), PARTITION (k RANGE RIGHT FOR VALUES (10, 20)))")
    pool("INSERT INTO sv.cut SELECT 1, 1 UNION ALL SELECT 10, 1 UNION ALL SELECT 11, 1 UNION ALL SELECT 12, 1")
    pool("DELETE FROM sv.cut WHERE k = 12")
    assert pool(PARTITIONED) == [
        (1, 1, "10", True, "PS", 56), (2, 2, "20", True, "PS", 56), (3, 0, None, True, "PS", 56),
    ]  # fmt: skip
    for view, rows in (("dm_pdw_nodes_db_partition_stats", "row_count"), ("pdw_nodes_partitions", "rows")):
        text = f"SELECT partition_number, {rows} FROM sys.{view} WHERE object_id = OBJECT_ID('sv.cut') ORDER BY 1"
        assert pool(text) == [(1, 1), (2, 2), (3, 0)]
    pool("DROP TABLE sv.cut")


def test_every_index_tells_its_columns(pool: Pool) -> None:
    pool("CREATE TABLE sv.stored (a int, b int) WITH (CLUSTERED COLUMNSTORE INDEX ORDER (b))")
    pool("CREATE TABLE sv.sorted (a int, b int, PRIMARY KEY NONCLUSTERED (a) NOT ENFORCED) WITH (CLUSTERED INDEX (b))")
    pool("CREATE INDEX one ON sv.sorted (a) CREATE INDEX two ON sv.sorted (b, a)")
    columns = "column_id, key_ordinal, is_included_column, column_store_order_ordinal"
    of_table = f"SELECT index_id, {columns} FROM sys.index_columns WHERE object_id = OBJECT_ID('sv.{{}}') ORDER BY 1, 3"
    assert pool(of_table.format("stored")) == [(1, 1, 0, True, 0), (1, 2, 0, True, 1)]
    assert pool(of_table.format("sorted")) == [
        (1, 2, 1, False, 0), (2, 1, 1, False, 0), (3, 2, 1, False, 0), (3, 1, 2, False, 0), (1001, 1, 1, False, 0),
    ]  # fmt: skip
    pool("DROP TABLE sv.stored DROP TABLE sv.sorted")


def test_membership_of_what_is_not_there_is_unknown(pool: Pool) -> None:
    """ "IS_ROLEMEMBER", "IS_MEMBER", "HAS_PERMS_BY_NAME", return types."""
    pool("CREATE USER member WITHOUT LOGIN CREATE ROLE inner_role CREATE ROLE outer_role")
    pool("EXEC sp_addrolemember 'inner_role', 'member' EXEC sp_addrolemember 'outer_role', 'inner_role'")
    asked = (
        "IS_ROLEMEMBER('outer_role', 'member'), IS_ROLEMEMBER('public', 'member'), "
        "IS_ROLEMEMBER('db_owner', 'member'), IS_ROLEMEMBER('nothing', 'member'), "
        "IS_ROLEMEMBER('outer_role', 'nobody'), IS_MEMBER('nothing'), IS_MEMBER('db_owner'), "
        "HAS_PERMS_BY_NAME(NULL, NULL, 'FLY'), HAS_PERMS_BY_NAME(NULL, NULL, 'CREATE TABLE')"
    )
    assert pool(f"SELECT {asked}") == [(1, 1, 0, None, None, None, 1, None, 1)]


def test_a_resource_class_is_a_role_that_takes_members_and_stays(pool: Pool) -> None:
    """The query of "Workload management with resource classes"."""
    pool("CREATE USER loader WITHOUT LOGIN EXEC sp_addrolemember 'staticrc20', 'loader'")
    pool("EXEC sp_addrolemember 'largerc', 'loader' EXEC sp_droprolemember 'largerc', 'loader'")
    like = "SELECT COUNT(*) FROM sys.database_principals WHERE name LIKE '%rc%' AND type_desc = 'DATABASE_ROLE'"
    assert pool.value(like) == 12
    assert refused(pool, "DROP ROLE smallrc") == 15151


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT name, xtype FROM sys.sysobjects WHERE uid = SCHEMA_ID('sv') ORDER BY name",
         [("hashed", "U "), ("seen", "V "), ("spread", "U ")]),
        ("SELECT c.name, t.name, c.length, c.isnullable, SIGN(ABS(c.cdefault)) FROM sys.syscolumns AS c "
         "JOIN sys.systypes AS t ON t.xusertype = c.xusertype WHERE c.id = OBJECT_ID('sv.hashed') ORDER BY c.colid",
         [("a", "int", 4, 0, 0), ("B", "varchar", 9, 1, 1)]),
        ("SELECT name, hasdbaccess, issqlrole FROM sys.sysusers WHERE name IN ('dbo', 'db_owner') ORDER BY name",
         [("db_owner", 0, 1), ("dbo", 1, 0)]),
        ("SELECT COUNT(*) FROM sys.sysdatabases WHERE name = DB_NAME()", [(1,)]),
        ("SELECT is_ms_shipped, type_desc FROM sys.all_objects WHERE object_id = OBJECT_ID('sys.tables')",
         [(True, "VIEW")]),
        ("SELECT COUNT(*) FROM sys.all_views WHERE name IN ('seen', 'sysobjects')", [(2,)]),
        ("SELECT COUNT(*) FROM sys.objects WHERE is_ms_shipped = 1", [(0,)]),
        ("SELECT is_memory_optimized, temporal_type_desc, max_column_id_used FROM sys.tables WHERE name = 'hashed'",
         [(False, "NON_TEMPORAL_TABLE", 2)]),
        ("SELECT is_fixed_role, authentication_type_desc FROM sys.database_principals WHERE name = 'db_datareader'",
         [(True, "NONE")]),
        ("SELECT is_distributor, recovery_model_desc, is_result_set_caching_on FROM sys.databases",
         [(False, "FULL", False)]),
        ("SELECT uses_ansi_nulls, is_schema_bound FROM sys.all_sql_modules WHERE object_id = OBJECT_ID('sv.seen')",
         [(True, False)]),
    ],
)  # fmt: skip
def test_what_tools_ask_is_told(pool: Pool, query: str, rows: list[tuple[Any, ...]]) -> None:
    assert pool(query) == rows


def test_a_views_columns_are_told_apart_by_their_names() -> None:
    for _, (columns, _) in VIEWS.items():
        names = [each.split()[0].lower() for each in columns.replace("(5, 2)", "").replace("(25, 0)", "").split(", ")]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "view", ["dm_exec_requests", "dm_db_partition_stats", "sequences", "database_service_objectives"]
)
def test_a_view_of_sql_server_that_a_pool_has_not_is_named(pool: Pool, view: str) -> None:
    """As pools answer: amachanic/sp_whoisactive issue 13, MicrosoftDocs/sql-docs issues 3749 and 4518, dbcode 1115."""
    with pytest.raises(SqlError, match=f"Catalog view '{view}' is not supported in this version") as raised:
        pool(f"SELECT * FROM sys.{view}")
    assert raised.value.number == 104385


def test_a_sessions_isolation_level_is_told(pool: Pool) -> None:
    """SQLAlchemy asks for it by the views that system_views lists (sqlalchemy/sqlalchemy issue 8475)."""
    assert pool(
        "SELECT name FROM sys.system_views WHERE name IN ('dm_exec_sessions', 'dm_pdw_nodes_exec_sessions')"
    ) == [("dm_pdw_nodes_exec_sessions",)]
