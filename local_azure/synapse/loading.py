"""COPY INTO, from CSV and Parquet, and CREATE EXTERNAL TABLE AS SELECT.

Source: Microsoft Learn, "COPY (Transact-SQL)", each option by its paragraph; "CREATE EXTERNAL TABLE AS SELECT".
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from local_azure.synapse import delimited, external
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import assign, cast, ident, quote
from local_azure.synapse.catalog import ColumnInfo, NewObject, ObjectInfo
from local_azure.synapse.changes import assigned, target_table
from local_azure.synapse.credentials import IDENTITIES
from local_azure.synapse.errors import SqlError, csv_row, invalid_column, not_local
from local_azure.synapse.roles import POOL_IDENTITY
from local_azure.synapse.scope import BoundColumn, BoundQuery, Scope
from local_azure.synapse.sqltypes import MAX, nvarchar

if TYPE_CHECKING:
    from local_azure.synapse.definitions import Definer

_TEXT = nvarchar(MAX)
_STAGED = "temp.main.copy_into"  # gone with the statement, whose transaction it is made in
_COPY_OPTIONS = {
    "FILE_TYPE", "CREDENTIAL", "MAXERRORS", "COMPRESSION", "FIELDQUOTE", "FIELDTERMINATOR", "ROWTERMINATOR", "FIRSTROW",
    "DATEFORMAT", "ENCODING", "IDENTITY_INSERT", "FILE_FORMAT", "ERRORFILE", "ERRORFILE_CREDENTIAL",
    "AUTO_CREATE_TABLE",
}  # fmt: skip
_ELSEWHERE = ("FILE_FORMAT", "ERRORFILE", "ERRORFILE_CREDENTIAL", "AUTO_CREATE_TABLE")
_ROW_ENDS = {"\\n", "\\r\\n", "0X0A", "0X0D0A", "\n", "\r\n"}
_ENCODINGS = {"UTF8": "utf-8", "UTF16": "utf-16"}
_COMPRESSIONS = {"NONE": "none", "GZIP": "gzip"}


def copy_into(definer: Definer, statement: n.CopyInto) -> int:
    """Load files into a table; returns the rows loaded. Raises SqlError for options, files and values."""
    kind = check(statement.options)
    table = target_table(definer.binder, statement.table, "INSERT")
    columns = _columns(table, statement)
    files = [f for location in statement.locations for f in _files(definer, location, statement.options)]
    if kind == "PARQUET":
        wanted = tuple(info for info, _ in columns)
        query = definer.binder.storage.read_files(files, wanted)
    else:
        query = _Csv(definer, columns, statement.options, listed=bool(statement.columns)).query(files)
    listed = [info for info, _ in columns]
    names = ", ".join(ident(c.name) for c in listed)
    count = definer.fill(f"INSERT INTO {table.duckdb_name} ({names}) {assigned(query, listed)}")
    definer.connection.execute(f"DROP TABLE IF EXISTS {_STAGED}")
    return count


def _files(definer: Definer, location: str, options: Mapping[str, str]) -> list[Path]:
    """What lies at a location, for who asks: without a credential COPY reads as the login (COPY, CREDENTIAL)."""
    pools = options.get("CREDENTIAL", "").upper() in IDENTITIES
    definer.binder.storage.require(POOL_IDENTITY if pools else definer.binder.login, location)
    return definer.binder.storage.matching(location)


def check(options: Mapping[str, str]) -> str:
    """The type of the files, CSV unless it is said (COPY, example A). Raises SqlError for an option that is none, or is
    not here."""
    external.require(options, set(), _COPY_OPTIONS)
    for name in _ELSEWHERE:
        if name in options:
            raise not_local(f"COPY INTO with {name}")
    kind = options.get("FILE_TYPE", "CSV").upper()
    if kind == "ORC":
        raise not_local("COPY INTO from ORC")
    if kind not in {"CSV", "PARQUET"}:
        raise SqlError(102, f"Incorrect syntax near '{options['FILE_TYPE']}'.", 15)
    return kind


def _columns(table: ObjectInfo, statement: n.CopyInto) -> list[tuple[ColumnInfo, n.CopyColumn]]:
    """The columns loaded, each with what the list says of it; an identity column only where it is asked for."""
    explicit = statement.options.get("IDENTITY_INSERT", "OFF").upper() == "ON"
    given = statement.columns or tuple(n.CopyColumn(c.name) for c in table.columns if explicit or c.identity is None)
    found = []
    for place, column in enumerate(given, 1):
        info = table.column(column.name)
        if info is None:
            raise invalid_column(column.name)
        found.append((info, n.CopyColumn(info.name, column.default, column.field or place)))
    return found


class _Csv:
    """One load of CSV files: every field is text first, and then what its column is."""

    def __init__(
        self,
        definer: Definer,
        columns: Sequence[tuple[ColumnInfo, n.CopyColumn]],
        options: Mapping[str, str],
        *,
        listed: bool,
    ) -> None:
        self.definer, self.columns, self.options, self.listed = definer, columns, options, listed
        self.skipped = _integer(options, "FIRSTROW", 1) - 1
        self.fields = max(column.field or 0 for _, column in columns)

    def query(self, files: Sequence[Path]) -> BoundQuery:
        """The good rows. Raises SqlError 4863 or 4864 once more than MAXERRORS are bad, 4866 for what is no row."""
        bound = tuple(BoundColumn(c.name, c.type, f"c{i}", c.nullable) for i, (c, _) in enumerate(self.columns))
        if not files:
            empty = ", ".join(f"CAST(NULL AS {c.type.duckdb}) AS c{i}" for i, (c, _) in enumerate(self.columns))
            return BoundQuery(f"SELECT {empty} WHERE false", bound)
        self._stage(self._raw(files))
        self._refuse_bad()
        values = ", ".join(f"{self._value(i, *pair)} AS c{i}" for i, pair in enumerate(self.columns))
        return BoundQuery(f"SELECT {values} FROM {_STAGED} WHERE wrong IS NULL", bound)

    def _stage(self, raw: str) -> None:
        """Every row's values, each converted once, and the first column that is nothing of its type."""
        typed = ", ".join(f"{cast(f'f{c.field}', _TEXT, t.type, safe=True)} AS c{i}" for i, (t, c) in self._numbered())
        place = " ".join(f"WHEN {self._wrong(i, *pair)} THEN {i}" for i, pair in self._numbered())
        kept = ", ".join(f"c{i}" for i, _ in self._numbered())
        sql = f"SELECT r, {kept}, CASE {place} END AS wrong FROM (SELECT *, {typed} FROM ({raw}) q) q"
        try:
            self.definer.connection.execute(f"CREATE OR REPLACE TEMP TABLE {_STAGED} AS {sql}")
        except duckdb.InvalidInputException as error:
            text = "The bulk load failed. A column is too long in the data file, or a row has another number of fields"
            more = f"Verify that the field terminator and row terminator are right, at {csv_row(str(error))}."
            raise SqlError(4866, f"{text}. {more}") from error

    def _numbered(self) -> list[tuple[int, tuple[ColumnInfo, n.CopyColumn]]]:
        return list(enumerate(self.columns))

    def _raw(self, files: Sequence[Path]) -> str:
        listed = ", ".join(quote(str(file)) for file in files)
        dialect = self._dialect(files)
        count = max(self.fields, self._counted(files[0], dialect)) if self.listed else self.fields
        fields = ", ".join(f"'f{i}': 'VARCHAR'" for i in range(1, count + 1))
        fixed = "header = false, auto_detect = false, nullstr = '', allow_quoted_nulls = false"
        rows = f"read_csv([{listed}], columns = {{{fields}}}, {dialect}, {fixed})"
        return f"SELECT row_number() OVER () + {self.skipped} AS r, * FROM {rows}"

    def _dialect(self, files: Sequence[Path]) -> str:
        _known(self.options, "ROWTERMINATOR", "\\n", dict.fromkeys(_ROW_ENDS, ""))
        if self.options.get("DATEFORMAT", "mdy").lower() not in {"mdy", "ymd"}:
            raise not_local(f"DATEFORMAT '{self.options['DATEFORMAT']}'")
        mark = quote(delimited.character(self.options.get("FIELDQUOTE", '"')))
        return ", ".join(
            [
                f"delim = {quote(delimited.character(self.options.get('FIELDTERMINATOR', ',')))}",
                f"quote = {mark}, escape = {mark}, skip = {self.skipped}",
                f"encoding = {quote(_known(self.options, 'ENCODING', 'UTF8', _ENCODINGS))}",
                f"compression = {quote(self._compression(files))}",
            ]
        )

    def _counted(self, file: Path, dialect: str) -> int:
        """The fields of a row, where a list of columns may leave some out."""
        sql = f"SELECT len(columns) FROM sniff_csv({quote(str(file))}, header = false, {dialect})"
        row = self.definer.connection.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def _compression(self, files: Sequence[Path]) -> str:
        """As said, or by the files' names ("COMPRESSION")."""
        if "COMPRESSION" in self.options:
            return _known(self.options, "COMPRESSION", "NONE", _COMPRESSIONS)
        return "gzip" if all(file.suffix == ".gz" for file in files) else "none"

    def _value(self, place: int, info: ColumnInfo, column: n.CopyColumn) -> str:
        if column.default is None:
            return f"c{place}"
        bound = self.definer.binder.value(column.default, Scope())
        return f"coalesce(c{place}, {assign(bound.sql, bound.type, info.type)})"

    def _wrong(self, place: int, info: ColumnInfo, column: n.CopyColumn) -> str:
        """Whether a field is nothing of its column's type, or too long for it."""
        if info.type.is_string and info.type.length != MAX:
            return f"coalesce(length(f{column.field}) > {info.type.length}, false)"
        return f"(f{column.field} IS NOT NULL AND c{place} IS NULL)"

    def _refuse_bad(self) -> None:
        allowed = _integer(self.options, "MAXERRORS", 0)
        sql = f"SELECT r, wrong FROM {_STAGED} WHERE wrong IS NOT NULL ORDER BY r LIMIT {allowed + 1}"
        found = self.definer.connection.execute(sql).fetchall()
        if len(found) > allowed:
            row, index = found[0]
            info = self.columns[index][0]
            number, why = (4863, "truncation") if info.type.is_string else (4864, "type mismatch")
            text = f"Bulk load data conversion error ({why}) for row {row}, column {index + 1} ({info.name})."
            raise SqlError(number, text)


def _integer(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, str(default))
    if not text.isdigit():
        raise SqlError(102, f"Incorrect syntax near '{text}'.", 15)
    return int(text)


def _known(options: Mapping[str, str], name: str, default: str, known: Mapping[str, str]) -> str:
    value = options.get(name, default)
    for spelling in (value, value.upper()):
        if spelling in known:
            return known[spelling]
    raise not_local(f"{name} '{value}'")


def external_table_as(definer: Definer, statement: n.CreateExternalAs) -> int:
    """Write a query's rows as files below a data source, and make the external table over them; returns the rows."""
    external.check_table(statement.options)
    definer.names.require_free(statement.name)
    schema_id, _ = definer.names.schema_of(statement.name)
    bound = definer.binder.shown(definer.binder.query(statement.query, None))
    bound = definer.binder.named(bound, statement.columns, statement.name.last)
    columns = tuple(ColumnInfo(c.name, c.type, c.nullable) for c in bound.columns)
    storage, snapshot = definer.binder.storage, definer.names.snapshot
    folder = storage.location(statement.options, snapshot, definer.binder.login, writes=True)
    folder.mkdir(parents=True, exist_ok=True)
    form = storage.form(statement.options, snapshot)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d_%H%M%S")
    file = folder / f"QID{uuid.uuid4().hex[:8]}_{stamp}_0"
    if form["FORMAT_TYPE"].upper() == delimited.KIND:
        file = file.with_name(file.name + delimited.suffix(form))
        count = definer.fill(delimited.write(bound.sql, columns, form, file))
    else:
        listed = ", ".join(f"q.c{i} AS {ident(c.name)}" for i, c in enumerate(columns))
        to = quote(f"{file}.parquet")
        count = definer.fill(f"COPY (SELECT {listed} FROM ({bound.sql}) q) TO {to} (FORMAT parquet)")
    new = NewObject(schema_id, statement.name.last, "E", columns, options=dict(statement.options))
    definer.catalog.add_object(definer.connection, new)
    return count
