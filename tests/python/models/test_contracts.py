"""What bronze parses is what ingestion checks."""

from __future__ import annotations

import ast
import re
import types
import typing
from datetime import date
from pathlib import Path

import msgspec
import pytest

from ingestion.events import CONTRACTS, Money

PROJECT = Path(__file__).parents[3]
SIMPLE = {str: "string", int: "bigint", date: "date", bool: "boolean"}


def spark_type(kind: typing.Any) -> str:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind == Money:
        return "decimal(19, 4)"
    if origin is typing.Annotated:
        return spark_type(arguments[0])
    if origin in (typing.Union, types.UnionType):
        (some,) = [each for each in arguments if each is not type(None)]
        return spark_type(some)
    if origin is typing.Literal:
        return "string"
    if origin is list:
        return f"array<{spark_type(arguments[0])}>"
    if kind in SIMPLE:
        return SIMPLE[kind]
    fields = ", ".join(f"{field.encode_name}: {spark_type(field.type)}" for field in msgspec.structs.fields(kind))
    return f"struct<{fields}>"


def parsed_by_bronze() -> dict[str, dict[str, str]]:
    text = (PROJECT / "macros" / "contracts.sql").read_text()
    found = re.search(r"set fields = (\{.*?\n    \}) %", text, re.DOTALL)
    assert found
    fields: dict[str, dict[str, str]] = ast.literal_eval(found[1])
    return fields


def test_bronze_knows_each_contract_and_no_other() -> None:
    assert set(parsed_by_bronze()) == set(CONTRACTS)


@pytest.mark.parametrize("event_type", sorted(CONTRACTS))
def test_bronze_parses_the_fields_of_the_contract_in_their_types(event_type: str) -> None:
    contract = {field.encode_name: spark_type(field.type) for field in msgspec.structs.fields(CONTRACTS[event_type])}
    assert parsed_by_bronze()[event_type] == contract


def literal(macro: str) -> dict[str, typing.Any]:
    text = (PROJECT / "macros" / "contracts.sql").read_text()
    found = re.search(rf"macro {macro}\(\) %\}}\s*\{{% set \w+ = (\{{.*?\n    \}}) %", text, re.DOTALL)
    assert found
    values: dict[str, typing.Any] = ast.literal_eval(found[1])
    return values


def is_optional(kind: typing.Any) -> bool:
    return type(None) in typing.get_args(kind)


def values_of(kind: typing.Any) -> list[typing.Any]:
    """What a closed field may hold: the words of a Literal, or the whole numbers of a range."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [value for each in typing.get_args(kind) for value in values_of(each)]
    if typing.get_origin(kind) is typing.Literal:
        return list(typing.get_args(kind))
    for meta in getattr(kind, "__metadata__", ()):
        if meta.ge is not None and meta.le is not None:
            return list(range(meta.ge, meta.le + 1))
    return []


@pytest.mark.parametrize("event_type", sorted(CONTRACTS))
def test_silver_asks_for_the_fields_that_the_contract_requires(event_type: str) -> None:
    fields = msgspec.structs.fields(CONTRACTS[event_type])
    required = [field.encode_name for field in fields if field.required and not is_optional(field.type)]
    assert literal("required_fields").get(event_type, []) == required


@pytest.mark.parametrize("event_type", sorted(CONTRACTS))
def test_silver_knows_the_values_that_the_contract_gives_a_meaning(event_type: str) -> None:
    fields = msgspec.structs.fields(CONTRACTS[event_type])
    closed = {field.encode_name: values_of(field.type) for field in fields if values_of(field.type)}
    assert literal("meanings").get(event_type, {}) == closed


def test_a_document_is_named_by_fields_of_its_contract() -> None:
    for event_type, document in literal("documents").items():
        fields = {field.encode_name for field in msgspec.structs.fields(CONTRACTS[event_type])}
        assert {*document["number"], *document["claims"]} <= fields, event_type
