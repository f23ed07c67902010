"""Column masks and row filters: noted with their table, and put into whatever reads it.

https://docs.databricks.com/aws/en/data-governance/unity-catalog/filters-and-masks/manually-apply
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-column-mask
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-row-filter
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from local_azure.databricks_sql import _results
from local_azure.databricks_sql._call import NAME, PART, Answer, Call
from local_azure.databricks_sql._catalog import CATALOG, SPARK_CATALOG
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._metadata import Metadata
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._securables import routine
from local_azure.databricks_sql._side_file import Name, Notes, Policy
from local_azure.databricks_sql._tokens import Kind, Token, items, name, name_end, tokens, unquote

Source = tuple[int, int, Name]  # first and last token of what names it; schema and name

# Statements that begin so read no rows of the tables that they name.
_READ_NOTHING = frozenset({"DROP", "ALTER", "GRANT", "REVOKE", "SHOW", "DESCRIBE", "DESC", "COMMENT", "UNSET"})
_WITH_FROM = frozenset({"EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "OVERLAY"})
# Where a list of tables begins or may have ended, for a comma between two of them.
_CLAUSES = frozenset({"SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "BY", "ON", "SET", "VALUES", "PARTITION"})


def query(metadata: Metadata, table: Name, notes: Notes) -> str:
    """What a reader of the table sees, as a query over it."""
    fields = metadata.table(table).columns.fields
    listed = ", ".join(_masked(field.name, field.dataType.simpleString(), notes) for field in fields)
    where = f" WHERE {_call(notes.row_filter)}" if notes.row_filter else ""
    return f"SELECT {listed} FROM {name(SPARK_CATALOG, *table)}{where}"


def _masked(column: str, kind: str, notes: Notes) -> str:
    mask = notes.masks.get(column.lower())
    return f"CAST({_call(mask, name(column))} AS {kind}) AS {name(column)}" if mask else name(column)


def _call(policy: Policy, *first: str) -> str:
    return f"{name(SPARK_CATALOG, *policy.function)}({', '.join([*first, *policy.arguments])})"


def sources(found: list[Token], current: str) -> Iterator[Source]:
    """Where the statement reads a table or view."""
    if found and found[0].upper in _READ_NOTHING:
        return
    given = _common_tables(found)
    for first, token in enumerate(found):
        if token.is_name and _is_source(found, first):
            last = name_end(found, first)
            if last > first or unquote(token.text).lower() not in given:
                yield first, last, _name(found[first : last + 1], current)


def _name(found: list[Token], current: str) -> Name:
    named = [unquote(part.text).lower() for part in found[::2]]
    return (named[-2] if len(named) > 1 else current, named[-1])


def check(found: list[Token], read: list[Source], current: str, guarded: Mapping[Name, Notes]) -> None:
    """Raise StatementError for what passes policies by: an older version of a table, its changes, a clone of it.

    https://docs.databricks.com/aws/en/error-messages/row-level-security-column-mask-feature-not-supported-error-class
    """
    for table in filter(guarded.__contains__, _cloned(found, current)):
        kind = "ROW_LEVEL_SECURITY" if guarded[table].row_filter else "COLUMN_MASKS"
        message = (
            f"[{kind}_TABLE_CLONE_SOURCE_NOT_SUPPORTED] A clone of {name(CATALOG, *table)}, which has a row filter"
        )
        raise StatementError(f"{message} or column masks, is not supported. SQLSTATE: 0A000", "0A000")
    for table in filter(guarded.__contains__, _past(found, read, current)):
        kinds = ["ROW_LEVEL_SECURITY"] if guarded[table].row_filter else []
        kinds += (["COLUMN_MASK"] if kinds else ["COLUMN_MASKS"]) if guarded[table].masks else []
        message = f"[{'_'.join(kinds)}_FEATURE_NOT_SUPPORTED.TIME_TRAVEL] {name(CATALOG, *table)} has a row filter or"
        raise StatementError(f"{message} column masks: time travel is not supported. SQLSTATE: 0A000", "0A000")


def _cloned(found: list[Token], current: str) -> Iterator[Name]:
    for index, token in enumerate(found[1:-1], 1):
        if token.upper == "CLONE" and found[index - 1].upper in ("SHALLOW", "DEEP"):
            yield _name(found[index + 1 : name_end(found, index + 1) + 1], current)


def _past(found: list[Token], read: list[Source], current: str) -> Iterator[Name]:
    for _, last, table in read:
        behind = [token.upper for token in found[last + 1 : last + 5]]
        if behind[:1] == ["@"] or behind[1:3] == ["AS", "OF"] or (behind[:1] == ["FOR"] and behind[2:] == ["AS", "OF"]):
            yield table
    for function, _, given in zip(found, found[1:], found[2:], strict=False):
        if function.upper == "TABLE_CHANGES" and given.kind is Kind.STRING:
            yield _name(tokens(unquote(given.text)), current)


def _common_tables(found: list[Token]) -> set[str]:
    """`name AS (`, which hides a table of that name."""
    three = zip(found, found[1:], found[2:], strict=False)
    return {unquote(each.text).lower() for each, then, opening in three if then.upper == "AS" and opening.text == "("}


def _is_source(found: list[Token], first: int) -> bool:
    before = [token.upper for token in found[max(0, first - 2) : first]]
    if before[-1:] == ["FROM"]:
        return before[0] not in ("DELETE", "DISTINCT") and not _is_argument(found, first)
    if before[-1:] == ["TABLE"]:  # the query TABLE t, and not the word after which a statement names what it changes
        return first == 1 or before[0] not in ("INTO", "OVERWRITE", "CREATE", "REPLACE", "TRUNCATE", "OPTIMIZE")
    return before[-1:] in (["JOIN"], ["USING"]) or (before[-1:] == [","] and _lists_tables(found, first))


def _is_argument(found: list[Token], index: int) -> bool:
    """Whether the FROM before the token is a function's, as of extract(year FROM d)."""
    depth = 0
    for place in range(index - 1, 0, -1):
        word = found[place].upper
        depth += (word in (")", "]")) - (word in ("(", "["))
        if depth < 0 or (depth == 0 and word == "SELECT"):
            return depth < 0 and found[place - 1].upper in _WITH_FROM
    return False


def _lists_tables(found: list[Token], index: int) -> bool:
    """Whether the comma before the token parts what FROM names."""
    depth = 0
    for token in reversed(found[:index]):
        depth += (token.text in (")", "]")) - (token.text in ("(", "["))
        if depth < 0 or (depth == 0 and token.upper in _CLAUSES):
            return depth == 0 and token.upper == "FROM"
    return False


def named(metadata: Metadata, function_name: str, given: str) -> Policy:
    """A function and what it is given besides the column. Raises StatementError if there is no such function."""
    listed = [given[item[0].start : item[-1].end] for item in items(tokens(given))]
    return Policy(routine(metadata, function_name), listed)


def _set_mask(call: Call) -> Result:
    column = call.metadata.column(_table(call), unquote(call.word("column"))).name.lower()
    mask = _checked(call)
    if column in (unquote(each).lower() for each in mask.arguments):
        message = f"[COLUMN_MASKS_USING_COLUMN_NAME_SAME_AS_TARGET_COLUMN] The column `{column}` had the same name as"
        hint = "the target column, which is disallowed; please remove the column from the USING COLUMNS list"
        raise StatementError(f"{message} {hint} and retry the command. SQLSTATE: 42734", "42734")
    with call.metadata.side.change(call.table()) as notes:
        notes.masks[column] = mask
        call.session.sql(query(call.metadata, call.table(), notes))  # raises where it does not fit the columns
    return _results.nothing()


def _set_row_filter(call: Call) -> Result:
    with call.metadata.side.change(_table(call)) as notes:
        notes.row_filter = _checked(call)
        call.session.sql(query(call.metadata, call.table(), notes))
    return _results.nothing()


def _drop_mask(call: Call) -> Result:
    column = call.metadata.column(_table(call), unquote(call.word("column"))).name.lower()
    with call.metadata.side.change(call.table()) as notes:
        notes.masks.pop(column, None)
    return _results.nothing()


def _drop_row_filter(call: Call) -> Result:
    with call.metadata.side.change(_table(call)) as notes:
        notes.row_filter = None
    return _results.nothing()


def _checked(call: Call) -> Policy:
    return named(call.metadata, call.word("function"), call.original("given"))


def _table(call: Call) -> Name:
    found = call.existing()
    if call.metadata.table(found).kind == "VIEW":
        full = name(CATALOG, *found)
        message = f"[EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE] 'ALTER TABLE' expects a table but {full} is a view"
        raise StatementError(f"{message}. SQLSTATE: 42809", "42809")
    return found


_TABLE = rf"ALTER (?:TABLE|VIEW) (?P<table>{NAME})"
_COLUMN = rf"(?:ALTER|CHANGE)(?: COLUMN)? (?P<column>{PART})"
_FUNCTION = rf"(?P<function>{NAME})"

RULES: list[tuple[str, Answer]] = [
    (rf"{_TABLE} {_COLUMN} SET MASK {_FUNCTION}(?: USING COLUMNS \( (?P<given>.*) \))?", _set_mask),
    (rf"{_TABLE} {_COLUMN} DROP MASK", _drop_mask),
    (rf"{_TABLE} SET ROW FILTER {_FUNCTION} ON \( (?P<given>.*?) ?\)", _set_row_filter),
    (rf"{_TABLE} DROP ROW FILTER", _drop_row_filter),
]
