"""The views that SQL Server 2000 had as tables, which older tools still ask, over the catalogue's own.

Source: Microsoft Learn, "System compatibility views (Transact-SQL)" and the page of each.
"""

from __future__ import annotations

from local_azure.synapse.casts import POOL
from local_azure.synapse.view_parts import CHARS, COLLATED, COLLATION, DEFAULT_ID, SIZES, TYPE_CODE, TYPES

VIEWS: dict[tuple[str, str], tuple[str, str]] = {
    ("sys", "sysobjects"): (
        "name sysname, id int, xtype char(2), uid smallint, info smallint, status int, base_schema_ver int, "
        "replinfo int, parent_obj int, crdate datetime, ftcatid smallint, schema_ver int, stats_schema_ver int, "
        "type char(2), userstat smallint, sysstat smallint, indexdel smallint, refdate datetime, version int, "
        "deltrig int, instrig int, updtrig int, seltrig int, category int, cache smallint",
        f"""SELECT name, object_id, {TYPE_CODE}, schema_id, 0, 0, 0, 0, 0,
          create_date, 0, 0, 0, {TYPE_CODE}, 1, 3, 0, create_date, 0, 0, 0,
          0, 0, 0, 0 FROM {POOL}.objects""",
    ),
    ("sys", "syscolumns"): (
        "name sysname, id int, xtype tinyint, typestat tinyint, xusertype smallint, length smallint, xprec tinyint, "
        "xscale tinyint, colid smallint, xoffset smallint, bitpos tinyint, reserved tinyint, colstat smallint, "
        "cdefault int, domain int, number smallint, colorder smallint, autoval varbinary(8000), offset smallint, "
        "collationid int, language int, status tinyint, type tinyint, usertype smallint, printfmt varchar(255), "
        "prec smallint, scale int, iscomputed int, isoutparam int, isnullable int, collation sysname, "
        "tdscollation binary(5)",
        f"""SELECT name, object_id, id, 0, id, bytes, digits, decimals, column_id, 0, 0, 0, 0,
          {DEFAULT_ID}, 0, 0, column_id, NULL, 0, 0, 0,
          CASE WHEN nullable THEN 8 ELSE 0 END, id, id, NULL, digits, decimals, 0, 0, CAST(nullable AS INTEGER),
          {COLLATED}, NULL
          FROM (SELECT *, row({SIZES}) AS size, size[1] AS bytes, size[2] AS digits, size[3] AS decimals
            FROM {POOL}.columns JOIN {TYPES} ON i.type = type_name)""",
    ),
    ("sys", "systypes"): (
        "name sysname, xtype tinyint, status tinyint, xusertype smallint, length smallint, xprec tinyint, "
        "xscale tinyint, tdefault int, domain int, uid smallint, reserved smallint, collationid int, "
        "usertype smallint, variable bit, allownulls bit, type tinyint, printfmt varchar(255), "
        "prec smallint, scale tinyint, collation sysname",
        f"""SELECT type, id, 0, id, CASE WHEN type IN ({CHARS}, 'binary', 'varbinary') THEN 8000 ELSE 8 END, 0, 0, 0, 0,
          4, 0, 0, id, type IN ('varchar', 'nvarchar', 'varbinary'), true, id, NULL, 0, 0,
          CASE WHEN type IN ({CHARS}) THEN '{COLLATION}' END FROM {TYPES}""",
    ),
    ("sys", "sysusers"): (
        "uid smallint, status smallint, name sysname, sid varbinary(85), roles varbinary(2048), createdate datetime, "
        "updatedate datetime, altuid smallint, password varbinary(256), gid smallint, environ varchar(255), "
        "hasdbaccess int, islogin int, isntname int, isntgroup int, isntuser int, issqluser int, isaliased int, "
        "issqlrole int, isapprole int",
        f"""SELECT principal_id, 0, name, NULL, NULL, TIMESTAMP '2000-01-01', TIMESTAMP '2000-01-01', NULL, NULL, 0,
          NULL, CAST(type = 'S' AS INTEGER), CAST(type = 'S' AS INTEGER), 0, 0, 0, CAST(type = 'S' AS INTEGER), 0,
          CAST(type = 'R' AS INTEGER), 0 FROM {POOL}.principals""",
    ),
    ("sys", "sysdatabases"): (
        "name sysname, dbid smallint, sid varbinary(85), mode smallint, status int, status2 int, crdate datetime, "
        "reserved datetime, category int, cmptlevel tinyint, filename nvarchar(260), version smallint",
        "SELECT {db}, 5, NULL, 0, 0, 0, TIMESTAMP '2000-01-01', TIMESTAMP '1900-01-01', 0, 130, NULL, 0",
    ),
}
