"""One JVM with one Spark application in it: how it is started, warmed and stopped."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from local_azure.databricks_sql import jars, tuning
from local_azure.databricks_sql._catalog import TEMPORARY, USER
from local_azure.databricks_sql._errors import StartError
from local_azure.databricks_sql._jvm import active, scala_object
from local_azure.databricks_sql._metastore import Metastore
from local_azure.databricks_sql.tuning import Tuning

_WARM_UP = (
    "create or replace table default.warm_up using delta as select 1 as id, 'a' as v",
    "merge into default.warm_up t using (select 2 as id, 'b' as v) s on t.id = s.id "
    "when matched then update set * when not matched then insert *",
    "select count(*) from (select id from default.warm_up group by id having count(*) > 1)",
    "drop table default.warm_up",
)


class Engine:
    """The Spark application. Everything it writes is below `state`; tables by location are in `storage`.

    `storage` maps address prefixes (`abfss://container@account.dfs.core.windows.net`) to local folders.
    Raises StartError when there is no Java, the state is in use, or the JVM does not come up.
    """

    def __init__(
        self, state: Path, jar_files: list[Path], storage: Mapping[str, Path], tuned_for: Tuning = Tuning.RUN
    ) -> None:
        jars.java()
        conf = SparkConf(loadDefaults=False)
        for key, value in _settings(state, jar_files, storage, tuned_for).items():
            conf.set(key, value)
        # PySpark prints each failed statement with its Java trace; the client is told, and spark.log has it.
        PySparkLogger.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        self._context = _launch(conf, state)
        self._warehouse = _warehouse(state)
        self.root = SparkSession(self._context)
        _name_errors_of_delta(self._context)
        self.metastore = Metastore(self.root, state / "metastore")

    def session(self) -> SparkSession:
        """A session of its own: temporary views, variables and settings are not shared, tables are.

        Delta's catalog keeps for good the session that its thread has active when it is made, and reads that one's
        settings: one made later, under another session, took a MERGE for the Kernel's while the other was analysing.
        """
        made = self.root.newSession()
        java: Any = made._jsparkSession
        with active(made):
            java.sessionState().catalogManager().v2SessionCatalog()
        return made

    def warm_up(self) -> None:
        """Open the metastore and let the JVM load what a first build needs, so that its first statement is fast.

        Raises StartError if the metastore does not open.
        """
        try:
            self.metastore.restore(self._warehouse)
            for (left,) in self.root.sql(f"show schemas like '{TEMPORARY}*'").collect():
                self.root.sql(f"drop schema {left} cascade")  # of a session that a crash ended
            for statement in _WARM_UP:
                self.root.sql(statement).collect()
        except Exception as error:
            cause = f"the metastore does not open ({_first_cause(error)})"
            raise StartError(f"{cause}: see spark.log; written by another Spark it is to be deleted") from error

    def start_group(self, group: str) -> None:
        """Let the jobs that this thread starts be known, and cancelled, as `group`."""
        self._context.setJobGroup(group, group, interruptOnCancel=True)
        self._context.setLocalProperty("spark.scheduler.pool", threading.current_thread().name)

    def cancel_group(self, group: str) -> None:
        """Stop the jobs of a group, those too that it has yet to start."""
        context: Any = self._context._jsc
        context.sc().cancelJobGroupAndFutureJobs(group)

    def stop(self) -> None:
        """End the application, then the JVM."""
        gateway: Any = self._context._gateway
        self.root.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()  # the JVM ends when its standard input does
        try:
            gateway.proc.wait(timeout=20)
        except subprocess.TimeoutExpired:
            gateway.proc.kill()


def _settings(state: Path, jar_files: list[Path], storage: Mapping[str, Path], tuned_for: Tuning) -> dict[str, str]:
    temporary = state / "tmp"
    return {
        **tuning.settings(tuned_for),
        **_storage_settings(storage),
        **_socket_settings(temporary),
        "spark.default.parallelism": "2",
        "spark.scheduler.mode": "FAIR",
        "spark.app.name": "databricks_sql",
        "spark.local.dir": f"{temporary}",
        "spark.sql.warehouse.dir": _warehouse(state).as_uri(),
        "spark.driver.extraClassPath": ":".join(f"{jar}" for jar in jar_files),
        "spark.driver.extraJavaOptions": f"{tuning.jvm_options(tuned_for)} -Djava.io.tmpdir={temporary} "
        f"-Dlog4j2.configurationFile={_log_settings(state)}",
    }


def _warehouse(state: Path) -> Path:
    return state / "warehouse"


def _socket_settings(folder: Path) -> dict[str, str]:
    """Rows come over a Unix socket: over TCP each result waits 40 ms for a delayed acknowledgement.

    The address of such a socket holds 107 characters; Spark's file name takes 42 of them.
    """
    if len(f"{folder}") > 60:
        return {}
    return {
        "spark.python.unix.domain.socket.enabled": "true",
        "spark.python.unix.domain.socket.dir": f"{folder}",
    }


def _storage_settings(storage: Mapping[str, Path]) -> dict[str, str]:
    """Mount each folder under its address with Hadoop's ViewFileSystemOverloadScheme.

    So the lake's addresses are real ones for Spark: in statements, in metadata and in what is returned.
    The mount table goes by the whole authority, container included; under any other name Hadoop finds no
    mount and takes the root of this machine instead.
    https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-hdfs/ViewFsOverloadScheme.html
    """
    settings = {}
    for prefix, folder in storage.items():
        scheme, authority = urlsplit(prefix).scheme, urlsplit(prefix).netloc
        settings[f"spark.hadoop.fs.{scheme}.impl"] = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
        settings[f"spark.hadoop.fs.viewfs.overload.scheme.target.{scheme}.impl"] = (
            "org.apache.hadoop.fs.LocalFileSystem"
        )
        settings[f"spark.hadoop.fs.viewfs.mounttable.{authority}.linkFallback"] = folder.as_uri()
        settings[f"spark.delta.logStore.{scheme}.impl"] = "io.delta.storage.LocalLogStore"
    return settings


def _log_settings(state: Path) -> Path:
    path = state / "log4j2.properties"
    path.write_text(
        "rootLogger.level = warn\nrootLogger.appenderRef.file.ref = file\n"
        "appender.file.type = RollingFile\nappender.file.name = file\n"
        f"appender.file.fileName = {state}/spark.log\nappender.file.filePattern = {state}/spark.%i.log\n"
        "appender.file.layout.type = PatternLayout\nappender.file.layout.pattern = %d %p %c{1}: %m%n%ex\n"
        "appender.file.policies.type = SizeBasedTriggeringPolicy\nappender.file.policies.size = 10MB\n"
        "appender.file.strategy.type = DefaultRolloverStrategy\nappender.file.strategy.max = 1\n"
    )
    return path


def _launch(conf: SparkConf, state: Path) -> SparkContext:
    """Start the JVM. It ends by itself when this process dies: it reads a pipe that only we hold open."""
    temporary = state / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    os.environ["SPARK_USER"] = USER
    tempfile.tempdir = f"{temporary}"
    with (state / "jvm.log").open("w") as log:
        try:
            gateway = launch_gateway(conf, {"stdout": log, "stderr": log, "cwd": f"{state}"})  # type: ignore[no-untyped-call]
            return SparkContext(gateway=gateway, conf=conf)
        except Exception as error:
            raise StartError(f"Spark did not start ({_first_cause(error)}): see {state}/jvm.log") from error


def _name_errors_of_delta(context: SparkContext) -> None:
    """Let Spark word errors whose class Delta alone has, as those of an unresolved MERGE, which it took for its own."""
    jvm: Any = context._jvm
    package = jvm.org.apache.spark
    classes = jvm.java.lang.Class.forName("org.apache.spark.ErrorClassesJsonReader").getDeclaredField("errorInfoMap")
    classes.setAccessible(True)
    deltas = scala_object(package.sql.delta, "DeltaThrowableHelper").errorClassReader()
    sparks = scala_object(package, "SparkThrowableHelper").errorReader()
    classes.set(sparks, classes.get(deltas))


def _first_cause(error: Exception) -> str:
    exception: Any = getattr(error, "java_exception", None)
    return str(exception.getMessage() if exception else error).splitlines()[0][:200]
