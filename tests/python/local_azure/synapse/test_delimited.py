"""Delimited text: external tables over it, and CREATE EXTERNAL TABLE AS SELECT into it.

Source: Microsoft Learn, "CREATE EXTERNAL FILE FORMAT", delimited text format options.
"""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local_azure.synapse.errors import SqlError

from .conftest import LAKE, Pool

FORMATS = {
    "piped": "",
    "quoted": "FORMAT_OPTIONS (FIELD_TERMINATOR = ',', STRING_DELIMITER = '0x22', FIRST_ROW = 2)",
    "defaults": "FORMAT_OPTIONS (USE_TYPE_DEFAULT = TRUE, Encoding = 'UTF8')",
    "wide": "FORMAT_OPTIONS (FIELD_TERMINATOR = '\\t', ENCODING = 'UTF16')",
    "long": "FORMAT_OPTIONS (FIELD_TERMINATOR = '~|~')",
    "packed": "DATA_COMPRESSION = 'org.apache.hadoop.io.compress.GzipCodec'",
}
COLUMNS = "id int, name nvarchar(5), at datetime2(0), amount decimal(9, 2)"
ROW = (1, "Ann", dt.datetime(2024, 1, 2, 3, 4, 5), Decimal("1.50"))
NUMBERS = itertools.count()
EMPTY = (None, None, None, None)


@pytest.fixture(scope="module", autouse=True)
def formats(pool: Pool) -> None:
    pool("CREATE MASTER KEY CREATE DATABASE SCOPED CREDENTIAL lake WITH IDENTITY = 'Managed Service Identity'")
    pool(f"CREATE EXTERNAL DATA SOURCE lake WITH (TYPE = HADOOP, LOCATION = '{LAKE}', CREDENTIAL = lake)")
    for name, options in FORMATS.items():
        more = f", {options}" if options else ""
        pool(f"CREATE EXTERNAL FILE FORMAT {name} WITH (FORMAT_TYPE = DELIMITEDTEXT{more})")


@pytest.fixture
def table(pool: Pool) -> Callable[..., str]:
    """A table over a file with these bytes."""
    name = f"d{next(NUMBERS)}"

    def made(form: str, content: bytes, columns: str = COLUMNS, file: str = "part.csv") -> str:
        folder = pool.lake / name
        folder.mkdir()
        (folder / file).write_bytes(content)
        with_ = f"LOCATION = '/{name}/', DATA_SOURCE = lake, FILE_FORMAT = {form}"
        pool(f"CREATE EXTERNAL TABLE dbo.{name} ({columns}) WITH ({with_})")
        return f"dbo.{name}"

    return made


@pytest.mark.parametrize(
    ("form", "content", "rows"),
    [
        ("piped", b"1|Ann|2024-01-02 03:04:05|1.5\n|||\n", [ROW, EMPTY]),
        ("quoted", b'id,name,at,amount\n1,"Ann",2024-01-02 03:04:05,1.5\n2,"a,b",,\n',
         [ROW, (2, "a,b", None, None)]),
        ("defaults", b"1|Ann|2024-01-02 03:04:05|1.5\n|||\n",
         [ROW, (0, "", dt.datetime(1900, 1, 1), Decimal("0.00"))]),
        ("wide", "1\tÄnn\t2024-01-02 03:04:05\t1.5\n".encode("utf-16"), [(1, "Änn", *ROW[2:])]),
        ("long", b"1~|~Ann~|~2024-01-02 03:04:05~|~1.5\n", [ROW]),
        ("piped", b"1|NULL|2024-01-02 03:04:05|1.5\r\n", [(1, "NULL", *ROW[2:])]),
        ("piped", b"", []),
    ],
)  # fmt: skip
def test_a_text_file_is_read_by_its_format(
    pool: Pool, table: Callable[..., str], form: str, content: bytes, rows: list[tuple[Any, ...]]
) -> None:
    assert pool(f"SELECT * FROM {table(form, content)}") == rows


def test_a_compressed_file_is_read(pool: Pool, table: Callable[..., str]) -> None:
    packed = gzip.compress(b"1|Ann|2024-01-02 03:04:05|1.5\n")
    assert pool(f"SELECT * FROM {table('packed', packed, file='part.txt.gz')}") == [ROW]


@pytest.mark.parametrize(
    "content",
    [
        b"x|Ann|2024-01-02|1\n",
        b"1|longer than five|2024-01-02|1\n",
        b"1|Ann|no day|1\n",
        b"1|Ann\n",
        b"1|Ann|2024-01-02|1|more\n",
    ],
)
def test_a_row_that_is_none_ends_the_query(pool: Pool, table: Callable[..., str], content: bytes) -> None:
    name = table("piped", content)
    with pytest.raises(SqlError, match="maximum reject threshold") as raised:
        pool(f"SELECT * FROM {name}")
    assert raised.value.number == 107090


def _exported(pool: Pool, name: str) -> tuple[str, bytes]:
    (file,) = (pool.lake / name).iterdir()
    content = file.read_bytes()
    return "".join(Path(file.name).suffixes), gzip.decompress(content) if file.suffix == ".gz" else content


@pytest.mark.parametrize(
    ("form", "suffix", "content"),
    [
        ("piped", ".txt", "1|ä|2024-01-02 03:04:05.000|1.50|1\n||||\n"),
        ("quoted", ".txt", 'id,"name",at,amount,yes\n1,"ä",2024-01-02 03:04:05.000,1.50,1\n,,,,\n'),
        ("packed", ".txt.gz", "1|ä|2024-01-02 03:04:05.000|1.50|1\n||||\n"),
    ],
)
def test_a_query_is_written_as_text_and_read_back(pool: Pool, form: str, suffix: str, content: str) -> None:
    select = (
        "SELECT CAST(1 AS int) AS id, N'ä' AS name, CAST('2024-01-02 03:04:05' AS datetime) AS at, "
        "CAST(1.5 AS decimal(9, 2)) AS amount, CAST(1 AS bit) AS yes UNION ALL SELECT NULL, NULL, NULL, NULL, NULL"
    )
    with_ = f"WITH (LOCATION = '/out_{form}/', DATA_SOURCE = lake, FILE_FORMAT = {form})"
    pool(f"CREATE EXTERNAL TABLE dbo.out_{form} {with_} AS {select}")
    assert _exported(pool, f"out_{form}") == (suffix, content.encode())
    assert pool(f"SELECT * FROM dbo.out_{form}") == pool(select)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CREATE EXTERNAL FILE FORMAT x WITH (FORMAT_TYPE = DELIMITEDTEXT, FORMAT_OPTIONS (FIRST_ROW = 16))", 102),
        ("CREATE EXTERNAL FILE FORMAT x WITH (FORMAT_TYPE = DELIMITEDTEXT, FORMAT_OPTIONS (ENCODING = 'LATIN'))", 102),
        ("CREATE EXTERNAL FILE FORMAT x WITH (FORMAT_TYPE = DELIMITEDTEXT, FORMAT_OPTIONS (NOTHING = 1))", 102),
        ("CREATE EXTERNAL FILE FORMAT x WITH (FORMAT_TYPE = DELIMITEDTEXT, FORMAT_OPTIONS (USE_TYPE_DEFAULT = 2))",
         102),
        ("CREATE EXTERNAL FILE FORMAT x WITH (FORMAT_TYPE = DELIMITEDTEXT, DATA_COMPRESSION = 'zip')", 102),
        ("CREATE EXTERNAL FILE FORMAT x WITH (FORMAT_TYPE = PARQUET, FORMAT_OPTIONS (FIRST_ROW = 2))", 102),
        ("CREATE EXTERNAL FILE FORMAT x WITH (FORMAT_TYPE = ORC)", 40517),
        ("CREATE EXTERNAL FILE FORMAT x WITH (FORMAT_TYPE = DELIMITEDTEXT, "
         "FORMAT_OPTIONS (DATE_FORMAT = 'dd/MM/yyyy'))", 40517),
        ("CREATE EXTERNAL TABLE dbo.w WITH (LOCATION = '/w/', DATA_SOURCE = lake, FILE_FORMAT = wide) AS "
         "SELECT 1 AS a", 40517),
        ("CREATE EXTERNAL TABLE dbo.w (a int) WITH (LOCATION = '/', DATA_SOURCE = lake, FILE_FORMAT = piped, "
         "REJECT_TYPE = VALUE, REJECT_VALUE = 3)", 40517),
    ],
)  # fmt: skip
def test_what_a_format_cannot_say_is_told(pool: Pool, text: str, number: int) -> None:
    with pytest.raises(SqlError) as raised:
        pool(text)
    assert raised.value.number == number


def test_a_format_stands_in_the_catalogue(pool: Pool) -> None:
    columns = "format_type, field_terminator, string_delimiter, use_type_default, encoding, data_compression"
    query = f"SELECT {columns} FROM sys.external_file_formats WHERE name = "
    assert pool(f"{query} 'quoted'") == [("DELIMITEDTEXT", ",", "0x22", False, "UTF8", None)]
    assert pool(f"{query} 'packed'") == [
        ("DELIMITEDTEXT", "|", "", False, "UTF8", "org.apache.hadoop.io.compress.GzipCodec")
    ]
