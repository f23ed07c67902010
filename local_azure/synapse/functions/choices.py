"""Functions that choose among values. Source: the page of each in Microsoft's Transact-SQL reference."""

from __future__ import annotations

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import cast
from local_azure.synapse.errors import SqlError
from local_azure.synapse.functions.calls import Call, function
from local_azure.synapse.operators import common_type, compare
from local_azure.synapse.scope import Typed
from local_azure.synapse.sqltypes import (
    INT,
)  # fmt: skip


@function("ISNULL", args=(2, 2))
def _isnull(call: Call) -> Typed:
    """The type of the first argument, unlike COALESCE."""
    first, second = call.arg(0), call.arg(1)
    type_ = first.type or second.type or INT
    return Typed(
        f"coalesce({cast(first.sql, first.type, type_)}, {cast(second.sql, second.type, type_)})",
        type_,
        second.nullable,
    )


@function("COALESCE", args=(2, 254))
def _coalesce(call: Call) -> Typed:
    values = call.args
    type_ = common_type(values)
    if type_ is None:
        raise SqlError(
            4127, "At least one of the arguments to COALESCE must be an expression that is not the NULL constant."
        )
    return Typed(
        f"coalesce({', '.join(cast(v.sql, v.type, type_) for v in values)})", type_, all(v.nullable for v in values)
    )


@function("NULLIF", args=(2, 2))
def _nullif(call: Call) -> Typed:
    first, second = call.arg(0), call.arg(1)
    if first.type is None:
        raise SqlError(
            4151,
            (
                "The type of the first argument to NULLIF cannot be the NULL constant because the type of "
                "the first argument has to be known."
            ),
        )
    return Typed(f"CASE WHEN {compare('=', first, second)} THEN NULL ELSE {first.sql} END", first.type)


@function("CHOOSE", args=(2, 255))
def _choose(call: Call) -> Typed:
    values = [call.arg(i) for i in range(1, len(call.node.args))]
    type_ = common_type(values) or INT
    branches = " ".join(f"WHEN {i} THEN {cast(v.sql, v.type, type_)}" for i, v in enumerate(values, 1))
    return Typed(f"CASE {call.integer(0)} {branches} END", type_)


@function("IIF", args=(3, 3))
def _iif(call: Call) -> Typed:
    test, yes, no = call.node.args
    return call.binder.value(n.Case(None, ((test, yes),), no), call.scope)
