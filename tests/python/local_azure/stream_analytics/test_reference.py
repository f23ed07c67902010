"""Reference data in slices: the file in force at an event's time (Microsoft Learn, "Use reference data for lookups")."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from local_azure.stream_analytics import local_run, project
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.project import LocalInput, ReferenceInput
from local_azure.stream_analytics.reference import newer, read
from local_azure.stream_analytics.slices import Pattern

from .conftest import Bench, event

START = datetime(2015, 4, 16, 17, 0)
JOINED = "SELECT s.n, p.price INTO o FROM s JOIN p ON s.product = p.product"


@pytest.fixture
def prices(tmp_path: Path) -> ReferenceInput:
    """Prices from 17:00 on, others from 17:30 on."""
    for moment, price in (("2015-04-16/17-00", "1"), ("2015-04-16/17-30", "2")):
        put(tmp_path, moment, price)
    pattern = Pattern(tmp_path, "sample/{date}/{time}/products.csv", "YYYY-MM-DD", "HH-mm")
    return ReferenceInput("p", tmp_path, pattern=pattern)


def put(folder: Path, moment: str, price: str) -> None:
    path = folder / "sample" / moment / "products.csv"
    path.parent.mkdir(parents=True)
    path.write_text(f"product,price\nA,{price}\n")


def minutes(*numbers: int) -> list[tuple[int, bytes]]:
    return [(number, json.dumps({"n": number, "product": "A"}).encode()) for number in numbers]


def test_an_event_is_joined_with_the_slice_in_force_at_its_time(prices: ReferenceInput) -> None:
    bench = Bench(JOINED, references=[read(prices)])
    events = [event(body, at, START + timedelta(minutes=at)) for at, body in minutes(0, 29, 30, 600)]
    rows = bench.run(*events)["o"]
    bench.close()
    assert sorted((row["n"], row["price"]) for row in rows) == [(0, "1"), (29, "1"), (30, "2"), (600, "2")]


@pytest.mark.parametrize("size", [1, 7, 61])
def test_any_cut_into_batches_joins_the_same_slices(prices: ReferenceInput, size: int) -> None:
    query = (
        "WITH priced AS (SELECT s.product, p.price FROM s LEFT JOIN p ON s.product = p.product) "
        "SELECT price, COUNT(*) AS c, System.Timestamp() AS at INTO o FROM priced GROUP BY price, HoppingWindow(minute, 20, 5)"
    )
    bench = Bench(query, references=[read(prices)])
    events = [event(body, at, START + timedelta(minutes=at)) for at, body in minutes(*range(61))]
    found: list[tuple[object, ...]] = []
    for first in range(0, len(events), size):
        bench.run(*events[first : first + size])
        found += bench.closed(events[min(first + size, len(events)) - 1].enqueued - timedelta(microseconds=1))
    found += bench.closed(START + timedelta(hours=2))
    bench.close()
    assert sum(row[1] for row in found if row[0] == "1") == 30 * 4  # type: ignore[misc]
    assert sum(row[1] for row in found if row[0] == "2") == 31 * 4  # type: ignore[misc]


def test_an_event_from_before_the_first_slice_stops_the_job_with_the_service_s_words(prices: ReferenceInput) -> None:
    bench = Bench(JOINED, references=[read(prices)])
    words = "Initializing input without a valid reference data blob for UTC time 2015-04-16 16:59"
    with pytest.raises(JobError, match=words):
        bench.run(event(minutes(0)[0][1], 0, START - timedelta(minutes=1)))
    bench.close()


def test_a_slice_is_found_when_its_time_has_come_and_none_before_the_last(prices: ReferenceInput) -> None:
    known = read(prices)
    put(prices.path, "2015-04-16/17-25", "7")
    put(prices.path, "2015-04-16/18-00", "3")
    put(prices.path, "2015-99-16/18-00", "8")
    assert newer(prices, known, datetime(2015, 4, 16, 17, 59)) is None
    fresh = newer(prices, known, datetime(2015, 4, 16, 18, 0))
    assert fresh is not None
    assert [each.start.strftime("%H:%M") for each in fresh.slices] == ["17:00", "17:30", "18:00"]
    assert fresh.table["price"].to_pylist() == ["1", "2", "3"]


def test_a_running_engine_takes_new_slices(prices: ReferenceInput) -> None:
    known = read(prices)
    bench = Bench(JOINED, references=[known])
    put(prices.path, "2015-04-16/18-00", "3")
    late = event(minutes(0)[0][1], 0, START + timedelta(minutes=61))
    assert bench.run(late)["o"][0]["price"] == "2"
    fresh = newer(prices, known, datetime(2015, 4, 16, 18, 1))
    assert fresh is not None
    bench.engine.refer(fresh)
    assert bench.run(event(late.body, 1, late.enqueued))["o"][0]["price"] == "3"
    bench.close()


@pytest.mark.parametrize(
    ("path", "date", "time", "file", "moment"),
    [
        ("products/{date}/list.json", "DD/MM/YYYY", "HH", "products/16/04/2015/list.json", "2015-04-16 00:00"),
        ("{date}/{time}/list.json", "YYYY/MM/DD", "HH/mm", "2015/04/16/17/30/list.json", "2015-04-16 17:30"),
        ("{date}/l-{date}-{time}.json", "MM-DD-YYYY", "HH", "04-16-2015/l-04-16-2015-17.json", "2015-04-16 17:00"),
    ],
)
def test_the_formats_of_the_form_are_read(
    tmp_path: Path, path: str, date: str, time: str, file: str, moment: str
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("[]")
    (tmp_path / "else.json").write_text("[]")
    assert [str(each.start)[:16] for each in Pattern(tmp_path, path, date, time).slices()] == [moment]


def test_a_time_without_a_date_and_no_slice_at_all_are_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=re.escape("needs {date}")):
        Pattern(tmp_path, "{time}/list.csv").slices()
    empty = ReferenceInput("p", tmp_path / "{date}.csv", pattern=Pattern(tmp_path, "{date}.csv"))
    with pytest.raises(JobError, match=r"no file in .*date.*waits for one"):
        read(empty)


def test_slices_with_columns_of_their_own_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "2015-04-16.json").write_text('[{"product": "A", "Price": 1}]')
    (tmp_path / "2015-04-17.json").write_text('[{"product": "A", "price": 2, "unit": "kg"}]')
    source = ReferenceInput("p", tmp_path, is_csv=False, pattern=Pattern(tmp_path, "{date}.json", "YYYY-MM-DD"))
    rows = read(source).table.select(["price", "unit"]).to_pylist()
    assert rows == [{"price": "1", "unit": None}, {"price": "2", "unit": '"kg"'}]


def test_a_project_s_slices_run_over_files(tmp_path: Path, prices: ReferenceInput) -> None:
    properties = {"PathPattern": "sample/{date}/{time}/products.csv", "DateFormat": "YYYY-MM-DD", "TimeFormat": "HH-mm"}
    files = {
        "asaproj.json": {
            "name": "p",
            "startFile": "p.asaql",
            "configurations": [{"filePath": "p.json", "subType": "Input"}],
        },
        "p.json": {
            "Name": "p",
            "Type": "Reference data",
            "DataSourceType": "Blob Storage",
            "BlobStorageProperties": properties,
            "Serialization": {"Type": "Csv"},
        },
        "s.json": [
            {"n": 1, "product": "A", "EventEnqueuedUtcTime": "2015-04-16T17:29:59Z"},
            {"n": 2, "product": "A", "EventEnqueuedUtcTime": "2015-04-16T17:30:00Z"},
        ],
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "p.asaql").write_text(JOINED)
    (tmp_path / "sample").rename(tmp_path / "moved")
    (tmp_path / "reference").mkdir()
    (tmp_path / "moved").rename(tmp_path / "reference" / "sample")
    loaded = project.load(tmp_path)
    result = local_run.run(loaded, {"s": LocalInput("s", tmp_path / "s.json", "json")})
    assert result.outputs["o"] == [{"n": 1, "price": "1"}, {"n": 2, "price": "2"}]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", "k,n,t\n1,5,x\n2,no,y\n3,,z\n"),
        ("r.json", '[{"k": "1", "n": 5}, {"k": "2", "n": "no"}, {"k": "3", "n": null}]'),
    ],
)
def test_create_table_types_reference_data_and_drops_rows_that_are_otherwise(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    reference = read(ReferenceInput("r", tmp_path / name, name.endswith("csv")))
    query = (
        "CREATE TABLE r (k nvarchar(max), n bigint); SELECT s.k, r.n + 1 AS n INTO o FROM s LEFT JOIN r ON s.k = r.k"
    )
    bench = Bench(query, references=[reference])
    found = bench.run(*(event(json.dumps({"k": str(number)}).encode(), number) for number in (1, 2, 3)))["o"]
    bench.close()
    expected = [("1", 6), ("2", None), ("3", None)]
    assert sorted((row["k"], row["n"]) for row in found) == expected
