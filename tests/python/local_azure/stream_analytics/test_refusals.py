"""What is not in the language, or not done here, is refused with line, column and reason; nothing is ignored."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_azure.stream_analytics.errors import QueryError, QueryErrors
from local_azure.stream_analytics.functions import INSTEAD
from local_azure.stream_analytics.parser import parse
from local_azure.stream_analytics.plan import compile_script
from local_azure.stream_analytics.relations import Plan

STEP = "WITH t AS (\nSELECT TRY_CAST(a AS bigint) AS a FROM s)\n"
WINDOW = "TumblingWindow(minute, 1)"


def compiled(text: str) -> Plan:
    references: dict[str, tuple[str, object]] = {"x": ("x", "nvarchar"), "y": ("y", "nvarchar")}
    return compile_script(parse(text), {"s": True, "s2": True}, {"r": references})  # type: ignore[dict-item]


def refusal(text: str) -> str:
    with pytest.raises((QueryError, QueryErrors)) as refused:
        compiled(text)
    return str(refused.value)


@pytest.mark.parametrize("name", sorted(INSTEAD))
def test_another_languages_function_is_refused_and_told_what_to_write(name: str) -> None:
    assert f"line 1, column 8: function {name} is not in the language; write {INSTEAD[name]}" in refusal(
        f"SELECT {name}(a) AS b INTO o FROM s"
    )


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("'1'::bigint", ":: is not in the language"),
        ("{fn UCASE('a')}", "an expression is expected here"),
        ("CAST(a AS LONG)", "LONG is no type of Stream Analytics"),
        ("CAST(a AS nvarchar(10))", "nvarchar is no type of Stream Analytics"),
        ("CAST(a AS nvarchar)", "nvarchar is no type"),
        ("CAST(a AS decimal(9, 2))", "decimal is no type"),
        ("CAST(a AS bigint DEFAULT 1)", r"\) is expected here"),
        ("HASHBYTES('x')", "function HASHBYTES is not in the language"),
        ("EOMONTH()", "function EOMONTH is not in the language"),
        ("udf.f(1)", "udf.f: the project has no such JavaScript function"),
        ("uda.f(1)", "uda.f: the project has no such JavaScript function"),
        (
            "AnomalyDetection_SpikeAndDip(a, 95, 120, 'spikes') OVER (LIMIT DURATION(second, 120))",
            "a model of the service",
        ),
        ("my.ABS(a)", "function my.ABS is not in the language; write ABS"),
        ("my.SUM(a)", "function my.SUM is not in the language; write SUM"),
        ("FIRST_VALUE(a) OVER (LIMIT DURATION(second, 120))", "write TopOne"),
        ("LEN()", "LEN takes 1 argument .*len-azure-stream-analytics"),
        ("LEN(a, b)", "LEN takes 1 argument"),
        ("SUBSTRING(a, 1)", "SUBSTRING takes 3 arguments"),
        ("CHARINDEX(a, b, 1, 2)", "CHARINDEX takes 2 or 3 arguments"),
        ("DATEADD(fortnight, 1, a)", "fortnight is no date part"),
        ("DATEADD(day, 1)", "DATEADD takes 3 arguments"),
        ("System.Timestamp() + 1", "takes no datetime; use DATEADD"),
        ("a > 1", "a condition is no value"),
        ("(SELECT 1)", "a SELECT inside an expression"),
        ("LAG(a)", "LAG needs OVER"),
        ("LAG(a) OVER (PARTITION BY b)", "LAG needs OVER"),
        ("LAG(a, 0) OVER (LIMIT DURATION(hour, 1))", "1 or more"),
        ("LAG(LAG(a) OVER (LIMIT DURATION(hour, 1))) OVER (LIMIT DURATION(hour, 1))", "do not nest"),
        ("LAG(a) OVER (LIMIT DURATION(day, 8))", "7 days at most"),
        ("LAG(a) OVER (LIMIT DURATION(month, 1))", "month: a length of time"),
        ("ISFIRST(minute)", "ISFIRST takes a unit and a length"),
        ("LAG(a) OVER (ORDER BY a LIMIT DURATION(hour, 1))", "LAG takes no ORDER BY"),
        ("ISFIRST(minute, 1) OVER (ORDER BY a)", "ISFIRST takes no ORDER BY"),
        ("PERCENTILE_DISC(0.5) OVER (ORDER BY a LIMIT DURATION(hour, 1))", "PERCENTILE_DISC has no OVER"),
        ("System.Window().Id", r"System.Window\(\) stands beside GROUP BY only"),
        ("COUNT(DISTINCT a) OVER (LIMIT DURATION(hour, 1))", "DISTINCT stands in COUNT over a window only"),
        ("COUNT(*)", "COUNT needs GROUP BY with a window"),
        ("COUNT(*) OVER (PARTITION BY a)", "COUNT needs GROUP BY"),
        ("UPPER(a) OVER (PARTITION BY a)", "takes no OVER"),
        ("TumblingWindow(minute, 1)", "is a window and stands in GROUP BY"),
        ("GetArrayElements(a)", "stands behind CROSS or OUTER APPLY"),
        ("GetMetadataPropertyValue(s, '[IoTHub].[x]')", "metadata property"),
        ("GetMetadataPropertyValue(elsewhere, 'EventId')", "elsewhere is no input stream"),
        ("9223372036854775808", "is beyond bigint"),
        ("1e999", "is beyond float"),
        ("CASE WHEN 1 THEN 2 END", "a condition is expected here"),
        ("CASE END", "an expression is expected|CASE needs WHEN"),
        ('"a"', r"\"a\": write \[a\] for a name, or 'a' for a string"),
        ("'a", "a string that is not closed"),
        ("[]", "a name without a letter"),
        ("'a\0b'", "is no part of the language"),
        ("a ? b", "'\\?' is no part of the language"),
        ("a IS b", r"IS \[NOT\] takes NULL only"),
        ("CASE WHEN a IN (SELECT x FROM r) THEN 1 END", "IN takes a list of values"),
    ],
)
def test_an_expression_is_refused_where_it_stands(expression: str, reason: str) -> None:
    assert re.search(rf"^line 2, column \d+: .*{reason}", refusal(f"SELECT\n{expression} AS b INTO o FROM s"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT a\nINTO o FROM s, r", "line 2, column 14: a comma is not in the language"),
        ("SELECT a INTO o FROM s CROSS JOIN r", "CROSS JOIN is not in the language"),
        ("SELECT a INTO o FROM s FULL OUTER JOIN r ON 1 = 1", "FULL JOIN is not"),
        ("SELECT a INTO o FROM s RIGHT JOIN r ON 1 = 1", "RIGHT JOIN is not"),
        ("SELECT a INTO o FROM s INNER HASH JOIN r ON 1 = 1", "JOIN is expected"),
        ("SELECT a INTO o FROM s JOIN r", "JOIN needs ON"),
        ("SELECT a INTO o FROM s JOIN r AS s ON 1 = 1", "stands for two sources"),
        ("SELECT s.a INTO o FROM s JOIN s2 ON s.a = s2.a", "ON needs DATEDIFF"),
        ("SELECT s.a INTO o FROM s JOIN s2 ON DATEDIFF(second, s, s2) < 5", "ON needs DATEDIFF"),
        ("SELECT s.a INTO o FROM s JOIN s2 ON DATEDIFF(day, s, s2) BETWEEN 0 AND 8", "7 days apart at most"),
        ("SELECT * INTO o FROM s JOIN r ON r.x = s.a", "SELECT * cannot be used in JOIN"),
        ("SELECT r.x INTO o FROM r", "r is reference data; FROM takes a stream"),
        ("SELECT a INTO o FROM s CROSS APPLY GetArrayElements(x)", "needs AS and a name"),
        ("SELECT a INTO o FROM s CROSS APPLY Split(x) AS y", "APPLY takes GetArrayElements"),
        ("SELECT a INTO o FROM s UNION ALL SELECT a FROM s", "UNION keeps duplicates"),
        ("SELECT a INTO o FROM s UNION SELECT a, b FROM s", "UNION: 2 columns here, 1 in the first"),
        ("SELECT a INTO o FROM s EXCEPT SELECT a FROM s", "EXCEPT is not in the language"),
        ("SELECT DISTINCT a INTO o FROM s", "SELECT DISTINCT is not in the language"),
        (f"SELECT DISTINCT COUNT(*) AS n INTO o FROM s GROUP BY a, {WINDOW}", "SELECT DISTINCT is not in the language"),
        (
            f"SELECT DISTINCT COUNT(*) AS n INTO o FROM s GROUP BY Windows({WINDOW}, TumblingWindow(minute, 2))",
            "SELECT DISTINCT is not in the language",
        ),
        ("SELECT TOP 3 a INTO o FROM s", "SELECT TOP is not in the language"),
        ("SELECT a INTO o FROM s ORDER BY a", "ORDER BY is not in the language"),
        ("SELECT a INTO o FROM s LIMIT 3", "LIMIT is not"),
        ("SELECT a INTO o FROM s OPTION (RECOMPILE)", "OPTION is not"),
        ("SELECT a INTO o FROM s TABLESAMPLE (10 PERCENT)", "TABLESAMPLE is not"),
        ("SELECT a INTO o FROM s FOR XML PATH", "FOR is not"),
        ("SELECT * INTO o FROM s MATCH_RECOGNIZE (PATTERN (A+)) AS t", "MATCH_RECOGNIZE is not supported here"),
        ("SELECT a INTO o FROM s AS e(a)", "an alias takes no columns"),
        ("SELECT a INTO db.o FROM s", "syntax error near '.'"),
        ("SELECT a INTO o FROM (SELECT a FROM s) AS e", "give the inner SELECT a name by WITH"),
        (
            "SELECT a INTO o FROM elsewhere",
            "elsewhere is no input and no step before this one; the inputs are s, s2, r",
        ),
        ("SELECT a INTO o", "a SELECT needs FROM"),
        ("SELECT a, INTO o FROM s", "a comma with no column behind it"),
        ("SELECT 1 AS a, 2 AS A INTO o FROM s", "named twice"),
        ("SELECT 1 AS __partition INTO o FROM s", "a name that the job needs"),
        ("DELETE FROM s", "a statement begins with WITH, SELECT or CREATE TABLE"),
        ("CREATE VIEW v AS SELECT 1", "CREATE TABLE is the only CREATE"),
        ("CREATE TABLE elsewhere (a bigint) SELECT a INTO o FROM s", "the project has no such input"),
        ("CREATE TABLE s (a int) SELECT a INTO o FROM s", "int is no type"),
        ("CREATE TABLE r (z bigint) SELECT a INTO o FROM s", "CREATE TABLE r: its file has no column z"),
        ("CREATE TABLE r (x record) SELECT a INTO o FROM s", "CREATE TABLE r: its file holds no record"),
        ("SELECT a INTO o FROM s TIMESTAMP BY System.Timestamp()", "TIMESTAMP BY takes no System.Timestamp()"),
        (
            "SELECT a INTO o FROM s TIMESTAMP BY e.ArrayValue CROSS APPLY GetArrayElements(s.x) AS e",
            "TIMESTAMP BY takes a field of s's events, not e.ArrayValue",
        ),
        (
            f"SELECT COUNT(*) AS n INTO o FROM s TIMESTAMP BY t OVER k GROUP BY {WINDOW}",
            "GROUP BY needs k, the key of TIMESTAMP BY ... OVER",
        ),
        (
            "SELECT a.t INTO o FROM s a TIMESTAMP BY t OVER k JOIN s2 b TIMESTAMP BY t OVER k ON a.k = b.j "
            "AND DATEDIFF(second, a, b) = 0",
            "ON needs b's k, the key of TIMESTAMP BY ... OVER",
        ),
        ("SELECT a INTO o FROM s TIMESTAMP BY t OVER k SELECT a INTO p FROM s2", "at all inputs of a query or at none"),
        (
            "SELECT LAG(e.ArrayValue) OVER (LIMIT DURATION(hour, 1)) AS a INTO o FROM s "
            "CROSS APPLY GetArrayElements(s.x) AS e",
            "LAG looks back over one stream, not over e",
        ),
        (
            "SELECT LAG(b.a) OVER (PARTITION BY s.a LIMIT DURATION(hour, 1)) AS a INTO o FROM s JOIN s2 b "
            "ON s.a = b.a AND DATEDIFF(second, s, b) = 0",
            "LAG looks back over one stream, not over s and b",
        ),
        ("SELECT __timestamp INTO o FROM s", "names that begin with __ are the job's own"),
        ("", "no SELECT ... INTO"),
        ("-- nothing\n", "line 2, column 1: the script has no SELECT"),
        ("/* not closed", "a comment that is not closed"),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000 + " AS a INTO o FROM s", "nested too deeply"),
        (f"SELECT {' + '.join(['a'] * 600)} AS a INTO o FROM s", "nested too deeply to be planned"),
        (f"{STEP}SELECT b INTO o FROM t", "line 3, column 8: column b is unknown; the columns are a"),
        (f"{STEP}SELECT t.b AS b INTO o FROM t", "t.b is unknown: t has a"),
        (f"{STEP}SELECT a INTO o FROM t TIMESTAMP BY a", "TIMESTAMP BY belongs to an input"),
        (f"{STEP}SELECT a, y INTO o FROM t JOIN r ON x = z", "column z is unknown"),
        ("WITH s AS (SELECT a FROM s) SELECT a INTO o FROM s", "a name that is taken"),
        ("WITH t AS (SELECT a FROM t) SELECT a INTO o FROM t", "step t reads itself"),
        ("WITH t AS (SELECT a INTO p FROM s) SELECT a INTO o FROM t", "INTO belongs to an outermost"),
        ("WITH t(b) AS (SELECT a FROM s) SELECT b INTO o FROM t", "name the columns in its SELECT"),
        ("WITH RECURSIVE t AS (SELECT a FROM s) SELECT a INTO o FROM t", "RECURSIVE"),
    ],
)
def test_a_query_is_refused_with_its_reason(text: str, reason: str) -> None:
    assert reason in refusal(text)


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("GROUP BY a", "GROUP BY needs a window"),
        ("GROUP BY DATEPART(minute, System.Timestamp())", "GROUP BY needs a window"),
        (f"GROUP BY {WINDOW}, HoppingWindow(minute, 2, 1)", "GROUP BY takes one window"),
        ("GROUP BY TumblingWindow(minute)", "takes (unit, size)"),
        ("GROUP BY TumblingWindow(minute, 1, 2, 3)", "takes (unit, size)"),
        ("GROUP BY HoppingWindow(minute, 1)", "takes (unit, size, hop)"),
        ("GROUP BY SessionWindow(minute, 1)", "takes (unit, timeout, longest)"),
        ("GROUP BY TumblingWindow(month, 1)", "month: a length of time"),
        ("GROUP BY TumblingWindow(minute, 0)", "1 or more"),
        ("GROUP BY TumblingWindow(minute, a)", "1 or more"),
        ("GROUP BY TumblingWindow(day, 8)", "7 days at most"),
        ("GROUP BY Windows(Window('a', TumblingWindow(minute, 1)), TumblingWindow(minute, 2))", "or none"),
        (
            "GROUP BY Windows(Window('a', TumblingWindow(minute, 1)), Window('A', TumblingWindow(minute, 2)))",
            "ids that differ",
        ),
        ("GROUP BY Window('a', TumblingWindow(minute, 1))", "stands inside Windows"),
        (f"GROUP BY ROLLUP (a), {WINDOW}", "function ROLLUP is not in the language"),
        (f"GROUP BY {WINDOW} HAVING COUNT(*)", "a condition is expected"),
    ],
)
def test_a_grouping_is_refused_with_its_reason(tail: str, reason: str) -> None:
    assert reason in refusal(f"{STEP}SELECT COUNT(*) AS n INTO o FROM t {tail}")


@pytest.mark.parametrize(
    ("aggregate", "reason"),
    [
        ("COUNT(a, a)", "takes one expression"),
        ("COUNT(DISTINCT a, a)", "DISTINCT stands in COUNT"),
        ("SUM(DISTINCT a)", "DISTINCT stands in COUNT"),
        ("MAX(*)", "takes one expression"),
        ("SUM(COUNT(*))", "aggregates do not nest"),
        ("TopOne()", "needs OVER (ORDER BY"),
        ("SUM(a) OVER (PARTITION BY a)", "OVER of SUM takes nothing without LIMIT DURATION"),
        ("TopOne() OVER (PARTITION BY a ORDER BY a)", "takes nothing but ORDER BY without LIMIT DURATION"),
        ("CollectTop(0) OVER (ORDER BY a)", "1 or more"),
        ("PERCENTILE_CONT(2) OVER (ORDER BY a)", "a number from 0 to 1"),
        ("SUM(CAST(a AS datetime))", "takes numbers, not datetime"),
        ("a", "neither in GROUP BY nor inside an aggregate"),
        ("a + 1", "neither in GROUP BY nor inside an aggregate"),
        ("LAG(a) OVER (LIMIT DURATION(hour, 1))", "make it in a step before"),
        ("t.*", "beside GROUP BY"),
    ],
)
def test_a_column_beside_a_window_is_refused_with_its_reason(aggregate: str, reason: str) -> None:
    alias = "" if aggregate.endswith("*") else " AS n"
    assert reason in refusal(f"{STEP}SELECT {aggregate}{alias} INTO o FROM t GROUP BY {WINDOW}")


def test_every_finding_is_told_at_once_and_none_that_follows_from_another() -> None:
    text = (
        "WITH t AS (SELECT LENGTH(a) AS a FROM s), u AS (SELECT a FROM t)\n"
        "SELECT NVL(a, 1) AS b INTO o FROM s\nSELECT a INTO p FROM u"
    )
    with pytest.raises(QueryErrors) as refused:
        compiled(text)
    assert [(each.position, each.reason.split()[1]) for each in refused.value.findings] == [
        ((1, 19), "LENGTH"),
        ((2, 8), "NVL"),
    ]


words = st.sampled_from(
    [
        "SELECT",
        "FROM",
        "s",
        "a",
        "INTO",
        "o",
        "WHERE",
        "GROUP",
        "BY",
        "TumblingWindow",
        "(",
        "minute",
        ",",
        "1",
        ")",
        "COUNT",
        "*",
        "AS",
        "b",
        "=",
        "'x'",
        "WITH",
        "t",
        "JOIN",
        "ON",
        "AND",
        "CASE",
        "WHEN",
        "THEN",
        "END",
        "LAG",
        "OVER",
        "LIMIT",
        "DURATION",
        "hour",
        "NULL",
        "IS",
        "NOT",
        "IN",
        "LIKE",
        "[q]",
        ".",
        "-",
        "+",
        ";",
        "TIMESTAMP",
        "UNION",
        "HAVING",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(words, max_size=25))
def test_no_script_ends_in_a_traceback(script: list[str]) -> None:
    try:
        compiled(" ".join(script))
    except (QueryError, QueryErrors) as error:
        assert str(error)
