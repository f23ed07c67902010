"""From the text a client sends to its result: names, rewrites, rules, then Spark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from local_azure.databricks_sql import _information_schema, _kernel, _names, _rewrites, _rules
from local_azure.databricks_sql._catalog import name_out
from local_azure.databricks_sql._metadata import Metadata
from local_azure.databricks_sql._metastore import Metastore, changes
from local_azure.databricks_sql._results import Result, SparkResult, Wanted, collected
from local_azure.databricks_sql._side_file import SideFile
from local_azure.databricks_sql._tokens import Token, apply, tokens

# a SQL warehouse's own names (docs.databricks.com/aws/en/sql/language-manual/sql-ref-parameters)
_SPARKS_NAME = {"timezone": "spark.sql.session.timeZone", "ansi_mode": "spark.sql.ansi.enabled"}


class Statements:
    """Runs the statements of one session, one after the other."""

    def __init__(self, session: SparkSession, metastore: Metastore, side: SideFile, prefixes: list[str]) -> None:
        self.session = session
        self._metastore = metastore
        self.metadata = Metadata(session, side)
        self._prefixes = prefixes

    def open(self, namespace: Any, configuration: Mapping[str, str]) -> None:
        """Begin in a TNamespace with the settings the client gave. Raises StatementError for another catalog."""
        if namespace is not None and namespace.catalogName:
            _names.check_catalog(namespace.catalogName)
        for key, value in configuration.items():
            self.session.conf.set(_SPARKS_NAME.get(key.lower(), key), value)
        if namespace is not None and namespace.schemaName and namespace.schemaName in self.metadata.schemas():
            self.session.catalog.setCurrentDatabase(namespace.schemaName)

    def execute(self, sql: str, wanted: Wanted, limit: int | None = None) -> Result:
        """Run one statement. Raises what Spark or a rule raises; `_errors.translate` words it."""
        found = tokens(sql)
        _names.refuse_escapes(found, self._prefixes)
        sql = apply(sql, _names.catalog_edits(found))
        try:
            with self._information_schema(sql) as sql:
                sql = _rewrites.rewrite(sql, tokens(sql))
                return self._answer(sql, tokens(sql), wanted, limit)
        finally:
            if changes(found):
                self._metastore.keep()

    def _answer(self, sql: str, found: list[Token], wanted: Wanted, limit: int | None) -> Result:
        if rule := _rules.find(found, lambda match: self._call(sql, found, match)):
            answer, call = rule
            return answer(call)
        frame = self._run(sql)
        if frame._jdf.logicalPlan().getClass().getSimpleName() == "CommandResult":
            return collected(frame, name_out)
        return SparkResult(frame if limit is None else frame.limit(limit), wanted)

    def _call(self, sql: str, found: list[Token], match: re.Match[str]) -> _rules.Call:
        return _rules.Call(self.session, self.metadata, self._run, sql, found, match)

    def _run(self, sql: str) -> DataFrame:
        if _kernel.reads(tokens(sql)):
            # what the Kernel does not know, time travel for one, is Spark's to answer or to refuse
            with suppress(PySparkException), _kernel.chosen(self.session):
                return _rewrites.analyse(sql, self.session.sql)
        return _rewrites.analyse(sql, self.session.sql)

    @contextmanager
    def _information_schema(self, sql: str) -> Iterator[str]:
        """The statement with temporary views in place of information_schema's, dropped once it is analysed."""
        found = tokens(sql)
        named = list(_information_schema.references(found))
        for view, edit in named:
            _information_schema.create(self.session, self.metadata, view, edit.text, found)
        try:
            yield apply(sql, [edit for _, edit in named])
        finally:
            for _, edit in named:
                self.session.catalog.dropTempView(edit.text)
