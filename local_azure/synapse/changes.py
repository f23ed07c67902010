"""INSERT, UPDATE, DELETE, MERGE and TRUNCATE as DuckDB statements.

UPDATE and DELETE with FROM work on the rows' ids, because T-SQL lets the target appear among joins.
Source: Microsoft Learn, the page of each statement for Azure Synapse Analytics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_azure.synapse import nodes as n
from local_azure.synapse.casts import assign, ident
from local_azure.synapse.catalog import ColumnInfo, ObjectInfo
from local_azure.synapse.errors import SqlError, invalid_column, not_local, unsupported
from local_azure.synapse.queries import QueryBinder
from local_azure.synapse.scope import BoundColumn, BoundQuery, Relation, Scope, Typed

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Change:
    """A DuckDB statement; `check`, where given, must return no row, or error 8672 is raised."""

    sql: str
    check: str = ""
    table: str = ""  # whose columns may refuse NULL


def target_table(binder: QueryBinder, name: n.Name, *privileges: str) -> ObjectInfo:
    """A table whose rows may change. Raises SqlError 208, 229, 4406 (a view), 104308 (an external table)."""
    found = binder.names.get(name)
    for privilege in privileges:
        binder.require(privilege, found)
    if found.kind == "V":
        raise SqlError(
            4406,
            (
                f"Update or insert of view or function '{name}' failed because it is not supported in a "
                "dedicated SQL pool."
            ),
        )
    if found.kind != "U":
        raise SqlError(104308, f"DML operations are not supported on the external or system table '{name}'.")
    return found


def altered_table(binder: QueryBinder, name: n.Name, number: int) -> ObjectInfo:
    """A table whose definition or rows are to go. Raises SqlError `number` where there is none."""
    if binder.names.find(name) is None:
        text = f'Cannot find the object "{name}" because it does not exist or you do not have permissions.'
        raise SqlError(number, text)
    return target_table(binder, name, "ALTER")


def target_columns(table: ObjectInfo, names: tuple[str, ...], *, explicit: bool = False) -> list[ColumnInfo]:
    """The columns that an INSERT fills; `explicit` with SET IDENTITY_INSERT ON. Raises SqlError 207, 264, 544, 545."""
    given = {name.lower() for name in names}
    identity = next((c for c in table.columns if c.identity is not None), None)
    if explicit and identity is not None and identity.name.lower() not in given:
        text = (
            f"Explicit value must be specified for identity column in table '{table.name}' either when IDENTITY_INSERT "
        )
        more = "is set to ON or when a replication user is inserting into a NOT FOR REPLICATION identity column."
        raise SqlError(545, text + more)
    if not names:
        return [c for c in table.columns if c.identity is None]
    found: list[ColumnInfo] = []
    for name in names:
        column = table.column(name)
        if column is None:
            raise invalid_column(name)
        if column.identity is not None and not explicit:
            raise SqlError(
                544,
                (
                    f"Cannot insert explicit value for identity column in table '{table.name}' when "
                    "IDENTITY_INSERT is set to OFF."
                ),
            )
        if column in found:
            raise SqlError(
                264,
                f"The column name '{name}' is specified more than once in the SET clause or column list of an INSERT.",
            )
        found.append(column)
    return found


def insert(binder: QueryBinder, statement: n.Insert) -> Change:
    table = target_table(binder, statement.table, "INSERT")
    columns = target_columns(table, statement.columns, explicit=table.full_name.lower() == binder.identity_insert)
    if statement.values is not None:
        given = [binder.value(value, Scope()) for value in statement.values]
        _check_count(len(columns), len(given), values=bool(statement.columns))
        for value, column in zip(statement.values, columns, strict=True):
            binder.suggest(value, column.type)
        body = "SELECT " + ", ".join(assign(v.sql, v.type, c.type) for c, v in zip(columns, given, strict=True))
    else:
        query = binder.shown(binder.query(_rows_of(statement), None, nested=False))
        _check_count(len(columns), len(query.columns), values=False)
        body = assigned(query, columns)
    return Change(f"INSERT INTO {table.duckdb_name} ({_listed(columns)}) {body}", table=table.full_name)


def _rows_of(statement: n.Insert) -> n.Query:
    if statement.query is None:
        raise SqlError(102, "Incorrect syntax near 'INSERT'.", 15)
    return statement.query


def _check_count(wanted: int, given: int, *, values: bool) -> None:
    if wanted == given:
        return
    if values:
        more = "fewer" if given > wanted else "more"
        number = 110 if given > wanted else 109
        if number == 110:
            raise SqlError(
                110,
                (
                    f"There are {more} columns in the INSERT statement than values specified in the VALUES "
                    "clause. The number of values in the VALUES clause must match the number of columns "
                    "specified in the INSERT statement."
                ),
                15,
            )
        raise SqlError(
            109,
            (
                f"There are {more} columns in the INSERT statement than values specified in the VALUES "
                "clause. The number of values in the VALUES clause must match the number of columns "
                "specified in the INSERT statement."
            ),
            15,
        )
    raise SqlError(213, "Column name or number of supplied values does not match table definition.")


def assigned(query: BoundQuery, columns: list[ColumnInfo]) -> str:
    """A query whose columns are converted for assignment."""
    pairs = zip(query.columns, columns, strict=True)
    casts = ", ".join(f"{assign(f'q.c{i}', a.source_type, b.type)} AS c{i}" for i, (a, b) in enumerate(pairs))
    return f"SELECT {casts} FROM ({query.sql}) q"


def _listed(columns: list[ColumnInfo]) -> str:
    return ", ".join(ident(c.name) for c in columns)


def _find_target(
    binder: QueryBinder, target: n.Name, source: n.Source | None, privilege: str
) -> tuple[ObjectInfo, n.Source]:
    """The table an UPDATE or DELETE means, by its own name or by an alias in FROM, and its FROM: what does not name the
    table is joined to it by WHERE ("Use CTAS", replacing ANSI joins in updates)."""
    if source is None:
        return target_table(binder, target, privilege), n.Table(target, None)
    for table in _tables(source):
        aliased = table.alias is not None and len(target.parts) == 1 and table.alias.lower() == target.last.lower()
        same = table.alias is None and table.name.last.lower() == target.last.lower()
        if aliased or same:
            return target_table(binder, table.name, privilege), source
    found = target_table(binder, target, privilege)
    for table in _tables(source):
        if binder.names.find(table.name) == found:
            return found, source
    return found, n.Join("CROSS", n.Table(target, None), source, None)


def _tables(source: n.Source) -> list[n.Table]:
    if isinstance(source, n.Join):
        return _tables(source.left) + _tables(source.right)
    return [source] if isinstance(source, n.Table) else []


def _target_alias(scope: Scope, target: n.Name, table: ObjectInfo) -> str:
    """The DuckDB alias the target has in FROM."""
    for relation in scope.relations:
        named = relation.exposed.lower() == target.last.lower()
        if (named or relation.path[1:] == (table.schema.lower(), table.name.lower())) and relation.columns:
            alias, _, column = relation.columns[0].sql.partition(".")
            if not column.startswith('"'):  # outer_joins moved it, and its rows have no ids there
                raise not_local("UPDATE or DELETE of what an outer join by a query may leave out")
            return alias
    raise not_local("UPDATE or DELETE whose FROM does not name the target")


def delete(binder: QueryBinder, statement: n.Delete) -> Change:
    table, source = _find_target(binder, statement.target, statement.source, "DELETE")
    scope = Scope()
    if statement.source is None and statement.where is None:
        with binder.chained():  # which reads nothing, so that no SELECT is asked for
            rows = binder.source(source, scope)
    else:
        rows = binder.source(source, scope)
    scope.clause = "WHERE"
    where = f" WHERE {binder.truth(statement.where, scope)}" if statement.where else ""
    alias = _target_alias(scope, statement.target, table)
    return Change(f"DELETE FROM {table.duckdb_name} WHERE rowid IN (SELECT {alias}.rowid FROM {rows}{where})")


def update(binder: QueryBinder, statement: n.Update) -> Change:
    table, source = _find_target(binder, statement.target, statement.source, "UPDATE")
    scope = Scope()
    rows = binder.source(source, scope)
    scope.clause = "WHERE"
    where = f" WHERE {binder.truth(statement.where, scope)}" if statement.where else ""
    alias = _target_alias(scope, statement.target, table)
    names = tuple(name for name, _ in statement.changes)
    scope.clause = "SELECT"
    values = [_assigned_value(binder, table, name, value, scope) for name, value in statement.changes]
    selected = ", ".join(f"{value} AS v{i}" for i, value in enumerate(values))
    sets = ", ".join(f"{ident(c.name)} = q.v{i}" for i, c in enumerate(target_columns(table, names)))
    rows = f"(SELECT {alias}.rowid AS row, {selected} FROM {rows}{where}) q"
    sql = f"UPDATE {table.duckdb_name} AS target SET {sets} FROM {rows} WHERE target.rowid = q.row"
    return Change(sql, table=table.full_name)


def _assigned_value(binder: QueryBinder, table: ObjectInfo, name: str, value: n.Expr, scope: Scope) -> str:
    found = table.column(name)
    if found is not None and found.identity is not None:
        raise SqlError(8102, f"Cannot update identity column '{found.name}'.")
    (column,) = target_columns(table, (name,))
    binder.suggest(value, column.type)
    bound = binder.value(value, scope)
    return assign(bound.sql, bound.type, column.type)


def truncate(binder: QueryBinder, statement: n.Truncate) -> Change:
    return Change(f"DELETE FROM {altered_table(binder, statement.table, 4701).duckdb_name}")


# MERGE


def merge(binder: QueryBinder, statement: n.Merge) -> Change:
    """MERGE INTO of DuckDB, with SQL Server's check that no row is matched twice (error 8672).

    A row that a security policy hides is neither matched nor missed ("Row-level security", filter predicates).
    """
    _check_clauses(statement.clauses)
    table = target_table(binder, statement.target, *sorted({clause.action for clause in statement.clauses}))
    _check_insert(table, statement.clauses)
    target, source = Scope(), Scope()
    rows = binder.source(statement.source, source)
    alias = binder.fresh("t")
    columns = tuple(BoundColumn(c.name, c.type, f"{alias}.{ident(c.name)}", c.nullable) for c in table.columns)
    path = () if statement.alias else (table.schema.lower(), table.name.lower())
    target.relations.append(Relation(statement.alias or table.name, path, columns))
    seen = binder.seen(table, target.relations[0])
    both = Scope(relations=[*target.relations, *source.relations], clause="ON")
    any_row = source.relations[0].columns[0].sql
    # an equation of the two sides: DuckDB's outer joins take no subquery by itself
    on = " AND ".join(
        [
            f"({binder.truth(statement.on, both)})",
            *(f"{s} = ({any_row} IS NULL OR {any_row} IS NOT NULL)" for s in seen),
        ]
    )
    both.clause = "SELECT"
    scopes = {"MATCHED": both, "NOT MATCHED": source, "NOT MATCHED BY SOURCE": target}
    clauses = " ".join(_merge_clause(binder, table, clause, scopes, seen) for clause in statement.clauses)
    sql = f"MERGE INTO {table.duckdb_name} AS {alias} USING {rows} ON {on} {clauses} RETURNING merge_action"
    check = (
        f"SELECT 1 FROM {table.duckdb_name} {alias} JOIN {rows} ON {on} GROUP BY {alias}.rowid HAVING "
        "count(*) > 1 LIMIT 1"
    )
    return Change(sql, check if any(c.when == "MATCHED" for c in statement.clauses) else "", table.full_name)


def _merge_clause(
    binder: QueryBinder, table: ObjectInfo, clause: n.MergeClause, scopes: dict[str, Scope], seen: list[str]
) -> str:
    """Raises SqlError 5333 and 5334 for a column of the side that a clause has no row of."""
    try:
        return _clause(binder, table, clause, scopes[clause.when], seen)
    except SqlError as error:
        if error.number not in {207, 4104} or clause.when == "MATCHED":
            raise
        _clause(binder, table, clause, scopes["MATCHED"], seen)  # a name of neither side keeps its own error
        number, side = (5333, "source") if clause.when == "NOT MATCHED" else (5334, "target")
        name = error.message.replace('"', "'").split("'")[1]
        text = f"The identifier '{name}' cannot be bound. Only {side} columns are allowed in the 'WHEN {clause.when}'"
        raise SqlError(number, f"{text} clause of a MERGE statement.") from error


def merged_rows(result: duckdb.DuckDBPyConnection) -> int:
    """How many rows a MERGE changed: an update is a row deleted and one inserted ("MERGE", remarks)."""
    count = 0
    while actions := result.fetchmany(_FETCH):
        count += sum(2 if action == "UPDATE" else 1 for (action,) in actions)
    return count


_FETCH = 2048


def _check_insert(table: ObjectInfo, clauses: tuple[n.MergeClause, ...]) -> None:
    """Rows are inserted into hash-distributed tables alone, and into none with an identity column ("MERGE", remarks).

    Raises SqlError 104467: the page gives the rules no number.
    """
    if all(clause.action != "INSERT" for clause in clauses):
        return
    if table.options.get("distribution") != "HASH":
        text = "Merge statements with a WHEN NOT MATCHED [BY TARGET] clause must target a hash distributed table."
        raise SqlError(104467, text)
    if any(column.identity is not None for column in table.columns):
        raise unsupported("A MERGE statement that inserts into a table with an IDENTITY column")


def _check_clauses(clauses: tuple[n.MergeClause, ...]) -> None:
    for when in ("MATCHED", "NOT MATCHED", "NOT MATCHED BY SOURCE"):
        of_kind = [c for c in clauses if c.when == when]
        if len(of_kind) > (1 if when == "NOT MATCHED" else 2):
            raise SqlError(
                10714, f"An action of type 'WHEN {when}' cannot appear more than allowed in a MERGE statement.", 15
            )
        if len(of_kind) == 2 and of_kind[0].condition is None:
            raise SqlError(
                5324,
                (
                    f"In a MERGE statement, a 'WHEN {when}' clause with a search condition cannot appear after a "
                    f"'WHEN {when}' clause with no search condition."
                ),
                15,
            )
        if len(of_kind) == 2 and of_kind[0].action == of_kind[1].action:
            raise SqlError(
                10714,
                (
                    f"An action of type '{of_kind[0].action}' cannot appear more than once in a '{when}' clause "
                    "of a MERGE statement."
                ),
                15,
            )


def _clause(binder: QueryBinder, table: ObjectInfo, clause: n.MergeClause, scope: Scope, seen: list[str]) -> str:
    tests = [f"({binder.truth(clause.condition, scope)})"] if clause.condition else []
    tests += seen if clause.when == "NOT MATCHED BY SOURCE" else []
    head = f"WHEN {' AND '.join([clause.when, *tests])} THEN"
    if clause.action == "DELETE":
        return f"{head} DELETE"
    columns = target_columns(table, clause.columns)
    _check_count(len(columns), len(clause.values), values=True)
    values = [_bound_value(binder, v, c, scope) for v, c in zip(clause.values, columns, strict=True)]
    if clause.action == "INSERT":
        return f"{head} INSERT ({_listed(columns)}) VALUES ({', '.join(values)})"
    sets = ", ".join(f"{ident(c.name)} = {v}" for c, v in zip(columns, values, strict=True))
    return f"{head} UPDATE SET {sets}"


def _bound_value(binder: QueryBinder, value: n.Expr, column: ColumnInfo, scope: Scope) -> str:
    bound: Typed = binder.value(value, scope)
    return assign(bound.sql, bound.type, column.type)
