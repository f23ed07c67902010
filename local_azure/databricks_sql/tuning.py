"""What Spark is tuned for, and the settings that were measured for it."""

from __future__ import annotations

from enum import StrEnum


class Tuning(StrEnum):
    """How much data there is, and how long the engine lives."""

    RUN = "run"
    """Tables of some thousand rows, for minutes: one run of the pipeline."""
    SESSION = "session"
    """The same tables, for hours: someone at work on models."""
    VOLUME = "volume"
    """Millions of rows."""


# Measured on two cores with tables of some thousands of rows, where the overhead rules: plans are not compiled
# to byte code and a shuffle has one partition. Millions of rows have both back.
_SMALL = {
    # Two cores, by turns: a task that takes long does not keep the others waiting.
    "spark.master": "local[64]",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.sources.default": "delta",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "1",
    "spark.sql.sources.partitionOverwriteMode": "STATIC",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.writeChecksumFile.enabled": "false",
    "spark.databricks.delta.merge.materializeSource": "none",
    # The adapter asks for it and takes from it which statements it may send.
    "spark.databricks.clusterUsageTags.sparkVersion": "15.4.x-scala2.12",
    "spark.sql.scripting.continueHandlerEnabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "3g",
    "spark.buffer.pageSize": "2m",
    "spark.sql.ui.explainMode": "simple",
}
_VOLUME = {
    # A task that writes holds a row group in memory, and a task that sorts must fit its share of the heap before it
    # spills: fewer tasks, smaller groups, more heap.
    "spark.master": "local[4]",
    "spark.driver.memory": "4g",
    "spark.hadoop.parquet.block.size": "33554432",
    "spark.hadoop.parquet.memory.pool.ratio": "0.3",
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": "8",
}

# Statements leave much garbage and few old objects: a small young generation is collected hundreds of times a build.
# The default code cache of 48 MB (with C1 only) is full after half a minute; then the compiler stops.
_JVM = "-XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC -Xms1536m -Xmn1g -XX:MetaspaceSize=256m"
# Java's second compiler costs a build its two cores, and has paid that back after a few: it then takes a third less.
_ONE_COMPILER = "-XX:TieredStopAtLevel=1"
# What Spark compiles of a wide plan has methods of over 8,000 bytes, which Java interprets unless it is told not to.
_HUGE_METHODS = "-XX:-DontCompileHugeMethods"


def settings(tuning: Tuning) -> dict[str, str]:
    """Spark's settings for it."""
    return {**_SMALL, **(_VOLUME if tuning is Tuning.VOLUME else {})}


def jvm_options(tuning: Tuning) -> str:
    """Java's command line for it."""
    return {
        Tuning.RUN: f"{_JVM} {_ONE_COMPILER}",
        Tuning.SESSION: _JVM,
        Tuning.VOLUME: f"{_JVM} {_HUGE_METHODS}",
    }[tuning]
