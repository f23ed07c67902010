"""The log on disk: order, reopening, seeking, retention."""

from __future__ import annotations

import errno
import os
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_azure.event_hubs import log as log_module
from local_azure.event_hubs.log import HEADER, Key, PartitionLog, encode_record
from local_azure.event_hubs.messages import Event

from ._logs import SMALL, append, event, everything, expected, files, filled, texts


def test_events_come_back_in_order_with_their_places(tmp_path: Path) -> None:
    log = filled(tmp_path, 10)
    events = everything(log)
    assert texts(log) == expected(10)
    assert [stored.sequence for stored in events] == list(range(20))
    assert all(left.offset < right.offset for left, right in pairwise(events))
    assert all(left.enqueued_ms <= right.enqueued_ms for left, right in pairwise(events))
    assert (log.next_sequence, log.last_offset) == (20, events[-1].offset)
    assert len(files(tmp_path)) > 2


def test_an_empty_log_has_nothing_to_read(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path)
    assert (log.read(0), log.first_sequence, log.next_sequence, log.last_offset) == ([], 0, 0, -1)
    assert log.first("sequence", 0, True) is None
    assert log.record_position(0) == log.end == 0


def test_a_reopened_log_goes_on_where_it_was(tmp_path: Path) -> None:
    before = everything(filled(tmp_path, 7))
    again = PartitionLog(tmp_path, SMALL)
    append(again, ["|after"])
    assert everything(again)[:-1] == before
    assert everything(again)[-1].sequence == 14
    assert texts(again)[-1] == "after"


def test_time_never_runs_backwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled(tmp_path, 1)
    monkeypatch.setattr(log_module, "now_ms", lambda: 5)
    append(log, ["|late clock"])
    append(PartitionLog(tmp_path, SMALL), ["|after a restart"])
    times = [stored.enqueued_ms for stored in everything(PartitionLog(tmp_path, SMALL))]
    assert times == sorted(times)
    assert times[0] > 5


def test_what_is_still_being_written_is_not_shown(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path)
    append(log, ["|a"])
    log.write(log.prepare([[event("|unacknowledged")]]))
    assert texts(log) == ["a"]
    (file,) = files(tmp_path)
    content = bytearray(file.read_bytes())
    content[HEADER.size + 10] ^= 1
    file.write_bytes(content)
    assert texts(log) == []


def test_an_event_that_looks_like_a_record_is_not_taken_for_one(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path)
    forged = encode_record([event("|forged")], 0, 0, 1)
    prepared = log.prepare([[Event(b"", {}, forged)], [event("|true")]])
    log.write(prepared)
    log.publish(prepared)
    (file,) = files(tmp_path)
    content = bytearray(file.read_bytes())
    content[5] ^= 1
    file.write_bytes(content)
    assert texts(PartitionLog(tmp_path)) == ["true"]


def test_a_record_larger_than_a_read_comes_whole(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path)
    append(log, ["|" + "x" * (log_module.READ_SIZE * 2)], ["|y"])
    assert [len(text) for text in texts(log)] == [log_module.READ_SIZE * 2, 1]


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = filled(tmp_path, 2)
    size = files(tmp_path)[-1].stat().st_size
    write = os.pwrite

    def half_then_full(file: int, data: memoryview, at: int) -> int:
        if len(data) < 50:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[: len(data) // 2], at)

    monkeypatch.setattr(os, "pwrite", half_then_full)
    with pytest.raises(OSError, match="No space"):
        append(log, ["|lost"])
    monkeypatch.undo()
    assert files(tmp_path)[-1].stat().st_size == size
    append(log, ["|kept"])
    assert texts(log) == texts(PartitionLog(tmp_path, SMALL)) == [*expected(2), "kept"]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(0, 100),
    st.booleans(),
    st.sampled_from(("sequence", "offset", "enqueued_ms")),
)
def test_seeking_finds_what_a_scan_finds(sends: int, pick: int, inclusive: bool, key: Key) -> None:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        clock = iter(range(1000, 10**6, 3))
        patch.setattr(log_module, "now_ms", lambda: next(clock))
        patch.setattr(log_module, "INDEX_EVERY", 250)
        log = filled(Path(name), sends)
        events = everything(log)
        value: int = getattr(events[pick % len(events)], key) + pick % 3 - 1
        wanted = [e for e in events if getattr(e, key) > value or (inclusive and getattr(e, key) == value)]
        assert log.first(key, value, inclusive) == (wanted[0] if wanted else None)
        if wanted:
            position = log.record_position(wanted[0].offset)
            assert wanted[0] in list(log.read(position)[0].events())


def test_the_index_stays_small(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path)
    append(log, *([["|" + "x" * 500] * 10] * 200))
    (segment,) = log._segments
    assert log.end > 1_000_000
    assert len(segment.offset) <= log.end // log_module.INDEX_EVERY + 1


def test_retention_drops_whole_old_segments_and_keeps_the_newest(tmp_path: Path) -> None:
    log = filled(tmp_path, 12)
    count = len(files(tmp_path))
    log.drop_until(0)
    assert len(files(tmp_path)) == count
    log.drop_until(10**15)
    assert len(files(tmp_path)) == 1
    first = everything(log)[0]
    assert log.first_sequence == first.sequence > 0
    again = PartitionLog(tmp_path, SMALL)
    assert everything(again) == everything(log)
    assert again.read(0)[0].sequence == first.sequence


def test_retention_by_size_drops_the_oldest(tmp_path: Path) -> None:
    log = filled(tmp_path, 12)
    log.drop_until(0, keep_bytes=2 * SMALL)
    assert log.size <= 2 * SMALL + SMALL
    assert texts(log)[-1] == "11b"
