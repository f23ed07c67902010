"""Databricks SQL that Spark's parser does not take, as Spark takes it. Most statements pass untouched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from local_azure.databricks_sql import _json_paths, _qualify
from local_azure.databricks_sql._errors import unsupported
from local_azure.databricks_sql._tokens import Edit, Token, apply

# Families of functions that need Databricks' own runtime.
_NO_FUNCTIONS = re.compile(r"(?:(?:h3|st|ai)_\w+|read_files|cloud_files)", re.IGNORECASE)
_RENAMED = {"IFF": "if", "CHARINDEX": "locate", "GETDATE": "current_timestamp"}
_VERSION = re.compile(r"v(\d+)", re.IGNORECASE)
_MOMENT = re.compile(r"\d{17}")  # yyyyMMddHHmmssSSS


def rewrite(sql: str, found: list[Token]) -> str:
    """The statement for Spark's parser. Raises StatementError for functions that do not exist here."""
    return apply(sql, [*_functions(found), *_versions(found)])


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
    for index, token in enumerate(found[:-1]):
        if not token.is_name or found[index + 1].text != "(" or (index and found[index - 1].text == "."):
            continue
        if _NO_FUNCTIONS.fullmatch(token.text) and not _is_defined(found, index):
            raise unsupported(f"The function {token.text}()", "it needs the Databricks runtime")
        if token.upper in _RENAMED:
            yield Edit(token.start, token.end, _RENAMED[token.upper])


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
