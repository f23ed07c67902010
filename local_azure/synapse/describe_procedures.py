"""The results of the procedures that tell what a batch gives and takes, as drivers ask for them.

Source: Microsoft Learn, "sp_describe_first_result_set (Transact-SQL)", "sp_describe_undeclared_parameters
(Transact-SQL)", the result set of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local_azure.synapse.results import Rows
from local_azure.synapse.scope import BoundColumn
from local_azure.synapse.sqltypes import BIT, INT, SYSNAME, SqlType, nvarchar
from local_azure.synapse.view_parts import COLLATION, TYPE_IDS
from local_azure.synapse.wire_types import COLLATION as COLLATION_BYTES
from local_azure.synapse.wire_types import storage_size, type_info

_SMALL, _TINY = SqlType("smallint"), SqlType("tinyint")
_UNDECLARED = [
    ("parameter_ordinal", INT), ("name", SYSNAME), ("suggested_system_type_id", INT),
    ("suggested_system_type_name", nvarchar(256)), ("suggested_max_length", _SMALL),
    ("suggested_precision", _TINY), ("suggested_scale", _TINY),
    ("suggested_user_type_id", INT), ("suggested_user_type_database", SYSNAME), ("suggested_user_type_schema", SYSNAME),
    ("suggested_user_type_name", SYSNAME), ("suggested_assembly_qualified_type_name", nvarchar(4000)),
    ("suggested_xml_collection_id", INT), ("suggested_xml_collection_database", SYSNAME),
    ("suggested_xml_collection_schema", SYSNAME), ("suggested_xml_collection_name", SYSNAME),
    ("suggested_is_xml_document", BIT), ("suggested_is_case_sensitive", BIT),
    ("suggested_is_fixed_length_clr_type", BIT), ("suggested_is_input", BIT), ("suggested_is_output", BIT),
    ("formal_parameter_name", SYSNAME), ("suggested_tds_type_id", INT), ("suggested_tds_length", INT),
]  # fmt: skip
_RESULT_SET = [
    ("is_hidden", BIT), ("column_ordinal", INT), ("name", SYSNAME), ("is_nullable", BIT), ("system_type_id", INT),
    ("system_type_name", nvarchar(256)), ("max_length", _SMALL), ("precision", _TINY), ("scale", _TINY),
    ("collation_name", SYSNAME), ("user_type_id", INT), ("user_type_database", SYSNAME), ("user_type_schema", SYSNAME),
    ("user_type_name", SYSNAME), ("assembly_qualified_type_name", nvarchar(4000)), ("xml_collection_id", INT),
    ("xml_collection_database", SYSNAME), ("xml_collection_schema", SYSNAME), ("xml_collection_name", SYSNAME),
    ("is_xml_document", BIT), ("is_case_sensitive", BIT), ("is_fixed_length_clr_type", BIT), ("source_server", SYSNAME),
    ("source_database", SYSNAME), ("source_schema", SYSNAME), ("source_table", SYSNAME), ("source_column", SYSNAME),
    ("is_identity_column", BIT), ("is_part_of_unique_key", BIT), ("is_updateable", BIT), ("is_computed_column", BIT),
    ("is_sparse_column_set", BIT), ("ordinal_in_order_by_list", _SMALL), ("order_by_list_length", _SMALL),
    ("order_by_is_descending", _SMALL), ("tds_type_id", INT), ("tds_length", INT), ("tds_collation_id", INT),
    ("tds_collation_sort_id", _TINY),
]  # fmt: skip


def table(columns: Iterable[tuple[str, SqlType]], rows: list[tuple[Any, ...]]) -> Rows:
    """Rows under columns of these names and types."""
    bound = tuple(BoundColumn(name, type_, f"c{i}") for i, (name, type_) in enumerate(columns))
    return Rows(bound, iter([rows]))


def parameters(found: dict[str, SqlType]) -> Rows:
    """The types of parameters by their names."""
    return table(_UNDECLARED, [_undeclared(i, name, t) for i, (name, t) in enumerate(found.items(), 1)])


def _undeclared(number: int, name: str, t: SqlType) -> tuple[Any, ...]:
    """Sizes are in bytes, precisions those of sys.columns."""
    size, precision = storage_size(t)
    head = (number, name, TYPE_IDS[t.name], str(t), size, precision, t.scale)
    return (*head, *[None] * 9, False, False, False, True, False, None, type_info(t)[0], max(size, 0))


def result_set(columns: tuple[BoundColumn, ...]) -> Rows:
    """The columns of a query."""
    return table(_RESULT_SET, [_described(i, column) for i, column in enumerate(columns, 1)])


def _described(number: int, column: BoundColumn) -> tuple[Any, ...]:
    """Nothing of where a column is from, which is told where browsing is asked for."""
    t = column.type
    size, precision = storage_size(t)
    head = (False, number, column.name or None, column.nullable, TYPE_IDS[t.name], str(t), size, precision, t.scale)
    source = (*[None] * 9, False, False, False, *[None] * 5, column.identity is not None, None, None, False, False)
    collation = (int.from_bytes(COLLATION_BYTES[:4], "little"), COLLATION_BYTES[4]) if t.is_string else (None, None)
    order = (None, None, None)
    return (*head, COLLATION if t.is_string else None, *source, *order, type_info(t)[0], max(size, 0), *collation)
