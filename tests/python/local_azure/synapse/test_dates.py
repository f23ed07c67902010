"""Functions of dates at the edges of what their types hold, and between clocks.

Source: Microsoft Learn, the page of each function in the Transact-SQL reference.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from .conftest import Error, Pool, check

OFFSET = "CAST('2024-01-01 10:00 +02:00' AS datetimeoffset)"
TABLE: list[tuple[str, Any]] = [
    # A type ends: years are 1 to 9999, datetime begins in 1753 and smalldatetime ends in 2079
    ("CAST('0000-01-01' AS date)", Error(241)),
    ("CAST('1000-01-01' AS date)", dt.date(1000, 1, 1)),
    ("DATEFROMPARTS(0, 1, 1)", Error(289)),
    ("DATEFROMPARTS(10000, 1, 1)", Error(289)),
    ("DATEFROMPARTS(9999, 12, 31)", dt.date(9999, 12, 31)),
    ("DATETIMEFROMPARTS(1700, 1, 2, 3, 4, 5, 0)", Error(289)),
    ("SMALLDATETIMEFROMPARTS(2080, 1, 1, 1, 1)", Error(289)),
    ("EOMONTH('9999-12-31', 1)", Error(517)),
    (f"DATEADD(year, 9000, {OFFSET})", Error(517)),
    # The last moment of a day stays in it, though its seventh digit is lost
    ("CAST('9999-12-31 23:59:59.9999999' AS datetime2)", dt.datetime(9999, 12, 31, 23, 59, 59, 999999)),
    ("CAST('23:59:59.9999999' AS time)", dt.time(23, 59, 59, 999999)),
    ("CAST('2024-01-01 23:59:59.9999999' AS datetime2(3))", dt.datetime(2024, 1, 2)),
    ("TIMEFROMPARTS(23, 59, 59, 9999999, 7)", dt.time(23, 59, 59, 999999)),
    ("CAST('0001-01-01 00:00 +14:00' AS datetimeoffset)", Error(241)),
    # A result is as fine as its type, and a part that is finer is refused
    ("DATETIMEFROMPARTS(2024, 1, 2, 3, 4, 5, 999)", dt.datetime(2024, 1, 2, 3, 4, 6)),
    ("DATEADD(millisecond, 1, CAST('2024-01-01' AS datetime))", dt.datetime(2024, 1, 1)),
    ("DATEADD(millisecond, 2, CAST('2024-01-01' AS datetime))", dt.datetime(2024, 1, 1, 0, 0, 0, 3000)),
    ("DATEADD(second, 31, CAST('2024-01-01' AS smalldatetime))", dt.datetime(2024, 1, 1, 0, 1)),
    ("DATEADD(microsecond, 1, CAST('2024-01-01' AS datetime))", Error(9810)),
    ("DATEADD(nanosecond, 1, CAST('2024-01-01' AS smalldatetime))", Error(9810)),
    # A fraction has as many digits as its precision says, which is a constant
    ("DATETIMEFROMPARTS(2024, 1, 2, 3, 4, 5, 1000)", Error(289)),
    ("DATETIME2FROMPARTS(2024, 1, 2, 3, 4, 5, 123, 2)", Error(289)),
    ("DATETIME2FROMPARTS(2024, 1, 2, 3, 4, 5, 1234567, 7)", dt.datetime(2024, 1, 2, 3, 4, 5, 123457)),
    ("DATETIME2FROMPARTS(2024, 1, 2, 3, 4, 5, 0, NULL)", Error(10760)),
    ("TIMEFROMPARTS(1, 2, 3, 10, 1)", Error(289)),
    ("DATEFROMPARTS(LEFT(x, 4), SUBSTRING(x, 5, 2), RIGHT(x, 2)) FROM (SELECT '20240229' x) q", dt.date(2024, 2, 29)),
    ("DATEFROMPARTS(LEFT(x, 4), SUBSTRING(x, 5, 2), RIGHT(x, 2)) FROM (SELECT '20230229' x) q", Error(289)),
    ("DATETIMEFROMPARTS('2024', '1', '2', '3', '4', '5', '0')", dt.datetime(2024, 1, 2, 3, 4, 5)),
    ("TIMEFROMPARTS('x', 0, 0, 0, 0)", Error(245)),
    # Offsets: a difference is of moments in UTC, and an offset is of 14 hours at most
    (f"DATEDIFF(minute, {OFFSET}, CAST('2024-01-01 10:00 +00:00' AS datetimeoffset))", 120),
    ("DATEDIFF(day, CAST('2024-01-01 23:00 -02:00' AS datetimeoffset), CAST('2024-01-02' AS date))", 0),
    (f"DATENAME(tzoffset, {OFFSET})", "+02:00"),
    ("DATENAME(tzoffset, CAST('2024-01-01' AS datetime2))", "+00:00"),
    ("DATENAME(iso_week, '2024-01-01')", "1"),
    (f"SWITCHOFFSET({OFFSET}, '+15:00')", Error(9812)),
    (f"SWITCHOFFSET({OFFSET}, NULL)", None),
    ("TODATETIMEOFFSET('2024-01-01', 'x')", Error(9812)),
    # A count that leaves every type is 517, one that is no int 8115 ("DATEADD", number and date arguments)
    ("DATEADD(year, 2147483647, '20060731')", Error(517)),
    ("DATEADD(year, -2147483647, '20060731')", Error(517)),
    ("DATEADD(quarter, 1000000000, '20060731')", Error(517)),
    ("DATEADD(week, 2147483647, CAST('2006-07-31' AS date))", Error(517)),
    ("DATEADD(day, 2147483647, CAST('2006-07-31' AS datetime2))", Error(517)),
    ("DATEADD(hour, 2147483647, '20060731')", Error(517)),
    ("DATEADD(year, 2147483648, '20060731')", Error(8115)),
    ("DATEADD(month, 119987, CAST('0001-01-31' AS date))", dt.date(9999, 12, 31)),
    # What a text lacks of a date or a time has its default, what a type lacks is refused ("DATEPART", "DATENAME")
    ("DATEPART(tzoffset, '2007-05-10  00:00:01.1234567 +05:10')", 310),
    ("DATEPART(hour, '2007-10-30 12:15:32.1234567 +05:10')", 12),
    ("DATEPART(weekday, '12:10:30.123')", 2),
    ("DATENAME(month, '12:10:30.123')", "January"),
    ("DATENAME(month, CAST('12:10' AS time))", Error(9810)),
    ("DATENAME(hour, CAST('2024-01-01' AS date))", Error(9810)),
    ("YEAR(CAST('12:10' AS time))", Error(9810)),
    # ISDATE reads what is shown as text, and nothing from an empty one
    ("ISDATE('')", 0),
    ("ISDATE(20240101)", 1),
    ("ISDATE(NULL)", 0),
    ("ISDATE(CAST('2024-01-01' AS date))", Error(8116)),
]


@pytest.mark.parametrize(("expression", "wanted"), TABLE)
def test_a_date_ends_where_its_type_ends(pool: Pool, expression: str, wanted: Any) -> None:
    check(pool, expression, wanted)
