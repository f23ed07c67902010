"""The scalar functions of the language, each with its page in Microsoft's reference. What is not here is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from local_azure.stream_analytics import patterns
from local_azure.stream_analytics.values import (
    NUMBERS,
    Kind,
    Value,
    as_any,
    as_bigint,
    as_datetime,
    as_float,
    as_kind,
    as_text,
    common,
    once,
    text,
)  # fmt: skip

Build = Callable[[list[Value]], Value]
SUFFIX = "-azure-stream-analytics"


@dataclass(frozen=True)
class Function:
    """How many arguments a function takes, and what it becomes."""

    page: str
    least: int
    most: int | None
    build: Build


def _text(template: str, kind: Kind = "nvarchar", numbers: tuple[int, ...] = ()) -> Build:
    """A function of texts; the arguments at the places in `numbers` are bigints."""

    def build(values: list[Value]) -> Value:
        arguments = [as_bigint(each) if at in numbers else as_text(each) for at, each in enumerate(values)]
        return Value(_filled(template, arguments), kind, explicit=kind == "nvarchar")

    return build


def _filled(template: str, arguments: list[str]) -> str:
    """A template with its arguments, computed once where it, or a macro of ours in it, says them more often."""
    if "asa_" in template or "{0}" in template:
        return once(template, *arguments)
    return template.format(*arguments)


def _float(template: str) -> Build:
    return lambda values: Value(_filled(template, [as_float(each) for each in values]), "float")


def _numeric(of_bigint: str, of_float: str) -> Build:
    """A function that keeps its argument's type; further arguments are bigints."""

    def build(values: list[Value]) -> Value:
        first, rest = values[0], [as_bigint(each) for each in values[1:]]
        if first.kind == "bigint":
            return Value(of_bigint.format(first.sql, *rest), "bigint")
        if first.kind != "any":
            return Value(of_float.format(as_float(first), *rest), "float")
        places = [f"{{{at}}}" for at in range(1, len(values))]
        whole = of_bigint.format("cast({0} as bigint)", *places)
        broken = of_float.format("json_float({0})", *places)
        chosen = f"case when is_integer({{0}}) then written({whole}) else written({broken}) end"
        return Value(once(chosen, first.sql, *rest), "any")

    return build


def _power(values: list[Value]) -> Value:
    """POWER gives the type of its first argument (power-azure-stream-analytics)."""
    result = f"power({as_float(values[0])}, {as_float(values[1])})"
    if values[0].kind == "bigint":
        return Value(once("to_bigint(trunc({0}))", result), "bigint")
    if values[0].kind != "any":
        return Value(result, "float")
    chosen = "case when is_integer({0}) then written(to_bigint(trunc({1}))) else written({1}) end"
    return Value(once(chosen, values[0].sql, result), "any")


def _concat(values: list[Value]) -> Value:
    return Value(f"concat({', '.join(as_text(each) for each in values)})", "nvarchar", explicit=True)


def _concat_ws(values: list[Value]) -> Value:
    return Value(f"concat_ws({', '.join(as_text(each) for each in values)})", "nvarchar", explicit=True)


def _charindex(values: list[Value]) -> Value:
    start = as_bigint(values[2]) if len(values) == 3 else "1"
    return Value(once("asa_charindex({0}, {1}, {2})", as_text(values[0]), as_text(values[1]), start), "bigint")


def _patindex(values: list[Value]) -> Value:
    return Value(_placed(as_text(values[1]), like_pattern(values[0], place=True)), "bigint")


def _regexmatch(values: list[Value]) -> Value:
    subject, pattern = as_text(values[0]), as_text(values[1])
    if (literal := _written_out(pattern)) is not None and patterns.is_re2(regex := patterns.insensitive(literal)):
        return Value(_placed(subject, text(regex)), "bigint")
    return Value(f"regex_place({subject}, {pattern})", "bigint")


def _placed(subject: str, pattern: str) -> str:
    """A pattern that is written out stays in its place, where DuckDB reads it once for all rows."""
    if _written_out(pattern) is None:
        return once("match_place({0}, {1})", subject, pattern)
    return once(f"match_place({{0}}, {pattern.replace('{', '{{').replace('}', '}}')})", subject)


def _written_out(sql: str) -> str | None:
    return sql[1:-1].replace("''", "'") if sql[:1] == "'" else None


def like_pattern(pattern: Value, *, place: bool = False) -> str:
    """The regular expression of LIKE's pattern, or of PATINDEX's, which asks for the match's place."""
    sql, turned = as_text(pattern), patterns.like_place if place else patterns.like_whole
    if (literal := _written_out(sql)) is not None:
        return text(turned(literal))
    return f"{'like_place' if place else 'like_whole'}({sql})"


def _coalesce(values: list[Value]) -> Value:
    kind = common(values)
    return Value(f"coalesce({', '.join(as_kind(each, kind) for each in values)})", kind)


def _nullif(values: list[Value]) -> Value:
    first, second = values
    if first.kind == second.kind and first.kind != "any":
        return Value(f"nullif({first.sql}, {second.sql})", first.kind)
    return Value(
        once("case when compared({1}, {2}) = 0 then null else {0} end", first.sql, as_any(first), as_any(second)),
        first.kind,
    )


def _get_type(values: list[Value]) -> Value:
    value = values[0]
    if value.kind == "any":
        return Value(once("type_of({0})", value.sql), "nvarchar")
    name = "nvarchar(max)" if value.kind == "nvarchar" else value.kind
    return Value(f"case when {value.sql} is not null then {text(name)} end", "nvarchar")


def _from_parts(values: list[Value]) -> Value:
    shape = "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}.{:03d}Z"
    written = f"format('{shape}', {', '.join(as_bigint(each) for each in values)})"
    return Value(once("from_parts({0})", written), "datetime")


def _date(template: str) -> Build:
    return lambda values: Value(template.format(as_datetime(values[0])), "bigint")


def _any(template: str) -> Build:
    return lambda values: Value(template.format(*(as_any(each) for each in values)), "any")


def _element(values: list[Value]) -> Value:
    return Value(once("element({0}, {1})", as_any(values[0]), as_bigint(values[1])), "any")


def _property(values: list[Value]) -> Value:
    return Value(once("member({0}, {1})", as_any(values[0]), as_text(values[1])), "any")


def _length(values: list[Value]) -> Value:
    length = "case when {0}[1] = '[' then cast(json_array_length({0}) as bigint) end"
    return Value(once(length, as_any(values[0])), "bigint")


def _parse(values: list[Value]) -> Value:
    """JSON_PARSE gives null for what is no JSON object (json-parse-azure-stream-analytics)."""
    if values[0].kind == "any":
        written = once("case when is_text({0}) then {0} ->> '$' end", values[0].sql)
    else:
        written = values[0].sql if values[0].kind == "nvarchar" else "null"
    return Value(once("parsed_object({0})", written), "any")


def _point(values: list[Value]) -> Value:
    latitude, longitude = (as_float(each) for each in values)
    return Value(f"geo_point({latitude}, {longitude})", "any")


def _shape(kind: str) -> Build:
    def build(values: list[Value]) -> Value:
        points = ", ".join(f"json({as_any(each)})" for each in values)
        return Value(f"geo_{kind}([{points}])", "any")

    return build


def _numbers(values: list[Value]) -> bool:
    return all(each.kind in NUMBERS for each in values)


FUNCTIONS: dict[str, Function] = {
    # string functions
    "CHARINDEX": Function("charindex", 2, 3, _charindex),
    "CONCAT": Function("concat", 2, None, _concat),
    "CONCAT_WS": Function("concat-ws", 3, None, _concat_ws),
    "LEFT": Function("left", 2, 2, _text("asa_left({}, {})", numbers=(1,))),
    "LEN": Function("len", 1, 1, _text("length(rtrim({}, ' '))", "bigint")),
    "LOWER": Function("lower", 1, 1, _text("lower({})")),
    "LTRIM": Function("ltrim", 1, 1, _text("asa_trim_left({})")),
    "NCHAR": Function("nchar", 1, 1, _text("asa_nchar({})", numbers=(0,))),
    "PATINDEX": Function("patindex", 2, 2, _patindex),
    "REGEXMATCH": Function("regexmatch", 2, 2, _regexmatch),
    "REPLACE": Function("replace", 3, 3, _text("asa_replace({}, {}, {})")),
    "REPLICATE": Function("replicate", 2, 2, _text("asa_replicate({}, {})", numbers=(1,))),
    "REVERSE": Function("reverse", 1, 1, _text("reverse({})")),
    "RIGHT": Function("right", 2, 2, _text("asa_right({}, {})", numbers=(1,))),
    "RTRIM": Function("rtrim", 1, 1, _text("asa_trim_right({})")),
    "SPACE": Function("space", 1, 1, _text("asa_replicate(' ', {})", numbers=(0,))),
    "STUFF": Function("stuff", 4, 4, _text("asa_stuff({}, {}, {}, {})", numbers=(1, 2))),
    "SUBSTRING": Function("substring", 3, 3, _text("asa_substring({}, {}, {})", numbers=(1, 2))),
    "TRANSLATE": Function("translate", 3, 3, _text("asa_translate({}, {}, {})")),
    "TRIM": Function("trim", 1, 1, _text("asa_trim_left(asa_trim_right({}))")),
    "UNICODE": Function("unicode", 1, 1, _text("cast(nullif(unicode({}), -1) as bigint)", "bigint")),
    "UPPER": Function("upper", 1, 1, _text("upper({})")),
    "JSON_PARSE": Function("json-parse", 1, 1, _parse),
    # mathematical functions
    "ABS": Function("abs", 1, 1, _numeric("abs({})", "abs({})")),
    "CEILING": Function("ceiling", 1, 1, _numeric("{}", "ceil({})")),
    "EXP": Function("exp", 1, 1, _float("exp({})")),
    "FLOOR": Function("floor", 1, 1, _numeric("{}", "floor({})")),
    "POWER": Function("power", 2, 2, _power),
    "ROUND": Function("round", 2, 2, _numeric("round_bigint({}, {})", "round_float({}, {})")),
    "SIGN": Function("sign", 1, 1, _numeric("cast(sign({}) as bigint)", "cast(sign({}) as double)")),
    "SQUARE": Function("square", 1, 1, _float("({0} * {0})")),
    "SQRT": Function("sqrt", 1, 1, _float("asa_sqrt({})")),
    # date and time functions without a date part
    "DAY": Function("day", 1, 1, _date("date_part('day', {})")),
    "MONTH": Function("month", 1, 1, _date("date_part('month', {})")),
    "YEAR": Function("year", 1, 1, _date("date_part('year', {})")),
    "DATETIMEFROMPARTS": Function("datetimefromparts", 7, 7, _from_parts),
    # conversion, and values that may be null
    "COALESCE": Function("coalesce", 2, None, _coalesce),
    "GETTYPE": Function("gettype", 1, 1, _get_type),
    "NULLIF": Function("nullif", 2, 2, _nullif),
    # arrays and records
    "GETARRAYELEMENT": Function("getarrayelement", 2, 2, _element),
    "GETARRAYLENGTH": Function("getarraylength", 1, 1, _length),
    "GETRECORDPROPERTYVALUE": Function("getrecordpropertyvalue", 2, 2, _property),
    # geospatial functions
    "CREATEPOINT": Function("createpoint", 2, 2, _point),
    "CREATELINESTRING": Function("createlinestring", 2, None, _shape("line")),
    "CREATEPOLYGON": Function("createpolygon", 3, None, _shape("polygon")),
    "ST_DISTANCE": Function(
        "st-distance", 2, 2, lambda v: Value(f"st_metres({as_any(v[0])}, {as_any(v[1])})", "float")
    ),
    "ST_WITHIN": Function("st-within", 2, 2, lambda v: Value(f"st_inside({as_any(v[0])}, {as_any(v[1])})", "bigint")),
    "ST_OVERLAPS": Function(
        "st-overlaps", 2, 2, lambda v: Value(f"st_overlap({as_any(v[0])}, {as_any(v[1])})", "bigint")
    ),
    "ST_INTERSECTS": Function(
        "st-intersects", 2, 2, lambda v: Value(f"st_cross({as_any(v[0])}, {as_any(v[1])})", "bigint")
    ),
}
GEOSPATIAL_PAGES = {
    "createpoint",
    "createlinestring",
    "createpolygon",
    "st-distance",
    "st-within",
    "st-overlaps",
    "st-intersects",
}
INSTEAD = {
    "LENGTH": "LEN", "DATALENGTH": "LEN", "UCASE": "UPPER", "LCASE": "LOWER", "SUBSTR": "SUBSTRING", "MID": "SUBSTRING",
    "STRPOS": "CHARINDEX", "INSTR": "CHARINDEX", "POSITION": "CHARINDEX", "IFNULL": "COALESCE", "NVL": "COALESCE",
    "ISNULL": "COALESCE", "SAFE_CAST": "TRY_CAST", "CONVERT": "CAST", "TRY_CONVERT": "TRY_CAST",
    "PARSE": "CAST", "GETDATE": "System.Timestamp()", "GETUTCDATE": "System.Timestamp()",
    "CURRENT_TIMESTAMP": "System.Timestamp()", "SYSDATETIME": "System.Timestamp()", "NOW": "System.Timestamp()",
    "IIF": "CASE WHEN", "IF": "CASE WHEN", "CHAR": "NCHAR", "COUNT_BIG": "COUNT", "CEIL": "CEILING", "POW": "POWER",
    "FIRST": "TopOne", "FIRST_VALUE": "TopOne", "LAST_VALUE": "LAST", "LEAD": "LAG", "ARRAY_AGG": "Collect",
    "DATE_DIFF": "DATEDIFF", "DATE_ADD": "DATEADD",
}  # fmt: skip
"""Other languages' names, and what Stream Analytics says instead."""


def page(function: Function) -> str:
    """The function's page, below REFERENCE."""
    return function.page if function.page in GEOSPATIAL_PAGES else function.page + SUFFIX
