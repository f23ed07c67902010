"""Stream Analytics expressions as DuckDB SQL, by an allow-list: what is not listed is refused by name.

Rules: Microsoft Learn, "Stream Analytics Query Language Reference" (built-in functions, data types).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from local_azure.stream_analytics.errors import QueryError
from local_azure.stream_analytics.script import line_of

TIMESTAMP = "__timestamp"
PARTITION = "__partition"
SEQUENCE = "__sequence"
ABSENT = {"eventprocessedutctime"}
"""Columns that the service adds and this runner does not have."""
SYSTEM_COLUMNS = {"eventenqueuedutctime": "__enqueued", "partitionid": PARTITION}
METADATA = {"[eventhub].[sequencenumber]": SEQUENCE, "[eventhub].[partitionid]": PARTITION}
TYPES = {
    exp.DataType.Type.BIGINT: "bigint",
    exp.DataType.Type.FLOAT: "float",
    exp.DataType.Type.NVARCHAR: "nvarchar",
    exp.DataType.Type.DATETIME: "datetime",
    exp.DataType.Type.BIT: "bit",
}


class Source(Protocol):
    """What an expression's columns may come from."""

    def column(self, name: str, node: exp.Expression) -> str | None:
        """DuckDB's name of a column, or None where the source has no such column."""


@dataclass
class StreamSource:
    """The input stream: any field of the event's JSON, noted as it is asked for, and the system columns."""

    relation: str
    fields: dict[str, str] = field(default_factory=dict)

    def column(self, name: str, node: exp.Expression) -> str | None:
        if system := SYSTEM_COLUMNS.get(name.lower()):
            return f"{self.relation}.{quote(system)}"
        if name.lower() in ABSENT:
            raise QueryError(line_of(node), f"{name} is not supported here")
        if not isinstance(node.parent, exp.Cast) or node.parent.args["to"].this == exp.DataType.Type.TEXT:
            raise QueryError(line_of(node), f"give the event's field {name} a type: TRY_CAST({name} AS ...)")
        return f"{self.relation}.{quote(self.fields.setdefault(name.lower(), name))}"


@dataclass
class TableSource:
    """A step or reference data: a fixed set of columns; names are matched without regard to case."""

    relation: str
    columns: tuple[str, ...]

    def column(self, name: str, node: exp.Expression) -> str | None:
        for column in self.columns:
            if column.lower() == name.lower():
                return f"{self.relation}.{quote(column)}"
        return None


@dataclass
class Scope:
    """The sources of one SELECT by alias, in lower case."""

    sources: dict[str, Source]
    timestamp: str
    """DuckDB's expression for System.Timestamp()."""
    aggregates: bool = False

    def resolve(self, node: exp.Column) -> str:
        """DuckDB's name for a column. Raises QueryError for an unknown one."""
        if node.args.get("db"):
            raise QueryError(line_of(node), f"{node.sql()}: fields inside records are not supported; cast the record")
        if node.table:
            return self._of(node.table, node)
        found = [name for source in self.sources.values() if (name := source.column(node.name, node))]
        if len(found) != 1:
            raise QueryError(line_of(node), f"column {node.name} is {'ambiguous' if found else 'unknown'}")
        return found[0]

    def stream(self, node: exp.Expression) -> StreamSource:
        """The input stream behind an alias, for its metadata."""
        source = self.sources.get(node.name.lower())
        if not isinstance(source, StreamSource):
            raise QueryError(line_of(node), f"{node.name} is no input stream")
        return source

    def _of(self, table: str, node: exp.Column) -> str:
        source = self.sources.get(table.lower())
        found = source.column(node.name, node) if source else None
        if found is None:
            raise QueryError(line_of(node), f"{table}.{node.name} is unknown")
        return found


def quote(name: str) -> str:
    """A DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


def to_duckdb(node: exp.Expression, scope: Scope) -> str:
    """One expression. Raises QueryError for anything that is not on the list."""
    translate = NODES.get(type(node))
    if translate is None:
        raise QueryError(line_of(node), f"{node.sql(dialect='tsql')} is not supported here")
    return translate(node, scope)


def _call(name: str, *arguments: str) -> Callable[[exp.Expression, Scope], str]:
    def translate(node: exp.Expression, scope: Scope) -> str:
        return f"{name}({', '.join(to_duckdb(node.args[argument], scope) for argument in arguments)})"

    return translate


def _binary(operator: str) -> Callable[[exp.Expression, Scope], str]:
    def translate(node: exp.Expression, scope: Scope) -> str:
        return f"({to_duckdb(node.args['this'], scope)} {operator} {to_duckdb(node.args['expression'], scope)})"

    return translate


def _literal(node: exp.Expression, scope: Scope) -> str:
    return "'" + node.name.replace("'", "''") + "'" if node.is_string else node.name


def _cast(node: exp.Expression, scope: Scope) -> str:
    to = node.args["to"]
    if to.this == exp.DataType.Type.TEXT and isinstance(node.parent, exp.Length):  # the parser's own, around LEN's text
        return to_duckdb(node.this, scope)
    kind = TYPES.get(to.this)
    if kind is None or [each.name.lower() for each in to.expressions] != (["max"] if kind == "nvarchar" else []):
        raise QueryError(line_of(node), f"{to.sql(dialect='tsql')} is no type of Stream Analytics")
    return _converted(node, scope, kind)


def _converted(node: exp.Expression, scope: Scope, kind: str) -> str:
    """Fields are JSON texts and have a conversion each; other values go by way of their text."""
    value = to_duckdb(node.this, scope)
    safe = isinstance(node, exp.TryCast)
    if _is_field(node.this, scope):
        return f"{'try_' if safe else ''}json_{kind}({value})"
    text = f"cast({value} as varchar)"
    return f"as_{kind}({text})" if safe else f"must({text}, as_{kind}({text}), '{kind}')"


def _is_field(node: exp.Expression, scope: Scope) -> bool:
    if not isinstance(node, exp.Column) or node.name.lower() in SYSTEM_COLUMNS:
        return False
    if node.table:
        return isinstance(scope.sources.get(node.table.lower()), StreamSource)
    return any(isinstance(source, StreamSource) for source in scope.sources.values())


def _case(node: exp.Expression, scope: Scope) -> str:
    if node.args.get("this") is not None:
        raise QueryError(line_of(node), "CASE with an operand is not supported; write CASE WHEN")
    branches = [
        f"when {to_duckdb(branch.this, scope)} then {to_duckdb(branch.args['true'], scope)}"
        for branch in node.args["ifs"]
    ]
    default = node.args.get("default")
    return f"case {' '.join(branches)} else {to_duckdb(default, scope) if default else 'null'} end"


def _is(node: exp.Expression, scope: Scope) -> str:
    if not isinstance(node.expression, exp.Null):
        raise QueryError(line_of(node), "IS is supported with NULL only")
    return f"({to_duckdb(node.this, scope)} is null)"


def _substring(node: exp.Expression, scope: Scope) -> str:
    if node.args.get("length") is None:
        raise QueryError(line_of(node), "SUBSTRING takes a text, a start and a length")
    parts = [to_duckdb(node.args[name], scope) for name in ("this", "start", "length")]
    return f"asa_substring({', '.join(parts)})"


def _position(node: exp.Expression, scope: Scope) -> str:
    if node.args.get("position") is not None:
        raise QueryError(line_of(node), "CHARINDEX with a start is not supported")
    return f"instr({to_duckdb(node.this, scope)}, {to_duckdb(node.args['substr'], scope)})"


def _concat(node: exp.Expression, scope: Scope) -> str:
    return f"concat({', '.join(to_duckdb(each, scope) for each in node.expressions)})"


def _coalesce(node: exp.Expression, scope: Scope) -> str:
    return f"coalesce({', '.join(to_duckdb(each, scope) for each in (node.this, *node.expressions))})"


def _dot(node: exp.Expression, scope: Scope) -> str:
    what = node.expression
    if node.this.name.lower() == "system" and what.name.lower() == "timestamp" and not what.expressions:
        return scope.timestamp
    raise QueryError(line_of(node), f"{node.sql(dialect='tsql')} is not supported here")


def _function(node: exp.Expression, scope: Scope) -> str:
    if node.name.lower() == "getmetadatapropertyvalue" and len(node.expressions) == 2:
        stream, path = node.expressions
        if column := METADATA.get(path.name.lower()):
            return f"{scope.stream(stream).relation}.{quote(column)}"
        raise QueryError(line_of(stream), f"metadata property {path.name} is not supported")
    raise QueryError(line_of(node), f"function {node.name} is not supported here")


def _aggregate(name: str) -> Callable[[exp.Expression, Scope], str]:
    def translate(node: exp.Expression, scope: Scope) -> str:
        if not scope.aggregates:
            raise QueryError(line_of(node), f"{name.upper()} needs GROUP BY with a window")
        if isinstance(node.this, exp.Star):
            return "count(*)"
        if isinstance(node.this, exp.Distinct):
            return f"{name}(distinct {to_duckdb(node.this.expressions[0], scope)})"
        return f"{name}({to_duckdb(node.this, scope)})"

    return translate


NODES: dict[type[exp.Expression], Callable[[exp.Expression, Scope], str]] = {
    exp.Column: lambda node, scope: scope.resolve(node),  # type: ignore[arg-type]
    exp.Literal: _literal,
    exp.Null: lambda node, scope: "null",
    exp.Paren: lambda node, scope: f"({to_duckdb(node.this, scope)})",
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Case: _case,
    exp.Is: _is,
    exp.Not: lambda node, scope: f"(not {to_duckdb(node.this, scope)})",
    exp.And: _binary("and"),
    exp.Or: _binary("or"),
    exp.EQ: _binary("="),
    exp.NEQ: _binary("<>"),
    exp.LT: _binary("<"),
    exp.LTE: _binary("<="),
    exp.GT: _binary(">"),
    exp.GTE: _binary(">="),
    exp.Add: _binary("+"),
    exp.Sub: _binary("-"),
    exp.Mul: _binary("*"),
    exp.Upper: _call("upper", "this"),
    exp.Lower: _call("lower", "this"),
    exp.Length: _call("length", "this"),
    exp.Substring: _substring,
    exp.StrPosition: _position,
    exp.Concat: _concat,
    exp.Coalesce: _coalesce,
    exp.Dot: _dot,
    exp.Anonymous: _function,
    exp.Count: _aggregate("count"),
    exp.Sum: _aggregate("sum"),
    exp.Min: _aggregate("min"),
    exp.Max: _aggregate("max"),
    exp.Avg: _aggregate("avg"),
}
