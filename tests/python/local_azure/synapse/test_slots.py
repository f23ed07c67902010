"""Four queries at once, as a DW100c has it; the fifth waits, and can be cancelled while it does.

Source: Microsoft Learn, "Memory and concurrency limits for dedicated SQL pool"; "Workload management with resource
classes", "Operations not governed by resource classes".
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

import pytest

from local_azure.synapse.errors import SqlError
from local_azure.synapse.results import Result
from local_azure.synapse.session import Session
from local_azure.synapse.slots import SLOTS, is_governed
from local_azure.synapse.statements import parse

from .conftest import Pool


@pytest.fixture
def busy(pool: Pool) -> Iterator[list[Iterator[Result]]]:
    """As many sessions as there are slots, each in the middle of a query's rows."""
    pool("CREATE TABLE dbo.slotted (a int)")
    pool("INSERT INTO dbo.slotted VALUES (1)")
    running = [Session(pool.engine, 60 + n).batch("SELECT a FROM dbo.slotted") for n in range(SLOTS)]
    for each in running:
        next(each)
    yield running
    for each in running:
        each.close()  # type: ignore[attr-defined]
    pool("DROP TABLE dbo.slotted")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM dbo.slotted",
        "IF 1 = 1 SELECT a FROM dbo.slotted",
        "BEGIN TRY SELECT a FROM dbo.slotted END TRY BEGIN CATCH PRINT 'no' END CATCH",
    ],
)
def test_a_query_beyond_the_slots_waits_until_one_is_free(pool: Pool, busy: list[Iterator[Result]], text: str) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(pool.value, text)
        assert wait([waiting], 0.5).not_done
        assert list(busy[0])
        assert waiting.result(timeout=30) == 1


def test_a_query_that_waits_is_cancelled_by_its_client(pool: Pool, busy: list[Iterator[Result]]) -> None:
    session, cancelled = Session(pool.engine, 70), Event()
    session.stopped = cancelled.is_set
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(lambda: list(session.batch("DELETE FROM dbo.slotted")))
        assert wait([waiting], 0.5).not_done
        cancelled.set()
        with pytest.raises(SqlError) as caught:
            waiting.result(timeout=30)
    assert caught.value.number == 3617


@pytest.mark.parametrize(
    "exempt",
    [
        "SELECT 1",
        "SELECT name FROM sys.tables",
        "SELECT table_name FROM INFORMATION_SCHEMA.TABLES",
        "INSERT INTO dbo.slotted VALUES (2)",
        "CREATE VIEW dbo.slotted_view AS SELECT a FROM dbo.slotted",
        "DROP VIEW dbo.slotted_view",
    ],
)
def test_what_is_not_governed_takes_no_slot(pool: Pool, busy: list[Iterator[Result]], exempt: str) -> None:
    pool(exempt)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (SELECT MAX(a) FROM dbo.t)",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM sys.tables s JOIN dbo.t ON 1 = 1)",
        "WITH c AS (SELECT a FROM t) SELECT * FROM c",
        "SELECT 1 UNION ALL SELECT a FROM dbo.t",
        "INSERT INTO dbo.t SELECT 1",
        "UPDATE dbo.t SET a = 1",
        "DELETE FROM dbo.t",
        "CREATE TABLE dbo.u WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT 1 AS a",
        "COPY INTO dbo.t FROM 'https://x/y' WITH (FILE_TYPE = 'PARQUET')",
    ],
)
def test_what_reads_or_changes_rows_takes_one(text: str) -> None:
    assert [is_governed(each) for each in parse(text)] == [True]
