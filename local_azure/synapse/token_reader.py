"""The cursor over a batch's tokens, which every production asks: names, numbers, lists, data types."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from local_azure.synapse import nodes as n
from local_azure.synapse.errors import SqlError
from local_azure.synapse.lexer import Token, tokenize
from local_azure.synapse.sqltypes import MAX, SqlType, make_type

T = TypeVar("T")

# "Reserved keywords (Transact-SQL)": never a name unless delimited.
RESERVED = {
    "ADD", "ALL", "ALTER", "AND", "ANY", "AS", "ASC", "AUTHORIZATION", "BACKUP", "BEGIN", "BETWEEN",
    "BREAK", "BROWSE", "BULK", "BY", "CASCADE", "CASE", "CHECK", "CHECKPOINT", "CLOSE", "CLUSTERED",
    "COALESCE", "COLLATE", "COLUMN", "COMMIT", "COMPUTE", "CONSTRAINT", "CONTAINS", "CONTAINSTABLE",
    "CONTINUE", "CONVERT", "CREATE", "CROSS", "CURRENT", "CURRENT_DATE", "CURRENT_TIME",
    "CURRENT_TIMESTAMP", "CURRENT_USER", "CURSOR", "DATABASE", "DBCC", "DEALLOCATE", "DECLARE", "DEFAULT",
    "DELETE", "DENY", "DESC", "DISTINCT", "DISTRIBUTED", "DOUBLE", "DROP", "ELSE", "END", "ERRLVL",
    "ESCAPE", "EXCEPT", "EXEC", "EXECUTE", "EXISTS", "EXIT", "EXTERNAL", "FETCH", "FILE", "FILLFACTOR",
    "FOR", "FOREIGN", "FREETEXT", "FROM", "FULL", "FUNCTION", "GOTO", "GRANT", "GROUP", "HAVING",
    "HOLDLOCK", "IDENTITY", "IDENTITY_INSERT", "IF", "IN", "INDEX", "INNER", "INSERT", "INTERSECT",
    "INTO", "IS", "JOIN", "KEY", "KILL", "LEFT", "LIKE", "LINENO", "MERGE", "NATIONAL", "NOCHECK",
    "NONCLUSTERED", "NOT", "NULL", "NULLIF", "OF", "OFF", "OFFSETS", "ON", "OPEN", "OPENDATASOURCE",
    "OPENQUERY", "OPENROWSET", "OPENXML", "OPTION", "OR", "ORDER", "OUTER", "OVER", "PERCENT", "PIVOT",
    "PLAN", "PRIMARY", "PRINT", "PROC", "PROCEDURE", "PUBLIC", "RAISERROR", "READ", "RECONFIGURE",
    "REFERENCES", "REPLICATION", "RESTORE", "RESTRICT", "RETURN", "REVERT", "REVOKE", "RIGHT", "ROLLBACK",
    "ROWCOUNT", "RULE", "SAVE", "SCHEMA", "SELECT", "SESSION_USER", "SET", "SETUSER", "SOME",
    "STATISTICS", "SYSTEM_USER", "TABLE", "TABLESAMPLE", "TEXTSIZE", "THEN", "TO", "TOP", "TRAN",
    "TRANSACTION", "TRIGGER", "TRUNCATE", "TRY_CONVERT", "UNION", "UNIQUE", "UNPIVOT", "UPDATE", "USE",
    "USER", "VALUES", "VARYING", "VIEW", "WAITFOR", "WHEN", "WHERE", "WHILE", "WITH", "WITHIN",
    "WRITETEXT",
}  # fmt: skip


class TokenReader:
    """The cursor over the tokens, and the few questions every production asks of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.cte_depth = self.loops = 0
        self.declared: set[str] = set()  # the variables of the batch
        self.takes_into = False  # whether SELECT ... INTO may stand here
        self.into: n.Name | None = None
        self.label = ""  # OPTION (LABEL = ...) of the statement that is read

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def ahead(self, steps: int = 1) -> Token:
        return self.tokens[min(self.at + steps, len(self.tokens) - 1)]

    def next(self) -> Token:
        token = self.token
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def peek(self, *words: str) -> bool:
        """Whether the next tokens are these words, in order."""
        return all(self.ahead(i).upper == word for i, word in enumerate(words))

    def take(self, *words: str) -> bool:
        found = self.peek(*words)
        self.at += len(words) if found else 0
        return found

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.take(word):
                raise self.token.error()

    def one_of(self, words: set[str]) -> str:
        if self.token.upper not in words:
            raise self.token.error()
        return self.next().upper

    def is_name(self) -> bool:
        return self.token.kind == "name" or (self.token.kind == "word" and self.token.upper not in RESERVED)

    def identifier(self) -> str:
        if not self.is_name():
            raise self.token.error()
        return self.next().text

    def integer(self) -> int:
        sign = -1 if self.take("-") else 1
        if self.token.kind != "number" or not self.token.text.isdigit():
            raise self.token.error()
        return sign * int(self.next().text)

    def string(self) -> str:
        if self.token.kind not in {"string", "nstring"}:
            raise self.token.error()
        return self.next().text

    def separated(self, item: Callable[[], T]) -> tuple[T, ...]:
        items = [item()]
        while self.take(","):
            items.append(item())
        return tuple(items)

    def listed(self, item: Callable[[], T]) -> tuple[T, ...]:
        self.expect("(")
        items = self.separated(item)
        self.expect(")")
        return items

    def name(self) -> n.Name:
        """schema.object and its longer forms; `db..object` leaves an empty part."""
        first = self.token
        parts = [self.identifier()]
        while self.take("."):
            parts.append("" if self.peek(".") else self.identifier())
        if len(parts) > 4:
            raise SqlError(
                117, f"The object name '{'.'.join(parts)}' contains more than the maximum number of prefixes."
            )
        return n.Name(tuple(parts), first)

    def data_type(self, default_length: int = 1) -> SqlType:
        token = self.token
        wide = "n" if self.take("NATIONAL") else ""
        name = token.text if self.take("DOUBLE") else wide + self.identifier()
        if token.upper == "DOUBLE":
            self.expect("PRECISION")
        if self.take("VARYING"):
            name = {
                "character": "varchar",
                "char": "varchar",
                "binary": "varbinary",
                "ncharacter": "nvarchar",
                "nchar": "nvarchar",
            }.get(name.lower(), name)
        arguments: list[int] = []
        if self.take("("):
            arguments = [MAX] if self.take("MAX") else list(self.separated(self.integer))
            self.expect(")")
        return make_type(name, arguments, default_length=default_length)
