"""Functions of dates and times. Source: the page of each in Microsoft's Transact-SQL reference."""

from __future__ import annotations

from local_azure.synapse.casts import POOL, cast, quote, rounded
from local_azure.synapse.errors import SqlError
from local_azure.synapse.functions.calls import Call, function, invalid_argument
from local_azure.synapse.scope import Typed
from local_azure.synapse.sqltypes import (
    BIGINT,
    DATE,
    DATETIME,
    INT,
    STAMPS,
    TEMPORAL,
    SqlType,
    datetime2,
    nvarchar,
)  # fmt: skip

DATETIMEOFFSET = SqlType("datetimeoffset", scale=7)
_ANY_MOMENT = datetime2()
_CLOCK = {"hour", "minute", "second", "millisecond", "microsecond", "nanosecond"}
_FINER = {"microsecond", "nanosecond"}  # than what datetime and smalldatetime hold
_MICROSECONDS = {
    "hour": 3_600_000_000,
    "minute": 60_000_000,
    "second": 1_000_000,
    "millisecond": 1000,
    "microsecond": 1,
}


def _moment(call: Call, index: int) -> Typed:
    """An argument as a date or time; text and numbers become datetime2 and datetime."""
    bound = call.arg(index)
    if bound.type is not None and bound.type.name in TEMPORAL:
        return bound
    type_ = datetime2() if bound.type is not None and bound.type.is_string else DATETIME
    return Typed(cast(bound.sql, bound.type, type_), type_)


@function("GETDATE", "CURRENT_TIMESTAMP", "GETUTCDATE", args=(0, 0))
def _getdate(call: Call) -> Typed:
    return Typed(rounded(call.binder.parameter("s_now", DATETIME), DATETIME), DATETIME, False)


@function("SYSDATETIME", "SYSUTCDATETIME", args=(0, 0))
def _sysdatetime(call: Call) -> Typed:
    return Typed(call.binder.parameter("s_now", datetime2()), datetime2(), False)


@function("SYSDATETIMEOFFSET", args=(0, 0))
def _sysdatetimeoffset(call: Call) -> Typed:
    return Typed(f"{POOL}.with_offset({call.binder.parameter('s_now', datetime2())}, 0)", DATETIMEOFFSET, False)


def _minutes(call: Call, index: int) -> str:
    """An offset as '+hh:mm' or as minutes, of 14 hours at most; else error 9812."""
    bound, name = call.arg(index), call.node.name.lower()
    if bound.type is not None and bound.type.is_string:
        return f"{POOL}.offset_in({POOL}.offset_text_in({bound.sql}, '{name}'), '{name}')"
    return f"{POOL}.offset_in({call.integer(index)}, '{name}')"


@function("SWITCHOFFSET", args=(2, 2))
def _switchoffset(call: Call) -> Typed:
    """The same moment on another clock."""
    type_ = _as_fine(call)
    moment = call.as_type(0, type_)
    shift = f"CAST({_minutes(call, 1)} AS SMALLINT)"
    sql = f"CASE WHEN {moment} IS NULL OR {shift} IS NULL THEN NULL ELSE {{'utc': {moment}.utc, 'shift': {shift}}} END"
    return Typed(sql, type_)


def _as_fine(call: Call) -> SqlType:
    """datetimeoffset with the fraction of the first argument."""
    given = call.arg(0).type
    fine = given is not None and given.name in {"datetimeoffset", "datetime2"}
    return SqlType("datetimeoffset", scale=given.scale) if fine and given is not None else DATETIMEOFFSET


@function("TODATETIMEOFFSET", args=(2, 2))
def _todatetimeoffset(call: Call) -> Typed:
    """The same clock, with an offset."""
    type_ = _as_fine(call)
    return Typed(f"{POOL}.with_offset({call.as_type(0, datetime2(type_.scale))}, {_minutes(call, 1)})", type_)


@function("AT TIME ZONE", args=(2, 2))
def _at_time_zone(call: Call) -> Typed:
    """A moment on a zone's clock; one without an offset is taken for that clock's. Raises SqlError 8116."""
    given, zone = call.arg(0), call.text(1).sql
    name = given.type.name if given.type else "NULL"
    if given.type is None or name not in STAMPS | {"datetimeoffset"}:
        raise invalid_argument(given, 1, "AT TIME ZONE")
    utc = f"{given.sql}.utc" if name == "datetimeoffset" else f"{POOL}_zone_moment({given.sql}, {zone})"
    sql = f"CASE WHEN {utc} IS NULL OR {zone} IS NULL THEN NULL ELSE {{'utc': {utc}, 'shift': "
    scale = {"datetime": 3, "smalldatetime": 0}.get(name, given.type.scale)
    type_ = SqlType("datetimeoffset", scale=scale)
    return Typed(f"{sql}CAST({POOL}_zone_shift({utc}, {zone}) AS SMALLINT)}} END", type_)


@function("DATEADD", args=(3, 3))
def _dateadd(call: Call) -> Typed:
    part, moment = call.part(), _moment(call, 2)
    type_ = moment.type or DATETIME
    bound = call.arg(2)
    if bound.type is not None and bound.type.is_string:
        type_ = DATETIME
        moment = Typed(cast(bound.sql, bound.type, type_), type_)
    _check_part(part, type_, "dateadd")
    if part in _FINER and type_.name in {"datetime", "smalldatetime"}:
        raise _not_of(part, "dateadd", type_)
    count = call.integer(1)
    shift = _shift(part, count)
    if type_.name == "time":
        return Typed(f"CAST((DATE '1970-01-01' + {moment.sql}) + {shift} AS TIME)", type_)
    limits = _limits(type_)
    if type_.name == "datetimeoffset":
        local = f"{POOL}.local_of({moment.sql})"
        sql = f"CAST({POOL}.or_517({local}, {count}, {local} + {shift}, {limits}) AS TIMESTAMP)"
        return Typed(f"{POOL}.with_offset({sql}, {moment.sql}.shift)", type_)
    sql = f"{POOL}.or_517({moment.sql}, {count}, {moment.sql} + {shift}, {limits})"
    return Typed(rounded(f"CAST({sql} AS {type_.duckdb})", type_), type_)


def _limits(type_: SqlType) -> str:
    """What or_517 asks of a result: the type's name, its first moment, the first one behind its last."""
    least = {"datetime": "1753-01-01", "smalldatetime": "1900-01-01"}.get(type_.name, "0001-01-01")
    most = "2079-06-07" if type_.name == "smalldatetime" else "10000-01-01"
    return f"'{type_.name}', TIMESTAMP '{least}', TIMESTAMP '{most}'"


_MOST = {"year": 10_000, "quarter": 40_000, "month": 120_000, "week": 530_000, "day": 3_660_000, "hour": 88_000_000}


def _shift(part: str, count: str) -> str:
    """So much time; what no type reaches is cut to what leaves every type, before DuckDB's own limits."""
    most = _MOST.get({"dayofyear": "day", "weekday": "day"}.get(part, part))
    if most:
        count = f"CASE WHEN {count} > {most} THEN {most} WHEN {count} < -{most} THEN -{most} ELSE {count} END"
    if part == "nanosecond":  # to the microsecond, which is what is stored
        return f"to_microseconds(CAST(round({count} / 1000.0) AS BIGINT))"
    if part in _MICROSECONDS:
        return f"to_microseconds(CAST({count} AS BIGINT) * {_MICROSECONDS[part]})"
    months = {"year": 12, "quarter": 3, "month": 1}
    if part in months:
        return f"to_months(({count}) * {months[part]})"
    return f"to_days(({count}) * {7 if part == 'week' else 1})"


def _check_part(part: str, type_: SqlType, name: str) -> None:
    wrong = (part in _CLOCK and type_.name == "date") or (part not in _CLOCK and type_.name == "time")
    if part in _PARTS_OF_NOTHING and name not in {"datepart", "datename"}:
        raise SqlError(9806, f"The datepart {part} is not supported by date function {name}.")
    if part == "tzoffset" and type_.name in {"date", "time", "datetime", "smalldatetime"}:
        wrong = True
    if wrong:
        raise _not_of(part, name, type_)


def _not_of(part: str, name: str, type_: SqlType) -> SqlError:
    return SqlError(9810, f"The datepart {part} is not supported by date function {name} for data type {type_.name}.")


@function("DATEDIFF", "DATEDIFF_BIG", args=(3, 3))
def _datediff(call: Call) -> Typed:
    """Boundaries crossed, in UTC where there are offsets; weeks begin on Sunday whatever the session says."""
    part = call.part()
    _check_part(part, datetime2(), call.node.name.lower())
    type_ = INT if call.node.name == "DATEDIFF" else BIGINT
    first, second = (_instant(_moment(call, i)) for i in (1, 2))
    if part == "week":
        weeks = [f"(date_diff('day', DATE '0001-01-01', CAST({s} AS DATE)) + 1) // 7" for s in (first, second)]
        return _counted(call, f"{weeks[1]} - {weeks[0]}", type_)
    if part == "nanosecond":
        return _counted(call, f"CAST(date_diff('microsecond', {first}, {second}) AS HUGEINT) * 1000", type_)
    part = {"dayofyear": "day", "weekday": "day"}.get(part, part)
    return _counted(call, f"date_diff('{part}', {first}, {second})", type_)


def _counted(call: Call, count: str, type_: SqlType) -> Typed:
    """A number of boundaries; error 535 where its type does not hold it."""
    bits = 31 if type_ == INT else 63
    limits = f"CAST({-(2**bits)} AS HUGEINT), CAST({2**bits - 1} AS HUGEINT)"
    return Typed(f"CAST({POOL}.or_535({count}, {limits}, '{call.node.name.lower()}') AS {type_.duckdb})", type_)


def _instant(bound: Typed) -> str:
    return f"{bound.sql}.utc" if bound.type is not None and bound.type.name == "datetimeoffset" else _stamp(bound)


def _stamp(bound: Typed) -> str:
    if bound.type is not None and bound.type.name == "datetimeoffset":
        return f"{POOL}.local_of({bound.sql})"
    if bound.type is not None and bound.type.name == "time":
        return f"(DATE '1900-01-01' + {bound.sql})"
    return f"CAST({bound.sql} AS TIMESTAMP)"


_PARTS_OF_NOTHING = {"iso_week", "tzoffset"}  # which only DATEPART and DATENAME know
_DATE_PARTS = {
    "weekday": "dayofweek({0}) + 1",
    "week": "(dayofyear({0}) - 1 + dayofweek(CAST(date_trunc('year', {0}) AS DATE))) // 7 + 1",
    "iso_week": "weekofyear({0})",
    "millisecond": "millisecond({0}) % 1000",
    "microsecond": "microsecond({0}) % 1000000",
    "nanosecond": "(microsecond({0}) % 1000000) * 1000",
}


@function("DATEPART", args=(2, 2))
def _datepart(call: Call) -> Typed:
    part, moment = call.part(), _moment(call, 1)
    _check_part(part, moment.type or DATETIME, call.node.name.lower())
    if part == "tzoffset":  # 0 of a datetime2, and what a text says
        return Typed(f"CAST({call.as_type(1, DATETIMEOFFSET)}.shift AS INTEGER)", INT)
    template = _DATE_PARTS.get(part, f"{part}({{0}})")
    return Typed(f"CAST({template.format(_stamp(moment))} AS INTEGER)", INT)


@function("DATENAME", args=(2, 2))
def _datename(call: Call) -> Typed:
    part, moment = call.part(), _moment(call, 1)
    _check_part(part, moment.type or DATETIME, "datename")
    if part in {"month", "weekday"}:
        name = "monthname" if part == "month" else "dayname"
        return Typed(f"{name}({_stamp(moment)})", nvarchar(30))
    if part == "tzoffset":
        return Typed(f"trim({POOL}.offset_text({call.as_type(1, DATETIMEOFFSET)}))", nvarchar(30))
    return Typed(f"CAST({_datepart(call).sql} AS VARCHAR)", nvarchar(30))


@function("YEAR", "MONTH", "DAY", args=(1, 1))
def _calendar(call: Call) -> Typed:
    """Raises SqlError 9810 for a time, which has no day."""
    part, moment = call.node.name.lower(), _moment(call, 0)
    _check_part(part, moment.type or DATETIME, part)
    return Typed(f"CAST({part}({_stamp(moment)}) AS INTEGER)", INT)


@function("EOMONTH", args=(1, 2))
def _eomonth(call: Call) -> Typed:
    sql = _stamp(_moment(call, 0))
    if len(call.node.args) == 2:
        months = call.integer(1)
        sql = f"{POOL}.or_517({sql}, {months}, {sql} + to_months({months}), {_limits(DATE)})"
    return Typed(f"last_day(CAST({sql} AS DATE))", DATE)


@function("DATEFROMPARTS", args=(3, 3))
def _datefromparts(call: Call) -> Typed:
    return _from_parts(call, f"{POOL}.date_of({call.integer(0)}, {call.integer(1)}, {call.integer(2)})", DATE)


@function("DATETIMEFROMPARTS", args=(7, 7))
def _datetimefromparts(call: Call) -> Typed:
    part = call.integer(6)
    within = f"CASE WHEN {part} BETWEEN 0 AND 999 THEN {part} END"
    return _stamp_from_parts(call, f"{call.integer(5)} + {within} / 1000.0::DOUBLE", DATETIME)


@function("SMALLDATETIMEFROMPARTS", args=(5, 5))
def _smalldatetimefromparts(call: Call) -> Typed:
    return _stamp_from_parts(call, "0.0::DOUBLE", SqlType("smalldatetime"))


@function("TIMEFROMPARTS", args=(5, 5))
def _timefromparts(call: Call) -> Typed:
    scale, seconds = _seconds(call, 2)
    made = f"{POOL}.time_of({call.integer(0)}, {call.integer(1)}, {seconds})"
    return _from_parts(call, made, SqlType("time", scale=scale))


def _seconds(call: Call, at: int) -> tuple[int, str]:
    """The scale that the last argument gives, and the seconds of the two before it: NULL where the fraction has more
    digits than the scale. Raises SqlError 10760."""
    scale = call.constant(-1)
    if scale is None or not 0 <= scale <= 7:
        text = "Scale argument is not valid. Valid expressions for data type"
        kind = call.node.name.lower().removesuffix("fromparts")
        raise SqlError(10760, f"{text} {kind} scale argument are integer constants and integer constant expressions.")
    fraction, unit = call.integer(at + 1), 10**scale
    part = f"least(round({fraction} / {unit}.0::DOUBLE, 6), 0.999999)"
    within = f"CASE WHEN {fraction} BETWEEN 0 AND {unit - 1} THEN {part} END"
    return scale, f"{call.integer(at)} + {within}"


def _stamp_from_parts(call: Call, seconds: str, type_: SqlType) -> Typed:
    """Year, month, day, hour and minute, and the seconds."""
    parts = ", ".join(call.integer(i) for i in range(5))
    made = f"{POOL}.moment_of({parts}, {seconds})"
    return _from_parts(call, rounded(made, type_, _ANY_MOMENT, safe=True), type_)


def _from_parts(call: Call, sql: str, type_: SqlType) -> Typed:
    """NULL of a NULL part; error 289 where the parts are no moment of the type."""
    empty = " OR ".join(f"{call.integer(i)} IS NULL" for i in range(len(call.node.args)))
    failure = f"[[289]]Cannot construct data type {type_.name}, some of the arguments have values which are not valid."
    return Typed(f"CASE WHEN {empty} THEN NULL ELSE coalesce({sql}, error({quote(failure)})) END", type_)


@function("ISDATE", args=(1, 1))
def _isdate(call: Call) -> Typed:
    """Whether text, or what is shown as text, is a datetime; an empty one is none. Raises SqlError 8116."""
    bound = call.arg(0)
    if bound.type is not None and bound.type.name in TEMPORAL - {"datetime", "smalldatetime"}:
        raise invalid_argument(bound, 1, "isdate")
    text = call.text(0)
    read = cast(text.sql, text.type, DATETIME, safe=True)
    return Typed(f"CAST(trim({text.sql}) <> '' AND ({read}) IS NOT NULL AS INTEGER)", INT, False)


@function("DATETIMEOFFSETFROMPARTS", args=(10, 10))
def _datetimeoffsetfromparts(call: Call) -> Typed:
    scale, seconds = _seconds(call, 5)
    parts = ", ".join(call.integer(i) for i in range(5))
    offset = f"{call.integer(7)} * 60 + {call.integer(8)}"
    made = f"{POOL}.with_offset({POOL}.moment_of({parts}, {seconds}), {offset})"
    return _from_parts(call, made, SqlType("datetimeoffset", scale=scale))


@function("DATETIME2FROMPARTS", args=(8, 8))
def _datetime2fromparts(call: Call) -> Typed:
    scale, seconds = _seconds(call, 5)
    return _stamp_from_parts(call, seconds, datetime2(scale))
