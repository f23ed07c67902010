"""Bulk load: INSERT BULK names a table and columns, and the message behind it brings the rows.

Source: MS-TDS 2.2.6.1 "Bulk Load BCP", 2.2.7.4 COLMETADATA, 2.2.7.13 NBCROW, 2.2.7.19 ROW.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_azure.synapse.errors import SqlError
from local_azure.synapse.nodes import Name
from local_azure.synapse.sqltypes import SqlType
from local_azure.synapse.wire_types import Reader

if TYPE_CHECKING:
    import pyarrow as pa

    from local_azure.synapse.results import Result
    from local_azure.synapse.session import Session

_METADATA, _ROW, _SPARSE_ROW, _DONE = 0x81, 0xD1, 0xD2, 0xFD
_INFO_SIZE = {
    **dict.fromkeys((0x26, 0x68, 0x6D, 0x6E, 0x6F, 0x24, 0x29, 0x2A, 0x2B), 2), 0x28: 1, 0x6A: 4, 0x6C: 4,
    **dict.fromkeys((0xA7, 0xAF, 0xE7, 0xEF), 8), 0xA5: 3, 0xAD: 3,
}  # fmt: skip
_ARROW = {
    "tinyint": "int64", "smallint": "int64", "int": "int64", "bigint": "int64", "bit": "bool", "real": "float64",
    "float": "float64", "date": "date32", "binary": "binary", "varbinary": "binary",
}  # fmt: skip


@dataclass(frozen=True)
class Load:
    """Rows as they came: each column's type and values."""

    types: list[SqlType]
    values: list[list[Any]]

    def arrow(self) -> pa.Table:
        """The rows as a table whose columns are c0, c1, ..."""
        import pyarrow as pa

        arrays = [_array(type_, values) for type_, values in zip(self.types, self.values, strict=True)]
        return pa.table(arrays, names=[f"c{i}" for i in range(len(arrays))])


STAGING = "#bulk_load"


def load(session: Session, data: bytes) -> Iterator[Result]:
    """The rows of a message into the table that INSERT BULK named. Raises SqlError."""
    awaited, session.awaited = session.awaited, None
    if awaited is None:
        raise SqlError(4804, "Rows of a bulk load came without INSERT BULK before them.")
    rows = read(data)
    _run(session, staged(rows))
    try:
        session.connection.register("bulk_load", rows.arrow())
        session.query(f"INSERT INTO {session.temporary[STAGING].duckdb_name} SELECT * FROM bulk_load")
        yield from session.batch(moved(rows, awaited.table, awaited.columns))
    finally:
        session.connection.unregister("bulk_load")
        _run(session, f"DROP TABLE {STAGING}")


def _run(session: Session, text: str) -> None:
    for _ in session.batch(text):
        pass


def staged(rows: Load) -> str:
    """The T-SQL of a table of the session's own that takes the rows as they came."""
    columns = ", ".join(f"c{i} {type_} NULL" for i, type_ in enumerate(rows.types))
    return f"CREATE TABLE {STAGING} ({columns}) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)"


def moved(rows: Load, table: Name, columns: tuple[str, ...]) -> str:
    """The T-SQL that moves them on, converted, defaulted and checked as any INSERT is."""
    names = ", ".join(f"c{i}" for i in range(len(rows.types)))
    target = ".".join(map(_quoted, table.parts))
    return f"INSERT INTO {target} ({', '.join(map(_quoted, columns))}) SELECT {names} FROM {STAGING}"


def _quoted(name: str) -> str:
    return f"[{name.replace(']', ']]')}]"


def _array(type_: SqlType, values: list[Any]) -> pa.Array:
    import pyarrow as pa

    if type_.name in {"decimal", "money", "smallmoney"}:
        precision, scale = (type_.precision, type_.scale) if type_.name == "decimal" else (19, 4)
        return pa.array(values, pa.decimal128(precision, scale))
    if type_.name in {"datetime", "datetime2", "smalldatetime"}:
        return pa.array(values, pa.timestamp("us"))
    if type_.name == "time":
        return pa.array(values, pa.time64("us"))
    if type_.name in _ARROW:
        return pa.array(values, getattr(pa, _ARROW[type_.name])() if type_.name != "bit" else pa.bool_())
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def read(data: bytes) -> Load:
    """The rows of a bulk load's message. Raises SqlError 4804 for one that cannot be read."""
    try:
        reader = Reader(data)
        infos = _infos(reader)
        types: list[SqlType | None] = [None] * len(infos)
        values: list[list[Any]] = [[] for _ in infos]
        for row in _rows(reader, infos):
            for index, (type_, value) in enumerate(row):
                types[index] = type_
                values[index].append(value)
        return Load([type_ or _type_of(info) for type_, info in zip(types, infos, strict=True)], values)
    except ValueError as error:
        raise SqlError(4804, f"While reading a bulk load from the client: {error}.") from error


def _infos(reader: Reader) -> list[bytes]:
    """The TYPE_INFO of each column, as bytes to be put before each of its values."""
    if reader.number(1) != _METADATA:
        raise ValueError("no column metadata")
    infos: list[bytes] = []
    for _ in range(reader.number(2)):
        reader.take(6)  # user type and flags
        kind = reader.data[reader.at]
        infos.append(reader.take(_INFO_SIZE.get(kind, 1)))
        reader.text(reader.number(1))
    return infos


def _type_of(info: bytes) -> SqlType:
    """The type of a column that brought no row."""
    return (
        Reader(info + b"\xff" * 8 + b"\x00" * 8).value()[0]
        if info[0] in {0xA5, 0xA7, 0xAD, 0xAF, 0xE7, 0xEF}
        else (Reader(info + b"\x00" * 16).value()[0])
    )


def _rows(reader: Reader, infos: list[bytes]) -> Iterator[list[tuple[SqlType | None, Any]]]:
    while not reader.ended:
        token = reader.number(1)
        if token == _DONE:
            return
        if token not in {_ROW, _SPARSE_ROW}:
            raise ValueError(f"token 0x{token:02X}")
        empty = reader.take((len(infos) + 7) // 8) if token == _SPARSE_ROW else bytes(len(infos) // 8 + 1)
        yield [
            (None, None) if empty[i // 8] >> i % 8 & 1 else reader.value_behind(info) for i, info in enumerate(infos)
        ]
