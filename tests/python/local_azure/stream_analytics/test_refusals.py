"""What the runner does not implement is refused, with the line and the reason; nothing is ignored."""

from __future__ import annotations

import pytest

from local_azure.stream_analytics import script
from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.plan import Plan, compile_script

FIELD = "TRY_CAST(a AS bigint) AS a"
STEP = f"WITH t AS (\nSELECT {FIELD} FROM s)\n"
WINDOW = "TumblingWindow(minute, 1)"


def compiled(text: str) -> Plan:
    return compile_script(script.parse(text), "s", {"r": ("x", "y")})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT *\nINTO o FROM s", r"SELECT \*"),
        ("SELECT s.*\nINTO o FROM s", r"SELECT \*"),
        (f"SELECT {FIELD}\nINTO o FROM s TIMESTAMP BY t", "line 2: syntax error near 'BY'"),
        (f"SELECT {FIELD}\nINTO o FROM s AS e TIMESTAMP BY t", "line 2: syntax error near 'TIMESTAMP'"),
        (f"SELECT {FIELD}\nINTO o FROM s PARTITION BY p", "line 2: syntax error near 'PARTITION BY'"),
        (f"SELECT {FIELD}\nINTO o FROM s JOIN s AS b ON DATEDIFF(second, s, b) < 1", "streams cannot be joined"),
        (f"SELECT {FIELD}\nINTO o FROM s, r", "joined by JOIN or LEFT JOIN"),
        (f"SELECT {FIELD}\nINTO o FROM s CROSS JOIN r", "only JOIN and LEFT JOIN"),
        (f"SELECT {FIELD}\nINTO o FROM s FULL OUTER JOIN r ON 1 = 1", "LEFT JOIN"),
        (f"SELECT {FIELD}\nINTO o FROM s RIGHT JOIN r ON 1 = 1", "LEFT JOIN"),
        (f"SELECT {FIELD}\nINTO o FROM s NATURAL JOIN r", "LEFT JOIN|method"),
        (f"SELECT {FIELD}\nINTO o FROM s INNER HASH JOIN r ON 1 = 1", "hint"),
        (f"SELECT {FIELD}\nINTO o FROM s JOIN r USING (x)", "using"),
        (f"SELECT {FIELD}\nINTO o FROM s JOIN r AS s ON 1 = 1", "two sources"),
        (f"SELECT {FIELD}\nINTO o FROM s CROSS APPLY GetArrayElements(x) AS y", "reference data"),
        ("SELECT LAG(a) OVER (LIMIT DURATION(minute, 1)) AS b\nINTO o FROM s", "syntax error near 'DURATION'"),
        ("SELECT LAG(a, 1) AS b\nINTO o FROM s", "LAG"),
        ("SELECT COUNT(*) OVER (PARTITION BY a) AS b\nINTO o FROM s", "OVER"),
        ("SELECT COUNT(*) AS n\nINTO o FROM s", "needs GROUP BY with a window"),
        (f"SELECT {FIELD}\nINTO o FROM s\nUNION SELECT {FIELD} FROM s", "no UNION"),
        (f"SELECT {FIELD}\nINTO o FROM s\nUNION ALL SELECT {FIELD} FROM s", "no UNION"),
        (f"SELECT DISTINCT {FIELD}\nINTO o FROM s", "DISTINCT"),
        (f"SELECT TOP 3 {FIELD}\nINTO o FROM s", "TOP"),
        (f"SELECT {FIELD}\nINTO o FROM s ORDER BY a", "ORDER"),
        (f"SELECT {FIELD}\nINTO o FROM s\nHAVING 1 = 1", "HAVING"),
        (f"SELECT {FIELD}\nINTO o FROM s OPTION (RECOMPILE)", "OPTION"),
        (f"SELECT {FIELD}\nINTO o FROM s TABLESAMPLE (10 PERCENT)", "sample"),
        (f"SELECT {FIELD}\nINTO o FROM s PIVOT (COUNT(x) FOR y IN ([a])) AS p", "pivots"),
        (f"SELECT {FIELD}\nINTO o FROM s FOR SYSTEM_TIME AS OF '2026-01-01'", "version"),
        (f"SELECT {FIELD}\nINTO o FROM s FOR XML PATH", "FOR"),
        (f"SELECT {FIELD}\nINTO o FROM s AS e(a)", "columns"),
        (f"SELECT {FIELD}\nINTO db.o FROM s", "db"),
        (f"SELECT {FIELD}\nINTO #o FROM s", "temporary"),
        (f"SELECT {FIELD}\nINTO o FROM (SELECT a FROM s) AS e", "FROM names one input"),
        (f"SELECT {FIELD}\nINTO o FROM s WHERE 1 IN (SELECT x FROM r)", "IN"),
        ("SELECT (SELECT 1) AS a\nINTO o FROM s", "SELECT 1"),
        (f"SELECT {FIELD}\nFROM s", "needs INTO"),
        (f"SELECT {FIELD}\nINTO o FROM elsewhere", "no step before this one"),
        ("SELECT a\nINTO o FROM s", "give the event's field a a type"),
        ("SELECT LEN(a) AS n\nINTO o FROM s", "give the event's field a a type"),
        ("SELECT CAST(a AS text) AS n\nINTO o FROM s", "no type of Stream Analytics"),
        ("SELECT CAST(a AS nvarchar(10)) AS n\nINTO o FROM s", "no type of Stream Analytics"),
        ("SELECT CAST(a AS decimal(9, 2)) AS n\nINTO o FROM s", "no type of Stream Analytics"),
        ("SELECT CAST(a.b.c AS bigint) AS n\nINTO o FROM s", "inside records"),
        ("SELECT CAST(EventProcessedUtcTime AS datetime) AS n\nINTO o FROM s", "EventProcessedUtcTime"),
        ("SELECT CAST(a AS bigint DEFAULT 1 ON CONVERSION ERROR) AS n\nINTO o FROM s", "default"),
        ("SELECT 1 + DATALENGTH('x') AS n\nINTO o FROM s", "function DATALENGTH"),
        ("SELECT udf.f(1) AS n\nINTO o FROM s", "udf"),
        ("SELECT CHARINDEX('a', 'b', 3) AS n\nINTO o FROM s", "with a start"),
        ("SELECT SUBSTRING('a', 1) AS n\nINTO o FROM s", "a length"),
        ("SELECT LEN('a', 'b') AS n\nINTO o FROM s", "not supported here|cannot be parsed"),
        ("SELECT CASE 1 WHEN 1 THEN 2 END AS n\nINTO o FROM s", "CASE with an operand"),
        ("SELECT System.Timestamp(1) AS n\nINTO o FROM s", "Timestamp"),
        ("SELECT UPPER('x')\nINTO o FROM s", "give each expression a name"),
        ("SELECT 1 AS a, 2 AS A\nINTO o FROM s", "named twice"),
        ("SELECT 1 AS __partition\nINTO o FROM s", "a name that the job needs"),
        ('SELECT "a" AS b\nINTO o FROM s', r"line 1: \"a\": write \[a\]"),
        (f"SELECT {FIELD}\nINTO o FROM s WHERE 'x' = \"x\"", r"line 2: \"x\""),
        ("SELECT GetMetadataPropertyValue(s, '[User].[x]') AS n\nINTO o FROM s", "metadata property"),
        ("CREATE TABLE s (a bigint)", "begins with WITH or SELECT"),
        ("DELETE FROM s", "begins with WITH or SELECT"),
        ("", "no statement"),
        (f"{STEP}SELECT b INTO o FROM t", "b is unknown"),
        (f"{STEP}SELECT t.b AS b INTO o FROM t", "t.b is unknown"),
        (f"{STEP}SELECT x.a AS b INTO o FROM t", "x.a is unknown"),
        (f"{STEP}SELECT a, y INTO o FROM t JOIN r ON x = z", "z is unknown"),
        (f"{STEP}SELECT a INTO o FROM t\nSELECT a INTO O FROM t", "written twice"),
        (f"WITH s AS (\nSELECT {FIELD} FROM s)\nSELECT a INTO o FROM s", "name that is taken"),
        (f"WITH t AS (\nSELECT {FIELD} INTO p FROM s)\nSELECT a INTO o FROM t", "INTO belongs to an outermost"),
        (f"WITH t(b) AS (\nSELECT {FIELD} FROM s)\nSELECT b INTO o FROM t", "name the columns in its SELECT"),
        (f"WITH RECURSIVE t AS (\nSELECT {FIELD} FROM s)\nSELECT a INTO o FROM t", "RECURSIVE"),
        (
            f"WITH t AS (\nSELECT {FIELD} FROM s\nUNION SELECT {FIELD} FROM s)\nSELECT a INTO o FROM t",
            "no plain SELECT",
        ),
        (f"WITH t AS (\nSELECT {FIELD} FROM s GROUP BY {WINDOW})\nSELECT a INTO o FROM t", "in SELECT ... INTO only"),
    ],
)
def test_a_query_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        compiled(text)


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("GROUP BY a", "one TumblingWindow"),
        ("GROUP BY a, HoppingWindow(minute, 2, 1)", "one TumblingWindow"),
        ("GROUP BY a, SlidingWindow(minute, 2)", "one TumblingWindow"),
        ("GROUP BY a, SessionWindow(minute, 2, 10)", "one TumblingWindow"),
        ("GROUP BY Windows(Window('a', TumblingWindow(minute, 1)))", "one TumblingWindow"),
        (f"GROUP BY {WINDOW}, {WINDOW}", "one TumblingWindow"),
        ("GROUP BY System.Timestamp()", "one TumblingWindow"),
        ("GROUP BY TumblingWindow(minute)", "unit, size"),
        ("GROUP BY TumblingWindow(minute, 1, 2)", "unit, size"),
        ("GROUP BY TumblingWindow(Duration(minute, 1), Offset(second, 1))", "unit, size"),
        ("GROUP BY TumblingWindow(millisecond, 1)", "unit, size"),
        ("GROUP BY TumblingWindow(minute, 0)", "unit, size"),
        ("GROUP BY TumblingWindow(day, 8)", "up to 7 days"),
        (f"GROUP BY {WINDOW} HAVING COUNT(*) > 1", "HAVING"),
        (f"GROUP BY ROLLUP (a), {WINDOW}", "ROLLUP"),
        (f"GROUP BY CUBE (a), {WINDOW}", "CUBE"),
        (f"GROUP BY GROUPING SETS ((a)), {WINDOW}", "GROUPING SETS"),
        (f"JOIN r ON x = a GROUP BY a, {WINDOW}", "join in a step"),
    ],
)
def test_a_grouping_is_refused_with_its_reason(tail: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        compiled(f"{STEP}SELECT COUNT(*) AS n INTO o FROM t {tail}")


@pytest.mark.parametrize(
    "aggregate",
    ["COUNT()", "COUNT(DISTINCT a, b)", "MIN(a, a)", "COUNT_BIG(*)", "MAX(*)", "STDEV(a)", "COUNT(*) OVER ()"],
)
def test_an_aggregate_of_another_shape_is_refused(aggregate: str) -> None:
    with pytest.raises(QueryError):
        compiled(f"{STEP}SELECT {aggregate} AS n INTO o FROM t GROUP BY {WINDOW}")


def test_windows_of_two_lengths_are_refused() -> None:
    text = f"{STEP}SELECT COUNT(*) AS n INTO o FROM t GROUP BY {WINDOW}\n"
    with pytest.raises(QueryError, match=r"line \d: windows of different lengths"):
        compiled(f"{text}SELECT a, COUNT(*) AS n INTO p FROM t GROUP BY a, TumblingWindow(minute, 5)")


def test_a_window_straight_over_the_stream_is_refused() -> None:
    with pytest.raises(QueryError, match="groups the rows of a step"):
        compiled(f"SELECT COUNT(*) AS n INTO o FROM s GROUP BY {WINDOW}")


def test_the_reason_names_the_line_of_the_script() -> None:
    with pytest.raises(QueryError, match=r"^line 6: column b is unknown$") as refused:
        compiled(f"-- first\n{STEP}SELECT a INTO o FROM t\n\nSELECT b INTO p FROM t")
    assert refused.value.line == 6


def test_statements_need_no_separator_and_steps_see_those_before_them() -> None:
    plan = compiled(
        f"WITH t AS (SELECT {FIELD} FROM s), u AS (SELECT a AS b FROM t)\n"
        "SELECT b INTO o FROM u\nSELECT a INTO p FROM t;\nSELECT a AS c INTO q FROM t"
    )
    assert [step.name for step in plan.steps] == ["t", "u"]
    assert [output.alias for output in plan.outputs] == ["o", "p", "q"]
    assert plan.fields == ("a",)


def test_a_field_is_read_once_however_its_name_is_written() -> None:
    assert len(compiled("SELECT TRY_CAST(Id AS bigint) AS a, TRY_CAST(s.ID AS float) AS b INTO o FROM s").fields) == 1
