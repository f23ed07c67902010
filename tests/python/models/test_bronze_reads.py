"""What an increment of bronze reads of its raw table: what stands behind the positions that it holds, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.connections import lakehouse

from ._dbt import dbt

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("built")]
DEPARTMENTS = ("sales", "marketing", "support", "finance", "customer")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of bronze's statements as the next build would send them."""
    folder = tmp_path_factory.mktemp("compiled")
    dbt("compile", "--select", "path:models/bronze", target="local", folder=folder)
    return folder / "compiled/customer_data_pipeline/models/bronze"


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_an_increment_tells_delta_which_files_it_needs(compiled: Path, department: str) -> None:
    statement = (compiled / department / f"bronze_{department}_events.sql").read_text()
    (plan,) = lakehouse(f"explain formatted {statement}")
    (pushed,) = re.findall(r"PushedFilters: (\[.*\])", plan[0][0])
    table = f"lakehouse.bronze.bronze_{department}_events"
    (positions, *_) = lakehouse(f"select partition_id, max(sequence_number) from {table} group by partition_id")
    assert positions
    for partition_id, sequence_number in positions:
        assert f"EqualTo(partition_id,{partition_id}),GreaterThan(sequence_number,{sequence_number})" in pushed


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_an_increment_without_news_reads_no_row(compiled: Path, department: str) -> None:
    statement = (compiled / department / f"bronze_{department}_events.sql").read_text()
    (((count,),),) = lakehouse(f"select count(*) from ({statement})")
    assert count == 0
