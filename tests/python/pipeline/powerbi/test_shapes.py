"""A MetricFlow expression has one of the shapes, each with its DAX and T-SQL, or is refused by name."""

from __future__ import annotations

import pytest

from pipeline.powerbi.shapes import NoShapeError, parse

SHAPES = {
    ("count", "order_id"): ("COUNT ( 'T'[order_id] )", "count(m.order_id)"),
    ("sum", "amount"): ("SUM ( 'T'[amount] )", "sum(m.amount)"),
    ("average", "score"): ("AVERAGE ( 'T'[score] )", "avg(cast(m.score as float))"),
    ("sum", "case when is_open then 1 else 0 end"): (
        "CALCULATE ( COUNTROWS ( 'T' ), KEEPFILTERS ( 'T'[is_open] == TRUE () ) )",
        "count(case when m.is_open = 1 then 1 end)",
    ),
    ("average", "case when not is_open then hours end"): (
        "CALCULATE ( AVERAGE ( 'T'[hours] ), KEEPFILTERS ( 'T'[is_open] == FALSE () ) )",
        "avg(cast(case when m.is_open = 0 then m.hours end as float))",
    ),
    ("sum", "case when kind = 'it\\'s \"a\"' then amount else 0 end"): (
        'CALCULATE ( SUM ( \'T\'[amount] ), KEEPFILTERS ( \'T\'[kind] == "it\'s ""a""" ) )',
        "sum(case when m.kind = 'it''s \"a\"' then m.amount end)",
    ),
    ("count_distinct", "case when is_cancelled then null else customer end"): (
        "CALCULATE ( DISTINCTCOUNTNOBLANK ( 'T'[customer] ), KEEPFILTERS ( NOT ( 'T'[is_cancelled] == TRUE () ) ) )",
        "count(distinct case when case when m.is_cancelled = 1 then 0 else 1 end = 1 then m.customer end)",
    ),
}


@pytest.mark.parametrize(("measure", "expected"), SHAPES.items())
def test_a_shape_has_its_dax_and_its_sql(measure: tuple[str, str], expected: tuple[str, str]) -> None:
    shape = parse(*measure)
    assert (shape.dax("T"), shape.sql("m")) == expected


@pytest.mark.parametrize(
    ("agg", "expression"),
    [
        ("median", "amount"),
        ("sum", "amount - tax"),
        ("sum", "coalesce(amount, 0)"),
        ("sum", "case when a then amount else tax end"),
        ("sum", "case when a then 1 when b then 2 end"),
        ("sum", "case when a and b then 1 else 0 end"),
        ("sum", "case when amount > -1 then 1 else 0 end"),
        ("sum", "case when amount < 5 then 1 else 0 end"),
        ("sum", "case when amount > 0 then 2 else 0 end"),
        ("average", "case when is_open then 0 else hours end"),
        ("count", "case when is_open then 0 else id end"),
        ("sum", "case kind when 'a' then 1 else 0 end"),
    ],
)
def test_what_has_no_shape_is_refused(agg: str, expression: str) -> None:
    with pytest.raises(NoShapeError):
        parse(agg, expression)
