"""The management views of what is connected and runs, over the lists that the register of requests gives DuckDB.

Source: Microsoft Learn, the page of each view for its columns; what is not known here is NULL.
"""

from __future__ import annotations

from local_azure.synapse.listings import unpacked
from local_azure.synapse.node_views import EMPTY

_WAIT = (
    "wait_id bigint, session_id nvarchar(32), type nvarchar(255), object_type nvarchar(255), "
    "object_name nvarchar(386), request_id nvarchar(32), request_time datetime, acquire_time datetime, "
    "state nvarchar(50), priority int"
)
_WAITED = {
    "wait_id": "BIGINT", "session_id": "VARCHAR", "type": "VARCHAR", "request_id": "VARCHAR",
    "request_time": "TIMESTAMP", "acquire_time": "TIMESTAMP", "state": "VARCHAR",
}  # fmt: skip
_STEP = "request_id nvarchar(32), step_index int"
_STEPPED = {
    "request_id": "VARCHAR", "operation_type": "VARCHAR", "status": "VARCHAR", "error_id": "VARCHAR",
    "start_time": "TIMESTAMP", "end_time": "TIMESTAMP", "total_elapsed_time": "INTEGER", "row_count": "BIGINT",
    "command": "VARCHAR", "spid": "INTEGER",
}  # fmt: skip
_WAITS = "wait_id, session_id, type, NULL, NULL, request_id, request_time, acquire_time, state, NULL"


_NODE_SESSIONS = EMPTY["sys", "dm_pdw_nodes_exec_sessions"]


def _known(columns: str, known: dict[str, str]) -> str:
    """What a view's columns are, NULL where nothing is known."""
    return ", ".join(known.get(column.split()[0], "NULL") for column in columns.split(", "))


VIEWS: dict[tuple[str, str], tuple[str, str]] = {
    ("sys", "dm_pdw_exec_sessions"): (
        "session_id nvarchar(32), status nvarchar(10), request_id nvarchar(32), security_id varbinary(85), "
        "login_name nvarchar(128), login_time datetime, query_count int, is_transactional bit, "
        "client_id nvarchar(255), app_name nvarchar(255), sql_spid int",
        unpacked(
            "sessions",
            {"session_id": "VARCHAR", "status": "VARCHAR", "request_id": "VARCHAR", "login_name": "VARCHAR",
             "login_time": "TIMESTAMP", "query_count": "INTEGER", "is_transactional": "BOOLEAN", "client_id": "VARCHAR",
             "app_name": "VARCHAR", "sql_spid": "INTEGER"},
            "session_id, status, request_id, NULL, login_name, login_time, query_count, is_transactional, client_id, "
            "app_name, sql_spid",
        ),
    ),
    ("sys", "dm_pdw_exec_requests"): (
        "request_id nvarchar(32), session_id nvarchar(32), status nvarchar(32), submit_time datetime, "
        "start_time datetime, end_compile_time datetime, end_time datetime, total_elapsed_time int, "
        "[label] nvarchar(255), error_id nvarchar(36), database_id int, command nvarchar(4000), "
        "resource_class nvarchar(20), importance nvarchar(128), group_name sysname, classifier_name sysname, "
        "result_cache_hit int",
        unpacked(
            "requests",
            {"request_id": "VARCHAR", "session_id": "VARCHAR", "status": "VARCHAR", "submit_time": "TIMESTAMP",
             "start_time": "TIMESTAMP", "end_time": "TIMESTAMP", "total_elapsed_time": "INTEGER", "label": "VARCHAR",
             "error_id": "VARCHAR", "command": "VARCHAR", "resource_class": "VARCHAR"},
            "request_id, session_id, status, submit_time, start_time, NULL, end_time, total_elapsed_time, label, "
            "error_id, 5, command, resource_class, 'normal', resource_class, NULL, 0",
        ),
    ),
    ("sys", "dm_pdw_nodes_exec_sessions"): (
        _NODE_SESSIONS,
        unpacked(
            "sessions",
            {"sql_spid": "INTEGER", "login_time": "TIMESTAMP", "app_name": "VARCHAR", "login_name": "VARCHAR",
             "status": "VARCHAR"},
            # 1 is READ UNCOMMITTED, a pool's default ("SET TRANSACTION ISOLATION LEVEL")
            _known(
                _NODE_SESSIONS,
                {"session_id": "sql_spid", "login_time": "login_time", "program_name": "app_name",
                 "login_name": "login_name", "original_login_name": "login_name", "is_user_process": "true",
                 "status": "CASE status WHEN 'ACTIVE' THEN 'running' ELSE 'sleeping' END",
                 "transaction_isolation_level": "1", "database_id": "5", "pdw_node_id": "1"},
            ),
        ),
    ),
    ("sys", "dm_pdw_exec_connections"): (
        "session_id int, connect_time datetime, encrypt_option nvarchar(40), auth_scheme nvarchar(40), "
        "client_id varchar(48), sql_spid int",
        unpacked(
            "sessions",
            {"sql_spid": "INTEGER", "login_time": "TIMESTAMP", "client_id": "VARCHAR"},
            "sql_spid, login_time, 'TRUE', 'SQL', client_id, sql_spid",
        ),
    ),
    ("sys", "dm_pdw_sys_info"): (
        "total_sessions int, idle_sessions int, active_requests int, queued_requests int, active_loads int, "
        "queued_loads int, active_backups int, active_restores int",
        unpacked(
            "sessions",
            {"status": "VARCHAR"},
            "count(*), count(*) FILTER (status = 'IDLE'), count(*) FILTER (status = 'ACTIVE'), 0, 0, 0, 0, 0",
        ),
    ),
    ("sys", "dm_pdw_request_steps"): (
        f"{_STEP}, plan_node_id int, operation_type nvarchar(35), distribution_type nvarchar(32), "
        "location_type nvarchar(32), status nvarchar(32), error_id nvarchar(36), start_time datetime, "
        "end_time datetime, total_elapsed_time int, row_count bigint, command nvarchar(4000)",
        unpacked(
            "steps",
            _STEPPED,
            "request_id, 0, -1, operation_type, 'Unspecified', 'Control', status, error_id, start_time, end_time, "
            "total_elapsed_time, row_count, command",
        ),
    ),
    ("sys", "dm_pdw_sql_requests"): (
        f"{_STEP}, pdw_node_id int, distribution_id int, status nvarchar(32), error_id nvarchar(36), "
        "start_time datetime, end_time datetime, total_elapsed_time int, row_count bigint, spid int, "
        "command nvarchar(4000)",
        unpacked(
            "steps",
            _STEPPED,
            "request_id, 0, 1, -1, status, error_id, start_time, end_time, total_elapsed_time, row_count, spid, "
            "command",
        ),
    ),
    ("sys", "dm_pdw_waits"): (
        _WAIT,
        unpacked("waits", _WAITED, _WAITS),
    ),
    ("sys", "dm_pdw_resource_waits"): (
        f"{_WAIT}, concurrency_slots_used int, resource_class nvarchar(20)",
        unpacked("waits", _WAITED, f"{_WAITS}, 1, 'smallrc'"),
    ),
    ("sys", "dm_pdw_errors"): (
        "error_id nvarchar(36), source nvarchar(64), type nvarchar(4000), create_time datetime, pdw_node_id int, "
        "session_id nvarchar(32), request_id nvarchar(32), spid int, thread_id int, details nvarchar(4000)",
        unpacked(
            "errors",
            {"error_id": "VARCHAR", "create_time": "TIMESTAMP", "session_id": "VARCHAR", "request_id": "VARCHAR",
             "spid": "INTEGER", "details": "VARCHAR"},
            "error_id, NULL, NULL, create_time, NULL, session_id, request_id, spid, NULL, details",
        ),
    ),
}  # fmt: skip
