"""The catalogue procedures, which drivers call and people EXEC: each is a query over the catalogue's views.

Source: Microsoft Learn, "Catalog stored procedures (Transact-SQL)", and the page of each for its arguments and columns.
"""

from __future__ import annotations

import re
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
# What SQLTables lists by a lone %: catalogs, schemas or types, each in its column ("SQLTables function", comments)
_LISTS = {
    "@table_qualifier": (0, "name", "sys.databases"),
    "@table_owner": (1, "name", "sys.schemas"),
    "@table_type": (3, "t", "(SELECT 'SYSTEM TABLE' AS t UNION ALL SELECT 'TABLE' UNION ALL SELECT 'VIEW') AS q"),
}
_LISTED = (
    ("TABLE_QUALIFIER", "sysname"), ("TABLE_OWNER", "sysname"), ("TABLE_NAME", "sysname"),
    ("TABLE_TYPE", "varchar(32)"), ("REMARKS", "varchar(254)"),
)  # fmt: skip
_TYPE = f"CAST(CASE DATA_TYPE {_ODBC_TYPES} END AS smallint)"
_LENGTH = """COALESCE(CHARACTER_OCTET_LENGTH, CASE DATA_TYPE WHEN 'decimal' THEN NUMERIC_PRECISION + 2
    WHEN 'bit' THEN 1 WHEN 'tinyint' THEN 1 WHEN 'smallint' THEN 2 WHEN 'int' THEN 4 WHEN 'real' THEN 4
    WHEN 'date' THEN 6 WHEN 'time' THEN 12 WHEN 'uniqueidentifier' THEN 16 WHEN 'datetime' THEN 16
    WHEN 'datetime2' THEN 16 WHEN 'smalldatetime' THEN 16 WHEN 'money' THEN 21 WHEN 'smallmoney' THEN 12 ELSE 8 END)"""
_PRECISION = """COALESCE(CHARACTER_MAXIMUM_LENGTH, CAST(NUMERIC_PRECISION AS int), CASE DATA_TYPE WHEN 'date' THEN 10
    WHEN 'datetime' THEN 23 WHEN 'smalldatetime' THEN 16 WHEN 'bit' THEN 1 WHEN 'uniqueidentifier' THEN 36
    WHEN 'time' THEN 9 + DATETIME_PRECISION ELSE 20 + DATETIME_PRECISION END)"""
_SCALE = "CAST(COALESCE(NUMERIC_SCALE, DATETIME_PRECISION) AS smallint)"
_SQL_TYPE = f"CAST(CASE WHEN {_TYPE} BETWEEN 91 AND 93 THEN 9 ELSE {_TYPE} END AS smallint)"
_DATETIME_SUB = f"CAST(CASE WHEN {_TYPE} BETWEEN 91 AND 93 THEN {_TYPE} - 90 END AS smallint)"
# The types of the extended stored procedures' interface, which are the nullable ones of MS-TDS 2.2.5.4
_SS_TYPE = """CAST(CASE WHEN DATA_TYPE IN ('tinyint', 'smallint', 'int', 'bigint') THEN 38
    WHEN DATA_TYPE = 'bit' THEN 50 WHEN DATA_TYPE IN ('char', 'varchar', 'nchar', 'nvarchar') THEN 39
    WHEN DATA_TYPE IN ('binary', 'varbinary') THEN 37
    WHEN DATA_TYPE = 'decimal' THEN 106 WHEN DATA_TYPE IN ('float', 'real') THEN 109
    WHEN DATA_TYPE IN ('money', 'smallmoney') THEN 110 WHEN DATA_TYPE IN ('datetime', 'smalldatetime') THEN 111
    WHEN DATA_TYPE = 'uniqueidentifier' THEN 37 ELSE 0 END AS tinyint)"""
_COLUMNS = f"""
SELECT TABLE_CATALOG AS TABLE_QUALIFIER, TABLE_SCHEMA AS TABLE_OWNER, TABLE_NAME, COLUMN_NAME, {_TYPE} AS DATA_TYPE,
  DATA_TYPE + CASE WHEN i.column_id > 0 THEN ' identity' ELSE '' END AS TYPE_NAME, {_PRECISION} AS [PRECISION],
  {_LENGTH} AS LENGTH, {_SCALE} AS SCALE,
  NUMERIC_PRECISION_RADIX AS RADIX, CAST(CASE IS_NULLABLE WHEN 'YES' THEN 1 ELSE 0 END AS smallint) AS NULLABLE,
  CAST(NULL AS varchar(254)) AS REMARKS, COLUMN_DEFAULT AS COLUMN_DEF, {_SQL_TYPE} AS SQL_DATA_TYPE,
  {_DATETIME_SUB} AS SQL_DATETIME_SUB, CHARACTER_OCTET_LENGTH AS CHAR_OCTET_LENGTH, ORDINAL_POSITION,
  IS_NULLABLE, CAST(0 AS smallint) AS SS_IS_SPARSE, CAST(0 AS smallint) AS SS_IS_COLUMN_SET,
  CAST(0 AS smallint) AS SS_IS_COMPUTED, CAST(SIGN(COALESCE(i.column_id, 0)) AS smallint) AS SS_IS_IDENTITY,
  CAST(NULL AS nvarchar(128)) AS SS_UDT_CATALOG_NAME, CAST(NULL AS nvarchar(128)) AS SS_UDT_SCHEMA_NAME,
  CAST(NULL AS nvarchar(128)) AS SS_UDT_ASSEMBLY_TYPE_NAME,
  CAST(NULL AS nvarchar(128)) AS SS_XML_SCHEMACOLLECTION_CATALOG_NAME,
  CAST(NULL AS nvarchar(128)) AS SS_XML_SCHEMACOLLECTION_SCHEMA_NAME,
  CAST(NULL AS nvarchar(128)) AS SS_XML_SCHEMACOLLECTION_NAME, {_SS_TYPE} AS SS_DATA_TYPE
FROM INFORMATION_SCHEMA.COLUMNS
LEFT JOIN (SELECT SCHEMA_NAME(t.schema_id) AS owned, t.name AS named, c.name, c.column_id FROM sys.identity_columns AS c
  JOIN sys.tables AS t ON t.object_id = c.object_id) AS i
  ON i.owned = TABLE_SCHEMA AND i.named = TABLE_NAME AND i.name = COLUMN_NAME
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
WHERE TABLE_NAME = @table_name AND {_OF_TABLE} AND TABLE_TYPE = 'BASE TABLE'
UNION ALL SELECT DB_NAME(), s.name, t.name, CASE i.is_unique WHEN 1 THEN 0 ELSE 1 END, t.name, i.name,
  CASE i.type WHEN 1 THEN 1 ELSE 3 END, k.index_column_id, c.name, 'A', NULL, NULL, NULL
FROM sys.indexes AS i JOIN sys.tables AS t ON t.object_id = i.object_id JOIN sys.schemas AS s
  ON s.schema_id = t.schema_id JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id
  JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
WHERE t.name = @table_name AND {_OF_TABLE.replace("TABLE_SCHEMA", "s.name")} AND i.name LIKE COALESCE(@index_name, '%')
  AND (COALESCE(@is_unique, 'N') <> 'Y' OR i.is_unique = 1)
ORDER BY 4, 7, 5, 6, 8"""


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
# The number behind the name: 1 of a procedure, 0 of a function ("sp_stored_procedures", "CREATE PROCEDURE", ;number)
_NUMBERED = "CAST(ROUTINE_NAME + CASE ROUTINE_TYPE WHEN 'PROCEDURE' THEN ';1' ELSE ';0' END AS nvarchar(134))"
_PROCEDURES = f"""
SELECT ROUTINE_CATALOG AS PROCEDURE_QUALIFIER, ROUTINE_SCHEMA AS PROCEDURE_OWNER, {_NUMBERED} AS PROCEDURE_NAME,
  -1 AS NUM_INPUT_PARAMS, -1 AS NUM_OUTPUT_PARAMS, -1 AS NUM_RESULT_SETS, CAST(NULL AS varchar(254)) AS REMARKS,
  CAST(2 AS smallint) AS PROCEDURE_TYPE
FROM INFORMATION_SCHEMA.ROUTINES
WHERE (@sp_name IS NULL OR ROUTINE_NAME LIKE @sp_name) AND (@sp_owner IS NULL OR ROUTINE_SCHEMA LIKE @sp_owner)
  AND (@sp_qualifier IS NULL OR ROUTINE_CATALOG = @sp_qualifier)
ORDER BY 1, 2, 3"""
# What a routine takes, and before it what it returns: the status of a procedure, a value, a table
_PARAMETERS = """
SELECT SPECIFIC_SCHEMA, SPECIFIC_NAME, CASE IS_RESULT WHEN 'YES' THEN '@RETURN_VALUE' ELSE PARAMETER_NAME END AS NAMED,
  CASE WHEN IS_RESULT = 'YES' THEN 5 WHEN PARAMETER_MODE = 'INOUT' THEN 2 ELSE 1 END AS KIND, DATA_TYPE,
  CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_PRECISION_RADIX, NUMERIC_SCALE,
  DATETIME_PRECISION, ORDINAL_POSITION, 'YES' AS NULLS
FROM INFORMATION_SCHEMA.PARAMETERS
UNION ALL
SELECT ROUTINE_SCHEMA, ROUTINE_NAME, '@RETURN_VALUE', 5, 'int', NULL, NULL, 10, 10, 0, NULL, 0, 'NO'
FROM INFORMATION_SCHEMA.ROUTINES WHERE ROUTINE_TYPE = 'PROCEDURE'
UNION ALL
SELECT ROUTINE_SCHEMA, ROUTINE_NAME, '@TABLE_RETURN_VALUE', 3, 'table', 0, 0, 0, 0, 0, NULL, 0, 'NO'
FROM INFORMATION_SCHEMA.ROUTINES WHERE DATA_TYPE = 'TABLE'"""
_PROCEDURE_COLUMNS = f"""
SELECT ROUTINE_CATALOG AS PROCEDURE_QUALIFIER, ROUTINE_SCHEMA AS PROCEDURE_OWNER, {_NUMBERED} AS PROCEDURE_NAME,
  NAMED AS COLUMN_NAME, CAST(KIND AS smallint) AS COLUMN_TYPE, {_TYPE} AS DATA_TYPE, DATA_TYPE AS TYPE_NAME,
  {_PRECISION} AS [PRECISION], {_LENGTH} AS LENGTH, {_SCALE} AS SCALE, NUMERIC_PRECISION_RADIX AS RADIX,
  CAST(CASE NULLS WHEN 'YES' THEN 1 ELSE 0 END AS smallint) AS NULLABLE,
  CAST(CASE KIND WHEN 3 THEN 'Result table returned by table valued function' END AS varchar(254)) AS REMARKS,
  CAST(NULL AS nvarchar(4000)) AS COLUMN_DEF, {_SQL_TYPE} AS SQL_DATA_TYPE, {_DATETIME_SUB} AS SQL_DATETIME_SUB,
  NULLIF(CHARACTER_OCTET_LENGTH, 0) AS CHAR_OCTET_LENGTH, ORDINAL_POSITION,
  CAST(NULLS AS varchar(254)) AS IS_NULLABLE, {_SS_TYPE} AS SS_DATA_TYPE
FROM ({_PARAMETERS}) AS p
JOIN (SELECT ROUTINE_CATALOG, ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE FROM INFORMATION_SCHEMA.ROUTINES) AS r
  ON ROUTINE_SCHEMA = SPECIFIC_SCHEMA AND ROUTINE_NAME = SPECIFIC_NAME
WHERE (@procedure_name IS NULL OR ROUTINE_NAME LIKE @procedure_name)
  AND (@procedure_owner IS NULL OR ROUTINE_SCHEMA LIKE @procedure_owner)
  AND (@procedure_qualifier IS NULL OR ROUTINE_CATALOG = @procedure_qualifier)
  AND (@column_name IS NULL OR NAMED LIKE @column_name)
ORDER BY 1, 2, 3, ORDINAL_POSITION"""
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
    if name == "sp_tables" and (listing := _listing(given)) is not None:
        return listing, {}
    literal = str(given.get("@fusepattern", 1)) in {"0", "False"}
    return _STATEMENTS[name], {argument: (_NAME, _pattern(given.get(argument), literal)) for argument in known}


def _listing(given: dict[str, Any]) -> str | None:
    """The query of one of the lists, where one argument is % and the others are empty."""
    found = [argument for argument in _LISTS if str(given.get(argument, "")).strip("'") == "%"]
    others = {"@table_name": None, **_LISTS}.keys() - found
    if len(found) != 1 or given.get("@table_name") is None or any(given.get(o) for o in others):
        return None
    place, value, source = _LISTS[found[0]]
    columns = (f"CAST({value if i == place else 'NULL'} AS {t}) AS {name}" for i, (name, t) in enumerate(_LISTED))
    return f"SELECT {', '.join(columns)} FROM {source} ORDER BY {place + 1}"


def _pattern(value: Any, literal: bool) -> str | None:
    """A name without a procedure's number; an escape before `_`, and every sign of a literal, as LIKE's own sets."""
    if value is None:
        return None
    text = re.sub(r";\d+$", "", str(value))
    return re.sub(r"[\[%_]", r"[\g<0>]", text) if literal else text.replace("\\_", "[_]")
