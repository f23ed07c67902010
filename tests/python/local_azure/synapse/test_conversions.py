"""Conversions that lose something, or lead nowhere: styles, bytes, identifiers, money, and what TRY_CAST makes of them.

Source: Microsoft Learn, "CAST and CONVERT (Transact-SQL)", "uniqueidentifier", "money and smallmoney", "Data type
conversion (Database Engine)" with its chart of implicit conversions, and the page of each operator.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Error, Pool, check, refused

GUID = uuid.UUID("6F9619FF-8B86-D011-B42D-00C04FC964FF")
TIME, DATE = "CAST('15:01:12.9' AS time(1))", "CAST('2024-01-01' AS date)"
OFFSET = "CAST('2024-01-01 10:00:00 +02:00' AS datetimeoffset(0))"
TABLE: list[tuple[str, Any]] = [
    # Hours of one digit have a blank before them
    ("CONVERT(varchar(30), CAST('2024-01-02 15:04:05' AS datetime), 22)", "01/02/24  3:04:05 PM"),
    ("CONVERT(varchar(30), CAST('2024-01-02 10:04:05' AS datetime), 22)", "01/02/24 10:04:05 AM"),
    # char is padded, whatever it is made of
    ("CAST(12 AS char(5))", "12   "),
    ("CAST(1234 AS char(2))", "* "),
    ("CAST(CAST(1.5 AS money) AS nchar(6))", "1.50  "),
    ("CAST(CAST('10:11:12.999' AS time) AS smalldatetime)", dt.datetime(1900, 1, 1, 10, 11)),
    # Numbers and moments as bytes, cut and padded on the left; text on the right
    ("CAST(1 AS binary(8))", b"\0\0\0\0\0\0\0\1"),
    ("CAST('a' AS binary(3))", b"a\0\0"),
    ("CAST(258 AS varbinary(1))", b"\2"),
    ("CAST(-1 AS varbinary(2))", b"\xff\xff"),
    ("CAST(CAST(-1.5 AS money) AS varbinary(8))", (-15000).to_bytes(8, "big", signed=True)),
    ("CAST(CAST(CAST(-1.5 AS money) AS varbinary(8)) AS money)", Decimal("-1.5")),
    ("CAST(1e0 AS varbinary(8))", b"\x3f\xf0\0\0\0\0\0\0"),
    ("CAST(CAST(1 AS real) AS varbinary(8))", b"\x3f\x80\0\0"),
    ("CAST(CAST('1900-01-02 00:00:01' AS datetime) AS varbinary(8))", b"\0\0\0\1\0\0\1\x2c"),
    ("CAST(CAST('1899-12-31' AS datetime) AS varbinary(8))", b"\xff\xff\xff\xff\0\0\0\0"),
    ("CAST(CAST('1900-01-02 00:02' AS smalldatetime) AS varbinary(8))", b"\0\1\0\2"),
    ("CAST(CAST(193.57 AS decimal(5, 2)) AS varbinary(20))", b"\5\2\0\1\x9d\x4b\0\0"),
    ("CAST(CAST(CAST(-193.57 AS decimal(25, 2)) AS varbinary(20)) AS decimal(10, 5))", Decimal("-193.57")),
    ("CAST(0x01 AS decimal(5, 2))", Error(8114)),
    ("CAST(CAST(0x41 AS nvarchar(9)) AS varbinary(9))", b"A\0"),
    # A date has no clock to show, and a time no day
    (f"CONVERT(varchar(30), {TIME}, 0)", "3:01PM"),
    (f"CONVERT(varchar(30), {TIME}, 100)", "3:01PM"),
    (f"CONVERT(varchar(30), {TIME}, 109)", "3:01:12.9PM"),
    (f"CONVERT(varchar(30), {TIME}, 108)", "15:01:12"),
    (f"CONVERT(varchar(30), {TIME}, 120)", "15:01:12"),
    (f"CONVERT(varchar(30), {TIME}, 121)", "15:01:12.9"),
    (f"CONVERT(varchar(30), {TIME}, 101)", Error(8114)),
    (f"CONVERT(varchar(30), {TIME}, 999)", Error(281)),
    (f"CONVERT(varchar(30), {DATE}, 0)", "Jan  1 2024"),
    (f"CONVERT(varchar(30), {DATE}, 109)", "Jan  1 2024"),
    (f"CONVERT(varchar(30), {DATE}, 113)", "01 Jan 2024"),
    (f"CONVERT(varchar(30), {DATE}, 120)", "2024-01-01"),
    (f"CONVERT(varchar(30), {DATE}, 108)", Error(8114)),
    (f"CONVERT(varchar(30), {OFFSET}, 101)", "01/01/2024"),
    (f"CONVERT(varchar(40), {OFFSET}, 120)", "2024-01-01 10:00:00 +02:00"),
    (f"CONVERT(varchar(40), {OFFSET}, 126)", "2024-01-01T10:00:00+02:00"),
    (f"CONVERT(varchar(40), {OFFSET}, 127)", "2024-01-01T08:00:00Z"),
    # A style is an expression: of NULL nothing, of none that there is an error ("CAST and CONVERT", style)
    (f"CONVERT(varchar(30), {DATE}, NULL)", None),
    (f"CONVERT(varchar(30), {DATE}, 100 + 12)", "20240101"),
    (f"CONVERT(varchar(30), {DATE}, s) FROM (SELECT 103 s) q", "01/01/2024"),
    (f"CONVERT(varchar(30), {DATE}, s) FROM (SELECT 108 s) q", Error(8114)),
    (f"CONVERT(varchar(30), {DATE}, s) FROM (SELECT 77 s) q", Error(281)),
    (f"CONVERT(varchar(30), {DATE}, s) FROM (SELECT CAST(NULL AS int) s) q", None),
    ("CONVERT(date, '02/01/2024', s) FROM (SELECT 103 s) q", dt.date(2024, 1, 2)),
    ("CONVERT(varchar(30), CAST(1234.5 AS money), s) FROM (SELECT 1 s) q", "1,234.50"),
    ("CONVERT(varchar(30), 5, s) FROM (SELECT 77 s) q", "5"),
    # Hexadecimal digits come in pairs, with 0x before them in style 1 alone
    ("CONVERT(varbinary(8), 'x', 2)", Error(8114)),
    ("CONVERT(varbinary(8), '0xABC', 1)", Error(8114)),
    ("CONVERT(varbinary(8), 'AB', 1)", Error(8114)),
    ("TRY_CONVERT(varbinary(8), 'zz', 2)", None),
    # Identifiers: as bytes, in braces, with something behind them, and in too little room
    (f"CAST(CAST('{GUID}' AS uniqueidentifier) AS binary(16))", GUID.bytes_le),
    (f"CAST(0x{GUID.bytes_le.hex()} AS uniqueidentifier)", GUID),
    (f"CAST('{{{GUID}}}' AS uniqueidentifier)", GUID),
    (f"CAST('{GUID}wrong' AS uniqueidentifier)", GUID),
    (f"TRY_CAST('{GUID.hex}' AS uniqueidentifier)", None),
    ("CAST(NEWID() AS varchar(10))", Error(8170)),
    ("TRY_CAST(NEWID() AS varchar(10))", None),
    # Money ends at 64 bits, smallmoney at 32
    ("CAST(922337203685477.5807 AS money)", Decimal("922337203685477.5807")),
    ("CAST(922337203685477.5808 AS money)", Error(8115)),
    ("CAST('-922337203685477.5809' AS money)", Error(8115)),
    ("CAST(300000 AS smallmoney)", Error(8115)),
    ("TRY_CAST(300000 AS smallmoney)", None),
    ("CAST(922337203685477.58 AS money) + CAST(1 AS money)", Error(8115)),
    ("CAST(922337203685477.58 AS money) * CAST(1.1 AS money)", Error(8115)),
    ("SUM(m) FROM (SELECT CAST(922337203685477.58 AS money) m UNION ALL SELECT 1) q", Error(8115)),
    ("CAST(214748 AS smallmoney) + CAST(1 AS smallmoney)", Error(8115)),
    ("TRY_CAST(1.5 AS varchar(2))", None),
    # Bytes meet text and integers by themselves; what never converts is another error than what is not here
    ("CASE WHEN 'A' = 0x41 THEN 1 ELSE 0 END", 1),
    ("0x0A + 1", 11),
    ("COALESCE(0x41, 'b')", "A"),
    ("'x' + 0x41", Error(402)),
    ("0x01 + 1e0", Error(206)),
    ("CAST(0x01 AS float)", Error(529)),
    ("CAST(0x01 AS datetime)", Error(40517)),
    ("CAST(CAST(1 AS bit) AS binary(1))", b"\x01"),
    # Two operands of one type are 8117, of two types 402 (rundeck, issue 9844; jOOQ, issue 6170)
    ("'5' - '2'", Error(8117)),
    ("CAST(1 AS bit) * CAST(1 AS bit)", Error(8117)),
    (f"{DATE} - {DATE}", Error(8117)),
    (f"{TIME} + {TIME}", Error(8117)),
    ("SYSDATETIME() - SYSDATETIME()", Error(8117)),
    ("SYSDATETIME() - GETDATE()", Error(402)),
    ("1e0 % 2e0", Error(402)),
    # Signs and bits
    ("-CAST(1 AS tinyint)", -1),
    ("-CAST(1 AS bit)", Error(8117)),
    ("-'5'", Error(8117)),
    ("+'a'", "a"),
    ("~CAST(1 AS bit)", False),
    ("~1.5", Error(8117)),
    ("CAST(1 AS bit) & CAST(0 AS bit)", False),
    ("CAST(1 AS bit) & 3", 1),
    ("1.5 & 1", Error(402)),
    ("$1 | 1", Error(402)),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "wanted"), TABLE)
def test_a_conversion_gives_what_a_pool_gives(pool: Pool, expression: str, wanted: Any) -> None:
    check(pool, expression, wanted)


def test_a_negative_tinyint_is_a_smallint(pool: Pool) -> None:
    assert pool.type("-CAST(1 AS tinyint)") == "smallint"


def test_a_column_of_bytes_takes_bytes_and_integers_but_no_text(pool: Pool) -> None:
    pool("CREATE TABLE dbo.bytes (v varbinary(8), t varchar(5)) WITH (HEAP)")
    assert refused(pool, "INSERT INTO dbo.bytes (v) VALUES ('abc')") == 257
    pool("INSERT INTO dbo.bytes VALUES (0x01, 0x4142) INSERT INTO dbo.bytes VALUES (5, NULL)")
    assert pool("SELECT v, t FROM dbo.bytes ORDER BY v") == [(b"\0\0\0\x05", None), (b"\x01", "AB")]
