"""One client's session: runs batches statement by statement, in its transaction, and yields what to send."""

from __future__ import annotations

import dataclasses
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from decimal import Decimal
from functools import lru_cache
from typing import Any

import duckdb

from local_azure.synapse import changes, flow, monitoring, options, system_procedures
from local_azure.synapse import nodes as n
from local_azure.synapse.casts import cast
from local_azure.synapse.catalog import Names, ObjectInfo, Snapshot
from local_azure.synapse.definitions import DEFINITIONS, Definer
from local_azure.synapse.drops import KINDS
from local_azure.synapse.engine import Engine, translate
from local_azure.synapse.errors import SqlError, cancelled, doomed, nested_too_deep, no_transaction, within_transaction
from local_azure.synapse.identity import Identity
from local_azure.synapse.permissions import Rights, is_temporary, refuse_definition
from local_azure.synapse.queries import QueryBinder
from local_azure.synapse.requests import now
from local_azure.synapse.results import Done, Result, Rows
from local_azure.synapse.routines import Variables
from local_azure.synapse.scope import BoundColumn, Scope
from local_azure.synapse.session_context import SessionContext
from local_azure.synapse.slots import is_governed
from local_azure.synapse.sqltypes import SqlType
from local_azure.synapse.statements import parse

FETCH = 2048  # rows taken from DuckDB at a time
_CACHE = 256  # bound statements a session keeps
_NESTED = 8  # calls within calls ("Using stored procedures in dedicated SQL pool")
_OF_STATEMENTS = (n.If, n.While, n.Block, n.Try)  # what holds requests and is none
_ALWAYS = (  # in a transaction that failed, too
    *_OF_STATEMENTS, n.Transaction, n.SetOption, n.Leave, n.Return, n.Declare, n.SetVariable, n.Print, n.Throw,
)  # fmt: skip
_IN_TRANSACTIONS = (n.Rebuild, n.CreateStatistics, n.UpdateStatistics)
_RETRIES = 20  # of an autocommitted change that met another one


@dataclasses.dataclass(frozen=True)
class _Bound:
    """A statement ready for DuckDB: its text, the parameters it takes, its columns or its command."""

    sql: str
    used: tuple[str, ...]
    columns: tuple[BoundColumn, ...]
    command: str
    check: str = ""
    table: str = ""


@lru_cache(maxsize=512)
def _parsed(text: str) -> tuple[n.Statement, ...]:
    return parse(text)


class Session:
    """State between batches: the DuckDB cursor, the transaction, #temp tables, SET options."""

    def __init__(self, engine: Engine, spid: int, *, user: str = "") -> None:
        self.engine = engine
        self.spid = spid
        self.info = {"database": engine.database, "user": user or engine.user, "name": "dbo", "spid": str(spid)}
        self._trusted = False  # within a procedure, whose owner's rights hold
        self.connection = engine.cursor()
        self.identity = Identity(self.connection, self.info, engine.user)
        self.transactions = 0  # nesting depth of explicit transactions
        self.implicit = self.format_only = self.nocount = False
        self.context = SessionContext()
        self.temporary: dict[str, ObjectInfo] = {}
        self._kept: dict[str, ObjectInfo] = {}  # those there were when the transaction began
        self.variables: Variables = {}
        self._bound: OrderedDict[object, tuple[n.Statement, _Bound]] = OrderedDict()
        self._sent = self.failure = 0  # rows of the current result; the error of the statement before it (@@ERROR)
        self.doomed = False  # a statement of the transaction failed: only a roll-back is left
        self.rolled_back = False  # how the last transaction ended
        self._snapshot: Snapshot | None = None  # the catalogue, which can't change within a transaction
        self._definitions = self._depth = 0  # the first counts its own, so that #temp tables renew what is bound
        self.procedures: list[str] = []  # those that run, the innermost last
        self.errors: list[SqlError] = []  # those whose CATCH runs, the innermost last
        self.stopped: Callable[[], bool] = lambda: False  # whether the client has cancelled
        self.awaited: n.InsertBulk | None = None  # its rows come with the next message
        self.procedure: Callable[[str, list[tuple[str, Any]]], Iterator[Any]] | None = None  # EXEC of all but the above

    # The outside

    def batch(self, text: str, variables: Variables | None = None) -> Iterator[Result]:
        """Run a batch; the whole of it is parsed before any of it runs. Raises SqlError."""
        yield from self._frame(_parsed(text), dict(variables or {}))

    def _frame(self, statements: tuple[n.Statement, ...], variables: Variables) -> Iterator[Result]:
        """Statements with variables of their own, changed in place. Raises SqlError 217 below the eighth level."""
        if self._depth > _NESTED:
            raise nested_too_deep(_NESTED)
        saved, self.variables = self.variables, variables
        self._depth += 1
        try:
            for statement in statements:
                yield from self._guarded(statement)
        except flow.Returned:
            return
        finally:
            self._depth -= 1
            self.variables = saved

    def called(
        self, statements: tuple[n.Statement, ...], variables: Variables, *, trusted: bool = False
    ) -> Iterator[Result]:
        """Statements within a procedure: what they SET holds until it ends ("SET statements", considerations).

        `trusted`: with the rights of the procedure's owner, which text that is put together at run time has not.
        """
        saved = self.implicit, self.format_only, self.nocount, self._trusted
        acting = self.identity.depth
        self._trusted = trusted
        try:
            yield from self._frame(statements, variables)
        finally:
            self.implicit, self.format_only, self.nocount, self._trusted = saved
            self.identity.revert_to(acting)

    def scoped(self, text: str, variables: Variables | None = None) -> Iterator[Result]:
        """A batch within a procedure; it changes the variables that it is given."""
        yield from self.called(_parsed(text), {} if variables is None else variables)

    def routine(self, name: n.Name) -> ObjectInfo | None:
        """A procedure of the user's. Raises SqlError 2809 for an object of another kind."""
        names = self._names()
        found = names.find(name)
        if found is not None and found.kind == "P":
            names.require("EXECUTE", found)
        if found is not None and found.kind != "P":
            text = f"The request for procedure '{name}' failed because '{name}' is a {KINDS[found.kind]} object."
            raise SqlError(2809, text)
        return found

    def assign(self, name: str, value: Any) -> None:
        """Give a variable a value. Raises SqlError 137 for one that is not declared."""
        if name not in self.variables:
            raise SqlError(137, f'Must declare the scalar variable "{name}".', 15)
        self.variables[name] = (self.variables[name][0], value)

    def rights(self) -> Rights:
        """What the user that the session acts as may do."""
        return self.identity.rights(self._catalogue().version)

    def interrupt(self) -> None:
        """Stop what runs; called from another thread, for which it may have ended."""
        with suppress(duckdb.Error):
            self.connection.interrupt()

    def reset(self) -> None:
        """Back to how the session began (RESETCONNECTION): roll back, drop #temp tables, forget options."""
        self.rollback()
        for table in self.temporary.values():
            self.connection.execute(f"DROP TABLE IF EXISTS {table.duckdb_name}")
        self.temporary.clear()
        self._definitions += 1
        self.identity.revert_to(0)
        self.info.pop("identity_insert", None)
        self.context.clear()
        self.implicit = self.format_only = self.nocount = False

    def close(self) -> None:
        self.rollback()
        self.connection.close()

    def begin(self) -> None:
        if self.transactions == 0:
            self.connection.execute("BEGIN")
            self._snapshot, self._kept = None, dict(self.temporary)
        self.transactions += 1

    def commit(self) -> None:
        """Raises SqlError 111214 outside a transaction, 111233 in one that failed, 3960 after a conflict."""
        if self.transactions == 0:
            raise no_transaction()
        self._refuse_doomed()
        if self.transactions == 1:
            self._commit()
        self.transactions -= 1

    def _commit(self) -> None:
        try:
            self.connection.execute("COMMIT")
            self.rolled_back = False
        except duckdb.Error as error:
            self.rollback()
            raise translate(error) from error

    def rollback(self) -> None:
        """End the transaction, if there is one, and its changes."""
        if self.transactions:
            self.transactions = 0
            self.rolled_back = True
            if not self.doomed:
                self._lose_changes()
        self.doomed = False

    def doom(self) -> None:
        """After a failure a pool's transaction has lost its changes and does nothing but roll back (XACT_STATE -2)."""
        if self.transactions and not self.doomed:
            self._lose_changes()
            self.doomed = True

    def _lose_changes(self) -> None:
        """What was changed since BEGIN, #temp tables included."""
        self._undo(own=True)
        self.temporary, self._definitions = dict(self._kept), self._definitions + 1

    def _refuse_doomed(self) -> None:
        if self.doomed:
            raise doomed()

    # Statements

    def _guarded(self, statement: n.Statement) -> Iterator[Result]:
        try:
            yield from self.run(statement)
        except (duckdb.Error, SqlError) as error:
            self.doom()
            raise self.placed(error) from error

    def placed(self, error: duckdb.Error | SqlError) -> SqlError:
        """An error as SQL Server's, with the procedure that it arose in."""
        found = translate(error) if isinstance(error, duckdb.Error) else error
        self.failure = found.number
        place = found.procedure or (self.procedures[-1] if self.procedures else "")
        return dataclasses.replace(found, procedure=place)

    def check(self, statement: n.Statement, binder: QueryBinder | None = None) -> None:
        """Bind a query or a change without running it. Raises SqlError."""
        binder = binder or self.binder()
        if isinstance(statement, n.CreateTableAs):
            if not self._trusted:
                refuse_definition(statement, self.rights(), self.engine.database)
            binder.query(statement.query, None, nested=False)
        elif isinstance(statement, n.SelectStatement):
            self._bind_select(binder, statement)
        else:
            _CHANGES[type(statement)][0](binder, statement)

    def run(self, statement: n.Statement) -> Iterator[Result]:
        """A statement, within a block too: in one of the pool's slots, if it takes one."""
        if isinstance(statement, _OF_STATEMENTS):
            yield from self._handled(statement)
            return
        governed, requests = is_governed(statement), self.engine.requests
        with (
            requests.running(self.spid, statement.written, self.transactions > 0, governed) as request,
            self.engine.slots.taken(self.stopped) if governed else nullcontext(),
        ):
            request.began()
            try:
                yield from request.counted(self._handled(statement))
            except duckdb.Error as error:
                raise self.placed(error) from error
        self.failure = 0

    def _handled(self, statement: n.Statement) -> Iterator[Result]:
        if not isinstance(statement, _ALWAYS):
            self._refuse_doomed()
        if isinstance(statement, DEFINITIONS):
            return self._define(statement)
        return _HANDLERS[type(statement)](self, statement)

    def _catalogue(self) -> Snapshot:
        if self._snapshot is None or not self.transactions:
            self._snapshot = self.engine.catalog.snapshot(self.connection)
        return self._snapshot

    def _names(self) -> Names:
        snapshot = self._catalogue()
        return Names(self.engine.catalog, snapshot, self.temporary, self.rights(), self._trusted)

    def binder(self) -> QueryBinder:
        """A binder over the catalogue as it is now, and the variables."""
        return self._binder(self._names())

    def _binder(self, names: Names) -> QueryBinder:
        types = {name: type_ for name, (type_, _) in self.variables.items()}
        return QueryBinder(names, types, self.info, self.engine.storage)

    def _values(self, used: set[str] | tuple[str, ...]) -> dict[str, Any]:
        """The values of DuckDB's parameters: v_ a variable, s_ the session's own."""
        known = {_parameter_name(name): value for name, (_, value) in self.variables.items()} | flow.caught(self)
        known |= {"s_now": now(), "s_spid": self.spid, "s_trancount": self.transactions, "s_context": f"{self.context}"}
        known["s_xact_state"] = -2 if self.doomed else min(self.transactions, 1)
        # as text, which the cast around each parameter reads exactly: DuckDB takes small decimals for doubles
        return {name: f"{value:f}" if isinstance(value := known[name], Decimal) else value for name in used}

    def begin_statement(self) -> bool:
        """Open a transaction around one statement; False inside an explicit one that has not failed."""
        if self.implicit and not self.transactions:
            self.begin()
        if self.transactions and not self.doomed:
            return False
        self.connection.execute("BEGIN")
        return True

    def end_statement(self, own: bool, *, failed: bool) -> None:
        if own:
            self.connection.execute("ROLLBACK" if failed else "COMMIT")

    def _select(self, statement: n.SelectStatement) -> Iterator[Result]:
        own = self.begin_statement()
        failed = True
        try:
            bound = self._cached(statement, self._bind_select)
            yield self._stream(bound)
            count = self._sent
            failed = False
        finally:
            self.end_statement(own, failed=failed)
        yield Done("SELECT", count)

    def _stream(self, bound: _Bound) -> Rows:
        sql = f"SELECT * FROM ({bound.sql}) WHERE false" if self.format_only else bound.sql
        result = self.query(sql, bound.used)
        self._sent = 0
        return Rows(bound.columns, self._fetch(result))

    def _fetch(self, result: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[Any, ...]]]:
        while rows := result.fetchmany(FETCH):
            self._sent += len(rows)
            yield rows

    def query(self, sql: str, used: set[str] | tuple[str, ...] = ()) -> duckdb.DuckDBPyConnection:
        """Raises SqlError 3617 for a client that has left or cancelled: an interrupt hits only what runs."""
        if self.stopped():
            raise cancelled()
        named = tuple(name for name in used if f"${name} " in sql)
        return self.connection.execute(sql, self._values(named) or None)

    def _cached(self, statement: n.Statement, bind: Callable[[QueryBinder, Any], _Bound]) -> _Bound:
        """Bind, or take what the same statement was bound to while catalogue and types stand unchanged."""
        names = self._names()
        types = tuple((name, type_) for name, (type_, _) in self.variables.items())
        who = (names.rights.user, names.trusted, self.info.get("identity_insert"))
        key = (id(statement), types, names.snapshot.version, self._definitions, who)
        if key not in self._bound or self._external(names):
            # the statement is kept beside what it became, for its id to stay its own
            self._bound[key] = (statement, bind(self._binder(names), statement))
        self._bound.move_to_end(key)
        while len(self._bound) > _CACHE:
            self._bound.popitem(last=False)
        return self._bound[key][1]

    def _external(self, names: Names) -> bool:
        """Files come and go without a change of the catalogue: queries over them are bound anew."""
        return any(o.kind == "E" for o in names.snapshot.objects.values())

    def _bind_select(self, binder: QueryBinder, statement: n.SelectStatement) -> _Bound:
        bound = binder.shown(binder.query(statement.query, None, nested=False))
        return _Bound(bound.sql, tuple(binder.used), bound.columns, "SELECT")

    def _insert_bulk(self, statement: n.InsertBulk) -> Iterator[Result]:
        """The rows come with the next message. Raises SqlError for a table or columns that cannot take them."""
        table = changes.target_table(self._binder(self._names()), statement.table, "INSERT")
        changes.target_columns(table, statement.columns)
        self.awaited = statement
        yield Done("DDL")

    def _change(self, statement: n.Statement) -> Iterator[Result]:
        bind, command = _CHANGES[type(statement)]

        def bound(binder: QueryBinder, node: Any) -> _Bound:
            change = bind(binder, node)
            return _Bound(change.sql, tuple(binder.used), (), command, change.check, change.table)

        count = self._retried(lambda: self._execute_change(self._cached(statement, bound)))
        yield Done(command, None if command == "TRUNCATE" else count)

    def _execute_change(self, bound: _Bound) -> int:
        if bound.check and self.query(bound.check, bound.used).fetchone():
            text = "The MERGE statement attempted to UPDATE or DELETE the same row more than once. This happens when a "
            raise SqlError(8672, f"{text}target row matches more than one source row.")
        try:
            result = self.query(bound.sql, bound.used)
            if bound.command == "MERGE":
                return changes.merged_rows(result)
            row = result.fetchone()
        except duckdb.ConstraintException as error:
            raise translate(error, bound.command, f"{self.engine.database}.{bound.table}") from error
        return int(row[0]) if row else 0

    def _retried(self, run: Callable[[], int | None]) -> int | None:
        """An autocommitted change that conflicts with another session's is tried again on a new snapshot."""
        for attempt in range(_RETRIES):
            own = self.begin_statement()
            try:
                count = run()
                self.end_statement(own, failed=False)
                return count
            except duckdb.Error as error:
                self._undo(own)
                if not own or translate(error).number != 3960 or attempt == _RETRIES - 1:
                    raise
                time.sleep(0.005 * (attempt + 1))
            except BaseException:
                self._undo(own)
                raise
        return None

    def _undo(self, own: bool) -> None:
        if own:
            try:
                self.connection.execute("ROLLBACK")
            except duckdb.TransactionException:  # the failed COMMIT has already ended it
                return

    def _define(self, statement: n.Statement) -> Iterator[Result]:
        """Definitions never run inside a transaction of the client's (error 111212)."""
        temporary = is_temporary(statement)
        if (self.transactions or self.implicit) and not temporary and not isinstance(statement, _IN_TRANSACTIONS):
            raise within_transaction()
        if not self._trusted:
            refuse_definition(statement, self.rights(), self.engine.database)
        self._definitions += 1
        before = dict(self.temporary)
        with self.engine.definitions:
            try:
                count = self._retried(lambda: self._definer().run(statement))
            except BaseException:
                self.temporary = before
                raise
        yield Done("CTAS" if count is not None else "DDL", count)

    def _definer(self) -> Definer:
        names = self._names()
        binder = self._binder(names)
        return Definer(self.connection, self.engine.catalog, names, binder, self.temporary, self._values)

    # Control of flow, see flow.py

    def holds(self, condition: n.Expr) -> bool:
        row = self.last_row(lambda binder: f"CASE WHEN {binder.truth(condition, Scope())} THEN 1 ELSE 0 END")
        return bool(row and row[0])

    def last_row(self, text: Callable[[QueryBinder], str]) -> tuple[Any, ...] | None:
        """The last row of what stands behind a SELECT of DuckDB's."""
        own = self.begin_statement()
        failed = True
        try:
            binder = self._binder(self._names())
            sql = f"SELECT {text(binder)}"
            if binder.reads:
                self._refuse_doomed()
            row = None
            for rows in self._fetch(self.query(sql, binder.used)):
                row = rows[-1]
            failed = False
        finally:
            self.end_statement(own, failed=failed)
        return row

    def evaluate(self, expr: n.Expr, type_: SqlType) -> Any:
        """The Python value of an expression converted to a type."""

        def text(binder: QueryBinder) -> str:
            bound = binder.value(expr, Scope())
            return cast(bound.sql, bound.type, type_)

        row = self.last_row(text)
        return row[0] if row else None

    def _execute_as(self, statement: n.ExecuteAs) -> Iterator[Result]:
        self.identity.act_as(statement.user, self._catalogue().version)
        return iter(())


def _parameter_name(variable: str) -> str:
    return "v_" + "".join(c if c.isalnum() or c == "_" else f"_{ord(c)}_" for c in variable[1:])


_CHANGES: dict[type, tuple[Callable[[QueryBinder, Any], changes.Change], str]] = {
    n.Insert: (changes.insert, "INSERT"), n.Update: (changes.update, "UPDATE"),
    n.Delete: (changes.delete, "DELETE"), n.Merge: (changes.merge, "MERGE"),
    n.Truncate: (changes.truncate, "TRUNCATE"),
}  # fmt: skip
_HANDLERS: dict[type, Callable[[Session, Any], Iterator[Result]]] = {
    n.SelectStatement: Session._select, n.Insert: Session._change, n.Update: Session._change,
    n.InsertBulk: Session._insert_bulk, n.Delete: Session._change, n.Merge: Session._change,
    n.Truncate: Session._change,
    n.ExecuteAs: Session._execute_as, n.ExecProcedure: system_procedures.execute,
    **flow.HANDLERS, **options.HANDLERS, **monitoring.HANDLERS,
}  # fmt: skip
