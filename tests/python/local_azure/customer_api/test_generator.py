"""The seeded sample: the same positions give the same bytes, always."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from local_azure.customer_api.generator import SeededSource
from local_azure.customer_api.source import Issued, id_checksum, issued_at, ledger, position_since

SIZE = 6000
WHOLE = SeededSource(seed=7, events=SIZE).records(0, SIZE)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    assert SeededSource(seed=7, events=SIZE).records(0, SIZE) == WHOLE
    assert SeededSource(seed=8, events=SIZE).records(0, 50) != WHOLE[:50]


def test_a_longer_run_begins_with_the_shorter_one() -> None:
    assert SeededSource(seed=7, events=SIZE - 1001).records(0, SIZE) == WHOLE[: SIZE - 1001]


@settings(max_examples=30, deadline=None)
@given(start=st.integers(0, SIZE + 10), limit=st.integers(1, 900))
def test_any_slice_equals_the_wholes_slice(start: int, limit: int) -> None:
    assert SeededSource(seed=7, events=SIZE).records(start, limit) == WHOLE[start : start + limit]


def test_slices_asked_for_at_the_same_time_are_the_wholes_slices() -> None:
    for _ in range(3):
        source = SeededSource(seed=7, events=SIZE)
        with ThreadPoolExecutor(8) as pool:
            pages = list(pool.map(lambda start, source=source: source.records(start, 500), range(SIZE - 500, -1, -500)))
        assert [record for page in reversed(pages) for record in page] == WHOLE


def test_batches_give_everything_once_and_keep_copies_together() -> None:
    batches = list(SeededSource(seed=7, events=SIZE).batches())
    assert [record for batch in batches for record in batch] == WHOLE
    owners = Counter(record_id for batch in batches for record_id in {record.record_id for record in batch})
    assert set(owners.values()) == {1}


def test_duplicates_and_every_kind_of_bad_record_occur() -> None:
    fates = Counter(record.fate for record in WHOLE)
    assert set(fates) == {"good", "malformed", "unknown", "rejected"}
    assert len({record.record_id for record in WHOLE}) < SIZE


def test_the_ledger_counts_as_brute_force_does() -> None:
    unique: dict[str, Issued] = {}
    copies = Counter[str]()
    for record in WHOLE:
        copies[record.event_type] += record.record_id in unique
        unique.setdefault(record.record_id, record)
    found = ledger(SeededSource(seed=7, events=SIZE)).as_json()
    assert sum(row["issued"] for row in found["rows"]) == len(unique)
    for row in found["rows"]:
        mine = [record for record in unique.values() if record.event_type == row["what"]]
        fates = Counter(record.fate for record in mine)
        assert row == {
            "what": row["what"],
            "issued": len(mine),
            "duplicates_issued": copies[row["what"]],
            "id_checksum": str(sum(id_checksum(record.record_id) for record in mine)),
            **{fate: fates[fate] for fate in ("good", "malformed", "unknown", "rejected")},
        }
    for department, money in found["money"].items():
        mine = [record for record in unique.values() if record.department == department]
        assert Decimal(money) == sum((record.amount for record in mine), Decimal(0))


@given(position=st.integers(0, 10**9), before=st.integers(0, 19_999))
def test_a_moment_is_a_position(position: int, before: int) -> None:
    source = SeededSource(seed=7, events=1)
    moment = issued_at(source, position) - timedelta(microseconds=before)
    assert position_since(source, moment) == position
