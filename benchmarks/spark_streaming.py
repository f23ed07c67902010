"""The project's routing in Spark Structured Streaming, local[2]: the peer of benchmarks/stream_analytics.py --spark.

The same events in the same micro-batches, read from Parquet files, parsed, routed by department and written to as many
Delta tables. It makes no live minutes, which the runner makes besides.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from local_azure.databricks_sql import jars
from local_azure.stream_analytics.events import Event

EVENT = "id string, type string, source string, subject string, time string, dataschema string, data string"
ARRIVED = "body string, enqueued timestamp, part int, seq long"
JARS = Path(__file__).parents[1] / ".local" / "jars"


class Spark:
    """A session with Delta Lake, warmed up by a micro-batch that does not count."""

    def __init__(self, folder: Path, departments: Sequence[str], warm_up: list[Event]) -> None:
        paths = ":".join(map(str, jars.fetch(JARS)))
        self._session = (
            SparkSession.builder.master("local[2]")
            .config("spark.driver.memory", "3g")
            .config("spark.driver.extraClassPath", paths)
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .getOrCreate()
        )
        self._folder, self._departments = folder, departments
        self._routes = self._session.createDataFrame([(name, name) for name in departments], "domain string, to string")
        self.seconds(iter([warm_up]), "warm up")

    def seconds(self, batches: Iterator[list[Event]], name: str = "measured") -> float:
        """How long all micro-batches take, one file each, which stand there before it begins."""
        source = self._folder / name
        source.mkdir(parents=True)
        for number, events in enumerate(batches):
            pq.write_table(_table(events), source / f"{number:06d}.parquet")
        stream = self._session.readStream.schema(ARRIVED).option("maxFilesPerTrigger", 1).parquet(str(source))
        began = time.perf_counter()
        writing = stream.writeStream.foreachBatch(self._write).trigger(availableNow=True)
        writing.option("checkpointLocation", str(self._folder / f"{name} checkpoint")).start().awaitTermination()
        return time.perf_counter() - began

    def stop(self) -> None:
        self._session.stop()

    def _write(self, arrived: DataFrame, _: int) -> None:
        event = f.from_json("body", EVENT)
        routed = (
            arrived.select(event.alias("e"), "enqueued", "part", "seq")
            .select("e.*", f.to_timestamp("e.time").alias("occurred_at"), "enqueued", "part", "seq")
            .drop("time")
            .withColumn("domain", f.split_part("type", f.lit("."), f.lit(1)))
            .join(f.broadcast(self._routes), "domain", "left")
            .persist()
        )
        for name in self._departments:
            self._append(routed.where(f.col("to") == name), name)
        self._append(routed.where(f.col("to").isNull()), "quarantine")
        routed.unpersist()

    def _append(self, rows: DataFrame, name: str) -> None:
        rows.drop("domain", "to").write.format("delta").mode("append").save(str(self._folder / "lake" / name))


def _table(events: list[Event]) -> pa.Table:
    return pa.table({
        "body": [each.body.decode() for each in events],
        "enqueued": pa.array([each.enqueued for each in events], pa.timestamp("us", "UTC")),
        "part": pa.array([each.partition for each in events], pa.int32()),
        "seq": pa.array([each.sequence for each in events], pa.int64()),
    })  # fmt: skip
