"""Functions and operators as Microsoft's reference shows them: each with its page, an expression and its result.

The pages stand below https://learn.microsoft.com/stream-analytics-query/, with -azure-stream-analytics behind the name
unless it is given whole. Where a page shows a query without a result, the result is what its text says.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

CAR = {
    "EntryTime": "2014-09-10T12:11:00.0000000Z", "LicensePlate": "JNB 7001", "Model": "Focus", "Toll": 7, "x": -3.5,
    "n": -3, "name": "Contoso", "list": [1, 1, 0], "nested": {"a": {"b": "deep"}, "T": 80}, "flag": True, "none": None,
    "old": '{"SalesOrderID":"65191"}',
    "a": {"type": "Point", "coordinates": [-5.0, -5.0]}, "b": {"type": "Point", "coordinates": [0.0, 0.0]},
}  # fmt: skip
BIT0, BIT1, BITN = (f"CAST({each} AS BIT)" for each in ("0", "1", "NULL"))
INT0, INT1, INTN = (f"CAST({each} AS BIGINT)" for each in ("0", "1", "NULL"))


def polygon(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(each) for each in points]}


def line(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(each) for each in points]}


def at(hour: int, minute: int = 11, **more: int) -> datetime:
    return datetime(2014, 9, 10, hour, minute, **more)


EXAMPLES: list[tuple[str, str, Any]] = [
    # string functions
    ("concat", "CONCAT('Make: ', name, ', Model: ', Model)", "Make: Contoso, Model: Focus"),
    ("concat", "CONCAT(NULL, none)", ""),
    (
        "concat-ws",
        "CONCAT_WS(', ', '1 Microsoft Way', none, 'Redmond', 'WA', 98052, none)",
        "1 Microsoft Way, Redmond, WA, 98052",
    ),
    ("concat-ws", "CONCAT_WS(', ', none, NULL)", ""),
    ("charindex", "CHARINDEX('us', Model)", 4),
    ("charindex", "CHARINDEX('zz', Model)", 0),
    ("charindex", "CHARINDEX('o', 'Focus on', 3)", 7),
    ("charindex", "CHARINDEX('F', Model, -1)", 1),
    ("left", "LEFT('abcdefg', 2)", "ab"),
    ("left", "LEFT('abc', 9)", "abc"),
    ("right", "RIGHT('abcdefg', 2)", "fg"),
    ("len", "LEN(LicensePlate)", 8),
    ("len", "LEN('abc   ')", 3),
    ("lower", "LOWER(LicensePlate)", "jnb 7001"),
    ("upper", "UPPER(Model)", "FOCUS"),
    ("ltrim", "LTRIM('      Left test')", "Left test"),
    ("rtrim", "RTRIM('Right test    ')", "Right test"),
    ("trim", "TRIM('      a test    ')", "a test"),
    ("trim", "TRIM(NCHAR(160) + 'a' + NCHAR(8195))", "a"),
    ("nchar", "NCHAR(33590)", "茶"),
    ("nchar", "NCHAR(UNICODE('茶'))", "茶"),
    ("nchar", "NCHAR(1114112)", None),
    ("unicode", "UNICODE('茶')", 33590),
    ("patindex", "PATINDEX('%700%', LicensePlate)", 5),
    ("patindex", "PATINDEX('%[0-9]%', LicensePlate)", 5),
    ("patindex", "PATINDEX('7%', LicensePlate)", 0),
    ("patindex", "PATINDEX('JN_%', LicensePlate)", 1),
    ("regexmatch", "REGEXMATCH(LicensePlate, '[0-9][0-9][0-9]')", 5),
    ("regexmatch", "REGEXMATCH(LicensePlate, 'jnb')", 1),
    ("regexmatch", "REGEXMATCH(LicensePlate, '[')", 0),
    ("regexmatch", "REGEXMATCH(none, 'a')", None),
    ("replace", "REPLACE('abcde', 'cd', 'xx')", "abxxe"),
    ("replace", "REPLACE('cdabcd', 'cd', 'x')", "xabx"),
    ("replace", "REPLACE('cd', 'cd', 'xxx')", "xxx"),
    ("replace", "REPLACE('abcde', 'gh', 'xx')", "abcde"),
    ("replace", "REPLACE('abcde', 'cde', '')", "ab"),
    ("replace", "REPLACE('abcde', '', 'xxx')", "abcde"),
    ("replace", "REPLACE('', 'cde', 'xxx')", ""),
    ("replace", "REPLACE(NULL, 'cde', 'xxx')", None),
    ("replace", "REPLACE('abcde', NULL, 'xxx')", None),
    ("replace", "REPLACE('abcde', 'cde', NULL)", None),
    ("replicate", "REPLICATE('0', 4)", "0000"),
    ("replicate", "REPLICATE('0', 4 - LEN('123456789'))", None),
    ("replicate", "CONCAT(REPLICATE('0', 4 - LEN('123456789')), '123456789')", "123456789"),
    ("reverse", "REVERSE('abcdefg')", "gfedcba"),
    ("space", "RTRIM('LastName  ') + ',' + SPACE(1) + LTRIM('    FirstName')", "LastName, FirstName"),
    ("space", "SPACE(-1)", None),
    ("stuff", "STUFF('abcdef', 2, 3, 'ijklmn')", "aijklmnef"),
    ("stuff", "STUFF('abcdef', 9, 1, 'x')", ""),
    ("stuff", "STUFF('abcdef', 3, 0, '-')", "ab-cdef"),
    ("substring", "SUBSTRING('abcdefg', 2, 4)", "bcde"),
    ("substring", "SUBSTRING('abcdefg', 9, 2)", ""),
    ("substring", "SUBSTRING('abcdefg', -1, 4)", "ab"),
    ("translate", "TRANSLATE('2*[3+4]/{7-2}', '[]{}', '()()')", "2*(3+4)/(7-2)"),
    ("translate", "TRANSLATE('[137.4,72.3]', '[,]', '( )')", "(137.4 72.3)"),
    ("translate", "TRANSLATE(none, 'a', 'b')", None),
    ("json-parse", "JSON_PARSE(old)", {"SalesOrderID": "65191"}),
    ("json-parse", "JSON_PARSE('no json')", None),
    ("json-parse", "JSON_PARSE(Toll)", None),
    # mathematical functions
    ("abs", "ABS(x)", 3.5),
    ("abs", "ABS(n)", 3),
    ("ceiling", "CEILING(x)", -3.0),
    ("ceiling", "CEILING(n)", -3),
    ("exp", "EXP(0)", 1.0),
    ("floor", "FLOOR(x)", -4.0),
    ("power", "POWER(2, 3)", 8),
    ("power", "POWER(1.5, 2)", 2.25),
    ("sign", "SIGN(x)", -1.0),
    ("sign", "SIGN(n)", -1),
    ("square", "SQUARE(n)", 9.0),
    ("sqrt", "SQRT(2.25)", 1.5),
    ("round", "ROUND(1, 0)", 1),
    ("round", "ROUND(0, 0)", 0),
    ("round", "ROUND(-1, 0)", -1),
    ("round", "ROUND(1.0, 0)", 1.0),
    ("round", "ROUND(0.5, 0)", 1.0),
    ("round", "ROUND(-0.5, 0)", -1.0),
    ("round", "ROUND(1.234, 2)", 1.23),
    ("round", "ROUND(1.234, 10)", 1.234),
    ("round", "ROUND(123.4, -1)", 120.0),
    ("round", "ROUND(123.4, -10)", 0.0),
    ("round", "ROUND(501.0101, -3)", 1000.0),
    ("round", "ROUND(123.9995, 3)", 124.0),
    # date and time functions
    ("dateadd", "DATEADD(hour, 2, EntryTime)", at(14)),
    ("dateadd", "DATEADD(mi, -11, EntryTime)", at(12, 0)),
    ("dateadd", "DATEADD(q, 1, EntryTime)", datetime(2014, 12, 10, 12, 11)),
    ("dateadd", "DATEADD(ms, 1.9, EntryTime)", at(12, microsecond=1000)),
    ("datediff", "DATEDIFF(minute, EntryTime, CAST('2014-09-10 12:00:00' AS datetime))", -11),
    ("datediff", "DATEDIFF(minute, EntryTime, DATEADD(hour, 2, EntryTime))", 120),
    ("datediff", "DATEDIFF(hour, '2014-09-10T12:59:59Z', '2014-09-10T13:00:00Z')", 1),
    ("datediff", "DATEDIFF(year, '2013-12-31', '2014-01-01')", 1),
    ("datename", "DATENAME(month, EntryTime)", "September"),
    ("datename", "DATENAME(weekday, EntryTime)", "Wednesday"),
    ("datename", "DATENAME(yyyy, EntryTime)", "2014"),
    ("datepart", "DATEPART(weekday, EntryTime)", 4),
    ("datepart", "DATEPART(dayofyear, EntryTime)", 253),
    ("datepart", "DATEPART(hh, EntryTime)", 12),
    ("datepart", "DATEPART(ww, EntryTime)", 37),
    ("datetimefromparts", "DATETIMEFROMPARTS(2014, 9, 10, 12, DATEPART(minute, EntryTime) + 10, 00, 00)", at(12, 21)),
    ("datetimefromparts", "DATETIMEFROMPARTS(2014, 9, 10, 12, 11, 5, 250)", at(12, second=5, microsecond=250_000)),
    ("day", "DAY(EntryTime)", 10),
    ("month", "MONTH(EntryTime)", 9),
    ("year", "YEAR(EntryTime)", 2014),
    # conversions, and values that may be null
    ("try-cast", "TRY_CAST('this is a string' AS bigint)", None),
    ("cast", "CAST(Toll AS nvarchar(max))", "7"),
    ("data-types", "CAST(CAST(1 AS bit) AS float)", 1.0),
    ("data-types", "CAST(CAST(0 AS bit) AS float)", 0.0),
    ("data-types", "CAST(CAST(NULL AS bit) AS float)", None),
    ("data-types", "CAST(0.0 AS bit)", False),
    ("data-types", "CAST(x AS bit)", True),
    ("data-types", "CAST(CAST(NULL AS float) AS bit)", None),
    ("data-types", "CASE WHEN 1 = 1.0 THEN 'joined' ELSE 'apart' END", "joined"),
    ("coalesce", "COALESCE(0, 'a')", 0),
    ("coalesce", "COALESCE(NULL, 'a')", "a"),
    ("coalesce", "COALESCE(NULL, NULL)", None),
    ("coalesce", "COALESCE(NULL, NULL, 2, NULL)", 2),
    ("nullif", "NULLIF(4, 4)", None),
    ("nullif", "NULLIF(5, 7)", 5),
    ("case", "CASE Model WHEN 'S' THEN 'Sedan' WHEN 'Focus' THEN 'Hatchback' ELSE NULL END", "Hatchback"),
    ("case", "CASE WHEN Toll < 60 THEN 'Alert' ELSE 'OK' END", "Alert"),
    ("gettype", "GetType(Toll)", "bigint"),
    ("gettype", "GetType(x)", "float"),
    ("gettype", "GetType(nested)", "record"),
    ("gettype", "GetType(list)", "array"),
    ("gettype", "GetType(flag)", "bit"),
    ("gettype", "GetType(System.Timestamp())", "datetime"),
    # bitwise operators
    ("bitwise-and", "170 & 75", 10),
    ("bitwise-and", f"{BIT0} & {BIT0}", False),
    ("bitwise-and", f"{BIT0} & {BIT1}", False),
    ("bitwise-and", f"{BIT1} & {BIT1}", True),
    ("bitwise-and", f"{BITN} & {BIT0}", None),
    ("bitwise-and", f"{INT1} & {INT1}", 1),
    ("bitwise-and", f"{INTN} & {INT1}", None),
    ("bitwise-and", "CAST(170 AS bigint) & CAST(75.0 AS bigint)", 10),
    ("bitwise-and", f"GetType({BIT0} & {BIT0})", "bit"),
    ("bitwise-and", f"GetType({BIT0} & {INT0})", "bigint"),
    ("bitwise-or", "170 | 75", 235),
    ("bitwise-or", f"{BIT0} | {BIT1}", True),
    ("bitwise-or", f"{BITN} | {BIT0}", None),
    ("bitwise-or", f"{INT0} | {INT1}", 1),
    ("bitwise-or", "170 | CAST(75.0 AS bit)", 171),
    ("bitwise-or", f"GetType({INT0} | {INT0})", "bigint"),
    ("bitwise-xor", "170 ^ 75", 225),
    ("bitwise-xor", f"{BIT1} ^ {BIT0}", True),
    ("bitwise-xor", f"{BIT1} ^ {BIT1}", False),
    ("bitwise-xor", f"{INTN} ^ {INT1}", None),
    ("bitwise-not", "~ 170", -171),
    ("bitwise-not", f"~ {BIT0}", True),
    ("bitwise-not", f"~ {BITN}", None),
    ("bitwise-not", f"~ {INT1}", -2),
    ("bitwise-not", f"GetType(~ {BIT0})", "bit"),
    # arrays, records, metadata
    ("getarrayelement", "GetArrayElement(list, 0)", 1),
    ("getarrayelement", "GetArrayElement(list, 7)", None),
    ("getarraylength", "GetArrayLength(list)", 3),
    ("getrecordpropertyvalue", "GetRecordPropertyValue(nested, 'T')", 80),
    ("getrecordpropertyvalue", "GetRecordPropertyValue(nested.a, 'b')", "deep"),
    ("getmetadatapropertyvalue", "GetMetadataPropertyValue(s, '[User].[Sender]')", "x"),
    ("getmetadatapropertyvalue", "GetMetadataPropertyValue(s, '[EventHub].[PartitionKey]')", "k"),
    ("getmetadatapropertyvalue", "LEN(GetMetadataPropertyValue(s, 'EventId'))", 36),
    # geospatial functions
    ("createpoint", "CreatePoint(3.0, -10.2)", {"type": "Point", "coordinates": [-10.2, 3.0]}),
    ("createpoint", "CreatePoint(-87.33, 20.2321)", {"type": "Point", "coordinates": [20.2321, -87.33]}),
    (
        "createlinestring",
        "CreateLineString(CreatePoint(3.0, -10.2), CreatePoint(10.0, 10.0), CreatePoint(10.5, 10.5))",
        line((-10.2, 3.0), (10.0, 10.0), (10.5, 10.5)),
    ),
    (
        "createpolygon",
        "CreatePolygon(CreatePoint(3.0, -10.2), CreatePoint(10.0, 10.0), CreatePoint(10.5, 10.5), CreatePoint(3.0, -10.2))",
        {"type": "Polygon", "coordinates": [[[-10.2, 3.0], [10.0, 10.0], [10.5, 10.5], [-10.2, 3.0]]]},
    ),
    ("st-distance", "ROUND(ST_DISTANCE(a, b), 2)", 784028.74),
]
SHAPES: list[tuple[str, str, dict[str, Any], dict[str, Any], int]] = [
    ("st-intersects", "ST_INTERSECTS", line((-10, 0), (0, 0), (10, 0)), line((0, 10), (0, 0), (0, -10)), 1),
    ("st-intersects", "ST_INTERSECTS", line((-10, 0), (0, 0), (10, 0)), line((-10, 10), (0, 10), (10, 10)), 0),
    (
        "st-overlaps", "ST_OVERLAPS", polygon((0, 0), (10, 0), (10, 10), (0, 10), (0, 0)),
        polygon((30, 30), (40, 30), (40, 40), (30, 40), (30, 30)), 0,
    ),
    (
        "st-overlaps", "ST_OVERLAPS", polygon((0, 0), (20, 0), (20, 20), (0, 20), (0, 0)),
        polygon((10, 10), (40, 10), (40, 40), (40, 20), (40, 40), (10, 10)), 1,
    ),
    (
        "st-within", "ST_WITHIN", {"type": "Point", "coordinates": [76.6, 10.1]},
        {"type": "Polygon", "coordinates": [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]}, 0,
    ),
    (
        "st-within", "ST_WITHIN", {"type": "Point", "coordinates": [15.0, 15.0]},
        {"type": "Polygon", "coordinates": [[[10, 10], [20, 10], [20, 20], [10, 20], [10, 10]]]}, 1,
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def results(evaluate: Callable[[list[str], bytes], list[Any]]) -> dict[str, Any]:
    expressions = list(dict.fromkeys(expression for _, expression, _ in EXAMPLES))
    return dict(zip(expressions, evaluate(expressions, json.dumps(CAR).encode()), strict=True))


@pytest.mark.parametrize(("page", "expression", "expected"), EXAMPLES)
def test_a_documented_expression_gives_the_documented_value(
    results: dict[str, Any], page: str, expression: str, expected: Any
) -> None:
    found = results[expression]
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(("page", "function", "first", "second", "expected"), SHAPES)
def test_a_documented_comparison_of_shapes(
    evaluate: Callable[..., Any], page: str, function: str, first: Any, second: Any, expected: int
) -> None:
    assert evaluate([f"{function}(f, g)"], json.dumps({"f": first, "g": second}).encode()) == [expected]
