"""The catalogue views clients read: INFORMATION_SCHEMA and sys, as DuckDB views over the catalogue's tables.

Source: Microsoft Learn, "System views supported in Synapse SQL" and the page of each view for its columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse.casts import POOL, ident, quote

if TYPE_CHECKING:
    import duckdb

    from local_azure.synapse.catalog import ColumnInfo, ObjectInfo


TYPE_IDS = {
    "uniqueidentifier": 36, "date": 40, "time": 41, "datetime2": 42, "tinyint": 48, "smallint": 52, "int": 56,
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
_BYTES = f"""CASE WHEN length = -1 THEN -1 WHEN type_name IN ({_WIDE}) THEN 2 * length WHEN length > 0 THEN length
  WHEN type_name IN ('tinyint', 'bit') THEN 1 WHEN type_name = 'smallint' THEN 2 WHEN type_name = 'date' THEN 3
  WHEN type_name IN ('int', 'real', 'smallmoney', 'smalldatetime') THEN 4 WHEN type_name = 'time' THEN 5
  WHEN type_name = 'uniqueidentifier' THEN 16
  WHEN type_name = 'decimal' THEN CASE WHEN precision < 10 THEN 5 WHEN precision < 20 THEN 9
    WHEN precision < 29 THEN 13 ELSE 17 END
  ELSE 8 END"""
_NAMED = f"{POOL}.objects o JOIN {POOL}.schemas s ON o.schema_id = s.schema_id"
_KIND = "CASE type WHEN 'U' THEN 'USER_TABLE' WHEN 'V' THEN 'VIEW' WHEN 'E' THEN 'USER_TABLE' END"
_OBJECT_COLUMNS = (
    "name sysname, object_id int, principal_id int, schema_id int, parent_object_id int, type char(2), "
    "type_desc nvarchar(60), create_date datetime, modify_date datetime, is_ms_shipped bit"
)
_OBJECT_SELECT = f"""SELECT name, object_id, CAST(NULL AS INTEGER), schema_id, 0,
  CASE type WHEN 'E' THEN 'U ' ELSE rpad(type, 2, ' ') END, {_KIND}, create_date, modify_date, false"""

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
        f"SELECT object_id, definition FROM {POOL}.objects WHERE type = 'V'",
    ),
    ("sys", "columns"): (
        ("object_id int, name sysname, column_id int, system_type_id tinyint, user_type_id int, "
"max_length smallint, precision tinyint, scale tinyint, collation_name sysname, is_nullable bit, "
"is_identity bit, is_computed bit"),
        f"""SELECT object_id, name, column_id, i.id, i.id, {_BYTES},
          coalesce({_PRECISION.format(bit="WHEN 'bit' THEN 1")}, 0), coalesce({_SCALE}, scale),
          CASE WHEN type_name IN ({_CHARS}) THEN 'SQL_Latin1_General_CP1_CI_AS' END, nullable,
          identity_seed IS NOT NULL, false
        FROM {POOL}.columns JOIN (VALUES {_TYPE_ROWS}) i(type, id) ON i.type = type_name
        ORDER BY object_id, column_id""",
    ),
    ("sys", "types"): (
        "name sysname, system_type_id tinyint, user_type_id int, schema_id int",
        f"SELECT type, id, id, 4 FROM (VALUES {_TYPE_ROWS}) i(type, id)",
    ),
    ("sys", "database_principals"): (
        ("name sysname, principal_id int, type char(1), type_desc nvarchar(60), default_schema_name "
"sysname"),
        f"""SELECT name, principal_id, type, CASE type WHEN 'R' THEN 'DATABASE_ROLE' ELSE 'SQL_USER' END,
          CASE type WHEN 'S' THEN 'dbo' END FROM {POOL}.principals
          UNION ALL VALUES ('INFORMATION_SCHEMA', 3, 'S', 'SQL_USER', NULL), ('sys', 4, 'S', 'SQL_USER', NULL)""",
    ),
    ("sys", "databases"): (
        ("name sysname, database_id int, create_date datetime, collation_name sysname, state_desc "
"nvarchar(60)"),
        "SELECT {db}, 5, TIMESTAMP '2000-01-01', 'SQL_Latin1_General_CP1_CI_AS', 'ONLINE'",
    ),
    ("sys", "indexes"): (
        ("object_id int, name sysname, index_id int, type tinyint, type_desc nvarchar(60), is_unique bit, "
"is_primary_key bit"),
        f"""SELECT object_id, name, CASE WHEN kind = 'HEAP' THEN 0 WHEN kind LIKE 'CLUSTERED%' THEN 1 ELSE 2 END,
          CASE kind WHEN 'HEAP' THEN 0 WHEN 'CLUSTERED' THEN 1 WHEN 'CLUSTERED COLUMNSTORE' THEN 5 ELSE 2 END,
          kind, false, false FROM {POOL}.indexes""",
    ),
    ("sys", "index_columns"): (
        "object_id int, index_id int, index_column_id int, column_id int",
        "SELECT 0, 0, 0, 0 WHERE false",
    ),
    ("sys", "key_constraints"): (
        ("name sysname, object_id int, parent_object_id int, type char(2), type_desc nvarchar(60), "
"is_enforced bit"),
        f"""SELECT name, object_id, parent_id, CASE kind WHEN 'UNIQUE' THEN 'UQ' ELSE 'PK' END,
          CASE kind WHEN 'UNIQUE' THEN 'UNIQUE_CONSTRAINT' ELSE 'PRIMARY_KEY_CONSTRAINT' END, false
          FROM {POOL}.constraints""",
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
        "file_format_id int, name sysname, format_type nvarchar(60)",
        f"""SELECT CAST(row_number() OVER (ORDER BY name) AS INTEGER), name, options->>'FORMAT_TYPE'
          FROM {POOL}.external WHERE kind = 'FILE FORMAT'""",
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
        f"SELECT {{db}}, s.name, o.name, CASE o.type WHEN 'V' THEN 'VIEW' ELSE 'BASE TABLE' END FROM {_NAMED}",
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
          CASE WHEN type_name IN ('float', 'real') THEN 2 WHEN {_SCALE} IS NOT NULL THEN 10 END, {_SCALE},
          CASE WHEN type_name IN ('datetime', 'datetime2', 'time') THEN scale
            WHEN type_name IN ('date', 'smalldatetime') THEN 0 END,
          CASE WHEN type_name IN ({_WIDE}) THEN 'UNICODE' WHEN type_name IN ({_CHARS}) THEN 'iso_1' END,
          CASE WHEN type_name IN ({_CHARS}) THEN 'SQL_Latin1_General_CP1_CI_AS' END
        FROM {POOL}.columns c JOIN {POOL}.objects o USING (object_id)
        JOIN {POOL}.schemas s ON o.schema_id = s.schema_id ORDER BY object_id, column_id""",
    ),
    ("information_schema", "table_privileges"): (
        ("GRANTOR sysname, GRANTEE sysname, TABLE_CATALOG sysname, TABLE_SCHEMA sysname, TABLE_NAME "
"sysname, PRIVILEGE_TYPE varchar(10), IS_GRANTABLE varchar(3)"),
        f"""SELECT 'dbo', p.grantee, {{db}}, s.name, o.name, p.privilege, 'NO'
          FROM {POOL}.permissions p JOIN {_NAMED} ON p.securable = lower(s.name || '.' || o.name)
          WHERE p.class = 'OBJECT' AND p.state = 'GRANT'""",
    ),
    ("information_schema", "table_constraints"): (
        ("CONSTRAINT_CATALOG sysname, CONSTRAINT_SCHEMA sysname, CONSTRAINT_NAME sysname, TABLE_SCHEMA "
"sysname, TABLE_NAME sysname, CONSTRAINT_TYPE varchar(11)"),
        f"""SELECT {{db}}, s.name, k.name, s.name, o.name, k.kind
          FROM {POOL}.constraints k JOIN {_NAMED} ON k.parent_id = o.object_id""",
    ),
}  # fmt: skip


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
    from local_azure.synapse.parser import TokenReader

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
        body = select.replace("{db}", quote(database))
        connection.execute(f"CREATE OR REPLACE VIEW {_view_name(key)} AS SELECT {casts} FROM ({body}) v({names})")
