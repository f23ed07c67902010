"""A statement's life, without a session of Spark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyspark.sql.types import IntegerType, StructField, StructType

from local_azure.databricks_sql._operations import Operation
from local_azure.databricks_sql._results import Batch, LocalResult


class Engine:
    """What `run` asks of Spark: to know whose jobs they are."""

    def start_group(self, group: str) -> None:
        """Nothing runs here."""


class Watched(LocalResult):
    """A result that tells what a reader would have seen while its first batch was made."""

    def __init__(self, seen: list[Any]) -> None:
        super().__init__(StructType([StructField("n", IntegerType())]), [[1], [2]])
        self.seen = seen
        self.operation: Operation | None = None

    def batches(self) -> Iterator[Batch]:
        """The rows, once it is noted whether the operation has a result already."""
        assert self.operation is not None
        self.seen.append(self.operation.result)
        yield from super().batches()


def test_a_reader_who_sees_a_result_sees_its_rows() -> None:
    seen: list[Any] = []
    result = Watched(seen)
    operation = result.operation = Operation(lambda: result)
    operation.run(Engine())  # type: ignore[arg-type]
    assert seen == [None]
    assert operation.result is result
    assert [count for _, count in operation.take(1 << 20)] == [2]
