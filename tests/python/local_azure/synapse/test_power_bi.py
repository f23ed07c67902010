"""Power Query's and Power BI's conversation: connect, navigate, preview, fold, DirectQuery.

The statements have the shape that the SQL Server connector sends (Query Diagnostics shows them); each figure is
computed here anew, in Python, from the rows that were written.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Pool

pytestmark = pytest.mark.client("Power Query and Power BI, by their statements")

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Order:
    order_id: int
    customer_id: int | None
    channel: str | None
    amount: Decimal
    ordered_at: dt.datetime
    paid: bool


@dataclass(frozen=True)
class Customer:
    customer_id: int
    name: str
    country: str | None


CHANNELS = ["web", "Web", "store", None, "Österreich", "phone"]
ORDERS = [
    Order(
        i, i % 7 if i % 11 else None, CHANNELS[i % 6], Decimal(i * 37 % 101) / 4,
        dt.datetime(2024, 1 + i % 12, 1 + i % 28, i % 24, i % 60), i % 3 == 0,
    )
    for i in range(120)
]  # fmt: skip
CUSTOMERS = [Customer(i, f"Ann {i}", ["DE", "FR", None][i % 3]) for i in range(5)]
COUNTRIES = {c.customer_id: c.country for c in CUSTOMERS}

FACT = (
    "(select [_].[order_id] as [order_id], [_].[customer_id] as [customer_id], [_].[channel] as [channel], "
    "[_].[amount] as [amount], [_].[ordered_at] as [ordered_at], [_].[paid] as [paid] from [pbi].[orders] as [_])"
)
DIMENSION = (
    "(select [$Table].[customer_id] as [customer_id], [$Table].[name] as [name], [$Table].[country] as [country] "
    "from [pbi].[customers] as [$Table])"
)
STAR = f"{FACT} AS [t0] LEFT OUTER JOIN {DIMENSION} AS [t1] ON ([t0].[customer_id] = [t1].[customer_id])"


@pytest.fixture(scope="module", autouse=True)
def tables(pool: Pool) -> None:
    pool("CREATE SCHEMA pbi")
    pool(
        """CREATE TABLE pbi.orders (order_id int NOT NULL, customer_id int, channel nvarchar(20), amount decimal(19, 4),
        ordered_at datetime2(6), paid bit) WITH (DISTRIBUTION = HASH(order_id), CLUSTERED COLUMNSTORE INDEX)
        CREATE TABLE pbi.customers (customer_id int NOT NULL, name nvarchar(50) DEFAULT N'?', country char(2),
        CONSTRAINT pk_customers PRIMARY KEY NONCLUSTERED (customer_id) NOT ENFORCED) WITH (HEAP)"""
    )
    for table, rows in (("orders", ORDERS), ("customers", CUSTOMERS)):
        body = " UNION ALL ".join(f"SELECT {', '.join(map(_literal, astuple(row)))}" for row in rows)
        pool(f"INSERT INTO pbi.{table} {body}")


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return f"CAST({int(value)} AS bit)"
    return str(value) if isinstance(value, int | Decimal) else f"N'{value}'"


def folded(text: str | None) -> str | None:
    """What the collation takes for equal."""
    return None if text is None else text.casefold()


def summed(key: Callable[[Order], Any], orders: Iterable[Order] = ORDERS) -> dict[Any, Decimal]:
    found: dict[Any, Decimal] = defaultdict(Decimal)
    for order in orders:
        found[key(order)] += order.amount
    return dict(found)


def by_first(rows: Rows) -> dict[Any, Any]:
    return {folded(row[0]): row[1] for row in rows}


# Connect and navigate


def test_the_navigator_lists_tables(pool: Pool) -> None:
    found = pool(
        """select t.[TABLE_CATALOG], t.[TABLE_SCHEMA], t.[TABLE_NAME], t.[TABLE_TYPE], tv.create_date [CREATED_DATE],
          tv.modify_date [MODIFIED_DATE], cast(e.value as nvarchar(max)) [DESCRIPTION]
        from [INFORMATION_SCHEMA].[TABLES] t join sys.schemas s on s.name = t.[TABLE_SCHEMA]
        join sys.objects tv on tv.name = t.[TABLE_NAME] and tv.schema_id = s.schema_id and tv.parent_object_id = 0
        left outer join sys.extended_properties e on tv.object_id = e.major_id and e.minor_id = 0 and e.class = 1
          and e.name = 'MS_Description' where t.[TABLE_SCHEMA] = 'pbi'"""
    )
    assert {row[:4] for row in found} == {
        ("warehouse", "pbi", "orders", "BASE TABLE"),
        ("warehouse", "pbi", "customers", "BASE TABLE"),
    }


def test_the_navigator_lists_routines(pool: Pool) -> None:
    pool("CREATE FUNCTION pbi.only (@id int) RETURNS TABLE AS RETURN SELECT @id AS id")
    found = pool(
        """select r.[ROUTINE_SCHEMA], r.[ROUTINE_NAME], r.[ROUTINE_TYPE], p.create_date [CREATED_DATE],
          p.modify_date [MODIFIED_DATE], cast(e.value as nvarchar(max)) [DESCRIPTION]
        from [INFORMATION_SCHEMA].[ROUTINES] r join sys.schemas s on s.name = r.[ROUTINE_SCHEMA]
        join sys.objects p on p.name = r.[ROUTINE_NAME] and p.schema_id = s.schema_id and p.parent_object_id = 0
        left outer join sys.extended_properties e on p.object_id = e.major_id and e.minor_id = 0 and e.class = 1
          and e.name = 'MS_Description' where r.[ROUTINE_SCHEMA] = 'pbi'"""
    )
    assert [row[:3] for row in found] == [("pbi", "only", "FUNCTION")]


def test_the_navigator_reads_columns(pool: Pool) -> None:
    found = pool(
        """select c.name [COLUMN_NAME], cast(c.column_id as bigint) [ORDINAL_POSITION], c.is_nullable [IS_NULLABLE],
          case when (t.is_user_defined = 0 and t.name is not null) then t.name
            when (c.system_type_id = 240 or t.name is null) then 'udt' else t_system.name end [DATA_TYPE],
          case when (c.system_type_id in (59, 62)) then 2
            when (c.system_type_id in (48, 52, 56, 60, 104, 106, 108, 122, 127)) then 10 else null end [RADIX],
          c.precision [NUMERIC_PRECISION], c.scale [NUMERIC_SCALE],
          case when (c.system_type_id in (231, 239)) then floor(c.max_length / 2)
            when (c.system_type_id in (165, 167, 173, 175)) then c.max_length else null end [LENGTH],
          d.definition [COLUMN_DEFAULT], cc.definition [COLUMN_EXPRESSION],
          case when c.is_identity = 1 or c.is_computed = 1 or t.system_type_id = 189 or c.generated_always_type > 0
            then 0 else 1 end [IS_WRITABLE]
        from sys.objects o join sys.schemas s on s.schema_id = o.schema_id
        join sys.columns c on o.object_id = c.object_id left join sys.types t on c.user_type_id = t.user_type_id
        left join sys.types t_system on t.system_type_id = t_system.user_type_id
        left join sys.default_constraints d on d.object_id = c.default_object_id
        left join sys.computed_columns cc on c.object_id = cc.object_id and c.column_id = cc.column_id
        where s.name = 'pbi' and o.name = 'customers' order by c.column_id"""
    )
    assert found == [
        ("customer_id", 1, False, "int", 10, 10, 0, None, None, None, 1),
        ("name", 2, True, "nvarchar", None, 0, 0, 50, "(N'?')", None, 1),
        ("country", 3, True, "char", None, 0, 0, 2, None, None, 1),
    ]


def test_the_navigator_reads_keys(pool: Pool) -> None:
    found = pool(
        """select i.name [INDEX_NAME], o.name [TABLE_NAME], cc.name [COLUMN_NAME],
          cast(ic.key_ordinal as bigint) [ORDINAL_POSITION], i.is_primary_key [PRIMARY_KEY]
        from sys.objects o join sys.schemas s on s.schema_id = o.schema_id
        join sys.indexes as i on i.object_id = o.object_id
        join sys.index_columns as ic on ic.object_id = i.object_id and ic.index_id = i.index_id
        join sys.columns as cc on ic.column_id = cc.column_id and ic.object_id = cc.object_id
        where (i.is_primary_key = 1 or i.is_unique_constraint = 1 or i.is_unique = 1) and o.type in ('U', 'V')
          and ic.key_ordinal <> 0 and s.name = 'pbi' order by i.name, s.name, o.name"""
    )
    assert found == [("pk_customers", "customers", "customer_id", 1, True)]


def test_the_navigator_reads_relationships(pool: Pool) -> None:
    assert not pool(
        """select convert(nvarchar, fk.object_id) [FK_NAME], cast(f.constraint_column_id as bigint) [ORDINAL],
          s1.name [TABLE_SCHEMA_1], o1.name [TABLE_NAME_1], c1.name [PK_COLUMN_NAME_1], s2.name [TABLE_SCHEMA_2],
          o2.name [TABLE_NAME_2], c2.name [PK_COLUMN_NAME_2], f.constraint_object_id, fk.name
        from sys.foreign_key_columns f join sys.foreign_keys fk on f.constraint_object_id = fk.object_id
        join sys.objects o1 on o1.object_id = f.parent_object_id join sys.schemas s1 on s1.schema_id = o1.schema_id
        join sys.objects o2 on o2.object_id = f.referenced_object_id join sys.schemas s2 on s2.schema_id = o2.schema_id
        join sys.columns c1 on c1.object_id = o1.object_id and c1.column_id = f.parent_column_id
        join sys.columns c2 on c2.object_id = o2.object_id and c2.column_id = f.referenced_column_id
        where s1.name = N'pbi' order by f.constraint_object_id"""
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("select name from sys.databases where has_dbaccess(name) = 1", [("warehouse",)]),
        ("select cast(serverproperty('EngineEdition') as int)", [(6,)]),
        ("select serverproperty('Collation'), databasepropertyex(db_name(), 'Collation')",
         [("SQL_Latin1_General_CP1_CI_AS",) * 2]),
        ("select case when @@version like 'Microsoft Azure SQL Data Warehouse%' then 1 end", [(1,)]),
        ("select suser_sname(), user_name(), schema_name(), original_login(), app_name()",
         [("pipeline", "dbo", "dbo", "pipeline", "")]),
        ("select is_member('db_owner'), is_srvrolemember('sysadmin')", [(1, 0)]),
        ("set nocount on; set transaction isolation level read uncommitted; select @@trancount", [(0,)]),
    ],
)  # fmt: skip
def test_it_asks_what_it_talks_to(pool: Pool, question: str, answer: Rows) -> None:
    assert pool(question) == answer


# Preview and fold


def test_a_preview_takes_the_first_rows(pool: Pool) -> None:
    found = pool(
        "select top 1000 [$Table].[order_id] as [order_id], [$Table].[channel] as [channel], "
        "[$Table].[amount] as [amount] from [pbi].[orders] as [$Table]"
    )
    assert Counter(found) == Counter((o.order_id, o.channel, o.amount) for o in ORDERS)


def test_a_filter_folds(pool: Pool) -> None:
    found = pool(
        f"select [_].[order_id] from {FACT} as [_] where (([_].[channel] = 'WEB' and [_].[channel] is not null) "
        "or [_].[channel] is null) and [_].[ordered_at] >= convert(datetime2, '2024-03-01 00:00:00') "
        "and [_].[ordered_at] < convert(datetime2, '2024-09-01 00:00:00') order by [_].[order_id]"
    )
    wanted = [o for o in ORDERS if folded(o.channel) in {"web", None} and 3 <= o.ordered_at.month < 9]
    assert found == [(o.order_id,) for o in wanted]


def test_new_columns_fold(pool: Pool) -> None:
    found = pool(
        f"""select [_].[order_id] as [order_id], convert(date, [_].[ordered_at]) as [day],
          upper([_].[channel]) as [upper], substring([_].[channel], 1, 2) as [start],
          datepart("mm", [_].[ordered_at]) as [month], [_].[amount] * 2 as [double],
          case when [_].[amount] > 10 then 'big' when not ([_].[amount] > 10) then 'small' else null end as [size]
        from {FACT} as [_] where [_].[order_id] < 20 and [_].[channel] <> N'Österreich' order by [_].[order_id]"""
    )
    wanted = [o for o in ORDERS[:20] if o.channel not in {None, "Österreich"}]
    assert found == [
        (
            o.order_id, o.ordered_at.date(), (o.channel or "").upper(), (o.channel or "")[:2], o.ordered_at.month,
            o.amount * 2, "big" if o.amount > 10 else "small",
        )
        for o in wanted
    ]  # fmt: skip


def test_a_grouping_folds(pool: Pool) -> None:
    found = pool(
        "select [rows].[channel] as [channel], sum([rows].[amount]) as [total], count(1) as [count], "
        f"max([rows].[ordered_at]) as [last] from {FACT} as [rows] group by [channel]"
    )
    totals, counts = summed(lambda o: folded(o.channel)), Counter(folded(o.channel) for o in ORDERS)
    assert {folded(row[0]): row[1:3] for row in found} == {key: (totals[key], counts[key]) for key in totals}
    assert max(row[3] for row in found) == max(o.ordered_at for o in ORDERS)


def test_a_merge_folds(pool: Pool) -> None:
    found = pool(
        f"""select [$Outer].[order_id], [$Inner].[name] from {FACT} as [$Outer] left outer join
          (select [_].[customer_id] as [customer_id2], [_].[name] as [name] from [pbi].[customers] as [_]) as [$Inner]
          on ([$Outer].[customer_id] = [$Inner].[customer_id2]
            or [$Outer].[customer_id] is null and [$Inner].[customer_id2] is null)"""
    )
    names = {c.customer_id: c.name for c in CUSTOMERS}
    assert Counter(found) == Counter((o.order_id, names.get(o.customer_id or 0 if o.customer_id is not None else -1))
                                     for o in ORDERS)  # fmt: skip


def test_distinct_and_append_fold(pool: Pool) -> None:
    distinct = pool(f"select distinct [_].[channel] as [channel] from {FACT} as [_]")
    assert {folded(row[0]) for row in distinct} == {folded(c) for c in CHANNELS}
    assert len(distinct) == 5
    both = pool(
        f"select [_].[order_id] as [id] from {FACT} as [_] union all "
        f"select [_].[customer_id] as [id] from {DIMENSION} as [_]"
    )
    assert len(both) == len(ORDERS) + len(CUSTOMERS)


def test_an_unpivot_folds(pool: Pool) -> None:
    found = pool(
        "select unpvt.[order_id], unpvt.[Attribute], unpvt.[Value] from (select [_].[order_id] as [order_id], "
        "convert(int, [_].[paid]) as [paid], [_].[customer_id] as [customer_id] from [pbi].[orders] as [_]) as [_] "
        "unpivot ([Value] for [Attribute] in ([paid], [customer_id])) as unpvt"
    )
    assert len(found) == 2 * len(ORDERS) - sum(o.customer_id is None for o in ORDERS)


# DirectQuery


def test_a_visual_sums_by_a_column_of_the_fact(pool: Pool) -> None:
    found = pool(
        "SELECT TOP (1000001) [t0].[channel],SUM([t0].[amount])\n AS [a0]\nFROM \n(\n(" + FACT + ")\n)\n AS [t0]\n"
        "GROUP BY [t0].[channel]"
    )
    assert by_first(found) == summed(lambda o: folded(o.channel))


def test_a_visual_sums_by_a_column_of_a_dimension(pool: Pool) -> None:
    found = pool(
        f"""SELECT TOP (1000001) * FROM ( SELECT [t1].[country],SUM([t0].[amount]) AS [a0] FROM ({STAR})
        GROUP BY [t1].[country] ) AS [MainTable] WHERE ( NOT( ( [a0] IS NULL ) ) )"""
    )
    wanted = summed(lambda o: COUNTRIES.get(o.customer_id) if o.customer_id is not None else None)
    assert {row[0]: row[1] for row in found} == wanted


def test_a_slicer_filters_by_a_list_and_a_span_of_time(pool: Pool) -> None:
    found = pool(
        f"""SELECT COUNT_BIG(*) AS [a0], AVG(CAST([t0].[amount] AS FLOAT)) AS [a1], MIN([t0].[ordered_at]) AS [a2]
        FROM ({FACT}) AS [t0] WHERE ( ([t0].[channel] IN (N'web',N'STORE'))
          AND ([t0].[ordered_at] >= CAST( '20240201 00:00:00' AS datetime)
          AND [t0].[ordered_at] < CAST( '20240701 00:00:00' AS datetime)) )"""
    )
    wanted = [o for o in ORDERS if folded(o.channel) in {"web", "store"} and 2 <= o.ordered_at.month < 7]
    average = float(sum(o.amount for o in wanted)) / len(wanted)
    assert found == [(len(wanted), pytest.approx(average), min(o.ordered_at for o in wanted))]


def test_a_distinct_count_counts_null_as_a_value(pool: Pool) -> None:
    found = pool(
        "SELECT (COUNT_BIG(DISTINCT [t0].[channel]) + MAX( CASE WHEN [t0].[channel] IS NULL THEN 1 ELSE 0 END )) "
        f"AS [a0] FROM ({FACT}) AS [t0]"
    )
    assert found == [(len({folded(c) for c in CHANNELS}),)]


def test_a_grouping_of_values_comes_as_a_join_with_constants(pool: Pool) -> None:
    found = pool(
        f"""SELECT TOP (1000001) * FROM ( SELECT [semijoin1].[c2],SUM([a0]) AS [a0] FROM ( (
          SELECT [t0].[channel] AS [c1],SUM([t0].[amount]) AS [a0] FROM ( ({STAR}) ) GROUP BY [t0].[channel]
        ) AS [basetable0] INNER JOIN (
          (SELECT N'web' AS [c1], N'line' AS [c2] ) UNION ALL (SELECT N'phone' AS [c1], N'line' AS [c2] )
          UNION ALL (SELECT NULL AS [c1], N'none' AS [c2] )
        ) AS [semijoin1] ON ( ([semijoin1].[c1] = [basetable0].[c1]
          OR [semijoin1].[c1] IS NULL AND [basetable0].[c1] IS NULL) ) )
        GROUP BY [semijoin1].[c2] ) AS [MainTable] WHERE ( NOT( ( [a0] IS NULL ) ) )"""
    )
    totals = summed(lambda o: folded(o.channel))
    assert dict(found) == {"line": totals["web"] + totals["phone"], "none": totals[None]}


def test_thousands_of_constants_come_in_one_join(pool: Pool) -> None:
    branches = " UNION ALL ".join(f"(SELECT {i} AS [c1], {i % 2} AS [c2] )" for i in range(3_000))
    found = pool(
        f"""SELECT [semijoin1].[c2],SUM([a0]) AS [a0] FROM ( (
          SELECT [t0].[order_id] AS [c1],SUM([t0].[amount]) AS [a0] FROM ({FACT}) AS [t0] GROUP BY [t0].[order_id]
        ) AS [basetable0] INNER JOIN ( {branches} ) AS [semijoin1]
          ON ( ([semijoin1].[c1] = [basetable0].[c1]) ) ) GROUP BY [semijoin1].[c2]"""
    )
    assert dict(found) == summed(lambda o: o.order_id % 2)


def test_a_table_visual_pages_by_its_sort(pool: Pool) -> None:
    found = pool(
        f"""SELECT TOP (11) [t0].[order_id],[t0].[channel] FROM ({FACT}) AS [t0]
        WHERE ( [t0].[order_id] < 100 OR [t0].[order_id] = 100 AND [t0].[channel] > N'a' )
        GROUP BY [t0].[order_id],[t0].[channel] ORDER BY [t0].[order_id] DESC,[t0].[channel] ASC"""
    )
    assert found == [(o.order_id, o.channel) for o in reversed(ORDERS[90:101])]


def test_measures_come_as_joined_queries(pool: Pool) -> None:
    found = pool(
        f"""SELECT TOP (1000001) [basetable0].[c1], [a0], [a1] FROM ( (
          SELECT [t0].[paid] AS [c1],SUM([t0].[amount]) AS [a0] FROM ({FACT}) AS [t0] GROUP BY [t0].[paid]
        ) AS [basetable0] FULL OUTER JOIN (
          SELECT [t0].[paid] AS [c1],COUNT_BIG(*) AS [a1] FROM ({FACT}) AS [t0] GROUP BY [t0].[paid]
        ) AS [basetable1] ON ([basetable0].[c1] = [basetable1].[c1]) )"""
    )
    totals, counts = summed(lambda o: o.paid), Counter(o.paid for o in ORDERS)
    assert {row[0]: row[1:] for row in found} == {paid: (totals[paid], counts[paid]) for paid in totals}


def test_a_parameter_comes_through_sp_executesql(pool: Pool) -> None:
    found = pool(
        "execute sp_executesql N'SELECT TOP (@p0) [t0].[order_id] FROM [pbi].[orders] AS [t0] "
        "WHERE [t0].[channel] = @p1 ORDER BY [t0].[order_id]', N'@p0 int, @p1 nvarchar(20)', 2, N'WEB'"
    )
    assert found == [(o.order_id,) for o in ORDERS if folded(o.channel) == "web"][:2]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("{d '2024-02-29'}", dt.datetime(2024, 2, 29)),
        ("{ts '2024-02-29 10:11:12.5'}", dt.datetime(2024, 2, 29, 10, 11, 12, 500_000)),
        ("{fn CONCAT('a', 'b')}", "ab"),
        ("{fn UCASE('a')} + {fn LCASE('B')}", "Ab"),
        ("{fn LENGTH('abc ')}", 3),
        ("{fn LOCATE('b', 'abc')}", 2),
        ("{fn MOD(7, 4)}", 3),
        ("{fn TRUNCATE(1.27, 1)}", Decimal("1.20")),
        ("{fn DAYOFMONTH({d '2024-02-29'})}", 29),
        ("{fn DAYOFWEEK({d '2024-02-29'})}", 5),
        ("{fn MONTHNAME({d '2024-02-29'})}", "February"),
        ("{fn QUARTER({d '2024-02-29'})}", 1),
        ("{fn TIMESTAMPADD(SQL_TSI_DAY, 1, {d '2024-02-28'})}", dt.datetime(2024, 2, 29)),
        ("{fn TIMESTAMPDIFF(SQL_TSI_MONTH, {d '2024-01-31'}, {d '2024-03-01'})}", 2),
        ("{fn IFNULL(NULL, 'x')}", "x"),
        ("{fn CONVERT('12', SQL_INTEGER)}", 12),
        ("{fn DATABASE()}", "warehouse"),
    ],
)
def test_odbc_escapes_are_read(pool: Pool, expression: str, value: Any) -> None:
    assert pool.value(f"SELECT {expression}") == value
