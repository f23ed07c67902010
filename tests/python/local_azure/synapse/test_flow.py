"""Control of flow where something fails: transactions that only roll back, and what THROW and RAISERROR say.

Source: Microsoft Learn, "Use transactions in a SQL pool in Azure Synapse", "THROW", "RAISERROR".
"""

from __future__ import annotations

import pytest

from local_azure.synapse.errors import SqlError
from local_azure.synapse.results import Message, Rows

from .conftest import Pool, refused

ROLLED_BACK = """
SET NOCOUNT ON;
DECLARE @xact_state smallint = 0;
BEGIN TRAN
    BEGIN TRY
        DECLARE @i INT;
        SET     @i = CONVERT(INT,'ABC');
    END TRY
    BEGIN CATCH
        SET @xact_state = XACT_STATE();
        IF @@TRANCOUNT > 0
        BEGIN
            ROLLBACK TRAN;
            PRINT 'ROLLBACK';
        END
        SELECT ERROR_NUMBER() AS ErrNumber, ERROR_SEVERITY() AS ErrSeverity, ERROR_STATE() AS ErrState,
               ERROR_PROCEDURE() AS ErrProcedure, ERROR_MESSAGE() AS ErrMessage;
    END CATCH;
IF @@TRANCOUNT >0
BEGIN
    PRINT 'COMMIT';
    COMMIT TRAN;
END
SELECT @xact_state AS TransactionState;
"""


def test_the_page_s_sample_rolls_back_and_reads_its_error(pool: Pool) -> None:
    found: list[object] = []
    for result in pool.session.batch(ROLLED_BACK):
        if isinstance(result, Rows):
            found += [row for batch in result.batches for row in batch]
        elif isinstance(result, Message):
            found.append(result.text)
    text = "Conversion failed when converting the varchar value 'ABC' to data type int."
    assert found == ["ROLLBACK", (245, 16, 1, None, text), (-2,)]


def test_a_read_before_the_rollback_is_111233(pool: Pool) -> None:
    failing = "BEGIN TRY SELECT 1 / 0 END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH"
    with pytest.raises(SqlError, match="111233;The current transaction has aborted"):
        pool(f"BEGIN TRAN {failing}")
    pool("ROLLBACK")


@pytest.mark.parametrize("failing", ["INSERT INTO dbo.doomed VALUES (1 / 0)", "INSERT INTO dbo.doomed VALUES (NULL)"])
def test_a_failed_transaction_is_rolled_back_by_a_condition_in_a_batch_of_its_own(pool: Pool, failing: str) -> None:
    pool("IF OBJECT_ID('dbo.doomed') IS NULL EXEC('CREATE TABLE dbo.doomed (a int NOT NULL)')")
    pool("BEGIN TRAN INSERT INTO dbo.doomed VALUES (1)")
    with pytest.raises(SqlError):
        pool(failing)
    assert refused(pool, "IF EXISTS (SELECT 1 FROM dbo.doomed) ROLLBACK") == 111233
    pool("DECLARE @state int = XACT_STATE() PRINT @state IF @state = -2 ROLLBACK")
    assert pool("SELECT COUNT(*), XACT_STATE(), @@TRANCOUNT FROM dbo.doomed") == [(0, 0, 0)]


def test_a_caught_error_is_thrown_again_behind_its_rollback(pool: Pool) -> None:
    text = "BEGIN TRAN BEGIN TRY SELECT 1 / 0 END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK; THROW; END CATCH"
    assert refused(pool, text) == 8134
    assert pool.value("SELECT @@TRANCOUNT") == 0


def test_a_temporary_table_goes_and_comes_back_with_its_transaction(pool: Pool) -> None:
    pool("CREATE TABLE #stays (a int) INSERT INTO #stays VALUES (1)")
    pool("BEGIN TRAN CREATE TABLE #goes (a int) DROP TABLE #stays ROLLBACK")
    assert pool("SELECT a FROM #stays") == [(1,)]
    assert refused(pool, "SELECT a FROM #goes") == 208


@pytest.mark.parametrize(
    ("text", "number", "state", "message"),
    [
        ("THROW 50001, 'x', 255", 50001, 255, "x"),
        ("THROW 50001, NULL, 1", 50001, 1, ""),
        ("RAISERROR('x', 16, 256)", 50000, 255, "x"),
        ("RAISERROR('x', 16, -1)", 50000, 1, "x"),
        ("RAISERROR(NULL, 16, 1)", 50000, 1, ""),
        ("THROW 50001, 'x', 256", 220, 1, "Arithmetic overflow error for data type tinyint, value = 256."),
        ("THROW 50001, 'x', -1", 220, 1, "Arithmetic overflow error for data type tinyint, value = -1."),
    ],
)
def test_a_state_is_a_tinyint_and_no_message_an_empty_one(
    pool: Pool, text: str, number: int, state: int, message: str
) -> None:
    with pytest.raises(SqlError) as raised:
        pool(text)
    assert (raised.value.number, raised.value.state, raised.value.message) == (number, state, message)


def test_what_leaves_a_loop_or_a_batch_has_completed(pool: Pool) -> None:
    pool("WHILE 1 = 1 BEGIN WHILE 1 = 1 BREAK; IF 1 = 1 BREAK; CONTINUE END RETURN")
    running = "SELECT COUNT(*) FROM sys.dm_pdw_exec_requests WHERE status = 'Running' AND command NOT LIKE 'SELECT%'"
    assert pool.value(running) == 0
