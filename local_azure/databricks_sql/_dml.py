"""UPDATE and DELETE with subqueries and INSERT ... REPLACE, which Delta Lake takes as one MERGE: one commit each.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-dml-insert-into
https://docs.databricks.com/aws/en/sql/language-manual/delta-update
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql.types import MapType, StructField, StructType

from local_azure.databricks_sql import _results
from local_azure.databricks_sql._call import PART, Answer, Call
from local_azure.databricks_sql._errors import StatementError, if_there, syntax_error
from local_azure.databricks_sql._keys import TABLE
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._tokens import Token, closing, items, name, outside, unquote

_numbers = itertools.count()
_EVOLVES = "spark.databricks.delta.schema.autoMerge.enabled"
_QUERY = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "FROM"})
# Before a bracket with a query these say that it is a part of the condition.
_INSIDE = frozenset({"IN", "EXISTS", "ANY", "ALL", "SOME", "NOT", "AND", "OR", "=", "<", ">", "<=", ">=", "<>", "<=>"})


def _delete(call: Call) -> Result:
    """Equal rows go or stay together: the rows that go are found by a query, and matched."""
    table, alias = call.word("table"), call.word("alias")
    columns = call.metadata.table(call.table()).columns
    found = f"SELECT DISTINCT {_listed(columns)} FROM {table} {alias} WHERE {call.original('where')}"
    deleted = call.execute(
        f"MERGE INTO {table} AS __t USING ({found}) AS __s ON {_same(columns)} WHEN MATCHED THEN DELETE"
    ).collect()
    return _results.table("num_affected_rows bigint", [[deleted[0][0]]])


def _update(call: Call) -> Result:
    """Equal rows get equal values: rows and their values are found by a query, and matched."""
    table, alias = call.word("table"), call.word("alias")
    start = next(index for index, token in enumerate(call.tokens) if token.upper == "SET") + 1
    end = outside(call.tokens, start, "WHERE")
    assigned = [_assignment(call, item) for item in items(call.tokens[start:end])]
    values = ", ".join(f"{value} AS `__v{number}`" for number, (_, value) in enumerate(assigned))
    where = call.sql[call.tokens[end].start :] if end < len(call.tokens) else ""
    sets = ", ".join(f"__t.{column} = __s.`__v{number}`" for number, (column, _) in enumerate(assigned))
    rows = f"SELECT {_qualifier(call)}.*, {values} FROM {table} {alias} {where.rstrip('; ')}"
    columns = call.metadata.table(call.table()).columns
    given = ", ".join(f"any_value(`__v{number}`) AS `__v{number}`" for number in range(len(assigned)))
    found = f"SELECT {_listed(columns)}, {given} FROM ({rows}) GROUP BY ALL"
    updated = call.execute(
        f"MERGE INTO {table} AS __t USING ({found}) AS __s ON {_same(columns)} WHEN MATCHED THEN UPDATE SET {sets}"
    ).collect()
    return _results.table("num_affected_rows bigint", [[updated[0][0]]])


def _assignment(call: Call, item: list[Token]) -> tuple[str, str]:
    """The column, without the table's name before it, and the value."""
    place = next((index for index, token in enumerate(item) if token.text == "="), len(item))
    if place + 1 >= len(item):
        raise syntax_error("Syntax error in SET: column = value")
    named = [unquote(token.text) for token in item[:place] if token.is_name]
    owners = {call.table()[1], unquote(call.word("alias").strip()).lower()}
    while len(named) > 1 and named[0].lower() in owners | {call.table()[0], "spark_catalog"}:
        named = named[1:]
    return name(*named), call.sql[item[place + 1].start : item[-1].end]


def _qualifier(call: Call) -> str:
    return call.word("alias").strip() or name(call.table()[1])


def _comparable(field: StructField, row: str = "") -> str:
    """A column's value as one that can be compared: columns tell the table's rows apart."""
    kind, value = field.dataType, f"{row}{name(field.name)}"
    inside = kind.valueType.simpleString() if isinstance(kind, MapType) else kind.simpleString()
    if "map<" in inside or "variant" in inside:
        return f"to_json({value})"
    return f"array_sort(map_entries({value}))" if isinstance(kind, MapType) else value


def _listed(columns: StructType) -> str:
    return ", ".join(f"{_comparable(field)} AS `__k{number}`" for number, field in enumerate(columns))


def _same(columns: StructType) -> str:
    return " AND ".join(f"{_comparable(field, '__t.')} <=> __s.`__k{number}`" for number, field in enumerate(columns))


@dataclass(frozen=True)
class _Insert:
    """What follows the table in INSERT ... REPLACE: condition, query and the query's name, as texts."""

    condition: str
    query: str
    source: str


def _replace_on(call: Call) -> Result:
    insert = _insert(call, "ON")
    target = unquote(call.word("alias").strip()) or call.table()[1]
    return _replace(call, insert, insert.condition, target)


def _replace_using(call: Call) -> Result:
    """Rows whose named columns are equal are replaced; NULL is equal to nothing."""
    opening = _after(call.tokens, "USING")
    end = closing(call.tokens, opening)
    columns = [unquote(token.text) for token in call.tokens[opening + 1 : end] if token.is_name]
    for column in columns:
        call.metadata.column(call.table(), column)
    condition = " AND ".join(f"__t.{name(column)} = __s.{name(column)}" for column in columns)
    return _replace(call, _Insert("", _with(call) + _text(call, end + 1), "__s"), condition, "__t")


def _replace(call: Call, insert: _Insert, condition: str, target: str) -> Result:
    """Each source row stands twice in a MERGE: once to delete what it replaces and once to be inserted."""
    columns = call.metadata.table(call.table()).columns.names
    with _source(call, insert.query) as (view, frame):
        given = _given(call, frame, columns)
        listed = ", ".join(f"{name(each)}" for each in given.columns)
        given.createOrReplaceTempView(view)
        call.execute(
            f"MERGE INTO {call.word('table')} AS {name(target)} USING (SELECT *, true AS __deletes FROM {name(view)} "
            f"UNION ALL SELECT *, false FROM {name(view)}) AS {name(insert.source)} "
            f"ON {name(insert.source)}.__deletes AND ({condition}) WHEN MATCHED THEN DELETE "
            f"WHEN NOT MATCHED AND NOT {name(insert.source)}.__deletes THEN INSERT ({listed}) "
            f"VALUES ({', '.join(f'{name(insert.source)}.{name(each)}' for each in given.columns)})"
        ).collect()
    rows = call.session.sql(f"DESCRIBE HISTORY {call.word('table')} LIMIT 1").collect()[0].operationMetrics
    inserted, deleted = (int(rows[f"numTargetRows{what}"]) for what in ("Inserted", "Deleted"))
    return _results.table(
        "num_affected_rows bigint, num_inserted_rows bigint, num_deleted_rows bigint",
        [[inserted + deleted, inserted, deleted]],
    )


def _given(call: Call, frame: DataFrame, columns: list[str]) -> DataFrame:
    """The source with the table's names for its columns: by name as they are, else by their place."""
    if any(call.tokens[index : index + 2][-1].upper == "NAME" for index in _places(call.tokens, "BY")):
        return frame
    if len(frame.columns) != len(columns):
        many = "NOT_ENOUGH_DATA" if len(frame.columns) < len(columns) else "TOO_MANY_DATA"
        message = f"[INSERT_COLUMN_ARITY_MISMATCH.{many}_COLUMNS] Cannot write to {'.'.join(call.table())}: it has"
        raise StatementError(
            f"{message} {len(columns)} columns, the query {len(frame.columns)}. SQLSTATE: 21S01", "21S01"
        )
    return frame.toDF(*columns)


def _places(found: list[Token], word: str) -> Iterator[int]:
    return (index for index, token in enumerate(found) if token.upper == word)


@contextmanager
def _source(call: Call, query: str) -> Iterator[tuple[str, DataFrame]]:
    """A name for a temporary view over the query, dropped afterwards, and the query."""
    view = f"__replacement_{next(_numbers)}"
    try:
        yield view, call.execute(query)
    finally:
        call.session.catalog.dropTempView(view)


def _insert_rows(call: Call) -> Result:
    """Spark answers nothing: how many rows there were, the table's newest commit says."""
    table, read = call.table(), partial(if_there, partial(call.metadata.version, call.table()))
    before, answer, after = read(), call.run(call.sql), read()
    if before is None or after is None:
        return answer
    count = call.metadata.written(table, after) if after > before else 0
    return _results.table("num_affected_rows bigint, num_inserted_rows bigint", [[count, count]])


def _evolve(call: Call) -> Result:
    """INSERT WITH SCHEMA EVOLUTION: Delta Lake knows it as a setting."""
    call.session.conf.set(_EVOLVES, "true")
    try:
        return call.statement(f"INSERT {_text(call, next(_places(call.tokens, 'EVOLUTION')) + 1)}")
    finally:
        call.session.conf.unset(_EVOLVES)


def _replace_by_name(call: Call) -> Result:
    """Spark knows REPLACE WHERE and BY NAME, and not both: the source's columns are named in the table's order."""
    insert = _insert(call, "WHERE")
    columns = ", ".join(name(each) for each in call.metadata.table(call.table()).columns.names)
    with _source(call, insert.query) as (view, frame):
        frame.createOrReplaceTempView(view)
        return call.run(
            f"INSERT INTO {call.word('table')} REPLACE WHERE {insert.condition} SELECT {columns} FROM {name(view)}"
        )


def _insert(call: Call, word: str) -> _Insert:
    """Part the condition after REPLACE ON or WHERE from the query."""
    start = _after(call.tokens, word)
    end = _query(call.tokens, start)
    condition, source, last = _text(call, start, end), "__s", len(call.tokens)
    if end < last and call.tokens[end].text == "(":
        close = closing(call.tokens, end)
        alias = [token for token in call.tokens[close + 1 :] if token.upper != "AS" and token.text != ";"]
        source = unquote(alias[0].text) if alias else source
        return _Insert(condition, _with(call) + _text(call, end, close + 1), source)
    return _Insert(condition, _with(call) + _text(call, end), source)


def _with(call: Call) -> str:
    """A common table expression before INSERT belongs to the query."""
    place = next(_places(call.tokens, "INSERT"))
    return call.sql[: call.tokens[place].start] if place else ""


def _after(found: list[Token], word: str) -> int:
    """The token after REPLACE and the word."""
    return next(index + 2 for index in _places(found, "REPLACE") if found[index + 1].upper == word)


def _query(found: list[Token], start: int) -> int:
    """Where the query begins: at one of its words, or at a bracket that holds one and is no part of the condition."""
    index = start
    while index < len(found):
        token = found[index]
        if token.upper in _QUERY:
            return index
        if token.text == "(":
            begins = index + 1 < len(found) and found[index + 1].upper in _QUERY
            if begins and index > start and found[index - 1].upper not in _INSIDE:
                return index
            index = closing(found, index)
        index += 1
    raise syntax_error("Syntax error: INSERT has no query")


def _text(call: Call, start: int, end: int | None = None) -> str:
    listed = call.tokens[start:end]
    listed = listed[:-1] if listed and listed[-1].text == ";" else listed
    return call.sql[listed[0].start : listed[-1].end] if listed else ""


_ALIAS = rf"(?: AS)?(?P<alias> (?!(?:WHERE|SET|REPLACE|BY|PARTITION|VALUES|SELECT|AS)\b){PART})?"
_INTO = rf"(?:WITH .* )?INSERT INTO (?:TABLE )?{TABLE}"
_SUBQUERY = r".*\( (?:SELECT|WITH) .*"

RULES: list[tuple[str, Answer]] = [
    (rf"DELETE FROM {TABLE}{_ALIAS} WHERE (?P<where>{_SUBQUERY})", _delete),
    (rf"UPDATE {TABLE}{_ALIAS} SET {_SUBQUERY}", _update),
    (rf"{_INTO}(?: BY NAME)? REPLACE USING \( .*", _replace_using),
    (rf"{_INTO}{_ALIAS}(?: BY NAME)?(?: AS)? REPLACE ON .*", _replace_on),
    (rf"{_INTO} BY NAME{_ALIAS} REPLACE ON .*", _replace_on),
    (rf"{_INTO} BY NAME REPLACE WHERE .*", _replace_by_name),
    (r"INSERT WITH SCHEMA EVOLUTION (?:INTO|OVERWRITE) .*", _evolve),
    (rf"(?:WITH .* )?INSERT (?:INTO|OVERWRITE)(?: TABLE)? {TABLE} .*", _insert_rows),
]
