"""JavaScript functions of a project (Microsoft Learn, "JavaScript user-defined functions", "... user-defined aggregates")."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local_azure.stream_analytics import javascript, local_run, project
from local_azure.stream_analytics.check import findings
from local_azure.stream_analytics.errors import JobError, QueryErrors
from local_azure.stream_analytics.javascript import Function, load
from local_azure.stream_analytics.project import LocalInput

from .conftest import MOMENT, Bench, event

BODY = (
    b'{"hex": "ff", "at": "2020-01-01T05:00:00Z", "r": {"a": 1, "b": true}, "l": [3, 1], "n": null, '
    b'"long": 9007199254740993, "half": 0.5}'
)
SUM = """
function main() {
    this.init = function () { this.state = 0; }
    this.accumulate = function (value, timestamp) { this.state += value * timestamp.getUTCMinutes(); }
    this.computeResult = function () { result = this.state; return result; }
}
"""


def given(script: str, expression: str, output: str = "any") -> Any:
    bench = Bench(f"SELECT {expression} AS v INTO o FROM s", functions=(Function("f", script, output=output),))
    try:
        return bench.run(event(BODY))["o"][0]["v"]
    finally:
        bench.close()


@pytest.mark.parametrize(
    ("script", "call", "expected"),
    [
        ("// hex\nfunction f(x) { return parseInt(x, 16); }", "UDF.f(hex)", 255),
        ("function main(x) { return parseInt(x, 16) / 2; }", "udf.F(hex) + 1", 128.5),
        ("function (x, y) { return x + y; }", "UDF.f(1, half)", 1.5),
        ("(x) => x", "UDF.f(r)", {"a": 1, "b": True}),
        ("const k = 2; function twice(x) { return help(x); } function help(x) { return k * x; }", "UDF.f(4)", 8),
        ("function f(x) { return x.sort(); }", "UDF.f(l)", [1, 3]),
        ("function f(x) { return JSON.stringify(x); }", "UDF.f(r)", '{"a":1,"b":true}'),
        ("function f(x) { return typeof x + x.length; }", "UDF.f(at)", "string20"),
        ("function f(x) { return x.getUTCHours(); }", "UDF.f(CAST(at AS datetime))", 5),
        ("function f(x) { return x; }", "UDF.f(CAST(at AS datetime))", "2020-01-01T05:00:00.0000000Z"),
        ("function f(x) { return x; }", "DATEADD(hour, 1, UDF.f(CAST(at AS datetime)))", datetime(2020, 1, 1, 6)),
        ("function f(x) { return x === null; }", "CASE WHEN UDF.f(n) IS NULL THEN 1 END", "boolean is no type"),
        ("function f(x) { return x; }", "UDF.f(n)", None),
        ("function f(x) { return x; }", "UDF.f(missing)", None),
        ("function f() { }", "UDF.f()", None),
        ("function f(x) { return x; }", "UDF.f(long)", 2**53),
        ("function f(x) { return 2 ** 70; }", "TRY_CAST(UDF.f() AS bigint)", None),
        ("function f(x) { return 0 / 0; }", "UDF.f()", None),
        ("function f(x) { return { a: [new Date(0), undefined], b: undefined }; }", "UDF.f()",
         {"a": ["1970-01-01T00:00:00.0000000Z", None]}),
        ("function f(x) { return x + '\\u00e9'; }", "UPPER(UDF.f(hex))", "FF\u00c9"),
    ],
)  # fmt: skip
def test_values_change_their_types_as_the_table_says(script: str, call: str, expected: Any) -> None:
    if isinstance(expected, str) and expected.startswith("boolean"):
        with pytest.raises(JobError, match=expected):
            given(script, call)
    else:
        assert given(script, call) == expected


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("function f() { throw new Error('no'); }", "function f: Error: no"),
        ("function f() { return () => 1; }", "function is no type of Stream Analytics"),
        ("function f() { return new Error('no'); }", "error is no type of Stream Analytics"),
        ("function f() { let a = []; while (true) a.push(new Array(1e5).fill(1)); }", "out of memory"),
        ("function f() { return f(); }", "call stack"),
        ("function f() { return require('fs'); }", "require is not defined"),
        ("function f() { return fetch('http://127.0.0.1'); }", "fetch is not defined"),
        ("function f() { return std.open('x', 'r'); }", "std is not defined"),
    ],
)
def test_what_a_function_may_not_do_stops_the_job(script: str, reason: str) -> None:
    with pytest.raises(JobError, match=f"the query fails: function f: .*{reason.removeprefix('function f: ')}"):
        given(script, "UDF.f()")


def test_a_function_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_azure.stream_analytics.javascript.SECONDS", 1)
    with pytest.raises(JobError, match="stopped after 1 second"):
        given("function f() { while (true) {} }", "UDF.f()")


def test_a_result_that_is_not_of_the_declared_type_stops_the_job() -> None:
    assert given("function f() { return 1; }", "UDF.f()", "float") == 1
    with pytest.raises(JobError, match="declares datetime and gives bigint"):
        given("function f() { return 1; }", "UDF.f()", "datetime")


def test_a_script_that_does_not_parse_and_a_function_that_is_not_there_are_told() -> None:
    with pytest.raises(JobError, match="function f: SyntaxError"):
        given("function f( { }", "UDF.f()")
    with pytest.raises(QueryErrors, match=r"column 8: UDF.g: the project has no such JavaScript function"):
        given("function f() { }", "UDF.g()")
    with pytest.raises(QueryErrors, match=r"UDA.f: the project has no such"):
        given("function f() { }", "UDA.f(hex)")


@pytest.mark.parametrize("size", [1, 3, 20])
def test_an_aggregate_sees_the_rows_of_its_window_in_order(size: int) -> None:
    query = "SELECT k, UDA.Weigh(n) AS v INTO o FROM s GROUP BY k, TumblingWindow(minute, 10)"
    bench = Bench(query, functions=(Function("weigh", SUM, aggregate=True),))
    start = MOMENT.replace(minute=0, second=0)
    events = [
        event(json.dumps({"k": at % 2, "n": 1}).encode(), at, start + timedelta(minutes=at)) for at in range(1, 21)
    ]
    for first in range(0, len(events), size):
        bench.run(*events[first : first + size])
    found = bench.closed(start + timedelta(minutes=20))
    bench.close()
    assert found == [(0, 30), (0, 80), (1, 25), (1, 75)]


def test_an_aggregate_s_misuse_is_told() -> None:
    functions = (Function("w", SUM, aggregate=True),)
    for query, reason in (
        ("SELECT UDA.w(n) AS v INTO o FROM s", "needs GROUP BY with a window"),
        ("SELECT UDA.w(n, 1) AS v INTO o FROM s GROUP BY TumblingWindow(minute, 1)", "takes one value"),
        ("SELECT UDA.w(n) OVER (LIMIT DURATION(minute, 1)) AS v INTO o FROM s", "UDA.w"),
        ("SELECT UDA.w(SUM(n)) AS v INTO o FROM s GROUP BY TumblingWindow(minute, 1)", "aggregates do not nest"),
    ):
        with pytest.raises(QueryErrors, match=reason):
            Bench(query, functions=functions)


def test_the_documented_time_weighted_average_runs(tmp_path: Path) -> None:
    """stream-analytics-javascript-user-defined-aggregates, "Calling JavaScript UDA in ASA query"."""
    script = """
    function main() {
        this.init = function () { this.total = 0.0; this.weight = 0.0; }
        this.accumulate = function (value, timestamp) {
            this.total += value.level * value.weight;
            this.weight += value.weight;
        }
        this.computeResult = function () { return this.total == 0 ? 0 : this.total / this.weight; }
    }
    """
    query = (
        "WITH value AS (SELECT NoiseLevelDB AS level, DurationSecond AS weight FROM s TIMESTAMP BY EntryTime) "
        "SELECT System.Timestamp AS ts, uda.TWA(value) AS v INTO o FROM value GROUP BY TumblingWindow(minute, 5)"
    )
    bench = Bench(query, functions=(Function("TWA", script, aggregate=True),))
    records = [("05:01:00", 80, 22.0), ("05:02:00", 81, 37.8), ("05:02:00", 85, 26.3), ("05:06:00", 99, 23.0)]
    for at, (moment, level, weight) in enumerate(records):
        body = {"EntryTime": f"2017-06-10T{moment}-07:00", "NoiseLevelDB": level, "DurationSecond": weight}
        arrived = datetime.fromisoformat(f"2017-06-10T{moment}") + timedelta(hours=7)
        bench.run(event(json.dumps(body).encode(), at, arrived))
    found = bench.closed(datetime(2017, 6, 10, 12, 10))
    bench.close()
    first = (80 * 22.0 + 81 * 37.8 + 85 * 26.3) / (22.0 + 37.8 + 26.3)
    assert dict(found) == {datetime(2017, 6, 10, 12, 5): pytest.approx(first), datetime(2017, 6, 10, 12, 10): 99}


def test_declarations_are_read_in_each_shape(tmp_path: Path) -> None:
    (tmp_path / "hex.js").write_text("function main(x) { return 1; }")
    (tmp_path / "weigh.js").write_text(SUM)
    shapes: dict[str, dict[str, Any]] = {
        "hex.js.json": {"Name": "hex"},
        "code.json": {"Name": "code", "OutputType": "bigint", "JSCode": "(x) => 1"},
        "rest.json": {
            "name": "rest",
            "properties": {
                "type": "Scalar",
                "properties": {
                    "inputs": [{"dataType": "Any"}],
                    "output": {"dataType": "Any"},
                    "binding": {
                        "type": "Microsoft.StreamAnalytics/JavascriptUdf",
                        "properties": {"script": "(x) => 1"},
                    },
                },
            },
        },
    }
    for name, content in shapes.items():
        (tmp_path / name).write_text(json.dumps(content))
    found = [load(tmp_path / name, "JSFunctionConfig") for name in ["hex.js", "weigh.js", *shapes]]
    assert [(each.name, each.aggregate, each.output) for each in found] == [
        ("hex", False, "any"),
        ("weigh", True, "any"),
        ("hex", False, "any"),
        ("code", False, "bigint"),
        ("rest", False, "any"),
    ]


def test_a_function_of_another_language_is_refused_by_name(tmp_path: Path) -> None:
    binding = {"type": "Microsoft.StreamAnalytics/CLRUdf", "class": "A"}
    (tmp_path / "square.json").write_text(
        json.dumps({"name": "square", "properties": {"properties": {"binding": binding}}})
    )
    with pytest.raises(JobError, match=r"function square: Microsoft.StreamAnalytics/CLRUdf is not run here"):
        load(tmp_path / "square.json", "Function")
    with pytest.raises(JobError, match=r"cannot read .*absent.js"):
        load(tmp_path / "absent.js", "JSFunctionConfig")


def test_a_project_with_a_function_is_checked_and_runs(tmp_path: Path) -> None:
    configurations = [
        {"filePath": "Functions\\hex2Int.js", "subType": "JSFunctionConfig"},
        {"filePath": "local.json", "subType": "InputMock"},
        {"filePath": "o.json", "subType": "Output"},
    ]
    plan = {"name": "p", "startFile": "p.asaql", "configurations": configurations}
    (tmp_path / "asaproj.json").write_text(json.dumps(plan))
    (tmp_path / "p.asaql").write_text("SELECT UDF.hex2Int(x) AS n INTO o FROM s")
    (tmp_path / "local.json").write_text(json.dumps({"InputAlias": "s", "FilePath": "s.json", "Format": "Json"}))
    output = {"Name": "o", "DataSourceType": "Blob Storage", "BlobStorageProperties": {"Container": "c"}}
    (tmp_path / "o.json").write_text(json.dumps(output))
    (tmp_path / "s.json").write_text('{"x": "10"}\n{"x": "1f"}')
    (tmp_path / "Functions").mkdir()
    script = tmp_path / "Functions" / "hex2Int.js"
    script.write_text("function hex2Int(x) { return parseInt(x, 16); }")
    loaded = project.load(tmp_path)
    assert findings(loaded) == []
    mocks: dict[str, LocalInput] = local_run.mocks(loaded)
    assert local_run.run(loaded, mocks).outputs == {"o": [{"n": 16}, {"n": 31}]}
    script.write_text("function hex2Int(x) { return ")
    assert [each.partition(": unexpected")[0] for each in findings(project.load(tmp_path))] == [
        "function hex2Int: SyntaxError"
    ]


def test_a_call_of_constants_is_made_for_each_event_and_not_before_one_comes() -> None:
    functions = (
        Function("count", "var n = 0; function count(step) { n += step; return n; }"),
        Function("never", "function never(text) { throw new Error(text); }"),
    )
    bench = Bench(
        "SELECT udf.count(2) AS n INTO o FROM s SELECT udf.never('x') AS n INTO p FROM s WHERE a = 1",
        functions=functions,
    )
    assert bench.run() == {"o": [], "p": []}
    assert [row["n"] for row in bench.run(*(event(b"{}", at) for at in range(3)))["o"]] == [2, 4, 6]
    with pytest.raises(JobError, match="function never: Error: x"):
        bench.run(event(b'{"a": 1}', 3))
    bench.close()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("f.json", b"[]", "f.json is no JSON of a function"),
        ("f.json", b"[" * 100_000, "f.json is no JSON of a function"),
        ("f.js", b"function f() { return '\xe9'; }", "f.js is no UTF-8"),
    ],
)
def test_a_damaged_file_of_a_function_is_one_line(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(JobError, match=reason):
        load(tmp_path / name, "JSFunctionConfig")


def test_a_script_that_never_ends_is_stopped_before_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(javascript, "SECONDS", 1)
    with pytest.raises(JobError, match="function f: stopped after 1 seconds"):
        Bench(
            "SELECT udf.f() AS v INTO o FROM s",
            functions=(Function("f", "while (true) {} function f() { return 1; }"),),
        )


def test_half_a_surrogate_pair_of_a_function_is_replaced() -> None:
    bench = Bench(
        "SELECT udf.f() AS v INTO o FROM s", functions=(Function("f", "function f() { return '\\ud800x'; }"),)
    )
    assert bench.run(event(b"{}"))["o"] == [{"v": "\ufffdx"}]
    bench.close()
