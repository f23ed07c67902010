"""The closed set of shapes that a MetricFlow measure may have, each with its DAX and its T-SQL.

    count|sum|average|count_distinct of  column
                                         case when <condition> then <value> [else <value>] end
    condition: a bit column, `not` one, column = text, column > number, column in (texts)

Whatever else is refused by name: a figure that is translated wrongly is worse than none.
A condition that is null is false in SQL; DAX takes a blank for 0 and "", so each comparison is a strict one
(https://learn.microsoft.com/dax/strictly-equal-to-operator-dax).
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from pipeline.errors import PipelineError


class NoShapeError(PipelineError):
    """An expression has none of the shapes."""


@dataclass(frozen=True)
class Condition:
    """`column operator values`, or its contrary where `negated`; booleans are compared with True or False."""

    column: str
    operator: str  # "=", ">", "in"
    values: tuple[str | int | bool, ...]
    negated: bool = False

    def dax(self, table: str) -> str:
        """A filter over `table` that is true for the rows for which SQL's condition is."""
        column = reference(table, self.column)
        if self.operator == "in":
            text = f"{column} IN {{ {', '.join(map(_dax, self.values))} }}"
        else:
            text = f"{column} {'==' if self.operator == '=' else '>'} {_dax(self.values[0])}"
        return f"NOT ( {text} )" if self.negated else text

    def sql(self, alias: str) -> str:
        """The same rows in T-SQL; a null counts as not meeting the condition, before `negated`."""
        values = ", ".join(map(_sql, self.values))
        right = f"({values})" if self.operator == "in" else values
        test = f"{alias}.{self.column} {self.operator} {right}"
        return f"case when {test} then 0 else 1 end = 1" if self.negated else test


@dataclass(frozen=True)
class Aggregate:
    """`function` (count, sum, average, count_distinct, rows) over `column`, of the rows that meet `condition`."""

    function: str
    column: str | None
    condition: Condition | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        named = (self.column, self.condition.column if self.condition else None)
        return tuple(name for name in named if name)

    def dax(self, table: str) -> str:
        """The measure's expression."""
        names = {"sum": "SUM", "average": "AVERAGE", "count": "COUNT", "count_distinct": "DISTINCTCOUNTNOBLANK"}
        argument = reference(table, self.column) if self.column else _quoted(table)
        figure = f"{names.get(self.function, 'COUNTROWS')} ( {argument} )"
        if self.condition is None:
            return figure
        return f"CALCULATE ( {figure}, KEEPFILTERS ( {self.condition.dax(table)} ) )"

    def sql(self, alias: str) -> str:
        """The T-SQL aggregate over a mart of that alias."""
        value = f"{alias}.{self.column}" if self.column else "1"
        if self.condition:
            value = f"case when {self.condition.sql(alias)} then {value} end"
        if self.function == "average":
            return f"avg(cast({value} as float))"
        return {"count_distinct": f"count(distinct {value})", "sum": f"sum({value})"}.get(
            self.function, f"count({value})"
        )


def reference(table: str, column: str) -> str:
    """'Table'[column] in DAX."""
    return f"{_quoted(table)}[{column}]"


def parse(agg: str, expression: str) -> Aggregate:
    """The shape of a MetricFlow measure. Raises NoShapeError where it has none."""
    tree = sqlglot.parse_one(expression, dialect="databricks")
    if agg not in ("count", "sum", "average", "count_distinct"):
        raise NoShapeError(f"aggregation {agg} is not translated")
    if isinstance(tree, exp.Column):
        return Aggregate(agg, tree.name)
    if isinstance(tree, exp.Case) and tree.this is None and len(tree.args["ifs"]) == 1:
        return _case(agg, tree, expression)
    raise NoShapeError(f"`{expression}` has no shape that is translated")


def _case(agg: str, tree: exp.Case, expression: str) -> Aggregate:
    """One branch carries a value, the other one nothing: null, or 0 in a sum."""
    branch, otherwise = tree.args["ifs"][0], tree.args.get("default")
    then, condition = branch.args["true"], _condition(branch.this, expression)
    if _is_nothing(otherwise, agg):
        return _counted(agg, then, condition, expression)
    if _is_nothing(then, agg) and otherwise is not None:
        contrary = Condition(condition.column, condition.operator, condition.values, not condition.negated)
        return _counted(agg, otherwise, contrary, expression)
    raise NoShapeError(f"`{expression}` has a value in both branches")


def _is_nothing(value: exp.Expression | None, agg: str) -> bool:
    zero = isinstance(value, exp.Literal) and not value.is_string and value.this == "0"
    return value is None or isinstance(value, exp.Null) or (agg == "sum" and zero)


def _counted(agg: str, value: exp.Expression, condition: Condition, expression: str) -> Aggregate:
    if agg == "sum" and isinstance(value, exp.Literal) and value.this == "1":
        return Aggregate("rows", None, condition)
    if isinstance(value, exp.Column):
        return Aggregate(agg, value.name, condition)
    raise NoShapeError(f"`{expression}` aggregates neither a column nor 1")


def _condition(tree: exp.Expression, expression: str) -> Condition:
    if isinstance(tree, exp.Column):
        return Condition(tree.name, "=", (True,))
    if isinstance(tree, exp.Not) and isinstance(tree.this, exp.Column):
        return Condition(tree.this.name, "=", (False,))
    if isinstance(tree, exp.EQ) and isinstance(tree.this, exp.Column) and isinstance(tree.expression, exp.Literal):
        return Condition(tree.this.name, "=", (_literal(tree.expression),))
    if isinstance(tree, exp.GT) and isinstance(tree.this, exp.Column) and _is_number(tree.expression):
        return Condition(tree.this.name, ">", (_literal(tree.expression),))  # a blank is 0, which is not above it
    if isinstance(tree, exp.In) and isinstance(tree.this, exp.Column) and _are_texts(tree.expressions):
        return Condition(tree.this.name, "in", tuple(map(_literal, tree.expressions)))
    raise NoShapeError(f"`{tree.sql()}` in `{expression}` is no condition that is translated")


def _is_number(tree: exp.Expression) -> bool:
    return isinstance(tree, exp.Literal) and not tree.is_string and tree.this.isdigit()


def _are_texts(trees: list[exp.Expression]) -> bool:
    return bool(trees) and all(isinstance(tree, exp.Literal) and tree.is_string for tree in trees)


def _literal(tree: exp.Expression) -> str | int:
    return str(tree.this) if isinstance(tree, exp.Literal) and tree.is_string else int(tree.this)


def _dax(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "TRUE ()" if value else "FALSE ()"
    return str(value) if isinstance(value, int) else '"' + value.replace('"', '""') + '"'


def _sql(value: str | int | bool) -> str:
    return str(int(value)) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _quoted(table: str) -> str:
    return "'" + table.replace("'", "''") + "'"
