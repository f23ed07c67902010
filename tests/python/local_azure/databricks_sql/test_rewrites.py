"""The rewrites as text; test_endpoint runs them and compares values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.databricks_sql import _json_paths, _qualify, _rewrites
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._parameters import bind
from local_azure.databricks_sql._thrift import ttypes
from local_azure.databricks_sql._tokens import string, tokens


def rewritten(sql: str) -> str:
    return _rewrites.rewrite(_qualify.rewrite(sql), tokens(_qualify.rewrite(sql)))


@given(st.text(alphabet="qualify iff(:@v1)'", max_size=20))
def test_text_in_literals_and_comments_is_never_touched(text: str) -> None:
    comment = text.replace("\n", " ")
    sql = f"select {string(text + ' QUALIFY iff(a:b, t@v1)')}, `x:y qualify` from t -- qualify iff( t@v1 {comment}"
    assert rewritten(sql) == sql
    assert not list(_json_paths.extractions(sql))


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select a from t qualify row_number() over (order by b) = 1",
            "SELECT * EXCEPT (__qualify) FROM (SELECT a , (row_number() over (order by b) = 1) AS __qualify from t ) "
            "WHERE __qualify",
        ),
        (
            "select distinct a from t qualify count(*) over () > 1 order by a limit 2",
            "SELECT DISTINCT * EXCEPT (__qualify) FROM (SELECT a , (count(*) over () > 1) AS __qualify from t ) "
            "WHERE __qualify order by a limit 2",
        ),
        (
            "select a from t qualify rank() over w = 1 window w as (order by b) order by a",
            "SELECT * EXCEPT (__qualify) FROM (SELECT a , (rank() over w = 1) AS __qualify from t "
            "window w as (order by b)) WHERE __qualify order by a",
        ),
        (
            "select -a as a from t qualify rank() over (order by a) = 1 order by abs(a) desc, t.b nulls last, a, 1",
            "SELECT * EXCEPT (__qualify, __o0, __o1) FROM (SELECT -a as a , (rank() over (order by a) = 1) AS __qualify"
            ", abs((-a)) AS __o0, t.b AS __o1 from t ) WHERE __qualify order by __o0 desc, __o1 nulls last, a, 1",
        ),
    ],
)
def test_qualify(sql: str, expected: str) -> None:
    assert _qualify.rewrite(sql) == expected


@pytest.mark.parametrize(
    "sql", ["select qualify from t", "select t.qualify, 1 from t", "select a as qualify from t", "select 1 qualify"]
)
def test_a_column_may_be_called_qualify(sql: str) -> None:
    assert _qualify.rewrite(sql) == sql


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_nested_qualify_is_rewritten_at_every_level(depth: int) -> None:
    sql = "t"
    for _ in range(depth):
        sql = f"(select a from {sql} qualify row_number() over (order by a) = 1)"
    assert not _qualify.is_used(_qualify.rewrite(f"select * from {sql}"))


def test_names_of_the_list_are_resolved_where_spark_cannot() -> None:
    sql = "select a + 1 as x, t.x y from t qualify max(x) over (order by t.x, x(1), y) = 1"
    assert "(max((a + 1)) over (order by t.x, x(1), (t.x)) = 1)" in _qualify.rewrite(sql, resolve_aliases=True)


@pytest.mark.parametrize(
    ("sql", "base", "steps"),
    [
        ("select raw:owner", "raw", [("owner", False)]),
        ("select t.raw:a.b[0].c::int", "t.raw", [("a", False), ("b", False), 0, ("c", False)]),
        ("select f(x, 1):['A b'][*]", "f(x, 1)", [("A b", True), None]),
        ("select x[1]:`zip code`", "x[1]", [("zip code", False)]),
    ],
)
def test_paths_are_read(sql: str, base: str, steps: list[object]) -> None:
    (found,) = _json_paths.extractions(sql)
    assert (found.base, found.steps) == (base, steps)


@pytest.mark.parametrize("sql", ["select a::int", "select * from t where a = :p", "select cast(a as struct<b: int>)"])
def test_casts_parameters_and_types_are_no_paths(sql: str) -> None:
    assert not list(_json_paths.extractions(sql))


def test_versions_of_tables() -> None:
    assert rewritten("select * from s.t@v12 a") == "select * from s.t VERSION AS OF 12 a"
    assert "TIMESTAMP AS OF '2024-01-02 03:04:05.006" in rewritten("select * from t@20240102030405006")


def test_an_argument_with_braces_is_no_place_of_another() -> None:
    assert rewritten("select vector_inner_product(f('{1}'), b)").count("f('{1}')") == 3


def test_iff_is_if() -> None:
    assert rewritten("select iff(a, 'iff(', t.iff(1))") == "select if(a, 'iff(', t.iff(1))"


@pytest.mark.parametrize("call", ["h3_longlatash3(1, 2, 3)", "ST_Point(1, 2)", "ai_query('a', 'b')"])
def test_functions_of_the_databricks_runtime_are_refused_by_name(call: str) -> None:
    with pytest.raises(StatementError, match=call.partition("(")[0]) as refused:
        rewritten(f"select {call}")
    assert refused.value.sqlstate == "0A000"


def parameter(value: str | None, kind: str = "STRING", name: str | None = None) -> Any:
    sent = ttypes.TSparkParameterValue(stringValue=value) if value is not None else None
    return ttypes.TSparkParameter(name=name, type=kind, value=sent)


def test_parameters_become_literals() -> None:
    named = [parameter("1", "INT", "a"), parameter("x'y", name="b")]
    assert bind("select :a, ':a', s:b, a::int, :b -- :a", named) == ("select 1, ':a', s:b, a::int, 'x\\'y' -- :a")
    assert bind("select ?, '?', ?", [parameter("2.50", "DECIMAL(3,2)"), parameter(None)]) == (
        "select CAST('2.50' AS DECIMAL(3,2)), '?', NULL"
    )
    assert bind("select :a", None) == "select :a"
    assert bind("select f(s):a, x[0]:a where (:a)", named) == ("select f(s):a, x[0]:a where (1)")


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        ("7", "INT", "7"),
        ("-7", "INT", "(-7)"),
        ("7", "BIGINT", "7L"),
        ("3000000000", "INT", "CAST('3000000000' AS INT)"),
        ("x", "INT", "CAST('x' AS INT)"),
        ("7", "SMALLINT", "CAST('7' AS SMALLINT)"),
    ],
)
def test_a_whole_number_goes_where_no_expression_may_stand(text: str, kind: str, written: str) -> None:
    assert bind("select cast(1 as decimal(:a, 2))", [parameter(text, kind, "a")]).endswith(f"decimal({written}, 2))")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("'20'?::INT", "try_cast('20' AS INT)"),
        ("t.a[0]?::decimal(10, 2) + 1", "try_cast(t.a[0] AS decimal(10, 2)) + 1"),
        ("1 + (2)?::string", "1 + try_cast((2) AS string)"),
        ("f(x):a.b?::map<int, array<int>>", "try_cast(f(x):a.b AS map<int, array<int>>)"),
        ("a?::string?::int", "try_cast(try_cast(a AS string) AS int)"),
        ("'?::' -- a?::int", "'?::' -- a?::int"),
    ],
)
def test_a_cast_that_may_fail(sql: str, expected: str) -> None:
    assert rewritten(f"select {sql}") == f"select {expected}"


def test_a_parameter_that_is_cast_is_no_cast_that_may_fail() -> None:
    assert bind("select ?::int, a?::int", [parameter("1", "INT")]) == "select 1::int, a?::int"


def test_a_parameter_without_value_or_of_a_strange_type_is_refused() -> None:
    with pytest.raises(StatementError, match="UNBOUND"):
        bind("select :c", [parameter("1", name="a")])
    with pytest.raises(StatementError, match="UNSUPPORTED"):
        bind("select ?", [parameter("1", "INT) or (1")])
