"""Keys and NOT NULL, which Delta Lake's ALTER TABLE does not take, and what becomes of them when a table changes.

https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-alter-table-add-constraint
"""

from __future__ import annotations

from local_azure.databricks_sql import _constraints, _generated, _policies, _results
from local_azure.databricks_sql._call import NAME, PART, Answer, Call, restore, skeleton
from local_azure.databricks_sql._catalog import name_out
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._names import check_new, parts
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._securables import no_routine
from local_azure.databricks_sql._side_file import Key, Name, Policy, function_notes
from local_azure.databricks_sql._tokens import items, name, outside, tokens, unquote


def _add_key(call: Call) -> Result:
    given = call.word("name")
    table = call.existing()
    key = _constraints.key(call.original("definition"), call.metadata, unquote(given) if given else None)
    _constraints.check_columns(call.metadata, key, table)
    _constraints.check_parent(call.metadata, key)
    with call.metadata.side.change(table) as notes:
        _constraints.check_new(notes.keys, key, table)
        notes.keys.append(key)
    return _results.nothing()


def _drop_constraint(call: Call) -> Result:
    """A key is a note; a CHECK is Delta's."""
    wanted = unquote(call.word("name")).lower()
    table = call.existing()
    found = next((key for key in call.metadata.side.get(table).keys if key.name.lower() == wanted), None)
    if found is None:
        exists = call.word("exists")
        return call.run(f"ALTER TABLE {call.word('table')} DROP CONSTRAINT {exists} {call.word('name')}")
    return _drop_key(call, table, found)


def _drop_primary_key(call: Call) -> Result:
    table = call.existing()
    found = call.metadata.side.get(table).primary_key
    if found is None and not call.word("exists"):
        message = f"[CONSTRAINT_DOES_NOT_EXIST] Cannot drop nonexistent primary key from table {'.'.join(table)}"
        raise StatementError(f"{message}. SQLSTATE: 42704", "42704")
    return _drop_key(call, table, found) if found else _results.nothing()


def _drop_foreign_key(call: Call) -> Result:
    """https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-alter-table-drop-constraint"""
    table = call.existing()
    wanted = [column.lower() for column in parts(call.word("columns").replace(",", " "))]
    keys = [key for key in call.metadata.side.get(table).keys if key.parent]
    found = next((key for key in keys if [column.lower() for column in key.columns] == wanted), None)
    if found is None and not call.word("exists"):
        message = f"[CONSTRAINT_DOES_NOT_EXIST] Cannot drop nonexistent foreign key from table {'.'.join(table)}"
        raise StatementError(f"{message}. SQLSTATE: 42704", "42704")
    return _drop_key(call, table, found) if found else _results.nothing()


def _drop_key(call: Call, table: Name, dropped: Key) -> Result:
    """A primary key takes the foreign keys to it along with CASCADE, and stays without."""
    side = call.metadata.side
    children = [child for child, notes in side.all().items() if any(key.parent == table for key in notes.keys)]
    if dropped.parent is None and children and call.word("how").strip().upper() != "CASCADE":
        message = f"[INVALID_PARAMETER_VALUE] Cannot drop the primary key `{dropped.name}`: a foreign key refers to it"
        raise StatementError(f"{message}; drop it with CASCADE. SQLSTATE: 22023", "22023")
    with side.change(table) as notes:
        notes.keys = [key for key in notes.keys if key.name != dropped.name]
    for child in children if dropped.parent is None else []:
        with side.change(child) as notes:
            notes.keys = [key for key in notes.keys if key.parent != table]
    return _results.nothing()


def _set_not_null(call: Call) -> Result:
    column = call.metadata.column(call.existing(), unquote(call.word("column"))).name
    _constraints.set_not_null(call.session, call.metadata, call.table(), column)
    return _results.nothing()


def _rename(call: Call) -> Result:
    """Spark takes no catalog in the new name; the notes move along."""
    old, new = call.table(), call.metadata.name(call.word("new"))
    if len(parts(call.word("new"))) == 1:
        new = (old[0], new[1])
    check_new(new[1])
    answer = call.run(f"ALTER {call.word('kind')} {call.word('table')} RENAME TO {name(*new)}")
    call.metadata.side.rename(old, new)
    return answer


def _rename_column(call: Call) -> Result:
    answer = call.run(call.sql)
    call.metadata.side.rename_column(call.table(), unquote(call.word("old")), unquote(call.word("new")))
    return answer


def _drop_columns(call: Call) -> Result:
    """A column that a key is made of stays; others take their tags along."""
    table, side = call.table(), call.metadata.side
    place = next(index for index, token in enumerate(call.tokens) if token.upper in ("COLUMN", "COLUMNS")) + 1
    listed = items(token for token in call.tokens[place:] if token.text not in ("(", ")", ";"))
    dropped = {unquote(item[-1].text).lower() for item in listed if all(token.text != "." for token in item)}
    for key in side.get(table).keys:
        if kept := dropped & {column.lower() for column in key.columns}:
            message = f"[DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE] Cannot drop column {', '.join(sorted(kept))} because"
            raise StatementError(f"{message} the constraint {key.name} refers to it. SQLSTATE: 42K09", "42K09")
    answer = call.run(call.sql)
    held = side.get(table)
    if dropped & (held.column_tags.keys() | held.masks.keys()):
        with side.change(table) as notes:
            notes.column_tags = {key: tags for key, tags in notes.column_tags.items() if key not in dropped}
            notes.masks = {key: mask for key, mask in notes.masks.items() if key not in dropped}
    return answer


def _drop(call: Call) -> Result:
    table = call.table()
    answer = call.run(restore(skeleton(call.tokens), call.tokens))
    call.metadata.side.forget(table)
    return answer


def _create_function(call: Call) -> Result:
    """Its body is noted as it was written, where Spark got another."""
    if call.word("exists") and call.metadata.has_function(call.table("function")):
        return _results.nothing()
    answer = call.run(call.sql)
    notes, sent = function_notes(call.table("function")), _returned(call.sent)
    text = sent if sent != name_out(_returned(call.sql)) else ""
    if call.metadata.side.get(notes).view != text:
        with call.metadata.side.change(notes) as held:
            held.view = text
    return answer


def _returned(sql: str) -> str:
    found = tokens(sql)
    index = outside(found, 0, "RETURN") + 1
    return sql[found[index].start :].rstrip("; \n") if index < len(found) else ""


def _drop_function(call: Call) -> Result:
    function = call.table("function")
    if not call.word("exists") and not call.metadata.has_function(function):
        raise no_routine(function)
    answer = call.run(restore(skeleton(call.tokens), call.tokens))
    call.metadata.side.forget(function_notes(function))
    return answer


def _drop_schema(call: Call) -> Result:
    answer = call.run(restore(skeleton(call.tokens), call.tokens))
    call.metadata.side.forget_schema(parts(call.word("schema"))[-1].lower())
    return answer


def _create_table(call: Call) -> Result:
    """Create it without what Delta refuses in the list of columns; then add that.

    One that replaces another has its own keys and no tags of the old one's columns; grants, tags, masks and the row
    filter stay. https://docs.databricks.com/aws/en/delta/drop-table
    """
    check_new(call.table()[1])
    stripped = _constraints.strip(call.sql, call.tokens)
    existed = call.word("exists") and call.session.catalog.tableExists(call.word("table").replace(" ", ""))
    keys = _constraints.keys_of(call.metadata, call.table(), stripped) if stripped.constraints else []
    masks = {column: _policies.named(call.metadata, *given) for column, given in stripped.masks.items()}
    row_filter = _policies.named(call.metadata, *stripped.row_filter) if stripped.row_filter else None
    generated = _generated.declared(call.match.string)
    answer = _generated.create(call.session, stripped.sql) if generated else call.run(stripped.sql)
    if not existed:
        _constraints.add_checks(call.session, call.table(), stripped)
        _note(call, keys, masks, row_filter)
    return answer


def _note(
    call: Call, keys: list[Key], masks: dict[str, Policy], row_filter: Policy | None, *, shallow: bool = False
) -> None:
    held = call.metadata.side.get(call.table())
    noted = held.keys or held.column_tags or held.loaded or held.masks or held.shallow
    if keys or masks or row_filter or noted or shallow:
        columns = {column.lower() for column in call.metadata.table(call.table()).columns.names}
        kept = {column: mask for column, mask in held.masks.items() if column in columns}
        with call.metadata.side.change(call.table()) as notes:
            notes.keys, notes.column_tags, notes.loaded = keys, {}, []
            notes.masks, notes.row_filter = kept | masks, row_filter or held.row_filter
            notes.shallow = shallow


def _clone(call: Call) -> Result:
    """Delta Lake puts a clone only into an empty table.

    What it is stands in its type (Databricks, information_schema.tables: MANAGED_SHALLOW_CLONE).
    """
    if call.is_left_alone():
        return _results.nothing()
    check_new(call.table()[1])
    try:
        answer = call.run(call.sql)
    except Exception as error:
        if "DELTA_UNSUPPORTED_NON_EMPTY_CLONE" not in str(error):
            raise
        call.execute(f"DELETE FROM {call.word('table')}").collect()
        answer = call.run(call.sql)
    _note(call, [], {}, None, shallow=True)
    return answer


def _deep_clone(call: Call) -> Result:
    """Delta Lake has shallow clones alone: one whose rows are written anew has files of its own.

    https://docs.databricks.com/aws/en/sql/language-manual/delta-clone
    """
    place = next(at for at, token in enumerate(call.tokens) if token.upper == "CLONE")
    first = call.tokens[place - (call.tokens[place - 1].upper == "DEEP")]
    if call.is_left_alone():
        return _results.nothing()
    answer = call.statement(f"{call.sql[: first.start]}SHALLOW {call.sql[call.tokens[place].start :]}")
    fields = call.metadata.table(call.table()).columns.fields
    column = next((name(each.name) for each in fields if not _generated.clause(each)), "")
    if column:
        call.execute(f"UPDATE {call.word('table')} SET {column} = {column}").collect()
    _note(call, [], {}, None)
    return answer


TABLE = rf"(?P<table>{NAME})"
CREATE = rf"(?:CREATE (?:OR REPLACE )?|REPLACE )TABLE (?P<exists>IF NOT EXISTS )?{TABLE}"
_KEY = r"(?P<definition>(?:PRIMARY|FOREIGN) KEY .*)"
_HOW = r"(?P<how> CASCADE| RESTRICT)?"

RULES: list[tuple[str, Answer]] = [
    (rf"ALTER TABLE {TABLE} ADD (?:CONSTRAINT (?P<name>{PART}) )?{_KEY}", _add_key),
    (rf"ALTER TABLE {TABLE} DROP CONSTRAINT (?P<exists>IF EXISTS )?(?P<name>{PART}){_HOW}", _drop_constraint),
    (rf"ALTER TABLE {TABLE} DROP PRIMARY KEY(?P<exists> IF EXISTS)?{_HOW}", _drop_primary_key),
    (
        rf"ALTER TABLE {TABLE} DROP FOREIGN KEY(?P<exists> IF EXISTS)? \( (?P<columns>{PART}(?: , {PART})*) \){_HOW}",
        _drop_foreign_key,
    ),
    (rf"ALTER TABLE {TABLE} (?:CHANGE|ALTER)(?: COLUMN)? (?P<column>{PART}) SET NOT NULL", _set_not_null),
    (rf"ALTER (?P<kind>TABLE|VIEW) {TABLE} RENAME TO (?P<new>{NAME})", _rename),
    (rf"ALTER TABLE {TABLE} RENAME COLUMN (?P<old>{PART}) TO (?P<new>{PART})", _rename_column),
    (rf"ALTER TABLE {TABLE} DROP COLUMNS? .*", _drop_columns),
    # what is dropped takes its notes along
    (rf"DROP (?:TABLE|VIEW) (?:IF EXISTS )?{TABLE}(?: PURGE)?", _drop),
    (rf"DROP FUNCTION (?P<exists>IF EXISTS )?(?P<function>{NAME})", _drop_function),
    (rf"DROP (?:SCHEMA|DATABASE) (?:IF EXISTS )?(?P<schema>{NAME})(?: CASCADE| RESTRICT)?", _drop_schema),
]
# last of all rules, because it takes whatever creates a table
LAST: list[tuple[str, Answer]] = [
    (rf"{CREATE} SHALLOW CLONE .*", _clone),
    (rf"{CREATE} (?:DEEP )?CLONE .*", _deep_clone),
    (rf"{CREATE} .*", _create_table),
    (rf"CREATE (?:OR REPLACE )?FUNCTION (?P<exists>IF NOT EXISTS )?(?P<function>{NAME}) .*", _create_function),
]
