"""The catalogue views clients read: INFORMATION_SCHEMA and sys, as DuckDB views over the catalogue's tables.

Source: Microsoft Learn, "System views supported in Synapse SQL" and the page of each view for its columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse.casts import POOL, ident, quote
from local_azure.synapse.sqltypes import BIGINT, BIT, INT, SYSNAME, SqlType, nvarchar, varchar

if TYPE_CHECKING:
    import duckdb

    from local_azure.synapse.catalog import ObjectInfo

_DATETIME = SqlType("datetime", scale=3)
_TINY = SqlType("tinyint")
_SMALL = SqlType("smallint")
_YES_NO = varchar(3)
_TYPE = SqlType("char", 2)
_TEXT = nvarchar(4000)
_DESC = nvarchar(60)

_TYPE_IDS = {
    "uniqueidentifier": 36, "date": 40, "time": 41, "datetime2": 42, "tinyint": 48, "smallint": 52, "int": 56,
    "smalldatetime": 58, "real": 59, "money": 60, "datetime": 61, "float": 62, "bit": 104, "decimal": 106,
    "smallmoney": 122, "bigint": 127, "varbinary": 165, "varchar": 167, "binary": 173, "char": 175,
    "nvarchar": 231, "nchar": 239,
}  # fmt: skip
_TYPE_ROWS = ", ".join(f"({quote(name)}, {number})" for name, number in _TYPE_IDS.items())
_CHARS = "'char', 'varchar', 'nchar', 'nvarchar'"
_WIDE = "'nchar', 'nvarchar'"
_PRECISION = """CASE type_name WHEN 'tinyint' THEN 3 WHEN 'smallint' THEN 5 WHEN 'int' THEN 10 WHEN 'bigint' THEN 19
  WHEN 'decimal' THEN precision WHEN 'money' THEN 19 WHEN 'smallmoney' THEN 10 WHEN 'float' THEN 53
  WHEN 'real' THEN 24 {bit} END"""
_SCALE = "CASE WHEN type_name IN ('money', 'smallmoney') THEN 4 WHEN type_name = 'decimal' THEN scale WHEN type_name IN ('tinyint', 'smallint', 'int', 'bigint') THEN 0 END"
_BYTES = f"""CASE WHEN length = -1 THEN -1 WHEN type_name IN ({_WIDE}) THEN 2 * length WHEN length > 0 THEN length
  WHEN type_name IN ('tinyint', 'bit') THEN 1 WHEN type_name = 'smallint' THEN 2 WHEN type_name = 'date' THEN 3
  WHEN type_name IN ('int', 'real', 'smallmoney', 'smalldatetime') THEN 4 WHEN type_name = 'time' THEN 5
  WHEN type_name = 'uniqueidentifier' THEN 16
  WHEN type_name = 'decimal' THEN CASE WHEN precision < 10 THEN 5 WHEN precision < 20 THEN 9 WHEN precision < 29 THEN 13 ELSE 17 END
  ELSE 8 END"""
_NAMED = f"{POOL}.objects o JOIN {POOL}.schemas s ON o.schema_id = s.schema_id"
_KIND = "CASE type WHEN 'U' THEN 'USER_TABLE' WHEN 'V' THEN 'VIEW' WHEN 'E' THEN 'USER_TABLE' END"
_OBJECT_COLUMNS = [
    ("name", SYSNAME), ("object_id", INT), ("principal_id", INT), ("schema_id", INT), ("parent_object_id", INT),
    ("type", _TYPE), ("type_desc", _DESC), ("create_date", _DATETIME), ("modify_date", _DATETIME),
    ("is_ms_shipped", BIT),
]  # fmt: skip
_OBJECT_SELECT = f"""SELECT name, object_id, CAST(NULL AS INTEGER), schema_id, 0,
  CASE type WHEN 'E' THEN 'U ' ELSE rpad(type, 2, ' ') END, {_KIND}, create_date, modify_date, false"""

Column = tuple[str, SqlType]

# (schema, view): its columns, and the SELECT that yields them in that order; {db} is the database's name
VIEWS: dict[tuple[str, str], tuple[list[Column], str]] = {
    ("sys", "schemas"): (
        [("name", SYSNAME), ("schema_id", INT), ("principal_id", INT)],
        f"SELECT name, schema_id, CASE schema_id WHEN 3 THEN 3 WHEN 4 THEN 4 ELSE 1 END FROM {POOL}.schemas",
    ),
    ("sys", "objects"): (_OBJECT_COLUMNS, f"{_OBJECT_SELECT} FROM {POOL}.objects"),
    ("sys", "tables"): (
        [*_OBJECT_COLUMNS, ("is_external", BIT)],
        f"{_OBJECT_SELECT}, type = 'E' FROM {POOL}.objects WHERE type IN ('U', 'E')",
    ),
    ("sys", "views"): (_OBJECT_COLUMNS, f"{_OBJECT_SELECT} FROM {POOL}.objects WHERE type = 'V'"),
    ("sys", "sql_modules"): (
        [("object_id", INT), ("definition", nvarchar(-1))],
        f"SELECT object_id, definition FROM {POOL}.objects WHERE type = 'V'",
    ),
    ("sys", "columns"): (
        [
            ("object_id", INT), ("name", SYSNAME), ("column_id", INT), ("system_type_id", _TINY),
            ("user_type_id", INT), ("max_length", _SMALL), ("precision", _TINY), ("scale", _TINY),
            ("collation_name", SYSNAME), ("is_nullable", BIT), ("is_identity", BIT), ("is_computed", BIT),
        ],
        f"""SELECT object_id, name, column_id, i.id, i.id, {_BYTES},
          coalesce({_PRECISION.format(bit="WHEN 'bit' THEN 1")}, 0), coalesce({_SCALE}, scale),
          CASE WHEN type_name IN ({_CHARS}) THEN 'SQL_Latin1_General_CP1_CI_AS' END, nullable,
          identity_seed IS NOT NULL, false
        FROM {POOL}.columns JOIN (VALUES {_TYPE_ROWS}) i(type, id) ON i.type = type_name""",
    ),
    ("sys", "types"): (
        [("name", SYSNAME), ("system_type_id", _TINY), ("user_type_id", INT), ("schema_id", INT)],
        f"SELECT type, id, id, 4 FROM (VALUES {_TYPE_ROWS}) i(type, id)",
    ),
    ("sys", "database_principals"): (
        [("name", SYSNAME), ("principal_id", INT), ("type", SqlType("char", 1)), ("type_desc", _DESC), ("default_schema_name", SYSNAME)],
        f"""SELECT name, principal_id, type, CASE type WHEN 'R' THEN 'DATABASE_ROLE' ELSE 'SQL_USER' END,
          CASE type WHEN 'S' THEN 'dbo' END FROM {POOL}.principals
          UNION ALL VALUES ('INFORMATION_SCHEMA', 3, 'S', 'SQL_USER', NULL), ('sys', 4, 'S', 'SQL_USER', NULL)""",
    ),
    ("sys", "databases"): (
        [("name", SYSNAME), ("database_id", INT), ("create_date", _DATETIME), ("collation_name", SYSNAME), ("state_desc", _DESC)],
        "SELECT {db}, 5, TIMESTAMP '2000-01-01', 'SQL_Latin1_General_CP1_CI_AS', 'ONLINE'",
    ),
    ("sys", "indexes"): (
        [("object_id", INT), ("name", SYSNAME), ("index_id", INT), ("type", _TINY), ("type_desc", _DESC), ("is_unique", BIT), ("is_primary_key", BIT)],
        f"""SELECT object_id, name, CASE WHEN kind = 'HEAP' THEN 0 WHEN kind LIKE 'CLUSTERED%' THEN 1 ELSE 2 END,
          CASE kind WHEN 'HEAP' THEN 0 WHEN 'CLUSTERED' THEN 1 WHEN 'CLUSTERED COLUMNSTORE' THEN 5 ELSE 2 END,
          kind, false, false FROM {POOL}.indexes""",
    ),
    ("sys", "index_columns"): (
        [("object_id", INT), ("index_id", INT), ("index_column_id", INT), ("column_id", INT)],
        "SELECT 0, 0, 0, 0 WHERE false",
    ),
    ("sys", "key_constraints"): (
        [("name", SYSNAME), ("object_id", INT), ("parent_object_id", INT), ("type", _TYPE), ("type_desc", _DESC), ("is_enforced", BIT)],
        f"""SELECT name, object_id, parent_id, CASE kind WHEN 'UNIQUE' THEN 'UQ' ELSE 'PK' END,
          CASE kind WHEN 'UNIQUE' THEN 'UNIQUE_CONSTRAINT' ELSE 'PRIMARY_KEY_CONSTRAINT' END, false
          FROM {POOL}.constraints""",
    ),
    ("sys", "external_tables"): (
        [*_OBJECT_COLUMNS, ("location", _TEXT), ("data_source_name", SYSNAME), ("file_format_name", SYSNAME), ("is_external", BIT)],
        f"""{_OBJECT_SELECT}, options->>'LOCATION', options->>'DATA_SOURCE', options->>'FILE_FORMAT', true
          FROM {POOL}.objects WHERE type = 'E'""",
    ),
    ("sys", "external_data_sources"): (
        [("data_source_id", INT), ("name", SYSNAME), ("location", _TEXT), ("type_desc", _DESC)],
        f"""SELECT CAST(row_number() OVER (ORDER BY name) AS INTEGER), name, options->>'LOCATION',
          options->>'TYPE' FROM {POOL}.external WHERE kind = 'DATA SOURCE'""",
    ),
    ("sys", "external_file_formats"): (
        [("file_format_id", INT), ("name", SYSNAME), ("format_type", _DESC)],
        f"""SELECT CAST(row_number() OVER (ORDER BY name) AS INTEGER), name, options->>'FORMAT_TYPE'
          FROM {POOL}.external WHERE kind = 'FILE FORMAT'""",
    ),
    ("sys", "pdw_table_distribution_properties"): (
        [("object_id", INT), ("distribution_policy", _TINY), ("distribution_policy_desc", _DESC)],
        f"""SELECT object_id, CASE options->>'distribution' WHEN 'HASH' THEN 2 WHEN 'REPLICATE' THEN 3 ELSE 4 END,
          options->>'distribution' FROM {POOL}.objects WHERE type = 'U'""",
    ),
    ("sys", "sql_expression_dependencies"): (
        [("referencing_id", INT), ("referenced_database_name", SYSNAME), ("referenced_schema_name", SYSNAME), ("referenced_entity_name", SYSNAME), ("referencing_class", _TINY)],
        "SELECT 0, '', '', '', 0 WHERE false",
    ),
    ("information_schema", "tables"): (
        [("TABLE_CATALOG", SYSNAME), ("TABLE_SCHEMA", SYSNAME), ("TABLE_NAME", SYSNAME), ("TABLE_TYPE", varchar(10))],
        f"SELECT {{db}}, s.name, o.name, CASE o.type WHEN 'V' THEN 'VIEW' ELSE 'BASE TABLE' END FROM {_NAMED}",
    ),
    ("information_schema", "views"): (
        [("TABLE_CATALOG", SYSNAME), ("TABLE_SCHEMA", SYSNAME), ("TABLE_NAME", SYSNAME), ("VIEW_DEFINITION", nvarchar(4000)), ("IS_UPDATABLE", varchar(2))],
        f"SELECT {{db}}, s.name, o.name, left(o.definition, 4000), 'NO' FROM {_NAMED} WHERE o.type = 'V'",
    ),
    ("information_schema", "schemata"): (
        [("CATALOG_NAME", SYSNAME), ("SCHEMA_NAME", SYSNAME), ("SCHEMA_OWNER", SYSNAME)],
        f"SELECT {{db}}, name, 'dbo' FROM {POOL}.schemas",
    ),
    ("information_schema", "columns"): (
        [
            ("TABLE_CATALOG", SYSNAME), ("TABLE_SCHEMA", SYSNAME), ("TABLE_NAME", SYSNAME), ("COLUMN_NAME", SYSNAME),
            ("ORDINAL_POSITION", INT), ("COLUMN_DEFAULT", _TEXT), ("IS_NULLABLE", _YES_NO), ("DATA_TYPE", SYSNAME),
            ("CHARACTER_MAXIMUM_LENGTH", INT), ("CHARACTER_OCTET_LENGTH", INT), ("NUMERIC_PRECISION", _TINY),
            ("NUMERIC_PRECISION_RADIX", _SMALL), ("NUMERIC_SCALE", INT), ("DATETIME_PRECISION", _SMALL),
            ("CHARACTER_SET_NAME", SYSNAME), ("COLLATION_NAME", SYSNAME),
        ],
        f"""SELECT {{db}}, s.name, o.name, c.name, column_id, default_text,
          CASE WHEN nullable THEN 'YES' ELSE 'NO' END, type_name, CASE WHEN length <> 0 THEN length END,
          CASE WHEN length <> 0 THEN {_BYTES} END, {_PRECISION.format(bit="")},
          CASE WHEN type_name IN ('float', 'real') THEN 2 WHEN {_SCALE} IS NOT NULL THEN 10 END, {_SCALE},
          CASE WHEN type_name IN ('datetime', 'datetime2', 'time') THEN scale WHEN type_name IN ('date', 'smalldatetime') THEN 0 END,
          CASE WHEN type_name IN ({_WIDE}) THEN 'UNICODE' WHEN type_name IN ({_CHARS}) THEN 'iso_1' END,
          CASE WHEN type_name IN ({_CHARS}) THEN 'SQL_Latin1_General_CP1_CI_AS' END
        FROM {POOL}.columns c JOIN {POOL}.objects o USING (object_id) JOIN {POOL}.schemas s ON o.schema_id = s.schema_id""",
    ),
    ("information_schema", "table_privileges"): (
        [("GRANTOR", SYSNAME), ("GRANTEE", SYSNAME), ("TABLE_CATALOG", SYSNAME), ("TABLE_SCHEMA", SYSNAME), ("TABLE_NAME", SYSNAME), ("PRIVILEGE_TYPE", varchar(10)), ("IS_GRANTABLE", _YES_NO)],
        f"""SELECT 'dbo', p.grantee, {{db}}, s.name, o.name, p.privilege, 'NO'
          FROM {POOL}.permissions p JOIN {_NAMED} ON p.securable = lower(s.name || '.' || o.name)
          WHERE p.class = 'OBJECT' AND p.state = 'GRANT'""",
    ),
    ("information_schema", "table_constraints"): (
        [("CONSTRAINT_CATALOG", SYSNAME), ("CONSTRAINT_SCHEMA", SYSNAME), ("CONSTRAINT_NAME", SYSNAME), ("TABLE_SCHEMA", SYSNAME), ("TABLE_NAME", SYSNAME), ("CONSTRAINT_TYPE", varchar(11))],
        f"""SELECT {{db}}, s.name, k.name, s.name, o.name, k.kind
          FROM {POOL}.constraints k JOIN {_NAMED} ON k.parent_id = o.object_id""",
    ),
}  # fmt: skip


def system_objects() -> dict[tuple[str, str], ObjectInfo]:
    """The views as the binder sees them; their object ids are negative, as SQL Server's are."""
    from local_azure.synapse.catalog import ColumnInfo, ObjectInfo

    return {
        key: ObjectInfo(
            -number, key[0], key[1], "S", tuple(ColumnInfo(n, t) for n, t in columns), duckdb_name=_view_name(key)
        )
        for number, (key, (columns, _)) in enumerate(VIEWS.items(), 1)
    }


def _view_name(key: tuple[str, str]) -> str:
    return f"{POOL}.{ident('.'.join(key))}"


def install(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Create the views anew, so that a database of an earlier version gets today's."""
    for key, (columns, select) in VIEWS.items():
        names = ", ".join(ident(name) for name, _ in columns)
        casts = ", ".join(f"CAST({ident(name)} AS {t.duckdb}) AS {ident(name)}" for name, t in columns)
        body = select.replace("{db}", quote(database))
        connection.execute(
            f"CREATE OR REPLACE VIEW {_view_name(key)} AS SELECT {casts} FROM ({body}) v({names})"
        )
