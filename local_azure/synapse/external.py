"""External tables and COPY INTO: files below the --storage folders, and nothing outside them.

Source: Microsoft Learn, "CREATE EXTERNAL TABLE", "CREATE EXTERNAL DATA SOURCE", "COPY INTO", and "Use external
tables with Synapse SQL": names beginning with _ or . are ignored, folders are read recursively.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from local_azure.synapse import delimited
from local_azure.synapse.casts import assign, ident, quote
from local_azure.synapse.errors import SqlError, not_local
from local_azure.synapse.roles import POOL_IDENTITY, Roles
from local_azure.synapse.scope import BoundColumn, BoundQuery
from local_azure.synapse.sqltypes import (
    BIGINT,
    BIT,
    DATE,
    FLOAT,
    INT,
    MAX,
    NUMERIC,
    SqlType,
    as_decimal,
    datetime2,
    decimal,
    nvarchar,
)  # fmt: skip

if TYPE_CHECKING:
    import duckdb

    from local_azure.synapse.catalog import ColumnInfo, ObjectInfo, Snapshot

_FROM_DUCKDB = {
    "BOOLEAN": BIT, "TINYINT": SqlType("smallint"), "UTINYINT": SqlType("tinyint"), "SMALLINT": SqlType("smallint"),
    "USMALLINT": INT, "INTEGER": INT, "UINTEGER": BIGINT, "BIGINT": BIGINT, "FLOAT": SqlType("real"),
    "DOUBLE": FLOAT, "VARCHAR": nvarchar(MAX), "BLOB": SqlType("varbinary", MAX), "DATE": DATE,
    "TIME": SqlType("time", scale=6), "TIMESTAMP": datetime2(6), "TIMESTAMP_MS": datetime2(6),
    "TIMESTAMP_S": datetime2(6), "TIMESTAMP_NS": datetime2(6), "TIMESTAMP WITH TIME ZONE": datetime2(6),
    "UUID": SqlType("uniqueidentifier"),
}  # fmt: skip


def file_type(duckdb_type: str) -> SqlType:
    """The T-SQL type a Parquet column arrives as. Raises SqlError 105001 for nested and unknown types."""
    if duckdb_type.startswith("DECIMAL("):
        precision, scale = (int(part) for part in duckdb_type[8:-1].split(","))
        return decimal(precision, scale)
    if duckdb_type not in _FROM_DUCKDB:
        raise SqlError(105001, f"EXTERNAL TABLE access failed: Parquet type {duckdb_type} has no SQL type.")
    return _FROM_DUCKDB[duckdb_type]


_HTTPS = re.compile(r"https://([^./]+)\.(?:blob|dfs)\.core\.windows\.net/([^/]+)", re.IGNORECASE)
_WASBS = re.compile(r"(?:wasbs?|abfs)://([^@/]+)@([^./]+)\.(?:blob|dfs)\.", re.IGNORECASE)


def canonical(url: str) -> str:
    """An address as abfss://container@account..., whose other spellings are COPY's ("COPY", external locations) and the
    Blob driver's."""
    return _WASBS.sub(r"abfss://\1@\2.dfs.", _HTTPS.sub(r"abfss://\2@\1.dfs.core.windows.net", url))


class Storage:
    """The folders that stand for storage accounts: `{"abfss://container@account": folder}`."""

    def __init__(self, folders: Mapping[str, Path], roles: Roles | None = None) -> None:
        self.folders = {canonical(url).rstrip("/"): folder.resolve() for url, folder in folders.items()}
        self.roles = roles  # None: nothing is known of identities
        self.connection: duckdb.DuckDBPyConnection | None = None  # describes files; opened by the engine

    def folder(self, url: str) -> Path:
        """The path of an address. Raises SqlError 105001 outside the folders given."""
        url = canonical(url)
        for prefix, folder in self.folders.items():
            if url == prefix or url.startswith(prefix + "/"):
                path = (folder / url[len(prefix) :].lstrip("/")).resolve()
                if path == folder or folder in path.parents:
                    return path
        raise SqlError(
            105001,
            (
                f"EXTERNAL TABLE access failed because the location '{url}' is not below a storage folder of "
                "this endpoint."
            ),
        )

    def require(self, identity: str, url: str, *, writes: bool = False) -> None:
        """Raises SqlError 105019 where an identity may not read (or write) at an address."""
        if self.roles:
            self.roles.require(identity.lower(), canonical(url), writes=writes)

    def files(self, path: Path) -> list[Path]:
        """The data files at or below a path. Raises SqlError 105002 where there is nothing at all."""
        if not path.exists():
            raise SqlError(
                105002,
                (
                    f"EXTERNAL TABLE access failed because the specified path name '{path.name}' does not exist. "
                    "Enter a valid path and try again."
                ),
            )
        if path.is_file():
            return [path]
        return sorted(self._visible(path))

    def matching(self, url: str) -> list[Path]:
        """The data files at an address, whose path may hold `*`. Raises SqlError 105001, 105002."""
        url = canonical(url)
        fixed, star, _ = url.partition("*")
        if not star:
            return self.files(self.folder(url))
        base = self.folder(fixed.rsplit("/", 1)[0])
        found = [p for p in base.glob(url[len(fixed.rsplit("/", 1)[0]) :].lstrip("/")) if base in p.resolve().parents]
        files = [f for path in found if not path.name.startswith(("_", ".")) for f in self.files(path)]
        return sorted(files) if files else self.files(base / url.rsplit("/", 1)[1])

    def _visible(self, folder: Path) -> Iterator[Path]:
        for entry in folder.iterdir():
            if entry.name.startswith(("_", ".")) or entry.is_symlink():
                continue
            if entry.is_dir():
                yield from self._visible(entry)
            else:
                yield entry

    def location(self, options: Mapping[str, str], snapshot: Snapshot, login: str, *, writes: bool = False) -> Path:
        """Where an external table's data lies. The pool reads it where the source has a credential, else the login.

        Raises SqlError for an unknown data source or file format, and where a role is missing.
        """
        source = snapshot.external.get(("DATA SOURCE", options.get("DATA_SOURCE", "").lower()))
        if source is None:
            raise SqlError(46517, f"External data source '{options.get('DATA_SOURCE', '')}' does not exist.")
        if ("FILE FORMAT", options.get("FILE_FORMAT", "").lower()) not in snapshot.external:
            raise SqlError(46518, f"External file format '{options.get('FILE_FORMAT', '')}' does not exist.")
        url = source["LOCATION"].rstrip("/") + "/" + options["LOCATION"].lstrip("/")
        self.require(POOL_IDENTITY if "CREDENTIAL" in source else login, url, writes=writes)
        return self.folder(url)

    def scan(self, info: ObjectInfo, snapshot: Snapshot, login: str) -> BoundQuery:
        """An external table as a query of its declared types."""
        return self.read(info.options, info.columns, snapshot, login)

    def form(self, options: Mapping[str, str], snapshot: Snapshot) -> dict[str, str]:
        """The options of an external table's file format."""
        return snapshot.external[("FILE FORMAT", options["FILE_FORMAT"].lower())]

    def read(
        self, options: Mapping[str, str], columns: tuple[ColumnInfo, ...], snapshot: Snapshot, login: str
    ) -> BoundQuery:
        """Read files into declared columns, which must agree with those of Parquet in name and order."""
        files = self.files(self.location(options, snapshot, login))
        form = self.form(options, snapshot)
        if form["FORMAT_TYPE"].upper() == delimited.KIND:
            return delimited.read(files, columns, form)
        return self.read_files(files, columns)

    def read_files(self, files: list[Path], columns: tuple[ColumnInfo, ...]) -> BoundQuery:
        bound = tuple(BoundColumn(c.name, c.type, f"c{i}", c.nullable) for i, c in enumerate(columns))
        if not files:
            empty = ", ".join(f"CAST(NULL AS {c.type.duckdb}) AS c{i}" for i, c in enumerate(columns))
            return BoundQuery(f"SELECT {empty} WHERE false", bound)
        return BoundQuery(" UNION ALL ".join(self._read_file(file, columns) for file in files), bound)

    def _read_file(self, file: Path, columns: tuple[ColumnInfo, ...]) -> str:
        found = self.describe(file)
        if len(found) != len(columns):
            raise SqlError(
                106000,
                (
                    "HdfsBridge::recordReaderFillBuffer - Unexpected error encountered filling record reader "
                    f"buffer: HadoopExecutionException: Column count mismatch. Source file has {len(found)} "
                    f"columns, external table definition has {len(columns)} columns."
                ),
            )
        parts = []
        for i, (column, (name, type_)) in enumerate(zip(columns, found, strict=True)):
            if column.name.lower() != name.lower():
                raise SqlError(
                    106000,
                    (
                        f"Column {i + 1} is '{name}' in the Parquet file and '{column.name}' in the external table "
                        "definition."
                    ),
                )
            parts.append(f"{self._convert(ident(name), type_, column)} AS c{i}")
        return f"SELECT {', '.join(parts)} FROM read_parquet({quote(str(file))}, hive_partitioning = false)"

    def _convert(self, sql: str, source: SqlType, column: ColumnInfo) -> str:
        """Only a conversion within the family: PolyBase reads no number into text, and no text into a number."""
        both_numbers = source.name in NUMERIC and column.type.name in NUMERIC
        if both_numbers and as_wide(source, column.type) is False:
            raise _mismatch(column, source)
        if source.is_string != column.type.is_string:
            raise _mismatch(column, source)
        return assign(f"CAST({sql} AS {source.duckdb})", source, column.type)

    def describe(self, file: Path) -> list[tuple[str, SqlType]]:
        """Names and types of a Parquet file's columns, in order."""
        if self.connection is None:
            raise RuntimeError("the engine has not opened this storage")
        with self.connection.cursor() as cursor:
            sql = f"DESCRIBE SELECT * FROM read_parquet({quote(str(file))}, hive_partitioning = false)"
            return [(row[0], file_type(row[1])) for row in cursor.execute(sql).fetchall()]


def as_wide(source: SqlType, target: SqlType) -> bool:
    """Whether a number of the file always fits the declared type: never a silent loss of digits."""
    if {source.name, target.name} <= {"real", "float"} or source.name == target.name == "bit":
        return target.name == "float" or source.name == target.name
    if "float" in {source.name, target.name} or "real" in {source.name, target.name}:
        return False
    a, b = as_decimal(source), as_decimal(target)
    return a.scale <= b.scale and a.precision - a.scale <= b.precision - b.scale


def _mismatch(column: ColumnInfo, source: SqlType) -> SqlError:
    return SqlError(
        106000,
        f"Column '{column.name}' is {source} in the Parquet file and {column.type} in the external table definition.",
    )


def check_source(options: Mapping[str, str]) -> None:
    """CREATE EXTERNAL DATA SOURCE: a Hadoop source with a location. Raises SqlError."""
    if options.get("TYPE", "HADOOP").upper() != "HADOOP":
        raise not_local(f"A data source of type {options['TYPE']}")
    require(options, {"LOCATION"}, {"TYPE", "LOCATION", "CREDENTIAL"})


def check_format(options: Mapping[str, str]) -> None:
    """CREATE EXTERNAL FILE FORMAT: Parquet and delimited text. Raises SqlError."""
    kind = options.get("FORMAT_TYPE", "").upper()
    more = delimited.OPTIONS if kind == delimited.KIND else set()
    require(options, {"FORMAT_TYPE"}, {"FORMAT_TYPE", "DATA_COMPRESSION", *more})
    if kind not in {"PARQUET", delimited.KIND}:
        raise not_local(f"A file format of type {options['FORMAT_TYPE']}")
    if kind == delimited.KIND:
        delimited.check(options)


def check_table(options: Mapping[str, str]) -> None:
    """CREATE EXTERNAL TABLE: the options of its page. Raises SqlError."""
    known = {
        "LOCATION",
        "DATA_SOURCE",
        "FILE_FORMAT",
        "REJECT_TYPE",
        "REJECT_VALUE",
        "REJECT_SAMPLE_VALUE",
        "REJECTED_ROW_LOCATION",
    }
    require(options, {"LOCATION", "DATA_SOURCE", "FILE_FORMAT"}, known)
    if options.get("REJECT_VALUE", "0") not in {"0", "0.0"}:
        raise not_local("An external table that rejects rows")


def require(options: Mapping[str, str], needed: set[str], known: set[str]) -> None:
    """Raises SqlError 46505 for an option that is missing, 102 for one that is none."""
    for name in sorted(needed - set(options)):
        raise SqlError(46505, f"Missing required external DDL option '{name}'.")
    for name in sorted(set(options) - known):
        raise SqlError(102, f"Incorrect syntax near '{name}'.", 15)
