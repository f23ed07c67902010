"""The allow-list of statements, and the splitter: batches carry no semicolons, a keyword begins a statement.

Source: Microsoft Learn, "T-SQL language elements supported for dedicated SQL pool" and the pages of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from local_azure.synapse import credentials, monitoring_parser, routine_parser, security_parser
from local_azure.synapse import nodes as n
from local_azure.synapse.definition_parser import DefinitionParser
from local_azure.synapse.errors import SqlError, not_local, unsupported
from local_azure.synapse.expression_parser import COMPOUND
from local_azure.synapse.sqltypes import SqlType

_REFUSED_OBJECTS = {
    "TRIGGER": unsupported, "SEQUENCE": unsupported, "SYNONYM": unsupported, "TYPE": unsupported,
    "ASSEMBLY": unsupported, "RULE": unsupported, "XML": unsupported, "FULLTEXT": unsupported,
    "LOGIN": not_local, "WORKLOAD": not_local,
}  # fmt: skip
_SET_OPTIONS = {
    "NOCOUNT", "ANSI_NULLS", "ANSI_PADDING", "ANSI_WARNINGS", "ANSI_NULL_DFLT_ON", "ARITHABORT",
    "CONCAT_NULL_YIELDS_NULL", "QUOTED_IDENTIFIER", "XACT_ABORT", "CURSOR_CLOSE_ON_COMMIT",
    "IMPLICIT_TRANSACTIONS", "NUMERIC_ROUNDABORT", "TEXTSIZE", "LOCK_TIMEOUT", "LANGUAGE", "DATEFORMAT",
    "DATEFIRST", "FMTONLY", "NOEXEC", "ROWCOUNT", "ANSI_DEFAULTS", "RESULT_SET_CACHING",
}  # fmt: skip
_ALWAYS_ON = {  # the pages' syntax for Azure Synapse Analytics: SET ANSI_NULLS ON, and no OFF
    "ANSI_NULLS", "ANSI_PADDING", "ANSI_WARNINGS", "ANSI_NULL_DFLT_ON", "CONCAT_NULL_YIELDS_NULL", "QUOTED_IDENTIFIER",
}  # fmt: skip


class StatementParser(DefinitionParser):
    """Batches of statements."""

    def batch(self) -> tuple[n.Statement, ...]:
        """Every statement of the batch. Raises SqlError 103010 and the refusals; then nothing of it runs."""
        found: list[n.Statement] = []
        if self._at_procedure():
            found.append(self.procedure())
        while self.token.kind != "end":
            if not self.take(";"):
                self._require_semicolon(bool(found))
                found.append(self.statement())
        _refuse_company(found)
        return tuple(found)

    def rest(self) -> tuple[n.Statement, ...]:
        """The statements up to the end of the batch, which a procedure takes for its body."""
        body: list[n.Statement] = []
        while self.token.kind != "end":
            if not self.take(";"):
                self._require_semicolon(bool(body))
                body.extend(self._alone(self.statement()))
        return tuple(body)

    def _at_procedure(self) -> bool:
        """EXEC may be left out where a call begins its batch ("EXECUTE", remarks)."""
        if self.token.upper in _STATEMENTS or not self.is_name():
            return False
        return self.ahead().upper == "." or self.token.upper.startswith("SP_")

    def _require_semicolon(self, follows: bool) -> None:
        """319: the one place where a semicolon is needed, before a WITH that follows another statement."""
        if follows and self.peek("WITH") and self.tokens[self.at - 1].text != ";":
            text = "Incorrect syntax near the keyword 'with'. If this statement is a common table expression, an "
            text += "xmlnamespaces clause or a change tracking context clause, the previous statement must be "
            raise SqlError(319, text + "terminated with a semicolon.", 15, line=self.token.line)

    def statement(self) -> n.Statement:
        begin = self.token
        reader = _STATEMENTS.get(begin.upper)
        if reader is None:
            raise begin.error()
        self.label = ""
        found = reader(self)
        label = "" if isinstance(found, n.CreateRoutine) else self.label  # which one of its body has
        return replace(found, written=n.Written(self.text[begin.start : self.tokens[self.at - 1].end], label))

    def create(self) -> n.Statement:
        self.expect("CREATE")
        word = self.token.upper
        if self.take("OR"):
            raise self.token.error()
        if word in _REFUSED_OBJECTS:
            raise _REFUSED_OBJECTS[word](f"CREATE {word}")
        reader = _CREATES.get(word)
        if reader is None:
            raise self.token.error()
        return reader(self)

    def alter(self) -> n.Statement:
        self.expect("ALTER")
        if self.peek("VIEW"):
            return self.create_view(alter=True)
        if self.peek("PROC") or self.peek("PROCEDURE"):
            return routine_parser.procedure(self, alter=True)
        if self.peek("SECURITY"):
            return security_parser.security_policy(self, action="ALTER")
        if self.peek("ROLE"):
            return security_parser.alter_role(self)
        if self.take("INDEX"):
            return self._alter_index()
        if self.take("MATERIALIZED", "VIEW"):
            view = self.name()
            self.one_of({"REBUILD", "DISABLE"})
            return n.Rebuild(view)
        if self.token.upper in {"DATABASE", "SCHEMA", "USER", "AUTHORIZATION", "LOGIN", "WORKLOAD"}:
            raise not_local(f"ALTER {self.token.upper}")
        self.expect("TABLE")
        name = self.name()
        return self._alter_action(name)

    # Control of flow and the session

    def if_(self) -> n.Statement:
        self.expect("IF")
        test = self.condition()
        then = self._body()
        at = self.at
        self.take(";")
        if self.take("ELSE"):
            return n.If(test, then, self._body())
        self.at = at
        return n.If(test, then, ())

    def _body(self) -> tuple[n.Statement, ...]:
        return self._alone(self.statement())

    def _alone(self, statement: n.Statement) -> tuple[n.Statement, ...]:
        """Error 156 for a statement that must begin a batch and stands in a block."""
        if isinstance(statement, n.CreateView | n.CreateSchema | n.CreateRoutine):
            raise SqlError(156, f"Incorrect syntax near the keyword '{_noun(statement)}'.", 15)
        return statement.body if isinstance(statement, n.Block) else (statement,)

    def while_(self) -> n.Statement:
        self.expect("WHILE")
        test = self.condition()
        self.loops += 1
        body = self._body()
        self.loops -= 1
        return n.While(test, body)

    def leave(self) -> n.Statement:
        """BREAK or CONTINUE. Raises SqlError 135 or 136 outside a loop."""
        word = self.next().upper
        if not self.loops:
            text = f"Cannot use a {word} statement outside the scope of a WHILE statement."
            raise SqlError(135 if word == "BREAK" else 136, text, 15)
        return n.Leave(word)

    def begin(self) -> n.Statement:
        self.expect("BEGIN")
        if self.token.upper in {"TRAN", "TRANSACTION"}:
            return self._transaction("BEGIN")
        if self.take("TRY"):
            return self._try()
        if self.peek("END"):
            raise self.token.error()
        return n.Block(self.statements_to_end())

    def statements_to_end(self) -> tuple[n.Statement, ...]:
        """Statements up to END."""
        body: list[n.Statement] = []
        while not self.take("END"):
            if not self.take(";"):
                self._require_semicolon(bool(body))
                body.extend(self._alone(self.statement()))
        return tuple(body)

    def _try(self) -> n.Statement:
        """BEGIN TRY ... END TRY BEGIN CATCH ... END CATCH, one right behind the other ("TRY...CATCH")."""
        body = self.statements_to_end()
        self.expect("TRY")
        self.take(";")
        self.expect("BEGIN", "CATCH")
        handler = self.statements_to_end()
        self.expect("CATCH")
        return n.Try(body, handler)

    def _transaction(self, action: str) -> n.Statement:
        if not self.take("TRAN"):
            self.take("TRANSACTION")
        if self.is_name() and not self._starts_statement():
            self.identifier()
            if action == "BEGIN":
                raise unsupported("A named transaction")
        return n.Transaction(action)

    def commit(self) -> n.Statement:
        self.next()
        self.take("WORK")
        return self._transaction("COMMIT")

    def rollback(self) -> n.Statement:
        self.next()
        self.take("WORK")
        return self._transaction("ROLLBACK")

    def declare(self) -> n.Statement:
        self.expect("DECLARE")
        before = set(self.declared)
        return n.Declare(self.separated(lambda: self._variable(before)))

    def _variable(self, before: set[str]) -> tuple[str, SqlType, n.Expr | None]:
        """Its value uses none of the variables of the same DECLARE ("Assign variables for dedicated SQL pools")."""
        if self.token.kind != "variable":
            raise unsupported("A cursor") if self.ahead().upper == "CURSOR" else self.token.error()
        name = self.next().text.lower()
        if name in self.declared:
            raise SqlError(134, f"The variable name '{name}' has already been declared.", 15)
        self.declared.add(name)
        self.take("AS")
        type_, at = self.data_type(), self.at
        value = self.value() if self.take("=") else None
        for token in self.tokens[at : self.at]:
            if token.kind == "variable" and token.text.lower() in self.declared - before:
                raise SqlError(137, f'Must declare the scalar variable "{token.text}".', 15, line=token.line)
        return name, type_, value

    def set_(self) -> n.Statement:
        self.expect("SET")
        if self.token.kind == "variable":
            name = self.next().text.lower()
            if self.token.upper in COMPOUND:
                op = self.next().upper[0]
                return n.SetVariable(name, n.Binary(op, n.Variable(name), self.value()))
            self.expect("=")
            return n.SetVariable(name, self.value())
        if self.take("IDENTITY_INSERT"):
            table = self.name()
            return n.IdentityInsert(table, self.one_of({"ON", "OFF"}) == "ON")
        if self.take("TRANSACTION", "ISOLATION", "LEVEL"):
            return self._isolation()
        options = self.separated(lambda: self.one_of(_SET_OPTIONS))
        if _ALWAYS_ON.intersection(options) and self.token.upper == "OFF":
            raise self.token.error()
        sign = "-" if self.take("-") else ""  # SET LOCK_TIMEOUT -1 waits for ever
        return n.SetOption(options[0], sign + self.next().text.upper())

    def _isolation(self) -> n.Statement:
        words = [self.next().upper]
        while self.token.upper in {"UNCOMMITTED", "COMMITTED", "READ"}:
            words.append(self.next().upper)
        if words[0] != "READ":
            raise unsupported(f"SET TRANSACTION ISOLATION LEVEL {words[0]}")
        return n.SetOption("ISOLATION", " ".join(words))

    def exec_(self) -> n.Statement:
        self.next()
        if self.peek("AS"):
            return security_parser.execute_as(self)
        if self.take("("):
            text = self.value()
            self.expect(")")
            return n.ExecString(text)
        return self.procedure()

    def procedure(self) -> n.Statement:
        """A procedure's name and its arguments."""
        status = None
        if self.token.kind == "variable":
            status = self.next().text.lower()
            self.expect("=")
        name = self.name()
        args: tuple[n.Argument, ...] = ()
        if self.token.kind not in {"end"} and not self.peek(";") and self.token.upper not in _BEGINNINGS:
            args = self.separated(self._argument)
        return n.ExecProcedure(name, args, status)

    def _argument(self) -> n.Argument:
        name = None
        if self.token.kind == "variable" and self.ahead().upper == "=":
            name = self.next().text.lower()
            self.expect("=")
        if self.token.kind == "name" or (self.token.kind == "word" and self.token.upper != "NULL"):
            return n.Argument(name, n.Literal("string", self.next().text))
        value = self.value()
        return n.Argument(name, value, self.take("OUTPUT") or self.take("OUT"))

    def print_(self) -> n.Statement:
        self.expect("PRINT")
        return n.Print(self.value())

    def throw(self) -> n.Statement:
        self.expect("THROW")
        if self.token.kind not in {"number", "variable"}:
            return n.Throw(None, None, None, None)
        number = self.value()
        self.expect(",")
        message = self.value()
        self.expect(",")
        return n.Throw(number, message, None, self.value())

    def raiserror(self) -> n.Statement:
        self.expect("RAISERROR", "(")
        message = self.value()
        self.expect(",")
        severity = self.value()
        self.expect(",")
        state = self.value()
        args = self.separated(self.value) if self.take(",") else ()
        self.expect(")")
        if self.take("WITH"):
            self.separated(lambda: self.one_of({"LOG", "NOWAIT", "SETERROR"}))
        return n.Throw(None, message, severity, state, args)

    def return_(self) -> n.Statement:
        self.expect("RETURN")
        bare = self.token.kind == "end" or self.peek(";") or self.token.upper in _BEGINNINGS
        return n.Return(None if bare else self.value())

    def use(self) -> n.Statement:
        self.expect("USE")
        return n.Use(self.identifier())


def _refuse_company(statements: list[n.Statement]) -> None:
    """111: CREATE VIEW and CREATE SCHEMA are alone in their batch, which is why clients wrap them in EXEC."""
    if len(statements) < 2:
        return
    for statement in statements:
        if isinstance(statement, n.CreateView | n.CreateSchema | n.CreateRoutine):
            verb = "CREATE" if isinstance(statement, n.CreateSchema) or not statement.alter else "ALTER"
            raise SqlError(111, f"'{verb} {_noun(statement)}' must be the first statement in a query batch.", 15)


def _noun(statement: n.CreateView | n.CreateSchema | n.CreateRoutine) -> str:
    if isinstance(statement, n.CreateRoutine):
        return "PROCEDURE" if statement.kind == "P" else "FUNCTION"
    return "VIEW" if isinstance(statement, n.CreateView) else "SCHEMA"


def _nowhere(parser: StatementParser) -> n.Statement:
    """A statement that SQL Server has and a pool lacks ("WAITFOR (Transact-SQL)", applies to)."""
    raise unsupported(parser.token.upper)


def _classification(parser: StatementParser) -> n.Statement:
    parser.expect("ADD", "SENSITIVITY", "CLASSIFICATION")
    raise not_local("ADD SENSITIVITY CLASSIFICATION")


Reader = Callable[[StatementParser], n.Statement]
_P = StatementParser


def _database(parser: StatementParser) -> n.Statement:
    if parser.peek("DATABASE", "SCOPED"):
        return credentials.create_credential(parser)
    raise not_local("CREATE DATABASE")


_CREATES: dict[str, Reader] = {
    "TABLE": _P.create_table, "VIEW": _P.create_view, "MATERIALIZED": _P.create_materialized_view,
    "SCHEMA": _P.create_schema, "INDEX": _P.create_index, "CLUSTERED": _P.create_index,
    "NONCLUSTERED": _P.create_index, "UNIQUE": _P.create_index, "STATISTICS": _P.create_statistics,
    "USER": _P.create_principal, "ROLE": _P.create_principal, "EXTERNAL": _P.create_external,
    "SECURITY": security_parser.security_policy, "MASTER": credentials.create_master_key,
    "DATABASE": _database, "PROCEDURE": routine_parser.procedure,
    "PROC": routine_parser.procedure, "FUNCTION": routine_parser.function,
}  # fmt: skip


def _update(parser: StatementParser) -> n.Statement:
    return parser.update_statistics() if parser.peek("UPDATE", "STATISTICS") else parser.update()


_STATEMENTS: dict[str, Reader] = {
    "SELECT": _P.select, "(": _P.select, "WITH": _P.with_, "INSERT": _P.insert, "UPDATE": _update,
    "EXPLAIN": monitoring_parser.explain, "KILL": monitoring_parser.kill, "DBCC": monitoring_parser.dbcc,
    "WAITFOR": _nowhere, "BREAK": _P.leave, "CONTINUE": _P.leave,
    "DELETE": _P.delete, "MERGE": _P.merge, "TRUNCATE": _P.truncate, "CREATE": _P.create, "DROP": _P.drop,
    "ALTER": _P.alter, "RENAME": _P.rename, "GRANT": _P.permission, "REVOKE": _P.permission,
    "DENY": _P.permission, "COPY": _P.copy_into, "IF": _P.if_, "WHILE": _P.while_, "BEGIN": _P.begin,
    "COMMIT": _P.commit, "ROLLBACK": _P.rollback, "DECLARE": _P.declare, "SET": _P.set_, "EXEC": _P.exec_,
    "EXECUTE": _P.exec_, "PRINT": _P.print_, "THROW": _P.throw, "RAISERROR": _P.raiserror, "USE": _P.use,
    "RETURN": _P.return_, "REVERT": security_parser.revert, "ADD": _classification,
}  # fmt: skip
_BEGINNINGS = {*_STATEMENTS, "END", "ELSE"} - {"("}


def parse(text: str) -> tuple[n.Statement, ...]:
    """The statements of a batch. Raises SqlError where a dedicated pool refuses it."""
    return StatementParser(text).batch()
