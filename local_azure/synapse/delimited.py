"""Delimited text of external tables: how it is read, and how CREATE EXTERNAL TABLE AS SELECT writes it.

Source: Microsoft Learn, "CREATE EXTERNAL FILE FORMAT", delimited text format options; "CREATE EXTERNAL TABLE", rejected
rows, of which none is allowed here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from local_azure.synapse.casts import cast, ident, quote
from local_azure.synapse.errors import THRESHOLD, SqlError, not_local
from local_azure.synapse.scope import BoundColumn, BoundQuery
from local_azure.synapse.sqltypes import MAX, NUMERIC, TEMPORAL, SqlType, varchar

if TYPE_CHECKING:
    from local_azure.synapse.catalog import ColumnInfo

KIND = "DELIMITEDTEXT"
OPTIONS = {"FIELD_TERMINATOR", "STRING_DELIMITER", "FIRST_ROW", "DATE_FORMAT", "USE_TYPE_DEFAULT", "ENCODING"}
_GZIP = "org.apache.hadoop.io.compress.GzipCodec"
_TEXT = varchar(MAX)
_CANONICAL = 121  # CONVERT's style for the page's default formats of dates and times
_REJECTED = f"{THRESHOLD}: 1 rows rejected."


def check(options: Mapping[str, str]) -> None:
    """The options of a format. Raises SqlError 102 for a value that none has."""
    first, encoding = options.get("FIRST_ROW", "1"), options.get("ENCODING", "UTF8").upper()
    if not first.isdigit() or not 1 <= int(first) <= 15:
        raise _wrong(first)
    if encoding not in {"UTF8", "UTF16"}:
        raise _wrong(encoding)
    if options.get("USE_TYPE_DEFAULT", "FALSE").upper() not in {"TRUE", "FALSE"}:
        raise _wrong(options["USE_TYPE_DEFAULT"])
    if options.get("DATA_COMPRESSION", _GZIP) != _GZIP:
        raise _wrong(options["DATA_COMPRESSION"])
    if options.get("DATE_FORMAT"):
        raise not_local("A file format with DATE_FORMAT")
    if len(_delimiter(options)) > 1:
        raise not_local("A STRING_DELIMITER of several characters")


def _wrong(text: str) -> SqlError:
    return SqlError(102, f"Incorrect syntax near '{text}'.", 15)


def character(text: str) -> str:
    """A terminator as it is, by \\t, or in hexadecimal."""
    if re.fullmatch(r"0[xX]([0-9A-Fa-f]{2})+", text):
        return bytes.fromhex(text[2:]).decode("latin-1")
    return text.replace("\\t", "\t")


def _delimiter(options: Mapping[str, str]) -> str:
    return character(options.get("STRING_DELIMITER", ""))


def _dialect(options: Mapping[str, str], sign: str) -> str:
    """Separator and quotes as options of DuckDB, with `sign` between name and value."""
    mark = quote(_delimiter(options))
    delim = quote(character(options.get("FIELD_TERMINATOR", "|")))
    return ", ".join(f"{name}{sign}{value}" for name, value in (("delim", delim), ("quote", mark), ("escape", mark)))


def read(files: Sequence[Path], columns: tuple[ColumnInfo, ...], options: Mapping[str, str]) -> BoundQuery:
    """The rows of text files as declared columns; what is nothing of its type ends the query with error 107090."""
    bound = tuple(BoundColumn(c.name, c.type, f"c{i}", c.nullable) for i, c in enumerate(columns))
    values = ", ".join(f"{_value(f'f{i}', c, options)} AS c{i}" for i, c in enumerate(columns))
    if not files:
        empty = ", ".join(f"CAST(NULL AS VARCHAR) AS f{i}" for i, _ in enumerate(columns))
        return BoundQuery(f"SELECT {values} FROM (SELECT {empty} WHERE false) q", bound)
    listed = ", ".join(quote(str(file)) for file in files)
    fields = ", ".join(f"'f{i}': 'VARCHAR'" for i, _ in enumerate(columns))
    how = _dialect(options, " = ")
    encoding = "utf-16" if options.get("ENCODING", "").upper() == "UTF16" else "utf-8"
    skip = int(options.get("FIRST_ROW", "1")) - 1
    fixed = "header = false, auto_detect = false, nullstr = '', allow_quoted_nulls = false"
    rows = f"read_csv([{listed}], columns = {{{fields}}}, {how}, skip = {skip}, encoding = '{encoding}', {fixed})"
    return BoundQuery(f"SELECT {values} FROM {rows} q", bound)


def _value(field: str, column: ColumnInfo, options: Mapping[str, str]) -> str:
    """A field as its column's type; a missing one as NULL, or with USE_TYPE_DEFAULT as the type's default."""
    if column.type.is_string and column.type.length != MAX:
        wrong, value = f"length({field}) > {column.type.length}", cast(field, _TEXT, column.type)
    else:
        value = cast(field, _TEXT, column.type, safe=True)
        wrong = f"{value} IS NULL"
    missing = "NULL"
    if options.get("USE_TYPE_DEFAULT", "FALSE").upper() == "TRUE":
        missing = cast(quote(_default(column.type)), _TEXT, column.type)
    message = quote(f"[[107090]]{_REJECTED} Column: {column.name}, expected data type: {column.type}.")
    return f"CASE WHEN {field} IS NULL THEN {missing} WHEN {wrong} THEN error({message}) ELSE {value} END"


def _default(type_: SqlType) -> str:
    return "0" if type_.name in NUMERIC else "1900-01-01" if type_.name in TEMPORAL else ""


def write(source: str, columns: tuple[ColumnInfo, ...], options: Mapping[str, str], file: Path) -> str:
    """The statement that writes a query's rows as text, its dates and times in the default formats of the page."""
    if options.get("ENCODING", "UTF8").upper() != "UTF8":
        raise not_local("Writing delimited text in UTF16")
    if (first := int(options.get("FIRST_ROW", "1"))) > 2:
        raise not_local("Writing delimited text with more than one row before its first")
    texts = ", ".join(f"{_written(f'q.c{i}', c.type)} AS {ident(c.name)}" for i, c in enumerate(columns))
    quoted = ", ".join(ident(c.name) for c in columns if c.type.is_string)
    force = f", force_quote ({quoted})" if quoted and _delimiter(options) else ""
    packed = "gzip" if "DATA_COMPRESSION" in options else "none"
    how = _dialect(options, " ")
    form = f"format csv, header {str(first == 2).lower()}, {how}, nullstr '', compression {packed}{force}"
    return f"COPY (SELECT {texts} FROM ({source}) q) TO {quote(str(file))} ({form})"


def _written(sql: str, type_: SqlType) -> str:
    return cast(sql, type_, _TEXT, style=_CANONICAL if type_.name in TEMPORAL else None)


def suffix(options: Mapping[str, str]) -> str:
    """How the name of a file ends; a compressed one must end in .gz."""
    return ".txt.gz" if "DATA_COMPRESSION" in options else ".txt"
