"""Security policies: which rows of a table each user sees, by an inline function over its columns.

Source: Microsoft Learn, "CREATE SECURITY POLICY", "ALTER SECURITY POLICY", "Row-level security"; the numbers and
words of "Database Engine events and errors", 31000 to 41399, and 4513 of 4000 to 4999.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.catalog import NewObject, ObjectInfo
from local_azure.synapse.errors import SqlError, already_there, invalid_object
from local_azure.synapse.routines import definition
from local_azure.synapse.scope import BoundColumn, Relation, Scope
from local_azure.synapse.sources import parse_call
from local_azure.synapse.user_functions import table as function_table

if TYPE_CHECKING:
    from local_azure.synapse.definitions import Definer

Predicates = dict[str, str]  # by the table's object_id, as JSON has it: the call


def define(definer: Definer, statement: n.SecurityPolicy) -> None:
    """Raises SqlError 208, 2714, 33261 to 33264, 33269 to 33271, 4513 and the function's own."""
    found = definer.names.find(statement.name)
    if statement.action == "CREATE" and found is not None:
        raise already_there(statement.name.last)
    if statement.action == "ALTER" and found is None:
        raise invalid_object(str(statement.name))
    if statement.action == "ALTER" and found is not None and found.kind != "SP":
        raise SqlError(33271, f"Cannot alter '{statement.name}' because it is not a security policy.")
    predicates: Predicates = dict(found.options["predicates"]) if found else {}
    for change in statement.predicates:
        _apply(definer, predicates, change, str(statement.name))
    enabled = statement.enabled if statement.enabled is not None else bool(found.options["enabled"] if found else True)
    if enabled:
        _refuse_second(definer, predicates, statement.name)
    if found is not None:
        definer.catalog.set_options(definer.connection, found, enabled=enabled, predicates=predicates)
        return
    schema_id, _ = definer.names.schema_of(statement.name)
    options = {"enabled": enabled, "predicates": predicates}
    new = NewObject(schema_id, statement.name.last, "SP", (), options=options)
    definer.catalog.add_object(definer.connection, new)


def _apply(definer: Definer, predicates: Predicates, change: n.Predicate, policy: str) -> None:
    table = _secured(definer, change.table)
    key = str(table.object_id)
    if change.action != "ADD" and key not in predicates:
        text = f"The security policy '{policy}' does not contain a predicate on table '{change.table}'."
        raise SqlError(33261, text)
    if change.action == "ADD" and key in predicates:
        text = "A FILTER predicate for the same operation has already been defined on table "
        raise SqlError(33262, f"{text}'{change.table}' in the security policy '{policy}'.")
    if change.call is None:
        del predicates[key]
        return
    _check(definer, change.call, table)
    predicates[key] = change.text


def _secured(definer: Definer, name: n.Name) -> ObjectInfo:
    if name.last.startswith("#"):
        text = "Security predicates are not allowed on temporary objects. Object names that begin with '#' denote "
        raise SqlError(33269, f"{text}temporary objects.")
    found = definer.names.get(name)
    if found.kind != "U":
        text = "Security predicates can only be added to user tables and schema bound views. "
        raise SqlError(33263, f"{text}'{name}' is not a user table or a schema bound view.")
    return found


def _check(definer: Definer, call: n.UserCall, table: ObjectInfo) -> None:
    """The function is inline and schema-bound, and takes the columns it is given."""
    function = definer.names.find(call.name)
    if function is None or function.kind != "IF":
        text = f'Cannot find the object "{call.name}" or this object is not an inline table-valued function.'
        raise SqlError(33270, text)
    columns = tuple(BoundColumn(c.name, c.type, f"t.{c.name}") for c in table.columns)
    scope = Scope(relations=[Relation(table.name, (), columns)], clause="WHERE")
    function_table(definer.binder, n.FunctionTable(call.name, call.args, None), scope)
    if not definition(function.body).schema_bound:
        text = f"Cannot schema bind security policy '{table.name}'. '{call.name}' is not schema bound."
        raise SqlError(4513, text)


def _refuse_second(definer: Definer, predicates: Predicates, name: n.Name) -> None:
    for other in definer.names.snapshot.objects.values():
        if other.kind != "SP" or not other.options["enabled"] or other == definer.names.find(name):
            continue
        for object_id in set(other.options["predicates"]) & set(predicates):
            table = definer.names.snapshot.by_id(int(object_id))
            where = table.full_name if table else object_id
            text = (
                f"The security policy '{name}' cannot be enabled with a predicate on table '{where}'. Table '{where}' "
            )
            raise SqlError(33264, f"{text}is already referenced by the enabled security policy '{other.full_name}'.")


def refuse_referenced(definer: Definer, found: ObjectInfo, kind: str) -> None:
    """Raises SqlError 3729 where a security policy is over a table or calls a function."""
    for policy in definer.names.snapshot.objects.values():
        if policy.kind != "SP":
            continue
        calls: Predicates = policy.options["predicates"]
        functions = [definer.names.find(parse_call(text).name) for text in calls.values()]
        if str(found.object_id) in calls or found in functions:
            text = f"Cannot DROP {kind} '{found.full_name}' because it is being referenced by object '{policy.name}'."
            raise SqlError(3729, text)
