"""The job as its own process: a real hub in, real Delta tables and a real warehouse out."""

from __future__ import annotations

import json
import random
import signal
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyodbc
import pytest
from typer.testing import CliRunner

from local_azure.stream_analytics import project
from local_azure.stream_analytics.__main__ import app
from local_azure.stream_analytics.events import Event
from local_azure.stream_analytics.hub import Hub, utc_now
from local_azure.stream_analytics.job import Job
from local_azure.stream_analytics.project import WarehouseOutput

from .conftest import PROJECT, World, make_lake, until

DEPARTMENTS = ["sales", "Marketing", "support", "finance", "customer", "loyalty"]


def message(number: int, department: str = "sales") -> bytes:
    envelope = {"specversion": "1.0", "id": f"evt-{number}", "source": "/api", "type": f"{department}.x.v1"}
    rest = {"subject": f"C{number % 7}", "time": "2026-07-01T00:00:00Z", "data": json.dumps({"n": number})}
    return json.dumps(envelope | rest).encode()


@pytest.mark.slow
def test_a_job_continues_after_outages_and_a_stop_and_leaves_out_what_is_no_json(world: World) -> None:
    world.job.start()
    world.send(message(0), b"no json", message(1, "loyalty"), b'{"id": "\\ud800"}', b"\xff")
    until(lambda: world.job.status()["flow"]["sequence_numbers"]["0"] == 4)
    assert (world.job.status()["flow"]["events_in"], world.job.status()["flow"]["invalid"]) == (5, 3)
    world.hub.end(signal.SIGKILL)
    world.warehouse.end()
    time.sleep(1)
    world.hub.start()
    world.send(message(2), partition=1)
    until(lambda: len(world.landed()) == 3)
    world.warehouse.start()
    until(lambda: sum(world.windows().values()) == 2)
    assert world.job.end() == 0
    world.send(message(3), partition=1)
    world.job.start()
    until(lambda: len(world.landed()) == 4)
    assert sorted(world.landed()) == [(0, 0), (0, 2), (1, 0), (1, 1)]
    until(lambda: sum(world.windows().values()) == 3)
    assert world.job.end() == 0


@pytest.mark.slow
def test_a_job_killed_at_any_moment_loses_and_doubles_nothing(world: World) -> None:
    rng = random.Random(5)
    before, counted = set(world.landed()), sum(world.windows().values())
    sent = Counter[int]()
    for turn in range(3):
        world.job.start()
        for part in (0, 1):
            bodies = [message(turn * 100 + n, DEPARTMENTS[n % 6]) for n in range(60)]
            world.send(*bodies, partition=part)
            sent[part] += len(bodies)
        time.sleep(rng.uniform(0.0, 1.6))
        assert world.job.end(signal.SIGKILL) == -signal.SIGKILL
    world.job.start()
    until(lambda: len(world.landed()) >= len(before) + sent.total())
    good = sent.total() * 5 // 6
    until(lambda: sum(world.windows().values()) >= counted + good)
    assert world.job.end() == 0
    landed = world.landed()
    assert len(landed) == len(set(landed)) == len(before) + sent.total()
    assert Counter(part for part, _ in set(landed) - before) == sent
    assert sum(world.windows().values()) == counted + good
    assert {name for _, name in world.windows()} == {"sales", "marketing", "support", "finance", "customer"}


@pytest.mark.slow
def test_an_event_behind_a_closed_window_counts_in_the_next(world: World, tmp_path: Path) -> None:
    loaded = project.load(world.project)
    (stream,) = loaded.streams
    hub = Hub(world.connection, str(stream.hub), stream.consumer_group)
    make_lake(world.project, tmp_path)
    job = Job(loaded, lake=tmp_path, state=tmp_path, hubs={stream.alias: hub}, warehouse=world.odbc)
    start = utc_now().replace(microsecond=500_000) + timedelta(
        hours=1
    )  # ahead of the clock, which moves idle partitions
    second = timedelta(seconds=1)

    def arrive(sequence: int, **moments: timedelta) -> None:
        events = [Event(message(0), int(part[1:]), sequence, start + at) for part, at in moments.items()]
        job.work({stream.alias: events})

    try:
        arrive(0, p0=0 * second, p1=0 * second)
        arrive(1, p0=second, p1=second)
        arrive(2, p0=-5 * second)
        arrive(3, p0=2 * second)
        arrive(3, p1=2 * second)
    finally:
        job.close()
    windows = sorted((end, events) for (end, _), events in world.windows().items() if end > start - second)
    assert [events for _, events in windows] == [2, 3]


@pytest.mark.slow
def test_an_output_that_fails_is_tried_again_alone(world: World, tmp_path: Path) -> None:
    loaded = project.load(world.project)
    query = f"{loaded.query}\nSELECT COUNT(*) AS n INTO other FROM routed GROUP BY TumblingWindow(second, 1)"
    loaded = replace(loaded, query=query, outputs=(*loaded.outputs, WarehouseOutput("other", "live.missing")))
    (stream,) = loaded.streams
    hub = Hub(world.connection, str(stream.hub), stream.consumer_group)
    make_lake(world.project, tmp_path)
    job = Job(loaded, lake=tmp_path, state=tmp_path, hubs={stream.alias: hub}, warehouse=world.odbc)
    start = utc_now().replace(microsecond=0) + timedelta(hours=2)
    try:
        for sequence, second in enumerate((1, 1, 5)):
            moment = start + timedelta(seconds=second)
            job.work({stream.alias: [Event(message(0), part, sequence, moment) for part in (0, 1)]})
        for _ in range(3):
            time.sleep(1.1)
            job.work({})
        flow = job.flow()
    finally:
        job.close()
    with closing(pyodbc.connect(world.odbc)) as connection:
        found = connection.execute(
            "select count(*), sum(events) from live.live_department_kpis where window_end > ?", start
        )
        assert tuple(found.fetchone()) == (1, 4)
    assert (flow["outputs"]["live-department-kpis"], flow["outputs"]["other"]) == (1, 0)
    waits = (start + timedelta(seconds=1)).isoformat()  # a restart gives the window to the output that lacks it
    assert flow["emitted_until"] == f"{waits}+00:00"


def test_a_project_that_lacks_something_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "asaproj.json").write_text('{"startFile": "x.asaql"}')
    ended = CliRunner().invoke(app, ["--project", str(tmp_path), "--check"])
    assert ended.exit_code == 1
    file = tmp_path / "asaproj.json"
    assert ended.stderr == f"stream_analytics: {file}: Object missing required field `configurations`\n"


def test_the_projects_query_compiles() -> None:
    ended = CliRunner().invoke(app, ["--project", str(PROJECT), "--check"])
    assert (ended.exit_code, ended.stdout) == (0, "the query compiles\n")
