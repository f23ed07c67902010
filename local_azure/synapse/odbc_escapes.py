"""ODBC's escapes, which the engine reads itself: {d '...'}, {t '...'}, {ts '...'} and {fn name(...)}.

Source: Microsoft Learn, "ODBC Scalar Functions (Transact-SQL)", and "Constants (Transact-SQL)", datetime constants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError
from local_azure.synapse.sqltypes import INT, SqlType, make_type, varchar

if TYPE_CHECKING:
    from local_azure.synapse.expression_parser import ExpressionParser

_DATETIME = SqlType("datetime", scale=3)
_NAMES = {
    "UCASE": "UPPER", "LCASE": "LOWER", "LENGTH": "LEN", "LOCATE": "CHARINDEX", "REPEAT": "REPLICATE",
    "INSERT": "STUFF", "IFNULL": "ISNULL", "NOW": "GETDATE", "CURRENT_TIMESTAMP": "GETDATE", "DAYOFMONTH": "DAY",
    "DATABASE": "DB_NAME", "USER": "USER_NAME", "ATAN2": "ATN2", "CHAR_LENGTH": "LEN",
    "OCTET_LENGTH": "DATALENGTH",
}  # fmt: skip
_PARTS = {
    "DAYOFYEAR": "dayofyear", "DAYOFWEEK": "weekday", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second",
    "QUARTER": "quarter", "WEEK": "week",
}  # fmt: skip
_NAMED_PARTS = {"DAYNAME": "weekday", "MONTHNAME": "month"}
_INTERVALS = {"TIMESTAMPADD": "DATEADD", "TIMESTAMPDIFF": "DATEDIFF"}
_TODAY = {"CURDATE": 10, "CURRENT_DATE": 10, "CURTIME": 8, "CURRENT_TIME": 8}


def escape(parser: ExpressionParser) -> n.Expr:
    """What stands in braces. Raises SqlError 103010, and 195 for a function that ODBC hasn't."""
    parser.expect("{")
    kind = parser.one_of({"D", "T", "TS", "FN"})
    found = _function(parser) if kind == "FN" else n.Cast(n.Literal("string", parser.string()), _DATETIME, safe=False)
    parser.expect("}")
    return found


def _function(parser: ExpressionParser) -> n.Expr:
    name = parser.next().text.upper()
    if name == "CONVERT":
        return _convert(parser)
    if name in _INTERVALS:
        parser.expect("(")
        part = n.DatePart(parser.identifier().lower().removeprefix("sql_tsi_"))
        parser.expect(",")
        args = parser.separated(parser.value)
        parser.expect(")")
        return n.Call(_INTERVALS[name], (part, *args))
    parser.expect("(")
    args = () if parser.peek(")") else parser.separated(parser.value)
    parser.expect(")")
    return _called(name, args)


def _called(name: str, args: tuple[n.Expr, ...]) -> n.Expr:
    if name in {"CONCAT", "MOD"}:
        if len(args) != 2:
            raise SqlError(174, f"The {name.lower()} function requires 2 argument(s).", 15)
        return n.Binary("+" if name == "CONCAT" else "%", *args)
    if name in _TODAY:
        style, size = (23, 10) if _TODAY[name] == 10 else (114, 12)
        return n.Cast(n.Call("GETDATE", ()), varchar(size), safe=False, style=style)
    if name in _PARTS:
        return n.Call("DATEPART", (n.DatePart(_PARTS[name]), *args))
    if name in _NAMED_PARTS:
        return n.Call("DATENAME", (n.DatePart(_NAMED_PARTS[name]), *args))
    if name == "TRUNCATE":
        return n.Call("ROUND", (*args, n.Cast(n.Literal("number", "1"), INT, safe=False)))
    return n.Call(_NAMES.get(name, name), args)


def _convert(parser: ExpressionParser) -> n.Expr:
    parser.expect("(")
    operand = parser.value()
    parser.expect(",")
    name = parser.identifier().upper().removeprefix("SQL_")
    parser.expect(")")
    known = {"WVARCHAR": "nvarchar", "DOUBLE": "float", "TIMESTAMP": "datetime", "TYPE_DATE": "date", "INTEGER": "int"}
    return n.Cast(operand, make_type(known.get(name, name), [], default_length=30), safe=False)
