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
