"""External tables and COPY INTO read Parquet below the storage folder, and nothing else."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local_azure.synapse.errors import SqlError

if TYPE_CHECKING:
    from conftest import Pool

LAKE = "abfss://lake@local.dfs.core.windows.net"
COLUMNS = "id bigint, name nvarchar(20), amount decimal(19, 4), at datetime2(6), day date, ok bit"


def write(folder: Path, file: str = "part-0.parquet", **changed: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    columns = {
        "id": pa.array([1, 2], pa.int64()),
        "name": pa.array(["Ann", None]),
        "amount": pa.array([Decimal("1.5000"), Decimal("2.2500")], pa.decimal128(19, 4)),
        "at": pa.array([dt.datetime(2024, 1, 1, 1, 2, 3, 4)] * 2, pa.timestamp("us", tz="UTC")),
        "day": pa.array([dt.date(2024, 1, 1)] * 2),
        "ok": pa.array([True, False]),
    }
    pq.write_table(pa.table({k: v for k, v in (columns | changed).items() if v is not None}), folder / file)


@pytest.fixture(scope="module", autouse=True)
def source(pool: Pool) -> None:
    pool("CREATE MASTER KEY")
    pool("CREATE DATABASE SCOPED CREDENTIAL lake WITH IDENTITY = 'Managed Service Identity'")
    pool(f"CREATE EXTERNAL DATA SOURCE lake WITH (TYPE = HADOOP, LOCATION = '{LAKE}', CREDENTIAL = lake)")
    pool("CREATE EXTERNAL FILE FORMAT parquet_format WITH (FORMAT_TYPE = PARQUET)")


def external(pool: Pool, name: str, location: str, columns: str = COLUMNS) -> None:
    pool(
        f"CREATE EXTERNAL TABLE dbo.{name} ({columns}) WITH (LOCATION = '{location}', DATA_SOURCE = lake, "
        "FILE_FORMAT = parquet_format, REJECT_TYPE = VALUE, REJECT_VALUE = 0)"
    )


def test_reads_a_version(pool: Pool) -> None:
    """`version=1` adds no column, `_SUCCESS` and hidden files are no data, new files are seen."""
    folder = pool.lake / "publish" / "x" / "version=1"
    write(folder)
    (folder / "_SUCCESS").touch()
    (folder / ".crc").write_text("x")
    external(pool, "x", "/publish/x/version=1/")
    assert pool("SELECT * FROM dbo.x ORDER BY id")[0] == (
        1, "Ann", Decimal("1.5000"), dt.datetime(2024, 1, 1, 1, 2, 3, 4), dt.date(2024, 1, 1), True,
    )  # fmt: skip
    write(folder / "deeper", "part-1.parquet")
    assert pool.value("SELECT COUNT(*) FROM dbo.x") == 4
    found = pool("SELECT location, data_source_name, file_format_name FROM sys.external_tables WHERE name = 'x'")
    assert found == [("/publish/x/version=1/", "lake", "parquet_format")]
    assert (
        pool.value(
            "SELECT character_maximum_length FROM INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'x' AND "
            "column_name = 'name'"
        )
        == 20
    )
    pool("DROP EXTERNAL TABLE dbo.x")
    assert (folder / "part-0.parquet").exists()


def test_copy_into(pool: Pool) -> None:
    write(pool.lake / "copy")
    pool(f"CREATE TABLE dbo.c ({COLUMNS}) COPY INTO dbo.c FROM '{LAKE}/copy/' WITH (FILE_TYPE = 'PARQUET')")
    assert pool.value("SELECT SUM(amount) FROM dbo.c") == Decimal("3.7500")


@pytest.mark.parametrize(
    ("columns", "number"),
    [
        (COLUMNS.replace(", ok bit", ""), 106000),  # too few
        (COLUMNS.replace("name", "title"), 106000),  # another name
        (COLUMNS.replace("id bigint", "id int"), 106000),  # narrower than the file
        (COLUMNS.replace("id bigint", "id varchar(9)"), 106000),  # another family
        (COLUMNS.replace("decimal(19, 4)", "decimal(19, 2)"), 106000),  # digits would be lost
        (COLUMNS.replace("decimal(19, 4)", "float"), 106000),
    ],
)
def test_columns_must_agree(pool: Pool, columns: str, number: int) -> None:
    write(pool.lake / "agree")
    with pytest.raises(SqlError) as caught:
        external(pool, "bad", "/agree", columns)
    assert caught.value.number == number


def test_text_too_long_is_an_error(pool: Pool) -> None:
    write(pool.lake / "long", name=pa.array(["x" * 21, "y"]))
    external(pool, "long", "/long")
    with pytest.raises(SqlError) as caught:
        pool("SELECT name FROM dbo.long")
    assert caught.value.number == 8152


@pytest.mark.parametrize("location", ["/../secret", "/../../etc", "/nothing"])
def test_no_way_out(pool: Pool, location: str) -> None:
    write(pool.lake.parent / "secret")
    with pytest.raises(SqlError) as caught:
        external(pool, "out", location)
    assert caught.value.number in {105001, 105002}


def test_no_way_out_by_a_link(pool: Pool) -> None:
    write(pool.lake.parent / "linked")
    (pool.lake / "link").symlink_to(pool.lake.parent / "linked")
    with pytest.raises(SqlError) as caught:
        external(pool, "out", "/link")
    assert caught.value.number == 105001


def test_other_sources_are_refused(pool: Pool) -> None:
    pool(
        "CREATE EXTERNAL DATA SOURCE other WITH (TYPE = HADOOP, LOCATION = 'abfss://a@b.dfs.core.windows.net', "
        "CREDENTIAL = lake)"
    )
    text = (
        "CREATE EXTERNAL TABLE dbo.o (a int) WITH (LOCATION = '/', DATA_SOURCE = other, FILE_FORMAT = parquet_format)"
    )
    with pytest.raises(SqlError) as caught:
        pool(text)
    assert caught.value.number == 105001
    with pytest.raises(SqlError) as caught:
        pool("CREATE EXTERNAL FILE FORMAT orc WITH (FORMAT_TYPE = ORC)")
    assert caught.value.number == 40517
