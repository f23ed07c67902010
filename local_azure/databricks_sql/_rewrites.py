"""Databricks SQL that Spark's parser does not take, as Spark takes it. Most statements pass untouched."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from local_azure.databricks_sql import _json_paths, _qualify, _try_cast
from local_azure.databricks_sql._catalog import CATALOG, METASTORE, SPARK_CATALOG
from local_azure.databricks_sql._errors import unsupported
from local_azure.databricks_sql._names import parts
from local_azure.databricks_sql._tokens import Edit, Kind, Token, apply, closing, items, name, string, tokens, unquote

_BY_PAIRS = "aggregate(zip_with({0}, {1}, (__x, __y) -> %s), 0D, (__s, __v) -> __s + __v)"
_NORM = "sqrt(aggregate({0}, 0D, (__s, __v) -> __s + __v * __v))"
_LIKE_SIZED = (
    "CASE WHEN size({0}) <> size({1}) THEN raise_error(concat('[VECTOR_DIMENSION_MISMATCH] Vectors passed have ', "
    "size({0}), ' and ', size({1}), ' dimensions')) ELSE CAST(%s AS FLOAT) END"
)
# Families of functions that need Databricks' own runtime.
_NO_FUNCTIONS = re.compile(
    r"(?:(?:h3|st|ai)_\w+|vector_(?:avg|sum|search)|cloud_files(?:_state)?"
    r"|read_(?:files|kafka|kinesis|pubsub|pulsar|statestore)|event_log"
    r"|(?:try_)?secret|list_secrets|http_request|remote_query|current_recipient|i?search|measure|zstd_(?:de)?compress"
    r"|try_zstd_decompress|current_oauth_custom_identity_claim|to_geo(?:graphy|metry)|try_to_geo(?:graphy|metry))",
    re.IGNORECASE,
)
_OF_THE_JVM = frozenset({"REFLECT", "TRY_REFLECT", "JAVA_METHOD"})
_RENAMED = {"IFF": "if", "CHARINDEX": "locate", "GETDATE": "current_timestamp"}
# Functions of Databricks by Spark's; {0} is the argument. Who logs in is in the groups that everybody is in.
# https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-functions-builtin
_TEMPLATES = {
    "IS_ACCOUNT_GROUP_MEMBER": "(lower({0}) IN ('account users'))",
    "IS_MEMBER": "(lower({0}) IN ('users', 'account users'))",
    "CURRENT_METASTORE": f"'{METASTORE}'",
    "CURRENT_VERSION": "named_struct('dbr_version', cast(NULL AS STRING), 'dbsql_version', '2025.15', "
    "'u_build_hash', cast(NULL AS STRING), 'r_build_hash', cast(NULL AS STRING))",
    # https://docs.databricks.com/aws/en/sql/language-manual/functions/vector_inner_product and those beside it
    "VECTOR_INNER_PRODUCT": _LIKE_SIZED % (_BY_PAIRS % "__x * __y"),
    "VECTOR_L2_DISTANCE": _LIKE_SIZED % f"sqrt({_BY_PAIRS % '(__x - __y) * (__x - __y)'})",
    "VECTOR_COSINE_SIMILARITY": _LIKE_SIZED
    % f"try_divide({_BY_PAIRS % '__x * __y'}, {_NORM} * {_NORM.replace('{0}', '{1}')})",
    "VECTOR_NORM": f"CAST({_NORM} AS FLOAT)",
    "VECTOR_NORMALIZE": f"transform({{0}}, __x -> CAST(try_divide(__x, {_NORM}) AS FLOAT))",
    "SCHEMA_OF_JSON_AGG": "replace(schema_of_variant_agg(parse_json({0})), 'OBJECT<', 'STRUCT<')",
}
_PLACE = re.compile(r"\{\d\}")
_VERSION = re.compile(r"v(\d+)", re.IGNORECASE)
_MOMENT = re.compile(r"\d{17}")  # yyyyMMddHHmmssSSS


def rewrite(sql: str, found: list[Token]) -> str:
    """The statement for Spark's parser. Raises StatementError for functions that do not exist here, and for scripts."""
    _refuse_scripts(found)
    sql = apply(sql, [*_functions(found), *_versions(found), *_changes(found)])
    return _try_cast.rewrite(_templated(sql))


def analyse(sql: str, run: Callable[[str], DataFrame]) -> DataFrame:
    """Run the statement without QUALIFY, and with `column:path` as the columns' types ask for."""
    plain = _qualify.rewrite(sql)
    try:
        return _json_paths.run(plain, run)
    except AnalysisException as error:
        if plain == sql or not _is_about_an_alias(error):
            raise
    return _json_paths.run(_qualify.rewrite(sql, resolve_aliases=True), run)


def _is_about_an_alias(error: AnalysisException) -> bool:
    return "LATERAL_COLUMN_ALIAS" in (error.getCondition() or "")


def _functions(found: list[Token]) -> Iterator[Edit]:
    for index in _called(found):
        token = found[index]
        if not _is_defined(found, index):
            _refuse_function(token.text)
        if token.upper in _RENAMED:
            yield Edit(token.start, token.end, _RENAMED[token.upper])


def _called(found: list[Token]) -> list[int]:
    """Where a name of one part stands before a bracket."""
    return [
        index
        for index, (token, behind) in enumerate(itertools.pairwise(found))
        if token.is_name and behind.text == "(" and not (index and found[index - 1].text == ".")
    ]


def _refuse_function(name: str) -> None:
    if name.upper() in _OF_THE_JVM:
        raise unsupported(f"The function {name}()", "statements run no method of the JVM")
    if _NO_FUNCTIONS.fullmatch(name):
        raise unsupported(f"The function {name}()", "it needs the Databricks runtime")


def _refuse_scripts(found: list[Token]) -> None:
    """TRANSFORM ... USING 'a program'; the USING of EXECUTE IMMEDIATE takes values, which may be texts."""
    words = ["", *(token.upper for token in found)]
    for index, token in enumerate(found):
        if token.kind is Kind.STRING and words[index] == "USING":
            begin = max((at for at in range(index) if words[at] == ";"), default=0)
            if "IMMEDIATE" not in words[begin:index]:
                raise unsupported("TRANSFORM by a script", "write it in SQL")


def _templated(sql: str) -> str:
    """`sql` without calls of Databricks' functions, from the last one on: one may stand in another's arguments."""
    words = frozenset(re.findall(r"\w+(?=\s*\()", sql.upper())) & _TEMPLATES.keys()
    found = tokens(sql) if words else []
    for index in reversed(_called(found)):
        if found[index].upper in words and not _is_defined(found, index):
            sql = apply(sql, [_expanded(sql, tokens(sql), index)])
    return sql


def _expanded(sql: str, found: list[Token], index: int) -> Edit:
    end = closing(found, index + 1)
    given = [sql[item[0].start : item[-1].end] for item in items(found[index + 2 : end])]
    places = {f"{{{number}}}": text for number, text in enumerate(given)}
    text = _PLACE.sub(lambda place: places.get(place[0], place[0]), _TEMPLATES[found[index].upper])
    return Edit(found[index].start, found[end].end, text)


def _changes(found: list[Token]) -> Iterator[Edit]:
    """table_changes('catalog.schema.table', ...): Delta Lake takes no catalog."""
    for index, token in enumerate(found[:-2]):
        named = found[index + 2]
        if token.upper == "TABLE_CHANGES" and found[index + 1].text == "(" and named.kind is Kind.STRING:
            dotted = parts(unquote(named.text))
            if len(dotted) == 3 and dotted[0].lower() in (CATALOG, SPARK_CATALOG):
                yield Edit(named.start, named.end, string(name(*dotted[1:])))


def _is_defined(found: list[Token], index: int) -> bool:
    """A name before a bracket may be one that this statement gives: a table's, a CTE's or a column's."""
    words = {token.upper for token in found[max(0, index - 4) : index]}
    return bool(words & {"TABLE", "VIEW", "INTO", "FUNCTION", "EXISTS", "WITH", "RECURSIVE"})


def _versions(found: list[Token]) -> Iterator[Edit]:
    """`table@v1` and `table@yyyyMMddHHmmssSSS`; inside back-quotes Delta itself reads them."""
    for index in range(1, len(found) - 1):
        before, at, after = found[index - 1 : index + 2]
        if at.text != "@" or not before.is_name or before.end != at.start or at.end != after.start:
            continue
        if version := _VERSION.fullmatch(after.text):
            yield Edit(at.start, after.end, f" VERSION AS OF {version[1]}")
        elif _MOMENT.fullmatch(after.text):
            moment = datetime.strptime(after.text, "%Y%m%d%H%M%S%f").replace(tzinfo=UTC)
            yield Edit(at.start, after.end, f" TIMESTAMP AS OF '{moment:%Y-%m-%d %H:%M:%S.%f}'")
