"""Conversions and functions, one value at a time (Microsoft Learn, "Data Types" and "Built-in functions")."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.events import to_batch

from .conftest import Bench, event, value

LARGEST = 2**63 - 1
NOON = datetime(2026, 7, 1, 12)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("bigint", "12", 12),
        ("bigint", "-0", 0),
        ("bigint", "1.7", 1),
        ("bigint", "-1.7", -1),
        ("bigint", "1.99999999999999999999", 1),
        ("bigint", "1e3", 1000),
        ("bigint", '"12"', 12),
        ("bigint", str(LARGEST), LARGEST),
        ("bigint", str(-LARGEST - 1), -LARGEST - 1),
        ("bigint", "1e30", None),
        ("bigint", '"NaN"', None),
        ("bigint", '"0x10"', None),
        ("bigint", '"1_0"', None),
        ("bigint", '""', None),
        ("bigint", "null", None),
        ("bigint", '{"a": 1}', None),
        ("bigint", "[1]", None),
        ("float", "1.5", 1.5),
        ("float", '"1.5e-3"', 0.0015),
        ("float", '"NaN"', None),
        ("float", '"Infinity"', None),
        ("float", "null", None),
        ("float", "[1.5]", None),
        ("bit", "true", True),
        ("bit", "false", False),
        ("bit", "1", True),
        ("bit", '"False"', False),
        ("bit", '"yes"', None),
        ("bit", "2", True),
        ("bit", "0.0", False),
        ("float", "true", 1.0),
        ("bigint", "true", 1),
        ("bigint", "false", 0),
        ("bit", "null", None),
        ("datetime", '"2026-07-01T12:00:00Z"', NOON),
        ("datetime", '"2026-07-01T12:00:00"', NOON),
        ("datetime", '"2026-07-01 12:00:00"', NOON),
        ("datetime", '"2026-07-01T14:00:00+02:00"', NOON),
        ("datetime", '"2026-07-01T14:00+0200"', NOON),
        ("datetime", '"2026-07-01 14:00:00+02"', NOON),
        ("datetime", '"2026-07-01T12Z"', NOON),
        ("datetime", '"2026-07-01t12:00z"', NOON),
        ("datetime", '"2026-07-01T12:00:00,5Z"', NOON.replace(microsecond=500_000)),
        ("datetime", '"20260701T120000Z"', NOON),
        ("datetime", '"20260701T140000.5+0200"', NOON.replace(microsecond=500_000)),
        ("datetime", '"20260701T12"', NOON),
        ("datetime", '"20260701T12:00Z"', None),
        ("datetime", '"2026-07-01T1200Z"', None),
        ("datetime", '"2026-07-01T12:00:00.1234567Z"', NOON.replace(microsecond=123456)),
        ("datetime", '"2026-07-01"', datetime(2026, 7, 1)),
        ("datetime", '"0001-01-01T00:00:00Z"', datetime(1, 1, 1)),
        ("datetime", '"0001-01-01T00:00:00+01:00"', None),
        ("datetime", '"0000-01-01"', None),
        ("datetime", '"0000-01-01T00:00:00Z"', None),
        ("datetime", '"2026-02-30"', None),
        ("datetime", '"2026-13-01"', None),
        ("datetime", '"2026-07-01T24:00:00Z"', None),
        ("datetime", '"2026-07-01T12:00:00+99:00"', None),
        ("datetime", '"2026-07-01T12:00:00 Europe/Berlin"', None),
        ("datetime", '"yesterday"', None),
        ("datetime", '"infinity"', None),
        ("datetime", '"20260701"', None),
        ("datetime", "1751371200", None),
        ("datetime", "null", None),
        ("nvarchar(max)", '"caf\\u00e9 \\ud83d\\ude00"', "café 😀"),
        ("nvarchar(max)", '"it\'s"', "it's"),
        ("nvarchar(max)", '"null"', "null"),
        ("nvarchar(max)", '""', ""),
        ("nvarchar(max)", "null", None),
        ("nvarchar(max)", "1.50", "1.50"),
        ("nvarchar(max)", "[1,  2]", None),
        ("nvarchar(max)", '{"b": 1.0}', None),
    ],
)
def test_try_cast_of_a_field(kind: str, text: str, expected: Any) -> None:
    found = value(f"TRY_CAST(f AS {kind})", f'{{"f": {text}}}'.encode())
    assert found == expected and type(found) is type(expected)


PATTERNS = [
    ("LIKE", "[a-c][0-9]%", "b1x", 1),
    ("LIKE", "[^a-c]%", "b1x", 0),
    ("LIKE", "50[%]", "50%", 1),
    ("LIKE", "50[%]", "505", 0),
    ("LIKE", "a_c", "abc", 1),
    ("LIKE", "a.c", "abc", 0),
    ("LIKE", "a{1}", "a{1}", 1),
    ("LIKE", "a[\\d]", "a\\", 1),
    ("LIKE", "[z-a]%", "b1x", 0),
    ("PATINDEX", "%[0-9]%", "ab7c", 3),
    ("PATINDEX", "b%", "ab7c", 0),
    ("PATINDEX", "%c", "ab7c", 4),
    ("PATINDEX", "%b", "ab7c", 0),
    ("PATINDEX", "%", "ab7c", 1),
    ("PATINDEX", "%[{]%", "ab{c", 3),
    ("REGEXMATCH", "a|b", "xxb", 3),
    ("REGEXMATCH", "(?<=foo)1", "foo123", 4),
    ("REGEXMATCH", "2(?!3)", "foo1232", 7),
    ("REGEXMATCH", "(o)\\1", "foo", 2),
    ("REGEXMATCH", "(?<two>o)\\k<two>", "foo", 2),
    ("REGEXMATCH", "(?<digits>\\d+)", "foo123", 4),
    ("REGEXMATCH", "O{2}", "foo", 2),
    ("REGEXMATCH", "(", "foo", 0),
]


@pytest.mark.parametrize(("function", "pattern", "text", "expected"), PATTERNS)
def test_a_pattern_means_the_same_written_out_and_computed(
    function: str, pattern: str, text: str, expected: int
) -> None:
    expressions = {"LIKE": "CASE WHEN t LIKE {} THEN 1 ELSE 0 END", "PATINDEX": "PATINDEX({}, t)"}
    expression = expressions.get(function, "REGEXMATCH(CAST(t AS nvarchar(max)), {})")
    body = json.dumps({"t": text, "p": pattern}).encode()
    assert [value(expression.format(each), body) for each in (f"'{pattern}'", "p", "p + ''")] == [expected] * 3
    assert value(expression.format("p"), json.dumps({"t": text}).encode()) in (None, 0)


@pytest.mark.parametrize("kind", ["bigint", "float", "bit", "datetime"])
def test_cast_stops_the_job_where_try_cast_gives_null(kind: str) -> None:
    for body in (b'{"f": "NaN"}', b'{"f": [1]}'):
        assert value(f"TRY_CAST(f AS {kind})", body) is None
        with pytest.raises(JobError, match="cannot cast"):
            value(f"CAST(f AS {kind})", body)
    for body in (b'{"f": null}', b"{}"):
        assert value(f"CAST(f AS {kind})", body) is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("UPPER('café')", "CAFÉ"),
        ("LOWER('ÀB')", "àb"),
        ("LEN('abc')", 3),
        ("LEN('')", 0),
        ("SUBSTRING('abcdef', 2, 3)", "bcd"),
        ("SUBSTRING('abcdef', 1, 0)", ""),
        ("SUBSTRING('abcdef', 5, 100)", "ef"),
        ("SUBSTRING('abcdef', 0, 3)", "ab"),
        ("CHARINDEX('.', 'a.b.c')", 2),
        ("CHARINDEX('x', 'abc')", 0),
        ("CONCAT('a', NULL, 'b')", "ab"),
        ("COALESCE(NULL, 'a')", "a"),
        ("CASE WHEN NULL = NULL THEN 1 ELSE 0 END", 0),
        ("CASE WHEN NULL <> 'a' THEN 1 ELSE 0 END", 0),
        ("CASE WHEN NULL IS NULL THEN 1 END", 1),
        ("CASE WHEN 'a' IS NOT NULL AND NOT 1 > 2 THEN 1 END", 1),
        ("CASE WHEN 1 = 2 THEN 1 END", None),
        ("(1 + 2) * 3 - 4", 5),
        ("CAST(1.7 AS bigint)", 1),
        ("TRY_CAST('NaN' AS float)", None),
        ("TRY_CAST('2026-07-01T14:00:00+02:00' AS datetime)", NOON),
        ("CAST(EventEnqueuedUtcTime AS nvarchar(max))", "2026-07-01T12:00:30.0000000Z"),
        ("System.Timestamp()", datetime(2026, 7, 1, 12, 0, 30)),
        ("PartitionId", 0),
        ("GetMetadataPropertyValue(s, '[EventHub].[SequenceNumber]')", 0),
        ("'it''s'", "it's"),
        ("-9223372036854775808", -LARGEST - 1),
        ("-'9223372036854775808'", -float(2**63)),
        ("TRY_CAST(CAST(1e30 AS float) AS bigint)", None),
        ("DATEDIFF(week, '2024-03-09', '2024-03-11')", 1),
        ("DATEDIFF(week, '2024-03-10', '2024-03-16')", 0),
        ("DATEDIFF(week, '2024-03-17', '2024-03-16')", -1),
        ("ST_WITHIN('POINT(5 5)', 'POLYGON((0 0, 10 0, 10 10, 0 10, 0 0))')", 1),
        ("ST_WITHIN(CreatePoint(5, 15), 'polygon ((0 0, 10 0, 10 10, 0 10, 0 0))')", 0),
        ("ST_INTERSECTS('LINESTRING(-10 0, 10 0)', 'LINESTRING(0 -10, 0 10)')", 1),
        ("ST_WITHIN('nowhere', 'POINT(1 1)')", None),
    ],
)
def test_an_expression(expression: str, expected: Any) -> None:
    assert value(expression) == expected


def test_a_substring_of_negative_length_stops_the_job() -> None:
    with pytest.raises(JobError, match="below 0"):
        value("SUBSTRING('abc', 1, CHARINDEX('x', 'abc') - 1)")


def test_a_text_that_is_no_number_stops_the_job_where_a_number_is_taken() -> None:
    assert value("'2' * 3") == 6.0
    with pytest.raises(JobError, match="cannot cast x to float"):
        value("'x' * 3")


@pytest.mark.parametrize("body", [b'{"Id": 1}', b'{"ID": 1}', b'{"id": 1}', b'{"iD": 2, "id": 1}'])
def test_field_names_are_matched_without_regard_to_case(body: bytes) -> None:
    assert value("TRY_CAST(id AS bigint)", body) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[1]",
        b"1",
        b'{"a": 1} x',
        b'{"f": "\xff"}',
        b'{"\xff": 1}',
        b'{"f": "\\ud800"}',
        b'{"f": {"deep": "\\udc00"}}',
        b'{"f": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"f": NaN}',
        b'{"f": 1e999}',
        b'{"f": 9223372036854775808}',
        b'{"f": {"deep": [-9223372036854775809]}}',
    ],
)
def test_what_is_no_json_object_is_left_out_and_counted(body: bytes) -> None:
    batch = to_batch([event(b"{}"), event(body)], {"f": "f"}, {}, whole=True, metadata=False)
    assert (batch.table.num_rows, batch.invalid) == (1, 1)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@settings(max_examples=25, deadline=None)
@given(raw=st.one_of(st.binary(max_size=60), texts.map(str.encode)))
def test_no_bytes_stop_the_query(raw: bytes) -> None:
    bench = Bench(
        "SELECT TRY_CAST(f AS nvarchar(max)) AS a, TRY_CAST(f AS bigint) AS b, TRY_CAST(f AS float) AS c, "
        "TRY_CAST(f AS datetime) AS d, TRY_CAST(f AS bit) AS e, CAST(f AS nvarchar(max)) AS g INTO o FROM s"
    )
    for body in (raw, b'{"f":' + raw + b"}", b'{"f":"' + raw + b'"}'):
        bench.run(event(body))
    bench.close()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST, LARGEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(data=st.dictionaries(texts, json_values, max_size=3), spaces=st.sampled_from([None, 1]))
def test_a_payload_that_is_sent_as_text_keeps_its_exact_text(data: dict[str, Any], spaces: int | None) -> None:
    for ascii_only in (True, False):
        text = json.dumps(data, indent=spaces, ensure_ascii=ascii_only)
        body = json.dumps({"data": text}, ensure_ascii=ascii_only).encode()
        batch = to_batch([event(body)], {}, {"data": "data"}, whole=False, metadata=False)
        assert batch.table["text of data"].to_pylist() == [text]


def test_a_record_as_text_stops_the_job_and_is_null_for_try_cast() -> None:
    assert value("TRY_CAST(f AS nvarchar(max))", b'{"f": {"a": 1}}') is None
    with pytest.raises(JobError, match="cannot cast"):
        value("CAST(f AS nvarchar(max))", b'{"f": {"a": 1}}')


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (" + ".join("abcdefgh"), 36),
        ("a * b - c * d + e * f - g * h + a * b - c * d + e * f - g * h", -72),
        ("(a + b) * (c + d) * (e + f) * (g + h) / ((a + c) * (b + d))", 3 * 7 * 11 * 15 // 24),
        ("ABS(ROUND(ABS(ROUND(ABS(a - h), 1)) - ABS(b), 0)) + CEILING(FLOOR(SIGN(c)))", 6),
        ("CASE WHEN a + b + c > d AND h - g - f < a + e THEN a + b + c + d ELSE -(e + f + g) END", 10),
        ("r.r.r.r.r.r.v + 1", 10),
        ("GetArrayElement(GetArrayElement(GetArrayElement(GetArrayElement(l, 0), 0), 0), 0)", 5),
        ("NULLIF(NULLIF(NULLIF(a + b, c + d), e + f), g + h)", 3),
        ("POWER(POWER(POWER(b, b), b), b)", 256),
        ("SUBSTRING(SUBSTRING(SUBSTRING(t, CHARINDEX('/', t) + 1, 20), 1 + LEN(RIGHT(t, 1)), 20), 1, 3)", "cd/"),
        ("u + 'x'", None),
        ("TRY_CAST(TRY_CAST(TRY_CAST(TRY_CAST(h AS nvarchar(max)) AS float) AS nvarchar(max)) AS bigint)", 8),
    ],
)
def test_a_nested_expression_is_planned_at_once(expression: str, expected: Any) -> None:
    """DuckDB's macros would grow with the power of the depth: four terms took minutes."""
    body = {name: number for number, name in enumerate("abcdefgh", 1)}
    record: Any = {"v": 9}
    for _ in range(6):
        record = {"r": record}
    began = time.process_time()
    found = value(expression, json.dumps(body | record | {"l": [[[[5]]]], "t": "a/bcd/e", "u": None}).encode())
    assert (found, time.process_time() - began < 3) == (expected, True)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 'x@s@y' AS v INTO o FROM s",
        "SELECT [a@b@c] AS v INTO o FROM s",
        "WITH [st@ep@] AS (SELECT [a@b@c] AS [x@y@z] FROM s) SELECT [x@y@z] AS v INTO o FROM [st@ep@]",
        'SELECT [a"b] AS v INTO o FROM s',
        "SELECT '{0} {' + [{1}] AS v INTO o FROM s",
        "SELECT r.[{0}].[it's] AS v INTO o FROM s",
        "WITH input0 AS (SELECT v FROM s), [input 0] AS (SELECT v FROM input0) SELECT v INTO o FROM [input 0]",
        "WITH [output 0, o] AS (SELECT v FROM s UNION SELECT v FROM s) SELECT v INTO o FROM [output 0, o]",
        "WITH [raw input 0] AS (SELECT v FROM s), b AS (SELECT v FROM [raw input 0]) SELECT v INTO o FROM b",
    ],
)
def test_any_name_and_any_text_may_stand_in_a_query(query: str) -> None:
    body = {"a@b@c": "x@s@y", 'a"b': "x@s@y", "{1}": "x@s@y", "r": {"{0}": {"it's": "x@s@y"}}, "v": "x@s@y"}
    bench = Bench(query)
    rows = bench.run(event(json.dumps(body).encode()), event(b"{}", 1))["o"]
    bench.close()
    assert {row["v"] for row in rows} in ({"x@s@y"}, {"x@s@y", None}, {"{0} {x@s@y", None})


def test_steps_with_state_may_be_called_as_outputs_are() -> None:
    query = (
        "WITH [o-0] AS (SELECT COUNT(*) AS n FROM s GROUP BY Tumbling(minute, 1)) "
        "SELECT n INTO o FROM [o-0] SELECT n INTO p FROM [o-0]"
    )
    bench = Bench(query)
    bench.run(event(b"{}"))
    assert bench.emit(datetime(2027, 1, 1)) == {"o": [{"n": 1}], "p": [{"n": 1}]}
    bench.close()


def test_a_long_list_a_long_condition_and_a_long_case_are_planned_in_a_moment() -> None:
    numbers = range(600)
    query = f"""
    SELECT n INTO a FROM s WHERE n IN ({", ".join(map(str, numbers))})
    SELECT n INTO b FROM s WHERE n NOT IN ({", ".join(map(str, numbers))}) AND t IN ({", ".join(f"'t{n}'" for n in numbers)})
    SELECT n INTO c FROM s WHERE {" AND ".join(f"n <> {number}" for number in numbers[:150])}
    SELECT CASE {" ".join(f"WHEN n = {number} THEN 't{number}'" for number in numbers[:60])} END AS t INTO d FROM s"""
    began = time.process_time()
    bench = Bench(query)
    bodies = [
        b'{"n": 7}',
        b'{"n": "8"}',
        b'{"n": 9.0}',
        b'{"n": 1e4, "t": "t4"}',
        b'{"n": null}',
        b'{"n": "x", "t": "t5"}',
    ]
    found = bench.run(*(event(body, at) for at, body in enumerate(bodies)))
    bench.close()
    assert time.process_time() - began < 20
    assert [row["n"] for row in found["a"]] == [7, "8", 9.0]
    assert [row["n"] for row in found["b"]] == [10_000.0]
    assert [row["n"] for row in found["c"]] == [10_000.0]
    assert [row["t"] for row in found["d"]] == ["t7", "t8", "t9", None, None, None]


@given(
    number=st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3),
    other=st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-3, 3),
    operator=st.sampled_from(["=", "<>", "<", ">", "<=", ">="]),
)
@settings(max_examples=30, deadline=None)
def test_a_field_is_compared_with_a_number_as_numbers_are(number: int, other: float, operator: str) -> None:
    literal = f"({number} + 0)" if number >= 0 else f"(0 - {abs(number + 1)} - 1)"
    expression = f"CASE WHEN f {operator} {literal} THEN 1 ELSE 0 END"
    tests = {"=": other == number, "<>": other != number, "<": other < number, ">": other > number,
             "<=": other <= number, ">=": other >= number}  # fmt: skip
    assume(isinstance(other, int) or abs(number) <= 2**53)
    assert value(expression, json.dumps({"f": other}).encode()) == int(tests[operator])


@pytest.mark.parametrize("expression", ["1.0 / 0", "1 / 0", "f / 0", "f / 0.0", "1.5 % 0", "2 / (f - f)"])
def test_a_number_divided_by_zero_has_no_value(expression: str) -> None:
    assert value(expression, b'{"f": 1.5}') is None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("DATETIMEFROMPARTS(0, 1, 1, 0, 0, 0, 0)", "cannot cast 0000-01-01T00:00:00.000Z to datetime"),
        ("DATETIMEFROMPARTS(10000, 1, 1, 0, 0, 0, 0)", "cannot cast 10000-01-01T00:00:00.000Z to datetime"),
        ("DATETIMEFROMPARTS(2024, 2, 30, 0, 0, 0, 0)", "cannot cast 2024-02-30T00:00:00.000Z to datetime"),
        ("CAST(CAST(1e30 AS float) AS bigint)", "cannot cast 1e+30 to bigint"),
        ("SQRT(0 - f)", "the square root of a number below 0"),
        ("POWER(2, 100)", "cannot cast 1.2676506002282294e+30 to bigint"),
        ("POWER(f, 1000)", "cannot cast inf to bigint"),
        ("f + 9223372036854775807", "a number or a datetime beyond the range of its type"),
        ("ST_DISTANCE('MULTIPOINT(1 1)', 'POINT(1 1)')", "MULTIPOINT is not supported here"),
    ],
)
def test_what_has_no_value_stops_the_job_in_a_line_of_our_own(expression: str, reason: str) -> None:
    with pytest.raises(JobError) as stopped:
        value(expression, b'{"f": 2024}')
    assert str(stopped.value).startswith(f"the query fails: {reason}")


@pytest.mark.parametrize(
    "expression", ["DATEADD(year, 9000, f)", "DATEADD(day, -800000, f)", "DATEADD(week, 9223372036854775807, f)"]
)
def test_a_datetime_beyond_its_range_stops_the_job(expression: str) -> None:
    with pytest.raises(JobError, match="a datetime beyond the years 1 to 9999"):
        value(expression, b'{"f": "2026-07-01T12:00:00Z"}')
