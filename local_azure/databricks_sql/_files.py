"""Files of the lake: COPY INTO, read_files, and what a query reads through a temporary view.

https://docs.databricks.com/aws/en/sql/language-manual/delta-copy-into
https://docs.databricks.com/aws/en/sql/language-manual/functions/read_files
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from collections.abc import Iterator
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import lit, regexp_replace

from local_azure.databricks_sql import _results
from local_azure.databricks_sql._call import Answer, Call, refused
from local_azure.databricks_sql._catalog import CATALOG, SPARK_CATALOG
from local_azure.databricks_sql._errors import StatementError, syntax_error, unsupported
from local_azure.databricks_sql._keys import TABLE
from local_azure.databricks_sql._places import check_place
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._rewrites import rewrite
from local_azure.databricks_sql._tokens import Edit, Kind, Token, apply, closing, items, tokens, unquote

_numbers = itertools.count()
_METADATA = "_metadata"  # of the file that a row stands in
FORMATS = frozenset({"csv", "json", "parquet", "avro", "orc", "text", "binaryfile", "xml"})
# Options of read_files that are not the reader's own.
_SHAPE = frozenset({"format", "schema", "schemahints", "rescueddatacolumn", "infercolumntypes"})


def views(sql: str, session: SparkSession, prefixes: list[str]) -> tuple[str, list[str]]:
    """`sql` with a temporary view for each read_files(...) and (DESCRIBE HISTORY t), and those views' names.

    Raises StatementError for files that are not below one of the prefixes.
    """
    found = tokens(sql)
    edits, made = _without_metadata(found), []
    for start, end, frame in _sources(sql, found, session, prefixes):
        view = f"__files_{next(_numbers)}"
        frame.createOrReplaceTempView(view)
        made.append(view)
        edits.append(Edit(found[start].start, found[end].end, view))
    return apply(sql, edits), made


def _sources(
    sql: str, found: list[Token], session: SparkSession, prefixes: list[str]
) -> Iterator[tuple[int, int, DataFrame]]:
    for index, token in enumerate(found[:-1]):
        following = found[index + 1]
        if token.upper == "READ_FILES" and following.text == "(" and found[index - 1].upper in ("FROM", "JOIN", ","):
            end = closing(found, index + 1)
            frame = _read_files(session, found[index + 2 : end], prefixes, _names_metadata(found))
            yield index, end, frame
        elif token.text == "(" and following.upper in ("DESCRIBE", "DESC") and index and _is_history(found, index):
            end = closing(found, index)
            frame = session.sql(sql[following.start : found[end - 1].end])
            if "name" in frame.columns:
                frame = frame.withColumn("name", regexp_replace("name", SPARK_CATALOG, CATALOG))
            yield index, end, frame


def _is_history(found: list[Token], index: int) -> bool:
    return index + 2 < len(found) and found[index + 2].upper in ("HISTORY", "DETAIL")


def _names_metadata(found: list[Token]) -> bool:
    return any(token.is_name and unquote(token.text).lower() == _METADATA for token in found)


def _without_metadata(found: list[Token]) -> list[Edit]:
    """`*` without the column _metadata, which is hidden until it is named; a query of many tables is left alone."""
    if not _names_metadata(found) or sum(token.upper == "FROM" for token in found) > 1:
        return []
    three = zip(found, found[1:], [*found[2:], found[-1]], strict=False)
    stars = (star for before, star, after in three if star.text == "*" and _is_item(before, star, after))
    return [Edit(star.start, star.end, f"* EXCEPT ({_METADATA})") for star in stars]


def _is_item(before: Token, star: Token, after: Token) -> bool:
    return before.upper in ("SELECT", "DISTINCT", ",") and (after is star or after.upper in ("FROM", ","))


def _read_files(session: SparkSession, listed: list[Token], prefixes: list[str], metadata: bool) -> DataFrame:
    """Raises StatementError for a format that there is not."""
    given = list(items(listed))
    named = [item for item in given if len(item) > 1 and item[1].text == "=>"]
    if any(item not in named for item in given[1:]):
        raise syntax_error("read_files takes name => value")
    options = dict(_option(session, item) for item in named)
    path = options.pop("path", "") or _constant(session, given[0] if given else [])
    check_place(path, prefixes)
    kind = options.get("format", "").lower() or _format_of(session, path)
    return _read(session, kind, [path], options, metadata)


def _option(session: SparkSession, item: list[Token]) -> tuple[str, str]:
    return unquote(item[0].text).lower(), _constant(session, item[2:])


def _constant(session: SparkSession, item: list[Token]) -> str:
    """The value of a literal, or of an expression that Spark computes."""
    if len(item) == 1 and item[0].kind in (Kind.STRING, Kind.NUMBER, Kind.WORD):
        return unquote(item[0].text)
    query = f"SELECT CAST({' '.join(token.text for token in item)} AS STRING)"
    try:
        row = session.sql(rewrite(query, tokens(query))).head()
    except AnalysisException as error:
        message = "[INVALID_PARAMETER_VALUE] read_files takes constants: paths and options. SQLSTATE: 22023"
        raise StatementError(message, "22023") from error
    return str(row[0]) if row else ""


def _format_of(session: SparkSession, path: str) -> str:
    """By the files' endings, as read_files finds it."""
    for file in files(session, path):
        ending = re.search(r"\.(\w+)(?:\.(?:gz|bz2|zst|snappy|lz4|deflate))?$", file)
        if ending and ending[1].lower() in FORMATS | {"txt"}:
            return "text" if ending[1].lower() == "txt" else ending[1].lower()
    message = f"[CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE] Cannot infer the format of the files in {path}: name it"
    raise StatementError(f"{message} with format =>. SQLSTATE: 42000")


def _read(session: SparkSession, kind: str, paths: list[str], options: dict[str, str], metadata: bool) -> DataFrame:
    """A frame of the files; a schema that is inferred has the column of what did not fit, empty here."""
    if kind.lower() not in FORMATS:
        raise unsupported(f"The format {kind}", f"there are {', '.join(sorted(FORMATS))}")
    reader = session.read.format(kind)
    if kind in ("csv", "json") and options.get("infercolumntypes", "true") == "true" and "schema" not in options:
        reader = reader.option("inferSchema", "true")
    for key, value in options.items():
        if key not in _SHAPE:
            reader = reader.option(key, value)
    if "schema" in options:
        return _with_metadata(reader.schema(options["schema"]).load(paths), metadata)
    frame = _with_metadata(reader.load(paths), metadata)
    for hint in _hints(options.get("schemahints", "")):
        frame = frame.withColumn(hint[0], frame[hint[0]].cast(hint[1]))
    rescued = kind in ("csv", "json", "parquet", "avro")
    return (
        frame.withColumn(options.get("rescueddatacolumn", "_rescued_data"), lit(None).cast("string"))
        if rescued
        else frame
    )


def _with_metadata(frame: DataFrame, wanted: bool) -> DataFrame:
    """https://docs.databricks.com/aws/en/ingestion/file-metadata-column"""
    return frame.select("*", _METADATA) if wanted else frame


def _hints(text: str) -> Iterator[tuple[str, str]]:
    for item in items(tokens(text)):
        yield unquote(item[0].text), text[item[1].start : item[-1].end]


def files(session: SparkSession, path: str) -> list[str]:
    """The files below a path, or those that a pattern names; not those that begin with `_` or a dot."""
    jvm: Any = session._jvm
    configuration = session._jsparkSession.sessionState().newHadoopConf()
    place = jvm.org.apache.hadoop.fs.Path(path)
    system = place.getFileSystem(configuration)
    found: list[str] = []
    for top in system.globStatus(place) or []:
        listed = system.listFiles(top.getPath(), True)
        while listed.hasNext():
            file = listed.next().getPath()
            if not str(file.getName()).startswith(("_", ".")):
                found.append(str(file))
    return sorted(found)


def _copy_into(call: Call) -> Result:
    """Files that were loaded before are left out, unless the options say force.

    Raises StatementError for what is not there or not understood.
    """
    table, options = call.existing(), _options(call, "FORMAT_OPTIONS")
    copying = _options(call, "COPY_OPTIONS")
    known = call.metadata.side.get(table).loaded
    wanted = [file for file in _wanted(call) if copying.get("force") == "true" or file not in known]
    if not wanted:
        return _loaded(0)
    rows = _copied(call, _reader(call, options).load(wanted))
    count = rows.count()
    writer = rows.write.format("delta").mode("append").option("mergeSchema", copying.get("mergeschema", "false"))
    writer.saveAsTable(call.word("table").replace(" ", ""))
    with call.metadata.side.change(table) as notes:
        notes.loaded = sorted({*notes.loaded, *wanted})
    return _loaded(count)


def _loaded(count: int) -> Result:
    columns = "num_affected_rows bigint, num_inserted_rows bigint, num_skipped_corrupt_files bigint"
    return _results.table(columns, [[count, count, 0]])


def _reader(call: Call, options: dict[str, str]) -> Any:
    kind = unquote(call.word("format")).lower()
    if kind not in FORMATS:
        raise StatementError(
            f"[COPY_INTO_SOURCE_FILE_FORMAT_NOT_SUPPORTED] {kind} is none of {sorted(FORMATS)}", "0A000"
        )
    return call.session.read.format(kind).options(**options)


def _copied(call: Call, frame: DataFrame) -> DataFrame:
    """The files' rows, or what the SELECT makes of them."""
    if not call.word("select"):
        return _by_position(call, frame)
    view = f"__copied_{next(_numbers)}"
    query = f"SELECT {call.original('select')} FROM {view} {call.original('where')}"
    _with_metadata(frame, _names_metadata(tokens(query))).createOrReplaceTempView(view)
    try:
        return _by_position(call, call.execute(apply(query, _without_metadata(tokens(query)))))
    finally:
        call.session.catalog.dropTempView(view)


def _by_position(call: Call, frame: DataFrame) -> DataFrame:
    """The columns as the table's or those listed, where the statement takes them by their places."""
    table = call.metadata.table(call.table()).columns
    listed = [unquote(each.text) for each in tokens(call.word("columns")) if each.is_name]
    if not listed and not call.word("position"):
        return frame
    fields = [call.metadata.column(call.table(), each) for each in listed] or table.fields
    if len(fields) != len(frame.columns):
        many = "NOT_ENOUGH_DATA" if len(frame.columns) < len(fields) else "TOO_MANY_DATA"
        message = f"[COPY_INTO_COLUMN_ARITY_MISMATCH.{many}_COLUMNS] There are {len(fields)} columns to write"
        raise StatementError(f"{message}, the files have {len(frame.columns)}. SQLSTATE: 21S01", "21S01")
    numbered = frame.toDF(*map(str, range(len(fields))))
    return numbered.select(
        *(numbered[f"`{at}`"].cast(each.dataType).alias(each.name) for at, each in enumerate(fields))
    )


def _wanted(call: Call) -> list[str]:
    path = call.text("path")
    if listed := _list(call, "FILES"):
        if any(".." in file.split("/") for file in listed):
            raise StatementError(f"[INVALID_PATH] FILES leave {path}. SQLSTATE: 42000")
        return [f"{path.rstrip('/')}/{file}" for file in listed]
    found = files(call.session, path)
    if not found:
        raise StatementError(f"[COPY_INTO_SOURCE_SCHEMA_INFERENCE_FAILED] {path} has no files", "42KD9")
    pattern = _list(call, "PATTERN")
    return [file for file in found if not pattern or _is_picked(file, path, pattern[0])]


def _is_picked(file: str, path: str, pattern: str) -> bool:
    """By what follows the path; a pattern without a folder also finds files in folders."""
    below = file.partition(f"{path.rstrip('/')}/")[2]
    return _matches(below, pattern) or ("/" not in pattern and _matches(file.rpartition("/")[2], pattern))


def _matches(file: str, pattern: str) -> bool:
    """A glob with `{a,b}`."""
    if choice := re.search(r"\{([^{}]*)\}", pattern):
        head, tail = pattern[: choice.start()], pattern[choice.end() :]
        return any(_matches(file, f"{head}{each}{tail}") for each in choice[1].split(","))
    return fnmatch.fnmatchcase(file, pattern)


def _list(call: Call, word: str) -> list[str]:
    """The literals after FILES = or PATTERN =."""
    found = call.tokens
    place = next((i for i, token in enumerate(found) if token.upper == word and found[i + 1].text == "="), None)
    if place is None:
        return []
    if found[place + 2].text != "(":
        return [unquote(found[place + 2].text)]
    inside = found[place + 3 : closing(found, place + 2)]
    return [unquote(token.text) for token in inside if token.kind is Kind.STRING]


def _options(call: Call, word: str) -> dict[str, str]:
    """'key' = 'value' pairs after FORMAT_OPTIONS or COPY_OPTIONS; keys in small letters."""
    found = call.tokens
    place = next((index for index, token in enumerate(found) if token.upper == word), None)
    if place is None:
        return {}
    pairs = items(found[place + 2 : closing(found, place + 1)])
    return {unquote(item[0].text).lower(): unquote(item[-1].text) for item in pairs}


_COLUMNS = r"(?P<position> BY POSITION)?(?: \( (?P<columns>[^()]*) \))?"
_FROM = r"FROM (?:\( SELECT (?P<select>.*) FROM )?(?P<path>'\d+)(?P<where>(?: WHERE .*?)?)(?: \))?"
RULES: list[tuple[str, Answer]] = [
    (
        r"COPY INTO .* FILEFORMAT = .* VALIDATE\b.*",
        refused("COPY INTO ... VALIDATE", "query the files with read_files"),
    ),
    (rf"COPY INTO {TABLE}{_COLUMNS} {_FROM} FILEFORMAT = (?P<format>\w+)(?: .*)?", _copy_into),
]
