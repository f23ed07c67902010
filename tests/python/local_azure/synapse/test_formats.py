"""FORMAT by .NET's standard and custom formats.

Source: Microsoft Learn, FORMAT (Transact-SQL) with its examples; .NET's "Custom numeric format strings", "Standard
numeric format strings", "Standard TimeSpan format strings" and "Custom date and time format strings".
"""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Error, Pool, check

NUMBERS: list[tuple[str, str, str | None]] = [
    # Text between the digits stays in its place, counted from the point
    ("123456789", "###-##-####", "123-45-6789"),
    ("5551234567", "(###) ###-####", "(555) 123-4567"),
    ("12", '0 "units"', "12 units"),
    ("12", "0 \\u", "12 u"),
    # Sections of positive numbers, negative ones and zero
    ("5", "0;(0)", "5"),
    ("-5", "0;(0)", "(5)"),
    ("0", "0;(0);zero", "zero"),
    ("-0.4", "0;(0);zero", "zero"),
    # Places, groups and scales
    ("0", "#", ""),
    ("0.5", "#.##", ".5"),
    ("12", "0.##", "12"),
    ("-1234.5", "#,##0.00", "-1,234.50"),
    ("1234567", "0,,", "1"),
    ("1234567", "#,##0,K", "1,235K"),
    ("0.256", "0.0%", "25.6%"),
    # Standard formats
    ("1234.567", "E2", "1.23E+003"),
    ("999.9", "e1", "1.0e+003"),
    ("1.50", "G", "1.50"),
    ("5.5", "D", None),
    ("-12", "D5", "-00012"),
    ("255", "X", "FF"),
    ("255", "x4", "00ff"),
    ("-1", "X", "FFFFFFFF"),
    ("CAST(-1 AS smallint)", "X", "FFFF"),
    ("CAST(-1 AS bigint)", "X", "FFFFFFFFFFFFFFFF"),
    ("1.5e0", "R", "1.5"),
    # What is no format of the number gives NULL
    ("1.5", "X", None),
    ("1.5", "R", None),
    ("1", "Q", None),
]
TIMES: list[tuple[str, str, Any]] = [
    ("CAST('07:35' AS time)", "hh.mm", None),
    ("CAST('07:35' AS time)", "hh:mm", None),
    ("CAST('07:35' AS time)", "hh\\.mm", "07.35"),
    ("CAST('17:35:01.5' AS time)", "hh\\:mm\\:ss\\.ff", "17:35:01.50"),
    ("CAST('07:35' AS time)", "c", "07:35:00"),
    ("CAST('17:35:01.5' AS time)", "t", "17:35:01.5000000"),
    ("CAST('2024-01-02 13:04:05' AS datetime)", "o", "2024-01-02T13:04:05.0000000"),
    ("CAST('2024-01-02 13:04:05' AS datetime)", "R", "Tue, 02 Jan 2024 13:04:05 GMT"),
    ("CAST('2024-01-02 13:04:05' AS datetime)", "%d", "2"),
    ("CAST('2024-01-02 13:04:05' AS datetime)", "q", None),
    ("CAST('2024-01-02 13:04:05' AS datetime)", "dd\\d", "02d"),
    ("CAST('2024-01-02 13:04 +02:00' AS datetimeoffset)", "yyyy-MM-dd HH:mm", "2024-01-02 13:04"),
    ("CAST('2024-01-02 13:04 +02:00' AS datetimeoffset)", "zzz", Error(40517)),
]


@pytest.mark.parametrize(("value", "pattern", "wanted"), NUMBERS)
def test_a_number_is_shown_by_its_format(pool: Pool, value: str, pattern: str, wanted: str | None) -> None:
    check(pool, f"FORMAT({value}, '{pattern}')", wanted)


@pytest.mark.parametrize(("value", "pattern", "wanted"), TIMES)
def test_a_time_is_a_span_and_a_moment_a_date(pool: Pool, value: str, pattern: str, wanted: Any) -> None:
    check(pool, f"FORMAT({value}, '{pattern}')", wanted)
