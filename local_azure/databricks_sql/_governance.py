"""Tags and grants, kept in the side file: Spark's catalog has neither.

https://docs.databricks.com/aws/en/sql/language-manual/security-grant and
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-set-tag
"""

from __future__ import annotations

from local_azure.databricks_sql import _results
from local_azure.databricks_sql._call import COLUMN, NAME, PART, Answer, Call
from local_azure.databricks_sql._errors import StatementError
from local_azure.databricks_sql._names import parts
from local_azure.databricks_sql._results import Result
from local_azure.databricks_sql._securables import SECURABLE, above, privileges, securable
from local_azure.databricks_sql._side_file import Name
from local_azure.databricks_sql._tokens import name, unquote


def _set_tags(call: Call) -> Result:
    return _tag(call, _pairs(call.word("tags"), call.strings("tags")))


def _pairs(words: str, values: list[str]) -> dict[str, str]:
    """'key' = 'value' pairs; a tag without value has an empty one."""
    pairs, rest = {}, iter(values)
    for item in words.split(","):
        tag = next(rest)
        pairs[tag] = next(rest) if "=" in item else ""
    return pairs


def _unset_tags(call: Call) -> Result:
    return _untag(call, call.strings("tags"))


def _set_tag(call: Call) -> Result:
    """SET TAG ON ... key [= value]: a word, a name in back-quotes or a string each."""
    return _tag(call, {_value(call, "tag"): _value(call, "value")})


def _unset_tag(call: Call) -> Result:
    return _untag(call, [_value(call, "tag")])


def _value(call: Call, group: str) -> str:
    return call.text(group) if call.word(group).startswith("'") else unquote(call.word(group))


def _tag(call: Call, pairs: dict[str, str]) -> Result:
    found, column = _tagged(call)
    with call.metadata.side.change(found) as notes:
        (notes.column_tags.setdefault(column, {}) if column else notes.tags).update(pairs)
    return _results.nothing()


def _untag(call: Call, tags: list[str]) -> Result:
    found, column = _tagged(call)
    with call.metadata.side.change(found) as notes:
        held = notes.column_tags.get(column, {}) if column else notes.tags
        for tag in tags:
            held.pop(tag, None)
        notes.column_tags = {key: kept for key, kept in notes.column_tags.items() if kept}
    return _results.nothing()


def _tagged(call: Call) -> tuple[Name, str]:
    """Where the tags are noted, and of which column; empty for the whole. Raises StatementError if it is not there."""
    groups = call.match.groupdict()
    if groups.get("dotted"):
        *owner, column = parts(call.word("dotted"))
        table = call.metadata.name(name(*owner))
    elif groups.get("column"):
        table, column = call.existing(), unquote(call.word("column"))
    else:
        return securable(call).notes, ""
    call.metadata.column(table, column)
    return table, column.lower()


def _grant(call: Call) -> Result:
    found = securable(call)
    wanted = privileges(call.word("privileges"), found)
    with call.metadata.side.change(found.notes) as notes:
        held = notes.grants.setdefault(_principal(call), [])
        held.extend(privilege for privilege in wanted if privilege not in held)
    return _results.nothing()


def _revoke(call: Call) -> Result:
    found = securable(call)
    gone = privileges(call.word("privileges"), found)
    with call.metadata.side.change(found.notes) as notes:
        held = notes.grants.pop(_principal(call), [])
        if left := [privilege for privilege in held if privilege not in gone and "ALL PRIVILEGES" not in gone]:
            notes.grants[_principal(call)] = left
    return _results.nothing()


def _show_grants(call: Call) -> Result:
    """Also what is inherited, each with the object it was given on."""
    who = _principal(call)
    rows = [
        (principal, privilege, holder.kind, holder.full)
        for holder in above(securable(call))
        for principal, held in call.metadata.side.get(holder.notes).grants.items()
        for privilege in held
        if who in ("", principal)
    ]
    return _results.table("Principal string, ActionType string, ObjectType string, ObjectKey string", rows)


def _owner(call: Call) -> Result:
    """https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-alter-table (OWNER TO)"""
    with call.metadata.side.change(securable(call).notes) as notes:
        notes.owner = _principal(call)
    return _results.nothing()


def _optimization(call: Call) -> Result:
    """https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-alter-table: nothing is seen of it."""
    securable(call)
    return _results.nothing()


def _principal(call: Call) -> str:
    return unquote(call.word("principal"))


def _deny(_: Call) -> Result:
    message = (
        "[UC_COMMAND_NOT_SUPPORTED.WITHOUT_RECOMMENDATION] The command(s): DENY are not supported in Unity Catalog"
    )
    raise StatementError(f"{message}. SQLSTATE: 0AKUC", "0AKUC")


_ALTERED = (
    rf"(?:(?P<catalog>CATALOG(?: {PART})?)|(?:SCHEMA|DATABASE) (?P<schema>{NAME})|(?P<function>(?!)))"
    rf"|(?:TABLE|VIEW) (?P<table>{NAME})(?: (?:ALTER|CHANGE)(?: COLUMN)? (?P<column>{PART}))?"
)
_ON = rf"(?:COLUMN (?P<dotted>{COLUMN})|{SECURABLE})"
_WORD = rf"(?:'\d+|{PART})"
_PAIR = r"'\d+(?: = '\d+)?"
_PRIVILEGES = r"(?P<privileges>[\w ,]+?)"

RULES: list[tuple[str, Answer]] = [
    (rf"ALTER (?:{_ALTERED}) SET TAGS \( (?P<tags>{_PAIR}(?: , {_PAIR})*) \)", _set_tags),
    (rf"ALTER (?:{_ALTERED}) UNSET TAGS \( (?P<tags>.*) \)", _unset_tags),
    (rf"ALTER {SECURABLE} (?:SET )?OWNER TO (?P<principal>{PART})", _owner),
    (rf"ALTER {SECURABLE} (?:ENABLE|DISABLE|INHERIT) PREDICTIVE OPTIMIZATION", _optimization),
    (rf"SET TAG ON {_ON} (?P<tag>{_WORD})(?: = (?P<value>{_WORD}))?", _set_tag),
    (rf"UNSET TAG ON {_ON} (?P<tag>{_WORD})", _unset_tag),
    (rf"GRANT {_PRIVILEGES} ON {SECURABLE} TO (?P<principal>{PART})", _grant),
    (rf"REVOKE {_PRIVILEGES} ON {SECURABLE} FROM (?P<principal>{PART})", _revoke),
    (rf"SHOW GRANTS?(?: (?P<principal>(?!ON ){PART}))? ON {SECURABLE}", _show_grants),
    (r"DENY .*", _deny),
]
