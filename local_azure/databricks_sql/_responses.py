"""Thrift's answers: status, columns, rows and errors."""

from __future__ import annotations

from typing import Any

from local_azure.databricks_sql import _columns
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._operations import Operation
from local_azure.databricks_sql._results import thrift_schema
from local_azure.databricks_sql._thrift import ttypes

MAX_BYTES = 16 << 20  # of rows in one answer


def rows(operation: Operation, max_bytes: int | None) -> Any:
    """The next rows, as TFetchResultsResp."""
    start = operation.rows
    batches = operation.take(min(max_bytes or MAX_BYTES, MAX_BYTES))
    operation.rows += sum(count for _, count in batches)
    row_set = ttypes.TRowSet(startRowOffset=start, rows=[])
    if operation.in_columns and operation.result is not None:
        row_set.columns = _columns.columns(batches, operation.result.arrow)
    else:
        row_set.arrowBatches = [ttypes.TSparkArrowBatch(data, count) for data, count in batches]
    return ttypes.TFetchResultsResp(ok(), hasMoreRows=operation.has_more, results=row_set)


def columns(operation: Operation) -> Any:
    """The columns of a statement that has rows, as TGetResultSetMetadataResp."""
    assert operation.result is not None  # noqa: S101  who asks has seen to it
    result, kinds = operation.result, ttypes.TSparkRowSetType
    return ttypes.TGetResultSetMetadataResp(
        ok(),
        schema=thrift_schema(result.schema),
        resultFormat=kinds.COLUMN_BASED_SET if operation.in_columns else kinds.ARROW_BASED_SET,
        lz4Compressed=False,
        arrowSchema=result.arrow.serialize().to_pybytes(),
        isStagingOperation=False,
    )


def status(operation: Operation) -> Any:
    """Where the statement is, as TGetOperationStatusResp."""
    response = ttypes.TGetOperationStatusResp(ok(), operationState=operation.state, hasResultSet=True)
    if operation.error is not None:
        response.sqlState = operation.error.sqlstate
        response.errorMessage = response.displayMessage = operation.error.message
    elif operation.result is not None:
        response.numModifiedRows = operation.result.modified
    return response


def no_result(operation: Operation | None) -> StatementError:
    """Why there are no rows to be had."""
    if operation is None:
        return StatementError("[INVALID_HANDLE] no such operation: it was closed", "HY000")
    if operation.cancelled.is_set():
        return StatementError("[OPERATION_CANCELED] Operation has been canceled. SQLSTATE: HY008", "HY008")
    return operation.error or StatementError("[INVALID_HANDLE] the operation has no result yet", "HY010")


def ok() -> Any:
    """TStatus of what went well."""
    return ttypes.TStatus(ttypes.TStatusCode.SUCCESS_STATUS)


def invalid() -> Any:
    """TStatus of a handle that nothing is known of."""
    return ttypes.TStatus(
        ttypes.TStatusCode.INVALID_HANDLE_STATUS, errorMessage="[INVALID_HANDLE] no such session or operation"
    )


def failed(error: StatementError) -> Any:
    """TStatus of what failed."""
    return ttypes.TStatus(
        ttypes.TStatusCode.ERROR_STATUS,
        sqlState=error.sqlstate,
        errorMessage=error.message,
        displayMessage=error.message,
    )
