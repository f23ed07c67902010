"""The views of INFORMATION_SCHEMA.

Source: Microsoft Learn, "System views supported in Synapse SQL" and the page of each view for its columns.
"""

from __future__ import annotations

from local_azure.synapse.casts import POOL
from local_azure.synapse.view_parts import (
    BYTES,
    CHARS,
    COLLATED,
    FRACTION,
    KEYS,
    NAMED,
    PRECISION,
    RADIX,
    ROUTINES,
    ROWLESS,
    SCALE,
    WIDE,
)

# (schema, view): its columns as T-SQL, and the SELECT that yields them in that order; {db} is the database's name
VIEWS: dict[tuple[str, str], tuple[str, str]] = {
    ("information_schema", "column_privileges"): (
        "GRANTOR sysname, GRANTEE sysname, TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, "
        "COLUMN_NAME sysname, PRIVILEGE_TYPE varchar(10), IS_GRANTABLE varchar(3)",
        f"""SELECT 'dbo', p.grantee, {{db}}, s.name, o.name, c.name, p.privilege, 'NO' FROM {POOL}.permissions p
          JOIN {NAMED} ON p.class = 'COLUMN' JOIN {POOL}.columns c ON c.object_id = o.object_id
            AND p.securable = lower(s.name || '.' || o.name || '.' || c.name) WHERE p.state = 'GRANT'""",
    ),
    ("information_schema", "routines"): (
        "SPECIFIC_CATALOG sysname, SPECIFIC_SCHEMA sysname, SPECIFIC_NAME sysname, ROUTINE_CATALOG sysname, "
        "ROUTINE_SCHEMA sysname, ROUTINE_NAME sysname, ROUTINE_TYPE nvarchar(20), DATA_TYPE sysname, "
        "ROUTINE_BODY nvarchar(30), ROUTINE_DEFINITION nvarchar(4000), CREATED datetime, LAST_ALTERED datetime",
        f"""SELECT {{db}}, s.name, o.name, {{db}}, s.name, o.name,
          CASE o.type WHEN 'P' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
          CASE o.type WHEN 'IF' THEN 'TABLE' ELSE p.type_name END, 'SQL', left(o.definition, 4000), o.create_date,
          o.modify_date FROM {NAMED} LEFT JOIN {POOL}.parameters p ON p.object_id = o.object_id AND p.parameter_id = 0
          WHERE o.type IN {ROUTINES}""",
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
          CASE WHEN p.length <> 0 THEN p.length END, CASE WHEN p.length <> 0 THEN {BYTES} END,
          {COLLATED}, {PRECISION.format(bit="")}, {RADIX}, {SCALE},
          {FRACTION}
          FROM {POOL}.parameters p JOIN {NAMED} ON p.object_id = o.object_id""",
    ),
    ("information_schema", "tables"): (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, TABLE_TYPE varchar(10)",
        f"SELECT {{db}}, s.name, o.name, CASE o.type WHEN 'V' THEN 'VIEW' ELSE 'BASE TABLE' END FROM {NAMED} "
        f"WHERE o.type NOT IN {ROWLESS}",
    ),
    ("information_schema", "views"): (
        ("TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, VIEW_DEFINITION "
"nvarchar(4000), IS_UPDATABLE varchar(2)"),
        f"SELECT {{db}}, s.name, o.name, left(o.definition, 4000), 'NO' FROM {NAMED} WHERE o.type = 'V'",
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
        f"""SELECT {{db}}, s.name, o.name, c.name, column_id, coalesce(d.written, '(' || default_text || ')'),
          CASE WHEN nullable THEN 'YES' ELSE 'NO' END, type_name, CASE WHEN length <> 0 THEN length END,
          CASE WHEN length <> 0 THEN {BYTES} END, {PRECISION.format(bit="")},
          {RADIX}, {SCALE}, {FRACTION},
          CASE WHEN type_name IN ({WIDE}) THEN 'UNICODE' WHEN type_name IN ({CHARS}) THEN 'iso_1' END,
          {COLLATED}
        FROM {POOL}.columns c JOIN {POOL}.objects o USING (object_id)
        JOIN {POOL}.schemas s ON o.schema_id = s.schema_id
        LEFT JOIN {POOL}.defaults d ON d.parent_id = object_id AND d.column_name = c.name WHERE o.type NOT IN {ROWLESS}
        ORDER BY object_id, column_id""",
    ),
    ("information_schema", "table_privileges"): (
        ("GRANTOR sysname, GRANTEE sysname, TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME "
"sysname, PRIVILEGE_TYPE varchar(10), IS_GRANTABLE varchar(3)"),
        f"""SELECT 'dbo', p.grantee, {{db}}, s.name, o.name, p.privilege, 'NO'
          FROM {POOL}.permissions p JOIN {NAMED} ON p.securable = lower(s.name || '.' || o.name)
          WHERE p.class = 'OBJECT' AND p.state = 'GRANT'""",
    ),
    ("information_schema", "table_constraints"): (
        "CONSTRAINT_CATALOG sysname, CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname, TABLE_CATALOG sysname, "
        "TABLE_SCHEMA sysname, TABLE_NAME sysname, CONSTRAINT_TYPE varchar(11), IS_DEFERRABLE varchar(2), "
        "INITIALLY_DEFERRED varchar(2)",
        f"""SELECT {{db}}, s.name, k.name, {{db}}, s.name, o.name, k.kind, 'NO', 'NO'
          FROM {POOL}.constraints k JOIN {NAMED} ON k.parent_id = o.object_id""",
    ),
    ("information_schema", "key_column_usage"): (
        "CONSTRAINT_CATALOG sysname, CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname, TABLE_CATALOG sysname, "
        "TABLE_SCHEMA sysname, TABLE_NAME sysname, COLUMN_NAME sysname, ORDINAL_POSITION int",
        f"""SELECT {{db}}, s.name, k.name, {{db}}, s.name, o.name, k.column_name, k.place
          FROM {KEYS} k JOIN {NAMED} ON k.parent_id = o.object_id""",
    ),
    ("information_schema", "constraint_column_usage"): (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, COLUMN_NAME sysname, "
        "CONSTRAINT_CATALOG sysname, CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname",
        f"""SELECT {{db}}, s.name, o.name, k.column_name, {{db}}, s.name, k.name
          FROM {KEYS} k JOIN {NAMED} ON k.parent_id = o.object_id""",
    ),
    ("information_schema", "constraint_table_usage"): (
        "TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME sysname, CONSTRAINT_CATALOG sysname, "
        "CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname",
        f"""SELECT {{db}}, s.name, o.name, {{db}}, s.name, k.name
          FROM {POOL}.constraints k JOIN {NAMED} ON k.parent_id = o.object_id""",
    ),
}  # fmt: skip
