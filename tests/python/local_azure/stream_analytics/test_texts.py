"""What a message or a file may hold, and that nothing in it stops the job."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_azure.stream_analytics import texts
from local_azure.stream_analytics.engine import FOREVER
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.events import DEEPEST
from local_azure.stream_analytics.reference import read_reference
from local_azure.stream_analytics.rows import lines, records

from .conftest import MOMENT, Bench, event

BOM = b"\xef\xbb\xbf"
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=9), max_size=3), min_size=1)
QUERY = """WITH w AS (SELECT * FROM s)
SELECT *, r.x AS x, TRY_CAST(n AS bigint) AS b, GetType(r) AS k, n + 1 AS more, t + '!' AS u INTO o FROM w
SELECT PropertyName, PropertyValue INTO p FROM s CROSS APPLY GetRecordProperties(TRY_CAST(r AS record)) AS e
SELECT MAX(n) AS m, AVG(n) AS a, Collect() AS c INTO q FROM s GROUP BY Tumbling(hour, 1)"""


@given(OBJECTS, st.booleans(), st.sampled_from(["", "\n", "\r\n", " \n\n"]), st.sampled_from([None, 1]))
def test_a_message_is_an_object_an_array_of_them_or_one_after_the_other(
    found: list[dict[str, Any]], as_array: bool, between: str, indent: int | None
) -> None:
    parts = [json.dumps(each, indent=indent, ensure_ascii=False) for each in found]
    text = f"[{','.join(parts)}]" if as_array else between.join(parts)
    assert texts.objects(BOM + f" {text}\n".encode()) == [part.encode() for part in parts]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"5", "something else than objects"),
        (b'[{"n": 1}, 5]', "something else than objects"),
        (b'[[{"n": 1}]]', "something else than objects"),
        (b'[{"n": 1},]', "trailing comma"),
        (b'{"n": 1}\n{"n": ', "Expecting value"),
        (b'{"n": "\xe9"}', "no UTF-8"),
        ('{"n": 1}'.encode("utf-16"), "no UTF-8"),
        (b'{"n":' * 50_000, "nested too deeply"),
    ],
)
def test_what_is_none_of_these_is_told(body: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        texts.objects(body)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\n", b"null", b"5", b'"x"', b"{", b'{"n": NaN}', b'{"n": -Infinity}', b'{"n": 1e400}', b'{"r": [-1.5E+999]}',
        b'{"n": 9223372036854775808}', b'{"n": ' + b"9" * 5000 + b"}", b'{"t": "\\ud800"}', b'{"\\udc00": 1}', b'{"t": "\x01"}',
        b'{"t": "\xff"}', b'[{"n": 1}, 5]', b'[{"n": 1}, {"n": 1e999}]', b'{"n": 1} {', gzip.compress(b'{"n": 1}'),
        b'{"r":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), b'{"r":' * 100_000, b'{"r": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)  # fmt: skip
def test_a_message_that_the_service_would_drop_is_counted_and_stops_nothing(body: bytes) -> None:
    found, invalid = through(b'{"n": 1}', body, b'{"n": 2}')
    assert (invalid, [row["n"] for row in found["o"]]) == (1, [1, 2])


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (BOM + b'{"n": 7}', {"n": 7}),
        (b'{"": 1, "r": {"": 3}}', {"": 1, "r": {"": 3}}),
        (b'{"r": {"a\\"b": 1, "x.y": 2, "*": 3, "$": 4, "a/b": 5, "~1": 6, "\\\\": 7}}', None),
        (b'{"a.b": 1, "$": 2, "__record": 3, "__timestamp": 4}', None),
        (b'{"t": "a\\u0000b", "r": {"x\\u0000y": "\\u0000"}}', None),
        (b'{"t": "\\ud83d\\ude00"}', {"t": "\U0001f600"}),
        (b'{"n": 9223372036854775806, "r": [1, 1e308]}', None),
        (b'{"n": -0.0}', None),
        (b'{"t": "' + b"x" * 300_000 + b'", "u1": "4e123", "u2": ": 1e999"}', None),
        (b'{"r":' * (DEEPEST - 2) + b"{}" + b"}" * (DEEPEST - 2), None),
    ],
)
def test_an_odd_event_is_an_event(body: bytes, row: dict[str, Any] | None) -> None:
    found, invalid = through(b'{"n": 1}', body, b'{"n": 2}')
    assert (invalid, len(found["o"])) == (0, 3)
    expected = row or json.loads(body)
    assert {key: value for key, value in found["o"][1].items() if key in expected} == expected
    if isinstance(expected.get("r"), dict):
        assert {each["PropertyName"]: each["PropertyValue"] for each in found["p"]} == expected["r"]


def test_the_objects_of_a_message_have_its_time_and_place() -> None:
    bench = Bench("SELECT n, EventEnqueuedUtcTime AS t, PartitionId AS p INTO o FROM s")
    found = bench.run(event(b'[{"n": 1}, {"n": 2}]', 7, partition=3), event(b'{"n": 3}\n{"n": 4}', 8), event(b"[]", 9))
    bench.close()
    assert [(row["n"], row["t"], row["p"]) for row in found["o"]] == [
        (1, MOMENT, 3), (2, MOMENT, 3), (3, MOMENT, 0), (4, MOMENT, 0),
    ]  # fmt: skip


def through(*bodies: bytes) -> tuple[dict[str, list[dict[str, Any]]], int]:
    """Rows by output as they are written as JSON, and how many messages were left out."""
    bench = Bench(QUERY, hub=False)
    fed = bench.engine.feed({"s": [event(body, at) for at, body in enumerate(bodies)]})
    found = {
        output.alias: [json.loads(line, parse_constant=pytest.fail) for line in lines(records(output.relation, table))]
        for output, table in [*fed.rows, *bench.engine.emit(FOREVER)]
    }
    bench.close()
    return found, fed.invalid


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"k,K\n1,2\n", "names a column twice"),
        (b"k,v\n1,2,3\n", "line 2 has 3 fields, and the header 2"),
        (b'k,v\n1,"2\n', "line 2 is no CSV"),
        (b"k,v\n1,\xe9\n", "no UTF-8"),
        (gzip.compress(b"k,v\n1,2\n"), "packed by gzip"),
    ],
)
def test_a_damaged_csv_is_told_with_its_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    with pytest.raises(JobError, match=f"reference data r: .*{reason}"):
        read_reference("r", path, is_csv=True)


def test_csv_keeps_what_stands_in_quotes_and_nulls_for_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    text = 'k;v\n"a;""b""\nc\u2028d";' + "x" * 200_000 + "\n\n1\n"
    path.write_bytes(BOM + text.encode())
    found = read_reference("r", path, is_csv=True, delimiter=";").table.to_pylist()
    assert found == [{"k": 'a;"b"\nc\u2028d', "v": "x" * 200_000}, {"k": "1", "v": None}]


def test_reference_data_of_a_header_alone_have_columns(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("k,v\n")
    assert list(read_reference("r", path, is_csv=True).columns) == ["k", "v"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b'[{"k": NaN}]', "is no JSON"), (b'{"k": "\\ud800"}', "is no JSON: "), (b"[1]", "something else than objects")],
)
def test_damaged_json_is_told(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(JobError, match=f"reference data r: .*{reason}"):
        read_reference("r", path, is_csv=False)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('{"x": "\\ud83d\\ude00"}', {"x": "\U0001f600"}),
        ('{"x": [1e400, 1]}', {"x": [None, 1]}),
        ('{"x": ' + "[" * 50_000 + "]" * 50_000 + "}", None),
        ('{"x": 1} y', None),
    ],
)
def test_a_payload_that_is_sent_as_text_stops_nothing_either(payload: str, expected: Any) -> None:
    bench = Bench("SELECT JSON_PARSE(t) AS v INTO o FROM s", hub=False)
    (row,) = bench.run(event(json.dumps({"t": payload}).encode()))["o"]
    bench.close()
    assert row == {"v": expected}
