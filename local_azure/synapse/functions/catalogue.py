"""Functions over the catalogue and the session. Source: the page of each in Microsoft's Transact-SQL reference."""

from __future__ import annotations

import json

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import POOL, quote
from local_azure.synapse.errors import not_local
from local_azure.synapse.functions.calls import Call, function
from local_azure.synapse.permissions import HELD, PRIVILEGES
from local_azure.synapse.scope import Typed
from local_azure.synapse.sqltypes import (
    DATETIME,
    INT,
    MAX,
    SYSNAME,
    SqlType,
    nvarchar,
)  # fmt: skip
from local_azure.synapse.view_parts import FRACTION, PRECISION, SCALE, TYPE_IDS
from local_azure.synapse.wire_types import storage_size


def _name_constant(call: Call) -> str:
    text = call.arg(0).constant
    if text is None:
        raise not_local(f"{call.node.name} of anything but a constant name")
    return text


@function("OBJECT_ID", args=(1, 2))
def _object_id(call: Call) -> Typed:
    if call.arg(0).constant is None:
        return Typed(f"({_OBJECT_BY_NAME.format(call.text(0).sql)})", INT)
    found = call.binder.names.find(_unquoted(_name_constant(call)))
    wanted = (call.arg(1).constant or "").strip().upper() if len(call.node.args) == 2 else ""
    kind = {"E": "U"}.get(found.kind, found.kind) if found else ""
    if found is None or (wanted and wanted != kind):
        return Typed("CAST(NULL AS INTEGER)", INT)
    return Typed(f"CAST({found.object_id} AS INTEGER)", INT)


_OBJECT_BY_NAME = f"""SELECT any_value(o.object_id) FROM {POOL}.objects o JOIN {POOL}.schemas s USING (schema_id)
  WHERE lower(replace(replace({{0}}, '[', ''), ']', '')) IN (lower(s.name || '.' || o.name),
    CASE s.name WHEN 'dbo' THEN lower(o.name) END)"""


def _unquoted(text: str) -> n.Name:
    """A name in a string, such as '"db"."schema"."object"' or '[a].[b.c]'."""
    from local_azure.synapse.token_reader import TokenReader

    return TokenReader(text).name()


def _lookup(call: Call, sql: str) -> Typed:
    """What a number names: of this database, where a second argument says which one."""
    found = f"({sql.format(call.integer(0))})"
    if len(call.node.args) == 1:
        return Typed(found, SYSNAME)
    return Typed(f"CASE {call.integer(1)} WHEN {_POOL_ID} THEN {found} END", SYSNAME)


@function("OBJECT_NAME", args=(1, 2))
def _object_name(call: Call) -> Typed:
    return _lookup(call, f"SELECT any_value(name) FROM {POOL}.objects WHERE object_id = {{}}")


@function("SCHEMA_NAME", args=(0, 1))
def _schema_name(call: Call) -> Typed:
    if not call.node.args:
        return Typed("'dbo'", SYSNAME, False)
    return _lookup(call, f"SELECT any_value(name) FROM {POOL}.schemas WHERE schema_id = {{}}")


@function("SCHEMA_ID", args=(0, 1))
def _schema_id(call: Call) -> Typed:
    name = _name_constant(call) if call.node.args else "dbo"
    found = call.binder.names.snapshot.schemas.get(name.lower())
    return Typed(f"CAST({found[0] if found else 'NULL'} AS INTEGER)", INT)


@function("COL_NAME", args=(2, 2))
def _col_name(call: Call) -> Typed:
    test = f"object_id = {call.integer(0)} AND column_id = {call.integer(1)}"
    return Typed(f"(SELECT any_value(name) FROM {POOL}.columns WHERE {test})", SYSNAME)


@function("DB_NAME", args=(0, 1))
def _db_name(call: Call) -> Typed:
    """The pool's name, or that of a number: beside it a pool's server has master."""
    name = quote(call.binder.session["database"])
    if not call.node.args:
        return Typed(name, SYSNAME, False)
    return Typed(f"CASE {call.integer(0)} WHEN {_POOL_ID} THEN {name} WHEN 1 THEN 'master' END", SYSNAME)


@function("DB_ID", args=(0, 1))
def _db_id(call: Call) -> Typed:
    name = quote(call.binder.session["database"].lower())
    if not call.node.args:
        return Typed(f"CAST({_POOL_ID} AS SMALLINT)", SqlType("smallint"), False)
    sql = f"CASE lower({call.text(0).sql}) WHEN {name} THEN {_POOL_ID} WHEN 'master' THEN 1 END"
    return Typed(f"CAST({sql} AS SMALLINT)", SqlType("smallint"))


_POOL_ID = 5  # of sys.databases


@function("USER_NAME", "CURRENT_USER", "USER", "SESSION_USER", args=(0, 1))
def _user_name(call: Call) -> Typed:
    """Whom the session acts as, or the principal of a number."""
    if call.node.args:
        return _lookup(call, f"SELECT any_value(name) FROM {POOL}.principals WHERE principal_id = {{}}")
    return Typed(quote(call.binder.session["name"]), SYSNAME, False)


@function("USER_ID", "DATABASE_PRINCIPAL_ID", args=(0, 1))
def _user_id(call: Call) -> Typed:
    name = call.text(0).sql if call.node.args else quote(call.binder.session["name"])
    sql = f"(SELECT any_value(principal_id) FROM {POOL}.principals WHERE lower(name) = lower({name}))"
    return Typed(sql, INT)


@function("SUSER_SNAME", "SUSER_NAME", "SYSTEM_USER", "ORIGINAL_LOGIN", args=(0, 0))
def _login(call: Call) -> Typed:
    """The login; of a user that the session acts as, its name."""
    session = call.binder.session
    acting = session["name"] != "dbo" and call.node.name != "ORIGINAL_LOGIN"
    return Typed(quote(session["name" if acting else "user"]), SYSNAME, False)


@function("HOST_NAME", "APP_NAME", args=(0, 0))
def _client(call: Call) -> Typed:
    return Typed(quote(call.binder.session.get(call.node.name.lower(), "")), nvarchar(128), False)


@function("ERROR_NUMBER", "ERROR_SEVERITY", "ERROR_STATE", args=(0, 0))
def _error_part(call: Call) -> Typed:
    """Of the error that a CATCH handles; NULL elsewhere."""
    return Typed(call.binder.parameter(f"s_{call.node.name.lower()}", INT), INT)


@function("ERROR_PROCEDURE", args=(0, 0))
def _error_procedure(call: Call) -> Typed:
    """The procedure's name; NULL where the error did not arise in one, and outside a CATCH."""
    return Typed(call.binder.parameter("s_error_procedure", nvarchar(128)), nvarchar(128))


@function("COL_LENGTH", args=(2, 2))
def _col_length(call: Call) -> Typed:
    """In bytes; NULL where there is no such column."""
    found = call.binder.names.find(_unquoted(_name_constant(call)))
    column = found.column(call.arg(1).constant or "") if found else None
    if column is None:
        return Typed("CAST(NULL AS SMALLINT)", SqlType("smallint"))
    size = column.type.length * (2 if column.type.is_wide and column.type.length > 0 else 1)
    return Typed(f"CAST({size or storage_size(column.type)[0]} AS SMALLINT)", SqlType("smallint"), False)


_OF_COLUMNS = {
    "allowsnull": "CAST(nullable AS INTEGER)", "isidentity": "CAST(identity_seed IS NOT NULL AS INTEGER)",
    "columnid": "column_id", "ordinal": "column_id", "scale": f"coalesce({SCALE}, {FRACTION})",
    "charmaxlen": "nullif(length, 0)", "precision": f"coalesce(nullif(length, 0), {PRECISION.format(bit='')})",
    **dict.fromkeys(("iscomputed", "ishidden", "issparse", "iscolumnset", "isrowguidcol", "isfulltextindexed"), "0"),
}  # fmt: skip


@function("COLUMNPROPERTY", args=(3, 3))
def _columnproperty(call: Call) -> Typed:
    """NULL of a column or a property that is none."""
    wanted = _OF_COLUMNS.get((call.arg(2).constant or "").lower(), "NULL")
    test = f"object_id = {call.integer(0)} AND lower(name) = lower({call.text(1).sql})"
    return Typed(f"(SELECT any_value({wanted}) FROM {POOL}.columns WHERE {test})", INT)


@function("HAS_PERMS_BY_NAME", args=(3, 3))
def _has_permission(call: Call) -> Typed:
    """1 or 0 for an object, a schema, or the database (a class of 'DATABASE' or NULL); NULL where there is none."""
    rights, wanted = call.binder.names.rights, (call.arg(2).constant or "").upper()
    class_ = (call.arg(1).constant or "DATABASE").upper()
    if not wanted or wanted.split()[0] not in PRIVILEGES:
        return Typed("CAST(NULL AS INTEGER)", INT)
    if class_ == "DATABASE":
        return Typed(str(int(rights.administers(wanted))), INT, False)
    if class_ == "SCHEMA":
        known = _unquoted(_name_constant(call)).last.lower() in call.binder.names.snapshot.schemas
        return Typed(str(int(rights.administers(wanted))) if known else "CAST(NULL AS INTEGER)", INT)
    found = call.binder.names.find(_unquoted(_name_constant(call)))
    if found is None:
        return Typed("CAST(NULL AS INTEGER)", INT)
    return Typed(str(int(rights.may(wanted, found))), INT, False)


@function("OBJECT_SCHEMA_NAME", args=(1, 2))
def _object_schema_name(call: Call) -> Typed:
    source = f"{POOL}.objects o JOIN {POOL}.schemas s USING (schema_id)"
    return _lookup(call, f"SELECT any_value(s.name) FROM {source} WHERE o.object_id = {{}}")


@function("ERROR_MESSAGE", args=(0, 0))
def _error_message(call: Call) -> Typed:
    return Typed(call.binder.parameter("s_error_message", nvarchar(4000)), nvarchar(4000))


@function("XACT_STATE", args=(0, 0))
def _xact_state(call: Call) -> Typed:
    """1 in a transaction, -2 in one that failed ("Use transactions in a SQL pool in Azure Synapse")."""
    type_ = SqlType("smallint")
    return Typed(call.binder.parameter("s_xact_state", type_), type_, False)


@function("TYPE_NAME", args=(1, 1))
def _type_name(call: Call) -> Typed:
    branches = " ".join(f"WHEN {number} THEN {quote(name)}" for name, number in TYPE_IDS.items())
    return Typed(f"CASE {call.integer(0)} {branches} WHEN 256 THEN 'sysname' END", SYSNAME)


@function("TYPE_ID", args=(1, 1))
def _type_id(call: Call) -> Typed:
    return Typed(f"CAST({TYPE_IDS.get(_name_constant(call).lower(), 'NULL')} AS INTEGER)", INT)


_SERVER_ROLES = {
    "sysadmin", "serveradmin", "securityadmin", "processadmin", "setupadmin", "bulkadmin", "diskadmin", "dbcreator",
}  # fmt: skip


@function("IS_SRVROLEMEMBER", args=(1, 2))
def _is_server_member(call: Call) -> Typed:
    """0 for a role of the server, which a pool's login is in none of; NULL for what is none."""
    role = _name_constant(call).lower()
    return Typed({"public": "1"}.get(role, "0" if role in _SERVER_ROLES else "CAST(NULL AS INTEGER)"), INT)


@function("IS_MEMBER", "IS_ROLEMEMBER", args=(1, 2))
def _is_member(call: Call) -> Typed:
    """1 in a role of the database, through other roles too, 0 outside it, NULL where one of the two is none."""
    role, rights = _name_constant(call).lower(), call.binder.names.rights
    user = (call.arg(1).constant or "" if len(call.node.args) > 1 else rights.user).lower()
    roles = {"public", *({"db_owner", "dbo"} if user == "dbo" else rights.roles if user == rights.user.lower() else ())}
    known = f"(SELECT count(DISTINCT lower(name)) FROM {POOL}.principals WHERE lower(name) IN ({{}}))"
    both = {role} if user == rights.user.lower() else {role, user}  # a login needs no user of its name
    names = ", ".join(quote(name) for name in sorted(both))
    member = "1" if role in roles else _MEMBERSHIP.format(quote(user), quote(role))
    return Typed(f"CASE WHEN {known.format(names)} = {len(both)} THEN {member} END", INT)


_MEMBERSHIP = f"({HELD} SELECT CAST(count(*) AS INTEGER) FROM held WHERE name = {{}})"


_KINDS = {
    "istable": "'U', 'E'", "isusertable": "'U', 'E'", "isview": "'V'", "isprocedure": "'P'", "isscalarfunction": "'FN'",
    "isinlinefunction": "'IF'", "istablefunction": "'IF'",
}  # fmt: skip
_OF_OBJECTS = {
    "schemaid": "schema_id",
    "ownerid": "1",
    "tablehasidentity": f"EXISTS (FROM {POOL}.columns c WHERE c.object_id = o.object_id AND identity_seed IS NOT NULL)",
    "tablehasprimarykey": (
        f"EXISTS (FROM {POOL}.constraints k WHERE k.parent_id = o.object_id AND k.kind = 'PRIMARY KEY')"
    ),
    **dict.fromkeys(("ismsshipped", "issystemtable", "istrigger", "tablehasforeignkey", "isencrypted"), "0"),
}


@function("OBJECTPROPERTY", "OBJECTPROPERTYEX", args=(2, 2))
def _objectproperty(call: Call) -> Typed:
    """NULL of an object or a property that is none."""
    wanted = (call.arg(1).constant or "").lower()
    sql = f"type IN ({_KINDS[wanted]})" if wanted in _KINDS else _OF_OBJECTS.get(wanted, "NULL")
    test = f"any_value(CAST({sql} AS INTEGER))"
    return Typed(f"(SELECT {test} FROM {POOL}.objects o WHERE object_id = {call.integer(0)})", INT)


@function("HAS_DBACCESS", args=(1, 1))
def _has_dbaccess(call: Call) -> Typed:
    """1 for the pool; NULL for a database that is not there."""
    name = quote(call.binder.session["database"].lower())
    return Typed(f"CASE WHEN lower({call.text(0).sql}) = {name} THEN 1 END", INT)


@function("STATS_DATE", args=(2, 2))
def _stats_date(call: Call) -> Typed:
    """When statistics were last taken; NULL where no row was there, and where there are none."""
    test = f"object_id = {call.integer(0)} AND stats_id = {call.integer(1)}"
    return Typed(f"(SELECT any_value(updated) FROM {POOL}.statistics WHERE {test})", DATETIME)


@function("SESSION_ID", args=(0, 0))
def _session_id(call: Call) -> Typed:
    return Typed(quote(f"SID{call.binder.session['spid']}"), nvarchar(32), False)


@function("SESSION_CONTEXT", args=(1, 1))
def _session_context(call: Call) -> Typed:
    """As nvarchar, where a pool gives a sql_variant."""
    key = json.dumps(_name_constant(call).lower())
    return Typed(
        f"json_extract_string({call.binder.parameter('s_context', nvarchar(MAX))}, {quote('$.' + key)})", nvarchar(4000)
    )


_SERVER = {
    "COLLATION": "SQL_Latin1_General_CP1_CI_AS",
    "EDITION": "SQL Azure",
    "ENGINEEDITION": "6",
    "PRODUCTVERSION": "12.0.2000.8",
    "PRODUCTLEVEL": "RTM",
    "SERVERNAME": "127.0.0.1",
}


@function("SERVERPROPERTY", args=(1, 1))
def _serverproperty(call: Call) -> Typed:
    value = _SERVER.get(_name_constant(call).upper())
    return Typed(quote(value) if value else "CAST(NULL AS VARCHAR)", nvarchar(128))


_PROPERTIES = {
    "COLLATION": "SQL_Latin1_General_CP1_CI_AS", "EDITION": "DataWarehouse", "STATUS": "ONLINE",
    "SERVICEOBJECTIVE": "DW100c", "UPDATEABILITY": "READ_WRITE", "USERACCESS": "MULTI_USER", "VERSION": "904",
}  # fmt: skip


_COLLATION = {"CODEPAGE": 1252, "LCID": 1033, "COMPARISONSTYLE": 196609, "VERSION": 0}


@function("COLLATIONPROPERTY", args=(2, 2))
def _collationproperty(call: Call) -> Typed:
    """Of the pool's own collation ("COLLATIONPROPERTY"; its style is 0x30001, blind to case, kana and width)."""
    if _name_constant(call).upper() != _SERVER["COLLATION"].upper():
        raise not_local("COLLATIONPROPERTY of another collation than the pool's")
    return Typed(f"CAST({_COLLATION.get((call.arg(1).constant or '').upper(), 'NULL')} AS INTEGER)", INT)


@function("DATABASEPROPERTYEX", args=(2, 2))
def _databaseproperty(call: Call) -> Typed:
    """Of this database; what is said of another one is NULL."""
    name = (call.arg(0).constant or "").lower()
    known = not name or name == call.binder.session["database"].lower()
    value = _PROPERTIES.get((call.arg(1).constant or "").upper()) if known else None
    return Typed(quote(value) if value else "CAST(NULL AS VARCHAR)", nvarchar(128))
