"""What a job's compatibility level changes (Microsoft Learn, "Compatibility level for Azure Stream Analytics jobs")."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.stream_analytics import levels
from local_azure.stream_analytics.engine import Engine
from local_azure.stream_analytics.errors import QueryErrors
from local_azure.stream_analytics.parser import parse
from local_azure.stream_analytics.plan import compile_script
from local_azure.stream_analytics.reference import Reference
from local_azure.stream_analytics.rows import records

from .conftest import event

BODY = rb'{"b": true, "t": "true \" false", "r": {"true": [false, null, true]}, "n": 1.50}'


def rows(query: str, level: str) -> list[dict[str, Any]]:
    columns = {"k": ("k", "any"), "on": ("on", "any")}
    reference = Reference("r", columns, pa.table({"k": ['"true \\" false"'], "on": ['{"x": false}']}))  # type: ignore[arg-type]
    plan = compile_script(parse(query), {"s": False}, {"r": columns}, level=level)  # type: ignore[dict-item]
    engine = Engine(plan, [reference])
    ((output, found),) = engine.feed({"s": [event(BODY)]}).rows
    engine.close()
    return records(output.relation, found)


@pytest.mark.parametrize(
    ("level", "row"),
    [
        ("1.2", {"b": True, "k": "bit", "t": 'true " false', "r": {"true": [False, None, True]}, "on": {"x": False}}),
        ("1.1", {"b": 1, "k": "bigint", "t": 'true " false', "r": {"true": [0, None, 1]}, "on": {"x": 0}}),
    ],
)
def test_booleans_are_numbers_below_level_1_2(level: str, row: dict[str, Any]) -> None:
    query = "SELECT b, GetType(b) AS k, t, s.r, x.[on] INTO o FROM s JOIN r AS x ON x.k = s.t"
    found = rows(query, level)
    assert found == [row] and [type(each["b"]) for each in found] == [type(row["b"])]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT CAST(a AS bit) AS a INTO o FROM s", "line 1, column 8: bit needs compatibility level 1.2, the job has 1.1"),
        ("CREATE TABLE s (a bit); SELECT a INTO o FROM s", "line 1, column 1: bit needs compatibility level 1.2"),
        ("SELECT ST_DISTANCE(a, b) AS d INTO o FROM s", "line 1, column 8: ST_DISTANCE computes geography below"),
    ],
)  # fmt: skip
def test_what_an_older_level_lacks_or_computes_otherwise_is_refused_by_name(query: str, reason: str) -> None:
    compile_script(parse(query), {"s": True}, {})
    with pytest.raises(QueryErrors) as refused:
        compile_script(parse(query), {"s": True}, {}, level="1.1")
    assert str(refused.value).startswith(reason)


def test_level_1_0_is_refused_with_each_of_its_differences() -> None:
    with pytest.raises(QueryErrors) as refused:
        compile_script(parse("SELECT a INTO o FROM s"), {"s": True}, {}, level="1.0")
    lines = str(refused.value).splitlines()
    assert [line.split(": ")[1].split(";")[0] for line in lines] == list(levels.OLDEST)
    assert all("raise it to 1.2" in line for line in lines)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='true" \\false{[é', max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def numbered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: numbered(each) for key, each in value.items()}
    if isinstance(value, list):
        return [numbered(each) for each in value]
    return int(value) if isinstance(value, bool) else value


@given(st.dictionaries(st.text(max_size=5), values, max_size=4), st.booleans())
def test_only_truth_values_change(record: dict[str, Any], ascii_only: bool) -> None:
    (read,) = levels.read([event(json.dumps(record, ensure_ascii=ascii_only).encode())], "1.1")
    assert repr(json.loads(read.body)) == repr(numbered(record))


def is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


@given(st.text(alphabet='{}[]":,true false-1\\', max_size=30))
def test_what_is_no_json_stays_none(text: str) -> None:
    (read,) = levels.read([event(text.encode())], "1.1")
    assert is_json(read.body) == is_json(text.encode())


def test_a_string_that_never_ends_takes_no_longer_than_its_length() -> None:
    body = b'{"a": "' + b'\\"' * 200_000 + b"true"
    assert levels.read([event(body)], "1.1")[0].body == body
