"""From the text a client sends to its result: names, rewrites, rules, then Spark."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from local_azure.databricks_sql import (
    _dynamic,
    _files,
    _information_schema,
    _kernel,
    _names,
    _places,
    _policies,
    _rewrites,
    _rules,
    _script_text,
    _scripts,
    _temporary,
    _views,
)
from local_azure.databricks_sql._call import Call
from local_azure.databricks_sql._catalog import TEMPORARY
from local_azure.databricks_sql._metadata import Metadata
from local_azure.databricks_sql._metastore import Metastore, changes
from local_azure.databricks_sql._results import Result, SparkResult, Wanted, collected
from local_azure.databricks_sql._settings import Settings
from local_azure.databricks_sql._side_file import Name, Notes, SideFile
from local_azure.databricks_sql._tokens import Edit, Token, apply, closing, name, tokens

_numbers = itertools.count()
_QUALIFIED_CALL = re.compile(r"\.\s*`?\w+`?\s*\(")
# Statements that begin so are about a view itself and not about what it shows.
_ABOUT_VIEWS = frozenset({"DROP", "ALTER", "GRANT", "REVOKE", "SHOW", "DESCRIBE", "DESC", "COMMENT", "SET", "UNSET"})


class Statements:
    """Runs the statements of one session, one after the other; `is_warehouse` as `Settings` has it."""

    def __init__(
        self,
        session: SparkSession,
        metastore: Metastore,
        side: SideFile,
        prefixes: list[str],
        *,
        is_warehouse: bool = False,
    ) -> None:
        self.session = session
        self._metastore = metastore
        self.metadata = Metadata(session, side)
        self.settings = Settings(session, is_warehouse=is_warehouse)
        self._prefixes = prefixes

    def open(self, catalog: str | None, schema: str | None, configuration: Mapping[str, str]) -> None:
        """Begin in a schema with the settings the client gave. Raises StatementError for another catalog."""
        if catalog:
            _names.check_catalog(catalog)
        for key, value in configuration.items():
            self.settings.open(key, value)
        if schema:
            self.metadata.begin_in(schema.lower())

    def execute(self, sql: str, wanted: Wanted, limit: int | None = None) -> Result:
        """Run one statement. Raises what Spark or a rule raises; `_errors.translate` words it."""
        sent, found = sql, tokens(sql)
        _places.check(found, self._prefixes)
        if _script_text.is_script(found):
            return self._script(sql, wanted, limit, {})
        sql = apply(sql, _names.catalog_edits(found))
        if any(token.upper == "IDENTIFIER" for token in found):
            sql = _dynamic.names(sql, self.session)
        sql = self._temporary_tables(sql)
        try:
            with self._temporary_views(sql) as sql:
                sql = _rewrites.rewrite(sql, tokens(sql))
                return self._answer(sent, sql, tokens(sql), wanted, limit)
        finally:
            if changes(found):
                self._metastore.keep()

    def _answer(self, sent: str, sql: str, found: list[Token], wanted: Wanted, limit: int | None) -> Result:
        if rule := _rules.find(found, lambda match: self._call(sent, sql, found, match, wanted)):
            answer, call = rule
            return answer(call)
        frame = self._run(sql)
        if frame._jdf.logicalPlan().getClass().getSimpleName() == "CommandResult":
            return collected(frame)
        return SparkResult(frame if limit is None else frame.limit(limit), wanted)

    def _call(self, sent: str, sql: str, found: list[Token], match: re.Match[str], wanted: Wanted) -> Call:
        again = lambda text: self.execute(text, wanted)  # noqa: E731
        script = lambda text, own: self._script(text, wanted, None, own)  # noqa: E731
        return Call(self.session, self.metadata, self.settings, self._run, again, script, sent, sql, found, match)

    def _script(self, sql: str, wanted: Wanted, limit: int | None, own: Mapping[str, Callable[[], None]]) -> Result:
        """Run a script, each of its statements as if it had been sent, `own` those that begin with its words."""
        text = _script_text.read(sql)
        script = _scripts.Script(self.session, text, lambda each: self.execute(each, wanted, limit), own)
        with self._temporary_views(apply(text.sql, _names.catalog_edits(tokens(text.sql)))) as flow:
            return script.run(_rewrites.rewrite(flow, tokens(flow)))

    def close(self) -> None:
        """The session is over, and with it its temporary tables."""
        if own := self.metadata.temporary:
            self.session.sql(f"DROP SCHEMA IF EXISTS {name(own)} CASCADE")
            self.metadata.side.forget_schema(own)
            self.metadata.temporary = ""

    def _temporary_tables(self, sql: str) -> str:
        """The statement with this session's temporary tables by the names that they have in Spark's catalog."""
        found = tokens(sql)
        if _temporary.creates(found) and not self.metadata.temporary:
            self.metadata.temporary = f"{TEMPORARY}{uuid.uuid4().hex}"
            self.session.sql(f"CREATE SCHEMA {name(self.metadata.temporary)}")
        own = self.metadata.temporary
        if not own:
            return sql
        return _temporary.placed(sql, found, own, {table for _, table in self.metadata.names_there(own)})

    def _run(self, sql: str) -> DataFrame:
        if _kernel.reads(tokens(sql)):
            # what the Kernel does not know, time travel for one, is Spark's to answer or to refuse
            with suppress(PySparkException), _kernel.chosen(self.session):
                return _rewrites.analyse(sql, self.session.sql)
        return _rewrites.analyse(sql, self.session.sql)

    @contextmanager
    def _temporary_views(self, sql: str) -> Iterator[str]:
        """The statement with temporary views in place of information_schema's, of files and of histories.

        They are dropped once the statement is analysed, unless it makes a temporary view over them.
        """
        made: list[str] = []
        try:
            sql = self._live_views(sql, made)
            sql = self._guarded(sql, made)
            sql = self._table_functions(sql, made)
            sql = self._information_schema(sql, made)
            if "read_files" in sql.lower() or "history" in sql.lower() or "detail" in sql.lower():
                sql, views = _files.views(sql, self.session, self._prefixes)
                made += views
            yield sql
        finally:
            for view in [] if _makes_temporary_view(sql) else made:
                self.session.catalog.dropTempView(view)

    def _information_schema(self, sql: str, made: list[str]) -> str:
        found = tokens(sql)
        named = list(_information_schema.references(found))
        for view, edit in named:
            temporary = edit.text.partition(" ")[0]
            if temporary.startswith("__") and temporary not in made:
                _information_schema.create(self.session, self.metadata, view, temporary, found)
                made.append(temporary)
        return apply(sql, [edit for _, edit in named])

    def _table_functions(self, sql: str, made: list[str]) -> str:
        """The statement with what table functions of a named schema give: Spark looks for them in the current one."""
        found = tokens(sql) if _QUALIFIED_CALL.search(sql) else []
        edits = []
        for first, last, function in _policies.sources(found, ""):
            called = last > first and found[last + 1 : last + 2] and found[last + 1].text == "("
            if called and self.metadata.has_function(function):
                end = closing(found, last + 1)
                temporary = f"__live_{function[1]}_{next(_numbers)}"
                self._called(function, sql[found[last + 1].start : found[end].end]).createOrReplaceTempView(temporary)
                made.append(temporary)
                text = _information_schema.under(temporary, found[last].text, found[end + 1 : end + 2])
                edits.append(Edit(found[first].start, found[end].end, text))
        return apply(sql, edits)

    def _called(self, function: Name, given: str) -> DataFrame:
        current = str(self.session.catalog.currentDatabase())
        self.metadata.begin_in(function[0])
        try:
            return self._run(f"SELECT * FROM {name(function[1])}{given}")
        finally:
            self.metadata.begin_in(current)

    def _guarded(self, sql: str, made: list[str]) -> str:
        """The statement with what masks and row filters leave of the tables that it reads, also through views."""
        guarded = self.metadata.side.guarded()
        found = tokens(sql) if guarded else []
        edits = []
        current = str(self.session.catalog.currentDatabase()) if guarded else ""
        read = list(_policies.sources(found, current))
        _policies.check(found, read, current, guarded)
        for first, last, named in read:
            if frame := self._guarded_source(named, guarded):
                temporary = f"__live_{named[1]}_{next(_numbers)}"
                frame.createOrReplaceTempView(temporary)
                made.append(temporary)
                text = _information_schema.instead(found, first, last, temporary)
                edits.append(Edit(found[first].start, found[last].end, text))
        return apply(sql, edits)

    def _guarded_source(self, named: Name, guarded: Mapping[Name, Notes]) -> DataFrame | None:
        """What a table with masks or a filter shows, or a view over such tables; None for any other."""
        if named in guarded:
            return self._run(_policies.query(self.metadata, named, guarded[named]))
        for view in self.metadata.tables([named]):
            text = apply(view.view_text, _names.catalog_edits(tokens(view.view_text)))
            with self._temporary_views(text) as instead:
                return self._run(instead).toDF(*view.columns.names) if instead != text else None
        return None

    def _live_views(self, sql: str, made: list[str]) -> str:
        """The statement with what views over information_schema show now, unless it is about the views themselves."""
        live = self.metadata.side.live_views()
        found = tokens(sql) if live else []
        if not found or found[0].upper in _ABOUT_VIEWS:
            return sql
        edits = []
        current = str(self.session.catalog.currentDatabase())
        for first, last, view in _views.references(found, live, current):
            temporary = f"__live_{view[1]}_{next(_numbers)}"
            with self._temporary_views(apply(live[view], _names.catalog_edits(tokens(live[view])))) as text:
                self._run(text).createOrReplaceTempView(temporary)
            made.append(temporary)
            text = _information_schema.instead(found, first, last, temporary)
            edits.append(Edit(found[first].start, found[last].end, text))
        return apply(sql, edits)


def _makes_temporary_view(sql: str) -> bool:
    words = [token.upper for token in tokens(sql)[:6]]
    return words[:1] == ["CREATE"] and "VIEW" in words and not {"TEMPORARY", "TEMP"}.isdisjoint(words)
