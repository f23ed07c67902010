"""Outputs: types, policies, and that what fails is tried again alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pyodbc
import pytest
from azure.eventhub import EventHubConsumerClient
from deltalake import DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType

from local_azure import settings
from local_azure.stream_analytics.clock import EPOCH
from local_azure.stream_analytics.errors import JobError
from local_azure.stream_analytics.project import FileOutput, HubOutput, WarehouseOutput
from local_azure.stream_analytics.sinks import (
    DeltaSink,
    RecordSink,
    SinkError,
    file_writer,
    hub_writer,
    warehouse_writer,
)
from local_azure.synapse.odbc import connection_string

from ..._ports import free_port
from .conftest import Bench, Command, event

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def delta(path: Path, **columns: str) -> DeltaTable:
    fields = [Field(name, PrimitiveType(kind), nullable=True) for name, kind in columns.items()]
    return DeltaTable.create(str(path), Schema(fields))


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = DeltaTable(str(path)).to_pyarrow_table().to_pylist()
    return found


def fed(sink: DeltaSink | RecordSink, query: str, *bodies: Any) -> None:
    bench = Bench(query, hub=False)
    events = [event(json.dumps(body).encode(), at) for at, body in enumerate(bodies)]
    for output, table in bench.engine.feed({"s": events}).rows:
        sink.add(output.relation, table, None)
    bench.close()


def test_values_become_the_tables_types_and_columns_it_lacks_are_left_out(tmp_path: Path) -> None:
    delta(tmp_path, a="string", b="long", c="double", d="timestamp", e="boolean", missing="string")
    sink = DeltaSink("o", tmp_path, [0], drop=False)
    fed(
        sink,
        "SELECT a, b, CAST(b AS float) AS c, d, e, 1 AS more INTO o FROM s",
        {"a": 1, "b": 2, "d": NOON.isoformat(), "e": True},
    )
    sink.flush()
    assert rows(tmp_path) == [{"a": "1", "b": 2, "c": 2.0, "d": NOON, "e": True, "missing": None}]


def test_fields_of_star_find_their_columns(tmp_path: Path) -> None:
    delta(tmp_path, Id="string", n="long")
    sink = DeltaSink("o", tmp_path, [0], drop=False)
    fed(sink, "SELECT * INTO o FROM s", {"id": "x", "n": 5, "other": []})
    sink.flush()
    assert rows(tmp_path) == [{"Id": "x", "n": 5}]


def test_a_value_that_does_not_fit_is_dropped_or_stops_the_output_as_the_policy_says(tmp_path: Path) -> None:
    delta(tmp_path, n="long")
    dropping, strict = DeltaSink("o", tmp_path, [0], drop=True), DeltaSink("o", tmp_path, [0], drop=False)
    fed(dropping, "SELECT n INTO o FROM s", {"n": 1}, {"n": "one"}, {"n": None})
    dropping.flush()
    assert rows(tmp_path) == [{"n": 1}, {"n": None}]
    with pytest.raises(SinkError, match="o: column n holds int64, and 1 of 2 rows have no such value"):
        fed(strict, "SELECT n INTO o FROM s", {"n": 1}, {"n": "one"})


def test_a_table_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="o: no Delta table at"):
        DeltaSink("o", tmp_path / "nowhere", [0], drop=False)


def test_events_and_windows_that_a_table_already_has_are_not_written_again(tmp_path: Path) -> None:
    delta(tmp_path, n="long")
    for _ in range(2):
        sink = DeltaSink("o", tmp_path, [0], drop=False)
        fed(sink, "SELECT n INTO o FROM s", {"n": 1}, {"n": 2})
        sink.flush()
    assert rows(tmp_path) == [{"n": 1}, {"n": 2}]
    for _ in range(2):
        bench = Bench("SELECT COUNT(*) AS n INTO o FROM s GROUP BY Tumbling(minute, 1)")
        bench.run(event(b"{}"), event(b"{}", 1))
        sink = DeltaSink("o", tmp_path, [0], drop=False)
        until = EPOCH + timedelta(days=40_000)
        for output, table in bench.engine.emit(until):
            sink.add(output.relation, table, until)
        sink.flush()
        bench.close()
    assert [each["n"] for each in rows(tmp_path)].count(2) == 2


@pytest.mark.parametrize(("form", "name"), [("json", "o.json"), ("csv", "o.csv"), ("parquet", "o-*.parquet")])
def test_rows_go_to_files_of_the_container(tmp_path: Path, form: str, name: str) -> None:
    sink = RecordSink(file_writer(FileOutput("o", "c", "a/{date}/../{x}", form), tmp_path))
    for _ in range(2):
        fed(sink, "SELECT n, r INTO o FROM s", {"n": 1, "r": {"x": 2}})
        sink.flush()
    found = sorted((tmp_path / "c" / "a").glob(f"*/*/*/{name}"))
    if form == "parquet":
        assert [pq.read_table(each).to_pylist() for each in found] == [[{"n": 1, "r": {"x": 2}}]] * 2
    else:
        expected = ['{"n": 1, "r": {"x": 2}}'] * 2 if form == "json" else ["n,r", "1,Record", "1,Record"]
        assert found[0].read_text().splitlines() == expected


def test_rows_that_could_not_be_written_stay_and_are_written_once() -> None:
    written: list[Any] = []

    def write(records: list[Any]) -> int:
        if not written:
            written.append("failed")
            raise SinkError("away")
        written.extend(records)
        return 0

    sink = RecordSink(write)
    fed(sink, "SELECT n INTO o FROM s", {"n": 1})
    with pytest.raises(SinkError):
        sink.flush()
    assert (sink.pending, sink.rows) == (1, 0)
    sink.flush()
    sink.flush()
    assert written == ["failed", {"n": 1}]


@pytest.mark.slow
def test_rows_go_to_an_event_hub_in_batches_that_it_takes_and_one_too_large_alone_is_dropped_or_waits(
    tmp_path: Path,
) -> None:
    port = free_port()
    service = Command("event_hubs", tmp_path, "--port", str(port), "--hub", "h:1")
    service.start()
    try:
        connection = settings.event_hubs_connection_string(port)
        many = [{"k": number % 2, "t": "x" * 200} for number in range(12_000)]
        large = [{"k": 0, "t": "y"}, {"k": 0, "t": "x" * 2_000_000}, {"k": 0, "t": "z"}]
        assert hub_writer(HubOutput("o", "h", "k"), connection)(many) == 0
        assert hub_writer(HubOutput("o", "h", "k"), connection, drop=True)(large) == 1
        with pytest.raises(SinkError, match="o waits: 1 rows are larger than the hub takes"):
            hub_writer(HubOutput("o", "h"), connection)(large)
        with EventHubConsumerClient.from_connection_string(connection, "$Default", eventhub_name="h") as client:
            assert client.get_partition_properties("0")["last_enqueued_sequence_number"] == 12_000 + 2 - 1
    finally:
        service.end()


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A connection string of a warehouse with an empty table dbo.o."""
    port = free_port()
    service = Command("synapse", tmp_path_factory.mktemp("warehouse"), "--port", str(port))
    try:
        service.start()
        yield connection_string(port=port)
    finally:
        service.end()


def inserted(warehouse: str, records: list[dict[str, Any]], level: str = "1.2", *, drop: bool) -> list[tuple[Any, ...]]:
    """What a new table holds once the records have been written to it."""
    with closing(pyodbc.connect(warehouse, autocommit=True)) as connection:
        connection.execute("if object_id('dbo.o') is not null drop table dbo.o")
        connection.execute("create table dbo.o (n int not null, t nvarchar(30), f float)")
        dropped = warehouse_writer(WarehouseOutput("o", "dbo.o"), warehouse, level, drop=drop)(records)
        assert connection.execute("select count(*) from dbo.o").fetchval() == len(records) - dropped
        return [tuple(row) for row in connection.execute("select n, t, f from dbo.o order by n").fetchall()]


@pytest.mark.slow
@pytest.mark.parametrize(("level", "texts"), [("1.2", ['{"k":[1,true,"ä"]}', "[]"]), ("1.1", ["Record", "Array"])])
def test_sql_gets_json_of_records_and_arrays_and_below_level_1_2_words(
    warehouse: str, level: str, texts: list[str]
) -> None:
    records = [{"n": 1, "t": {"k": [1, True, "ä"]}}, {"n": 2, "t": []}]
    assert [row[1] for row in inserted(warehouse, records, level, drop=False)] == texts


@pytest.mark.slow
def test_rows_that_sql_cannot_hold_are_dropped_alone_or_wait_as_the_policy_says(warehouse: str) -> None:
    bad = [{"n": None}, {"n": 2**40}, {"n": 1, "t": "x" * 31}, {"n": 1, "f": "abc"}]
    good = [{"n": number} for number in range(7)]
    mixed = [*good[:2], bad[0], good[2], *bad[1:], *good[3:]]
    assert inserted(warehouse, mixed, drop=True) == [(number, None, None) for number in range(7)]
    for one in bad:
        with pytest.raises(SinkError, match=r"^o waits: "):
            inserted(warehouse, [*good, one], drop=False)


@pytest.mark.slow
def test_rows_wait_for_a_table_that_is_not_there_whatever_the_policy(warehouse: str) -> None:
    with pytest.raises(SinkError, match=r"o waits: .*Invalid object name"):
        warehouse_writer(WarehouseOutput("o", "dbo.nowhere"), warehouse, drop=True)([{"n": 1}])
