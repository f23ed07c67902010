"""PARTITION of CREATE TABLE, and ALTER TABLE's SPLIT, MERGE and SWITCH.

Source: Microsoft Learn, "CREATE TABLE (Azure Synapse Analytics)", table partition options; "ALTER TABLE"; "Partitioning
tables in dedicated SQL pool".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n

if TYPE_CHECKING:
    from local_azure.synapse.expression_parser import ExpressionParser


def option(parser: ExpressionParser) -> n.Partition:
    """PARTITION ( column RANGE [LEFT | RIGHT] FOR VALUES ( [value, ...] ) )."""
    parser.expect("PARTITION", "(")
    column = parser.identifier()
    parser.expect("RANGE")
    right = parser.take("RIGHT")
    if not right:
        parser.take("LEFT")
    parser.expect("FOR", "VALUES")
    values: tuple[n.Expr, ...] = ()
    if not parser.take("(", ")"):
        values = parser.listed(parser.value)
    parser.expect(")")
    return n.Partition(column, right, values)


def change(parser: ExpressionParser, table: n.Name) -> n.Statement:
    """SPLIT RANGE (value), MERGE RANGE (value), or SWITCH [PARTITION n] TO table [PARTITION n] [WITH (...)]."""
    action = parser.one_of({"SPLIT", "MERGE", "SWITCH"})
    if action == "SWITCH":
        return _switch(parser, table)
    parser.expect("RANGE", "(")
    value = parser.value()
    parser.expect(")")
    return n.PartitionChange(table, action, value)


def _switch(parser: ExpressionParser, table: n.Name) -> n.Statement:
    number = parser.integer() if parser.take("PARTITION") else None
    parser.expect("TO")
    target = parser.name()
    into = parser.integer() if parser.take("PARTITION") else None
    truncate = False
    if parser.take("WITH"):
        parser.expect("(", "TRUNCATE_TARGET", "=")
        truncate = parser.one_of({"ON", "OFF"}) == "ON"
        parser.expect(")")
    return n.Switch(table, number, target, into, truncate)
