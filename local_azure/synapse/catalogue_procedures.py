"""The catalogue procedures, which drivers call and people EXEC: each is a query over the catalogue's views.

Source: Microsoft Learn, "Catalog stored procedures (Transact-SQL)", and the page of each for its arguments and columns.
"""

from __future__ import annotations

from typing import Any

from local_azure.synapse.errors import SqlError
from local_azure.synapse.sqltypes import SqlType, nvarchar


def _datatype(
    name: str,
    odbc: int,
    precision: int,
    *,
    quote: str | None = None,
    create: str | None = None,
    scale: tuple[int, int] | None = None,
) -> tuple[Any, ...]:
    low, high = scale or (None, None)
    datetime_sub = odbc - 90 if 91 <= odbc <= 93 else None
    sql = 9 if datetime_sub else odbc
    head = (
        name,
        odbc,
        precision,
        quote,
        quote and "'",
        create,
        1,
        0,
        3,
        None if quote else 0,
        0,
        None if quote else 0,
        name,
    )
    return (*head, low, high, sql, datetime_sub, None if quote else 10, None, 0)


DATATYPES = [
    _datatype("uniqueidentifier", -11, 36, quote="'"), _datatype("nvarchar", -9, 4000, quote="N'", create="max length"),
    _datatype("nchar", -8, 4000, quote="N'", create="length"), _datatype("bit", -7, 1), _datatype("tinyint", -6, 3),
    _datatype("bigint", -5, 19), _datatype("varbinary", -3, 8000, quote="0x", create="max length"),
    _datatype("binary", -2, 8000, quote="0x", create="length"), _datatype("char", 1, 8000, quote="'", create="length"),
    _datatype("numeric", 2, 38, create="precision,scale", scale=(0, 38)),
    _datatype("decimal", 3, 38, create="precision,scale", scale=(0, 38)), _datatype("money", 3, 19, scale=(4, 4)),
    _datatype("int", 4, 10), _datatype("smallint", 5, 5), _datatype("float", 6, 53), _datatype("real", 7, 24),
    _datatype("varchar", 12, 8000, quote="'", create="max length"), _datatype("date", 91, 10, quote="'"),
    _datatype("datetime2", 93, 27, quote="'", create="scale", scale=(0, 7)),
    _datatype("datetime", 93, 23, quote="'", scale=(3, 3)), _datatype("smalldatetime", 93, 16, quote="'", scale=(0, 0)),
    _datatype("datetimeoffset", -155, 34, quote="'", create="scale", scale=(0, 7)),
    _datatype("time", -154, 16, quote="'", create="scale", scale=(0, 7)),
]  # fmt: skip
_ODBC_TYPES = " ".join(f"WHEN '{row[0]}' THEN {row[1]}" for row in DATATYPES)
_OF_TABLE = "(@table_owner IS NULL OR TABLE_SCHEMA LIKE @table_owner)"
_TABLES = f"""
SELECT TABLE_CATALOG AS TABLE_QUALIFIER, TABLE_SCHEMA AS TABLE_OWNER, TABLE_NAME,
  CASE TABLE_TYPE WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END AS TABLE_TYPE, CAST(NULL AS varchar(254)) AS REMARKS
FROM INFORMATION_SCHEMA.TABLES
WHERE (@table_name IS NULL OR TABLE_NAME LIKE @table_name) AND {_OF_TABLE}
  AND (@table_type IS NULL
    OR CHARINDEX(CASE TABLE_TYPE WHEN 'VIEW' THEN '''VIEW''' ELSE '''TABLE''' END, @table_type) > 0)
ORDER BY 4, 1, 2, 3"""
_TYPE = f"CAST(CASE DATA_TYPE {_ODBC_TYPES} END AS smallint)"
_LENGTH = """COALESCE(CHARACTER_OCTET_LENGTH, CASE DATA_TYPE WHEN 'decimal' THEN NUMERIC_PRECISION + 2
    WHEN 'bit' THEN 1 WHEN 'tinyint' THEN 1 WHEN 'smallint' THEN 2 WHEN 'int' THEN 4 WHEN 'real' THEN 4
    WHEN 'date' THEN 6 WHEN 'time' THEN 12 WHEN 'uniqueidentifier' THEN 16 WHEN 'datetime' THEN 16
    WHEN 'datetime2' THEN 16 WHEN 'smalldatetime' THEN 16 WHEN 'money' THEN 21 WHEN 'smallmoney' THEN 12 ELSE 8 END)"""
_PRECISION = """COALESCE(CHARACTER_MAXIMUM_LENGTH, CAST(NUMERIC_PRECISION AS int), CASE DATA_TYPE WHEN 'date' THEN 10
    WHEN 'datetime' THEN 23 WHEN 'smalldatetime' THEN 16 WHEN 'bit' THEN 1 WHEN 'uniqueidentifier' THEN 36
    WHEN 'time' THEN 9 + DATETIME_PRECISION ELSE 20 + DATETIME_PRECISION END)"""
_SCALE = "CAST(COALESCE(NUMERIC_SCALE, DATETIME_PRECISION) AS smallint)"
_COLUMNS = f"""
SELECT TABLE_CATALOG AS TABLE_QUALIFIER, TABLE_SCHEMA AS TABLE_OWNER, TABLE_NAME, COLUMN_NAME, {_TYPE} AS DATA_TYPE,
  DATA_TYPE AS TYPE_NAME, {_PRECISION} AS [PRECISION], {_LENGTH} AS LENGTH, {_SCALE} AS SCALE,
  NUMERIC_PRECISION_RADIX AS RADIX, CAST(CASE IS_NULLABLE WHEN 'YES' THEN 1 ELSE 0 END AS smallint) AS NULLABLE,
  CAST(NULL AS varchar(254)) AS REMARKS, COLUMN_DEFAULT AS COLUMN_DEF, {_TYPE} AS SQL_DATA_TYPE,
  CAST(NULL AS smallint) AS SQL_DATETIME_SUB, CHARACTER_OCTET_LENGTH AS CHAR_OCTET_LENGTH, ORDINAL_POSITION,
  IS_NULLABLE, CAST(0 AS smallint) AS SS_IS_SPARSE, CAST(0 AS smallint) AS SS_IS_COLUMN_SET,
  CAST(0 AS smallint) AS SS_IS_COMPUTED, CAST(0 AS smallint) AS SS_IS_IDENTITY,
  CAST(NULL AS nvarchar(128)) AS SS_UDT_CATALOG_NAME, CAST(NULL AS nvarchar(128)) AS SS_UDT_SCHEMA_NAME,
  CAST(NULL AS nvarchar(128)) AS SS_UDT_ASSEMBLY_TYPE_NAME,
  CAST(NULL AS nvarchar(128)) AS SS_XML_SCHEMACOLLECTION_CATALOG_NAME,
  CAST(NULL AS nvarchar(128)) AS SS_XML_SCHEMACOLLECTION_SCHEMA_NAME,
  CAST(NULL AS nvarchar(128)) AS SS_XML_SCHEMACOLLECTION_NAME, CAST(38 AS tinyint) AS SS_DATA_TYPE
FROM INFORMATION_SCHEMA.COLUMNS
WHERE (@table_name IS NULL OR TABLE_NAME LIKE @table_name) AND {_OF_TABLE}
  AND (@column_name IS NULL OR COLUMN_NAME LIKE @column_name)
ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"""
_KEYS = f"""
FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS u
JOIN INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS k
  ON k.CONSTRAINT_NAME = u.CONSTRAINT_NAME AND k.TABLE_SCHEMA = u.TABLE_SCHEMA AND k.TABLE_NAME = u.TABLE_NAME
WHERE k.CONSTRAINT_TYPE = 'PRIMARY KEY' AND u.TABLE_NAME = @table_name
  AND {_OF_TABLE.replace("TABLE_SCHEMA", "u.TABLE_SCHEMA")}"""
_PRIMARY_KEYS = f"""
SELECT u.TABLE_CATALOG AS TABLE_QUALIFIER, u.TABLE_SCHEMA AS TABLE_OWNER, u.TABLE_NAME, u.COLUMN_NAME,
  CAST(u.ORDINAL_POSITION AS smallint) AS KEY_SEQ, u.CONSTRAINT_NAME AS PK_NAME {_KEYS}
ORDER BY 2, 3, 5"""
_SPECIAL_COLUMNS = f"""
SELECT CAST(1 AS smallint) AS SCOPE, c.COLUMN_NAME, {_TYPE} AS DATA_TYPE, DATA_TYPE AS TYPE_NAME,
  {_PRECISION} AS [PRECISION], {_LENGTH} AS LENGTH, {_SCALE} AS SCALE, CAST(1 AS smallint) AS PSEUDO_COLUMN
FROM INFORMATION_SCHEMA.COLUMNS AS c
WHERE EXISTS (SELECT 1 {_KEYS} AND u.COLUMN_NAME = c.COLUMN_NAME AND u.TABLE_SCHEMA = c.TABLE_SCHEMA
  AND u.TABLE_NAME = c.TABLE_NAME)
ORDER BY c.ORDINAL_POSITION"""
_STATISTICS = f"""
SELECT TABLE_CATALOG AS TABLE_QUALIFIER, TABLE_SCHEMA AS TABLE_OWNER, TABLE_NAME, CAST(NULL AS smallint) AS NON_UNIQUE,
  CAST(NULL AS nvarchar(128)) AS INDEX_QUALIFIER, CAST(NULL AS nvarchar(128)) AS INDEX_NAME,
  CAST(0 AS smallint) AS TYPE, CAST(NULL AS smallint) AS SEQ_IN_INDEX, CAST(NULL AS nvarchar(128)) AS COLUMN_NAME,
  CAST(NULL AS char(1)) AS COLLATION, CAST(NULL AS int) AS CARDINALITY, CAST(NULL AS int) AS PAGES,
  CAST(NULL AS varchar(128)) AS FILTER_CONDITION
FROM INFORMATION_SCHEMA.TABLES
WHERE TABLE_NAME = @table_name AND {_OF_TABLE} AND TABLE_TYPE = 'BASE TABLE'"""


def _nothing(columns: str) -> str:
    """A result without rows; each column's type behind its name."""
    pairs = (column.split() for column in columns.split(","))
    return f"SELECT {', '.join(f'CAST(NULL AS {type_}) AS {name}' for name, type_ in pairs)} WHERE 1 = 0"


_FOREIGN_KEYS = _nothing(
    "PKTABLE_QUALIFIER nvarchar(128), PKTABLE_OWNER nvarchar(128), PKTABLE_NAME nvarchar(128), "
    "PKCOLUMN_NAME nvarchar(128), FKTABLE_QUALIFIER nvarchar(128), FKTABLE_OWNER nvarchar(128), "
    "FKTABLE_NAME nvarchar(128), FKCOLUMN_NAME nvarchar(128), KEY_SEQ smallint, UPDATE_RULE smallint, "
    "DELETE_RULE smallint, FK_NAME nvarchar(128), PK_NAME nvarchar(128), DEFERRABILITY smallint"
)
_PROCEDURES = _nothing(
    "PROCEDURE_QUALIFIER nvarchar(128), PROCEDURE_OWNER nvarchar(128), PROCEDURE_NAME nvarchar(134), "
    "NUM_INPUT_PARAMS int, NUM_OUTPUT_PARAMS int, NUM_RESULT_SETS int, REMARKS varchar(254), PROCEDURE_TYPE smallint"
)
_PROCEDURE_COLUMNS = _nothing(
    "PROCEDURE_QUALIFIER nvarchar(128), PROCEDURE_OWNER nvarchar(128), PROCEDURE_NAME nvarchar(134), "
    "COLUMN_NAME nvarchar(128), COLUMN_TYPE smallint, DATA_TYPE smallint, TYPE_NAME nvarchar(128), PRECISION int, "
    "LENGTH int, SCALE smallint, RADIX smallint, NULLABLE smallint, REMARKS varchar(254), COLUMN_DEF nvarchar(4000), "
    "SQL_DATA_TYPE smallint, SQL_DATETIME_SUB smallint, CHAR_OCTET_LENGTH int, ORDINAL_POSITION int, "
    "IS_NULLABLE varchar(254), SS_DATA_TYPE tinyint"
)
_PRIVILEGES = """
SELECT TABLE_CATALOG AS TABLE_QUALIFIER, TABLE_SCHEMA AS TABLE_OWNER, TABLE_NAME, GRANTOR, GRANTEE,
  PRIVILEGE_TYPE AS PRIVILEGE, IS_GRANTABLE
FROM INFORMATION_SCHEMA.TABLE_PRIVILEGES
WHERE TABLE_NAME LIKE @table_name AND (@table_owner IS NULL OR TABLE_SCHEMA LIKE @table_owner)"""
_DATABASES = """
SELECT name AS DATABASE_NAME, CAST(NULL AS int) AS DATABASE_SIZE, CAST(NULL AS varchar(254)) AS REMARKS
FROM sys.databases"""

_TABLE = ("@table_name", "@table_owner", "@table_qualifier")
# Each procedure's arguments in their order
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "sp_tables": (*_TABLE, "@table_type", "@fusepattern"),
    "sp_columns": (*_TABLE, "@column_name", "@odbcver"),
    "sp_pkeys": _TABLE,
    "sp_fkeys": ("@pktable_name", "@pktable_owner", "@pktable_qualifier", "@fktable_name", "@fktable_owner",
                 "@fktable_qualifier"),
    "sp_statistics": (*_TABLE, "@index_name", "@is_unique", "@accuracy"),
    "sp_special_columns": (*_TABLE, "@col_type", "@scope", "@nullable", "@odbcver"),
    "sp_stored_procedures": ("@sp_name", "@sp_owner", "@sp_qualifier", "@fusepattern"),
    "sp_sproc_columns": ("@procedure_name", "@procedure_owner", "@procedure_qualifier", "@column_name", "@odbcver",
                         "@fusepattern"),
    "sp_table_privileges": (*_TABLE, "@fusepattern"),
    "sp_databases": ("@unused",),
}  # fmt: skip
_STATEMENTS = {
    "sp_tables": _TABLES, "sp_columns": _COLUMNS, "sp_pkeys": _PRIMARY_KEYS, "sp_fkeys": _FOREIGN_KEYS,
    "sp_statistics": _STATISTICS, "sp_special_columns": _SPECIAL_COLUMNS, "sp_stored_procedures": _PROCEDURES,
    "sp_sproc_columns": _PROCEDURE_COLUMNS, "sp_table_privileges": _PRIVILEGES, "sp_databases": _DATABASES,
}  # fmt: skip
for _name in ("sp_columns", "sp_statistics", "sp_special_columns", "sp_sproc_columns"):
    for _version in ("_90", "_100"):
        ARGUMENTS[_name + _version] = (*ARGUMENTS[_name], "@fusepattern")
        _STATEMENTS[_name + _version] = _STATEMENTS[_name]
_NAME = nvarchar(384)


def statement(name: str, given: dict[str, Any]) -> tuple[str, dict[str, tuple[SqlType, Any]]]:
    """The query of a procedure and its variables. Raises SqlError 8145 for an argument that it hasn't."""
    known = ARGUMENTS[name]
    for argument in given:
        if argument not in known:
            raise SqlError(8145, f"{argument} is not a parameter for procedure {name}.")
    return _STATEMENTS[name], {argument: (_NAME, _pattern(given.get(argument))) for argument in known}


def _pattern(value: Any) -> str | None:
    """A name; the escape that drivers put before `_` is LIKE's own set here."""
    return None if value is None else str(value).replace("\\_", "[_]")
