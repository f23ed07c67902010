"""What becomes of a log that lost something: told by name, and no number is given twice."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_azure.event_hubs.hub import HubMismatch, open_hub
from local_azure.event_hubs.log import HEADER, PartitionLog, encode_record
from local_azure.event_hubs.mark import Mark, Place

from ._logs import SMALL, append, event, everything, expected, files, filled, texts


def damage(file: Path, place: int, bits: int = 1) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= bits
    file.write_bytes(content)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10_000))
def test_a_torn_tail_is_cut_and_nothing_else(size: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = filled(folder, 5, segment_size=10**6)
        whole = everything(log)
        (file,) = files(folder)
        unfinished = encode_record([event("|x"), event("|y")], log.end, log.next_sequence, 1)
        with file.open("ab") as tail:
            tail.write(unfinished[: size % len(unfinished)])
        again = PartitionLog(folder)
        assert everything(again) == whole
        assert (file.stat().st_size, again.lost) == (log.end, 0)
        append(again, ["|new"])
        assert texts(PartitionLog(folder))[-1] == "new"
        assert everything(again)[-1].sequence == len(whole)


def test_an_unacknowledged_record_that_is_whole_is_kept(tmp_path: Path) -> None:
    log = filled(tmp_path, 2)
    prepared = log.prepare([[event("|whole")]])
    with prepared.segment.path.open("ab") as file:
        file.write(prepared.data)
    assert texts(PartitionLog(tmp_path, SMALL)) == [*expected(2), "whole"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_flipped_byte_costs_its_record_only_the_last_one_too(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = everything(filled(folder, 12))
        file = data.draw(st.sampled_from(files(folder)))
        place = data.draw(st.integers(0, file.stat().st_size - 1))
        damage(file, place, data.draw(st.integers(1, 255)))
        damaged = place + int(file.stem.split("-")[0])
        log = PartitionLog(folder, SMALL)
        lost = [stored for stored in whole if stored not in everything(log)]
        assert len(lost) == log.lost == 2
        assert lost[0].offset - HEADER.size <= damaged < lost[1].offset + 4 + len(lost[1].payload)
        assert log.next_sequence == 24
        assert file.stat().st_size >= place  # the damaged bytes stay for whoever wants to look


Harm = Callable[[st.DataObject, Path], None]


def _flip(data: st.DataObject, file: Path) -> None:
    if size := file.stat().st_size:
        damage(file, data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, 255)))


def _truncate(data: st.DataObject, file: Path) -> None:
    os.truncate(file, data.draw(st.integers(0, max(file.stat().st_size - 1, 0))))


def _overwrite(data: st.DataObject, file: Path) -> None:
    file.write_bytes(data.draw(st.binary(max_size=900)))


def _remove(_: st.DataObject, file: Path) -> None:
    file.unlink()


@settings(max_examples=150, deadline=None)
@given(st.data(), st.lists(st.sampled_from([_flip, _truncate, _overwrite, _remove]), min_size=1, max_size=4))
def test_whatever_is_lost_no_number_and_no_offset_is_given_twice(data: st.DataObject, harms: list[Harm]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = filled(folder, data.draw(st.integers(1, 12)))
        whole, end = everything(log), log.end
        for harm in harms:
            if left := files(folder):
                harm(data, data.draw(st.sampled_from(left)))
        for _ in range(2):  # the second start knows no less
            log = PartitionLog(folder, SMALL)
            assert [stored for stored in everything(log) if stored not in whole] == []
            assert (log.next_sequence, log.end >= end) == (len(whole), True)
        append(log, ["|new"])
        append(log, ["|newer"])
        for reopened in (log, PartitionLog(folder, SMALL)):
            new, newer = everything(reopened)[-2:]
            assert (new.sequence, newer.sequence, new.offset >= end) == (len(whole), len(whole) + 1, True)
            found = reopened.first("sequence", len(whole), True)
            assert found == new
            assert reopened.record_position(new.offset) <= new.offset


def test_a_lost_segment_is_named_with_its_events(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    filled(tmp_path, 12)
    first, second, *_ = files(tmp_path)
    numbers = [int(file.stem.split("-")[1]) for file in files(tmp_path)]
    second.unlink()
    log = PartitionLog(tmp_path, SMALL)
    assert f"{second} is gone" in caplog.text
    assert f"{numbers[2] - numbers[1]} events from sequence number {numbers[1]} on" in caplog.text
    assert log.lost == numbers[2] - numbers[1]
    first.unlink()
    caplog.clear()
    PartitionLog(tmp_path, SMALL)
    assert f"{first} is gone" in caplog.text
    caplog.clear()
    assert PartitionLog(tmp_path, SMALL).first_sequence == numbers[2]
    assert str(first) not in caplog.text  # what is gone from the beginning is told once


def test_the_only_segment_lost_does_not_start_again_at_zero(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    filled(tmp_path, 2)
    (file,) = files(tmp_path)
    file.unlink()
    log = PartitionLog(tmp_path, SMALL)
    assert f"{file} is gone" in caplog.text
    assert (log.next_sequence, log.first_sequence, log.lost) == (4, 4, 4)
    append(log, ["|next"])
    assert [stored.sequence for stored in everything(log)] == [4]


def test_a_damaged_last_record_is_named_and_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = filled(tmp_path, 2)
    (file,) = files(tmp_path)
    damage(file, everything(log)[-1].offset + 6)
    content = file.read_bytes()
    again = PartitionLog(tmp_path, SMALL)
    assert f"{file} is damaged" in caplog.text
    assert "2 events from sequence number 2 on" in caplog.text
    assert "unfinished" not in caplog.text
    append(again, ["|next"])
    assert file.read_bytes().startswith(content)
    assert [stored.sequence for stored in everything(again)] == [0, 1, 4]


@pytest.mark.parametrize("reopened", [True, False])
def test_segments_that_lost_all_are_read_over(tmp_path: Path, caplog: pytest.LogCaptureFixture, reopened: bool) -> None:
    log = filled(tmp_path, 12)
    first, second, third, last = files(tmp_path)
    kept = int(last.stem.split("-")[1])
    os.truncate(first, 0)
    second.write_bytes(b"")
    third.unlink()
    left = PartitionLog(tmp_path, SMALL) if reopened else log
    assert texts(left) == expected(12)[kept:]
    found = left.first("sequence", 0, True)
    assert found and found.sequence == kept
    assert left.record_position(0) == int(last.stem.split("-")[0])
    for file in (first, second if reopened else third):
        assert str(file) in caplog.text


def test_retention_is_no_loss(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    filled(tmp_path, 12).drop_until(10**15)
    assert PartitionLog(tmp_path, SMALL).lost == 0
    assert caplog.text == ""


@pytest.mark.parametrize("keep", [True, False])
def test_without_a_mark_a_doubtful_tail_stays_and_numbers_go_on_behind_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, keep: bool
) -> None:
    log = filled(tmp_path, 3, segment_size=10**6)
    (file,), mark, last = files(tmp_path), tmp_path / "mark", everything(log)[-1]
    damage(file, last.offset + 6)
    mark.write_bytes(b"nonsense" * 12) if keep else mark.unlink()
    again = PartitionLog(tmp_path)
    assert f"{mark} does not tell" in caplog.text
    append(again, ["|next"])
    new = everything(PartitionLog(tmp_path))[-1]
    assert new.sequence > last.sequence
    assert new.offset > last.offset


def test_damage_after_opening_is_passed_over_too(tmp_path: Path) -> None:
    log = filled(tmp_path, 6, segment_size=10**6)
    (file,) = files(tmp_path)
    damage(file, everything(log)[4].offset + 20)
    assert texts(log) == [text for text in expected(6) if text not in ("2a", "2b")]


def test_a_group_torn_in_its_middle_keeps_its_sound_records(tmp_path: Path) -> None:
    log = PartitionLog(tmp_path)
    append(log, ["|a"], ["|b"], ["|c"])
    (file,) = files(tmp_path)
    damage(file, everything(log)[1].offset + 10)
    assert texts(PartitionLog(tmp_path)) == ["a", "c"]


def test_a_mark_is_read_as_it_was_written(tmp_path: Path) -> None:
    mark = Mark(tmp_path)
    assert (mark.head, mark.tail) == (None, None)
    mark.move("tail", Place(2**40, 7))
    assert (Mark(tmp_path).head, Mark(tmp_path).tail) == (None, Place(2**40, 7))
    mark.move("head", Place(1, 2))
    assert (Mark(tmp_path).head, Mark(tmp_path).tail) == (Place(1, 2), Place(2**40, 7))
    damage(mark.path, 70)
    assert (Mark(tmp_path).head, Mark(tmp_path).tail) == (Place(1, 2), None)


def _opened(folder: Path) -> None:
    """A hub of two partitions, opened and closed."""

    async def story() -> None:
        await open_hub(folder, "orders", 2, ThreadPoolExecutor(1)).close()

    asyncio.run(story())


def test_a_folder_of_before_the_mark_is_opened_and_gets_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    filled(tmp_path / "0", 3)
    (tmp_path / "0" / "mark").unlink()
    (tmp_path / "hub.json").write_text('{"partitions": 2, "created_ms": 1}')
    _opened(tmp_path)
    assert caplog.text == ""
    assert Mark(tmp_path / "0").tail == Place(PartitionLog(tmp_path / "0", SMALL).end, 6)
    assert Mark(tmp_path / "1").tail == Place(0, 0)


def test_a_partition_of_which_nothing_is_left_is_refused_by_name(tmp_path: Path) -> None:
    _opened(tmp_path)
    _opened(tmp_path)
    (tmp_path / "1" / "mark").unlink()
    with pytest.raises(HubMismatch, match=rf"{tmp_path}/1 is gone or empty.*restore it"):
        _opened(tmp_path)
